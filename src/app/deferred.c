/* Deferred: a commit costs an fsync, so what must not happen before one waits in a list, with all
 * that comes behind it, while further steps are taken; then one commit serves them all.
 *
 * 1. Effects leave in the order in which they came.
 * 2. The core's memory is its own: what an effect points to is copied.
 */
#include "app/deferred.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define DEFERRED_COUNT 2048
#define DEFERRED_BYTES (4u << 20)

void deferred_release(struct deferred *deferred)
{
    free(deferred->list);
    arena_release(&deferred->arena);
    memset(deferred, 0, sizeof *deferred);
    arena_init(&deferred->arena);
}

static void copy(struct arena *arena, struct bytes *bytes)
{
    if (bytes->at != NULL)
        bytes->at = arena_copy(arena, bytes->at, bytes->size);
}

static void copy_run(struct arena *arena, struct run *run)
{
    run->entries = arena_copy(arena, run->entries, run->count * sizeof *run->entries);
    for (size_t i = 0; i < run->count; i++)
        copy(arena, &run->entries[i].body);
}

void deferred_add(struct deferred *deferred, const struct effect *effect)
{
    if (deferred->count == deferred->room) {
        deferred->room = deferred->room == 0 ? 64 : deferred->room * 2;
        deferred->list = realloc(deferred->list, deferred->room * sizeof *deferred->list);
        CHECK(deferred->list != NULL);
    }
    struct effect *kept = &deferred->list[deferred->count++];
    *kept = *effect;
    copy(&deferred->arena, &kept->frame);
    copy(&deferred->arena, &kept->text);
    if (effect->kind == EFFECT_SHOW) {
        copy(&deferred->arena, &kept->show.a);
        copy(&deferred->arena, &kept->show.b);
        copy(&deferred->arena, &kept->show.text);
    }
    if (effect->kind == EFFECT_SHOW_RUN)
        copy_run(&deferred->arena, &kept->run);
}

bool deferred_says(const struct deferred *deferred, const struct id *self)
{
    for (size_t i = deferred->next; i < deferred->count; i++) {
        const struct effect *effect = &deferred->list[i];
        if (effect->kind == EFFECT_SHOW_RUN && effect->via == VIA_LINK &&
            id_equal(&effect->run.entries[0].author, self))
            return true;
    }
    return false;
}

bool deferred_full(const struct deferred *deferred)
{
    return deferred->count >= DEFERRED_COUNT || deferred->arena.used >= DEFERRED_BYTES;
}

const struct effect *deferred_take(struct deferred *deferred)
{
    if (deferred->next < deferred->count)
        return &deferred->list[deferred->next++];
    deferred->count = deferred->next = 0;
    arena_reset(&deferred->arena);
    return NULL;
}
