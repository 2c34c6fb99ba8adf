/* The keys that the key file brings itself: secrets, and PEM files of one half or both. */
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/json.h"

#include "keys_load.h"

enum { SECRET_MIN = 32, RSA_BITS_MIN = 2048 };

void keys_load_secret(struct loading *loading, const struct json *object, struct token_key *key) {
    const char *name = keys_text(loading, object, "HS256 key: ", "secret_file", NULL);
    size_t length;
    char *bytes = *name ? keys_file_read(loading, keys_sibling(loading, name), &length) : NULL;
    if (!bytes)
        return;
    if (length > 0 && bytes[length - 1] == '\n') /* an editor's, not the secret's */
        length--;
    if (length < SECRET_MIN)
        keys_complain(loading, "%s: the secret of an HS256 key has at least %d bytes", name, SECRET_MIN);
    if (strstr(bytes, "-----BEGIN"))
        keys_complain(loading, "%s: a PEM key is no HS256 secret", name);
    key->secret = (uint8_t *)bytes;
    key->secret_length = length;
}

const char *key_unfit(enum key_algorithm algorithm, const EVP_PKEY *pkey) {
    char group[64] = "";
    bool rsa = EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN;
    switch (algorithm) {
    case ALGORITHM_RS256: return rsa ? NULL : "RS256 needs an RSA key of 2048 bits or more";
    case ALGORITHM_PS256: return rsa ? NULL : "PS256 needs an RSA key of 2048 bits or more";
    case ALGORITHM_ES256:
        EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
        return strcmp(group, "prime256v1") == 0 ? NULL : "ES256 needs a key on the curve P-256";
    case ALGORITHM_EDDSA: return EVP_PKEY_is_a(pkey, "ED25519") ? NULL : "EdDSA needs an Ed25519 key";
    case ALGORITHM_HS256:
    case ALGORITHM_COUNT: break;
    }
    return "HS256 takes no public key";
}

/* An encrypted key is refused instead of asking at the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

static EVP_PKEY *load_pem(struct loading *loading, const char *name, const struct token_key *key,
                          bool private) {
    size_t length;
    char *bytes = keys_file_read(loading, keys_sibling(loading, name), &length);
    if (!bytes)
        return NULL;
    BIO *bio = BIO_new_mem_buf(bytes, (int)length);
    EVP_PKEY *pkey = !bio      ? NULL
                     : private ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                               : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    OPENSSL_cleanse(bytes, length);
    if (!pkey) {
        keys_complain(loading, "%s holds no %s key in PEM", name, private ? "private" : "public");
        return NULL;
    }
    const char *unfit = key_unfit(key_signs_with(key), pkey);
    if (unfit)
        keys_complain(loading, "%s: %s", name, unfit);
    return pkey;
}

void keys_load_pair(struct loading *loading, const struct json *object, struct token_key *key) {
    const char *name = keys_text(loading, object, "key: ", "public_key_file", NULL);
    if (*name)
        key->verifies = load_pem(loading, name, key, false);
    const char *private = json_string(json_get(object, "private_key_file"));
    if (private)
        key->signs = load_pem(loading, private, key, true);
    if (key->verifies && key->signs && EVP_PKEY_eq(key->verifies, key->signs) != 1)
        keys_complain(loading, "%s is not the private key of %s", private, name);
}
