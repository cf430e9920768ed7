/* Kill ring: oldest piece first. Pieces that are cut one right behind the other are one piece, in
 * the order in which they stood in the text. */
#include "ui/killring.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static char *joined(const char *a, size_t a_size, const char *b, size_t b_size)
{
    char *text = malloc(a_size + b_size + 1);
    CHECK(text != NULL);
    if (a_size > 0)
        memcpy(text, a, a_size);
    if (b_size > 0)
        memcpy(text + a_size, b, b_size);
    return text;
}

void killring_add(struct killring *ring, enum kill how, const char *text, size_t size)
{
    ring->shown = 0;
    if (how != KILL_NEW && ring->count > 0) {
        struct piece *last = &ring->pieces[ring->count - 1];
        char *both = how == KILL_BEHIND ? joined(last->text, last->size, text, size)
                                        : joined(text, size, last->text, last->size);
        free(last->text);
        *last = (struct piece){.text = both, .size = last->size + size};
        return;
    }
    if (ring->count == KILLRING_MAX) {
        free(ring->pieces[0].text);
        memmove(ring->pieces, ring->pieces + 1, --ring->count * sizeof *ring->pieces);
    }
    ring->pieces[ring->count++] = (struct piece){.text = joined(text, size, NULL, 0), .size = size};
}

const struct piece *killring_piece(const struct killring *ring)
{
    return ring->count == 0 ? NULL : &ring->pieces[ring->count - 1 - ring->shown];
}

void killring_turn(struct killring *ring)
{
    if (ring->count > 0)
        ring->shown = (ring->shown + 1) % ring->count;
}

void killring_clear(struct killring *ring)
{
    while (ring->count > 0)
        free(ring->pieces[--ring->count].text);
    ring->shown = 0;
}
