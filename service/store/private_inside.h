/* What the files of the private PostgreSQL share. */
#ifndef TANDEM_STORE_PRIVATE_INSIDE_H
#define TANDEM_STORE_PRIVATE_INSIDE_H

#include <sys/types.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/private.h"

struct private {
    char *directory;
    char *sockets;      /* directory of the socket */
    bool sockets_apart; /* outside of `directory`, whose path is too long for a socket */
    char *owner_url, *daemon_url;
    int lock;   /* descriptor of the lock file */
    pid_t pid;  /* 0: not started */
    uid_t user; /* of the server */
    gid_t group;
};

struct fault *private_fault(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -- private_files.c -- */
struct fault *private_directory_make(struct arena *arena, struct private *server, const char *path);
struct fault *private_lock(struct arena *arena, struct private *server);
struct fault *private_sockets_make(struct arena *arena, struct private *server);
void private_sockets_remove(const char *path);
/* The directory of the programs: of the data's version when there is data. */
struct fault *private_programs_find(struct arena *arena, const char *data, const char **bin_directory);
bool private_tree_remove(const char *path);
/* The last lines of the server's log, for the reason of a failed start. */
const char *private_log_tail(struct arena *arena, const struct private *server);

/* -- private_process.c -- */
/* Starts argv[0] as the server's user, output to the log, ended when this thread ends. */
struct fault *private_spawn(struct arena *arena, const struct private *server, const char *const argv[],
                            pid_t *pid);
/* Waits for the end; true for exit status 0. */
bool private_wait(pid_t pid);
/* SIGINT, and SIGQUIT after the given time. */
void private_end(pid_t pid, int timeout_ms);

#endif
