/* Acts: those of a private channel that are held, in the orders in which they are looked up (PROTOCOL.md section
 * 12.2). */
#pragma once

#include "core/act.h"

#define ACT_NONE UINT32_MAX

struct acts {
    const struct act *list; /* borrowed: as long as this lives */
    size_t count;
    const struct act **by_author; /* (author, term, seq, id) */
    const struct act **by_member; /* removals */
    size_t removal_count;
    const struct act **by_id;
    uint32_t *before; /* by act: the one before it in its author's chain; ACT_NONE: none */
};

void acts_init(struct acts *acts, const struct act *list, size_t count);
void acts_release(struct acts *acts);
/* Its index in the list. */
uint32_t acts_index(const struct acts *acts, const struct act *act);
/* NULL: it is not held. */
const struct act *acts_find(const struct acts *acts, const struct id *id);
/* In by_author, his first act of that term or a higher one, or where it would be. */
size_t acts_first_by(const struct acts *acts, const struct id *author, uint16_t term);
/* In by_member, the first removal of him, or (after) of whoever comes after him, or where it would be. */
size_t acts_removal(const struct acts *acts, const struct id *member, bool after);
/* Room for that many and one more: all zeros, or all ACT_NONE. Freed by the caller. */
void *acts_room(size_t count, size_t size);
uint32_t *acts_indices(size_t count);
