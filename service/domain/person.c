/* Changing people: what must still hold afterwards. */
#include "tandem/domain/person.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

static bool is_admin(const struct person_standing *person) {
    return person->active && person->has_subject && (person->roles & ROLE_BIT(ROLE_ADMIN));
}

static struct fault *side_kept(struct arena *arena, const struct person_change *change) {
    struct field_faults faults = {.arena = arena};
    bool was_partners = roles_side(change->before.roles) == SIDE_PARTNER;
    bool is_partners = roles_side(change->after.roles) == SIDE_PARTNER;
    if (!change->is_new && was_partners != is_partners)
        field_fault(&faults, "/roles", "other_side",
                    "a person keeps its side: deactivate this one and create another");
    return field_faults_fault(&faults);
}

static struct fault *owner_ids_free(struct arena *arena, const struct person_change *change) {
    struct field_faults faults = {.arena = arena};
    for (size_t i = 0; change->after.active && i < change->owner_id_count; i++)
        if (change->owner_ids_taken_by[i])
            field_fault(&faults, arena_format(arena, "/crm_owner_ids/%zu", i), "taken",
                        "belongs to the person %s: take it from there first", change->owner_ids_taken_by[i]);
    if (!field_faults_any(&faults))
        return NULL;
    struct fault *fault =
        fault_make(arena, PROBLEM_ALREADY_EXISTS, "another active person has a CRM owner id of these");
    fault->fields = faults.first;
    return fault;
}

static struct fault *admin_stays(struct arena *arena, const struct person_change *change) {
    if (is_admin(&change->before) && !is_admin(&change->after) && !change->other_admin)
        return fault_make(arena, PROBLEM_LAST_ADMIN,
                          "nobody else could put it back: make another person admin first");
    return NULL;
}

struct fault *person_change_verdict(struct arena *arena, const struct person_change *change) {
    if (change->erased)
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "the person was erased, and stays so: create another one");
    TRY(side_kept(arena, change));
    TRY(admin_stays(arena, change));
    return owner_ids_free(arena, change);
}

struct fault *person_erase_verdict(struct arena *arena, const struct person_change *change, bool is_self) {
    if (change->erased)
        return NULL;
    if (is_self)
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "nobody erases the person that is acting: another admin does it");
    return admin_stays(arena, change);
}
