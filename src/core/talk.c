/* Talk: direct channels, the flow (PROTOCOL.md section 10): how they come to be, and where they show.
 *
 *     \msg --> the channel is taken, JOIN lists it --> the other sees an id that he does not know
 *              (acquaint.c), and takes it, too --> what is said in it is sealed (sealing.c) to the key
 *              on the other's card (cards.c)
 *
 * A channel that the other began has no window (it is `quiet`) until there is an entry in it; so has
 * one that was left. Both stay taken, or what is said there would not come.
 */
#include <sodium.h>
#include <string.h>

#include "core/group.h"
#include "core/talk.h"

struct channel *talk_with(struct core *core, const struct id *peer)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (channel_is_direct(&core->channels.list[i]) &&
            id_equal(&core->channels.list[i].peer, peer))
            return &core->channels.list[i];
    return NULL;
}

void talk_keep(struct core *core, struct channel *channel)
{
    channel->unkept = core->unwritable;
    if (core->unwritable)
        return;
    struct effect *effect = emit_in(core, EFFECT_DIRECT, channel);
    effect->node = channel->peer;
    effect->shown = !channel->quiet;
}

/* It was carried for others before it was known for whom. What is held of it was not opened, so it comes
 * again. */
static void fetch_anew(struct core *core, struct channel *channel)
{
    emit_in(core, EFFECT_DROP, channel);
    channel->carried = (struct carried){.bytes = 0};
    channel_empty(channel, core->channels.table_key);
}

struct channel *talk_made(struct core *core, const struct id *peer, const struct channel_name *name)
{
    struct channel *channel = talk_with(core, peer);
    uint8_t shared[32];
    if (channel != NULL || !seal_shared(shared, &core->config.identity, peer))
        return channel;
    struct nick nick = whom_nick(core, peer);
    struct channel_name made = name != NULL ? *name : whom_name(core, peer, &nick);
    struct id id = direct_id(&core->config.network, &core->config.identity.node, peer, shared);
    channel = channel_by_id(&core->channels, &id);
    bool carried =
        channel != NULL && (channel->log_count > 0 || !id_is_zero(&channel->carried.asker));
    if (carried &&
        core->unwritable) { /* what is held of it stays, until the disk takes something */
        sodium_memzero(shared, sizeof shared);
        return NULL;
    }
    channel = channel_add_id(&core->channels, &id);
    if (carried)
        fetch_anew(core, channel);
    channel_make_direct(channel, &made, peer, shared);
    sodium_memzero(shared, sizeof shared);
    return channel;
}

void talk_writable(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].unkept)
            talk_keep(core, &core->channels.list[i]);
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
            acquaint_look(core, &core->links.list[i]);
}

void talk_load(struct core *core, const struct event *event)
{
    struct channel *channel = talk_made(core, &event->node, &event->channel);
    if (channel == NULL || channel->joined)
        return;
    channel_take(&core->channels, channel);
    channel->quiet = !event->held;
    channel->card = event->card;
}

/* All that follows from taking a channel, but that it is shown. */
static void taken_now(struct core *core, struct channel *channel)
{
    core_announce_self(core);
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id))
            continue;
        emit_member(core, channel, link, true);
        heads_compare(core, link, channel);
        bodies_met(core, link, channel);
    }
    if (channel->card.version == 0)
        seeks_begin(core, channel);
}

bool talk_take(struct core *core, struct channel *channel)
{
    if (channel->joined)
        return true;
    if (!channel_take(&core->channels, channel))
        return false;
    taken_now(core, channel);
    return true;
}

/* Gives it a window. */
static void show_channel(struct core *core, struct channel *channel)
{
    channel->quiet = false;
    talk_keep(core, channel);
    emit_current(core);
}

void talk_heard(struct core *core, struct channel *channel, const struct entry *line)
{
    struct bytes nick, text;
    if (!channel->quiet || !channel_is_direct(channel) ||
        (line->kind != ENTRY_SEALED && !kind_is_said(line->kind)))
        return;
    if (channel->log_count <= 1 && entry_text(line, &nick, &text)) {
        struct nick said = nick_from_peer(nick);
        memset(&channel->name, 0, sizeof channel->name);
        channel->name = whom_name(core, &channel->peer, &said);
    }
    show_channel(core, channel);
    struct show *show = emit_show(core, SHOW_TOLD);
    show->told = TOLD_DIRECT_NEW;
    show->a = arena_string(core, channel->name.text);
    show->id = channel->peer;
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            emit_member(core, channel, &core->links.list[i], true);
    notes_show(core, channel);
}

struct channel *talk_open(struct core *core, const struct channel_name *name)
{
    struct id found[WHOM_SEVERAL];
    struct channel *channel = channel_by_name(&core->channels, name->text);
    size_t count = 0;
    if (channel == NULL ||
        channel->quiet) { /* one that was never opened has the name of whoever came first */
        count = whom_find(core, name->text + 1, found);
        if (count == 0) /* a nick with an @ of its own, typed as it is */
            count = whom_find(core, name->text, found);
        if (count == 1)
            channel = talk_made(core, &found[0], NULL);
        else if (count > 1)
            whom_tell_several(core, name->text + 1, found, count);
        if (count > 1)
            return NULL;
    }
    bool self = count == 0 && strcmp(name->text + 1, core->config.nick.text) == 0;
    if (channel == NULL) {
        emit_told(core,
                  self                             ? TOLD_DIRECT_SELF
                  : count == 1 && core->unwritable ? TOLD_STORE_FULL
                                                   : TOLD_DIRECT_NONE,
                  name->text + 1, NULL, 0);
        return NULL;
    }
    bool was = channel->joined && !channel->quiet;
    if (!channel->joined && core->channels.joined == LIMIT_CHANNELS) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return NULL;
    }
    channel->quiet = false;
    core->channels.current = channel->name;
    talk_keep(core, channel);
    emit_current(core);
    emit_told(core, was ? TOLD_WRITING : TOLD_DIRECT, channel->name.text, NULL, 0);
    talk_take(core, channel);
    return channel;
}

void talk_leave(struct core *core, struct channel *channel)
{
    channel->quiet = true;
    channels_move_on(&core->channels, channel);
    talk_keep(core, channel);
    emit_current(core);
    emit_told(core, TOLD_LEFT, channel->name.text, NULL, 0);
}

void talk_link_up(struct core *core, struct link *link)
{
    acquaint_know(core, &link->node);
    cards_send_own(core, link);
    seeks_link_up(core, link);
    group_link_up(core);
}

void talk_work(struct core *core)
{
    const struct direct *direct = &core->direct;
    if (direct->waiting_count > 0)
        sealing_say_waiting(core);
    if (direct->tell_at_ms <= core->now_ms)
        sealing_tell(core);
    if (direct->compute_at_ms <= core->now_ms)
        acquaint_on(core);
    if (direct->look_at_ms <= core->now_ms)
        cards_work(core);
    if (reseal_deadline(core) <= core->now_ms)
        reseal_work(core);
    reading_work(core);
}

uint64_t talk_deadline(const struct core *core)
{
    const struct direct *direct = &core->direct;
    uint64_t deadline =
        direct->look_at_ms < direct->compute_at_ms ? direct->look_at_ms : direct->compute_at_ms;
    deadline = direct->tell_at_ms < deadline ? direct->tell_at_ms : deadline;
    deadline = reseal_deadline(core) < deadline ? reseal_deadline(core) : deadline;
    uint64_t reading = reading_deadline(core);
    return reading < deadline ? reading : deadline;
}
