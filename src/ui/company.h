/* Company: the channels that are joined or that one is invited to, and the nicks of who is or speaks there, for
 * completion. */
#pragma once

#include "core/face.h"

#define COMPANY_MAX         1024 /* nicks, each once a channel; who spoke longest ago is let go */
#define COMPANY_INVITED_MAX 32   /* the oldest is let go */

struct company {
    struct channel_name joined[LIMIT_CHANNELS];
    bool group[LIMIT_CHANNELS]; /* it is a private one */
    size_t joined_count;
    struct channel_name invited[COMPANY_INVITED_MAX];
    size_t invited_count;
    size_t count;
    struct member {
        struct channel_name channel;
        struct nick nick;
        uint64_t spoke; /* lamport of the last line; 0: none yet */
    } members[COMPANY_MAX];
};

/* Takes in what the node shows. */
void company_show(struct company *company, const struct show *show);
/* True when the channel is a private one. */
bool company_is_private(const struct company *company, const char *channel);
/* The nth of a channel's (NULL: of all channels') nicks that begin with `size` bytes of `start` (upper and lower case of
 * ASCII alike), latest speakers first; NULL past the end. */
const char *company_nick(const struct company *company, const char *channel, const char *start,
                         size_t size, size_t n);
