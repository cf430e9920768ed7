/* Arena: blocks in a list, the newest first; memory is cut from the newest, and a larger block is
 * added when that is used up.
 *
 * 1. A block never moves, so what was taken stays where it is until the reset.
 * 2. Blocks double up to ARENA_KEEP_MAX, so the newest, which a reset keeps, soon holds a whole
 *    round. One above that bound is not kept, nor one of which ARENA_ROUNDS rounds used less than half: a large
 *    round does not hold its memory for ever.
 * 3. What a reset or release gives back is wiped: it may have been secret. So what is taken is zeros already.
 * 4. Under AddressSanitizer what a reset gave back is poisoned: a use after it is found.
 *
 * Out of memory is the end of the program: the sizes are bounded by core/limits.h, and nothing
 * sensible can be done by halves. */
#include "base/arena.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define ARENA_BLOCK_MIN 4096
#define ARENA_KEEP_MAX  ((size_t)1024 * 1024)
#define ARENA_ROUNDS    64

struct arena_block {
    struct arena_block *older;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char at[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static struct arena_block *block_new(struct arena_block *older, size_t least)
{
    size_t size = older ? 2 * older->size : ARENA_BLOCK_MIN;
    if (size > ARENA_KEEP_MAX)
        size = ARENA_KEEP_MAX;
    if (size < least)
        size = least;
    CHECK(size < SIZE_MAX - sizeof(struct arena_block));
    struct arena_block *block = calloc(1, sizeof *block + size);
    CHECK(block != NULL);
    block->older = older;
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->at, size);
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    CHECK(size < SIZE_MAX / 2);
    size_t align = alignof(max_align_t);
    size_t whole = size == 0 ? align : (size + align - 1) / align * align;
    if (!arena->first || arena->first->size - arena->first->used < whole)
        arena->first = block_new(arena->first, whole);
    struct arena_block *block = arena->first;
    void *at = block->at + block->used;
    block->used += whole;
    arena->used += size;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    return at;
}

void *arena_copy(struct arena *arena, const void *from, size_t size)
{
    void *at = arena_take(arena, size);
    if (size > 0)
        memcpy(at, from, size);
    return at;
}

static void blocks_free(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        ASAN_UNPOISON_MEMORY_REGION(block->at, block->size);
        sodium_memzero(block->at, block->used);
        free(block);
        block = older;
    }
}

/* True when a smaller block would have done, for long. */
static bool is_spacious(struct arena *arena)
{
    if (arena->used > arena->most)
        arena->most = arena->used;
    if (++arena->rounds < ARENA_ROUNDS)
        return false;
    size_t most = arena->most;
    arena->rounds = 0;
    arena->most = 0;
    return arena->first->size > ARENA_BLOCK_MIN && most < arena->first->size / 2;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->first;
    if (!kept)
        return;
    bool spacious = is_spacious(arena);
    arena->used = 0;
    if (spacious || kept->size > ARENA_KEEP_MAX) {
        blocks_free(kept);
        arena->first = NULL;
        return;
    }
    blocks_free(kept->older);
    kept->older = NULL;
    ASAN_UNPOISON_MEMORY_REGION(kept->at, kept->used);
    memset(kept->at, 0, kept->used);
    kept->used = 0;
    ASAN_POISON_MEMORY_REGION(kept->at, kept->size);
}

bool arena_has(const struct arena *arena, const void *bytes, size_t size)
{
    for (const struct arena_block *block = arena->first; block; block = block->older)
        for (size_t i = 0; i + size <= block->used; i += alignof(max_align_t))
            for (size_t k = i; k < i + alignof(max_align_t) && k + size <= block->used; k++)
                if (memcmp(block->at + k, bytes, size) == 0)
                    return true;
    return false;
}

bool arena_walk(const struct arena *arena, bool (*look)(void *with, const void *at, size_t size),
                void *with)
{
    for (const struct arena_block *block = arena->first; block; block = block->older)
        if (look(with, block->at, block->used))
            return true;
    return false;
}

void arena_release(struct arena *arena)
{
    blocks_free(arena->first);
    *arena = (struct arena){0};
}

size_t arena_bytes(const struct arena *arena)
{
    size_t bytes = 0;
    for (const struct arena_block *block = arena->first; block; block = block->older)
        bytes += sizeof *block + block->size;
    return bytes;
}
