/* An approval that names a deal: which deal, what that settles, and whose deal it is. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/registration.h"
#include "tandem/domain/role.h"

static struct approval linking(void) {
    return (struct approval){
        .state = REGISTRATION_SUBMITTED,
        .verdict_before = VERDICT_EXISTING_DEAL,
        .resolution = RESOLUTION_LINKED,
        .resolution_reason = "The customer speaks of this project",
        .link = {.deal = "deal", .same_account = true, .same_family = true, .status = DEAL_OPEN, .owner = 1},
        .ae = {.known = true, .active = true, .person = 1, .roles = ROLE_BIT(ROLE_AE)},
        .partner_manager = {.known = true,
                            .active = true,
                            .person = 2,
                            .roles = ROLE_BIT(ROLE_PARTNER_MANAGER),
                            .manages_partner = true},
    };
}

static void an_open_deal_of_account_and_family_is_named(void **state) {
    struct arena *arena = *state;
    struct approval approval = linking();
    check_problem(registration_approve_verdict(arena, &approval), OK, "an open one");
    approval.link.same_account = approval.link.same_family = false, approval.resolution_reason = "TBD";
    assert_string_equal(fields_text(arena, registration_approve_verdict(arena, &approval)->fields),
                        "/opportunity_id other_account, /opportunity_id other_family, /resolution/reason "
                        "placeholder");
    for (int status = DEAL_WON; status <= DEAL_REMOVED; status++) {
        approval = linking(), approval.link.status = status;
        check_problem(registration_approve_verdict(arena, &approval), PROBLEM_DEAL_CLOSED, "status %d",
                      status);
    }
    approval = linking(), approval.link.has_claim = true;
    check_problem(registration_approve_verdict(arena, &approval), PROBLEM_CLAIM_EXISTS, "a second claim");
}

static void the_owner_is_the_ae(void **state) {
    struct approval approval = linking();
    approval.link.owner = 7;
    assert_string_equal(fields_text(*state, registration_approve_verdict(*state, &approval)->fields),
                        "/ae not_owner");
    approval.link.owner = 0;
    check_problem(registration_approve_verdict(*state, &approval), OK, "nobody owns it");
}

/* Registrations R and opportunities O on the customer's own account. */
#define R(...)                                                                                               \
    {                                                                                                        \
        .kind = CANDIDATE_REGISTRATION, .matched_by = MATCH_DOMAIN, .own_account = true, .id = "F",          \
        __VA_ARGS__                                                                                          \
    }
#define O(...)                                                                                               \
    { .kind = CANDIDATE_OPPORTUNITY, .matched_by = MATCH_DOMAIN, .own_account = true, .id = "F", __VA_ARGS__ }

static void naming_a_deal_settles_what_it_takes_nothing_from(void **state) {
    static const struct {
        struct candidate found;
        enum problem problem;
    } rows[] = {
        {O(.state = DEAL_OPEN, .deal = "deal"), OK},
        {O(.state = DEAL_OPEN, .deal = "another"), OK}, /* which of them is meant has been said */
        {R(.state = 3, .is_protected = true, .deal = "deal"), OK},
        {R(.state = 3, .is_protected = true, .deal = "another"), PROBLEM_CONFLICT_UNRESOLVED},
        {R(.state = 3, .is_protected = true, .same_partner = true, .deal = "another"),
         PROBLEM_CONFLICT_UNRESOLVED},
        {R(.state = 1, .submitted_earlier = true), PROBLEM_EARLIER_REGISTRATION_PENDING},
        {R(.state = 1, .submitted_earlier = true, .same_partner = true), PROBLEM_CONFLICT_UNRESOLVED},
        {R(.state = 1), OK},
        /* by name on another account: the named deal says whose customer it is */
        {{.kind = CANDIDATE_REGISTRATION, .matched_by = MATCH_SIMILAR, .state = 1, .submitted_earlier = true},
         OK},
        {{.kind = CANDIDATE_OPPORTUNITY,
          .matched_by = MATCH_NAME,
          .state = DEAL_OPEN,
          .account_differs = true},
         OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct candidate both[] = {rows[i].found, O(.state = DEAL_OPEN, .deal = "deal")};
        struct approval approval = linking();
        approval.candidates = both, approval.candidate_count = 2;
        check_problem(registration_approve_verdict(*state, &approval), rows[i].problem, "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_open_deal_of_account_and_family_is_named, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_owner_is_the_ae, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(naming_a_deal_settles_what_it_takes_nothing_from, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
