/* Webhooks: targets as text and as addresses, and the schedule. */
#include "tandem/domain/webhook.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/uuid.h"

const struct choice webhook_states[] = {{"active", WEBHOOK_ACTIVE}, {"disabled", WEBHOOK_DISABLED}, {NULL}};
const struct choice delivery_states[] = {
    {"pending", DELIVERY_PENDING}, {"delivered", DELIVERY_DELIVERED}, {"failed", DELIVERY_FAILED}, {NULL}};

static const char *url_wrong(const char *url, bool open) {
    const char *host = strncmp(url, "https://", 8) == 0          ? url + 8
                       : open && strncmp(url, "http://", 7) == 0 ? url + 7
                                                                 : NULL;
    if (!host)
        return "must start with https://";
    for (const char *at = url; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '\\')
            return "must be printable ASCII; percent-encode the rest";
    size_t length = strcspn(host, "/?#");
    if (length == 0 || host[0] == ':')
        return "must name a host";
    if (strcspn(host, "@") < length)
        return "must not carry a user or password: deliveries are signed";
    return strchr(url, '#') ? "must not have a fragment" : NULL;
}

void webhook_url_check(const char *url, bool open, struct field_faults *faults) {
    const char *wrong = url ? url_wrong(url, open) : NULL;
    if (wrong)
        field_fault(faults, "/url", "invalid_url", "%s", wrong);
}

static bool type_known(const char *type) {
    static const char *const nouns[] = {"registration.", "opportunity.", "claim.", "evidence."};
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        size_t length = strlen(nouns[i]);
        if (strncmp(type, nouns[i], length) != 0)
            continue;
        const char *rest = type + length;
        return strcmp(rest, "*") == 0 || (*rest && rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz_")] == 0);
    }
    return false;
}

void webhook_types_check(const struct text_list *types, struct field_faults *faults) {
    for (size_t i = 0; i < types->count; i++) {
        if (types->items[i] && !type_known(types->items[i]))
            field_fault(faults, arena_format(faults->arena, "/types/%zu", i), "unknown_type",
                        "must be a type of event such as claim.signed, or all of a noun: registration.*, "
                        "opportunity.*, claim.*, evidence.*");
    }
}

void delivery_ids_check(struct arena *arena, const struct text_list *ids, struct field_faults *faults) {
    for (size_t i = 0; i < ids->count; i++) {
        char id[UUID_TEXT_SIZE];
        if (ids->items[i] && !uuid_parse(ids->items[i], id))
            field_fault(faults, arena_format(arena, "/delivery_ids/%zu", i), "invalid_uuid",
                        "must be a UUID");
    }
}

struct fault *redeliver_verdict(struct arena *arena, int state) {
    if (state == WEBHOOK_ACTIVE)
        return NULL;
    return fault_make(
        arena, PROBLEM_INVALID_STATE,
        "the endpoint is disabled; send it a test event: when it takes that, it is active again");
}

/* -- addresses -- */

struct range {
    uint8_t address[16];
    unsigned bits;
};

static bool in_ranges(const uint8_t *address, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool inside = true;
        for (unsigned bit = 0; bit < ranges[i].bits && inside; bit++)
            inside = !((address[bit / 8] ^ ranges[i].address[bit / 8]) & (0x80 >> bit % 8));
        if (inside)
            return true;
    }
    return false;
}

bool webhook_address_public(const uint8_t *address, size_t length) {
    static const struct range closed4[] = {
        {{0}, 8},
        {{10}, 8},
        {{100, 64}, 10},
        {{127}, 8},
        {{169, 254}, 16},
        {{172, 16}, 12},
        {{192, 0, 0}, 24},
        {{192, 0, 2}, 24},
        {{192, 88, 99}, 24},
        {{192, 168}, 16},
        {{198, 18}, 15},
        {{198, 51, 100}, 24},
        {{203, 0, 113}, 24},
        {{224}, 4},
        {{240}, 4},
    };
    static const struct range mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
    static const struct range global6 = {{0x20},
                                         3}; /* all that is given out; translation prefixes are outside */
    static const struct range closed6[] = {
        {{0x20, 0x01}, 23},             /* protocols: Teredo, ORCHID, benchmarking */
        {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
        {{0x20, 0x02}, 16},             /* 6to4: an IPv4 address inside */
        {{0x3f, 0xff}, 20},             /* documentation */
    };
    if (length == 4)
        return !in_ranges(address, closed4, sizeof closed4 / sizeof *closed4);
    if (length != 16)
        return false;
    if (in_ranges(address, &mapped, 1))
        return webhook_address_public(address + 12, 4);
    return in_ranges(address, &global6, 1) && !in_ranges(address, closed6, sizeof closed6 / sizeof *closed6);
}

/* -- the schedule -- */

struct webhook_verdict webhook_attempt_verdict(const struct webhook_answer *answer) {
    static const int64_t delays_s[WEBHOOK_TRIES] = {0,        5,         300,       1800,      2 * 3600,
                                                    5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600};
    if (answer->withdrawn)
        return (struct webhook_verdict){.state = DELIVERY_FAILED};
    if (!answer->failed && answer->status >= 200 && answer->status < 300)
        return (struct webhook_verdict){.state = DELIVERY_DELIVERED};
    if (answer->status == 410)
        return (struct webhook_verdict){.state = DELIVERY_FAILED, .disabled_reason = "gone"};
    if (answer->tries >= WEBHOOK_TRIES)
        return (struct webhook_verdict){.state = DELIVERY_FAILED,
                                        .disabled_reason = answer->delivered_since ? NULL : "exhausted"};
    int64_t delay_s = delays_s[answer->tries];
    delay_s += delay_s * answer->jitter_percent / 100;
    int64_t asked_s =
        answer->retry_after_s < WEBHOOK_DELAY_MAX_S ? answer->retry_after_s : WEBHOOK_DELAY_MAX_S;
    return (struct webhook_verdict){.state = DELIVERY_PENDING,
                                    .retry_s = delay_s > asked_s ? delay_s : asked_s};
}
