/* Deals that go over to another version of the stage model: what they have carries them, and nobody moves up by it. */
#include <string.h>

#include "tandem/domain/stage.h"

const char *migration_obstacle(const struct migration *migration) {
    if (!migration->has_claim)
        return "no_claim";
    if (migration->status != DEAL_OPEN)
        return "deal_closed";
    return migration->model_version >= migration->model->version ? "on_newest" : NULL;
}

/* 0: the model has no stage of this key. */
static int number_of(const struct stage_model *model, const char *key) {
    for (size_t i = 0; i < model->stage_count; i++)
        if (strcmp(model->stages[i].key, key) == 0)
            return model->stages[i].number;
    return 0;
}

/* The first stage is always low enough: every model starts with discovery. */
static int side_stage(const struct stage_model *model, const struct stage_place *stood, int entry) {
    int same = number_of(model, stood->key), number = 1;
    for (size_t i = 0; i < model->stage_count; i++) {
        const struct stage *stage = &model->stages[i];
        if (stage->number <= entry && stage->rollup <= stood->rollup && (!same || stage->number <= same))
            number = stage->number;
    }
    return number;
}

static bool is_same(const struct stage_model *model, const struct stage_place *stood,
                    const struct stage *stage) {
    int same = number_of(model, stood->key);
    return same ? same == stage->number : stage->rollup == stood->rollup;
}

struct migrated migration_verdict(const struct migration *migration) {
    const struct stage_model *model = migration->model;
    int entry = stage_entry(model, migration->states, migration->state_count);
    struct migrated to = {.vendor_stage = side_stage(model, &migration->vendor, entry),
                          .partner_stage = side_stage(model, &migration->partner, entry)};
    bool vendor_is_lower = migration->vendor_stage <= migration->partner_stage;
    int number = to.vendor_stage < to.partner_stage ? to.vendor_stage : to.partner_stage;
    to.entered = !is_same(model, vendor_is_lower ? &migration->vendor : &migration->partner,
                          &model->stages[number - 1]);
    return to;
}
