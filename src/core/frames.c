/* Frames: what a peer sends, and what follows.
 *
 * 1. Before HELLO2 nothing but the next frame of the handshake is looked at; before JOIN nothing
 *    but JOIN.
 * 2. A frame that does not parse, or comes out of turn, ends the link: whoever sends it is broken
 *    or means harm.
 * 3. A run whose signature is wrong is dropped and counted, and its ids are not held against
 *    anyone: another source is asked. LINK_REFUSED_MAX of them end the link.
 * 4. A run for a channel that is not joined is dropped without a word: it was on its way when we
 *    left.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define LINK_REFUSED_MAX 16

void frame_breaks_rules(struct core *core, struct link *link, const char *what)
{
    emit_log(core, what, link);
    core_end_link(core, link, WHY_RULES);
}

/* ---- HAVE, WANT, ENTRY ---- */

static bool is_doubtful(const struct core *core, const struct link *link)
{
    return link->doubted_ms > core->now_ms;
}

static void ask_by(struct channel *channel, const struct log *log)
{
    if (sync_deadline(log) < channel->ask_at_ms)
        channel->ask_at_ms = sync_deadline(log);
}

/* The log of an author whom nobody has proved yet: each link may speak of so many. */
static struct log *announced_log(struct link *link, struct channel *channel,
                                 const struct id *author)
{
    struct log *log = channel_log(channel, author);
    if (log != NULL || link->announced >= LIMIT_ANNOUNCED)
        return log;
    log = channel_log_add(channel, author, false);
    if (log != NULL) {
        log->announced_by = link->number;
        link->announced++;
    }
    return log;
}

/* An entry of the author is held: the link that announced him may announce another. */
static void prove_log(struct core *core, struct log *log)
{
    struct link *link = link_table_find(&core->links, log->announced_by);
    if (link != NULL && link->announced > 0)
        link->announced--;
    log->announced_by = 0;
}

static void take_receipt(struct core *core, const struct link *link, struct channel *channel,
                         uint64_t seq)
{
    struct held_range held[LIMIT_RECEIPTS];
    if (seq > channel->received)
        channel->received = seq;
    size_t count = receipts_note(&channel->receipts, &link->node, seq, channel->said_from, held);
    for (size_t i = 0; i < count; i++) {
        struct show *show = emit_show(core, SHOW_HELD);
        show->channel = channel->name;
        show->id = core->config.identity.node;
        show->seq = held[i].from;
        show->n2 = held[i].to;
        show->n = held[i].by;
    }
}

/* Returns how many more entries are known to exist by it. */
static uint64_t take_head(struct core *core, struct link *link, struct channel *channel,
                          const struct head *head, bool all)
{
    struct log *log = announced_log(link, channel, &head->author);
    if (log == NULL)
        return 0;
    if (head->seq <= log->seq) {
        if (id_equal(&head->author, &core->config.identity.node))
            take_receipt(core, link, channel, head->seq);
        return 0;
    }
    uint64_t before = sync_missing(log);
    bool pushed = !all && link_table_to(&core->links, &head->author, link) != NULL;
    sync_learn(log, link->number, head, is_doubtful(core, link),
               core->now_ms + (pushed ? LAZY_WANT_MS : 0));
    if (all)
        log->catching_up = true;
    ask_by(channel, log);
    uint64_t after = sync_missing(log);
    return after > before ? after - before : 0;
}

/* Anybody can announce anything, so this is said rarely. */
static void tell_coming(struct core *core, struct channel *channel, uint64_t coming)
{
    if (channel->told_ms != 0 && core->now_ms - channel->told_ms < HISTORY_TOLD_MS)
        return;
    channel->told_ms = core->now_ms;
    emit_told(core, TOLD_HISTORY_COMING, channel->name.text, NULL, coming);
}

static void take_have(struct core *core, struct link *link, struct bytes frame)
{
    struct have have;
    if (!wire_read_have(frame, &have)) {
        frame_breaks_rules(core, link, "a HAVE that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &have.channel);
    if (channel == NULL || !channel->joined)
        return;
    uint64_t coming = 0;
    for (size_t i = 0; i < have.count; i++)
        coming += take_head(core, link, channel, &have.heads[i], have.all);
    if (have.all && coming > 0)
        tell_coming(core, channel, coming);
}

static void take_want(struct core *core, struct link *link, struct bytes frame)
{
    struct want want;
    if (!wire_read_want(frame, &want)) {
        frame_breaks_rules(core, link, "a WANT that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &want.channel);
    if (channel == NULL || !channel->joined || !link_takes(link, &want.channel))
        return;
    struct effect *effect = emit(core, EFFECT_SERVE);
    effect->link = link->number;
    effect->channel = channel->name;
    effect->want = want;
}

static void show_new(struct core *core, const struct channel *channel, const struct log *before,
                     const struct run *run, enum via via)
{
    for (size_t i = 0; i < run->count; i++)
        if (!log_holds(before, run->entries[i].seq))
            emit_message(core, channel, &run->entries[i], via);
}

/* Who sends a late entry may know the ones before. */
static void learn_source(struct core *core, const struct link *link, struct channel *channel,
                         struct log *log, const struct entry *last)
{
    struct head head = {.author = log->author, .seq = last->seq, .tip = last->id};
    sync_learn(log, link->number, &head, is_doubtful(core, link), core->now_ms + LAZY_WANT_MS);
    ask_by(channel, log);
}

static void accept_run(struct core *core, struct link *link, struct channel *channel,
                       struct log *log, const struct run *run, enum entry_part part)
{
    const struct entry *last = &run->entries[run->count - 1];
    struct log before = *log;
    size_t first;
    enum placed placed = log_place(log, run, &first);
    if (placed == PLACED_CONFLICT) {
        link->refused++;
        emit_log(core, "a run refused: it contradicts what is held of its author", link);
        sync_forget(log, link->number, core->now_ms);
        channel->ask_at_ms = core->now_ms;
    }
    if (placed == PLACED_NEW) {
        struct run fresh = {run->entries + first, run->count - first, run->signature};
        struct effect *effect = emit(core, EFFECT_STORE);
        effect->channel = channel->name;
        effect->run = fresh;
        for (size_t i = first; i < run->count; i++)
            channel_adopt(channel, run->entries[i].lamport, core->wall_ms);
        if (log->announced_by != 0)
            prove_log(core, log);
        if (part != PART_PUSH)
            link->answered_ms = core->now_ms;
        show_new(core, channel, &before, &fresh,
                 part != PART_PUSH && log->catching_up ? VIA_HISTORY : VIA_LINK);
    }
    if (placed == PLACED_NEW && id_equal(&last->author, &core->config.identity.node) &&
        last->seq > channel->received)
        channel->received = last->seq; /* own lines, back from one who holds them */
    if (log->seq != before.seq) {
        log->announce = channel->announce = true;
        if (core->have_at_ms > core->now_ms + HAVE_DELAY_MS)
            core->have_at_ms = core->now_ms + HAVE_DELAY_MS;
    }
    if (last->seq > log->seq && placed != PLACED_CONFLICT)
        learn_source(core, link, channel, log, last);
}

static void take_entry(struct core *core, struct link *link, struct bytes frame)
{
    struct run run;
    enum entry_part part;
    /* What is shown and stored points into the frame; the caller may reuse his. */
    frame.at = arena_copy(&core->arena, frame.at, frame.size);
    if (!wire_read_entry(frame, &core->arena, &run, &part)) {
        frame_breaks_rules(core, link, "an ENTRY that does not parse");
        return;
    }
    const struct entry *last = &run.entries[run.count - 1];
    struct channel *channel = channel_by_id(&core->channels, &last->channel);
    if (channel == NULL || !channel->joined)
        return;
    struct log *log = channel_log(channel, &last->author);
    bool known = log != NULL && last->seq <= log->seq;
    if (!known && !entry_verify(last, &run.signature)) {
        emit_log(core, "a run refused: its signature does not hold", link);
        if (++link->refused >= LINK_REFUSED_MAX)
            core_end_link(core, link, WHY_RULES);
        return;
    }
    if (!known)
        log = channel_log_add(channel, &last->author, true);
    if (log == NULL) {
        link->refused++;
        return;
    }
    if (!known && core->unwritable)
        learn_source(core, link, channel, log, last);
    else if (!known)
        accept_run(core, link, channel, log, &run, part);
    if (part == PART_ANSWER_END && log->asked_link == link->number) {
        if (!sync_answered(log, link->number, core->now_ms))
            link->doubted_ms = core->now_ms + DOUBT_MS;
        channel->ask_at_ms = core->now_ms;
        for (size_t i = 0; i < core->channels.count; i++)
            if (core->channels.list[i].held_back)
                core->channels.list[i].ask_at_ms = core->now_ms;
    }
}

/* ---- PING, PONG, BYE ---- */

static void take_ping(struct core *core, struct link *link, struct bytes frame)
{
    struct ping ping;
    if (!wire_read_ping(frame, &ping)) {
        frame_breaks_rules(core, link, "a PING that does not parse");
        return;
    }
    if (frame_kind(frame) == FRAME_PONG) {
        uint64_t took_us = core->now_us - link->ping_sent_us;
        if (ping.token == link->ping_token && link->ping_token != 0)
            link->rtt_us = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
        return;
    }
    if (!link->outbound)
        link->rtt_us = ping.rtt_us;
    struct writer w = frame_writer(core, 16);
    wire_write_ping(&w, FRAME_PONG, &(struct ping){.token = ping.token, .rtt_us = link->rtt_us});
    emit_send(core, link, written(&w));
}

static void take_bye(struct core *core, struct link *link, struct bytes frame)
{
    /* What a peer may say of itself, and what it is here. */
    static const enum link_why HEARD[WHY_COUNT] = {
        [WHY_QUIT] = WHY_QUIT,           [WHY_ASKED] = WHY_ASKED_PEER,
        [WHY_DUPLICATE] = WHY_DUPLICATE, [WHY_VERSION] = WHY_VERSION,
        [WHY_RULES] = WHY_RULES,         [WHY_SAME_IDENTITY] = WHY_SAME_IDENTITY,
        [WHY_FULL] = WHY_FULL,
    };
    uint8_t code;
    enum link_why why = WHY_LOST;
    if (wire_read_bye(frame, &code) && code < WHY_COUNT && (HEARD[code] != 0 || code == WHY_QUIT))
        why = HEARD[code];
    emit(core, EFFECT_HANG_UP)->link = link->number;
    core_link_gone(core, link, why);
}

void frame_take(struct core *core, struct link *link, struct bytes frame)
{
    typedef void take_function(struct core *, struct link *, struct bytes);
    static take_function *const TAKE[] = {
        [FRAME_HAVE] = take_have, [FRAME_WANT] = take_want, [FRAME_ENTRY] = take_entry,
        [FRAME_PING] = take_ping, [FRAME_PONG] = take_ping, [FRAME_JOIN] = meet_join,
    };
    static const struct {
        enum frame_kind kind;
        take_function *take;
    } DUE[] = {
        [LINK_AWAITS_0] = {FRAME_HELLO0, meet_hello0},
        [LINK_AWAITS_1] = {FRAME_HELLO1, meet_hello1},
        [LINK_AWAITS_2] = {FRAME_HELLO2, meet_hello2},
        [LINK_AWAITS_JOIN] = {FRAME_JOIN, meet_join},
    };
    enum frame_kind kind = frame_kind(frame);
    link->bytes_in += frame.size;
    link->heard_ms = core->now_ms;
    if (kind == FRAME_BYE)
        take_bye(core, link, frame);
    else if (link->state == LINK_UP && kind < sizeof TAKE / sizeof TAKE[0] && TAKE[kind] != NULL)
        TAKE[kind](core, link, frame);
    else if (link->state != LINK_UP && link->state != LINK_CONNECTING &&
             DUE[link->state].kind == kind)
        DUE[link->state].take(core, link, frame);
    else
        frame_breaks_rules(core, link, "a frame out of turn");
}
