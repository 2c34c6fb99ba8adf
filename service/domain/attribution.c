/* Claims: the rule that makes one sourced, the window in which it may be made and changed, and its content as
 * the text that both signers stand under. Signatures are in signoff.c, which of several counts in counting.c. */
#include "tandem/domain/attribution.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#include <stddef.h>
#include <string.h>

const struct choice claim_kinds[] = {{"registration", CLAIM_KIND_REGISTRATION},
                                     {"introduction", CLAIM_KIND_INTRODUCTION},
                                     {"account_warming", CLAIM_KIND_ACCOUNT_WARMING},
                                     {"technical_validation", CLAIM_KIND_TECHNICAL_VALIDATION},
                                     {"other", CLAIM_KIND_OTHER},
                                     {"history", CLAIM_KIND_HISTORY},
                                     {NULL}};

struct sourced_rule sourced_rule(int64_t submitted_at, int64_t first_engaged_at,
                                 bool open_deal_at_submission) {
    if (open_deal_at_submission)
        return (struct sourced_rule){false, "open_deal"};
    if (first_engaged_at == INSTANT_NONE)
        return (struct sourced_rule){true, "no_engagement_known"};
    if (submitted_at < first_engaged_at)
        return (struct sourced_rule){true, "registered_first"};
    return (struct sourced_rule){false, submitted_at == first_engaged_at ? "engaged_at_same_instant"
                                                                         : "engaged_first"};
}

bool claim_is_contradicted(int claim_value, bool disputed, bool resolved, int64_t submitted_at,
                           int64_t engaged_at) {
    return claim_value == ATTRIBUTION_SOURCED && !disputed && !resolved && submitted_at != INSTANT_NONE &&
           submitted_at >= engaged_at;
}

bool open_deal_is_said(const char *sourced_reason, const char *dispute_reason) {
    static const char told[] = "open_deal";
    return (sourced_reason && strcmp(sourced_reason, told) == 0) ||
           (dispute_reason && strncmp(dispute_reason, told, sizeof told - 1) == 0);
}

enum attribution claim_value(int claim_kind, const struct sourced_rule *rule, bool late) {
    return claim_kind == CLAIM_KIND_REGISTRATION && rule->passed && !late ? ATTRIBUTION_SOURCED
                                                                          : ATTRIBUTION_INFLUENCED;
}

int64_t claim_deadline(int64_t created_at, int window_hours) {
    return created_at + window_hours * HOUR_US;
}

bool claim_window_is_open(int64_t now, int64_t deadline_at) {
    return now <= deadline_at;
}

static struct fault *kind_verdict(struct arena *arena, int kind) {
    struct field_faults faults = {.arena = arena};
    if (kind == CLAIM_KIND_REGISTRATION)
        field_fault(&faults, "/kind", "not_by_hand", "a claim by registration is made by an approval only");
    else if (kind == CLAIM_KIND_HISTORY)
        field_fault(&faults, "/kind", "not_by_hand", "a claim of history is loaded by an import only");
    else if (!choice_name(claim_kinds, kind))
        field_fault(&faults, "/kind", "required", "a claim made by hand says its kind");
    return field_faults_fault(&faults);
}

struct fault *claim_create_verdict(struct arena *arena, const struct claim_facts *facts, int kind,
                                   bool *late) {
    TRY(kind_verdict(arena, kind));
    if (facts->status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "a closed deal takes no claim");
    if (facts->has_claim)
        return fault_make(arena, PROBLEM_CLAIM_EXISTS,
                          "the partner has a claim on this deal; a new version changes it");
    *late = !claim_window_is_open(facts->now, facts->deadline_at);
    return NULL;
}

struct fault *claim_update_verdict(struct arena *arena, const struct claim_facts *facts, int kind) {
    if (!facts->has_claim)
        return fault_make(arena, PROBLEM_NO_CLAIM, "the deal has no claim");
    if (kind != facts->claim_kind)
        TRY(kind_verdict(arena, kind));
    TRY(claim_open_verdict(arena, facts));
    return claim_window_verdict(arena, facts);
}

struct fault *claim_open_verdict(struct arena *arena, const struct claim_facts *facts) {
    /* A win that the CRM reported may still be signed in time; its attribution is not resolved yet. */
    if (facts->resolved || facts->status == DEAL_LOST || facts->status == DEAL_REMOVED)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "the attribution of a closed deal cannot be changed");
    return NULL;
}

struct fault *claim_window_verdict(struct arena *arena, const struct claim_facts *facts) {
    if (claim_window_is_open(facts->now, facts->deadline_at))
        return NULL;
    char ended_at[INSTANT_TEXT_SIZE];
    instant_format(facts->deadline_at, ended_at);
    return fault_make(arena, PROBLEM_CLAIM_WINDOW_CLOSED, "the attribution window ended at %s", ended_at);
}

const char *claim_content(struct arena *arena, const struct claim_identity *identity) {
    return arena_format(arena,
                        "tandem_claim 1\n"
                        "opportunity %s\n"
                        "partner %s\n"
                        "registration %s\n"
                        "value %s\n"
                        "kind %s\n"
                        "rule_version %d\n",
                        identity->opportunity_id, identity->partner_id,
                        identity->registration_id ? identity->registration_id : "none",
                        choice_name(attributions, identity->value), choice_name(claim_kinds, identity->kind),
                        identity->rule_version);
}
