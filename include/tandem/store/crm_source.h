/* CRM sources: what an admin has said of each, and whose address one is. */
#ifndef TANDEM_STORE_CRM_SOURCE_H
#define TANDEM_STORE_CRM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

struct crm_source_row {
    int64_t key;    /* internal id */
    const char *id; /* public: its address */
    const char *source;
    int kind; /* enum crm_kind */
    const char *person, *person_name;
    const char *secret_current, *secret_previous; /* names of files; previous NULL: none */
    const char *public_url, *currency;
    const char *object_types, *fields, *stages, *categories, *partners; /* JSON, as the API says it */
    const char *integration_user;                                       /* NULL: none */
    int64_t version;
};

void crm_source_read(const struct rows *rows, size_t index, void *row);
struct fault *crm_source_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                              bool *found, struct crm_source_row *row);
/* The source of an internal id, which is there. */
struct fault *crm_source_by_key(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                struct crm_source_row *row);
/* Changes of a tenant's sources wait for one another from here to the end of the transaction. */
struct fault *crm_source_lock(struct db *db, struct arena *arena, int32_t tenant_id);
/* Both write the row's event. `person` is the internal id; `object_types` is a text[] literal here. Insert: NOT_FOUND when
 * another tenant has the address, ALREADY_EXISTS when the tenant has a source of this name. */
struct fault *crm_source_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                const struct crm_source_row *row, int64_t person);
struct fault *crm_source_replace(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct crm_source_row *row, int64_t person);

/* What verifies a message for an address, before any tenant is known. */
struct crm_address {
    int64_t tenant_id;
    const char *tenant;  /* key */
    const char *subject; /* of the person in whose name it acts; NULL: it cannot */
    int64_t source_key;  /* internal id */
    int kind;
    const char *secret_current, *secret_previous, *public_url;
    int64_t now_at; /* the clock of the request */
};
struct fault *crm_address_find(struct db *db, struct arena *arena, const char *id, int64_t clock_offset_us,
                               bool *found, struct crm_address *address);

#endif
