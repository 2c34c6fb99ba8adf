/* The stage model, what is missing on a deal, and the moves of two sides. */
#include "check.h"
#include "deals.h"
#include "states.h"

#include "tandem/domain/attribution.h"
#include "tandem/domain/registration.h"

static void the_default_model_is_whole(void **state) {
    (void)state;
    const struct stage_model *model = &stage_model_default;
    static const struct {
        const char *key;
        int rollup, ceiling;
        size_t criteria;
    } rows[] = {
        {"registered", ROLLUP_DISCOVERY, CATEGORY_OMITTED, 2},
        {"qualified", ROLLUP_VALIDATION, CATEGORY_PIPELINE, 4},
        {"validating", ROLLUP_PROPOSAL, CATEGORY_BEST_CASE, 2},
        {"negotiating", ROLLUP_NEGOTIATION, CATEGORY_COMMIT, 2},
        {"closed", ROLLUP_CLOSED, CATEGORY_CLOSED, 2},
    };
    assert_int_equal(model->stage_count, COUNT(rows));
    assert_int_equal(model->criterion_count, CRITERIA);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t criteria = 0;
        for (size_t j = 0; j < model->criterion_count; j++)
            criteria += model->criteria[j].stage_number == model->stages[i].number;
        assert_int_equal(model->stages[i].number, i + 1);
        assert_string_equal(model->stages[i].key, rows[i].key);
        assert_int_equal(model->stages[i].rollup, rows[i].rollup);
        assert_int_equal(model->stages[i].ceiling, rows[i].ceiling);
        assert_int_equal(criteria, rows[i].criteria);
    }
}

/* -- readiness -- */

static void readiness_lists_what_is_missing_and_who_owes_it(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    struct unmet unmet[2 * CRITERIA];
    fill_states(states);
    for (int stage = 1; stage <= 5; stage++)
        assert_int_equal(readiness(states, CRITERIA, stage, unmet), 0);
    find_state(states, "need")->vendor_confirmed = false;
    find_state(states, "budget")->partner_confirmed = false;
    find_state(states, "reason_to_act")->met = false;
    find_state(states, "joint_value")->vendor_confirmed =
        find_state(states, "joint_value")->partner_confirmed = false;
    find_state(states, "handoffs")->met = false;
    static const struct unmet expected[] = {
        {"need", "vendor_confirmation", "vendor"},           {"budget", "partner_confirmation", "partner"},
        {"reason_to_act", "evidence", "vendor_and_partner"}, {"joint_value", "vendor_confirmation", "vendor"},
        {"joint_value", "partner_confirmation", "partner"},
    };
    assert_int_equal(readiness(states, CRITERIA, 2, unmet), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(unmet[i].criterion, expected[i].criterion);
        assert_string_equal(unmet[i].missing, expected[i].missing);
        assert_string_equal(unmet[i].owed_by, expected[i].owed_by);
    }
    assert_int_equal(readiness(states, CRITERIA, 3, unmet), 0);
    assert_int_equal(readiness(states, CRITERIA, 4, unmet), 1);
}

static void a_computed_criterion_needs_no_confirmation(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    struct unmet unmet[2 * CRITERIA];
    fill_states(states);
    find_state(states, "owners_named")->vendor_confirmed = false;
    assert_int_equal(readiness(states, CRITERIA, 1, unmet), 0);
    *find_state(states, "owners_named") = (struct criterion_state){.key = "owners_named",
                                                                   .stage_number = 1,
                                                                   .type = EVIDENCE_COMPUTED,
                                                                   .missing = "partner_owner",
                                                                   .owed_by = "partner"};
    assert_int_equal(readiness(states, CRITERIA, 1, unmet), 1);
    assert_string_equal(unmet[0].missing, "partner_owner");
}

static void a_claimed_deal_enters_at_the_first_gap(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    fill_states(states);
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 5);
    find_state(states, "close_plan")->partner_confirmed = false;
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 3);
    find_state(states, "clean_registration")->met = false;
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 1);
}

static void facts_compute_criteria(void **state) {
    (void)state;
    enum { CLEAN, OWNERS, RESOLVED };
    static const char *const keys[] = {"clean_registration", "owners_named", "attribution_resolved"};
    struct stage_facts good = {.signals = sourced_deal(),
                               .claim_kind = CLAIM_KIND_REGISTRATION,
                               .registration_state = REGISTRATION_APPROVED,
                               .registration_verdict = VERDICT_CLEAR,
                               .vendor_owner = true,
                               .partner_owner = true};
    good.signals.resolved = true;
    struct {
        int key;
        struct stage_facts facts;
        const char *missing, *owed_by; /* NULL: met */
    } rows[] = {
        {CLEAN, good, NULL, NULL},
        {OWNERS, good, NULL, NULL},
        {RESOLVED, good, NULL, NULL},
        {CLEAN, good, "registration_not_approved", "partner_manager"},
        {CLEAN, good, "conflict_not_resolved", "partner_manager"},
        {CLEAN, good, NULL, NULL},
        {CLEAN, good, NULL, NULL},
        {CLEAN, good, "ae_signature", "ae"},
        {OWNERS, good, "partner_owner", "partner"},
        {OWNERS, good, "vendor_owner", "vendor"},
        {OWNERS, good, "both_owners", "vendor_and_partner"},
        {RESOLVED, good, "attribution_not_resolved", "ae"},
        {RESOLVED, good, "both_signatures", "ae_and_partner_manager"},
        {RESOLVED, good, "partner_manager_signature", "partner_manager"},
        {RESOLVED, good, "claim_disputed", "ae_and_partner_manager"},
        {RESOLVED, good, "claim_lapsed", "ae_and_partner_manager"},
        {RESOLVED, good, "no_claim", "ae_and_partner_manager"},
    };
    rows[3].facts.registration_state = REGISTRATION_SUBMITTED;
    rows[4].facts.registration_verdict = VERDICT_CONTESTED;
    rows[5].facts.registration_verdict = VERDICT_CONTESTED, rows[5].facts.conflict_resolved = true;
    rows[6].facts.claim_kind = CLAIM_KIND_INTRODUCTION, rows[6].facts.registration_state = -1;
    rows[7].facts.claim_kind = CLAIM_KIND_INTRODUCTION, rows[7].facts.signals.ae_decision = DECISION_NONE;
    rows[8].facts.partner_owner = false;
    rows[9].facts.vendor_owner = false;
    rows[10].facts.vendor_owner = rows[10].facts.partner_owner = false;
    rows[11].facts.signals.resolved = false;
    rows[12].facts.signals.ae_decision = rows[12].facts.signals.manager_decision = -1;
    rows[13].facts.signals.manager_decision = DECISION_NONE;
    rows[14].facts.signals.manager_decision = DECISION_DECLINE;
    rows[15].facts.signals.manager_decision = -1, rows[15].facts.signals.window_open = false;
    rows[16].facts.signals.claim_value = -1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct criterion_state found = {.key = keys[rows[i].key], .type = EVIDENCE_COMPUTED};
        criterion_compute(&rows[i].facts, &found);
        check(found.met == !rows[i].missing, "row %zu", i);
        if (rows[i].missing) {
            assert_string_equal(found.missing, rows[i].missing);
            assert_string_equal(found.owed_by, rows[i].owed_by);
        }
    }
    struct criterion_state other = {.key = "need", .type = EVIDENCE_STATEMENT, .met = true};
    criterion_compute(&good, &other);
    assert_true(other.met); /* not computed: left alone */
    other = (struct criterion_state){.key = "weather", .type = EVIDENCE_COMPUTED, .met = true};
    criterion_compute(&good, &other);
    assert_false(other.met);
    assert_string_equal(other.missing, "unknown_criterion");
}

/* -- advance -- */

struct scene {
    struct arena *arena;
    struct criterion_state states[CRITERIA];
    struct advance advance;
};

/* Stage 2 to 3, proposed by the vendor a day ago, the partner asks; all is met, the partner has confirmed nothing. */
static void set_scene(struct scene *scene, struct arena *arena) {
    *scene = (struct scene){.arena = arena};
    fill_states(scene->states);
    for (size_t i = 0; i < CRITERIA; i++)
        scene->states[i].partner_confirmed = false;
    int64_t now = instant("2026-11-21T10:00:00Z");
    scene->advance = (struct advance){.stage = 2,
                                      .to_stage = 3,
                                      .side = SIDE_PARTNER,
                                      .has_claim = true,
                                      .status = DEAL_OPEN,
                                      .vendor_stage = 2,
                                      .partner_stage = 2,
                                      .last_stage = 5,
                                      .proposal = {SIDE_VENDOR, 3, now - DAY_US, false},
                                      .states = scene->states,
                                      .state_count = CRITERIA,
                                      .now = now,
                                      .proposal_days = 14};
}

static void expect_outcome(struct scene *scene, enum advance_outcome outcome, int vendor, int partner,
                           const char *what) {
    struct advance_result result = {0};
    check_problem(advance_verdict(scene->arena, &scene->advance, &result), OK, "%s", what);
    check(result.outcome == outcome && result.vendor_stage == vendor && result.partner_stage == partner,
          "%s: outcome %d, vendor %d, partner %d", what, result.outcome, result.vendor_stage,
          result.partner_stage);
}

static void expect_unmet(struct scene *scene, const char *unmet) {
    struct advance_result result;
    struct fault *fault = advance_verdict(scene->arena, &scene->advance, &result);
    check_problem(fault, PROBLEM_EXIT_CRITERIA_UNMET, "%s", unmet);
    assert_string_equal(unmet_text(scene->arena, fault->unmet), unmet);
}

static void one_side_proposes_the_other_confirms(void **state) {
    struct scene scene;
    set_scene(&scene, *state);
    expect_outcome(&scene, ADVANCE_CONFIRMED, 3, 3, "the other side");
    scene.advance.side = SIDE_VENDOR;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "the same side again renews");
    scene.advance.proposal = (struct proposal){.side = SIDE_NONE};
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "the first to ask");
    scene.advance.side = SIDE_PARTNER;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "the partner may be first, too");
    set_scene(&scene, *state);
    scene.advance.vendor_stage = 4;
    expect_outcome(&scene, ADVANCE_CONFIRMED, 4, 3, "the side that stands higher stays");
}

static void a_proposal_ends(void **state) {
    struct scene scene;
    set_scene(&scene, *state);
    scene.advance.proposal.made_at = scene.advance.now - 14 * DAY_US;
    expect_outcome(&scene, ADVANCE_CONFIRMED, 3, 3, "14 days to the instant");
    scene.advance.proposal.made_at -= 1;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "a microsecond more: a new proposal");
    set_scene(&scene, *state);
    scene.advance.proposal.ended = true;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "evidence changed");
    set_scene(&scene, *state);
    scene.advance.proposal.to_stage = 4;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "made for another stage");
}

static void the_gate_lists_everything(void **state) {
    struct scene scene;
    set_scene(&scene, *state);
    find_state(scene.states, "budget")->met = false;
    find_state(scene.states, "close_plan")->met = false; /* of another stage */
    expect_unmet(&scene, "budget evidence vendor_and_partner");
    find_state(scene.states, "need")->vendor_confirmed = false;
    expect_unmet(&scene, "need vendor_confirmation vendor, budget evidence vendor_and_partner");
    find_state(scene.states, "budget")->met = true;
    expect_unmet(&scene, "need vendor_confirmation vendor"); /* confirming needs the proposer's word, too */
    scene.advance.proposal.side = SIDE_NONE;
    expect_outcome(&scene, ADVANCE_PROPOSED, 2, 2, "proposing leaves the other side's confirmations open");
    find_state(scene.states, "budget")->met = false;
    expect_unmet(&scene, "need vendor_confirmation vendor, budget evidence vendor_and_partner");
}

static void a_computed_criterion_stops_a_proposal(void **state) {
    struct scene scene;
    set_scene(&scene, *state);
    scene.advance.stage = scene.advance.vendor_stage = scene.advance.partner_stage = 1;
    scene.advance.to_stage = 2;
    expect_outcome(&scene, ADVANCE_PROPOSED, 1, 1, "computed criteria need no confirmation");
    struct criterion_state *clean = find_state(scene.states, "clean_registration");
    clean->met = false, clean->missing = "ae_signature", clean->owed_by = "ae";
    expect_unmet(&scene, "clean_registration ae_signature ae");
}

static void a_deal_moves_by_one_from_where_it_stands(void **state) {
    static const struct {
        int vendor, partner, stage, to_stage, status;
        bool has_claim;
        enum problem problem;
    } rows[] = {
        {2, 2, 2, 3, DEAL_OPEN, true, OK},
        {4, 2, 2, 3, DEAL_OPEN, true, OK}, /* from the lower side */
        {4, 2, 4, 5, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {2, 2, 1, 2, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {2, 2, 3, 4, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {2, 2, 2, 4, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {2, 2, 2, 2, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {2, 2, 2, 1, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH},
        {4, 4, 4, 5, DEAL_OPEN, true, PROBLEM_STAGE_MISMATCH}, /* the last stage is entered by closing */
        {3, 3, 3, 4, DEAL_OPEN, true, OK},
        {2, 2, 2, 3, DEAL_WON, true, PROBLEM_DEAL_CLOSED},
        {2, 2, 2, 3, DEAL_LOST, true, PROBLEM_DEAL_CLOSED},
        {-1, -1, 2, 3, DEAL_OPEN, false, PROBLEM_NO_CLAIM},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        struct advance_result result;
        set_scene(&scene, *state);
        scene.advance.vendor_stage = rows[i].vendor, scene.advance.partner_stage = rows[i].partner;
        scene.advance.stage = rows[i].stage, scene.advance.to_stage = rows[i].to_stage;
        scene.advance.status = rows[i].status, scene.advance.has_claim = rows[i].has_claim;
        check_problem(advance_verdict(scene.arena, &scene.advance, &result), rows[i].problem, "row %zu", i);
    }
}

static void a_proposal_is_declined_or_taken_back(void **state) {
    const enum decline_outcome declined = PROPOSAL_DECLINED, back = PROPOSAL_WITHDRAWN;
    int64_t now = instant("2026-11-21T10:00:00Z");
    static const char why[] = "the budget is not theirs yet";
    const struct proposal ours = {SIDE_VENDOR, 3, now - DAY_US, false},
                          oldest = {SIDE_VENDOR, 3, now - 14 * DAY_US, false},
                          ended = {SIDE_VENDOR, 3, now - 14 * DAY_US - 1, false}, none = {.side = SIDE_NONE};
    const struct {
        struct decline decline;
        enum problem problem;
        enum decline_outcome outcome;
        const char *fields;
    } rows[] = {
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, why, ours, now, 14}, OK, declined, ""},
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, why, oldest, now, 14}, OK, declined, ""},
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, why, ended, now, 14}, PROBLEM_NO_PROPOSAL, 0, ""},
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, why, none, now, 14}, PROBLEM_NO_PROPOSAL, 0, ""},
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, NULL, ours, now, 14},
         PROBLEM_INVALID_FIELDS,
         0,
         "/reason required"},
        {{SIDE_PARTNER, true, DEAL_OPEN, 3, "n/a", ours, now, 14},
         PROBLEM_INVALID_FIELDS,
         0,
         "/reason placeholder"},
        {{SIDE_VENDOR, true, DEAL_OPEN, 3, NULL, ours, now, 14}, OK, back, ""},
        {{SIDE_VENDOR, true, DEAL_OPEN, 3, "tbd", ours, now, 14},
         PROBLEM_INVALID_FIELDS,
         0,
         "/reason placeholder"},
        {{SIDE_PARTNER, true, DEAL_OPEN, 4, why, ours, now, 14}, PROBLEM_STAGE_MISMATCH, 0, ""},
        {{SIDE_PARTNER, true, DEAL_WON, 3, why, ours, now, 14}, PROBLEM_DEAL_CLOSED, 0, ""},
        {{SIDE_VENDOR, false, DEAL_OPEN, 3, why, none, now, 14}, PROBLEM_NO_CLAIM, 0, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum decline_outcome outcome = 0;
        struct fault *fault = decline_verdict(*state, &rows[i].decline, &outcome);
        check_problem(fault, rows[i].problem, "row %zu", i);
        if (rows[i].problem == OK)
            check(outcome == rows[i].outcome, "row %zu: outcome %d", i, (int)outcome);
        assert_string_equal(fields_text(*state, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void a_closed_deal_is_reopened_with_a_reason(void **state) {
    static const struct {
        struct reopen reopen;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {{DEAL_WON, false, "the contract was annulled"}, OK, ""},
        {{DEAL_LOST, false, "they have called again"}, OK, ""},
        {{DEAL_OPEN, false, "they have called again"}, PROBLEM_INVALID_STATE, ""},
        {{DEAL_REMOVED, false, "they have called again"}, PROBLEM_INVALID_STATE, ""},
        {{DEAL_LOST, true, "they have called again"}, PROBLEM_CRM_OWNED_FIELD, ""},
        {{DEAL_LOST, false, NULL}, PROBLEM_INVALID_FIELDS, "/reason required"},
        {{DEAL_LOST, false, "n/a"}, PROBLEM_INVALID_FIELDS, "/reason placeholder"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = reopen_verdict(*state, &rows[i].reopen);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(*state, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void a_reopened_deal_stands_before_the_last_stage(void **state) {
    (void)state;
    static const int rows[][4] = {{5, 5, true, 4},   {4, 5, true, 4},   {1, 5, true, 1},  {3, 3, true, 2},
                                  {-1, 0, true, -1}, {1, 1, true, 1},   {5, 5, false, 1}, {2, 5, false, 1},
                                  {1, 5, false, 1},  {-1, 0, false, -1}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(reopened_stage(rows[i][0], rows[i][1], rows[i][2]) == rows[i][3], "row %zu", i);
}

static void a_side_lowers_itself_alone(void **state) {
    struct arena *arena = *state;
    static const struct {
        enum side side;
        int stage, to_stage;
        const char *reason;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {SIDE_VENDOR, 4, 3, "the budget was cut", OK, ""},
        {SIDE_VENDOR, 4, 1, "the budget was cut", OK, ""},
        {SIDE_PARTNER, 3, 2, "the sponsor left", OK, ""},
        {SIDE_PARTNER, 4, 2, "the sponsor left", PROBLEM_STAGE_MISMATCH, ""},
        {SIDE_VENDOR, 3, 2, "the budget was cut", PROBLEM_STAGE_MISMATCH, ""},
        {SIDE_VENDOR, 4, 4, "the budget was cut", PROBLEM_INVALID_FIELDS, "/to_stage not_lower"},
        {SIDE_VENDOR, 4, 5, "the budget was cut", PROBLEM_INVALID_FIELDS, "/to_stage not_lower"},
        {SIDE_VENDOR, 4, 0, NULL, PROBLEM_INVALID_FIELDS, "/to_stage not_lower, /reason required"},
        {SIDE_VENDOR, 4, 3, "tbd", PROBLEM_INVALID_FIELDS, "/reason placeholder"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lower lower = {.side = rows[i].side,
                              .has_claim = true,
                              .status = DEAL_OPEN,
                              .vendor_stage = 4,
                              .partner_stage = 3,
                              .stage = rows[i].stage,
                              .to_stage = rows[i].to_stage,
                              .reason = rows[i].reason};
        struct fault *fault = lower_verdict(arena, &lower);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
        lower.status = DEAL_WON;
        check_problem(lower_verdict(arena, &lower), PROBLEM_DEAL_CLOSED, "row %zu", i);
        lower.status = DEAL_OPEN, lower.has_claim = false;
        check_problem(lower_verdict(arena, &lower), PROBLEM_NO_CLAIM, "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_model_is_whole),
        cmocka_unit_test(readiness_lists_what_is_missing_and_who_owes_it),
        cmocka_unit_test(a_computed_criterion_needs_no_confirmation),
        cmocka_unit_test(a_claimed_deal_enters_at_the_first_gap),
        cmocka_unit_test(facts_compute_criteria),
        cmocka_unit_test_setup_teardown(one_side_proposes_the_other_confirms, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_proposal_ends, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_gate_lists_everything, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_computed_criterion_stops_a_proposal, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_deal_moves_by_one_from_where_it_stands, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_proposal_is_declined_or_taken_back, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_closed_deal_is_reopened_with_a_reason, arena_setup, arena_teardown),
        cmocka_unit_test(a_reopened_deal_stands_before_the_last_stage),
        cmocka_unit_test_setup_teardown(a_side_lowers_itself_alone, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
