/* Evidence: given in versions by either side, listed with who confirmed it. Giving it confirms nothing. */
#include "evidence.h"

#include <ctype.h>
#include <string.h>

#include "acting.h"
#include "stage.h"
#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/confirmation.h"
#include "tandem/http/operation.h"
#include "tandem/store/evidence.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* -- in -- */

static const struct field person_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct evidence_person, name), FIELD_REQUIRED, 1, 200},
    {"role", FIELD_TEXT, offsetof(struct evidence_person, role), 0, 1, 200},
    {.name = "organisation",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct evidence_person, organisation),
     .choices = organisations},
};
const struct shape evidence_person_shape = {person_fields, COUNT(person_fields),
                                            sizeof(struct evidence_person), SHAPE_NO_PRESENCE};

static const struct field step_fields[] = {
    {"item", FIELD_TEXT, offsetof(struct evidence_step, item), FIELD_REQUIRED, 1, 1000},
    {"owner", FIELD_TEXT, offsetof(struct evidence_step, owner), 0, 1, 200},
    {"due", FIELD_DATE, offsetof(struct evidence_step, due_on)},
    {.name = "organisation",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct evidence_step, organisation),
     .choices = organisations},
};
const struct shape evidence_step_shape = {step_fields, COUNT(step_fields), sizeof(struct evidence_step),
                                          SHAPE_NO_PRESENCE};

struct evidence_body {
    struct evidence evidence;
    struct contact acting_for;
};

static const struct field evidence_fields[] = {EVIDENCE_FIELDS(struct evidence_body, evidence),
                                               ACTING_FOR_FIELD(struct evidence_body, acting_for)};
static const struct shape evidence_shape = {evidence_fields, COUNT(evidence_fields),
                                            sizeof(struct evidence_body), SHAPE_NO_PRESENCE};

static const char *lower_case(struct arena *arena, const char *text) {
    char *lower = arena_text(arena, text);
    for (char *c = lower; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static void people_content(struct json_out *out, const struct object_list *list) {
    const struct evidence_person *people = list->items;
    json_array(out, "people");
    for (size_t i = 0; i < list->count; i++) {
        json_object(out, NULL);
        json_add_text(out, "name", people[i].name);
        json_add_text(out, "role", people[i].role);
        json_add_choice(out, "organisation", organisations, people[i].organisation);
        json_object_end(out);
    }
    json_array_end(out);
}

static void steps_content(struct json_out *out, const struct object_list *list) {
    const struct evidence_step *steps = list->items;
    json_array(out, "steps");
    for (size_t i = 0; i < list->count; i++) {
        json_object(out, NULL);
        json_add_text(out, "item", steps[i].item);
        json_add_text(out, "owner", steps[i].owner);
        json_add_date(out, "due", steps[i].due_on);
        json_add_choice(out, "organisation", organisations, steps[i].organisation);
        json_object_end(out);
    }
    json_array_end(out);
}

const char *evidence_content(struct arena *arena, const struct evidence *evidence) {
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    json_add_text(&out, "statement", evidence->statement);
    json_add_text(&out, "link", evidence->link);
    json_add_text(&out, "sha256", lower_case(arena, evidence->sha256));
    people_content(&out, &evidence->people);
    json_add_date(&out, "date", evidence->on_date);
    steps_content(&out, &evidence->steps);
    json_object_end(&out);
    return json_out_text(&out);
}

/* -- out -- */

static void confirmation_write(struct json_out *out, enum side side,
                               const struct evidence_confirmation *confirmation) {
    if (confirmation->confirmed_at == INSTANT_NONE)
        return;
    json_object(out, NULL);
    json_add_choice(out, "side", side_names, (int)side);
    work_person(out, "person", confirmation->person, confirmation->person_name);
    json_add_instant(out, "confirmed_at", confirmation->confirmed_at);
    json_object_end(out);
}

void evidence_write(struct json_out *out, const char *name, const struct evidence_row *row) {
    json_object(out, name);
    json_add_text(out, "criterion", row->criterion);
    json_add_integer(out, "version", row->version);
    json_add_choice(out, "type", evidence_types, row->type);
    json_add_text(out, "statement", row->statement);
    json_add_text(out, "link", row->link);
    json_add_text(out, "sha256", row->sha256);
    json_add_raw(out, "people", row->people);
    json_add_date(out, "date", row->on_date);
    json_add_raw(out, "steps", row->steps);
    json_add_choice(out, "side", side_names, row->side);
    work_person(out, "author", row->author, row->author_name);
    json_add_instant(out, "given_at", row->given_at);
    json_array(out, "confirmations");
    confirmation_write(out, SIDE_VENDOR, &row->vendor);
    confirmation_write(out, SIDE_PARTNER, &row->partner);
    json_array_end(out);
    json_object_end(out);
}

struct fault *evidence_answer(struct call *call, const char *criterion, int status) {
    struct evidence_row row;
    bool found;
    TRY(evidence_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], criterion,
                      &row, &found));
    if (!found)
        return work_not_found(call->arena, "evidence");
    struct json_out out = {.arena = call->arena};
    evidence_write(&out, NULL, &row);
    work_reply(call->request, status, &out, etag_make(call->arena, row.version, call->side, &out));
    return NULL;
}

/* -- put_evidence -- */

static struct fault *put_evidence_serve(struct call *call) {
    const struct evidence_body *body = call->request->body;
    const struct evidence *evidence = &body->evidence;
    struct stage_deal *deal;
    const struct stage_criterion *criterion;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(stage_enter(call, &deal));
    TRY(stage_criterion_of_path(call, deal, &criterion));
    TRY(evidence_stage_verdict(call->arena, &criterion->rule, deal_assess(&deal->facts.signals).stage));
    TRY(etag_check_put(call->request, criterion->evidence_version > 0, criterion->evidence_version));
    struct field_faults faults = {.arena = call->arena};
    evidence_verdict(&criterion->rule, evidence, call->scope.today, "", &faults);
    TRY(field_faults_fault(&faults));
    const struct evidence_new given = {
        .opportunity_id = deal->opportunity_id,
        .criteria = &criterion->rule.key,
        .criterion_count = 1,
        .type = evidence->type,
        .side = (int)call->side,
        .body = evidence_content(call->arena, evidence),
    };
    TRY(evidence_insert(call->db, call->arena, call->scope.tenant_id, &given));
    TRY(stage_refresh(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, true));
    return evidence_answer(call, criterion->rule.key, criterion->evidence_version > 0 ? 200 : 201);
}

const struct operation put_evidence = {
    .name = "put_evidence",
    .roles = ROLES_BOTH_SIDES,
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &evidence_shape,
    .work = &(const struct call_work){put_evidence_serve},
};

/* -- list_evidence -- */

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    params[0] = p_text(request->path_values[0]);
    params[1] = p_text(NULL); /* every criterion */
    *count = 2;
    return NULL;
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "opportunity");
    struct json_out out = {.arena = request->arena};
    page_begin(&out);
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct evidence_row row = {0};
        evidence_read(rows, i, &row);
        if (row.criterion)
            evidence_write(&out, NULL, &row);
    }
    page_end_whole(request, &out);
    return NULL;
}

const struct operation list_evidence = {
    .name = "list_evidence",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_evidence_list, list_bind, list_answer},
};
