/* Inbound: the ROUTER that all others connect to, and what a stock ROUTER does not offer: knowing
 * its connections, ending one, and bounding how many are held for nothing.
 *
 * The monitor gives the descriptor of every accepted connection (ACCEPTED, DISCONNECTED), each
 * message names the one that it came by (ZMQ_SRCFD). A connection is ended with shutdown(2) on its
 * descriptor; libzmq then sees its end and closes it. The descriptor stays libzmq's: it is touched
 * only while its two ends are still those remembered from when it was accepted.
 *
 * Only the first frame from a new routing id makes a link. Until then a connection is waiting, and
 * is shut when it waits longer than a handshake and a HELLO may take, or when more than
 * LIMIT_INBOUND_WAITING wait: the oldest of those from the address that has most. So one stranger
 * with many connections pushes out his own, and somebody else's handshake goes on.
 *
 * 1. links->inbound.connections[fd] is what ACCEPTED said last, and no DISCONNECTED since.
 * 2. A LINKED connection has exactly one link whose fd it is; a link whose fd is -1 has none.
 * 3. link.c's invariant 3: `drain` is not 0 from a DISCONNECTED until the ROUTER has been read
 *    empty, or for as many frames as could have been in it.
 *
 * A connection that sent something and ended before we looked (ENDED) still becomes a link, whose
 * frames are told, and then its end.
 *
 * What a peer may not do: send a message of several parts, or an empty one. It is shut. A routing
 * id that the peer chose is taken as it is: it only names the connection. */
#include "net/link_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "net/address.h"

#define ATTEND_MAX  256 /* events, and requests, in one look */
#define DROPPED_MAX 64  /* frames of links that are no more, in one read */
#define DRAIN_MAX   (LINK_RECEIVE_FRAMES * LINK_INBOUND_MAX)

/* Connections. */

static struct connection *connection_at(struct links *links, int fd)
{
    struct inbound *in = &links->inbound;
    if (fd < 0 || (size_t)fd >= in->connection_room)
        return NULL;
    struct connection *connection = &in->connections[fd];
    return connection->state == CONNECTION_NONE ? NULL : connection;
}

static struct sockaddr_in6 mapped(const struct sockaddr_storage *from)
{
    struct sockaddr_in6 to = {0};
    if (from->ss_family == AF_INET6) {
        memcpy(&to, from, sizeof to);
    } else if (from->ss_family == AF_INET) {
        const struct sockaddr_in *from4 = (const struct sockaddr_in *)from;
        to.sin6_family = AF_INET6;
        to.sin6_port = from4->sin_port;
        to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
        memcpy(&to.sin6_addr.s6_addr[12], &from4->sin_addr, 4);
    }
    return to;
}

/* False when it is no connection to our port (any more). */
static bool read_peer(const struct links *links, int fd, struct sockaddr_in6 *peer)
{
    struct sockaddr_storage ends[2] = {0};
    socklen_t sizes[2] = {sizeof ends[0], sizeof ends[1]};
    if (getpeername(fd, (struct sockaddr *)&ends[0], &sizes[0]) != 0 ||
        getsockname(fd, (struct sockaddr *)&ends[1], &sizes[1]) != 0)
        return false;
    *peer = mapped(&ends[0]);
    return peer->sin6_family != 0 && ntohs(mapped(&ends[1]).sin6_port) == links->inbound.port;
}

static bool same_peer(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
    return a->sin6_port == b->sin6_port && memcmp(&a->sin6_addr, &b->sin6_addr, 16) == 0;
}

/* One host as far as we can tell: an IPv4 address, or a /64 of IPv6. */
static bool same_host(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
    size_t size = IN6_IS_ADDR_V4MAPPED(&a->sin6_addr) ? 16 : 8;
    return memcmp(&a->sin6_addr, &b->sin6_addr, size) == 0;
}

bool inbound_owns(const struct links *links, int fd)
{
    struct sockaddr_in6 peer;
    return read_peer(links, fd, &peer);
}

static void stop_watching(struct links *links, struct connection *connection)
{
    guard_release(links, connection->watch);
    connection->watch = NULL;
}

static void stop_waiting(struct links *links, struct connection *connection)
{
    struct inbound *in = &links->inbound;
    if (connection->state != CONNECTION_WAITING)
        return;
    if (connection->older >= 0)
        in->connections[connection->older].newer = connection->newer;
    else
        in->oldest = connection->newer;
    if (connection->newer >= 0)
        in->connections[connection->newer].older = connection->older;
    else
        in->newest = connection->older;
    in->waiting--;
}

static void shut(struct links *links, int fd)
{
    struct connection *connection = connection_at(links, fd);
    struct sockaddr_in6 now;
    if (!connection || connection->state == CONNECTION_SHUT)
        return;
    stop_waiting(links, connection);
    stop_watching(links, connection);
    connection->state = CONNECTION_SHUT;
    if (connection->peer.sin6_family && read_peer(links, fd, &now) &&
        same_peer(&connection->peer, &now))
        shutdown(fd, SHUT_RDWR);
}

void inbound_shut(struct links *links, struct net_link *link)
{
    shut(links, link->fd);
}

/* The oldest connection of the host that has most of them waiting. */
static int most_expendable(const struct inbound *in)
{
    int best = in->oldest;
    size_t most = 0;
    for (int fd = in->oldest; fd >= 0; fd = in->connections[fd].newer) {
        size_t same = 0;
        for (int other = fd; other >= 0; other = in->connections[other].newer)
            same += same_host(&in->connections[fd].peer, &in->connections[other].peer);
        if (same > most) {
            most = same;
            best = fd;
        }
    }
    return best;
}

static bool make_room(struct inbound *in, int fd)
{
    size_t room = in->connection_room ? in->connection_room : 64;
    while (room <= (size_t)fd)
        room *= 2;
    if (room == in->connection_room)
        return true;
    struct connection *bigger = realloc(in->connections, room * sizeof *bigger);
    if (!bigger)
        return false;
    memset(bigger + in->connection_room, 0, (room - in->connection_room) * sizeof *bigger);
    in->connections = bigger;
    in->connection_room = room;
    return true;
}

static void accepted(struct links *links, int fd)
{
    struct inbound *in = &links->inbound;
    if (fd < 0 || !make_room(in, fd))
        return;
    struct connection *connection = &in->connections[fd];
    stop_waiting(links, connection);
    stop_watching(links, connection);
    *connection = (struct connection){.state = CONNECTION_WAITING, .newer = -1};
    if (read_peer(links, fd, &connection->peer))
        connection->watch = guard_watch(links, NULL, fd);
    else
        connection->peer.sin6_family = 0;
    connection->older = in->newest;
    if (in->newest >= 0)
        in->connections[in->newest].newer = fd;
    else
        in->oldest = fd;
    in->newest = fd;
    in->unstamped = true;
    if (++in->waiting > LIMIT_INBOUND_WAITING)
        shut(links, most_expendable(in));
}

static struct net_link *link_of(const struct links *links, int fd)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->all[i]->inbound && links->all[i]->fd == fd)
            return links->all[i];
    return NULL;
}

static void disconnected(struct links *links, int fd)
{
    struct connection *connection = connection_at(links, fd);
    if (!connection)
        return;
    bool waiting = connection->state == CONNECTION_WAITING;
    stop_waiting(links, connection);
    stop_watching(links, connection);
    connection->state = waiting ? CONNECTION_ENDED : CONNECTION_NONE;
    links->inbound.ended = fd;
    links->inbound.drain = DRAIN_MAX;
    struct net_link *link = link_of(links, fd);
    if (link) {
        link->fd = -1;
        link->broken = true;
        queue_drop(links, link);
    }
}

/* All that ended connections had brought is read: now their links end. */
static void drained(struct links *links)
{
    struct connection *connection = connection_at(links, links->inbound.ended);
    if (connection && connection->state == CONNECTION_ENDED)
        connection->state = CONNECTION_NONE;
    links->inbound.ended = -1;
    links->inbound.drain = 0;
    for (size_t i = links->count; i-- > 0;) {
        struct net_link *link = links->all[i];
        if (!link->inbound || !link->broken)
            continue;
        if (link->state == NET_CLOSING)
            links_remove(links, link);
        else
            links_end(links, link, WHY_LOST);
    }
}

bool inbound_paused(const struct links *links)
{
    return links->inbound.drain > 0;
}

void inbound_attend(struct links *links)
{
    struct inbound *in = &links->inbound;
    unsigned event, value;
    bool more = true;
    for (int i = 0; i < ATTEND_MAX && more && !in->drain; i++) {
        more = socket_monitor_next(in->monitor, &event, &value);
        if (more && event == ZMQ_EVENT_ACCEPTED)
            accepted(links, (int)value);
        else if (more && event == ZMQ_EVENT_DISCONNECTED)
            disconnected(links, (int)value);
    }
    if (more)
        return;
    for (int i = 0; i < ATTEND_MAX && zap_answer(in->zap); i++)
        ;
}

/* Frames. */

static struct net_link *link_by_routing_id(const struct links *links, zmq_msg_t *id)
{
    size_t size = zmq_msg_size(id);
    for (size_t i = 0; i < links->count; i++) {
        struct net_link *link = links->all[i];
        if (link->inbound && link->routing_id_size == size &&
            memcmp(link->routing_id, zmq_msg_data(id), size) == 0)
            return link;
    }
    return NULL;
}

static void name_peer(struct net_link *link, const struct sockaddr_in6 *peer)
{
    struct sockaddr_in plain = {.sin_family = AF_INET, .sin_port = peer->sin6_port};
    memcpy(&plain.sin_addr, &peer->sin6_addr.s6_addr[12], 4);
    bool v4 = IN6_IS_ADDR_V4MAPPED(&peer->sin6_addr);
    address_from_sockaddr(&link->address,
                          v4 ? (const struct sockaddr *)&plain : (const struct sockaddr *)peer,
                          ntohs(peer->sin6_port));
}

/* A new routing id: a link, when its connection is one that we wait for. */
static struct net_link *first_frame(struct links *links, zmq_msg_t *id, zmq_msg_t *frame)
{
    struct id key;
    int fd = zmq_msg_get(frame, ZMQ_SRCFD);
    struct connection *connection = connection_at(links, fd);
    const char *user = zmq_msg_gets(frame, "User-Id");
    if (!connection ||
        (connection->state != CONNECTION_WAITING && connection->state != CONNECTION_ENDED))
        return NULL;
    if (!user || !hex_read(&key, sizeof key, user) || zmq_msg_size(id) > 255 ||
        links->inbound_count >= LINK_INBOUND_MAX) {
        shut(links, fd);
        return NULL;
    }
    bool ended = connection->state == CONNECTION_ENDED;
    stop_waiting(links, connection);
    connection->state = ended ? CONNECTION_NONE : CONNECTION_LINKED;
    links->inbound.numbers += 2;
    struct net_link *link = links_add(links, links->inbound.numbers, true);
    link->state = NET_OPEN;
    link->client_key = key;
    link->fd = ended ? -1 : fd;
    link->broken = ended;
    link->routing_id_size = (uint8_t)zmq_msg_size(id);
    memcpy(link->routing_id, zmq_msg_data(id), link->routing_id_size);
    name_peer(link, &connection->peer);
    links_tell(links, link, NEWS_UP);
    return link;
}

/* A message of another form than one frame. */
static void break_rules(struct links *links, struct net_link *link, int fd)
{
    if (link)
        links_end(links, link, WHY_RULES);
    shut(links, link ? link->fd : fd);
}

void inbound_overrun(struct links *links, int fd)
{
    break_rules(links, link_of(links, fd), fd);
}

static void took(struct links *links, const struct net_link *link, zmq_msg_t *frame)
{
    int fd = link ? link->fd : zmq_msg_get(frame, ZMQ_SRCFD);
    struct connection *connection = connection_at(links, fd);
    if (connection)
        guard_took(links, connection->watch, zmq_msg_size(frame));
}

struct net_link *inbound_read(struct links *links)
{
    struct inbound *in = &links->inbound;
    struct net_link *found = NULL;
    zmq_msg_t id;
    zmq_msg_init(&id);
    for (int i = 0; i < DROPPED_MAX && !found; i++) {
        if (socket_receive(&id, in->router) == -1) {
            drained(links);
            break;
        }
        if (in->drain > 0 && --in->drain == 0)
            drained(links);
        CHECK(zmq_msg_more(&id) && socket_receive(&links->frame, in->router) != -1);
        links->has_frame = true;
        bool parts = zmq_msg_more(&links->frame);
        if (parts)
            socket_skip_parts(in->router);
        struct net_link *link = link_by_routing_id(links, &id);
        took(links, link, &links->frame);
        if (parts || !socket_frame_ok(&links->frame))
            break_rules(links, link, zmq_msg_get(&links->frame, ZMQ_SRCFD));
        else if (link)
            found = link->state == NET_OPEN && !(link->news & NEWS_CLOSED) ? link : NULL;
        else
            found = first_frame(links, &id, &links->frame);
    }
    zmq_msg_close(&id);
    return found;
}

/* Ends and times. */

static uint64_t waiting_max_ms(const struct links *links)
{
    uint64_t hello_ms = links_hello_ms(links);
    return hello_ms + (hello_ms > LINK_HANDSHAKE_MS ? hello_ms : LINK_HANDSHAKE_MS);
}

void inbound_hang_up(struct links *links, struct net_link *link)
{
    link->state = NET_CLOSING;
    link->deadline_ms = links->now_ms + (link->queue.count ? LINK_HANG_UP_MS : LINK_LAST_WORDS_MS);
}

void inbound_tick_link(struct links *links, struct net_link *link)
{
    if (link->state != NET_CLOSING || link->deadline_ms > links->now_ms)
        return;
    link->deadline_ms = UINT64_MAX;
    queue_drop(links, link);
    shut(links, link->fd);
}

void inbound_tick(struct links *links)
{
    struct inbound *in = &links->inbound;
    for (int fd = in->newest; in->unstamped && fd >= 0; fd = in->connections[fd].older)
        if (in->connections[fd].since_ms == 0)
            in->connections[fd].since_ms = links->now_ms;
    in->unstamped = false;
    while (in->oldest >= 0 &&
           in->connections[in->oldest].since_ms + waiting_max_ms(links) <= links->now_ms)
        shut(links, in->oldest);
}

uint64_t inbound_deadline(const struct links *links)
{
    const struct inbound *in = &links->inbound;
    if (in->unstamped)
        return 0;
    return in->oldest < 0 ? UINT64_MAX
                          : in->connections[in->oldest].since_ms + waiting_max_ms(links);
}
