/* Quota: a bucket of tokens, counted by what was spent, so that one that is all zero is full.
 *
 *     heard --empty--> muted --a quarter full--> heard
 *
 * 1. While it is muted, what is not let through is counted, too: so a flood that goes on is silence and no trickle, and
 *    it is heard again when it calms, that is when less comes than the bucket is filled with. */
#include "core/quota.h"

#include "core/limits.h"

#define PARTS 1000 /* of a line */

static void fill(struct quota *quota, uint32_t all, uint32_t a_second, uint64_t now_ms)
{
    uint64_t filled = now_ms > quota->at_ms ? (now_ms - quota->at_ms) * a_second : 0;
    quota->spent = filled < quota->spent ? quota->spent - (uint32_t)filled : 0;
    quota->muted = quota->muted && quota->spent > all / 4 * 3;
    quota->at_ms = now_ms;
}

size_t quota_take(struct quota *quota, size_t lines, size_t bytes, uint32_t most, uint32_t a_second,
                  uint64_t now_ms)
{
    uint32_t all = most * PARTS;
    uint64_t cost = PARTS;
    if (lines == 0)
        return 0;
    if (bytes / lines > QUOTA_LINE_BYTES)
        cost = (uint64_t)(bytes / lines) * PARTS / QUOTA_LINE_BYTES;
    fill(quota, all, a_second, now_ms);
    size_t there = quota->muted ? 0 : (size_t)((all - quota->spent) / cost);
    size_t taken = lines < there ? lines : there;
    quota->muted = taken < lines;
    uint64_t spent = quota->spent + lines * cost;
    quota->spent = spent < all ? (uint32_t)spent : all;
    return taken;
}
