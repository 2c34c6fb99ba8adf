/* The same table of fields laid over query parameters: there every value is a text, and there is no null. */
#include "field_values.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/money.h"
#include "tandem/base/text.h"

#include <assert.h>
#include <string.h>

/* The one spelling of a whole number: no sign but a minus, no leading zero. */
static bool read_integer(const char *text, int64_t *value) {
    bool negative = *text == '-';
    const char *digits = text + negative;
    int64_t magnitude = 0;
    if (!*digits || (*digits == '0' && (digits[1] || negative)))
        return false;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            return false;
        magnitude = magnitude * 10 + (*digits - '0');
        if (magnitude > AMOUNT_MAX)
            return false;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

static struct field_refusal take_value(struct arena *arena, const struct field *field, const char *text,
                                       void *slot) {
    int64_t integer;
    if (!text_is_utf8(text, strlen(text)))
        return (struct field_refusal){"not_utf8", "Must be UTF-8."};
    switch (field->kind) {
    case FIELD_INTEGER:
        if (!read_integer(text, &integer))
            return (struct field_refusal){"wrong_type", "Must be a whole number."};
        return field_take_integer(arena, field, integer, slot);
    case FIELD_BOOLEAN:
        *(bool *)slot = !strcmp(text, "true");
        if (!*(bool *)slot && strcmp(text, "false"))
            return (struct field_refusal){"wrong_type", "Must be true or false."};
        return (struct field_refusal){0};
    default:
        assert(field_is_text(field->kind)); /* a query has no objects and no lists */
        return field_take_text(arena, field, text, slot);
    }
}

static void take_pair(struct arena *arena, const struct query_pair *pair, const struct shape *shape,
                      void *target, struct presence *presence, struct field_faults *faults) {
    if (!text_is_utf8(pair->name, strlen(pair->name))) {
        field_fault(faults, "?", "not_utf8", "The name of a parameter must be UTF-8.");
        return;
    }
    const char *pointer = arena_format(arena, "?%s", pair->name);
    size_t index = shape_find(shape, pair->name);
    if (index == shape->field_count) {
        field_fault(faults, pointer, "unknown_parameter", "There is no such parameter.");
        return;
    }
    if (presence->given >> index & 1) {
        field_fault(faults, pointer, "repeated", "Must not be given twice.");
        return;
    }
    presence->given |= UINT64_C(1) << index;
    const struct field *field = &shape->fields[index];
    struct field_refusal refusal = take_value(arena, field, pair->value, (char *)target + field->offset);
    if (refusal.code)
        field_fault(faults, pointer, refusal.code, "%s", refusal.detail);
}

struct fault *query_decode(struct arena *arena, const struct query_pair *pairs, size_t count,
                           const struct shape *shape, void *target) {
    struct field_faults faults = {.arena = arena};
    struct presence presence = {0};
    shape_clear(shape, target);
    for (size_t i = 0; i < count; i++)
        take_pair(arena, &pairs[i], shape, target, &presence, &faults);
    for (size_t i = 0; i < shape->field_count; i++)
        if ((shape->fields[i].flags & FIELD_REQUIRED) && !(presence.given >> i & 1))
            field_fault(&faults, arena_format(arena, "?%s", shape->fields[i].name), "required",
                        "Must be given.");
    if (shape->check)
        shape->check(arena, target, &faults);
    if (shape->presence_offset != SHAPE_NO_PRESENCE)
        memcpy((char *)target + shape->presence_offset, &presence, sizeof presence);
    struct fault *fault = field_faults_fault(&faults);
    if (fault) {
        fault->problem = PROBLEM_INVALID_PARAMETER;
        fault->detail = arena_format(arena, "%zu query parameter%s bad", faults.count,
                                     faults.count == 1 ? " is" : "s are");
    }
    return fault;
}
