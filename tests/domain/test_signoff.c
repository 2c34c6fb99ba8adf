/* One signature: who, on which version, until which instant. Each row spoils one thing of a good signature. */
#include "check.h"

#include "tandem/domain/attribution.h"
#include "tandem/domain/role.h"

enum { OWNER = 11, MANAGER = 22 };

static struct claim_facts pending_claim(void) {
    int64_t now = instant("2026-12-05T10:00:00Z");
    return (struct claim_facts){.now = now,
                                .deadline_at = now,
                                .status = DEAL_OPEN,
                                .has_claim = true,
                                .claim_kind = CLAIM_KIND_REGISTRATION,
                                .claim_version = 3,
                                .claim_state = CLAIM_PENDING};
}

static struct signoff owner_signs(void) {
    return (struct signoff){.role = SIGNOFF_AE,
                            .decision = DECISION_SIGN,
                            .claim_version = 3,
                            .is_owner = true,
                            .roles = ROLE_BIT(ROLE_AE),
                            .signer = OWNER,
                            .other_signer = MANAGER,
                            .own_decision = -1};
}

static struct signoff manager_signs(void) {
    return (struct signoff){.role = SIGNOFF_PARTNER_MANAGER,
                            .decision = DECISION_SIGN,
                            .claim_version = 3,
                            .roles = ROLE_BIT(ROLE_PARTNER_MANAGER),
                            .manages_partner = true,
                            .signer = MANAGER,
                            .own_decision = DECISION_NONE};
}

static void expect(struct arena *arena, const struct claim_facts *facts, const struct signoff *signoff,
                   enum problem problem, const char *what) {
    check_problem(signoff_verdict(arena, facts, signoff), problem, "%s", what);
}

static void good_signatures_pass(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    expect(*state, &facts, &signoff, OK, "owner, at the deadline itself");
    signoff = manager_signs();
    expect(*state, &facts, &signoff, OK, "manager of the partner");
    signoff.roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER), signoff.manages_partner = false;
    expect(*state, &facts, &signoff, OK, "leader for any partner");
    facts.status = DEAL_WON;
    expect(*state, &facts, &signoff, OK, "a win that is not resolved yet");
    signoff.decision = DECISION_DECLINE, signoff.reason = "we met the customer in May";
    expect(*state, &facts, &signoff, OK, "a decline with a reason");
}

static void the_wrong_person_is_refused(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    signoff.is_owner = false;
    expect(*state, &facts, &signoff, PROBLEM_NOT_DEAL_OWNER, "an AE of another deal");
    signoff = owner_signs();
    signoff.roles = ROLE_BIT(ROLE_ADMIN);
    expect(*state, &facts, &signoff, PROBLEM_NOT_DEAL_OWNER, "an owner without the role");
    signoff = manager_signs();
    signoff.manages_partner = false;
    expect(*state, &facts, &signoff, PROBLEM_NOT_PARTNER_MANAGER, "a manager of another partner");
    signoff = manager_signs();
    signoff.roles = ROLE_BIT(ROLE_AE);
    expect(*state, &facts, &signoff, PROBLEM_NOT_PARTNER_MANAGER, "no manager at all");
    signoff = manager_signs();
    signoff.other_signer = MANAGER;
    expect(*state, &facts, &signoff, PROBLEM_SAME_SIGNER, "the same person twice");
    facts.has_claim = false;
    expect(*state, &facts, &signoff, PROBLEM_NO_CLAIM, "no claim");
}

static void time_and_version_are_exact(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    facts.now = facts.deadline_at + 1;
    expect(*state, &facts, &signoff, PROBLEM_CLAIM_WINDOW_CLOSED, "a microsecond late");
    signoff.claim_version = 2;
    expect(*state, &facts, &signoff, PROBLEM_CLAIM_VERSION_STALE, "an older version, late too");
    facts = pending_claim();
    expect(*state, &facts, &signoff, PROBLEM_CLAIM_VERSION_STALE, "an older version");
    signoff.claim_version = 4;
    expect(*state, &facts, &signoff, PROBLEM_CLAIM_VERSION_STALE, "a version that is not there yet");
}

static void what_is_decided_stays(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    signoff.own_decision = DECISION_SIGN;
    expect(*state, &facts, &signoff, PROBLEM_ALREADY_SIGNED, "signed before");
    signoff.own_decision = DECISION_DECLINE;
    facts.claim_state = CLAIM_DISPUTED;
    expect(*state, &facts, &signoff, PROBLEM_ALREADY_SIGNED, "declined before");
    signoff.own_decision = DECISION_NONE;
    expect(*state, &facts, &signoff, PROBLEM_INVALID_STATE, "disputed by the other");
    facts = pending_claim();
    facts.resolved = true, facts.status = DEAL_WON;
    expect(*state, &facts, &signoff, PROBLEM_DEAL_CLOSED, "resolved");
    facts = pending_claim();
    facts.status = DEAL_LOST;
    expect(*state, &facts, &signoff, PROBLEM_DEAL_CLOSED, "lost");
}

static void declining_needs_a_reason(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    signoff.decision = DECISION_DECLINE;
    struct fault *fault = signoff_verdict(*state, &facts, &signoff);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "no reason");
    assert_string_equal(fields_text(*state, fault->fields), "/reason required");
    signoff.reason = "n/a";
    assert_string_equal(fields_text(*state, signoff_verdict(*state, &facts, &signoff)->fields),
                        "/reason placeholder");
}

static void each_signs_as_what_they_are(void **state) {
    (void)state;
    enum {
        AE = ROLE_BIT(ROLE_AE),
        PM = ROLE_BIT(ROLE_PARTNER_MANAGER),
        LEADER = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)
    };
    static const struct {
        struct signoff signoff;
        enum signoff_role role;
    } rows[] = {
        {{.roles = AE, .is_owner = true}, SIGNOFF_AE},
        {{.roles = AE}, SIGNOFF_AE},
        {{.roles = PM}, SIGNOFF_PARTNER_MANAGER},
        {{.roles = PM, .is_owner = true}, SIGNOFF_PARTNER_MANAGER},
        {{.roles = AE | PM, .is_owner = true}, SIGNOFF_AE},
        {{.roles = AE | PM}, SIGNOFF_PARTNER_MANAGER},
        {{.roles = LEADER}, SIGNOFF_PARTNER_MANAGER},
        /* its own duty comes before a lent one, a lent one before what a leader may */
        {{.roles = AE | PM, .is_owner = true, .for_manager = true}, SIGNOFF_AE},
        {{.roles = AE | PM, .manages_partner = true, .for_owner = true}, SIGNOFF_PARTNER_MANAGER},
        {{.roles = AE | LEADER, .for_owner = true}, SIGNOFF_AE},
        {{.roles = PM, .for_owner = true}, SIGNOFF_PARTNER_MANAGER},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(signoff_role(&rows[i].signoff) == rows[i].role, "row %zu", i);
}

static void a_lent_duty_is_signed_but_never_by_the_other_signer(void **state) {
    struct claim_facts facts = pending_claim();
    struct signoff signoff = owner_signs();
    signoff.is_owner = false, signoff.signer = 33;
    expect(*state, &facts, &signoff, PROBLEM_NOT_DEAL_OWNER, "nothing is lent");
    signoff.for_owner = true;
    expect(*state, &facts, &signoff, OK, "for the owner");
    check(signoff_is_lent(&signoff), "it says for whom");
    signoff.manages_partner = true;
    expect(*state, &facts, &signoff, PROBLEM_SAME_SIGNER, "lent to the partner's manager");
    signoff.manages_partner = false, signoff.roles = ROLE_BIT(ROLE_PARTNER_MANAGER);
    expect(*state, &facts, &signoff, PROBLEM_NOT_DEAL_OWNER, "without the role");
    facts.now = facts.deadline_at + 1;
    signoff.roles = ROLE_BIT(ROLE_AE);
    expect(*state, &facts, &signoff, PROBLEM_CLAIM_WINDOW_CLOSED, "the window never extends");

    facts = pending_claim(), signoff = manager_signs();
    check(!signoff_is_lent(&signoff), "the manager's own");
    signoff.manages_partner = false, signoff.signer = 33;
    expect(*state, &facts, &signoff, PROBLEM_NOT_PARTNER_MANAGER, "nothing is lent");
    signoff.for_manager = true;
    expect(*state, &facts, &signoff, OK, "for the manager");
    check(signoff_is_lent(&signoff), "it says for whom");
    signoff.is_owner = true;
    expect(*state, &facts, &signoff, PROBLEM_SAME_SIGNER, "lent to the owner");
    signoff.is_owner = false, signoff.other_signer = 33;
    expect(*state, &facts, &signoff, PROBLEM_SAME_SIGNER, "both are lent to one");
}

static void one_sourced_claim_on_a_deal_is_signed(void **state) {
    static const struct {
        int value, decision, other_decision;
        bool sourced_signed;
        enum problem problem;
    } rows[] = {
        {ATTRIBUTION_SOURCED, DECISION_SIGN, DECISION_SIGN, false, OK},
        {ATTRIBUTION_SOURCED, DECISION_SIGN, DECISION_SIGN, true, PROBLEM_SOURCED_CLAIM_EXISTS},
        {ATTRIBUTION_SOURCED, DECISION_SIGN, DECISION_NONE, true, OK},
        {ATTRIBUTION_SOURCED, DECISION_SIGN, -1, true, OK},
        {ATTRIBUTION_SOURCED, DECISION_DECLINE, DECISION_SIGN, true, OK},
        {ATTRIBUTION_INFLUENCED, DECISION_SIGN, DECISION_SIGN, true, OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct claim_facts facts = pending_claim();
        struct signoff signoff = owner_signs();
        facts.claim_value = rows[i].value, facts.sourced_signed = rows[i].sourced_signed;
        signoff.decision = rows[i].decision, signoff.other_decision = rows[i].other_decision;
        signoff.reason = "They came second";
        check_problem(signoff_verdict(*state, &facts, &signoff), rows[i].problem, "row %zu", i);
        check(signoff_completes(&signoff) ==
                  (rows[i].decision == DECISION_SIGN && rows[i].other_decision == DECISION_SIGN),
              "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_sourced_claim_on_a_deal_is_signed, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(good_signatures_pass, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_wrong_person_is_refused, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(time_and_version_are_exact, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_decided_stays, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(declining_needs_a_reason, arena_setup, arena_teardown),
        cmocka_unit_test(each_signs_as_what_they_are),
        cmocka_unit_test_setup_teardown(a_lent_duty_is_signed_but_never_by_the_other_signer, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
