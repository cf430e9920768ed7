/* Receipts: a list of (node, below, seq). How many nodes hold an entry is how many receipts reach it, so
 * the count changes in steps as seq rises, and a step lies at both ends of each receipt: when one rises, what grew
 * is cut at those.
 */
#include "core/receipts.h"

#include <stdlib.h>

#include "base/check.h"

void receipts_release(struct receipts *receipts)
{
    free(receipts->list);
    *receipts = (struct receipts){0};
}

static struct receipt *find(const struct receipts *receipts, const struct id *node)
{
    for (size_t i = 0; i < receipts->count; i++)
        if (id_equal(&receipts->list[i].node, node))
            return &receipts->list[i];
    return NULL;
}

/* A place for one more. None gives way, not even one that only says what cannot be read: who lost that would count for it. */
static struct receipt *place(struct receipts *receipts)
{
    if (receipts->count == LIMIT_RECEIPTS)
        return NULL;
    if (receipts->count == receipts->room) {
        receipts->room += 8;
        receipts->list = realloc(receipts->list, receipts->room * sizeof *receipts->list);
        CHECK(receipts->list != NULL);
    }
    return &receipts->list[receipts->count++];
}

static struct receipt *receipt_of(struct receipts *receipts, const struct id *node)
{
    struct receipt *receipt = find(receipts, node);
    if (receipt != NULL)
        return receipt;
    receipt = place(receipts);
    if (receipt != NULL)
        *receipt = (struct receipt){.node = *node};
    return receipt;
}

uint64_t receipts_of(const struct receipts *receipts, const struct id *node)
{
    const struct receipt *receipt = find(receipts, node);
    return receipt == NULL ? 0 : receipt->seq;
}

uint64_t receipts_below(const struct receipts *receipts, const struct id *node)
{
    const struct receipt *receipt = find(receipts, node);
    return receipt == NULL ? 0 : receipt->below;
}

bool receipts_hide(struct receipts *receipts, const struct id *node, uint64_t below)
{
    struct receipt *receipt = receipts->count < LIMIT_RECEIPTS || find(receipts, node) != NULL
                                  ? receipt_of(receipts, node)
                                  : NULL;
    if (receipt != NULL)
        receipt->below = below;
    return receipt != NULL;
}

bool receipts_has_room(const struct receipts *receipts, const struct id *node, size_t most)
{
    return receipts->count < most || find(receipts, node) != NULL;
}

bool receipt_reaches(const struct receipt *receipt, uint64_t seq)
{
    return receipt->below < seq && receipt->seq >= seq;
}

uint32_t receipts_count(const struct receipts *receipts, uint64_t seq)
{
    uint32_t by = 0;
    for (size_t i = 0; i < receipts->count; i++)
        by += receipt_reaches(&receipts->list[i], seq);
    return by;
}

/* The last entry, from `from` on and up to `to`, that has as many receipts as `from`. */
static uint64_t step_end(const struct receipts *receipts, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < receipts->count; i++) {
        const struct receipt *receipt = &receipts->list[i];
        if (receipt->seq >= from && receipt->seq < to)
            to = receipt->seq;
        if (receipt->below >= from && receipt->below < to)
            to = receipt->below;
    }
    return to;
}

size_t receipts_note(struct receipts *receipts, const struct id *node, uint64_t seq, uint64_t from,
                     struct held_range held[LIMIT_HELD_RANGES])
{
    struct receipt *receipt = receipt_of(receipts, node);
    size_t count = 0;
    if (receipt == NULL || seq <= receipt->seq)
        return 0;
    uint64_t next = (receipt->seq > from ? receipt->seq : from) + 1;
    next = next > receipt->below ? next : receipt->below + 1;
    receipt->seq = seq;
    while (next <= seq) {
        uint64_t to = step_end(receipts, next, seq);
        held[count++] = (struct held_range){next, to, receipts_count(receipts, next)};
        next = to + 1;
    }
    return count;
}
