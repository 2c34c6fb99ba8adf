/* health: is the service on this machine ready? For a container's or a monitor's check, where no curl is at hand. */
#include <argp.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commands.h"
#include "tandem/base/arena.h"

enum { TIMEOUT_S = 2, HOST_MAX = 255, PORT_MAX = 5, AUTHORITY_MAX = 300, STATUS_LINE_MAX = 255 };

struct target {
    char host[HOST_MAX + 1], port[PORT_MAX + 1]; /* as getaddrinfo takes them */
    char authority[AUTHORITY_MAX + 1];           /* as the header Host has it */
    const char *path;                            /* what stands before /readyz; not ended by NUL */
    int path_length;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    const char **url = state->input;
    switch (key) {
    case 'u': *url = value; break;
    case ARGP_KEY_ARG: argp_usage(state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* http://HOST[:PORT][/PATH]; an IPv6 host stands in brackets. */
static bool target_parse(const char *url, struct target *target) {
    *target = (struct target){.port = "80"};
    int end = 0, port_end = 0;
    if (sscanf(url, "http://[%255[0-9a-fA-F:.]]%n", target->host, &end) != 1 || end == 0)
        sscanf(url, "http://%255[0-9a-zA-Z.-]%n", target->host, &end);
    if (end == 0)
        return false;
    const char *rest = url + end, *start = url + strlen("http://");
    if (*rest == ':' && (sscanf(rest, ":%5[0-9]%n", target->port, &port_end) != 1 || port_end == 0))
        return false;
    rest += port_end;
    snprintf(target->authority, sizeof target->authority, "%.*s", (int)(rest - start), start);
    target->path = rest;
    for (const char *at = rest; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#')
            return false;
    target->path_length = (int)strlen(rest);
    while (target->path_length > 0 && rest[target->path_length - 1] == '/')
        target->path_length--;
    return *rest == '\0' || *rest == '/';
}

/* Where `tandem serve` listens with these settings; "every address" is reached on loopback. */
static const char *settings_url(struct arena *arena) {
    struct config config;
    if (!command_config_read(arena, &config))
        return NULL;
    const char *address = config.address;
    if (strcmp(address, "0.0.0.0") == 0)
        address = "127.0.0.1";
    if (strcmp(address, "::") == 0)
        address = "::1";
    bool is_v6 = strchr(address, ':');
    return arena_format(arena, "http://%s%s%s:%lld", is_v6 ? "[" : "", address, is_v6 ? "]" : "",
                        (long long)config.port);
}

static int target_connect(const struct target *target) {
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(target->host, target->port, &wanted, &found) != 0)
        return -1;
    int connection = -1;
    for (struct addrinfo *at = found; at && connection < 0; at = at->ai_next) {
        connection = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (connection >= 0 && connect(connection, at->ai_addr, at->ai_addrlen) != 0) {
            close(connection);
            connection = -1;
        }
    }
    freeaddrinfo(found);
    return connection;
}

/* The status of the answer; 0 when nothing that is HTTP came. */
static int status_ask(struct arena *arena, const struct target *target, int connection) {
    const char *request =
        arena_format(arena, "GET %.*s/readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                     target->path_length, target->path, target->authority);
    char line[STATUS_LINE_MAX + 1];
    size_t length = 0;
    ssize_t got = send(connection, request, strlen(request), MSG_NOSIGNAL);
    if (got != (ssize_t)strlen(request))
        return 0;
    while (length < STATUS_LINE_MAX &&
           (got = recv(connection, line + length, STATUS_LINE_MAX - length, 0)) > 0) {
        length += (size_t)got;
        if (memchr(line, '\n', length))
            break;
    }
    line[length] = '\0';
    int status = 0;
    return sscanf(line, "HTTP/1.%*1[01] %3d ", &status) == 1 ? status : 0;
}

/* One alarm bounds the look-up of the name, the connecting and the answer together. */
static void timed_out(int signal_number) {
    (void)signal_number;
    static const char words[] = "tandem: not ready: no answer in time\n";
    ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
    (void)written;
    _exit(1);
}

static int health(struct arena *arena, const struct target *target) {
    signal(SIGALRM, timed_out);
    alarm(TIMEOUT_S);
    int connection = target_connect(target);
    if (connection < 0) {
        fprintf(stderr, "tandem: not ready: nothing answers at %s\n", target->authority);
        return 1;
    }
    int status = status_ask(arena, target, connection);
    close(connection);
    if (status == 200)
        printf("ready\n");
    else if (status)
        fprintf(stderr, "tandem: not ready: %s answered %d\n", target->authority, status);
    else
        fprintf(stderr, "tandem: not ready: %s does not speak HTTP\n", target->authority);
    return status == 200 ? 0 : 1;
}

int command_health(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"url", 'u', "URL", 0,
         "the service's base, http only; default: where TANDEM_ADDRESS and TANDEM_PORT say", 0},
        {0}};
    static const struct argp argp = {
        options, parse,
        NULL,    "Ask a running service whether it is ready (/readyz): exit status 0 or 1, in 2 s.",
        NULL,    NULL,
        NULL};
    const char *url = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &url);
    struct arena *arena = arena_create();
    struct target target;
    int status = 1;
    if (!url)
        url = settings_url(arena);
    if (url && !target_parse(url, &target)) {
        fprintf(stderr, "tandem: '%s' is no address like http://127.0.0.1:8080\n", url);
        status = 2;
    } else if (url) {
        status = health(arena, &target);
    }
    arena_destroy(arena);
    return status;
}
