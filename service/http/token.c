/* A token is refused as early as possible and for one reason: its form, its header against the one key that `kid` names,
 * its signature, then its claims. What is missing in it is none, never all. */
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

enum { KID_MAX = 128, CLAIM_TEXT_MAX = 255, CACHE_US = 60 * 1000000 };

#define DATE_MAX_S 253402300799.0 /* the end of year 9999 */

struct parts {
    const struct json *header, *claims;
    size_t input_length; /* of header.payload */
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

/* `jku`, `x5u`, `jwk` and `x5c` are not looked at: no token brings its own key. */
static const char *judge_header(const struct token_keys *keys, const struct json *header,
                                const struct token_key **found) {
    const struct json *kid = json_get(header, "kid");
    const char *kid_text = json_string(kid);
    const char *algorithm = json_string(json_get(header, "alg"));
    if (kid && (!kid_text || !is_kid(kid_text)))
        return "its kid is no key name";
    const struct token_key *key = key_find(keys, kid_text);
    if (!key)
        return "its kid names no key";
    if (!algorithm || strcmp(algorithm, algorithm_names[key->algorithm]) != 0)
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

/* "realm_access.roles" is member roles of member realm_access; a member of the whole name goes first. */
static const struct json *claim_at(struct arena *arena, const struct json *claims, const char *path) {
    const struct json *value = json_get(claims, path);
    while (!value && claims) {
        size_t length = strcspn(path, ".");
        claims = json_get(claims, arena_copy(arena, path, length));
        if (path[length] == '\0')
            return claims;
        path += length + 1;
    }
    return value;
}

static unsigned role_bit(const char *name) {
    int role;
    return choice_code(role_names, name, &role) ? ROLE_BIT(role) : 0;
}

/* A list, or a text of names between spaces. Names that are none of ours say nothing. */
static unsigned roles_claim(struct arena *arena, const struct json *value) {
    unsigned roles = 0;
    for (size_t i = 0; i < json_length(value); i++) {
        const char *name = json_string(json_item(value, i));
        roles |= name ? role_bit(name) : 0;
    }
    const char *text = json_string(value);
    while (text && *text) {
        size_t length = strcspn(text, " ");
        roles |= role_bit(arena_copy(arena, text, length));
        text += length + strspn(text + length, " ");
    }
    return roles;
}

static bool is_claim_text(const char *text) {
    return text && *text && strlen(text) <= CLAIM_TEXT_MAX;
}

static const char *judge_caller(const struct token_keys *keys, struct arena *arena, const struct json *claims,
                                struct token *token) {
    const struct json *partner = claim_at(arena, claims, keys->partner_path);
    token->subject = json_string(json_get(claims, "sub"));
    token->tenant = json_string(claim_at(arena, claims, keys->tenant_path));
    token->partner = json_string(partner);
    token->roles = roles_claim(arena, claim_at(arena, claims, keys->roles_path));
    if (!is_claim_text(token->subject))
        return "its sub is missing, empty or too long";
    if (!is_claim_text(token->tenant))
        return "its tenant is missing, empty or too long";
    if (partner && !json_is_null(partner) && !is_claim_text(token->partner))
        return "its partner is no text, empty or too long";
    if (roles_mixed(token->roles))
        return "it mixes roles of the partner side with others";
    return NULL;
}

/* NULL when the token is good, else what is wrong with it. */
static const char *judge(const struct token_keys *keys, struct arena *arena, const char *text, size_t length,
                         int64_t now_at, struct parts *parts, struct token *token) {
    const struct token_key *key = NULL;
    const char *wrong = split(arena, text, length, parts);
    if (!wrong)
        wrong = judge_header(keys, parts->header, &key);
    if (wrong)
        return wrong;
    const char *issuer = json_string(json_get(parts->claims, "iss"));
    if (!signature_is_valid(key, arena, arena_copy(arena, text, length), parts->input_length,
                            parts->signature, parts->signature_length))
        return "its signature is not the key's";
    if (!issuer || strcmp(issuer, keys->issuer) != 0)
        return "its issuer is another";
    if (!audience_has(json_get(parts->claims, "aud"), keys->audience))
        return "it is for another audience";
    wrong = judge_dates(keys, parts->claims, now_at, token);
    return wrong ? wrong : judge_caller(keys, arena, parts->claims, token);
}

struct fault *token_verify(struct token_keys *keys, struct arena *arena, const char *text, size_t length,
                           int64_t now_at, struct token *token) {
    uint8_t digest[SHA256_SIZE];
    *token = (struct token){0};
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
