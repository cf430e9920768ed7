/* Links: the sockets of the links that the core speaks of. One ROUTER (CURVE server) for inbound,
 * one DEALER per outgoing link, the ZAP handler that learns each client key. One thread, no
 * waiting: poll the items until links_deadline(), drain links_next(), call links_tick(). link.c
 * says how libzmq is held (limits, heartbeats, what it does when abused). */
#pragma once

#include <zmq.h>

#include "base/error.h"
#include "core/event.h"

struct links;

#define LINKS_POLL_MAX (4 + 2 * LIMIT_LINKS)

/* Binds the ROUTER on all IPv4 and IPv6 addresses at `port`; where that is taken and `fixed` is
 * false, at a free one. The CURVE server key comes from the network's secret. NULL with *error
 * filled on failure. */
struct links *links_open(void *context, const uint8_t network_secret[32], uint16_t port, bool fixed,
                         struct error *error);
/* The ways that links may take, other than all. */
struct links_ways {
    char proxy[LIMIT_ADDRESS +
               1]; /* numeric, with port: all dials go through this SOCKS5 proxy, which
                                      resolves names, and take HELLO_FAR_MS; "": none do */
    enum { LISTEN_EVERYWHERE, LISTEN_LOOPBACK, LISTEN_NOWHERE } listen;
};
/* The same, by those ways alone. Where it listens nowhere its port is 0. */
struct links *links_open_by(void *context, const uint8_t network_secret[32], uint16_t port,
                            bool fixed, const struct links_ways *ways, struct error *error);
/* Closes all at once; what is queued in libzmq is given linger_ms to go out. */
void links_close_all(struct links *links, int linger_ms);
uint16_t links_port(const struct links *links);

/* Fills items (room for LINKS_POLL_MAX) and returns how many. With reading false only what is
 * needed to write and to notice ends is polled. */
size_t links_poll(struct links *links, zmq_pollitem_t *items, bool reading);
/* What the wait for those items brought: where it was nothing but frames, links_next() looks at
 * nothing else before it. It may be left out. */
void links_woken(struct links *links, const zmq_pollitem_t *items, size_t count);
/* The next thing that happened: true with event filled (LINK_IN, LINK_OUT, FRAME, LINK_CLOSED,
 * LINK_DRAINED; now and wall are the caller's), its frame valid until the next call. False: nothing
 * more now. Does at most a bounded amount of work a call. LINK_CLOSED comes after the last frame;
 * with reading false no FRAME is told, and so no end that has frames before it. */
bool links_next(struct links *links, bool reading, struct event *event);
/* Connects a new outgoing link with this (even) number to a numeric address, or through a proxy to any. Ends in LINK_OUT or
 * LINK_CLOSED (REFUSED, NO_ANSWER after HELLO_DEADLINE_MS, NOT_FIKA; FULL beyond LIMIT_LINKS).
 * Later LINK_CLOSED is LOST, or RULES for a message that is not one frame of 1 to LIMIT_FRAME
 * bytes, or that has no end. */
void links_dial(struct links *links, uint64_t link, const struct address *address, uint64_t now_ms);
/* The same for a link whose other end dials at the same moment: from this local port (not 0) to that
 * numeric address, for PUNCH_MS at most and PUNCH_SYNS times. With `server` the other end is the one whose
 * HELLO comes first, and LINK_OUT comes with its first frame. */
void links_punch(struct links *links, uint64_t link, uint16_t port, const struct address *address,
                 bool server, uint64_t now_ms);
/* Queues a frame of 1 to LIMIT_FRAME bytes. False when the link's queue is full: the frame is
 * dropped and a LINK_DRAINED follows when the queue is empty again. An unknown link is no error (it
 * may just have ended). */
bool links_send(struct links *links, uint64_t link, struct bytes frame);
/* True while what is sent to the link goes straight on: nothing waits in its queue. */
bool links_has_room(struct links *links, uint64_t link);
/* Ends a link after what is queued went out (at most 500 ms). No LINK_CLOSED follows. */
void links_hang_up(struct links *links, uint64_t link, uint64_t now_ms);
/* The earliest time that links_tick has something to do; UINT64_MAX for never. */
uint64_t links_deadline(const struct links *links);
/* Deadlines: dials without an answer, inbound connections that never became a link, hang-ups, looks
 * at what connections make us hold. */
void links_tick(struct links *links, uint64_t now_ms);
/* True while anything is still queued towards any link. */
bool links_pending(const struct links *links);
