/* Classic peer: one socket of a classic link with its monitor, bound to a port or connected to a
 * peer. Used by classic.c alone, which knows channels, lines and who speaks to whom. */
#pragma once

#include "gate/classic.h"
#include "gate/classic_guard.h"

enum stage { STAGE_CONNECTING, STAGE_UP, STAGE_WAITING };

/* The joined channels: what a SUB asks for. */
struct filters {
    struct channel_name channels[LIMIT_CHANNELS];
    size_t count;
};

struct classic_peer {
    void *context;
    const struct filters *filters;
    void *socket, *monitor; /* both NULL when none could be made */
    bool pair;
    bool bound;
    struct address name; /* as shown: zmq:// or pair://, and the address, or *:PORT */

    /* Connected ones. */
    struct address addresses[CLASSIC_ADDRESSES_MAX];
    size_t count, at;
    enum stage stage;
    uint64_t stage_ms;  /* CONNECTING: given up then; UP: since; WAITING: dialled again then */
    uint64_t redial_ms; /* the next wait */
    bool was_up;        /* WAITING: after UP */
    bool retried;       /* WAITING: libzmq would connect again, so the peer broke no rule */

    /* Bound ones. */
    uint32_t connections;
    bool failing; /* the next DISCONNECTED belongs to a handshake that failed */

    bool told_up;
    uint64_t told_ms;      /* when the user was told last; 0 for never */
    uint64_t tell_wait_ms; /* how long after that the next may follow */
    uint64_t up_wall_ms;   /* since when somebody is there */

    struct guard guard;
    uint64_t guard_ms;    /* when it is asked next */
    uint64_t taken_bytes; /* off this socket, as they were on the wire */

    bool skipping; /* amid a message of several parts */
    size_t taken;  /* frames in this round */
    uint64_t sent, received, dropped;
    char state[64];
};

/* A peer without a socket yet; context and filters are borrowed for its life. */
struct classic_peer *classic_peer_new(void *context, const struct filters *filters, bool pair,
                                      bool bound);
void classic_peer_free(struct classic_peer *peer);

/* Binds at a port of all addresses, IPv4 and IPv6; 0, or the error number. */
int classic_peer_bind(struct classic_peer *peer, uint16_t port);
/* Starts to connect to addresses[at]. Failing is a stage, not an error. */
void classic_peer_dial(struct classic_peer *peer, uint64_t now_ms);
/* Subscribes or unsubscribes; no effect on what is no SUB. */
void classic_peer_filter(struct classic_peer *peer, bool take, const struct channel_name *channel);
/* True when address, with or without its scheme, is one of the peer's. */
bool classic_peer_has(const struct classic_peer *peer, const struct address *address);

/* Looks at the monitor and the time. */
void classic_peer_advance(struct classic_peer *peer, uint64_t now_ms);
/* When advance or tell has something to do by the clock; UINT64_MAX for never. */
uint64_t classic_peer_deadline(const struct classic_peer *peer);
bool classic_peer_up(const struct classic_peer *peer);
/* True when the user is to be told that the peer came or went (now in told_up). */
bool classic_peer_tell(struct classic_peer *peer, uint64_t now_ms);

/* Opens a new round; fills the items and returns how many. A PUB is polled too, though it is never
 * readable: so it takes in subscriptions and lets go of who left. */
size_t classic_peer_poll(struct classic_peer *peer, zmq_pollitem_t items[2]);
/* Takes the next frame that stands alone; false when there is none or the round's share is used. */
bool classic_peer_receive(struct classic_peer *peer, zmq_msg_t *frame);
/* Sends a line or counts it as dropped; never waits. */
void classic_peer_send(struct classic_peer *peer, const char *line, size_t size);
/* The state in words, kept in the peer. */
struct bytes classic_peer_state(struct classic_peer *peer);

uint64_t classic_clock_ms(void); /* monotonic */
uint64_t classic_wall_ms(void);
