/* Texts, each with a number: found in constant time. */
#ifndef TANDEM_BASE_TEXT_MAP_H
#define TANDEM_BASE_TEXT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct text_map;

/* For at most so many keys; lives in the arena. */
struct text_map *text_map_create(struct arena *arena, size_t most);
void text_map_clear(struct text_map *map);
size_t text_map_count(const struct text_map *map);

/* False, and *number as it was: the key is not there. */
bool text_map_find(const struct text_map *map, const char *key, int64_t *number);
/* Where the key's number stands; one that is not there is added with 0, and *added. The text is not copied. */
int64_t *text_map_put(struct text_map *map, const char *key, bool *added);

#endif
