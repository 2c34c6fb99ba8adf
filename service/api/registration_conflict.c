/* The conflict check: what the search found becomes candidates as the rule knows them, and a trace for the vendor. */
#include <string.h>

#include "registration.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"

/* Stamps of one instant are told apart by the id, so that one of two is always the earlier. */
static bool came_earlier(const struct candidate_row *row, const struct registration *own) {
    return row->submitted_at < own->submitted_at ||
           (row->submitted_at == own->submitted_at && strcmp(row->id, own->id) < 0);
}

/* A name found on another account than the one that the customer's domain has: one company or two, a person must say.
 * Without a domain the name has nothing to differ from. */
static bool account_differs(const struct candidate_row *row, const struct registration *own,
                            const struct customer_keys *keys) {
    return keys->domain_count > 0 && row->account_key != own->account_key &&
           strcmp(row->matched, "name") == 0;
}

static struct candidate candidate_of(const struct candidate_row *row, const struct registration *own,
                                     const struct customer_keys *keys) {
    struct candidate candidate = {
        .kind = CANDIDATE_ACCOUNT,
        .matched_by = strcmp(row->matched, "name") == 0 ? MATCH_NAME : MATCH_DOMAIN,
        .state = row->state < 0 ? 0 : row->state,
        .same_partner = row->partner_key != 0 && row->partner_key == own->partner_key,
        .is_protected = row->is_protected,
        .submitted_earlier = strcmp(row->kind, "registration") == 0 && came_earlier(row, own),
        .other_family = row->product_family && strcmp(row->product_family, own->product_family) != 0,
        .account_differs = account_differs(row, own, keys),
    };
    choice_code(candidate_kinds, row->kind, &candidate.kind);
    return candidate;
}

/* The customer's own account is no finding. */
static void write_found(struct json_out *out, const struct candidate_row *row,
                        const struct registration *own) {
    if (strcmp(row->kind, "account") == 0 && row->account_key == own->account_key)
        return;
    json_object(out, NULL);
    json_add_text(out, "kind", row->kind);
    json_add_text(out, "id", row->id);
    json_add_text(out, "matched", row->matched);
    json_object_end(out);
}

struct fault *registration_conflict(struct call *call, const struct registration *registration,
                                    const struct customer_keys *keys, struct conflict_check *check) {
    struct candidate_row *found;
    size_t count;
    TRY(registration_candidates(call->db, call->arena, call->scope.tenant_id, registration->account_key,
                                keys->name_key, keys->domains, keys->domain_count,
                                registration->customer_country, registration->key, &found, &count));
    struct candidate *candidates = arena_alloc(call->arena, count * sizeof *candidates);
    struct json_out with = {.arena = call->arena};
    json_array(&with, NULL);
    for (size_t i = 0; i < count; i++) {
        candidates[i] = candidate_of(&found[i], registration, keys);
        write_found(&with, &found[i], registration);
    }
    json_array_end(&with);
    check->conflict = registration_verdict(candidates, count);
    check->with = json_out_text(&with);
    return NULL;
}
