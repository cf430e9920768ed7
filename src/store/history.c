/* History: what is read from the store: the logs at the start, runs for peers, the newest page.
 *
 * Every entry is built from its row and its id computed again; only one whose id is the stored one
 * is given out (store.c, invariant 4). A row that `logs` says is there and is not, is damage too:
 * what a node announces it must hold. A read that fails gives nothing; when the reason is damage,
 * store_damaged() says so from then on.
 *
 * The newest page: the logs' ends are read backwards into a heap of `count`, oldest on top; a log
 * is left as soon as its next entry is older than the whole heap. Fifty authors cost about five
 * times `count` rows, a million entries behind them nothing. What a reader is not to be shown there
 * (unknown kinds, adrift clocks) is stepped over, for NEWEST_SKIP_MAX rows a log at most, so that
 * an author who fills a log with such does not slow the start.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/inside.h"

#define NEWEST_SKIP_MAX 1000
#define YEAR_2020_S     1577836800

/* From here on a clock is adrift (core invariant 5): max(2^40, microseconds since 2020). */
static uint64_t adrift_from(void)
{
    uint64_t least = (uint64_t)1 << 40;
    time_t now = time(NULL);
    if (now <= YEAR_2020_S)
        return least;
    uint64_t wall = (uint64_t)(now - YEAR_2020_S) * 1000000;
    return wall > least ? wall : least;
}

static enum error_code read_begins(struct store *store)
{
    enum error_code before = store->trouble;
    store->trouble = ERROR_NONE;
    return before;
}

/* Reading must not stop writing: what a read ran into is kept only when it is damage. */
static bool read_ends(struct store *store, enum error_code before, bool found)
{
    store->trouble = before;
    return found && !store->damaged;
}

/* A row that `logs` says is held is not there. Between a failed append and its rollback, and when
 * the disk could not be read, that proves nothing. */
static void missing(struct store *store, enum error_code before)
{
    if (before == ERROR_NONE && store->trouble == ERROR_NONE)
        store_note_damage(store);
}

/* ---- channels and logs ---- */

int64_t store_channel_key(struct store *store, const struct id *channel)
{
    if (store->channel_key != 0 && id_equal(&store->channel, channel))
        return store->channel_key;
    int64_t key = 0;
    sqlite3_stmt *find = store_statement(store, STATEMENT_CHANNEL_FIND);
    bind_id(find, 1, channel);
    if (store_row(store, find))
        key = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (key != 0) {
        store->channel = *channel;
        store->channel_key = key;
    }
    return key;
}

void store_log_columns(struct store *store, sqlite3_stmt *statement, struct kept_log *kept)
{
    struct id author;
    struct log *log = &kept->log;
    column_copy(store, statement, 1, author.b, sizeof author.b);
    log_init(log, &author);
    kept->key = sqlite3_column_int64(statement, 0);
    log->seq = column_number(statement, 2);
    column_copy(store, statement, 3, log->tip.b, sizeof log->tip.b);
    log->lamport = column_number(statement, 4);
    log->above_from = column_number(statement, 5);
    log->above_to = column_number(statement, 6);
    column_copy(store, statement, 7, log->above_prev.b, sizeof log->above_prev.b);
    column_copy(store, statement, 8, log->above_tip.b, sizeof log->above_tip.b);
    log->above_first_lamport = column_number(statement, 9);
    log->above_lamport = column_number(statement, 10);
}

bool store_log_find(struct store *store, int64_t channel_key, const struct id *author,
                    struct kept_log *kept)
{
    sqlite3_stmt *find = store_statement(store, STATEMENT_LOG_FIND);
    sqlite3_bind_int64(find, 1, channel_key);
    bind_id(find, 2, author);
    if (!store_row(store, find))
        return false;
    kept->channel = channel_key;
    store_log_columns(store, find, kept);
    sqlite3_reset(find);
    return !store->damaged;
}

static bool channel_next(struct store *store, struct channel_name *channel, struct id *id,
                         uint64_t *lamport)
{
    sqlite3_stmt *next = store_statement(store, STATEMENT_CHANNEL_NEXT);
    sqlite3_bind_int64(next, 1, store->channel_after);
    if (!store_row(store, next))
        return false;
    store->channel_after = sqlite3_column_int64(next, 0);
    column_copy(store, next, 1, id->b, sizeof id->b);
    size_t size = (size_t)sqlite3_column_bytes(next, 2);
    if (size < sizeof channel->text)
        memcpy(channel->text, sqlite3_column_text(next, 2), size);
    channel->text[size < sizeof channel->text ? size : 0] = 0;
    sqlite3_reset(next);
    store->channel_key = 0; /* so that it is looked up: a torn index would hide the channel */
    if (!channel_name_ok(channel->text) ||
        (store_channel_key(store, id) != store->channel_after && store->trouble == ERROR_NONE))
        store_note_damage(store);

    sqlite3_stmt *clock = store_statement(store, STATEMENT_CLOCK);
    sqlite3_bind_int64(clock, 1, store->channel_after);
    bind_number(clock, 2, adrift_from());
    *lamport = store_row(store, clock) ? column_number(clock, 0) : 0;
    sqlite3_reset(clock);
    store->channel_index++;
    return true;
}

bool store_channel(struct store *store, size_t index, struct channel_name *channel, struct id *id,
                   uint64_t *lamport)
{
    enum error_code before = read_begins(store);
    bool found = true;
    if (index < store->channel_index) {
        store->channel_index = 0;
        store->channel_after = 0;
    }
    while (found && store->channel_index <= index)
        found = channel_next(store, channel, id, lamport);
    if (!read_ends(store, before, found)) {
        channel->text[0] = 0;
        return false;
    }
    return true;
}

static bool log_next(struct store *store, struct kept_log *kept)
{
    sqlite3_stmt *next = store_statement(store, STATEMENT_LOG_NEXT);
    sqlite3_bind_int64(next, 1, store->log_channel);
    bind_id(next, 2, &store->log_after);
    if (!store_row(store, next))
        return false;
    store_log_columns(store, next, kept);
    sqlite3_reset(next);
    store->log_after = kept->log.author;
    store->log_index++;
    return true;
}

static void log_rewind(struct store *store, int64_t channel_key)
{
    store->log_channel = channel_key;
    store->log_index = 0;
    memset(&store->log_after, 0, sizeof store->log_after);
}

bool store_log(struct store *store, const struct id *channel, size_t index, struct log_load *load)
{
    enum error_code before = read_begins(store);
    struct kept_log kept;
    int64_t key = store_channel_key(store, channel);
    bool found = key != 0;
    if (index < store->log_index || key != store->log_channel)
        log_rewind(store, key);
    while (found && store->log_index <= index)
        found = log_next(store, &kept);
    if (!read_ends(store, before, found))
        return false;
    *load = (struct log_load){
        .author = kept.log.author,
        .seq = kept.log.seq,
        .tip = kept.log.tip,
        .lamport = kept.log.lamport,
        .span_from = kept.log.above_from,
        .span_to = kept.log.above_to,
        .span_prev = kept.log.above_prev,
        .span_tip = kept.log.above_tip,
        .span_first_lamport = kept.log.above_first_lamport,
        .span_lamport = kept.log.above_lamport,
    };
    return true;
}

/* ---- entries ---- */

/* Where a reading of rows in rising order stands. */
struct rows {
    struct store *store;
    sqlite3_stmt *statement;
    uint64_t seq;        /* of the row before; 0: none yet */
    struct id id;        /* its id */
    struct arena *arena; /* for bodies */
};

static struct rows rows_of(struct store *store, int64_t log, uint64_t from, uint64_t to,
                           struct arena *arena)
{
    struct rows rows = {.store = store, .arena = arena};
    rows.statement = store_statement(store, STATEMENT_READ);
    sqlite3_bind_int64(rows.statement, 1, log);
    bind_number(rows.statement, 2, from > 1 ? from - 1 : 1); /* one below, for its id */
    bind_number(rows.statement, 3, to);
    return rows;
}

/* Finds prev: in the row itself, or the id of the row below; false when neither is there. */
static bool rows_prev(struct rows *rows, struct entry *entry)
{
    bool kept = sqlite3_column_type(rows->statement, 7) != SQLITE_NULL;
    if (kept)
        column_copy(rows->store, rows->statement, 7, entry->prev.b, sizeof entry->prev.b);
    else if (rows->seq != 0 && rows->seq + 1 == entry->seq)
        entry->prev = rows->id;
    return kept || entry->seq == 1 || rows->seq + 1 == entry->seq;
}

/* Builds the entry of the row that the statement stands at; channel and author are filled already.
 */
static bool rows_entry(struct rows *rows, struct entry *entry)
{
    sqlite3_stmt *row = rows->statement;
    struct id id;
    entry->version = ENTRY_VERSION;
    entry->seq = column_number(row, 0);
    entry->kind = (uint8_t)sqlite3_column_int(row, 1);
    entry->flags = (uint16_t)sqlite3_column_int(row, 2);
    entry->lamport = column_number(row, 3);
    entry->wall_ms = column_number(row, 4);
    column_copy(rows->store, row, 5, entry->process.b, sizeof entry->process.b);
    column_copy(rows->store, row, 6, id.b, sizeof id.b);
    const void *body = sqlite3_column_blob(row, 9);
    entry->body.size = (size_t)sqlite3_column_bytes(row, 9);
    entry->body.at = arena_copy(rows->arena, body, entry->body.size);
    bool chained = rows_prev(rows, entry);
    entry_finish(entry);
    if (!chained || !id_equal(&entry->id, &id))
        store_note_damage(rows->store);
    rows->seq = entry->seq;
    rows->id = id;
    return !rows->store->damaged;
}

/* Steps to the row `from`, taking the id of the one below where that is there. */
static bool rows_start(struct rows *rows, uint64_t from)
{
    if (!store_row(rows->store, rows->statement))
        return false;
    if (column_number(rows->statement, 0) == from)
        return true;
    rows->seq = column_number(rows->statement, 0);
    column_copy(rows->store, rows->statement, 6, rows->id.b, sizeof rows->id.b);
    return store_row(rows->store, rows->statement) && column_number(rows->statement, 0) == from;
}

bool store_read(struct store *store, const struct id *channel, const struct id *author,
                uint64_t from, uint64_t to, size_t bytes, struct arena *arena, struct run *run)
{
    enum error_code before = read_begins(store);
    struct kept_log kept;
    int64_t key = store_channel_key(store, channel);
    if (key == 0 || from == 0 || from > to || to > INT64_MAX ||
        !store_log_find(store, key, author, &kept))
        return read_ends(store, before, false);

    size_t most = LIMIT_RUN_ENTRIES;
    size_t room = bytes < LIMIT_RUN_BYTES ? bytes : LIMIT_RUN_BYTES, taken = 0, count = 0;
    struct entry *entries = arena_take(arena, most * sizeof *entries);
    struct rows rows = rows_of(store, kept.key, from, from + most - 1, arena);
    run->count = 0;
    run->entries = entries;
    bool row = rows_start(&rows, from);
    for (; row; row = store_row(store, rows.statement)) {
        struct entry *entry = &entries[count];
        if (from + count > to && run->count > 0)
            break;
        taken += ENTRY_HEADER_BYTES + (size_t)sqlite3_column_bytes(rows.statement, 9);
        row = column_number(rows.statement, 0) == from + count;
        if (taken > room || !row)
            break;
        entry->channel = *channel;
        entry->author = *author;
        if (!rows_entry(&rows, entry))
            break;
        if (memcmp(&entry->process, &entries[0].process, sizeof entry->process) != 0)
            break;
        count++;
        if (sqlite3_column_type(rows.statement, 8) == SQLITE_NULL)
            continue;
        column_copy(store, rows.statement, 8, run->signature.b, sizeof run->signature.b);
        run->count = count;
        if (entry->seq >= to)
            break;
    }
    if (!row && count < most && log_holds(&kept.log, from + count))
        missing(store, before);
    sqlite3_reset(rows.statement);
    return read_ends(store, before, run->count > 0);
}

/* ---- the newest page ---- */

static int newest_compare(const struct newest *a, const struct newest *b)
{
    if (a->lamport != b->lamport)
        return a->lamport < b->lamport ? -1 : 1;
    int order = id_compare(&a->author, &b->author);
    if (order != 0)
        return order;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int newest_sort(const void *a, const void *b)
{
    return newest_compare(a, b);
}

/* Lets the top of the heap sink to its place. */
static void sink(struct newest *heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t least = 2 * at + 1;
        if (least >= count)
            return;
        if (least + 1 < count && newest_compare(&heap[least + 1], &heap[least]) < 0)
            least++;
        if (newest_compare(&heap[at], &heap[least]) <= 0)
            return;
        struct newest held = heap[at];
        heap[at] = heap[least];
        heap[least] = held;
        at = least;
    }
}

static void rise(struct newest *heap, size_t at)
{
    while (at > 0 && newest_compare(&heap[at], &heap[(at - 1) / 2]) < 0) {
        struct newest held = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = held;
        at = (at - 1) / 2;
    }
}

/* Offers an entry; false when it is older than all of a full heap. */
static bool offer(struct store *store, const struct newest *entry, size_t most)
{
    if (store->last_count == most) {
        if (newest_compare(entry, &store->last[0]) <= 0)
            return false;
        store->last[0] = *entry;
        sink(store->last, store->last_count);
        return true;
    }
    if (store->last_count == store->last_room) {
        store->last_room = store->last_room ? 2 * store->last_room : 64;
        store->last = realloc(store->last, store->last_room * sizeof *store->last);
        CHECK(store->last != NULL);
    }
    store->last[store->last_count] = *entry;
    rise(store->last, store->last_count++);
    return true;
}

static void gather(struct store *store, const struct kept_log *kept, uint64_t adrift, size_t most,
                   enum error_code before)
{
    struct newest entry = {.log = kept->key, .author = kept->log.author};
    sqlite3_stmt *rows = store_statement(store, STATEMENT_NEWEST);
    sqlite3_bind_int64(rows, 1, kept->key);
    size_t skipped = 0;
    bool row = store_row(store, rows);
    if (!row || column_number(rows, 0) != log_top(&kept->log))
        missing(store, before);
    for (; row && skipped < NEWEST_SKIP_MAX; row = store_row(store, rows)) {
        int kind = sqlite3_column_int(rows, 1);
        entry.seq = column_number(rows, 0);
        entry.lamport = column_number(rows, 2);
        if ((kind != ENTRY_TEXT && kind != ENTRY_ACTION) || entry.lamport >= adrift)
            skipped++;
        else if (!offer(store, &entry, most))
            break;
    }
    sqlite3_reset(rows);
}

void store_last(struct store *store, const struct id *channel, size_t count)
{
    enum error_code before = read_begins(store);
    struct kept_log kept;
    uint64_t adrift = adrift_from();
    int64_t key = store_channel_key(store, channel);
    store->last_channel = *channel;
    store->last_count = store->last_next = 0;
    log_rewind(store, key);
    while (count > 0 && key != 0 && log_next(store, &kept))
        gather(store, &kept, adrift, count, before);
    log_rewind(store, 0);
    if (store->last_count > 0)
        qsort(store->last, store->last_count, sizeof *store->last, newest_sort);
    read_ends(store, before, true);
}

bool store_last_next(struct store *store, struct arena *arena, struct entry *entry)
{
    enum error_code before = read_begins(store);
    bool found = false;
    if (store->last_next >= store->last_count)
        return false;
    const struct newest *next = &store->last[store->last_next++];
    struct rows rows = rows_of(store, next->log, next->seq, next->seq, arena);
    memset(entry, 0, sizeof *entry);
    entry->channel = store->last_channel;
    entry->author = next->author;
    found = rows_start(&rows, next->seq) && rows_entry(&rows, entry);
    sqlite3_reset(rows.statement);
    return read_ends(store, before, found);
}
