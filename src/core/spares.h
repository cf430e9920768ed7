/* Spares: of the nodes that this one has no link to, where some of them may be reached: the spare list.
 * What stands in it was signed by the nodes themselves. */
#pragma once

#include "base/prng.h"
#include "core/record.h"

struct spare {
    struct id node;
    uint64_t number, ends_wall_ms;
    uint8_t *bytes; /* the record as it came; its own */
    uint16_t size;
    uint8_t fails; /* since it last worked */
    bool full;     /* it had no room when it was last dialled */
    bool told;     /* passed on */
    bool kin;      /* it takes a small channel which this node takes ... */
    bool wanted;   /* ... and is to be linked to, though there are links enough; the caller's */
    uint64_t via;  /* the link that brought it */
    uint64_t link; /* while it is dialled, or linked by that; else 0 */
    uint64_t not_before_ms; /* of the next dial */
};

struct spares {
    struct spare *list;
    size_t count, room;
    uint32_t checks_left; /* signatures that may be looked at: a bucket */
    uint64_t bucket_ms;
};

void spares_release(struct spares *spares);
size_t spares_bytes(const struct spares *spares);
/* True when the record is news that may be looked at now: counts the look at its signature. */
bool spares_wants(struct spares *spares, const struct record *record, uint64_t now_ms,
                  uint64_t wall_ms);
/* Takes in a record whose signature holds. At LIMIT_RECORDS it takes the place of one that has run out, or
 * failed; else by chance that of another, or none's. From one link come a quarter of them at most. One of kin is kept before
 * others, up to half of the list. */
void spares_put(struct spares *spares, struct prng *prng, const struct record *record, uint64_t via,
                uint64_t wall_ms, bool kin);
struct spare *spares_find(struct spares *spares, const struct id *node);
/* Whom this link was dialled to; NULL when nobody. */
struct spare *spares_by_link(struct spares *spares, uint64_t link);
void spares_remove(struct spares *spares, struct spare *spare);
/* The address that is to be tried next. */
struct address spares_address(const struct spare *spare);
