/* The key file, read once at the start. Everything that is wrong with it is said at once. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/token.h"

#include "jwks.h"
#include "keys_load.h"

enum { FILE_MAX = 64 * 1024, KEYS_MAX = 32 };

const char *const algorithm_names[] = {
    [ALGORITHM_HS256] = "HS256", [ALGORITHM_RS256] = "RS256", [ALGORITHM_PS256] = "PS256",
    [ALGORITHM_ES256] = "ES256", [ALGORITHM_EDDSA] = "EdDSA",
};

enum key_algorithm algorithm_code(const char *name) {
    int algorithm = 0;
    while (algorithm < ALGORITHM_COUNT && strcmp(algorithm_names[algorithm], name) != 0)
        algorithm++;
    return (enum key_algorithm)algorithm;
}

void keys_complain(struct loading *loading, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *line = arena_format_list(loading->arena, format, list);
    va_end(list);
    loading->errors = arena_format(loading->arena, "%s%s%s: %s", loading->errors ? loading->errors : "",
                                   loading->errors ? "\n" : "", loading->path, line);
}

char *keys_file_read(struct loading *loading, const char *path, size_t *length) {
    FILE *file = fopen(path, "rbe");
    char *bytes = arena_alloc(loading->keys->arena, FILE_MAX + 1);
    *length = file ? fread(bytes, 1, FILE_MAX + 1, file) : 0;
    bool whole = file && !ferror(file) && *length <= FILE_MAX;
    if (file)
        fclose(file);
    if (!whole) {
        keys_complain(loading, "%s could not be read", path);
        return NULL;
    }
    bytes[*length] = '\0';
    return bytes;
}

const char *keys_sibling(struct loading *loading, const char *name) {
    const char *slash = strrchr(loading->path, '/');
    if (name[0] == '/' || !slash)
        return name;
    return arena_format(loading->arena, "%.*s/%s", (int)(slash - loading->path), loading->path, name);
}

const char *keys_text(struct loading *loading, const struct json *object, const char *where, const char *name,
                      const char *otherwise) {
    const struct json *value = json_get(object, name);
    const char *text = json_string(value);
    if (text && *text)
        return arena_text(loading->keys->arena, text);
    if (value || !otherwise)
        keys_complain(loading, "%s%s must be a text", where, name);
    return otherwise ? otherwise : "";
}

const char *keys_optional_text(struct loading *loading, const struct json *root, const char *name) {
    return json_get(root, name) ? keys_text(loading, root, "", name, NULL) : NULL;
}

unsigned keys_types(struct loading *loading, const struct json *object, const char *where, bool shared) {
    const struct json *list = json_get(object, "typ");
    unsigned types = 0;
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name = json_string(json_item(list, i));
        if (name && strcasecmp(name, "JWT") == 0)
            types |= TYPE_JWT;
        else if (name && strcasecmp(name, "at+jwt") == 0)
            types |= TYPE_AT_JWT;
        else
            keys_complain(loading, "%styp takes at+jwt and JWT", where);
    }
    if (list && types == 0)
        keys_complain(loading, "%styp is no list of names", where);
    if (shared && (types & TYPE_AT_JWT))
        keys_complain(loading, "%stokens of an HS256 key carry typ JWT", where);
    return list ? types : shared ? TYPE_JWT : TYPE_AT_JWT;
}

static void load_key(struct loading *loading, const struct json *object, struct token_key *key) {
    key->kid = keys_text(loading, object, "key: ", "kid", NULL);
    if (strlen(key->kid) > KID_MAX)
        keys_complain(loading, "kid %.20s... has more than %d characters", key->kid, KID_MAX);
    for (const struct token_key *other = loading->keys->keys; other < key; other++)
        if (strcmp(other->kid, key->kid) == 0)
            keys_complain(loading, "kid %s is there twice", key->kid);
    const char *name = keys_text(loading, object, "key: ", "alg", NULL);
    enum key_algorithm algorithm = algorithm_code(name);
    if (algorithm == ALGORITHM_COUNT) {
        keys_complain(loading, "key %s: alg is one of HS256, RS256, PS256, ES256, EdDSA", key->kid);
        return;
    }
    key->algorithms = ALGORITHM_BIT(algorithm);
    key->types = keys_types(loading, object, arena_format(loading->arena, "key %s: ", key->kid),
                            algorithm == ALGORITHM_HS256);
    if (algorithm == ALGORITHM_HS256)
        keys_load_secret(loading, object, key);
    else
        keys_load_pair(loading, object, key);
}

static void load_path(struct loading *loading, const struct json *claims, const char *name,
                      struct claim_path *path) {
    struct arena *arena = loading->keys->arena;
    const struct json *value = json_get(claims, name);
    *path = (struct claim_path){.whole = arena_text(arena, name),
                                .names = arena_alloc(arena, sizeof *path->names)};
    path->names[path->count++] = path->whole;
    if (value && !claim_path_read(arena, value, path))
        keys_complain(loading, "claims: %s must be a text, or a list of the names on the way to the claim",
                      name);
}

static void load_keys(struct loading *loading, const struct json *root) {
    struct token_keys *keys = loading->keys;
    const struct json *list = json_get(root, "keys");
    size_t count = json_length(list);
    bool others = json_get(root, "jwks_file") || json_get(root, "jwks_url");
    if (count > KEYS_MAX || (count == 0 && (list || !others))) {
        keys_complain(loading, "keys must be a list of 1 to %d keys", KEYS_MAX);
        return;
    }
    keys->keys = arena_alloc(keys->arena, count * sizeof *keys->keys);
    for (size_t i = 0; i < count; i++) {
        keys->count = i + 1;
        load_key(loading, json_item(list, i), &keys->keys[i]);
    }
}

static void load_document(struct loading *loading, const struct json *root) {
    struct token_keys *keys = loading->keys;
    keys->issuer = keys_text(loading, root, "", "issuer", NULL);
    keys->audience = keys_text(loading, root, "", "audience", NULL);
    int64_t leeway_s = 60;
    const struct json *leeway = json_get(root, "leeway_s");
    if (leeway && (!json_integer(leeway, &leeway_s) || leeway_s < 0 || leeway_s > TOKEN_LEEWAY_MAX_S))
        keys_complain(loading, "leeway_s must be 0 to %d", TOKEN_LEEWAY_MAX_S);
    keys->leeway_us = leeway_s * 1000000;
    const struct json *claims = json_get(root, "claims");
    load_path(loading, claims, "roles", &keys->roles_path);
    load_path(loading, claims, "tenant", &keys->tenant_path);
    load_path(loading, claims, "partner", &keys->partner_path);
    keys->scope = keys_optional_text(loading, root, "scope");
    load_keys(loading, root);
    keys_load_jwks(loading, root);
}

struct token_keys *token_keys_load(struct arena *arena, const char *path, const char **errors) {
    struct arena *own = arena_create();
    struct token_keys *keys = arena_alloc(own, sizeof *keys);
    keys->arena = own;
    keys->cache = token_cache_create();
    struct loading loading = {.arena = arena, .path = path, .keys = keys};
    size_t length;
    const char *text = keys_file_read(&loading, path, &length);
    const struct json *root = NULL;
    struct fault *fault = text ? json_parse(own, text, length, &root) : NULL;
    if (fault)
        keys_complain(&loading, "%s", fault->detail);
    else if (text)
        load_document(&loading, root);
    *errors = loading.errors;
    if (!loading.errors)
        return keys;
    token_keys_destroy(keys);
    return NULL;
}

void token_keys_destroy(struct token_keys *keys) {
    if (keys->jwks)
        jwks_destroy(keys->jwks);
    key_set_destroy(keys->published);
    for (size_t i = 0; i < keys->count; i++) {
        EVP_PKEY_free(keys->keys[i].verifies);
        EVP_PKEY_free(keys->keys[i].signs);
        if (keys->keys[i].secret)
            OPENSSL_cleanse(keys->keys[i].secret, keys->keys[i].secret_length);
    }
    token_cache_destroy(keys->cache);
    arena_destroy(keys->arena);
}

const char *key_type_name(const struct token_key *key) {
    return key->types & TYPE_AT_JWT ? "at+jwt" : "JWT";
}

enum key_algorithm key_signs_with(const struct token_key *key) {
    int algorithm = 0;
    while (algorithm < ALGORITHM_COUNT && !(key->algorithms & ALGORITHM_BIT(algorithm)))
        algorithm++;
    return (enum key_algorithm)algorithm;
}
