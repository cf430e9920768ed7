/* Take up: lines of the history into the index, a slice at a time, and out of it at once (search.c, 3 to 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/search_private.h"

#define EPOCH_MS      1577836800000ull /* 2020 */
#define PLACE_MS_MAX  (((uint64_t)1 << 43) - 1)
#define MERGE_PAGES   16                /* of one step */
#define MERGE_LINES   5                 /* that are written for one more page to merge */
#define PORTION_LINES LIMIT_RUN_ENTRIES /* about so many in a transaction, of one log at most */
_Static_assert(GATHERED_MAX == 2 * PORTION_LINES, "the row that is gathered last has room");

int64_t search_place_at(uint64_t wall_ms)
{
    uint64_t ms = wall_ms > EPOCH_MS ? wall_ms - EPOCH_MS : 0;
    return (int64_t)((ms < PLACE_MS_MAX ? ms : PLACE_MS_MAX) << PLACE_BITS);
}

int64_t search_place_of(int64_t log, uint64_t seq, uint64_t wall_ms)
{
    uint64_t hash = ((uint64_t)log * 0x9E3779B97F4A7C15u) >> (64 - PLACE_LOG_BITS);
    uint64_t order = seq & ((1u << (PLACE_BITS - PLACE_LOG_BITS)) - 1);
    return search_place_at(wall_ms) | (int64_t)(order << PLACE_LOG_BITS | hash);
}

static void bind_line(sqlite3_stmt *which, const struct line *line)
{
    char channel[24];
    snprintf(channel, sizeof channel, "c%llx", (unsigned long long)line->channel);
    sqlite3_bind_int64(which, 1, line->place);
    sqlite3_bind_text(which, 2, (const char *)line->text.at, (int)line->text.size, SQLITE_STATIC);
    sqlite3_bind_text(which, 3, (const char *)line->nick.at, (int)line->nick.size, SQLITE_STATIC);
    sqlite3_bind_text(which, 4, channel, -1, SQLITE_TRANSIENT);
}

static void bind_place(sqlite3_stmt *which, const struct line *line)
{
    sqlite3_bind_int64(which, 1, line->place);
    sqlite3_bind_int64(which, 2, line->log);
    sqlite3_bind_int64(which, 3, (int64_t)line->seq);
}

static void begin(struct search *search)
{
    if (!search->pending && !search->failed)
        search_step(search, search_statement(search, SEARCH_BEGIN));
    search->pending = !search->failed;
}

static void put_line(struct search *search, const struct line *line)
{
    sqlite3_stmt *add = search_statement(search, SEARCH_PLACE_ADD);
    bind_place(add, line);
    search_step(search, add);
    if (search->failed || sqlite3_changes(search->db) == 0)
        return; /* the place is taken */
    add = search_statement(search, SEARCH_LINE_ADD);
    bind_line(add, line);
    search_step(search, add);
}

/* False when it is not shown, so not looked for. */
static bool line_of(const struct kept_log *kept, const struct entry *entry, struct line *line)
{
    struct bytes nick, text;
    struct id id;
    uint64_t seq;
    if (!entry_text(entry, &nick, &text) && !entry_edits(entry, &seq, &id, &nick, &text))
        return false;
    *line = (struct line){.place = search_place_of(kept->key, entry->seq, entry->wall_ms),
                          .log = kept->key,
                          .seq = entry->seq,
                          .channel = kept->channel,
                          .nick = nick,
                          .text = text};
    return true;
}

/* Notes how far the cleaning is, in the place of a log that there is not. */
static void clean(struct search *search, int how)
{
    static const struct id none;
    search->cleaning = how;
    sqlite3_stmt *put = search_statement(search, SEARCH_MARK);
    sqlite3_bind_int64(put, 1, 0);
    sqlite3_bind_int64(put, 2, how != 0);
    bind_id(put, 3, &none);
    search_step(search, put);
}

void search_drop(struct search *search, const struct kept_log *kept, const struct entry *entry,
                 bool forgotten)
{
    struct line line;
    if (search->db == NULL || entry->seq > search_mark(search, kept->key)->seq ||
        !line_of(kept, entry, &line))
        return;
    begin(search);
    sqlite3_stmt *drop = search_statement(search, SEARCH_PLACE_DROP);
    bind_place(drop, &line);
    search_step(search, drop);
    if (search->failed || sqlite3_changes(search->db) == 0)
        return; /* it was not in */
    drop = search_statement(search, SEARCH_LINE_DROP);
    bind_line(drop, &line);
    search_step(search, drop);
    if (forgotten)
        clean(search, -1);
}

void search_filled(struct search *search, const struct kept_log *kept, const struct entry *entry)
{
    struct line line;
    if (search->db == NULL || entry->seq > search_mark(search, kept->key)->seq ||
        !line_of(kept, entry, &line))
        return;
    begin(search);
    put_line(search, &line);
}

static int by_place(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void put_mark(struct search *search, int64_t log)
{
    const struct mark *mark = search_mark(search, log);
    sqlite3_stmt *put = search_statement(search, SEARCH_MARK);
    sqlite3_bind_int64(put, 1, log);
    sqlite3_bind_int64(put, 2, (int64_t)mark->seq);
    bind_id(put, 3, &mark->tip);
    search_step(search, put);
}

/* FTS5 writes a part of its own for each transaction, and joins parts as large as they come: by
 * itself once in a while, for 100 ms. In small steps it is done as well. */
static void merge(struct search *search, int pages)
{
    if (search->failed)
        return;
    sqlite3_stmt *step = search_statement(search, SEARCH_MERGE);
    sqlite3_bind_int(step, 1, pages);
    search_step(search, step);
}

/* FTS5 writes out what it has gathered whenever places do not rise, so they are sorted. */
static void flush(struct search *search)
{
    if (search->moved_count > 0)
        begin(search);
    qsort(search->lines, search->line_count, sizeof *search->lines, by_place);
    for (size_t i = 0; i < search->line_count && !search->failed; i++)
        put_line(search, &search->lines[i]);
    for (size_t i = 0; i < search->moved_count && !search->failed; i++)
        put_mark(search, search->moved[i]);
    if (search->line_count > 0)
        merge(search, MERGE_PAGES + (int)search->line_count / MERGE_LINES);
    search->line_count = search->moved_count = 0;
    arena_reset(&search->arena);
}

/* The history may be another than the one that was taken up, or have lost a part: then the log is
 * taken up from its beginning. */
static void check_mark(struct search *search, const struct kept_log *kept)
{
    struct mark *mark = search_mark(search, kept->key);
    struct row row;
    struct id channel;
    struct channel_name name;
    if (mark->checked || mark->seq == 0)
        return;
    mark->checked = true;
    bool same = mark->seq <= kept->load.seq && !kept->load.rootless &&
                store_channel_at(search->store, kept->channel, &channel, &name) &&
                row_covering(search->store, kept->key, mark->seq, &row) &&
                row_decode(search->store, &row, &channel, &kept->load.author, NULL) &&
                id_equal(&search->store->entries[mark->seq - row.first].id, &mark->tip);
    row_done(search->store);
    if (!same)
        mark->seq = 0;
}

/* A sealed entry is known by its id, and ids are in a row only as a sum: it is computed, once. */
static void read_sealed(struct search *search, const struct kept_log *kept, const struct row *row,
                        struct entry *entry, bool *computed)
{
    struct id channel;
    struct channel_name name;
    *computed = *computed || (store_channel_at(search->store, kept->channel, &channel, &name) &&
                              row_decode(search->store, row, &channel, &kept->load.author, NULL));
    if (!*computed)
        return;
    *entry = search->store->entries[entry->seq - row->first];
    opened_read(search->store, kept->channel, entry, &search->arena);
}

/* Gathers the lines of one row above the mark. */
static void gather_row(struct search *search, const struct kept_log *kept, const struct row *row)
{
    struct store *store = search->store;
    uint64_t above = search_mark(search, kept->key)->seq;
    struct entry first = {.version = ENTRY_VERSION,
                          .author = kept->load.author,
                          .process = row->process,
                          .seq = row->first};
    struct reader r = reader_of(row->entries);
    size_t count = (size_t)(row->last - row->first) + 1;
    bool computed = false;
    for (size_t i = 0; i < count; i++) {
        struct entry entry = first;
        struct line line;
        entry.seq = row->first + i;
        entry.kind = read_u8(&r);
        read_u16(&r);
        entry.lamport = read_u64(&r);
        entry.wall_ms = read_u64(&r);
        uint32_t size = read_u32(&r);
        bool dropped = (size & ROW_BODY_DROPPED) != 0;
        struct bytes body = read_bytes(&r, dropped ? sizeof(struct id) : size);
        if (r.bad)
            break;
        if (!dropped)
            entry.body = body;
        if (entry.seq <= above)
            continue;
        if (entry.kind == ENTRY_SEALED && store->opened_any)
            read_sealed(search, kept, row, &entry, &computed);
        if (!line_of(kept, &entry, &line))
            continue;
        line.text.at = arena_copy(&search->arena, line.text.at, line.text.size);
        line.nick.at = arena_copy(&search->arena, line.nick.at, line.nick.size);
        search->lines[search->line_count++] = line;
    }
    if (!read_done(&r))
        store_note_damage(store);
}

/* Up to a portion of one log above its mark, which goes up. */
static void gather_log(struct search *search, const struct kept_log *kept, uint64_t until_us)
{
    struct store *store = search->store;
    struct mark *mark = search_mark(search, kept->key);
    uint64_t from = mark->seq + 1, last = 0;
    struct row row;
    struct id tip;
    if (from <= kept->load.base_seq)
        from = kept->load.base_seq + 1;
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, from, kept->load.seq);
    while (search->line_count < PORTION_LINES && row_step(store, rows, &row)) {
        gather_row(search, kept, &row);
        last = row.last;
        tip = row.tip;
        if (store_now_us() >= until_us)
            break;
    }
    row_done(store);
    if (last == 0)
        return;
    *mark = (struct mark){last, tip, true};
    search->moved[search->moved_count++] = kept->key;
}

static bool is_behind(struct search *search, const struct kept_log *kept)
{
    uint64_t mark = search_mark(search, kept->key)->seq;
    mark = mark > kept->load.base_seq ? mark : kept->load.base_seq;
    return !kept->load.rootless && mark < kept->load.seq;
}

/* The next log, by key, of which there is more. */
static bool next_log(struct search *search, struct kept_log *kept)
{
    struct store *store = search->store;
    bool found = false;
    sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS_OWN);
    sqlite3_bind_int64(logs, 1, search->log);
    while (!found && store_row(store, logs)) {
        store_log_columns(store, logs, kept);
        check_mark(search, kept);
        if (kept->load.seq < search_mark(search, kept->key)->seq) /* it lost a part */
            search_mark(search, kept->key)->seq = kept->load.seq;
        found = is_behind(search, kept);
    }
    sqlite3_reset(logs);
    return found;
}

/* A portion of lines, of one log or of several, in one transaction. True when there is more. */
static bool take_up(struct search *search, uint64_t until_us)
{
    struct kept_log kept;
    bool found = true;
    while (search->line_count < PORTION_LINES && search->moved_count < MOVED_MAX &&
           store_now_us() < until_us && !search->failed) {
        found = next_log(search, &kept);
        if (!found && search->log == 0)
            break;
        search->log = found ? kept.key : 0; /* once more from the first */
        if (found)
            gather_log(search, &kept, until_us);
    }
    flush(search);
    search_settle(search);
    return found || search->log != 0;
}

/* Merges a little; the whole has been merged when a step changes nothing any more. */
static void clean_more(struct search *search)
{
    int before = sqlite3_total_changes(search->db);
    begin(search);
    merge(search, search->cleaning * MERGE_PAGES);
    search->cleaning = 1;
    if (sqlite3_total_changes(search->db) - before >= 2)
        return;
    clean(search, 0);
    search_settle(search);
    sqlite3_wal_checkpoint_v2(search->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

bool search_slice(struct search *search, uint64_t most_us)
{
    uint64_t began_us = store_now_us();
    bool more;
    if (search->failed && !search_anew(search))
        return false;
    enum error_code before = store_read_begins(search->store);
    do
        more = take_up(search, began_us + most_us);
    while (more && !search->failed && store_now_us() - began_us < most_us / 2);
    while (search->cleaning != 0 && !more && !search->failed && store_now_us() - began_us < most_us)
        clean_more(search);
    search_settle(search);
    return store_read_ends(search->store, before, true) && (more || search->cleaning != 0);
}
