#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

static void codes_are_unique(void **state) {
    (void)state;
    for (int one = 0; one < PROBLEM_COUNT; one++)
        for (int other = 0; other < one; other++)
            check(strcmp(problem_entry((enum problem)one)->code, problem_entry((enum problem)other)->code) !=
                      0,
                  "%s", problem_entry((enum problem)one)->code);
}

static bool is_snake_case(const char *code) {
    for (const char *c = code; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c == '_' && c > code && c[-1] != '_' && c[1]))
            return false;
    return *code;
}

static void codes_are_snake_case(void **state) {
    (void)state;
    static const char *const bad[] = {"", "_a", "a_", "a__b", "a-b", "aB", "a b", "a1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        check(!is_snake_case(bad[i]), "%s", bad[i]);
    for (int i = 0; i < PROBLEM_COUNT; i++)
        check(is_snake_case(problem_entry((enum problem)i)->code), "%s",
              problem_entry((enum problem)i)->code);
}

static void statuses_are_errors_and_titles_are_sentences(void **state) {
    (void)state;
    for (int i = 0; i < PROBLEM_COUNT; i++) {
        const struct problem_entry *entry = problem_entry((enum problem)i);
        check(entry->status >= 400 && entry->status < 600, "%s", entry->code);
        check(strlen(entry->title) > 8 && *entry->title >= 'A' && *entry->title <= 'Z', "%s", entry->code);
        check(entry->title[strlen(entry->title) - 1] != '.', "%s", entry->code);
    }
}

static void a_fault_carries_its_detail(void **state) {
    struct fault *fault = fault_make(*state, PROBLEM_DEAL_CLOSED, "deal %d is %s", 7, "won");
    assert_int_equal(fault->problem, PROBLEM_DEAL_CLOSED);
    assert_string_equal(fault->detail, "deal 7 is won");
    assert_null(fault->cause);
    assert_int_equal(fault->retry_after_s, 0);
    assert_int_equal(problem_entry(fault->problem)->status, 409);
}

static struct fault *refuse_if(struct arena *arena, bool refuse) {
    return refuse ? fault_make(arena, PROBLEM_NOT_FOUND, "gone") : NULL;
}

static struct fault *try_both(struct arena *arena, bool first, bool second, int *steps) {
    TRY(refuse_if(arena, first));
    ++*steps;
    TRY(refuse_if(arena, second));
    ++*steps;
    return NULL;
}

static void a_refusal_stops_the_caller(void **state) {
    int steps = 0;
    assert_non_null(try_both(*state, true, false, &steps));
    assert_int_equal(steps, 0);
    assert_non_null(try_both(*state, false, true, &steps));
    assert_int_equal(steps, 1);
    steps = 0;
    assert_null(try_both(*state, false, false, &steps));
    assert_int_equal(steps, 2);
}

static void fields_keep_their_order(void **state) {
    struct field_faults faults = {.arena = *state};
    assert_false(field_faults_any(&faults));
    assert_null(field_faults_fault(&faults));
    char pointer[] = "/first";
    field_fault(&faults, pointer, "required", "Must be given.");
    assert_string_equal(field_faults_fault(&faults)->detail, "1 field has a bad value");
    pointer[1] = 'x';
    field_fault(&faults, "/second", "too_long", "at most %d", 3);
    assert_true(field_faults_any(&faults));
    struct fault *fault = field_faults_fault(&faults);
    assert_int_equal(problem_entry(fault->problem)->status, 422);
    assert_string_equal(fault->detail, "2 fields have bad values");
    assert_string_equal(fault->fields->pointer, "/first");
    assert_string_equal(fault->fields->code, "required");
    assert_string_equal(fault->fields->next->pointer, "/second");
    assert_string_equal(fault->fields->next->detail, "at most 3");
    assert_null(fault->fields->next->next);
}

static void fields_beyond_the_limit_are_counted_only(void **state) {
    struct field_faults faults = {.arena = *state};
    for (int i = 0; i < FIELD_FAULTS_MAX + 1; i++)
        field_fault(&faults, "/x", "required", "%d", i);
    struct fault *fault = field_faults_fault(&faults);
    assert_string_equal(fault->detail, "101 fields have bad values");
    int told = 0;
    for (struct fault_field *field = fault->fields; field; field = field->next)
        told++;
    assert_int_equal(told, FIELD_FAULTS_MAX);
}

static void unmet_items_keep_their_order(void **state) {
    struct fault *fault = fault_make(*state, PROBLEM_EXIT_CRITERIA_UNMET, "stage 2");
    fault_add_unmet(*state, fault, "need", "evidence", "partner");
    fault_add_unmet(*state, fault, "budget", "vendor_confirmation", "vendor");
    assert_string_equal(fault->unmet->criterion, "need");
    assert_string_equal(fault->unmet->missing, "evidence");
    assert_string_equal(fault->unmet->owed_by, "partner");
    assert_string_equal(fault->unmet->next->criterion, "budget");
    assert_null(fault->unmet->next->next);
}

static int set_up(void **state) {
    *state = arena_create();
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes_are_unique),
                                       cmocka_unit_test(codes_are_snake_case),
                                       cmocka_unit_test(statuses_are_errors_and_titles_are_sentences),
                                       cmocka_unit_test(a_fault_carries_its_detail),
                                       cmocka_unit_test(a_refusal_stops_the_caller),
                                       cmocka_unit_test(fields_keep_their_order),
                                       cmocka_unit_test(fields_beyond_the_limit_are_counted_only),
                                       cmocka_unit_test(unmet_items_keep_their_order)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
