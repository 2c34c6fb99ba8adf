/* The private PostgreSQL itself: its directory is its own, one process at a time, and data outlives a kill. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static void a_second_process_is_refused(void **state) {
    (void)state;
    struct private_settings settings = {.directory = fixture_directory, .fsync_off = true};
    struct private *second = NULL;
    struct fault *fault = private_start(arena, &settings, &second);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "another process"));
    assert_null(second);
    assert_int_equal(admin_integer("select 1 as n"), 1); /* the first is unharmed */
}

static void nobody_else_may_enter(void **state) {
    (void)state;
    struct stat file;
    assert_int_equal(stat(fixture_directory, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0700);
    struct rows *rows;
    assert_success(
        db_run(db_of_admin(), arena,
               "select current_setting('listen_addresses') as addresses,"
               " current_setting('data_checksums') as checksums, current_setting('fsync') as fsync",
               &rows));
    assert_string_equal(rows_text(rows, 0, "addresses"), "");
    assert_string_equal(rows_text(rows, 0, "checksums"), "on");
    assert_string_equal(rows_text(rows, 0, "fsync"), "off");
}

static struct db *open_url(const char *url) {
    struct db *db;
    struct db_settings settings = {.url = url};
    assert_success(db_open(arena, &settings, &db));
    return db;
}

/* A service that is killed while it works: what it had been told is kept stays. */
static void __attribute__((noreturn)) service_killed(const struct private_settings *settings) {
    struct private *server;
    struct db *db;
    if (private_start(arena, settings, &server))
        _exit(1);
    struct db_settings opening = {.url = private_owner_url(server)};
    if (db_open(arena, &opening, &db) || db_run(db, arena, "create table kept (id int4)", NULL))
        _exit(2);
    raise(SIGKILL);
    _exit(3);
}

/* Also the longest way to a socket: a path that no socket can have. */
static void data_outlives_a_kill(void **state) {
    (void)state;
    const char *deep = arena_format(arena, "%s-%0*d", fixture_directory, 90, 7);
    struct private_settings settings = {.directory = deep};
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        service_killed(&settings);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    char left[64] = "";
    assert_true(readlink(arena_format(arena, "%s/run", deep), left, sizeof left - 1) > 0);
    assert_int_equal(access(left, F_OK), 0);

    struct private *server;
    assert_success(private_start(arena, &settings, &server));
    assert_int_equal(access(left, F_OK), -1); /* nothing piles up under /tmp */
    struct db *db = open_url(private_owner_url(server));
    assert_success(db_run(db, arena, "select from kept", NULL));
    db_close(db);
    db = open_url(private_daemon_url(server));
    assert_non_null(db_run(db, arena, "create table mine ()", NULL));
    db_close(db);
    private_stop(server);
    assert_int_equal(system(arena_format(arena, "rm -rf '%s'", deep)), 0);
}

static void data_of_a_missing_version_is_refused(void **state) {
    (void)state;
    const char *old = arena_format(arena, "%s-old", fixture_directory);
    const char *data = arena_format(arena, "%s/data", old);
    assert_int_equal(mkdir(old, 0700) + mkdir(data, 0700), 0);
    FILE *out = fopen(arena_format(arena, "%s/PG_VERSION", data), "w");
    fputs("8\n", out);
    fclose(out);
    struct private_settings settings = {.directory = old};
    struct private *server = NULL;
    struct fault *fault = private_start(arena, &settings, &server);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "PostgreSQL 8"));
    assert_null(server);
    assert_int_equal(system(arena_format(arena, "rm -rf '%s'", old)), 0);
}

int private_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_second_process_is_refused),
        STORE_TEST(nobody_else_may_enter),
        STORE_TEST(data_outlives_a_kill),
        STORE_TEST(data_of_a_missing_version_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
