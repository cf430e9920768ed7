/* Work: what is due after an event, in this order: links that are late or silent, questions, announcements, dials,
 * a beacon, the end. And when something will be due: core_deadline().
 *
 * 1. Nothing here happens because of what a peer or a face wants now; it happens because of time, or because room was made.
 * 2. What core_deadline() gives is what core_work() will act on: a deadline in the past that no work follows would be a
 *    busy loop.
 */
#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

static void ping(struct core *core, struct link *link)
{
    struct ping ping = {.rtt_us = link->rtt_us};
    prng_bytes(&core->prng, &ping.token, sizeof ping.token);
    link->ping_token = ping.token;
    link->ping_sent_us = core->now_us;
    link->ping_at_ms = core->now_ms + PING_EVERY_MS;
    struct writer w = frame_writer(core, 16);
    wire_write_ping(&w, FRAME_PING, &ping);
    emit_send(core, link, written(&w));
}

/* The network changed, or the machine slept: what is not there any more says nothing. */
static void suspect(struct core *core, struct link *link)
{
    if (link->suspect_ms != 0)
        return;
    link->suspect_ms = core->now_ms + SUSPECT_MS + SUSPECT_RTTS * (uint64_t)link->rtt_us / 1000;
    link->heard_ms = core->now_ms; /* a sleep is no silence */
    ping(core, link);
}

static void work_links(struct core *core)
{
    bool moved = overlay_moved(&core->overlay, core->now_ms);
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (moved && link->number != 0 && link->state == LINK_UP)
            suspect(core, link);
        if (link->number == 0 || link_deadline(link) > core->now_ms)
            continue;
        if (link->state != LINK_UP) {
            core_end_link(core, link, WHY_NO_ANSWER);
        } else if (link->heard_ms + LINK_SILENCE_MS <= core->now_ms ||
                   (link->suspect_ms != 0 && link->suspect_ms <= core->now_ms)) {
            core_end_link(core, link, WHY_LOST);
        } else if (link->outbound && link->ping_at_ms <= core->now_ms) {
            ping(core, link);
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
    for (size_t i = 0; i < core->links.room; i++)
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

/* How many of the newest entries of each log are asked for first. */
static uint64_t tail_of(const struct channel *channel)
{
    uint64_t tail = TAIL_LINES / (channel->log_count > 0 ? channel->log_count : 1);
    return tail < TAIL_LEAST ? TAIL_LEAST : tail > TAIL_MOST ? TAIL_MOST : tail;
}

/* Where an author has branches nobody knows which one a tail is of. */
static uint64_t tail_for(struct channel *channel, const struct log *log)
{
    const struct log *first = channel_log(channel, &log->author);
    return first->next == LOG_NONE ? tail_of(channel) : LIMIT_SEQ;
}

static void ask(struct core *core, struct channel *channel, struct log *log, struct link *link)
{
    struct want want;
    sync_ask(log, link->number, core->now_ms, tail_for(channel, log), &want);
    want.channel = channel->id;
    link->asked++;
    if (!log->catching_up)
        tree_graft(core, link, channel, &log->author);
    struct writer w = frame_writer(core, 128);
    wire_write_want(&w, &want);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

/* An answer names its author, not its branch: so one branch of his is asked of a link at a time. */
bool work_asks_of(const struct core *core, struct channel *channel, const struct id *author,
                  const struct link *link)
{
    for (const struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->asked_link == link->number ||
            (log->late_link == link->number && log->late_by_ms > core->now_ms))
            return true;
    return bodies_asks(channel, author, link->number, core->now_ms);
}

/* Of a log's sources the best whose link has room for one more question: among equals the one that
 * was asked least. NULL when none has. */
static struct link *with_room(struct core *core, struct channel *channel, const struct log *log)
{
    struct link *best = NULL;
    uint64_t best_seq = 0;
    bool best_doubtful = false;
    for (size_t i = 0; i < log->source_count; i++) {
        const struct source *source = &log->sources[i];
        struct link *link = link_table_find(&core->links, source->link);
        CHECK(link != NULL); /* a link that ends is forgotten by every log */
        bool doubtful = source->doubtful || link->doubted_ms > core->now_ms;
        if (link->asked >= LIMIT_WANTS || source->not_before_ms > core->now_ms ||
            work_asks_of(core, channel, &log->author, link))
            continue;
        bool better = best == NULL;
        if (!better && doubtful != best_doubtful)
            better = best_doubtful;
        else if (!better)
            better =
                source->seq > best_seq || (source->seq == best_seq && link->asked < best->asked);
        if (better) {
            best = link;
            best_seq = source->seq;
            best_doubtful = doubtful;
        }
    }
    return best;
}

/* What is newest in the channel is asked for first, log by log; then the rest. */
static void ask_in(struct core *core, struct channel *channel)
{
    channel->ask_at_ms = UINT64_MAX;
    channel->held_back = false;
    for (int rest = 0; rest < 2; rest++)
        for (size_t i = 0; i < channel->log_count; i++) {
            struct log *log = &channel->logs[i];
            if (sync_wants_tail(log, tail_for(channel, log)) == (rest == 0) &&
                sync_whom(log, core->now_ms) != 0) {
                struct link *link = with_room(core, channel, log);
                if (link == NULL) {
                    channel->held_back = true; /* the end of any of their answers brings us back */
                    for (struct log *one = channel_log(channel, &log->author); one != NULL;
                         one = channel_next_branch(channel, one))
                        if (one->late_link != 0 && one->late_by_ms > core->now_ms &&
                            one->late_by_ms < channel->ask_at_ms)
                            channel->ask_at_ms = one->late_by_ms;
                    continue;
                }
                ask(core, channel, log, link);
            }
            if (rest == 1 && sync_deadline(log) < channel->ask_at_ms &&
                (log->asked_link != 0 || log->ask_at_ms > core->now_ms))
                channel->ask_at_ms = sync_deadline(log);
        }
    /* Liars announce hundreds of logs, each with times of its own. */
    uint64_t pace_ms = core->now_ms + ASK_PACE_MS;
    if (channel->ask_at_ms > core->now_ms && channel->ask_at_ms < pace_ms)
        channel->ask_at_ms = pace_ms;
}

static bool asks_now(const struct core *core, const struct channel *channel)
{
    return channel->hops > 0 && channel->ask_at_ms <= core->now_ms;
}

static void work_asks(struct core *core)
{
    bool due = false;
    for (size_t i = 0; i < core->channels.count; i++)
        due = due || asks_now(core, &core->channels.list[i]);
    if (!due || core->unwritable)
        return;
    work_overdue(core);
    for (int carried = 0; carried < 2; carried++) /* the user's own first */
        for (size_t i = 0; i < core->channels.count; i++)
            if (core->channels.list[i].joined == (carried == 0) &&
                asks_now(core, &core->channels.list[i]))
                ask_in(core, &core->channels.list[i]);
}

static void work_announce(struct core *core)
{
    if (core->have_at_ms > core->now_ms)
        return;
    core->have_at_ms = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++)
        heads_announce(core, &core->channels.list[i]);
}

/* Who is asked for it, as a name; "" when nobody is. */
static const char *whom(struct core *core, const struct log *log)
{
    uint64_t number = log->asked_link;
    if (number == 0 && log->source_count > 0)
        number = log->sources[0].link; /* in a moment */
    const struct link *link = link_table_find(&core->links, number);
    return link != NULL ? link->nick.text : "";
}

static void say_gap(struct core *core, const struct channel *channel, const struct log *log,
                    uint64_t from, uint64_t to, uint64_t missing)
{
    struct show *show = emit_show(core, SHOW_GAP);
    show->channel = channel->name;
    show->id = log->author;
    show->nick = log->nick;
    show->seq = from;
    show->n2 = to;
    show->n = missing;
    show->lamport = log->above_first_lamport;
    show->a = arena_string(core, whom(core, log));
}

static void tell_gap(struct core *core, const struct channel *channel, struct log *log)
{
    bool hole = log->above_from != 0 && !log->rootless;
    uint64_t to = hole ? log->above_from - 1 : log->gap_to;
    uint64_t from = hole ? log->seq + 1 : log->gap_from;
    uint64_t missing = hole ? to - log->seq : 0;
    bool hopeless = hole && log->source_count == 0;
    if (missing == log->gap_told && (!hole || to == log->gap_to) && hopeless == log->gap_hopeless)
        return;
    if (log->gap_told != 0 && to != log->gap_to)
        say_gap(core, channel, log, log->gap_from, log->gap_to, 0); /* that one is filled */
    say_gap(core, channel, log, from, to, missing);
    log->gap_told = missing;
    log->gap_from = from;
    log->gap_to = to;
    log->gap_hopeless = hopeless;
}

/* A hole is spoken of when it has been there for a while; and again while it fills. */
static void work_gaps(struct core *core, struct channel *channel)
{
    if (channel->gap_at_ms > core->now_ms || channel->quiet)
        return;
    channel->gap_at_ms = UINT64_MAX;
    if (!channel->joined)
        return; /* it is told when the channel is joined */
    for (size_t i = 0; i < channel->log_count; i++) {
        struct log *log = &channel->logs[i];
        uint64_t due_ms = log->gap_since_ms + GAP_TOLD_MS;
        if (log->gap_since_ms != 0 && due_ms > core->now_ms)
            channel->gap_at_ms = due_ms < channel->gap_at_ms ? due_ms : channel->gap_at_ms;
        else if (log->gap_told != 0 || log->gap_since_ms != 0)
            tell_gap(core, channel, log);
    }
}

/* How many lines are still to come, while they come. */
static void work_coming(struct core *core, struct channel *channel)
{
    if (channel->coming_at_ms > core->now_ms)
        return;
    uint64_t coming = 0;
    bool holes = false;
    for (size_t i = 0; channel->joined && i < channel->log_count; i++) {
        const struct log *log = &channel->logs[i];
        coming += log->catching_up ? sync_missing(log) : 0;
        holes = holes || (log->above_from != 0 && !log->rootless);
    }
    if (coming != channel->coming && !channel->quiet) {
        struct show *show = emit_show(core, SHOW_COMING);
        show->channel = channel->name;
        show->n = coming;
        show->up = holes;
    }
    channel->coming = coming;
    channel->coming_at_ms = coming > 0 ? core->now_ms + 4 * COMING_EVERY_MS : UINT64_MAX;
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
        core->overlay.enough = !choice_wants_more(core);
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
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].joined)
            notes_left(core, &core->channels.list[i]);
    for (size_t i = 0; i < core->links.room; i++)
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
        struct channel *channel = &core->channels.list[i];
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
    for (size_t i = 0; i < core->channels.count; i++) {
        heads_work(core, &core->channels.list[i]);
        bodies_work(core, &core->channels.list[i]);
        work_gaps(core, &core->channels.list[i]);
        work_coming(core, &core->channels.list[i]);
    }
    work_asks(core); /* of a link that owed bodies until now something else may be asked */
    carry_work(core);
    holding_work(core);
    talk_work(core);
    group_work(core);
    notes_work(core); /* some may have come to be of no use by these */
    choice_work(core, dials(core));
    punch_work(core);
    work_dials(core);
    struct address answer;
    if (overlay_beacon(&core->overlay, &answer, core->now_ms))
        emit(core, EFFECT_BEACON)->address = answer;
    work_stop(core);
}

uint64_t core_deadline(const struct core *core)
{
    if (core->stopped)
        return UINT64_MAX;
    uint64_t deadline = core->have_at_ms;
    if (core->saying.count > 0 && own_seal_ms(core) < deadline)
        deadline = own_seal_ms(core);
    uint64_t overlay = overlay_deadline(&core->overlay, dials(core));
    if (choice_deadline(core) < deadline)
        deadline = choice_deadline(core);
    if (overlay < deadline)
        deadline = overlay;
    if (carry_deadline(core) < deadline)
        deadline = carry_deadline(core);
    if (notes_deadline(core) < deadline)
        deadline = notes_deadline(core);
    if (group_deadline(core) < deadline)
        deadline = group_deadline(core);
    if (talk_deadline(core) < deadline)
        deadline = talk_deadline(core);
    if (core->holdings.at_ms < deadline)
        deadline = core->holdings.at_ms;
    if (punch_deadline(core) < deadline)
        deadline = punch_deadline(core);
    for (size_t i = 0; i < core->links.room; i++)
        if (link_deadline(&core->links.list[i]) < deadline)
            deadline = link_deadline(&core->links.list[i]);
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel->hops > 0 && !core->unwritable && channel->ask_at_ms < deadline)
            deadline = channel->ask_at_ms;
        if (bodies_deadline(core, channel) < deadline)
            deadline = bodies_deadline(core, channel);
        if (channel->gap_at_ms < deadline && !channel->quiet)
            deadline = channel->gap_at_ms;
        if (channel->recheck_at_ms < deadline)
            deadline = channel->recheck_at_ms;
        if (channel->coming_at_ms < deadline)
            deadline = channel->coming_at_ms;
    }
    if (core->stopping) {
        uint64_t stop = core->stop_by_ms != UINT64_MAX && core->stop_by_ms > core->now_ms
                            ? core->stop_by_ms
                            : core->stop_link_by_ms;
        if (stop < deadline)
            deadline = stop;
    }
    return deadline;
}
