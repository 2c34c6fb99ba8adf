/* The file's own keys and those that the issuer publishes, as one ring. Only the event loop verifies tokens, so picking
 * newer keys up needs no lock: the old set goes, and with it every token that it has vouched for. */
#include <string.h>

#include "tandem/http/token.h"

#include "jwks.h"
#include "keys.h"

#define HURRY_US (300 * INT64_C(1000000))

static const struct token_key *find_among(const struct token_key *keys, size_t count, const char *kid) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].kid, kid) == 0)
            return &keys[i];
    return NULL;
}

const struct token_key *key_find(const struct token_keys *keys, const char *kid) {
    const struct key_set *published = keys->published;
    size_t published_count = published ? published->count : 0;
    if (!kid && keys->count + published_count == 1)
        return keys->count == 1 ? &keys->keys[0] : &published->keys[0];
    if (!kid)
        return NULL;
    const struct token_key *found = find_among(keys->keys, keys->count, kid);
    return found || !published ? found : find_among(published->keys, published_count, kid);
}

void keys_pick_up(struct token_keys *keys) {
    struct key_set *newest = keys->jwks ? jwks_take(keys->jwks) : NULL;
    if (!newest)
        return;
    key_set_destroy(keys->published);
    keys->published = newest;
    token_cache_clear(keys->cache);
}

/* A clock that was set back must not keep us waiting. */
void keys_hurry(struct token_keys *keys, int64_t now_at) {
    bool lately = keys->hurried_at != 0 && now_at >= keys->hurried_at && now_at - keys->hurried_at < HURRY_US;
    if (!keys->jwks || lately)
        return;
    keys->hurried_at = now_at;
    jwks_hurry(keys->jwks);
}

bool token_keys_fetch(struct token_keys *keys, struct arena *arena, const char **reason) {
    *reason = NULL;
    return !keys->jwks || jwks_refresh(keys->jwks, arena, reason);
}

void token_keys_follow(struct token_keys *keys) {
    if (keys->jwks)
        jwks_follow(keys->jwks);
}

bool token_keys_ready(struct token_keys *keys) {
    keys_pick_up(keys);
    return keys->count > 0 || keys->published;
}
