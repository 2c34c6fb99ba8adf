/* Values on their way in. Everything travels as text: PostgreSQL knows the type from the prepared statement.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tandem/base/time.h"

#include "db_inside.h"

static const struct param null_param = {PARAM_NULL, NULL, 0};

struct param p_text(const char *text) {
    return text ? (struct param){PARAM_TEXT, text, 0} : null_param;
}

struct param p_integer(int64_t value) {
    return (struct param){PARAM_INTEGER, NULL, value};
}

struct param p_choice(int code) {
    return code < 0 ? null_param : p_integer(code);
}

struct param p_boolean(bool value) {
    return (struct param){PARAM_BOOLEAN, NULL, value};
}

struct param p_instant(int64_t at) {
    return at == INSTANT_NONE ? null_param : (struct param){PARAM_INSTANT, NULL, at};
}

struct param p_date(int32_t date) {
    return date == DATE_NONE ? null_param : (struct param){PARAM_DATE, NULL, date};
}

struct param p_amount(const struct money *money) {
    return *money->currency ? p_integer(money->amount_minor) : null_param;
}

struct param p_currency(const struct money *money) {
    return *money->currency ? p_text(money->currency) : null_param;
}

/* {"a","b \"quoted\"",NULL}: every item in quotes, so that none can be taken for a word of the array syntax.
 */
struct param p_texts(struct arena *arena, const char *const *items, size_t count) {
    size_t size = 3;
    for (size_t i = 0; i < count; i++)
        size += items[i] ? 2 * strlen(items[i]) + 3 : 5;
    char *literal = arena_alloc(arena, size), *out = literal;
    *out++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i)
            *out++ = ',';
        if (!items[i]) {
            out = stpcpy(out, "NULL");
            continue;
        }
        *out++ = '"';
        for (const char *c = items[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                *out++ = '\\';
            *out++ = *c;
        }
        *out++ = '"';
    }
    strcpy(out, "}");
    return p_text(literal);
}

struct param p_integers(struct arena *arena, const int64_t *items, size_t count) {
    size_t size = 3 + count * 21;
    char *literal = arena_alloc(arena, size), *out = literal;
    *out++ = '{';
    for (size_t i = 0; i < count; i++)
        out += sprintf(out, "%s%" PRId64, i ? "," : "", items[i]);
    strcpy(out, "}");
    return p_text(literal);
}

const char *param_text(const struct param *param, char *buffer) {
    switch (param->kind) {
    case PARAM_NULL: return NULL;
    case PARAM_TEXT: return param->text;
    case PARAM_INTEGER: sprintf(buffer, "%" PRId64, param->number); break;
    case PARAM_BOOLEAN: strcpy(buffer, param->number ? "t" : "f"); break;
    case PARAM_INSTANT: instant_format(param->number, buffer); break;
    case PARAM_DATE: date_format((int32_t)param->number, buffer); break;
    }
    return buffer;
}

void bound_make(struct bound *bound, const struct db *db, enum sql statement, const struct param *params,
                size_t param_count) {
    static_assert(sizeof bound->texts[0] >= INSTANT_TEXT_SIZE, "an instant's text fits");
    bound->statement = db_statement(db, statement);
    assert(param_count == (size_t)bound->statement->parameters && param_count <= STATEMENT_PARAMS_MAX);
    bound->count = (int)param_count;
    for (size_t i = 0; i < param_count; i++)
        bound->values[i] = param_text(&params[i], bound->texts[i]);
}
