/* Sides follow from roles; the two sides never mix. The default policy stands here too: it is data. */
#include "check.h"

#include "tandem/domain/policy.h"
#include "tandem/domain/role.h"

static void a_side_follows_from_the_roles(void **state) {
    (void)state;
    static const struct {
        unsigned roles;
        enum side side;
        bool mixed;
    } rows[] = {
        {0, SIDE_NONE, false},
        {ROLE_BIT(ROLE_PARTNER_REP), SIDE_PARTNER, false},
        {ROLE_BIT(ROLE_PRM_PORTAL), SIDE_PARTNER, false},
        {ROLE_BIT(ROLE_AE), SIDE_VENDOR, false},
        {ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_PARTNER_MANAGER), SIDE_VENDOR, false},
        {ROLE_BIT(ROLE_CFO), SIDE_VENDOR, false},
        {ROLE_BIT(ROLE_ADMIN), SIDE_VENDOR, false},
        {ROLE_BIT(ROLE_READER), SIDE_NONE, false},
        {ROLE_BIT(ROLE_CRM_SYNC), SIDE_NONE, false},
        {ROLE_BIT(ROLE_CRM_SYNC) | ROLE_BIT(ROLE_ADMIN), SIDE_VENDOR, false},
        {ROLE_BIT(ROLE_PARTNER_REP) | ROLE_BIT(ROLE_AE), SIDE_PARTNER, true},
        {ROLE_BIT(ROLE_PARTNER_REP) | ROLE_BIT(ROLE_READER), SIDE_PARTNER, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(roles_side(rows[i].roles) == rows[i].side, "roles %#x", rows[i].roles);
        check(roles_mixed(rows[i].roles) == rows[i].mixed, "roles %#x", rows[i].roles);
    }
}

static void every_role_has_its_name(void **state) {
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        const char *name = choice_name(role_names, role);
        int code = -1;
        check(name && choice_code(role_names, name, &code) && code == role, "role %d", role);
    }
    /* the database's checks name these bits */
    assert_int_equal(ROLES_PARTNER_SIDE, 513);
    assert_int_equal(ROLES_ALL, 1023);
}

static void the_default_policy_is_the_stated_one(void **state) {
    (void)state;
    assert_int_equal(policy_default.window_hours, 336);
    assert_int_equal(policy_default.protection_days, 90);
    assert_int_equal(policy_default.protection_extension_days, 30);
    assert_int_equal(policy_default.respond_business_days, 2);
    assert_int_equal(policy_default.changes_business_days, 10);
    assert_int_equal(policy_default.extension_days_max, 30);
    assert_int_equal(policy_default.submissions_per_day, 50);
    assert_int_equal(policy_default.stale_hours, 168);
    assert_int_equal(policy_default.proposal_days, 14);
    assert_int_equal(policy_default.backdated_business_days, 5);
    assert_int_equal(policy_default.coverage_lower_percent, 300);
    assert_int_equal(policy_default.coverage_upper_percent, 400);
    assert_int_equal(policy_default.probability_bp[CATEGORY_COMMIT], 9000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_BEST_CASE], 5000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_PIPELINE], 2000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_OMITTED], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_side_follows_from_the_roles),
        cmocka_unit_test(every_role_has_its_name),
        cmocka_unit_test(the_default_policy_is_the_stated_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
