#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/crm_source.h"
#include "tandem/domain/deal.h"

#include <string.h>

static void a_secret_s_name_stays_in_its_directory(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool plain;
    } rows[] = {{"hubspot", true}, {"hub-spot_2026.key", true},
                {"_a", true},      {"9", true},
                {"", false},       {".", false},
                {"..", false},     {".hidden", false},
                {"-x", false},     {"a/b", false},
                {"../a", false},   {"a b", false},
                {"ä", false}};
    char longest[102];
    for (size_t i = 0; i < COUNT(rows); i++)
        check(crm_secret_name_is_plain(rows[i].name) == rows[i].plain, "'%s'", rows[i].name);
    memset(longest, 'a', sizeof longest);
    longest[100] = '\0';
    assert_true(crm_secret_name_is_plain(longest));
    longest[100] = 'a', longest[101] = '\0';
    assert_false(crm_secret_name_is_plain(longest));
}

/* The codes of what is wrong with the maps, in order. */
static const char *wrong(struct arena *arena, struct crm_source_maps *maps) {
    struct field_faults faults = {.arena = arena};
    const char *codes = "";
    crm_maps_check(arena, maps, &faults);
    for (const struct fault_field *field = faults.first; field; field = field->next)
        codes = arena_format(arena, "%s%s %s;", codes, field->pointer, field->code);
    return codes;
}

static void maps_are_told_apart(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct crm_stage stages[] = {
        {"a", ROLLUP_PROPOSAL, -1}, {"b", ROLLUP_CLOSED, DEAL_WON}, {"c", ROLLUP_CLOSED, DEAL_LOST},
        {"d", ROLLUP_CLOSED, -1},   {"a", ROLLUP_PROPOSAL, -1},     {"e", ROLLUP_NEGOTIATION, DEAL_WON},
        {"f", -1, DEAL_WON}};
    struct crm_category calls[] = {{"x", CATEGORY_COMMIT}, {"x", CATEGORY_PIPELINE}};
    struct crm_property fields[] = {{"p", CRM_FIELD_NAME}, {"q", CRM_FIELD_NAME}, {"p", CRM_FIELD_AMOUNT}};
    struct crm_partner partners[] = {{"P-1", "x"}, {"P-1", "y"}};
    const char *types[] = {"deal", "0-3", "deal"};
    struct crm_source_maps maps = {.kind = CRM_HUBSPOT, .stages = {stages, 3}};
    assert_string_equal(wrong(arena, &maps), "");
    maps.stages.count = COUNT(stages);
    maps.categories = (struct object_list){calls, COUNT(calls)};
    maps.fields = (struct object_list){fields, COUNT(fields)};
    maps.partners = (struct object_list){partners, COUNT(partners)};
    maps.object_types = (struct text_list){types, COUNT(types)};
    assert_string_equal(
        wrong(arena, &maps),
        "/fields/2/property repeated;/stages/4/value repeated;/categories/1/value repeated;"
        "/partners/1/value repeated;"
        "/stages/3/outcome required;/stages/5/outcome not_applicable;/object_types/2 repeated;");
    arena_destroy(arena);
}

static void what_is_not_said_is_not_guessed(void **state) {
    (void)state;
    struct crm_stage stages[] = {{"Proposal", ROLLUP_PROPOSAL, -1}};
    struct crm_category calls[] = {{"Forecast", CATEGORY_COMMIT}};
    struct crm_property fields[] = {{"dealname", CRM_FIELD_NEXT_STEP}, {"own__c", CRM_FIELD_AMOUNT}};
    struct crm_source_maps maps = {.kind = CRM_HUBSPOT,
                                   .fields = {fields, COUNT(fields)},
                                   .stages = {stages, 1},
                                   .categories = {calls, 1}};
    assert_int_equal(crm_field_of(&maps, "dealname"),
                     CRM_FIELD_NEXT_STEP); /* the source's word before the kind's */
    assert_int_equal(crm_field_of(&maps, "own__c"), CRM_FIELD_AMOUNT);
    assert_int_equal(crm_field_of(&maps, "amount"), CRM_FIELD_AMOUNT);
    assert_int_equal(crm_field_of(&maps, "Amount"), 0);
    assert_int_equal(crm_stage_of(&maps, "Proposal")->rollup, ROLLUP_PROPOSAL);
    assert_null(crm_stage_of(&maps, "proposal"));
    assert_int_equal(crm_category_of(&maps, "Forecast")->category, CATEGORY_COMMIT);
    assert_null(crm_category_of(&maps, "commit"));
    maps.kind = CRM_SALESFORCE;
    assert_int_equal(crm_field_of(&maps, "StageName"), CRM_FIELD_STAGE);
    assert_int_equal(crm_field_of(&maps, "dealstage"), 0);
    maps.kind = CRM_GENERIC;
    assert_int_equal(crm_field_of(&maps, "close_date"), CRM_FIELD_CLOSE_DATE);
}

static void a_deal_is_an_object_of_the_named_types(void **state) {
    (void)state;
    const char *types[] = {"Lead1"};
    struct crm_source_maps maps = {.kind = CRM_SALESFORCE};
    assert_true(crm_is_deal(&maps, "Opportunity"));
    assert_false(crm_is_deal(&maps, "Lead1"));
    maps.object_types = (struct text_list){types, 1};
    assert_true(crm_is_deal(&maps, "Lead1"));
    assert_false(crm_is_deal(&maps, "Opportunity"));
    assert_false(crm_is_deal(&maps, NULL));
    maps = (struct crm_source_maps){.kind = CRM_HUBSPOT};
    assert_true(crm_is_deal(&maps, "0-3"));
    assert_true(crm_is_deal(&maps, "deal"));
    assert_false(crm_is_deal(&maps, "contact"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_s_name_stays_in_its_directory),
        cmocka_unit_test(maps_are_told_apart),
        cmocka_unit_test(what_is_not_said_is_not_guessed),
        cmocka_unit_test(a_deal_is_an_object_of_the_named_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
