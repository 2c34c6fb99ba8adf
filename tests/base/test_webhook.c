/* Signatures of Standard Webhooks; the expected ones were computed by another implementation (Python's hmac). */
#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/webhook.h"

static void a_message_is_signed_over_id_time_and_body(void **state) {
    (void)state;
    static const struct {
        const char *secret, *id;
        int64_t timestamp;
        const char *body, *expected;
    } rows[] = {
        {"whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u", "msg_1", 1614265330, "{\"test\": 2432232314}",
         "v1,O4vEFHuUDzu6j6rKk1+0ulBAc4Rb/WWzCG2yLYlp7AQ="},
        {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
         "01939f00-0000-7000-8000-0000000000a2", 1790000000, "{\"note\":\"é\"}",
         "v1,pzYHR6Rat6n0hEveSpaLDBiT7/6znyzgFoEK1qLBECI="},
        {"whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2traw==", "m", 1, "",
         "v1,lBxgfKqROKnjp3v6h0Fuu3X7MDApPScGJtuw0pz8mIY="},
        {"c2VjcmV0LW9mLXRoaXJ0eS1ieXRlcy0wMDA=", "m", 1, "{}", NULL},
        {"whsec_c2hvcnQ=", "m", 1, "{}", NULL},
        {"whsec_", "m", 1, "{}", NULL},
        {"whsec_not base64 at all, not at all!!", "m", 1, "{}", NULL},
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *made = webhook_sign(arena, rows[i].secret, rows[i].id, rows[i].timestamp, rows[i].body,
                                        strlen(rows[i].body));
        check(!made == !rows[i].expected && (!made || !strcmp(made, rows[i].expected)), "row %zu: %s", i,
              made ? made : "none");
    }
    arena_destroy(arena);
}

static void a_new_secret_signs_and_is_another_each_time(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    const char *secret = webhook_secret_make(arena), *other = webhook_secret_make(arena);
    check(strncmp(secret, "whsec_", 6) == 0 && strlen(secret) == 6 + 44, "%s", secret);
    check(strcmp(secret, other) != 0, "%s", secret);
    const char *one = webhook_sign(arena, secret, "m", 1, "{}", 2),
               *two = webhook_sign(arena, other, "m", 1, "{}", 2);
    check(one && two && strcmp(one, two) != 0, "%s", "two secrets sign alike");
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_signed_over_id_time_and_body),
        cmocka_unit_test(a_new_secret_signs_and_is_another_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
