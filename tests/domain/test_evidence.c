/* Evidence against its criterion: what passes, and each thing that is missing or says nothing. */
#include "check.h"

#include "tandem/domain/stage.h"

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static const char *verdict(struct arena *arena, const char *key, const struct evidence *evidence) {
    const struct stage_model *model = &stage_model_default;
    struct field_faults faults = {.arena = arena};
    for (size_t i = 0; i < model->criterion_count; i++)
        if (!strcmp(model->criteria[i].key, key)) {
            evidence_verdict(&model->criteria[i], evidence, day("2026-11-21"), "", &faults);
            return fields_text(arena, faults.first);
        }
    fail_msg("no criterion %s", key);
    return NULL;
}

static void a_statement_says_something(void **state) {
    struct arena *arena = *state;
    static const char *const keys[] = {"need", "budget", "reason_to_act", "joint_value", "outcome"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct evidence evidence = {
            .type = EVIDENCE_STATEMENT, .on_date = DATE_NONE, .statement = "They lose 3 h a day"};
        assert_string_equal(verdict(arena, keys[i], &evidence), "");
        evidence.statement = "TBD";
        assert_string_equal(verdict(arena, keys[i], &evidence), "/statement placeholder");
        evidence.statement = NULL;
        assert_string_equal(verdict(arena, keys[i], &evidence), "/statement required");
        evidence = (struct evidence){.type = EVIDENCE_DOCUMENT,
                                     .on_date = DATE_NONE,
                                     .link = "https://a.example/q.pdf",
                                     .sha256 = HASH};
        assert_string_equal(verdict(arena, keys[i], &evidence), ""); /* or a document */
        evidence.type = EVIDENCE_PEOPLE;
        assert_string_equal(verdict(arena, keys[i], &evidence), "/type wrong_type, /statement required");
    }
}

static void a_document_has_link_and_hash(void **state) {
    struct arena *arena = *state;
    static const struct {
        const char *link, *sha256, *expected;
    } rows[] = {
        {"https://files.example.com/a?b=c#d", HASH, ""},
        {"https://[2001:db8::1]/a", HASH, ""},
        {"http://files.example.com/a", HASH, "/link invalid_link"},
        {"HTTPS:/files", HASH, "/link invalid_link"},
        {"https://", HASH, "/link invalid_link"},
        {"https:///a", HASH, "/link invalid_link"},
        {"https://a b", HASH, "/link invalid_link"},
        {"https://a\"b", HASH, "/link invalid_link"},
        {"javascript:alert(1)", HASH, "/link invalid_link"},
        {NULL, HASH, "/link required"},
        {"https://a.example/", NULL, "/sha256 required"},
        {"https://a.example/", "abc", "/sha256 invalid_sha256"},
        {"https://a.example/", HASH "0", "/sha256 invalid_sha256"},
        {"https://a.example/", "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         "/sha256 invalid_sha256"},
        {NULL, NULL, "/link required, /sha256 required"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct evidence evidence = {
            .type = EVIDENCE_DOCUMENT, .on_date = DATE_NONE, .link = rows[i].link, .sha256 = rows[i].sha256};
        assert_string_equal(verdict(arena, "need", &evidence), rows[i].expected);
    }
}

static void an_evaluation_names_the_customer_and_a_past_date(void **state) {
    struct arena *arena = *state;
    struct evidence_person person = {"Ada Byron", "Head of Operations", ORGANISATION_CUSTOMER};
    struct evidence evidence = {.type = EVIDENCE_DOCUMENT,
                                .link = "https://files.example.com/evaluation.pdf",
                                .sha256 = HASH,
                                .people = {&person, 1},
                                .on_date = day("2026-11-20")};
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "");
    evidence.on_date = day("2026-11-21"); /* today has begun */
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "");
    evidence.on_date = day("2026-11-22");
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "/date in_future");
    evidence.on_date = DATE_NONE;
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "/date required");
    evidence.on_date = day("2026-11-20");
    person.role = NULL;
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "/people/0/role required");
    person.role = "-";
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "/people/0/role placeholder");
    person = (struct evidence_person){"Bo Lee", "CTO", ORGANISATION_PARTNER};
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence), "/people customer_required");
    evidence.people.count = 0;
    evidence.sha256 = NULL;
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence),
                        "/sha256 required, /people customer_required");
    evidence.type = EVIDENCE_STATEMENT;
    assert_string_equal(verdict(arena, "customer_evaluation", &evidence),
                        "/type wrong_type, /sha256 required, /people customer_required");
}

static void a_close_plan_has_owners_dates_and_the_customer(void **state) {
    struct arena *arena = *state;
    struct evidence_step steps[] = {
        {"Security review", "Ada Byron", day("2026-12-01"), ORGANISATION_CUSTOMER},
        {"Contract draft", "Cy Fox", day("2026-12-05"), ORGANISATION_VENDOR},
    };
    struct evidence evidence = {.type = EVIDENCE_CHECKLIST, .on_date = DATE_NONE, .steps = {steps, 2}};
    assert_string_equal(verdict(arena, "close_plan", &evidence), "");
    assert_string_equal(verdict(arena, "open_approvals", &evidence), "");
    steps[1].owner = NULL, steps[1].due_on = DATE_NONE;
    assert_string_equal(verdict(arena, "close_plan", &evidence),
                        "/steps/1/owner required, /steps/1/due required");
    assert_string_equal(verdict(arena, "open_approvals", &evidence), "/steps/1/owner required");
    steps[1].owner = "TBD", steps[1].due_on = day("2026-12-05");
    assert_string_equal(verdict(arena, "close_plan", &evidence), "/steps/1/owner placeholder");
    steps[1].owner = "Cy Fox", steps[0].organisation = ORGANISATION_PARTNER;
    assert_string_equal(verdict(arena, "close_plan", &evidence), "/steps customer_required");
    assert_string_equal(verdict(arena, "open_approvals", &evidence), "");
    steps[0].item = "n/a";
    assert_string_equal(verdict(arena, "open_approvals", &evidence), "/steps/0/item placeholder");
    evidence.steps.count = 0;
    assert_string_equal(verdict(arena, "close_plan", &evidence), "/steps required");
    assert_string_equal(verdict(arena, "open_approvals", &evidence), "/steps required");
}

static void a_handoff_is_named(void **state) {
    struct arena *arena = *state;
    struct evidence_person people[] = {{"Di Ott", "Onboarding lead", ORGANISATION_VENDOR},
                                       {"Ed Poe", "Delivery", ORGANISATION_PARTNER}};
    struct evidence evidence = {.type = EVIDENCE_PEOPLE, .on_date = DATE_NONE, .people = {people, 2}};
    assert_string_equal(verdict(arena, "handoffs", &evidence), "");
    people[0].organisation = -1, people[1].name = "unknown", people[1].role = NULL;
    assert_string_equal(
        verdict(arena, "handoffs", &evidence),
        "/people/0/organisation required, /people/1/name placeholder, /people/1/role required");
    evidence.people.count = 0;
    assert_string_equal(verdict(arena, "handoffs", &evidence), "/people required");
}

static void a_date_criterion_takes_a_date(void **state) {
    struct arena *arena = *state;
    static const struct criterion planned = {"go_live", 3, EVIDENCE_DATE, 0};
    struct evidence evidence = {.type = EVIDENCE_DATE, .on_date = day("2027-01-01")};
    struct field_faults faults = {.arena = arena};
    evidence_verdict(&planned, &evidence, day("2026-11-21"), "", &faults);
    assert_false(field_faults_any(&faults)); /* not every date has to be past */
    evidence.on_date = DATE_NONE;
    evidence_verdict(&planned, &evidence, day("2026-11-21"), "/evidence/2", &faults);
    assert_string_equal(fields_text(arena, faults.first), "/evidence/2/date required");
}

static void a_computed_criterion_takes_none(void **state) {
    struct evidence evidence = {.type = EVIDENCE_STATEMENT, .statement = "trust me", .on_date = DATE_NONE};
    assert_string_equal(verdict(*state, "clean_registration", &evidence), "/type criterion_computed");
}

static void evidence_of_another_type_is_none(void **state) {
    (void)state;
    for (int own = EVIDENCE_DOCUMENT; own <= EVIDENCE_COMPUTED; own++)
        for (int given = EVIDENCE_DOCUMENT; given < EVIDENCE_COMPUTED; given++) {
            struct criterion criterion = {
                .key = "need", .type = own, .needs = NEEDS_ALL & ~NEEDS_OR_DOCUMENT};
            assert_int_equal(criterion_takes(&criterion, given), given == own);
            criterion.needs = NEEDS_OR_DOCUMENT;
            assert_int_equal(criterion_takes(&criterion, given), given == own || given == EVIDENCE_DOCUMENT);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_statement_says_something, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_document_has_link_and_hash, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_evaluation_names_the_customer_and_a_past_date, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_close_plan_has_owners_dates_and_the_customer, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_handoff_is_named, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_date_criterion_takes_a_date, arena_setup, arena_teardown),
        cmocka_unit_test(evidence_of_another_type_is_none),
        cmocka_unit_test_setup_teardown(a_computed_criterion_takes_none, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
