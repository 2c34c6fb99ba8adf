/* Maps of a CRM's words. */
#include "tandem/domain/crm_source.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"

const struct choice crm_kinds[] = {
    {"hubspot", CRM_HUBSPOT}, {"salesforce", CRM_SALESFORCE}, {"generic", CRM_GENERIC}, {NULL, 0}};

const struct choice crm_fields[] = {
    {"name", CRM_FIELD_NAME},
    {"amount", CRM_FIELD_AMOUNT},
    {"currency", CRM_FIELD_CURRENCY},
    {"close_date", CRM_FIELD_CLOSE_DATE},
    {"stage", CRM_FIELD_STAGE},
    {"owner", CRM_FIELD_OWNER},
    {"category", CRM_FIELD_CATEGORY},
    {"next_step", CRM_FIELD_NEXT_STEP},
    {"created_at", CRM_FIELD_CREATED_AT},
    {"product_family", CRM_FIELD_PRODUCT_FAMILY},
    {"account_name", CRM_FIELD_ACCOUNT_NAME},
    {"account_domain", CRM_FIELD_ACCOUNT_DOMAIN},
    {"account_country", CRM_FIELD_ACCOUNT_COUNTRY},
    {"partner", CRM_FIELD_PARTNER},
    {"engaged_at", CRM_FIELD_ENGAGED_AT},
    {"activity_id", CRM_FIELD_ACTIVITY_ID},
    {NULL, 0},
};

/* What the CRMs call them by themselves; a generic source uses our names. */
static const struct crm_property hubspot_properties[] = {
    {"dealname", CRM_FIELD_NAME},
    {"amount", CRM_FIELD_AMOUNT},
    {"deal_currency_code", CRM_FIELD_CURRENCY},
    {"closedate", CRM_FIELD_CLOSE_DATE},
    {"dealstage", CRM_FIELD_STAGE},
    {"hubspot_owner_id", CRM_FIELD_OWNER},
    {"hs_manual_forecast_category", CRM_FIELD_CATEGORY},
    {"hs_next_step", CRM_FIELD_NEXT_STEP},
    {"createdate", CRM_FIELD_CREATED_AT},
    {NULL, 0},
};
static const struct crm_property salesforce_properties[] = {
    {"Name", CRM_FIELD_NAME},
    {"Amount", CRM_FIELD_AMOUNT},
    {"CurrencyIsoCode", CRM_FIELD_CURRENCY},
    {"CloseDate", CRM_FIELD_CLOSE_DATE},
    {"StageName", CRM_FIELD_STAGE},
    {"OwnerId", CRM_FIELD_OWNER},
    {"ForecastCategoryName", CRM_FIELD_CATEGORY},
    {"NextStep", CRM_FIELD_NEXT_STEP},
    {"CreatedDate", CRM_FIELD_CREATED_AT},
    {NULL, 0},
};
static const char *const deal_types[][3] = {
    [CRM_HUBSPOT] = {"deal", "0-3"}, [CRM_SALESFORCE] = {"Opportunity"}, [CRM_GENERIC] = {"opportunity"}};

static bool text_among(const char *const *items, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++)
        if (items[i] && text && strcmp(items[i], text) == 0)
            return true;
    return false;
}

/* Every list begins its items with the text by which it is looked up. */
static const char *key_of(const struct object_list *list, size_t size, size_t index) {
    return *(const char *const *)((const char *)list->items + index * size);
}

static void check_repeated(struct arena *arena, const struct object_list *list, size_t size, const char *name,
                           const char *member, struct field_faults *faults) {
    for (size_t i = 0; i < list->count; i++)
        for (size_t before = 0; before < i; before++) {
            const char *key = key_of(list, size, i), *other = key_of(list, size, before);
            if (key && other && strcmp(key, other) == 0) {
                field_fault(faults, arena_format(arena, "/%s/%zu/%s", name, i, member), "repeated",
                            "is in the list already");
                break;
            }
        }
}

static void check_outcomes(struct arena *arena, const struct object_list *stages,
                           struct field_faults *faults) {
    const struct crm_stage *items = stages->items;
    for (size_t i = 0; i < stages->count; i++) {
        const char *pointer = arena_format(arena, "/stages/%zu/outcome", i);
        bool closed = items[i].rollup == ROLLUP_CLOSED, said = items[i].outcome != -1;
        if (closed && !said)
            field_fault(faults, pointer, "required", "say whether a deal in this stage is won or lost");
        if (said && !closed && items[i].rollup != -1)
            field_fault(faults, pointer, "not_applicable", "only a closed stage is won or lost");
    }
}

void crm_maps_check(struct arena *arena, const struct crm_source_maps *maps, struct field_faults *faults) {
    check_repeated(arena, &maps->fields, sizeof(struct crm_property), "fields", "property", faults);
    check_repeated(arena, &maps->stages, sizeof(struct crm_stage), "stages", "value", faults);
    check_repeated(arena, &maps->categories, sizeof(struct crm_category), "categories", "value", faults);
    check_repeated(arena, &maps->partners, sizeof(struct crm_partner), "partners", "value", faults);
    check_outcomes(arena, &maps->stages, faults);
    for (size_t i = 0; i < maps->object_types.count; i++)
        if (text_among(maps->object_types.items, i, maps->object_types.items[i]))
            field_fault(faults, arena_format(arena, "/object_types/%zu", i), "repeated",
                        "is in the list already");
}

static int kind_field(const struct crm_property *properties, const char *property) {
    for (; properties->property; properties++)
        if (strcmp(properties->property, property) == 0)
            return properties->field;
    return 0;
}

int crm_field_of(const struct crm_source_maps *maps, const char *property) {
    const struct crm_property *own = maps->fields.items;
    int code = 0;
    for (size_t i = 0; i < maps->fields.count; i++)
        if (strcmp(own[i].property, property) == 0)
            return own[i].field;
    switch (maps->kind) {
    case CRM_HUBSPOT: return kind_field(hubspot_properties, property);
    case CRM_SALESFORCE: return kind_field(salesforce_properties, property);
    default: return choice_code(crm_fields, property, &code) ? code : 0;
    }
}

bool crm_is_deal(const struct crm_source_maps *maps, const char *object_type) {
    if (maps->object_types.count > 0)
        return text_among(maps->object_types.items, maps->object_types.count, object_type);
    return text_among(deal_types[maps->kind], 3, object_type);
}

const struct crm_stage *crm_stage_of(const struct crm_source_maps *maps, const char *value) {
    const struct crm_stage *stages = maps->stages.items;
    for (size_t i = 0; i < maps->stages.count; i++)
        if (strcmp(stages[i].value, value) == 0)
            return &stages[i];
    return NULL;
}

const struct crm_category *crm_category_of(const struct crm_source_maps *maps, const char *value) {
    const struct crm_category *calls = maps->categories.items;
    for (size_t i = 0; i < maps->categories.count; i++)
        if (strcmp(calls[i].value, value) == 0)
            return &calls[i];
    return NULL;
}

bool crm_secret_name_is_plain(const char *name) {
    size_t length = strlen(name);
    return length > 0 && length <= 100 && name[0] != '.' && name[0] != '-' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}
