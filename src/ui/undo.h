/* Undo: the changes that were made to a text, newest last, so that each can be taken back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define UNDO_CHANGES_MAX 500
#define UNDO_BYTES_MAX   (256 * 1024) /* of what was taken out; the oldest change is let go */
#define UNDO_TYPED_MAX   20           /* letters that are taken back at once, as in readline */

/* At byte `at`, `put` bytes came in place of what is in `taken`. */
struct change {
    size_t at, put, taken_size;
    size_t cursor; /* before it */
    char *taken;   /* owned */
    int typed;     /* letters typed one behind the other; 0 for anything else */
};

struct undo {
    struct change changes[UNDO_CHANGES_MAX];
    size_t count, bytes;
    bool cut; /* the oldest were let go */
};

/* Keeps a change; taken is copied. Typed letters that follow one another become one. */
void undo_add(struct undo *undo, const struct change *change);
/* Takes the last change off; its `taken` is the caller's. False when there is none. */
bool undo_take(struct undo *undo, struct change *change);
void undo_clear(struct undo *undo);
