/* Work: what is due after an event, in this order: links that are late or silent, questions, announcements, dials,
 * a beacon, the end. And when something will be due: core_deadline().
 *
 * 1. Nothing here happens because of what a peer or a face wants now; it happens because of time, or because room was made.
 * 2. What core_deadline() gives is what core_work() will act on: a deadline in the past that no work follows would be a
 *    busy loop.
 */
#include "base/check.h"
#include "core/state.h"

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
            core_have_add(&have, log);
            if (have.count == LIMIT_HAVE_HEADS) {
                core_send_to_all(core, channel, core_have_frame(core, &have));
                have.count = 0;
            }
        }
        if (have.count > 0)
            core_send_to_all(core, channel, core_have_frame(core, &have));
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
            core_say_bye(core, &core->links.list[i], WHY_QUIT);
    emit_show(core, SHOW_STOPPED)->n = unreceived;
    emit(core, EFFECT_STOP);
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
        hope = hope || (lines > 0 && core_somebody_hears(core, channel));
    }
    if (hope && core->stop_by_ms == UINT64_MAX)
        core->stop_by_ms = core->now_ms + core->stop_wait_ms;
    bool waiting = core->now_ms < (hope ? core->stop_by_ms : core->stop_link_by_ms);
    if (unreceived == 0 || !waiting)
        finish(core, unreceived);
}

void core_work(struct core *core)
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
        uint64_t stop = core->stop_by_ms != UINT64_MAX && core->stop_by_ms > core->now_ms
                            ? core->stop_by_ms
                            : core->stop_link_by_ms;
        if (stop < deadline)
            deadline = stop;
    }
    return deadline;
}
