/* The target is a stranger's: no redirect is followed, no proxy asked, the answer is read and dropped up to a limit, and the
 * address that a connection is about to be made to is judged at that moment, so that no second look-up can turn it. */
#include "parcel.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tandem/api/event.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/webhook.h"
#include "tandem/domain/webhook.h"
#include "tandem/store/delivery.h"

static size_t drop_bytes(char *bytes, size_t size, size_t count, void *context) {
    struct parcel *parcel = context;
    (void)bytes;
    parcel->received += size * count;
    parcel->too_long = parcel->received > PARCEL_ANSWER_MAX;
    return parcel->too_long ? 0 : size * count;
}

static bool address_allowed(const struct sockaddr *address) {
    union {
        const struct sockaddr *any;
        const struct sockaddr_in *v4;
        const struct sockaddr_in6 *v6;
    } as = {.any = address};
    if (address->sa_family == AF_INET)
        return webhook_address_public((const uint8_t *)&as.v4->sin_addr, 4);
    return address->sa_family == AF_INET6 && webhook_address_public((const uint8_t *)&as.v6->sin6_addr, 16);
}

/* Called with the very address that the connection is made to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct parcel *parcel = context;
    (void)purpose;
    if (!parcel->open && !address_allowed(&address->addr)) {
        parcel->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* -- what is sent -- */

static void test_write(struct json_out *out, const struct delivery_row *delivery) {
    json_object(out, NULL);
    json_add_text(out, "event_id", delivery->id);
    json_add_text(out, "type", "webhook.test");
    json_add_instant(out, "occurred_at", delivery->created_at);
    json_add_instant(out, "recorded_at", delivery->created_at);
    json_add_null(out, "opportunity_id");
    json_object(out, "data");
    json_add_text(out, "note", delivery->note);
    json_object_end(out);
    json_object_end(out);
}

static bool header_add(struct parcel *parcel, const char *name, const char *value) {
    struct curl_slist *longer =
        curl_slist_append(parcel->headers, arena_format(parcel->arena, "%s: %s", name, value));
    if (longer)
        parcel->headers = longer;
    return longer != NULL;
}

static const char *signatures(struct parcel *parcel, const struct delivery_row *delivery, const char *id,
                              int64_t timestamp, const struct json_out *body) {
    const char *now = webhook_sign(parcel->arena, delivery->secret, id, timestamp, body->bytes, body->length);
    if (!now || !delivery->previous)
        return now;
    const char *before =
        webhook_sign(parcel->arena, delivery->previous, id, timestamp, body->bytes, body->length);
    return before ? arena_format(parcel->arena, "%s %s", now, before) : now;
}

static bool sign(struct parcel *parcel, const struct delivery_row *delivery, const struct json_out *body) {
    const char *id = delivery->note ? delivery->id : delivery->event_id;
    int64_t timestamp = time(NULL);
    const char *signature = signatures(parcel, delivery, id, timestamp, body);
    return signature && header_add(parcel, "Content-Type", "application/json") &&
           header_add(parcel, "Expect", "") && header_add(parcel, "webhook-id", id) &&
           header_add(parcel, "webhook-timestamp",
                      arena_format(parcel->arena, "%lld", (long long)timestamp)) &&
           header_add(parcel, "webhook-signature", signature);
}

static void describe(struct parcel *parcel, const char *url, const struct json_out *body) {
    CURL *easy = parcel->easy;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, parcel->open ? "http,https" : "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, parcel);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)PARCEL_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)PARCEL_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* nor waits for a look-up that has not ended */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "tandem/" TANDEM_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, parcel->headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, parcel);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, parcel);
}

static bool parcel_fill(struct parcel *parcel, const struct rows *rows, size_t index,
                        const struct delivery_row *delivery) {
    struct json_out body = {.arena = parcel->arena};
    if (delivery->note)
        test_write(&body, delivery);
    else if (event_write(&body, rows, index, delivery->reduced ? SIDE_PARTNER : SIDE_VENDOR))
        return false;
    json_out_text(&body);
    if (!parcel->easy || !sign(parcel, delivery, &body))
        return false;
    describe(parcel, delivery->url, &body); /* libcurl copies the address and keeps the body's place */
    return true;
}

struct parcel *parcel_make(const struct rows *rows, size_t index, int32_t tenant_id, bool open) {
    struct delivery_row delivery;
    delivery_read(rows, index, &delivery);
    struct parcel *parcel = calloc(1, sizeof *parcel);
    if (!parcel)
        abort();
    *parcel = (struct parcel){
        .arena = arena_create(),
        .easy = curl_easy_init(),
        .tenant_id = tenant_id,
        .key = delivery.key,
        .endpoint_key = delivery.endpoint_key,
        .lease = delivery.lease,
        .round_at = delivery.round_at,
        .tries = delivery.tries + 1,
        .withdrawn = delivery.withdrawn,
        .reactivates = delivery.note && delivery.endpoint_state == WEBHOOK_DISABLED,
        .open = open,
        .begun_at = monotonic_us(),
    };
    if (parcel->withdrawn)
        parcel->unsent = "no_access";
    else if (!parcel_fill(parcel, rows, index, &delivery))
        parcel->unsent = "not_made";
    return parcel;
}

/* -- what came back -- */

static const char *error_of(const struct parcel *parcel, CURLcode code, long status) {
    if (parcel->unsent)
        return parcel->unsent;
    if (parcel->refused)
        return "address_not_allowed";
    if (parcel->too_long)
        return "answer_too_long";
    switch (code) {
    case CURLE_OK: break;
    case CURLE_COULDNT_RESOLVE_HOST: return "host_not_found";
    case CURLE_COULDNT_CONNECT: return "not_connected";
    case CURLE_OPERATION_TIMEDOUT: return "timed_out";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return "tls_failed";
    default: return "connection_failed";
    }
    if (status >= 300 && status < 400)
        return "redirected";
    return status >= 200 && status < 300 ? NULL : "status";
}

struct parcel_answer parcel_answer(struct parcel *parcel, CURLcode code) {
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(parcel->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(parcel->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    return (struct parcel_answer){
        .status = (int)status,
        .failed = code != CURLE_OK || parcel->unsent,
        .retry_after_s = retry_after_s,
        .duration_ms = (monotonic_us() - parcel->begun_at) / 1000,
        .error = error_of(parcel, code, status),
    };
}

void parcel_destroy(struct parcel *parcel) {
    curl_easy_cleanup(parcel->easy);
    curl_slist_free_all(parcel->headers);
    arena_destroy(parcel->arena);
    free(parcel);
}
