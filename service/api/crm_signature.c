/* Signatures of CRMs. Secrets are read at each message, so that a rotated file counts at once. An address that is not
 * there costs one HMAC too: neither words nor time tell it from a bad signature. */
#include "crm_signature.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/signature.h"
#include "tandem/base/time.h"
#include "tandem/domain/crm_source.h"
#include "tandem/http/operation.h"

enum { SECRET_SIZE_MAX = 1024 };

static const char *secrets_directory;
/* Verifies what comes to an address that is not there. */
static const char *const nobodys_secret = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=";

void crm_secrets_set_directory(const char *directory) {
    secrets_directory = directory;
}

bool crm_secret_read(struct arena *arena, const char *tenant, const char *name, const char **secret) {
    char bytes[SECRET_SIZE_MAX + 1];
    if (!secrets_directory || !crm_secret_name_is_plain(name))
        return false;
    int file = open(arena_format(arena, "%s/%s/%s", secrets_directory, tenant, name), O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);
    if (file >= 0)
        close(file);
    while (size > 0 && size <= SECRET_SIZE_MAX && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    if (size <= 0 || size > SECRET_SIZE_MAX || memchr(bytes, '\0', (size_t)size))
        return false;
    *secret = arena_copy(arena, bytes, (size_t)size);
    return true;
}

bool crm_secret_fits(struct arena *arena, int kind, const char *secret) {
    uint8_t *key;
    size_t length;
    return kind == CRM_HUBSPOT ? strlen(secret) >= 16 : webhook_secret_key(arena, secret, &key, &length);
}

static bool webhook_verified(struct call *call, const char *secret, int64_t now_at) {
    const struct request_signature *sent = &call->request->signature;
    const struct webhook_message message = {sent->webhook_id, sent->webhook_timestamp,
                                            sent->webhook_signature, call->request->body_bytes,
                                            call->request->body_length};
    uint8_t *key;
    size_t length;
    return webhook_secret_key(call->arena, secret, &key, &length) &&
           webhook_is_signed(call->arena, &message, key, length) &&
           signature_is_timely(sent->webhook_timestamp, SECOND_US, now_at);
}

static bool hubspot_verified(struct call *call, const char *secret, const char *public_url, int64_t now_at) {
    const struct request_signature *sent = &call->request->signature;
    const struct hubspot_message message = {call->request->method,     public_url,
                                            sent->hubspot_timestamp,   sent->hubspot_signature,
                                            call->request->body_bytes, call->request->body_length};
    return hubspot_is_signed(call->arena, &message, secret) &&
           signature_is_timely(sent->hubspot_timestamp, SECOND_US / 1000, now_at);
}

static bool verified(struct call *call, const struct crm_address *address, const char *name) {
    const char *secret = NULL;
    if (!name || !crm_secret_read(call->arena, address->tenant, name, &secret))
        return false;
    return address->kind == CRM_HUBSPOT ? hubspot_verified(call, secret, address->public_url, address->now_at)
                                        : webhook_verified(call, secret, address->now_at);
}

/* Each kind is spoken to under its own path. */
static bool path_fits(const struct request *request, int kind) {
    static const char *const operations[] = {[CRM_HUBSPOT] = "receive_hubspot",
                                             [CRM_SALESFORCE] = "receive_salesforce",
                                             [CRM_GENERIC] = "receive_crm_events"};
    return strcmp(request->operation->name, operations[kind]) == 0;
}

struct fault *crm_address_of(struct call *call, struct crm_address *address) {
    bool found;
    return crm_address_find(call->db, call->arena, call->request->path_values[0],
                            call->request->clock_offset_us, &found, address);
}

struct fault *crm_enter(struct call *call) {
    struct crm_address address;
    bool found;
    TRY(crm_address_find(call->db, call->arena, call->request->path_values[0], call->request->clock_offset_us,
                         &found, &address));
    bool good = found && path_fits(call->request, address.kind);
    if (!good)
        webhook_verified(call, nobodys_secret, 0);
    good = good && (verified(call, &address, address.secret_current) |
                    verified(call, &address, address.secret_previous));
    if (!good)
        return fault_make(call->arena, PROBLEM_SIGNATURE_INVALID, "The message is not taken.");
    const struct scope_request scope = {
        .tenant = address.tenant,
        .subject = address.subject,
        .clock_offset_us = call->request->clock_offset_us,
    };
    struct fault *fault = scope_enter(call->db, call->arena, &scope, &call->scope);
    if (!fault || fault->problem != PROBLEM_UNKNOWN_PERSON)
        return fault;
    fault = fault_make(call->arena, PROBLEM_UNAVAILABLE,
                       "The person in whose name the source acts is not active; an admin names another.");
    fault->retry_after_s = 60;
    return fault;
}
