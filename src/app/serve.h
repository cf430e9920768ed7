/* Serve: answers to WANTs, piece by piece, in turn, as the links take them. */
#pragma once

#include "net/link.h"
#include "store/store.h"

#define SERVE_TURN_US 5000

/* A question; its range shrinks as it is answered. */
struct answer {
    uint64_t link;
    struct want want;
};

struct serving {
    struct answer answers[LIMIT_LINKS * LIMIT_ANSWERS];
    size_t count, next;
};

/* Takes a question; one too many of its link is dropped (the asker asks another source then). */
void serving_add(struct serving *serving, uint64_t link, const struct want *want);
/* The link ended: nobody waits. */
void serving_forget(struct serving *serving, uint64_t link);
/* Sends as much as the links take, for SERVE_TURN_US at most. True when more could go at once. */
bool serving_turn(struct serving *serving, struct store *store, struct links *links);
