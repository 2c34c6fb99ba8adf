/* Where events may be delivered, and what becomes of a delivery after each attempt. docs/rules.md, Events out. */
#ifndef TANDEM_DOMAIN_WEBHOOK_H
#define TANDEM_DOMAIN_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"

struct arena;
struct fault;
struct field_faults;
struct text_list;

enum webhook_state { WEBHOOK_ACTIVE = 1, WEBHOOK_DISABLED, WEBHOOK_DELETED };
extern const struct choice webhook_states[]; /* active, disabled */
enum delivery_state { DELIVERY_PENDING = 1, DELIVERY_DELIVERED, DELIVERY_FAILED };
extern const struct choice delivery_states[];

enum { WEBHOOK_TRIES = 10, WEBHOOK_DELAY_MAX_S = 24 * 3600, WEBHOOK_JITTER_PERCENT = 10 };

/* /url: https, a host, no user, no fragment, printable ASCII. `open`: http is taken as well (development, tests). */
void webhook_url_check(const char *url, bool open, struct field_faults *faults);
/* /types/n: an event's type, or all of a noun: claim.signed, claim.* */
void webhook_types_check(const struct text_list *types, struct field_faults *faults);

/* /delivery_ids/n: each is an id. */
void delivery_ids_check(struct arena *arena, const struct text_list *ids, struct field_faults *faults);
/* Nothing is sent again to a disabled endpoint: INVALID_STATE. `state`: enum webhook_state. */
struct fault *redeliver_verdict(struct arena *arena, int state);

/* Is this address (4 or 16 bytes, network order) one of the public internet? Private, loopback, link-local, shared,
 * documentation and multicast ranges are not, nor what maps or translates to IPv4 without being public there. */
bool webhook_address_public(const uint8_t *address, size_t length);

struct webhook_answer {
    int status;            /* of the sink; 0: none came, or it was not taken */
    bool failed;           /* whatever the status: the answer was not taken whole */
    bool withdrawn;        /* nothing was sent: who owns the endpoint may read the event no more */
    int64_t retry_after_s; /* 0: the sink did not say */
    int tries;             /* of this round, this attempt included: 1 to WEBHOOK_TRIES */
    int jitter_percent;    /* 0 to WEBHOOK_JITTER_PERCENT, by chance */
    bool
        delivered_since; /* the endpoint has taken something since the round began; read after the last try only */
};

struct webhook_verdict {
    enum delivery_state state;
    int64_t retry_s;             /* of DELIVERY_PENDING: when to try again, seconds from now */
    const char *disabled_reason; /* gone, exhausted; NULL: the endpoint stays as it is */
};

/* What is withdrawn has failed for good. 2xx is taken, 410 disables, everything else (3xx too) is tried again by the schedule: at once, 5 s, 5 min, 30 min, 2 h, 5 h,
 * 10 h, 14 h, 20 h, 24 h, each up to a tenth later, and not before the sink's Retry-After (24 h at most). When all ten have
 * failed the delivery has; when the endpoint took nothing else meanwhile it is disabled. */
struct webhook_verdict webhook_attempt_verdict(const struct webhook_answer *answer);

#endif
