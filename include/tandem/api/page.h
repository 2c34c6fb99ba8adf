/* Keyset pages: newest first by public id (UUIDv7), `limit` 1 to 200, an opaque cursor that is bound to tenant, path,
 * operation and filter by a MAC, so that a foreign or edited one is refused (PROBLEM_INVALID_CURSOR). */
#ifndef TANDEM_API_PAGE_H
#define TANDEM_API_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/api/work.h"
#include "tandem/base/json.h"

enum { PAGE_LIMIT_DEFAULT = 50, PAGE_LIMIT_MAX = 200, PAGE_SECRET_SIZE = 32 };

/* Put it into the query struct of a list with filters; PAGE_FIELDS(struct x, page) are its rows in the field table.
 * A list without filters has page_query. */
struct page {
    int64_t limit; /* 0 = not given */
    const char *cursor;
};

#define PAGE_FIELDS(type, member)                                                                            \
    {"limit", FIELD_INTEGER, offsetof(type, member.limit), 0, 1, PAGE_LIMIT_MAX, NULL, NULL}, {              \
        "cursor", FIELD_TEXT, offsetof(type, member.cursor), 0, 1, 300, NULL, NULL                           \
    }

/* Of a struct page itself. */
extern const struct shape page_query;

/* The MAC's key; once at start. Replicas share it. */
void page_set_secret(const uint8_t secret[PAGE_SECRET_SIZE]);

/* Rows to ask for: one more than the page holds, to know whether another follows. */
int64_t page_rows(const struct page *page);
/* The key after which the page starts (the last row's key of the page before), NULL for the first page. */
struct fault *page_after(const struct request *request, const struct page *page, const char **after);
/* Both as parameters of the statement, which takes them last: after, rows. */
struct fault *page_bind(const struct request *request, const struct page *page, struct param *params,
                        size_t *count);
/* The bind of a read whose query is page_query. */
struct fault *page_query_bind(const struct request *request, struct param *params, size_t *count);

/* Writes one element of the page inside the open array. */
typedef struct fault *(*page_row)(struct request *request, const struct scope *scope, const struct rows *rows,
                                  size_t index, struct json_out *out);

/* {"data":[...],"next_cursor":...} and the Link header. `key` names the text column that orders the page. */
struct fault *page_reply(struct request *request, const struct scope *scope, const struct page *page,
                         const struct rows *rows, const char *key, page_row row);

/* How a row becomes a member of a page: `read` fills a struct of `size` bytes, which `write` writes. */
struct page_item {
    const char *key; /* the text column that orders the page */
    size_t size;
    void (*read)(const struct rows *rows, size_t index, void *item);
    void (*write)(struct json_out *out, const void *item);
};

/* The same for rows that need nothing but themselves. */
struct fault *page_reply_items(struct request *request, const struct page *page, const struct rows *rows,
                               const struct page_item *item);

/* A list that is always whole: its elements are written between these two. */
void page_begin(struct json_out *out);
void page_end_whole(struct request *request, struct json_out *out);

#endif
