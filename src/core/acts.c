/* Acts: sorted once, then found by halving.
 *
 * 1. Acts by author and term stand in one order, whichever they came in: the id decides at last. Removals of one member
 *    may stand in any: who goes through them asks all.
 * 2. A chain goes on in an act of the same author, or it ends. That it does not come back to itself is not looked at
 *    here: who follows it counts his steps.
 */
#include "core/acts.h"

#include <stdlib.h>

#include "base/check.h"

static int by_author(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    int order = id_compare(&x->author, &y->author);
    if (order == 0)
        order = number_compare(x->term, y->term);
    if (order == 0)
        order = number_compare(x->seq, y->seq);
    return order != 0 ? order : id_compare(&x->id, &y->id);
}

static int by_member(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    return id_compare(&x->member, &y->member);
}

static int by_id(const void *a, const void *b)
{
    return id_compare(&(*(const struct act *const *)a)->id, &(*(const struct act *const *)b)->id);
}

void *acts_room(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);
    CHECK(room != NULL);
    return room;
}

uint32_t *acts_indices(size_t count)
{
    uint32_t *indices = acts_room(count, sizeof *indices);
    for (size_t i = 0; i <= count; i++)
        indices[i] = ACT_NONE;
    return indices;
}

size_t acts_first_by(const struct acts *acts, const struct id *author, uint16_t term)
{
    size_t low = 0, high = acts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct act *act = acts->by_author[middle];
        int order = id_compare(&act->author, author);
        if (order < 0 || (order == 0 && act->term < term))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t acts_removal(const struct acts *acts, const struct id *member, bool after)
{
    size_t low = 0, high = acts->removal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_compare(&acts->by_member[middle]->member, member) < after)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct act *acts_find(const struct acts *acts, const struct id *id)
{
    struct act key = {.id = *id};
    const struct act *at = &key;
    const struct act **found = bsearch(&at, acts->by_id, acts->count, sizeof *acts->by_id, by_id);
    return found == NULL ? NULL : *found;
}

uint32_t acts_index(const struct acts *acts, const struct act *act)
{
    return (uint32_t)(act - acts->list);
}

static void sort_acts(struct acts *acts)
{
    acts->by_author = acts_room(acts->count, sizeof *acts->by_author);
    acts->by_member = acts_room(acts->count, sizeof *acts->by_member);
    acts->by_id = acts_room(acts->count, sizeof *acts->by_id);
    for (size_t i = 0; i < acts->count; i++) {
        acts->by_author[i] = acts->by_id[i] = &acts->list[i];
        if (acts->list[i].kind == ENTRY_REMOVE)
            acts->by_member[acts->removal_count++] = &acts->list[i];
    }
    qsort(acts->by_author, acts->count, sizeof *acts->by_author, by_author);
    qsort(acts->by_member, acts->removal_count, sizeof *acts->by_member, by_member);
    qsort(acts->by_id, acts->count, sizeof *acts->by_id, by_id);
}

static void link_chains(struct acts *acts)
{
    acts->before = acts_indices(acts->count);
    for (size_t i = 0; i < acts->count; i++) {
        const struct act *act = &acts->list[i];
        const struct act *before = id_is_zero(&act->last) ? NULL : acts_find(acts, &act->last);
        if (before != NULL && id_equal(&before->author, &act->author))
            acts->before[i] = acts_index(acts, before);
    }
}

void acts_init(struct acts *acts, const struct act *list, size_t count)
{
    *acts = (struct acts){.list = list, .count = count};
    sort_acts(acts);
    link_chains(acts);
}

void acts_release(struct acts *acts)
{
    free(acts->by_author);
    free(acts->by_member);
    free(acts->by_id);
    free(acts->before);
}
