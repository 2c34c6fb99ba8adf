/* The private PostgreSQL of a first run: initdb and a server child on a unix socket in a directory that only
 * its user may enter. Nothing of it listens on the network. Two roles: the owner of the schema, and the
 * service's own role without DDL. Needs the PostgreSQL programs on the machine; in containers a database URL
 * is required instead. */
#ifndef TANDEM_STORE_PRIVATE_H
#define TANDEM_STORE_PRIVATE_H

#include <stdbool.h>

struct arena;
struct fault;
struct private;

#define PRIVATE_OWNER_ROLE "tandem_owner"
#define PRIVATE_DAEMON_ROLE "tandem_service"
#define PRIVATE_DATABASE "tandem"

struct private_settings {
    const char *directory; /* absolute; made when missing; belongs to the server's user from then on */
    const char
        *bin_directory; /* of initdb and postgres; NULL: found by the data's version, newest for new data */
    bool fsync_off;     /* tests only: data does not survive a crash of the machine */
};

/* Makes the cluster on first use, starts the server and waits until it answers; another process on the same
 * directory is refused. Root's server runs as `postgres`, else `nobody`, who must be able to reach the
 * directory. Call from the main thread before any other exists: the child ends with the thread that forked
 * it. PROBLEM_UNAVAILABLE with the reason as its detail: it is for the operator who starts the service. */
struct fault *private_start(struct arena *arena, const struct private_settings *settings,
                            struct private **server);

/* libpq connection strings; they live as long as the server. */
const char *private_owner_url(const struct private *server);
const char *private_daemon_url(const struct private *server);

/* Ends sessions and server, waits for a clean end, gives the directory back. NULL is allowed. */
void private_stop(struct private *server);

#endif
