/* What a request must bring before its body is looked at: its share of the rate, a body that the operation takes, in
 * its media type and size, the Idempotency-Key, the precondition. The moved clock is taken here too. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#include "daemon.h"
#include "exchange.h"

enum { IDEMPOTENCY_KEY_MAX = 255, SIGNED_BODY_MAX = 1 << 20 };

uint64_t exchange_body_limit(const struct exchange *exchange) {
    const struct operation *operation = exchange->request.operation;
    const struct server_settings *settings = &exchange->server->settings;
    unsigned flags = operation ? operation->flags : 0;
    if ((flags & OPERATION_SPOOLED) && exchange->request.reply.status == 0)
        return settings->spool_limit;
    bool capped = (flags & OPERATION_SIGNED) && settings->body_limit > SIGNED_BODY_MAX;
    return capped ? SIGNED_BODY_MAX : settings->body_limit;
}

/* The address from which the request came; of a proxy when it stands between. */
static const char *client_address(struct exchange *exchange) {
    char text[INET6_ADDRSTRLEN] = "";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof text);
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
                  sizeof text);
    return arena_text(exchange->request.arena, text);
}

static struct fault *check_link_rate(struct exchange *exchange) {
    if (!exchange->request.token.link_hash)
        return NULL;
    const struct rate_verdict verdict =
        rate_take(exchange->server->link_rate, "", client_address(exchange), monotonic_us());
    if (verdict.allowed)
        return NULL;
    struct fault *fault = fault_make(exchange->request.arena, PROBLEM_TOO_MANY_REQUESTS,
                                     "Too many requests with confirmation links came from this address");
    fault->retry_after_s = (int)verdict.retry_s;
    return fault;
}

static struct fault *check_rate(struct exchange *exchange) {
    const struct token *token = &exchange->request.token;
    struct rate *rate = exchange->server->rate;
    if (!rate || !token->subject)
        return NULL;
    exchange->rate = rate_take(rate, token->tenant, token->subject, monotonic_us());
    if (exchange->rate.allowed)
        return NULL;
    struct fault *fault = fault_make(exchange->request.arena, PROBLEM_TOO_MANY_REQUESTS,
                                     "The caller's rate is exceeded; see RateLimit-Policy");
    fault->retry_after_s = (int)exchange->rate.retry_s;
    return fault;
}

static bool media_type_is(const char *content_type, const char *wanted) {
    size_t length = strlen(wanted);
    if (!content_type || strncasecmp(content_type, wanted, length) != 0)
        return false;
    const char *rest = content_type + length + strspn(content_type + length, " \t");
    return *rest == '\0' || *rest == ';';
}

static const char *media_type_wanted(unsigned flags) {
    if (flags & OPERATION_SPOOLED)
        return "application/x-ndjson";
    return flags & OPERATION_MERGE_PATCH ? "application/merge-patch+json" : "application/json";
}

static struct fault *check_body(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const struct operation *operation = request->operation;
    const struct framing *framing = &exchange->framing;
    if (!framing->body_follows)
        return NULL;
    if (!operation->body && !(operation->flags & (OPERATION_RAW_BODY | OPERATION_SPOOLED)))
        return fault_make(request->arena, PROBLEM_MALFORMED_REQUEST, "This operation takes no body");
    uint64_t limit = exchange_body_limit(exchange);
    if (framing->content_length > limit)
        return fault_make(request->arena, PROBLEM_BODY_TOO_LARGE, "The body may have %llu bytes at most.",
                          (unsigned long long)limit);
    if (operation->flags & OPERATION_RAW_BODY)
        return NULL;
    const char *wanted = media_type_wanted(operation->flags);
    if (media_type_is(request->content_type, wanted))
        return NULL;
    return fault_make(request->arena, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "The body must be %s.", wanted);
}

/* Bare or as a quoted string (RFC 8941); NULL when it is neither. */
static const char *key_unquote(struct arena *arena, const char *text) {
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
        text++, length -= 2;
    if (length == 0 || length > IDEMPOTENCY_KEY_MAX)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x21 || text[i] > 0x7e || text[i] == '"' || text[i] == '\\')
            return NULL;
    return arena_copy(arena, text, length);
}

static struct fault *check_key(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const char *sent = exchange->framing.values[HEADER_IDEMPOTENCY_KEY];
    if (sent) {
        request->idempotency_key = key_unquote(request->arena, sent);
        if (!request->idempotency_key)
            return fault_make(request->arena, PROBLEM_MALFORMED_REQUEST,
                              "Idempotency-Key must be 1 to %d visible ASCII characters, bare or in quotes",
                              IDEMPOTENCY_KEY_MAX);
    } else if (request->operation->flags & OPERATION_KEYED) {
        return fault_make(request->arena, PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
                          "Send a new Idempotency-Key with every new request, and the same one with a retry");
    }
    return NULL;
}

static struct fault *check_precondition(struct exchange *exchange) {
    const struct request *request = &exchange->request;
    unsigned flags = request->operation->flags;
    if ((flags & OPERATION_IF_MATCH) && !request->if_match)
        return fault_make(request->arena, PROBLEM_PRECONDITION_REQUIRED,
                          "Send If-Match with the ETag of the version that you read");
    if ((flags & OPERATION_IF_MATCH_PUT) && !request->if_match &&
        !(request->if_none_match && strcmp(request->if_none_match, "*") == 0))
        return fault_make(request->arena, PROBLEM_PRECONDITION_REQUIRED,
                          "Send If-Match with the ETag to replace, or If-None-Match: * to create");
    return NULL;
}

/* Whole seconds, signed, a hundred years at most. */
static bool offset_parse(const char *text, int64_t *offset_us) {
    const char *digits = text + (*text == '-' || *text == '+');
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 10 || digits[count] != '\0')
        return false;
    long long seconds = strtoll(text, NULL, 10);
    *offset_us = seconds * SECOND_US;
    return llabs(seconds) <= 100LL * 366 * 86400;
}

static struct fault *take_clock_offset(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const char *sent = exchange->framing.values[HEADER_CLOCK_OFFSET];
    if (!sent)
        return NULL;
    if (!exchange->server->settings.clock_moves)
        return fault_make(request->arena, PROBLEM_MALFORMED_REQUEST,
                          "Tandem-Clock-Offset is refused: this service's clock cannot be moved");
    if (!offset_parse(sent, &request->clock_offset_us))
        return fault_make(request->arena, PROBLEM_MALFORMED_REQUEST,
                          "Tandem-Clock-Offset must be whole seconds, a hundred years at most");
    return NULL;
}

struct fault *gate_limits(struct exchange *exchange) {
    TRY(check_rate(exchange));
    TRY(check_link_rate(exchange));
    TRY(take_clock_offset(exchange));
    TRY(check_body(exchange));
    TRY(check_key(exchange));
    TRY(check_precondition(exchange));
    if (!(exchange->request.operation->flags & OPERATION_SPOOLED))
        return NULL;
    TRY(exchange_decode_query(exchange));
    return exchange->framing.body_follows ? spool_open(exchange) : NULL;
}
