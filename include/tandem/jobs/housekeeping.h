/* One thread beside the lanes: it asks once a second whether the database answers and its schema is this binary's (what
 * /readyz says), and once a minute sweeps stored answers that are older than a day. */
#ifndef TANDEM_JOBS_HOUSEKEEPING_H
#define TANDEM_JOBS_HOUSEKEEPING_H

#include <stdbool.h>

struct housekeeping;

/* Looks once before it returns, so that readiness is known from the first request on. */
struct housekeeping *housekeeping_start(const char *database_url);
/* Never blocks; for server_settings.ready with the housekeeping as context. */
bool housekeeping_ready(void *housekeeping, const char **reason);
void housekeeping_stop(struct housekeeping *housekeeping);

#endif
