/* A token is refused as early as possible and for one reason: its form, its header against the one key that `kid` names,
 * its signature, then its claims. Who the claims say it is stands in token_claims.c. */
#include "tandem/http/token.h"

#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/role.h"

#include "keys.h"

enum { CACHE_US = 60 * 1000000 };

#define DATE_MAX_S 253402300799.0 /* the end of year 9999 */

struct parts {
    const struct json *header, *claims;
    enum key_algorithm algorithm; /* once the header was judged */
    size_t input_length;          /* of header.payload */
    uint8_t *signature;
    size_t signature_length;
};

static const struct json *part_json(struct arena *arena, const char *text, size_t length) {
    uint8_t *bytes;
    size_t size;
    const struct json *value;
    if (!base64url_decode(arena, text, length, &bytes, &size) ||
        json_parse(arena, (const char *)bytes, size, &value) || !json_is_object(value))
        return NULL;
    return value;
}

/* Three base64url parts, the first two of them JSON objects. NULL, or what is wrong. */
static const char *split(struct arena *arena, const char *text, size_t length, struct parts *parts) {
    if (length > TOKEN_SIZE_MAX)
        return "it is longer than 8,192 bytes";
    const char *first = memchr(text, '.', length);
    const char *second = first ? memchr(first + 1, '.', length - (size_t)(first + 1 - text)) : NULL;
    if (!second)
        return "it is not three parts";
    const char *end = text + length;
    parts->input_length = (size_t)(second - text);
    parts->header = part_json(arena, text, (size_t)(first - text));
    parts->claims = part_json(arena, first + 1, (size_t)(second - first - 1));
    if (!parts->header)
        return "the header is no base64url of a JSON object";
    if (!parts->claims)
        return "the claims are no base64url of a JSON object";
    if (end == second + 1 || !base64url_decode(arena, second + 1, (size_t)(end - second - 1),
                                               &parts->signature, &parts->signature_length))
        return "the signature is no base64url";
    return NULL;
}

static bool is_kid(const char *kid) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-=+/:";
    size_t length = strlen(kid);
    return length > 0 && length <= KID_MAX && strspn(kid, allowed) == length;
}

static bool type_fits(const struct token_key *key, const struct json *value) {
    const char *type = json_string(value);
    if (!value)
        return key->types & TYPE_JWT;
    if (!type)
        return false;
    if (strncasecmp(type, "application/", strlen("application/")) == 0)
        type += strlen("application/");
    return ((key->types & TYPE_JWT) && strcasecmp(type, "JWT") == 0) ||
           ((key->types & TYPE_AT_JWT) && strcasecmp(type, "at+jwt") == 0);
}

static bool is_of_issuer(const struct token_keys *keys, const struct parts *parts) {
    const char *issuer = json_string(json_get(parts->claims, "iss"));
    return issuer && strcmp(issuer, keys->issuer) == 0;
}

/* Unproven as all of it is: a token that could not be good with any key is no reason to look for newer ones. */
static bool may_be_newer(const struct token_keys *keys, const struct parts *parts) {
    return (keys->jwks_algorithms & ALGORITHM_BIT(parts->algorithm)) && is_of_issuer(keys, parts);
}

/* `jku`, `x5u`, `jwk` and `x5c` are not looked at: no token brings its own key. */
static const char *judge_header(struct token_keys *keys, int64_t now_at, struct parts *parts,
                                const struct token_key **found) {
    const struct json *header = parts->header;
    const struct json *kid = json_get(header, "kid");
    const char *kid_text = json_string(kid);
    const char *algorithm = json_string(json_get(header, "alg"));
    parts->algorithm = algorithm ? algorithm_code(algorithm) : ALGORITHM_COUNT;
    if (kid && (!kid_text || !is_kid(kid_text)))
        return "its kid is no key name";
    const struct token_key *key = key_find(keys, kid_text);
    if (!key && kid && may_be_newer(keys, parts))
        keys_hurry(keys, now_at);
    if (!key)
        return "its kid names no key";
    if (!(key->algorithms & ALGORITHM_BIT(parts->algorithm)))
        return "its alg is not that of the key";
    if (json_get(header, "crit"))
        return "it has a critical extension";
    if (!type_fits(key, json_get(header, "typ")))
        return "its typ is not allowed for the key";
    *found = key;
    return NULL;
}

static bool audience_has(const struct json *audience, const char *us) {
    const char *text = json_string(audience);
    if (text)
        return strcmp(text, us) == 0;
    for (size_t i = 0; i < json_length(audience); i++) {
        text = json_string(json_item(audience, i));
        if (text && strcmp(text, us) == 0)
            return true;
    }
    return false;
}

/* A numeric date, fractions allowed, as microseconds since 1970. */
static bool date_claim(const struct json *claims, const char *name, int64_t *at) {
    double seconds;
    if (!json_number(json_get(claims, name), &seconds) || !(seconds >= 0 && seconds <= DATE_MAX_S))
        return false;
    *at = (int64_t)(seconds * SECOND_US);
    return true;
}

static const char *judge_dates(const struct token_keys *keys, const struct json *claims, int64_t now_at,
                               struct token *token) {
    int64_t at;
    if (!date_claim(claims, "exp", &token->expires_at))
        return "its exp is missing or no date";
    if (now_at >= token->expires_at + keys->leeway_us)
        return "it has expired";
    if (json_get(claims, "nbf")) {
        if (!date_claim(claims, "nbf", &at))
            return "its nbf is no date";
        if (now_at < at - keys->leeway_us)
            return "it is not valid yet";
    }
    if (json_get(claims, "iat")) {
        if (!date_claim(claims, "iat", &at))
            return "its iat is no date";
        if (now_at < at - keys->leeway_us)
            return "it was issued in the future";
    }
    return NULL;
}

/* NULL when the token is good, else what is wrong with it. */
static const char *judge(struct token_keys *keys, struct arena *arena, const char *text, size_t length,
                         int64_t now_at, struct parts *parts, struct token *token) {
    const struct token_key *key = NULL;
    const char *wrong = split(arena, text, length, parts);
    if (!wrong)
        wrong = judge_header(keys, now_at, parts, &key);
    if (wrong)
        return wrong;
    if (!signature_is_valid(key, parts->algorithm, arena, arena_copy(arena, text, length),
                            parts->input_length, parts->signature, parts->signature_length))
        return "its signature is not the key's";
    if (!is_of_issuer(keys, parts))
        return "its issuer is another";
    if (!audience_has(json_get(parts->claims, "aud"), keys->audience))
        return "it is for another audience";
    wrong = judge_dates(keys, parts->claims, now_at, token);
    return wrong ? wrong : caller_of_claims(keys, arena, parts->claims, token);
}

struct fault *token_verify(struct token_keys *keys, struct arena *arena, const char *text, size_t length,
                           int64_t now_at, struct token *token) {
    uint8_t digest[SHA256_SIZE];
    *token = (struct token){0};
    keys_pick_up(keys);
    if (length <= TOKEN_SIZE_MAX) {
        sha256(text, length, digest);
        if (token_cache_find(keys->cache, arena, digest, now_at, token))
            return NULL;
    }
    struct parts parts = {0};
    struct token judged = {0};
    const char *wrong = judge(keys, arena, text, length, now_at, &parts, &judged);
    if (wrong) {
        struct fault *fault = fault_make(arena, PROBLEM_UNAUTHENTICATED, "The token is not valid");
        fault->cause = wrong;
        return fault;
    }
    int64_t until = now_at + CACHE_US;
    if (until > judged.expires_at) /* within the leeway every use is judged anew */
        until = judged.expires_at;
    if (until > now_at)
        token_cache_add(keys->cache, digest, until, &judged);
    *token = judged;
    return NULL;
}

/* The JSON text of one part, or NULL when it is none. */
static const char *part_text(struct arena *arena, const char *text, size_t length) {
    uint8_t *bytes;
    size_t size;
    if (!base64url_decode(arena, text, length, &bytes, &size) || json_scan(arena, (const char *)bytes, size))
        return NULL;
    return arena_copy(arena, (const char *)bytes, size);
}

const char *token_inspect(struct token_keys *keys, struct arena *arena, const char *text, int64_t now_at) {
    struct parts parts = {0};
    struct token token = {0};
    keys_pick_up(keys);
    const char *wrong = judge(keys, arena, text, strlen(text), now_at, &parts, &token);
    size_t header_length = strcspn(text, ".");
    const char *claims = text[header_length] ? text + header_length + 1 : "";
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    json_add_boolean(&out, "valid", wrong == NULL);
    json_add_text(&out, "reason", wrong);
    json_add_raw(&out, "header", part_text(arena, text, header_length));
    json_add_raw(&out, "claims", part_text(arena, claims, strcspn(claims, ".")));
    json_add_text(&out, "subject", token.subject);
    json_add_text(&out, "tenant", token.tenant);
    json_add_text(&out, "partner", token.partner);
    json_add_instant(&out, "expires_at", token.expires_at ? token.expires_at : INSTANT_NONE);
    json_array(&out, "roles");
    for (int role = 0; role < ROLE_COUNT; role++)
        if (token.roles & ROLE_BIT(role))
            json_add_text(&out, NULL, choice_name(role_names, role));
    json_array_end(&out);
    json_object_end(&out);
    return json_out_text(&out);
}
