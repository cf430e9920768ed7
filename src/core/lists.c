/* Lists: what a person asks to see of his node as it is now: who is in a channel, the channels, the links, and who
 * holds what he said. */
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "core/group.h"
#include "core/talk.h"

/* Those to whom there is no link, and who told of them. */
static void show_beyond(struct core *core, const struct channel *channel)
{
    const struct noted *beyond[LIMIT_NOTES];
    size_t count = notes_beyond(core, channel, beyond);
    for (size_t i = 0; i < count; i++) {
        const struct link *via = link_table_find(&core->links, beyond[i]->via);
        struct show *show = emit_show(core, SHOW_WHO_ROW);
        show->channel = channel->name;
        show->nick = notes_nick(beyond[i]);
        show->id = beyond[i]->note.node;
        show->b = arena_string(core, via != NULL ? via->nick.text : "");
    }
}

void list_who(struct core *core, const struct channel_name *name)
{
    struct channel *channel = request_meant(core, name);
    if (channel == NULL)
        return;
    struct show *show = emit_show(core, SHOW_WHO_ROW);
    show->channel = channel->name;
    show->nick = core->config.nick;
    show->id = core->config.identity.node;
    show->own = true;
    show->a = arena_string(core, N_("you"));
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id) || !link_has_joined(link, &channel->id) ||
            !channel_allows(channel, &core->config.identity.node, &link->node))
            continue;
        show = emit_show(core, SHOW_WHO_ROW);
        show->channel = channel->name;
        show->nick = link->nick;
        show->id = link->node;
        show->a = arena_string(core, link->address.text);
    }
    show_beyond(core, channel);
}

void list_channels(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        uint64_t members = 1, lines = 0;
        if (!channel->joined || channel->quiet)
            continue;
        const struct noted *beyond[LIMIT_NOTES];
        members += notes_beyond(core, channel, beyond);
        for (size_t k = 0; k < core->links.room; k++)
            members +=
                link_hears(&core->links.list[k], &channel->id) &&
                link_has_joined(&core->links.list[k], &channel->id) &&
                channel_allows(channel, &core->config.identity.node, &core->links.list[k].node);
        for (size_t k = 0; k < channel->log_count; k++) {
            const struct log *log = &channel->logs[k];
            lines += log->seq;
            if (log->above_from != 0)
                lines += log->above_to - log->above_from + 1;
        }
        uint64_t acts = channel->group != NULL ? channel->group->act_count : 0; /* are no lines */
        struct show *show = emit_show(core, SHOW_CHANNEL_ROW);
        show->channel = channel->name;
        show->n = members;
        show->n2 = lines > acts ? lines - acts : 0;
        show->up = strcmp(core->channels.current.text, channel->name.text) == 0;
    }
    group_list(core);
    if (core->channels.joined == 0)
        emit_told(core, TOLD_NO_CHANNEL, NULL, NULL, 0);
}

void list_links(struct core *core)
{
    static const char *const STATE[] = {
        [LINK_CONNECTING] = N_("connecting"), [LINK_AWAITS_0] = N_("greeting"),
        [LINK_AWAITS_1] = N_("greeting"),     [LINK_AWAITS_2] = N_("greeting"),
        [LINK_AWAITS_JOIN] = N_("greeting"),  [LINK_UP] = N_("up"),
    };
    bool any = false;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number == 0)
            continue;
        any = true;
        struct show *show = emit_show(core, SHOW_LINK_ROW);
        show->address = link->address;
        show->nick = link->nick;
        show->id = link->node;
        show->a = arena_string(core, STATE[link->state]);
        show->n = link->up_wall_ms;
        show->n2 = link->rtt_us;
        show->n3 = link->bytes_out;
        show->n4 = link->bytes_in;
        show->n5 = link->refused;
    }
    for (size_t i = 0; i < core->overlay.count; i++) {
        const struct candidate *candidate = &core->overlay.list[i];
        if (candidate->state != CANDIDATE_IDLE || candidate->found != FOUND_TYPED ||
            candidate->self)
            continue;
        any = true;
        struct show *show = emit_show(core, SHOW_LINK_ROW);
        show->address = candidate->address;
        show->a = arena_string(core, N_("will be tried again"));
    }
    if (!any)
        emit_told(core, TOLD_NO_LINKS, NULL, NULL, 0);
}

void list_held(struct core *core, const struct channel_name *name)
{
    struct channel *channel = request_meant(core, name);
    if (channel == NULL)
        return;
    const struct log *log = channel_highest(channel, &core->config.identity.node);
    bool waits = sealing_tell_of(core, channel, true);
    bool none = channel->own_all && channel->own_line == 0; /* acts, say, alone */
    if (log == NULL || !log_has_head(log) || none) {
        if (!waits)
            emit_told(core, TOLD_NOTHING_OWN, channel->name.text, NULL, 0);
        return;
    }
    /* What is no line, a reaction say, comes after it. Of before this process the last entry stands for it. */
    uint64_t seq = channel->own_line != 0 ? channel->own_line : log->seq;
    struct writer w = frame_writer(core, LIMIT_RECEIPTS * (LIMIT_NICK + 1));
    struct show *show = emit_show(core, SHOW_HELD_ROW);
    show->channel = channel->name;
    show->seq = seq;
    show->n = receipts_count(&channel->receipts, seq);
    show->read = channel->reading.by >= seq;
    for (size_t i = 0; i < channel->receipts.count; i++) {
        const struct receipt *receipt = &channel->receipts.list[i];
        if (!receipt_reaches(receipt, seq))
            continue;
        const struct link *link = link_table_to(&core->links, &receipt->node, NULL);
        const struct log *theirs = channel_log(channel, &receipt->node);
        char digits[9];
        hex_of(digits, receipt->node.b, 4);
        struct nick noted = notes_last_nick(core, channel, &receipt->node);
        const char *nick = link != NULL                                     ? link->nick.text
                           : theirs != NULL && theirs->nick.text[0] != '\0' ? theirs->nick.text
                           : noted.text[0] != '\0'                          ? noted.text
                                                                            : digits;
        if (w.size > 0)
            write_u8(&w, '\n');
        write_copy(&w, nick, strlen(nick));
    }
    CHECK(!w.full);
    show->text = written(&w);
}
