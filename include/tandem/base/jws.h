/* What the service signs, as JWS (RFC 7515): one key that signs and earlier ones that are only published. */
#ifndef TANDEM_BASE_JWS_H
#define TANDEM_BASE_JWS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct json_out;

/* Once, before there are threads. `path`: a PEM file with a private key, Ed25519 or P-256, that signs; NULL: nothing is
 * signed. `earlier`: PEM files of earlier public keys, separated by commas; may be NULL. false with the reason in the
 * arena: a file cannot be read, or a key is of another kind. */
bool jws_load(struct arena *arena, const char *path, const char *earlier, const char **reason);

/* The compact form, in the arena, signed with EdDSA or ES256 as the key is; NULL without a key. `type` is the header's
 * typ. */
const char *jws_sign(struct arena *arena, const char *type, const char *payload, size_t length);

/* Makes a file with a new Ed25519 key, readable by its owner only; true as well when it is there already. */
bool jws_make_key(const char *path);

/* The published keys as the items of an open JSON array (RFC 7517); kid is the thumbprint (RFC 7638). */
void jws_write_keys(struct json_out *out);

#endif
