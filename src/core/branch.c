/* Branch: logs that are trees (invariant 6). What contradicts what is held is kept beside it, once its
 * base is found; until then nothing of it is stored but a run that a hole had been left for already. Who
 * announced it is asked for ever lower parts, down to 1, each twice as far: a fork lies near the end
 * nearly always. */
#include <string.h>

#include "base/check.h"
#include "core/group.h"

struct log *branch_asked(struct channel *channel, const struct id *author, uint64_t link)
{
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->asked_link == link)
            return log;
    return NULL;
}

struct log *branch_late(const struct core *core, struct channel *channel, const struct id *author,
                        uint64_t link)
{
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->late_link == link && log->late_by_ms > core->now_ms)
            return log;
    return NULL;
}

struct log *branch_split(struct core *core, struct channel *channel, struct log *log)
{
    size_t index = (size_t)(log - channel->logs);
    struct log *other = channel_branch_add(channel, &log->author);
    struct log *keeps = &channel->logs[index]; /* they may have moved in memory */
    if (other == NULL)
        return keeps;
    log_split(keeps, other);
    other->probe_step = PROBE_FIRST;
    other->probe = other->above_from > PROBE_FIRST ? other->above_from - PROBE_FIRST : 1;
    other->catching_up = keeps->catching_up;
    for (size_t i = 0; i < keeps->source_count; i++)
        if (keeps->sources[i].seq >= other->above_from) /* who ends below has none of it */
            other->sources[other->source_count++] = keeps->sources[i];
    other->ask_at_ms = channel->ask_at_ms = core->now_ms;
    place_hole(core, channel, keeps);
    emit_split(core, channel, keeps, other, other->above_from);
    return keeps;
}

bool branch_part(struct core *core, struct channel *channel, const struct run *run)
{
    uint32_t i = table_get(&channel->by_author, &run->entries[0].author);
    for (; i != LOG_NONE; i = channel->logs[i].next) {
        struct log *log = &channel->logs[i];
        if (log_leaves(log, run) == 0)
            continue;
        if (log->above_from < run->entries[0].seq)
            return false; /* nothing of it is whole, so no run that begins in it is */
        if (!log->rootless && branch_split(core, channel, log)->above_from != 0)
            return false;
    }
    return true;
}

void branch_seek(struct core *core, struct link *link, struct channel *channel,
                 const struct head *head, uint64_t below)
{
    struct log *log = channel_log(channel, &head->author);
    if (log == NULL)
        return;
    for (; log != NULL; log = channel_next_branch(channel, log)) {
        bool known = false;
        for (size_t i = 0; i < log->source_count; i++)
            known = known || (log->sources[i].seq == head->seq &&
                              id_equal(&log->sources[i].tip, &head->tip));
        if (log->rootless && known &&
            (log->above_from == 0 || id_equal(&head->tip, &log->above_tip)))
            break; /* others spoke of it, too */
        if (!log->rootless)
            sync_drop(log, link->number, head, core->now_ms);
    }
    if (log == NULL) {
        log = channel_branch_add(channel, &head->author);
        if (log == NULL)
            return; /* declined: LIMIT_BRANCHES */
        log->catching_up = true;
        log->probe_step = PROBE_FIRST;
        log->probe = below > PROBE_FIRST ? below - PROBE_FIRST : 1;
    }
    heads_learn(core, link, channel, log, head, 0);
    heads_recheck(core, channel);
}

/* A run that lies beside all that is held, and its base is not held either. */
void branch_seek_below(struct core *core, struct link *link, struct channel *channel,
                       const struct run *run)
{
    const struct entry *last = &run->entries[run->count - 1];
    struct log *asked = branch_asked(channel, &last->author, link->number);
    uint64_t from = run->entries[0].seq;
    if (branch_late(core, channel, &last->author, link->number) != NULL)
        return; /* the rest of an answer that did not fit */
    if (asked != NULL && asked->rootless)
        return; /* it is asked from further down when the answer has ended */
    struct head head = {.author = last->author, .seq = last->seq, .tip = last->id};
    if (asked != NULL && log_leads_to(asked, run)) { /* what is above the hole hangs on this */
        asked = branch_split(core, channel, asked);
        if (asked->above_from == 0) {
            sync_forget(asked, link->number, core->now_ms);
            return;
        }
    }
    for (size_t i = 0; asked != NULL && i < asked->source_count; i++)
        if (asked->sources[i].link == link->number && asked->sources[i].seq >= last->seq) {
            head.seq = asked->sources[i].seq;
            head.tip = asked->sources[i].tip;
        }
    branch_seek(core, link, channel, &head, from);
}

static void tell_branch(struct core *core, struct channel *channel, struct log *log, bool lie)
{
    if (lie && !log->liar) {
        if (channel->joined)
            emit_told(core, TOLD_LIAR, log->nick.text, channel->name.text, 0);
        for (struct log *other = channel_log(channel, &log->author); other != NULL;
             other = channel_next_branch(channel, other)) {
            other->liar = true;
            struct effect *effect = emit_in(core, EFFECT_PUT, channel);
            effect->load = log_save(other);
        }
    }
    if (id_equal(&log->author, &core->config.identity.node) && channel->joined &&
        !channel->branch_told) {
        channel->branch_told = true;
        emit_told(core, TOLD_BRANCH, channel->name.text, NULL, 0);
    }
}

/* Of the rootless branches whose run above the hole this one joins, the lowest: what stands above is
 * joined to it when the run is placed. NULL: it joins none. */
struct log *branch_joined(struct channel *channel, const struct run *run)
{
    struct log *lowest = NULL;
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->rootless && log->above_from != 0 && log_fit(log, run) == FIT_JOINS &&
            (lowest == NULL || log->above_from < lowest->above_from))
            lowest = log;
    return lowest;
}

/* The rootless branch that a run belongs to: whose run above the hole it joins, or for which its
 * link was asked, if what that one has lies above; else a new one. */
static struct log *branch_for(const struct link *link, struct channel *channel,
                              const struct run *run)
{
    const struct id *author = &run->entries[0].author;
    struct log *joins = branch_joined(channel, run);
    if (joins != NULL)
        return joins;
    struct log *asked = branch_asked(channel, author, link->number);
    if (asked != NULL && asked->rootless &&
        (asked->above_from == 0 || asked->above_from > run->entries[0].seq) &&
        log_leaves(asked, run) == 0)
        return asked;
    return channel_branch_add(channel, author);
}

/* The run joins this branch and leads up to what another holds above its hole: that was taken for
 * the other's, and is this one's. What this one has above its own hole makes room, and is joined
 * again when the run stands right below it. Returns the branch, which may have moved in memory. */
struct log *branch_claim(struct core *core, struct channel *channel, struct log *log,
                         const struct run *run)
{
    size_t mine = (size_t)(log - channel->logs);
    for (uint32_t i = table_get(&channel->by_author, &log->author); i != LOG_NONE;
         i = channel->logs[i].next) {
        struct log *other = &channel->logs[i];
        const struct log *own = &channel->logs[mine];
        if (i == mine || other->above_from == 0 || !log_leads_to(other, run) ||
            (log_leads_to(own, run) && own->above_from < other->above_from))
            continue;
        if (channel->logs[mine].above_from != 0)
            branch_split(core, channel, &channel->logs[mine]);
        if (channel->logs[mine].above_from == 0)
            place_hand_over(core, channel, &channel->logs[i], &channel->logs[mine]);
    }
    return &channel->logs[mine];
}

/* The branch whose whole part ends there; NULL: none does. */
static struct log *branch_ending(struct channel *channel, const struct id *author, uint64_t seq,
                                 const struct id *tip)
{
    struct log *log = channel_log(channel, author);
    while (log != NULL && !(log_has_head(log) && log->seq == seq && id_equal(&log->tip, tip)))
        log = channel_next_branch(channel, log);
    return log;
}

/* The run's base is held: it is a branch above it, or goes on with one. */
void branch_grow(struct core *core, struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part, const struct sifted *sifted)
{
    struct run fresh = {run->entries + sifted->held, run->count - sifted->held, run->signature};
    const struct entry *first = &fresh.entries[0];
    if (first->lamport <= sifted->lamport) {
        link->refused++;
        return; /* no clock goes back: nobody takes it */
    }
    struct log *log = branch_ending(channel, &first->author, first->seq - 1, &sifted->below);
    bool forks = log == NULL;
    if (forks)
        log = branch_for(link, channel, &fresh);
    if (log == NULL)
        return;
    struct nick nick = channel_log(channel, &first->author)->nick;
    if (log->nick.text[0] == '\0')
        log->nick = nick;
    log->liar = channel_log(channel, &first->author)->liar;
    if (forks)
        log_root(log, first->seq - 1, &sifted->below, sifted->lamport);
    if (forks || sifted->lie)
        tell_branch(core, channel, log, sifted->lie);
    if (log_fit(log, &fresh) == FIT_SPLITS)
        log = branch_split(core, channel, log);
    log = branch_claim(core, channel, log, &fresh);
    if (log_fit(log, &fresh) == FIT_JOINS)
        place_run(core, link, channel, log, &fresh, part);
}

/* What the branch has above its hole stands on what another holds: it is no part of it, but rootless. NULL: it does not, or
 * there is no room for one more branch. */
static struct log *split_above(struct core *core, struct channel *channel, struct log *log,
                               const struct entry *base)
{
    if (log->above_from != base->seq + 1 || !id_equal(&log->above_prev, &base->id))
        return NULL;
    branch_split(core, channel, log);
    for (log = channel_log(channel, &base->author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->rootless && log->above_from == base->seq + 1 &&
            id_equal(&log->above_prev, &base->id))
            break;
    return log;
}

static bool stands_on(const struct log *log, const struct entry *base)
{
    return log->above_from == base->seq + 1 && id_equal(&log->above_prev, &base->id) &&
           log->above_first_lamport > base->lamport;
}

/* A rootless branch stands on that entry of the run, which is whole: it begins there, or it was no fork. */
static void root_on(struct core *core, struct channel *channel, struct log *log,
                    const struct entry *base, const struct run *run)
{
    struct log *below = branch_ending(channel, &base->author, base->seq, &base->id);
    if (below != NULL) {
        size_t mine = (size_t)(log - channel->logs);
        if (below->above_from != 0) /* what is there contradicts this, or lies above it */
            below = branch_split(core, channel, below);
        if (below->above_from != 0)
            return; /* no room for one more branch: declined */
        place_hand_over(core, channel, &channel->logs[mine], below);
        log_close(below);
    } else {
        below = log;
        log_root(log, base->seq, &base->id, base->lamport);
    }
    struct effect *effect = emit_in(core, EFFECT_PUT, channel);
    effect->load = log_save(below);
    heads_moved(core, channel, below);
    place_hole(core, channel, below);
    if (channel->group != NULL)
        group_moved(core, channel, below, run);
}

/* The run's entry right below what the branch has above its hole; else its last. */
static const struct entry *base_in(const struct run *run, const struct log *log)
{
    uint64_t from = run->entries[0].seq;
    if (log->above_from > from && log->above_from - from <= run->count)
        return &run->entries[log->above_from - from - 1];
    return &run->entries[run->count - 1];
}

/* A run that a branch was asked for is held already: if the branch is rootless, what is its own begins right above it, or in
 * it; if it is not, what it has above its hole may. */
void branch_climb(struct core *core, struct link *link, struct channel *channel,
                  const struct run *run)
{
    struct log *log = branch_asked(channel, &run->entries[0].author, link->number);
    if (log == NULL)
        return;
    const struct entry *base = base_in(run, log);
    if (!log->rootless)
        log = split_above(core, channel, log, base);
    if (log == NULL)
        return;
    if (log->above_from == 0 || base->seq + 1 < log->above_from) {
        log->probe = base->seq + 1;
        log->climbing = true;
        return;
    }
    if (stands_on(log, base))
        root_on(core, channel, log, base, run);
}

/* Which branch has something above its hole that stands on this entry of the run, and is not what the run itself goes on with. */
static struct log *standing_on(struct channel *channel, const struct run *run, size_t at)
{
    const struct entry *base = &run->entries[at];
    struct log *log = channel_log(channel, &base->author);
    while (log != NULL &&
           (!stands_on(log, base) || (at + 1 < run->count && log_leads_to(log, run))))
        log = channel_next_branch(channel, log);
    return log;
}

static bool has_hole(struct channel *channel, const struct id *author)
{
    const struct log *log = channel_log(channel, author);
    while (log != NULL && log->above_from == 0)
        log = channel_next_branch(channel, log);
    return log != NULL;
}

void branch_root_on(struct core *core, struct channel *channel, const struct run *run)
{
    if (!has_hole(channel, &run->entries[0].author))
        return; /* as nearly always: nothing is to be rooted */
    for (size_t i = 0; i < run->count; i++)
        for (size_t tries = 0; tries < LIMIT_BRANCHES; tries++) {
            const struct entry *base = &run->entries[i];
            struct log *log = standing_on(channel, run, i);
            if (log != NULL && !log->rootless)
                log = split_above(core, channel, log, base);
            if (log == NULL)
                break;
            root_on(core, channel, log, base, run);
        }
}

/* The answer to a question of a rootless branch has ended, and its base was not found: it is looked
 * for twice as far down. */
void branch_go_down(struct log *log)
{
    bool moved = log->asked_from != log->probe;
    if (!log->rootless || moved || log->climbing || log->probe <= 1)
        return;
    log->probe = log->probe > log->probe_step ? log->probe - log->probe_step : 1;
    log->probe_step *= 2;
}
