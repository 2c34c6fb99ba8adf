/* A portal acts with one token for many people: each event of what it does names the one who did it. */
#include "acting.h"

#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/side.h"

static const struct field contact_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct contact, name), FIELD_REQUIRED, 1, 200},
    {"email", FIELD_EMAIL, offsetof(struct contact, email), FIELD_REQUIRED},
};

const struct shape contact_shape = {contact_fields, sizeof contact_fields / sizeof *contact_fields,
                                    sizeof(struct contact), SHAPE_NO_PRESENCE};

const char *acting_for_json(struct arena *arena, const struct contact *acting_for) {
    struct json_out out = {.arena = arena};
    if (!acting_for->name)
        return NULL;
    json_object(&out, NULL);
    json_add_text(&out, "name", acting_for->name);
    json_add_text(&out, "email", acting_for->email);
    json_object_end(&out);
    return json_out_text(&out);
}

struct fault *acting_for_record(struct call *call, const struct contact *acting_for) {
    struct field_faults faults = {.arena = call->arena};
    if (!acting_for->name)
        return NULL;
    acting_for_check(call->roles, &faults);
    TRY(field_faults_fault(&faults));
    return scope_act_for(call->db, call->arena, acting_for_json(call->arena, acting_for));
}
