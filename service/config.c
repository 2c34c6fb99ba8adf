/* Settings come from the environment, TANDEM_<NAME>. An unknown name is refused as loudly as a bad value: a typing
 * mistake must not become a silent default. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/log.h"

extern char **environ;

enum setting_kind { SETTING_TEXT, SETTING_INTEGER, SETTING_BOOLEAN, SETTING_CHOICE };

struct setting {
    const char *name; /* without TANDEM_ */
    enum setting_kind kind;
    size_t offset;
    const char *standard; /* default as text; NULL: none */
    int64_t minimum, maximum;
    const struct choice *choices;
    bool secret;
    const char *help;
};

static const struct choice log_levels[] = {
    {"debug", LOG_DEBUG}, {"info", LOG_INFO}, {"warning", LOG_WARNING}, {"error", LOG_ERROR}, {NULL, 0}};

#define TEXT(name, words, ...)                                                                               \
    { #name, SETTING_TEXT, offsetof(struct config, name), .help = words, __VA_ARGS__ }
#define INTEGER(name, standard, minimum, maximum, help)                                                      \
    { #name, SETTING_INTEGER, offsetof(struct config, name), standard, minimum, maximum, NULL, false, help }
#define BOOLEAN(name, standard, help)                                                                        \
    { #name, SETTING_BOOLEAN, offsetof(struct config, name), standard, 0, 0, NULL, false, help }

static const struct setting settings[] = {
    TEXT(database_url, "PostgreSQL as the service's role, which owns nothing", .secret = true),
    TEXT(owner_database_url, "PostgreSQL as the owner of the schema: migrate, tenant create, doctor",
         .secret = true),
    TEXT(jwt_keys, "JSON file that names issuer, audience, claim paths and verification keys"),
    TEXT(cursor_secret_file, "file of 32 bytes or more that signs list cursors; shared by replicas; "
                             "without it cursors end with the process"),
    TEXT(signing_key_file,
         "PEM file with the private key, Ed25519 or P-256, that signs receipts; without it there are none"),
    TEXT(signing_keys_earlier, "PEM files with earlier public keys, separated by commas: still published"),
    TEXT(crm_secrets_dir, "directory with the secrets of CRM sources, one a file: DIRECTORY/<tenant "
                          "key>/<name>; without it no source can be put"),
    TEXT(address, "IPv4 or IPv6 address to listen on", .standard = "127.0.0.1"),
    INTEGER(port, "8080", 0, 65535, "TCP port; 0 = any free one"),
    INTEGER(read_threads, "1", 1, 64, "connections that read in batches, one thread each"),
    INTEGER(write_threads, "8", 1, 64, "connections that write, one thread each"),
    INTEGER(report_threads, "2", 1, 16, "connections that compute reports, one thread each"),
    INTEGER(queue_depth, "256", 1, 65536, "requests that may wait in each lane; more are answered 503"),
    INTEGER(statement_timeout_ms, "5000", 10, 600000, "longest statement of a read or write"),
    INTEGER(report_timeout_ms, "30000", 10, 600000, "longest statement of a report"),
    INTEGER(request_deadline_ms, "10000", 10, 600000, "longest wait in a lane before 503"),
    INTEGER(body_limit, "1048576", 1024, 67108864, "largest body in bytes"),
    INTEGER(connection_limit, "10000", 1, 1000000, "connections open at once"),
    INTEGER(connection_limit_per_address, "0", 0, 1000000, "connections from one address; 0 = no limit"),
    INTEGER(connection_memory, "8192", 4096, 262144,
            "bytes for each connection; headers have about 6 KiB of 8192"),
    INTEGER(header_timeout_s, "5", 1, 300, "longest time for a request's headers"),
    INTEGER(body_timeout_s, "10", 1, 300, "longest time for a request's body"),
    INTEGER(idle_timeout_s, "75", 1, 3600, "keep-alive between two requests"),
    INTEGER(drain_timeout_s, "20", 1, 600, "longest drain after SIGTERM"),
    INTEGER(rate_per_s, "0", 0, 1000000, "requests per second and caller in the long run; 0 = no limit"),
    INTEGER(rate_burst, "200", 1, 1000000, "requests of one caller at once"),
    TEXT(origins, "CORS allow-list: origins separated by commas"),
    INTEGER(streams_per_tenant, "20", 1, 10000, "streams of events that a tenant may have open"),
    INTEGER(bulk_threads, "4", 1, 16,
            "exports and imports at once, with a connection each; a tenant has all but one"),
    TEXT(spool_dir,
         "directory on disk for bodies of imports while they come in and are worked on, in files without a "
         "name",
         .standard = "/var/tmp"),
    INTEGER(import_limit, "1073741824", 1024, 1099511627776, "largest body of an import in bytes"),
    INTEGER(export_timeout_s, "3600", 1, 86400,
            "longest export; its snapshot holds the database's clean-up back"),
    BOOLEAN(
        webhook_private_targets, "false",
        "deliver events to http and to private, loopback and link-local addresses too: for development and "
        "tests only"),
    {"log_level", SETTING_CHOICE, offsetof(struct config, log_level), "info", 0, 0, log_levels, false,
     "least level that is logged"},
    BOOLEAN(access_log, "true", "one log line per request"),
    BOOLEAN(test_clock, "false", "take the header Tandem-Clock-Offset: for tests and demonstrations only"),
    TEXT(test_clock_file, "with test_clock: file with the seconds by which the clock of deliveries is moved"),
};

enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

static const char *variable_name(struct arena *arena, const struct setting *setting) {
    char *name = arena_format(arena, "TANDEM_%s", setting->name);
    for (char *at = name; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return name;
}

static const char *choice_list(struct arena *arena, const struct choice *choices) {
    const char *list = "";
    for (; choices->name; choices++)
        list = arena_format(arena, "%s%s%s", list, *list ? ", " : "", choices->name);
    return list;
}

/* What the setting takes, in words. */
static const char *setting_range(struct arena *arena, const struct setting *setting) {
    switch (setting->kind) {
    case SETTING_TEXT: return "text";
    case SETTING_BOOLEAN: return "true or false";
    case SETTING_CHOICE: return choice_list(arena, setting->choices);
    case SETTING_INTEGER: break;
    }
    return arena_format(arena, "a whole number from %lld to %lld", (long long)setting->minimum,
                        (long long)setting->maximum);
}

static bool setting_parse(struct arena *arena, const struct setting *setting, const char *text,
                          struct config *config) {
    void *target = (char *)config + setting->offset;
    switch (setting->kind) {
    case SETTING_TEXT: *(const char **)target = arena_text(arena, text); return *text != '\0';
    case SETTING_BOOLEAN:
        *(bool *)target = strcmp(text, "true") == 0;
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case SETTING_CHOICE: return choice_code(setting->choices, text, target);
    case SETTING_INTEGER: break;
    }
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *(int64_t *)target = number;
    return errno == 0 && end != text && *end == '\0' && number >= setting->minimum &&
           number <= setting->maximum;
}

static bool is_known(struct arena *arena, const char *variable, size_t length) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *name = variable_name(arena, &settings[i]);
        if (strlen(name) == length && strncmp(name, variable, length) == 0)
            return true;
    }
    return false;
}

static bool environment_known(struct arena *arena, FILE *errors) {
    bool good = true;
    for (char **variable = environ; *variable; variable++) {
        size_t length = strcspn(*variable, "=");
        bool client = length == 10 && strncmp(*variable, "TANDEM_URL", 10) == 0;
        client =
            client || strncmp(*variable, "TANDEM_TOKEN_", 13) == 0; /* of dev.env: for people, not for us */
        if (strncmp(*variable, "TANDEM_", 7) != 0 || client || is_known(arena, *variable, length))
            continue;
        fprintf(errors,
                "%.*s: there is no such setting; unset it, or see `tandem config --help` for the names\n",
                (int)length, *variable);
        good = false;
    }
    return good;
}

bool config_read(struct arena *arena, struct config *config, FILE *errors) {
    bool good = environment_known(arena, errors);
    *config = (struct config){0};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings[i];
        const char *variable = variable_name(arena, setting);
        const char *given = getenv(variable);
        const char *text = given ? given : setting->standard;
        if (!text || setting_parse(arena, setting, text, config))
            continue;
        fprintf(errors, "%s: '%s' is not %s; set it to that, or unset it%s%s\n", variable,
                setting->secret ? "(secret)" : text, setting_range(arena, setting),
                setting->standard ? " for the default " : "", setting->standard ? setting->standard : "");
        good = false;
    }
    return good;
}

void config_dump(const struct config *config, FILE *out) {
    struct arena *arena = arena_create();
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings[i];
        const void *value = (const char *)config + setting->offset;
        const char *text = NULL;
        switch (setting->kind) {
        case SETTING_TEXT: text = *(const char *const *)value; break;
        case SETTING_BOOLEAN: text = *(const bool *)value ? "true" : "false"; break;
        case SETTING_CHOICE: text = choice_name(setting->choices, *(const int *)value); break;
        case SETTING_INTEGER: text = arena_format(arena, "%lld", (long long)*(const int64_t *)value); break;
        }
        fprintf(out, "%s=%s\n", variable_name(arena, setting), !text ? "" : setting->secret ? "(set)" : text);
    }
    arena_destroy(arena);
}

void config_help(FILE *out) {
    struct arena *arena = arena_create();
    fprintf(out, "Settings, read from the environment:\n");
    for (size_t i = 0; i < SETTING_COUNT; i++)
        fprintf(out, "  %-38s %s (%s; default %s)\n", variable_name(arena, &settings[i]), settings[i].help,
                setting_range(arena, &settings[i]), settings[i].standard ? settings[i].standard : "none");
    arena_destroy(arena);
}
