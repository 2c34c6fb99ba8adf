/* The tenant's policy, versioned; this is what the default (version 1) says. docs/rules.md, Policy. */
#ifndef TANDEM_DOMAIN_POLICY_H
#define TANDEM_DOMAIN_POLICY_H

#include <stdint.h>

#include "tandem/domain/deal.h"

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

#endif
