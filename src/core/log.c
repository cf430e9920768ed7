/* Log: where a run goes.
 *
 *     base ......... seq            above_from ... above_to
 *          [ whole    ]     hole    [ above         ]
 *
 * 1. (base_seq, seq] is held without a gap, each entry the prev of the next, up to a verified
 *    signature, and so are the branches below it down to seq 1. This alone is the head that is
 *    announced (invariant 8).
 * 2. [above_from, above_to] is a verified run, or several that joined, that hangs above a hole:
 *    above_prev is the id that the last entry of the hole must have. It is kept and shown, and is
 *    in no head.
 * 3. When the hole closes the two become one, only if ids meet: the entry below has the id
 *    above_prev.
 * 4. What contradicts a branch by its ids is another branch (invariant 6), never thrown away. Where
 *    the run above the hole turns out to be another branch's, it is split off, with no base until
 *    one is found. A run above a second hole is left; since its head is announced it is asked for
 *    when there is room.
 * 5. A run may share some entries with what is above a hole and leave it in the middle: the ends that
 *    are known here do not tell, so the store is asked (runs.c), and what it says counts while that
 *    run is in hand. Then both are kept, and what they share stands on one branch only.
 * 6. The author's clock grows from each entry to the next, over every seam (invariant 5): so it
 *    does not matter into which runs a log was cut on its way.
 *
 * It never looks at the clock of this machine, the route or the order of arrival of anything but
 * ids (invariant 4).
 */
#include "core/log.h"

#include <string.h>

#include "base/check.h"

void log_init(struct log *log, const struct id *author)
{
    memset(log, 0, sizeof *log);
    log->author = *author;
    log->next = log->base_branch = LOG_NONE;
    log->ask_at_ms = UINT64_MAX;
}

void log_load(struct log *log, const struct log_load *load)
{
    log->branch = load->branch;
    log->base_seq = load->base_seq;
    log->base = load->base;
    log->rootless = load->rootless;
    log->liar = load->liar;
    log->bare = load->bare;
    log->nick = load->nick;
    log->seq = load->seq;
    log->tip = load->tip;
    log->lamport = load->lamport;
    log->above_from = load->span_from;
    log->above_to = load->span_to;
    log->above_prev = load->span_prev;
    log->above_tip = load->span_tip;
    log->above_first_lamport = load->span_first_lamport;
    log->above_lamport = load->span_lamport;
}

struct log_load log_save(const struct log *log)
{
    return (struct log_load){
        .author = log->author,
        .branch = log->branch,
        .base_seq = log->base_seq,
        .base = log->base,
        .rootless = log->rootless,
        .liar = log->liar,
        .nick = log->nick,
        .seq = log->seq,
        .tip = log->tip,
        .lamport = log->lamport,
        .span_from = log->above_from,
        .span_to = log->above_to,
        .span_prev = log->above_prev,
        .span_tip = log->above_tip,
        .span_first_lamport = log->above_first_lamport,
        .span_lamport = log->above_lamport,
    };
}

bool log_holds(const struct log *log, uint64_t seq)
{
    return (seq > log->base_seq && seq <= log->seq) ||
           (log->above_from != 0 && seq >= log->above_from && seq <= log->above_to);
}

bool log_knows(const struct log *log, uint64_t seq, const struct id *id)
{
    if (log_has_head(log) && seq == log->seq)
        return id_equal(id, &log->tip);
    for (size_t i = 0; i < LIMIT_PASSED; i++)
        if (log->passed[i].seq == seq && seq != 0 && id_equal(&log->passed[i].id, id))
            return true;
    return false;
}

uint64_t log_top(const struct log *log)
{
    return log->above_from != 0 ? log->above_to : log->seq;
}

bool log_has_head(const struct log *log)
{
    return !log->rootless && log->seq > log->base_seq;
}

/* The id that the run says the entry with this seq has; NULL when it says nothing of it. */
static const struct id *id_in(const struct run *run, uint64_t seq)
{
    uint64_t from = run->entries[0].seq;
    if (seq + 1 == from)
        return &run->entries[0].prev;
    if (seq < from || seq - from >= run->count)
        return NULL;
    return &run->entries[seq - from].id;
}

enum word { SAYS_NOTHING, SAYS_SO, SAYS_NOT };

static enum word says(const struct run *run, uint64_t seq, const struct id *held)
{
    const struct id *said = id_in(run, seq);
    if (said == NULL)
        return SAYS_NOTHING;
    return id_equal(said, held) ? SAYS_SO : SAYS_NOT;
}

/* What the run says of where the whole part ends. Any run may begin an empty log at 1. */
static enum word says_whole(const struct log *log, const struct run *run)
{
    if (log->rootless)
        return SAYS_NOTHING;
    if (log->seq == 0)
        return run->entries[0].seq == 1 ? SAYS_SO : SAYS_NOTHING;
    return says(run, log->seq, &log->tip);
}

static bool lies_over(const struct log *log, const struct run *run)
{
    return log->above_from != 0 && run->entries[0].seq <= log->above_to &&
           run->entries[run->count - 1].seq >= log->above_from;
}

/* The last seq that both have. */
static uint64_t over_to(const struct log *log, const struct run *run)
{
    uint64_t to = run->entries[run->count - 1].seq;
    return to < log->above_to ? to : log->above_to;
}

static enum word says_above(const struct log *log, const struct run *run)
{
    if (log->above_from == 0)
        return SAYS_NOTHING;
    if (log->compared && lies_over(log, run))
        return log->same_to >= over_to(log, run) ? SAYS_SO : SAYS_NOT;
    enum word below = says(run, log->above_from - 1, &log->above_prev);
    enum word end = says(run, log->above_to, &log->above_tip);
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    if (end == SAYS_NOTHING && first->seq < log->above_from && last->seq >= log->above_from)
        below =
            id_is_zero(&log->above_first) ? below : says(run, log->above_from, &log->above_first);
    if (below == SAYS_NOT || end == SAYS_NOT)
        return SAYS_NOT;
    return below == SAYS_SO || end == SAYS_SO ? SAYS_SO : SAYS_NOTHING;
}

bool log_is_unclear(const struct log *log, const struct run *run)
{
    if (!lies_over(log, run) || says(run, log->above_to, &log->above_tip) == SAYS_SO)
        return false;
    enum word first = SAYS_NOTHING;
    if (says(run, log->above_from - 1, &log->above_prev) == SAYS_NOT)
        return false; /* nor is anything above it */
    if (!id_is_zero(&log->above_first))
        first = says(run, log->above_from, &log->above_first);
    return first == SAYS_NOTHING || (first == SAYS_SO && over_to(log, run) > log->above_from);
}

void log_compare(struct log *log, const struct run *run, uint64_t same_to)
{
    log->compared = lies_over(log, run);
    log->same_to = same_to;
}

void log_forget_same(struct log *log)
{
    log->compared = false;
    log->same_to = 0;
}

uint64_t log_leaves(const struct log *log, const struct run *run)
{
    bool leaves = log->compared && lies_over(log, run) && log->same_to < over_to(log, run);
    return leaves ? log->same_to : 0;
}

void log_trim(struct log *log, const struct entry *base)
{
    CHECK(base->seq >= log->above_from && base->seq < log->above_to);
    log->above_from = base->seq + 1;
    log->above_prev = base->id;
    memset(&log->above_first, 0, sizeof log->above_first); /* of it is known ... */
    log->above_first_lamport = base->lamport + 1;          /* ... that it is not below that */
}

/* False when clocks would not grow from where the run goes on: the end of the whole part, or of the
 * run above the hole. */
static bool follows_whole(const struct log *log, const struct run *run)
{
    return run->entries[0].seq != log->seq + 1 || run->entries[0].lamport > log->lamport;
}

static bool follows_above(const struct log *log, const struct run *run)
{
    return run->entries[0].seq != log->above_to + 1 || run->entries[0].lamport > log->above_lamport;
}

/* False when they would not grow from the run to what is above the hole: that is then no member. */
static bool leads_up_in_time(const struct log *log, const struct run *run)
{
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    if (log->above_from == 0 || first->seq >= log->above_from || last->seq + 1 < log->above_from)
        return true;
    return run->entries[log->above_from - 1 - first->seq].lamport < log->above_first_lamport;
}

enum fit log_fit(const struct log *log, const struct run *run)
{
    const struct entry *last = &run->entries[run->count - 1];
    uint64_t from = run->entries[0].seq, to = last->seq;
    enum word whole = says_whole(log, run), above = says_above(log, run);

    if (log_knows(log, to, &last->id) || (whole == SAYS_SO && to == log->seq))
        return FIT_KNOWN;
    if (whole == SAYS_SO) {
        if (!follows_whole(log, run))
            return FIT_REFUSED;
        return above == SAYS_NOT || !leads_up_in_time(log, run) ? FIT_SPLITS : FIT_JOINS;
    }
    if (log->above_from != 0 && from >= log->above_from && to <= log->above_to)
        return above == SAYS_NOT ? FIT_OTHER : FIT_ABOVE;
    if (above == SAYS_SO) {
        if (!follows_above(log, run) || !leads_up_in_time(log, run))
            return FIT_REFUSED;
        return whole == SAYS_NOT || (!log->rootless && from <= log->seq) ? FIT_SPLITS : FIT_JOINS;
    }
    if (log->rootless) /* beside its run, or nothing is held of it */
        return FIT_OTHER;
    if (whole == SAYS_NOT || above == SAYS_NOT || from <= log->seq)
        return FIT_OTHER;
    return log->above_from == 0 ? FIT_LOOSE : FIT_FAR;
}

bool log_leads_to(const struct log *log, const struct run *run)
{
    return says_above(log, run) == SAYS_SO && leads_up_in_time(log, run);
}

static void note_passed(struct log *log)
{
    log->passed[log->passed_next] = (struct passed){log->seq, log->tip};
    log->passed_next = (log->passed_next + 1) % LIMIT_PASSED;
}

void log_close(struct log *log)
{
    if (log->above_from == 0 || log->seq + 1 < log->above_from)
        return;
    if (log->above_to > log->seq) {
        note_passed(log);
        log->seq = log->above_to;
        log->tip = log->above_tip;
        log->lamport = log->above_lamport;
    }
    log->above_from = log->above_to = 0;
}

static void lower_above(struct log *log, const struct run *run)
{
    log->above_from = run->entries[0].seq;
    log->above_prev = run->entries[0].prev;
    log->above_first = run->entries[0].id;
    log->above_first_lamport = run->entries[0].lamport;
}

static void raise_above(struct log *log, const struct run *run)
{
    const struct entry *last = &run->entries[run->count - 1];
    log->above_to = last->seq;
    log->above_tip = last->id;
    log->above_lamport = last->lamport;
}

void log_place(struct log *log, const struct run *run, size_t *first)
{
    const struct entry *last = &run->entries[run->count - 1];
    uint64_t from = run->entries[0].seq, to = last->seq;

    *first = 0;
    log_forget_same(log);
    if (!log->rootless && from <= log->seq + 1) { /* it carries the whole part on */
        *first = (size_t)(log->seq + 1 - from);
        if (log_has_head(log))
            note_passed(log);
        log->seq = to;
        log->tip = last->id;
        log->lamport = last->lamport;
        log_close(log);
        return;
    }
    if (log->above_from == 0) {
        lower_above(log, run);
        raise_above(log, run);
        return;
    }
    CHECK(from <= log->above_to + 1 && to + 1 >= log->above_from);
    CHECK(from < log->above_from || to > log->above_to);
    if (from >= log->above_from)
        *first = (size_t)(log->above_to + 1 - from);
    else
        lower_above(log, run);
    if (to > log->above_to)
        raise_above(log, run);
}

void log_hand_over(struct log *log, struct log *other)
{
    CHECK(other->above_from == 0);
    other->above_from = log->above_from;
    other->above_to = log->above_to;
    other->above_prev = log->above_prev;
    other->above_tip = log->above_tip;
    other->above_first = log->above_first;
    other->above_first_lamport = log->above_first_lamport;
    other->above_lamport = log->above_lamport;
    other->compared = log->compared;
    other->same_to = log->same_to;
    log_forget_same(log);
    other->bare = other->bare || log->bare;
    memset(other->bare_asked, 0, sizeof other->bare_asked);
    log->above_from = log->above_to = 0;
}

bool log_stands_on(const struct log *high, const struct log *low)
{
    return high != low && high->above_from != 0 && low->above_from != 0 &&
           high->above_from == low->above_to + 1 && id_equal(&high->above_prev, &low->above_tip) &&
           high->above_first_lamport > low->above_lamport;
}

void log_join_spans(struct log *low, struct log *high)
{
    low->above_to = high->above_to;
    low->above_tip = high->above_tip;
    low->above_lamport = high->above_lamport;
    low->bare = low->bare || high->bare;
    memset(low->bare_asked, 0, sizeof low->bare_asked);
    high->above_from = high->above_to = 0;
}

void log_overlay(struct log *log, struct log *other)
{
    bool whole = !log->rootless && other->above_from <= log->seq + 1;
    if (whole && other->above_to > log->seq) {
        note_passed(log);
        log->seq = other->above_to;
        log->tip = other->above_tip;
        log->lamport = other->above_lamport;
        log_close(log);
    }
    if (!whole && log->above_from > other->above_from) {
        log->above_from = other->above_from;
        log->above_prev = other->above_prev;
        log->above_first = other->above_first;
        log->above_first_lamport = other->above_first_lamport;
    }
    if (!whole && log->above_to < other->above_to) {
        log->above_to = other->above_to;
        log->above_tip = other->above_tip;
        log->above_lamport = other->above_lamport;
    }
    log->bare = log->bare || other->bare;
    memset(log->bare_asked, 0, sizeof log->bare_asked);
    other->above_from = other->above_to = 0;
}

void log_split(struct log *log, struct log *other)
{
    other->rootless = true;
    other->proved = true;
    other->liar = log->liar;
    other->nick = log->nick;
    log_hand_over(log, other);
}

void log_root(struct log *log, uint64_t base_seq, const struct id *base, uint64_t lamport)
{
    CHECK(log->rootless);
    log->rootless = false;
    log->base_seq = log->seq = base_seq;
    log->base = log->tip = *base;
    log->lamport = lamport;
    log_close(log);
}
