/* CRMs beside the requests: where their secrets stand, and the inbox that is applied. */
#ifndef TANDEM_API_CRM_H
#define TANDEM_API_CRM_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct db;

/* Where secrets of CRM sources stand: DIRECTORY/<tenant key>/<name>, one secret a file. NULL: nowhere, so that no source
 * can be put and nothing is taken from a CRM. Once at start; must outlive the service. */
void crm_secrets_set_directory(const char *directory);

/* Applies what waits in the inbox, of all tenants, and what has got a meaning since. On a connection of the service's role with
 * prepared statements. false: the database does not answer; what was applied stays. */
bool crm_apply(struct db *db, struct arena *arena);

/* Rung when something has come; crm_await returns then, or after so many milliseconds. */
void crm_ring(void);
void crm_await(int64_t most_ms);

#endif
