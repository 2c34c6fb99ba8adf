/* The schema's way forward, on databases of its own. */
#include <pthread.h>
#include <string.h>

#include "tandem/base/embedded.h"
#include "tandem/base/time.h"
#include "tandem/store/migrate.h"

#include "fixture.h"

#define FILE_OF(name, sql)                                                                                   \
    { name, sizeof sql - 1, sql }

static const struct embedded_file two_files[] = {
    FILE_OF("0001_first.sql", "create table first (id int4); grant select on first to :daemon_role;"
                              "select 'x'::text where :'daemon_role' = 'tandem_service';"),
    FILE_OF("0002_second.sql", "select pg_sleep(0.2); create table second (id int4)"),
};

static struct migrate_settings settings_of(const char *database, const struct embedded_file *files,
                                           size_t count) {
    return (struct migrate_settings){.url = fixture_url(PRIVATE_OWNER_ROLE, database),
                                     .daemon_role = PRIVATE_DAEMON_ROLE,
                                     .files = files,
                                     .file_count = count};
}

static void database_make(const char *name) {
    admin_run(arena_format(arena, "create database %s owner " PRIVATE_OWNER_ROLE, name));
}

static struct db *open_as(const char *role, const char *database) {
    struct db *db;
    struct db_settings settings = {.url = fixture_url(role, database), .application_name = "look"};
    assert_success(db_open(arena, &settings, &db));
    return db;
}

static void files_are_applied_once(void **state) {
    (void)state;
    database_make("once");
    struct migrate_settings settings = settings_of("once", two_files, 2);
    const struct migration *list;
    size_t applied, count;
    assert_success(migrate_status(arena, &settings, &list, &count));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].state, MIGRATION_PENDING);
    assert_true(list[0].applied_at == INSTANT_NONE);

    assert_success(migrate_up(arena, &settings, &applied));
    assert_int_equal(applied, 2);
    assert_success(migrate_up(arena, &settings, &applied));
    assert_int_equal(applied, 0);
    assert_success(migrate_status(arena, &settings, &list, &count));
    assert_int_equal(list[1].number, 2);
    assert_string_equal(list[1].name, "0002_second.sql");
    assert_int_equal(list[1].state, MIGRATION_APPLIED);
    assert_true(list[1].applied_at > 0);

    struct db *daemon = open_as(PRIVATE_DAEMON_ROLE, "once");
    assert_success(db_run(daemon, arena, "select from first", NULL));      /* granted by :daemon_role */
    assert_non_null(db_run(daemon, arena, "select from second", NULL));    /* not granted */
    assert_non_null(db_run(daemon, arena, "create table third ()", NULL)); /* no DDL */
    assert_non_null(db_run(daemon, arena, "delete from schema_migration", NULL));
    db_close(daemon);
}

static void a_changed_file_is_refused(void **state) {
    (void)state;
    static const struct embedded_file changed[] = {
        FILE_OF("0001_first.sql", "create table first (id int8)"),
        FILE_OF("0002_second.sql", "create table second (id int4)"),
    };
    database_make("changed");
    struct migrate_settings settings = settings_of("changed", two_files, 1);
    assert_success(migrate_up(arena, &settings, NULL));
    settings = settings_of("changed", changed, 2);
    struct fault *fault = migrate_up(arena, &settings, NULL);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "0001_first.sql"));
    const struct migration *list;
    size_t count;
    assert_success(migrate_status(arena, &settings, &list, &count));
    assert_int_equal(list[0].state, MIGRATION_CHANGED);
    assert_int_equal(list[1].state, MIGRATION_PENDING); /* nothing behind it was applied */
}

static void a_failing_file_leaves_nothing(void **state) {
    (void)state;
    static const struct embedded_file failing[] = {
        FILE_OF("0001_half.sql", "create table half (id int4); select 1 / 0"),
    };
    database_make("failing");
    struct migrate_settings settings = settings_of("failing", failing, 1);
    struct fault *fault = migrate_up(arena, &settings, NULL);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "0001_half.sql"));
    assert_non_null(strstr(fault->detail, "division by zero"));
    struct db *db = open_as(PRIVATE_OWNER_ROLE, "failing");
    struct rows *rows;
    assert_success(db_run(db, arena,
                          "select to_regclass('half') as half, (select count(*) from schema_migration) as n",
                          &rows));
    assert_null(rows_text(rows, 0, "half"));
    assert_int_equal(rows_integer(rows, 0, "n"), 0);
    db_close(db);
}

static void a_role_that_is_missing_is_told(void **state) {
    (void)state;
    static const struct embedded_file files[] = {FILE_OF("0001_first.sql", "create table first (id int4)")};
    database_make("roleless");
    struct migrate_settings settings = settings_of("roleless", files, 1);
    settings.daemon_role = "nobody's";
    struct fault *fault = migrate_up(arena, &settings, NULL);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "nobody's: there is no such role"));
}

static void files_out_of_order_are_refused(void **state) {
    (void)state;
    static const struct embedded_file twice[] = {FILE_OF("0001_a.sql", ""), FILE_OF("0001_b.sql", "")};
    struct migrate_settings settings = settings_of(PRIVATE_DATABASE, twice, 2);
    assert_problem(migrate_up(arena, &settings, NULL), PROBLEM_UNAVAILABLE);
}

struct migrator {
    struct arena *arena;
    struct migrate_settings settings;
    struct fault *fault;
    size_t applied;
};

static void *migrator_run(void *arg) {
    struct migrator *migrator = arg;
    migrator->fault = migrate_up(migrator->arena, &migrator->settings, &migrator->applied);
    return NULL;
}

static void two_migrators_take_turns(void **state) {
    (void)state;
    database_make("turns");
    struct migrator both[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        both[i] = (struct migrator){.arena = arena_create(), .settings = settings_of("turns", two_files, 2)};
        assert_int_equal(pthread_create(&threads[i], NULL, migrator_run, &both[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        assert_success(both[i].fault);
    assert_int_equal(both[0].applied + both[1].applied, 2);
    for (int i = 0; i < 2; i++)
        arena_destroy(both[i].arena);
}

static void a_migrator_does_not_wait_for_ever(void **state) {
    (void)state;
    database_make("busy");
    struct db *other = open_as(PRIVATE_OWNER_ROLE, "busy");
    assert_success(db_run(other, arena, "select pg_advisory_lock(127961812723053)", NULL));
    struct migrate_settings settings = settings_of("busy", two_files, 2);
    settings.wait_ms = 200;
    struct fault *fault = migrate_up(arena, &settings, NULL);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "another migrator"));
    db_close(other);
}

static void the_service_knows_whether_the_schema_fits(void **state) {
    (void)state;
    bool fits;
    struct db *db = open_as(PRIVATE_DAEMON_ROLE, PRIVATE_DATABASE);
    assert_success(migrate_current(db, arena, &fits));
    assert_true(fits);
    admin_run("insert into schema_migration (number, name, sha256) values (9999, '9999_newer.sql', '')");
    assert_success(migrate_current(db, arena, &fits));
    assert_true(fits);
    struct migrate_settings settings = settings_of(PRIVATE_DATABASE, NULL, 0);
    const struct migration *list;
    size_t count;
    assert_success(migrate_status(arena, &settings, &list, &count));
    assert_int_equal(list[count - 1].state, MIGRATION_UNKNOWN);
    admin_run("delete from schema_migration where number = 9999");
    admin_run("create table kept as select * from schema_migration where number = 2;"
              "delete from schema_migration where number = 2");
    assert_success(migrate_current(db, arena, &fits));
    assert_false(fits);
    admin_run("insert into schema_migration select * from kept; drop table kept");
    db_close(db);

    database_make("empty");
    db = open_as(PRIVATE_DAEMON_ROLE, "empty");
    assert_success(migrate_current(db, arena, &fits));
    assert_false(fits);
    db_close(db);
}

static void assert_unfit(const char *role, const char *reason) {
    struct db *db = open_as(role, PRIVATE_DATABASE);
    struct fault *fault = migrate_role_check(db, arena, false);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, reason));
    db_close(db);
}

static void only_a_plain_role_may_serve(void **state) {
    (void)state;
    struct db *db = open_as(PRIVATE_DAEMON_ROLE, PRIVATE_DATABASE);
    assert_success(migrate_role_check(db, arena, false));
    db_close(db);
    admin_run("create role bypasser login bypassrls; create role member login in role " PRIVATE_OWNER_ROLE);
    assert_unfit("postgres", "superuser");
    assert_unfit(PRIVATE_OWNER_ROLE, "owns");
    assert_unfit("bypasser", "BYPASSRLS");
    assert_unfit("member", "owns");
    db = open_as("postgres", PRIVATE_DATABASE); /* a superuser in disguise can take it off again */
    assert_success(db_run(db, arena, "set role " PRIVATE_DAEMON_ROLE, NULL));
    assert_problem(migrate_role_check(db, arena, false), PROBLEM_UNAVAILABLE);
    db_close(db);
}

int migrate_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(files_are_applied_once),
        STORE_TEST(a_changed_file_is_refused),
        STORE_TEST(a_failing_file_leaves_nothing),
        STORE_TEST(a_role_that_is_missing_is_told),
        STORE_TEST(files_out_of_order_are_refused),
        STORE_TEST(two_migrators_take_turns),
        STORE_TEST(a_migrator_does_not_wait_for_ever),
        STORE_TEST(the_service_knows_whether_the_schema_fits),
        STORE_TEST(only_a_plain_role_may_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
