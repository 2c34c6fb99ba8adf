/* Who the claims say the caller is. Each identity provider puts roles, tenant and partner somewhere else, as a text, a
 * list or a list of one, under a name that may hold dots; the key file says where. What is missing is none, never all. */
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/domain/role.h"
#include "tandem/http/request.h"

#include "keys.h"

enum { CLAIM_TEXT_MAX = 255, PATH_NAMES_MAX = 8 };

bool claim_path_read(struct arena *arena, const struct json *value, struct claim_path *path) {
    const char *text = arena_text(arena, json_string(value));
    size_t count = json_length(value);
    path->whole = text;
    path->count = 0;
    path->names = arena_alloc(arena, PATH_NAMES_MAX * sizeof *path->names);
    for (size_t i = 0; i < count && i < PATH_NAMES_MAX; i++) {
        const char *name = json_string(json_item(value, i));
        if (!name || !*name)
            return false;
        path->names[path->count++] = arena_text(arena, name);
    }
    if (!text || !*text)
        return count > 0 && count <= PATH_NAMES_MAX;
    if (strstr(text, "://")) { /* a namespace, whose dots are a host's */
        path->names[path->count++] = text;
        return true;
    }
    for (const char *rest = text;; rest++) {
        size_t length = strcspn(rest, ".");
        if (length == 0 || path->count == PATH_NAMES_MAX)
            return false;
        path->names[path->count++] = arena_copy(arena, rest, length);
        rest += length;
        if (!*rest)
            return true;
    }
}

static const struct json *claim_at(const struct json *claims, const struct claim_path *path) {
    const struct json *value = path->whole ? json_get(claims, path->whole) : NULL;
    if (value)
        return value;
    for (size_t i = 0; i < path->count; i++)
        claims = json_get(claims, path->names[i]);
    return claims;
}

/* Calls for each text of a list, or for each word of a text. */
static void each_word(struct arena *arena, const struct json *value,
                      void (*take)(void *context, const char *word), void *context) {
    for (size_t i = 0; i < json_length(value); i++) {
        const char *word = json_string(json_item(value, i));
        if (word)
            take(context, word);
    }
    const char *text = json_string(value);
    while (text && *text) {
        size_t length = strcspn(text, " ");
        take(context, arena_copy(arena, text, length));
        text += length + strspn(text + length, " ");
    }
}

/* Names that are none of ours say nothing. */
static void take_role(void *context, const char *word) {
    int role;
    if (choice_code(role_names, word, &role))
        *(unsigned *)context |= ROLE_BIT(role);
}

struct wanted {
    const char *word;
    bool found;
};

static void take_scope(void *context, const char *word) {
    struct wanted *wanted = context;
    wanted->found |= strcmp(word, wanted->word) == 0;
}

static bool scope_is_there(struct arena *arena, const struct json *claims, const char *scope) {
    struct wanted wanted = {.word = scope};
    each_word(arena, json_get(claims, "scope"), take_scope, &wanted);
    each_word(arena, json_get(claims, "scp"), take_scope, &wanted);
    return wanted.found;
}

static bool is_claim_text(const char *text) {
    return text && *text && strlen(text) <= CLAIM_TEXT_MAX;
}

/* A text, or a list of exactly one: which of several is meant nobody can say. */
static const char *one_text(const struct json *value) {
    return json_string(json_length(value) == 1 ? json_item(value, 0) : value);
}

static bool is_none(const struct json *value) {
    return !value || json_is_null(value) || (json_is_array(value) && json_length(value) == 0);
}

const char *caller_of_claims(const struct token_keys *keys, struct arena *arena, const struct json *claims,
                             struct token *token) {
    const struct json *partner = claim_at(claims, &keys->partner_path);
    token->subject = json_string(json_get(claims, "sub"));
    token->tenant = one_text(claim_at(claims, &keys->tenant_path));
    token->partner = one_text(partner);
    if (!keys->scope || scope_is_there(arena, claims, keys->scope))
        each_word(arena, claim_at(claims, &keys->roles_path), take_role, &token->roles);
    if (!is_claim_text(token->subject))
        return "its sub is missing, empty or too long";
    if (!is_claim_text(token->tenant))
        return "its tenant is missing, empty or too long";
    if (!is_none(partner) && !is_claim_text(token->partner))
        return "its partner is not one text, empty or too long";
    if (roles_mixed(token->roles))
        return "it mixes roles of the partner side with others";
    return NULL;
}
