/* Verified tokens, oldest first: a signature is checked once a minute and not once a request. Bounded; the oldest makes
 * room. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/http/request.h"

#include "keys.h"

enum { CACHED_TOKENS_MAX = 4096 };

struct cached {
    UT_hash_handle hh;
    uint8_t digest[SHA256_SIZE];
    int64_t until; /* microseconds since 1970 */
    struct token token;
    char texts[]; /* subject, tenant, partner */
};

struct token_cache {
    struct cached *tokens;
};

struct token_cache *token_cache_create(void) {
    struct token_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    return cache;
}

static void drop(struct token_cache *cache, struct cached *cached) {
    HASH_DEL(cache->tokens, cached);
    free(cached);
}

void token_cache_clear(struct token_cache *cache) {
    struct cached *cached, *next;
    HASH_ITER(hh, cache->tokens, cached, next)
    drop(cache, cached);
}

void token_cache_destroy(struct token_cache *cache) {
    token_cache_clear(cache);
    free(cache);
}

bool token_cache_find(struct token_cache *cache, struct arena *arena, const uint8_t digest[], int64_t now_at,
                      struct token *token) {
    struct cached *cached;
    HASH_FIND(hh, cache->tokens, digest, SHA256_SIZE, cached);
    if (!cached)
        return false;
    if (now_at >= cached->until) {
        drop(cache, cached);
        return false;
    }
    *token = cached->token;
    token->subject = arena_text(arena, token->subject);
    token->tenant = arena_text(arena, token->tenant);
    token->partner = arena_text(arena, token->partner);
    return true;
}

static const char *keep(char **end, const char *text) {
    if (!text)
        return NULL;
    char *kept = *end;
    *end = stpcpy(kept, text) + 1;
    return kept;
}

void token_cache_add(struct token_cache *cache, const uint8_t digest[], int64_t until,
                     const struct token *token) {
    size_t partner_size = token->partner ? strlen(token->partner) + 1 : 0;
    struct cached *cached =
        malloc(sizeof *cached + strlen(token->subject) + 1 + strlen(token->tenant) + 1 + partner_size);
    if (!cached)
        abort();
    memcpy(cached->digest, digest, SHA256_SIZE);
    cached->until = until;
    cached->token = *token;
    char *end = cached->texts;
    cached->token.subject = keep(&end, token->subject);
    cached->token.tenant = keep(&end, token->tenant);
    cached->token.partner = keep(&end, token->partner);
    if (HASH_COUNT(cache->tokens) >= CACHED_TOKENS_MAX)
        drop(cache, cache->tokens);
    HASH_ADD(hh, cache->tokens, digest, SHA256_SIZE, cached);
}
