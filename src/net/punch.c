/* Punch: an outgoing link whose other end dials, too, at the same moment and from a port that is known, so
 * that both routers take the other's packet for an answer (TCP's simultaneous open; PROTOCOL.md section
 * 6.11). libzmq connects from a given port, so this is a dial as in dial.c but for three things:
 *
 * - The two sockets are one CURVE client and one server, as if the one had dialled the other. The server
 *   learns the client's key with its first frame, by ZAP as at the ROUTER, and only then is there a link.
 * - What is refused is tried again, with a new socket from the same port: a router that answers with RST
 *   lets in only what is under way already, so there are several tries, at the same moments on both sides.
 * - Where nothing comes back (most routers) the kernel says it again by itself, and nothing is done.
 *
 * Measured with Linux routers that keep ports: where they drop what nobody asked for the link is there in
 * about 100 ms after the second side began, however much later that is. Where they reset it, the two first
 * packets have to cross on their way: it came with ways of 100, 20 and mostly 5 ms, by the moments that round
 * trips give, and never where one side began later than that. Where they draw a port for each connection it never comes. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "net/link_private.h"

/* When, in ms from the beginning. */
static const uint16_t TRY_MS[] = {0,    250,  500,  750,  1000, 1500,
                                  2000, 3000, 4500, 6500, 9000, 12000};
#define TRIES (sizeof TRY_MS / sizeof *TRY_MS)
_Static_assert(TRIES <= PUNCH_SYNS, "no more than are promised");

static void plan(struct links *links, struct net_link *link)
{
    uint64_t next_ms = 0;
    while (link->tries < TRIES && (next_ms = link->began_ms + TRY_MS[link->tries]) < links->now_ms)
        link->tries++;
    link->again_ms = link->tries < TRIES ? next_ms : UINT64_MAX;
}

void punch_tick(struct links *links, struct net_link *link)
{
    if (link->again_ms > links->now_ms)
        return;
    link->again_ms = UINT64_MAX;
    link->tries++;
    char endpoint[2 * sizeof "tcp://" + 16 + LIMIT_ADDRESS];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u;%s",
             link->address.text[0] == '[' ? "[::]" : "0.0.0.0", (unsigned)link->port,
             link->address.text);
    if (!dial_connect(links, link, endpoint))
        punch_refused(links, link, WHY_REFUSED);
}

void punch_refused(struct links *links, struct net_link *link, enum link_why why)
{
    guard_release(links, link->watch);
    link->watch = NULL;
    dial_close(link, 0);
    plan(links, link);
    if (link->again_ms == UINT64_MAX)
        links_end(links, link, why);
}

void links_punch(struct links *links, uint64_t number, uint16_t port, const struct address *address,
                 bool server, uint64_t now_ms)
{
    CHECK(port != 0);
    struct net_link *link = dial_add(links, number, address, now_ms);
    link->deadline_ms = now_ms + PUNCH_MS;
    link->port = port;
    link->server = server;
    link->began_ms = link->again_ms = now_ms;
    if (links->ways.proxy[0] != '\0')
        links_end(links, link, WHY_PROXY); /* the core asks for none */
    else if (!(link->news & NEWS_CLOSED))
        punch_tick(links, link);
}

void punch_keys(struct links *links, const struct net_link *link)
{
    socket_option(link->dealer, ZMQ_CURVE_SERVER, 1);
    CHECK(zmq_setsockopt(link->dealer, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0);
    CHECK(zmq_setsockopt(link->dealer, ZMQ_CURVE_SECRETKEY, links->server_secret, 32) == 0);
}

bool punch_meet(struct links *links, struct net_link *link)
{
    const char *user = zmq_msg_gets(&links->frame, "User-Id");
    if (user == NULL || !hex_read(&link->client_key, sizeof link->client_key, user))
        return false;
    link->met = true;
    link->deadline_ms = UINT64_MAX;
    links_tell(links, link, NEWS_UP);
    return true;
}
