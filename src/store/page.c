/* Page: the entries of a channel next to some place in the order, before it or after, in order.
 *
 * A branch is one or two parts, the whole one and the run above a hole; within each clocks rise
 * with every entry. So where the page begins in a part is found by halving, and the parts are then
 * read downwards into a heap of `count`, oldest on top; a part is left as soon as its next entry is
 * older than the whole heap. Fifty authors with a million entries cost about fifty searches and
 * five times `count` entries, wherever the page is. Nothing is indexed by clock, so an append pays
 * for no second tree. Upwards all of it is mirrored: the newest is on top.
 *
 * 1. What is adrift has a clock above a bound, so it stands at the ends of the parts: the newest
 *    page is the one before that bound.
 * 2. What is not shown (kinds that are no text, bodies that were dropped) is stepped over, for
 *    PAGE_SKIP_MAX entries a part at most, so that an author who fills a log with such slows
 *    nobody. What retention has dropped is below `floor` and costs nothing.
 * 3. Entries in one place (lamport, author, seq) of two branches come in one page, or a page that
 *    is asked for before one of them would miss the other.
 * 4. What is given out was computed again from its row: all ids when the page is made, each entry
 *    when it is given. One that is gone in between (forgotten, moved to another branch) is left out.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/inside.h"

#define PAGE_SKIP_MAX 20000

/* A place in the order; what is wanted is before it, or after. */
struct spot {
    uint64_t lamport;
    struct id author;
    uint64_t seq;
    bool after;
    uint64_t bound; /* after: clocks from here on are adrift */
};

/* One part of a branch. */
struct page_part {
    const struct kept_log *kept;
    uint64_t from, to;
};

static int spot_compare(const struct newest *a, const struct newest *b)
{
    if (a->lamport != b->lamport)
        return a->lamport < b->lamport ? -1 : 1;
    int order = id_compare(&a->author, &b->author);
    if (order != 0)
        return order;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* How near two entries are to the spot that the page is next to: above 0 when a is nearer. */
static int nearer(const struct store *store, const struct newest *a, const struct newest *b)
{
    int order = spot_compare(a, b);
    return store->last_up ? -order : order;
}

static int by_order(const void *a, const void *b)
{
    int order = spot_compare(a, b);
    return order != 0
               ? order
               : id_compare(&((const struct newest *)a)->id, &((const struct newest *)b)->id);
}

static int by_row(const void *a, const void *b)
{
    const struct newest *x = a, *y = b;
    if (x->log != y->log)
        return x->log < y->log ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* ---- the heap ---- */

/* Lets the top of the heap, the farthest, sink to its place. */
static void sink(struct store *store)
{
    struct newest *heap = store->last;
    size_t count = store->last_count;
    size_t at = 0;
    for (;;) {
        size_t least = 2 * at + 1;
        if (least >= count)
            return;
        if (least + 1 < count && nearer(store, &heap[least + 1], &heap[least]) < 0)
            least++;
        if (nearer(store, &heap[at], &heap[least]) <= 0)
            return;
        struct newest held = heap[at];
        heap[at] = heap[least];
        heap[least] = held;
        at = least;
    }
}

static void rise(struct store *store, size_t at)
{
    struct newest *heap = store->last;
    while (at > 0 && nearer(store, &heap[at], &heap[(at - 1) / 2]) < 0) {
        struct newest held = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = held;
        at = (at - 1) / 2;
    }
}

static void leave_out(struct store *store, const struct newest *entry)
{
    if (!store->last_more || nearer(store, entry, &store->last_cut) > 0)
        store->last_cut = *entry;
    store->last_more = true;
}

/* Offers an entry; false when it is farther than all of a full heap. */
static bool offer(struct store *store, const struct newest *entry, size_t most)
{
    if (store->last_count == most) {
        if (most == 0 || nearer(store, entry, &store->last[0]) <= 0) {
            leave_out(store, entry);
            return false;
        }
        leave_out(store, &store->last[0]);
        store->last[0] = *entry;
        sink(store);
        return true;
    }
    if (store->last_count == store->last_room) {
        store->last_room = store->last_room ? 2 * store->last_room : 64;
        store->last = realloc(store->last, store->last_room * sizeof *store->last);
        CHECK(store->last != NULL);
    }
    store->last[store->last_count] = *entry;
    rise(store, store->last_count++);
    return true;
}

/* ---- gathering ---- */

static bool is_before(const struct spot *spot, uint64_t lamport, const struct id *author,
                      uint64_t seq)
{
    if (lamport != spot->lamport)
        return lamport < spot->lamport;
    int order = id_compare(author, &spot->author);
    return order < 0 || (order == 0 && seq < spot->seq);
}

static bool is_after(const struct spot *spot, uint64_t lamport, const struct id *author,
                     uint64_t seq)
{
    if (lamport != spot->lamport)
        return lamport > spot->lamport;
    int order = id_compare(author, &spot->author);
    return order > 0 || (order == 0 && seq > spot->seq);
}

static bool is_wanted(const struct spot *spot, const struct newest *entry)
{
    return spot->after ? is_after(spot, entry->lamport, &entry->author, entry->seq)
                       : is_before(spot, entry->lamport, &entry->author, entry->seq);
}

/* The end of the last row that begins before the spot; 0 when none does. */
static uint64_t part_start(struct store *store, const struct page_part *part,
                           const struct spot *spot, enum error_code before)
{
    uint64_t low = part->from, high = part->to, found = 0, middle = part->to; /* most often there */
    const struct id *author = &part->kept->load.author;
    while (low <= high && high != 0) {
        struct row row;
        if (!row_ends(store, part->kept->key, middle, &row)) {
            store_missing(store, before);
            return 0;
        }
        if (is_before(spot, row.first_lamport, author, row.first)) {
            found = row.last;
            low = row.last + 1;
        } else {
            high = row.first - 1;
        }
        middle = low + (high - low) / 2;
    }
    return found;
}

/* Offers one entry of a row, in its turn; false when the part is done. */
static bool gather_entry(struct store *store, int64_t channel, const struct newest *entry,
                         const struct peek *peek, const struct spot *spot, size_t most,
                         size_t *skipped)
{
    if (spot->after && peek->lamport >= spot->bound)
        return false;
    if (!is_wanted(spot, entry))
        return true;
    bool line = peek->kind == ENTRY_TEXT || peek->kind == ENTRY_ACTION ||
                (peek->kind == ENTRY_SEALED && store->opened_any &&
                 !opened_is_no_line(store, channel, &entry->author, entry->seq));
    if (peek->dropped || !line) {
        if (++*skipped <= PAGE_SKIP_MAX)
            return true;
        if (spot->after) /* the end is not reached by it */
            leave_out(store, entry);
        return false;
    }
    return offer(store, entry, most);
}

/* Offers the row's entries that are in the part, from the spot on; false when the part is done. */
static bool gather_row(struct store *store, const struct page_part *part, const struct row *row,
                       const struct spot *spot, size_t most, size_t *skipped)
{
    struct newest entry = {.log = part->kept->key, .author = part->kept->load.author};
    uint64_t from = row->first > part->from ? row->first : part->from;
    uint64_t to = row->last < part->to ? row->last : part->to;
    for (uint64_t n = from; n <= to; n++) {
        entry.seq = spot->after ? n : to - (n - from);
        const struct peek *peek = &store->peeks[entry.seq - row->first];
        entry.lamport = peek->lamport;
        if (!gather_entry(store, part->kept->channel, &entry, peek, spot, most, skipped))
            return false;
    }
    return true;
}

static void gather_part(struct store *store, struct page_part part, const struct spot *spot,
                        size_t most, enum error_code before)
{
    struct row row;
    size_t skipped = 0;
    if (part.from <= part.kept->floor)
        part.from = part.kept->floor + 1;
    if (part.from > part.to)
        return;
    uint64_t start = part_start(store, &part, spot, before);
    if (start == 0 && !spot->after)
        return;
    sqlite3_stmt *rows =
        spot->after ? rows_between(store, STATEMENT_ROWS_UP, part.kept->key,
                                   start > part.from ? start : part.from, part.to)
                    : rows_between(store, STATEMENT_ROWS_DOWN, part.kept->key, part.from, start);
    while (row_step(store, rows, &row) && row_peek(store, &row) &&
           gather_row(store, &part, &row, spot, most, &skipped))
        continue;
    sqlite3_reset(rows);
}

static void gather_log(struct store *store, const struct kept_log *kept, const struct spot *spot,
                       size_t most, enum error_code before)
{
    const struct log_load *load = &kept->load;
    if (!load->rootless)
        gather_part(store, (struct page_part){kept, load->base_seq + 1, load->seq}, spot, most,
                    before);
    if (load->span_from != 0)
        gather_part(store, (struct page_part){kept, load->span_from, load->span_to}, spot, most,
                    before);
}

static void gather(struct store *store, int64_t channel, const struct spot *spot, size_t most,
                   enum error_code before)
{
    struct kept_log kept;
    store->last_count = store->last_next = 0;
    store->last_more = false;
    sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS);
    sqlite3_bind_int64(logs, 1, channel);
    while (channel != 0 && store_row(store, logs)) {
        store_log_columns(store, logs, &kept);
        gather_log(store, &kept, spot, most, before);
    }
    sqlite3_reset(logs);
}

/* ---- the page ---- */

/* Has every row of the page computed, and takes the ids of its entries. */
static void take_ids(struct store *store, enum error_code before)
{
    if (store->last_count > 0)
        qsort(store->last, store->last_count, sizeof *store->last, by_row);
    for (size_t i = 0; i < store->last_count && !store->damaged;) {
        struct row row;
        struct newest *newest = &store->last[i];
        int64_t log = newest->log;
        if (!row_covering(store, log, newest->seq, &row)) {
            store_missing(store, before);
            store->last_count = 0;
            return;
        }
        if (row_decode(store, &row, &store->last_channel, &newest->author, NULL))
            for (; i < store->last_count && store->last[i].log == log &&
                   store->last[i].seq <= row.last;
                 i++) {
                const struct entry *entry = &store->entries[store->last[i].seq - row.first];
                store->last[i].id = entry->id;
                store->last[i].prev = entry->prev;
            }
        else if (!store->damaged)
            store->last_count = 0;
        row_done(store);
    }
    if (store->last_count > 0)
        qsort(store->last, store->last_count, sizeof *store->last, by_order);
}

/* Leaves out what has its twin outside the page, unless that is all. */
static bool drop_halves(struct store *store)
{
    size_t halves = 0, count = store->last_count;
    while (store->last_more && halves < count &&
           spot_compare(&store->last[store->last_up ? count - 1 - halves : halves],
                        &store->last_cut) == 0)
        halves++;
    if (store->last_up)
        store->last_count -= halves;
    else
        store->last_next = halves;
    return halves == 0 || halves < count;
}

static void make_page(struct store *store, const struct id *channel, size_t count,
                      const struct spot *spot)
{
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    store->last_channel = *channel;
    store->last_up = spot->after;
    gather(store, key, spot, count, before);
    take_ids(store, before);
    if (!drop_halves(store)) {
        gather(store, key, spot, count + LIMIT_BRANCHES, before);
        take_ids(store, before);
        drop_halves(store);
    }
    store_read_ends(store, before, true);
}

static uint64_t adrift_now(void)
{
    return adrift_from((uint64_t)time(NULL) * 1000);
}

void store_last(struct store *store, const struct id *channel, size_t count)
{
    struct spot spot = {.lamport = adrift_now()};
    make_page(store, channel, count, &spot);
}

void store_before(struct store *store, const struct id *channel, size_t count, uint64_t lamport,
                  const struct id *author, uint64_t seq)
{
    struct spot spot = {.lamport = adrift_now()};
    if (lamport < spot.lamport)
        spot = (struct spot){.lamport = lamport, .author = *author, .seq = seq};
    make_page(store, channel, count, &spot);
}

void store_after(struct store *store, const struct id *channel, size_t count, uint64_t lamport,
                 const struct id *author, uint64_t seq)
{
    struct spot spot = {
        .lamport = lamport, .author = *author, .seq = seq, .after = true, .bound = adrift_now()};
    make_page(store, channel, count, &spot);
}

bool store_more(const struct store *store)
{
    return store->last_more;
}

/* The one entry out of its row's bytes, if it is there and the same. */
static bool page_entry(struct store *store, const struct newest *newest, struct arena *arena,
                       struct entry *entry)
{
    struct row row;
    bool found = row_covering(store, newest->log, newest->seq, &row) && row_peek(store, &row);
    if (found) {
        const struct peek *peek = &store->peeks[newest->seq - row.first];
        struct reader r =
            reader_of((struct bytes){row.entries.at + peek->at, row.entries.size - peek->at});
        struct entry first = {.version = ENTRY_VERSION,
                              .channel = store->last_channel,
                              .author = newest->author,
                              .process = row.process,
                              .seq = newest->seq,
                              .prev = newest->prev};
        found = wire_read_entries(&r, &first, entry, 1) && id_equal(&entry->id, &newest->id) &&
                entry->body.at != NULL;
        if (found)
            entry->body.at = arena_copy(arena, entry->body.at, entry->body.size);
    }
    row_done(store);
    if (found)
        opened_read(store, store_channel_key(store, &store->last_channel), entry, arena);
    return found && (entry->kind == ENTRY_TEXT || entry->kind == ENTRY_ACTION ||
                     entry->kind == ENTRY_SEALED);
}

bool store_last_next(struct store *store, struct arena *arena, struct entry *entry)
{
    enum error_code before = store_read_begins(store);
    bool found = false;
    while (!found && !store->damaged && store->last_next < store->last_count)
        found = page_entry(store, &store->last[store->last_next++], arena, entry);
    return store_read_ends(store, before, found);
}

bool store_own(struct store *store, const struct id *channel, const struct id *author, size_t nth,
               uint64_t *seq, struct id *id)
{
    struct kept_log branches[LIMIT_BRANCHES];
    struct spot spot = {.lamport = UINT64_MAX};
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    store->last_channel = *channel;
    store->last_count = store->last_next = 0;
    store->last_more = store->last_up = false;
    size_t count = key == 0 || nth == 0 ? 0 : store_branches(store, key, author, branches);
    for (size_t i = 0; i < count; i++)
        gather_log(store, &branches[i], &spot, nth, before);
    take_ids(store, before);
    bool found = nth != 0 && store->last_count == nth;
    if (found) {
        *seq = store->last[0].seq;
        *id = store->last[0].id;
    }
    store->last_count = 0;
    return store_read_ends(store, before, found);
}
