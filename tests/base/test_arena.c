#include "check.h"
#include "tandem/base/arena.h"

#include <stdalign.h>

static void memory_is_zeroed_aligned_and_apart(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 7, 16, 17, 4096, 16383, 16384, 16385, 200000, 3 << 20};
    struct arena *arena = arena_create();
    char *pieces[COUNT(sizes)];
    size_t total = 0;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        pieces[i] = arena_alloc(arena, sizes[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t byte = 0; byte < sizes[i]; byte++)
            if (pieces[i][byte])
                fail_msg("byte %zu of %zu is not zero", byte, sizes[i]);
        memset(pieces[i], (int)i + 1, sizes[i]);
        total += sizes[i];
        assert_int_equal(arena_used(arena), total);
    }
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t byte = 0; byte < sizes[i]; byte++)
            if (pieces[i][byte] != (char)(i + 1))
                fail_msg("byte %zu of %zu was written by another piece", byte, sizes[i]);
    arena_destroy(arena);
}

static void nothing_has_an_address_of_its_own(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
    arena_destroy(arena);
}

static void reset_gives_clean_memory_again(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    char *before = arena_alloc(arena, 100);
    memset(before, 'x', 100);
    arena_alloc(arena, 1 << 20);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    char *after = arena_alloc(arena, 100);
    assert_ptr_equal(after, before);
    for (size_t byte = 0; byte < 100; byte++)
        assert_int_equal(after[byte], 0);
    arena_destroy(arena);
    arena_destroy(NULL);
}

static void texts_are_copied_whole(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    char source[] = "a\0b";
    char *copy = arena_copy(arena, source, 3);
    source[0] = 'z';
    assert_memory_equal(copy, "a\0b", 4);
    assert_null(arena_text(arena, NULL));
    assert_string_equal(arena_text(arena, ""), "");
    assert_string_equal(arena_copy(arena, NULL, 0), "");
    assert_string_equal(arena_format(arena, "%s-%05d", "x", 42), "x-00042");
    char *wide = arena_format(arena, "%70000d", 1);
    assert_int_equal(strlen(wide), 70000);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
                                       cmocka_unit_test(nothing_has_an_address_of_its_own),
                                       cmocka_unit_test(reset_gives_clean_memory_again),
                                       cmocka_unit_test(texts_are_copied_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
