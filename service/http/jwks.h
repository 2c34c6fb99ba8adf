/* The issuer's published keys (RFC 7517): a document made into a key set, where the document comes from, and the thread
 * that looks for a newer one. */
#ifndef TANDEM_SERVICE_HTTP_JWKS_H
#define TANDEM_SERVICE_HTTP_JWKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct key_set;

enum { JWKS_SIZE_MAX = 256 * 1024, JWKS_KEYS_MAX = 64 };

struct jwks_settings {   /* all texts must outlive what is made with it */
    const char *file;    /* either this */
    const char *url;     /* or this: https only */
    const char *ca_file; /* PEM; NULL: the system's authorities */
    unsigned refresh_s;  /* between two looks */
    unsigned algorithms; /* allow-list: set of ALGORITHM_BIT, HS256 never */
    unsigned types;      /* set of enum key_type that tokens by these keys may carry */
};

/* jwks.c: every key of the document that is fit for an allowed algorithm; the others are passed over, as the standard
 * wants it. A kid that is there twice names none. NULL when no key is left; *remarks (in the arena) says what was passed
 * over and why, or is NULL. */
struct key_set *jwks_parse(struct arena *arena, const char *bytes, size_t length,
                           const struct jwks_settings *settings, const char **remarks);

/* jwks_source.c: the document's bytes in the arena, or NULL with the reason. Blocks, for 10 seconds at most; ends early
 * when *stop is set. */
char *jwks_read(struct arena *arena, const struct jwks_settings *settings, const atomic_bool *stop,
                size_t *length, const char **reason);
/* NULL, or why keys are not fetched from there. */
const char *jwks_url_unfit(const char *url);

/* jwks_refresh.c */
struct jwks *jwks_create(const struct jwks_settings *settings);
void jwks_destroy(struct jwks *jwks); /* ends the thread */
/* Looks once, in the caller's thread and before jwks_follow. false with the reason: what was there stays. */
bool jwks_refresh(struct jwks *jwks, struct arena *arena, const char **reason);
/* Looks again and again in a thread of its own: at once when nothing has been read yet. */
void jwks_follow(struct jwks *jwks);
/* The newest key set, once; NULL: none since the last call. The caller's from now on. Never blocks. */
struct key_set *jwks_take(struct jwks *jwks);
/* Makes the thread look now. Never blocks. */
void jwks_hurry(struct jwks *jwks);

#endif
