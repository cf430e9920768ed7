/* Block: whom the user wants to have nothing to do with.
 *
 * 1. No link to him is made or stays, and his notes are not heard. His HELLO is answered as after \disconnect, by
 *    which his node stops dialling.
 * 2. His entries are declined: his heads are passed over, what comes of him is dropped, and none of it is asked
 *    for. What was held before stays held, and is served: it is in this node's heads, and a head that was announced is
 *    not taken back (invariant 8). So membership stays a function of content; that a node may have fewer entries than
 *    others is nothing new to it (invariant 9).
 * 3. Digests of nodes that decline other things differ for ever. That costs a BUCKETS and the HAVE of one bucket at
 *    each JOIN, and no more: nothing follows from a head that is declined.
 * 4. A device that was revoked is refused links alike, and no more than that.
 * 5. When he is let in again, heads are compared with all, and what is lacking is asked for as ever. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

bool block_is(const struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->blocked_count; i++)
        if (id_equal(&core->blocked[i], node))
            return true;
    return false;
}

bool block_is_lost(const struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->refused_count; i++)
        if (id_equal(&core->refused[i], node))
            return true;
    return false;
}

bool block_refuses(const struct core *core, const struct id *node)
{
    return block_is_lost(core, node) || block_is(core, node);
}

/* What is asked of his log, or was to be, is not asked any more. */
static void let_rest(struct core *core, struct channel *channel, const struct id *author)
{
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log)) {
        log->source_count = 0;
        log->asked_link = 0;
        log->ask_at_ms = UINT64_MAX;
        log->gap_since_ms = 0;
    }
    if (channel->coming > 0)
        channel->coming_at_ms = core->now_ms;
}

static void end_links(struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || !id_equal(&link->node, node))
            continue;
        overlay_remove_node(&core->overlay, node, link->number);
        emit_parted(core, node, &link->address);
        core_end_link(core, link, WHY_ASKED);
    }
    overlay_remove_node(&core->overlay, node, 0);
    emit_parted(core, node, &(struct address){{0}});
}

static void block(struct core *core, const struct id *node)
{
    if (core->blocked_count == LIMIT_BLOCKED)
        return; /* the shell keeps the bound */
    core->blocked = realloc(core->blocked, (core->blocked_count + 1) * sizeof *core->blocked);
    CHECK(core->blocked != NULL);
    core->blocked[core->blocked_count++] = *node;
    end_links(core, node);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        let_rest(core, channel, node);
        bool was = notes_know(core, channel, node);
        notes_silence(core, channel, node);
        if (!was || !channel->joined || channel->quiet)
            continue;
        struct show *show = emit_show(core, SHOW_MEMBER);
        show->channel = channel->name;
        show->id = *node;
        show->nick = notes_last_nick(core, channel, node);
    }
}

static void unblock(struct core *core, const struct id *node)
{
    for (size_t i = core->blocked_count; i-- > 0;)
        if (id_equal(&core->blocked[i], node))
            core->blocked[i] = core->blocked[--core->blocked_count];
    overlay_pardon(&core->overlay, node);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; channel->hops != 0 && k < core->links.room; k++)
            if (link_hears(&core->links.list[k], &channel->id))
                heads_compare(core, &core->links.list[k], channel);
        struct log *log = channel_log(channel, node);
        if (log != NULL)
            place_hole(core, channel, log);
        heads_recheck(core, channel);
    }
}

/* Its entries are taken as ever: they are members, and readers see them marked. */
void block_refuse(struct core *core, const struct id *node)
{
    if (id_equal(node, &core->config.identity.node) || core->refused_count == LIMIT_REFUSED ||
        block_is_lost(core, node))
        return;
    core->refused = realloc(core->refused, (core->refused_count + 1) * sizeof *core->refused);
    CHECK(core->refused != NULL);
    core->refused[core->refused_count++] = *node;
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].group != NULL)
            core->channels.list[i].group->lost = true;
    end_links(core, node);
}

void block_set(struct core *core, const struct id *node, bool on)
{
    if (block_is(core, node) == on || id_equal(node, &core->config.identity.node))
        return;
    if (on)
        block(core, node);
    else
        unblock(core, node);
}
