/* The private PostgreSQL's life: make the cluster once, start the server, make roles and database, stop it.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tandem/store/db.h"

#include "private_inside.h"

enum { START_TIMEOUT_MS = 60000, STOP_TIMEOUT_MS = 30000, POLL_MS = 5 };

struct fault *private_fault(struct arena *arena, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *detail = arena_format_list(arena, format, list);
    va_end(list);
    return fault_make(arena, PROBLEM_UNAVAILABLE, "private PostgreSQL: %s", detail);
}

static void pause_ms(int milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
}

static struct fault *user_find(struct arena *arena, struct private *server) {
    server->user = geteuid();
    server->group = getegid();
    if (server->user != 0)
        return NULL;
    const struct passwd *entry = getpwnam("postgres");
    if (!entry)
        entry = getpwnam("nobody");
    if (!entry)
        return private_fault(arena,
                             "PostgreSQL refuses to run as root, and there is no user postgres or nobody");
    server->user = entry->pw_uid;
    server->group = entry->pw_gid;
    return NULL;
}

/* A value of a connection string, in quotes. */
static const char *quoted(struct arena *arena, const char *value) {
    char *copy = arena_alloc(arena, 2 * strlen(value) + 3), *out = copy;
    *out++ = '\'';
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            *out++ = '\\';
        *out++ = *value;
    }
    *out = '\'';
    return copy;
}

static const char *url_of(struct arena *arena, const struct private *server, const char *role,
                          const char *database) {
    return arena_format(arena, "host=%s port=5432 user=%s dbname=%s sslmode=disable gssencmode=disable",
                        quoted(arena, server->sockets), role, database);
}

/* Made beside its place and moved there whole: an interrupted initdb leaves nothing that looks like data.
 * Trust is for those who can enter the socket's directory: the service and the server's own user. */
static struct fault *cluster_make(struct arena *arena, const struct private *server,
                                  const struct private_settings *settings, const char *bin,
                                  const char *data) {
    const char *draft = arena_format(arena, "%s.new", data);
    const char *const argv[] = {arena_format(arena, "%s/initdb", bin),
                                "--pgdata",
                                draft,
                                "--username=postgres",
                                "--auth-local=trust",
                                "--auth-host=reject",
                                "--encoding=UTF8",
                                "--lc-collate=C",
                                "--locale=C.UTF-8",
                                "--data-checksums",
                                settings->fsync_off ? "--no-sync" : NULL,
                                NULL};
    if (!access(data, F_OK))
        return NULL;
    if (!private_tree_remove(draft))
        return private_fault(arena, "cannot remove %s: %s", draft, strerror(errno));
    pid_t pid;
    TRY(private_spawn(arena, server, argv, &pid));
    if (!private_wait(pid))
        return private_fault(arena, "initdb failed: %s", private_log_tail(arena, server));
    if (rename(draft, data))
        return private_fault(arena, "cannot move %s to its place: %s", draft, strerror(errno));
    return NULL;
}

/* A server stands in its data directory; any other process with that id has come after a reboot or in a
 * container. */
static bool server_lives(struct arena *arena, int pid, const char *data) {
    struct stat here, there;
    return pid > 0 && !stat(arena_format(arena, "/proc/%d/cwd", pid), &there) && !stat(data, &here) &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* The server of a killed service may still be on its way out, and PostgreSQL would refuse to start beside it.
 * Its file is removed when it is gone: PostgreSQL itself would take any living process of that id for the old
 * server. */
static void predecessor_await(struct arena *arena, const char *data) {
    const char *path = arena_format(arena, "%s/postmaster.pid", data);
    for (int waited_ms = 0; waited_ms < STOP_TIMEOUT_MS; waited_ms += POLL_MS) {
        int pid = 0;
        FILE *in = fopen(path, "re");
        if (!in)
            return;
        bool lives = fscanf(in, "%d", &pid) == 1 && server_lives(arena, pid, data);
        fclose(in);
        if (!lives) {
            unlink(path);
            return;
        }
        pause_ms(POLL_MS);
    }
}

static struct fault *server_await(struct arena *arena, struct private *server) {
    const char *url = url_of(arena, server, "postgres", "postgres");
    for (int waited_ms = 0; waited_ms < START_TIMEOUT_MS; waited_ms += POLL_MS) {
        if (PQping(url) == PQPING_OK)
            return NULL;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            break;
        }
        pause_ms(POLL_MS);
    }
    return private_fault(arena, "the server does not start: %s", private_log_tail(arena, server));
}

static struct fault *server_start(struct arena *arena, struct private *server,
                                  const struct private_settings *settings, const char *bin,
                                  const char *data) {
    const char *sockets = arena_format(arena, "unix_socket_directories=%s", server->sockets);
    const char *argv[32] = {arena_format(arena, "%s/postgres", bin),
                            "-D",
                            data,
                            "-p",
                            "5432",
                            "-c",
                            "listen_addresses=",
                            "-c",
                            sockets,
                            "-c",
                            "unix_socket_permissions=0700",
                            "-c",
                            "logging_collector=off",
                            "-c",
                            "log_destination=stderr"};
    size_t count = 15;
    if (settings->fsync_off) {
        static const char *const fast[] = {"fsync=off", "synchronous_commit=off", "full_page_writes=off"};
        for (size_t i = 0; i < sizeof fast / sizeof *fast; i++) {
            argv[count++] = "-c";
            argv[count++] = fast[i];
        }
    }
    predecessor_await(arena, data);
    TRY(private_spawn(arena, server, argv, &server->pid));
    return server_await(arena, server);
}

/* Each step is repeated on every start, so that an interrupted first run heals. */
static struct fault *roles_make(struct arena *arena, const struct private *server) {
    static const char roles[] = "do $$ begin"
                                " if to_regrole('" PRIVATE_OWNER_ROLE
                                "') is null then create role " PRIVATE_OWNER_ROLE " login; end if;"
                                " if to_regrole('" PRIVATE_DAEMON_ROLE
                                "') is null then create role " PRIVATE_DAEMON_ROLE " login; end if;"
                                " end $$";
    struct db_settings settings = {.url = url_of(arena, server, "postgres", "postgres"),
                                   .application_name = "tandem private"};
    struct db *db;
    struct rows *rows;
    TRY(db_open(arena, &settings, &db));
    struct fault *fault = db_run(db, arena, roles, NULL);
    if (!fault)
        fault = db_run(db, arena, "select from pg_database where datname = '" PRIVATE_DATABASE "'", &rows);
    if (!fault && rows_count(rows) == 0)
        fault = db_run(db, arena, "create database " PRIVATE_DATABASE " owner " PRIVATE_OWNER_ROLE, NULL);
    db_close(db);
    return fault;
}

static struct fault *private_open(struct arena *arena, struct private *server,
                                  const struct private_settings *settings) {
    const char *data = arena_format(arena, "%s/data", server->directory), *bin = settings->bin_directory;
    TRY(user_find(arena, server));
    TRY(private_directory_make(arena, server, server->directory));
    TRY(private_lock(arena, server));
    if (!bin)
        TRY(private_programs_find(arena, data, &bin));
    TRY(private_sockets_make(arena, server));
    TRY(cluster_make(arena, server, settings, bin, data));
    TRY(server_start(arena, server, settings, bin, data));
    TRY(roles_make(arena, server));
    server->owner_url = strdup(url_of(arena, server, PRIVATE_OWNER_ROLE, PRIVATE_DATABASE));
    server->daemon_url = strdup(url_of(arena, server, PRIVATE_DAEMON_ROLE, PRIVATE_DATABASE));
    return NULL;
}

struct fault *private_start(struct arena *arena, const struct private_settings *settings,
                            struct private **server) {
    if (*settings->directory != '/')
        return private_fault(arena, "the directory %s is not an absolute path", settings->directory);
    struct private *started = calloc(1, sizeof *started);
    if (!started)
        abort();
    started->lock = -1;
    started->directory = strdup(settings->directory);
    struct fault *fault = private_open(arena, started, settings);
    if (fault)
        private_stop(started);
    else
        *server = started;
    return fault;
}

const char *private_owner_url(const struct private *server) {
    return server->owner_url;
}

const char *private_daemon_url(const struct private *server) {
    return server->daemon_url;
}

void private_stop(struct private *server) {
    if (!server)
        return;
    if (server->pid)
        private_end(server->pid, STOP_TIMEOUT_MS);
    if (server->sockets_apart)
        private_sockets_remove(server->sockets);
    if (server->lock >= 0)
        close(server->lock);
    free(server->directory);
    free(server->sockets);
    free(server->owner_url);
    free(server->daemon_url);
    free(server);
}
