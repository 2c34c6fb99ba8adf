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

/* Span ids must differ, not be secret: splitmix64 from a strong seed saves a system call for every request. */
static uint64_t span_next(void) {
    static _Thread_local uint64_t state;
    if (state == 0)
        random_bytes(&state, sizeof state);
    uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;
    return mixed ? mixed : 1;
}

const char *trace_parent(struct arena *arena, const char *sent) {
    uintmax_t span = span_next();
    if (sent && is_traceparent(sent))
        return arena_format(arena, "00-%.32s-%016jx-%s", sent + TRACE_ID_AT, span, sent + FLAGS_AT);
    uintmax_t high = span_next(), low = span_next();
    return arena_format(arena, "00-%016jx%016jx-%016jx-00", high, low, span);
}
