/* Core: the flow. An event comes in; frames.c and requests.c take theirs; then work() does what is
 * due: it ends what is too late, pings, asks, announces, dials, beacons, stops. Everything is
 * decided here and in those two files; the other files of this layer know things and do nothing by
 * themselves.
 *
 * 1. The effects of one step are performed in their order, and each STORE is committed before the
 * first SEND or own SHOW behind it (invariant 7): so a node's own entry is on disk before a byte of
 * it leaves.
 * 2. What is announced was stored in an earlier step, or earlier in this one (invariant 8).
 * 3. No step loops over more than the tables of limits.h allow, and none waits.
 * 4. Time comes in with the event; core_deadline() is never in the past after a step, unless a tick
 * would do something.
 */
#include "core/core.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

const char *link_why_text(enum link_why why)
{
    static const char *const TEXT[WHY_COUNT] = {
        [WHY_QUIT] = "they left",
        [WHY_ASKED] = "disconnected here",
        [WHY_ASKED_PEER] = "disconnected there",
        [WHY_LOST] = "the connection was lost",
        [WHY_REFUSED] = "nobody listens there",
        [WHY_NO_ANSWER] = "no answer",
        [WHY_NOT_FIKA] = "something answers, but it is no fika of this network",
        [WHY_VERSION] = "it speaks another version of fika's protocol",
        [WHY_DUPLICATE] = "a better link is up",
        [WHY_SELF] = "that is this fika itself",
        [WHY_SAME_IDENTITY] = "it runs with the same identity",
        [WHY_RULES] = "it broke the protocol",
        [WHY_FULL] = "there is no room for more links",
    };
    return why < WHY_COUNT ? TEXT[why] : "unknown";
}

struct core *core_new(const struct core_config *config)
{
    struct core *core = calloc(1, sizeof *core);
    uint8_t table_key[16];
    CHECK(core != NULL);
    core->config = *config;
    prng_init(&core->prng, config->seed);
    prng_bytes(&core->prng, table_key, sizeof table_key);
    channels_init(&core->channels, table_key);
    overlay_init(&core->overlay, &core->prng, config->beacons);
    arena_init(&core->arena);
    core->generation = 1;
    core->have_at_ms = UINT64_MAX;
    for (size_t i = 0; i < config->channel_count; i++)
        channel_join(&core->channels,
                     channel_add(&core->channels, &config->channels[i], &config->network));
    return core;
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    saying_release(&core->saying);
    channels_release(&core->channels);
    arena_release(&core->arena);
    free(core->effects);
    sodium_memzero(core, sizeof *core);
    free(core);
}

const struct effect *core_next(struct core *core)
{
    return core->effect_next < core->effect_count ? &core->effects[core->effect_next++] : NULL;
}

void core_keep(const struct core *core, struct core_config *keep)
{
    memset(keep, 0, sizeof *keep);
    keep->nick = core->config.nick;
    if (core->channels.current.text[0] != '\0')
        keep->channels[keep->channel_count++] = core->channels.current;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel->joined && strcmp(channel->name.text, core->channels.current.text) != 0)
            keep->channels[keep->channel_count++] = channel->name;
    }
}

/* ---- what more than one file needs ---- */

void core_send_join(struct core *core, struct link *link)
{
    struct join join = {.generation = core->generation};
    join.nick =
        (struct bytes){(const uint8_t *)core->config.nick.text, strlen(core->config.nick.text)};
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].joined)
            join.channels[join.count++] = core->channels.list[i].id;
    struct writer w = frame_writer(core, 8 + LIMIT_NICK + 32 * LIMIT_CHANNELS);
    wire_write_join(&w, &join);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

void core_announce_self(struct core *core)
{
    core->generation++;
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state >= LINK_AWAITS_JOIN)
            core_send_join(core, link);
    }
}

static struct bytes have_frame(struct core *core, const struct have *have)
{
    struct writer w = frame_writer(core, 36 + have->count * 72);
    wire_write_have(&w, have);
    CHECK(!w.full);
    return written(&w);
}

static void have_add(struct have *have, const struct log *log)
{
    have->heads[have->count++] =
        (struct head){.author = log->author, .seq = log->seq, .tip = log->tip};
}

void core_send_heads(struct core *core, struct link *link, struct channel *channel)
{
    struct have have = {.channel = channel->id, .all = true};
    for (size_t i = 0; i < channel->log_count; i++) {
        if (channel->logs[i].seq > 0)
            have_add(&have, &channel->logs[i]);
        if (have.count == LIMIT_HAVE_HEADS) {
            emit_send(core, link, have_frame(core, &have));
            have.count = 0;
        }
    }
    if (have.count > 0)
        emit_send(core, link, have_frame(core, &have));
}

static void forget_source(struct core *core, uint64_t link)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; k < channel->log_count; k++)
            sync_forget(&channel->logs[k], link, core->now_ms);
        channel_sweep(channel);
        channel->ask_at_ms = core->now_ms;
    }
}

/* The better link to the same node may not be up yet: then nobody left, and when it is up nobody
 * came. */
static bool bequeath(struct core *core, const struct link *was)
{
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link->state != LINK_AWAITS_JOIN ||
            !id_equal(&link->node, &was->node))
            continue;
        link->heir = true;
        memcpy(link->takes, was->takes, sizeof link->takes);
        link->takes_count = was->takes_count;
        return true;
    }
    return false;
}

void core_link_gone(struct core *core, struct link *link, enum link_why why)
{
    struct link was = *link;
    bool was_up = was.state == LINK_UP;
    link_table_remove(&core->links, link);
    bool tell = overlay_ended(&core->overlay, was.number, why, core->now_ms);
    if (tell && why == WHY_SELF)
        emit_told(core, TOLD_DIAL_SELF, was.address.text, NULL, 0);
    else if (tell)
        emit_told(core, TOLD_DIAL_FAILED, was.address.text, link_why_text(why), 0);
    if (!was_up && !was.heir)
        return;
    if (was_up)
        forget_source(core, was.number);
    if (link_table_to(&core->links, &was.node, NULL) != NULL)
        return; /* another link carries on */
    if (why == WHY_DUPLICATE && bequeath(core, &was))
        return;
    if (why == WHY_LOST)
        overlay_lost(&core->overlay, &was.node, core->now_ms);
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].joined && link_takes(&was, &core->channels.list[i].id))
            emit_member(core, &core->channels.list[i], &was, false);
    struct show *show = emit_show(core, SHOW_LINK);
    show->nick = was.nick;
    show->id = was.node;
    show->address = was.address;
    show->a = arena_string(core, link_why_text(why));
    emit_status(core);
}

static void say_bye(struct core *core, struct link *link, enum link_why why)
{
    if (link->state != LINK_CONNECTING) {
        struct writer w = frame_writer(core, 2);
        wire_write_bye(&w, (uint8_t)why);
        emit_send(core, link, written(&w));
    }
    emit(core, EFFECT_HANG_UP)->link = link->number;
}

void core_end_link(struct core *core, struct link *link, enum link_why why)
{
    say_bye(core, link, why);
    core_link_gone(core, link, why);
}

/* ---- what is due ---- */

static void work_links(struct core *core)
{
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link_deadline(link) > core->now_ms)
            continue;
        if (link->state != LINK_UP) {
            core_end_link(core, link, WHY_NO_ANSWER);
        } else if (link->heard_ms + LINK_SILENCE_MS <= core->now_ms) {
            core_end_link(core, link, WHY_LOST);
        } else if (link->outbound && link->ping_at_ms <= core->now_ms) {
            struct ping ping = {.rtt_us = link->rtt_us};
            prng_bytes(&core->prng, &ping.token, sizeof ping.token);
            link->ping_token = ping.token;
            link->ping_sent_us = core->now_us;
            link->ping_at_ms = core->now_ms + PING_EVERY_MS;
            struct writer w = frame_writer(core, 16);
            wire_write_ping(&w, FRAME_PING, &ping);
            emit_send(core, link, written(&w));
        }
    }
}

/* A question that is overdue goes to another source, unless its link is still sending answers,
 * which come one after the other. True while it is waited for. */
static bool is_awaited(struct core *core, struct log *log, struct link *link)
{
    uint64_t busy_until = link->answered_ms + WANT_DEADLINE_MS;
    if (sync_overdue(log, core->now_ms) == 0)
        return true;
    if (busy_until > core->now_ms && core->now_ms < log->asked_ms + WANT_LAST_MS) {
        sync_wait(log, busy_until);
        return true;
    }
    link->doubted_ms = core->now_ms + DOUBT_MS;
    sync_doubt(log, link->number, core->now_ms);
    return false;
}

/* Sorts out the overdue, and counts the others, link by link, over all channels. */
static void work_overdue(struct core *core)
{
    for (size_t i = 0; i < LINKS_ROOM; i++)
        core->links.list[i].asked = 0;
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->ask_at_ms == UINT64_MAX && !channel->held_back)
            continue; /* nothing of it is asked */
        for (size_t k = 0; k < channel->log_count; k++) {
            struct log *log = &channel->logs[k];
            struct link *link = link_table_find(&core->links, log->asked_link);
            if (link != NULL && is_awaited(core, log, link))
                link->asked++;
        }
    }
}

static void ask(struct core *core, struct channel *channel, struct log *log, struct link *link)
{
    struct want want;
    sync_ask(log, link->number, core->now_ms, &want);
    want.channel = channel->id;
    link->asked++;
    struct writer w = frame_writer(core, 128);
    wire_write_want(&w, &want);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

/* Of a log's sources the best whose link has room for one more question; NULL when none has. */
static struct link *with_room(struct core *core, const struct log *log)
{
    struct link *best = NULL;
    uint64_t best_seq = 0;
    bool best_doubtful = false;
    for (size_t i = 0; i < log->source_count; i++) {
        const struct source *source = &log->sources[i];
        struct link *link = link_table_find(&core->links, source->link);
        CHECK(link != NULL); /* a link that ends is forgotten by every log */
        bool doubtful = source->doubtful || link->doubted_ms > core->now_ms;
        if (link->asked >= LIMIT_WANTS || source->not_before_ms > core->now_ms)
            continue;
        if (best == NULL || (doubtful != best_doubtful ? best_doubtful : source->seq > best_seq)) {
            best = link;
            best_seq = source->seq;
            best_doubtful = doubtful;
        }
    }
    return best;
}

static void ask_in(struct core *core, struct channel *channel)
{
    channel->ask_at_ms = UINT64_MAX;
    channel->held_back = false;
    for (size_t i = 0; i < channel->log_count; i++) {
        struct log *log = &channel->logs[i];
        if (sync_whom(log, core->now_ms) != 0) {
            struct link *link = with_room(core, log);
            if (link == NULL) {
                channel->held_back = true; /* the end of any of their answers brings us back */
                continue;
            }
            ask(core, channel, log, link);
        }
        if (sync_deadline(log) < channel->ask_at_ms)
            channel->ask_at_ms = sync_deadline(log);
    }
}

static bool asks_now(const struct core *core, const struct channel *channel)
{
    return channel->joined && channel->ask_at_ms <= core->now_ms;
}

static void work_asks(struct core *core)
{
    bool due = false;
    for (size_t i = 0; i < core->channels.count; i++)
        due = due || asks_now(core, &core->channels.list[i]);
    if (!due || core->unwritable)
        return;
    work_overdue(core);
    for (size_t i = 0; i < core->channels.count; i++)
        if (asks_now(core, &core->channels.list[i]))
            ask_in(core, &core->channels.list[i]);
}

static void send_to_takers(struct core *core, const struct channel *channel, struct bytes frame)
{
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state == LINK_UP && link_takes(link, &channel->id))
            emit_send(core, link, frame);
    }
}

static void work_announce(struct core *core)
{
    if (core->have_at_ms > core->now_ms)
        return;
    core->have_at_ms = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        struct have have = {.channel = channel->id};
        for (size_t k = 0; channel->announce && k < channel->log_count; k++) {
            struct log *log = &channel->logs[k];
            if (!log->announce)
                continue;
            log->announce = false;
            have_add(&have, log);
            if (have.count == LIMIT_HAVE_HEADS) {
                send_to_takers(core, channel, have_frame(core, &have));
                have.count = 0;
            }
        }
        if (have.count > 0)
            send_to_takers(core, channel, have_frame(core, &have));
        channel->announce = false;
    }
}

/* A node that is stopping dials only as long as it still waits for a first link. */
static bool dials(const struct core *core)
{
    return !core->stopping || core->stop_link_by_ms > core->now_ms;
}

static void work_dials(struct core *core)
{
    if (!dials(core))
        return;
    for (;;) {
        uint64_t number = core->links.next_number + 2;
        struct candidate *candidate = overlay_dial(&core->overlay, number, core->now_ms);
        if (candidate == NULL)
            return;
        core->links.next_number = number;
        if (!id_is_zero(&candidate->node) && link_table_to(&core->links, &candidate->node, NULL)) {
            overlay_ended(&core->overlay, number, WHY_DUPLICATE, core->now_ms);
            continue;
        }
        if (core->links.up >= LIMIT_LINKS ||
            link_table_add(&core->links, number, true, &candidate->address, core->now_ms) == NULL) {
            overlay_ended(&core->overlay, number, WHY_FULL, core->now_ms);
            continue;
        }
        struct effect *effect = emit(core, EFFECT_DIAL);
        effect->link = number;
        effect->address = candidate->address;
    }
}

static void finish(struct core *core, uint64_t unreceived)
{
    core->stopped = true;
    for (size_t i = 0; i < LINKS_ROOM; i++)
        if (core->links.list[i].number != 0)
            say_bye(core, &core->links.list[i], WHY_QUIT);
    emit_show(core, SHOW_STOPPED)->n = unreceived;
    emit(core, EFFECT_STOP);
}

static bool somebody_takes(struct core *core, const struct channel *channel)
{
    for (size_t i = 0; i < LINKS_ROOM; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP &&
            link_takes(&core->links.list[i], &channel->id))
            return true;
    return false;
}

static void work_stop(struct core *core)
{
    if (!core->stopping || core->stopped)
        return;
    uint64_t unreceived = 0;
    bool hope = false;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        uint64_t lines = channel_unreceived(channel, &core->config.identity.node);
        unreceived += lines;
        hope = hope || (lines > 0 && somebody_takes(core, channel));
    }
    if (core->links.up > 0 && core->stop_by_ms == UINT64_MAX)
        core->stop_by_ms = core->now_ms + core->stop_wait_ms;
    bool waiting = core->links.up > 0 ? hope && core->now_ms < core->stop_by_ms
                                      : core->now_ms < core->stop_link_by_ms;
    if (unreceived == 0 || !waiting)
        finish(core, unreceived);
}

static void work(struct core *core)
{
    if (core->stopped)
        return;
    work_links(core);
    work_asks(core);
    work_announce(core);
    work_dials(core);
    if (overlay_beacon(&core->overlay, core->now_ms))
        emit(core, EFFECT_BEACON);
    work_stop(core);
}

uint64_t core_deadline(const struct core *core)
{
    if (core->stopped)
        return UINT64_MAX;
    if (core->saying.count > 0)
        return core->now_ms;
    uint64_t deadline = core->have_at_ms;
    uint64_t overlay = overlay_deadline(&core->overlay, dials(core));
    if (overlay < deadline)
        deadline = overlay;
    for (size_t i = 0; i < LINKS_ROOM; i++)
        if (link_deadline(&core->links.list[i]) < deadline)
            deadline = link_deadline(&core->links.list[i]);
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].joined && !core->unwritable &&
            core->channels.list[i].ask_at_ms < deadline)
            deadline = core->channels.list[i].ask_at_ms;
    if (core->stopping) {
        uint64_t stop = core->links.up > 0 ? core->stop_by_ms : core->stop_link_by_ms;
        if (stop < deadline)
            deadline = stop;
    }
    return deadline;
}

/* ---- events ---- */

static void load_log(struct core *core, const struct event *event)
{
    struct channel *channel = channel_add(&core->channels, &event->channel, &core->config.network);
    struct log *log = channel_log_add(channel, &event->load.author, true);
    if (log == NULL)
        return;
    log_load(log, &event->load);
    if (id_equal(&event->load.author, &core->config.identity.node))
        channel->said_from = event->load.seq;
}

static void found(struct core *core, const struct event *event)
{
    bool linked =
        !id_is_zero(&event->node) && link_table_to(&core->links, &event->node, NULL) != NULL;
    if (event->found == FOUND_BEACON) {
        if (id_equal(&event->node, &core->config.identity.node))
            return;
        overlay_heard(&core->overlay, &event->process, core->now_ms);
        if (linked || overlay_shunned(&core->overlay, &event->node))
            return;
    }
    bool fresh =
        overlay_found(&core->overlay, &event->address, event->found, &event->node, core->now_ms);
    if (event->found == FOUND_TYPED)
        emit_told(core, fresh ? TOLD_DIALING : TOLD_ALREADY, event->address.text, NULL, 0);
}

/* Inbound links that are not through HELLO are few; the oldest of them makes room for one more. */
static void bound_strangers(struct core *core)
{
    struct link *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link->outbound || link->state == LINK_UP)
            continue;
        count++;
        if (oldest == NULL || link->deadline_ms < oldest->deadline_ms)
            oldest = link;
    }
    if (count >= LIMIT_INBOUND_WAITING)
        core_end_link(core, oldest, WHY_FULL);
}

static void link_in(struct core *core, const struct event *event)
{
    bound_strangers(core);
    struct link *link =
        link_table_add(&core->links, event->link, false, &event->address, core->now_ms);
    if (link == NULL) {
        emit(core, EFFECT_HANG_UP)->link = event->link;
        return;
    }
    link->terms.client_key = event->client_key;
}

/* Frames were dropped: what they said is said again. */
static void drained(struct core *core, struct link *link)
{
    core_send_join(core, link);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->joined && link_takes(link, &channel->id))
            core_send_heads(core, link, channel);
    }
}

static void store_state(struct core *core, bool writable)
{
    if (core->unwritable && writable)
        emit_told(core, TOLD_STORE_BACK, NULL, NULL, 0);
    core->unwritable = !writable;
    for (size_t i = 0; i < core->channels.count; i++)
        core->channels.list[i].ask_at_ms = writable ? core->now_ms : UINT64_MAX;
}

static void take(struct core *core, const struct event *event)
{
    struct link *link = link_table_find(&core->links, event->link);
    switch (event->kind) {
    case EVENT_TICK: break;
    case EVENT_REQUEST: request_take(core, &event->request); break;
    case EVENT_FOUND: found(core, event); break;
    case EVENT_NETWORK: overlay_changed(&core->overlay, core->now_ms); break;
    case EVENT_LINK_IN: link_in(core, event); break;
    case EVENT_LINK_OUT:
        if (link != NULL && link->state == LINK_CONNECTING) {
            link->terms.client_key = event->client_key;
            frame_begin(core, link);
        }
        break;
    case EVENT_FRAME:
        if (link != NULL)
            frame_take(core, link, event->frame);
        break;
    case EVENT_LINK_CLOSED:
        if (link != NULL)
            core_link_gone(core, link, event->why);
        break;
    case EVENT_LINK_DRAINED:
        if (link != NULL && link->state == LINK_UP)
            drained(core, link);
        break;
    case EVENT_STORE: store_state(core, event->writable); break;
    case EVENT_LOAD_CHANNEL:
        channel_add(&core->channels, &event->channel, &core->config.network)->lamport =
            event->lamport;
        break;
    case EVENT_LOAD_LOG: load_log(core, event); break;
    }
}

void core_step(struct core *core, const struct event *event)
{
    arena_reset(&core->arena);
    core->effect_count = core->effect_next = 0;
    core->now_us = event->now_us;
    core->now_ms = event->now_us / 1000;
    core->wall_ms = event->wall_ms;
    if (core->stopped)
        return;
    /* What was said is sealed before anything else happens, but not sent to a link that is gone. */
    bool line = event->kind == EVENT_REQUEST && event->request.kind == REQUEST_SAY;
    bool gone = event->kind == EVENT_LINK_CLOSED;
    if (!line && !gone)
        request_seal(core);
    take(core, event);
    if (gone)
        request_seal(core);
    if (event->kind != EVENT_LOAD_CHANNEL && event->kind != EVENT_LOAD_LOG)
        work(core);
}
