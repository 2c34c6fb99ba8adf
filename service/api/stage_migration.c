/* migrate_stage_model: open claimed deals go over to the newest version of the stage model. Their rows are locked in the
 * order of their ids, so that two migrations wait for each other and never for ever. */
#include <stdlib.h>
#include <string.h>

#include "stage.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"
#include "tandem/store/stage_model.h"

enum { DEALS_MAX = 100 }; /* of one call: each is three statements inside its transaction */

struct migration_body {
    struct text_list named; /* public ids; none: all that are left, by their order */
    const char *after;
    bool dry_run;
};

static const struct field migration_fields[] = {
    {"opportunity_ids", FIELD_TEXTS, offsetof(struct migration_body, named), 0, 1, DEALS_MAX},
    {"after", FIELD_UUID, offsetof(struct migration_body, after)},
    {"dry_run", FIELD_BOOLEAN, offsetof(struct migration_body, dry_run)},
};
static const struct shape migration_shape = {migration_fields,
                                             sizeof migration_fields / sizeof *migration_fields,
                                             sizeof(struct migration_body), SHAPE_NO_PRESENCE};

struct migrating {
    struct call *call;
    const struct migration_body *body;
    const struct stage_model *model;
    struct field_faults faults;
    struct json_out out;
};

/* -- which deals -- */

struct wanted {
    const char *id;
    size_t index; /* in the request */
};

static int by_id(const void *a, const void *b) {
    const struct wanted *one = a, *other = b;
    int order = strcmp(one->id, other->id);
    return order ? order : one->index < other->index ? -1 : 1;
}

static void named_fault(struct migrating *migrating, const struct wanted *wanted, const char *code,
                        const char *detail) {
    field_fault(&migrating->faults,
                arena_format(migrating->call->arena, "/opportunity_ids/%zu", wanted->index), code, "%s",
                detail);
}

static struct wanted *named_parse(struct migrating *migrating, size_t *count) {
    const struct text_list *named = &migrating->body->named;
    struct wanted *wanted = arena_alloc(migrating->call->arena, named->count * sizeof *wanted);
    *count = 0;
    for (size_t i = 0; i < named->count; i++) {
        char *id = arena_alloc(migrating->call->arena, UUID_TEXT_SIZE);
        wanted[*count] = (struct wanted){id, i};
        if (uuid_parse(named->items[i], id))
            ++*count;
        else
            named_fault(migrating, &wanted[*count], "invalid_uuid", "must be a UUID");
    }
    return wanted;
}

/* Those of the request, each once, in the order in which they are locked. */
static struct wanted *wanted_named(struct migrating *migrating, size_t *count) {
    struct wanted *wanted = named_parse(migrating, count);
    size_t kept = 0;
    qsort(wanted, *count, sizeof *wanted, by_id);
    for (size_t i = 0; i < *count; i++)
        if (kept && strcmp(wanted[i].id, wanted[kept - 1].id) == 0)
            named_fault(migrating, &wanted[i], "repeated", "the deal is named already");
        else
            wanted[kept++] = wanted[i];
    *count = kept;
    if (migrating->body->after)
        field_fault(&migrating->faults, "/after", "not_applicable",
                    "deals that are named go over in one call");
    return wanted;
}

/* -- one deal -- */

static struct migration migration_of(const struct migrating *migrating, const struct stage_deal *deal) {
    return (struct migration){
        .model = migrating->model,
        .model_version = deal->model_version,
        .has_claim = stage_has_claim(deal),
        .status = deal->facts.signals.status,
        .vendor_stage = deal->facts.signals.vendor_stage,
        .partner_stage = deal->facts.signals.partner_stage,
        .vendor = deal->vendor_place,
        .partner = deal->partner_place,
        .states = deal->states,
        .state_count = deal->criterion_count,
    };
}

static void place_write(struct json_out *out, const char *name, int model_version, const char *vendor,
                        const char *partner, bool vendor_is_lower) {
    json_object(out, name);
    json_add_integer(out, "model_version", model_version);
    json_add_text(out, "stage", vendor_is_lower ? vendor : partner);
    json_add_text(out, "vendor", vendor);
    json_add_text(out, "partner", partner);
    json_object_end(out);
}

static void migrated_write(struct migrating *migrating, const struct stage_deal *deal,
                           const struct migrated *to) {
    const struct deal_signals *signals = &deal->facts.signals;
    bool vendor_is_lower = to->vendor_stage <= to->partner_stage;
    struct json_out *out = &migrating->out;
    json_object(out, NULL);
    json_add_text(out, "opportunity_id", deal->id);
    place_write(out, "from", deal->model_version, deal->vendor_place.key, deal->partner_place.key,
                signals->vendor_stage <= signals->partner_stage);
    place_write(out, "to", migrating->model->version, stage_key(deal, to->vendor_stage),
                stage_key(deal, to->partner_stage), vendor_is_lower);
    unmet_of_stage_write(out, deal, vendor_is_lower ? to->vendor_stage : to->partner_stage);
    json_object_end(out);
}

/* A deal that is named and stays is a mistake of the request; of the others one that has just been closed or moved is
 * passed over. */
static struct fault *deal_migrate(struct migrating *migrating, const struct wanted *wanted) {
    struct call *call = migrating->call;
    struct stage_deal *deal;
    TRY(stage_lock_in(call->db, call->arena, call->scope.tenant_id, wanted->id, migrating->model->version,
                      &deal));
    if (!deal) {
        named_fault(migrating, wanted, "unknown_opportunity", "there is no such deal");
        return NULL;
    }
    const struct migration migration = migration_of(migrating, deal);
    const char *obstacle = migration_obstacle(&migration);
    if (obstacle) {
        if (migrating->body->named.count)
            named_fault(migrating, wanted, obstacle,
                        "only an open claimed deal on an older version goes over");
        return NULL;
    }
    const struct migrated to = migration_verdict(&migration);
    migrated_write(migrating, deal, &to);
    if (migrating->body->dry_run)
        return NULL;
    return stage_migrate(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id,
                         migrating->model->version, &to);
}

/* -- the call -- */

static struct fault *wanted_find(struct migrating *migrating, struct wanted **wanted, size_t *count,
                                 const char **next_after) {
    struct call *call = migrating->call;
    struct text_list left;
    *next_after = NULL;
    if (migrating->body->named.count) {
        *wanted = wanted_named(migrating, count);
        return NULL;
    }
    TRY(stage_migrate_next(call->db, call->arena, call->scope.tenant_id, migrating->model->version,
                           migrating->body->after, DEALS_MAX + 1, &left));
    *count = left.count > DEALS_MAX ? DEALS_MAX : left.count;
    *wanted = arena_alloc(call->arena, left.count * sizeof **wanted);
    for (size_t i = 0; i < *count; i++)
        (*wanted)[i] = (struct wanted){left.items[i], i};
    if (left.count > DEALS_MAX)
        *next_after = left.items[DEALS_MAX - 1];
    return NULL;
}

static struct fault *migrate_stage_model_serve(struct call *call) {
    struct migrating migrating = {.call = call,
                                  .body = call->request->body,
                                  .faults = {.arena = call->arena},
                                  .out = {.arena = call->arena}};
    struct wanted *wanted;
    size_t count;
    const char *next_after;
    TRY(stage_model_newest(call->db, call->arena, call->scope.tenant_id, &migrating.model));
    TRY(wanted_find(&migrating, &wanted, &count, &next_after));
    json_object(&migrating.out, NULL);
    json_add_integer(&migrating.out, "model_version", migrating.model->version);
    json_add_boolean(&migrating.out, "dry_run", migrating.body->dry_run);
    json_array(&migrating.out, "data");
    for (size_t i = 0; i < count; i++)
        TRY(deal_migrate(&migrating, &wanted[i]));
    json_array_end(&migrating.out);
    TRY(field_faults_fault(&migrating.faults));
    json_add_text(&migrating.out, "next_after", next_after);
    json_object_end(&migrating.out);
    work_reply(call->request, 200, &migrating.out, NULL);
    return NULL;
}

const struct operation migrate_stage_model = {
    .name = "migrate_stage_model",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &migration_shape,
    .work = &(const struct call_work){migrate_stage_model_serve},
};
