/* Confirmation links: made, found by the hash of their token, used once; each change with its event. */
#ifndef TANDEM_STORE_CONFIRMATION_LINK_H
#define TANDEM_STORE_CONFIRMATION_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct confirmation_link_new {
    const char *token_hash; /* SHA-256 in hexadecimal */
    int64_t opportunity_id, partner_id, person_id;
    const char *const *criteria;
    const int64_t *evidence_versions;
    size_t count;
    int proposed_stage;  /* -1: no proposal is asked about */
    int64_t proposed_at; /* INSTANT_NONE likewise */
    int64_t days;
};

/* *id is the public one. */
struct fault *confirmation_link_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                       const struct confirmation_link_new *link, const char **id,
                                       int64_t *expires_at);

struct link_asked {
    const char *criterion;
    int64_t evidence_version;
};

struct confirmation_link {
    int64_t key;
    const char *id;
    int64_t created_at, expires_at, used_at; /* INSTANT_NONE: not used */
    int64_t replaced_at;                     /* INSTANT_NONE: no newer link asks for it */
    int proposed_stage;                      /* -1: none is asked about */
    int64_t proposed_at;
    const char *opportunity, *opportunity_name, *account_name; /* NULL: the partner no longer sees the deal */
    const char *person, *person_name, *creator, *creator_name;
    struct link_asked *asked;
    size_t asked_count;
};

/* Holds the link until the transaction ends. */
struct fault *confirmation_link_lock(struct db *db, struct arena *arena, int32_t tenant_id,
                                     const char *token_hash);
/* The scope was entered by this link, so it is there. */
struct fault *confirmation_link_find(struct db *db, struct arena *arena, int32_t tenant_id,
                                     const char *token_hash, struct confirmation_link *link);
struct fault *confirmation_link_use(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                    int decision, const char *reason);

#endif
