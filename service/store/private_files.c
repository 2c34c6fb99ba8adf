/* The files of the private PostgreSQL: its directories, its lock, its programs and its log. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_inside.h"

enum { SOCKET_PATH_MAX = 106, SOCKET_NAME_SIZE = sizeof "/.s.PGSQL.5432.lock" - 1, LOG_TAIL = 600 };

/* Mode 0700 and the server's own, also when it was there before. */
struct fault *private_directory_make(struct arena *arena, struct private *server, const char *path) {
    if (mkdir(path, 0700) && errno != EEXIST)
        return private_fault(arena, "cannot make the directory %s: %s", path, strerror(errno));
    struct stat state;
    if (lstat(path, &state) || !S_ISDIR(state.st_mode))
        return private_fault(arena, "%s is not a directory", path);
    if ((state.st_uid != server->user && chown(path, server->user, server->group)) || chmod(path, 0700))
        return private_fault(arena, "%s cannot be given to the server's user: %s", path, strerror(errno));
    return NULL;
}

/* Held as long as this process lives, however it ends. */
struct fault *private_lock(struct arena *arena, struct private *server) {
    const char *path = arena_format(arena, "%s/lock", server->directory);
    server->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (server->lock < 0)
        return private_fault(arena, "cannot open %s: %s", path, strerror(errno));
    if (flock(server->lock, LOCK_EX | LOCK_NB))
        return private_fault(arena, "another process uses the database in %s", server->directory);
    return NULL;
}

/* Names only what PostgreSQL and we put there: in /tmp a whole tree is never removed. */
void private_sockets_remove(const char *path) {
    static const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock"};
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(directory, names[i], 0);
    close(directory);
    rmdir(path);
}

/* A socket's path is limited by the kernel; a long data directory gets its sockets under /tmp. `run` is then a link
 * to them, by which the next start finds what a killed one has left. */
struct fault *private_sockets_make(struct arena *arena, struct private *server) {
    const char *path = arena_format(arena, "%s/run", server->directory);
    char left[SOCKET_PATH_MAX + 1] = "";
    if (readlink(path, left, SOCKET_PATH_MAX) > 0) {
        private_sockets_remove(left);
        unlink(path);
    }
    server->sockets_apart = strlen(path) + SOCKET_NAME_SIZE > SOCKET_PATH_MAX;
    if (server->sockets_apart) {
        char *apart = arena_text(arena, "/tmp/tandem-XXXXXX");
        if (!mkdtemp(apart) || symlink(apart, path))
            return private_fault(arena, "cannot make a directory for sockets: %s", strerror(errno));
        path = apart;
    }
    server->sockets = strdup(path);
    return private_directory_make(arena, server, path);
}

static bool is_program(struct arena *arena, const char *directory, const char *name) {
    return !access(arena_format(arena, "%s/%s", directory, name), X_OK);
}

/* "15" of PG_VERSION, or 0 without data. */
static struct fault *data_version(struct arena *arena, const char *data, int *version) {
    const char *path = arena_format(arena, "%s/PG_VERSION", data);
    FILE *in = fopen(path, "re");
    *version = 0;
    if (!in)
        return errno == ENOENT ? NULL : private_fault(arena, "cannot read %s: %s", path, strerror(errno));
    bool valid = fscanf(in, "%d", version) == 1;
    fclose(in);
    return valid ? NULL : private_fault(arena, "%s has no version in it", path);
}

static int program_version(struct arena *arena, const char *directory) {
    int version = 0;
    FILE *in = popen(arena_format(arena, "'%s/postgres' -V", directory), "re");
    if (!in)
        return 0;
    if (fscanf(in, "postgres (PostgreSQL) %d", &version) != 1)
        version = 0;
    pclose(in);
    return version;
}

struct programs {
    const char *directory;
    int version;
};

/* Of several, the newest that fits; `wanted` 0 fits all. */
static void programs_consider(struct arena *arena, const char *directory, int wanted, struct programs *best) {
    if (strchr(directory, '\'') || !is_program(arena, directory, "postgres") ||
        !is_program(arena, directory, "initdb"))
        return;
    int version = program_version(arena, directory);
    if (version > best->version && (!wanted || version == wanted))
        *best = (struct programs){arena_text(arena, directory), version};
}

/* On PATH, or where distributions keep several versions side by side. */
struct fault *private_programs_find(struct arena *arena, const char *data, const char **bin_directory) {
    static const char *const patterns[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"};
    int wanted;
    TRY(data_version(arena, data, &wanted));
    struct programs best = {0};
    char *path = arena_text(arena, getenv("PATH")), *rest = path;
    for (char *part; path && (part = strsep(&rest, ":"));)
        programs_consider(arena, part, wanted, &best);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found;
        if (!glob(patterns[i], 0, NULL, &found))
            for (size_t at = 0; at < found.gl_pathc; at++)
                programs_consider(arena, found.gl_pathv[at], wanted, &best);
        globfree(&found);
    }
    *bin_directory = best.directory;
    if (best.directory)
        return NULL;
    return wanted ? private_fault(arena, "the data is of PostgreSQL %d, which is not installed", wanted)
                  : private_fault(arena, "PostgreSQL's programs are not installed; set TANDEM_DATABASE_URL");
}

static int entry_remove(const char *path, const struct stat *state, int kind, struct FTW *place) {
    (void)state, (void)kind, (void)place;
    return remove(path);
}

bool private_tree_remove(const char *path) {
    return !nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS) || errno == ENOENT;
}

const char *private_log_tail(struct arena *arena, const struct private *server) {
    char bytes[LOG_TAIL];
    FILE *in = fopen(arena_format(arena, "%s/server.log", server->directory), "re");
    if (!in)
        return "no log";
    if (fseek(in, -LOG_TAIL, SEEK_END))
        rewind(in);
    size_t length = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    while (length && bytes[length - 1] == '\n')
        length--;
    return arena_copy(arena, bytes, length);
}
