/* An event for those outside. Which columns it tells, the table of the history says. */
#include "history_fields.h"
#include "tandem/api/event.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/registration.h"
#include "tandem/store/db.h"

struct event_row {
    int64_t number, sequence, version;
    int64_t effective_at, recorded_at;
    int attribution, status, registration_state;
    const char *id, *kind, *aggregate, *subject;
    const char *opportunity, *vendor_stage, *partner_stage, *crm_source, *external_id;
    const char *registration, *registration_external_id;
};

#define EVENT(member) offsetof(struct event_row, member)
static const struct column event_columns[] = {
    {"number", COLUMN_INTEGER, EVENT(number)},
    {"sequence", COLUMN_INTEGER, EVENT(sequence)},
    {"aggregate_version", COLUMN_INTEGER, EVENT(version)},
    {"effective_at", COLUMN_INSTANT, EVENT(effective_at)},
    {"recorded_at", COLUMN_INSTANT, EVENT(recorded_at)},
    {"attribution", COLUMN_CHOICE, EVENT(attribution)},
    {"status", COLUMN_CHOICE, EVENT(status)},
    {"registration_state", COLUMN_CHOICE, EVENT(registration_state)},
    {"id", COLUMN_TEXT, EVENT(id)},
    {"kind", COLUMN_TEXT, EVENT(kind)},
    {"aggregate", COLUMN_TEXT, EVENT(aggregate)},
    {"subject", COLUMN_TEXT, EVENT(subject)},
    {"opportunity", COLUMN_TEXT, EVENT(opportunity)},
    {"vendor_stage", COLUMN_TEXT, EVENT(vendor_stage)},
    {"partner_stage", COLUMN_TEXT, EVENT(partner_stage)},
    {"crm_source", COLUMN_TEXT, EVENT(crm_source)},
    {"external_id", COLUMN_TEXT, EVENT(external_id)},
    {"registration", COLUMN_TEXT, EVENT(registration)},
    {"registration_external_id", COLUMN_TEXT, EVENT(registration_external_id)},
};

static void external_ids_write(struct json_out *out, const struct event_row *event) {
    json_array(out, "external_ids");
    if (event->external_id) {
        json_object(out, NULL);
        json_add_text(out, "source", event->crm_source);
        json_add_text(out, "external_id", event->external_id);
        json_object_end(out);
    }
    json_array_end(out);
}

/* Where things stand after the event: what a bridge stores beside its own deal. */
static void state_write(struct json_out *out, const struct event_row *event, enum side side) {
    if (side != SIDE_PARTNER) {
        external_ids_write(out, event);
        json_add_choice(out, "attribution", attributions, event->attribution);
    }
    json_add_choice(out, "status", deal_statuses, event->status);
    json_object(out, "stage");
    json_add_text(out, "vendor", event->vendor_stage);
    json_add_text(out, "partner", event->partner_stage);
    json_object_end(out);
    if (!event->registration) {
        json_add_null(out, "registration");
        return;
    }
    json_object(out, "registration");
    json_add_text(out, "registration_id", event->registration);
    json_add_text(out, "external_id", event->registration_external_id);
    json_add_choice(out, "state", registration_states, event->registration_state);
    json_object_end(out);
}

struct fault *event_write(struct json_out *out, const struct rows *rows, size_t index, enum side side) {
    struct event_row event;
    rows_read(rows, index, event_columns, sizeof event_columns / sizeof *event_columns, &event);
    json_object(out, NULL);
    json_add_text(out, "event_id", event.id);
    if (side != SIDE_PARTNER) {
        json_add_integer(out, "number", event.number);
        if (event.sequence)
            json_add_integer(out, "sequence", event.sequence);
        else
            json_add_null(out, "sequence");
    }
    json_add_text(out, "type", event.kind);
    json_add_instant(out, "occurred_at", event.effective_at);
    json_add_instant(out, "recorded_at", event.recorded_at);
    json_add_text(out, "opportunity_id", event.opportunity);
    json_object(out, "data");
    json_add_text(out, "subject", event.aggregate);
    json_add_text(out, "subject_id", event.subject);
    json_add_integer(out, "version", event.version);
    state_write(out, &event, side);
    TRY(history_changes_write(out, rows, index, HISTORY_EVENT, side));
    json_object_end(out);
    json_object_end(out);
    return NULL;
}
