/* A version of the stage model: one row for each stage and criterion, read back as one struct. */
#include "tandem/store/stage_model.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

static const struct column model_columns[] = {
    {"model_version", COLUMN_CHOICE, offsetof(struct stage_model, version)},
    {"created_at", COLUMN_INSTANT, offsetof(struct stage_model, created_at)},
};

static const struct column stage_columns[] = {
    {"number", COLUMN_CHOICE, offsetof(struct stage, number)},
    {"stage", COLUMN_TEXT, offsetof(struct stage, key)},
    {"stage_name", COLUMN_TEXT, offsetof(struct stage, name)},
    {"rollup", COLUMN_CHOICE, offsetof(struct stage, rollup)},
    {"ceiling", COLUMN_CHOICE, offsetof(struct stage, ceiling)},
};

static const struct column criterion_columns[] = {
    {"number", COLUMN_CHOICE, offsetof(struct criterion, stage_number)},
    {"criterion", COLUMN_TEXT, offsetof(struct criterion, key)},
    {"criterion_name", COLUMN_TEXT, offsetof(struct criterion, name)},
    {"type", COLUMN_CHOICE, offsetof(struct criterion, type)},
    {"needs", COLUMN_CHOICE, offsetof(struct criterion, needs)},
};

const struct stage_model *stage_model_read(struct arena *arena, const struct rows *rows) {
    size_t count = rows_count(rows);
    if (!count)
        return NULL;
    struct stage_model *model = arena_alloc(arena, sizeof *model);
    struct stage *stages = arena_alloc(arena, count * sizeof *stages);
    struct criterion *criteria = arena_alloc(arena, count * sizeof *criteria);
    rows_read(rows, 0, model_columns, COUNT(model_columns), model);
    for (size_t i = 0; i < count; i++) {
        rows_read(rows, i, criterion_columns, COUNT(criterion_columns), &criteria[i]);
        if (i == 0 || criteria[i].stage_number != criteria[i - 1].stage_number)
            rows_read(rows, i, stage_columns, COUNT(stage_columns), &stages[model->stage_count++]);
    }
    model->stages = stages;
    model->criteria = criteria;
    model->criterion_count = count;
    return model;
}

struct fault *stage_model_newest(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct stage_model **model) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_stage_model_find, PARAMS(p_integer(tenant_id), p_text(NULL)), &rows));
    *model = stage_model_read(arena, rows);
    return NULL;
}

static struct fault *criteria_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                     const struct stage_model *model) {
    struct rows *rows;
    int position = 0;
    for (size_t i = 0; i < model->criterion_count; i++) {
        const struct criterion *criterion = &model->criteria[i];
        position = i > 0 && model->criteria[i - 1].stage_number == criterion->stage_number ? position + 1 : 1;
        TRY(db_query(db, arena, SQL_stage_model_criterion_insert,
                     PARAMS(p_integer(tenant_id), p_integer(model->version),
                            p_integer(criterion->stage_number), p_integer(position), p_text(criterion->key),
                            p_integer(criterion->type), p_integer(criterion->needs), p_text(criterion->name)),
                     &rows));
    }
    return NULL;
}

struct fault *stage_model_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct stage_model *model) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_stage_model_insert, PARAMS(p_integer(tenant_id), p_integer(model->version)),
                 &rows));
    for (const struct stage *stage = model->stages; stage < model->stages + model->stage_count; stage++)
        TRY(db_query(db, arena, SQL_stage_model_stage_insert,
                     PARAMS(p_integer(tenant_id), p_integer(model->version), p_integer(stage->number),
                            p_text(stage->key), p_text(stage->name), p_integer(stage->rollup),
                            p_integer(stage->ceiling)),
                     &rows));
    return criteria_insert(db, arena, tenant_id, model);
}
