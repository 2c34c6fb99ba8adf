/* ETags and preconditions: the version inside the tag is what a writer must have seen. */
#include "tandem/api/etag.h"

#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"

enum { HASH_CHARACTERS = 12 };

const char *etag_make(struct arena *arena, int64_t version, enum side view, const struct json_out *body) {
    char hash[SHA256_HEX_SIZE];
    sha256_hex(body->bytes, body->length, hash);
    return arena_format(arena, "\"%lld.%c.%.*s\"", (long long)version, view == SIDE_PARTNER ? 'p' : 'v',
                        HASH_CHARACTERS, hash);
}

static const char *after_blanks(const char *text) {
    return text + strspn(text, " \t");
}

/* "<version>" or "<version>.<anything>", and then the next tag or the end; a weak tag never matches strongly. */
static bool tag_names_version(const char *tag, int64_t version) {
    char *end;
    if (*tag != '"' || strtoll(tag + 1, &end, 10) != version || end == tag + 1 ||
        (*end != '.' && *end != '"'))
        return false;
    const char *close = strchr(end, '"');
    return close && strchr(",", *after_blanks(close + 1));
}

/* If-Match: a list of tags, or * alone. */
static bool names_version(const char *if_match, int64_t version) {
    const char *at = after_blanks(if_match);
    if (*at == '*')
        return *after_blanks(at + 1) == '\0';
    for (; at; at = strchr(at, ',') ? after_blanks(strchr(at, ',') + 1) : NULL)
        if (tag_names_version(at, version))
            return true;
    return false;
}

static struct fault *precondition_failed(const struct request *request, int64_t version) {
    return fault_make(request->arena, PROBLEM_PRECONDITION_FAILED,
                      "the resource is at version %lld; read it again and repeat the change on what you find",
                      (long long)version);
}

struct fault *etag_check(const struct request *request, int64_t version) {
    if (request->if_match && !names_version(request->if_match, version))
        return precondition_failed(request, version);
    return NULL;
}

struct fault *etag_check_put(const struct request *request, bool exists, int64_t version) {
    if (exists && request->if_none_match)
        return precondition_failed(request, version);
    if (!exists && request->if_match)
        return fault_make(request->arena, PROBLEM_PRECONDITION_FAILED,
                          "the resource does not exist; create it with If-None-Match: *");
    return exists ? etag_check(request, version) : NULL;
}
