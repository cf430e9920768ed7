/* Serve: answers to WANTs, a piece at a time, so that no turn of the node takes long and no peer's
 * questions delay another's. */
#pragma once

#include "net/link.h"
#include "store/store.h"

#define SERVE_TURN_US 5000 /* how long one turn may read and send */

struct answer {
    uint64_t link; /* 0: a free place */
    struct want want;
};

struct serving {
    struct answer answers[LIMIT_LINKS * LIMIT_WANTS];
    size_t count; /* places in use */
    size_t next;  /* whose turn it is */
    struct arena arena;
};

void serving_init(struct serving *serving);
void serving_release(struct serving *serving);
/* Takes a question on. One beyond LIMIT_WANTS of one link is dropped: who asks so much asks again.
 */
void serving_add(struct serving *serving, uint64_t link, const struct want *want);
/* The link is gone. */
void serving_forget(struct serving *serving, uint64_t link);
/* Sends pieces, one question after the other, for SERVE_TURN_US. True when there is more to do now.
 */
bool serving_turn(struct serving *serving, struct store *store, struct links *links);
