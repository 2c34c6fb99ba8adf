/* The moves of two sides: proposed, confirmed, declined, lowered. */
#include "check.h"
#include "deals.h"
#include "states.h"

#include "tandem/domain/attribution.h"
#include "tandem/domain/registration.h"

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
        cmocka_unit_test_setup_teardown(one_side_proposes_the_other_confirms, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_proposal_ends, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_gate_lists_everything, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_computed_criterion_stops_a_proposal, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_deal_moves_by_one_from_where_it_stands, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_proposal_is_declined_or_taken_back, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_side_lowers_itself_alone, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
