/* Acquaint: whom this node knows, and which channels it has with them (PROTOCOL.md section 10). Where a link lists an id
 * that is not known here, those with all who are known are computed, some a step; where one is equal,
 * the other has begun that channel, and it is taken.
 */
#include <sodium.h>

#include "core/talk.h"

/* Nothing was said in it, nobody asked for it here, and its node is not linked. */
static bool is_idle(struct core *core, const struct channel *channel)
{
    return channel_is_direct(channel) && channel->quiet && channel->log_count == 0 &&
           !sealing_waits(core, channel) &&
           link_table_to(&core->links, &channel->peer, NULL) == NULL;
}

static bool has_room_for_quiet(struct core *core)
{
    size_t count = 0;
    for (size_t i = 0; i < core->channels.count; i++)
        count += channel_is_direct(&core->channels.list[i]) && core->channels.list[i].quiet &&
                 core->channels.list[i].log_count == 0;
    for (size_t i = 0; count >= LIMIT_DIRECT_QUIET && i < core->channels.count; i++)
        if (is_idle(core, &core->channels.list[i])) {
            channel_leave(&core->channels, &core->channels.list[i]);
            channel_remove(&core->channels, &core->channels.list[i]);
            return true;
        }
    return count < LIMIT_DIRECT_QUIET;
}

/* All that was said here is held there, and nothing waits. */
static bool is_spent(struct core *core, struct channel *channel)
{
    if (!channel_is_direct(channel) || !channel->joined || !channel->quiet ||
        sealing_waits(core, channel))
        return false;
    const struct log *own = channel_highest(channel, &core->config.identity.node);
    return own == NULL || own->seq == 0 || receipts_count(&channel->receipts, own->seq) > 0;
}

void acquaint_make_room(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (is_spent(core, &core->channels.list[i])) {
            channel_leave(&core->channels, &core->channels.list[i]);
            carry_rest(&core->channels.list[i]);
            return;
        }
}

/* The other has begun it. */
static void begun_by(struct core *core, const struct id *peer)
{
    if (talk_with(core, peer) == NULL && !has_room_for_quiet(core))
        return;
    struct channel *channel = talk_made(core, peer, NULL);
    if (channel != NULL)
        talk_take(core, channel);
}

static bool is_listed(const struct core *core, const struct id *id)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], id))
            return true;
    return false;
}

static bool is_new(struct core *core, const struct id *id)
{
    const struct channel *channel = channel_by_id(&core->channels, id);
    return channel == NULL || !channel->joined;
}

static void compute(struct core *core, uint32_t index)
{
    struct acquainted *known = &core->direct.known[index];
    uint8_t shared[32];
    if (known->computed)
        return;
    known->computed = true;
    if (!seal_shared(shared, &core->config.identity, &known->node))
        return;
    known->channel =
        direct_id(&core->config.network, &core->config.identity.node, &known->node, shared);
    table_put(&core->direct.by_channel, &known->channel, index);
    sodium_memzero(shared, sizeof shared);
}

void acquaint_on(struct core *core)
{
    struct direct *direct = &core->direct;
    for (int i = 0; i < DIRECT_A_TICK && direct->computed < direct->known_count; i++) {
        uint32_t at = (uint32_t)direct->computed++;
        compute(core, at);
        struct acquainted known = direct->known[at];
        if (is_listed(core, &known.channel) && is_new(core, &known.channel))
            begun_by(core, &known.node);
    }
    direct->compute_at_ms = direct->computed < direct->known_count ? core->now_ms : UINT64_MAX;
}

/* The one with the node at the end of the link, who found no place among those who are known. */
static void look_nearest(struct core *core, const struct link *link)
{
    uint8_t shared[32];
    if (!seal_shared(shared, &core->config.identity, &link->node))
        return;
    struct id id =
        direct_id(&core->config.network, &core->config.identity.node, &link->node, shared);
    sodium_memzero(shared, sizeof shared);
    if (link_hears(link, &id) && is_new(core, &id))
        begun_by(core, &link->node);
}

void acquaint_look(struct core *core, struct link *link)
{
    struct direct *direct = &core->direct;
    bool unknown = false;
    uint32_t at = direct_known(direct, &link->node);
    if (at == TABLE_NONE)
        look_nearest(core, link);
    for (size_t i = 0; i < link->takes_count; i++) {
        struct id id = link->takes[i].channel;
        if (!is_new(core, &id))
            continue;
        if (at != TABLE_NONE)
            compute(core, at); /* who is nearest is the likeliest */
        uint32_t by = table_get(&direct->by_channel, &id);
        if (by != TABLE_NONE)
            begun_by(core, &direct->known[by].node);
        unknown = unknown || by == TABLE_NONE;
    }
    if (unknown && direct->computed < direct->known_count)
        direct->compute_at_ms = core->now_ms;
}

/* Some link lists a channel that is not known: it may be one with somebody who is met only now. */
static bool any_unknown(struct core *core)
{
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        for (size_t k = 0; k < link->takes_count; k++)
            if (is_new(core, &link->takes[k].channel))
                return true;
    }
    return false;
}

void acquaint_know(struct core *core, const struct id *node)
{
    struct direct *direct = &core->direct;
    size_t before = direct->known_count;
    if (id_equal(node, &core->config.identity.node))
        return;
    direct_acquaint(direct, node);
    if (direct->known_count > before && any_unknown(core))
        direct->compute_at_ms = core->now_ms;
}

void acquaint_hear(struct core *core, const struct id *node)
{
    if (core->direct.known_count < LIMIT_ACQUAINTED / 2)
        acquaint_know(core, node);
}
