/* Outer: where this node can be called from beyond the router, as portmap.c finds out; told when it
 * changes, with \links, and in invites. A router is asked only where one is in between: the way out begins
 * at a private address. */
#include <string.h>

#include "app/node_private.h"

static const char *outer(const struct node *node)
{
    return node->portmap != NULL ? portmap_state(node->portmap)->outer : "";
}

const char *node_outer(const struct node *node)
{
    return outer(node);
}

void node_open_outer(struct node *node)
{
    struct in_addr source;
    if (!node->config.portmap)
        return;
    if (!local_way_out(&source))
        source.s_addr = 0;
    bool same = source.s_addr == node->way_out.s_addr;
    node->way_out = source;
    if (same || !portmap_is_inner(source))
        return;
    if (node->portmap == NULL)
        node->portmap = portmap_new(links_port(node->links));
    else
        portmap_again(node->portmap, node->now_us / 1000);
}

static void tell(struct node *node)
{
    const struct portmap_state *state = portmap_state(node->portmap);
    if (state->way != PORTMAP_NONE)
        node_tell(node, TOLD_MAPPED, state->outer,
                  state->way == PORTMAP_NATPMP ? "NAT-PMP" : "UPnP", 0);
}

void node_tell_outer(struct node *node)
{
    if (node->portmap != NULL)
        tell(node);
}

void node_take_outer(struct node *node)
{
    struct address before = {{0}};
    if (node->portmap == NULL)
        return;
    memcpy(before.text, outer(node), sizeof before.text);
    if (portmap_take(node->portmap, node->now_us / 1000) && strcmp(before.text, outer(node)) != 0) {
        if (before.text[0] != '\0' && outer(node)[0] == '\0')
            node_tell(node, TOLD_UNMAPPED, before.text, portmap_state(node->portmap)->why, 0);
        tell(node);
        node_say_own(node);
    }
    portmap_tick(node->portmap, node->now_us / 1000);
}
