/* A policy as it is sent: whole by put_policy, in part by simulate_policy. */
#ifndef TANDEM_API_POLICY_INSIDE_H
#define TANDEM_API_POLICY_INSIDE_H

#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/domain/policy.h"

struct calendar_body {
    unsigned work_week;          /* bit set of weekdays */
    struct object_list holidays; /* struct holiday */
};

struct policy_members_body {
    struct presence presence; /* bit 1 << enum policy_member_code; the calendar is POLICY_MEMBERS */
    int64_t members[POLICY_MEMBERS];
    struct calendar_body calendar;
};

extern const struct shape policy_members_shape;

struct policy_change policy_change_of(const struct policy_members_body *body);

#endif
