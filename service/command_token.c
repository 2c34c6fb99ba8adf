/* token: mint and inspect bearer tokens with the keys of the settings. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "tandem/base/arena.h"
#include "tandem/domain/role.h"
#include "tandem/http/token.h"

enum { DEFAULT_LIFETIME_S = 3600, LIFETIME_MAX_S = 366 * 86400 };

struct arguments {
    const char *verb, *token, *keys;
    struct token_grant grant;
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static unsigned roles_parse(const char *text, struct argp_state *state) {
    unsigned roles = 0;
    char *copy = strdup(text), *rest = copy;
    for (char *name; (name = strsep(&rest, ","));) {
        int code;
        if (!choice_code(role_names, name, &code))
            argp_error(state, "there is no role '%s'", name);
        else
            roles |= ROLE_BIT(code);
    }
    free(copy);
    return roles;
}

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'k': arguments->keys = value; break;
    case 'i': arguments->grant.kid = value; break;
    case 's': arguments->grant.subject = value; break;
    case 't': arguments->grant.tenant = value; break;
    case 'p': arguments->grant.partner = value; break;
    case 'r': arguments->grant.roles = roles_parse(value, state); break;
    case 'l':
        arguments->grant.lifetime_s = strtoll(value, NULL, 10);
        if (arguments->grant.lifetime_s < 1 || arguments->grant.lifetime_s > LIFETIME_MAX_S)
            argp_error(state, "--lifetime takes 1 to %d seconds", LIFETIME_MAX_S);
        break;
    case ARGP_KEY_ARG:
        if (!arguments->verb)
            arguments->verb = value;
        else if (!arguments->token)
            arguments->token = value;
        else
            argp_usage(state);
        break;
    case ARGP_KEY_END: {
        bool mint = arguments->verb && strcmp(arguments->verb, "mint") == 0;
        bool inspect = arguments->verb && strcmp(arguments->verb, "inspect") == 0;
        if (!mint && !inspect)
            argp_usage(state);
        if (mint && (!arguments->grant.subject || !arguments->grant.tenant || !arguments->grant.roles))
            argp_error(state, "mint needs --subject, --tenant and --roles");
        if (inspect && !arguments->token)
            argp_error(state, "inspect needs the token");
        break;
    }
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int mint(struct arena *arena, const struct token_keys *keys, struct arguments *arguments) {
    const char *reason = NULL;
    arguments->grant.issued_at = now_us();
    const char *token = token_mint(keys, arena, &arguments->grant, &reason);
    if (!token) {
        fprintf(stderr, "tandem: cannot mint: %s\n", reason);
        return 1;
    }
    printf("%s\n", token);
    return 0;
}

int command_token(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"keys", 'k', "FILE", 0, "key file; default: TANDEM_JWT_KEYS", 0},
        {"kid", 'i', "KEY", 0, "key to sign with; default: the first that can", 0},
        {"subject", 's', "TEXT", 0, "the person's subject", 0},
        {"tenant", 't', "KEY", 0, "the tenant's key", 0},
        {"partner", 'p', "ID", 0, "for the partner side: the partner's id", 0},
        {"roles", 'r', "LIST", 0, "roles, separated by commas", 0},
        {"lifetime", 'l', "SECONDS", 0, "default 3600", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "mint\ninspect TOKEN",
        "Mint a bearer token, or say what one holds and whether it would be taken.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.grant.lifetime_s = DEFAULT_LIFETIME_S};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    if (!arguments.keys)
        arguments.keys = getenv("TANDEM_JWT_KEYS");
    if (!arguments.keys) {
        fprintf(stderr, "TANDEM_JWT_KEYS: set it to the key file, or give --keys\n");
        return 1;
    }
    struct arena *arena = arena_create();
    const char *errors = NULL;
    struct token_keys *keys = token_keys_load(arena, arguments.keys, &errors);
    int status = 1;
    if (!keys) {
        fprintf(stderr, "%s: %s\n", arguments.keys, errors);
    } else if (strcmp(arguments.verb, "mint") == 0) {
        status = mint(arena, keys, &arguments);
    } else {
        const char *reason = NULL;
        if (!token_keys_fetch(keys, arena, &reason))
            fprintf(stderr, "tandem: cannot fetch the issuer's keys: %s\n", reason);
        printf("%s\n", token_inspect(keys, arena, arguments.token, now_us()));
        status = 0;
    }
    if (keys)
        token_keys_destroy(keys);
    arena_destroy(arena);
    return status;
}
