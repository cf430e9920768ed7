/* Core: one node as a pure machine. Give it events, take its effects, ask when it wants to be
 * ticked. It knows no socket, clock, disk, thread or random source; the same events give the same
 * effects. */
#pragma once

#include "core/event.h"

struct core;

struct core_config {
    struct identity identity;
    struct id network;      /* network_id() of the secret */
    struct process process; /* random, new for every process */
    uint8_t seed[32];       /* random and secret: nonces and jitter come from it */
    uint8_t random[32]; /* likewise, never the same twice: prekeys and one-time keys come from it */
    uint16_t port;      /* where the node listens, for its card */
    bool beacons;       /* discovery is on */
    bool far;           /* links take long to be made: HELLO_FAR_MS */
    uint64_t carry_bytes; /* on disk, of channels that are carried for others; 0: none is */
    struct bytes
        certificate; /* the body of an entry of kind 7 that is said before the first line in each
                                 channel; empty: this node is nobody's device. Copied */
    struct nick nick;
    struct channel_name
        channels[LIMIT_CHANNELS];    /* joined at start; the first is the current one */
    bool is_private[LIMIT_CHANNELS]; /* that channel is, and is loaded */
    size_t channel_count;
};

struct core *core_new(const struct core_config *config);
void core_free(struct core *core);

/* Takes one event. The effects of the step before are forgotten, whether they were drained or not.
 */
void core_step(struct core *core, const struct event *event);
/* The next effect of this step, valid until there are no more (NULL), and what it points to until the next step. */
const struct effect *core_next(struct core *core);
/* When it wants a tick, in now_ms; UINT64_MAX for never. */
uint64_t core_deadline(const struct core *core);

/* How many other nodes hold this entry of our own. */
uint32_t core_held(struct core *core, const struct channel_name *channel, uint64_t seq);
/* True when the other of a direct channel has read own lines up to that one. */
bool core_read(struct core *core, const struct channel_name *channel, uint64_t seq);
/* True when the author was found to have said two things in one place. */
bool core_is_liar(struct core *core, const struct channel_name *channel, const struct id *author);
/* The channel's id, and the other in a direct one (zeros: it is none); false when it is not known. */
bool core_channel(struct core *core, const struct channel_name *channel, struct id *id,
                  struct id *peer);
/* True when it is a private one. */
bool core_is_private(struct core *core, const struct channel_name *channel);
/* True when the channel is joined, or carried. */
bool core_takes(struct core *core, const struct id *channel);
/* True when the node is there in the channel: linked as a member, or known to be by notes. */
bool core_is_here(struct core *core, const struct channel_name *channel, const struct id *node);
/* How many channels are carried now, and kept; the bytes that are stored of all these, about. */
struct core_carried {
    size_t now, kept;
    uint64_t bytes, most_bytes;
};
struct core_carried core_carried(const struct core *core);
/* An address that may be dialled, and what came of it last. */
struct core_address {
    struct address address;
    struct id node; /* zero: not known */
    bool linked, self;
    bool tried; /* and it ended so: */
    enum link_why why;
};
/* By index from 0; false past the end. */
bool core_address(const struct core *core, size_t index, struct core_address *out);
/* A node to which a link was made through both routers, or was to be. */
struct core_punch {
    struct id node;
    struct nick nick;
    bool linked, failed;
    struct nick via; /* by whom it is known; or empty */
};
/* By index from 0; false past the end. */
bool core_punch(struct core *core, size_t index, struct core_punch *out);
/* Who invites to private channels that their members call so, by index from 0; false past the end. */
bool core_inviter(const struct core *core, const struct channel_name *name, size_t index,
                  struct id *inviter);
/* How many own lines are gathered, and neither stored nor sent yet. */
size_t core_unsaid(const struct core *core);
/* The memory it holds, in bytes: the tables that grow with channels, authors and links. */
size_t core_bytes(const struct core *core);

/* What a profile remembers: fills nick, channels (the current one first) and channel_count. */
void core_keep(const struct core *core, struct core_config *keep);
