/* Runs: an ENTRY, and which branch it belongs to.
 *
 *     signature holds --> it joins a branch ----------------------------> STORE, SHOW
 *                     --> above a hole of the highest branch -----------> STORE, SHOW, in no head
 *                     --> beside what is held --SIFT--> its base is held -> a branch of its own
 *                                                       it is not -------> asked from further down
 *
 * 1. A run whose signature is wrong is dropped and counted, and its ids are not held against
 *    anyone: another source is asked. LINK_REFUSED_MAX of them end the link.
 * 2. A run for a channel that is not joined is dropped without a word: it was on its way when we
 *    left.
 * 3. What contradicts what is held is kept beside it (invariant 6), once its base is found; until
 *    then nothing of it is stored but a run that a hole had been left for already. Who announced it
 *    is asked for ever lower parts, down to 1, each twice as far: a fork lies near the end nearly
 *    always.
 * 4. What the store said (SIFTED) may be old by the time it is heard, if other answers came first:
 *    so the run is fitted again.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define LINK_REFUSED_MAX 16

/* An entry of the author is held: the link that announced him may announce another. */
static void prove_log(struct core *core, struct log *log)
{
    struct link *link = link_table_find(&core->links, log->announced_by);
    if (link != NULL && link->announced > 0)
        link->announced--;
    log->announced_by = 0;
    log->proved = true;
}

static bool lacks_bodies(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->entries[i].body.at == NULL)
            return true;
    return false;
}

/* In pieces, since a part of it may have been held above the hole. */
static void show_new(struct core *core, const struct channel *channel, const struct log *before,
                     const struct run *run, enum via via, const struct log *log)
{
    for (size_t i = 0; i < run->count;) {
        size_t from = i;
        while (i < run->count && !log_holds(before, run->entries[i].seq))
            i++;
        if (i > from) {
            struct effect *effect = emit(core, EFFECT_SHOW_RUN);
            effect->channel = channel->name;
            effect->run = (struct run){run->entries + from, i - from, run->signature};
            effect->via = via;
            effect->bulk = via == VIA_HISTORY && run->entries[from].seq < before->above_from;
            effect->liar = log->liar;
            effect->nick = log->nick;
        }
        while (i < run->count && log_holds(before, run->entries[i].seq))
            i++;
    }
}

static void note_nick(struct log *log, const struct entry *entry)
{
    struct bytes nick, text;
    if (entry_text(entry, &nick, &text))
        log->nick = nick_from_peer(nick);
}

/* Who sends a late entry may know the ones before. */
static void learn_source(struct core *core, struct link *link, struct channel *channel,
                         struct log *log, const struct entry *last)
{
    struct head head = {.author = log->author, .seq = last->seq, .tip = last->id};
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].link == link->number && log->sources[i].seq > last->seq)
            return; /* an entry from the middle says nothing against the head that it announced */
    heads_learn(core, link, channel, log, &head, LAZY_WANT_MS);
}

void runs_sort_sources(struct core *core, struct channel *channel, struct log *log)
{
    for (size_t i = log->source_count; i-- > 0;) {
        struct source source = log->sources[i];
        if (source.seq > log->seq || log_knows(log, source.seq, &source.tip))
            continue;
        struct effect *effect = emit(core, EFFECT_LOOK);
        effect->link = source.link;
        effect->channel = channel->name;
        effect->head = (struct head){.author = log->author, .seq = source.seq, .tip = source.tip};
        sync_drop(log, source.link, &effect->head, core->now_ms); /* until that is known */
    }
}

/* What was announced as another branch's is this one's. */
static void drop_known(struct core *core, struct channel *channel, const struct log *log)
{
    for (struct log *other = channel_log(channel, &log->author); other != NULL;
         other = channel_next_branch(channel, other))
        for (size_t i = other->source_count; other != log && i-- > 0;) {
            struct head head = {log->author, other->sources[i].seq, other->sources[i].tip};
            if (i < other->source_count && log_knows(log, head.seq, &head.tip))
                sync_drop(other, other->sources[i].link, &head, core->now_ms);
        }
}

static void note_hole(struct core *core, struct channel *channel, struct log *log)
{
    bool hole = log->above_from != 0;
    if (hole == (log->gap_since_ms != 0) && !hole)
        return;
    if (hole && log->gap_since_ms == 0)
        log->gap_since_ms = core->now_ms;
    if (!hole)
        log->gap_since_ms = 0;
    if (hole)
        heads_recheck(core, channel);
    uint64_t look_ms = hole ? core->now_ms + GAP_TOLD_MS : core->now_ms;
    if (look_ms < channel->gap_at_ms)
        channel->gap_at_ms = look_ms;
}

/* What is above the hole of one branch is another's. */
static void hand_over(struct core *core, struct channel *channel, struct log *from, struct log *to)
{
    log_hand_over(from, to);
    note_hole(core, channel, from);
    struct effect *effect = emit(core, EFFECT_SPLIT);
    effect->channel = channel->name;
    effect->load = log_save(from);
    effect->load2 = log_save(to);
    effect->number = to->above_from;
}

/* Runs of other branches that stand right on the tip are this one's. */
static void absorb(struct core *core, struct channel *channel, struct log *log)
{
    for (struct log *other = channel_log(channel, &log->author); other != NULL;
         other = channel_next_branch(channel, other)) {
        if (other == log || log->above_from != 0 || other->above_from != log->seq + 1 ||
            !id_equal(&other->above_prev, &log->tip) || other->above_first_lamport <= log->lamport)
            continue;
        hand_over(core, channel, other, log);
        log_close(log);
        struct effect *effect = emit(core, EFFECT_PUT);
        effect->channel = channel->name;
        effect->load = log_save(log);
        heads_moved(core, channel, log);
        other = channel_log(channel, &log->author); /* there may be more above that */
    }
}

/* What stands above one branch's hole may turn out to stand on what is above another's. */
static void join_spans(struct core *core, struct channel *channel, const struct id *author)
{
    for (struct log *low = channel_log(channel, author); low != NULL;
         low = channel_next_branch(channel, low))
        for (struct log *high = channel_log(channel, author); high != NULL;
             high = channel_next_branch(channel, high)) {
            if (!log_stands_on(high, low))
                continue;
            uint64_t from = high->above_from;
            log_join_spans(low, high);
            struct effect *effect = emit(core, EFFECT_SPLIT);
            effect->channel = channel->name;
            effect->load = log_save(high);
            effect->load2 = log_save(low);
            effect->number = from;
            for (size_t i = 0; i < high->source_count; i++) {
                const struct source *source = &high->sources[i];
                struct head head = {*author, source->seq, source->tip};
                if (source->seq >= low->above_from)
                    sync_learn(low, source->link, &head, source->doubtful, core->now_ms);
            }
            channel->ask_at_ms = core->now_ms;
            note_hole(core, channel, high);
            note_hole(core, channel, low);
        }
}

/* Places a run that joins the branch, or is loose above it. */
static void place(struct core *core, struct link *link, struct channel *channel, struct log *log,
                  const struct run *run, enum entry_part part)
{
    const struct entry *last = &run->entries[run->count - 1];
    struct log before = *log;
    size_t first;
    if (log->bare) /* what is held already may get its text by it */
        bodies_fill(core, channel, run);
    log_place(log, run, &first);
    struct run fresh = {run->entries + first, run->count - first, run->signature};
    bool own = id_equal(&log->author, &core->config.identity.node);
    for (size_t i = first; i < run->count; i++)
        channel_adopt(channel, run->entries[i].lamport, core->wall_ms);
    if (log->announced_by != 0)
        prove_log(core, log);
    note_nick(log, last);
    if (lacks_bodies(&fresh))
        bodies_missing(core, channel, log);
    struct effect *effect = emit(core, EFFECT_STORE);
    effect->channel = channel->name;
    effect->run = fresh;
    effect->load = log_save(log);
    if (part != PART_PUSH)
        link->answered_ms = core->now_ms;
    show_new(core, channel, &before, &fresh,
             part != PART_PUSH && log->catching_up ? VIA_HISTORY : VIA_LINK, log);
    if (own && last->seq > channel->received)
        channel->received = last->seq; /* own lines, back from one who holds them */
    if (log->seq != before.seq) {
        absorb(core, channel, log);
        heads_moved(core, channel, log);
        runs_sort_sources(core, channel, log);
        drop_known(core, channel, log);
    }
    note_hole(core, channel, log);
    join_spans(core, channel, &last->author);
    if (last->seq > log->seq)
        learn_source(core, link, channel, log, last);
    if (channel->coming > 0 && channel->coming_at_ms > core->now_ms + COMING_EVERY_MS)
        channel->coming_at_ms = core->now_ms + COMING_EVERY_MS;
}

struct log *runs_split(struct core *core, struct channel *channel, struct log *log)
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
    note_hole(core, channel, keeps);
    struct effect *effect = emit(core, EFFECT_SPLIT);
    effect->channel = channel->name;
    effect->load = log_save(keeps);
    effect->load2 = log_save(other);
    effect->number = other->above_from;
    return keeps;
}

static struct log *asked_branch(struct channel *channel, const struct id *author, uint64_t link)
{
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->asked_link == link)
            return log;
    return NULL;
}

static struct log *late_branch(const struct core *core, struct channel *channel,
                               const struct id *author, uint64_t link)
{
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->late_link == link && log->late_by_ms > core->now_ms)
            return log;
    return NULL;
}

void runs_seek(struct core *core, struct link *link, struct channel *channel,
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
static void seek_below(struct core *core, struct link *link, struct channel *channel,
                       const struct run *run)
{
    const struct entry *last = &run->entries[run->count - 1];
    struct log *asked = asked_branch(channel, &last->author, link->number);
    uint64_t from = run->entries[0].seq;
    if (late_branch(core, channel, &last->author, link->number) != NULL)
        return; /* the rest of an answer that did not fit */
    if (asked != NULL && asked->rootless)
        return; /* it is asked from further down when the answer has ended */
    struct head head = {.author = last->author, .seq = last->seq, .tip = last->id};
    if (asked != NULL && asked->above_from != 0) { /* what is above the hole hangs on this */
        asked = runs_split(core, channel, asked);
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
    runs_seek(core, link, channel, &head, from);
}

static void tell_branch(struct core *core, struct channel *channel, struct log *log, bool lie)
{
    if (lie && !log->liar) {
        emit_told(core, TOLD_LIAR, log->nick.text, channel->name.text, 0);
        for (struct log *other = channel_log(channel, &log->author); other != NULL;
             other = channel_next_branch(channel, other)) {
            other->liar = true;
            struct effect *effect = emit(core, EFFECT_PUT);
            effect->channel = channel->name;
            effect->load = log_save(other);
        }
    }
    if (id_equal(&log->author, &core->config.identity.node) && !channel->branch_told) {
        channel->branch_told = true;
        emit_told(core, TOLD_BRANCH, channel->name.text, NULL, 0);
    }
}

/* The rootless branch that a run belongs to: whose run above the hole it joins, or for which its
 * link was asked; else a new one. */
static struct log *branch_for(const struct link *link, struct channel *channel,
                              const struct run *run)
{
    const struct id *author = &run->entries[0].author;
    for (struct log *log = channel_log(channel, author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->rootless && log->above_from != 0 && log_fit(log, run) == FIT_JOINS)
            return log;
    struct log *asked = asked_branch(channel, author, link->number);
    if (asked != NULL && asked->rootless)
        return asked;
    return channel_branch_add(channel, author);
}

/* The run joins this branch and leads up to what another holds above its hole: that was taken for
 * the other's, and is this one's. What this one has above its own hole makes room. Returns the
 * branch, which may have moved in memory. */
static struct log *claim(struct core *core, struct channel *channel, struct log *log,
                         const struct run *run)
{
    size_t mine = (size_t)(log - channel->logs);
    for (uint32_t i = table_get(&channel->by_author, &log->author); i != LOG_NONE;
         i = channel->logs[i].next) {
        struct log *other = &channel->logs[i];
        if (i == mine || other->above_from == 0 || !log_leads_to(other, run) ||
            log_leads_to(&channel->logs[mine], run))
            continue;
        if (channel->logs[mine].above_from != 0)
            runs_split(core, channel, &channel->logs[mine]);
        if (channel->logs[mine].above_from == 0)
            hand_over(core, channel, &channel->logs[i], &channel->logs[mine]);
    }
    return &channel->logs[mine];
}

/* The run's base is held: it is a branch above it. */
static void grow_branch(struct core *core, struct link *link, struct channel *channel,
                        const struct run *run, enum entry_part part, const struct sifted *sifted)
{
    struct run fresh = {run->entries + sifted->held, run->count - sifted->held, run->signature};
    const struct entry *first = &fresh.entries[0];
    if (first->lamport <= sifted->lamport) {
        link->refused++;
        return; /* no clock goes back: nobody takes it */
    }
    struct log *log = branch_for(link, channel, &fresh);
    if (log == NULL)
        return;
    struct nick nick = channel_log(channel, &first->author)->nick;
    if (log->nick.text[0] == '\0')
        log->nick = nick;
    log->liar = channel_log(channel, &first->author)->liar;
    log_root(log, first->seq - 1, &sifted->below, sifted->lamport);
    tell_branch(core, channel, log, sifted->lie);
    if (log_fit(log, &fresh) == FIT_SPLITS)
        log = runs_split(core, channel, log);
    log = claim(core, channel, log, &fresh);
    if (log_fit(log, &fresh) == FIT_JOINS)
        place(core, link, channel, log, &fresh, part);
}

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

/* True when it was dealt with; else its place is beside what is held. */
static bool fits(struct core *core, struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part)
{
    struct place found = fit_all(channel, run);
    if (found.splits != NULL && !found.known && found.above == NULL && found.joins == NULL) {
        runs_split(core, channel, found.splits);
        found = fit_all(channel, run);
        if (found.splits != NULL)
            return true; /* no room for one more branch: declined */
    }
    if (found.known)
        return true;
    if (found.joins != NULL) {
        place(core, link, channel, claim(core, channel, found.joins, run), run, part);
        return true;
    }
    if (found.above != NULL) { /* it may have been asked for another branch: this is whose it is */
        if (asked_branch(channel, &run->entries[0].author, link->number) != found.above)
            learn_source(core, link, channel, found.above, &run->entries[run->count - 1]);
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
        late_branch(core, channel, &run->entries[0].author, link->number) != NULL)
        return true; /* the rest of an answer that lies beside what is held */
    const struct log *asked = asked_branch(channel, &run->entries[0].author, link->number);
    if (part != PART_PUSH && asked != NULL && asked != found.loose)
        return false; /* it is not of the branch that was asked for */
    if (found.loose != NULL)
        place(core, link, channel, found.loose, run, part);
    else
        learn_source(core, link, channel, channel_highest(channel, &run->entries[0].author),
                     &run->entries[run->count - 1]);
    return true;
}

/* A run of a rootless branch ended at what is held already: what is its own begins right there. */
static void climb(struct core *core, struct link *link, struct channel *channel,
                  const struct entry *last)
{
    struct log *log = asked_branch(channel, &last->author, link->number);
    if (log == NULL || !log->rootless)
        return;
    if (log->above_from == 0 || last->seq + 1 < log->above_from) {
        log->probe = last->seq + 1;
        log->climbing = true;
        return;
    }
    if (last->seq + 1 != log->above_from || !id_equal(&last->id, &log->above_prev) ||
        last->lamport >= log->above_first_lamport)
        return;
    struct log *below = channel_log(channel, &last->author);
    while (below != NULL && !(log_has_head(below) && below->above_from == 0 &&
                              below->seq == last->seq && id_equal(&below->tip, &last->id)))
        below = channel_next_branch(channel, below);
    if (below != NULL) { /* it was no fork */
        hand_over(core, channel, log, below);
        log_close(below);
    } else {
        below = log;
        log_root(log, last->seq, &last->id, last->lamport);
    }
    struct effect *effect = emit(core, EFFECT_PUT);
    effect->channel = channel->name;
    effect->load = log_save(below);
    heads_moved(core, channel, below);
    note_hole(core, channel, below);
}

/* The answer to a question of a rootless branch has ended, and its base was not found: it is looked
 * for twice as far down. */
static void go_down(struct log *log)
{
    bool moved = log->asked_from != log->probe;
    if (!log->rootless || moved || log->climbing || log->probe <= 1)
        return;
    log->probe = log->probe > log->probe_step ? log->probe - log->probe_step : 1;
    log->probe_step *= 2;
}

/* The answer has ended: what is asked next is asked now. */
static void answer_ended(struct core *core, struct link *link, struct channel *channel,
                         const struct id *author, uint64_t seq, bool lacks)
{
    struct log *log = late_branch(core, channel, author, link->number);
    if (log != NULL) {
        log->late_link = 0;
        channel->ask_at_ms = core->now_ms;
        return;
    }
    log = asked_branch(channel, author, link->number);
    if (log == NULL)
        return;
    if (seq < log->asked_first)
        return; /* the end of an older answer */
    if (!lacks)
        go_down(log);
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
    const struct entry *last = &run.entries[run.count - 1];
    struct channel *channel = channel_by_id(&core->channels, &last->channel);
    if (channel == NULL || !channel->joined || bodies_take(core, link, channel, &run, part))
        return;
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
    if (log == NULL) {
        link->refused++;
        return;
    }
    if (known)
        climb(core, link, channel, last);
    if (link->number == LINK_IMPORT && log != NULL && log->bare)
        bodies_fill(core, channel, &run);
    if (!known && core->unwritable) {
        learn_source(core, link, channel, channel_highest(channel, &last->author), last);
    } else if (!known && !fits(core, link, channel, &run, part)) {
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
    const struct entry *last = &run.entries[run.count - 1];
    struct channel *channel = channel_by_id(&core->channels, &last->channel);
    if (channel == NULL || !channel->joined || core->unwritable)
        return;
    if (sifted->held == run.count)
        climb(core, link, channel, last);
    if (sifted->held < run.count && !fits(core, link, channel, &run, part)) {
        struct log *joins = NULL;
        for (struct log *log = channel_log(channel, &last->author); log != NULL;
             log = channel_next_branch(channel, log))
            if (log->rootless && log->above_from != 0 && log_fit(log, &run) == FIT_JOINS)
                joins = log;
        if (sifted->based)
            grow_branch(core, link, channel, &run, part, sifted);
        else if (joins != NULL)
            place(core, link, channel, joins, &run, part);
        else
            seek_below(core, link, channel, &run);
    }
    if (part == PART_ANSWER_END)
        answer_ended(core, link, channel, &last->author, last->seq, false);
}

void runs_lack(struct core *core, struct link *link, struct channel *channel,
               const struct lack *lack)
{
    answer_ended(core, link, channel, &lack->author, lack->from, true);
}
