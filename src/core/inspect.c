/* Inspect: what may be seen of a core between two steps. Nothing here changes it. */
#include <string.h>

#include "core/state.h"

uint32_t core_held(struct core *core, const struct channel_name *name, uint64_t seq)
{
    const struct channel *channel = channel_by_name(&core->channels, name->text);
    return channel == NULL ? 0 : receipts_count(&channel->receipts, seq);
}

bool core_is_liar(struct core *core, const struct channel_name *name, const struct id *author)
{
    struct channel *channel = channel_by_name(&core->channels, name->text);
    const struct log *log = channel == NULL ? NULL : channel_log(channel, author);
    return log != NULL && log->liar;
}

bool core_channel(struct core *core, const struct channel_name *name, struct id *id,
                  struct id *peer)
{
    const struct channel *channel = channel_by_name(&core->channels, name->text);
    if (channel == NULL)
        return false;
    *id = channel->id;
    *peer = channel->peer;
    return true;
}

bool core_is_here(struct core *core, const struct channel_name *name, const struct id *node)
{
    const struct channel *channel = channel_by_name(&core->channels, name->text);
    if (channel == NULL)
        return false;
    if (id_equal(node, &core->config.identity.node))
        return channel->joined;
    if (!channel_allows(channel, &core->config.identity.node, node))
        return false;
    const struct link *link = link_table_to(&core->links, node, NULL);
    return (link != NULL && link->state == LINK_UP && link_has_joined(link, &channel->id)) ||
           notes_know(core, channel, node);
}

bool core_is_private(struct core *core, const struct channel_name *name)
{
    const struct channel *channel = channel_by_name(&core->channels, name->text);
    return channel != NULL && channel->group != NULL;
}

bool core_takes(struct core *core, const struct id *id)
{
    const struct channel *channel = channel_by_id(&core->channels, id);
    return channel != NULL && channel->hops > 0;
}

bool core_address(const struct core *core, size_t index, struct core_address *out)
{
    if (index >= core->overlay.count)
        return false;
    const struct candidate *candidate = &core->overlay.list[index];
    *out = (struct core_address){.address = candidate->address,
                                 .node = candidate->node,
                                 .linked = candidate->state == CANDIDATE_LINKED,
                                 .self = candidate->self,
                                 .tried = candidate->tried,
                                 .why = candidate->why};
    return true;
}

size_t core_unsaid(const struct core *core)
{
    return core->saying.count;
}

size_t core_bytes(const struct core *core)
{
    size_t bytes = sizeof *core + core->effect_room * sizeof *core->effects;
    bytes += core->blocked_count * sizeof *core->blocked;
    bytes += core->refused_count * sizeof *core->refused;
    bytes += core->presence.room * sizeof *core->presence.list;
    bytes += direct_bytes(&core->direct) + groups_bytes(&core->groups);
    bytes += core->punches.room * sizeof *core->punches.list;
    bytes += core->holdings.room * sizeof *core->holdings.list;
    bytes += core->channels.room * sizeof *core->channels.list;
    for (size_t i = 0; i < core->channels.count; i++)
        bytes +=
            core->channels.list[i].log_room * sizeof(struct log) +
            table_bytes(&core->channels.list[i].by_author) +
            core->channels.list[i].receipts.room * sizeof(struct receipt) +
            (core->channels.list[i].group != NULL ? group_bytes(core->channels.list[i].group) : 0);
    bytes += core->links.room * sizeof *core->links.list;
    for (size_t i = 0; i < core->links.room; i++)
        bytes += core->links.list[i].takes_count * sizeof(struct taken) +
                 core->links.list[i].hello1.size;
    if (core->overlay.shunned != NULL)
        bytes += LIMIT_SHUNNED * sizeof *core->overlay.shunned;
    return bytes + core->overlay.room * sizeof *core->overlay.list + saying_bytes(&core->saying) +
           spares_bytes(&core->spares) + arena_bytes(&core->arena);
}

static bool is_group(const struct core *core, const char *name)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].group != NULL &&
            strcmp(core->channels.list[i].name.text, name) == 0)
            return true;
    return false;
}

void core_keep(const struct core *core, struct core_config *keep)
{
    memset(keep, 0, sizeof *keep);
    keep->nick = core->config.nick;
    if (core->channels.current.text[0] != '\0') {
        keep->is_private[0] = is_group(core, core->channels.current.text);
        keep->channels[keep->channel_count++] = core->channels.current;
    }
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel->joined && !channel->quiet &&
            strcmp(channel->name.text, core->channels.current.text) != 0) {
            keep->is_private[keep->channel_count] = channel->group != NULL;
            keep->channels[keep->channel_count++] = channel->name;
        }
    }
}
