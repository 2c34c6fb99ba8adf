/* One rule for the answer about one registration and for the share of many. */
#include "tandem/domain/response.h"

#include "tandem/domain/registration.h"

enum response response_assess(const struct response_signals *signals) {
    if (signals->answered)
        return signals->past_respond_by ? RESPONSE_LATE : RESPONSE_IN_TIME;
    if (!registration_is_undecided(signals->state))
        return RESPONSE_WITHDRAWN; /* nobody is to blame for it */
    return signals->past_respond_by ? RESPONSE_OVERDUE : RESPONSE_NOT_DUE;
}

int response_in_time(enum response response) {
    static const int in_time[RESPONSE_COUNT] = {[RESPONSE_IN_TIME] = 1,
                                                [RESPONSE_LATE] = 0,
                                                [RESPONSE_OVERDUE] = 0,
                                                [RESPONSE_NOT_DUE] = -1,
                                                [RESPONSE_WITHDRAWN] = -1};
    return in_time[response];
}

void response_add(struct response_tally *tally, const struct response_signals *signals, int64_t count) {
    tally->counts[response_assess(signals)] += count;
}

int64_t response_total(const struct response_tally *tally) {
    int64_t total = 0;
    for (int i = 0; i < RESPONSE_COUNT; i++)
        total += tally->counts[i];
    return total;
}

void response_share(const struct response_tally *tally, char share[RATIO_TEXT_SIZE]) {
    int64_t in_time = 0, judged = 0;
    for (int i = 0; i < RESPONSE_COUNT; i++) {
        int verdict = response_in_time((enum response)i);
        in_time += verdict == 1 ? tally->counts[i] : 0;
        judged += verdict >= 0 ? tally->counts[i] : 0;
    }
    share[0] = 0;
    if (judged > 0)
        ratio_format(in_time, judged, share);
}
