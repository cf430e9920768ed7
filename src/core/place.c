/* Place: a run into its branch, and all that follows from it: it is stored, what is new of it is
 * shown, the head moves, holes close, and what others hold is judged anew. */
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

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

/* What other branches hold above their holes, and the run too, is this one's: the bits of those
 * entries, counted from the run's first. `before` is the branch as it was before it took the run. */
static void claim_overlaps(struct core *core, struct channel *channel, const struct log *before,
                           struct log *log, const struct run *run, bool claimed[LIMIT_RUN_ENTRIES])
{
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    for (struct log *other = channel_log(channel, &log->author); other != NULL;
         other = channel_next_branch(channel, other)) {
        uint64_t from = other->above_from, to = other->above_to;
        bool meets_own = from <= before->above_to && to >= before->above_from;
        if (log->above_from == to + 1 && !id_equal(&log->above_prev, &other->above_tip))
            continue; /* what is above the own hole does not stand on it */
        if (other == log || from == 0 || from > last->seq || to < first->seq || meets_own ||
            !log_leads_to(other, run))
            continue;
        for (uint64_t seq = from; seq <= to; seq++)
            if (seq >= first->seq && seq <= last->seq)
                claimed[seq - first->seq] = true;
        log_overlay(log, other);
        emit_split(core, channel, other, log, from);
        place_hole(core, channel, other);
    }
}

/* The run shares entries with what others hold above their holes, which goes on otherwise: they are the run's, and what is
 * above them stands on it. */
static void part_overlaps(struct channel *channel, const struct run *run,
                          bool claimed[LIMIT_RUN_ENTRIES])
{
    const struct entry *first = &run->entries[0];
    for (struct log *other = channel_log(channel, &first->author); other != NULL;
         other = channel_next_branch(channel, other)) {
        uint64_t same_to = log_leaves(other, run);
        if (same_to == 0 || other->above_from < first->seq)
            continue;
        for (uint64_t seq = other->above_from; seq <= same_to; seq++)
            claimed[seq - first->seq] = true;
        log_trim(other, &run->entries[same_to - first->seq]);
    }
}

static void show_piece(struct core *core, const struct channel *channel, const struct log *before,
                       const struct run *run, enum via via, const struct log *log, bool folded)
{
    if (run->count == 0)
        return;
    struct effect *effect = emit_in(core, EFFECT_SHOW_RUN, channel);
    effect->run = *run;
    effect->via = via;
    effect->bulk = via == VIA_HISTORY && run->entries[0].seq < before->above_from;
    effect->liar = log->liar;
    effect->folded = folded;
    effect->nick = log->nick;
}

/* How many of the entries are shown unfolded. */
static size_t allowed(struct core *core, struct link *link, struct channel *channel,
                      const struct log *before, const struct run *run)
{
    struct log *first = channel_log(channel, &before->author);
    size_t bytes = 0, count;
    for (size_t i = 0; i < run->count; i++)
        bytes += run->entries[i].body_bytes;
    count = quota_take(&first->quota, run->count, bytes, QUOTA_LINES, QUOTA_LINES_S, core->now_ms);
    if (before->seq > QUOTA_NEW)
        return count;
    return quota_take(&link->newcomers, count, bytes / run->count * count, QUOTA_LINK, QUOTA_LINK_S,
                      core->now_ms);
}

/* In pieces, since a part of it may have been held above the hole. */
static void show_new(struct core *core, struct link *link, struct channel *channel,
                     const struct log *before, const struct run *run, enum via via,
                     const struct log *log, const bool *claimed)
{
    bool counts = via == VIA_LINK && !id_equal(&log->author, &core->config.identity.node) &&
                  link->number != LINK_IMPORT;
    for (size_t i = 0; channel->joined && i < run->count;) {
        size_t from = i;
        while (i < run->count && !log_holds(before, run->entries[i].seq) && !claimed[i])
            i++;
        struct run piece = {run->entries + from, i - from, run->signature};
        size_t seen =
            counts && piece.count > 0 ? allowed(core, link, channel, before, &piece) : piece.count;
        struct run rest = {piece.entries + seen, piece.count - seen, piece.signature};
        piece.count = seen;
        show_piece(core, channel, before, &piece, via, log, false);
        show_piece(core, channel, before, &rest, via, log, true);
        while (i < run->count && (log_holds(before, run->entries[i].seq) || claimed[i]))
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
void place_learn(struct core *core, struct link *link, struct channel *channel, struct log *log,
                 const struct entry *last)
{
    struct head head = {.author = log->author, .seq = last->seq, .tip = last->id};
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].link == link->number && log->sources[i].seq > last->seq)
            return; /* an entry from the middle says nothing against the head that it announced */
    heads_learn(core, link, channel, log, &head, LAZY_WANT_MS);
}

void place_sort_sources(struct core *core, struct channel *channel, struct log *log)
{
    for (size_t i = log->source_count; i-- > 0;) {
        struct source source = log->sources[i];
        if (source.seq > log->seq || log_knows(log, source.seq, &source.tip))
            continue;
        struct effect *effect = emit_in(core, EFFECT_LOOK, channel);
        effect->link = source.link;
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

void place_hole(struct core *core, struct channel *channel, struct log *log)
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
void place_hand_over(struct core *core, struct channel *channel, struct log *from, struct log *to)
{
    log_hand_over(from, to);
    place_hole(core, channel, from);
    emit_split(core, channel, from, to, to->above_from);
}

/* Runs of other branches that stand right on the tip are this one's. */
static void absorb(struct core *core, struct channel *channel, struct log *log)
{
    for (struct log *other = channel_log(channel, &log->author); other != NULL;
         other = channel_next_branch(channel, other)) {
        if (other == log || log->above_from != 0 || other->above_from != log->seq + 1 ||
            !id_equal(&other->above_prev, &log->tip) || other->above_first_lamport <= log->lamport)
            continue;
        place_hand_over(core, channel, other, log);
        log_close(log);
        struct effect *effect = emit_in(core, EFFECT_PUT, channel);
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
            emit_split(core, channel, high, low, from);
            for (size_t i = 0; i < high->source_count; i++) {
                const struct source *source = &high->sources[i];
                struct head head = {*author, source->seq, source->tip};
                if (source->seq >= low->above_from)
                    sync_learn(low, source->link, &head, source->doubtful, core->now_ms);
            }
            channel->ask_at_ms = core->now_ms;
            place_hole(core, channel, high);
            place_hole(core, channel, low);
        }
}

static bool is_inner(const struct entry *line)
{
    return line->kind >= ENTRY_INNER && line->kind < ENTRY_NOT_OURS;
}

/* Places a run that joins the branch, or is loose above it. */
void place_run(struct core *core, struct link *link, struct channel *channel, struct log *log,
               const struct run *run, enum entry_part part)
{
    const struct entry *last = &run->entries[run->count - 1];
    struct log before = *log;
    size_t first;
    bool claimed[LIMIT_RUN_ENTRIES] = {false};
    if (part != PART_PUSH)
        core->hops = tree_far(log, link); /* before it is no source any more */
    if (log->bare)                        /* what is held already may get its text by it */
        bodies_fill(core, channel, run);
    if (part == PART_PUSH)
        tree_compare(core, link, channel, log, last);
    log_place(log, run, &first);
    claim_overlaps(core, channel, &before, log, run, claimed);
    part_overlaps(channel, run, claimed);
    struct run fresh = {run->entries + first, run->count - first, run->signature};
    bool own = id_equal(&log->author, &core->config.identity.node);
    for (size_t i = first; i < run->count; i++)
        channel_adopt(channel, run->entries[i].lamport, core->wall_ms);
    if (log->announced_by != 0)
        prove_log(core, log);
    if (lacks_bodies(&fresh))
        bodies_missing(core, channel, log);
    if (channel->group != NULL)
        group_take(core, channel, &fresh, part == PART_PUSH && link->number != LINK_IMPORT);
    const struct entry *lines = sealing_lines(core, channel, log, &fresh);
    struct run shown = fresh;
    if (lines != NULL)
        shown.entries = arena_copy(&core->arena, lines, fresh.count * sizeof *lines);
    if (fresh.count > 0)
        note_nick(log, &shown.entries[fresh.count - 1]);
    for (size_t i = fresh.count; i-- > 0;)
        if (!is_inner(&shown.entries[i])) { /* what is shown to nobody opens no window ... */
            talk_heard(core, channel, &shown.entries[i]);
            break;
        }
    if (fresh.count > 0 && channel->quiet && channel_is_direct(channel))
        talk_keep(core, channel); /* ... and would come again after a start, if nothing were kept */
    struct effect *effect = emit_in(core, EFFECT_STORE, channel);
    effect->run = fresh;
    effect->lines = lines;
    effect->load = log_save(log);
    carry_stored(core, channel, &fresh, effect);
    if (part != PART_PUSH)
        link->answered_ms = core->now_ms;
    bool live = link->number != LINK_IMPORT && (part == PART_PUSH || !log->catching_up);
    tree_came(core, log, live ? link->number : 0);
    show_new(core, link, channel, &before, &shown,
             part != PART_PUSH && log->catching_up ? VIA_HISTORY : VIA_LINK, log, claimed + first);
    if (lines != NULL)
        reseal_heard(core, channel, &fresh, lines);
    if (own && last->seq > channel->received)
        channel->received = last->seq; /* own lines, back from one who holds them */
    if (log->seq != before.seq) {
        absorb(core, channel, log);
        heads_moved(core, channel, log);
        place_sort_sources(core, channel, log);
        drop_known(core, channel, log);
    }
    if (channel->group != NULL)
        group_moved(core, channel, log, &fresh);
    place_hole(core, channel, log);
    join_spans(core, channel, &last->author);
    if (last->seq > log->seq)
        place_learn(core, link, channel, log, last);
    if (live && fresh.count > 0 && last->seq <= log->seq && !lacks_bodies(&fresh))
        tree_push(core, channel, log, &fresh, link->number);
    if (channel->coming > 0 && channel->coming_at_ms > core->now_ms + COMING_EVERY_MS)
        channel->coming_at_ms = core->now_ms + COMING_EVERY_MS;
    if (!log->rootless && log->seq >= last->seq) /* last of all: logs may move in memory */
        branch_root_on(core, channel, run);
}
