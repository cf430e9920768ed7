/* Frames: what a peer sends, and to whom it goes: the HELLOs and JOIN to meet.c, heads to heads.c,
 * entries to runs.c; the rest is here.
 *
 * 1. Before HELLO2 nothing but the next frame of the handshake is looked at; before JOIN nothing
 *    but JOIN.
 * 2. A frame that does not parse, or comes out of turn, ends the link: whoever sends it is broken
 *    or means harm.
 */
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

void frame_breaks_rules(struct core *core, struct link *link, const char *what)
{
    emit_log(core, what, link);
    core_end_link(core, link, WHY_RULES);
}

static void take_want(struct core *core, struct link *link, struct bytes frame)
{
    struct want want;
    if (!wire_read_want(frame, &want)) {
        frame_breaks_rules(core, link, "a WANT that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &want.channel);
    if (channel == NULL || channel->hops == 0 || !link_takes(link, &want.channel)) {
        struct lack lack = {want.channel, want.author, want.from, want.to, want.tip};
        struct writer w = frame_writer(core, 128);
        wire_write_lack(&w, &lack);
        emit_send(core, link, written(&w));
        return;
    }
    struct effect *effect = emit_in(core, EFFECT_SERVE, channel);
    effect->link = link->number;
    effect->want = want;
}

static void take_lack(struct core *core, struct link *link, struct bytes frame)
{
    struct lack lack;
    if (!wire_read_lack(frame, &lack)) {
        frame_breaks_rules(core, link, "a LACK that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &lack.channel);
    if (channel != NULL && channel->hops > 0 && !bodies_lack(core, link, channel, &lack))
        runs_lack(core, link, channel, &lack);
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
        [FRAME_HAVE] = heads_take_have, [FRAME_BUCKETS] = heads_take_buckets,
        [FRAME_WANT] = take_want,       [FRAME_ENTRY] = runs_take,
        [FRAME_PING] = take_ping,       [FRAME_PONG] = take_ping,
        [FRAME_JOIN] = meet_join,       [FRAME_BODIES] = take_want,
        [FRAME_LACK] = take_lack,       [FRAME_EAGER] = tree_take,
        [FRAME_LAZY] = tree_take,       [FRAME_PEERS] = choice_take_peers,
        [FRAME_WHO] = notes_take_who,   [FRAME_NOTE] = notes_take,
        [FRAME_PUNCH] = punch_take,     [FRAME_CARD] = cards_take,
        [FRAME_SEEK] = seeks_take,      [FRAME_HELD] = holding_take,
        [FRAME_WHOSE] = meet_whose,
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
    link->suspect_ms = 0;
    if (kind == FRAME_BYE)
        take_bye(core, link, frame);
    else if (link->state == LINK_UP && kind < sizeof TAKE / sizeof TAKE[0] && TAKE[kind] != NULL)
        TAKE[kind](core, link, frame);
    else if (link->state == LINK_AWAITS_JOIN && kind == FRAME_PEERS)
        choice_take_peers(core, link, frame); /* from one who has no room for us */
    else if (link->state == LINK_AWAITS_JOIN && kind == FRAME_WHOSE)
        meet_whose(core, link, frame); /* so that his name is known when he is shown */
    else if (link->state != LINK_UP && link->state != LINK_CONNECTING &&
             DUE[link->state].kind == kind)
        DUE[link->state].take(core, link, frame);
    else
        frame_breaks_rules(core, link, "a frame out of turn");
}
