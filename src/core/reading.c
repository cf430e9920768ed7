/* Reading: up to where each of the two of a direct channel has read what the other said, where both wish it
 * (PROTOCOL.md section 10.5). The faces know whether the user does: one that is not to say it asks for
 * nothing here, and shows nothing.
 *
 * 1. A mark costs an entry, so there is one in READ_EVERY_MS at most, of the newest line, and none while nothing is
 *    new.
 * 2. What was said and heard of marks comes back at a start, from the store.
 */
#include "base/check.h"
#include "core/talk.h"

void reading_load(struct core *core, const struct event *event)
{
    struct channel *channel = channel_by_name(&core->channels, event->channel.text);
    if (channel == NULL || !channel_is_direct(channel))
        return;
    channel->reading.by = event->number;
    channel->reading.said = channel->reading.seq = event->lamport;
}

void reading_line(struct channel *channel, const struct entry *line)
{
    if (line->kind != ENTRY_SEALED && !kind_is_said(line->kind))
        return;
    if (line->seq > channel->reading.line.seq) {
        channel->reading.line =
            (struct head){.author = line->author, .seq = line->seq, .tip = line->id};
        channel->reading.lamport = line->lamport;
    }
}

/* The last line of the other's: of this process, else what is held. */
static struct head last_line(struct channel *channel)
{
    const struct log *log = channel_highest(channel, &channel->peer);
    if (channel->reading.line.seq != 0 || log == NULL || !log_has_head(log))
        return channel->reading.line;
    return (struct head){.author = channel->peer, .seq = log->seq, .tip = log->tip};
}

void reading_looked(struct core *core, const struct request *request)
{
    struct channel *channel = channel_by_name(&core->channels, request->channel.text);
    if (channel == NULL || !channel_is_direct(channel) || !channel->joined ||
        channel->reading.lamport > request->lamport)
        return; /* what came meanwhile was not seen */
    struct head line = last_line(channel);
    if (line.seq > channel->reading.seq) {
        channel->reading.seq = line.seq;
        channel->reading.tip = line.tip;
    }
}

static uint64_t due_ms(const struct core *core, const struct channel *channel)
{
    const struct reading *reading = &channel->reading;
    if (!channel_is_direct(channel) || !channel->joined || core->unwritable ||
        channel->card.version == 0 || reading->seq <= reading->said)
        return UINT64_MAX;
    return reading->said_ms == 0 ? core->now_ms : reading->said_ms + READ_EVERY_MS;
}

void reading_work(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        uint8_t body[8 + 32];
        struct writer w = writer_of(body, sizeof body);
        if (due_ms(core, channel) > core->now_ms)
            continue;
        channel->reading.said = channel->reading.seq;
        channel->reading.said_ms = core->now_ms;
        write_u64(&w, channel->reading.seq);
        write_id(&w, &channel->reading.tip);
        sealing_now(core, channel, ENTRY_READ, written(&w));
    }
}

uint64_t reading_deadline(const struct core *core)
{
    uint64_t deadline = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++)
        if (due_ms(core, &core->channels.list[i]) < deadline)
            deadline = due_ms(core, &core->channels.list[i]);
    return deadline;
}

void reading_heard(struct core *core, struct channel *channel, const struct entry *line)
{
    struct head head;
    const struct log *log = channel_highest(channel, &core->config.identity.node);
    if (!entry_reads(line, &head.seq, &head.tip) || log == NULL || head.seq > log->seq ||
        head.seq <= channel->reading.by ||
        (head.seq == log->seq && !id_equal(&head.tip, &log->tip)))
        return;
    struct show *show = emit_show(core, SHOW_READ);
    show->channel = channel->name;
    show->peer = channel->peer;
    show->id = core->config.identity.node;
    show->nick = whom_nick(core, &channel->peer);
    show->seq = channel->reading.by + 1;
    show->n2 = channel->reading.by = head.seq;
    show->up = head.seq >= channel->own_line;
}

bool core_read(struct core *core, const struct channel_name *name, uint64_t seq)
{
    const struct channel *channel = channel_by_name(&core->channels, name->text);
    return channel != NULL && channel_is_direct(channel) && channel->reading.by >= seq;
}
