#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/text.h"
#include "text_tables.h"

static void tables_are_in_order(void **state) {
    (void)state;
    static const struct word_table *const tables[] = {&legal_forms, &free_mail_domains, &placeholders};
    for (size_t table = 0; table < COUNT(tables); table++)
        for (size_t i = 1; i < tables[table]->count; i++)
            check(strcmp(tables[table]->words[i - 1], tables[table]->words[i]) < 0, "%s",
                  tables[table]->words[i]);
    for (size_t i = 0; i < free_mail_domains.count; i++) {
        const char *domain = text_registrable_domain(*state, free_mail_domains.words[i]);
        check(domain && !strcmp(domain, free_mail_domains.words[i]), "%s", free_mail_domains.words[i]);
    }
}

static void utf8_is_told_from_other_bytes(void **state) {
    (void)state;
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("a\0\xc3\xa9", 4));
    assert_true(text_is_utf8("\xf4\x8f\xbf\xbf", 4));
    static const char *const bad[] = {"\x80", "\xc3",      "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xff", "ok\xe2\x82"};
    for (size_t i = 0; i < COUNT(bad); i++)
        check(!text_is_utf8(bad[i], strlen(bad[i])), "row %zu", i);
    assert_int_equal(text_characters(""), 0);
    assert_int_equal(text_characters("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 4);
}

static void names_meet_under_one_key(void **state) {
    static const struct {
        const char *name, *key;
    } rows[] = {{"Acme", "acme"},
                {"ACME, Inc.", "acme"},
                {"Acme Inc", "acme"},
                {" acme  incorporated ", "acme"},
                {"Acme Co., Ltd.", "acme"},
                {"Acme Pty Ltd", "acme"},
                {"Acme GmbH & Co. KG", "acme"},
                {"Acme S.A.", "acme"},
                {"Acme S.p.A.", "acme"},
                {"Acme S.A.R.L.", "acme"},
                {"Acme Sp. z o.o.", "acme"},
                {"Acme sp. zoo", "acme"},
                {"Acme s.r.o.", "acme"},
                {"Acme d.o.o.", "acme"},
                {"Acme L.L.C.", "acme"},
                {"Acme B.V.", "acme"},
                {"Acme A/S", "acme"},
                {"\xef\xbc\xa1\xef\xbc\xa3\xef\xbc\xad\xef\xbc\xa5", "acme"}, /* full width */
                {"Ac\xc2\xadme", "acme"},                                     /* a soft hyphen */
                {"Acme\xc2\xa0Ltd", "acme"},                                  /* a no-break space */
                {"STRA\xc3\237E AG", "strasse"},
                {"Stra\xc3\237e", "strasse"},
                {"\xc3\x84pfel", "\xc3\xa4pfel"},
                {"A\xcc\x88pfel", "\xc3\xa4pfel"},                        /* composed */
                {"\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x83"}, /* sigmas fold to one */
                {"Johnson & Johnson", "johnson johnson"},
                {"O'Brien-Smith", "o brien smith"},
                {"3M Company", "3m"},
                {"Inc", "inc"},
                {"Ltd.", "ltd"},
                {"Co Inc", "co"},
                {"S.A.", "s a"},
                {"Limited Brands", "limited brands"},
                {"Sasse", "sasse"},
                {"\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbe",
                 "\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbe"},
                {"", ""},
                {" - & . ", ""},
                {"\xf0\x9f\x98\x80", ""}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *key = text_name_key(*state, rows[i].name);
        check(!strcmp(key, rows[i].key), "'%s': '%s'", rows[i].name, key);
        check(!strcmp(text_name_key(*state, key), key), "'%s' again", key);
    }
}

static void domains_become_registrable(void **state) {
    static const struct {
        const char *typed, *domain;
    } rows[] = {
        {"example.com", "example.com"},
        {"Example.COM", "example.com"},
        {"example.com.", "example.com"},
        {"www.example.com", "example.com"},
        {"a.b.c.example.co.uk", "example.co.uk"},
        {"https://www.Example.co.uk:8443/path?x=y#z", "example.co.uk"},
        {"http://example.com", "example.com"},
        {"//example.com", NULL},
        {"example.com/path", "example.com"},
        {"example.com:443", "example.com"},
        {" example.com \n", "example.com"},
        {"example.com /x", "example.com"},
        {"b\xc3\274cher.de", "xn--bcher-kva.de"},
        {"www.B\xc3\234CHER.de", "xn--bcher-kva.de"},
        {"xn--bcher-kva.de", "xn--bcher-kva.de"},
        {"XN--BCHER-KVA.de", "xn--bcher-kva.de"},
        {"b\xc3\274cher.de.", "xn--bcher-kva.de"},
        {"stra\xc3\237e.de", "xn--strae-oqa.de"},
        {"\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah"},
        {"shop.\xe5\x85\xac\xe5\x8f\xb8.cn", "shop.xn--55qx5d.cn"}, /* a public suffix with an IDN label */
        {"a.shop.xn--55qx5d.cn", "shop.xn--55qx5d.cn"},
        {"foo.github.io", "foo.github.io"},
        {"city.kawasaki.jp", "city.kawasaki.jp"}, /* an exception of the list */
        {"a.b.ck", "a.b.ck"},                     /* a wildcard of the list */
        {"customer.example", "customer.example"},
        {"com", NULL},
        {"co.uk", NULL},
        {"www.com", "www.com"},
        {"localhost", NULL},
        {"", NULL},
        {" ", NULL},
        {".", NULL},
        {"..", NULL},
        {".com", NULL},
        {"example..com", NULL},
        {".example.com", NULL},
        {"example.com..", NULL},
        {"exa mple.com", NULL},
        {"exa_mple.com", NULL},
        {"-example.com", NULL},
        {"example-.com", NULL},
        {"192.168.1.1", NULL},
        {"10.1", NULL},
        {"[::1]", NULL},
        {"user@example.com", NULL},
        {"example.com:port", NULL},
        {"exam\xff.com", NULL},
        {"mailto:a@example.com", NULL},
        {"n/a", NULL},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg.com",
         "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg.com"},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.com", NULL}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *domain = text_registrable_domain(*state, rows[i].typed);
        check(domain ? rows[i].domain && !strcmp(domain, rows[i].domain) : !rows[i].domain, "'%s': %s",
              rows[i].typed, domain ? domain : "none");
    }
}

static void free_mail_is_no_customers_domain(void **state) {
    (void)state;
    static const char *const free_mail[] = {"gmail.com",   "outlook.com", "hotmail.co.uk",
                                            "gmx.de",      "qq.com",      "proton.me",
                                            "yahoo.co.jp", "web.de",      "icloud.com"};
    static const char *const others[] = {
        "", "google.com", "example.com", "gmail.co", "notgmail.com", "mail.gmail.com", "GMAIL.COM"};
    for (size_t i = 0; i < COUNT(free_mail); i++)
        check(text_is_free_mail(free_mail[i]), "%s", free_mail[i]);
    for (size_t i = 0; i < COUNT(others); i++)
        check(!text_is_free_mail(others[i]), "%s", others[i]);
}

static void addresses_are_plausible(void **state) {
    (void)state;
    static const char *const good[] = {
        "a@b.example",
        "first.last+tag@sub.example.co.uk",
        "o'brien@example.com",
        "a@b\xc3\274cher.de",
        "j\xc3\xb6rg@example.de",
        "x_y-z@example.com",
        "1@2.example",
        "a!#$%&'*+/=?^_`{|}~b@example.com",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg@example.com"};
    static const char *const bad[] = {
        "",
        "a",
        "@",
        "a@",
        "@b.example",
        "a@b",
        "a@localhost",
        "a@b.",
        "a@.b",
        "a@b..example",
        "a b@c.example",
        "a@b c.example",
        "a@@b.example",
        "a@b@c.example",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a@-b.example",
        "a@b-.example",
        "a@b.example.",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        "\"a b\"@c.example",
        "a@b_c.example",
        "A <a@b.example>",
        "a@b.example,c@d.example",
        "a@b.example\n",
        "a\t@b.example",
        "a@b.example\xff",
        "a(c)@b.example",
        "mailto:a@b.example",
        "a@b.123",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg@example.com"};
    for (size_t i = 0; i < COUNT(good); i++)
        check(text_is_email(good[i]), "'%s'", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        check(!text_is_email(bad[i]), "'%s'", bad[i]);
}

static void placeholders_say_nothing(void **state) {
    (void)state;
    static const char *const empty[] = {"",
                                        " ",
                                        "-",
                                        "--",
                                        "...",
                                        "?",
                                        "???",
                                        "n/a",
                                        "N/A",
                                        "n.a.",
                                        "NA",
                                        "TBD",
                                        "tbd.",
                                        " T.B.D. ",
                                        "(tbd)",
                                        "tba",
                                        "TBC",
                                        "to be determined",
                                        "To be confirmed!",
                                        "to-be-decided",
                                        "none",
                                        "None.",
                                        "nothing",
                                        "null",
                                        "nil",
                                        "unknown",
                                        "test",
                                        "Test test",
                                        "TEST 123",
                                        "testing",
                                        "x",
                                        "xx",
                                        "XXX",
                                        "aaaa",
                                        "....x....",
                                        "asdf",
                                        "asdf asdf",
                                        "qwerty",
                                        "lorem ipsum",
                                        "foo bar",
                                        "todo",
                                        "TBD / TBC",
                                        "tbd, tbd, tbd",
                                        "placeholder",
                                        "pending",
                                        "abc",
                                        "123",
                                        "000",
                                        "\xef\xbc\xb4\xef\xbc\xa2\xef\xbc\xa4",
                                        "\xe2\x80\x94",
                                        "\xe2\x80\x8b",
                                        "\xf0\x9f\x98\x80",
                                        "not yet known",
                                        "k.A."};
    static const char *const telling[] = {"Budget of 40k approved by the CFO on 3 May",
                                          "ok by Ana",
                                          "Ana",
                                          "yes",
                                          "42",
                                          "2026-03-01",
                                          "A/B test",
                                          "test plan agreed with the customer",
                                          "none of the approvals is open",
                                          "No budget before Q3",
                                          "TBD by Legal on Friday",
                                          "SAP",
                                          "IBM",
                                          "unknown unknowns were listed",
                                          "Pending legal review by Ms. Ito",
                                          "\xe4\xba\x88\xe7\xae\x97",
                                          "ab"};
    for (size_t i = 0; i < COUNT(empty); i++)
        check(text_is_placeholder(empty[i]), "'%s'", empty[i]);
    for (size_t i = 0; i < COUNT(telling); i++)
        check(!text_is_placeholder(telling[i]), "'%s'", telling[i]);
}

static int set_up(void **state) {
    *state = arena_create();
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables_are_in_order),
                                       cmocka_unit_test(utf8_is_told_from_other_bytes),
                                       cmocka_unit_test(names_meet_under_one_key),
                                       cmocka_unit_test(domains_become_registrable),
                                       cmocka_unit_test(free_mail_is_no_customers_domain),
                                       cmocka_unit_test(addresses_are_plausible),
                                       cmocka_unit_test(placeholders_say_nothing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
