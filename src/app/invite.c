/* Inviting: what lets another machine into this network, and following one that is typed while the
 * node runs.
 *
 * 1. What an invite holds is in no log and no file; it goes to the face, once, when it is asked for. */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "app/node_private.h"

#define ROUTER_MS 5000 /* for it to answer, before an invite is shown without it */

/* Adds an own address (without port), once. */
static void add_host(struct invite *invite, const char *host, size_t size, uint16_t port)
{
    struct address *address = &invite->addresses[invite->count];
    bool six = memchr(host, ':', size) != NULL;
    if (invite->count == INVITE_ADDRESSES_MAX || size > 64)
        return;
    snprintf(address->text, sizeof address->text, six ? "[%.*s]:%u" : "%.*s:%u", (int)size, host,
             port);
    invite->count++;
}

/* Own addresses, best first. Link-local ones are of no use elsewhere, and loopback is among them only
 * where there is nothing else. */
static void add_own(const struct node *node, struct invite *invite, uint16_t port)
{
    const char *host = node->addresses;
    while (*host != '\0') {
        size_t size = strcspn(host, "\n");
        if (memchr(host, '%', size) == NULL && strncmp(host, "169.254.", 8) != 0)
            add_host(invite, host, size, port);
        host += size + (host[size] == '\n');
    }
}

/* What the router passes on comes first when the world can call it, else (behind another router) last. */
static void add_outer(struct invite *invite, const char *outer, bool first)
{
    struct in_addr address;
    char host[LIMIT_ADDRESS + 1];
    snprintf(host, sizeof host, "%.*s", (int)strcspn(outer, ":"), outer);
    if (inet_pton(AF_INET, host, &address) != 1 || portmap_is_inner(address) == first)
        return;
    if (invite->count == INVITE_ADDRESSES_MAX)
        invite->count--;
    snprintf(invite->addresses[invite->count++].text, sizeof host, "%s", outer);
}

static void add_addresses(const struct node *node, struct invite *invite, const char *outer,
                          uint16_t port)
{
    add_outer(invite, outer, true);
    add_own(node, invite, port);
    add_outer(invite, outer, false);
}

static bool is_open(const struct node *node)
{
    return strcmp(node->config.network_name, "open") == 0;
}

/* The one that does not end. False when it would say nothing. */
static bool write_lasting(const struct node *node, char text[INVITE_TEXT_MAX])
{
    struct invite invite = {.kind = INVITE_OPEN};
    if (!is_open(node)) {
        invite.kind = INVITE_SECRET;
        memcpy(invite.secret, node->config.network_secret, sizeof invite.secret);
    }
    add_addresses(node, &invite, node_outer(node), links_port(node->links));
    bool says = invite.kind == INVITE_SECRET || invite.count > 0;
    if (says)
        invite_write(&invite, text);
    sodium_memzero(&invite, sizeof invite);
    return says;
}

static void show_invite(struct node *node, const char *text, bool once, uint64_t until_wall_ms)
{
    const char *network = node->config.network_name;
    struct show show = {
        .kind = SHOW_INVITE, .wall_ms = node->wall_ms, .up = once, .n = until_wall_ms};
    show.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    show.a = (struct bytes){(const uint8_t *)network, strlen(network)};
    node_show(node, &show);
}

/* ---- tickets ---- */

static void show_ticket(struct node *node, const struct request *request)
{
    char text[INVITE_TEXT_MAX];
    struct invite invite = {0};
    const char *outer = node->door_map != NULL ? portmap_state(node->door_map)->outer : "";
    uint64_t until_ms =
        request->minutes > 0 ? node->wall_ms + (uint64_t)request->minutes * 60000 : 0;
    uint16_t port = guests_add(node->guests, request->once, until_ms, &invite);
    if (port != 0)
        add_addresses(node, &invite, outer, port);
    if (invite.count == 0) {
        node_tell(node, TOLD_NO_DOOR, NULL, NULL, 0);
        return;
    }
    invite_write(&invite, text);
    show_invite(node, text, request->once, until_ms);
}

/* Where the router passes our port on it is asked for theirs, which takes some seconds at first. */
static bool waits_for_router(struct node *node, const struct request *request)
{
    struct invite unused;
    uint64_t now_ms = node->now_us / 1000;
    if (node_outer(node)[0] == '\0' || node->door_map != NULL)
        return false;
    uint16_t port = guests_port(node->guests);
    if (port == 0)
        port = guests_add(node->guests, true, 1, &unused); /* one that is over: it only listens */
    node->door_map = port != 0 ? portmap_new(port) : NULL;
    if (node->door_map == NULL)
        return false;
    node->inviting = *request;
    node->inviting_by_ms = now_ms + ROUTER_MS;
    portmap_tick(node->door_map, now_ms);
    return true;
}

static void invite_guest(struct node *node, const struct request *request)
{
    if (node->guests == NULL)
        node->guests = guests_new();
    if (is_open(node))
        node_tell(node, TOLD_INVITE_OPEN, NULL, NULL, 0);
    else if (node->config.ways.listen != LISTEN_EVERYWHERE || node->guests == NULL)
        node_tell(node, TOLD_NO_DOOR, NULL, NULL, 0);
    else if (!waits_for_router(node, request))
        show_ticket(node, request);
}

void node_invite(struct node *node, const struct request *request)
{
    char text[INVITE_TEXT_MAX];
    if (request->once || request->minutes > 0)
        invite_guest(node, request);
    else if (!write_lasting(node, text))
        node_tell(node, TOLD_NOWHERE, NULL, NULL, 0);
    else
        show_invite(node, text, false, 0);
    sodium_memzero(text, sizeof text);
}

static void take_door_map(struct node *node)
{
    uint64_t now_ms = node->now_us / 1000;
    if (node->door_map == NULL)
        return;
    if (guests_port(node->guests) == 0) {
        portmap_free(node->door_map, 0);
        node->door_map = NULL;
        return;
    }
    bool answered = portmap_take(node->door_map, now_ms);
    if (node->inviting_by_ms != 0 && (answered || now_ms >= node->inviting_by_ms)) {
        node->inviting_by_ms = 0;
        show_ticket(node, &node->inviting);
    }
    portmap_tick(node->door_map, now_ms);
}

void node_take_guests(struct node *node)
{
    char text[INVITE_TEXT_MAX];
    struct address from;
    if (node->guests == NULL)
        return;
    if (guests_port(node->guests) != 0 && write_lasting(node, text))
        while (guests_next(node->guests, node->now_us / 1000, node->wall_ms, text, &from))
            node_tell(node, TOLD_GUEST, from.text, NULL, 0);
    sodium_memzero(text, sizeof text);
    take_door_map(node);
}

uint64_t node_guests_deadline(const struct node *node)
{
    uint64_t deadline = node->guests != NULL ? guests_deadline(node->guests) : UINT64_MAX;
    if (node->door_map != NULL && portmap_deadline(node->door_map) < deadline)
        deadline = portmap_deadline(node->door_map);
    if (node->inviting_by_ms != 0 && node->inviting_by_ms < deadline)
        deadline = node->inviting_by_ms;
    return deadline;
}

/* ---- following one ---- */

/* The one to this network, or to the open one where this is it. */
static bool is_ours(const struct node *node, const struct invite *invite)
{
    return is_open(node) ? invite->kind == INVITE_OPEN
                         : invite->kind == INVITE_SECRET &&
                               sodium_memcmp(invite->secret, node->config.network_secret, 32) == 0;
}

void node_call_host(struct node *node, const struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = addresses[i].text;
        struct sockaddr_storage to;
        socklen_t size;
        if (i > 0 && node->config.ways.proxy[0] == '\0' &&
            address_to_sockaddr(&addresses[i], &to, &size))
            node_dial_typed(node, &addresses[i], FOUND_TYPED_ALSO);
        else
            node_connect(node, (struct bytes){(const uint8_t *)text, strlen(text)});
    }
}

bool node_follow(struct node *node, struct bytes typed)
{
    struct invite invite;
    enum invite_fault fault = invite_read(&invite, (const char *)typed.at, typed.size);
    if (fault == INVITE_NONE)
        return false;
    if (fault != INVITE_GOOD)
        node_tell(node, TOLD_BAD_INVITE, options_invite_fault(fault), NULL, 0);
    else if (!is_ours(node, &invite))
        node_tell(node, TOLD_INVITE_OTHER, NULL, NULL, 0);
    else
        node_call_host(node, invite.addresses, invite.count);
    sodium_memzero(&invite, sizeof invite);
    return true;
}
