/* What a link may be made for, and when it may be used. Each row spoils one thing of a good one. */
#include "check.h"

#include "tandem/domain/confirmation_link.h"

enum { NEED, BUDGET, JOINT_VALUE, PLAN, REGISTRATION, STATES };

static const struct criterion_state states[STATES] = {
    [NEED] = {"need", 2, EVIDENCE_STATEMENT, true, true, false},
    [BUDGET] = {"budget", 2, EVIDENCE_STATEMENT, true, true, true},
    [JOINT_VALUE] = {"joint_value", 2, EVIDENCE_STATEMENT, false, false, false},
    [PLAN] = {"close_plan", 3, EVIDENCE_CHECKLIST, true, false, false},
    [REGISTRATION] = {"clean_registration", 1, EVIDENCE_COMPUTED, true, false, false},
};

static const char *const need_and_plan[] = {"need", "close_plan"};
static const char *const all_wrong[] = {"taste", "clean_registration", "joint_value", "budget", "need",
                                        "need"};

enum { MADE_AT = 1000, DAYS = 14 };

static struct link_request good_request(void) {
    return (struct link_request){
        .has_claim = true,
        .status = DEAL_OPEN,
        .criteria = need_and_plan,
        .criterion_count = 2,
        .now = MADE_AT,
        .proposal = {.side = SIDE_VENDOR, .to_stage = 3, .made_at = MADE_AT},
        .proposal_days = DAYS,
        .states = states,
        .state_count = STATES,
    };
}

static void expect_asked(const bool *asked, const bool expected[STATES], const char *what) {
    for (int i = 0; i < STATES; i++)
        check(asked[i] == expected[i], "%s: %s", what, states[i].key);
}

static void a_link_asks_for_what_the_partner_has_not_confirmed(void **state) {
    bool asked[STATES];
    struct link_request request = good_request();
    check_problem(link_request_verdict(*state, &request, asked), OK, "two criteria");
    expect_asked(asked, (bool[STATES]){[NEED] = true, [PLAN] = true}, "the named ones");
    request.criterion_count = 0, request.asks_proposal = true;
    check_problem(link_request_verdict(*state, &request, asked), OK, "the proposal alone");
    expect_asked(asked, (bool[STATES]){[NEED] = true}, "what is open in the stage that would be left");
    request.asks_proposal = false;
    struct fault *fault = link_request_verdict(*state, &request, asked);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "nothing at all");
    assert_string_equal(fields_text(*state, fault->fields), "/criteria required");
    request.criteria = all_wrong, request.criterion_count = COUNT(all_wrong);
    fault = link_request_verdict(*state, &request, asked);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "everything wrong");
    assert_string_equal(fields_text(*state, fault->fields),
                        "/criteria/0 unknown_choice, /criteria/1 computed, /criteria/2 no_evidence, "
                        "/criteria/3 already_confirmed, /criteria/5 repeated");
    request = good_request(), request.has_claim = false;
    check_problem(link_request_verdict(*state, &request, asked), PROBLEM_NO_CLAIM, "a direct deal");
    request = good_request(), request.status = DEAL_WON;
    check_problem(link_request_verdict(*state, &request, asked), PROBLEM_DEAL_CLOSED, "a closed deal");
}

static void only_the_vendors_open_proposal_is_asked_about(void **state) {
    bool asked[STATES];
    struct link_request request = good_request();
    request.asks_proposal = true;
    request.now = MADE_AT + DAYS * DAY_US;
    check_problem(link_request_verdict(*state, &request, asked), OK, "in its last instant");
    request.now++;
    check_problem(link_request_verdict(*state, &request, asked), PROBLEM_NO_PROPOSAL, "after it");
    request = good_request(), request.asks_proposal = true, request.proposal.side = SIDE_PARTNER;
    check_problem(link_request_verdict(*state, &request, asked), PROBLEM_NO_PROPOSAL, "the partner's own");
}

static const struct link_item items[] = {{"need", 1, 1, false}, {"budget", 2, 2, true}};
static const struct link_item newer[] = {{"need", 1, 2, false}};
static const struct link_item gone[] = {{"need", 1, 0, false}};
static const struct link_item done[] = {{"need", 1, 1, true}};

static struct link_use good_use(void) {
    return (struct link_use){
        .used_at = INSTANT_NONE,
        .expires_at = 5000,
        .now = 5000, /* the instant itself is inside */
        .leads = true,
        .has_claim = true,
        .status = DEAL_OPEN,
        .items = items,
        .item_count = COUNT(items),
        .asked_stage = 3,
        .asked_at = MADE_AT,
        .now_open = {.side = SIDE_VENDOR, .to_stage = 3, .made_at = MADE_AT},
        .proposal_days = DAYS,
    };
}

static void expect_use(void **state, const struct link_use *use, enum problem problem, const char *what) {
    check_problem(link_use_verdict(*state, use), problem, "%s", what);
}

static void a_link_works_once_and_until_it_expires(void **state) {
    struct link_use use = good_use();
    expect_use(state, &use, OK, "at the instant of expiry");
    use.now++;
    expect_use(state, &use, PROBLEM_LINK_EXPIRED, "the moment after");
    use.used_at = 4000;
    expect_use(state, &use, PROBLEM_LINK_USED, "used, and expired since");
    use = good_use(), use.used_at = 4000;
    struct fault *fault = link_use_verdict(*state, &use);
    check(strstr(fault->detail, "1970-01-01T00:00:00.004"), "says when: %s", fault->detail);
}

static void a_link_means_what_stood_when_it_was_made(void **state) {
    struct link_use use = good_use();
    use.leads = false;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "another partner leads");
    use = good_use(), use.replaced = true;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "a newer link");
    use = good_use(), use.status = DEAL_LOST;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "a closed deal");
    use = good_use(), use.has_claim = false;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "no claim any more");
    use = good_use(), use.items = newer, use.item_count = 1;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "newer evidence");
    use.items = gone;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "a criterion that is gone");
    use.items = done;
    expect_use(state, &use, OK, "the proposal is left");
    use.asked_stage = -1;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "nothing is left");
    use = good_use(), use.asked_stage = -1;
    expect_use(state, &use, OK, "one criterion is left");
    use = good_use(), use.now_open.side = SIDE_NONE;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "the proposal is gone");
    use = good_use(), use.now_open.side = SIDE_PARTNER;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "the partner's own proposal");
    use = good_use(), use.now_open.made_at++;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "proposed anew");
    use = good_use(), use.now_open.to_stage++;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "for another stage");
    use = good_use(), use.proposal_days = 0;
    expect_use(state, &use, PROBLEM_LINK_SUPERSEDED, "a proposal that has lapsed");
}

static void whoever_declines_by_a_link_says_why(void **state) {
    check_problem(link_decision_verdict(*state, LINK_CONFIRM, NULL), OK, "confirm");
    check_problem(link_decision_verdict(*state, LINK_DECLINE, "Not the customer's own budget"), OK,
                  "a reason");
    check_problem(link_decision_verdict(*state, LINK_DECLINE, NULL), PROBLEM_INVALID_FIELDS, "none");
    check_problem(link_decision_verdict(*state, LINK_DECLINE, "n/a"), PROBLEM_INVALID_FIELDS, "no words");
    check_problem(link_decision_verdict(*state, LINK_CONFIRM, "tbd"), PROBLEM_INVALID_FIELDS,
                  "no words either");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_link_asks_for_what_the_partner_has_not_confirmed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(only_the_vendors_open_proposal_is_asked_about, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_link_works_once_and_until_it_expires, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_link_means_what_stood_when_it_was_made, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(whoever_declines_by_a_link_says_why, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
