/* Links: the sockets of a node, told to the core as events. This file holds what all links share:
 * the table, how they are opened and closed, what is sent. telling.c has the order in which things are told,
 * queue.c what libzmq did not take yet, dial.c outgoing links, punch.c those of
 * them whose other end dials, too, inbound.c those that come in, zap.c learns who they say they are, guard.c bounds what one can make us hold.
 *
 *                      accepted          first frame              connection gone, all read
 *   inbound   (none) ----------> waiting ----------> OPEN: LINK_IN ----------> LINK_CLOSED
 *                                   | too many, too long  | links_hang_up
 *                                   v                     v
 *                                  shut                CLOSING, then shut
 *
 *             links_dial          handshake done          disconnected, all read
 *   outgoing ------------> DIALING ------------> OPEN: LINK_OUT ----------> LINK_CLOSED
 *                             | refused, no answer, not fika   | links_hang_up
 *                             v                                v
 *                          LINK_CLOSED                      CLOSING, then closed
 *
 * One ROUTER takes all inbound connections; each outgoing link is a DEALER of its own, so that its
 * life is a socket's life. Every socket has a monitor, because libzmq tells nowhere else that a
 * handshake succeeded or a connection ended. All is CURVE: the server's key comes from the
 * network's secret, the client's is new for every connection.
 *
 * 1. Nothing here waits: every call on a socket is DONTWAIT, and no call does more than a bounded
 *    amount of work.
 * 2. After EAGAIN on a ROUTER's identity frame the body is never sent. What libzmq does not take
 *    waits in the link's own bounded queue and is offered again at retry_ms, at every turn, and
 *    (DEALER) on POLLOUT. POLLOUT on a ROUTER says only that any peer has room, so it is not used.
 *    A peer that stalls costs its own queue and nobody else's time.
 * 3. Frames come before the end: LINK_CLOSED is told only when all that the connection had brought
 *    was read. For inbound connections the monitor is not read further, and no ZAP request is
 *    answered, between a DISCONNECTED and that moment. So a descriptor that is used again is never
 *    taken for the connection before it: the new one cannot finish its handshake, and so not send,
 *    before its ACCEPTED was seen.
 * 4. Every table has a bound (LINK_MAX, LIMIT_INBOUND_WAITING, LIMIT_LINK_QUEUE_*); sockets take no
 *    frame above LIMIT_FRAME and no more than LINK_RECEIVE_FRAMES unread. A message of parts
 *    without end is under neither; guard.c sees its bytes and ends it.
 * 5. A monitor is stopped before our end of it is closed, and emptied before that: libzmq's own
 *    thread sends events with a blocking call, and would wait for ever on a monitor that nobody
 *    reads or whose reader is gone.
 * 6. A DEALER never has ZMQ_RECONNECT_IVL -1 or ZMQ_IMMEDIATE: with either, libzmq 4.3.4 throws
 *    away, on disconnection, the frames that had arrived and were not yet read (500 of 500,
 *    measured). Instead it waits a day before it would connect again, and is closed long before.
 *
 * ZMTP heartbeats are off. The core pings every link and measures it, so a second ping would only
 * add wake-ups to an idle link (measured: 13 in 15 s for both ends with one of 5 s, 1 without), and
 * would keep a peer alive whose program hangs while its libzmq answers. A HWM above these brings no
 * more throughput (measured from 32 to 1000 frames) and costs memory for each peer that stalls.
 *
 * It refuses to resolve names, to dial again by itself, and to judge what a frame says. */
#include "base/tr.h"
#include "net/link_private.h"

#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"

#define DESCRIPTORS 4096

void links_server_keys(uint8_t public_key[32], uint8_t secret_key[32],
                       const uint8_t network_secret[32])
{
    static const uint8_t personal[16] = "fika-curve-v1";
    uint8_t seed[crypto_box_SEEDBYTES];
    crypto_generichash_blake2b_salt_personal(seed, sizeof seed, network_secret, 32, NULL, 0, NULL,
                                             personal);
    crypto_box_seed_keypair(public_key, secret_key, seed);
    sodium_memzero(seed, sizeof seed);
}

/* The table. */

struct net_link *links_add(struct links *links, uint64_t number, bool inbound)
{
    CHECK(links->count < LINK_MAX);
    struct net_link *link = links->pool;
    while (link->used)
        link++;
    *link = (struct net_link){
        .used = true, .number = number, .inbound = inbound, .fd = -1, .tunnel = -1};
    link->deadline_ms = link->retry_ms = link->again_ms = UINT64_MAX;
    links->all[links->count++] = link;
    links->inbound_count += inbound;
    links->dialed_count += !inbound;
    return link;
}

void links_remove(struct links *links, struct net_link *link)
{
    if (link->news)
        links->news--;
    queue_drop(links, link);
    free(link->queue.frames);
    links->inbound_count -= link->inbound;
    links->dialed_count -= !link->inbound;
    links->closing_count -= !link->inbound && link->state == NET_CLOSING;
    size_t at = 0;
    while (links->all[at] != link)
        at++;
    links->all[at] = links->all[--links->count];
    guard_release(links, link->watch);
    link->used = false;
}

struct net_link *links_find(const struct links *links, uint64_t number)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->all[i]->number == number && links->all[i]->state != NET_CLOSING)
            return links->all[i];
    return NULL;
}

void links_tell(struct links *links, struct net_link *link, unsigned news)
{
    if (!link->news && news)
        links->news++;
    link->news |= news;
}

void links_end(struct links *links, struct net_link *link, enum link_why why)
{
    if (link->state == NET_CLOSING || link->news & NEWS_CLOSED)
        return;
    link->why = why;
    queue_drop(links, link);
    links_tell(links, link, NEWS_CLOSED);
}

bool links_offer(struct links *links, struct net_link *link, zmq_msg_t *frame)
{
    if (link->state == NET_DIALING || link->broken)
        return false;
    if (!link->inbound)
        return socket_send(frame, link->dealer, 0) != -1;
    zmq_msg_t identity;
    zmq_msg_init_size(&identity, link->routing_id_size);
    memcpy(zmq_msg_data(&identity), link->routing_id, link->routing_id_size);
    bool taken = socket_send(&identity, links->inbound.router, ZMQ_SNDMORE) != -1;
    zmq_msg_close(&identity);
    if (taken)
        CHECK(socket_send(frame, links->inbound.router, 0) != -1);
    return taken;
}

/* The public calls. */

/* Each link takes four descriptors; out of them, libzmq's accept loop spins. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

uint64_t links_hello_ms(const struct links *links)
{
    return links->ways.proxy[0] != '\0' ? HELLO_FAR_MS : HELLO_DEADLINE_MS;
}

struct links *links_open(void *context, const uint8_t network_secret[32], uint16_t port, bool fixed,
                         struct error *error)
{
    static const struct links_ways all;
    return links_open_by(context, network_secret, port, fixed, &all, error);
}

struct links *links_open_by(void *context, const uint8_t network_secret[32], uint16_t port,
                            bool fixed, const struct links_ways *ways, struct error *error)
{
    if (sodium_init() < 0 || !zmq_has("curve")) {
        error_set(error, ERROR_SOCKET, _("this machine's libzmq has no encryption (CURVE)"));
        return NULL;
    }
    struct links *links = calloc(1, sizeof *links);
    if (!links) {
        error_set(error, ERROR_MEMORY, _("links"));
        return NULL;
    }
    raise_descriptor_limit();
    guard_open(links);
    links->context = context;
    links->ways = *ways;
    links->tunnels[0] = links->tunnels[1] = -1;
    if (ways->proxy[0] != '\0' && pipe(links->tunnels) == 0)
        for (int i = 0; i < 2; i++)
            fcntl(links->tunnels[i], F_SETFD, FD_CLOEXEC);
    zmq_msg_init(&links->frame);
    links_server_keys(links->server_key, links->server_secret, network_secret);
    enum error_code code = inbound_open(links, links->server_secret, port, fixed, error);
    if (code == ERROR_NONE)
        return links;
    links_close_all(links, 0);
    return NULL;
}

/* What libzmq hands to tunnels in that time they hand on. */
static void close_tunnels(const struct links *links, int linger_ms)
{
    struct pollfd item = {.fd = links->tunnels[0], .events = POLLIN};
    if (links->tunnels[0] < 0)
        return;
    close(links->tunnels[1]);
    poll(&item, 1, linger_ms);
    close(links->tunnels[0]);
}

void links_close_all(struct links *links, int linger_ms)
{
    if (!links)
        return;
    while (links->count > 0) {
        struct net_link *link = links->all[links->count - 1];
        queue_flush(links, link);
        if (link->inbound)
            links_remove(links, link);
        else
            dial_end(links, link, linger_ms);
    }
    inbound_close(links, linger_ms);
    close_tunnels(links, linger_ms);
    guard_close(links);
    zmq_msg_close(&links->frame);
    sodium_memzero(links->server_secret, sizeof links->server_secret);
    free(links);
}

uint16_t links_port(const struct links *links)
{
    return links->inbound.port;
}

size_t links_poll(struct links *links, zmq_pollitem_t *items, bool reading)
{
    size_t count = 0;
    links->reading = reading;
    if (reading)
        items[count++] = (zmq_pollitem_t){.socket = links->inbound.router, .events = ZMQ_POLLIN};
    if (!inbound_paused(links)) {
        items[count++] = (zmq_pollitem_t){.socket = links->inbound.monitor, .events = ZMQ_POLLIN};
        items[count++] = (zmq_pollitem_t){.socket = links->inbound.zap, .events = ZMQ_POLLIN};
    }
    if (guard_descriptor(links) >= 0)
        items[count++] = (zmq_pollitem_t){.fd = guard_descriptor(links), .events = ZMQ_POLLIN};
    for (size_t i = 0; i < links->count; i++) {
        const struct net_link *link = links->all[i];
        if (link->inbound || link->state == NET_CLOSING || link->news & NEWS_CLOSED)
            continue;
        if (link->tunnel >= 0 && !link->monitor)
            items[count++] = (zmq_pollitem_t){.fd = link->tunnel, .events = ZMQ_POLLIN};
        if (!link->monitor)
            continue;
        items[count++] = (zmq_pollitem_t){.socket = link->monitor, .events = ZMQ_POLLIN};
        short events = 0;
        if (reading && link->state == NET_OPEN)
            events |= ZMQ_POLLIN;
        if (link->queue.count > 0 && link->state == NET_OPEN && !link->broken)
            events |= ZMQ_POLLOUT;
        if (events)
            items[count++] = (zmq_pollitem_t){.socket = link->dealer, .events = events};
    }
    return count;
}

bool links_send(struct links *links, uint64_t number, struct bytes frame)
{
    CHECK(frame.size > 0 && frame.size <= LIMIT_FRAME);
    struct net_link *link = links_find(links, number);
    if (!link || link->broken || link->news & NEWS_CLOSED)
        return true;
    zmq_msg_t message;
    bool kept = zmq_msg_init_size(&message, frame.size) == 0;
    if (kept) {
        memcpy(zmq_msg_data(&message), frame.at, frame.size);
        if (link->queue.count > 0 || !links_offer(links, link, &message))
            kept = queue_put(links, link, &message);
        zmq_msg_close(&message);
    }
    link->owed |= !kept;
    /* Out of memory, not out of room: there is nothing to wait for. */
    if (!kept && link->queue.count == 0) {
        link->owed = false;
        links_tell(links, link, NEWS_DRAINED);
    }
    return kept;
}

void links_hang_up(struct links *links, uint64_t number, uint64_t now_ms)
{
    links->now_ms = now_ms;
    struct net_link *link = links_find(links, number);
    if (!link)
        return;
    if (link->news)
        links->news--;
    link->news = 0;
    if (links->held == number)
        links->held = 0;
    queue_flush(links, link);
    if (link->inbound)
        inbound_hang_up(links, link);
    else
        dial_hang_up(links, link);
}

uint64_t links_deadline(const struct links *links)
{
    if (links->news > 0 || (links->held && links->reading))
        return 0;
    uint64_t deadline = inbound_deadline(links);
    if (guard_deadline(links) < deadline)
        deadline = guard_deadline(links);
    for (size_t i = 0; i < links->count; i++) {
        const struct net_link *link = links->all[i];
        if (link->deadline_ms < deadline)
            deadline = link->deadline_ms;
        if (link->retry_ms < deadline)
            deadline = link->retry_ms;
        if (link->again_ms < deadline)
            deadline = link->again_ms;
    }
    return deadline;
}

void links_tick(struct links *links, uint64_t now_ms)
{
    links->now_ms = now_ms;
    inbound_tick(links);
    guard_tick(links);
    for (size_t i = links->count; i-- > 0;) {
        struct net_link *link = links->all[i];
        queue_tick(links, link);
        if (link->inbound)
            inbound_tick_link(links, link);
        else
            dial_tick(links, link);
    }
}

bool links_pending(const struct links *links)
{
    return links->queued > 0;
}
