/* Retain: bodies that are not to be kept are let go of; what stays of an entry is its header with
 * the body's hash, so its id can be computed and its log is whole for every peer.
 *
 * 1. Bodies of a branch go from the oldest up. `floor` is the seq up to which none is left, and
 *    nothing below it is looked at again, unless a run comes there later (append.c lowers it).
 * 2. By age, a branch is done at the first entry that is young enough, as its author dated it: a
 *    clock in the future keeps what is above it, until the bound on the size takes it.
 * 3. By size, the branch goes first whose oldest body is the oldest of all: floor_wall, found out
 *    when it is first needed, is when that was said. The newest RETAIN_KEPT of a branch stay.
 * 4. One call takes a slice of RETAIN_SLICE_US. What it did not come to stays for the next; rows
 *    that were taken in part are written twice, no more.
 *
 * Pages are freed when rows of many entries shrink; they are used again, and the file keeps its
 * size. Where every entry is a row of its own little is freed, and the call ends when nothing is
 * left to drop.
 */
#include <string.h>

#include "store/inside.h"

#define RETAIN_SLICE_US 5000
#define RETAIN_KEPT     200
#define RETAIN_ROWS     8 /* of one branch, before the next oldest is looked for */

/* What is to be done. */
struct retaining {
    uint64_t before_ms, most_bytes;
    uint64_t until_us;
};

static uint64_t top_of(const struct kept_log *kept)
{
    return kept->load.span_from != 0 ? kept->load.span_to : kept->load.seq;
}

static void note_wall(struct kept_log *kept, uint64_t wall_ms)
{
    kept->floor_wall = wall_ms != 0 ? wall_ms : 1; /* 0: not looked at */
}

/* Decodes the row that has the lowest entries above the floor, up to `to`; its statement is still
 * open. Where there is none, the floor is `to`. */
static bool row_above_floor(struct store *store, const struct id *channel, struct kept_log *kept,
                            uint64_t to, struct row *row)
{
    sqlite3_stmt *rows =
        rows_between(store, STATEMENT_ROWS_UP, kept->key, kept->floor + 1, LIMIT_SEQ);
    if (row_step(store, rows, row) && row->first <= to)
        return row_decode(store, row, channel, &kept->load.author, NULL);
    if (store_works(store))
        kept->floor = to;
    return false;
}

/* What is held beside an entry whose body goes. */
static void retain_beside(struct store *store, const struct kept_log *kept,
                          const struct entry *entry)
{
    struct entry line = *entry;
    struct arena arena;
    arena_init(&arena);
    opened_read(store, kept->channel, &line, &arena);
    if (store->search != NULL)
        search_drop(store->search, kept, &line, false);
    reactions_drop(store, kept->channel, &line);
    opened_drop(store, kept->channel, entry);
    arena_release(&arena);
}

/* Takes the bodies of one row's entries above the floor that are older than before_ms (0: whatever
 * their age) and not above `to`. False when the branch is done for now. */
static bool retain_row(struct store *store, const struct id *channel, struct kept_log *kept,
                       uint64_t before_ms, uint64_t to)
{
    struct row row;
    bool changed = false, young = false;
    if (!row_above_floor(store, channel, kept, to, &row)) {
        row_done(store);
        return false;
    }
    size_t count = (size_t)(row.last - row.first) + 1;
    for (size_t i = 0; i < count && row.first + i <= to; i++) {
        struct entry *entry = &store->entries[i];
        if (entry->seq <= kept->floor)
            continue;
        note_wall(kept, entry->wall_ms);
        young = before_ms != 0 && entry->wall_ms >= before_ms;
        if (young)
            break;
        retain_beside(store, kept, entry);
        changed = entry_drop_body(entry) || changed;
        kept->floor = entry->seq;
        kept->floor_wall = 0;
    }
    if (changed)
        row_write(store, kept, store->entries, count, &row.signature, row.hangs);
    row_done(store);
    return store_works(store) && !young && kept->floor < to;
}

/* Finds out when the entry above the floor was said. */
static void look_at_floor(struct store *store, const struct id *channel, struct kept_log *kept)
{
    struct row row;
    if (row_above_floor(store, channel, kept, top_of(kept), &row)) {
        uint64_t at = kept->floor + 1 > row.first ? kept->floor + 1 - row.first : 0;
        note_wall(kept, store->entries[at].wall_ms);
    }
    row_done(store);
}

static bool time_left(const struct retaining *retaining)
{
    return store_now_us() < retaining->until_us;
}

/* The next branch, by key, that may have something older than the bound. */
static bool next_old(struct store *store, const struct retaining *retaining, int64_t after,
                     struct kept_log *kept)
{
    bool found = false;
    sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS_ALL);
    sqlite3_bind_int64(logs, 1, after);
    while (!found && store_row(store, logs)) {
        store_log_columns(store, logs, kept);
        found = kept->floor < top_of(kept) &&
                (kept->floor_wall == 0 || kept->floor_wall < retaining->before_ms);
    }
    sqlite3_reset(logs);
    return found && store_works(store);
}

/* By age; true when the slice ended before it was done. */
static bool retain_age(struct store *store, const struct retaining *retaining)
{
    struct kept_log kept;
    struct id channel;
    struct channel_name name;
    for (int64_t after = 0; next_old(store, retaining, after, &kept); after = kept.key) {
        if (!time_left(retaining))
            return true;
        if (!store_channel_at(store, kept.channel, &channel, &name))
            return false;
        bool more = true;
        while (more && time_left(retaining))
            more = retain_row(store, &channel, &kept, retaining->before_ms, top_of(&kept));
        if (!store_works(store) || !store_log_put(store, &kept))
            return false;
        if (more)
            return true;
    }
    return false;
}

static uint64_t live_bytes(struct store *store)
{
    sqlite3_stmt *size = store_statement(store, STATEMENT_SIZE);
    uint64_t bytes = store_row(store, size) ? column_number(size, 0) : 0;
    sqlite3_reset(size);
    return bytes;
}

/* The branch with the oldest body that may be dropped for its room; one that was not looked at yet
 * comes before all. */
static bool oldest(struct store *store, struct kept_log *kept)
{
    struct kept_log each;
    bool found = false;
    sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS_ALL);
    sqlite3_bind_int64(logs, 1, 0);
    while (store_row(store, logs)) {
        store_log_columns(store, logs, &each);
        if (each.floor + RETAIN_KEPT >= top_of(&each) ||
            (found && each.floor_wall >= kept->floor_wall))
            continue;
        *kept = each;
        found = true;
    }
    sqlite3_reset(logs);
    return found && store_works(store);
}

/* By size; true when the slice ended before it was done. */
static bool retain_size(struct store *store, const struct retaining *retaining)
{
    struct kept_log kept;
    struct id channel;
    struct channel_name name;
    while (live_bytes(store) > retaining->most_bytes && store_works(store)) {
        if (!time_left(retaining))
            return true;
        if (!oldest(store, &kept) || !store_channel_at(store, kept.channel, &channel, &name))
            return false;
        if (kept.floor_wall == 0)
            look_at_floor(store, &channel, &kept);
        else
            for (int i = 0; i < RETAIN_ROWS && live_bytes(store) > retaining->most_bytes; i++)
                if (!retain_row(store, &channel, &kept, 0, top_of(&kept) - RETAIN_KEPT))
                    break;
        if (!store_works(store) || !store_log_put(store, &kept))
            return false;
    }
    return false;
}

bool store_retain(struct store *store, uint64_t before_wall_ms, uint64_t most_bytes,
                  struct error *error)
{
    struct retaining retaining = {before_wall_ms, most_bytes, store_now_us() + RETAIN_SLICE_US};
    bool more = false;
    error_set(error, ERROR_NONE, "");
    store->appended.key = 0; /* it has the floor */
    if (before_wall_ms != 0 && store_begin(store))
        more = retain_age(store, &retaining);
    if (!more && most_bytes != 0 && store_works(store) && live_bytes(store) > most_bytes &&
        store_begin(store))
        more = retain_size(store, &retaining);
    return store_report(store, error) == ERROR_NONE && more;
}
