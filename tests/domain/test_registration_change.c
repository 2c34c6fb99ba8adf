/* What may still be done to a registration after it was sent, and who keeps a place in the queue. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/registration_change.h"

#define BIT(field) (1u << REGISTRATION_FIELD_##field)

static void a_partner_submits_so_many_a_day(void **state) {
    struct arena *arena = *state;
    struct submission_day day = {.submitted = 49, .allowed = 50, .seconds_left = 7200};
    check_problem(registration_submit_verdict(arena, &day), OK, "the fiftieth");
    day.submitted = 50;
    struct fault *fault = registration_submit_verdict(arena, &day);
    check_problem(fault, PROBLEM_TOO_MANY_REQUESTS, "the fifty-first");
    assert_int_equal(fault->retry_after_s, 7200);
    day.allowed = 0;
    check_problem(registration_submit_verdict(arena, &day), OK, "without a cap");
}

static void changes_are_asked_of_a_submitted_registration(void **state) {
    struct arena *arena = *state;
    for (int s = REGISTRATION_SUBMITTED; s <= REGISTRATION_EXPIRED; s++)
        check_problem(registration_request_changes_verdict(arena, s, "Name the depot in Kiel"),
                      s == REGISTRATION_SUBMITTED ? OK : PROBLEM_INVALID_STATE, "state %d", s);
    struct fault *fault = registration_request_changes_verdict(arena, REGISTRATION_SUBMITTED, "TBD");
    assert_string_equal(fields_text(arena, fault->fields), "/text placeholder");
    fault = registration_request_changes_verdict(arena, REGISTRATION_SUBMITTED, NULL);
    assert_string_equal(fields_text(arena, fault->fields), "/text required");
}

static void only_the_named_fields_change(void **state) {
    struct arena *arena = *state;
    static const struct {
        unsigned editable, changed;
        const char *refused;
    } rows[] = {
        {BIT(NEED), BIT(NEED), ""},
        {BIT(NEED) | BIT(CUSTOMER), BIT(CUSTOMER), ""},
        {BIT(NEED), 0, ""},
        {BIT(NEED), BIT(CUSTOMER), "/customer frozen"},
        {BIT(NEED), BIT(NEED) | BIT(AMOUNT) | BIT(PARTNER_REP), "/amount frozen, /partner_rep frozen"},
        {BIT(CLOSE_DATE), BIT(PRODUCT_FAMILY) | BIT(CONTACT), "/product_family frozen, /contact frozen"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = registration_resubmit_verdict(arena, REGISTRATION_CHANGES_REQUESTED,
                                                            rows[i].editable, rows[i].changed);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].refused);
    }
    for (int s = REGISTRATION_SUBMITTED; s <= REGISTRATION_EXPIRED; s++)
        check_problem(registration_resubmit_verdict(arena, s, BIT(NEED), BIT(NEED)),
                      s == REGISTRATION_CHANGES_REQUESTED ? OK : PROBLEM_INVALID_STATE, "state %d", s);
}

static void the_stamp_is_kept_for_the_same_customer_or_a_correction(void **state) {
    (void)state;
    static const char *one[] = {"nordwind.com", "nordwind.de"}, *turned[] = {"nordwind.de", "nordwind.com"},
                      *other[] = {"nordwind.com", "suedwind.de"};
    const struct customer_identity before = {{"nordwind", one, 2}, "DE", "default"};
    const struct {
        struct customer_identity after;
        bool same;
    } rows[] = {
        {{{"nordwind", one, 2}, "DE", "default"}, true},
        {{{"nordwind", turned, 2}, "DE", "default"}, true},
        {{{"nordwind", other, 2}, "DE", "default"}, false},
        {{{"nordwind", one, 1}, "DE", "default"}, false},
        {{{"suedwind", one, 2}, "DE", "default"}, false},
        {{{"nordwind", one, 2}, "AT", "default"}, false},
        {{{"nordwind", one, 2}, NULL, "default"}, false},
        {{{"nordwind", one, 2}, "DE", "dispatch"}, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(registration_keeps_stamp(&before, &rows[i].after, false) == rows[i].same, "row %zu", i);
        check(registration_keeps_stamp(&rows[i].after, &before, false) == rows[i].same, "row %zu turned", i);
        check(registration_keeps_stamp(&before, &rows[i].after, true), "row %zu as a correction", i);
    }
    const struct customer_identity nowhere = {{"nordwind", one, 2}, NULL, "default"};
    check(registration_keeps_stamp(&nowhere, &nowhere, false), "two customers without a country");
}

static void an_undecided_registration_is_withdrawn(void **state) {
    for (int s = REGISTRATION_SUBMITTED; s <= REGISTRATION_EXPIRED; s++)
        check_problem(registration_withdraw_verdict(*state, s),
                      s <= REGISTRATION_CHANGES_REQUESTED ? OK : PROBLEM_INVALID_STATE, "state %d", s);
}

static void a_protection_is_extended_while_the_deal_is_open(void **state) {
    struct arena *arena = *state;
    struct extension extension = {REGISTRATION_APPROVED,         DEAL_OPEN, false, 30, 30,
                                  "The customer moved the board"};
    struct extension linked = extension;
    linked.is_linked = true;
    check_problem(registration_extend_verdict(arena, &linked), PROBLEM_INVALID_STATE, "linked");
    check_problem(registration_extend_verdict(arena, &extension), OK, "the most");
    extension.days = 31;
    extension.reason = "n/a";
    assert_string_equal(fields_text(arena, registration_extend_verdict(arena, &extension)->fields),
                        "/days too_large, /reason placeholder");
    for (int status = DEAL_WON; status <= DEAL_REMOVED; status++) {
        extension.deal_status = status;
        check_problem(registration_extend_verdict(arena, &extension), PROBLEM_DEAL_CLOSED, "status %d",
                      status);
    }
    extension.deal_status = DEAL_OPEN;
    for (int s = REGISTRATION_SUBMITTED; s <= REGISTRATION_EXPIRED; s++) {
        extension.state = s;
        if (s != REGISTRATION_APPROVED)
            check_problem(registration_extend_verdict(arena, &extension), PROBLEM_INVALID_STATE, "state %d",
                          s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_partner_submits_so_many_a_day, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(changes_are_asked_of_a_submitted_registration, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(only_the_named_fields_change, arena_setup, arena_teardown),
        cmocka_unit_test(the_stamp_is_kept_for_the_same_customer_or_a_correction),
        cmocka_unit_test_setup_teardown(an_undecided_registration_is_withdrawn, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_protection_is_extended_while_the_deal_is_open, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
