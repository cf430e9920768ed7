/* Receipts: a list of (node, seq). How many nodes hold an entry is how many receipts reach it, so
 * the count falls in steps as seq rises, and a step lies at each receipt: when one rises, what grew
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

static struct receipt *receipt_of(struct receipts *receipts, const struct id *node)
{
    for (size_t i = 0; i < receipts->count; i++)
        if (id_equal(&receipts->list[i].node, node))
            return &receipts->list[i];
    if (receipts->count == LIMIT_RECEIPTS)
        return NULL;
    if (receipts->count == receipts->room) {
        receipts->room += 8;
        receipts->list = realloc(receipts->list, receipts->room * sizeof *receipts->list);
        CHECK(receipts->list != NULL);
    }
    struct receipt *receipt = &receipts->list[receipts->count++];
    *receipt = (struct receipt){.node = *node};
    return receipt;
}

uint64_t receipts_of(const struct receipts *receipts, const struct id *node)
{
    for (size_t i = 0; i < receipts->count; i++)
        if (id_equal(&receipts->list[i].node, node))
            return receipts->list[i].seq;
    return 0;
}

bool receipts_has_room(const struct receipts *receipts, const struct id *node, size_t most)
{
    return receipts->count < most || receipts_of(receipts, node) > 0;
}

uint32_t receipts_count(const struct receipts *receipts, uint64_t seq)
{
    uint32_t by = 0;
    for (size_t i = 0; i < receipts->count; i++)
        by += receipts->list[i].seq >= seq;
    return by;
}

/* The last entry, from `from` on and up to `to`, that has as many receipts as `from`. */
static uint64_t step_end(const struct receipts *receipts, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < receipts->count; i++)
        if (receipts->list[i].seq >= from && receipts->list[i].seq < to)
            to = receipts->list[i].seq;
    return to;
}

size_t receipts_note(struct receipts *receipts, const struct id *node, uint64_t seq, uint64_t from,
                     struct held_range held[LIMIT_RECEIPTS])
{
    struct receipt *receipt = receipt_of(receipts, node);
    size_t count = 0;
    if (receipt == NULL || seq <= receipt->seq)
        return 0;
    uint64_t next = (receipt->seq > from ? receipt->seq : from) + 1;
    receipt->seq = seq;
    while (next <= seq) {
        uint64_t to = step_end(receipts, next, seq);
        held[count++] = (struct held_range){next, to, receipts_count(receipts, next)};
        next = to + 1;
    }
    return count;
}
