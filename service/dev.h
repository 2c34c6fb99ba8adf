/* The pieces of `tandem dev`: its demonstration tenant, keys and dev.env. */
#ifndef TANDEM_DEV_H
#define TANDEM_DEV_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/role.h"

struct arena;
struct db;
struct fault;

#define DEV_TENANT "demo"

/* One person for each role, with an id that never changes, so that scripts and the tour can name it. */
struct dev_person {
    enum role role;
    const char *variable; /* of dev.env: TANDEM_TOKEN_<variable>, TANDEM_PERSON_<variable> */
    const char *id, *subject, *name, *email;
};
extern const struct dev_person dev_people[];
extern const unsigned dev_person_count;

#define DEV_PARTNER_ID "01930000-0000-7000-8000-0000000000a1"
#define DEV_PARTNER_NAME "Northwind Consulting"

/* The tenant, its people and one partner, once; later calls change nothing. `owner` makes the tenant, `db` (the
 * service's role) the rest, as the tenant's admin. */
struct fault *dev_seed(struct arena *arena, struct db *owner, struct db *db);

/* Makes <directory>/jwt.json with an HS256 key when it is missing. NULL after a message on stderr. */
const char *dev_keys(struct arena *arena, const char *directory);

/* Makes <directory>/signing.pem when it is missing; NULL when it cannot. */
const char *dev_signing_key(struct arena *arena, const char *directory);

/* Prints address, tokens and a curl line, and writes the same to <directory>/dev.env as shell assignments. */
bool dev_announce(struct arena *arena, const char *directory, const char *keys_file, uint16_t port);

#endif
