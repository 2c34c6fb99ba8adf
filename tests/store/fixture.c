/* Starts what every store test needs and takes it down again; main() of the executable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/log.h"
#include "tandem/store/migrate.h"

#include "fixture.h"

struct arena *arena;
const char *fixture_directory;
static struct private *server;
static struct db *admin;
static char directory[] = "/tmp/tandem-test-XXXXXX";

/* Tables and functions that only tests use; the daemon may use them. */
static const char test_schema[] =
    "create table test_copied (id int4, body text, day date);"
    "create table test_value (id int4 primary key, body text, amount_minor int8, currency text, code int2, "
    "flag boolean,"
    " at timestamptz, day date, texts text[], integers int8[], ratio float8);"
    "create table test_rule (id int4, constraint test_positive check (id > 0));"
    "create schema test; create table test.claim (id int4, constraint claim_one_per_partner primary key "
    "(id));"
    "grant usage on schema test to " PRIVATE_DAEMON_ROLE ";"
    "grant all on test_copied, test_value, test_rule, test.claim to " PRIVATE_DAEMON_ROLE;

static const char test_people[] =
    "insert into tenant (key, name, currency, time_zone, go_live_at)"
    " values ('acme', 'Acme', 'USD', 'UTC', '2026-01-01Z'),"
    "        ('globex', 'Globex', 'EUR', 'Europe/Berlin', '2026-01-01Z');"
    "set tandem.now = '2026-01-01Z';"
    "insert into partner (tenant_id, id, name, program_type)"
    " values (1, '00000000-0000-7000-8000-000000000001', 'Northwind', 3);"
    "insert into person (tenant_id, id, subject, name, roles, partner_ids)"
    " values (1, '00000000-0000-7000-8000-000000000011', 'ada', 'Ada', 2, '{}'),"
    "        (1, '00000000-0000-7000-8000-000000000012', 'rita', 'Rita', 1, '{1}'),"
    "        (2, '00000000-0000-7000-8000-000000000021', 'ada', 'Ada', 2, '{}')";

static void must(const struct fault *fault, const char *doing) {
    if (!fault)
        return;
    fprintf(stderr, "%s: %s (%s)\n", doing, fault->detail, fault->cause ? fault->cause : "");
    fixture_stop();
    exit(1);
}

const char *fixture_url(const char *role, const char *database) {
    return arena_format(arena, "%s user=%s dbname=%s", private_owner_url(server), role, database);
}

void fixture_start(void) {
    arena = arena_create();
    fixture_directory = mkdtemp(directory);
    struct private_settings settings = {.directory = directory, .fsync_off = true};
    must(private_start(arena, &settings, &server), "starting PostgreSQL");
    struct migrate_settings migrating = {.url = private_owner_url(server),
                                         .daemon_role = PRIVATE_DAEMON_ROLE};
    must(migrate_up(arena, &migrating, NULL), "migrating");
    struct db_settings opening = {.url = fixture_url("postgres", PRIVATE_DATABASE),
                                  .application_name = "admin"};
    must(db_open(arena, &opening, &admin), "connecting");
    must(db_run(admin, arena, test_schema, NULL), "test tables");
    must(db_run(admin, arena, test_people, NULL), "test people");
}

void fixture_stop(void) {
    db_close(admin);
    private_stop(server);
    char *command = arena_format(arena, "rm -rf '%s'", directory);
    if (system(command))
        fprintf(stderr, "could not remove %s\n", directory);
    arena_destroy(arena);
}

struct db *db_of_service(bool read_only) {
    struct db *db;
    struct db_settings settings = {.url = private_daemon_url(server),
                                   .application_name = "service",
                                   .statement_timeout_ms = 2000, /* a busy machine prepares slowly */
                                   .lock_timeout_ms = 200,
                                   .read_only = read_only,
                                   .prepare = true,
                                   .extra = test_sql_statements,
                                   .extra_count = TEST_SQL_COUNT};
    assert_success(db_open(arena, &settings, &db));
    return db;
}

struct db *db_of_admin(void) {
    return admin;
}

static struct arena *outer;

int test_arena_setup(void **state) {
    (void)state;
    outer = arena;
    arena = arena_create();
    return 0;
}

int test_arena_teardown(void **state) {
    (void)state;
    arena_destroy(arena);
    arena = outer;
    return 0;
}

void assert_success(const struct fault *fault) {
    if (fault)
        fail_msg("%s: %s (%s)", problem_entry(fault->problem)->code, fault->detail,
                 fault->cause ? fault->cause : "");
}

void assert_problem(const struct fault *fault, enum problem problem) {
    assert_non_null(fault);
    if (fault->problem != problem)
        fail_msg("expected %s, got %s: %s (%s)", problem_entry(problem)->code,
                 problem_entry(fault->problem)->code, fault->detail, fault->cause ? fault->cause : "");
}

void admin_run(const char *sql) {
    assert_success(db_run(admin, arena, sql, NULL));
}

int64_t admin_integer(const char *sql) {
    struct rows *rows;
    assert_success(db_run(admin, arena, sql, &rows));
    return rows_integer(rows, 0, "n");
}

int main(void) {
    fixture_start();
    int failed = amount_tests() + copy_tests() + query_tests() + transaction_tests() + read_batch_tests() +
                 migrate_tests() + private_tests();
    fixture_stop();
    return failed;
}
