/* Files built into the binary, sent as they stand: one copy for everybody, compressed for whoever accepts it. */
#include <inttypes.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"
#include "tandem/base/embedded.h"
#include "tandem/http/loop.h"
#include "tandem/http/operation.h"

#include "exchange.h"

/* The weight after a coding is 0: `;q=0`, `; q=0.000`. */
static bool is_refused(const char *parameters, size_t length) {
    const char *end = parameters + length, *weight = parameters;
    weight += strspn(weight, " \t;");
    if (end - weight < 3 || strncasecmp(weight, "q=0", 3) != 0)
        return false;
    weight += 3;
    return weight + strspn(weight, ".0 \t") >= end;
}

bool accepts_gzip(const char *accept_encoding) {
    bool any = false;
    for (const char *item = accept_encoding; item && *item;) {
        item += strspn(item, " \t,");
        size_t length = strcspn(item, ","), name = strcspn(item, ",; \t");
        bool taken = !is_refused(item + name, length - name);
        if (name == 4 && strncasecmp(item, "gzip", 4) == 0)
            return taken; /* named: what `*` says does not matter */
        if (name == 1 && *item == '*')
            any = taken;
        item += length;
    }
    return any;
}

void reply_page(struct request *request, const struct page *page) {
    const struct embedded_file *file = page->file;
    struct MHD_Connection *connection = exchange_of(request)->connection;
    if (page->compressed)
        reply_header_add(request, "Vary", "Accept-Encoding");
    if (page->compressed &&
        accepts_gzip(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding")))
        file = page->compressed;
    const char *etag = arena_format(request->arena, "\"%016" PRIx64 "\"", file->hash);
    bool known = request->if_none_match && strstr(request->if_none_match, etag);
    reply_json(request, known ? 304 : 200, file->bytes, known ? 0 : file->size);
    if (!known && file == page->compressed)
        reply_header_add(request, "Content-Encoding", "gzip");
    request->reply.content_type = page->content_type;
    request->reply.etag = etag;
    reply_header_add(request, "Cache-Control", "no-cache");
    if (page->content_security_policy)
        reply_header_add(request, "Content-Security-Policy", page->content_security_policy);
}

void serve_page(struct request *request) {
    const struct loop_page *page = request->operation->work;
    reply_page(request, &page->page);
}
