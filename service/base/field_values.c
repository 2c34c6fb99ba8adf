/* From a text to the value of a field, kind by kind. A refusal never says what was sent, only what is
 * expected. */
#include "field_values.h"

#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/money.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

enum { TEXT_DEFAULT_MAX = 1000, LIST_DEFAULT_MAX = 100, EMAIL_MAX = 254 /* RFC 5321, 4.5.3.1.3 */ };

static const struct field_refusal taken = {NULL, NULL};

static void clear_field(const struct field *field, void *slot) {
    switch (field->kind) {
    case FIELD_CHOICE: *(int *)slot = -1; break;
    case FIELD_DATE: *(int32_t *)slot = DATE_NONE; break;
    case FIELD_INSTANT: *(int64_t *)slot = INSTANT_NONE; break;
    case FIELD_OBJECT: shape_clear(field->shape, slot); break;
    default: break;
    }
}

void shape_clear(const struct shape *shape, void *target) {
    assert(shape->field_count <= 64);
    memset(target, 0, shape->size);
    for (size_t i = 0; i < shape->field_count; i++)
        clear_field(&shape->fields[i], (char *)target + shape->fields[i].offset);
}

size_t shape_find(const struct shape *shape, const char *name) {
    size_t index = 0;
    while (index < shape->field_count && strcmp(shape->fields[index].name, name))
        index++;
    return index;
}

void field_bounds(const struct field *field, int64_t *minimum, int64_t *maximum) {
    *minimum = field->minimum;
    *maximum = field->maximum;
    if (field->minimum || field->maximum) {
        if (field->kind == FIELD_TEXT && (field->flags & FIELD_REQUIRED) && *minimum < 1)
            *minimum = 1;
        return;
    }
    switch (field->kind) {
    case FIELD_TEXT: *minimum = 1, *maximum = TEXT_DEFAULT_MAX; break;
    case FIELD_TEXTS:
    case FIELD_OBJECTS:
    case FIELD_CHOICES: *maximum = LIST_DEFAULT_MAX; break;
    default: *minimum = -AMOUNT_MAX, *maximum = AMOUNT_MAX;
    }
}

struct field_refusal field_check_count(struct arena *arena, const struct field *field, size_t count) {
    int64_t minimum, maximum;
    field_bounds(field, &minimum, &maximum);
    if ((int64_t)count >= minimum && (int64_t)count <= maximum)
        return taken;
    return (struct field_refusal){
        (int64_t)count < minimum ? "too_few" : "too_many",
        arena_format(arena, "Must have %" PRId64 " to %" PRId64 " items.", minimum, maximum)};
}

/* Without the white space around it, in the arena. */
static const char *trim(struct arena *arena, const char *text) {
    const uint8_t *start = (const uint8_t *)text, *end = start + strlen(text), *next;
    ucs4_t character;
    while ((next = u8_next(&character, start)) && uc_is_property_white_space(character))
        start = next;
    while ((next = u8_prev(&character, end, start)) && uc_is_property_white_space(character))
        end = next;
    return arena_copy(arena, (const char *)start, (size_t)(end - start));
}

static bool has_control(const char *text, bool lines) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if ((*c < 0x20 && !(lines && strchr("\n\r\t", *c))) || *c == 0x7f)
            return true;
        if (*c == 0xc2 && c[1] < 0xa0) /* U+0080 to U+009F */
            return true;
    }
    return false;
}

static struct field_refusal take_plain(struct arena *arena, const struct field *field, const char *text,
                                       void *slot) {
    int64_t minimum, maximum;
    field_bounds(field, &minimum, &maximum);
    int64_t characters = (int64_t)text_characters(text);
    if (characters < minimum || characters > maximum)
        return (struct field_refusal){
            characters < minimum ? "too_short" : "too_long",
            arena_format(arena, "Must have %" PRId64 " to %" PRId64 " characters.", minimum, maximum)};
    *(const char **)slot = text;
    return taken;
}

static struct field_refusal take_choice(struct arena *arena, const struct field *field, const char *text,
                                        void *slot) {
    if (choice_code(field->choices, text, slot))
        return taken;
    const char *names = field->choices->name ? field->choices->name : "";
    for (const struct choice *choice = field->choices; choice->name; choice++)
        if (choice != field->choices)
            names = arena_format(arena, "%s, %s", names, choice->name);
    return (struct field_refusal){"unknown_choice", arena_format(arena, "Must be one of: %s.", names)};
}

static struct field_refusal take_uuid(struct arena *arena, const struct field *field, const char *text,
                                      void *slot) {
    (void)field;
    char lower[UUID_TEXT_SIZE];
    if (!uuid_parse(text, lower))
        return (struct field_refusal){"invalid_uuid", "Must be a UUID."};
    *(const char **)slot = arena_text(arena, lower);
    return taken;
}

static struct field_refusal take_date(struct arena *arena, const struct field *field, const char *text,
                                      void *slot) {
    (void)arena, (void)field;
    return date_parse(text, slot) ? taken
                                  : (struct field_refusal){"invalid_date", "Must be a date, YYYY-MM-DD."};
}

static struct field_refusal take_instant(struct arena *arena, const struct field *field, const char *text,
                                         void *slot) {
    (void)arena, (void)field;
    return instant_parse(text, slot)
               ? taken
               : (struct field_refusal){"invalid_instant", "Must be a time by RFC 3339 with its offset."};
}

static struct field_refusal take_currency(struct arena *arena, const struct field *field, const char *text,
                                          void *slot) {
    (void)arena, (void)field;
    if (currency_exponent(text) < 0)
        return (struct field_refusal){"invalid_currency", "Must be a currency code of ISO 4217."};
    *(const char **)slot = text;
    return taken;
}

static struct field_refusal take_email(struct arena *arena, const struct field *field, const char *text,
                                       void *slot) {
    (void)arena, (void)field;
    if (strlen(text) > EMAIL_MAX || !text_is_email(text))
        return (struct field_refusal){"invalid_email", "Must be an e-mail address."};
    *(const char **)slot = text;
    return taken;
}

static struct field_refusal take_country(struct arena *arena, const struct field *field, const char *text,
                                         void *slot) {
    (void)arena, (void)field;
    bool two_letters = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && !text[2];
    if (!two_letters)
        return (struct field_refusal){"invalid_country", "Must be a country code of two capital letters."};
    *(const char **)slot = text;
    return taken;
}

static struct field_refusal (*const takers[])(struct arena *, const struct field *, const char *, void *) = {
    [FIELD_TEXT] = take_plain,  [FIELD_CHOICE] = take_choice,   [FIELD_UUID] = take_uuid,
    [FIELD_DATE] = take_date,   [FIELD_INSTANT] = take_instant, [FIELD_CURRENCY] = take_currency,
    [FIELD_EMAIL] = take_email, [FIELD_COUNTRY] = take_country};

bool field_is_text(enum field_kind kind) {
    return (size_t)kind < sizeof takers / sizeof *takers && takers[kind];
}

struct field_refusal field_take_text(struct arena *arena, const struct field *field, const char *text,
                                     void *slot) {
    assert(field_is_text(field->kind));
    const char *trimmed = trim(arena, text);
    if (has_control(trimmed, field->flags & FIELD_LINES))
        return (struct field_refusal){"control_character", "Must not contain control characters."};
    return takers[field->kind](arena, field, trimmed, slot);
}

struct field_refusal field_take_integer(struct arena *arena, const struct field *field, int64_t value,
                                        void *slot) {
    int64_t minimum, maximum;
    field_bounds(field, &minimum, &maximum);
    if (value < minimum || value > maximum)
        return (struct field_refusal){
            value < minimum ? "too_small" : "too_large",
            arena_format(arena, "Must be %" PRId64 " to %" PRId64 ".", minimum, maximum)};
    *(int64_t *)slot = value;
    return taken;
}
