/* Notes: WHO and NOTE, said and heard; presence.c keeps them.
 *
 *     A --- B --- C     B has two links, so it asks both: WHO
 *     A -> B  NOTE of A     B -> C  NOTE of A     C shows: A came
 *
 * 1. Who has more than one link asks each of them, once, and is given notes as long as the link lasts:
 *    at once, whenever the channels or the nick change, and every NOTE_EVERY_MS.
 * 2. What a link's node says of itself by JOIN counts more than any note. Who left, or whose link was
 *    lost, is gone; a note that is newer than all before brings him back.
 * 3. Among many nodes (NOTES_NODES) nobody says or passes on anything in a channel that is large: that most of one's
 *    links are in, or in which so many were heard of. Of it those are shown to whom there are links. It is not the frames
 *    alone, one of everybody on every link: a list of whom one heard of is bounded, each node's has others in it, and whoever
 *    falls out of one would be said to have left. So that a node that comes or goes does not make forty leave and come on
 *    everybody's screen, it stays so until few (NOTES_FEW) are known, or few of the links are in it. Who asks
 *    meanwhile is told then.
 * 5. Who has lost a link lives, as others may not know: he says so at once to those that are left, and again when
 *    the other end has surely found that the link is silent.
 * 4. A note costs its hearers a signature check and others a frame, so they are counted: NOTE_CHECKS a link
 *    in NOTE_CHECKS_MS, NOTE_CHANGES a node in NOTE_EVERY_MS. What is beyond is dropped without a word.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"
#include "core/talk.h"

#define NOTE_REFUSED_MAX 16

static struct bytes note_frame(struct core *core, const struct note *note)
{
    struct writer w = frame_writer(core, 256);
    wire_write_note(&w, note);
    CHECK(!w.full);
    return written(&w);
}

/* ---- how many there are ---- */

static bool is_first_of(const struct presence *presence, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (id_equal(&presence->list[i].note.node, &presence->list[index].note.node))
            return false;
    return true;
}

static bool is_recorded(const struct core *core, const struct spare *spare)
{
    return spare != NULL && spare->fails == 0 && spare->ends_wall_ms > core->wall_ms;
}

static size_t nodes_recorded(const struct core *core)
{
    size_t count = 0;
    for (size_t i = 0; i < core->spares.count; i++)
        count += is_recorded(core, &core->spares.list[i]);
    return count;
}

/* Those that notes tell of, beside the records. */
static size_t nodes_heard_of(struct core *core)
{
    const struct presence *presence = &core->presence;
    size_t count = 0;
    for (size_t i = 0; i < presence->count; i++)
        count += is_first_of(presence, i) &&
                 !is_recorded(core, spares_find(&core->spares, &presence->list[i].note.node));
    return count;
}

bool notes_crowded(const struct core *core, const struct channel *channel)
{
    return core->crowded && channel->crowd;
}

/* Is nearly everybody here in the channel, or are very many heard of in it? */
static bool is_large(const struct core *core, struct channel *channel)
{
    size_t members = 0, nodes = 0, up = core->links.up;
    for (size_t i = 0; i < core->links.room; i++)
        members += link_hears(&core->links.list[i], &channel->id) &&
                   link_has_joined(&core->links.list[i], &channel->id);
    for (size_t i = 0; i < core->presence.count; i++)
        nodes += id_equal(&core->presence.list[i].note.channel, &channel->id);
    if (nodes + members >= NOTES_NODES)
        channel->crowd_until_ms = core->now_ms + CROWD_MS;
    if (channel->crowd_until_ms > core->now_ms || members * 3 > up * 2)
        return true;
    return channel->crowd && members * 2 > up;
}

static void drop_notes(struct core *core, const struct channel *channel)
{
    struct presence *presence = &core->presence;
    for (size_t i = 0; i < presence->count; i++)
        if (id_equal(&presence->list[i].note.channel, &channel->id))
            presence->list[i].until_ms = presence->next_ms = core->now_ms;
}

static void judge_channels(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        bool was = channel->crowd;
        if (channel->hops == 0)
            continue;
        channel->crowd = is_large(core, channel);
        if (core->crowded && channel->crowd && !was)
            drop_notes(core, channel);
        else if (core->crowded && was && !channel->crowd)
            core->presence.own_at_ms = core->now_ms;
    }
}

/* So many were heard of in some channel lately that it is a crowd, whatever records say. */
static bool is_held(const struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].crowd_until_ms > core->now_ms)
            return true;
    return false;
}

void notes_judge(struct core *core)
{
    struct presence *presence = &core->presence;
    judge_channels(core);
    size_t recorded = nodes_recorded(core);
    if (core->crowded && recorded <= NOTES_FEW && !is_held(core)) {
        core->crowded = false;
        notes_ask(core);
        presence->own_at_ms = core->now_ms;
    } else if (!core->crowded && recorded + presence->count >= NOTES_NODES &&
               recorded + nodes_heard_of(core) >= NOTES_NODES) {
        core->crowded = true;
        for (size_t i = 0; i < core->channels.count; i++)
            if (core->channels.list[i].crowd)
                drop_notes(core, &core->channels.list[i]);
    }
}

/* ---- said ---- */

static struct bytes own_note(struct core *core, const struct channel *channel, bool here)
{
    struct note note = {
        .channel = channel->id,
        .node = core->config.identity.node,
        .number = core->presence.number,
        .here = here,
        .nick = {(const uint8_t *)core->config.nick.text, strlen(core->config.nick.text)},
        .left_s = NOTE_LIFE_MS / 1000,
    };
    note_sign(&note, &core->config.network, &core->config.identity);
    return note_frame(core, &note);
}

static void raise_number(struct core *core)
{
    core->presence.number =
        core->wall_ms > core->presence.number ? core->wall_ms : core->presence.number + 1;
}

static bool wants(const struct link *link, const struct channel *channel)
{
    return link_hears(link, &channel->id) && link->wants_notes;
}

void notes_say_by(struct core *core, uint64_t at_ms)
{
    if (core->presence.own_at_ms > at_ms)
        core->presence.own_at_ms = at_ms;
}

/* One's own note, to all who want it. */
static void say_own(struct core *core, const struct channel *channel, bool here)
{
    struct bytes frame = {NULL, 0};
    if (notes_crowded(core, channel))
        return;
    for (size_t i = 0; i < core->links.room; i++) {
        if (!wants(&core->links.list[i], channel))
            continue;
        if (frame.at == NULL)
            frame = own_note(core, channel, here);
        emit_send(core, &core->links.list[i], frame);
        if (here)
            notes_say_by(core, core->now_ms + NOTE_EVERY_MS);
    }
}

void notes_self(struct core *core)
{
    raise_number(core);
    core->presence.own_at_ms = UINT64_MAX; /* say_own() sets it, where anybody wants one */
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].joined)
            say_own(core, &core->channels.list[i], true);
    core->presence.said_ms = core->now_ms;
    if (core->presence.again_ms <= core->now_ms)
        core->presence.again_ms = UINT64_MAX;
    if (core->presence.own_at_ms != UINT64_MAX) /* somebody wants it */
        notes_say_by(core, core->presence.again_ms);
}

void notes_link_lost(struct core *core)
{
    uint64_t soon_ms = core->presence.said_ms + NOTE_GAP_MS;
    if (core->presence.own_at_ms == UINT64_MAX)
        return;
    notes_say_by(core, soon_ms > core->now_ms ? soon_ms : core->now_ms);
    core->presence.again_ms = core->now_ms + LINK_SILENCE_MS + PING_EVERY_MS;
}

void notes_left(struct core *core, const struct channel *channel)
{
    raise_number(core);
    say_own(core, channel, false);
    for (size_t i = 0; i < core->presence.count; i++)
        if (id_equal(&core->presence.list[i].note.channel, &channel->id))
            core->presence.list[i].until_ms = core->presence.next_ms = core->now_ms;
}

static void pass_on(struct core *core, struct link *link, struct noted *noted)
{
    struct note note = noted->note;
    note.nick.at = noted->nick;
    note.left_s = (uint16_t)((noted->until_ms - core->now_ms + 999) / 1000);
    emit_send(core, link, note_frame(core, &note));
}

void notes_tell(struct core *core, struct link *link, const struct channel *channel)
{
    size_t told = 0; /* of the others it hears when they say it again */
    for (size_t i = 0; i < core->presence.count && told < NOTES_TOLD; i++) {
        struct noted *noted = &core->presence.list[i];
        if (!id_equal(&noted->note.channel, &channel->id) ||
            id_equal(&noted->note.node, &link->node) || !presence_holds(noted, core->now_ms))
            continue;
        pass_on(core, link, noted);
        told++;
    }
    if (link->wants_notes && channel->joined && !notes_crowded(core, channel))
        emit_send(core, link, own_note(core, channel, true));
}

void notes_ask(struct core *core)
{
    if (core->links.up < 2)
        return;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link->state != LINK_UP || link->asked_notes)
            continue;
        struct writer w = frame_writer(core, 1);
        wire_write_who(&w);
        emit_send(core, link, written(&w));
        link->asked_notes = true;
    }
}

/* ---- heard ---- */

void notes_take_who(struct core *core, struct link *link, struct bytes frame)
{
    if (!wire_read_who(frame)) {
        frame_breaks_rules(core, link, "a WHO that does not parse");
        return;
    }
    if (link->wants_notes)
        return;
    link->wants_notes = true;
    if (core->presence.number == 0)
        raise_number(core);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->joined && link_hears(link, &channel->id) && !notes_crowded(core, channel))
            emit_send(core, link, own_note(core, channel, true));
    }
    notes_say_by(core, core->now_ms + NOTE_EVERY_MS);
}

static bool too_many(struct core *core, struct link *link)
{
    if (core->now_ms - link->notes_from_ms >= NOTE_CHECKS_MS) {
        link->notes_from_ms = core->now_ms;
        link->notes = 0;
    }
    return ++link->notes > NOTE_CHECKS;
}

static bool changes_too_often(const struct core *core, struct noted *noted)
{
    if (core->now_ms - noted->window_ms >= NOTE_EVERY_MS) {
        noted->window_ms = core->now_ms;
        noted->changes = 0;
    }
    return ++noted->changes > NOTE_CHANGES;
}

static void show_noted(struct core *core, const struct channel *channel, const struct noted *noted,
                       bool here)
{
    if (!channel_shows(channel, &core->config.identity.node))
        return;
    struct show *show = emit_show(core, SHOW_MEMBER);
    show->channel = channel->name;
    show->nick = notes_nick(noted);
    show->id = noted->note.node;
    show->up = here;
}

/* The node stands at the end of a link, and takes the channel. */
static bool is_linked(struct core *core, const struct channel *channel, const struct id *node)
{
    const struct link *link = link_table_to(&core->links, node, NULL);
    return link != NULL && link_has_joined(link, &channel->id);
}

static void keep(struct core *core, struct link *link, struct channel *channel, struct noted *noted,
                 const struct note *note)
{
    bool was = presence_holds(noted, core->now_ms);
    struct nick before = notes_nick(noted);
    presence_keep(&core->presence, noted, note, link->number, core->now_ms);
    if (was != note->here) {
        kin_news(core);
        choice_found(core);
    }
    if (note->here)
        holding_noted(core, channel, &note->node);
    if (channel->joined) {
        punch_soon(core);
        acquaint_hear(core, &note->node);
    }
    if (channel->joined && !is_linked(core, channel, &note->node)) {
        struct nick now = notes_nick(noted);
        if (was && note->here && strcmp(before.text, now.text) != 0)
            emit_told(core, TOLD_NICK_OTHER, before.text, now.text, 0);
        if (was != note->here)
            show_noted(core, channel, noted, note->here);
    }
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *other = &core->links.list[i];
        if (other != link && link_hears(other, &channel->id) &&
            !id_equal(&other->node, &note->node))
            pass_on(core, other, noted);
    }
}

/* Those of channels that are none of ours leave room for the others. */
static size_t carried_notes(struct core *core)
{
    size_t count = 0;
    for (size_t i = 0; i < core->presence.count; i++) {
        const struct channel *channel =
            channel_by_id(&core->channels, &core->presence.list[i].note.channel);
        count += channel == NULL || !channel->joined;
    }
    return count;
}

void notes_take(struct core *core, struct link *link, struct bytes frame)
{
    struct note note;
    if (!wire_read_note(frame, &note)) {
        frame_breaks_rules(core, link, "a NOTE that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &note.channel);
    if (channel == NULL || channel->hops == 0 || note.left_s == 0 || notes_crowded(core, channel) ||
        id_equal(&note.node, &core->config.identity.node) || block_is(core, &note.node) ||
        !channel_allows(channel, &core->config.identity.node, &note.node))
        return;
    struct noted *noted = presence_find(&core->presence, &note.channel, &note.node);
    if ((noted != NULL && note.number <= noted->note.number) || too_many(core, link))
        return;
    if (!note_verify(&note, &core->config.network)) {
        emit_log(core, "a note refused: its signature does not hold", link);
        if (++link->refused >= NOTE_REFUSED_MAX)
            core_end_link(core, link, WHY_RULES);
        return;
    }
    if (noted == NULL && !channel->joined && carried_notes(core) >= LIMIT_NOTES / 2)
        return;
    bool is_new = noted == NULL;
    noted = presence_place(&core->presence, &note, link->number);
    if (noted != NULL && !changes_too_often(core, noted))
        keep(core, link, channel, noted, &note);
    if (is_new)
        notes_judge(core);
}

/* ---- who is there ---- */

struct nick notes_nick(const struct noted *noted)
{
    return nick_from_peer((struct bytes){noted->nick, noted->note.nick.size});
}

bool notes_know(const struct core *core, const struct channel *channel, const struct id *node)
{
    return presence_holds(presence_find(&core->presence, &channel->id, node), core->now_ms);
}

void notes_silence(struct core *core, const struct channel *channel, const struct id *node)
{
    struct noted *noted = presence_find(&core->presence, &channel->id, node);
    if (noted != NULL)
        noted->note.here = false;
}

struct nick notes_last_nick(const struct core *core, const struct channel *channel,
                            const struct id *node)
{
    const struct noted *noted = presence_find(&core->presence, &channel->id, node);
    return noted != NULL ? notes_nick(noted) : (struct nick){{0}};
}

size_t notes_beyond(struct core *core, const struct channel *channel, const struct noted **out)
{
    size_t count = 0;
    for (size_t i = 0; i < core->presence.count; i++) {
        const struct noted *noted = &core->presence.list[i];
        if (id_equal(&noted->note.channel, &channel->id) && presence_holds(noted, core->now_ms) &&
            !is_linked(core, channel, &noted->note.node))
            out[count++] = noted;
    }
    return count;
}

bool notes_show(struct core *core, const struct channel *channel)
{
    const struct noted *beyond[LIMIT_NOTES];
    size_t count = notes_beyond(core, channel, beyond);
    for (size_t i = 0; i < count; i++)
        show_noted(core, channel, beyond[i], true);
    return count > 0;
}

void notes_work(struct core *core)
{
    struct presence *presence = &core->presence;
    if (presence->own_at_ms <= core->now_ms)
        notes_self(core);
    if (presence->next_ms > core->now_ms)
        return;
    for (size_t i = 0; i < presence->count; i++) {
        struct noted *noted = &presence->list[i];
        struct channel *channel = channel_by_id(&core->channels, &noted->note.channel);
        if (noted->until_ms <= core->now_ms && noted->note.here && channel != NULL &&
            channel->joined && !is_linked(core, channel, &noted->note.node))
            show_noted(core, channel, noted, false);
    }
    presence_sweep(presence, core->now_ms);
}

uint64_t notes_deadline(const struct core *core)
{
    return core->presence.own_at_ms < core->presence.next_ms ? core->presence.own_at_ms
                                                             : core->presence.next_ms;
}
