/* Runs: an ENTRY, and where it goes.
 *
 *     signature holds --> it joins a branch ------------------------------> place.c
 *                     --> above a hole of the highest branch -------------> place.c
 *                     --> beside what is held --SIFT--> its base is held --> branch.c: a branch of its own
 *                                                       it is not --------> branch.c: asked from further down
 *
 * 1. A run whose signature is wrong is dropped and counted, and its ids are not held against
 *    anyone: another source is asked. LINK_REFUSED_MAX of them end the link.
 * 2. A run for a channel that is not taken is dropped without a word: it was on its way when we
 *    left.
 * 3. What the store said (SIFTED) may be old by the time it is heard, if other answers came first:
 *    so the run is fitted again.
 */
#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

#define LINK_REFUSED_MAX 16

static void ask_store(struct core *core, const struct link *link, struct bytes frame)
{
    struct effect *effect = emit(core, EFFECT_SIFT);
    effect->link = link->number;
    effect->frame = frame;
}

/* What to do with a run: one of the author's branches to place it in, or the store is to be asked. */
struct place {
    struct log *joins, *loose, *splits, *above;
    bool known, refused, beside;
};

static struct place fit_all(struct channel *channel, const struct run *run)
{
    struct place found = {0};
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log)) {
        switch (log_fit(log, run)) {
        case FIT_KNOWN: found.known = true; break;
        case FIT_JOINS:
            if (log->rootless)
                found.beside = true; /* the store may know where it begins */
            else if (found.joins == NULL || run->entries[0].seq <= log->seq + 1)
                found.joins = log; /* rather whose whole part it joins */
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
    return found;
}

/* The run reaches down from what this branch has above its hole to where another is whole: its first entries may be
 * that one's, as only the store knows. What others have above their holes is claimed (place.c). */
static bool may_be_held(struct channel *channel, const struct log *joins, const struct run *run,
                        const struct sifted *sifted)
{
    uint64_t from = run->entries[0].seq;
    bool may = false;
    if (from <= joins->seq + 1 || from >= joins->above_from ||
        (sifted != NULL && sifted->held == 0))
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

/* The branch that holds, above its hole, what the run stands on, where that lies beside the whole part of `joins`: both are of a
 * fork below, and so is what `joins` has above the run. NULL: none does. */
static struct log *of_fork(struct channel *channel, const struct log *joins, const struct run *run)
{
    struct log *log = channel_log(channel, &joins->author);
    while (log != NULL && (log == joins || log->above_from == 0 ||
                           log->above_from > joins->seq + 1 || log_fit(log, run) != FIT_JOINS))
        log = channel_next_branch(channel, log);
    return run->entries[0].seq > joins->seq + 1 ? log : NULL;
}

/* True when it was dealt with; else its place is beside what is held. sifted: NULL, while the store was not asked. */
static bool fits(struct core *core, struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part, const struct sifted *sifted)
{
    struct place found = fit_all(channel, run);
    if (found.splits != NULL && !found.known && found.above == NULL && found.joins == NULL) {
        branch_split(core, channel, found.splits);
        found = fit_all(channel, run);
        if (found.splits != NULL)
            return true; /* no room for one more branch: declined */
    }
    if (found.known)
        return true;
    struct log *fork = found.joins != NULL ? of_fork(channel, found.joins, run) : NULL;
    if (fork != NULL && fork->rootless)
        return false;
    if (fork != NULL)
        found.joins = fork;
    if (found.joins != NULL && may_be_held(channel, found.joins, run, sifted))
        return false;
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
    if (link->number == LINK_IMPORT && log != NULL && log->bare)
        bodies_fill(core, channel, &run);
    if (!known && core->unwritable) {
        place_learn(core, link, channel, channel_highest(channel, &last->author), last);
    } else if (!known && !fits(core, link, channel, &run, part, NULL)) {
        ask_store(core, link, frame); /* SIFTED goes on, and ends the answer */
        return;
    }
    if (part == PART_ANSWER_END)
        answer_ended(core, link, channel, &last->author, last->seq, false);
}

void runs_sifted(struct core *core, struct link *link, struct bytes frame,
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
    if (sifted->held == run.count && part == PART_PUSH)
        tree_duplicate(core, link, channel, last);
    if (sifted->held == run.count)
        branch_climb(core, link, channel, &run);
    if (sifted->held < run.count && !fits(core, link, channel, &run, part, sifted)) {
        struct log *joins = branch_joined(channel, &run);
        if (sifted->based)
            branch_grow(core, link, channel, &run, part, sifted);
        else if (joins != NULL)
            place_run(core, link, channel, joins, &run, part);
        else
            branch_seek_below(core, link, channel, &run);
    }
    if (part == PART_ANSWER_END)
        answer_ended(core, link, channel, &last->author, last->seq, false);
}

void runs_lack(struct core *core, struct link *link, struct channel *channel,
               const struct lack *lack)
{
    answer_ended(core, link, channel, &lack->author, lack->from, true);
}
