/* A partner without a login confirms by a link: single-use, expiring, for one person and for what stood when it was made.
 * docs/rules.md, Confirmation links. */
#ifndef TANDEM_DOMAIN_CONFIRMATION_LINK_H
#define TANDEM_DOMAIN_CONFIRMATION_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/domain/stage.h"

struct arena;
struct fault;

enum { LINK_DAYS_DEFAULT = 7, LINK_DAYS_MAX = 14 };

/* Codes are those of the database. */
enum link_decision { LINK_CONFIRM = 1, LINK_DECLINE };
extern const struct choice link_decisions[];

/* -- making one -- */

struct link_request {
    bool has_claim;
    int status;                  /* enum deal_status */
    const char *const *criteria; /* named in the request */
    size_t criterion_count;
    bool asks_proposal; /* to confirm the vendor's open proposal */
    struct proposal proposal;
    int64_t now;
    int proposal_days;
    const struct criterion_state *states;
    size_t state_count;
};

/* Marks in `asked` (state_count of them) what the link is for: the named criteria, and with the proposal what the partner
 * has not confirmed yet in the stage that would be left. DEAL_CLOSED, NO_CLAIM, INVALID_FIELDS (/criteria required,
 * /criteria/<i> unknown_choice, computed, no_evidence, already_confirmed, repeated), NO_PROPOSAL. */
struct fault *link_request_verdict(struct arena *arena, const struct link_request *request, bool *asked);

/* -- using it -- */

struct link_item {
    const char *criterion;
    int64_t asked_version,
        current_version; /* of the evidence; current 0: the deal's model has no such criterion */
    bool confirmed;      /* the partner's side has, meanwhile */
};

struct link_use {
    int64_t used_at; /* INSTANT_NONE: not yet */
    bool replaced;   /* a newer link asks the same person for the same */
    int64_t expires_at, now;
    bool leads; /* the person's partner still leads the deal */
    bool has_claim;
    int status; /* enum deal_status */
    const struct link_item *items;
    size_t item_count;
    int asked_stage;  /* of the proposal when the link was made; -1: none is asked about */
    int64_t asked_at; /* when that one was made */
    struct proposal now_open;
    int proposal_days;
};

/* May the link be used now? LINK_USED, LINK_EXPIRED (the instant of expiry is still inside), LINK_SUPERSEDED: something
 * is no longer as it was when the link was made, or nothing is left to confirm. Each says when, or what. */
struct fault *link_use_verdict(struct arena *arena, const struct link_use *use);

/* INVALID_FIELDS (/reason): whoever declines says why. */
struct fault *link_decision_verdict(struct arena *arena, int decision, const char *reason);

#endif
