/* Open addressing in a table that is never more than half full. Unlike hsearch's it ends with its arena. */
#include "tandem/base/text_map.h"

#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"

struct place {
    const char *key; /* NULL: free */
    int64_t number;
};

struct text_map {
    size_t most, count, mask;
    struct place places[];
};

struct text_map *text_map_create(struct arena *arena, size_t most) {
    size_t size = 2;
    while (size < 2 * most)
        size *= 2;
    struct text_map *map = arena_alloc(arena, sizeof *map + size * sizeof *map->places);
    map->most = most;
    map->mask = size - 1;
    return map;
}

void text_map_clear(struct text_map *map) {
    map->count = 0;
    memset(map->places, 0, (map->mask + 1) * sizeof *map->places);
}

size_t text_map_count(const struct text_map *map) {
    return map->count;
}

/* FNV-1a, its upper bits folded into those that are used. */
static size_t hash_of(const char *key) {
    uint64_t hash = 14695981039346656037u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

/* Where the key is, or would be. */
static size_t place_of(const struct text_map *map, const char *key) {
    size_t at = hash_of(key) & map->mask;
    while (map->places[at].key && strcmp(map->places[at].key, key) != 0)
        at = (at + 1) & map->mask;
    return at;
}

bool text_map_find(const struct text_map *map, const char *key, int64_t *number) {
    const struct place *place = &map->places[place_of(map, key)];
    if (place->key)
        *number = place->number;
    return place->key != NULL;
}

int64_t *text_map_put(struct text_map *map, const char *key, bool *added) {
    struct place *place = &map->places[place_of(map, key)];
    *added = !place->key;
    if (*added) {
        assert(map->count < map->most);
        map->count++;
        place->key = key;
    }
    return &place->number;
}
