/* What libmicrohttpd 0.9.75 lets pass and two readers could read differently: the first of two Content-Lengths,
 * Transfer-Encoding silently before Content-Length, an unknown Transfer-Encoding, two Hosts, names that are no tokens
 * (a folded line ends up there). Any of it is refused, and the connection closed, since its bytes cannot be trusted. */
#include "framing.h"

#include <string.h>
#include <strings.h>

#include "tandem/base/arena.h"

static const char *const header_names[HEADER_COUNT] = {
    [HEADER_HOST] = "Host",
    [HEADER_CONTENT_LENGTH] = "Content-Length",
    [HEADER_TRANSFER_ENCODING] = "Transfer-Encoding",
    [HEADER_AUTHORIZATION] = "Authorization",
    [HEADER_CONTENT_TYPE] = "Content-Type",
    [HEADER_IDEMPOTENCY_KEY] = "Idempotency-Key",
    [HEADER_IF_MATCH] = "If-Match",
    [HEADER_IF_NONE_MATCH] = "If-None-Match",
    [HEADER_CLOCK_OFFSET] = "Tandem-Clock-Offset",
    [HEADER_LAST_EVENT_ID] = "Last-Event-ID",
    [HEADER_REQUEST_ID] = "Request-Id",
    [HEADER_TRACEPARENT] = "traceparent",
    [HEADER_ORIGIN] = "Origin",
    [HEADER_PREFLIGHT_METHOD] = "Access-Control-Request-Method",
    [HEADER_WEBHOOK_ID] = "webhook-id",
    [HEADER_WEBHOOK_TIMESTAMP] = "webhook-timestamp",
    [HEADER_WEBHOOK_SIGNATURE] = "webhook-signature",
    [HEADER_HUBSPOT_SIGNATURE] = "X-HubSpot-Signature-v3",
    [HEADER_HUBSPOT_TIMESTAMP] = "X-HubSpot-Request-Timestamp",
};

static bool is_token(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return length > 0;
}

static bool is_field_value(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

static void framing_refuse(struct framing *framing, const char *reason) {
    if (!framing->wrong)
        framing->wrong = reason;
}

void framing_header(struct framing *framing, const char *name, size_t name_length, const char *value,
                    size_t value_length) {
    if (!is_token(name, name_length))
        framing_refuse(framing, "a header name has characters outside a token");
    if (!is_field_value(value, value_length))
        framing_refuse(framing, "a header value has control characters");
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (strlen(header_names[i]) != name_length || strncasecmp(header_names[i], name, name_length) != 0)
            continue;
        if (framing->values[i])
            framing_refuse(framing, arena_format(framing->arena, "%s is there twice", header_names[i]));
        framing->values[i] = arena_copy(framing->arena, value, value_length);
    }
}

/* Digits only, no sign, no list, no overflow. */
static bool length_parse(const char *text, uint64_t *length) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    *length = 0;
    for (size_t i = 0; i < digits; i++)
        *length = *length * 10 + (uint64_t)(text[i] - '0');
    return true;
}

static bool is_target(const char *target) {
    if (target[0] != '/')
        return false;
    for (const char *c = target; *c; c++)
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || *c == '#')
            return false;
    return true;
}

const char *framing_verdict(struct framing *framing, const char *method, const char *target,
                            const char *version) {
    const char *length = framing->values[HEADER_CONTENT_LENGTH];
    const char *encoding = framing->values[HEADER_TRANSFER_ENCODING];
    bool version_11 = strcmp(version, "HTTP/1.1") == 0;
    if (!version_11 && strcmp(version, "HTTP/1.0") != 0)
        framing_refuse(framing, "the version is neither HTTP/1.1 nor HTTP/1.0");
    if (!is_token(method, strlen(method)))
        framing_refuse(framing, "the method is no token");
    if (!is_target(target))
        framing_refuse(framing, "the target is no path of printable ASCII characters");
    if (version_11 && !framing->values[HEADER_HOST])
        framing_refuse(framing, "Host is missing");
    if (length && !length_parse(length, &framing->content_length))
        framing_refuse(framing, "Content-Length is no number");
    if (length && encoding)
        framing_refuse(framing, "Transfer-Encoding and Content-Length are both there");
    if (encoding && (!version_11 || strcasecmp(encoding, "chunked") != 0))
        framing_refuse(framing, "Transfer-Encoding is not chunked");
    framing->body_follows = encoding || framing->content_length > 0;
    return framing->wrong;
}
