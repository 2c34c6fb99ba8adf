/* Versions of a tenant's stage model: never changed, never deleted, each row with its event. */
#ifndef TANDEM_STORE_STAGE_MODEL_H
#define TANDEM_STORE_STAGE_MODEL_H

#include "tandem/domain/stage.h"
#include "tandem/store/db.h"

/* The rows of SQL_stage_model_find; NULL when there are none. */
const struct stage_model *stage_model_read(struct arena *arena, const struct rows *rows);
/* The newest version. */
struct fault *stage_model_newest(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct stage_model **model);
/* As its version, which nobody has taken: PRECONDITION_FAILED. */
struct fault *stage_model_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct stage_model *model);

#endif
