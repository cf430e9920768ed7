/* Runs: an ENTRY, and where it goes.
 *
 *     signature holds --> it joins a branch ------------------------------> place.c
 *                     --> above a hole of the highest branch -------------> place.c
 *                     --> beside what is held --SIFT--> its base is held --> branch.c: a branch of its own
 *                                                       it is not --------> branch.c: asked from further down
 *                     --> over what is above a hole --SIFT--> how far the two are the same, then as above
 *
 * 1. A run whose signature is wrong is dropped and counted, and its ids are not held against
 *    anyone: another source is asked. LINK_REFUSED_MAX of them end the link.
 * 2. A run for a channel that is not taken is dropped without a word: it was on its way when we
 *    left.
 * 3. What the store said (SIFTED) may be old by the time it is heard, if other answers came first:
 *    then it is asked again. It says it of a run that lies over what is above a hole, too.
 * 4. No entry stands on two branches. A run that leaves what is above a hole in the middle takes what
 *    they share, if it will be whole; else it is declined, and what is below it is asked for first.
 */
#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

#define LINK_REFUSED_MAX 16

static void ask_store(struct core *core, const struct link *link, struct bytes frame)
{
    struct effect *effect = emit(core, EFFECT_SIFT);
    effect->link = link->number;
    effect->number = core->changes;
    effect->frame = frame;
}

static bool leaves_any(struct channel *channel, const struct run *run)
{
    const struct log *log = channel_log(channel, &run->entries[0].author);
    while (log != NULL && log_leaves(log, run) == 0)
        log = channel_next_branch(channel, log);
    return log != NULL;
}

/* What the store said counts from here on, or (NULL) no longer. */
static void compare(struct channel *channel, const struct run *run, const struct sifted *sifted)
{
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log))
        if (sifted != NULL)
            log_compare(log, run, sifted->same_to[log->branch]);
        else
            log_forget_same(log);
}

/* What to do with a run: one of the author's branches to place it in, or the store is to be asked. */
struct place {
    struct log *joins, *loose, *splits, *above;
    bool known, refused, beside;
};

/* True when the run goes on with what the branch has above its hole, not with its whole part. */
static bool only_above(const struct log *log, const struct run *run)
{
    return run->entries[0].seq > log->seq + 1;
}

static struct place fit_all(struct channel *channel, const struct run *run)
{
    struct place found = {0};
    uint64_t rootless = 0; /* the lowest part of a rootless branch that it joins */
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log)) {
        switch (log_fit(log, run)) {
        case FIT_KNOWN: found.known = true; break;
        case FIT_JOINS:
            if (log->rootless) {
                found.beside = true; /* the store may know where it begins */
                if (rootless == 0 || log->above_from < rootless)
                    rootless = log->above_from;
            } else if (found.joins == NULL || !only_above(log, run) ||
                       (only_above(found.joins, run) && log->above_from < found.joins->above_from))
                found.joins = log; /* rather whose whole part it joins, or the lowest */
            break;
        case FIT_ABOVE: found.above = log; break;
        case FIT_SPLITS: found.splits = log; break;
        case FIT_LOOSE:
            if (found.loose == NULL || log->seq > found.loose->seq)
                found.loose = log;
            break;
        case FIT_OTHER: found.beside = found.beside || !log->rootless; break;
        case FIT_REFUSED: found.refused = true; break;
        case FIT_FAR: break;
        }
    }
    if (found.joins != NULL && only_above(found.joins, run) && rootless != 0 &&
        rootless <= found.joins->seq + 1)
        found.joins = NULL; /* what it joins cannot be of this branch */
    return found;
}

/* The run reaches down from what this branch has above its hole to where another is whole: its first entries may be
 * that one's, as only the store knows. What others have above their holes is claimed (place.c). */
static bool may_be_held(struct channel *channel, const struct log *joins, const struct run *run)
{
    uint64_t from = run->entries[0].seq;
    bool may = false;
    if (!only_above(joins, run) || from >= joins->above_from)
        return false;
    for (const struct log *log = channel_log(channel, &joins->author); log != NULL;
         log = channel_next_branch(channel, log)) {
        if (log == joins)
            continue;
        if (log->above_from != 0 && log->above_from <= from && log_leads_to(log, run))
            return false;
        may = may || (!log->rootless && from > log->base_seq && from <= log->seq);
    }
    return may;
}

/* Only the store can say how the run stands to what is above a hole. Where there is one branch, a run within that is taken
 * for a part of it. */
static bool is_unclear(struct channel *channel, const struct run *run, const struct place *found)
{
    const struct log *log = channel_log(channel, &run->entries[0].author);
    if (log->next == LOG_NONE && found->above != NULL)
        return false;
    while (log != NULL && !log_is_unclear(log, run))
        log = channel_next_branch(channel, log);
    return log != NULL;
}

/* True when it was dealt with; else its place is beside what is held. sifted: NULL, while the store was not asked. */
static bool fits(struct core *core, struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part, const struct sifted *sifted)
{
    struct place found = fit_all(channel, run);
    if (sifted == NULL && !found.known && is_unclear(channel, run, &found))
        return false;
    if (found.above != NULL && found.joins != NULL && only_above(found.joins, run))
        found.joins = NULL; /* it leads up to that, and is there already */
    if (found.splits != NULL && !found.known && found.above == NULL && found.joins == NULL) {
        branch_split(core, channel, found.splits);
        found = fit_all(channel, run);
        if (found.splits != NULL)
            return true; /* no room for one more branch: declined */
    }
    if (found.known)
        return true;
    if (found.joins != NULL && (sifted == NULL ? may_be_held(channel, found.joins, run)
                                               : sifted->based && only_above(found.joins, run)))
        return false; /* it will be whole */
    if (found.joins != NULL) {
        place_run(core, link, channel, branch_claim(core, channel, found.joins, run), run, part);
        return true;
    }
    if (found.above != NULL) { /* it may have been asked for another branch: this is whose it is */
        if (branch_asked(channel, &run->entries[0].author, link->number) != found.above)
            place_learn(core, link, channel, found.above, &run->entries[run->count - 1]);
        return true;
    }
    if (found.refused) {
        link->refused++;
        emit_log(core, "a run refused: its clocks go back", link);
        return true;
    }
    if (found.beside)
        return false;
    if (part != PART_PUSH &&
        branch_late(core, channel, &run->entries[0].author, link->number) != NULL)
        return true; /* the rest of an answer that lies beside what is held */
    const struct log *asked = branch_asked(channel, &run->entries[0].author, link->number);
    if (part != PART_PUSH && asked != NULL && asked != found.loose)
        return false; /* it is not of the branch that was asked for */
    if (found.loose != NULL)
        place_run(core, link, channel, found.loose, run, part);
    else
        place_learn(core, link, channel, channel_highest(channel, &run->entries[0].author),
                    &run->entries[run->count - 1]);
    return true;
}

/* The answer has ended: what is asked next is asked now. */
static void answer_ended(struct core *core, struct link *link, struct channel *channel,
                         const struct id *author, uint64_t seq, bool lacks)
{
    struct log *log = branch_late(core, channel, author, link->number);
    if (log != NULL) {
        log->late_link = 0;
        channel->ask_at_ms = core->now_ms;
        return;
    }
    log = branch_asked(channel, author, link->number);
    if (log == NULL)
        return;
    if (seq < log->asked_first)
        return; /* the end of an older answer */
    if (!lacks)
        branch_go_down(log);
    if (!sync_answered(log, link->number, core->now_ms))
        link->doubted_ms = core->now_ms + DOUBT_MS;
    channel->ask_at_ms = core->now_ms;
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].held_back)
            core->channels.list[i].ask_at_ms = core->now_ms;
}

void runs_take(struct core *core, struct link *link, struct bytes frame)
{
    struct run run;
    enum entry_part part;
    /* What is shown and stored points into the frame; the caller may reuse his. */
    frame.at = arena_copy(&core->arena, frame.at, frame.size);
    if (!wire_read_entry(frame, &core->arena, &run, &part)) {
        frame_breaks_rules(core, link, "an ENTRY that does not parse");
        return;
    }
    core->hops = wire_entry_hops(frame);
    const struct entry *last = &run.entries[run.count - 1];
    struct channel *channel = channel_by_id(&core->channels, &last->channel);
    if (channel != NULL && (channel->joined || channel->group != NULL) &&
        !sealing_accepts(core, channel, &run)) {
        emit_log(core, "a run refused: it is not sealed, or not of the two", link);
        link->refused++;
        return;
    }
    if (channel == NULL || channel->hops == 0 || bodies_take(core, link, channel, &run, part))
        return;
    if (block_is(core, &last->author) || !group_takes(channel, &last->author)) {
        if (part == PART_PUSH && link->number != LINK_IMPORT)
            tree_decline(core, link, channel, &last->author);
        return;
    }
    struct head head = {.author = last->author, .seq = last->seq, .tip = last->id};
    bool known = heads_is_known(channel, &head);
    if (!known && !core->verified && !entry_verify(last, &run.signature)) {
        emit_log(core, "a run refused: its signature does not hold", link);
        if (++link->refused >= LINK_REFUSED_MAX)
            core_end_link(core, link, WHY_RULES);
        return;
    }
    struct log *log = channel_log(channel, &last->author);
    if (!known && log == NULL)
        log = channel_log_add(channel, &last->author, true);
    if (channel->joined)
        acquaint_hear(core, &last->author);
    if (log == NULL) {
        link->refused++;
        return;
    }
    if (known && part == PART_PUSH)
        tree_duplicate(core, link, channel, last);
    if (known)
        branch_climb(core, link, channel, &run);
    if (link->number == LINK_IMPORT && log->bare && !core->unwritable)
        bodies_fill(core, channel, &run);
    if (!known && core->unwritable) {
        place_learn(core, link, channel, channel_highest(channel, &last->author), last);
    } else if (!known && !fits(core, link, channel, &run, part, NULL)) {
        ask_store(core, link, frame); /* SIFTED goes on, and ends the answer */
        return;
    }
    if (known && !core->unwritable)
        branch_root_on(core, channel, &run);
    if (part == PART_ANSWER_END)
        answer_ended(core, link, channel, &last->author, last->seq, false);
}

/* Some of it is new. */
static void place_sifted(struct core *core, struct link *link, struct channel *channel,
                         const struct run *run, enum entry_part part, const struct sifted *sifted)
{
    bool leaves = leaves_any(channel, run), based = sifted->based;
    if (leaves && !based) {
        branch_seek_below(core, link, channel, run);
        return;
    }
    if ((leaves && !branch_part(core, channel, run)) ||
        fits(core, link, channel, run, part, sifted))
        return;
    struct log *joins = branch_joined(channel, run);
    if (based)
        branch_grow(core, link, channel, run, part, sifted);
    else if (joins != NULL)
        place_run(core, link, channel, joins, run, part);
    else
        branch_seek_below(core, link, channel, run);
}

void runs_sifted(struct core *core, struct link *link, struct bytes frame, uint64_t number,
                 const struct sifted *sifted)
{
    struct run run;
    enum entry_part part;
    frame.at = arena_copy(&core->arena, frame.at, frame.size);
    CHECK(wire_read_entry(frame, &core->arena, &run, &part));
    core->hops = wire_entry_hops(frame);
    const struct entry *last = &run.entries[run.count - 1];
    struct channel *channel = channel_by_id(&core->channels, &last->channel);
    if (channel == NULL || channel->hops == 0 || core->unwritable ||
        channel_log(channel, &last->author) == NULL || block_is(core, &last->author) ||
        !group_takes(channel, &last->author) ||
        !sealing_accepts(core, channel,
                         &run)) /* it may have been carried when the store was asked */
        return;
    if (number != core->changes) {
        ask_store(core, link, frame);
        return;
    }
    compare(channel, &run, sifted);
    if (sifted->held == run.count && part == PART_PUSH)
        tree_duplicate(core, link, channel, last);
    if (sifted->held == run.count) {
        branch_climb(core, link, channel, &run);
        branch_root_on(core, channel, &run);
    }
    if (sifted->held < run.count && !sifted->unread)
        place_sifted(core, link, channel, &run, part, sifted);
    compare(channel, &run, NULL);
    if (part == PART_ANSWER_END)
        answer_ended(core, link, channel, &last->author, last->seq, false);
}

void runs_lack(struct core *core, struct link *link, struct channel *channel,
               const struct lack *lack)
{
    answer_ended(core, link, channel, &lack->author, lack->from, true);
}
