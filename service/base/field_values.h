/* One field, one value: what the readers of bodies and of queries share. */
#ifndef TANDEM_SERVICE_BASE_FIELD_VALUES_H
#define TANDEM_SERVICE_BASE_FIELD_VALUES_H

#include "tandem/base/json.h"

/* code NULL: the value was taken. `detail` begins with a capital and ends with a full stop. */
struct field_refusal {
    const char *code, *detail;
};

/* Every value of the shape reads as its kind's "none"; bytes that no field names are zero. */
void shape_clear(const struct shape *shape, void *target);
/* The index of the field, or field_count. */
size_t shape_find(const struct shape *shape, const char *name);

void field_bounds(const struct field *field, int64_t *minimum, int64_t *maximum);
struct field_refusal field_check_count(struct arena *arena, const struct field *field, size_t count);

/* For kinds that are a string in JSON (field_is_text); `text` is valid UTF-8 and is not kept. */
bool field_is_text(enum field_kind kind);
struct field_refusal field_take_text(struct arena *arena, const struct field *field, const char *text,
                                     void *slot);
struct field_refusal field_take_integer(struct arena *arena, const struct field *field, int64_t value,
                                        void *slot);

#endif
