/* Dial: outgoing links, each a DEALER with a monitor, as link.c's top draws them.
 *
 * What the monitor says while DIALING, (libzmq 4.3.4):
 *   nobody listens            CONNECT_DELAYED CLOSED                            REFUSED
 *   no TCP answer             CONNECT_DELAYED                                   NO_ANSWER (ours)
 *   silence after TCP         CONNECT_DELAYED CONNECTED                         NO_ANSWER (ours)
 *   HTTP, garbage             CONNECTED DISCONNECTED                            NOT_FIKA
 *   no CURVE                  CONNECTED HANDSHAKE_FAILED_PROTOCOL DISCONNECTED  NOT_FIKA
 *   another network's key     CONNECTED HANDSHAKE_FAILED_NO_DETAIL DISCONNECTED NOT_FIKA
 *   a fika of this network    CONNECTED HANDSHAKE_SUCCEEDED                     LINK_OUT
 *
 * Where there is a proxy every dial goes through it, whoever asks for it: this is the only place that dials.
 * A tunnel (tunnel.c) is made first, and libzmq connects to its near end.
 *
 * So the deadline is ours, and is shorter than ZMQ_HANDSHAKE_IVL. libzmq's own reconnecting is put
 * off for a day, for link.c's invariant 6; after CLOSED or DISCONNECTED the socket is closed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/link_private.h"
#include "net/tunnel.h"

#define NEVER_MS (24 * 60 * 60 * 1000)
#define DIAL_EVENTS                                                         \
    (ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |      \
     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

static void set_client_keys(struct links *links, struct net_link *link)
{
    uint8_t secret_key[crypto_box_SECRETKEYBYTES];
    crypto_box_keypair(link->client_key.b, secret_key);
    void *dealer = link->dealer;
    CHECK(zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, links->server_key, 32) == 0);
    CHECK(zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, link->client_key.b, 32) == 0);
    CHECK(zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret_key, 32) == 0);
    sodium_memzero(secret_key, sizeof secret_key);
}

bool dial_connect(struct links *links, struct net_link *link, const char *endpoint)
{
    link->dealer = zmq_socket(links->context, ZMQ_DEALER);
    if (!link->dealer)
        return false;
    socket_bound(link->dealer);
    socket_option(link->dealer, ZMQ_RECONNECT_IVL, NEVER_MS);
    /* With ZMQ_IPV6 even an IPv4 address takes an IPv6 socket, which not every kernel has. */
    socket_option(link->dealer, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
    if (link->tunnel >= 0)
        socket_option(link->dealer, ZMQ_HANDSHAKE_IVL, HELLO_FAR_MS);
    if (link->server)
        punch_keys(links, link);
    else
        set_client_keys(links, link);
    link->monitor = socket_monitor(links, link->dealer, DIAL_EVENTS);
    return link->monitor && zmq_connect(link->dealer, endpoint) == 0;
}

/* From any port, but with SO_REUSEADDR, which libzmq sets where it is given one: another socket may leave from there, too
 * (punch.c). */
static bool connect_to(struct links *links, struct net_link *link, const char *address)
{
    char endpoint[2 * sizeof "tcp://" + 16 + LIMIT_ADDRESS];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:0;%s", address[0] == '[' ? "[::]" : "0.0.0.0",
             address);
    return dial_connect(links, link, endpoint);
}

static bool connect_to_tunnel(struct links *links, struct net_link *link, uint16_t port)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    return dial_connect(links, link, endpoint);
}

static uint16_t near_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } at = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t size = sizeof at;
    if (getsockname(fd, &at.any, &size) != 0)
        return 0;
    return at.any.sa_family == AF_INET    ? ntohs(at.ip4.sin_port)
           : at.any.sa_family == AF_INET6 ? ntohs(at.ip6.sin6_port)
                                          : 0;
}

/* The link on its way out that has least time left makes room for a new one. */
static void end_one_closing(struct links *links)
{
    struct net_link *first = NULL;
    for (size_t i = 0; i < links->count; i++) {
        struct net_link *link = links->all[i];
        if (!link->inbound && link->state == NET_CLOSING)
            if (!first || link->deadline_ms < first->deadline_ms)
                first = link;
    }
    if (first)
        dial_end(links, first, LINK_LAST_WORDS_MS);
}

static void begin_tunnel(struct links *links, struct net_link *link)
{
    struct address proxy = {{0}};
    memcpy(proxy.text, links->ways.proxy, sizeof proxy.text);
    link->tunnel = tunnel_open(&proxy, &link->address, links->tunnels[1]);
    if (link->tunnel < 0)
        links_end(links, link, WHY_PROXY);
}

static void hear_tunnel(struct links *links, struct net_link *link)
{
    static const enum link_why why[] = {[TUNNEL_REFUSED] = WHY_REFUSED,
                                        [TUNNEL_NO_ANSWER] = WHY_NO_ANSWER,
                                        [TUNNEL_NO_PROXY] = WHY_PROXY};
    struct tunnel_answer answer;
    if (!tunnel_take(link->tunnel, &answer))
        return;
    if (answer.end != TUNNEL_OPEN)
        links_end(links, link, why[answer.end]);
    else if (!connect_to_tunnel(links, link, answer.port))
        links_end(links, link, WHY_REFUSED);
}

struct net_link *dial_add(struct links *links, uint64_t number, const struct address *address,
                          uint64_t now_ms)
{
    links->now_ms = now_ms;
    if (links->closing_count >= LIMIT_LINKS)
        end_one_closing(links);
    CHECK(links->dialed_count < LINK_OUTBOUND_MAX);
    struct net_link *link = links_add(links, number, false);
    link->state = NET_DIALING;
    link->address = *address;
    link->deadline_ms = now_ms + links_hello_ms(links);
    if (links->dialed_count - links->closing_count > LIMIT_LINKS)
        links_end(links, link, WHY_FULL);
    return link;
}

void links_dial(struct links *links, uint64_t number, const struct address *address,
                uint64_t now_ms)
{
    struct net_link *link = dial_add(links, number, address, now_ms);
    if (link->news & NEWS_CLOSED)
        return;
    if (links->ways.proxy[0] != '\0')
        begin_tunnel(links, link);
    else if (!connect_to(links, link, link->address.text))
        links_end(links, link, WHY_REFUSED);
}

static void hear(struct links *links, struct net_link *link, unsigned event, int fd)
{
    if (event == ZMQ_EVENT_CONNECTED) {
        if (link->tunnel >= 0)
            tunnel_claim(link->tunnel, fd);
        else
            link->near_port = near_port(fd);
        link->tunnel = -1;
        if (!link->watch)
            link->watch = inbound_owns(links, fd) ? NULL : guard_watch(links, link, fd);
    } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        if (link->state == NET_DIALING) {
            link->state = NET_OPEN;
            link->deadline_ms = link->server ? links->now_ms + HELLO_DEADLINE_MS : UINT64_MAX;
            if (!link->server)
                links_tell(links, link, NEWS_UP);
        }
    } else if (link->state == NET_DIALING && link->port != 0) {
        punch_refused(links, link, event == ZMQ_EVENT_CLOSED ? WHY_REFUSED : WHY_NOT_FIKA);
    } else if (link->state == NET_DIALING) {
        links_end(links, link, event == ZMQ_EVENT_CLOSED ? WHY_REFUSED : WHY_NOT_FIKA);
    } else {
        link->broken = true;
        guard_release(links, link->watch);
        link->watch = NULL;
        queue_drop(links, link);
    }
}

void dial_attend(struct links *links)
{
    for (size_t i = 0; i < links->count; i++) {
        struct net_link *link = links->all[i];
        unsigned event, value;
        if (link->inbound || link->state == NET_CLOSING || link->news & NEWS_CLOSED)
            continue;
        if (!link->monitor && link->tunnel >= 0)
            hear_tunnel(links, link);
        while (link->monitor && !(link->news & NEWS_CLOSED) &&
               socket_monitor_next(link->monitor, &event, &value))
            hear(links, link, event, (int)value);
    }
}

bool dial_read(struct links *links, struct net_link *link)
{
    if (link->state != NET_OPEN || link->news & (NEWS_UP | NEWS_CLOSED))
        return false;
    if (socket_receive(&links->frame, link->dealer) == -1) {
        if (link->broken)
            links_end(links, link, WHY_LOST);
        return false;
    }
    links->has_frame = true;
    guard_took(links, link->watch, zmq_msg_size(&links->frame));
    bool parts = zmq_msg_more(&links->frame);
    if (!parts && socket_frame_ok(&links->frame) &&
        (!link->server || link->met || punch_meet(links, link)))
        return true;
    if (parts)
        socket_skip_parts(link->dealer);
    links_end(links, link, WHY_RULES);
    return false;
}

void dial_tick(struct links *links, struct net_link *link)
{
    if (link->state == NET_CLOSING && link->queue.count == 0)
        dial_end(links, link, LINK_HANG_UP_MS);
    else if (link->deadline_ms > links->now_ms)
        punch_tick(links, link);
    else if (link->state == NET_CLOSING)
        dial_end(links, link, 0);
    else
        links_end(links, link, WHY_NO_ANSWER);
}

void dial_hang_up(struct links *links, struct net_link *link)
{
    if (link->queue.count == 0 || link->state == NET_DIALING || link->broken) {
        dial_end(links, link, LINK_HANG_UP_MS);
        return;
    }
    link->state = NET_CLOSING;
    links->closing_count++;
    link->deadline_ms = links->now_ms + LINK_HANG_UP_MS;
}

void dial_overrun(struct links *links, struct net_link *link)
{
    if (link->state == NET_CLOSING)
        dial_end(links, link, 0);
    else
        links_end(links, link, WHY_RULES);
}

void dial_close(struct net_link *link, int linger_ms)
{
    if (link->monitor)
        socket_monitor_stop(link->dealer, link->monitor);
    if (link->dealer) {
        socket_option(link->dealer, ZMQ_LINGER, linger_ms);
        zmq_close(link->dealer);
    }
    link->dealer = link->monitor = NULL;
}

void dial_end(struct links *links, struct net_link *link, int linger_ms)
{
    if (link->tunnel >= 0)
        close(link->tunnel);
    dial_close(link, linger_ms);
    links_remove(links, link);
}
