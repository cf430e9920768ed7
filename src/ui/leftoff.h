/* Left off: where the reader of lines left each channel, so that what was said while he was away has a
 * mark above it, as on the screen; kept over restarts by the same list (seen.h). */
#pragma once

#include "ui/seen.h"

struct leftoff {
    struct seen seen;
    char network[SEEN_NETWORK_BYTES];
    struct {
        struct channel_name channel;
        struct place place; /* all zero: he was never there */
        bool over;          /* the mark was set, or there is none to set */
    } channels[LIMIT_CHANNELS];
    size_t count;
};

/* The network that the node is on. */
void leftoff_network(struct leftoff *leftoff, struct bytes name);
/* A message is about to be written, or (live) was said just now. True when the mark belongs above it:
 * the first one that he has not seen, and that is not his own. */
bool leftoff_begins(struct leftoff *leftoff, const struct channel_name *channel,
                    const struct place *place, bool own, bool live);
