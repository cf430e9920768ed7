/* Holding: a member's own word, signed, that he holds an author's log up to some entry: a receipt that nodes between may
 * pass on, as they cannot make one (PROTOCOL.md section 6.12). Where there is a link to the author HAVE says it. */
#pragma once

#include "core/wire.h"

/* The newest that was passed on of one member. */
struct relayed {
    struct id channel, author, node;
    uint64_t seq, use_ms, via;
};

struct holdings {
    struct relayed *list; /* at most LIMIT_RELAYED; made when first used */
    size_t count, room;
    uint64_t at_ms;   /* when own ones are said; UINT64_MAX: none is due */
    uint64_t said_ms; /* when they last were */
};

void holding_sign(struct holding *holding, const struct id *network, const struct identity *self);
bool holding_verify(const struct holding *holding, const struct id *network);
