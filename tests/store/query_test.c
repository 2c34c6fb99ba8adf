/* Values in and out, the database's refusals in our words, and connections that die. */
#include <string.h>

#include "tandem/base/time.h"

#include "constraint.h"
#include "fixture.h"

struct value {
    int64_t id, total, text_count, at;
    const char *body, *second, *texts;
    struct money amount;
    int code;
    int32_t day;
    bool flag;
    double ratio;
};

static const struct column value_columns[] = {
    {"id", COLUMN_INTEGER, offsetof(struct value, id)},
    {"body", COLUMN_TEXT, offsetof(struct value, body)},
    {"amount_minor", COLUMN_AMOUNT, offsetof(struct value, amount)},
    {"currency", COLUMN_CURRENCY, offsetof(struct value, amount)},
    {"code", COLUMN_CHOICE, offsetof(struct value, code)},
    {"flag", COLUMN_BOOLEAN, offsetof(struct value, flag)},
    {"at", COLUMN_INSTANT, offsetof(struct value, at)},
    {"day", COLUMN_DATE, offsetof(struct value, day)},
    {"ratio", COLUMN_DOUBLE, offsetof(struct value, ratio)},
    {"total", COLUMN_INTEGER, offsetof(struct value, total)}, /* out of the statement's order */
    {"texts", COLUMN_TEXT, offsetof(struct value, texts)},
    {"text_count", COLUMN_INTEGER, offsetof(struct value, text_count)},
    {"second", COLUMN_TEXT, offsetof(struct value, second)},
};

static struct value value_read(struct db *db, int64_t id) {
    struct value value;
    struct rows *rows;
    assert_success(db_query(db, arena, TEST(test_by_id), PARAMS(p_integer(id)), &rows));
    assert_int_equal(rows_count(rows), 1);
    rows_read(rows, 0, value_columns, sizeof value_columns / sizeof *value_columns, &value);
    return value;
}

static void values_of_every_kind_come_back(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    const char *const texts[] = {"a", "b \"quoted\", \\ {brace} NULL", NULL, ""};
    const int64_t integers[] = {INT64_MAX, -INT64_MAX, 42};
    struct money money = {AMOUNT_MAX, "BHD"};
    int64_t at;
    assert_true(instant_parse("2026-11-21T22:31:03.123456Z", &at));
    assert_success(
        db_query(db, arena, TEST(test_insert),
                 PARAMS(p_integer(1), p_text("héllo 'x' \n\t"), p_amount(&money), p_currency(&money),
                        p_choice(0), p_boolean(true), p_instant(at), p_date(date_from_civil(2024, 2, 29)),
                        p_texts(arena, texts, 4), p_integers(arena, integers, 3), p_text("0.1")),
                 NULL));
    struct value value = value_read(db, 1);
    assert_string_equal(value.body, "héllo 'x' \n\t");
    assert_int_equal(value.amount.amount_minor, AMOUNT_MAX);
    assert_string_equal(value.amount.currency, "BHD");
    assert_int_equal(value.code, 0);
    assert_true(value.flag);
    assert_int_equal(value.at, at);
    assert_int_equal(value.day, date_from_civil(2024, 2, 29));
    assert_true(value.ratio == 0.1);
    assert_int_equal(value.text_count, 4);
    assert_string_equal(value.second, texts[1]);
    assert_int_equal(value.total, 42);
    db_close(db);
}

static void nulls_come_back_as_none(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct money none = {7, ""};
    assert_success(db_query(db, arena, TEST(test_insert),
                            PARAMS(p_integer(2), p_text(NULL), p_amount(&none), p_currency(&none),
                                   p_choice(-1), p_text(NULL), p_instant(INSTANT_NONE), p_date(DATE_NONE),
                                   p_text(NULL), p_text(NULL), p_text(NULL)),
                            NULL));
    struct value value = value_read(db, 2);
    assert_null(value.body);
    assert_int_equal(value.amount.amount_minor, 0);
    assert_string_equal(value.amount.currency, "");
    assert_int_equal(value.code, -1);
    assert_false(value.flag);
    assert_true(value.at == INSTANT_NONE);
    assert_int_equal(value.day, DATE_NONE);
    assert_null(value.texts);
    assert_int_equal(
        admin_integer("select count(*) as n from test_value where id = 2 and flag is null and at is null"
                      " and amount_minor is null and currency is null and code is null"),
        1);
    db_close(db);
}

static void edges_of_time_come_back(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    static const char *const instants[] = {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z",
                                           "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"};
    for (int i = 0; i < 4; i++) {
        int64_t at;
        assert_true(instant_parse(instants[i], &at));
        assert_success(db_query(db, arena, TEST(test_insert),
                                PARAMS(p_integer(10 + i), p_text(NULL), p_text(NULL), p_text(NULL),
                                       p_text(NULL), p_boolean(false), p_instant(at), p_text("infinity"),
                                       p_text("{}"), p_text("{}"), p_text(NULL)),
                                NULL));
        struct value value = value_read(db, 10 + i);
        assert_int_equal(value.at, at);
        assert_false(value.flag);
        assert_int_equal(value.day, DATE_NONE);
    }
    db_close(db);
}

static void a_violated_constraint_speaks_our_words(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    assert_success(db_query(db, arena, TEST(test_claim_insert), PARAMS(p_integer(1)), NULL));
    struct fault *fault = db_query(db, arena, TEST(test_claim_insert), PARAMS(p_integer(1)), NULL);
    assert_problem(fault, PROBLEM_CLAIM_EXISTS);
    assert_non_null(strstr(fault->cause, "claim_one_per_partner"));
    assert_null(strstr(fault->detail, "constraint"));
    assert_int_equal(fault->retry_after_s, 0);

    fault = db_query(db, arena, TEST(test_rule_insert), PARAMS(p_integer(-1)), NULL);
    assert_problem(fault, PROBLEM_INTERNAL);
    assert_non_null(strstr(fault->cause, "test_positive"));
    assert_non_null(strstr(fault->cause, "23514"));
    assert_null(strstr(fault->detail, "test_positive"));
    db_close(db);
}

static void every_known_constraint_is_in_the_schema(void **state) {
    (void)state;
    for (const struct constraint_problem *entry = constraint_problems; entry->constraint; entry++) {
        const char *sql =
            arena_format(arena,
                         "select count(*) as n from pg_class c join pg_index i on i.indexrelid = c.oid"
                         " where c.relname = '%s' union all select count(*) from pg_constraint"
                         " where conname = '%s' order by n desc limit 1",
                         entry->constraint, entry->constraint);
        if (admin_integer(sql) == 0)
            fail_msg("the schema has no constraint %s", entry->constraint);
    }
}

static void work_past_its_limit_is_refused_for_now(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct fault *fault = db_query(db, arena, TEST(test_sleep), PARAMS(p_text("30")), NULL);
    assert_problem(fault, PROBLEM_DEADLINE_EXCEEDED);
    assert_int_equal(fault->retry_after_s, 1);

    admin_run("insert into test_value (id) values (20)");
    admin_run("begin; select from test_value where id = 20 for update");
    fault = db_query(db, arena, TEST(test_lock), PARAMS(p_integer(20)), NULL);
    admin_run("rollback");
    assert_problem(fault, PROBLEM_DEADLINE_EXCEEDED);
    assert_non_null(strstr(fault->cause, "55P03"));
    assert_success(db_query(db, arena, TEST(test_lock), PARAMS(p_integer(20)), NULL));
    db_close(db);
}

static const char kill_service[] = "select count(pg_terminate_backend(pid, 2000)) as n from pg_stat_activity "
                                   "where application_name = 'service'";

static void an_idle_connection_that_died_is_not_noticed(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct rows *rows;
    assert_int_equal(admin_integer(kill_service), 1);
    assert_success(db_query(db, arena, TEST(test_count), NULL, 0, &rows));
    db_close(db);
}

/* The statement kills its own backend, as an operator or a crash would in mid-work. */
static void a_connection_lost_in_mid_statement_is_unavailable_then_recovers(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct fault *fault =
        db_run(db, arena, "select pg_terminate_backend(pg_backend_pid()), pg_sleep(0.3)", NULL);
    assert_problem(fault, PROBLEM_UNAVAILABLE);
    assert_int_equal(fault->retry_after_s, 1);
    struct rows *rows;
    assert_success(db_query(db, arena, TEST(test_count), NULL, 0, &rows));
    db_close(db);
}

static void a_plan_that_no_longer_fits_is_made_anew(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct rows *rows;
    assert_success(db_query(db, arena, TEST(test_all), PARAMS(p_integer(1)), &rows));
    admin_run("alter table test_value add column later text default 'here'");
    assert_success(db_query(db, arena, TEST(test_all), PARAMS(p_integer(1)), &rows));
    assert_string_equal(rows_text(rows, 0, "later"), "here");
    db_close(db);
}

static void prepared_statements_that_vanish_are_made_anew(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct rows *rows;
    assert_success(db_run(db, arena, "deallocate all", NULL));
    assert_success(db_query(db, arena, TEST(test_count), NULL, 0, &rows));
    db_close(db);
}

static void a_session_is_set_as_statements_expect(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct rows *rows;
    assert_success(
        db_run(db, arena,
               "select current_setting('timezone') as zone, current_setting('client_encoding') as encoding,"
               " current_setting('search_path') as path, current_setting('lock_timeout') as lock_timeout,"
               " current_setting('statement_timeout') as statement_timeout,"
               " current_setting('transaction_read_only') as read_only",
               &rows));
    assert_string_equal(rows_text(rows, 0, "zone"), "UTC");
    assert_string_equal(rows_text(rows, 0, "encoding"), "UTF8");
    assert_string_equal(rows_text(rows, 0, "path"), "public, pg_temp");
    assert_string_equal(rows_text(rows, 0, "lock_timeout"), "200ms");
    assert_string_equal(rows_text(rows, 0, "statement_timeout"), "2s");
    assert_string_equal(rows_text(rows, 0, "read_only"), "on");
    db_close(db);
}

static void bad_sql_stops_the_start(void **state) {
    (void)state;
    static const struct statement bad[] = {{"bad", "select nothing_there from tenant", 0, "bad.sql:7"}};
    struct db_settings settings = {.url = fixture_url(PRIVATE_DAEMON_ROLE, PRIVATE_DATABASE),
                                   .prepare = true,
                                   .extra = bad,
                                   .extra_count = 1};
    struct db *db = NULL;
    struct fault *fault = db_open(arena, &settings, &db);
    assert_problem(fault, PROBLEM_INTERNAL);
    assert_non_null(strstr(fault->cause, "bad.sql:7"));
    assert_non_null(strstr(fault->cause, "nothing_there"));
    assert_null(db);
}

static void a_server_that_is_not_there_is_unavailable(void **state) {
    (void)state;
    struct db_settings settings = {.url = "host=/nowhere-at-all user=x dbname=y"};
    struct db *db = NULL;
    assert_problem(db_open(arena, &settings, &db), PROBLEM_UNAVAILABLE);
    assert_null(db);
}

static void tenants_are_found_by_key(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    int32_t tenant_id = 0;
    assert_success(tenant_find(db, arena, "globex", &tenant_id));
    assert_int_equal(tenant_id, 2);
    assert_problem(tenant_find(db, arena, "initech", &tenant_id), PROBLEM_UNAUTHENTICATED);
    admin_run("insert into tenant (key, name, currency, time_zone, go_live_at)"
              " values ('initech', 'Initech', 'USD', 'UTC', now())");
    assert_problem(tenant_find(db, arena, "initech", &tenant_id),
                   PROBLEM_UNAUTHENTICATED); /* a miss is kept */
    struct db *other = db_of_service(true);
    assert_success(tenant_find(other, arena, "initech", &tenant_id));
    assert_int_equal(tenant_id, 3);
    admin_run("delete from tenant where key = 'initech'");
    tenant_id = 0;
    assert_success(tenant_find(other, arena, "initech", &tenant_id)); /* a hit is for good */
    assert_int_equal(tenant_id, 3);
    db_close(other);
    db_close(db);
}

int query_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(values_of_every_kind_come_back),
        STORE_TEST(nulls_come_back_as_none),
        STORE_TEST(edges_of_time_come_back),
        STORE_TEST(a_violated_constraint_speaks_our_words),
        STORE_TEST(every_known_constraint_is_in_the_schema),
        STORE_TEST(work_past_its_limit_is_refused_for_now),
        STORE_TEST(an_idle_connection_that_died_is_not_noticed),
        STORE_TEST(a_connection_lost_in_mid_statement_is_unavailable_then_recovers),
        STORE_TEST(a_plan_that_no_longer_fits_is_made_anew),
        STORE_TEST(prepared_statements_that_vanish_are_made_anew),
        STORE_TEST(a_session_is_set_as_statements_expect),
        STORE_TEST(bad_sql_stops_the_start),
        STORE_TEST(a_server_that_is_not_there_is_unavailable),
        STORE_TEST(tenants_are_found_by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
