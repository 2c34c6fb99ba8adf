/* The conflict check: what the search found becomes candidates as the rule knows them, and a trace for the vendor. */
#include <string.h>

#include "registration.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/similar.h"

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

static int matched_by(const struct candidate_row *row) {
    int code = MATCH_DOMAIN; /* or the customer's own account */
    choice_code(matches, row->matched, &code);
    return code;
}

static struct candidate candidate_of(const struct candidate_row *row, const struct registration *own,
                                     const struct customer_keys *keys) {
    struct candidate candidate = {
        .kind = CANDIDATE_ACCOUNT,
        .matched_by = matched_by(row),
        .state = row->state < 0 ? 0 : row->state,
        .same_partner = row->same_partner,
        .is_protected = row->is_protected,
        .submitted_earlier = strcmp(row->kind, "registration") == 0 && came_earlier(row, own),
        .other_family = row->product_family && strcmp(row->product_family, own->product_family) != 0,
        .account_differs = account_differs(row, own, keys),
        .own_account = row->account_key == own->account_key,
        .id = row->id,
        .deal = row->deal,
        .submitted_at = row->submitted_at,
    };
    choice_code(candidate_kinds, row->kind, &candidate.kind);
    return candidate;
}

/* `score` in hundredths, 0 for what is no similar name. */
static void write_found(struct json_out *out, const struct candidate_row *row, int score,
                        const struct conflict *weight) {
    json_object(out, NULL);
    json_add_text(out, "kind", row->kind);
    json_add_text(out, "id", row->id);
    json_add_text(out, "matched", row->matched);
    json_add_text(out, "score", score ? arena_format(out->arena, "0.%02d", score) : NULL);
    json_add_choice(out, "verdict", registration_verdicts, weight->verdict);
    json_add_text(out, "rule", weight->rule);
    json_object_end(out);
}

/* The customer's own account is no finding. */
static bool is_own_account(const struct candidate_row *row, const struct registration *own) {
    return strcmp(row->kind, "account") == 0 && row->account_key == own->account_key;
}

/* Of the account's names the one that is most like the customer's, in hundredths; 0: none is similar. */
static struct fault *similarity(struct arena *arena, const char *key, const char *similar_keys, int *score) {
    const struct json *keys;
    *score = 0;
    TRY(json_parse(arena, similar_keys, strlen(similar_keys), &keys));
    for (const struct json *other = json_first(keys); other; other = json_next(other)) {
        int found = name_similarity(key, json_string(other));
        *score = found > *score ? found : *score;
    }
    return NULL;
}

struct fault *registration_conflict(struct call *call, const struct registration *registration,
                                    const struct customer_keys *keys, struct conflict_check *check) {
    struct candidate_row *rows;
    size_t count, weighed = 0;
    TRY(registration_candidates(call->db, call->arena, call->scope.tenant_id, registration->account_key,
                                keys->name_key, keys->domains, keys->domain_count,
                                registration->customer_country, registration->key, registration->partner_key,
                                &rows, &count));
    struct candidate *candidates = arena_alloc(call->arena, count * sizeof *candidates);
    struct json_out with = {.arena = call->arena};
    json_array(&with, NULL);
    for (size_t i = 0; i < count; i++) {
        int score = 0;
        if (rows[i].similar_keys)
            TRY(similarity(call->arena, keys->name_key, rows[i].similar_keys, &score));
        if (is_own_account(&rows[i], registration) || (rows[i].similar_keys && !score))
            continue;
        candidates[weighed] = candidate_of(&rows[i], registration, keys);
        const struct conflict weight = candidate_verdict(&candidates[weighed++]);
        write_found(&with, &rows[i], score, &weight);
    }
    json_array_end(&with);
    check->conflict = registration_verdict(candidates, weighed);
    check->with = json_out_text(&with);
    check->candidates = candidates;
    check->count = weighed;
    return NULL;
}
