/* The co-sell stage model: read in any version, put as a whole new one. Deals stay on the version they are on. */
#include "tandem/store/stage_model.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/text.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { STAGES_MAX = 9, CRITERIA_MAX = 20 };

/* -- out -- */

static void criterion_write(struct json_out *out, const struct criterion *criterion) {
    json_object(out, NULL);
    json_add_text(out, "key", criterion->key);
    json_add_text(out, "name", criterion->name);
    json_add_choice(out, "type", evidence_types, criterion->type);
    json_array(out, "needs");
    for (const struct choice *need = requirements; need->name; need++)
        if (criterion->needs >> need->code & 1)
            json_add_text(out, NULL, need->name);
    json_array_end(out);
    json_object_end(out);
}

static void stage_write(struct json_out *out, const struct stage_model *model, const struct stage *stage) {
    json_object(out, NULL);
    json_add_integer(out, "number", stage->number);
    json_add_text(out, "key", stage->key);
    json_add_text(out, "name", stage->name);
    json_add_choice(out, "rollup", rollups, stage->rollup);
    json_add_choice(out, "ceiling", categories, stage->ceiling);
    json_array(out, "criteria");
    for (size_t i = 0; i < model->criterion_count; i++)
        if (model->criteria[i].stage_number == stage->number)
            criterion_write(out, &model->criteria[i]);
    json_array_end(out);
    json_object_end(out);
}

static void warnings_write(struct json_out *out, const struct stage_model *model) {
    struct field_faults warnings = {.arena = out->arena};
    stage_model_warn(model, &warnings);
    json_array(out, "warnings");
    for (const struct fault_field *warning = warnings.first; warning; warning = warning->next) {
        json_object(out, NULL);
        json_add_text(out, "pointer", warning->pointer);
        json_add_text(out, "code", warning->code);
        json_add_text(out, "detail", warning->detail);
        json_object_end(out);
    }
    json_array_end(out);
}

static void model_reply(struct request *request, const struct stage_model *model) {
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_integer(&out, "model_version", model->version);
    json_add_instant(&out, "created_at", model->created_at);
    json_array(&out, "stages");
    for (size_t i = 0; i < model->stage_count; i++)
        stage_write(&out, model, &model->stages[i]);
    json_array_end(&out);
    warnings_write(&out, model);
    json_object_end(&out);
    work_reply(request, 200, &out, etag_make(request->arena, model->version, SIDE_VENDOR, &out));
}

/* -- get_stage_model -- */

struct model_query {
    int64_t version;
};

static const struct field query_fields[] = {
    {"version", FIELD_INTEGER, offsetof(struct model_query, version), 0, 1, INT32_MAX},
};
static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct model_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *get_bind(const struct request *request, struct param *params, size_t *count) {
    const struct model_query *query = request->query;
    params[0] = query->version ? p_integer(query->version) : p_text(NULL);
    *count = 1;
    return NULL;
}

static struct fault *get_answer(struct request *request, const struct scope *scope, const struct rows *rows) {
    const struct stage_model *model = stage_model_read(request->arena, rows);
    (void)scope;
    if (!model)
        return work_not_found(request->arena, "version of the stage model");
    model_reply(request, model);
    return NULL;
}

const struct operation get_stage_model = {
    .name = "get_stage_model",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_stage_model_find, get_bind, get_answer},
};

/* -- put_stage_model -- */

struct criterion_body {
    const char *key, *name;
    int type;
    unsigned needs;
};

struct stage_body {
    const char *key, *name;
    int rollup, ceiling;
    struct object_list criteria; /* of struct criterion_body */
};

struct model_body {
    struct object_list stages; /* of struct stage_body */
};

static const struct field criterion_fields[] = {
    {"key", FIELD_TEXT, offsetof(struct criterion_body, key), FIELD_REQUIRED, 1, 63},
    {"name", FIELD_TEXT, offsetof(struct criterion_body, name), 0, 1, 200},
    {.name = "type",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct criterion_body, type),
     .flags = FIELD_REQUIRED,
     .choices = evidence_types},
    {"needs", FIELD_CHOICES, offsetof(struct criterion_body, needs), 0, 0, 7, requirements},
};
static const struct shape criterion_shape = {criterion_fields, COUNT(criterion_fields),
                                             sizeof(struct criterion_body), SHAPE_NO_PRESENCE};

static const struct field stage_fields[] = {
    {"key", FIELD_TEXT, offsetof(struct stage_body, key), FIELD_REQUIRED, 1, 63},
    {"name", FIELD_TEXT, offsetof(struct stage_body, name), FIELD_REQUIRED, 1, 200},
    {.name = "rollup",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct stage_body, rollup),
     .flags = FIELD_REQUIRED,
     .choices = rollups},
    {.name = "ceiling",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct stage_body, ceiling),
     .flags = FIELD_REQUIRED,
     .choices = categories},
    {.name = "criteria",
     .kind = FIELD_OBJECTS,
     .offset = offsetof(struct stage_body, criteria),
     .flags = FIELD_REQUIRED,
     .minimum = 0,
     .maximum = CRITERIA_MAX,
     .shape = &criterion_shape},
};
static const struct shape stage_shape = {stage_fields, COUNT(stage_fields), sizeof(struct stage_body),
                                         SHAPE_NO_PRESENCE};

static const struct field model_fields[] = {
    {.name = "stages",
     .kind = FIELD_OBJECTS,
     .offset = offsetof(struct model_body, stages),
     .flags = FIELD_REQUIRED,
     .minimum = 2,
     .maximum = STAGES_MAX,
     .shape = &stage_shape},
};
static const struct shape model_shape = {model_fields, COUNT(model_fields), sizeof(struct model_body),
                                         SHAPE_NO_PRESENCE};

static struct stage_model model_of(struct arena *arena, const struct model_body *body, int version) {
    const struct stage_body *given = body->stages.items;
    struct stage *stages = arena_alloc(arena, body->stages.count * sizeof *stages);
    struct criterion *criteria =
        arena_alloc(arena, (body->stages.count * CRITERIA_MAX + 1) * sizeof *criteria);
    size_t count = 0;
    for (size_t i = 0; i < body->stages.count; i++) {
        const struct criterion_body *asked = given[i].criteria.items;
        stages[i] =
            (struct stage){(int)i + 1, given[i].key, given[i].name, given[i].rollup, given[i].ceiling};
        for (size_t j = 0; j < given[i].criteria.count; j++)
            criteria[count++] = (struct criterion){asked[j].key, (int)i + 1, asked[j].type,
                                                   (int)asked[j].needs, asked[j].name};
    }
    return (struct stage_model){version, stages, body->stages.count, criteria, count};
}

static bool is_key(const char *text) {
    return *text >= 'a' && *text <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static void keys_check(const struct model_body *body, struct field_faults *faults) {
    const struct stage_body *stages = body->stages.items;
    static const char detail[] = "a key is lower-case letters, digits and _, and starts with a letter";
    for (size_t i = 0; i < body->stages.count; i++) {
        const struct criterion_body *criteria = stages[i].criteria.items;
        if (!is_key(stages[i].key))
            field_fault(faults, arena_format(faults->arena, "/stages/%zu/key", i), "invalid_key", "%s",
                        detail);
        for (size_t j = 0; j < stages[i].criteria.count; j++)
            if (!is_key(criteria[j].key))
                field_fault(faults, arena_format(faults->arena, "/stages/%zu/criteria/%zu/key", i, j),
                            "invalid_key", "%s", detail);
    }
}

static struct fault *put_stage_model_serve(struct call *call) {
    const struct stage_model *newest;
    TRY(stage_model_newest(call->db, call->arena, call->scope.tenant_id, &newest));
    TRY(etag_check_put(call->request, true, newest->version));
    const struct stage_model model = model_of(call->arena, call->request->body, newest->version + 1);
    struct field_faults faults = {.arena = call->arena};
    keys_check(call->request->body, &faults);
    stage_model_lint(&model, &faults);
    TRY(field_faults_fault(&faults));
    TRY(stage_model_insert(call->db, call->arena, call->scope.tenant_id, &model));
    TRY(stage_model_newest(call->db, call->arena, call->scope.tenant_id, &newest));
    model_reply(call->request, newest);
    return NULL;
}

const struct operation put_stage_model = {
    .name = "put_stage_model",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &model_shape,
    .work = &(const struct call_work){put_stage_model_serve},
};
