/* Pages: the cursor is base64url(MAC || key of the last row). */
#include "tandem/api/page.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"

enum { MAC_SIZE = 16 };

static uint8_t page_secret[PAGE_SECRET_SIZE];

void page_set_secret(const uint8_t secret[PAGE_SECRET_SIZE]) {
    memcpy(page_secret, secret, sizeof page_secret);
}

static const struct field query_fields[] = {
    {"limit", FIELD_INTEGER, offsetof(struct page, limit), 0, 1, PAGE_LIMIT_MAX},
    {"cursor", FIELD_TEXT, offsetof(struct page, cursor), 0, 1, 300},
};
const struct shape page_query = {query_fields, sizeof query_fields / sizeof *query_fields,
                                 sizeof(struct page), SHAPE_NO_PRESENCE};

int64_t page_rows(const struct page *page) {
    return (page->limit ? page->limit : PAGE_LIMIT_DEFAULT) + 1;
}

/* The filter is the query without cursor and limit, as sent: another order of parameters is another list. */
static const char *filter_text(const struct request *request) {
    const char *query = strchr(request->target, '?');
    char *filter = arena_text(request->arena, query ? query + 1 : "");
    char *kept = arena_text(request->arena, "");
    for (char *rest = filter, *pair; (pair = strsep(&rest, "&"));)
        if (*pair && strncmp(pair, "cursor=", 7) != 0 && strncmp(pair, "limit=", 6) != 0)
            kept = arena_format(request->arena, "%s&%s", kept, pair);
    return kept;
}

static void cursor_mac(const struct request *request, const char *key, uint8_t mac[SHA256_SIZE]) {
    size_t path_length = strcspn(request->target, "?");
    const char *bound =
        arena_format(request->arena, "%s\n%s\n%.*s\n%s\n%s", request->token.tenant, request->operation->name,
                     (int)path_length, request->target, filter_text(request), key);
    hmac_sha256(page_secret, sizeof page_secret, bound, strlen(bound), mac);
}

static const char *cursor_make(const struct request *request, const char *key) {
    uint8_t mac[SHA256_SIZE];
    cursor_mac(request, key, mac);
    size_t key_length = strlen(key);
    char *bytes = arena_alloc(request->arena, MAC_SIZE + key_length);
    memcpy(bytes, mac, MAC_SIZE);
    memcpy(bytes + MAC_SIZE, key, key_length);
    return base64url_encode(request->arena, bytes, MAC_SIZE + key_length);
}

struct fault *page_after(const struct request *request, const struct page *page, const char **after) {
    *after = NULL;
    if (!page->cursor)
        return NULL;
    uint8_t *bytes, mac[SHA256_SIZE];
    size_t length;
    if (base64url_decode(request->arena, page->cursor, strlen(page->cursor), &bytes, &length) &&
        length > MAC_SIZE) {
        const char *key = arena_copy(request->arena, (const char *)bytes + MAC_SIZE, length - MAC_SIZE);
        cursor_mac(request, key, mac);
        if (bytes_equal(mac, bytes, MAC_SIZE)) {
            *after = key;
            return NULL;
        }
    }
    return fault_make(request->arena, PROBLEM_INVALID_CURSOR,
                      "the cursor is not one that this list gave for this filter; start without a cursor");
}

struct fault *page_bind(const struct request *request, const struct page *page, struct param *params,
                        size_t *count) {
    const char *after;
    TRY(page_after(request, page, &after));
    params[(*count)++] = p_text(after);
    params[(*count)++] = p_integer(page_rows(page));
    return NULL;
}

struct fault *page_query_bind(const struct request *request, struct param *params, size_t *count) {
    return page_bind(request, request->query, params, count);
}

/* The next page's address: this one's filter with the new cursor. */
static void add_link(struct request *request, const struct page *page, const char *cursor) {
    size_t path_length = strcspn(request->target, "?");
    reply_header_add(request, "Link",
                     arena_format(request->arena, "<%.*s?limit=%lld&cursor=%s%s>; rel=\"next\"",
                                  (int)path_length, request->target, (long long)page_rows(page) - 1, cursor,
                                  filter_text(request)));
}

/* Of the rows that were asked for, those of this page; *cursor NULL: none follows. */
static size_t page_shown(const struct request *request, const struct page *page, const struct rows *rows,
                         const char *key, const char **cursor) {
    size_t shown = rows_count(rows), limit = (size_t)page_rows(page) - 1;
    *cursor = NULL;
    if (shown <= limit)
        return shown;
    *cursor = cursor_make(request, rows_text(rows, limit - 1, key));
    return limit;
}

void page_begin(struct json_out *out) {
    json_object(out, NULL);
    json_array(out, "data");
}

static void page_end(struct request *request, const struct page *page, const char *cursor,
                     struct json_out *out) {
    json_array_end(out);
    json_add_text(out, "next_cursor", cursor);
    json_object_end(out);
    work_reply(request, 200, out, NULL);
    if (cursor)
        add_link(request, page, cursor);
}

void page_end_whole(struct request *request, struct json_out *out) {
    page_end(request, NULL, NULL, out);
}

struct fault *page_reply(struct request *request, const struct scope *scope, const struct page *page,
                         const struct rows *rows, const char *key, page_row row) {
    const char *cursor;
    size_t shown = page_shown(request, page, rows, key, &cursor);
    struct json_out out = {.arena = request->arena};
    page_begin(&out);
    for (size_t index = 0; index < shown; index++)
        TRY(row(request, scope, rows, index, &out));
    page_end(request, page, cursor, &out);
    return NULL;
}

struct fault *page_reply_items(struct request *request, const struct page *page, const struct rows *rows,
                               const struct page_item *item) {
    const char *cursor;
    size_t shown = page_shown(request, page, rows, item->key, &cursor);
    struct json_out out = {.arena = request->arena};
    void *value = arena_alloc(request->arena, item->size);
    page_begin(&out);
    for (size_t index = 0; index < shown; index++) {
        item->read(rows, index, value);
        item->write(&out, value);
    }
    page_end(request, page, cursor, &out);
    return NULL;
}
