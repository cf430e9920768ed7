/* Kin: nodes that take a channel which few take here. Among many, links by chance lead to none of them: their lines would
 * come by carriers alone. So of a node's links some are chosen by what they take.
 *
 *     A (in #x)  ---  C (carries #x)  ---  B (in #x)     B hears A's NOTE by C, and A's record by C's PEERS,
 *                                                        and dials him
 *
 * 1. A channel is small that is no crowd (notes.c): of the others in it this node hears by JOIN, by notes, or by what they
 *    said there once.
 * 2. A small channel of our own lacks links while fewer than KIN_LINKS lead to members of it (one, in a direct channel).
 *    Then its nodes are dialled first, and in place of others when there are links enough.
 * 3. A link that is one of so few does not give way. So somebody who says that he is in one's channels stays, but no more
 *    than KIN_LINKS of his kind in each.
 * 4. Records of kin are kept before others, up to half of the list, and told first to who takes the channel; that also where it is only
 *    carried, so that they come as far as the notes. When there are new ones that is done soon, and once in KIN_TOLD_MS.
 * 5. Where not all are linked to all, that is; elsewhere nothing is asked here.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

static bool is_up(const struct link *link)
{
    return link->number != 0 && link->state == LINK_UP;
}

/* ---- channels ---- */

static bool is_small(const struct core *core, const struct channel *channel)
{
    return channel->hops > 0 && !channel->quiet && !notes_crowded(core, channel);
}

static size_t members_linked(const struct core *core, const struct channel *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < core->links.room; i++)
        count += is_up(&core->links.list[i]) &&
                 link_has_joined(&core->links.list[i], &channel->id) &&
                 channel_allows(channel, &core->config.identity.node, &core->links.list[i].node);
    return count;
}

static size_t links_wanted(const struct channel *channel)
{
    return channel_is_direct(channel) ? 1 : KIN_LINKS;
}

static bool lacks(const struct core *core, const struct channel *channel)
{
    return channel->joined && is_small(core, channel) &&
           members_linked(core, channel) < links_wanted(channel);
}

/* True when the node, to whom there is no link, is known to be in the channel. */
static bool is_in(const struct core *core, struct channel *channel, const struct id *node)
{
    if (channel_is_direct(channel))
        return id_equal(&channel->peer, node);
    const struct log *log = channel->joined ? channel_log(channel, node) : NULL;
    return (log != NULL && log_has_head(log)) || notes_know(core, channel, node);
}

bool kin_is_needed(const struct core *core, const struct link *link)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel->joined && is_small(core, channel) && link_has_joined(link, &channel->id) &&
            channel_allows(channel, &core->config.identity.node, &link->node) &&
            members_linked(core, channel) <= links_wanted(channel))
            return true;
    }
    return false;
}

bool kin_is_wanted(struct core *core, const struct id *node)
{
    for (size_t i = 0; core->many && i < core->channels.count; i++)
        if (lacks(core, &core->channels.list[i]) && is_in(core, &core->channels.list[i], node))
            return true;
    return false;
}

/* ---- records ---- */

/* Calls for each node that is known in some small channel; `by`: of those that this link takes, and others than its
 * node. */
static void each(struct core *core, const struct link *by,
                 void (*take)(struct core *core, struct spare *spare, void *to), void *to)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (!is_small(core, channel) || (by != NULL && !link_takes(by, &channel->id)))
            continue;
        for (size_t k = 0; k < core->links.room; k++) {
            const struct link *link = &core->links.list[k];
            struct spare *spare = link != by && is_up(link) && link_has_joined(link, &channel->id)
                                      ? spares_find(&core->spares, &link->node)
                                      : NULL;
            if (spare != NULL)
                take(core, spare, to);
        }
    }
    for (size_t i = 0; i < core->presence.count; i++) {
        const struct noted *noted = &core->presence.list[i];
        struct channel *channel = channel_by_id(&core->channels, &noted->note.channel);
        if (channel == NULL || !is_small(core, channel) || !presence_holds(noted, core->now_ms) ||
            (by != NULL &&
             (!link_takes(by, &channel->id) || id_equal(&by->node, &noted->note.node))))
            continue;
        struct spare *spare = spares_find(&core->spares, &noted->note.node);
        if (spare != NULL)
            take(core, spare, to);
    }
}

static void mark(struct core *core, struct spare *spare, void *to)
{
    (void)core;
    (void)to;
    spare->kin = true;
}

static void gather(struct core *core, struct spare *spare, void *to)
{
    struct kin_list *list = to;
    for (size_t i = 0; i < list->count; i++)
        if (list->spares[i] == spare)
            return;
    if (list->count < LIMIT_RECORDS && spare->fails == 0 && spare->ends_wall_ms > core->wall_ms)
        list->spares[list->count++] = spare;
}

void kin_of(struct core *core, const struct link *link, struct kin_list *list)
{
    list->count = 0;
    if (core->many)
        each(core, link, gather, list);
}

bool kin_is(struct core *core, const struct id *node)
{
    for (size_t i = 0; core->many && i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        const struct link *link = link_table_to(&core->links, node, NULL);
        if (is_small(core, channel) &&
            ((link != NULL && link_has_joined(link, &channel->id)) || is_in(core, channel, node)))
            return true;
    }
    return false;
}

/* ---- looking ---- */

void kin_look(struct core *core, bool room)
{
    bool lack = false;
    for (size_t i = 0; core->many && i < core->channels.count && !lack; i++)
        lack = lacks(core, &core->channels.list[i]);
    for (size_t i = 0; i < core->spares.count; i++)
        core->spares.list[i].kin = false;
    if (core->many)
        each(core, NULL, mark, NULL);
    for (size_t i = 0; i < core->spares.count; i++) {
        struct spare *spare = &core->spares.list[i];
        spare->wanted = lack && room && link_table_to(&core->links, &spare->node, NULL) == NULL &&
                        kin_is_wanted(core, &spare->node);
        spare->kin = spare->kin || spare->wanted;
    }
    for (size_t i = 0; i < core->overlay.count; i++) {
        struct candidate *candidate = &core->overlay.list[i];
        candidate->wanted = lack && room && candidate->fails == 0 && !candidate->self &&
                            !id_is_zero(&candidate->node) &&
                            link_table_to(&core->links, &candidate->node, NULL) == NULL &&
                            kin_is_wanted(core, &candidate->node);
    }
}

void kin_news(struct core *core)
{
    struct choice *choice = &core->choice;
    uint64_t at_ms = core->now_ms + KIN_DELAY_MS;
    if (!core->many)
        return;
    if (choice->kin_told_ms != 0 && choice->kin_told_ms + KIN_TOLD_MS > at_ms)
        at_ms = choice->kin_told_ms + KIN_TOLD_MS;
    if (at_ms < choice->kin_at_ms)
        choice->kin_at_ms = at_ms;
}

void kin_work(struct core *core)
{
    struct kin_list list;
    struct choice *choice = &core->choice;
    if (choice->kin_at_ms > core->now_ms)
        return;
    choice->kin_at_ms = UINT64_MAX;
    choice->kin_told_ms = core->now_ms;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (!is_up(link))
            continue;
        kin_of(core, link, &list);
        if (list.count > 0)
            choice_tell_peers(core, link);
    }
}
