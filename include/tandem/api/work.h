/* How an operation does its work, by its lane. `struct operation.work` points to one of these.
 *   LANE_READ            struct read_work: declared, not written: statement, parameters, answer
 *   LANE_WRITE, _REPORT  struct call_work: a straight-line function inside its transaction */
#ifndef TANDEM_API_WORK_H
#define TANDEM_API_WORK_H

#include <stddef.h>

#include "tandem/domain/role.h"
#include "tandem/http/request.h"
#include "tandem/store/db.h"
#include "tandem/store/scope.h"

struct fault;
struct json_out;

/* A request inside its transaction. */
struct call {
    struct request *request;
    struct arena *arena; /* the request's */
    struct db *db;
    struct scope scope;    /* who and when */
    unsigned roles;        /* of the token */
    enum side side;        /* SIDE_NONE for machines that take no side */
    const char *kept_body; /* stands under the Idempotency-Key when the reply's own holds a secret; or NULL */
};

struct call_work {
    struct fault *(*serve)(struct call *call); /* fills request->reply by work_reply */
    /* Finds who asks and enters the scope, before serve; NULL: by the token or the confirmation link. Every
     * OPERATION_SIGNED has one: it verifies the signature first. */
    struct fault *(*enter)(struct call *call);
    void (*committed)(void); /* after the commit; NULL: nothing */
};

struct read_work {
    enum sql statement; /* its $1 is the tenant's internal id */
    /* Parameters after $1 into params[0..], at most READ_PARAMS_MAX - 1; NULL when there are none. */
    struct fault *(*bind)(const struct request *request, struct param *params, size_t *count);
    /* Turns the rows into the reply; no row of a single resource is work_not_found. */
    struct fault *(*answer)(struct request *request, const struct scope *scope, const struct rows *rows);
};

/* Who asks, as a vendor's person or a machine, for work that outlives the request: its texts are copied into the arena. */
struct scope_request work_scope_kept(struct arena *arena, const struct request *request);

/* Status, body and, when not NULL, ETag. A GET whose If-None-Match names the ETag becomes 304. */
void work_reply(struct request *request, int status, struct json_out *body, const char *etag);
/* 201 with Location: /v1/<collection>/<id>. */
void work_reply_created(struct request *request, const char *collection, const char *id,
                        struct json_out *body, const char *etag);

/* {"person_id","name"} of a person by the public id; null without one. */
void work_person(struct json_out *out, const char *name, const char *person_id, const char *person_name);

/* Our answer to an id that is not there, or not for this caller: the same words in both cases. */
struct fault *work_not_found(struct arena *arena, const char *noun);

#endif
