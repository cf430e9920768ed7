/* Saying: lines of this node's user that follow one another at once, gathered into one run that is
 * signed once (invariant 2). */
#pragma once

#include "core/channel.h"

struct gathered;
struct saying {
    struct id channel; /* of what is gathered */
    size_t count;
    uint64_t since_ms; /* when the first of it was gathered; the caller's */
    size_t bytes;      /* headers and bodies, as LIMIT_RUN_BYTES counts them */
    struct gathered
        *gathered[2]; /* what is gathered, and what was sealed last; made when first used */
    int now;          /* which is which */
};

void saying_release(struct saying *saying);
/* The memory that it holds. */
size_t saying_bytes(const struct saying *saying);
/* True when one more entry with a body of `size` bytes in this channel can join what is gathered. */
bool saying_fits(const struct saying *saying, const struct id *channel, size_t size);
/* Adds an entry that follows the last one, and the first one the log's head: `log` may be NULL for
 * others. `like` gives kind, author, process, wall_ms and the least lamport; the rest is filled in. The
 * body is copied. */
void saying_add(struct saying *saying, const struct log *log, const struct entry *like,
                struct bytes body);
/* The log or the channel's clock has moved since the lines were gathered: they follow its new end, with clocks above
 * `lamport`. Nothing is done when it has not. */
void saying_follow(struct saying *saying, const struct log *log, uint64_t lamport);
/* What is gathered, as a run, signed by its last entry; it begins anew. Valid until the next
 * saying_seal, so that lines can be added while its effects are performed. count is not 0. */
struct run saying_seal(struct saying *saying, const struct identity *identity);
