/* A table of fields laid over a parsed value. Every error is collected: the path to the value is kept on the
 * C stack while walking and becomes a JSON pointer only when something is wrong. */
#include "field_values.h"
#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/fault.h"
#include "tandem/base/money.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct path {
    const struct path *up; /* NULL at the root's children */
    const char *name;      /* NULL for an item */
    size_t index;
};

struct decode {
    struct arena *arena;
    struct field_faults faults;
};

static void decode_object(struct decode *decode, const struct shape *shape, const struct json *value,
                          const struct path *path, void *target);

/* RFC 6901: "~" is "~0" and "/" is "~1". */
static const char *escape_name(struct arena *arena, const char *name) {
    char *escaped = arena_alloc(arena, 2 * strlen(name) + 1), *to = escaped;
    for (; *name; name++) {
        bool special = *name == '~' || *name == '/';
        if (special)
            *to++ = '~';
        *to++ = special ? (*name == '~' ? '0' : '1') : *name;
    }
    return escaped;
}

static const char *path_pointer(struct arena *arena, const struct path *path) {
    if (!path)
        return "";
    const char *up = path_pointer(arena, path->up);
    return path->name ? arena_format(arena, "%s/%s", up, escape_name(arena, path->name))
                      : arena_format(arena, "%s/%zu", up, path->index);
}

static void refuse(struct decode *decode, const struct path *path, const char *code, const char *detail) {
    field_fault(&decode->faults, path_pointer(decode->arena, path), code, "%s", detail);
}

static void refuse_if(struct decode *decode, const struct path *path, struct field_refusal refusal) {
    if (refusal.code)
        refuse(decode, path, refusal.code, refusal.detail);
}

static void decode_text(struct decode *decode, const struct field *field, const struct json *value,
                        const struct path *path, void *slot) {
    const char *text = json_string(value);
    if (text)
        refuse_if(decode, path, field_take_text(decode->arena, field, text, slot));
    else
        refuse(decode, path, "wrong_type", "Must be a string.");
}

static void decode_integer(struct decode *decode, const struct field *field, const struct json *value,
                           const struct path *path, void *slot) {
    double number;
    int64_t integer;
    if (json_integer(value, &integer))
        refuse_if(decode, path, field_take_integer(decode->arena, field, integer, slot));
    else if (json_number(value, &number))
        refuse(decode, path, "not_whole", "Must be a whole number of at most 9007199254740991.");
    else
        refuse(decode, path, "wrong_type", "Must be a whole number.");
}

static void decode_boolean(struct decode *decode, const struct field *field, const struct json *value,
                           const struct path *path, void *slot) {
    (void)field;
    if (!json_boolean(value, slot))
        refuse(decode, path, "wrong_type", "Must be true or false.");
}

static void decode_nested(struct decode *decode, const struct field *field, const struct json *value,
                          const struct path *path, void *slot) {
    decode_object(decode, field->shape, value, path, slot);
}

struct amount {
    int64_t amount_minor;
    const char *currency;
};

static void decode_money(struct decode *decode, const struct field *field, const struct json *value,
                         const struct path *path, void *slot) {
    const struct field fields[] = {
        {"amount_minor", FIELD_INTEGER, offsetof(struct amount, amount_minor), FIELD_REQUIRED, field->minimum,
         field->maximum},
        {"currency", FIELD_CURRENCY, offsetof(struct amount, currency), FIELD_REQUIRED}};
    const struct shape shape = {fields, 2, sizeof(struct amount), SHAPE_NO_PRESENCE};
    size_t faults = decode->faults.count;
    struct amount amount;
    decode_object(decode, &shape, value, path, &amount);
    if (decode->faults.count > faults)
        return;
    struct money *money = slot;
    money->amount_minor = amount.amount_minor;
    snprintf(money->currency, sizeof money->currency, "%s", amount.currency);
}

/* False, and told, when the value is no list or has a wrong number of items. */
static bool begin_list(struct decode *decode, const struct field *field, const struct json *value,
                       const struct path *path) {
    if (!json_is_array(value)) {
        refuse(decode, path, "wrong_type", "Must be a list.");
        return false;
    }
    struct field_refusal refusal = field_check_count(decode->arena, field, json_length(value));
    refuse_if(decode, path, refusal);
    return !refusal.code;
}

static void decode_texts(struct decode *decode, const struct field *field, const struct json *value,
                         const struct path *path, void *slot) {
    if (!begin_list(decode, field, value, path))
        return;
    const struct field one = {.kind = FIELD_TEXT, .flags = field->flags & FIELD_LINES};
    struct text_list *list = slot;
    list->items = arena_alloc(decode->arena, json_length(value) * sizeof *list->items);
    for (const struct json *item = json_first(value); item; item = json_next(item), list->count++)
        decode_text(decode, &one, item, &(struct path){path, NULL, list->count}, &list->items[list->count]);
}

static void decode_objects(struct decode *decode, const struct field *field, const struct json *value,
                           const struct path *path, void *slot) {
    if (!begin_list(decode, field, value, path))
        return;
    struct object_list *list = slot;
    size_t size = field->shape->size;
    list->items = arena_alloc(decode->arena, json_length(value) * size);
    for (const struct json *item = json_first(value); item; item = json_next(item), list->count++)
        decode_object(decode, field->shape, item, &(struct path){path, NULL, list->count},
                      (char *)list->items + list->count * size);
}

static void decode_choices(struct decode *decode, const struct field *field, const struct json *value,
                           const struct path *path, void *slot) {
    if (!begin_list(decode, field, value, path))
        return;
    const struct field one = {.kind = FIELD_CHOICE, .choices = field->choices};
    size_t index = 0;
    for (const struct json *item = json_first(value); item; item = json_next(item), index++) {
        const struct path place = {path, NULL, index};
        int code = -1;
        decode_text(decode, &one, item, &place, &code);
        if (code < 0)
            continue;
        assert(code < 32);
        if (*(unsigned *)slot & 1u << code)
            refuse(decode, &place, "repeated", "Must not be given twice.");
        *(unsigned *)slot |= 1u << code;
    }
}

static void decode_value(struct decode *decode, const struct field *field, const struct json *value,
                         const struct path *path, void *slot) {
    static void (*const decoders[])(struct decode *, const struct field *, const struct json *,
                                    const struct path *, void *) = {
        [FIELD_INTEGER] = decode_integer, [FIELD_BOOLEAN] = decode_boolean, [FIELD_MONEY] = decode_money,
        [FIELD_OBJECT] = decode_nested,   [FIELD_TEXTS] = decode_texts,     [FIELD_OBJECTS] = decode_objects,
        [FIELD_CHOICES] = decode_choices};
    (field_is_text(field->kind) ? decode_text : decoders[field->kind])(decode, field, value, path, slot);
}

static void decode_member(struct decode *decode, const struct shape *shape, const struct json *member,
                          const struct path *path, void *target, struct presence *presence) {
    const struct path place = {path, json_name(member), 0};
    size_t index = shape_find(shape, place.name);
    if (index == shape->field_count) {
        refuse(decode, &place, "unknown_member", "There is no such member.");
        return;
    }
    const struct field *field = &shape->fields[index];
    presence->given |= UINT64_C(1) << index;
    if (!json_is_null(member)) {
        decode_value(decode, field, member, &place, (char *)target + field->offset);
        return;
    }
    presence->null |= UINT64_C(1) << index;
    if (field->flags & FIELD_NULLABLE)
        return;
    if (field->flags & FIELD_REQUIRED)
        refuse(decode, &place, "required", "Must be given.");
    else
        refuse(decode, &place, "not_nullable", "Must not be null.");
}

static void decode_object(struct decode *decode, const struct shape *shape, const struct json *value,
                          const struct path *path, void *target) {
    shape_clear(shape, target);
    if (!json_is_object(value)) {
        refuse(decode, path, "wrong_type", "Must be an object.");
        return;
    }
    struct presence presence = {0};
    for (const struct json *member = json_first(value); member; member = json_next(member))
        decode_member(decode, shape, member, path, target, &presence);
    for (size_t i = 0; i < shape->field_count; i++)
        if ((shape->fields[i].flags & FIELD_REQUIRED) && !(presence.given >> i & 1))
            refuse(decode, &(struct path){path, shape->fields[i].name, 0}, "required", "Must be given.");
    if (shape->presence_offset != SHAPE_NO_PRESENCE)
        memcpy((char *)target + shape->presence_offset, &presence, sizeof presence);
}

/* At this place, or at one that holds it, among the first `count` faults. */
static bool refused_already(const struct field_faults *faults, size_t count, const char *pointer) {
    const struct fault_field *field = faults->first;
    for (; field && count; field = field->next, count--) {
        size_t length = strlen(field->pointer);
        if (!strncmp(field->pointer, pointer, length) && (pointer[length] == '\0' || pointer[length] == '/'))
            return true;
    }
    return false;
}

static void check_whole(struct decode *decode, const struct shape *shape, const void *target) {
    struct field_faults found = {.arena = decode->arena};
    size_t refused = decode->faults.count;
    shape->check(decode->arena, target, &found);
    for (const struct fault_field *field = found.first; field; field = field->next)
        if (!refused_already(&decode->faults, refused, field->pointer))
            field_fault(&decode->faults, field->pointer, field->code, "%s", field->detail);
}

struct fault *json_decode(struct arena *arena, const struct json *value, const struct shape *shape,
                          void *target) {
    struct decode decode = {.arena = arena, .faults = {.arena = arena}};
    decode_object(&decode, shape, value, NULL, target);
    if (shape->check && json_is_object(value))
        check_whole(&decode, shape, target);
    return field_faults_fault(&decode.faults);
}
