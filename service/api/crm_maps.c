/* Maps are kept as they were said, so that one field table reads them from a request and from a row. */
#include "crm_maps.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/opportunity.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct field field_fields[] = {
    {"property", FIELD_TEXT, offsetof(struct crm_property, property), FIELD_REQUIRED, 1, 200},
    {"field", FIELD_CHOICE, offsetof(struct crm_property, field), FIELD_REQUIRED, .choices = crm_fields},
};
const struct shape crm_field_shape = {field_fields, COUNT(field_fields), sizeof(struct crm_property),
                                      SHAPE_NO_PRESENCE};

static const struct field stage_fields[] = {
    {"value", FIELD_TEXT, offsetof(struct crm_stage, value), FIELD_REQUIRED, 1, 200},
    {"stage", FIELD_CHOICE, offsetof(struct crm_stage, rollup), FIELD_REQUIRED, .choices = rollups},
    {"outcome", FIELD_CHOICE, offsetof(struct crm_stage, outcome), FIELD_NULLABLE, .choices = deal_outcomes},
};
const struct shape crm_stage_shape = {stage_fields, COUNT(stage_fields), sizeof(struct crm_stage),
                                      SHAPE_NO_PRESENCE};

static const struct field category_fields[] = {
    {"value", FIELD_TEXT, offsetof(struct crm_category, value), FIELD_REQUIRED, 1, 200},
    {"category", FIELD_CHOICE, offsetof(struct crm_category, category), FIELD_REQUIRED,
     .choices = category_calls},
};
const struct shape crm_category_shape = {category_fields, COUNT(category_fields), sizeof(struct crm_category),
                                         SHAPE_NO_PRESENCE};

static const struct field partner_fields[] = {
    {"value", FIELD_TEXT, offsetof(struct crm_partner, value), FIELD_REQUIRED, 1, 200},
    {"partner_id", FIELD_UUID, offsetof(struct crm_partner, partner_id), FIELD_REQUIRED},
};
const struct shape crm_partner_shape = {partner_fields, COUNT(partner_fields), sizeof(struct crm_partner),
                                        SHAPE_NO_PRESENCE};

static const char *fields_json(struct arena *arena, const struct object_list *list) {
    const struct crm_property *items = list->items;
    struct json_out out = {.arena = arena};
    json_array(&out, NULL);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "property", items[i].property);
        json_add_choice(&out, "field", crm_fields, items[i].field);
        json_object_end(&out);
    }
    json_array_end(&out);
    return json_out_text(&out);
}

static const char *stages_json(struct arena *arena, const struct object_list *list) {
    const struct crm_stage *items = list->items;
    struct json_out out = {.arena = arena};
    json_array(&out, NULL);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "value", items[i].value);
        json_add_choice(&out, "stage", rollups, items[i].rollup);
        json_add_choice(&out, "outcome", deal_outcomes, items[i].outcome);
        json_object_end(&out);
    }
    json_array_end(&out);
    return json_out_text(&out);
}

static const char *categories_json(struct arena *arena, const struct object_list *list) {
    const struct crm_category *items = list->items;
    struct json_out out = {.arena = arena};
    json_array(&out, NULL);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "value", items[i].value);
        json_add_choice(&out, "category", category_calls, items[i].category);
        json_object_end(&out);
    }
    json_array_end(&out);
    return json_out_text(&out);
}

static const char *partners_json(struct arena *arena, const struct object_list *list) {
    const struct crm_partner *items = list->items;
    struct json_out out = {.arena = arena};
    json_array(&out, NULL);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "value", items[i].value);
        json_add_text(&out, "partner_id", items[i].partner_id);
        json_object_end(&out);
    }
    json_array_end(&out);
    return json_out_text(&out);
}

void crm_maps_store(struct arena *arena, const struct crm_source_maps *maps, struct crm_source_row *row) {
    row->object_types = p_texts(arena, maps->object_types.items, maps->object_types.count).text;
    row->fields = fields_json(arena, &maps->fields);
    row->stages = stages_json(arena, &maps->stages);
    row->categories = categories_json(arena, &maps->categories);
    row->partners = partners_json(arena, &maps->partners);
}

static const struct field map_fields[] = {
    {"object_types", FIELD_TEXTS, offsetof(struct crm_source_maps, object_types)},
    {"fields", FIELD_OBJECTS, offsetof(struct crm_source_maps, fields), .maximum = 100,
     .shape = &crm_field_shape},
    {"stages", FIELD_OBJECTS, offsetof(struct crm_source_maps, stages), .maximum = 200,
     .shape = &crm_stage_shape},
    {"categories", FIELD_OBJECTS, offsetof(struct crm_source_maps, categories), .maximum = 50,
     .shape = &crm_category_shape},
    {"partners", FIELD_OBJECTS, offsetof(struct crm_source_maps, partners), .maximum = 1000,
     .shape = &crm_partner_shape},
};
static const struct shape map_shape = {map_fields, COUNT(map_fields), sizeof(struct crm_source_maps),
                                       SHAPE_NO_PRESENCE};

struct fault *crm_maps_load(struct arena *arena, const struct crm_source_row *row,
                            struct crm_source_maps *maps) {
    struct json_out out = {.arena = arena};
    const struct json *value;
    json_object(&out, NULL);
    json_add_raw(&out, "object_types", row->object_types);
    json_add_raw(&out, "fields", row->fields);
    json_add_raw(&out, "stages", row->stages);
    json_add_raw(&out, "categories", row->categories);
    json_add_raw(&out, "partners", row->partners);
    json_object_end(&out);
    const char *text = json_out_text(&out);
    TRY(json_parse(arena, text, out.length, &value));
    TRY(json_decode(arena, value, &map_shape, maps));
    maps->kind = row->kind;
    return NULL;
}
