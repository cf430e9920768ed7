/* Examine: the doctor's findings, leg by leg, in the order in which a person would look: interfaces, the port, beacons, each
 * known peer, what is carried, the way in from outside, firewalls, the sandbox, and how it all stands.
 *
 * That broadcast is dropped is said for certain only where somebody is linked on that very network
 * whose beacons never came; who is alone cannot know. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/doctor_private.h"
#include "app/sandbox.h"
#include "net/firewall.h"

#define CLOCK_MS 5000 /* a difference that is worth a word */

static void find(struct node *node, enum finding finding, const char *a, const char *b, uint64_t n,
                 uint64_t n2)
{
    struct show show = {.kind = SHOW_FINDING, .finding = finding, .n = n, .n2 = n2};
    show.a = (struct bytes){(const uint8_t *)a, strlen(a)};
    show.b = (struct bytes){(const uint8_t *)b, strlen(b)};
    show.wall_ms = node->wall_ms;
    node_show(node, &show);
}

static void find_interfaces(struct node *node)
{
    struct interface rows[INTERFACES_MAX];
    size_t count = interfaces_read(rows, INTERFACES_MAX);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        struct sockaddr_storage at = interface_sockaddr(&rows[i]);
        struct address address;
        if (rows[i].loopback || !address_from_sockaddr(&address, (const void *)&at, 0))
            continue;
        any = true;
        char *host = address.text,
             *end = strrchr(host, ':'); /* without the port and its brackets */
        bool six = host[0] == '[';
        end[six ? -1 : 0] = '\0';
        find(node, FINDING_ADDRESS, host + six, rows[i].name, 0, 0);
    }
    if (!any)
        find(node, FINDING_NO_ADDRESS, "", "", 0, 0);
    node->doctor->blocked = !any;
}

static void find_port(struct node *node)
{
    struct doctor *doctor = node->doctor;
    char port[8], wanted[8];
    bool open = true;
    int error;
    if (node->config.ways.listen == LISTEN_NOWHERE)
        return; /* all goes through a proxy, and nobody is to call */
    doctor_port_text(node, port);
    for (size_t i = 0; i < doctor->own_count; i++) {
        enum probe_state state = probes_of(&doctor->probes, &doctor->own[i], &error);
        if (state == PROBE_REACHED || state == PROBE_NO_WAY)
            continue; /* no way: an IPv6 address that its neighbours are still asked about */
        open = false;
        doctor->blocked = true;
        find(node, FINDING_PORT_SHUT, port, doctor->own[i].text, 0, 0);
    }
    if (open)
        find(node, FINDING_PORT, port, "", 0, 0);
    if (node->config.port != 0 && links_port(node->links) != node->config.port) {
        snprintf(wanted, sizeof wanted, "%u", (unsigned)node->config.port);
        find(node, FINDING_PORT_OTHER, port, wanted, 0, 0);
    }
}

/* Who is linked on the networks of that interface, and was never heard there; NULL: nobody. */
static const struct doctor_link *unheard(struct node *node, const char *name)
{
    struct doctor *doctor = node->doctor;
    struct beacon_way way;
    for (size_t i = 0; beacon_way(node->beacon, i, &way); i++) {
        if (strcmp(way.name, name) != 0)
            continue;
        for (size_t k = 0; k < doctor->link_count; k++)
            if (beacon_way_leads(node->beacon, i, &doctor->links[k].address) &&
                !doctor_acquaint(node, &doctor->links[k].node)->heard)
                return &doctor->links[k];
    }
    return NULL;
}

/* All ways of one interface together: IPv4 and IPv6 are one network to the user. */
static void find_beacons_on(struct node *node, const char *name)
{
    struct beacon_way way, all = {.sent = 0};
    for (size_t i = 0; beacon_way(node->beacon, i, &way); i++) {
        if (strcmp(way.name, name) != 0)
            continue;
        all.sent += way.sent;
        all.failed += way.failed;
        all.heard += way.heard;
        all.error = way.error != 0 ? way.error : all.error;
    }
    const struct doctor_link *link = all.heard == 0 ? unheard(node, name) : NULL;
    if (all.sent == 0 && all.failed > 0)
        find(node, FINDING_BEACONS_STUCK, name, strerror(all.error), 0, 0);
    else if (link != NULL)
        find(node, FINDING_BEACONS_DROPPED, name, link->nick.text, all.sent, 0);
    else if (all.heard > 0)
        find(node, FINDING_BEACONS_HEARD, name, "", all.sent, all.heard);
    else if (all.sent > 0)
        find(node, FINDING_BEACONS_ALONE, name, "", all.sent, 0);
}

static void find_beacons(struct node *node)
{
    struct beacon_way way, before;
    struct core_address of;
    bool gone = false;
    if (node->config.ways.proxy[0] != '\0') {
        for (size_t i = 0; !gone && core_address(node->core, i, &of); i++)
            gone = of.tried && of.why == WHY_PROXY;
        find(node, gone ? FINDING_NO_PROXY : FINDING_PROXY, node->config.ways.proxy, "", 0, 0);
        node->doctor->blocked = node->doctor->blocked || gone;
        return;
    }
    if (node->beacon == NULL) {
        find(node, FINDING_BEACONS_OFF, "", "", 0, 0);
        return;
    }
    for (size_t i = 0; beacon_way(node->beacon, i, &way); i++) {
        bool told = way.loopback;
        for (size_t k = 0; k < i && beacon_way(node->beacon, k, &before); k++)
            told = told || strcmp(before.name, way.name) == 0;
        if (!told)
            find_beacons_on(node, way.name);
    }
}

static void find_clock(struct node *node, const struct doctor_link *link)
{
    const struct acquainted *one = doctor_acquaint(node, &link->node);
    uint64_t off_ms = (uint64_t)llabs(one->ahead_ms);
    if (one->has_clock && off_ms >= CLOCK_MS)
        find(node, one->ahead_ms > 0 ? FINDING_CLOCK_AHEAD : FINDING_CLOCK_BEHIND, "",
             link->nick.text, off_ms / 1000, 0);
}

static bool is_punched(struct node *node, const struct id *id)
{
    struct core_punch punch;
    for (size_t i = 0; core_punch(node->core, i, &punch); i++)
        if (punch.linked && id_equal(&punch.node, id))
            return true;
    return false;
}

/* Those who are talked with by way of others, since no call got through. */
static void find_unpunched(struct node *node)
{
    struct core_punch punch;
    for (size_t i = 0; core_punch(node->core, i, &punch); i++)
        if (punch.failed && punch.via.text[0] != '\0')
            find(node, FINDING_UNPUNCHED, punch.via.text, punch.nick.text, 0, 0);
}

/* What is known of an address that TCP reaches, or that was not asked now. */
static enum finding reached(const struct core_address *of)
{
    if (!of->tried)
        return FINDING_REACHED;
    switch (of->why) {
    case WHY_REFUSED: return FINDING_REFUSED;
    case WHY_NOT_FIKA: return FINDING_OTHER_NETWORK;
    case WHY_NO_ANSWER:
    case WHY_RULES: return FINDING_SILENT;
    case WHY_VERSION: return FINDING_VERSION;
    case WHY_FULL: return FINDING_FULL;
    default: return FINDING_REACHED;
    }
}

static void find_peers(struct node *node)
{
    struct doctor *doctor = node->doctor;
    struct core_address of;
    bool any = doctor->link_count > 0, reaches = false;
    int error;
    for (size_t i = 0; i < doctor->link_count; i++) {
        find(node, is_punched(node, &doctor->links[i].node) ? FINDING_PUNCHED : FINDING_LINKED,
             doctor->links[i].address.text, doctor->links[i].nick.text, 0, 0);
        find_clock(node, &doctor->links[i]);
    }
    find_unpunched(node);
    for (size_t i = 0; core_address(node->core, i, &of); i++) {
        if (of.self || doctor_is_linked(doctor, &of))
            continue;
        any = true;
        enum probe_state state = probes_of(&doctor->probes, &of.address, &error);
        bool asked = state == PROBE_WAITS || state == PROBE_REACHED;
        reaches = reaches || (asked && reached(&of) == FINDING_REACHED);
        switch (state) {
        case PROBE_WAITS: /* there were too many to ask, or it is behind the proxy */
            if (reached(&of) == FINDING_REACHED)
                break;
            /* fall through */
        case PROBE_REACHED: find(node, reached(&of), of.address.text, "", 0, 0); break;
        case PROBE_REFUSED: find(node, FINDING_REFUSED, of.address.text, "", 0, 0); break;
        case PROBE_SILENT: find(node, FINDING_NO_ANSWER, of.address.text, "", 0, 0); break;
        case PROBE_NO_WAY:
            find(node, FINDING_NO_WAY, of.address.text, strerror(error), 0, 0);
            break;
        }
    }
    struct id blocked;
    for (size_t i = 0; people_marked(&node->people, i, PERSON_BLOCKED, &blocked); i++) {
        struct nick nick = people_nick(&node->people, &blocked);
        find(node, FINDING_BLOCKED, "", nick.text, 0, 0);
    }
    doctor->blocked = doctor->blocked || (any && !reaches);
    if (node->no_name.host[0] != '\0')
        find(node, FINDING_NO_NAME, node->no_name.host, node->no_name_why, 0, 0);
    else if (!any)
        find(node, FINDING_NO_PEERS, "", "", 0, 0);
}

/* RFC 1918, and what providers share (100.64.0.0/10). */
static bool is_inner(const char *address)
{
    unsigned a, b;
    if (sscanf(address, "%3u.%3u.", &a, &b) != 2)
        return false;
    return a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
           (a == 100 && b >= 64 && b < 128);
}

static bool is_public(const char *address)
{
    if (strchr(address, ':') != NULL)
        return address[0] == '2' || address[0] == '3'; /* 2000::/3 */
    return address[0] != '\0' && !is_inner(address) && strncmp(address, "127.", 4) != 0 &&
           strncmp(address, "169.254.", 8) != 0;
}

static void find_way_in(struct node *node)
{
    const struct portmap_state *map = node->portmap != NULL ? portmap_state(node->portmap) : NULL;
    char own[LIMIT_ADDRESS + 1], port[8];
    doctor_port_text(node, port);
    snprintf(own, sizeof own, "%.*s", (int)strcspn(node->addresses, "\n"), node->addresses);
    if (node->config.ways.proxy[0] != '\0')
        return;
    if (map != NULL && map->way != PORTMAP_NONE)
        find(node, FINDING_MAPPED, map->outer, map->way == PORTMAP_NATPMP ? "NAT-PMP" : "UPnP", 0,
             0);
    else if (is_inner(own))
        find(node, FINDING_NAT, own, "", 0, 0);
    else if (is_public(own))
        find(node, FINDING_PUBLIC, own, "", 0, 0);
    if (map != NULL && map->way == PORTMAP_NONE && map->why[0] != '\0')
        find(node, FINDING_UNMAPPED, port, map->why, 0, 0);
}

static void size_text(uint64_t bytes, char out[16])
{
    if (bytes < 1000000)
        snprintf(out, 16, "%u kB", (unsigned)((bytes + 999) / 1000));
    else if (bytes < 10000000)
        snprintf(out, 16, "%.1f MB", (double)bytes / 1000000);
    else
        snprintf(out, 16, "%.0f MB", (double)bytes / 1000000);
}

static void find_carried(struct node *node)
{
    struct core_carried carried = core_carried(node->core);
    char bytes[16], most[16];
    size_text(carried.bytes, bytes);
    size_text(carried.most_bytes, most);
    if (carried.most_bytes == 0)
        find(node, FINDING_CARRIES_NOTHING, "", "", 0, 0);
    else if (carried.kept + carried.now > 0)
        find(node, FINDING_CARRIED, bytes, most, carried.kept, carried.now);
}

static void find_firewalls(struct node *node)
{
    struct firewalls found;
    char port[8];
    doctor_port_text(node, port);
    firewalls_find(&found);
    if (found.ufw)
        find(node, FINDING_UFW, port, "", 0, 0);
    if (found.firewalld)
        find(node, FINDING_FIREWALLD, port, "", 0, 0);
    if (found.nft && !found.ufw && !found.firewalld)
        find(node, FINDING_NFT, port, "", 0, 0);
}

static void find_sandbox(struct node *node)
{
    struct sandbox is = sandbox_now();
    find(node,
         !is.wished               ? FINDING_SANDBOX_OFF
         : is.files && is.calls   ? FINDING_SANDBOX
         : !is.files && !is.calls ? FINDING_SANDBOX_NONE
                                  : FINDING_SANDBOX_PART,
         "", "", 0, 0);
}

/* Linked, or not; and if not, whether something was found that has to be mended first. */
static void find_verdict(struct node *node)
{
    const struct doctor *doctor = node->doctor;
    struct show end = {.kind = SHOW_FINDINGS_END, .up = true, .wall_ms = node->wall_ms};
    if (doctor->link_count > 0)
        find(node, FINDING_TALKING, "", "", doctor->link_count, 0);
    else if (!doctor->blocked)
        find(node, FINDING_ALONE, "", "", 0, 0);
    else
        find(node, FINDING_CUT_OFF, "", "", 0, 0);
    end.up = doctor->link_count > 0 || !doctor->blocked;
    node_show(node, &end);
}

void examine(struct node *node)
{
    find_interfaces(node);
    find_port(node);
    find_beacons(node);
    find_peers(node);
    find_carried(node);
    find_way_in(node);
    find_firewalls(node);
    find_sandbox(node);
    find_verdict(node);
}
