/* Preloaded into a service: a look-up of slow.example does not end while the file of SLOW_NAMES is there;
 * then it is this machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    look_up *next;
    *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    if (!name || strcmp(name, "slow.example") != 0)
        return next(name, port, hints, found);
    while (access(getenv("SLOW_NAMES"), F_OK) == 0)
        usleep(10 * 1000);
    return next("127.0.0.1", port, hints, found);
}
