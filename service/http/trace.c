/* Request ids and traceparents: taken from the caller when well-formed, else made. */
#include "trace.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/uuid.h"

enum { REQUEST_ID_MAX = 64, TRACEPARENT_LENGTH = 55, TRACE_ID_AT = 3, SPAN_AT = 36, FLAGS_AT = 53 };

static const char hex_digits[] = "0123456789abcdef";

const char *trace_request_id(struct arena *arena, const char *sent) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (sent && *sent && strlen(sent) <= REQUEST_ID_MAX && sent[strspn(sent, allowed)] == '\0')
        return sent;
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    return arena_text(arena, id);
}

/* version 00: 2-32-16-2 lower-case hex digits; all-zero ids are invalid. */
static bool is_traceparent(const char *text) {
    if (strlen(text) != TRACEPARENT_LENGTH || strncmp(text, "00-", 3) != 0 || text[35] != '-' ||
        text[52] != '-')
        return false;
    return strspn(text + TRACE_ID_AT, hex_digits) == 32 && strspn(text + SPAN_AT, hex_digits) == 16 &&
           strspn(text + FLAGS_AT, hex_digits) == 2 && strspn(text + TRACE_ID_AT, "0") < 32 &&
           strspn(text + SPAN_AT, "0") < 16;
}

const char *trace_parent(struct arena *arena, const char *sent) {
    uint64_t made[3];
    random_bytes(made, sizeof made);
    uint64_t span = made[2] ? made[2] : 1;
    if (sent && is_traceparent(sent))
        return arena_format(arena, "00-%.32s-%016jx-%s", sent + TRACE_ID_AT, (uintmax_t)span,
                            sent + FLAGS_AT);
    return arena_format(arena, "00-%016jx%016jx-%016jx-00", (uintmax_t)(made[0] | 1), (uintmax_t)made[1],
                        (uintmax_t)span);
}
