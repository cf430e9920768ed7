/* Inviting: what lets another machine into this network, and following one that is typed while the
 * node runs.
 *
 * 1. What an invite holds is in no log and no file; it goes to the face, once, when it is asked for. */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "app/node_private.h"

/* Adds an own address (without port), once. */
static void add_host(struct node *node, struct invite *invite, const char *host, size_t size)
{
    struct address *address = &invite->addresses[invite->count];
    bool six = memchr(host, ':', size) != NULL;
    if (invite->count == INVITE_ADDRESSES_MAX || size > 64)
        return;
    snprintf(address->text, sizeof address->text, six ? "[%.*s]:%u" : "%.*s:%u", (int)size, host,
             links_port(node->links));
    invite->count++;
}

/* Own addresses, best first. Link-local ones are of no use elsewhere, and loopback is among them only
 * where there is nothing else. */
static void add_own(struct node *node, struct invite *invite)
{
    const char *host = node->addresses;
    while (*host != '\0') {
        size_t size = strcspn(host, "\n");
        if (memchr(host, '%', size) == NULL && strncmp(host, "169.254.", 8) != 0)
            add_host(node, invite, host, size);
        host += size + (host[size] == '\n');
    }
}

/* What the router passes on comes first when the world can call it, else (behind another router) last. */
static void add_outer(const struct node *node, struct invite *invite, bool first)
{
    struct in_addr address;
    char host[LIMIT_ADDRESS + 1];
    const char *outer = node_outer(node);
    snprintf(host, sizeof host, "%.*s", (int)strcspn(outer, ":"), outer);
    if (inet_pton(AF_INET, host, &address) != 1 || portmap_is_inner(address) == first)
        return;
    if (invite->count == INVITE_ADDRESSES_MAX)
        invite->count--;
    snprintf(invite->addresses[invite->count++].text, sizeof host, "%s", outer);
}

void node_invite(struct node *node)
{
    char text[INVITE_TEXT_MAX];
    const char *network = node->config.network_name;
    struct show show = {.kind = SHOW_INVITE, .wall_ms = node->wall_ms};
    struct invite invite = {.kind = INVITE_OPEN};
    if (strcmp(network, "open") != 0) {
        invite.kind = INVITE_SECRET;
        memcpy(invite.secret, node->config.network_secret, sizeof invite.secret);
    }
    add_outer(node, &invite, true);
    add_own(node, &invite);
    add_outer(node, &invite, false);
    if (invite.kind == INVITE_OPEN && invite.count == 0) {
        node_tell(node, TOLD_NOWHERE, NULL, NULL, 0);
        return;
    }
    invite_write(&invite, text);
    show.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    show.a = (struct bytes){(const uint8_t *)network, strlen(network)};
    node_show(node, &show);
    sodium_memzero(&invite, sizeof invite);
    sodium_memzero(text, sizeof text);
}

/* The one to this network, or to the open one where this is it. */
static bool is_ours(const struct node *node, const struct invite *invite)
{
    bool open = strcmp(node->config.network_name, "open") == 0;
    return open ? invite->kind == INVITE_OPEN
                : invite->kind == INVITE_SECRET &&
                      sodium_memcmp(invite->secret, node->config.network_secret, 32) == 0;
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
    for (size_t i = 0; fault == INVITE_GOOD && is_ours(node, &invite) && i < invite.count; i++) {
        const char *address = invite.addresses[i].text;
        node_connect(node, (struct bytes){(const uint8_t *)address, strlen(address)});
    }
    sodium_memzero(&invite, sizeof invite);
    return true;
}
