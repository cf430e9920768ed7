/* Classic peer: the life of one classic socket.
 *
 * A bound socket lives as long as the node. A connected one lives as long as its connection: libzmq
 * is not left to reconnect, for after a peer that broke the wire (a frame that is too long) it
 * gives up for good and says nothing. So every dial makes a new socket:
 *
 *     CONNECTING -- handshake done --> UP -- connection lost --> WAITING
 *      ^      `-- refused, or no answer in time ------------------^  |
 *      `------------------ redial time: the next address ------------'
 *
 * While a peer waits, its old socket stays open and is read, so what was said just before the end
 * is not lost. Whether the peer left or was cut off shows in libzmq's wish to connect again: its
 * CONNECT_RETRIED follows the end of a connection, but not a breach. The wish is never acted on:
 * libzmq's interval is longer than any of ours.
 *
 * Invariants:
 * 1. Nothing here waits: sends and receives are DONTWAIT. A PUB drops by itself; a line that a PAIR
 *    does not take at once is dropped and counted, never queued for a peer that is not there.
 * 2. Monitors have no high-water mark. libzmq writes events from its I/O thread with a send that
 *    blocks, which would stop every socket of the process.
 * 3. A round takes at most ROUND_FRAMES from a peer, so none that floods keeps the node from its
 *    other work. A frame of a message of several parts counts like any other.
 * 4. A peer that comes and goes quickly is told of ever more rarely.
 * 5. What one connection makes us hold is bounded: whole messages by RECEIVE_QUEUE, all else (parts
 *    without end, subscriptions at a PUB, connections) by the guard, which is asked every GUARD_MS.
 *
 * It does not heartbeat: that would put bytes on the wire that the exercise's program never sends.
 * TCP's own keepalive finds peers that vanished. */
#include "gate/classic_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/tr.h"

#define ROUND_FRAMES     16
#define ROUND_EVENTS     64
#define TOPIC_FRAME_MAX  512 /* what a PUB takes: subscriptions and the handshake */
#define RECEIVE_QUEUE    8   /* times CLASSIC_FRAME_MAX is what one peer can make us hold */
#define SEND_QUEUE       256
#define GUARD_MS         200
#define GUARD_TOPICS     16384 /* bytes of subscriptions: libzmq needs some 40 times as much */
#define GUARD_FRAMES     ((RECEIVE_QUEUE + 4) * CLASSIC_FRAME_MAX)
#define CONNECT_MS       5000
#define HANDSHAKE_MS     3000
#define REDIAL_MIN_MS    100
#define REDIAL_MAX_MS    5000
#define ZMQ_REDIAL_MS    600000
#define VANISHED_MS      20000
#define TELL_WAIT_MIN_MS 1000
#define TELL_WAIT_MAX_MS 8000
#define TELL_CALM_MS     60000
#define WATCHED                                                                                    \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                        \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                       \
     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECTED | \
     ZMQ_EVENT_ACCEPTED)

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t classic_clock_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t classic_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* --- Sockets --- */

static void set(void *socket, int option, int value)
{
    CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

static void set_options(void *socket, bool topics_only)
{
    int64_t frame_max = topics_only ? TOPIC_FRAME_MAX : CLASSIC_FRAME_MAX;
    CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0);
    set(socket, ZMQ_LINGER, 0);
    /* A PUB takes in subscriptions for as long as there are any, in our thread: so one at a time.
     */
    set(socket, ZMQ_RCVHWM, topics_only ? 1 : RECEIVE_QUEUE);
    set(socket, ZMQ_SNDHWM, SEND_QUEUE);
    set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set(socket, ZMQ_RECONNECT_IVL, ZMQ_REDIAL_MS);
    set(socket, ZMQ_TCP_KEEPALIVE, 1);
    set(socket, ZMQ_TCP_KEEPALIVE_IDLE, 10);
    set(socket, ZMQ_TCP_KEEPALIVE_INTVL, 5);
    set(socket, ZMQ_TCP_KEEPALIVE_CNT, 2);
    set(socket, ZMQ_TCP_MAXRT, VANISHED_MS);
}

static void close_socket(struct classic_peer *peer)
{
    if (peer->monitor) {
        zmq_socket_monitor(peer->socket, NULL, 0);
        zmq_close(peer->monitor);
    }
    if (peer->socket)
        zmq_close(peer->socket);
    peer->socket = peer->monitor = NULL;
    peer->skipping = false;
    peer->guard.count = 0;
    peer->taken_bytes = 0;
}

static void *open_monitor(void *context, void *socket)
{
    char name[64];
    snprintf(name, sizeof name, "inproc://classic-%p", socket);
    if (zmq_socket_monitor(socket, name, WATCHED) != 0)
        return NULL;
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    if (!monitor)
        return NULL;
    set(monitor, ZMQ_RCVHWM, 0);
    set(monitor, ZMQ_LINGER, 0);
    if (zmq_connect(monitor, name) == 0)
        return monitor;
    zmq_close(monitor);
    return NULL;
}

/* Gives the peer a new socket; false (with zmq_errno) when the system has none. */
static bool open_socket(struct classic_peer *peer)
{
    int type = peer->pair ? ZMQ_PAIR : peer->bound ? ZMQ_PUB : ZMQ_SUB;
    peer->socket = zmq_socket(peer->context, type);
    if (!peer->socket)
        return false;
    set_options(peer->socket, type == ZMQ_PUB);
    peer->monitor = open_monitor(peer->context, peer->socket);
    if (peer->monitor)
        return true;
    int reason = zmq_errno();
    close_socket(peer);
    errno = reason;
    return false;
}

struct classic_peer *classic_peer_new(void *context, const struct filters *filters, bool pair,
                                      bool bound)
{
    struct classic_peer *peer = calloc(1, sizeof *peer);
    CHECK(peer);
    peer->context = context;
    peer->filters = filters;
    peer->pair = pair;
    peer->bound = bound;
    peer->redial_ms = REDIAL_MIN_MS;
    peer->guard.allowance = bound && !pair ? GUARD_TOPICS : GUARD_FRAMES;
    return peer;
}

void classic_peer_free(struct classic_peer *peer)
{
    close_socket(peer);
    free(peer);
}

static const char *scheme(const struct classic_peer *peer)
{
    return peer->pair ? "pair://" : "zmq://";
}

static void set_name(struct classic_peer *peer, const char *rest)
{
    snprintf(peer->name.text, sizeof peer->name.text, "%s%.*s", scheme(peer),
             (int)(LIMIT_ADDRESS - strlen(scheme(peer))), rest);
}

/* --- Bound --- */

/* One socket for IPv4 and IPv6; for IPv4 alone where the machine has no IPv6. */
static int bind_all(void *socket, uint16_t port)
{
    char endpoint[32];
    snprintf(endpoint, sizeof endpoint, "tcp://*:%u", (unsigned)port);
    set(socket, ZMQ_IPV6, 1);
    if (zmq_bind(socket, endpoint) == 0)
        return 0;
    if (zmq_errno() != EADDRNOTAVAIL && zmq_errno() != EAFNOSUPPORT)
        return -1;
    set(socket, ZMQ_IPV6, 0);
    return zmq_bind(socket, endpoint);
}

int classic_peer_bind(struct classic_peer *peer, uint16_t port)
{
    char endpoint[128], name[32];
    size_t size = sizeof endpoint;
    if (!open_socket(peer) || bind_all(peer->socket, port) != 0 ||
        zmq_getsockopt(peer->socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        return zmq_errno();
    const char *colon = strrchr(endpoint, ':');
    snprintf(name, sizeof name, "*:%.16s", colon ? colon + 1 : "?");
    set_name(peer, name);
    return 0;
}

static void bound_event(struct classic_peer *peer, uint16_t event)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        if (peer->connections++ == 0)
            peer->up_wall_ms = classic_wall_ms();
    } else if (event == ZMQ_EVENT_DISCONNECTED) {
        if (!peer->failing && peer->connections)
            peer->connections--;
        peer->failing = false;
    } else if (event != ZMQ_EVENT_CLOSED) {
        peer->failing = true;
    }
}

/* --- Connected --- */

static uint64_t doubled(uint64_t wait_ms, uint64_t min_ms, uint64_t max_ms)
{
    if (wait_ms < min_ms)
        return min_ms;
    return wait_ms * 2 < max_ms ? wait_ms * 2 : max_ms;
}

static void wait_to_redial(struct classic_peer *peer, uint64_t now_ms)
{
    peer->was_up = peer->stage == STAGE_UP;
    /* Who stayed for a while was only restarted, as programs are that somebody is writing. */
    if (peer->was_up && now_ms - peer->stage_ms >= REDIAL_MAX_MS)
        peer->redial_ms = REDIAL_MIN_MS;
    peer->stage = STAGE_WAITING;
    peer->stage_ms = now_ms + peer->redial_ms;
    if (peer->was_up || peer->at + 1 == peer->count)
        peer->redial_ms = doubled(peer->redial_ms, REDIAL_MIN_MS, REDIAL_MAX_MS);
}

void classic_peer_dial(struct classic_peer *peer, uint64_t now_ms)
{
    char endpoint[LIMIT_ADDRESS + 8];
    const char *address = peer->addresses[peer->at].text;
    set_name(peer, address);
    snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
    close_socket(peer);
    peer->stage = STAGE_CONNECTING;
    peer->stage_ms = now_ms + CONNECT_MS;
    peer->retried = false;
    if (!open_socket(peer)) {
        wait_to_redial(peer, now_ms);
        return;
    }
    set(peer->socket, ZMQ_IPV6, address[0] == '[');
    for (size_t i = 0; i < peer->filters->count; i++)
        classic_peer_filter(peer, true, &peer->filters->channels[i]);
    if (zmq_connect(peer->socket, endpoint) != 0)
        wait_to_redial(peer, now_ms);
}

static void redial(struct classic_peer *peer, uint64_t now_ms)
{
    if (!peer->was_up)
        peer->at = (peer->at + 1) % peer->count;
    else if (!peer->retried)
        peer->dropped++;
    classic_peer_dial(peer, now_ms);
}

static void connected_event(struct classic_peer *peer, uint16_t event, uint64_t now_ms)
{
    if (event == ZMQ_EVENT_CONNECT_RETRIED) {
        peer->retried = true;
    } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        peer->stage = STAGE_UP;
        peer->stage_ms = now_ms;
        peer->up_wall_ms = classic_wall_ms();
    } else if (peer->stage != STAGE_WAITING) {
        wait_to_redial(peer, now_ms);
    }
}

void classic_peer_filter(struct classic_peer *peer, bool take, const struct channel_name *channel)
{
    int option = take ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE;
    if (!peer->pair && !peer->bound && peer->socket)
        CHECK(zmq_setsockopt(peer->socket, option, channel->text, strlen(channel->text)) == 0);
}

bool classic_peer_has(const struct classic_peer *peer, const struct address *address)
{
    const char *text = address->text;
    if (strncmp(text, scheme(peer), strlen(scheme(peer))) == 0)
        text += strlen(scheme(peer));
    for (size_t i = 0; i < peer->count; i++)
        if (strcmp(peer->addresses[i].text, text) == 0)
            return true;
    return false;
}

/* --- What happened --- */

/* One event: the first frame holds its number and value, what follows is not needed. */
static bool next_event(void *monitor, uint16_t *event, uint32_t *value)
{
    uint8_t frame[16];
    int more = 1;
    size_t more_size = sizeof more;
    int size = zmq_recv(monitor, frame, sizeof frame, ZMQ_DONTWAIT);
    if (size < (int)(sizeof *event + sizeof *value))
        return false;
    memcpy(event, frame, sizeof *event);
    memcpy(value, frame + sizeof *event, sizeof *value);
    while (zmq_getsockopt(monitor, ZMQ_RCVMORE, &more, &more_size) == 0 && more)
        if (zmq_recv(monitor, frame, sizeof frame, ZMQ_DONTWAIT) < 0)
            break;
    return true;
}

static void take_event(struct classic_peer *peer, uint16_t event, uint32_t value, uint64_t now_ms)
{
    if (event == ZMQ_EVENT_CONNECTED || event == ZMQ_EVENT_ACCEPTED) {
        if (!guard_add(&peer->guard, (int)value, peer->taken_bytes, now_ms))
            peer->dropped++;
        return;
    }
    if (event == ZMQ_EVENT_DISCONNECTED)
        guard_remove(&peer->guard, (int)value);
    if (peer->bound)
        bound_event(peer, event);
    else
        connected_event(peer, event, now_ms);
}

void classic_peer_advance(struct classic_peer *peer, uint64_t now_ms)
{
    uint16_t event;
    uint32_t value;
    for (int i = 0; i < ROUND_EVENTS && peer->monitor; i++) {
        if (!next_event(peer->monitor, &event, &value))
            break;
        take_event(peer, event, value, now_ms);
    }
    if (now_ms >= peer->guard_ms) {
        peer->dropped += guard_check(&peer->guard, peer->taken_bytes, now_ms);
        peer->guard_ms = now_ms + GUARD_MS;
    }
    if (!peer->bound && peer->stage == STAGE_CONNECTING && now_ms >= peer->stage_ms)
        wait_to_redial(peer, now_ms);
    if (!peer->bound && peer->stage == STAGE_WAITING && now_ms >= peer->stage_ms)
        redial(peer, now_ms);
}

bool classic_peer_up(const struct classic_peer *peer)
{
    return peer->bound ? peer->connections > 0 : peer->stage == STAGE_UP;
}

bool classic_peer_tell(struct classic_peer *peer, uint64_t now_ms)
{
    bool up = classic_peer_up(peer);
    if (up == peer->told_up || now_ms < peer->told_ms + peer->tell_wait_ms)
        return false;
    if (!peer->told_ms || now_ms - peer->told_ms >= TELL_CALM_MS)
        peer->tell_wait_ms = 0;
    else
        peer->tell_wait_ms = doubled(peer->tell_wait_ms, TELL_WAIT_MIN_MS, TELL_WAIT_MAX_MS);
    peer->told_ms = now_ms;
    peer->told_up = up;
    return true;
}

uint64_t classic_peer_deadline(const struct classic_peer *peer)
{
    uint64_t deadline = UINT64_MAX;
    if (!peer->bound && peer->stage != STAGE_UP)
        deadline = peer->stage_ms;
    if (peer->guard.count && peer->guard_ms < deadline)
        deadline = peer->guard_ms;
    uint64_t tell_ms = peer->told_ms + peer->tell_wait_ms;
    if (classic_peer_up(peer) != peer->told_up && tell_ms < deadline)
        deadline = tell_ms;
    return deadline;
}

struct bytes classic_peer_state(struct classic_peer *peer)
{
    static const char *const stages[] = {
        [STAGE_CONNECTING] = N_("classic, connecting"),
        [STAGE_UP] = N_("classic, up"),
        [STAGE_WAITING] = N_("classic, not there; dialled again soon"),
    };
    if (peer->bound)
        snprintf(peer->state, sizeof peer->state, _("classic, listening, %u connected"),
                 (unsigned)peer->connections);
    else
        snprintf(peer->state, sizeof peer->state, "%s", tr(stages[peer->stage]));
    return (struct bytes){(const uint8_t *)peer->state, strlen(peer->state)};
}

/* --- Frames --- */

size_t classic_peer_poll(struct classic_peer *peer, zmq_pollitem_t items[2])
{
    peer->taken = 0;
    if (!peer->socket)
        return 0;
    items[0] = (zmq_pollitem_t){.socket = peer->monitor, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.socket = peer->socket, .events = ZMQ_POLLIN};
    return 2;
}

bool classic_peer_receive(struct classic_peer *peer, zmq_msg_t *frame)
{
    bool readable = peer->socket && (peer->pair || !peer->bound);
    while (readable && peer->taken < ROUND_FRAMES) {
        if (zmq_msg_recv(frame, peer->socket, ZMQ_DONTWAIT) < 0)
            return false;
        peer->taken++;
        size_t size = zmq_msg_size(frame);
        peer->received += size;
        peer->taken_bytes += size + (size < 256 ? 2 : 9);
        bool more = zmq_msg_more(frame);
        if (!more && !peer->skipping)
            return true;
        if (!peer->skipping)
            peer->dropped++;
        peer->skipping = more;
    }
    return false;
}

void classic_peer_send(struct classic_peer *peer, const char *line, size_t size)
{
    bool there = peer->bound || peer->stage == STAGE_UP;
    if (!there || zmq_send(peer->socket, line, size, ZMQ_DONTWAIT) < 0)
        peer->dropped++;
    else if (classic_peer_up(peer))
        peer->sent += size;
}
