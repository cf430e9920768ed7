/* Grouplines: lines of private channels: which are part of the talk, and what they say.
 *
 *     its author has no seat of that term, or it is cut below it -----> left out
 *     it is cut above it: is it below the cut's end in the log? ------> no: left out; not known yet: it waits
 *     else: is the epoch's secret known? -----------------------------> yes: opened; no: it waits, if it is the user's
 *
 * 1. What leads to the end of a cut is found by branches: the branch on which that end is, and those that it stands on. The core
 *    knows where branches begin; on which branch an entry is it asks the store (LOOK), which happens only where somebody was removed
 *    whose end is not the last that is held.
 * 2. What was decided with less known is decided again: by author, when what cuts him changes, or his branches grow together; by epoch, when
 *    its secret comes. The store goes through its lines for that, a few at a time (AGAIN).
 * 3. Nothing that is left out is opened: it cannot get on a screen.
 * 4. A line waits until the entry of its epoch is held, whatever secrets were told: that commits to one. Who could choose two might
 *    make a line that says this to one reader, and that to another.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

enum stand { STANDS, STANDS_NOT, STANDS_PERHAPS };

/* ---- who is cut where ---- */

static int compare_cuts(const void *a, const void *b)
{
    const struct cutting *x = a, *y = b;
    int order = id_compare(&x->author, &y->author);
    if (order == 0)
        order = (int)x->term - (int)y->term;
    return order != 0 ? order : id_compare(&x->tip, &y->tip);
}

/* The first of that author and term from that end on; NULL: there is none. */
static struct cutting *cutting_from(const struct group *group, const struct id *author,
                                    uint16_t term, const struct id *tip)
{
    struct cutting key = {.author = *author, .term = term, .tip = *tip};
    size_t low = 0, high = group->cut_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_cuts(&group->cuts[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct cutting *cut = low == group->cut_count ? NULL : &group->cuts[low];
    return cut != NULL && cut->term == term && id_equal(&cut->author, author) ? cut : NULL;
}

/* The next of the same author and term. */
static struct cutting *cutting_next(const struct group *group, struct cutting *cut)
{
    struct cutting *next = cut + 1;
    return next < group->cuts + group->cut_count && next->term == cut->term &&
                   id_equal(&next->author, &cut->author)
               ? next
               : NULL;
}

/* Finds the branch that has the end, if one's own end it is. */
static void place_end(struct channel *channel, struct cutting *cut)
{
    for (const struct log *log = channel_log(channel, &cut->author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log_has_head(log) && log_knows(log, cut->seq, &cut->tip))
            cut->branch = log->branch;
}

static void look(struct core *core, const struct channel *channel, const struct id *author,
                 uint64_t seq, const struct id *id)
{
    struct effect *effect = emit_in(core, EFFECT_LOOK, channel);
    effect->link = 0;
    effect->head = (struct head){.author = *author, .seq = seq, .tip = *id};
}

void group_cut(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    struct cutting *cuts = calloc(members->seat_count + 1, sizeof *cuts);
    size_t count = 0;
    (void)core;
    CHECK(cuts != NULL);
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (!seat->cut || seat->cut_seq == 0)
            continue;
        struct cutting *cut = &cuts[count++];
        *cut = (struct cutting){.author = seat->member,
                                .term = seat->term,
                                .seq = seat->cut_seq,
                                .tip = seat->cut_tip,
                                .branch = LOG_NONE};
    }
    qsort(cuts, count, sizeof *cuts, compare_cuts);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_cuts(&cuts[kept - 1], &cuts[i]) == 0)
            continue; /* seats with one end */
        struct cutting *cut = &cuts[kept++];
        *cut = cuts[i];
        const struct cutting *before = cutting_from(group, &cut->author, cut->term, &cut->tip);
        if (before != NULL && compare_cuts(before, cut) == 0 && before->seq == cut->seq)
            *cut = *before;
        if (cut->branch == LOG_NONE)
            place_end(channel, cut);
    }
    free(group->cuts);
    group->cuts = cuts;
    group->cut_count = kept;
}

/* Is what stands on this branch at that seq, which is below the end, below it in the log, too? */
static enum stand leads(struct core *core, struct channel *channel, struct cutting *cut,
                        const struct log *log, uint64_t seq)
{
    uint64_t top = cut->seq;
    if (cut->branch == LOG_NONE) {
        if (!cut->asked)
            look(core, channel, &cut->author, cut->seq, &cut->tip);
        cut->asked = true;
        return STANDS_PERHAPS;
    }
    const struct log *at = channel_branch(channel, &cut->author, cut->branch);
    for (int steps = 0; at != NULL && steps < LIMIT_BRANCHES; steps++) {
        if (at == log)
            return seq <= log->seq ? (seq <= top ? STANDS : STANDS_NOT) : STANDS_PERHAPS;
        if (at->base_seq == 0)
            return STANDS_NOT;
        if (at->base_branch == LOG_NONE) {
            look(core, channel, &cut->author, at->base_seq, &at->base);
            return STANDS_PERHAPS;
        }
        top = at->base_seq < top ? at->base_seq : top;
        at = channel_branch(channel, &cut->author, at->base_branch);
    }
    return STANDS_NOT;
}

/* As far as the seats with that end go. */
static enum stand stand_below(struct core *core, struct channel *channel, struct cutting *cut,
                              const struct log *log, const struct entry *entry)
{
    if (entry->seq >= cut->seq)
        return entry->seq == cut->seq && id_equal(&entry->id, &cut->tip) ? STANDS : STANDS_NOT;
    enum stand stand = log == NULL ? STANDS_PERHAPS : leads(core, channel, cut, log, entry->seq);
    if (stand == STANDS_PERHAPS)
        cut->undecided = true;
    return stand;
}

/* By any seat of that term. log: its branch; NULL: not known. */
static enum stand stand_of(struct core *core, struct channel *channel, const struct log *log,
                           const struct entry *entry)
{
    static const struct id FIRST;
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    enum stand stand = STANDS_NOT;
    if (members_whole(members, &entry->author, entry->flags) != NULL)
        return STANDS;
    struct cutting *cut = cutting_from(group, &entry->author, entry->flags, &FIRST);
    for (; cut != NULL && stand != STANDS; cut = cutting_next(group, cut)) {
        enum stand here = stand_below(core, channel, cut, log, entry);
        if (here != STANDS_NOT)
            stand = here;
    }
    return stand;
}

/* ---- judging again ---- */

void group_judge_author(struct core *core, const struct channel *channel, const struct id *author)
{
    emit_in(core, EFFECT_AGAIN, channel)->node = *author;
}

void group_judge_epoch(struct core *core, const struct channel *channel,
                       const uint8_t name[ACT_SHORT])
{
    emit_in(core, EFFECT_AGAIN, channel)->text =
        (struct bytes){arena_copy(&core->arena, name, ACT_SHORT), ACT_SHORT};
}

static void decide(struct core *core, struct channel *channel, struct cutting *cut)
{
    if (!cut->undecided)
        return;
    cut->undecided = false;
    group_judge_author(core, channel, &cut->author);
}

/* Bodies that came later were looked at without their branch. */
void group_filled(struct core *core, struct channel *channel, const struct id *author)
{
    struct group *group = channel->group;
    for (size_t i = 0; group != NULL && i < group->cut_count; i++)
        if (id_equal(&group->cuts[i].author, author))
            decide(core, channel, &group->cuts[i]);
}

/* What came may decide what waits for the end of the cut: it is the end, or what lacked below it. Else whoever is cut at an
 * end that nobody has could have all his lines looked through with each that he says. */
static bool decides(const struct cutting *cut, const struct log *log, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->entries[i].seq == cut->seq && id_equal(&run->entries[i].id, &cut->tip))
            return true;
    return cut->seq <= log->seq && run->count > 0 && run->entries[0].seq <= cut->seq;
}

void group_moved(struct core *core, struct channel *channel, const struct log *log,
                 const struct run *run)
{
    struct group *group = channel->group;
    for (size_t i = 0; i < group->cut_count; i++) {
        struct cutting *cut = &group->cuts[i];
        if (!id_equal(&cut->author, &log->author))
            continue;
        bool known = cut->branch != LOG_NONE;
        if (!known && decides(cut, log, run))
            cut->asked = false; /* on which branch it is the store knows */
        if (!known)
            place_end(channel, cut);
        if (known || !cut->asked || cut->branch != LOG_NONE)
            decide(core, channel, cut);
    }
}

void group_looked(struct core *core, struct channel *channel, const struct event *event)
{
    struct group *group = channel->group;
    if (!event->held)
        return; /* until it is */
    for (struct log *log = channel_log(channel, &event->head.author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->base_seq == event->head.seq && id_equal(&log->base, &event->head.tip))
            log->base_branch = (uint32_t)event->number;
    for (size_t i = 0; i < group->cut_count; i++) {
        struct cutting *cut = &group->cuts[i];
        if (!id_equal(&cut->author, &event->head.author))
            continue;
        if (cut->seq == event->head.seq && id_equal(&cut->tip, &event->head.tip))
            cut->branch = (uint32_t)event->number;
        decide(core, channel, cut);
    }
}

/* ---- opening ---- */

/* What the entry says, in the arena; else why it is not opened. Whose secret lacks is noted. */
static enum why_closed open_line(struct core *core, struct channel *channel, struct entry *line)
{
    struct group *group = channel->group;
    struct groupseal_terms terms = {channel->id, line->author, line->flags};
    uint8_t name[ACT_SHORT], kind, *plain = arena_take(&core->arena, line->body.size + 1);
    struct bytes body;
    if (!groupseal_epoch(line->body, name))
        return CLOSED_BEFORE;
    bool opened = false, waits = group_epoch(group, name, NULL) == NULL;
    const struct seat *own = group_own(core, channel);
    struct epoch *epoch = NULL;
    while (!opened && (epoch = group_epoch(group, name, epoch)) != NULL) {
        opened =
            epoch->known && groupseal_open(line->body, &terms, epoch->secret, plain, &kind, &body);
        bool ours = own != NULL && group_knows(group, epoch, own, UINT64_MAX);
        if (!epoch->known && ours) {
            waits = true;
            if (id_is_zero(&epoch->wrote) || !id_equal(&line->author, &core->config.identity.node))
                epoch->wrote = line->author;
            if (group->ask_at_ms > core->now_ms + KEYS_WAIT_MS)
                group->ask_at_ms = core->now_ms + KEYS_WAIT_MS;
        }
    }
    if (!opened) /* it is not the user's, or spoiled, where no secret is to come */
        return waits ? CLOSED_WAITS : CLOSED_BEFORE;
    if (kind == ENTRY_SEALED || kind == ENTRY_FORGET || kind >= ENTRY_INNER || act_is(kind))
        return CLOSED_BEFORE;
    line->kind = kind;
    line->body = body;
    return CLOSED_NOT;
}

const struct entry *group_lines(struct core *core, struct channel *channel, const struct log *log,
                                const struct run *run)
{
    if (channel->group->kept.state == GROUP_GONE)
        return NULL; /* it is looked into when the user is in again */
    struct entry *lines = arena_copy(&core->arena, run->entries, run->count * sizeof *lines);
    for (size_t i = 0; i < run->count; i++) {
        struct entry *line = &lines[i];
        if (line->kind != ENTRY_SEALED || line->body.at == NULL)
            continue;
        enum stand stand = stand_of(core, channel, log, line);
        enum why_closed why = stand == STANDS ? open_line(core, channel, line) : CLOSED_OUT;
        channel->group->closed += why == CLOSED_WAITS;
        if (why == CLOSED_OUT)
            line->kind = ENTRY_LEFT_OUT;
        else if (why == CLOSED_BEFORE)
            line->kind = ENTRY_NOT_OURS;
    }
    return lines;
}

/* ---- what the store goes through ---- */

static struct effect *emit_line(struct core *core, enum effect_kind kind,
                                const struct channel *channel, const struct entry *entry)
{
    struct effect *effect = emit_in(core, kind, channel);
    effect->run = (struct run){arena_copy(&core->arena, entry, sizeof *entry), 1, {{0}}};
    return effect;
}

/* What was shown goes. */
static void take_away(struct core *core, const struct channel *channel, const struct entry *entry)
{
    if (!channel->joined || channel->quiet)
        return;
    struct show *show = emit_show(core, SHOW_LEFT_OUT);
    show->channel = channel->name;
    show->id = entry->author;
    show->nick = whom_nick(core, &entry->author);
    show->seq = show->n2 = entry->seq;
    show->n = 1;
    show->lamport = entry->lamport;
}

static void show_opened(struct core *core, const struct channel *channel, const struct log *log,
                        const struct entry *line)
{
    if (channel->quiet || !channel->joined)
        return;
    struct effect *effect = emit_line(core, EFFECT_SHOW_RUN, channel, line);
    effect->via = VIA_HISTORY;
    effect->nick = log != NULL ? log->nick : (struct nick){{0}};
    effect->liar = log != NULL && log->liar;
}

static void line_again(struct core *core, struct channel *channel, const struct entry *entry,
                       const struct event *event)
{
    struct group *group = channel->group;
    const struct log *log = channel_branch(channel, &entry->author, event->load.branch);
    enum stand stand = stand_of(core, channel, log, entry);
    enum why_closed was = (enum why_closed)event->number, is = CLOSED_OUT;
    struct entry line = *entry;
    if (stand == STANDS_PERHAPS || (stand == STANDS && event->held))
        return;
    if (stand == STANDS)
        is = open_line(core, channel, &line);
    if (is == was && !event->held && is != CLOSED_NOT)
        return;
    group->closed -= was == CLOSED_WAITS && group->closed > 0;
    group->closed += is == CLOSED_WAITS;
    if (is != CLOSED_NOT) {
        emit_line(core, EFFECT_CLOSE, channel, entry)->number = is;
        if (event->held)
            take_away(core, channel, entry);
        return;
    }
    struct effect *effect = emit_line(core, EFFECT_OPENED, channel, entry);
    effect->lines = arena_copy(&core->arena, &line, sizeof line);
    show_opened(core, channel, log, &line);
}

static void group_gone_through(struct core *core, struct channel *channel)
{
    if (!channel->group->kept.unread)
        return;
    channel->group->kept.unread = false;
    group_keep(core, channel);
}

void group_again(struct core *core, const struct event *event)
{
    struct channel *channel = channel_by_id(&core->channels, &event->channel_id);
    struct entry entry;
    if (channel != NULL && channel->group != NULL && event->frame.size == 0)
        group_gone_through(core, channel);
    if (channel == NULL || (channel->group == NULL && !channel_is_direct(channel)) ||
        event->frame.size < ENTRY_HEADER_BYTES || !entry_read_header(&entry, event->frame.at))
        return;
    size_t size = event->frame.size - ENTRY_HEADER_BYTES;
    entry.body =
        (struct bytes){arena_copy(&core->arena, event->frame.at + ENTRY_HEADER_BYTES, size), size};
    entry_finish(&entry);
    struct run run = {&entry, 1, {{0}}};
    if (channel->group == NULL)
        reseal_closed(core, channel, &entry);
    else if (act_is(entry.kind))
        group_take(core, channel, &run, false);
    else if (entry.kind == ENTRY_SEALED)
        line_again(core, channel, &entry, event);
}

/* ---- saying ---- */

void group_say(struct core *core, struct channel *channel, enum entry_kind kind, struct bytes body)
{
    const struct seat *own = group_own(core, channel);
    if (body.size > SEAL_BODY_MOST) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, SEAL_BODY_MOST - (LIMIT_BODY - LIMIT_TEXT));
        return;
    }
    if (own == NULL && kind_is_said((uint8_t)kind) && group_is_to_come(core, channel)) {
        sealing_wait(core, channel, kind, body);
        return;
    }
    if (own == NULL) {
        group_tell_out(core, channel);
        return;
    }
    struct groupseal_terms terms = {channel->id, core->config.identity.node, own->term};
    const struct epoch *epoch = group_writing(core, channel);
    if (epoch == NULL || !epoch->known)
        return;
    uint8_t *sealed = arena_take(&core->arena, LIMIT_BODY);
    size_t size =
        groupseal_write(sealed, &terms, group_act(channel->group, epoch)->id.b, epoch->secret,
                        core->direct.random, ++core->direct.drawn, kind, body);
    struct entry line = {.kind = (uint8_t)kind,
                         .body = {arena_copy(&core->arena, body.at, body.size), body.size}};
    own_say_sealed(core, channel, (struct bytes){sealed, size}, &line);
}
