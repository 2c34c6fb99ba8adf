/* The tenant's policy, versioned, in force from a future instant; policy_default is what version 1 says. Every whole
 * number of it is one row of policy_members: contract, range, storage and answer follow from that table.
 * docs/rules.md, Policy. */
#ifndef TANDEM_DOMAIN_POLICY_H
#define TANDEM_DOMAIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/calendar.h"
#include "tandem/domain/deal.h"

struct arena;
struct field_faults;

struct policy {
    int version;
    int window_hours;              /* claim and signatures after the deal's creation; fixed at creation */
    int protection_days;           /* exclusivity of an approved registration */
    int protection_extension_days; /* added to it at each confirmed advance */
    int respond_business_days;     /* first decision on a registration; frozen at submission */
    int changes_business_days;     /* a registration waits that long for the changes that were asked for */
    int extension_days_max;        /* a protection is extended by hand by no more at a time */
    int submissions_per_day;       /* registrations of one partner on one local day; 0 = no cap */
    int stale_hours;               /* since the last refresh */
    int stalled_days;              /* in one stage */
    int proposal_days;             /* a proposed advance waits that long for the other side */
    int backdated_business_days;   /* a close dated further back needs an admin */
    int coverage_lower_percent;    /* of the remaining target; both ends are "within" */
    int coverage_upper_percent;
    int sourced_rule_version;
    int32_t probability_bp[CATEGORY_CLOSED + 1]; /* stated probability by enum category, basis points */
};

extern const struct policy policy_default;

/* -- members -- */
enum policy_member_code {
    POLICY_WINDOW_HOURS,
    POLICY_PROTECTION_DAYS,
    POLICY_PROTECTION_EXTENSION_DAYS,
    POLICY_RESPOND_BUSINESS_DAYS,
    POLICY_CHANGES_BUSINESS_DAYS,
    POLICY_EXTENSION_DAYS_MAX,
    POLICY_SUBMISSIONS_PER_DAY,
    POLICY_STALE_HOURS,
    POLICY_STALLED_DAYS,
    POLICY_PROPOSAL_DAYS,
    POLICY_BACKDATED_BUSINESS_DAYS,
    POLICY_COVERAGE_LOW_PERCENT,
    POLICY_COVERAGE_HIGH_PERCENT,
    POLICY_SOURCED_RULE_VERSION,
    POLICY_COMMIT_BASIS_POINTS,
    POLICY_BEST_CASE_BASIS_POINTS,
    POLICY_PIPELINE_BASIS_POINTS,
    POLICY_MEMBERS
};

struct policy_member {
    const char *name;     /* in the API and in the table */
    size_t offset;        /* of an int in struct policy */
    int minimum, maximum; /* both inside */
    const char
        *fixed; /* when it counts; NULL: the forecast takes it as of the read, so it can be simulated */
};

extern const struct policy_member policy_members[POLICY_MEMBERS];

int policy_get(const struct policy *policy, enum policy_member_code code);
void policy_set(struct policy *policy, enum policy_member_code code, int value);

/* -- a change -- */
enum { POLICY_HOLIDAYS_MAX = 400 };

struct holiday {
    int32_t date; /* DATE_NONE: absent, and refused already */
    const char *name;
};

struct policy_change {
    int64_t members[POLICY_MEMBERS];
    unsigned given; /* bit set of 1 << code: the sender named it; the calendar is 1 << POLICY_MEMBERS */
    const struct holiday *holidays;
    size_t holiday_count;
};

/* What is wrong with a whole policy as sent: a member that is missing or out of its range, probabilities and coverage
 * bounds out of order, a holiday that stands twice. Pointers below `prefix`. */
void policy_check(const struct policy_change *change, const char *prefix, struct field_faults *faults);

/* A policy takes effect after the instant at which it is set, never before. Pointer /effective_at. */
void policy_effective_check(int64_t effective_at, int64_t now_at, struct field_faults *faults);

/* What is wrong with a part of a policy that is only tried out over the one in force: a member that the forecast does not
 * take as of the read, one out of its range, an order that breaks. */
void policy_proposal_check(const struct policy_change *change, const struct policy *in_force,
                           const char *prefix, struct field_faults *faults);

/* The policy in force with the change laid over it. */
struct policy policy_proposed(const struct policy_change *change, const struct policy *in_force);

/* The change as a policy; it has passed policy_check. */
struct policy policy_of_change(const struct policy_change *change, int version);

#endif
