/* Imported deals are facts of another system: they pass no gate, but they must not contradict themselves. */
#include "tandem/domain/import.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/role.h"
#include "tandem/domain/stage.h"

#include <string.h>

enum { WHOLE_BP = 10000, SOURCE_MAX = 63 };

bool import_source_is_good(const char *source) {
    size_t length = strlen(source);
    return length > 0 && length <= SOURCE_MAX &&
           strspn(source, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

/* Milder than a registration's customer: the CRM's name is a fact, and may be all there is. */
static void account_keys(struct arena *arena, const struct customer *account, struct customer_keys *keys,
                         struct field_faults *faults) {
    keys->name_key = text_name_key(arena, account->name);
    if (*keys->name_key == '\0')
        field_fault(faults, "/account/name", "placeholder", "the name has neither a letter nor a digit");
    customer_domains_check(arena, account, "/account", keys, faults);
}

void import_row_check(struct arena *arena, struct import_row *row, struct customer_keys *keys,
                      struct field_faults *faults) {
    *keys = (struct customer_keys){0};
    if (row->account.name)
        account_keys(arena, &row->account, keys, faults);
    bool closed = row->status == DEAL_WON || row->status == DEAL_LOST;
    if (closed && row->closed_on == DATE_NONE)
        field_fault(faults, "/closed_on", "required", "a closed deal needs the day of its close");
    if (!closed && row->closed_on != DATE_NONE)
        field_fault(faults, "/closed_on", "not_closed", "an open deal has no day of its close");
    if (!closed && row->crm_stage == ROLLUP_CLOSED)
        field_fault(faults, "/crm_stage", "not_closed", "an open deal is in another stage");
    if (row->status != DEAL_LOST && row->reason_code != -1)
        field_fault(faults, "/reason_code", "not_lost", "only a lost deal has a reason");
    if (row->status == DEAL_LOST && row->reason_code == -1)
        row->reason_code = LOST_UNSPECIFIED;
    if (closed)
        row->crm_stage = ROLLUP_CLOSED;
    if (!row->product_family)
        row->product_family = "default";
}

void import_row_check_clock(const struct import_row *row, int64_t now_at, int32_t today,
                            struct field_faults *faults) {
    if (row->created_at != INSTANT_NONE && row->created_at > now_at)
        field_fault(faults, "/created_at", "in_future", "a deal is not created in the future");
    if (row->closed_on != DATE_NONE && row->closed_on > today)
        field_fault(faults, "/closed_on", "in_future", "a deal is not closed in the future");
}

static const char *instant_text(struct arena *arena, int64_t instant) {
    char text[INSTANT_TEXT_SIZE];
    instant_format(instant, text);
    return arena_text(arena, text);
}

void import_history_check(const struct import_history *history, struct field_faults *faults, bool *again) {
    const struct import_attribution *stated = history->stated;
    *again = false;
    if (!history->partner_known)
        field_fault(faults, "/attribution/partner_id", "unknown_partner", "there is no such partner");
    else if (history->further_id)
        *again = true;
    else if (history->was_stated != -1 && history->was_stated == stated->value &&
             strcmp(history->was_partner_id, stated->partner_id) == 0)
        *again = true;
    else if (history->was_stated != -1)
        field_fault(faults, "/attribution", "already_stated",
                    "the deal was loaded as %s of %s, and history is stated once; leave the attribution out",
                    choice_name(attributions, history->was_stated), history->was_of);
    else if (history->has_claim)
        field_fault(faults, "/attribution", "claimed",
                    "partners have claimed the deal, and their claims say its attribution; leave it out");
    else if (history->created_at >= history->go_live_at)
        field_fault(
            faults, "/attribution", "not_history",
            "the deal was created at %s and the go-live was at %s: a later deal is claimed and signed",
            instant_text(faults->arena, history->created_at),
            instant_text(faults->arena, history->go_live_at));
}

struct import_standing import_standing_of(int status) {
    return (struct import_standing){.counts_as_stated = status == DEAL_WON || status == DEAL_LOST,
                                    .share_basis_points = status == DEAL_WON ? WHOLE_BP : -1};
}

bool import_allowed(unsigned roles) {
    return (roles & (ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CRM_SYNC))) != 0;
}
