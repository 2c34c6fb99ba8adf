/* import: deals from NDJSON. While the database writes a chunk, a second thread reads and decodes the next one. */
#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "import_intake.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/store/db.h"

/* Progress is told often at first, then once a second. */
enum { PROGRESS_OFTEN_CHUNKS = 10, PROGRESS_EVERY_CHUNKS = 2 };

struct arguments {
    const char *tenant, *subject, *source, *report, *file;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 't': arguments->tenant = value; break;
    case 's': arguments->subject = value; break;
    case 'c': arguments->source = value; break;
    case 'r': arguments->report = value; break;
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

/* -- what is told ---------------------------------------------------------------------------------------------------- */
struct telling {
    FILE *report;   /* of lines that are refused */
    off_t size;     /* of the file; 0: unknown */
    double started; /* seconds of the monotonic clock */
    double told;
    size_t chunks;
    struct arena *arena; /* for a line of the report */
    size_t last_refused; /* line number */
};

static double monotonic_s(void) {
    return (double)monotonic_us() / 1e6;
}

static void told(void *context, const struct import_result *result) {
    struct telling *telling = context;
    struct json_out out = {.arena = telling->arena};
    if (result->outcome != IMPORT_REFUSED)
        return;
    import_result_write(&out, result);
    fprintf(telling->report, "%s\n", json_out_text(&out));
    arena_reset(telling->arena);
    telling->last_refused = result->index;
}

static void progress(const struct telling *telling, const struct import_run *run, const struct intake *intake,
                     const char *end) {
    double spent = monotonic_s() - telling->started;
    double rate = (double)intake->line_number / (spent > 0.001 ? spent : 0.001);
    fprintf(stderr, "line %zu: %lld created, %lld updated, %lld unchanged, %zu refused; %.0f lines a second",
            intake->line_number, (long long)run->counts.created, (long long)run->counts.updated,
            (long long)run->counts.unchanged, run->refused_count, rate);
    if (telling->size && intake->bytes > 0 && intake->bytes < telling->size)
        fprintf(stderr, ", %lld %% read, %.0f s left", (long long)(100 * intake->bytes / telling->size),
                spent * (double)(telling->size - intake->bytes) / (double)intake->bytes);
    fputs(end, stderr);
}

static void progress_at_times(struct telling *telling, const struct import_run *run,
                              const struct intake *intake) {
    double now = monotonic_s();
    telling->chunks++;
    if (telling->chunks <= PROGRESS_OFTEN_CHUNKS ? telling->chunks % PROGRESS_EVERY_CHUNKS != 0
                                                 : now - telling->told < 1)
        return;
    telling->told = now;
    progress(telling, run, intake, "\n");
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

/* -- the run --------------------------------------------------------------------------------------------------------- */
/* Writes what `intake` has while `next` is filled. NULL, or why the run ends early. */
static const char *chunk_import(struct import_run *run, struct intake *intake, struct intake *next) {
    pthread_t reader;
    intake_follow(next, intake);
    if (pthread_create(&reader, NULL, intake_fill, next) != 0)
        return "no thread can be started";
    const struct fault *fault = import_put(run, intake->arena, intake->chunk);
    pthread_join(reader, NULL);
    return fault ? stop_reason(fault) : NULL;
}

/* `*intake` has the last lines that were read. */
static const char *chunks_import(struct import_run *run, struct telling *telling, struct intake **intake,
                                 struct intake **next) {
    const char *reason = NULL;
    intake_fill(*intake);
    while (!reason && (*intake)->count > 0) {
        reason = chunk_import(run, *intake, *next);
        if (reason)
            break;
        progress_at_times(telling, run, *intake);
        struct intake *written = *intake;
        *intake = *next;
        *next = written;
    }
    return reason ? reason : (*intake)->error ? strerror((*intake)->error) : NULL;
}

static const char *results_flush(FILE *report) {
    bool whole = fflush(report) == 0 && !ferror(report);
    return whole && fflush(stdout) == 0 && !ferror(stdout) ? NULL : "the results cannot be written";
}

/* The exit status. Without a closing line on standard output the run did not finish. */
static int import_file(struct import_run *run, FILE *file, FILE *report) {
    struct intake *intake = intake_create(file), *next = intake_create(file);
    struct stat status;
    bool is_regular = fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode);
    struct telling telling = {.report = report,
                              .size = is_regular ? status.st_size : 0,
                              .started = monotonic_s(),
                              .arena = arena_create()};
    run->context = &telling;
    import_run_begin(run);
    const char *reason = chunks_import(run, &telling, &intake, &next);
    progress(&telling, run, intake, reason ? "; stopped\n" : "; done\n");
    if (!reason && intake->is_cut && telling.last_refused == intake->line_number)
        fprintf(stderr,
                "tandem: line %zu, the last one, is refused and has no line break: the file was cut off\n",
                intake->line_number);
    if (!reason) {
        result_print(run, intake->line_number);
        reason = results_flush(report);
    }
    if (reason)
        fprintf(stderr,
                "tandem: the import stopped at line %zu: %s; what was counted is kept, run it again\n",
                intake->line_number, reason);
    import_run_end(run);
    arena_destroy(telling.arena);
    intake_destroy(next);
    intake_destroy(intake);
    return reason ? 1 : 0;
}

/* NULL when it cannot be opened; that is told. */
static FILE *file_open(const char *path, const char *mode, FILE *standard) {
    FILE *file = !path || strcmp(path, "-") == 0 ? standard : fopen(path, mode);
    if (!file)
        fprintf(stderr, "tandem: cannot open %s: %s\n", path, strerror(errno));
    return file;
}

int command_import(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"tenant", 't', "KEY", 0, "the tenant's key", 0},
        {"subject", 's', "TEXT", 0, "the person or machine who imports: the actor of every event", 0},
        {"source", 'c', "NAME", 0, "the CRM's name; with external_id it identifies a deal", 0},
        {"report", 'r', "FILE", 0, "where lines that are refused are told (default: standard output)", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Load opportunities from NDJSON (one ImportRow of the contract a line; - is standard input), 1,000 "
        "lines a "
        "transaction. Prints one JSON line for each line that is refused and one with the counts at the end; "
        "progress "
        "goes to standard error. The same file again changes nothing.\v"
        "The subject is an admin or crm_sync. Empty lines are passed over. A file that was cut off, or an "
        "import that "
        "was killed, is mended by running it again: what is there already is only compared. The report is "
        "written anew "
        "by each run; with it standard output has the counts alone.\n\n"
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
    FILE *file = file_open(arguments.file, "re", stdin);
    FILE *report = file ? file_open(arguments.report, "we", stdout) : NULL;
    struct import_run run = {
        .scope_request = {.tenant = arguments.tenant, .subject = arguments.subject},
        .source = arguments.source,
        .told = told,
    };
    if (report && command_config_read(arena, &config))
        run.db = command_db(arena, config.database_url, "TANDEM_DATABASE_URL", true);
    if (run.db) {
        status = import_file(&run, file, report);
        db_close(run.db);
    }
    if (file && file != stdin)
        fclose(file);
    if (report && report != stdout)
        fclose(report);
    arena_destroy(arena);
    return status;
}
