/* Registrations: states, the conflict verdict, who may be named, what a customer must carry.
 * docs/rules.md, Registration. */
#ifndef TANDEM_DOMAIN_REGISTRATION_H
#define TANDEM_DOMAIN_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/base/json.h"

struct arena;
struct fault;
struct field_faults;

/* Codes are those of the database. */
enum registration_state {
    REGISTRATION_SUBMITTED = 1,
    REGISTRATION_CHANGES_REQUESTED,
    REGISTRATION_APPROVED,
    REGISTRATION_REJECTED,
    REGISTRATION_WITHDRAWN,
    REGISTRATION_EXPIRED
};
enum registration_verdict {
    VERDICT_CLEAR = 1,
    VERDICT_CONTESTED,
    VERDICT_EXISTING_DEAL,
    VERDICT_DUPLICATE_OF_OWN
};
enum partner_verdict { PARTNER_VERDICT_RECEIVED = 1, PARTNER_VERDICT_CLEAR, PARTNER_VERDICT_NOT_CLEAR };
enum reject_reason {
    REJECT_EXISTING_DEAL = 1,
    REJECT_OTHER_PARTNER_FIRST,
    REJECT_INSUFFICIENT_INFORMATION,
    REJECT_NOT_QUALIFIED,
    REJECT_OUT_OF_TERRITORY,
    REJECT_OTHER
};
enum match { MATCH_DOMAIN = 1, MATCH_NAME, MATCH_SIMILAR };
/* How a reviewer settles what the check found. */
enum resolution_kind { RESOLUTION_NOT_SAME = 1, RESOLUTION_LINKED, RESOLUTION_OTHER_CLOSED };
enum candidate_kind { CANDIDATE_REGISTRATION = 1, CANDIDATE_OPPORTUNITY, CANDIDATE_ACCOUNT };

extern const struct choice registration_states[], registration_verdicts[], partner_verdicts[],
    reject_reasons[], matches[], candidate_kinds[], resolution_kinds[];

/* submitted or changes_requested: no decision yet. */
bool registration_is_undecided(int state);

/* -- conflict -- */
/* What the search found beside the registration that is being judged (never that registration itself). */
struct candidate {
    int kind; /* enum candidate_kind; CANDIDATE_ACCOUNT: an account alone, without deal or registration */
    int matched_by;         /* enum match; MATCH_SIMILAR: by a similar name alone (similar.h) */
    int state;              /* enum registration_state or enum deal_status; 0 for an account */
    bool same_partner;      /* an opportunity: the partner claims it */
    bool is_protected;      /* an approved registration whose protection lasts now */
    bool submitted_earlier; /* a registration: its stamp (then its id) comes before */
    bool other_family;      /* another product family: shown, blocks nothing */
    bool account_differs;   /* found by name on another account than the customer's domain points to */
    bool own_account;       /* stands on the account that the registration itself stands on */
    const char *id;         /* public, for the refusal's words */
    const char *deal;       /* public id of the deal that it is, or that it was approved for; NULL: none */
    int64_t submitted_at;   /* a registration: its stamp */
};

struct conflict {
    enum registration_verdict verdict;
    const char *rule;     /* the trace: open_opportunity, protected_registration, earlier_registration,
                             domain_and_name_differ, similar_name, own_registration, own_protection,
                             own_similar_name, no_conflict */
    bool earlier_pending; /* another partner's earlier registration is undecided */
    const struct candidate *by,
        *first_pending; /* the finding that decided, the earliest pending one; or NULL */
};

/* The gravest finding decides, in this order: existing_deal, contested, duplicate_of_own, clear. */
struct conflict registration_verdict(const struct candidate *candidates, size_t count);
/* The same of what is left when a resolution (-1: none) is believed; `deal` as of candidate_is_settled. */
struct conflict registration_unsettled(const struct candidate *candidates, size_t count, int resolution,
                                       const char *deal);

/* One candidate's own weight: the verdict it alone would give. VERDICT_CLEAR = shown, blocks nothing. */
struct conflict candidate_verdict(const struct candidate *candidate);

/* What the partner reads. Before a decision, and when there never was one: received. Approved: clear.
 * Rejected: not_clear when the conflict search or the reviewer's reason (existing_deal, other_partner_first)
 * says so. */
enum partner_verdict registration_partner_verdict(int state, int verdict, int reject_reason);

/* The rule in public words: first_in_time when clear, linked when the customer had a deal that the partner joins, not_first when the customer was taken, else the name of the
 * rejection's reason; NULL before a decision. Never who or what. */
const char *registration_public_rule(int state, int reject_reason, int resolution);

/* -- decision -- */
/* NOT_PARTNER_MANAGER: a partner manager decides for the partners it manages, a leader for all. */
struct fault *registration_decider_verdict(struct arena *arena, unsigned roles, bool manages_partner);

struct nominee {
    bool known; /* there is such a person in the tenant */
    bool active;
    int64_t person;       /* internal id; 0 for a partner rep who is given by name and e-mail only */
    unsigned roles;       /* bit set of ROLE_BIT */
    bool manages_partner; /* the partner names this person as its manager */
    bool of_partner;      /* a partner-side person of the registration's partner */
};

/* The deal that an approval names instead of making one, on the locked row. */
struct deal_link {
    const char *deal; /* public id; NULL: it names none */
    bool same_account, same_family;
    int status;     /* enum deal_status */
    bool has_claim; /* the partner claims it already */
    int64_t owner;  /* internal id; 0 = nobody */
};

struct approval {
    int state;                          /* enum registration_state, on the locked row */
    const struct candidate *candidates; /* of the check inside this transaction */
    size_t candidate_count;
    int verdict_before; /* enum registration_verdict: what the check before this one said */
    int resolution;     /* enum resolution_kind, -1 */
    const char *resolution_reason;
    struct deal_link link; /* with RESOLUTION_LINKED, and only then */
    struct nominee ae, partner_manager, partner_rep;
};

/* `not_same` settles what stands on other accounts, found by name: a different customer has an account of its own
 * already. What stands on the customer's own account is the same customer's. `other_closed` settles nothing that is
 * still open or protected: the check has to find it over, whatever it found before. `linked` takes nothing from
 * anybody, so that it settles every open deal (naming one says which of them is meant), the protection that rests on the
 * named `deal` (public id), and what was found by name on other accounts; never a registration that is undecided on the
 * customer's own, nor a protection on another deal. */
bool candidate_is_settled(const struct candidate *candidate, int resolution, const char *deal);

/* NULL, or the first that holds: INVALID_STATE (not submitted), INVALID_FIELDS (/resolution: its reason says nothing,
 * there was nothing to resolve; /opportunity_id: other_account, other_family), DEAL_CLOSED and CLAIM_EXISTS (of the named
 * deal), EARLIER_REGISTRATION_PENDING, CONFLICT_UNRESOLVED, PERSON_NOT_ELIGIBLE with every bad nominee (/ae, /partner_manager, /partner_rep). The
 * AE has the role ae and owns a named deal that has an owner; the manager has partner_manager and manages this partner, or has partnerships_leader;
 * AE and manager are two people; the rep is a partner_rep of this partner, or a new person (known = false,
 * person = 0). */
struct fault *registration_approve_verdict(struct arena *arena, const struct approval *approval);

/* INVALID_STATE unless undecided; `text` (the vendor's; a partner reads the public rule) must say something: /reason. */
struct fault *registration_reject_verdict(struct arena *arena, int state, const char *text);

/* Who may be named as a partner's manager: an active person with partner_manager or partnerships_leader.
 * PERSON_NOT_ELIGIBLE with /manager. */
struct fault *partner_manager_verdict(struct arena *arena, const struct nominee *manager);

/* -- customer -- */
struct customer {
    const char *name;
    struct text_list domains; /* as typed */
    const char *country;      /* ISO 3166-1 alpha-2 or NULL */
};

/* The keys under which the customer is searched and stored (TEXT_NORMALISER_VERSION). */
struct customer_keys {
    const char *name_key;
    const char **domains; /* registrable, without repeats, in the order given */
    size_t domain_count;
};

/* Collects, under `member` ("/customer", "/account"), name (placeholder), domains/N (invalid_domain,
 * free_mail_domain) and, without any domain, country (required). `keys` is filled as far as possible. */
void customer_check(struct arena *arena, const struct customer *customer, const char *member,
                    struct customer_keys *keys, struct field_faults *faults);

/* The domains of it alone, after keys->domain_count = 0; the rest of `keys` stays. */
void customer_domains_check(struct arena *arena, const struct customer *customer, const char *member,
                            struct customer_keys *keys, struct field_faults *faults);

#endif
