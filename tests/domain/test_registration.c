/* What a registration collides with, what the partner reads of it, who may be named, what a customer must carry. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/registration.h"
#include "tandem/domain/role.h"

/* Short candidates: registrations R, opportunities O; by a similar name SR, SO. */
#define R(...)                                                                                               \
    { .kind = CANDIDATE_REGISTRATION, .matched_by = MATCH_DOMAIN, __VA_ARGS__ }
#define O(...)                                                                                               \
    { .kind = CANDIDATE_OPPORTUNITY, .matched_by = MATCH_DOMAIN, __VA_ARGS__ }
#define SR(...)                                                                                              \
    { .kind = CANDIDATE_REGISTRATION, .matched_by = MATCH_SIMILAR, __VA_ARGS__ }
#define SO(...)                                                                                              \
    { .kind = CANDIDATE_OPPORTUNITY, .matched_by = MATCH_SIMILAR, __VA_ARGS__ }

static void each_candidate_has_its_weight(void **state) {
    (void)state;
    static const struct {
        struct candidate candidate;
        enum registration_verdict verdict;
        const char *rule;
        bool earlier_pending;
    } rows[] = {
        {R(.state = 1, .submitted_earlier = true), VERDICT_CONTESTED, "earlier_registration", true},
        {R(.state = 2, .submitted_earlier = true), VERDICT_CONTESTED, "earlier_registration", true},
        {R(.state = 1), VERDICT_CLEAR, "no_conflict", false}, /* came later: first come */
        {R(.state = 3, .is_protected = true), VERDICT_CONTESTED, "protected_registration", false},
        {R(.state = 3, .submitted_earlier = true), VERDICT_CLEAR, "no_conflict",
         false}, /* protection is over */
        {R(.state = 4, .submitted_earlier = true), VERDICT_CLEAR, "no_conflict", false},
        {R(.state = 5, .submitted_earlier = true), VERDICT_CLEAR, "no_conflict", false},
        {R(.state = 6, .submitted_earlier = true), VERDICT_CLEAR, "no_conflict", false},
        {R(.state = 1, .submitted_earlier = true, .same_partner = true), VERDICT_DUPLICATE_OF_OWN,
         "own_registration", false},
        {R(.state = 1, .same_partner = true), VERDICT_CLEAR, "no_conflict", false},
        {R(.state = 3, .is_protected = true, .same_partner = true), VERDICT_DUPLICATE_OF_OWN,
         "own_protection", false},
        {R(.state = 1, .submitted_earlier = true, .other_family = true), VERDICT_CLEAR, "no_conflict", false},
        {R(.state = 3, .is_protected = true, .other_family = true), VERDICT_CLEAR, "no_conflict", false},
        {O(.state = DEAL_OPEN), VERDICT_EXISTING_DEAL, "open_opportunity", false},
        {O(.state = DEAL_OPEN, .same_partner = true), VERDICT_CLEAR, "no_conflict", false},
        {O(.state = DEAL_OPEN, .other_family = true), VERDICT_CLEAR, "no_conflict", false},
        {O(.state = DEAL_WON), VERDICT_CLEAR, "no_conflict", false},
        {O(.state = DEAL_LOST), VERDICT_CLEAR, "no_conflict", false},
        {O(.state = DEAL_OPEN, .account_differs = true), VERDICT_CONTESTED, "domain_and_name_differ", false},
        {{.kind = CANDIDATE_ACCOUNT, .matched_by = MATCH_NAME}, VERDICT_CLEAR, "no_conflict", false},
        {{.kind = CANDIDATE_ACCOUNT, .matched_by = MATCH_NAME, .account_differs = true},
         VERDICT_CONTESTED,
         "domain_and_name_differ",
         false},
        /* a similar name may be another customer's: contested whatever stands there, and alone nothing */
        {SR(.state = 1, .submitted_earlier = true), VERDICT_CONTESTED, "similar_name", true},
        {SR(.state = 1), VERDICT_CLEAR, "no_conflict", false},
        {SR(.state = 3, .is_protected = true), VERDICT_CONTESTED, "similar_name", false},
        {SR(.state = 3), VERDICT_CLEAR, "no_conflict", false},
        {SR(.state = 1, .submitted_earlier = true, .same_partner = true), VERDICT_DUPLICATE_OF_OWN,
         "own_similar_name", false},
        {SO(.state = DEAL_OPEN), VERDICT_CONTESTED, "similar_name", false},
        {SO(.state = DEAL_OPEN, .same_partner = true), VERDICT_CLEAR, "no_conflict", false},
        {SO(.state = DEAL_OPEN, .other_family = true), VERDICT_CLEAR, "no_conflict", false},
        {SO(.state = DEAL_WON), VERDICT_CLEAR, "no_conflict", false},
        {{.kind = CANDIDATE_ACCOUNT, .matched_by = MATCH_SIMILAR}, VERDICT_CLEAR, "no_conflict", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conflict found = candidate_verdict(&rows[i].candidate);
        check(found.verdict == rows[i].verdict && found.earlier_pending == rows[i].earlier_pending, "row %zu",
              i);
        assert_string_equal(found.rule, rows[i].rule);
        found = registration_verdict(&rows[i].candidate, 1);
        check(found.verdict == rows[i].verdict && found.earlier_pending == rows[i].earlier_pending, "row %zu",
              i);
    }
}

/* Whatever the order of the search, the gravest finding is the verdict. */
static void the_gravest_finding_decides(void **state) {
    (void)state;
    struct candidate candidates[] = {
        R(.state = 1),
        R(.state = 1, .submitted_earlier = true, .same_partner = true),
        R(.state = 1, .submitted_earlier = true),
        O(.state = DEAL_OPEN),
    };
    static const enum registration_verdict verdicts[] = {VERDICT_CLEAR, VERDICT_DUPLICATE_OF_OWN,
                                                         VERDICT_CONTESTED, VERDICT_EXISTING_DEAL};
    assert_int_equal(registration_verdict(NULL, 0).verdict, VERDICT_CLEAR);
    for (size_t count = 1; count <= COUNT(candidates); count++) {
        check(registration_verdict(candidates, count).verdict == verdicts[count - 1], "first %zu", count);
        check(registration_verdict(candidates, count).earlier_pending == (count >= 3), "first %zu", count);
        struct candidate reversed[COUNT(candidates)];
        for (size_t i = 0; i < count; i++)
            reversed[i] = candidates[count - 1 - i];
        check(registration_verdict(reversed, count).verdict == verdicts[count - 1], "reversed %zu", count);
    }
}

static void the_partner_reads_received_until_decided(void **state) {
    (void)state;
    for (int verdict = VERDICT_CLEAR; verdict <= VERDICT_DUPLICATE_OF_OWN; verdict++) {
        assert_int_equal(registration_partner_verdict(REGISTRATION_SUBMITTED, verdict, -1),
                         PARTNER_VERDICT_RECEIVED);
        assert_int_equal(registration_partner_verdict(REGISTRATION_CHANGES_REQUESTED, verdict, -1),
                         PARTNER_VERDICT_RECEIVED);
        assert_int_equal(registration_partner_verdict(REGISTRATION_WITHDRAWN, verdict, -1),
                         PARTNER_VERDICT_RECEIVED);
        assert_int_equal(registration_partner_verdict(REGISTRATION_EXPIRED, verdict, -1),
                         PARTNER_VERDICT_RECEIVED);
        assert_int_equal(registration_partner_verdict(REGISTRATION_APPROVED, verdict, -1),
                         PARTNER_VERDICT_CLEAR);
        assert_int_equal(registration_partner_verdict(REGISTRATION_REJECTED, verdict, REJECT_NOT_QUALIFIED),
                         verdict == VERDICT_CLEAR ? PARTNER_VERDICT_CLEAR : PARTNER_VERDICT_NOT_CLEAR);
    }
    assert_int_equal(registration_partner_verdict(REGISTRATION_REJECTED, VERDICT_CLEAR, REJECT_EXISTING_DEAL),
                     PARTNER_VERDICT_NOT_CLEAR);
    assert_int_equal(
        registration_partner_verdict(REGISTRATION_REJECTED, VERDICT_CLEAR, REJECT_OTHER_PARTNER_FIRST),
        PARTNER_VERDICT_NOT_CLEAR);
}

static void the_partner_reads_the_rule_in_public_words(void **state) {
    (void)state;
    assert_null(registration_public_rule(REGISTRATION_SUBMITTED, -1, -1));
    assert_null(registration_public_rule(REGISTRATION_WITHDRAWN, -1, -1));
    assert_string_equal(registration_public_rule(REGISTRATION_APPROVED, -1, -1), "first_in_time");
    assert_string_equal(registration_public_rule(REGISTRATION_APPROVED, -1, RESOLUTION_NOT_SAME),
                        "first_in_time");
    assert_string_equal(registration_public_rule(REGISTRATION_APPROVED, -1, RESOLUTION_LINKED), "linked");
    assert_string_equal(registration_public_rule(REGISTRATION_REJECTED, REJECT_EXISTING_DEAL, -1),
                        "not_first");
    assert_string_equal(registration_public_rule(REGISTRATION_REJECTED, REJECT_OTHER_PARTNER_FIRST, -1),
                        "not_first");
    assert_string_equal(registration_public_rule(REGISTRATION_REJECTED, REJECT_NOT_QUALIFIED, -1),
                        "not_qualified");
}

static void a_manager_decides_for_its_partners(void **state) {
    unsigned manager = ROLE_BIT(ROLE_PARTNER_MANAGER), leader = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER);
    check_problem(registration_decider_verdict(*state, manager, true), OK, "the partner's manager");
    check_problem(registration_decider_verdict(*state, leader, false), OK, "a leader");
    check_problem(registration_decider_verdict(*state, manager, false), PROBLEM_NOT_PARTNER_MANAGER,
                  "another's");
}

static void a_partner_is_managed_by_a_manager(void **state) {
    struct arena *arena = *state;
    struct nominee person = {
        .known = true, .active = true, .person = 7, .roles = ROLE_BIT(ROLE_PARTNER_MANAGER)};
    check_problem(partner_manager_verdict(arena, &person), OK, "a partner manager");
    person.roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER);
    check_problem(partner_manager_verdict(arena, &person), OK, "a leader");
    person.roles = ROLE_BIT(ROLE_AE);
    assert_string_equal(fields_text(arena, partner_manager_verdict(arena, &person)->fields),
                        "/manager missing_role");
    person.active = false;
    assert_string_equal(fields_text(arena, partner_manager_verdict(arena, &person)->fields),
                        "/manager inactive_person");
    person.known = false;
    assert_string_equal(fields_text(arena, partner_manager_verdict(arena, &person)->fields),
                        "/manager unknown_person");
}

static struct approval good_approval(void) {
    return (struct approval){
        .state = REGISTRATION_SUBMITTED,
        .verdict_before = VERDICT_CLEAR,
        .resolution = -1,
        .ae = {.known = true, .active = true, .person = 1, .roles = ROLE_BIT(ROLE_AE)},
        .partner_manager = {.known = true,
                            .active = true,
                            .person = 2,
                            .roles = ROLE_BIT(ROLE_PARTNER_MANAGER),
                            .manages_partner = true},
    };
}

static void approval_needs_a_clear_case(void **state) {
    static const struct candidate earlier =
        R(.state = 1, .submitted_earlier = true, .own_account = true, .id = "E");
    struct approval approval = good_approval();
    check_problem(registration_approve_verdict(*state, &approval), OK, "a good approval");
    for (int s = REGISTRATION_CHANGES_REQUESTED; s <= REGISTRATION_EXPIRED; s++) {
        approval.state = s;
        check_problem(registration_approve_verdict(*state, &approval), PROBLEM_INVALID_STATE, "state %d", s);
    }
    approval = good_approval();
    static const struct candidate found[] = {
        R(.state = 3, .is_protected = true, .own_account = true, .id = "F"),
        O(.state = DEAL_OPEN, .own_account = true, .id = "F"),
        R(.state = 3, .is_protected = true, .same_partner = true, .own_account = true, .id = "F"),
    };
    for (size_t i = 0; i < COUNT(found); i++) {
        struct candidate both[] = {found[i], earlier};
        approval.candidates = both, approval.candidate_count = 1;
        check_problem(registration_approve_verdict(*state, &approval), PROBLEM_CONFLICT_UNRESOLVED,
                      "finding %zu", i);
        approval.candidate_count = 2;
        check_problem(registration_approve_verdict(*state, &approval), PROBLEM_EARLIER_REGISTRATION_PENDING,
                      "finding %zu with an earlier one", i);
    }
}

static void a_resolution_settles_what_it_can(void **state) {
    static const struct {
        struct candidate found;
        int resolution, verdict_before;
        enum problem problem;
    } rows[] = {
        {SR(.state = 3, .is_protected = true), RESOLUTION_NOT_SAME, VERDICT_CONTESTED, OK},
        {SR(.state = 3, .is_protected = true), RESOLUTION_OTHER_CLOSED, VERDICT_CONTESTED,
         PROBLEM_CONFLICT_UNRESOLVED},
        {SR(.state = 3, .is_protected = true), -1, VERDICT_CONTESTED, PROBLEM_CONFLICT_UNRESOLVED},
        {SR(.state = 1, .submitted_earlier = true), RESOLUTION_NOT_SAME, VERDICT_CONTESTED, OK},
        {SR(.state = 1, .submitted_earlier = true), -1, VERDICT_CONTESTED,
         PROBLEM_EARLIER_REGISTRATION_PENDING},
        {SR(.state = 1, .submitted_earlier = true, .same_partner = true), RESOLUTION_NOT_SAME, VERDICT_CLEAR,
         OK},
        {O(.state = DEAL_OPEN, .account_differs = true), RESOLUTION_NOT_SAME, VERDICT_CONTESTED, OK},
        /* the customer's own account is the same customer's */
        {O(.state = DEAL_OPEN, .own_account = true), RESOLUTION_NOT_SAME, VERDICT_EXISTING_DEAL,
         PROBLEM_CONFLICT_UNRESOLVED},
        {R(.state = 1, .submitted_earlier = true, .own_account = true), RESOLUTION_NOT_SAME,
         VERDICT_CONTESTED, PROBLEM_EARLIER_REGISTRATION_PENDING},
        {O(.state = DEAL_OPEN, .own_account = true), RESOLUTION_OTHER_CLOSED, VERDICT_EXISTING_DEAL,
         PROBLEM_CONFLICT_UNRESOLVED},
        /* over now: whether there was anything is what the check before said */
        {O(.state = DEAL_LOST, .own_account = true), RESOLUTION_OTHER_CLOSED, VERDICT_EXISTING_DEAL, OK},
        {O(.state = DEAL_LOST, .own_account = true), RESOLUTION_OTHER_CLOSED, VERDICT_CLEAR,
         PROBLEM_INVALID_FIELDS},
        {O(.state = DEAL_LOST, .own_account = true), RESOLUTION_NOT_SAME, VERDICT_EXISTING_DEAL,
         PROBLEM_INVALID_FIELDS},
        {O(.state = DEAL_LOST, .own_account = true), -1, VERDICT_EXISTING_DEAL, OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct candidate found = rows[i].found;
        struct approval approval = good_approval();
        found.id = "F";
        approval.candidates = &found, approval.candidate_count = 1;
        approval.verdict_before = rows[i].verdict_before;
        approval.resolution = rows[i].resolution, approval.resolution_reason = "two companies of one group";
        check_problem(registration_approve_verdict(*state, &approval), rows[i].problem, "row %zu", i);
        approval.resolution_reason = "n/a";
        if (rows[i].resolution > 0)
            check_problem(registration_approve_verdict(*state, &approval), PROBLEM_INVALID_FIELDS,
                          "row %zu without a reason", i);
    }
}

static void a_refusal_names_the_earliest_and_the_way_out(void **state) {
    const struct candidate found[] = {
        R(.state = 1, .submitted_earlier = true, .own_account = true, .id = "second",
          .submitted_at = 2000000),
        R(.state = 2, .submitted_earlier = true, .own_account = true, .id = "first", .submitted_at = 1000000),
        O(.state = DEAL_OPEN, .own_account = true, .id = "deal"),
    };
    struct approval approval = good_approval();
    approval.candidates = found, approval.candidate_count = 3;
    assert_string_equal(
        registration_approve_verdict(*state, &approval)->detail,
        "registration first of 1970-01-01T00:00:01Z came earlier and is undecided: decide it first");
    approval.candidates = found + 2, approval.candidate_count = 1;
    assert_string_equal(
        registration_approve_verdict(*state, &approval)->detail,
        "existing_deal by the rule open_opportunity, because of opportunity deal; it is open: name it "
        "in `opportunity_id` with the resolution linked, close it first, or reject with existing_deal");
}

static void approval_names_the_right_people(void **state) {
    struct arena *arena = *state;
    static const struct nominee gone = {0};
    struct approval approval = good_approval();
    approval.ae = gone, approval.partner_manager.active = false;
    approval.partner_rep = (struct nominee){.known = true, .active = true, .person = 9, .of_partner = true};
    struct fault *fault = registration_approve_verdict(arena, &approval);
    check_problem(fault, PROBLEM_PERSON_NOT_ELIGIBLE, "nobody fits");
    assert_string_equal(fields_text(arena, fault->fields),
                        "/ae unknown_person, /partner_manager inactive_person, /partner_rep missing_role");

    approval = good_approval();
    approval.ae.roles = ROLE_BIT(ROLE_ADMIN), approval.partner_manager.manages_partner = false;
    fault = registration_approve_verdict(arena, &approval);
    assert_string_equal(fields_text(arena, fault->fields),
                        "/ae missing_role, /partner_manager not_partner_manager");

    approval = good_approval();
    approval.partner_manager.manages_partner = false;
    approval.partner_manager.roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER); /* for any partner */
    check_problem(registration_approve_verdict(arena, &approval), OK, "a leader");
    approval.partner_manager.roles = ROLE_BIT(ROLE_AE);
    fault = registration_approve_verdict(arena, &approval);
    assert_string_equal(fields_text(arena, fault->fields), "/partner_manager missing_role");

    approval = good_approval();
    approval.ae.roles |= ROLE_BIT(ROLE_PARTNER_MANAGER), approval.ae.manages_partner = true;
    approval.partner_manager = approval.ae;
    fault = registration_approve_verdict(arena, &approval);
    assert_string_equal(fields_text(arena, fault->fields), "/partner_manager same_person");

    approval = good_approval();
    approval.partner_rep =
        (struct nominee){.known = true, .active = true, .person = 9, .roles = ROLE_BIT(ROLE_PARTNER_REP)};
    fault = registration_approve_verdict(arena, &approval);
    assert_string_equal(fields_text(arena, fault->fields), "/partner_rep not_of_partner");
    approval.partner_rep.of_partner = true;
    check_problem(registration_approve_verdict(arena, &approval), OK, "the partner's own rep");
}

static void a_rejection_says_why(void **state) {
    struct arena *arena = *state;
    check_problem(registration_reject_verdict(arena, REGISTRATION_SUBMITTED, "they are a client already"), OK,
                  "a reason");
    check_problem(registration_reject_verdict(arena, REGISTRATION_CHANGES_REQUESTED, "no answer came"), OK,
                  "a reason");
    check_problem(registration_reject_verdict(arena, REGISTRATION_SUBMITTED, NULL), PROBLEM_INVALID_FIELDS,
                  "none");
    check_problem(registration_reject_verdict(arena, REGISTRATION_SUBMITTED, "TBD"), PROBLEM_INVALID_FIELDS,
                  "TBD");
    for (int s = REGISTRATION_APPROVED; s <= REGISTRATION_EXPIRED; s++)
        check_problem(registration_reject_verdict(arena, s, "they are a client already"),
                      PROBLEM_INVALID_STATE, "state %d", s);
}

static const char *customer_text(struct arena *arena, const char *name, const char **domains, size_t count,
                                 const char *country, struct customer_keys *keys) {
    struct customer customer = {name, {domains, count}, country};
    struct field_faults faults = {.arena = arena};
    customer_check(arena, &customer, "/customer", keys, &faults);
    return fields_text(arena, faults.first);
}

static void a_customer_is_known_by_domain_or_by_name(void **state) {
    struct arena *arena = *state;
    struct customer_keys keys;
    const char *good[] = {"https://www.Example.com/about", "shop.example.com", "example.co.uk"};
    assert_string_equal(customer_text(arena, "Example Ltd", good, 3, NULL, &keys), "");
    assert_int_equal(keys.domain_count, 2);
    assert_string_equal(keys.domains[0], "example.com");
    assert_string_equal(keys.domains[1], "example.co.uk");
    assert_string_equal(keys.name_key, "example");

    const char *bad[] = {"gmail.com", "example.com", "localhost", "co.uk"};
    assert_string_equal(customer_text(arena, "Example", bad, 4, NULL, &keys),
                        "/customer/domains/0 free_mail_domain, /customer/domains/2 invalid_domain, "
                        "/customer/domains/3 invalid_domain");
    assert_int_equal(keys.domain_count, 1);

    assert_string_equal(customer_text(arena, "Example", NULL, 0, "DE", &keys), "");
    assert_string_equal(customer_text(arena, "Example", NULL, 0, NULL, &keys), "/customer/country required");
    assert_string_equal(customer_text(arena, NULL, NULL, 0, NULL, &keys),
                        "/customer/name required, /customer/country required");
    assert_string_equal(customer_text(arena, "n/a", NULL, 0, "DE", &keys), "/customer/name placeholder");
    assert_string_equal(customer_text(arena, "***", NULL, 0, "DE", &keys), "/customer/name placeholder");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_candidate_has_its_weight),
        cmocka_unit_test(the_gravest_finding_decides),
        cmocka_unit_test(the_partner_reads_received_until_decided),
        cmocka_unit_test(the_partner_reads_the_rule_in_public_words),
        cmocka_unit_test_setup_teardown(a_manager_decides_for_its_partners, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_partner_is_managed_by_a_manager, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(approval_needs_a_clear_case, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_resolution_settles_what_it_can, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_refusal_names_the_earliest_and_the_way_out, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(approval_names_the_right_people, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_rejection_says_why, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_customer_is_known_by_domain_or_by_name, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
