/* Taken: found from the founder on, removals left aside.
 *
 * 1. What is found only grows with the acts, so nobody whose entries were taken is ever refused.
 * 2. Each author's acts are gone through once.
 */
#include "core/taken.h"

#include <stdlib.h>

static int compare_ids(const void *a, const void *b)
{
    return id_compare(a, b);
}

bool taken_has(const struct id *list, size_t count, const struct id *id)
{
    return bsearch(id, list, count, sizeof *list, compare_ids) != NULL;
}

static size_t sorted_once(struct id *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !id_equal(&list[kept - 1], &list[i]))
            list[kept++] = list[i];
    return kept;
}

/* Where his acts begin, if he has any and is not among those who may let in yet. */
static void add_inviter(const struct acts *acts, const struct id *who, bool *among, size_t *stack,
                        size_t *depth)
{
    size_t at = acts_first_by(acts, who, 0);
    if (at == acts->count || among[at] || !id_equal(&acts->by_author[at]->author, who))
        return;
    among[at] = true;
    stack[(*depth)++] = at;
}

struct id *taken_list(const struct acts *acts, const struct id *founder, size_t *count)
{
    bool *among = acts_room(acts->count, sizeof *among);
    size_t *stack = acts_room(acts->count, sizeof *stack), depth = 0, listed = 0;
    struct id *list = acts_room(acts->count, sizeof *list);
    list[listed++] = *founder;
    add_inviter(acts, founder, among, stack, &depth);
    while (depth > 0) {
        size_t at = stack[--depth];
        const struct id *author = &acts->by_author[at]->author;
        for (; at < acts->count && id_equal(&acts->by_author[at]->author, author); at++) {
            const struct act *act = acts->by_author[at];
            if (act->kind != ENTRY_ADMIT)
                continue;
            list[listed++] = act->member;
            if (act->may_invite)
                add_inviter(acts, &act->member, among, stack, &depth);
        }
    }
    *count = sorted_once(list, listed);
    free(among);
    free(stack);
    return list;
}
