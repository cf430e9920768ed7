/* Spans: what a store that knows entries by their ids alone says of what branches have above their
 * holes: how far a run is the same. */
#pragma once

#include <stdlib.h>

#include "base/check.h"
#include "core/event.h"

/* The id below an entry that is held; NULL when that one is not. */
typedef const struct id *spans_below(const void *held, const struct id *id);

static inline uint64_t span_same_to(const struct log_load *load, const struct run *run,
                                    spans_below *below, const void *held)
{
    uint64_t first = run->entries[0].seq;
    const struct id *at = &load->span_tip;
    for (uint64_t seq = load->span_to;
         load->span_from != 0 && at != NULL && seq >= load->span_from && seq >= first; seq--) {
        if (seq - first < run->count && id_equal(at, &run->entries[seq - first].id))
            return seq;
        at = below(held, at);
    }
    return 0;
}

/* The branches, as the core said last that they are. */
struct span {
    struct id channel;
    struct log_load load;
};

struct spans {
    struct span *list;
    size_t count;
};

static inline void spans_release(struct spans *spans)
{
    free(spans->list);
    *spans = (struct spans){0};
}

static inline void spans_put(struct spans *spans, const struct id *channel,
                             const struct log_load *load)
{
    size_t i = 0;
    while (i < spans->count && !(id_equal(&spans->list[i].channel, channel) &&
                                 id_equal(&spans->list[i].load.author, &load->author) &&
                                 spans->list[i].load.branch == load->branch))
        i++;
    if (i == spans->count) {
        spans->list = realloc(spans->list, ++spans->count * sizeof *spans->list);
        CHECK(spans->list != NULL);
    }
    spans->list[i] = (struct span){*channel, *load};
}

/* What an effect says of branches. */
static inline void spans_note(struct spans *spans, const struct effect *effect)
{
    if (effect->kind == EFFECT_STORE || effect->kind == EFFECT_PUT || effect->kind == EFFECT_SPLIT)
        spans_put(spans, &effect->channel_id, &effect->load);
    if (effect->kind == EFFECT_SPLIT)
        spans_put(spans, &effect->channel_id, &effect->load2);
}

static inline void spans_sift(const struct spans *spans, const struct run *run, spans_below *below,
                              const void *held, struct sifted *sifted)
{
    const struct entry *first = &run->entries[0];
    for (size_t i = 0; i < spans->count; i++) {
        const struct log_load *load = &spans->list[i].load;
        if (id_equal(&spans->list[i].channel, &first->channel) &&
            id_equal(&load->author, &first->author))
            sifted->same_to[load->branch] = span_same_to(load, run, below, held);
    }
}
