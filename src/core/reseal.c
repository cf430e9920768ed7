/* Reseal: a line that was sealed to a key that is gone is asked for, and sealed again by its author, who kept what it
 * says (PROTOCOL.md section 10.4).
 *
 *     a line that cannot be opened --RESEAL_GATHER_MS--> ASK, with the own card
 *                    the author opens that --> RECALL --> AGAIN, sealed to that card
 *     OPEN: the line reads, at its place <--
 *
 * 1. Both are entries, so they find their way where the two never meet; and an ASK brings the card, so
 *    the other has a key that is there. One whose lines come sealed to an old key is told the card, too.
 * 2. Asking ends. A line is asked for once, when it comes; a channel asks once in RESEAL_EVERY_MS; and after
 *    RESEAL_TRIES asks no more until something of the other's can be opened. So two who cannot open each
 *    other's asks, and ask for those, come to an end.
 * 3. Who is asked seals RESEAL_LINES an hour again, for one other, and none that is older than RESEAL_AGE_MS: who
 *    stole the other's identity can ask, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

#define ASK_CARD (8 + 32 + 64)
#define ASK_LINE (8 + 32)

void reseal_soon(struct core *core)
{
    struct direct *direct = &core->direct;
    uint64_t at_ms = core->now_ms + RESEAL_GATHER_MS;
    if (at_ms < direct->ask_at_ms)
        direct->ask_at_ms = at_ms;
}

static bool is_old(const struct core *core, uint64_t wall_ms)
{
    return wall_ms < core->wall_ms && core->wall_ms - wall_ms > RESEAL_AGE_MS;
}

/* ---- what cannot be opened ---- */

static void drop_closed(struct direct *direct, size_t at)
{
    direct->closed_count--;
    memmove(&direct->closed[at], &direct->closed[at + 1],
            (direct->closed_count - at) * sizeof *direct->closed);
}

static void add_closed(struct core *core, const struct entry *entry)
{
    struct direct *direct = &core->direct;
    if (direct->closed == NULL)
        direct->closed = calloc(LIMIT_CLOSED, sizeof *direct->closed);
    CHECK(direct->closed != NULL);
    if (direct->closed_count == LIMIT_CLOSED)
        drop_closed(direct, 0); /* the newest are wanted most */
    direct->closed[direct->closed_count++] = (struct closed){entry->channel, entry->id, entry->seq};
    reseal_soon(core);
}

static size_t closed_in(const struct direct *direct, const struct id *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < direct->closed_count; i++)
        count += id_equal(&direct->closed[i].channel, channel);
    return count;
}

/* ---- asking ---- */

/* He seals to an old key, and is not there to be told by a CARD. */
static bool says_card(struct core *core, const struct channel *channel)
{
    const struct direct *direct = &core->direct;
    return channel->stale && direct->own_count > 0 &&
           channel->card_said != direct->own[direct->own_count - 1].prekey.number &&
           link_table_to(&core->links, &channel->peer, NULL) == NULL;
}

/* When something is asked in the channel; UINT64_MAX: nothing, as it is now. */
static uint64_t due_ms(struct core *core, const struct channel *channel)
{
    bool asks = channel->asks < RESEAL_TRIES && closed_in(&core->direct, &channel->id) > 0;
    if (!channel_is_direct(channel) || !channel->joined || channel->card.version == 0 ||
        (!asks && !says_card(core, channel)))
        return UINT64_MAX;
    return channel->asked_ms == 0 ? core->now_ms : channel->asked_ms + RESEAL_EVERY_MS;
}

static void ask(struct core *core, struct channel *channel)
{
    struct direct *direct = &core->direct;
    uint8_t body[ASK_CARD + RESEAL_LINES * ASK_LINE];
    struct writer w = writer_of(body, sizeof body);
    struct keycard card;
    size_t count = 0;
    if (closed_in(direct, &channel->id) > 0)
        cards_renew(core);
    if (!cards_own(core, &card))
        return;
    write_u64(&w, card.number);
    write_id(&w, &card.prekey);
    write_copy(&w, card.signature.b, sizeof card.signature.b);
    for (size_t i = 0; i < direct->closed_count && channel->asks < RESEAL_TRIES;) {
        const struct closed *closed = &direct->closed[i];
        if (count == RESEAL_LINES || !id_equal(&closed->channel, &channel->id)) {
            i++;
            continue;
        }
        write_u64(&w, closed->seq);
        write_id(&w, &closed->id);
        count++;
        drop_closed(direct, i);
    }
    CHECK(!w.full);
    channel->asks += count > 0;
    channel->asked_ms = core->now_ms;
    channel->card_said = card.number;
    sealing_now(core, channel, ENTRY_ASK, written(&w));
}

void reseal_work(struct core *core)
{
    struct direct *direct = &core->direct;
    uint64_t next_ms = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (due_ms(core, channel) <= core->now_ms)
            ask(core, channel);
        uint64_t at_ms = due_ms(core, channel);
        if (at_ms < next_ms)
            next_ms = at_ms;
    }
    direct->ask_at_ms = next_ms > core->now_ms ? next_ms : core->now_ms + RESEAL_EVERY_MS;
}

uint64_t reseal_deadline(const struct core *core)
{
    return core->unwritable ? UINT64_MAX : core->direct.ask_at_ms;
}

/* ---- being asked, and the answer ---- */

static bool too_many(const struct core *core, struct channel *channel)
{
    if (channel->again == 0 || core->now_ms - channel->again_ms >= RESEAL_HOUR_MS) {
        channel->again_ms = core->now_ms;
        channel->again = 0;
    }
    return ++channel->again > RESEAL_LINES;
}

static void take_ask(struct core *core, struct channel *channel, struct bytes body)
{
    struct reader r = reader_of(body);
    struct keycard card = {.version = CARD_VERSION, .node = channel->peer};
    card.number = read_u64(&r);
    card.prekey = read_id(&r);
    read_copy(&r, card.signature.b, sizeof card.signature.b);
    if (r.bad || r.left % ASK_LINE != 0 || !cards_heard(core, channel, &card))
        return;
    while (r.left > 0) {
        struct head head = {.author = core->config.identity.node};
        head.seq = read_u64(&r);
        head.tip = read_id(&r);
        if (head.seq < 1 || head.seq > LIMIT_SEQ || too_many(core, channel))
            continue;
        emit_in(core, EFFECT_RECALL, channel)->head = head;
    }
}

void reseal_recalled(struct core *core, const struct event *event)
{
    struct channel *channel = channel_by_id(&core->channels, &event->channel_id);
    struct writer w = frame_writer(core, SEAL_BODY_MOST);
    uint8_t kind = (uint8_t)event->number;
    if (channel == NULL || !channel_is_direct(channel) || !channel->joined ||
        channel->card.version == 0 || core->unwritable || is_old(core, event->asked_wall_ms))
        return;
    if (kind == ENTRY_AGAIN) { /* it names what it is for */
        write_copy(&w, event->frame.at, event->frame.size);
    } else {
        write_u64(&w, event->head.seq);
        write_id(&w, &event->head.tip);
        write_u8(&w, kind);
        if (kind_is_said(kind))
            write_copy(&w, event->frame.at, event->frame.size);
    }
    if (!w.full && kind != ENTRY_SEALED && kind != ENTRY_FORGET)
        sealing_now(core, channel, ENTRY_AGAIN, written(&w));
    if (kind == ENTRY_KEYS) { /* what it said is kept nowhere */
        const struct id peer = channel->peer;
        keys_again(core, &peer);
    }
}

static void take_again(struct core *core, const struct channel *channel, const struct entry *line)
{
    struct direct *direct = &core->direct;
    struct entry *said = arena_copy(&core->arena, line, sizeof *line);
    if (!entry_again(line, &said->seq, &said->id, &said->kind, &said->body))
        return;
    emit_in(core, EFFECT_OPEN, channel)->lines = said;
    for (size_t i = direct->closed_count; i-- > 0;)
        if (direct->closed[i].seq == said->seq && id_equal(&direct->closed[i].id, &said->id))
            drop_closed(direct, i);
}

static void heard(struct core *core, struct channel *channel, const struct entry *entry,
                  const struct entry *line)
{
    const struct direct *direct = &core->direct;
    uint8_t key[SEAL_PREKEY_ID];
    if (entry->kind != ENTRY_SEALED || entry->body.at == NULL ||
        !id_equal(&entry->author, &channel->peer) || !seal_to(entry->body, key))
        return;
    reading_line(channel, line);
    if (line->kind == ENTRY_SEALED) {
        if (!is_old(core, entry->wall_ms) && direct_prekey(direct, key) == NULL)
            add_closed(core, entry);
        return;
    }
    bool waits = channel->asks > 0;
    channel->asks = 0;
    channel->stale = memcmp(direct->own[direct->own_count - 1].prekey.key.b, key, sizeof key) != 0;
    if (channel->stale || waits)
        reseal_soon(core);
    if (line->kind == ENTRY_ASK)
        take_ask(core, channel, line->body);
    else if (line->kind == ENTRY_AGAIN)
        take_again(core, channel, line);
    else if (line->kind == ENTRY_READ)
        reading_heard(core, channel, line);
}

void reseal_closed(struct core *core, const struct channel *channel, const struct entry *entry)
{
    uint8_t key[SEAL_PREKEY_ID];
    const struct direct *direct = &core->direct;
    for (size_t i = 0; i < direct->closed_count; i++)
        if (direct->closed[i].seq == entry->seq && id_equal(&direct->closed[i].id, &entry->id))
            return;
    if (entry->kind == ENTRY_SEALED && entry->body.at != NULL &&
        id_equal(&entry->author, &channel->peer) && seal_to(entry->body, key) &&
        !is_old(core, entry->wall_ms) && direct_prekey(direct, key) == NULL)
        add_closed(core, entry);
}

void reseal_heard(struct core *core, struct channel *channel, const struct run *run,
                  const struct entry *lines)
{
    for (size_t i = 0; i < run->count; i++)
        heard(core, channel, &run->entries[i], &lines[i]);
}
