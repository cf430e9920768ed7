/* Log: where a run goes.
 *
 *     1 ......... seq            above_from ... above_to
 *     [ whole        ]   hole    [ above         ]
 *
 * 1. [1, seq] is held without a gap, each entry the prev of the next, up to a verified signature.
 *    This alone is the head that is announced (invariant 8).
 * 2. [above_from, above_to] is a verified run, or several that joined, that hangs above a hole:
 *    above_prev is the id that the last entry of the hole must have. It is kept and shown, and is
 *    in no head.
 * 3. When the hole closes the two become one, only if ids meet: the entry below has the id
 *    above_prev.
 * 4. A run that fits neither by its ids is a conflict and changes nothing. A run above a second
 *    hole changes nothing either; since its head is announced it is asked for when there is room.
 *
 * 5. The author's clock grows from each entry to the next, over every seam (invariant 5): so it
 *    does not matter into which runs a log was cut on its way.
 *
 * It never looks at the clock of this machine, the route or the order of arrival of anything but
 * ids (invariant 4).
 */
#include "core/log.h"

#include <string.h>

void log_init(struct log *log, const struct id *author)
{
    memset(log, 0, sizeof *log);
    log->author = *author;
    log->ask_at_ms = UINT64_MAX;
}

void log_load(struct log *log, const struct log_load *load)
{
    log->seq = load->seq;
    log->tip = load->tip;
    log->lamport = load->lamport;
    if (load->span_from != 0) {
        log->above_from = load->span_from;
        log->above_to = load->span_to;
        log->above_prev = load->span_prev;
        log->above_tip = load->span_tip;
        log->above_first_lamport = load->span_first_lamport;
        log->above_lamport = load->span_lamport;
    }
}

bool log_holds(const struct log *log, uint64_t seq)
{
    return (seq >= 1 && seq <= log->seq) ||
           (log->above_from != 0 && seq >= log->above_from && seq <= log->above_to);
}

uint64_t log_top(const struct log *log)
{
    return log->above_from != 0 ? log->above_to : log->seq;
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

/* False when the run says another id than the one that is held at seq. */
static bool agrees(const struct run *run, uint64_t seq, const struct id *held)
{
    const struct id *said = seq == 0 ? NULL : id_in(run, seq);
    return said == NULL || id_equal(said, held);
}

/* False when clocks would not grow where the run meets what is held. Inside a run, and inside what
 * is held, they were checked before. */
static bool clocks_grow(const struct log *log, const struct run *run)
{
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    if (first->seq == log->seq + 1 && first->lamport <= log->lamport)
        return false;
    if (log->above_from == 0)
        return true;
    if (first->seq == log->above_to + 1 && first->lamport <= log->above_lamport)
        return false;
    if (first->seq >= log->above_from || last->seq + 1 < log->above_from)
        return true;
    return run->entries[log->above_from - 1 - first->seq].lamport < log->above_first_lamport;
}

static void close_hole(struct log *log)
{
    if (log->above_from == 0 || log->seq + 1 < log->above_from)
        return;
    if (log->above_to > log->seq) {
        log->seq = log->above_to;
        log->tip = log->above_tip;
        log->lamport = log->above_lamport;
    }
    log->above_from = log->above_to = 0;
}

enum placed log_place(struct log *log, const struct run *run, size_t *first)
{
    const struct entry *last = &run->entries[run->count - 1];
    uint64_t from = run->entries[0].seq, to = last->seq;

    *first = 0;
    if (!agrees(run, log->seq, &log->tip))
        return PLACED_CONFLICT;
    if (log->above_from != 0 && (!agrees(run, log->above_from - 1, &log->above_prev) ||
                                 !agrees(run, log->above_to, &log->above_tip)))
        return PLACED_CONFLICT;
    if (!clocks_grow(log, run))
        return PLACED_CONFLICT;
    if (to <= log->seq || (log->above_from != 0 && from >= log->above_from && to <= log->above_to))
        return PLACED_KNOWN;

    if (from <= log->seq + 1) { /* it carries the whole part on */
        *first = (size_t)(log->seq + 1 - from);
        log->seq = to;
        log->tip = last->id;
        log->lamport = last->lamport;
        close_hole(log);
        return PLACED_NEW;
    }
    if (log->above_from == 0) {
        log->above_from = from;
        log->above_prev = run->entries[0].prev;
        log->above_first_lamport = run->entries[0].lamport;
        log->above_to = to;
        log->above_tip = last->id;
        log->above_lamport = last->lamport;
        return PLACED_NEW;
    }
    if (from > log->above_to + 1 || to + 1 < log->above_from)
        return PLACED_NO_ROOM;
    if (from < log->above_from) {
        log->above_from = from;
        log->above_prev = run->entries[0].prev;
        log->above_first_lamport = run->entries[0].lamport;
    }
    if (to > log->above_to) {
        log->above_to = to;
        log->above_tip = last->id;
        log->above_lamport = last->lamport;
    }
    return PLACED_NEW;
}
