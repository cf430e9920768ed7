/* Bodies: what was passed on without its bodies is asked of every node that may have them.
 *
 * An entry may come as a header with its body's hash (invariant 1): its heads are compared and it is
 * counted as any other, so bodies are tracked apart from heads. The store knows which are missing;
 * here is whom to ask, one question a channel at a time. */
#pragma once

#include "core/entry.h"

struct bodies {
    uint64_t at_ms;    /* when to go on; UINT64_MAX: nothing is missing that somebody may have */
    bool over;         /* then all are asked again */
    bool filled;       /* somebody had some, in this round */
    uint64_t asked_ms; /* when all had been asked */
    uint32_t again_ms; /* after all were asked in vain: until they are asked again */
    uint64_t link;     /* whose turn it is; 0: nobody's */
    struct id author;
    uint32_t branch;
    uint64_t above;    /* what is above this was not yet asked of that link */
    uint64_t from, to; /* the question; 0: the store is to say first what is missing */
    struct id tip;
    uint64_t by_ms;                 /* until when the answer is waited for */
    uint64_t late_link, late_by_ms; /* who was asked, and is not waited for any more ... */
    struct id late_author;          /* ... but may still answer */
};
