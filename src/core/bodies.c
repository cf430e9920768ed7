/* Bodies: one question a channel, walking over its logs and links.
 *
 *   some came without --BODIES_WAIT_MS--> for each log that lacks any, for each link:
 *       the store says what is missing above what this link was asked (BARE) --nothing--> next link
 *       BODIES to the link --ENTRY--> FILL, and again from above it
 *                          --LACK---> again from above what it lacks
 *                          --silence-> next link
 *   all were asked --BODIES_AGAIN_MS, each time twice as long--> from the beginning
 *
 * 1. A body is right when its hash is the one in the header, which is held: so no signature is
 *    looked at, and nobody can bring a wrong one. The store compares (FILL).
 * 2. A link that was asked for a log is marked in log->bare_asked by its place in the table, until it
 *    sends a JOIN: so nobody is asked in a loop.
 * 3. Who is given what was missing announces that head again, and who hears a head of one whose bodies
 *    are missing asks again, though not within BODIES_EVERY_MS of having asked all.
 * 4. The floor below which a node keeps no bodies is not announced: what it lacks it says when it is
 *    asked. So equal history costs nothing more for it.
 */
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

static size_t place_of(const struct core *core, const struct link *link)
{
    return (size_t)(link - core->links.list);
}

static bool was_asked(const struct log *log, size_t place)
{
    return (log->bare_asked[place / 8] >> place % 8 & 1) != 0;
}

static void go_on_at(struct channel *channel, uint64_t at_ms)
{
    channel->bodies.over = false;
    if (at_ms < channel->bodies.at_ms)
        channel->bodies.at_ms = at_ms;
}

void bodies_missing(struct core *core, struct channel *channel, struct log *log)
{
    log->bare = true;
    memset(log->bare_asked, 0, sizeof log->bare_asked);
    go_on_at(channel, core->now_ms + BODIES_WAIT_MS);
}

void bodies_met(struct core *core, const struct link *link, struct channel *channel)
{
    size_t place = place_of(core, link);
    for (size_t i = 0; i < channel->log_count; i++) {
        struct log *log = &channel->logs[i];
        log->bare_asked[place / 8] &= (uint8_t) ~(1u << place % 8);
        if (log->bare)
            go_on_at(channel, core->now_ms + BODIES_WAIT_MS);
    }
    channel->bodies.again_ms = BODIES_AGAIN_MS;
}

void bodies_heard(const struct core *core, const struct link *link, struct channel *channel,
                  const struct id *author)
{
    size_t place = place_of(core, link);
    bool any = false;
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log)) {
        log->bare_asked[place / 8] &= (uint8_t) ~(1u << place % 8);
        any = any || log->bare;
    }
    uint64_t at_ms = channel->bodies.asked_ms + BODIES_EVERY_MS;
    if (any)
        go_on_at(channel,
                 at_ms > core->now_ms + BODIES_WAIT_MS ? at_ms : core->now_ms + BODIES_WAIT_MS);
}

bool bodies_asks(const struct channel *channel, const struct id *author, uint64_t link,
                 uint64_t now_ms)
{
    const struct bodies *bodies = &channel->bodies;
    return (bodies->link == link && id_equal(&bodies->author, author)) ||
           (bodies->late_link == link && bodies->late_by_ms > now_ms &&
            id_equal(&bodies->late_author, author));
}

/* ---- whom to ask ---- */

/* The link has given what it has of this log. */
static void link_done(struct core *core, struct channel *channel)
{
    struct bodies *bodies = &channel->bodies;
    struct log *log = channel_branch(channel, &bodies->author, bodies->branch);
    const struct link *link = link_table_find(&core->links, bodies->link);
    if (log != NULL && link != NULL) {
        size_t place = place_of(core, link);
        log->bare_asked[place / 8] |= (uint8_t)(1u << place % 8);
    }
    bodies->link = 0;
    bodies->at_ms = core->now_ms;
    channel->ask_at_ms = core->now_ms; /* other questions of the author may have waited */
}

static void ask_store(struct core *core, struct channel *channel)
{
    struct bodies *bodies = &channel->bodies;
    struct effect *effect = emit_in(core, EFFECT_BARE, channel);
    effect->load = (struct log_load){.author = bodies->author, .branch = bodies->branch};
    effect->number = bodies->above;
    bodies->to = 0;
    bodies->at_ms = UINT64_MAX;
}

/* *later: there is one who is busy with another question of the author. */
static struct link *whom(struct core *core, struct channel *channel, const struct log *log,
                         bool *later)
{
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id) || was_asked(log, i))
            continue;
        if (work_asks_of(core, channel, &log->author, link))
            *later = true;
        else
            return link;
    }
    return NULL;
}

/* The next log and link; false when all were asked. */
static bool begin(struct core *core, struct channel *channel, bool *later)
{
    for (size_t i = 0; i < channel->log_count; i++) {
        struct log *log = &channel->logs[i];
        struct link *link =
            log->bare && !block_is(core, &log->author) ? whom(core, channel, log, later) : NULL;
        if (link == NULL)
            continue;
        channel->bodies.link = link->number;
        channel->bodies.author = log->author;
        channel->bodies.branch = log->branch;
        channel->bodies.above = 0;
        ask_store(core, channel);
        return true;
    }
    return false;
}

/* All were asked: once more, later. */
static void begin_again(struct core *core, struct channel *channel)
{
    struct bodies *bodies = &channel->bodies;
    bool any = false;
    for (size_t i = 0; i < channel->log_count; i++)
        any = any || (channel->logs[i].bare && !block_is(core, &channel->logs[i].author));
    bodies->over = true;
    bodies->at_ms = UINT64_MAX;
    bodies->asked_ms = core->now_ms;
    if (!any || !core_somebody_hears(core, channel))
        return;           /* whoever comes brings us back */
    if (bodies->filled) { /* is there any left? */
        bodies->filled = false;
        bodies->at_ms = core->now_ms + BODIES_WAIT_MS;
        return;
    }
    bodies->at_ms = core->now_ms + bodies->again_ms;
    bodies->again_ms =
        bodies->again_ms < BODIES_LAST_MS / 2 ? bodies->again_ms * 2 : BODIES_LAST_MS;
}

void bodies_work(struct core *core, struct channel *channel)
{
    struct bodies *bodies = &channel->bodies;
    bool later = false;
    if (channel->hops == 0 || core->unwritable)
        return;
    if (bodies->link != 0 && bodies->to != 0 && bodies->by_ms <= core->now_ms) {
        bodies->late_link = bodies->link;
        bodies->late_author = bodies->author;
        bodies->late_by_ms = core->now_ms + WANT_LAST_MS;
        link_done(core, channel);
    }
    if (bodies->link != 0 || bodies->at_ms > core->now_ms)
        return;
    for (size_t i = 0; bodies->over && i < channel->log_count; i++)
        memset(channel->logs[i].bare_asked, 0, sizeof channel->logs[i].bare_asked);
    bodies->over = false;
    if (begin(core, channel, &later))
        return;
    if (later)
        bodies->at_ms = core->now_ms + BODIES_WAIT_MS;
    else
        begin_again(core, channel);
}

uint64_t bodies_deadline(const struct core *core, const struct channel *channel)
{
    const struct bodies *bodies = &channel->bodies;
    if (channel->hops == 0 || core->unwritable)
        return UINT64_MAX;
    if (bodies->link == 0)
        return bodies->at_ms;
    return bodies->to != 0 ? bodies->by_ms : UINT64_MAX;
}

void bodies_link_gone(const struct core *core, struct channel *channel, uint64_t link)
{
    if (channel->bodies.link != link)
        return;
    channel->bodies.link = 0;
    channel->bodies.at_ms = core->now_ms;
}

/* ---- what the store says, and the link ---- */

void bodies_bare(struct core *core, struct channel *channel, const struct id *author,
                 uint32_t branch, const struct head *top, uint64_t from)
{
    struct bodies *bodies = &channel->bodies;
    struct link *link = link_table_find(&core->links, bodies->link);
    if (link == NULL || bodies->to != 0 || bodies->branch != branch ||
        !id_equal(&bodies->author, author))
        return;
    if (top->seq == 0) {
        struct log *log = channel_branch(channel, author, branch);
        if (log != NULL && bodies->above == 0) {
            log->bare = false;
            heads_moved(core, channel, log);
        }
        link_done(core, channel);
        return;
    }
    struct want want = {.bodies = true,
                        .channel = channel->id,
                        .author = *author,
                        .from = from,
                        .to = top->seq,
                        .tip = top->tip,
                        .credit = LIMIT_WANT_BYTES};
    bodies->from = from;
    bodies->to = top->seq;
    bodies->tip = top->tip;
    bodies->by_ms = core->now_ms + WANT_DEADLINE_MS;
    struct writer w = frame_writer(core, 128);
    wire_write_want(&w, &want);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

/* The link has given, or refused, what is up to `to`. */
static void goes_on(struct core *core, struct channel *channel, uint64_t to)
{
    struct bodies *bodies = &channel->bodies;
    if (to < bodies->from) {
        link_done(core, channel);
        return;
    }
    bodies->above = to < bodies->to ? to : bodies->to;
    ask_store(core, channel);
}

static bool any_body(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->entries[i].body.at != NULL)
            return true;
    return false;
}

void bodies_fill(struct core *core, struct channel *channel, const struct run *run)
{
    const struct log *log = channel_log(channel, &run->entries[0].author);
    if (log == NULL || !any_body(run))
        return;
    const struct entry *lines =
        sealing_lines(core, channel, NULL, run); /* which has effects of its own */
    struct effect *effect = emit_in(core, EFFECT_FILL, channel);
    effect->run = *run;
    effect->lines = lines;
    effect->liar = log->liar;
    effect->nick = log->nick;
    effect->via = VIA_HISTORY;
    effect->quiet = !channel->joined;
    carry_stored(core, channel, run, effect);
    if (lines != NULL)
        reseal_heard(core, channel, run, lines);
    group_filled(core, channel, &run->entries[0].author);
}

bool bodies_take(struct core *core, const struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part)
{
    struct bodies *bodies = &channel->bodies;
    const struct entry *last = &run->entries[run->count - 1];
    if (part == PART_PUSH || core->unwritable ||
        !bodies_asks(channel, &last->author, link->number, core->now_ms))
        return false;
    bodies_fill(core, channel, run);
    bodies->filled = bodies->filled || any_body(run);
    if (bodies->link != link->number || !id_equal(&bodies->author, &last->author)) {
        if (part == PART_ANSWER_END)
            bodies->late_link = 0;
    } else if (part == PART_ANSWER_END) {
        goes_on(core, channel, last->seq);
    } else if (bodies->to != 0) {
        bodies->by_ms = core->now_ms + WANT_DEADLINE_MS;
    }
    return true;
}

bool bodies_lack(struct core *core, const struct link *link, struct channel *channel,
                 const struct lack *lack)
{
    struct bodies *bodies = &channel->bodies;
    if (!bodies_asks(channel, &lack->author, link->number, core->now_ms))
        return false;
    if (bodies->link != link->number || !id_equal(&bodies->author, &lack->author))
        bodies->late_link = 0;
    else if (bodies->to != 0 && id_equal(&bodies->tip, &lack->tip))
        goes_on(core, channel, lack->to);
    return true;
}
