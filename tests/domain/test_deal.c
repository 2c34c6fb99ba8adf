/* One deal under every rule: claim states, ceilings, the order of the withheld rules, closing. */
#include "check.h"
#include "deals.h"

static void a_claim_has_one_state(void **state) {
    (void)state;
    enum { NO = -1, SIGN = DECISION_SIGN, DECLINE = DECISION_DECLINE };
    static const struct {
        int value, ae, manager;
        bool open, late, disputed;
        enum claim_state expected;
    } rows[] = {
        {-1, NO, NO, true, false, false, CLAIM_NONE},
        {0, NO, NO, true, false, false, CLAIM_NONE},
        {1, NO, NO, true, false, false, CLAIM_PENDING},
        {1, SIGN, NO, true, false, false, CLAIM_PENDING},
        {1, 0, SIGN, true, false, false, CLAIM_PENDING},
        {1, SIGN, SIGN, true, false, false, CLAIM_SIGNED},
        {2, SIGN, SIGN, false, false, false, CLAIM_SIGNED},
        {1, NO, NO, false, false, false, CLAIM_LAPSED},
        {1, SIGN, NO, false, false, false, CLAIM_LAPSED},
        {1, DECLINE, SIGN, true, false, false, CLAIM_DISPUTED},
        {1, SIGN, DECLINE, true, false, false, CLAIM_DISPUTED},
        {1, SIGN, DECLINE, false, false, false, CLAIM_LAPSED},
        {1, NO, NO, true, false, true, CLAIM_DISPUTED},
        {1, NO, NO, false, false, true, CLAIM_LAPSED},
        {1, SIGN, SIGN, true, false, true, CLAIM_DISPUTED},
        {1, SIGN, SIGN, false, false, true, CLAIM_LAPSED},
        {2, NO, NO, false, true, false, CLAIM_LAPSED},
        {2, SIGN, SIGN, false, true, false, CLAIM_LAPSED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct deal_signals deal = direct_deal();
        deal.claim_value = rows[i].value;
        deal.ae_decision = rows[i].ae;
        deal.manager_decision = rows[i].manager;
        deal.window_open = rows[i].open;
        deal.claim_late = rows[i].late;
        deal.claim_disputed = rows[i].disputed;
        check(claim_state(&deal) == rows[i].expected, "row %zu", i);
    }
}

static void the_class_follows_from_the_claim(void **state) {
    (void)state;
    struct deal_signals deal = direct_deal();
    assert_int_equal(deal_assess(&deal).report_class, CLASS_DIRECT);
    deal = sourced_deal();
    assert_int_equal(deal_assess(&deal).report_class, CLASS_SOURCED);
    deal.claim_value = ATTRIBUTION_INFLUENCED;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_INFLUENCED);
    deal.manager_decision = DECISION_NONE;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_INFLUENCED); /* pending stays in its class */
    deal.manager_decision = DECISION_DECLINE;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_INFLUENCED); /* disputed too */
    deal.window_open = false;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_UNATTRIBUTED);
    deal = sourced_deal();
    deal.claim_late = true;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_UNATTRIBUTED);
}

/* Closed before it was loaded, nobody signed, the window long over. */
static void history_counts_as_it_was_stated(void **state) {
    (void)state;
    for (int value = ATTRIBUTION_SOURCED; value <= ATTRIBUTION_INFLUENCED; value++) {
        struct deal_signals deal = direct_deal();
        deal.status = DEAL_WON, deal.claim_value = value, deal.resolved = true;
        deal.vendor_stage = deal.partner_stage = 1;
        assert_int_equal(claim_state(&deal), CLAIM_LAPSED); /* open when it was loaded */
        assert_int_equal(deal_assess(&deal).report_class, CLASS_UNATTRIBUTED);
        deal.claim_stated = true;
        const struct deal_assessment won = deal_assess(&deal);
        assert_int_equal(won.claim_state, CLAIM_STATED);
        assert_int_equal(won.report_class, value == ATTRIBUTION_SOURCED ? CLASS_SOURCED : CLASS_INFLUENCED);
        assert_false(won.closed_unresolved);
        assert_int_equal(won.debtor, DEBTOR_NONE);
        deal.resolved =
            false; /* two deals of history have become one: the owner says how their partners share it */
        assert_true(deal_assess(&deal).closed_unresolved);
        assert_int_equal(deal_assess(&deal).debtor, DEBTOR_AE);
    }
}

static void every_ceiling_caps_the_call(void **state) {
    (void)state;
    for (int call = CATEGORY_OMITTED; call <= CATEGORY_COMMIT; call++)
        for (int vendor = CATEGORY_OMITTED; vendor <= CATEGORY_CLOSED; vendor++)
            for (int partner = CATEGORY_OMITTED; partner <= CATEGORY_CLOSED; partner++)
                for (int stalled = 0; stalled < 2; stalled++) {
                    struct deal_signals deal = sourced_deal();
                    deal.category_call = call;
                    deal.vendor_ceiling = vendor;
                    deal.partner_ceiling = partner;
                    deal.stalled = stalled;
                    int lowest = call < vendor ? call : vendor;
                    lowest = lowest < partner ? lowest : partner;
                    if (stalled && lowest > CATEGORY_PIPELINE)
                        lowest = CATEGORY_PIPELINE;
                    check((int)deal_assess(&deal).category == lowest, "call %d under %d and %d, stalled %d",
                          call, vendor, partner, stalled);
                    deal.claim_value = -1; /* direct: no ceiling of a stage */
                    lowest = stalled && call > CATEGORY_PIPELINE ? CATEGORY_PIPELINE : call;
                    check((int)deal_assess(&deal).category == lowest, "direct call %d, stalled %d", call,
                          stalled);
                }
}

static void no_call_reads_as_pipeline(void **state) {
    (void)state;
    static const int calls[] = {-1, 0, CATEGORY_CLOSED, 99};
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct deal_signals deal = direct_deal();
        deal.category_call = calls[i];
        check(deal_assess(&deal).category == CATEGORY_PIPELINE, "call %d", calls[i]);
    }
}

/* Each rule is switched on on top of all later ones: the first in order must answer. */
static void the_first_failing_rule_withholds(void **state) {
    (void)state;
    static const struct {
        enum withheld_rule rule;
        const char *owed_by;
    } order[] = {
        {WITHHELD_NO_RATE, "admin"},
        {WITHHELD_NO_AMOUNT, "ae"},
        {WITHHELD_OVERDUE, "ae"},
        {WITHHELD_STALE, "ae"},
        {WITHHELD_OMITTED, "ae"},
        {WITHHELD_STAGE_ONE, "vendor_and_partner"},
        {WITHHELD_DISPUTED, "ae_and_partner_manager"},
        {WITHHELD_CONTESTED, "partner_manager"},
    };
    struct deal_signals deal = sourced_deal();
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_NOT);
    assert_null(deal_assess(&deal).owed_by);
    for (size_t i = 0; i < COUNT(order); i++) {
        switch (order[i].rule) {
        case WITHHELD_NO_RATE: deal.has_rate = false; break;
        case WITHHELD_NO_AMOUNT: deal.has_amount = false; break;
        case WITHHELD_OVERDUE: deal.overdue = true; break;
        case WITHHELD_STALE: deal.stale = true; break;
        case WITHHELD_OMITTED: deal.category_call = CATEGORY_OMITTED; break;
        case WITHHELD_STAGE_ONE:
            deal.vendor_stage = deal.partner_stage = 1;
            deal.vendor_ceiling = deal.partner_ceiling = CATEGORY_OMITTED;
            break;
        case WITHHELD_DISPUTED: deal.manager_decision = DECISION_DECLINE; break;
        default: deal.contested = true;
        }
        struct deal_assessment found = deal_assess(&deal);
        check(found.withheld == order[i].rule, "%s", choice_name(withheld_rules, order[i].rule));
        assert_string_equal(found.owed_by, order[i].owed_by);
        assert_int_equal(found.report_class, CLASS_SOURCED);
    }
    deal = sourced_deal();
    deal.stale = true;
    deal.manager_decision = DECISION_NONE;
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_AWAITING_SIGNATURE);
    deal.contested = true;
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_CONTESTED);
}

static void partner_rules_spare_direct_and_unattributed(void **state) {
    (void)state;
    struct deal_signals deal = direct_deal();
    deal.contested = true;
    deal.claim_disputed = true;
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_NOT);
    assert_int_equal(deal_assess(&deal).stage, 0);
    deal = sourced_deal(); /* lapsed in stage 1: in no partner column, so under no partner rule */
    deal.window_open = false;
    deal.ae_decision = DECISION_NONE;
    deal.contested = true;
    deal.vendor_stage = deal.partner_stage = 1;
    deal.vendor_ceiling = deal.partner_ceiling = CATEGORY_OMITTED;
    assert_int_equal(deal_assess(&deal).report_class, CLASS_UNATTRIBUTED);
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_NOT);
    assert_int_equal(deal_assess(&deal).category, CATEGORY_COMMIT);
    deal.overdue = true;
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_OVERDUE);
}

static void who_is_missing_is_named(void **state) {
    (void)state;
    struct deal_signals deal = sourced_deal();
    deal.ae_decision = DECISION_NONE;
    assert_string_equal(deal_assess(&deal).owed_by, "ae");
    deal.manager_decision = -1;
    assert_string_equal(deal_assess(&deal).owed_by, "ae_and_partner_manager");
    deal.ae_decision = DECISION_SIGN;
    assert_string_equal(deal_assess(&deal).owed_by, "partner_manager");
    deal = sourced_deal();
    deal.vendor_stage = 1;
    assert_string_equal(deal_assess(&deal).owed_by, "vendor");
    deal.vendor_stage = 2, deal.partner_stage = 1;
    assert_string_equal(deal_assess(&deal).owed_by, "partner");
    deal = sourced_deal(); /* omitted by a ceiling, not by the call: the stage must move */
    deal.partner_ceiling = CATEGORY_OMITTED;
    assert_int_equal(deal_assess(&deal).withheld, WITHHELD_OMITTED);
    assert_string_equal(deal_assess(&deal).owed_by, "vendor_and_partner");
}

static void the_lower_side_counts(void **state) {
    (void)state;
    struct deal_signals deal = sourced_deal();
    assert_false(deal_assess(&deal).divergent);
    deal.partner_stage = 2;
    deal.partner_ceiling = CATEGORY_PIPELINE;
    struct deal_assessment found = deal_assess(&deal);
    assert_int_equal(found.stage, 2);
    assert_int_equal(found.category, CATEGORY_PIPELINE);
    assert_true(found.divergent);
}

static void a_win_counts_when_signed_and_resolved(void **state) {
    (void)state;
    struct deal_signals deal = sourced_deal();
    deal.status = DEAL_WON;
    deal.stale = deal.overdue = true; /* closed: nothing withholds */
    deal.resolved = true;
    struct deal_assessment found = deal_assess(&deal);
    assert_false(found.closed_unresolved);
    assert_int_equal(found.category, CATEGORY_CLOSED);
    assert_int_equal(found.withheld, WITHHELD_NOT);
    assert_null(found.owed_by);
    deal.resolved = false;
    assert_true(deal_assess(&deal).closed_unresolved);
    assert_string_equal(deal_assess(&deal).owed_by, "ae");
    deal.resolved = true, deal.ae_decision = DECISION_NONE;
    assert_true(deal_assess(&deal).closed_unresolved);
    assert_string_equal(deal_assess(&deal).owed_by, "ae");
    deal.manager_decision = DECISION_DECLINE;
    assert_string_equal(deal_assess(&deal).owed_by, "ae_and_partner_manager");
    deal.window_open = false; /* lapsed: stands in unattributed as won */
    found = deal_assess(&deal);
    assert_false(found.closed_unresolved);
    assert_int_equal(found.report_class, CLASS_UNATTRIBUTED);
    deal = direct_deal();
    deal.status = DEAL_WON;
    assert_false(deal_assess(&deal).closed_unresolved);
}

static void every_code_has_its_word(void **state) {
    (void)state;
    for (int code = WITHHELD_CONTESTED; code < WITHHELD_COUNT; code++)
        assert_non_null(choice_name(withheld_rules, code));
    for (int code = DEBTOR_AE; code < DEBTOR_COUNT; code++)
        assert_non_null(choice_name(debtors, code));
    for (int code = CLASS_SOURCED; code < CLASS_COUNT; code++)
        assert_non_null(choice_name(report_classes, code));
    for (int code = CATEGORY_OMITTED; code <= CATEGORY_CLOSED; code++)
        assert_non_null(choice_name(categories, code));
    for (int code = ROLLUP_DISCOVERY; code <= ROLLUP_CLOSED; code++)
        assert_non_null(choice_name(rollups, code));
    for (int code = DEAL_OPEN; code <= DEAL_REMOVED; code++)
        assert_non_null(choice_name(deal_statuses, code));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_has_one_state),
        cmocka_unit_test(the_class_follows_from_the_claim),
        cmocka_unit_test(history_counts_as_it_was_stated),
        cmocka_unit_test(every_ceiling_caps_the_call),
        cmocka_unit_test(no_call_reads_as_pipeline),
        cmocka_unit_test(the_first_failing_rule_withholds),
        cmocka_unit_test(partner_rules_spare_direct_and_unattributed),
        cmocka_unit_test(who_is_missing_is_named),
        cmocka_unit_test(the_lower_side_counts),
        cmocka_unit_test(a_win_counts_when_signed_and_resolved),
        cmocka_unit_test(every_code_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
