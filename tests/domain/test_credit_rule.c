/* The credit rule in words says the figures of the policy that it is given. */
#include "check.h"

#include "tandem/domain/credit_rule.h"
#include "tandem/domain/policy.h"

static const char *sentence(const struct credit_sentence *sentences, const char *rule) {
    for (size_t i = 0; i < CREDIT_SENTENCES; i++)
        if (strcmp(sentences[i].rule, rule) == 0)
            return sentences[i].text;
    fail_msg("no sentence %s", rule);
    return NULL;
}

static void the_words_hold_the_policys_figures(void **state) {
    struct credit_sentence sentences[CREDIT_SENTENCES];
    struct policy policy = policy_default;
    policy.respond_business_days = 3, policy.changes_business_days = 11, policy.protection_days = 77;
    policy.protection_extension_days = 21, policy.window_hours = 240;
    policy.submissions_per_day = 40;
    credit_rule(*state, &policy, sentences);
    static const struct {
        const char *rule, *says;
    } rows[] = {{"response", "within 3 business days"}, {"changes", "within 11 business days"},
                {"protection", "for 77 days"},          {"protection", "21 more"},
                {"signatures", "within 10 days"},       {"submissions", "up to 40 registrations"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(strstr(sentence(sentences, rows[i].rule), rows[i].says), "%s: %s", rows[i].rule, rows[i].says);
    policy.window_hours = 100, policy.submissions_per_day = 0;
    credit_rule(*state, &policy, sentences);
    assert_non_null(strstr(sentence(sentences, "signatures"), "within 100 hours"));
    assert_non_null(strstr(sentence(sentences, "submissions"), "any number"));
}

static void every_sentence_stands_once_and_ends(void **state) {
    struct credit_sentence sentences[CREDIT_SENTENCES];
    credit_rule(*state, &policy_default, sentences);
    for (size_t i = 0; i < CREDIT_SENTENCES; i++) {
        check(sentences[i].text[strlen(sentences[i].text) - 1] == '.', "%s", sentences[i].rule);
        for (size_t k = 0; k < i; k++)
            check(strcmp(sentences[i].rule, sentences[k].rule) != 0, "%s", sentences[i].rule);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_words_hold_the_policys_figures, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(every_sentence_stands_once_and_ends, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
