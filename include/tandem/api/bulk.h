/* Who serves what takes minutes: a few threads with a connection each. A request is admitted like any; then its stream
 * belongs to one of them, so that neither a lane nor the event loop is held up. */
#ifndef TANDEM_API_BULK_H
#define TANDEM_API_BULK_H

#include <stdint.h>

struct bulk_settings {
    const char *database_url;
    unsigned
        threads; /* jobs at once, 1 to BULK_THREADS_MAX; a connection is opened when one is first needed */
    int statement_timeout_ms; /* of one page or chunk */
    int64_t limit_us;         /* longest export: its snapshot holds the database's clean-up back */
};

enum { BULK_THREADS_MAX = 16 };

/* Once, before requests come; and after the last one, when the server has let go of the streams. */
void bulk_start(const struct bulk_settings *settings);
void bulk_stop(void);

#endif
