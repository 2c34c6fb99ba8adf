/* A new tenant, whole: its settings, the default policy and stage model as version 1, and the first admin, who can
 * make everybody else. Made by the owner of the schema (`tandem tenant create`); the service itself only reads tenants.
 * docs/rules.md, Policy. */
#ifndef TANDEM_STORE_TENANT_H
#define TANDEM_STORE_TENANT_H

#include <stdint.h>

struct arena;
struct db;
struct fault;

struct tenant_new {
    const char *key;            /* a-z 0-9 - _, at most 63; what tokens name */
    const char *name;           /* NULL: the key */
    const char *currency;       /* reporting currency, ISO 4217 */
    const char *amount_basis;   /* printed with every figure; NULL: "ACV" */
    const char *time_zone;      /* IANA; PostgreSQL must know it */
    int64_t fiscal_start_month; /* 1 to 12 */
    int64_t go_live_at;         /* INSTANT_NONE: now */
    struct {
        const char *subject; /* of the token; needed */
        const char *name;    /* NULL: the subject */
        const char *email;   /* may be NULL */
    } admin;
};

/* One transaction of its own on a connection of the schema's owner, opened with `prepare`; cause tenant_create, no
 * actor. INVALID_FIELDS with every bad value at once (/key, /currency, /time_zone, /fiscal_start_month,
 * /admin/subject, /admin/email ...), ALREADY_EXISTS when the key is taken. */
struct fault *tenant_create(struct db *owner_db, struct arena *arena, const struct tenant_new *tenant);

#endif
