/* Transactions: kept, dropped, told again, and the one whose end nobody knows. */
#include <string.h>

#include "fixture.h"

struct story {
    int runs;             /* how often the body ran */
    int races;            /* how many of them meet a serialization failure */
    enum problem refusal; /* PROBLEM_COUNT: none */
    const char *sql;      /* run by the body, or NULL */
};

static struct fault *story_body(struct db *db, struct arena *memory, void *arg) {
    struct story *story = arg;
    story->runs++;
    TRY(db_query(db, memory, TEST(test_set_body), PARAMS(p_integer(50), p_text("told")), NULL));
    if (story->runs <= story->races)
        TRY(db_run(db, memory, "do $$ begin raise exception 'race' using errcode = '40001'; end $$", NULL));
    if (story->sql)
        TRY(db_run(db, memory, story->sql, NULL));
    if (story->refusal != PROBLEM_COUNT)
        return fault_make(memory, story->refusal, "no");
    return NULL;
}

static struct fault *story_tell(struct story *story, enum db_outcome *outcome) {
    admin_run("insert into test_value (id, body) values (50, 'before') on conflict (id) do update set body = "
              "'before'");
    struct db *db = db_of_service(false);
    struct fault *fault = db_transaction(db, arena, false, story_body, story, outcome);
    struct rows *rows;
    assert_success(db_query(db, arena, TEST(test_count), NULL, 0, &rows)); /* usable afterwards */
    db_close(db);
    return fault;
}

static int64_t told(void) {
    return admin_integer("select count(*) as n from test_value where id = 50 and body = 'told'");
}

static void a_body_that_succeeds_is_kept(void **state) {
    (void)state;
    struct story story = {.refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    assert_success(story_tell(&story, &outcome));
    assert_int_equal(outcome, DB_COMMITTED);
    assert_int_equal(story.runs, 1);
    assert_int_equal(told(), 1);
}

static void a_refusal_leaves_nothing(void **state) {
    (void)state;
    struct story story = {.refusal = PROBLEM_INVALID_STATE};
    enum db_outcome outcome;
    assert_problem(story_tell(&story, &outcome), PROBLEM_INVALID_STATE);
    assert_int_equal(outcome, DB_ROLLED_BACK);
    assert_int_equal(story.runs, 1);
    assert_int_equal(told(), 0);
}

static void a_race_is_told_again(void **state) {
    (void)state;
    struct story story = {.races = 3, .refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    assert_success(story_tell(&story, &outcome));
    assert_int_equal(outcome, DB_COMMITTED);
    assert_int_equal(story.runs, 4);
    assert_int_equal(told(), 1);
}

static void races_without_end_are_given_up(void **state) {
    (void)state;
    struct story story = {.races = 100, .refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    struct fault *fault = story_tell(&story, &outcome);
    assert_problem(fault, PROBLEM_OVERLOADED);
    assert_int_equal(fault->retry_after_s, 1);
    assert_int_equal(outcome, DB_ROLLED_BACK);
    assert_int_equal(story.runs, 4);
    assert_int_equal(told(), 0);
}

static void a_connection_lost_in_the_body_is_not_told_again(void **state) {
    (void)state;
    struct story story = {.refusal = PROBLEM_COUNT, .sql = "select pg_terminate_backend(pg_backend_pid())"};
    enum db_outcome outcome;
    assert_problem(story_tell(&story, &outcome), PROBLEM_UNAVAILABLE);
    assert_int_equal(outcome, DB_ROLLED_BACK);
    assert_int_equal(story.runs, 1);
    assert_int_equal(told(), 0);
}

/* A deferred trigger runs inside COMMIT and kills the backend there: the client never hears how it ended. */
static void a_lost_answer_to_commit_is_unknown(void **state) {
    (void)state;
    admin_run(
        "create function test_kill() returns trigger language plpgsql security definer as"
        " $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$;"
        "create constraint trigger test_kill after update on test_value deferrable initially deferred"
        " for each row when (new.body = 'told') execute function test_kill()");
    struct story story = {.refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    struct fault *fault = story_tell(&story, &outcome);
    admin_run("drop trigger test_kill on test_value; drop function test_kill");
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_int_equal(fault->retry_after_s, 1);
    assert_int_equal(outcome, DB_UNKNOWN);
    assert_int_equal(story.runs, 1);
}

static void a_refusal_of_commit_itself_is_a_rollback(void **state) {
    (void)state;
    admin_run(
        "create function test_refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'no' using errcode = '23514', constraint = 'signoff_two_people'; end $$;"
        "create constraint trigger test_refuse after update on test_value deferrable initially deferred"
        " for each row when (new.body = 'told') execute function test_refuse()");
    struct story story = {.refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    struct fault *fault = story_tell(&story, &outcome);
    admin_run("drop trigger test_refuse on test_value; drop function test_refuse");
    assert_problem(fault, PROBLEM_SAME_SIGNER);
    assert_int_equal(outcome, DB_ROLLED_BACK);
    assert_int_equal(told(), 0);
}

static struct fault *hiding_body(struct db *db, struct arena *memory, void *arg) {
    (void)arg;
    struct rows *rows;
    assert_non_null(db_query(db, memory, TEST(test_divide), PARAMS(p_integer(1), p_integer(0)), &rows));
    return NULL;
}

static void a_hidden_fault_is_not_taken_for_success(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    enum db_outcome outcome;
    assert_problem(db_transaction(db, arena, false, hiding_body, NULL, &outcome), PROBLEM_INTERNAL);
    assert_int_equal(outcome, DB_ROLLED_BACK);
    db_close(db);
}

static void a_connection_that_died_before_is_opened_again(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct story story = {.refusal = PROBLEM_COUNT};
    enum db_outcome outcome;
    admin_run("insert into test_value (id, body) values (50, 'before') on conflict (id) do update set body = "
              "'before'");
    assert_int_equal(admin_integer("select count(pg_terminate_backend(pid, 2000)) as n from pg_stat_activity"
                                   " where application_name = 'service'"),
                     1);
    assert_success(db_transaction(db, arena, false, story_body, &story, &outcome));
    assert_int_equal(outcome, DB_COMMITTED);
    assert_int_equal(story.runs, 1);
    assert_int_equal(told(), 1);
    db_close(db);
}

static struct fault *stale_body(struct db *db, struct arena *memory, void *arg) {
    struct story *story = arg;
    story->runs++;
    struct rows *rows;
    return db_query(db, memory, TEST(test_all), PARAMS(p_integer(50)), &rows);
}

static void a_stale_plan_is_told_again_on_a_new_connection(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct story story = {0};
    enum db_outcome outcome;
    assert_success(db_transaction(db, arena, false, stale_body, &story, &outcome));
    admin_run("alter table test_value add column latest text");
    assert_success(db_transaction(db, arena, false, stale_body, &story, &outcome));
    assert_int_equal(outcome, DB_COMMITTED);
    assert_int_equal(story.runs, 3);
    db_close(db);
}

static struct fault *snapshot_body(struct db *db, struct arena *memory, void *arg) {
    int64_t *counts = arg;
    struct rows *rows;
    TRY(db_query(db, memory, TEST(test_count), NULL, 0, &rows));
    counts[0] = rows_integer(rows, 0, "n");
    admin_run("insert into test_value (id) values (60)");
    TRY(db_query(db, memory, TEST(test_count), NULL, 0, &rows));
    counts[1] = rows_integer(rows, 0, "n");
    return NULL;
}

static void a_snapshot_does_not_move(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    int64_t counts[2];
    assert_success(db_transaction(db, arena, true, snapshot_body, counts, NULL));
    assert_int_equal(counts[0], counts[1]);
    db_close(db);
}

static struct fault *scope_body(struct db *db, struct arena *memory, void *arg) {
    struct scope_request request = {.tenant = "acme", .subject = "rita", .partner_side = true};
    TRY(scope_enter(db, memory, &request, arg));
    struct rows *rows;
    TRY(db_query(db, memory, TEST(test_people), NULL, 0, &rows));
    assert_int_equal(rows_integer(rows, 0, "tenant_id"), 1);
    request.partner = "00000000-0000-7000-8000-0000000000ff";
    struct scope none;
    assert_problem(scope_enter(db, memory, &request, &none), PROBLEM_UNKNOWN_PERSON);
    request.tenant = "nobody";
    assert_problem(scope_enter(db, memory, &request, &none), PROBLEM_UNAUTHENTICATED);
    return NULL;
}

static void a_transaction_enters_a_scope(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct scope scope;
    assert_success(db_transaction(db, arena, false, scope_body, &scope, NULL));
    assert_int_equal(scope.tenant_id, 1);
    assert_string_equal(scope.person, "00000000-0000-7000-8000-000000000012");
    assert_string_equal(scope.partners, "{1}");
    assert_string_equal(scope.currency, "USD");
    assert_int_equal(scope.fiscal_start_month, 1);
    struct rows *rows;
    assert_problem(db_query(db, arena, TEST(test_people), NULL, 0, &rows),
                   PROBLEM_INTERNAL); /* it ended with it */
    db_close(db);
}

int transaction_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_body_that_succeeds_is_kept),
        STORE_TEST(a_refusal_leaves_nothing),
        STORE_TEST(a_race_is_told_again),
        STORE_TEST(races_without_end_are_given_up),
        STORE_TEST(a_connection_lost_in_the_body_is_not_told_again),
        STORE_TEST(a_lost_answer_to_commit_is_unknown),
        STORE_TEST(a_refusal_of_commit_itself_is_a_rollback),
        STORE_TEST(a_hidden_fault_is_not_taken_for_success),
        STORE_TEST(a_connection_that_died_before_is_opened_again),
        STORE_TEST(a_stale_plan_is_told_again_on_a_new_connection),
        STORE_TEST(a_snapshot_does_not_move),
        STORE_TEST(a_transaction_enters_a_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
