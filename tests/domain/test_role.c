/* Sides follow from roles; the two sides never mix. */
#include "check.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_side_follows_from_the_roles),
        cmocka_unit_test(every_role_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
