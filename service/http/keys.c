/* The key file, read once at the start. Everything that is wrong with it is said at once. */
#include "keys.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/token.h"

enum { FILE_MAX = 64 * 1024, SECRET_MIN = 32, RSA_BITS_MIN = 2048, KID_MAX = 128, KEYS_MAX = 32 };

const char *const algorithm_names[] = {
    [ALGORITHM_HS256] = "HS256",
    [ALGORITHM_RS256] = "RS256",
    [ALGORITHM_ES256] = "ES256",
    [ALGORITHM_EDDSA] = "EdDSA",
};

enum { ALGORITHM_COUNT = sizeof algorithm_names / sizeof algorithm_names[0] };

struct loading {
    struct arena *arena;
    const char *path;
    struct token_keys *keys;
    const char *errors; /* one line each */
};

__attribute__((format(printf, 2, 3))) static void complain(struct loading *loading, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *line = arena_format_list(loading->arena, format, list);
    va_end(list);
    loading->errors = arena_format(loading->arena, "%s%s%s: %s", loading->errors ? loading->errors : "",
                                   loading->errors ? "\n" : "", loading->path, line);
}

/* The whole file with a final NUL, or NULL. */
static char *file_read(struct loading *loading, const char *path, size_t *length) {
    FILE *file = fopen(path, "rbe");
    char *bytes = arena_alloc(loading->keys->arena, FILE_MAX + 1);
    *length = file ? fread(bytes, 1, FILE_MAX + 1, file) : 0;
    bool whole = file && !ferror(file) && *length <= FILE_MAX;
    if (file)
        fclose(file);
    if (!whole) {
        complain(loading, "%s could not be read", path);
        return NULL;
    }
    bytes[*length] = '\0';
    return bytes;
}

/* Files of keys are named relative to the key file. */
static const char *sibling(struct loading *loading, const char *name) {
    const char *slash = strrchr(loading->path, '/');
    if (name[0] == '/' || !slash)
        return name;
    return arena_format(loading->arena, "%.*s/%s", (int)(slash - loading->path), loading->path, name);
}

static const char *text_member(struct loading *loading, const struct json *object, const char *where,
                               const char *name, const char *otherwise) {
    const struct json *value = json_get(object, name);
    const char *text = json_string(value);
    if (text && *text)
        return arena_text(loading->keys->arena, text);
    if (value || !otherwise)
        complain(loading, "%s%s must be a text", where, name);
    return otherwise ? otherwise : "";
}

static void load_secret(struct loading *loading, const struct json *object, struct token_key *key) {
    const char *name = text_member(loading, object, "HS256 key: ", "secret_file", NULL);
    size_t length;
    char *bytes = *name ? file_read(loading, sibling(loading, name), &length) : NULL;
    if (!bytes)
        return;
    if (length > 0 && bytes[length - 1] == '\n') /* an editor's, not the secret's */
        length--;
    if (length < SECRET_MIN)
        complain(loading, "%s: the secret of an HS256 key has at least %d bytes", name, SECRET_MIN);
    if (strstr(bytes, "-----BEGIN"))
        complain(loading, "%s: a PEM key is no HS256 secret", name);
    key->secret = (uint8_t *)bytes;
    key->secret_length = length;
}

static const char *key_unfit(const struct token_key *key, EVP_PKEY *pkey) {
    char group[64] = "";
    switch (key->algorithm) {
    case ALGORITHM_RS256:
        return EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN
                   ? NULL
                   : "RS256 needs an RSA key of 2048 bits or more";
    case ALGORITHM_ES256:
        EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
        return strcmp(group, "prime256v1") == 0 ? NULL : "ES256 needs a key on the curve P-256";
    case ALGORITHM_EDDSA: return EVP_PKEY_is_a(pkey, "ED25519") ? NULL : "EdDSA needs an Ed25519 key";
    case ALGORITHM_HS256: break;
    }
    return "HS256 takes no PEM key";
}

/* An encrypted key is refused instead of asking at the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

static EVP_PKEY *load_pem(struct loading *loading, const char *name, const struct token_key *key,
                          bool private) {
    size_t length;
    char *bytes = file_read(loading, sibling(loading, name), &length);
    if (!bytes)
        return NULL;
    BIO *bio = BIO_new_mem_buf(bytes, (int)length);
    EVP_PKEY *pkey = !bio      ? NULL
                     : private ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                               : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    OPENSSL_cleanse(bytes, length);
    if (!pkey) {
        complain(loading, "%s holds no %s key in PEM", name, private ? "private" : "public");
        return NULL;
    }
    const char *unfit = key_unfit(key, pkey);
    if (unfit)
        complain(loading, "%s: %s", name, unfit);
    return pkey;
}

static void load_pair(struct loading *loading, const struct json *object, struct token_key *key) {
    const char *name = text_member(loading, object, "key: ", "public_key_file", NULL);
    if (*name)
        key->verifies = load_pem(loading, name, key, false);
    const char *private = json_string(json_get(object, "private_key_file"));
    if (private)
        key->signs = load_pem(loading, private, key, true);
    if (key->verifies && key->signs && EVP_PKEY_eq(key->verifies, key->signs) != 1)
        complain(loading, "%s is not the private key of %s", private, name);
}

/* Types default to at+jwt (RFC 9068), for HS256 to JWT, which is all that libjwt takes. */
static unsigned load_types(struct loading *loading, const struct json *object, const struct token_key *key) {
    const struct json *list = json_get(object, "typ");
    bool shared = key->algorithm == ALGORITHM_HS256;
    unsigned types = 0;
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name = json_string(json_item(list, i));
        if (name && strcasecmp(name, "JWT") == 0)
            types |= TYPE_JWT;
        else if (name && strcasecmp(name, "at+jwt") == 0)
            types |= TYPE_AT_JWT;
        else
            complain(loading, "key %s: typ takes at+jwt and JWT", key->kid);
    }
    if (list && types == 0)
        complain(loading, "key %s: typ is no list of names", key->kid);
    if (shared && (types & TYPE_AT_JWT))
        complain(loading, "key %s: tokens of an HS256 key carry typ JWT", key->kid);
    return list ? types : shared ? TYPE_JWT : TYPE_AT_JWT;
}

static void load_key(struct loading *loading, const struct json *object, struct token_key *key) {
    key->kid = text_member(loading, object, "key: ", "kid", NULL);
    if (strlen(key->kid) > KID_MAX)
        complain(loading, "kid %.20s... has more than %d characters", key->kid, KID_MAX);
    for (const struct token_key *other = loading->keys->keys; other < key; other++)
        if (strcmp(other->kid, key->kid) == 0)
            complain(loading, "kid %s is there twice", key->kid);
    const char *name = text_member(loading, object, "key: ", "alg", NULL);
    int algorithm = 0;
    while (algorithm < ALGORITHM_COUNT && strcmp(algorithm_names[algorithm], name) != 0)
        algorithm++;
    if (algorithm == ALGORITHM_COUNT) {
        complain(loading, "key %s: alg is one of HS256, RS256, ES256, EdDSA", key->kid);
        return;
    }
    key->algorithm = (enum key_algorithm)algorithm;
    key->types = load_types(loading, object, key);
    if (key->algorithm == ALGORITHM_HS256)
        load_secret(loading, object, key);
    else
        load_pair(loading, object, key);
}

static void load_document(struct loading *loading, const struct json *root) {
    struct token_keys *keys = loading->keys;
    keys->issuer = text_member(loading, root, "", "issuer", NULL);
    keys->audience = text_member(loading, root, "", "audience", NULL);
    int64_t leeway_s = 60;
    const struct json *leeway = json_get(root, "leeway_s");
    if (leeway && (!json_integer(leeway, &leeway_s) || leeway_s < 0 || leeway_s > TOKEN_LEEWAY_MAX_S))
        complain(loading, "leeway_s must be 0 to %d", TOKEN_LEEWAY_MAX_S);
    keys->leeway_us = leeway_s * 1000000;
    const struct json *claims = json_get(root, "claims");
    keys->roles_path = text_member(loading, claims, "claims: ", "roles", "roles");
    keys->tenant_path = text_member(loading, claims, "claims: ", "tenant", "tenant");
    keys->partner_path = text_member(loading, claims, "claims: ", "partner", "partner");

    const struct json *list = json_get(root, "keys");
    size_t count = json_length(list);
    if (count == 0 || count > KEYS_MAX) {
        complain(loading, "keys must be a list of 1 to %d keys", KEYS_MAX);
        return;
    }
    keys->keys = arena_alloc(keys->arena, count * sizeof *keys->keys);
    for (size_t i = 0; i < count; i++) {
        keys->count = i + 1;
        load_key(loading, json_item(list, i), &keys->keys[i]);
    }
}

struct token_keys *token_keys_load(struct arena *arena, const char *path, const char **errors) {
    struct arena *own = arena_create();
    struct token_keys *keys = arena_alloc(own, sizeof *keys);
    keys->arena = own;
    keys->cache = token_cache_create();
    struct loading loading = {.arena = arena, .path = path, .keys = keys};
    size_t length;
    const char *text = file_read(&loading, path, &length);
    const struct json *root = NULL;
    struct fault *fault = text ? json_parse(own, text, length, &root) : NULL;
    if (fault)
        complain(&loading, "%s", fault->detail);
    else if (text)
        load_document(&loading, root);
    *errors = loading.errors;
    if (!loading.errors)
        return keys;
    token_keys_destroy(keys);
    return NULL;
}

void token_keys_destroy(struct token_keys *keys) {
    for (size_t i = 0; i < keys->count; i++) {
        EVP_PKEY_free(keys->keys[i].verifies);
        EVP_PKEY_free(keys->keys[i].signs);
        if (keys->keys[i].secret)
            OPENSSL_cleanse(keys->keys[i].secret, keys->keys[i].secret_length);
    }
    token_cache_destroy(keys->cache);
    arena_destroy(keys->arena);
}

const struct token_key *key_find(const struct token_keys *keys, const char *kid) {
    for (size_t i = 0; kid && i < keys->count; i++)
        if (strcmp(keys->keys[i].kid, kid) == 0)
            return &keys->keys[i];
    return !kid && keys->count == 1 ? &keys->keys[0] : NULL;
}

const char *key_type_name(const struct token_key *key) {
    return key->types & TYPE_AT_JWT ? "at+jwt" : "JWT";
}
