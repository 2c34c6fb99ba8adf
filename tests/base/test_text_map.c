#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/text_map.h"

enum { KEYS = 5000 };

static void every_key_has_its_own_number(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct text_map *map = text_map_create(arena, KEYS);
    int64_t number = -7;
    bool added;
    for (int i = 0; i < KEYS; i++) {
        int64_t *at = text_map_put(map, arena_format(arena, "key %d", i), &added);
        check(added && *at == 0, "key %d is new", i);
        *at = i;
    }
    assert_int_equal(text_map_count(map), KEYS);
    for (int i = 0; i < KEYS; i++) {
        const char *key = arena_format(arena, "key %d", i);
        check(text_map_find(map, key, &number) && number == i, "key %d", i);
        check(*text_map_put(map, key, &added) == i && !added, "key %d again", i);
    }
    assert_int_equal(text_map_count(map), KEYS);
    arena_destroy(arena);
}

static void strangers_are_not_found(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct text_map *map = text_map_create(arena, 2), *empty = text_map_create(arena, 0);
    int64_t number = -7;
    bool added;
    assert_false(text_map_find(empty, "a", &number));
    *text_map_put(map, "a", &added) = 1;
    *text_map_put(map, "", &added) = 2;
    assert_true(added);
    assert_false(text_map_find(map, "b", &number));
    assert_false(text_map_find(map, "A", &number));
    assert_int_equal(number, -7);
    text_map_clear(map);
    assert_int_equal(text_map_count(map), 0);
    assert_false(text_map_find(map, "a", &number));
    assert_int_equal(*text_map_put(map, "a", &added), 0);
    assert_true(added);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_key_has_its_own_number),
                                       cmocka_unit_test(strangers_are_not_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
