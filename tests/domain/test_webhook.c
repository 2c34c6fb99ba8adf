/* Where events may go, and the schedule on both sides of each edge. */
#include "check.h"

#include <arpa/inet.h>

#include "tandem/base/json.h"
#include "tandem/domain/webhook.h"

static void a_target_is_a_plain_https_address(void **state) {
    static const struct {
        const char *url;
        bool open;
        const char *said;
    } rows[] = {
        {"https://hooks.example.com/tandem?tenant=1", false, ""},
        {"https://hooks.example.com", false, ""},
        {"http://hooks.example.com/", false, "/url invalid_url"},
        {"http://127.0.0.1:9/", true, ""},
        {"ftp://hooks.example.com/", true, "/url invalid_url"},
        {"https://", false, "/url invalid_url"},
        {"https://:443/", false, "/url invalid_url"},
        {"https://user:secret@hooks.example.com/", false, "/url invalid_url"},
        {"https://hooks.example.com/@here", false, ""},
        {"https://hooks.example.com/#part", false, "/url invalid_url"},
        {"https://hooks.example.com/a b", false, "/url invalid_url"},
        {"https://hooks.example.com\\@10.0.0.1/", false, "/url invalid_url"},
        {"https://h\xc3\xb6"
         "ks.example/",
         false, "/url invalid_url"},
        {NULL, false, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        webhook_url_check(rows[i].url, rows[i].open, &faults);
        check(!strcmp(fields_text(*state, faults.first), rows[i].said), "row %zu", i);
    }
}

static void types_are_those_that_are_published(void **state) {
    static const struct {
        const char *type, *said;
    } rows[] = {
        {"claim.signed", ""},
        {"claim.*", ""},
        {"registration.approved", ""},
        {"opportunity.not_yet_known", ""},
        {"evidence.*", ""},
        {"person.created", "/types/0 unknown_type"},
        {"claim.", "/types/0 unknown_type"},
        {"claim", "/types/0 unknown_type"},
        {"*", "/types/0 unknown_type"},
        {"claim.Signed", "/types/0 unknown_type"},
        {"claim.sign*", "/types/0 unknown_type"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        const char *items[] = {rows[i].type};
        webhook_types_check(&(struct text_list){.items = items, .count = 1}, &faults);
        check(!strcmp(fields_text(*state, faults.first), rows[i].said), "row %zu", i);
    }
}

static void only_public_addresses_are_delivered_to(void **state) {
    (void)state;
    static const struct {
        const char *address;
        bool expected;
    } rows[] = {
        {"93.184.216.34", true},
        {"0.0.0.0", false},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"126.255.255.255", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"128.0.0.0", true},
        {"169.253.255.255", true},
        {"169.254.169.254", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.8", false},
        {"192.0.2.1", false},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.0.1", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"198.20.0.0", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"239.1.1.1", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"2606:2800:220:1:248:1893:25c8:1946", true},
        {"::", false},
        {"::1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:169.254.169.254", false},
        {"::ffff:93.184.216.34", true},
        {"::10.0.0.1", false},
        {"64:ff9b::a00:1", false},
        {"64:ff9b:1::1", false},
        {"100::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"fe80::1", false},
        {"febf::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
        {"2001::1", false},
        {"2001:1ff::1", false},
        {"2001:200::1", true},
        {"2001:db8::1", false},
        {"2001:db9::1", true},
        {"2002:a00:1::1", false},
        {"2003::1", true},
        {"3fff::1", false},
        {"3fff:1000::1", true},
        {"4000::1", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[16];
        bool v6 = strchr(rows[i].address, ':') != NULL;
        assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, rows[i].address, bytes), 1);
        check(webhook_address_public(bytes, v6 ? 16 : 4) == rows[i].expected, "%s", rows[i].address);
    }
    assert_false(webhook_address_public((const uint8_t[5]){93}, 5));
}

static void each_try_waits_longer(void **state) {
    (void)state;
    static const int64_t delays_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    for (int tries = 1; tries < WEBHOOK_TRIES; tries++) {
        struct webhook_answer answer = {.status = 500, .tries = tries};
        struct webhook_verdict at_once = webhook_attempt_verdict(&answer);
        check(at_once.state == DELIVERY_PENDING && at_once.retry_s == delays_s[tries - 1], "try %d", tries);
        answer.jitter_percent = WEBHOOK_JITTER_PERCENT;
        check(webhook_attempt_verdict(&answer).retry_s == delays_s[tries - 1] * 110 / 100, "try %d", tries);
    }
}

static void an_answer_decides_what_becomes_of_a_delivery(void **state) {
    (void)state;
    static const struct {
        struct webhook_answer answer;
        enum delivery_state expected;
        int64_t retry_s;
        const char *disabled_reason;
    } rows[] = {
        {{.status = 200, .tries = 1}, DELIVERY_DELIVERED, 0, NULL},
        {{.status = 299, .tries = 10}, DELIVERY_DELIVERED, 0, NULL},
        {{.status = 199, .tries = 1}, DELIVERY_PENDING, 5, NULL},
        {{.status = 300, .tries = 1}, DELIVERY_PENDING, 5, NULL},
        {{.status = 302, .tries = 2}, DELIVERY_PENDING, 300, NULL},
        {{.status = 400, .tries = 1}, DELIVERY_PENDING, 5, NULL},
        {{.status = 0, .failed = true, .tries = 1}, DELIVERY_PENDING, 5, NULL},
        {{.status = 200, .failed = true, .tries = 1}, DELIVERY_PENDING, 5, NULL},
        {{.status = 410, .tries = 1}, DELIVERY_FAILED, 0, "gone"},
        {{.status = 410, .tries = 1, .delivered_since = true}, DELIVERY_FAILED, 0, "gone"},
        {{.status = 503, .tries = 1, .retry_after_s = 4}, DELIVERY_PENDING, 5, NULL},
        {{.status = 503, .tries = 1, .retry_after_s = 6}, DELIVERY_PENDING, 6, NULL},
        {{.status = 503, .tries = 1, .retry_after_s = 86400}, DELIVERY_PENDING, 86400, NULL},
        {{.status = 503, .tries = 1, .retry_after_s = 86401}, DELIVERY_PENDING, 86400, NULL},
        {{.status = 500, .tries = 9}, DELIVERY_PENDING, 86400, NULL},
        {{.status = 500, .tries = 10}, DELIVERY_FAILED, 0, "exhausted"},
        {{.status = 500, .tries = 10, .delivered_since = true}, DELIVERY_FAILED, 0, NULL},
        {{.failed = true, .withdrawn = true, .tries = 1}, DELIVERY_FAILED, 0, NULL},
        {{.failed = true, .withdrawn = true, .tries = 10}, DELIVERY_FAILED, 0, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct webhook_verdict verdict = webhook_attempt_verdict(&rows[i].answer);
        check(verdict.state == rows[i].expected, "row %zu", i);
        check(verdict.retry_s == rows[i].retry_s, "row %zu", i);
        const char *reason = verdict.disabled_reason, *expected = rows[i].disabled_reason;
        check(!reason == !expected && (!reason || !strcmp(reason, expected)), "row %zu", i);
    }
}

static void nothing_is_sent_again_to_a_disabled_endpoint(void **state) {
    check_problem(redeliver_verdict(*state, WEBHOOK_ACTIVE), OK, "active");
    check_problem(redeliver_verdict(*state, WEBHOOK_DISABLED), PROBLEM_INVALID_STATE, "disabled");
}

static void a_delivery_is_named_by_its_id(void **state) {
    struct field_faults faults = {.arena = *state};
    const char *items[] = {"01939f00-0000-7000-8000-00000000dead", "17", NULL};
    delivery_ids_check(*state, &(struct text_list){.items = items, .count = 3}, &faults);
    assert_string_equal(fields_text(*state, faults.first), "/delivery_ids/1 invalid_uuid");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_a_plain_https_address),
        cmocka_unit_test(types_are_those_that_are_published),
        cmocka_unit_test(only_public_addresses_are_delivered_to),
        cmocka_unit_test(each_try_waits_longer),
        cmocka_unit_test(an_answer_decides_what_becomes_of_a_delivery),
        cmocka_unit_test(nothing_is_sent_again_to_a_disabled_endpoint),
        cmocka_unit_test(a_delivery_is_named_by_its_id),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
