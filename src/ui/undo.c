/* Undo: a list of changes within two bounds, how many and how large. */
#include "ui/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static bool joins(const struct change *last, const struct change *next)
{
    return last->typed > 0 && next->typed > 0 && last->typed < UNDO_TYPED_MAX &&
           next->taken_size == 0 && last->at + last->put == next->at;
}

static void let_oldest_go(struct undo *undo)
{
    undo->bytes -= undo->changes[0].taken_size;
    free(undo->changes[0].taken);
    undo->count--;
    memmove(undo->changes, undo->changes + 1, undo->count * sizeof *undo->changes);
    undo->cut = true;
}

void undo_add(struct undo *undo, const struct change *change)
{
    struct change *last = undo->count > 0 ? &undo->changes[undo->count - 1] : NULL;
    if (last != NULL && joins(last, change)) {
        last->put += change->put;
        last->typed++;
        return;
    }
    while (undo->count == UNDO_CHANGES_MAX ||
           (undo->count > 0 && undo->bytes + change->taken_size > UNDO_BYTES_MAX))
        let_oldest_go(undo);
    struct change *kept = &undo->changes[undo->count++];
    *kept = *change;
    kept->taken = NULL;
    undo->bytes += change->taken_size;
    if (change->taken_size == 0)
        return;
    kept->taken = malloc(change->taken_size);
    CHECK(kept->taken != NULL);
    memcpy(kept->taken, change->taken, change->taken_size);
}

bool undo_take(struct undo *undo, struct change *change)
{
    if (undo->count == 0)
        return false;
    *change = undo->changes[--undo->count];
    undo->bytes -= change->taken_size;
    return true;
}

void undo_clear(struct undo *undo)
{
    while (undo->count > 0)
        free(undo->changes[--undo->count].taken);
    undo->bytes = 0;
    undo->cut = false;
}
