/* import: deals from NDJSON, read in chunks. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "tandem/api/import.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/store/db.h"

enum { PROGRESS_EVERY_CHUNKS = 2 };

struct arguments {
    const char *tenant, *subject, *source, *file;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 't': arguments->tenant = value; break;
    case 's': arguments->subject = value; break;
    case 'c': arguments->source = value; break;
    case ARGP_KEY_ARG:
        if (arguments->file)
            argp_usage(state);
        arguments->file = value;
        break;
    case ARGP_KEY_END:
        if (!arguments->tenant || !arguments->subject || !arguments->source || !arguments->file)
            argp_error(state, "--tenant, --subject, --source and the file are needed");
        if (!import_source_is_good(arguments->source))
            argp_error(state, "--source is " IMPORT_SOURCE_FORM);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void told(void *context, const struct import_result *result) {
    struct json_out out = {.arena = context};
    if (result->outcome != IMPORT_REFUSED)
        return;
    import_result_write(&out, result);
    puts(json_out_text(&out));
}

static void progress(const struct import_run *run, size_t line_number, const char *end) {
    fprintf(stderr, "line %zu: %lld created, %lld updated, %lld unchanged, %zu refused%s", line_number,
            (long long)run->counts.created, (long long)run->counts.updated, (long long)run->counts.unchanged,
            run->refused_count, end);
}

/* The tenant and the subject came from the command line, not from a token. */
static const char *stop_reason(const struct fault *fault) {
    switch (fault->problem) {
    case PROBLEM_UNAUTHENTICATED: return "there is no such tenant";
    case PROBLEM_UNKNOWN_PERSON: return "the subject is not an active person of the tenant's own side";
    default: return fault->cause ? fault->cause : fault->detail;
    }
}

static void result_print(const struct import_run *run, size_t line_number) {
    printf("{\"_end\":true,\"lines\":%zu,\"created\":%lld,\"updated\":%lld,\"unchanged\":%lld,\"refused\":%"
           "zu}\n",
           line_number, (long long)run->counts.created, (long long)run->counts.updated,
           (long long)run->counts.unchanged, run->refused_count);
}

/* NULL, or why the run ended early. */
static const char *lines_import(struct import_run *run, struct arena *arena, FILE *file,
                                size_t *line_number) {
    static struct import_line lines[IMPORT_CHUNK_MAX];
    size_t count, chunks = 0;
    while ((count = import_read(file, arena, lines, line_number)) > 0) {
        const struct fault *fault = import_lines(run, arena, lines, count);
        if (fault)
            return stop_reason(fault);
        if (++chunks % PROGRESS_EVERY_CHUNKS == 0)
            progress(run, *line_number, "\n");
        arena_reset(arena);
    }
    return ferror(file) ? strerror(errno) : NULL;
}

/* The exit status. Without a closing line on standard output the run did not finish. */
static int import_file(struct import_run *run, FILE *file) {
    struct arena *arena = arena_create();
    size_t line_number = 0;
    run->context = arena;
    import_run_begin(run);
    const char *reason = lines_import(run, arena, file, &line_number);
    progress(run, line_number, reason ? "; stopped\n" : "; done\n");
    if (!reason) {
        result_print(run, line_number);
        if (fflush(stdout) != 0 || ferror(stdout))
            reason = "the results cannot be written";
    }
    if (reason)
        fprintf(stderr,
                "tandem: the import stopped at line %zu: %s; what was counted is kept, run it again\n",
                line_number, reason);
    import_run_end(run);
    arena_destroy(arena);
    return reason ? 1 : 0;
}

int command_import(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"tenant", 't', "KEY", 0, "the tenant's key", 0},
        {"subject", 's', "TEXT", 0, "the person or machine who imports: the actor of every event", 0},
        {"source", 'c', "NAME", 0, "the CRM's name; with external_id it identifies a deal", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Load opportunities from NDJSON (one ImportRow of the contract a line; - is standard input). Prints "
        "one "
        "JSON line for each line that is refused and one with the counts at the end; progress goes to "
        "standard "
        "error. The same file again changes nothing.\v"
        "The subject is an admin or crm_sync. Empty lines are passed over. A file that was cut off, or an "
        "import that "
        "was killed, is mended by running it again.\n\n"
        "Exit status: 0 when every line was read and imported or told as refused, 1 when the run ended early "
        "(then "
        "without the closing line), 2 for wrong usage. Uses TANDEM_DATABASE_URL.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct arena *arena = arena_create();
    struct config config;
    int status = 1;
    FILE *file = strcmp(arguments.file, "-") == 0 ? stdin : fopen(arguments.file, "re");
    if (!file)
        fprintf(stderr, "tandem: cannot read %s: %s\n", arguments.file, strerror(errno));
    struct import_run run = {
        .scope_request = {.tenant = arguments.tenant, .subject = arguments.subject},
        .source = arguments.source,
        .told = told,
    };
    if (file && command_config_read(arena, &config))
        run.db = command_db(arena, config.database_url, "TANDEM_DATABASE_URL", true);
    if (run.db) {
        status = import_file(&run, file);
        db_close(run.db);
    }
    if (file && file != stdin)
        fclose(file);
    arena_destroy(arena);
    return status;
}
