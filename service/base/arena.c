/* A chain of blocks, the newest in front. Memory is cut from the front block; a block that is full stays in
 * the chain until the reset. Under AddressSanitizer what was not handed out is poisoned, with a red zone
 * between two pieces, so that an overrun inside a block is found like one of malloc's. */
#include "tandem/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(address, size) ASAN_POISON_MEMORY_REGION((address), (size))
#define UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION((address), (size))
enum { RED_ZONE = 16 };
#else
#define POISON(address, size) ((void)(address), (void)(size))
#define UNPOISON(address, size) ((void)(address), (void)(size))
enum { RED_ZONE = 0 };
#endif

enum { FIRST_BLOCK = 16 * 1024, LARGEST_STEP = 1024 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size, taken; /* of `bytes` */
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *front, *first;
    size_t used;
};

static struct block *block_create(size_t size) {
    struct block *block = malloc(sizeof *block + size);
    if (!block)
        abort();
    *block = (struct block){.size = size};
    POISON(block->bytes, size);
    return block;
}

static void block_destroy(struct block *block) {
    UNPOISON(block->bytes, block->size);
    free(block);
}

struct arena *arena_create(void) {
    struct arena *arena = malloc(sizeof *arena);
    if (!arena)
        abort();
    struct block *first = block_create(FIRST_BLOCK);
    *arena = (struct arena){.front = first, .first = first};
    return arena;
}

void arena_reset(struct arena *arena) {
    for (struct block *block = arena->front, *next; block; block = next) {
        next = block->next;
        if (block != arena->first)
            block_destroy(block);
    }
    arena->front = arena->first;
    arena->first->next = NULL;
    arena->first->taken = 0;
    POISON(arena->first->bytes, arena->first->size);
    arena->used = 0;
}

void arena_destroy(struct arena *arena) {
    if (!arena)
        return;
    arena_reset(arena);
    block_destroy(arena->first);
    free(arena);
}

/* Each new block doubles the last, so that a large request needs few of them. */
static void arena_grow(struct arena *arena, size_t need) {
    size_t size = arena->front->size * 2;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    struct block *block = block_create(size > need ? size : need);
    block->next = arena->front;
    arena->front = block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX / 2)
        abort();
    size_t need = (((size ? size : 1) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)) + RED_ZONE;
    if (arena->front->size - arena->front->taken < need)
        arena_grow(arena, need);
    char *piece = arena->front->bytes + arena->front->taken;
    arena->front->taken += need;
    arena->used += size;
    UNPOISON(piece, size);
    return memset(piece, 0, size);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_text(struct arena *arena, const char *text) {
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_format_list(struct arena *arena, const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, list);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *text = arena_format_list(arena, format, list);
    va_end(list);
    return text;
}

size_t arena_used(const struct arena *arena) {
    return arena->used;
}
