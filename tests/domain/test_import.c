/* Imported deals: what a line may not say, and what follows from what it says. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/import.h"
#include "tandem/domain/role.h"
#include "tandem/domain/stage.h"

static struct import_row line(int status) {
    return (struct import_row){.external_id = "a",
                               .name = "A deal",
                               .close_date = DATE_NONE,
                               .created_at = INSTANT_NONE,
                               .crm_stage = -1,
                               .status = status,
                               .closed_on = status == DEAL_OPEN ? DATE_NONE : day("2017-03-01"),
                               .reason_code = -1};
}

/* "pointer code, ..." of what is wrong with it. */
static const char *faults_of(struct arena *arena, struct import_row *row, struct customer_keys *keys) {
    struct field_faults faults = {.arena = arena};
    import_row_check(arena, row, keys, &faults);
    return fields_text(arena, faults.first);
}

static void a_line_does_not_contradict_itself(void **state) {
    static const struct {
        const char *label;
        int status, reason_code;
        bool closed_on;
        const char *wrong;
    } rows[] = {
        {"open", DEAL_OPEN, -1, false, ""},
        {"open with a day of its close", DEAL_OPEN, -1, true, "/closed_on not_closed"},
        {"open with a reason", DEAL_OPEN, LOST_PRICE, false, "/reason_code not_lost"},
        {"won", DEAL_WON, -1, true, ""},
        {"won some day", DEAL_WON, -1, false, "/closed_on required"},
        {"won with a reason", DEAL_WON, LOST_UNSPECIFIED, true, "/reason_code not_lost"},
        {"lost", DEAL_LOST, -1, true, ""},
        {"lost for a reason", DEAL_LOST, LOST_PRICE, true, ""},
        {"lost some day", DEAL_LOST, LOST_PRICE, false, "/closed_on required"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct customer_keys keys;
        struct import_row row = line(rows[i].status);
        row.reason_code = rows[i].reason_code;
        row.closed_on = rows[i].closed_on ? day("2017-03-01") : DATE_NONE;
        const char *wrong = faults_of(*state, &row, &keys);
        check(strcmp(wrong, rows[i].wrong) == 0, "%s: %s", rows[i].label, wrong);
    }
}

static void only_a_closed_deal_is_in_the_stage_closed(void **state) {
    struct customer_keys keys;
    struct import_row open = line(DEAL_OPEN), won = line(DEAL_WON);
    open.crm_stage = won.crm_stage = ROLLUP_CLOSED;
    won.closed_on = day("2017-03-01");
    const char *wrong = faults_of(*state, &open, &keys);
    check(strcmp(wrong, "/crm_stage not_closed") == 0, "open: %s", wrong);
    wrong = faults_of(*state, &won, &keys);
    check(strcmp(wrong, "") == 0, "won: %s", wrong);
}

static void a_source_is_plain(void **state) {
    static const struct {
        const char *source;
        bool good;
    } rows[] = {{"crm", true},  {"Sales-force_1.eu", true}, {"", false}, {"a b", false},
                {"a/b", false}, {"\303\251", false}};
    char longest[65];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check(import_source_is_good(rows[i].source) == rows[i].good, "%s", rows[i].source);
    memset(longest, 'x', sizeof longest);
    longest[64] = '\0';
    check(!import_source_is_good(longest), "%s", "64");
    longest[63] = '\0';
    check(import_source_is_good(longest), "%s", "63");
}

static void what_a_line_leaves_open_follows(void **state) {
    struct customer_keys keys;
    struct import_row open = line(DEAL_OPEN), lost = line(DEAL_LOST), told = line(DEAL_LOST);
    open.crm_stage = ROLLUP_VALIDATION;
    open.product_family = "crates";
    lost.crm_stage = ROLLUP_DISCOVERY;
    told.reason_code = LOST_PRICE;
    assert_string_equal(faults_of(*state, &open, &keys), "");
    assert_string_equal(faults_of(*state, &lost, &keys), "");
    assert_string_equal(faults_of(*state, &told, &keys), "");
    assert_int_equal(open.crm_stage, ROLLUP_VALIDATION);
    assert_int_equal(open.reason_code, -1);
    assert_string_equal(open.product_family, "crates");
    assert_int_equal(lost.crm_stage, ROLLUP_CLOSED);
    assert_int_equal(lost.reason_code, LOST_UNSPECIFIED);
    assert_string_equal(lost.product_family, "default");
    assert_int_equal(told.reason_code, LOST_PRICE);
}

static void an_account_has_keys_of_its_own(void **state) {
    const char *domains[] = {"www.bioholding.ph", "gmail.com", "localhost"};
    struct customer_keys keys;
    struct import_row row = line(DEAL_OPEN);
    assert_string_equal(faults_of(*state, &row, &keys), "");
    assert_null(keys.name_key);
    row.account = (struct customer){.name = "Bioholding", .domains = {domains, 1}};
    assert_string_equal(faults_of(*state, &row, &keys), "");
    assert_int_equal(keys.domain_count, 1);
    assert_string_equal(keys.domains[0], "bioholding.ph");
    const char *twice[] = {"www.bioholding.ph", "bioholding.ph"};
    row.account.domains = (struct text_list){twice, 2};
    assert_string_equal(faults_of(*state, &row, &keys), "");
    assert_int_equal(keys.domain_count, 1); /* one company, written twice */
    row.account = (struct customer){.name = "--", .domains = {domains, 3}};
    assert_string_equal(faults_of(*state, &row, &keys),
                        "/account/name placeholder, /account/domains/1 free_mail_domain, "
                        "/account/domains/2 invalid_domain");
}

static void nothing_is_created_or_closed_in_the_future(void **state) {
    const int64_t now_at = instant("2026-11-21T22:30:00Z");
    const int32_t today = day("2026-11-22"); /* in the tenant's zone it is tomorrow already */
    for (int late = 0; late <= 1; late++) {
        struct field_faults faults = {.arena = *state};
        struct import_row row = line(DEAL_WON);
        row.created_at = now_at + late;
        row.closed_on = today + late;
        import_row_check_clock(&row, now_at, today, &faults);
        assert_string_equal(fields_text(*state, faults.first),
                            late ? "/created_at in_future, /closed_on in_future" : "");
    }
    struct field_faults faults = {.arena = *state};
    struct import_row undated = line(DEAL_OPEN);
    import_row_check_clock(&undated, now_at, today, &faults);
    assert_false(field_faults_any(&faults));
}

static void admin_and_crm_sync_import(void **state) {
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++)
        check(import_allowed(ROLE_BIT(role)) == (role == ROLE_ADMIN || role == ROLE_CRM_SYNC), "role %d",
              role);
    assert_true(import_allowed(ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_ADMIN)));
    assert_false(import_allowed(0));
}

/* What a line that states `value` of p-1 says wrong about a deal; "again" when the same stands. */
static const char *history_faults(struct arena *arena, struct import_history history) {
    const struct import_attribution stated = {ATTRIBUTION_SOURCED, "p-1"};
    struct field_faults faults = {.arena = arena};
    bool again;
    history.stated = &stated;
    import_history_check(&history, &faults, &again);
    return again ? "again" : fields_text(arena, faults.first);
}

static void history_is_loaded_once_and_from_before_the_go_live(void **state) {
    const int64_t go_live_at = instant("2026-11-01T00:00:00Z");
    const struct {
        struct import_history history;
        const char *wrong;
    } rows[] = {
        {{.partner_known = true, .created_at = go_live_at - 1, .was_stated = -1}, ""},
        {{.partner_known = true, .created_at = go_live_at, .was_stated = -1}, "/attribution not_history"},
        {{.created_at = go_live_at - 1, .was_stated = -1}, "/attribution/partner_id unknown_partner"},
        {{.partner_known = true, .created_at = go_live_at - 1, .has_claim = true, .was_stated = -1},
         "/attribution claimed"},
        {{.partner_known = true,
          .created_at = go_live_at - 1,
          .has_claim = true,
          .was_stated = ATTRIBUTION_SOURCED,
          .was_partner_id = "p-1",
          .was_of = "One"},
         "again"},
        {{.partner_known = true, .created_at = go_live_at, .was_stated = -1, .further_id = true}, "again"},
        {{.partner_known = true,
          .created_at = go_live_at - 1,
          .has_claim = true,
          .was_stated = ATTRIBUTION_INFLUENCED,
          .was_partner_id = "p-1",
          .was_of = "One"},
         "/attribution already_stated"},
        {{.partner_known = true,
          .created_at = go_live_at - 1,
          .has_claim = true,
          .was_stated = ATTRIBUTION_SOURCED,
          .was_partner_id = "p-2",
          .was_of = "Two"},
         "/attribution already_stated"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct import_history history = rows[i].history;
        history.go_live_at = go_live_at;
        const char *wrong = history_faults(*state, history);
        check(strcmp(wrong, rows[i].wrong) == 0, "row %zu: %s", i, wrong);
    }
}

static void only_closed_history_counts_without_signatures(void **state) {
    (void)state;
    const struct import_standing open = import_standing_of(DEAL_OPEN), won = import_standing_of(DEAL_WON),
                                 lost = import_standing_of(DEAL_LOST);
    assert_false(open.counts_as_stated);
    assert_true(won.counts_as_stated && lost.counts_as_stated);
    assert_int_equal(open.share_basis_points, -1);
    assert_int_equal(won.share_basis_points, 10000);
    assert_int_equal(lost.share_basis_points, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_does_not_contradict_itself, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(only_a_closed_deal_is_in_the_stage_closed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(a_source_is_plain),
        cmocka_unit_test_setup_teardown(what_a_line_leaves_open_follows, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_account_has_keys_of_its_own, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_created_or_closed_in_the_future, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(history_is_loaded_once_and_from_before_the_go_live, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(only_closed_history_counts_without_signatures),
        cmocka_unit_test(admin_and_crm_sync_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
