/* When two names are similar: one slip, not two; never a digit; not the shortest. */
#include "check.h"

#include "tandem/domain/similar.h"

static void one_slip_makes_names_similar(void **state) {
    (void)state;
    static const struct {
        const char *key, *other;
        int score;
    } rows[] = {
        {"nordwind logistik", "nordwint logistik", 94},  /* changed */
        {"nordwind logistik", "nordwnd logistik", 94},   /* left out */
        {"nordwind logistik", "nordwindd logistik", 94}, /* added */
        {"nordwind logistik", "nordiwnd logistik", 94},  /* swapped */
        {"nordwind logistik", "ordwind logistik", 94},   /* at the start */
        {"nordwind logistik", "nordwind logistk", 94},   /* near the end */
        {"nordwind logistik", "nordwind logistike", 94}, /* at the end */
        {"blue sky", "bluesky", 87},                     /* the space counts as a letter */
        {"müller", "muller", 83},
        {"müller", "mller", 83},
        {"müller",
         "üm"
         "ller",
         83},
        {"мир труда", "мир туда", 88},
        {"aaab", "aaaab", 80}, /* which of the a's does not matter */
        {"nordwind", "nordwind", 0},
        {"nordwind logistik", "nordwint logistic", 0}, /* two slips */
        {"nordwind", "nordw", 0},
        {"nordwind", "wordnind", 0}, /* swapped, but no neighbours */
        {"abcd", "badc", 0},
        {"müller", "moller gmbh", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(name_similarity(rows[i].key, rows[i].other) == rows[i].score, "%s, %s", rows[i].key,
              rows[i].other);
        check(name_similarity(rows[i].other, rows[i].key) == rows[i].score, "%s, %s", rows[i].other,
              rows[i].key);
    }
}

static void a_digit_tells_companies_apart(void **state) {
    (void)state;
    assert_int_equal(name_similarity("studio 54", "studio 55"), 0);
    assert_int_equal(name_similarity("studio 54", "studio 5"), 0);
    assert_int_equal(name_similarity("studio 54", "studio 45"), 0);
    assert_int_equal(name_similarity("studio 54", "studio s4"), 0);
    assert_int_equal(name_similarity("studio 54", "studi 54"), 88);
}

static void the_shortest_names_are_similar_to_nothing(void **state) {
    (void)state;
    assert_int_equal(name_similarity("ibm", "ibn"), 0);
    assert_int_equal(name_similarity("iba", "ibaa"), 0);
    assert_int_equal(name_similarity("ibax", "ibay"), 75);
    assert_int_equal(name_similarity("øre", "ore"), 0); /* characters, not bytes */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_makes_names_similar),
        cmocka_unit_test(a_digit_tells_companies_apart),
        cmocka_unit_test(the_shortest_names_are_similar_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
