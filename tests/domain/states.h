/* The criteria of the default model as states of one deal. */
#ifndef TANDEM_TESTS_DOMAIN_STATES_H
#define TANDEM_TESTS_DOMAIN_STATES_H

#include "tandem/domain/stage.h"

enum { CRITERIA = 12 };

/* Everything met and confirmed by both sides. */
static inline void fill_states(struct criterion_state states[CRITERIA]) {
    for (size_t i = 0; i < CRITERIA; i++) {
        const struct criterion *criterion = &stage_model_default.criteria[i];
        states[i] = (struct criterion_state){.key = criterion->key,
                                             .stage_number = criterion->stage_number,
                                             .type = criterion->type,
                                             .met = true,
                                             .vendor_confirmed = true,
                                             .partner_confirmed = true};
    }
}

static inline struct criterion_state *find_state(struct criterion_state *states, const char *key) {
    for (size_t i = 0; i < CRITERIA; i++)
        if (!strcmp(states[i].key, key))
            return &states[i];
    fail_msg("no criterion %s", key);
    return NULL;
}

#endif
