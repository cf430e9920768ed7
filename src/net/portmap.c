/* Portmap: libnatpmp and libminiupnpc wait for the network, so each round of questions has a thread of
 * its own, as each lookup has (resolver.c): it owns one heap block, answers with one datagram, and ends.
 *
 *             tick               answer: mapped              half of the lease, or another network
 *   (due) ----------> asking ---------------------> mapped ---------------------> (due)
 *                       |  answer: not
 *                       v
 *                   AGAIN_MS, or another network ----------> (due)
 *
 * NAT-PMP is asked first: it is one packet each way, and a router that does not have it says so, or is
 * silent for NATPMP_MS. Then UPnP: a search by multicast, some XML, a request.
 *
 * 1. At most one round is under way; what comes from one that began before portmap_again() counts as any
 *    other, and the next begins then.
 * 2. A mapping has a lease of LEASE_S where the router keeps such, so that one that was not taken back (a
 *    crash) ends by itself; some know only mappings for ever.
 * 3. What is taken back is what the router was last told, by the way that it was told.
 * 4. The router is foreign: of what it says only an IPv4 address and a port are taken, and only by value.
 *
 * It does not judge whether there is a router, or whether one wants this: see portmap_is_inner(). It maps
 * nothing for IPv6, where firewalls are opened by other means. */
#include "net/portmap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>
#include <natpmp.h>
#include <sodium.h>

#include "base/tr.h"
#include "net/helper.h"

#define LEASE_S      3600
#define LEASE_TEXT   "3600"
#define AGAIN_MS     (30 * 60 * 1000)
#define LEAST_MS     1000 /* between two questions, however short a lease the router gives */
#define NATPMP_MS    1800
#define TAKE_BACK_MS 500 /* NAT-PMP's answer to that */
#define UPNP_MS      2000
#define UPNP_TRIES   4 /* outer ports */
#define URL_MAX      256
#define CONFLICT     718 /* UPnP: another machine has that outer port */
#define FOR_EVER     725 /* UPnP: only mappings without a lease */

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* What a round knows of the mapping, in both directions. */
struct mapped {
    enum portmap_way way;
    struct in_addr outer;
    uint16_t inner_port, outer_port;
    uint32_t lease_s;                                   /* 0: for ever */
    char control[URL_MAX], service[URL_MAX], inner[64]; /* UPnP's */
    char why[96];
};

struct portmap {
    int receiving, sending;
    bool asking, again;
    uint64_t due_ms;
    struct mapped last;
    struct portmap_state state;
};

struct round {
    int sending;
    bool back; /* takes it back */
    struct mapped mapped;
};

bool portmap_is_inner(struct in_addr address)
{
    uint32_t ip = ntohl(address.s_addr);
    return ip >> 24 == 10 || ip >> 20 == 0xAC1 || ip >> 16 == 0xC0A8 || ip >> 22 == 0x191;
}

/* ---- NAT-PMP ---- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The answer to what was just asked; false when there is none by then. */
static bool natpmp_answer(natpmp_t *natpmp, natpmpresp_t *answer, uint64_t until_ms)
{
    for (;;) {
        struct timeval left;
        int code = readnatpmpresponseorretry(natpmp, answer);
        uint64_t now_ms = clock_ms();
        if (code != NATPMP_TRYAGAIN)
            return code == 0;
        if (now_ms >= until_ms || getnatpmprequesttimeout(natpmp, &left) != 0)
            return false;
        int64_t wait_ms = (int64_t)left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
        if (wait_ms > (int64_t)(until_ms - now_ms))
            wait_ms = (int64_t)(until_ms - now_ms);
        struct pollfd item = {.fd = natpmp->s, .events = POLLIN};
        poll(&item, 1, wait_ms > 0 ? (int)wait_ms : 1);
    }
}

static bool natpmp_ask(natpmp_t *natpmp, struct mapped *mapped, uint64_t until_ms)
{
    natpmpresp_t answer;
    if (sendpublicaddressrequest(natpmp) < 0 || !natpmp_answer(natpmp, &answer, until_ms) ||
        answer.type != NATPMP_RESPTYPE_PUBLICADDRESS)
        return false;
    mapped->outer = answer.pnu.publicaddress.addr;
    if (sendnewportmappingrequest(natpmp, NATPMP_PROTOCOL_TCP, mapped->inner_port,
                                  mapped->outer_port, LEASE_S) < 0 ||
        !natpmp_answer(natpmp, &answer, until_ms) ||
        answer.type != NATPMP_RESPTYPE_TCPPORTMAPPING ||
        answer.pnu.newportmapping.privateport != mapped->inner_port ||
        answer.pnu.newportmapping.mappedpublicport == 0)
        return false;
    mapped->outer_port = answer.pnu.newportmapping.mappedpublicport;
    mapped->lease_s = answer.pnu.newportmapping.lifetime;
    return mapped->outer.s_addr != 0;
}

static bool natpmp_map(struct mapped *mapped)
{
    natpmp_t natpmp;
    if (initnatpmp(&natpmp, 0, 0) != 0)
        return false;
    bool good = natpmp_ask(&natpmp, mapped, clock_ms() + NATPMP_MS);
    closenatpmp(&natpmp);
    return good;
}

static void natpmp_take_back(const struct mapped *mapped)
{
    natpmp_t natpmp;
    natpmpresp_t answer;
    if (initnatpmp(&natpmp, 0, 0) != 0)
        return;
    if (sendnewportmappingrequest(&natpmp, NATPMP_PROTOCOL_TCP, mapped->inner_port, 0, 0) >= 0)
        natpmp_answer(&natpmp, &answer, clock_ms() + TAKE_BACK_MS);
    closenatpmp(&natpmp);
}

/* ---- UPnP ---- */

/* A router that is connected to the world: its control URL and service. */
static bool upnp_find(struct mapped *mapped)
{
    int failed = 0;
    struct UPNPUrls urls;
    struct IGDdatas data;
    struct UPNPDev *all = upnpDiscover(UPNP_MS, NULL, NULL, UPNP_LOCAL_PORT_ANY, 0, 2, &failed);
    if (all == NULL)
        return false;
#if MINIUPNPC_API_VERSION >= 18
    char outer[64];
    int found = UPNP_GetValidIGD(all, &urls, &data, mapped->inner, sizeof mapped->inner, outer,
                                 sizeof outer);
#else
    int found = UPNP_GetValidIGD(all, &urls, &data, mapped->inner, sizeof mapped->inner);
#endif
    bool good =
        found == 1 && urls.controlURL != NULL &&
        snprintf(mapped->control, sizeof mapped->control, "%s", urls.controlURL) < URL_MAX &&
        snprintf(mapped->service, sizeof mapped->service, "%s", data.first.servicetype) < URL_MAX;
    if (found != 0)
        FreeUPNPUrls(&urls);
    freeUPNPDevlist(all);
    return good;
}

/* The same port outside, then others. */
static int upnp_add(struct mapped *mapped)
{
    char inner_port[8], outer_port[8];
    const char *lease = LEASE_TEXT;
    int code = CONFLICT;
    mapped->lease_s = LEASE_S;
    snprintf(inner_port, sizeof inner_port, "%u", mapped->inner_port);
    for (int i = 0; i < UPNP_TRIES && code != 0; i++) {
        if (code == CONFLICT && i > 0)
            mapped->outer_port = (uint16_t)(20000 + randombytes_uniform(40000));
        else if (code == FOR_EVER)
            lease = "0";
        else if (i > 0)
            break;
        snprintf(outer_port, sizeof outer_port, "%u", mapped->outer_port);
        code = UPNP_AddPortMapping(mapped->control, mapped->service, outer_port, inner_port,
                                   mapped->inner, "fika", "TCP", NULL, lease);
    }
    if (lease[0] == '0')
        mapped->lease_s = 0;
    return code;
}

static bool upnp_map(struct mapped *mapped)
{
    char outer[64] = "";
    if (!upnp_find(mapped)) {
        snprintf(mapped->why, sizeof mapped->why, "%s", _("no router answers by NAT-PMP or UPnP"));
        return false;
    }
    int code = upnp_add(mapped);
    if (code != 0) {
        snprintf(mapped->why, sizeof mapped->why, _("the router refuses by UPnP (%d)"), code);
        return false;
    }
    if (UPNP_GetExternalIPAddress(mapped->control, mapped->service, outer) == 0 &&
        inet_pton(AF_INET, outer, &mapped->outer) == 1 && mapped->outer.s_addr != 0)
        return true;
    snprintf(mapped->why, sizeof mapped->why, "%s", _("the router does not know its own address"));
    return false;
}

static void upnp_take_back(const struct mapped *mapped)
{
    char outer_port[8];
    snprintf(outer_port, sizeof outer_port, "%u", mapped->outer_port);
    UPNP_DeletePortMapping(mapped->control, mapped->service, outer_port, "TCP", NULL);
}

/* ---- the thread ---- */

static void map(struct mapped *mapped)
{
    mapped->why[0] = '\0';
    if (natpmp_map(mapped))
        mapped->way = PORTMAP_NATPMP;
    else
        mapped->way = upnp_map(mapped) ? PORTMAP_UPNP : PORTMAP_NONE;
}

static void take_back(struct mapped *mapped)
{
    if (mapped->way == PORTMAP_NATPMP)
        natpmp_take_back(mapped);
    else if (mapped->way == PORTMAP_UPNP)
        upnp_take_back(mapped);
    mapped->way = PORTMAP_NONE;
}

static void *round_main(void *argument)
{
    struct round *round = argument;
    if (round->back)
        take_back(&round->mapped);
    else
        map(&round->mapped);
    send(round->sending, &round->mapped, sizeof round->mapped, MSG_NOSIGNAL);
    close(round->sending);
    free(round);
    return NULL;
}

static bool round_new(const struct portmap *portmap, bool back)
{
    struct round *round = calloc(1, sizeof *round);
    if (round == NULL)
        return false;
    round->back = back;
    round->mapped = portmap->last;
    round->sending = fcntl(portmap->sending, F_DUPFD_CLOEXEC, 0);
    if (round->sending >= 0 && helper_start(round_main, round))
        return true;
    if (round->sending >= 0)
        close(round->sending);
    free(round);
    return false;
}

/* ---- the node's side ---- */

struct portmap *portmap_new(uint16_t port)
{
    int pair[2];
    struct portmap *portmap = calloc(1, sizeof *portmap);
    if (portmap == NULL || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        free(portmap);
        return NULL;
    }
    for (int i = 0; i < 2; i++)
        fcntl(pair[i], F_SETFD, FD_CLOEXEC);
    portmap->receiving = pair[0];
    portmap->sending = pair[1];
    portmap->last.inner_port = portmap->last.outer_port = port;
    return portmap;
}

void portmap_free(struct portmap *portmap, int wait_ms)
{
    struct mapped answer;
    if (portmap == NULL)
        return;
    /* A renewal that is under way just now may come behind it: then its lease ends it. */
    bool back = portmap->state.way != PORTMAP_NONE && round_new(portmap, true);
    struct pollfd item = {.fd = portmap->receiving, .events = POLLIN};
    if (back && poll(&item, 1, wait_ms) > 0)
        recv(portmap->receiving, &answer, sizeof answer, MSG_DONTWAIT);
    close(portmap->receiving);
    close(portmap->sending);
    free(portmap);
}

int portmap_fd(const struct portmap *portmap)
{
    return portmap->receiving;
}

bool portmap_take(struct portmap *portmap, uint64_t now_ms)
{
    struct mapped answer;
    struct portmap_state before = portmap->state;
    char outer[INET_ADDRSTRLEN];
    if (recv(portmap->receiving, &answer, sizeof answer, MSG_DONTWAIT) != (ssize_t)sizeof answer)
        return false;
    portmap->asking = false;
    portmap->last = answer;
    memset(&portmap->state, 0, sizeof portmap->state);
    portmap->state.way = answer.way;
    memcpy(portmap->state.why, answer.why, sizeof answer.why);
    if (answer.way != PORTMAP_NONE &&
        inet_ntop(AF_INET, &answer.outer, outer, sizeof outer) != NULL)
        snprintf(portmap->state.outer, sizeof portmap->state.outer, "%s:%u", outer,
                 answer.outer_port);
    uint64_t wait_ms = AGAIN_MS;
    if (answer.way != PORTMAP_NONE && answer.lease_s > 0 && answer.lease_s < LEASE_S)
        wait_ms = (uint64_t)answer.lease_s * 500;
    portmap->due_ms = portmap->again ? now_ms : now_ms + (wait_ms < LEAST_MS ? LEAST_MS : wait_ms);
    portmap->again = false;
    return memcmp(&before, &portmap->state, sizeof before) != 0;
}

void portmap_tick(struct portmap *portmap, uint64_t now_ms)
{
    if (portmap->asking || portmap->due_ms > now_ms)
        return;
    portmap->asking = round_new(portmap, false);
    if (!portmap->asking)
        portmap->due_ms = now_ms + AGAIN_MS;
}

uint64_t portmap_deadline(const struct portmap *portmap)
{
    return portmap->asking ? UINT64_MAX : portmap->due_ms;
}

void portmap_again(struct portmap *portmap, uint64_t now_ms)
{
    portmap->again = portmap->asking;
    portmap->due_ms = now_ms;
}

const struct portmap_state *portmap_state(const struct portmap *portmap)
{
    return &portmap->state;
}
