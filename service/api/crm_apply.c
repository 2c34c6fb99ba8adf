/* The inbox is applied: one event, one transaction, after a claim of its own, so that an event that takes the service down is
 * counted. What the rules refuse is parked with their words; a failure of ours is tried again. */
#include "tandem/api/crm.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "crm_maps.h"
#include "crm_reconcile.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/log.h"
#include "tandem/store/crm_object.h"
#include "tandem/store/inbox.h"

enum { EVENTS_IN_A_PASS = 1000 };

struct step {
    const struct inbox_work *work;
    struct inbox_claimed claimed;
    const char *external_id;     /* of an object that is applied again; NULL: none */
    const struct fault *refusal; /* what is recorded of a step that failed */
};

static struct fault *enter(struct db *db, struct arena *arena, const struct step *step, struct scope *scope) {
    const struct scope_request request = {
        .tenant = step->work->tenant,
        .subject = step->work->subject,
        .clock_offset_us = step->claimed.clock_offset_us,
    };
    return scope_enter(db, arena, &request, scope);
}

/* A db_body. */
static struct fault *claim_body(struct db *db, struct arena *arena, void *arg) {
    struct step *step = arg;
    struct scope scope;
    step->claimed = (struct inbox_claimed){0};
    TRY(enter(db, arena, step, &scope));
    return inbox_claim(db, arena, scope.tenant_id, step->work->source_key, &step->claimed);
}

static struct fault *context_make(struct call *call, int64_t source_key, struct crm_source_row *source,
                                  struct crm_source_maps *maps, struct crm_context *context) {
    TRY(crm_begin(call->db, call->arena));
    TRY(crm_source_by_key(call->db, call->arena, call->scope.tenant_id, source_key, source));
    TRY(crm_maps_load(call->arena, source, maps));
    *context = (struct crm_context){.call = call, .source = source, .maps = maps};
    return NULL;
}

static struct fault *event_of(struct arena *arena, const struct inbox_taken *taken,
                              const struct crm_context *context, struct crm_event *event) {
    struct crm_message message = {
        .form = (enum crm_form)taken->form,
        .dedupe_key = taken->dedupe_key,
        .received_at = taken->received_at,
        .integration_user = context->source->integration_user,
    };
    TRY(json_parse(arena, taken->payload, strlen(taken->payload), &message.payload));
    if (taken->fields)
        TRY(json_parse(arena, taken->fields, strlen(taken->fields), &message.fields));
    crm_event_read(arena, &message, context->maps, event);
    return NULL;
}

static struct fault *objects_apply(const struct crm_context *context, const struct inbox_taken *taken,
                                   const struct crm_event *event, int64_t inbox_key) {
    struct call *call = context->call;
    bool newest = false;
    for (size_t i = 0; i < event->objects.count; i++)
        TRY(crm_object_apply(context, event->objects.items[i], event, taken->dedupe_key, &newest));
    const struct inbox_outcome outcome = {.state = newest ? INBOX_APPLIED : INBOX_SUPERSEDED,
                                          .reason = newest ? -1 : CRM_REASON_OLDER};
    return inbox_settle(call->db, call->arena, call->scope.tenant_id, inbox_key, &outcome);
}

/* A db_body. */
static struct fault *apply_body(struct db *db, struct arena *arena, void *arg) {
    const struct step *step = arg;
    struct call call = {.db = db, .arena = arena, .side = SIDE_NONE};
    struct crm_source_row source;
    struct crm_source_maps maps;
    struct crm_context context;
    struct inbox_taken taken;
    struct crm_event event;
    TRY(enter(db, arena, step, &call.scope));
    TRY(inbox_take(db, arena, call.scope.tenant_id, step->claimed.key, &taken));
    if (!taken.form)
        return NULL;
    TRY(context_make(&call, step->work->source_key, &source, &maps, &context));
    TRY(event_of(arena, &taken, &context, &event));
    const struct inbox_outcome aside = {.state = event.state, .reason = event.reason, .detail = event.detail};
    if (event.state != INBOX_RECEIVED)
        return inbox_settle(db, arena, call.scope.tenant_id, step->claimed.key, &aside);
    return objects_apply(&context, &taken, &event, step->claimed.key);
}

/* With every bad field. */
static const char *refusal_words(struct arena *arena, const struct fault *refusal) {
    const char *words = refusal->detail;
    for (const struct fault_field *field = refusal->fields; field; field = field->next)
        words = arena_format(arena, "%s; %s %s", words, field->pointer, field->detail);
    return words;
}

/* A db_body: the event is parked when it is refused, and waits longer each time when we fail. */
static struct fault *failure_body(struct db *db, struct arena *arena, void *arg) {
    const struct step *step = arg;
    const struct problem_entry *problem = problem_entry(step->refusal->problem);
    struct scope scope;
    TRY(enter(db, arena, step, &scope));
    if (problem->status >= 500)
        return inbox_put_off(db, arena, scope.tenant_id, step->claimed.key, step->claimed.attempts);
    const struct inbox_outcome refused = {.state = INBOX_PARKED,
                                          .reason = CRM_REASON_REFUSED,
                                          .problem = problem->code,
                                          .detail = refusal_words(arena, step->refusal)};
    return inbox_settle(db, arena, scope.tenant_id, step->claimed.key, &refused);
}

static void failed(const char *what, const struct fault *fault) {
    LOG(LOG_WARNING, what, LOG_TEXT("detail", fault->detail), LOG_TEXT("cause", fault->cause));
}

/* true: there may be another one. */
static bool event_apply(struct db *db, struct arena *arena, struct step *step) {
    const struct fault *fault = db_transaction(db, arena, false, claim_body, step, NULL);
    if (fault) {
        failed("cannot claim a CRM's event", fault);
        return false;
    }
    if (!step->claimed.key || step->claimed.is_parked)
        return step->claimed.key != 0;
    step->refusal = db_transaction(db, arena, false, apply_body, step, NULL);
    if (!step->refusal)
        return true;
    failed("cannot apply a CRM's event", step->refusal);
    fault = db_transaction(db, arena, false, failure_body, step, NULL);
    return !fault;
}

/* A db_body. */
static struct fault *due_body(struct db *db, struct arena *arena, void *arg) {
    struct step *step = arg;
    struct call call = {.db = db, .arena = arena, .side = SIDE_NONE};
    struct crm_source_row source;
    struct crm_source_maps maps;
    struct crm_context context;
    TRY(enter(db, arena, step, &call.scope));
    TRY(crm_object_due(db, arena, call.scope.tenant_id, step->work->source_key, &step->external_id));
    if (!step->external_id)
        return NULL;
    TRY(context_make(&call, step->work->source_key, &source, &maps, &context));
    return crm_object_reapply(&context, step->external_id);
}

static void source_apply(struct db *db, const struct inbox_work *work) {
    struct arena *arena = arena_create();
    for (int i = 0; i < EVENTS_IN_A_PASS; i++) {
        struct step step = {.work = work};
        bool more = event_apply(db, arena, &step);
        arena_reset(arena);
        if (!more)
            break;
    }
    for (int i = 0; i < EVENTS_IN_A_PASS; i++) {
        struct step step = {.work = work};
        const struct fault *fault = db_transaction(db, arena, false, due_body, &step, NULL);
        if (fault)
            failed("cannot apply a CRM's words again", fault);
        bool more = !fault && step.external_id;
        arena_reset(arena);
        if (!more)
            break;
    }
    arena_destroy(arena);
}

bool crm_apply(struct db *db, struct arena *arena) {
    struct inbox_work *work;
    size_t count;
    const struct fault *fault = inbox_work_find(db, arena, &work, &count);
    if (fault) {
        failed("cannot look into the inbox", fault);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (work[i].subject)
            source_apply(db, &work[i]);
    return true;
}

/* -- the bell between the receivers and the job -- */

static pthread_mutex_t bell = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t rung = PTHREAD_COND_INITIALIZER;
static bool ringing;

void crm_ring(void) {
    pthread_mutex_lock(&bell);
    ringing = true;
    pthread_cond_signal(&rung);
    pthread_mutex_unlock(&bell);
}

void crm_await(int64_t most_ms) {
    const struct timespec until = monotonic_after_ms(most_ms);
    pthread_mutex_lock(&bell);
    while (!ringing && pthread_cond_clockwait(&rung, &bell, CLOCK_MONOTONIC, &until) == 0)
        continue;
    ringing = false;
    pthread_mutex_unlock(&bell);
}
