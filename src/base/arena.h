/* Arena: memory that is taken in pieces and given back all at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *first; /* the block in use */
    size_t used;               /* bytes handed out since the last reset */
    size_t most;               /* the most between two resets, lately ... */
    unsigned rounds;           /* ... in so many rounds */
};

void arena_init(struct arena *arena);
/* Zeroed memory, aligned for any type, valid until the next reset. Never NULL. */
void *arena_take(struct arena *arena, size_t size);
/* A copy of size bytes from `from`. */
void *arena_copy(struct arena *arena, const void *from, size_t size);
/* Gives all back, keeping one block for the next round. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);
/* True when something that was taken has these bytes in it: for who looks whether a secret is where it must not be. */
bool arena_has(const struct arena *arena, const void *bytes, size_t size);
/* Gives each stretch of what was taken to `look`, until that says true; returns whether it did. */
bool arena_walk(const struct arena *arena, bool (*look)(void *with, const void *at, size_t size),
                void *with);
/* The memory that it holds. */
size_t arena_bytes(const struct arena *arena);
