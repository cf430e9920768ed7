/* Quota: how much of what is said just now is shown of one author, and of the newcomers of one link. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bucket: it holds so many lines at most, and is filled with time. All zero: full. */
struct quota {
    uint32_t spent; /* in 1/1000 lines */
    bool muted;     /* it was empty, and is not a quarter full again */
    uint64_t at_ms; /* when that was so */
};

/* Takes lines out of it, one by one, as long as there are any: returns how many there were. A line that is long counts
 * as several: bytes are those of all together. */
size_t quota_take(struct quota *quota, size_t lines, size_t bytes, uint32_t most, uint32_t a_second,
                  uint64_t now_ms);
