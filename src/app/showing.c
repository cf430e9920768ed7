/* Showing: what the faces see of the node itself: its sentences, its addresses, pages of what is stored. */
#include <stdio.h>
#include <string.h>

#include "app/node_private.h"

#define PAGE_MOST 1000

void node_show(struct node *node, struct show *show)
{
    if (node_doctor_takes(node, show))
        return;
    if (show->kind == SHOW_MESSAGE && show->via == VIA_LINK && !show->own)
        node_clock(node, &show->id, show->wall_ms);
    struct id id;
    if (show->channel.text[0] == '@')
        core_channel(node->core, &show->channel, &id, &show->peer);
    else if (show->channel.text[0] == '#')
        show->group = core_is_private(node->core, &show->channel);
    node_judge(node, show);
    if ((show->kind == SHOW_MESSAGE && show->via != VIA_CLASSIC) ||
        (show->kind == SHOW_MEMBER && show->up))
        node_introduce(node, show);
    node->told_stopped = node->told_stopped || show->kind == SHOW_STOPPED;
    node->links_made += show->kind == SHOW_LINK && show->up;
    if (show->kind == SHOW_STATUS) {
        show->text = (struct bytes){(uint8_t *)node->addresses, strlen(node->addresses)};
        show->a = (struct bytes){(uint8_t *)node->looking, strlen(node->looking)};
        node->status = *show;
    }
    door_show(node->door, show);
}

void node_tell(struct node *node, enum told told, const char *a, const char *b, uint64_t n)
{
    struct show show = {.kind = SHOW_TOLD, .told = told, .n = n, .wall_ms = node->wall_ms};
    if (a != NULL)
        show.a = (struct bytes){(const uint8_t *)a, strlen(a)};
    if (b != NULL)
        show.b = (struct bytes){(const uint8_t *)b, strlen(b)};
    node_show(node, &show);
}

static bool is_named(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += size)
        if ((at == list || at[-1] == ' ') && (at[size] == '\0' || at[size] == ','))
            return true;
    return false;
}

/* "eth0, lo", each once, where beacons can leave. */
static void refresh_looking(struct node *node)
{
    struct beacon_way way;
    size_t size = 0;
    node->looking[0] = '\0';
    for (size_t i = 0; node->beacon != NULL && beacon_way(node->beacon, i, &way); i++) {
        bool works = way.sent > 0 || way.failed == 0;
        if (works && !is_named(node->looking, way.name) &&
            size + strlen(way.name) + 3 < sizeof node->looking)
            size += (size_t)snprintf(node->looking + size, sizeof node->looking - size, "%s%s",
                                     size > 0 ? ", " : "", way.name);
    }
}

void node_refresh_addresses(struct node *node)
{
    node->addresses[0] = '\0';
    if (node->config.ways.listen == LISTEN_EVERYWHERE)
        local_addresses(node->addresses, sizeof node->addresses);
    refresh_looking(node);
    if (node->status.kind == SHOW_STATUS)
        node_show(node, &node->status);
}

struct id node_channel_id(struct node *node, const struct channel_name *name)
{
    struct id id = {{0}}, peer;
    if (!core_channel(node->core, name, &id, &peer))
        store_channel_id(node->store, &node->core_config.network, name, &id);
    return id;
}

/* The page that the store has gathered; returns how many lines. */
static size_t show_stored(struct node *node, const struct channel_name *channel)
{
    struct entry entry;
    size_t count = 0;
    arena_reset(&node->arena);
    for (; store_last_next(node->store, &node->arena, &entry); count++)
        node_show_entry(node, channel, &entry, VIA_STORED,
                        core_is_liar(node->core, channel, &entry.author), false, false);
    return count;
}

void node_show_last(struct node *node, const struct channel_name *channel)
{
    struct id id = node_channel_id(node, channel);
    if (node->config.last == 0)
        return;
    store_last(node->store, &id, node->config.last);
    show_stored(node, channel);
}

void node_show_page(struct node *node, const struct request *request)
{
    struct id id = node_channel_id(node, &request->channel);
    struct show show = {.kind = SHOW_PAGE, .channel = request->channel};
    uint32_t most = request->count < PAGE_MOST ? request->count : PAGE_MOST;
    if (request->after)
        store_after(node->store, &id, most, request->lamport, &request->id, request->seq);
    else
        store_before(node->store, &id, most, request->lamport, &request->id, request->seq);
    show.n = show_stored(node, &request->channel);
    show.up = store_more(node->store);
    node_show(node, &show);
}

/* What to type elsewhere, at the first start. */
static void welcome(struct node *node, uint16_t port)
{
    char address[LIMIT_ADDRESS + 8];
    int size = (int)strcspn(node->addresses, "\n");
    bool ip6 = memchr(node->addresses, ':', (size_t)size) != NULL;
    if (size == 0 || strncmp(node->addresses, "127.", 4) == 0)
        return;
    if (port == DEFAULT_PORT)
        snprintf(address, sizeof address, "%.*s", size, node->addresses);
    else
        snprintf(address, sizeof address, ip6 ? "[%.*s]:%u" : "%.*s:%u", size, node->addresses,
                 port);
    node_tell(node, TOLD_WELCOME, address, NULL, 0);
}

void node_show_ready(struct node *node)
{
    const struct profile *profile = node->config.profile;
    const char *network = node->config.network_name;
    char port[8], wanted[8];
    struct show show = {.kind = SHOW_READY,
                        .id = node->core_config.identity.node,
                        .nick = node->core_config.nick,
                        .port = links_port(node->links),
                        .wall_ms = node->wall_ms};
    show.a = (struct bytes){(const uint8_t *)profile->name, strlen(profile->name)};
    show.b = (struct bytes){(const uint8_t *)network, strlen(network)};
    show.text = (struct bytes){(uint8_t *)node->addresses, strlen(node->addresses)};
    node_show(node, &show);
    if (node->config.ways.proxy[0] != '\0')
        node_tell(node, TOLD_PROXY, node->config.ways.proxy, NULL, 0);
    if (node->config.port != 0 && show.port != 0 && show.port != node->config.port) {
        snprintf(wanted, sizeof wanted, "%u", node->config.port);
        snprintf(port, sizeof port, "%u", show.port);
        node_tell(node, TOLD_PORT, wanted, port, 0);
    }
    if (node->config.profile->fresh && strcmp(network, "open") == 0) /* elsewhere \invite says it */
        welcome(node, show.port);
    if (node->config.network_made)
        node_tell(node, TOLD_NETWORK_MADE, network, node->config.network_path, 0);
    else if (node->config.network_joined)
        node_tell(node, TOLD_NETWORK_JOINED, network, NULL, 0);
}

void node_show_current(struct node *node)
{
    struct show show = {.kind = SHOW_CURRENT};
    char names[LIMIT_CHANNELS * (LIMIT_CHANNEL + 2)];
    char private[sizeof names];
    size_t size = 0, private_size = 0;
    for (size_t i = 0; i < node->core_config.channel_count; i++) {
        if (core_is_private(node->core, &node->core_config.channels[i]))
            private_size +=
                (size_t)snprintf(private + private_size, sizeof private - private_size, "%s%s",
                                 private_size > 0 ? "\n" : "", node->core_config.channels[i].text);
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i > 0 ? "\n" : "",
                                 node->core_config.channels[i].text);
    }
    if (node->core_config.channel_count > 0)
        show.channel = node->core_config.channels[0];
    show.text = (struct bytes){(uint8_t *)names, size};
    show.a = (struct bytes){(uint8_t *)private, private_size};
    node_show(node, &show);
    show = (struct show){.kind = SHOW_STATUS,
                         .nick = node->core_config.nick,
                         .id = node->core_config.identity.node,
                         .port = links_port(node->links)};
    node_show(node, &show);
}
