/* The only file that sees cJSON: everybody else holds a `struct json`, which is cJSON's node under another
 * name. The tree is built in the request's arena, so it is never deleted. */
#include "tandem/base/json.h"

#include "json_scan.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/money.h"

#include <assert.h>
#include <cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct arena *parse_arena;

static void *take_memory(size_t size) {
    return arena_alloc(parse_arena, size);
}

static void keep_memory(void *memory) {
    (void)memory;
}

static void use_arenas(void) {
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = take_memory, .free_fn = keep_memory});
}

/* cJSON stops reading a number after 63 characters and then stumbles over the rest: spell long ones shorter,
 * with the same double as their value, and fill up with spaces. */
static const char *shorten_numbers(struct arena *arena, const char *bytes, size_t length,
                                   const struct long_number *numbers) {
    char *copy = arena_copy(arena, bytes, length);
    for (; numbers; numbers = numbers->next) {
        char shorter[JSON_NUMBER_MAX + 1];
        char *number = copy + numbers->offset;
        double value = strtod(arena_copy(arena, number, numbers->length), NULL);
        int written = snprintf(shorter, sizeof shorter, "%.17g", value);
        memset(number, ' ', numbers->length);
        memcpy(number, shorter, (size_t)written);
    }
    return copy;
}

struct fault *json_parse(struct arena *arena, const char *bytes, size_t length, const struct json **value) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct long_number *numbers;
    const char *reason = json_scan_numbers(arena, bytes, length, &numbers);
    if (reason)
        return fault_make(arena, PROBLEM_MALFORMED_JSON, "The body is not JSON: %s", reason);
    if (numbers)
        bytes = shorten_numbers(arena, bytes, length, numbers);
    pthread_once(&once, use_arenas);
    parse_arena = arena;
    const char *end;
    cJSON *tree = cJSON_ParseWithLengthOpts(bytes, length, &end, false);
    parse_arena = NULL;
    assert(tree); /* the scanner lets nothing pass that cJSON refuses */
    *value = (const struct json *)tree;
    return NULL;
}

static const cJSON *node(const struct json *value) {
    return (const cJSON *)value;
}

const struct json *json_get(const struct json *object, const char *name) {
    return json_is_object(object) ? (const struct json *)cJSON_GetObjectItemCaseSensitive(node(object), name)
                                  : NULL;
}

const char *json_string(const struct json *value) {
    return cJSON_IsString(node(value)) ? node(value)->valuestring : NULL;
}

bool json_number(const struct json *value, double *out) {
    if (!cJSON_IsNumber(node(value)))
        return false;
    *out = node(value)->valuedouble;
    return true;
}

bool json_integer(const struct json *value, int64_t *out) {
    double number;
    if (!json_number(value, &number) || fabs(number) > (double)AMOUNT_MAX)
        return false;
    int64_t whole = (int64_t)number;
    if ((double)whole != number)
        return false;
    *out = whole;
    return true;
}

bool json_boolean(const struct json *value, bool *out) {
    if (!cJSON_IsBool(node(value)))
        return false;
    *out = cJSON_IsTrue(node(value));
    return true;
}

bool json_is_null(const struct json *value) {
    return cJSON_IsNull(node(value));
}

bool json_is_object(const struct json *value) {
    return cJSON_IsObject(node(value));
}

bool json_is_array(const struct json *value) {
    return cJSON_IsArray(node(value));
}

size_t json_length(const struct json *array) {
    return json_is_array(array) ? (size_t)cJSON_GetArraySize(node(array)) : 0;
}

const struct json *json_item(const struct json *array, size_t index) {
    const struct json *item = json_is_array(array) ? json_first(array) : NULL;
    while (item && index--)
        item = json_next(item);
    return item;
}

const struct json *json_first(const struct json *value) {
    return value ? (const struct json *)node(value)->child : NULL;
}

const struct json *json_next(const struct json *value) {
    return (const struct json *)node(value)->next;
}

const char *json_name(const struct json *value) {
    return node(value)->string;
}
