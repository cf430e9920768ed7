/* Deferred: effects that wait for a commit, copied whole and kept in order. */
#pragma once

#include "base/arena.h"
#include "core/event.h"

struct deferred {
    struct effect *list;
    size_t count, room, next;
    struct arena arena; /* what they point to */
};

void deferred_release(struct deferred *deferred);
void deferred_add(struct deferred *deferred, const struct effect *effect);
/* True when an own line is among them that was not shown yet. */
bool deferred_says(const struct deferred *deferred, const struct id *self);
/* True when it is time to commit, whatever else waits: so that it stays small. */
bool deferred_full(const struct deferred *deferred);
/* The next in order; NULL when there are no more, and then it is empty again. */
const struct effect *deferred_take(struct deferred *deferred);
