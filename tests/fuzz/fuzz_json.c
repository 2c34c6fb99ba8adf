/* Any bytes: what the scanner lets pass cJSON must take whole, and nothing else may reach it. Build with clang and
 * -Dfuzz=true, then run build/tests/fuzz/fuzz_json -max_total_time=60. */
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition) {
    if (!condition)
        abort();
}

/* Counts the values, and looks at every text. */
static size_t walk(const struct json *value, unsigned depth) {
    size_t count = 1;
    const char *text = json_string(value);
    require(depth <= JSON_DEPTH_MAX);
    require(!text || text_is_utf8(text, strlen(text)));
    for (const struct json *child = json_first(value); child; child = json_next(child)) {
        const char *name = json_name(child);
        require(!name || (text_is_utf8(name, strlen(name)) && json_get(value, name) == child));
        count += walk(child, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct field fields[] = {{"a", FIELD_TEXT, 0, FIELD_REQUIRED}};
    static const struct shape shape = {fields, 1, sizeof(char *), SHAPE_NO_PRESENCE};
    struct arena *arena = arena_create();
    const struct json *value = NULL;
    const char *target, *reason = json_scan(arena, (const char *)bytes, length);
    struct fault *fault = json_parse(arena, (const char *)bytes, length, &value);
    require(!reason == !fault && !fault == !!value);
    if (value) {
        require(walk(value, 0) <= JSON_MEMBERS_MAX);
        if (!json_decode(arena, value, &shape, &target))
            require(*target && text_characters(target) <= 1000);
    }
    arena_destroy(arena);
    return 0;
}
