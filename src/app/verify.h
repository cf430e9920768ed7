/* Verify: the signatures of many frames that wait, checked on several processors at once. A check
 * costs 66 us here and is most of what a line costs its hearer; what it says depends on nothing else.
 * So the core is told (struct event's `verified`), and checks by itself what nobody has checked. */
#pragma once

#include "core/event.h"

struct verifier;

/* With so many threads beside the caller's; 0: it does nothing. NULL when none can be started. */
struct verifier *verifier_new(unsigned threads);
void verifier_free(struct verifier *verifier);
/* Sets verified in those of the events that are an ENTRY whose signature holds, when there are enough
 * of them to be worth it. `takes` says of which channels. Waits until all is done. */
void verifier_check(struct verifier *verifier, struct event *events, size_t count,
                    bool (*takes)(void *of, const struct id *channel), void *of);
