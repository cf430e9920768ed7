/* Load: what is on disk, given to a core before it does anything: channels, the branches in them, who holds what. */
#include "core/talk.h"

static struct channel *loaded(struct core *core, const struct event *event)
{
    return event->channel.text[0] == '\0'
               ? channel_add_id(&core->channels, &event->channel_id)
               : channel_add(&core->channels, &event->channel, &core->config.network);
}

void load_channel(struct core *core, const struct event *event)
{
    struct channel *channel = loaded(core, event);
    channel->lamport = event->lamport;
    if (event->channel.text[0] != '\0')
        return;
    channel->carried.asker = event->node;
    channel->carried.bytes = event->number;
    channel->carried.asked_wall_ms = event->asked_wall_ms;
    core->carry.at_ms = core->now_ms; /* it is offered from the first link on */
}

void load_log(struct core *core, const struct event *event)
{
    struct channel *channel = loaded(core, event);
    const struct id *author = &event->load.author;
    struct log *log = event->load.branch == 0 || channel_log(channel, author) == NULL
                          ? channel_log_add(channel, author, true)
                          : channel_branch_add(channel, author);
    if (log == NULL)
        return;
    acquaint_know(core, author);
    log_load(log, &event->load);
    log->probe_step = PROBE_FIRST;
    log->probe = log->above_from > PROBE_FIRST ? log->above_from - PROBE_FIRST : 1;
    if (log->above_from != 0) {
        log->gap_since_ms = core->now_ms;
        channel->gap_at_ms = core->now_ms + GAP_TOLD_MS;
    }
    if (id_equal(author, &core->config.identity.node))
        channel->said_from = channel_highest(channel, author)->seq;
}

void load_receipt(struct core *core, const struct event *event)
{
    struct held_range held[LIMIT_HELD_RANGES];
    struct channel *channel = loaded(core, event);
    receipts_note(&channel->receipts, &event->node, event->number, 0, held);
    if (event->head.seq > 0)
        receipts_hide(&channel->receipts, &event->node, event->head.seq);
}

void load_certified(struct core *core, const struct event *event)
{
    loaded(core, event)->certified = true;
}
