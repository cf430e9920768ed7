/* Figures: times of one thing done often, of which a share is asked for. Behind bench.h. */
#pragma once

#include "bench.h"

#define FIGURES_MAX 20000

struct figures {
    uint64_t us[FIGURES_MAX];
    size_t count;
};

static inline void figure_add(struct figures *figures, uint64_t us)
{
    if (figures->count < FIGURES_MAX)
        figures->us[figures->count++] = us;
}

static inline int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static inline uint64_t at_share(struct figures *figures, double share)
{
    check(figures->count > 0, "nothing was measured");
    qsort(figures->us, figures->count, sizeof figures->us[0], by_size);
    return figures->us[(size_t)((double)(figures->count - 1) * share)];
}
