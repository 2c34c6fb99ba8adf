/* Weighted amounts are rounded by PostgreSQL in the forecast and by base/money.h everywhere else: to the same cent. */
#include <inttypes.h>
#include <stdlib.h>

#include "tandem/base/money.h"

#include "fixture.h"

enum { RANDOM_CASES = 20000, SEED = 20261121 };

struct weighing {
    int64_t amount_minor, basis_points, weighted_minor;
};

static const struct column weighing_columns[] = {
    {"amount_minor", COLUMN_INTEGER, offsetof(struct weighing, amount_minor)},
    {"basis_points", COLUMN_INTEGER, offsetof(struct weighing, basis_points)},
    {"weighted_minor", COLUMN_INTEGER, offsetof(struct weighing, weighted_minor)},
};

static size_t compare_all(struct db *db, const char *cases) {
    struct rows *rows;
    assert_success(
        db_run(db, arena,
               arena_format(arena,
                            "select amount_minor, basis_points,"
                            " amount_weighted(amount_minor, basis_points) as weighted_minor from (%s) c",
                            cases),
               &rows));
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct weighing one;
        rows_read(rows, i, weighing_columns, sizeof weighing_columns / sizeof *weighing_columns, &one);
        int64_t expected = amount_weighted(one.amount_minor, (int32_t)one.basis_points);
        if (one.weighted_minor != expected)
            fail_msg("%" PRId64 " x %" PRId64 ": PostgreSQL says %" PRId64 ", base says %" PRId64,
                     one.amount_minor, one.basis_points, one.weighted_minor, expected);
    }
    return rows_count(rows);
}

/* Every rest of a cent, on both sides of every half, with even and odd cents before it. */
static void every_half_is_rounded_alike(void **state) {
    (void)state;
    struct db *db = db_of_admin();
    assert_true(compare_all(db,
                            "select a::int8 as amount_minor, b as basis_points"
                            " from generate_series(-450, 450) a, unnest(array[0, 1, 2000, 2500, 3333, 4999,"
                            " 5000, 5001, 9000, 9999, 10000]) b") > 9000);
    assert_true(
        compare_all(db, "select m * (k * 20000 + r) as amount_minor, 1 as basis_points"
                        " from unnest(array[1, -1]::int8[]) m, generate_series(0, 3) k,"
                        " unnest(array[4999, 5000, 5001, 9999, 10000, 14999, 15000, 15001, 19999]) r") == 72);
}

static void amounts_of_any_size_are_rounded_alike(void **state) {
    (void)state;
    struct db *db = db_of_admin();
    compare_all(db, "select m * (9007199254740991 - k) as amount_minor, b as basis_points"
                    " from unnest(array[1, -1]::int8[]) m, generate_series(0, 40) k,"
                    " unnest(array[1, 5000, 9999, 10000]) b");
    compare_all(db, arena_format(arena,
                                 "select case when random() < 0.5 then -1 else 1 end"
                                 " * (random() * power(10, random() * 15))::int8 as amount_minor,"
                                 " (random() * 10000)::int4 as basis_points"
                                 " from (select setseed(%d / 1e9)) s, generate_series(1, %d)",
                                 SEED, RANDOM_CASES));
}

/* -- rates -- */

static const struct column stating_columns[] = {
    {"amount_minor", COLUMN_INTEGER, offsetof(struct weighing, amount_minor)},
    {"shift", COLUMN_INTEGER, offsetof(struct weighing, basis_points)},
    {"stated_minor", COLUMN_INTEGER, offsetof(struct weighing, weighted_minor)},
};

/* Both say the same amount, or both that it cannot be stated. */
static size_t compare_stated(struct db *db, const char *cases) {
    struct rows *rows;
    assert_success(db_run(db, arena,
                          arena_format(arena,
                                       "select amount_minor, rate::text, shift, amount_stated(amount_minor,"
                                       " rate * ('1e' || shift)::numeric) as stated_minor from (%s) c",
                                       cases),
                          &rows));
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct weighing one;
        struct rate rate;
        const char *text = rows_text(rows, i, "rate");
        rows_read(rows, i, stating_columns, sizeof stating_columns / sizeof *stating_columns, &one);
        assert_true(rate_from_decimal(text, &rate));
        int64_t expected;
        bool is_stated = amount_stated(one.amount_minor, &rate, (int)one.basis_points, &expected);
        bool in_range = one.weighted_minor <= AMOUNT_MAX && one.weighted_minor >= -AMOUNT_MAX;
        if (is_stated != in_range || (is_stated && expected != one.weighted_minor))
            fail_msg("%" PRId64 " at %s, shift %" PRId64 ": PostgreSQL says %" PRId64 ", base says %" PRId64,
                     one.amount_minor, text, one.basis_points, one.weighted_minor, is_stated ? expected : 0);
    }
    return rows_count(rows);
}

static void amounts_are_stated_alike(void **state) {
    (void)state;
    struct db *db = db_of_admin();
    assert_true(
        compare_stated(db,
                       "select a::int8 as amount_minor, r as rate, s as shift"
                       " from generate_series(-60, 60) a, unnest(array[0.25, 0.5, 0.005, 1.0925, 2.5,"
                       " 0.000000000001, 149.25, 999999999999999999]) r, unnest(array[-4, -2, 0, 1, 3]) s") ==
        121 * 8 * 5);
    compare_stated(db, "select m * (9007199254740991 - k) as amount_minor, r as rate, s as shift"
                       " from unnest(array[1, -1]::int8[]) m, generate_series(0, 20) k,"
                       " unnest(array[0.5, 1, 1.000000000001, 999999999999999999, 0.000000000001]) r,"
                       " unnest(array[-4, -2, 0, 4]) s");
    compare_stated(db,
                   arena_format(arena,
                                "select case when random() < 0.5 then -1 else 1 end"
                                " * (random() * power(10, random() * 15))::int8 as amount_minor,"
                                " round((0.0001 + random() * power(10, random() * 5))::numeric,"
                                " (random() * 8)::int4) + 0.001 as rate, (random() * 8)::int4 - 4 as shift"
                                " from (select setseed(%d / 1e9)) s, generate_series(1, %d)",
                                SEED, RANDOM_CASES));
}

int amount_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_half_is_rounded_alike),
        STORE_TEST(amounts_of_any_size_are_rounded_alike),
        STORE_TEST(amounts_are_stated_alike),
    };
    return cmocka_run_group_tests_name("amounts", tests, NULL, NULL);
}
