/* Who is acting on which tenant, told to PostgreSQL at the start of every transaction and before every
 * pipelined read. The database function scope_enter(tenant, subject, partner_side, partner, offset) sets
 * tandem.tenant, tandem.partners, tandem.now and tandem.today for the transaction, and answers with this row.
 * Row security and the statements read those settings; a forgotten one is an error. */
#ifndef TANDEM_STORE_SCOPE_H
#define TANDEM_STORE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statements.h"
#include "tandem/store/db.h"

struct scope_request {
    const char *tenant;  /* key */
    const char *subject; /* of the token */
    const char *partner; /* the token's partner claim: a partner id, or NULL */
    bool partner_side;
    int64_t clock_offset_us;
};

struct scope {
    int32_t tenant_id;
    int64_t person_id;        /* internal id */
    const char *person;       /* public id */
    const char *partners;     /* "*" for vendor and machines, else an int8[] literal of own partners: "{7}" */
    int64_t now_at;           /* the one clock of the request: clock_timestamp() + offset */
    int32_t today;            /* in the tenant's zone */
    const char *time_zone;    /* IANA */
    const char *currency;     /* reporting currency */
    const char *amount_basis; /* printed with figures: "ACV" */
    int64_t fiscal_start_month;
    int64_t go_live_at;
};

/* Enters the scope on this transaction. PROBLEM_UNAUTHENTICATED for an unknown tenant, PROBLEM_UNKNOWN_PERSON
 * for a subject without an active person (a portal or rep: without a partner, or with another than it
 * claims). */
struct fault *scope_enter(struct db *db, struct arena *arena, const struct scope_request *request,
                          struct scope *scope);

/* Events that this transaction adds from now on name who is behind the caller: {"name","email"}. */
struct fault *scope_act_for(struct db *db, struct arena *arena, const char *acting_for);

/* The same for whoever holds a confirmation link (hexadecimal SHA-256 of its token): enters the scope of the person whom it
 * was made for. PROBLEM_NOT_FOUND for an unknown one, PROBLEM_LINK_SUPERSEDED when the person is not active any more. */
struct fault *scope_enter_by_link(struct db *db, struct arena *arena, const char *link_hash,
                                  int64_t clock_offset_us, struct scope *scope);

/* The tenant's internal id by key, from a cache (tenants are never renamed; a miss is kept for 5 s).
 * PROBLEM_UNAUTHENTICATED when there is none. */
struct fault *tenant_find(struct db *db, struct arena *arena, const char *key, int32_t *tenant_id);

/* -- declared reads -- */
enum { READ_BATCH_MAX = 16, READ_PARAMS_MAX = 16 };

struct db_read {
    struct arena *arena;
    struct scope_request scope_request;
    enum sql statement;
    struct param params[READ_PARAMS_MAX];
    size_t param_count;
    struct scope scope;  /* out */
    struct rows *rows;   /* out */
    struct fault *fault; /* out: NULL on success */
};

/* The only function that puts reads on the wire: [scope_enter][read] for each, one Sync, one pipelined round
 * trip. One read's error leaves the others' answers whole: the culprit is rerun alone, the rest batched
 * again. */
void db_read_batch(struct db *db, struct db_read *reads, size_t count);

#endif
