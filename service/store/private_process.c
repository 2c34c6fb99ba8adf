/* Child processes of the private PostgreSQL: started as another user, with a clean signal state, and never
 * left behind when the service is killed. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "private_inside.h"

/* PostgreSQL refuses root. The supplementary groups go first: afterwards nobody may drop them. */
static bool user_become(const struct private *server) {
    if (geteuid() != 0)
        return true;
    return !setgroups(1, &server->group) && !setgid(server->group) && !setuid(server->user);
}

/* The service blocks signals for its signalfd and ignores SIGPIPE; exec would hand both on. Its terminal's
 * Ctrl-C must not stop the database before the service has drained: hence a session of its own. */
static void signals_restore(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
}

/* Runs in the child; a changed user clears the death signal, so it is set last. The parent may have died
 * before. */
static void __attribute__((noreturn))
child_run(const struct private *server, const char *const argv[], int log, pid_t parent) {
    static const char message[] = "could not start the program\n";
    signals_restore();
    umask(077);
    if (user_become(server) && !prctl(PR_SET_PDEATHSIG, SIGINT) && getppid() == parent &&
        dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 && !chdir(server->directory))
        execv(argv[0], (char *const *)(uintptr_t)argv);
    ssize_t ignored = write(log, message, sizeof message - 1);
    (void)ignored;
    _exit(127);
}

struct fault *private_spawn(struct arena *arena, const struct private *server, const char *const argv[],
                            pid_t *pid) {
    const char *path = arena_format(arena, "%s/server.log", server->directory);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        return private_fault(arena, "cannot write %s: %s", path, strerror(errno));
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0)
        child_run(server, argv, log, parent);
    int error = errno;
    close(log);
    return *pid < 0 ? private_fault(arena, "cannot start %s: %s", argv[0], strerror(error)) : NULL;
}

bool private_wait(pid_t pid) {
    int status = 1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void private_end(pid_t pid, int timeout_ms) {
    kill(pid, SIGINT);
    for (int waited_ms = 0; waited_ms < timeout_ms; waited_ms += 5) {
        pid_t ended = waitpid(pid, NULL, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return;
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    kill(pid, SIGQUIT);
    private_wait(pid);
}
