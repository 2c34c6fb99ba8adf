/* What the files that read the key file share. */
#ifndef TANDEM_SERVICE_HTTP_KEYS_LOAD_H
#define TANDEM_SERVICE_HTTP_KEYS_LOAD_H

#include "keys.h"

struct loading {
    struct arena *arena;
    const char *path;
    struct token_keys *keys;
    const char *errors; /* one line each */
};

void keys_complain(struct loading *loading, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The whole file with a final NUL, or NULL. */
char *keys_file_read(struct loading *loading, const char *path, size_t *length);
/* Files of keys are named relative to the key file. */
const char *keys_sibling(struct loading *loading, const char *name);
/* A member's text; complains when it is none, and when it is absent with no `otherwise`. Never NULL. */
const char *keys_text(struct loading *loading, const struct json *object, const char *where, const char *name,
                      const char *otherwise);
/* A text of the document, or NULL when it is not there. */
const char *keys_optional_text(struct loading *loading, const struct json *root, const char *name);
/* Types default to at+jwt (RFC 9068), for HS256 to JWT, which is all that libjwt takes. */
unsigned keys_types(struct loading *loading, const struct json *object, const char *where, bool shared);

/* keys_pem.c: the secret of an HS256 key, and the two halves of the others. */
void keys_load_secret(struct loading *loading, const struct json *object, struct token_key *key);
void keys_load_pair(struct loading *loading, const struct json *object, struct token_key *key);

/* keys_jwks.c: where the issuer publishes its keys, when the key file says so. */
void keys_load_jwks(struct loading *loading, const struct json *root);

#endif
