/* Same key, same request: the same answer, once. */
#include "idempotency.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/store/idempotency.h"

static struct idempotency_key key_of(const struct request *request, int32_t tenant_id) {
    return (struct idempotency_key){
        .tenant_id = tenant_id,
        .subject = request->token.subject,
        .method = request->method,
        .path = arena_copy(request->arena, request->target, strcspn(request->target, "?")),
        .key = request->idempotency_key,
    };
}

/* What makes two requests the same one. */
static const char *request_hash(const struct request *request) {
    const char *head = arena_format(request->arena, "%s\n%s\n%s\n%s\n", request->method, request->target,
                                    request->content_type ? request->content_type : "",
                                    request->if_match ? request->if_match : "");
    size_t head_length = strlen(head);
    char *bytes = arena_alloc(request->arena, head_length + request->body_length + 1);
    memcpy(bytes, head, head_length);
    if (request->body_length > 0)
        memcpy(bytes + head_length, request->body_bytes, request->body_length);
    return sha256_text(request->arena, bytes, head_length + request->body_length);
}

static const char *reply_header(const struct reply *reply, const char *name) {
    for (const struct reply_header *header = reply->headers; header; header = header->next)
        if (strcmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

/* Looks the key up and, when an answer is stored, makes it the reply. */
static struct fault *replay(struct db *db, struct request *request, const struct idempotency_key *key,
                            bool *replayed) {
    struct idempotency_record record;
    TRY(idempotency_find(db, request->arena, key, replayed, &record));
    if (!*replayed)
        return NULL;
    if (strcmp(record.request_hash, request_hash(request)) != 0)
        return fault_make(request->arena, PROBLEM_IDEMPOTENCY_KEY_REUSED,
                          "the key was used with another request; send a new key with a new request");
    reply_json(request, (int)record.status, record.body, strlen(record.body));
    request->reply.etag = record.etag;
    if (record.location)
        reply_header_add(request, "Location", record.location);
    reply_header_add(request, "Idempotent-Replayed", "true");
    return NULL;
}

struct fault *idempotency_begin(struct call *call, bool *replayed) {
    const struct idempotency_key key = key_of(call->request, call->scope.tenant_id);
    bool locked;
    TRY(idempotency_lock(call->db, call->arena, &key, &locked));
    if (!locked) {
        struct fault *fault =
            fault_make(call->arena, PROBLEM_REQUEST_IN_PROGRESS,
                       "a request with this key is still running; ask again for its answer");
        fault->retry_after_s = 1;
        return fault;
    }
    return replay(call->db, call->request, &key, replayed);
}

struct fault *idempotency_record(struct call *call) {
    const struct reply *reply = &call->request->reply;
    if (reply->status < 200 || reply->status > 299)
        return NULL;
    const struct idempotency_key key = key_of(call->request, call->scope.tenant_id);
    const struct idempotency_record record = {
        .request_hash = request_hash(call->request),
        .status = reply->status,
        .etag = reply->etag,
        .location = reply_header(reply, "Location"),
        .body = call->kept_body ? call->kept_body : arena_copy(call->arena, reply->body, reply->body_length),
    };
    return idempotency_insert(call->db, call->arena, &key, &record);
}

struct fault *idempotency_recover(struct db *db, struct arena *arena, void *arg) {
    struct request *request = arg;
    const struct scope_request scope_request = {
        .tenant = request->token.tenant,
        .subject = request->token.subject,
        .partner = request->token.partner,
        .partner_side = roles_side(request->token.roles) == SIDE_PARTNER,
    };
    struct scope scope;
    bool replayed;
    request->reply = (struct reply){0};
    TRY(scope_enter(db, arena, &scope_request, &scope));
    const struct idempotency_key key = key_of(request, scope.tenant_id);
    TRY(idempotency_wait(db, arena, &key));
    TRY(replay(db, request, &key, &replayed));
    if (replayed)
        return NULL;
    struct fault *fault = fault_make(arena, PROBLEM_UNAVAILABLE, "the request took no effect; send it again");
    fault->retry_after_s = 1;
    return fault;
}
