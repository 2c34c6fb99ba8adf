/* How a registration was answered, and the share of those answered in time. */
#include "check.h"

#include "tandem/domain/registration.h"
#include "tandem/domain/response.h"

static void an_answer_is_judged_by_the_first_one_and_respond_by(void **state) {
    (void)state;
    static const struct {
        enum registration_state state;
        bool answered, past;
        enum response response;
        int in_time;
    } rows[] = {
        {REGISTRATION_SUBMITTED, false, false, RESPONSE_NOT_DUE, -1},
        {REGISTRATION_SUBMITTED, false, true, RESPONSE_OVERDUE, 0},
        /* submitted again with its stamp kept: what it was answered by before stays */
        {REGISTRATION_SUBMITTED, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_SUBMITTED, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_CHANGES_REQUESTED, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_CHANGES_REQUESTED, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_APPROVED, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_APPROVED, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_REJECTED, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_REJECTED, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_EXPIRED, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_EXPIRED, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_WITHDRAWN, true, false, RESPONSE_IN_TIME, 1},
        {REGISTRATION_WITHDRAWN, true, true, RESPONSE_LATE, 0},
        {REGISTRATION_WITHDRAWN, false, false, RESPONSE_WITHDRAWN, -1},
        {REGISTRATION_WITHDRAWN, false, true, RESPONSE_WITHDRAWN, -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum response found =
            response_assess(&(struct response_signals){rows[i].state, rows[i].answered, rows[i].past});
        check(found == rows[i].response && response_in_time(found) == rows[i].in_time, "row %zu: %d", i,
              (int)found);
    }
}

static void the_share_is_of_what_was_answered_or_is_overdue(void **state) {
    (void)state;
    static const struct {
        struct response_tally tally;
        const char *share;
    } rows[] = {
        {{{0}}, ""},
        {{{[RESPONSE_NOT_DUE] = 3, [RESPONSE_WITHDRAWN] = 4}}, ""},
        {{{[RESPONSE_IN_TIME] = 7}}, "1.00"},
        {{{[RESPONSE_LATE] = 7}}, "0.00"},
        {{{[RESPONSE_OVERDUE] = 1}}, "0.00"},
        {{{[RESPONSE_IN_TIME] = 1, [RESPONSE_LATE] = 1, [RESPONSE_OVERDUE] = 1}}, "0.33"},
        {{{[RESPONSE_IN_TIME] = 2, [RESPONSE_OVERDUE] = 1}}, "0.66"},
        {{{[RESPONSE_IN_TIME] = 999, [RESPONSE_LATE] = 1}}, "0.99"}, /* never the 1.00 that it is not */
        {{{[RESPONSE_IN_TIME] = 3, [RESPONSE_LATE] = 1, [RESPONSE_NOT_DUE] = 9, [RESPONSE_WITHDRAWN] = 9}},
         "0.75"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char share[RATIO_TEXT_SIZE];
        response_share(&rows[i].tally, share);
        check(strcmp(share, rows[i].share) == 0, "row %zu: %s", i, share);
    }
}

static void each_registration_stands_in_one_count(void **state) {
    (void)state;
    struct response_tally tally = {0};
    response_add(&tally, &(struct response_signals){REGISTRATION_APPROVED, true, false}, 2);
    response_add(&tally, &(struct response_signals){REGISTRATION_REJECTED, true, false}, 3);
    response_add(&tally, &(struct response_signals){REGISTRATION_SUBMITTED, false, true}, 5);
    response_add(&tally, &(struct response_signals){REGISTRATION_WITHDRAWN, false, false}, 7);
    assert_int_equal(tally.counts[RESPONSE_IN_TIME], 5);
    assert_int_equal(tally.counts[RESPONSE_OVERDUE], 5);
    assert_int_equal(tally.counts[RESPONSE_WITHDRAWN], 7);
    assert_int_equal(response_total(&tally), 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_judged_by_the_first_one_and_respond_by),
        cmocka_unit_test(the_share_is_of_what_was_answered_or_is_overdue),
        cmocka_unit_test(each_registration_stands_in_one_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
