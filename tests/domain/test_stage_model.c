/* The default stage model, and the linter: each rule on both sides of its edge, and everything at once. */
#include "check.h"
#include "states.h"

#include "tandem/domain/stage.h"

enum { STAGES_MAX = 9, CRITERIA_MAX = 20 };

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

/* The default model, to be spoilt. */
struct draft {
    struct stage stages[STAGES_MAX];
    struct criterion criteria[CRITERIA_MAX];
    struct stage_model model;
};

static struct draft *draft_make(struct draft *draft) {
    const struct stage_model *model = &stage_model_default;
    *draft = (struct draft){.model = *model};
    memcpy(draft->stages, model->stages, model->stage_count * sizeof *model->stages);
    memcpy(draft->criteria, model->criteria, model->criterion_count * sizeof *model->criteria);
    draft->model.stages = draft->stages;
    draft->model.criteria = draft->criteria;
    return draft;
}

static struct criterion *criterion_of(struct draft *draft, const char *key) {
    for (size_t i = 0; i < draft->model.criterion_count; i++)
        if (!strcmp(draft->criteria[i].key, key))
            return &draft->criteria[i];
    fail_msg("no criterion %s", key);
    return NULL;
}

static void expect(struct arena *arena, const struct draft *draft, const char *fields) {
    struct field_faults faults = {.arena = arena};
    stage_model_lint(&draft->model, &faults);
    assert_string_equal(fields_text(arena, faults.first), fields);
}

static void the_default_model_passes(void **state) {
    struct draft draft;
    expect(*state, draft_make(&draft), "");
}

static void a_feeling_points_at_nothing(void **state) {
    static const struct {
        const char *text;
        bool feeling;
    } rows[] = {
        {"confidence", true},      {"interest", true},
        {"good_fit", true},        {"Good fit", true},
        {"strong_interest", true}, {"The customer is interested", true},
        {"High confidence", true}, {"need", false},
        {"budget", false},         {"fit_analysis", false},
        {"interest_rate", false},  {"reason_to_act", false},
        {"good", false},           {"the_customer", false},
        {"fitting", false},        {"", false},
        {"outcome", false},        {"trust_agreement", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check(stage_text_is_feeling(rows[i].text) == rows[i].feeling, "%s", rows[i].text);
    struct draft draft;
    criterion_of(draft_make(&draft), "need")->key = "confidence";
    expect(*state, &draft, "/stages/1/criteria/0/key feeling");
    criterion_of(&draft, "confidence")->needs = NEEDS_CUSTOMER_PERSON; /* a person said so */
    expect(*state, &draft, "");
    criterion_of(&draft, "confidence")->needs = 0;
    criterion_of(&draft, "confidence")->type = EVIDENCE_DOCUMENT;
    expect(*state, &draft, "");
    criterion_of(draft_make(&draft), "budget")->name = "Strong interest of the customer";
    expect(*state, &draft, "/stages/1/criteria/1/key feeling");
}

static void each_stage_asks_for_something(void **state) {
    struct draft draft;
    draft_make(&draft);
    criterion_of(&draft, "customer_evaluation")->stage_number = 2;
    criterion_of(&draft, "close_plan")->stage_number = 2;
    expect(*state, &draft, "/stages/2/criteria required");
}

static void both_sides_qualify_the_deal(void **state) {
    struct draft draft;
    draft_make(&draft);
    draft.stages[1].rollup = ROLLUP_DISCOVERY;
    expect(*state, &draft, "/stages no_joint_qualification");
    draft_make(&draft);
    for (size_t i = 0; i < draft.model.criterion_count; i++)
        if (draft.criteria[i].stage_number == 2)
            draft.criteria[i] = (struct criterion){"owners_named", 2, EVIDENCE_COMPUTED, 0};
    struct field_faults faults = {.arena = *state};
    stage_model_lint(&draft.model, &faults);
    assert_non_null(strstr(fields_text(*state, faults.first), "/stages no_joint_qualification"));
}

static void the_customer_confirms_before_a_commit(void **state) {
    struct draft draft;
    draft_make(&draft);
    criterion_of(&draft, "customer_evaluation")->needs = NEEDS_CUSTOMER_PERSON; /* nobody knows when */
    expect(*state, &draft, "/stages/3/ceiling no_customer_confirmation");
    draft_make(&draft);
    draft.stages[2].ceiling = CATEGORY_COMMIT; /* the criterion of the stage itself comes too late */
    expect(*state, &draft, "/stages/2/ceiling no_customer_confirmation");
    draft_make(&draft);
    criterion_of(&draft, "customer_evaluation")->needs = 0;
    draft.stages[3].ceiling = CATEGORY_BEST_CASE; /* then the close is the first that commits */
    expect(*state, &draft, "/stages/4/ceiling no_customer_confirmation");
}

static void the_map_leads_from_discovery_to_closed(void **state) {
    struct draft draft;
    draft_make(&draft);
    draft.stages[0].rollup = ROLLUP_VALIDATION;
    expect(*state, &draft, "/stages/0/rollup no_discovery");
    draft_make(&draft);
    draft.stages[3].rollup = ROLLUP_VALIDATION;
    expect(*state, &draft, "/stages/3/rollup steps_back");
    draft_make(&draft);
    draft.stages[3].rollup = ROLLUP_PROPOSAL; /* two stages of one roll-up stage */
    expect(*state, &draft, "");
    draft.stages[4].rollup = ROLLUP_NEGOTIATION;
    expect(*state, &draft, "/stages/4/rollup no_closing");
    draft_make(&draft);
    draft.stages[3].rollup = ROLLUP_CLOSED;
    expect(*state, &draft, "/stages/3/rollup closes_early");
}

static void ceilings_never_sink(void **state) {
    struct draft draft;
    draft_make(&draft);
    draft.stages[2].ceiling = CATEGORY_OMITTED;
    expect(*state, &draft, "/stages/2/ceiling sinks");
    draft.stages[2].ceiling = CATEGORY_PIPELINE; /* as much is enough */
    expect(*state, &draft, "");
    draft.stages[4].ceiling = CATEGORY_COMMIT;
    expect(*state, &draft, "/stages/4/rollup no_closing");
}

static void keys_stand_once_and_computed_ones_are_known(void **state) {
    struct draft draft;
    draft_make(&draft);
    draft.stages[3].key = "qualified";
    criterion_of(&draft, "handoffs")->key = "need";
    criterion_of(&draft, "owners_named")->key = "weather";
    criterion_of(&draft, "clean_registration")->needs = NEEDS_PAST_DATE;
    expect(*state, &draft,
           "/stages/3/key repeated, /stages/0/criteria/0/needs not_applicable, "
           "/stages/0/criteria/1/key unknown_computed, /stages/3/criteria/1/key repeated");
    draft_make(&draft);
    criterion_of(&draft, "owners_named")->key = "attribution_resolved";
    criterion_of(&draft, "outcome")->stage_number = 5;
    draft.model.criterion_count--;
    expect(*state, &draft, "/stages/0/criteria/1/key only_at_close");
}

static void an_unusual_length_is_a_warning(void **state) {
    for (size_t count = 2; count <= STAGES_MAX; count++) {
        struct draft draft;
        draft_make(&draft)->model.stage_count = count;
        struct field_faults warnings = {.arena = *state};
        stage_model_warn(&draft.model, &warnings);
        check((warnings.first != NULL) == (count < 4 || count > 6), "%zu stages", count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_model_is_whole),
        cmocka_unit_test_setup_teardown(the_default_model_passes, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_feeling_points_at_nothing, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(each_stage_asks_for_something, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(both_sides_qualify_the_deal, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_customer_confirms_before_a_commit, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_map_leads_from_discovery_to_closed, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(ceilings_never_sink, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(keys_stand_once_and_computed_ones_are_known, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_unusual_length_is_a_warning, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
