/* Where each identity provider puts roles, tenant and partner: payloads in the shape of theirs, and what is taken from
 * them by the key file that fits. */
#include "token_keyring.h"

#include <string.h>

#include "tandem/base/fault.h"
#include "tandem/domain/role.h"
#include "tandem/http/request.h"

#define NOW (INT64_C(1800000000) * 1000000)

static const char unfit[] = "refused";

/* `texts` of the token by a key file that says `settings`; "tenant/partner", or `unfit`. */
static const char *read_claims(const char *settings, const char *claims, unsigned *roles) {
    write_file("claims.json",
               arena_format(arena,
                            "{%s,\"keys\":[{\"kid\":\"rs\",\"alg\":\"RS256\",\"public_key_file\":\"rsa.pem\","
                            "\"typ\":[\"at+jwt\",\"JWT\"]}]}",
                            settings));
    const char *errors = NULL;
    struct token_keys *theirs = token_keys_load(arena, path_of("claims.json"), &errors);
    if (!theirs)
        fail_msg("%s", errors);
    struct token token;
    const char *text = token_make(RS, claims, BY_RSA);
    const struct fault *fault = token_verify(theirs, arena, text, strlen(text), NOW, &token);
    const char *said = arena_format(arena, "%s/%s", token.tenant, token.partner ? token.partner : "");
    *roles = token.roles;
    token_keys_destroy(theirs);
    return fault ? unfit : said;
}

#define DATES "\"iat\":1799999900,\"exp\":1800003500"

static const struct {
    const char *provider, *settings, *claims;
    const char *texts;
    unsigned roles;
} shapes[] = {
    {"Auth0",
     "\"issuer\":\"https://acme.eu.auth0.com/\",\"audience\":\"https://api.tandem.example\","
     "\"claims\":{\"roles\":\"https://tandem.example/roles\",\"tenant\":\"https://tandem.example/tenant\","
     "\"partner\":\"https://tandem.example/partner\"}",
     "{\"https://tandem.example/roles\":[\"partner_rep\"],\"https://tandem.example/tenant\":\"acme\","
     "\"https://tandem.example/partner\":\"0190b3f0-7c1e-7d00-8000-000000000001\","
     "\"iss\":\"https://acme.eu.auth0.com/\",\"sub\":\"auth0|6543\","
     "\"aud\":[\"https://api.tandem.example\",\"https://acme.eu.auth0.com/userinfo\"]," DATES
     ",\"azp\":\"Zk3\",\"scope\":\"openid profile\",\"permissions\":[\"read:deals\"]}",
     "acme/0190b3f0-7c1e-7d00-8000-000000000001", ROLE_BIT(ROLE_PARTNER_REP)},
    {"Auth0, no claim of the namespace",
     "\"issuer\":\"https://acme.eu.auth0.com/\",\"audience\":\"https://api.tandem.example\","
     "\"claims\":{\"roles\":\"https://tandem.example/roles\",\"tenant\":\"org_name\"}",
     "{\"https://tandem\":{\"example/roles\":[\"admin\"]},\"org_name\":\"acme\","
     "\"iss\":\"https://acme.eu.auth0.com/\",\"sub\":\"auth0|6543\",\"aud\":\"https://"
     "api.tandem.example\"," DATES "}",
     "acme/", 0},
    {"Keycloak, roles of the realm",
     "\"issuer\":\"https://sso.example/realms/acme\",\"audience\":\"tandem\","
     "\"claims\":{\"roles\":\"realm_access.roles\",\"tenant\":\"tenant\",\"partner\":\"partner\"}",
     "{" DATES
     ",\"jti\":\"onrtac:1\",\"iss\":\"https://sso.example/realms/acme\",\"aud\":[\"tandem\",\"account\"],"
     "\"sub\":\"f:1:ann\",\"typ\":\"Bearer\",\"azp\":\"portal\",\"sid\":\"s\",\"acr\":\"1\","
     "\"realm_access\":{\"roles\":[\"offline_access\",\"ae\",\"uma_authorization\"]},"
     "\"resource_access\":{\"account\":{\"roles\":[\"manage-account\",\"admin\"]}},\"scope\":\"email "
     "profile\","
     "\"tenant\":[\"acme\"],\"partner\":[]}",
     "acme/", ROLE_BIT(ROLE_AE)},
    {"Keycloak, roles of a client with dots in its name",
     "\"issuer\":\"https://sso.example/realms/acme\",\"audience\":\"tandem\","
     "\"claims\":{\"roles\":[\"resource_access\",\"api.tandem.example\",\"roles\"],\"tenant\":\"tenant\"}",
     "{" DATES ",\"iss\":\"https://sso.example/realms/acme\",\"aud\":\"tandem\",\"sub\":\"bob\","
     "\"realm_access\":{\"roles\":[\"admin\"]},"
     "\"resource_access\":{\"api.tandem.example\":{\"roles\":[\"partner_manager\",\"cro\"]},"
     "\"api\":{\"tandem\":{\"example\":{\"roles\":[\"admin\"]}}}},\"tenant\":\"acme\"}",
     "acme/", ROLE_BIT(ROLE_PARTNER_MANAGER) | ROLE_BIT(ROLE_CRO)},
    {"Entra",
     "\"issuer\":\"https://login.microsoftonline.com/72f988bf-0000-4000-8000-2d7cd011db47/v2.0\","
     "\"audience\":\"6e74172b-be56-4843-9ff4-e66a39bb12e3\",\"scope\":\"access_as_user\","
     "\"claims\":{\"roles\":\"roles\",\"tenant\":\"tid\",\"partner\":\"extn.partner\"}",
     "{\"aud\":\"6e74172b-be56-4843-9ff4-e66a39bb12e3\","
     "\"iss\":\"https://login.microsoftonline.com/72f988bf-0000-4000-8000-2d7cd011db47/v2.0\"," DATES
     ",\"nbf\":1799999900,\"aio\":\"x\",\"azp\":\"a\",\"azpacr\":\"1\",\"oid\":\"690222be\",\"rh\":\"I\","
     "\"roles\":[\"partner_rep\",\"Task.Read\"],\"scp\":\"access_as_user\",\"sub\":"
     "\"HKZpfaHyWadeOouYlitjrI\","
     "\"tid\":\"72f988bf-0000-4000-8000-2d7cd011db47\",\"extn.partner\":[\"p-7\"],\"ver\":\"2.0\"}",
     "72f988bf-0000-4000-8000-2d7cd011db47/p-7", ROLE_BIT(ROLE_PARTNER_REP)},
    {"Okta",
     "\"issuer\":\"https://acme.okta.com/oauth2/default\",\"audience\":\"api://tandem\",\"scope\":\"tandem\","
     "\"claims\":{\"roles\":\"groups\",\"tenant\":\"tenant\",\"partner\":\"partner\"}",
     "{\"ver\":1,\"jti\":\"AT.0\",\"iss\":\"https://acme.okta.com/oauth2/default\",\"aud\":\"api://"
     "tandem\"," DATES
     ",\"cid\":\"0oa\",\"uid\":\"00u\",\"scp\":[\"openid\",\"tandem\"],\"auth_time\":1799999000,"
     "\"sub\":\"ann@acme.example\",\"groups\":[\"Everyone\",\"cfo\",\"reader\"],\"tenant\":\"acme\"}",
     "acme/", ROLE_BIT(ROLE_CFO) | ROLE_BIT(ROLE_READER)},
    {"roles among the scopes", "\"issuer\":\"i\",\"audience\":\"a\",\"claims\":{\"roles\":\"scope\"}",
     "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\",\"tenant\":\"t\"," DATES ",\"scope\":\"openid ae\"}", "t/",
     ROLE_BIT(ROLE_AE)},
};

static void test_the_shapes_of_providers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        unsigned roles;
        const char *texts = read_claims(shapes[i].settings, shapes[i].claims, &roles);
        if (strcmp(texts, shapes[i].texts) != 0 || roles != shapes[i].roles)
            fail_msg("%s: %s, roles %x", shapes[i].provider, texts, roles);
    }
}

/* A token without the scope that is asked for has no roles, whatever it claims. */
static void test_scopes(void **state) {
    (void)state;
    static const struct {
        const char *members;
        bool there;
    } scopes[] = {
        {"\"scope\":\"tandem\"", true},
        {"\"scope\":\"openid tandem email\"", true},
        {"\"scope\":[\"openid\",\"tandem\"]", true},
        {"\"scp\":\"openid tandem\"", true},
        {"\"scp\":[\"tandem\"]", true},
        {"\"scope\":\"openid\",\"scp\":[\"tandem\"]", true},
        {"\"x\":1", false},
        {"\"scope\":null", false},
        {"\"scope\":\"\"", false},
        {"\"scope\":\"*\"", false},
        {"\"scope\":\"tandem.read\"", false},
        {"\"scope\":\"Tandem\"", false},
        {"\"scope\":\"xtandem tandemx\"", false},
        {"\"scp\":[\"openid tandem\"]", false},
        {"\"scp\":{\"tandem\":true}", false},
        {"\"scp\":[[\"tandem\"],1,null]", false},
    };
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        unsigned roles;
        const char *claims = arena_format(arena,
                                          "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\",\"tenant\":\"t\","
                                          "\"roles\":[\"admin\"]," DATES ",%s}",
                                          scopes[i].members);
        const char *texts =
            read_claims("\"issuer\":\"i\",\"audience\":\"a\",\"scope\":\"tandem\"", claims, &roles);
        if (strcmp(texts, "t/") != 0 || roles != (scopes[i].there ? ROLE_BIT(ROLE_ADMIN) : 0))
            fail_msg("%s: %s, roles %x", scopes[i].members, texts, roles);
    }
}

/* Lists of one are texts, lists of none are nothing, lists of several are nobody's guess. */
static void test_lists_where_one_text_is_due(void **state) {
    (void)state;
    static const struct {
        const char *members, *texts;
    } lists[] = {
        {"\"tenant\":\"t\"", "t/"},
        {"\"tenant\":[\"t\"]", "t/"},
        {"\"tenant\":[\"t\",\"u\"]", unfit},
        {"\"tenant\":[]", unfit},
        {"\"tenant\":[[\"t\"]]", unfit},
        {"\"tenant\":[1]", unfit},
        {"\"tenant\":{\"t\":\"t\"}", unfit},
        {"\"tenant\":\"\"", unfit},
        {"\"x\":\"t\"", unfit},
        {"\"tenant\":\"t\",\"partner\":\"p\"", "t/p"},
        {"\"tenant\":\"t\",\"partner\":[\"p\"]", "t/p"},
        {"\"tenant\":\"t\",\"partner\":[]", "t/"},
        {"\"tenant\":\"t\",\"partner\":null", "t/"},
        {"\"tenant\":\"t\",\"partner\":[\"p\",\"q\"]", unfit},
        {"\"tenant\":\"t\",\"partner\":[null]", unfit},
        {"\"tenant\":\"t\",\"partner\":{}", unfit},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        unsigned roles;
        const char *claims =
            arena_format(arena, "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\"," DATES ",%s}", lists[i].members);
        const char *texts = read_claims("\"issuer\":\"i\",\"audience\":\"a\"", claims, &roles);
        if (strcmp(texts, lists[i].texts) != 0)
            fail_msg("%s: %s", lists[i].members, texts);
    }
}

/* What is minted stands where it is read. */
static void test_minting_at_any_path(void **state) {
    (void)state;
    static const char *const paths[] = {
        "\"roles\":\"https://t.example/roles\",\"tenant\":\"https://t.example/tenant\",\"partner\":\"a.b\"",
        "\"roles\":\"a.roles\",\"tenant\":\"a.b.tenant\",\"partner\":\"a.b.partner\"",
        "\"roles\":[\"a.b\",\"roles\"],\"tenant\":[\"a.b\",\"tenant\"],\"partner\":\"partner\"",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        write_file("claims.json", arena_format(arena,
                                               "{\"issuer\":\"i\",\"audience\":\"a\",\"scope\":\"tandem\","
                                               "\"claims\":{%s},\"keys\":[{\"kid\":\"rs\",\"alg\":\"RS256\","
                                               "\"public_key_file\":\"rsa.pem\",\"private_key_file\":"
                                               "\"rsa.key\"}]}",
                                               paths[i]));
        const char *errors = NULL, *reason = NULL;
        struct token_keys *ours = token_keys_load(arena, path_of("claims.json"), &errors);
        if (!ours)
            fail_msg("%s", errors);
        const struct token_grant grant = {.subject = "s",
                                          .tenant = "t",
                                          .partner = "p",
                                          .roles = ROLE_BIT(ROLE_PARTNER_REP),
                                          .issued_at = NOW,
                                          .lifetime_s = 60};
        const char *text = token_mint(ours, arena, &grant, &reason);
        assert_non_null(text);
        struct token token;
        assert_null(token_verify(ours, arena, text, strlen(text), NOW, &token));
        assert_string_equal(token.tenant, "t");
        assert_string_equal(token.partner, "p");
        assert_int_equal(token.roles, grant.roles);
        token_keys_destroy(ours);
    }
}

static void test_bad_paths(void **state) {
    (void)state;
    static const char *const paths[] = {
        "\"\"",   "\".\"",           "\"a..b\"", "\"a.\"", "[]",
        "[\"\"]", "[\"a\",[\"b\"]]", "7",        "{}",     "\"a.b.c.d.e.f.g.h.i\""};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        write_file("claims.json",
                   arena_format(arena,
                                "{\"issuer\":\"i\",\"audience\":\"a\",\"claims\":{\"roles\":%s},"
                                "\"keys\":[{\"kid\":\"rs\",\"alg\":\"RS256\","
                                "\"public_key_file\":\"rsa.pem\"}]}",
                                paths[i]));
        const char *errors = "";
        if (token_keys_load(arena, path_of("claims.json"), &errors) ||
            !strstr(errors, "claims: roles must be a text, or a list of the names"))
            fail_msg("%s: %s", paths[i], errors);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shapes_of_providers),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_lists_where_one_text_is_due),
        cmocka_unit_test(test_minting_at_any_path),
        cmocka_unit_test(test_bad_paths),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
