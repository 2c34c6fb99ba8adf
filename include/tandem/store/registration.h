/* Registrations: one row shape for answers and rules (view registration_shown), and the statements that change them.
 * docs/rules.md, Registration. */
#ifndef TANDEM_STORE_REGISTRATION_H
#define TANDEM_STORE_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/base/money.h"
#include "tandem/domain/calendar.h"
#include "tandem/domain/registration_change.h"
#include "tandem/store/db.h"

struct fault;

/* `key` is an internal id, the member of the noun's name its public one. */
struct registration {
    int64_t key;
    const char *id;
    int64_t partner_key;
    const char *partner;
    int64_t account_key;
    const char *account;
    const char *product_family;
    const char *external_id;  /* or NULL */
    const char *content_hash; /* of what the partner sent */
    int state;                /* enum registration_state */
    int64_t submitted_at, respond_by;
    const char *customer_name;
    const char *customer_domains; /* JSON array, as sent */
    const char *customer_country; /* or NULL */
    const char *contact_name, *contact_email;
    const char *need;
    struct money amount; /* may be absent */
    int32_t close_date;
    const char *partner_rep_name, *partner_rep_email;
    const char *acting_for; /* JSON object or NULL */
    int verdict;            /* enum registration_verdict: of the newest check */
    const char *verdict_rule;
    const char *conflict_with; /* JSON array, for the vendor */
    int reason_code;           /* enum reject_reason, -1 */
    const char *reason;
    int64_t protected_until;
    const char *opportunity; /* or NULL */
    int64_t version;
    int64_t change_fields; /* bits of enum registration_field; 0: no changes were asked for */
    const char *change_text;
    bool change_is_correction;
    int64_t expires_at;
    int deal_status; /* enum deal_status; -1 without a deal */
    int resolution;  /* enum resolution_kind; -1 without */
    const char *resolution_reason;
    int64_t responded_at; /* the first decision or request for changes; INSTANT_NONE before it */
    bool past_respond_by; /* that answer, without one now, is later than respond_by */
};

/* From a row of any statement that selects the columns of registration_shown. */
void registration_read(const struct rows *rows, size_t index, struct registration *registration);

/* The newest submission or resubmission, from the first row of registration_receipt. */
struct registration_received {
    int64_t version, at;
    const char *person; /* public id of who sent it */
};
void registration_received_read(const struct rows *rows, struct registration_received *received);

/* *found false: there is none, or not for this caller. */
struct fault *registration_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                bool *found, struct registration *registration);

/* -- submission -- */
/* The partner that a submission is for, and what its response is counted from. */
struct submission_ground {
    int64_t partner_key; /* 0: the caller has no such partner */
    const char *partner;
    struct local_time now; /* now, in the tenant's zone */
    struct calendar calendar;
    int64_t respond_business_days, changes_business_days, submissions_per_day;
};

/* `partner` NULL: the caller's own. */
struct fault *registration_prepare(struct db *db, struct arena *arena, int32_t tenant_id, const char *partner,
                                   const char *time_zone, struct submission_ground *ground);

/* Waits for the partner's other submissions, then counts those of the tenant's day. */
struct fault *registration_day(struct db *db, struct arena *arena, int32_t tenant_id, int64_t partner_key,
                               const char *time_zone, struct submission_day *day);

/* Waits for a request with the same external id, then looks for what it stored. */
struct fault *registration_find_external(struct db *db, struct arena *arena, int32_t tenant_id,
                                         int64_t partner_key, const char *external_id, bool *found,
                                         struct registration *registration);

struct submission {
    struct registration registration; /* id, keys, content, verdict; not what the database stamps */
    const struct text_list *domains;  /* as sent */
    struct local_time respond_by;
    const char *time_zone;
};

/* Inserts with its event; submitted now by the caller. EXTERNAL_ID_EXISTS by the constraint. */
struct fault *registration_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct submission *submission);

/* -- changes -- */
struct change_request {
    int64_t fields; /* bits of enum registration_field */
    const char *text;
    bool correction;
    struct local_time expires;
    const char *time_zone;
};

struct fault *registration_request_changes(struct db *db, struct arena *arena, int32_t tenant_id,
                                           int64_t registration_key, const struct change_request *request);

/* The whole content anew. Without `keeps_stamp` it is submitted now, and due by `submission->respond_by`. */
struct fault *registration_resubmit(struct db *db, struct arena *arena, int32_t tenant_id,
                                    const struct submission *submission, bool keeps_stamp);

/* `reason` may be NULL; it stands in the history. */
struct fault *registration_withdraw(struct db *db, struct arena *arena, int32_t tenant_id,
                                    int64_t registration_key, const char *reason);

/* Protects for `days` more, from now when the protection has ended. CONFLICT_UNRESOLVED by the exclusion constraint when
 * another registration has been protected meanwhile. */
struct fault *registration_extend(struct db *db, struct arena *arena, int32_t tenant_id,
                                  int64_t registration_key, int64_t days, const char *reason);

/* -- conflict -- */
struct candidate_row {
    const char *kind, *id; /* registration, opportunity, account; public id */
    int64_t account_key;
    bool same_partner; /* a registration of, or an opportunity claimed by, the one that asks */
    int state;
    const char *product_family;
    int64_t submitted_at;
    bool is_protected;
    const char *matched;      /* domain, name, account, similar */
    const char *similar_keys; /* JSON array, of a similar name: keys of its account's names; else NULL */
    const char *deal;         /* public id of the deal that it is, or that it was approved for; NULL: none */
};

/* Everything that the customer may conflict with, other partners' included, as `partner_key` asks; never `own_key` (0 = not
 * stored yet). Which of the similar names are similar is for name_similarity to say. */
struct fault *registration_candidates(struct db *db, struct arena *arena, int32_t tenant_id,
                                      int64_t account_key, const char *name_key, const char *const *domains,
                                      size_t domain_count, const char *country, int64_t own_key,
                                      int64_t partner_key, struct candidate_row **candidates, size_t *count);

/* -- decision -- */
/* Lets one decision at a time pass in the tenant, then locks the row. *manages: the caller is the manager whom the
 * partner names. */
struct fault *registration_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                bool *found, bool *manages);

struct nominee_row {
    const char *part; /* ae, partner_manager, partner_rep */
    int64_t person;   /* internal id */
    int64_t roles;
    bool active, manages, of_partner;
};

/* The named people who are there; `rep` or `rep_email` is NULL. */
struct fault *registration_nominees(struct db *db, struct arena *arena, int32_t tenant_id,
                                    int64_t partner_key, const char *ae, const char *partner_manager,
                                    const char *rep, const char *rep_email, struct nominee_row **nominees,
                                    size_t *count);

struct approval_facts {
    int64_t window_hours, protection_days;
    int64_t sourced_rule_version;
    int64_t model_version;
    /* Of engagements on account and family, or INSTANT_NONE. One that was recorded after the submission and is dated at or
     * before it is not among the first known: the earliest recorded of those contradicts (NULL: none). */
    int64_t first_known_at, contradicted_at;
    const char *contradicting_activity;
    bool open_deal; /* for them at the submission, what the partner claimed by then aside */
};

/* Reads of the registration its account, family, stamp and partner. */
struct fault *registration_approval_facts(struct db *db, struct arena *arena, int32_t tenant_id,
                                          const struct registration *registration,
                                          struct approval_facts *facts);

struct approved {
    int64_t registration_key;
    int64_t rep_key; /* 0: a new person by the next three */
    const char *rep_id, *rep_name, *rep_email;
    const char *opportunity_id, *name;
    int64_t ae_key, partner_manager_key;
    int attribution; /* of deal and claim */
    int64_t model_version;
    const char *claim_id, *content_hash;
    int64_t deadline_at;
    bool sourced_passed;
    const char *sourced_reason;
    int64_t protection_days;
    int verdict;
    const char *verdict_rule, *conflict_with;
    int resolution; /* enum resolution_kind, -1 */
    const char *resolution_reason;
};

/* One statement: representative, deal, claim and decision with their events. CONFLICT_UNRESOLVED by the exclusion
 * constraint when another registration is protected. */
struct fault *registration_approve(struct db *db, struct arena *arena, int32_t tenant_id,
                                   const struct approved *approved);

/* A new person of the partner, who acts for it; *key: internal id. */
struct fault *registration_rep_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t partner,
                                      const char *name, const char *email, int64_t *key);

struct linked {
    int64_t registration_key;
    int64_t opportunity; /* internal id */
    int verdict;
    const char *verdict_rule, *conflict_with, *resolution_reason;
};
/* Approved on a deal that stands already; its claim is made by claim_insert or claim_join. */
struct fault *registration_link(struct db *db, struct arena *arena, int32_t tenant_id,
                                const struct linked *linked);

struct fault *registration_reject(struct db *db, struct arena *arena, int32_t tenant_id,
                                  int64_t registration_key, int reason_code, const char *reason);

#endif
