#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/crm_event.h"

#include <string.h>

static void values_are_put_alike(void **state) {
    (void)state;
    static const struct {
        int field;
        const char *text, *value; /* value "!": it is none */
    } rows[] = {{CRM_FIELD_AMOUNT, "160000.50", "160000.5"},
                {CRM_FIELD_AMOUNT, "1000.000", "1000"},
                {CRM_FIELD_AMOUNT, "-3", "-3"},
                {CRM_FIELD_AMOUNT, "1e5", "!"},
                {CRM_FIELD_AMOUNT, "1,000", "!"},
                {CRM_FIELD_AMOUNT, ".5", "!"},
                {CRM_FIELD_AMOUNT, "  ", NULL},
                {CRM_FIELD_CLOSE_DATE, "2026-11-30", "2026-11-30"},
                {CRM_FIELD_CLOSE_DATE, "2026-02-30", "!"},
                {CRM_FIELD_CLOSE_DATE, "1795253400000", "2026-11-21T09:30:00Z"},
                {CRM_FIELD_CLOSE_DATE, "20261130", "!"},
                {CRM_FIELD_CREATED_AT, "2024-01-22T16:14:25.000+0000", "2024-01-22T16:14:25Z"},
                {CRM_FIELD_CREATED_AT, "2024-01-22T16:14:25.000+02:00", "2024-01-22T14:14:25Z"},
                {CRM_FIELD_CREATED_AT, "2024-01-22", "2024-01-22T00:00:00Z"},
                {CRM_FIELD_CREATED_AT, "yesterday", "!"},
                {CRM_FIELD_CURRENCY, "USD", "USD"},
                {CRM_FIELD_CURRENCY, "usd", "!"},
                {CRM_FIELD_ACCOUNT_COUNTRY, " DE ", "DE"},
                {CRM_FIELD_ACCOUNT_COUNTRY, "de", "!"},
                {CRM_FIELD_ACCOUNT_COUNTRY, "Germany", "!"},
                {CRM_FIELD_ACCOUNT_COUNTRY, "", NULL},
                {CRM_FIELD_NAME, " Furnaces ", "Furnaces"},
                {CRM_FIELD_NAME, NULL, NULL}};
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *value = NULL;
        bool good = crm_value_read(arena, rows[i].field, rows[i].text, &value);
        bool bad = rows[i].value && strcmp(rows[i].value, "!") == 0;
        check(good != bad, "row %zu", i);
        if (!bad)
            check(value && rows[i].value ? strcmp(value, rows[i].value) == 0 : value == rows[i].value,
                  "row %zu", i);
    }
    arena_destroy(arena);
}

struct row {
    enum crm_form form;
    const char *payload, *fields;
    int state;
    int reason; /* 0: none */
    int field;  /* of the first change; 0: none */
    const char *value;
    int64_t major, minor;
};

static void check_row(struct arena *arena, const struct row *row, size_t index) {
    static const struct crm_source_maps kinds[] = {[FORM_HUBSPOT] = {.kind = CRM_HUBSPOT},
                                                   [FORM_CHANGE_DATA_CAPTURE] = {.kind = CRM_SALESFORCE},
                                                   [FORM_OUTBOUND_MESSAGE] = {.kind = CRM_SALESFORCE},
                                                   [FORM_GENERIC] = {.kind = CRM_GENERIC}};
    struct crm_message message = {.form = row->form, .received_at = 7, .integration_user = "U"};
    struct crm_event event;
    assert_null(json_parse(arena, row->payload, strlen(row->payload), &message.payload));
    if (row->fields)
        assert_null(json_parse(arena, row->fields, strlen(row->fields), &message.fields));
    crm_event_read(arena, &message, &kinds[row->form], &event);
    check(event.state == row->state, "row %zu: state %d", index, event.state);
    check(event.reason == (row->reason ? row->reason : -1), "row %zu: reason %d", index, event.reason);
    if (row->state != INBOX_RECEIVED)
        return;
    check(event.change_count > 0 && event.changes[0].field == row->field, "row %zu: field", index);
    check(row->value ? strcmp(event.changes[0].value, row->value) == 0 : !event.changes[0].value,
          "row %zu: value", index);
    check(event.order_major == row->major && event.order_minor == row->minor, "row %zu: order", index);
}

#define HUBSPOT(type)                                                                                        \
    "{\"subscriptionType\":\"" type "\",\"objectId\":5,\"occurredAt\":2000,\"objectTypeId\":\"0-3\"}"
#define HEADER(type, rest)                                                                                   \
    "{\"ChangeEventHeader\":{\"entityName\":\"Opportunity\",\"recordIds\":[\"006\"],\"changeType\":\"" type  \
    "\",\"commitTimestamp\":2000,\"commitNumber\":12,\"sequenceNumber\":3" rest "}}"
#define GENERIC(type, data)                                                                                  \
    "{\"type\":\"" type "\",\"timestamp\":\"1970-01-01T00:00:02Z\",\"data\":{" data "}}"

static void each_form_says_the_same(void **state) {
    (void)state;
    static const struct row rows[] = {
        {FORM_HUBSPOT, HUBSPOT("deal.propertyChange"), "{\"amount\":\"5\"}", INBOX_RECEIVED, 0,
         CRM_FIELD_AMOUNT, "5", 2000000, 0},
        {FORM_HUBSPOT, HUBSPOT("object.propertyChange"), "{\"amount\":\"\"}", INBOX_RECEIVED, 0,
         CRM_FIELD_AMOUNT, NULL, 2000000, 0},
        {FORM_HUBSPOT, HUBSPOT("deal.creation"), NULL, INBOX_RECEIVED, 0, CRM_FIELD_CREATED_AT,
         "1970-01-01T00:00:02Z", 2000000, 0},
        {FORM_HUBSPOT, HUBSPOT("deal.deletion"), NULL, INBOX_RECEIVED, 0, CRM_FIELD_REMOVED, "removed",
         2000000, 0},
        {FORM_HUBSPOT, HUBSPOT("deal.restore"), NULL, INBOX_RECEIVED, 0, CRM_FIELD_REMOVED, NULL, 2000000, 0},
        {FORM_HUBSPOT, HUBSPOT("deal.merge"), NULL, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT},
        {FORM_HUBSPOT, HUBSPOT("company.merge"), NULL, INBOX_IGNORED, CRM_REASON_NOT_A_DEAL},
        {FORM_HUBSPOT, HUBSPOT("deal.associationChange"), NULL, INBOX_IGNORED,
         CRM_REASON_NOTHING_OF_INTEREST},
        {FORM_HUBSPOT, HUBSPOT("contact.propertyChange"), "{\"amount\":\"x\"}", INBOX_IGNORED,
         CRM_REASON_NOT_A_DEAL},
        {FORM_HUBSPOT, HUBSPOT("deal.propertyChange"), "{\"amount\":\"x\"}", INBOX_PARKED,
         CRM_REASON_UNREADABLE_VALUE},
        {FORM_HUBSPOT, "{\"subscriptionType\":\"deal.creation\"}", NULL, INBOX_PARKED,
         CRM_REASON_NOT_AN_EVENT},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("UPDATE", ",\"changedFields\":[\"Amount\"]"),
         "{\"Name\":null,\"Amount\":null}", INBOX_RECEIVED, 0, CRM_FIELD_AMOUNT, NULL, 12, 3},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("CREATE", ""), "{\"Amount\":null,\"Name\":\"a\"}", INBOX_RECEIVED,
         0, CRM_FIELD_NAME, "a", 12, 3},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("DELETE", ""), NULL, INBOX_RECEIVED, 0, CRM_FIELD_REMOVED,
         "removed", 12, 3},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("UNDELETE", ""), NULL, INBOX_RECEIVED, 0, CRM_FIELD_REMOVED, NULL,
         12, 3},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("GAP_OVERFLOW", ""), NULL, INBOX_PARKED, CRM_REASON_GAP},
        {FORM_CHANGE_DATA_CAPTURE, HEADER("UPDATE", ",\"commitUser\":\"U\""), "{\"Name\":\"a\"}",
         INBOX_IGNORED, CRM_REASON_OWN_CHANGE},
        {FORM_OUTBOUND_MESSAGE,
         "{\"object_type\":\"Opportunity\",\"fields\":{\"Id\":\"006\",\"SystemModstamp\":\"1970-01-01T00:00:"
         "02.000Z\"}}",
         "{\"Id\":\"006\",\"Name\":\"a\"}", INBOX_RECEIVED, 0, CRM_FIELD_NAME, "a", 2000000, 0},
        {FORM_OUTBOUND_MESSAGE, "{\"object_type\":\"Opportunity\",\"fields\":{\"Id\":\"006\"}}",
         "{\"Name\":\"a\"}", INBOX_RECEIVED, 0, CRM_FIELD_NAME, "a", 7, 0},
        {FORM_OUTBOUND_MESSAGE,
         "{\"object_type\":\"Opportunity\",\"fields\":{\"Id\":\"006\",\"IsDeleted\":\"true\"}}", NULL,
         INBOX_RECEIVED, 0, CRM_FIELD_REMOVED, "removed", 7, 0},
        {FORM_OUTBOUND_MESSAGE,
         "{\"object_type\":\"Opportunity\",\"fields\":{\"Id\":\"006\",\"IsDeleted\":\"false\"}}", NULL,
         INBOX_RECEIVED, 0, CRM_FIELD_REMOVED, NULL, 7, 0},
        {FORM_GENERIC, GENERIC("opportunity.changed", "\"external_id\":\"D\",\"sequence\":4"),
         "{\"name\":\"a\"}", INBOX_RECEIVED, 0, CRM_FIELD_NAME, "a", 2000000, 4},
        {FORM_GENERIC, GENERIC("opportunity.changed", "\"external_id\":\"D\",\"origin\":\"U\""),
         "{\"name\":\"a\"}", INBOX_IGNORED, CRM_REASON_OWN_CHANGE},
        {FORM_GENERIC, GENERIC("opportunity.changed", "\"x\":1"), "{\"name\":\"a\"}", INBOX_PARKED,
         CRM_REASON_NOT_AN_EVENT},
        {FORM_GENERIC, GENERIC("invoice.paid", "\"x\":1"), NULL, INBOX_IGNORED, CRM_REASON_NOT_A_DEAL},
        {FORM_GENERIC, GENERIC("opportunity.merged", "\"external_id\":\"D\""), NULL, INBOX_PARKED,
         CRM_REASON_NOT_AN_EVENT},
        {FORM_GENERIC, GENERIC("opportunity.merged", "\"external_id\":\"D\",\"merged_into\":\"D\""), NULL,
         INBOX_PARKED, CRM_REASON_NOT_AN_EVENT},
        {FORM_GENERIC, GENERIC("opportunity.merged", "\"external_id\":\"D\",\"merged_into\":\"E\""), NULL,
         INBOX_RECEIVED, 0, CRM_FIELD_MERGED, "E", 2000000, 0},
        {FORM_GENERIC, GENERIC("account.merged", "\"external_id\":\"D\",\"merged_into\":\"E\""), NULL,
         INBOX_IGNORED, CRM_REASON_NOT_A_DEAL},
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(arena, &rows[i], i);
    arena_destroy(arena);
}

/* Which deals go, in which order, and which one stands. */
static void a_merge_names_all_that_go(void **state) {
    (void)state;
    static const struct {
        const char *members, *into, *gone[3]; /* into NULL: it is no event */
    } rows[] = {{"\"primaryObjectId\":1,\"mergedObjectIds\":[2,3]", "1", {"2", "3"}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[2],\"newObjectId\":9", "9", {"1", "2"}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[2],\"newObjectId\":1", "1", {"2"}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[2],\"newObjectId\":2", "2", {"1"}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[2],\"newObjectId\":null", "1", {"2"}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[1]", NULL, {NULL}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[]", NULL, {NULL}},
                {"\"primaryObjectId\":1,\"mergedObjectIds\":[2,{}]", NULL, {NULL}},
                {"\"mergedObjectIds\":[2]", NULL, {NULL}},
                {"\"primaryObjectId\":1", NULL, {NULL}}};
    static const struct crm_source_maps maps = {.kind = CRM_HUBSPOT};
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct crm_message message = {.form = FORM_HUBSPOT};
        struct crm_event event;
        const char *payload =
            arena_format(arena, "{\"subscriptionType\":\"deal.merge\",\"objectId\":7,\"occurredAt\":2000,%s}",
                         rows[i].members);
        assert_null(json_parse(arena, payload, strlen(payload), &message.payload));
        crm_event_read(arena, &message, &maps, &event);
        check((event.state == INBOX_RECEIVED) == (rows[i].into != NULL), "row %zu: state %d", i, event.state);
        if (!rows[i].into)
            continue;
        check(event.change_count == 1 && event.changes[0].field == CRM_FIELD_MERGED &&
                  strcmp(event.changes[0].value, rows[i].into) == 0,
              "row %zu: into", i);
        for (size_t k = 0; k < COUNT(rows[i].gone) && rows[i].gone[k]; k++)
            check(k < event.objects.count && strcmp(event.objects.items[k], rows[i].gone[k]) == 0,
                  "row %zu: gone %zu", i, k);
        check(event.objects.count == (size_t)(rows[i].gone[1] ? 2 : 1), "row %zu: %zu go", i,
              event.objects.count);
    }
    arena_destroy(arena);
}

static void a_merge_that_names_no_object_has_a_key(void **state) {
    (void)state;
    static const char text[] = "{\"portalId\":1,\"subscriptionType\":\"deal.merge\",\"primaryObjectId\":2,"
                               "\"eventId\":3,\"occurredAt\":4}";
    struct arena *arena = arena_create();
    const struct json *event;
    assert_null(json_parse(arena, text, strlen(text), &event));
    assert_string_equal(crm_dedupe_key(arena, FORM_HUBSPOT, event), "1/deal.merge/2/3/4/");
    arena_destroy(arena);
}

static void every_reason_has_words_and_what_is_parked_a_remedy(void **state) {
    (void)state;
    for (int reason = 1; reason < CRM_REASON_COUNT; reason++) {
        const struct crm_reason_words words = crm_reason_words(reason);
        check(choice_name(crm_reasons, reason) && words.why, "reason %d", reason);
        check((words.remedy != NULL) == (reason > CRM_REASON_NOTHING_OF_INTEREST), "remedy of %d", reason);
    }
    assert_null(crm_reason_words(-1).why);
    assert_null(crm_reason_words(CRM_REASON_COUNT).why);
}

static void only_what_is_parked_is_tried_again(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    for (int at = INBOX_RECEIVED; at <= INBOX_PARKED; at++)
        check((inbox_retry_verdict(arena, at) == NULL) == (at == INBOX_PARKED), "state %d", at);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_put_alike),
                                       cmocka_unit_test(each_form_says_the_same),
                                       cmocka_unit_test(a_merge_names_all_that_go),
                                       cmocka_unit_test(a_merge_that_names_no_object_has_a_key),
                                       cmocka_unit_test(every_reason_has_words_and_what_is_parked_a_remedy),
                                       cmocka_unit_test(only_what_is_parked_is_tried_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
