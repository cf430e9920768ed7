/* Rows: a run in the table and back. A row has what its entries have in common in columns, and the
 * rest as wire_write_entries() writes it, so that answering a WANT is putting rows one behind the
 * other.
 *
 * 1. Every row ends at a signature that was verified, and is a run (core/entry.h): of one process,
 *    within its bounds.
 * 2. Whoever takes entries out of a row has their ids computed again, up to the row's tip. A body
 *    that was dropped takes part by its hash.
 * 3. The rows of a log do not overlap.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

#define ROW_EACH (1 + 2 + 8 + 8 + 4) /* of an entry, before its body or hash */

int64_t row_key(int64_t log, uint64_t seq)
{
    return (int64_t)((uint64_t)log << 40 | seq);
}

size_t entry_row_bytes(const struct entry *entry)
{
    return ROW_EACH + (entry->body.at == NULL ? sizeof(struct id) : entry->body.size);
}

bool entry_drop_body(struct entry *entry)
{
    /* A FORGET is needed by those who come later, and takes no more room than a hash. So is whose device somebody
     * is, and who is in. */
    if (entry->body.at == NULL || entry->kind == ENTRY_FORGET || entry->kind == ENTRY_DEVICE ||
        act_is(entry->kind))
        return false;
    entry->body = (struct bytes){0};
    return true;
}

sqlite3_stmt *rows_between(struct store *store, enum statement which, int64_t log, uint64_t from,
                           uint64_t to)
{
    sqlite3_stmt *rows = store_statement(store, which);
    sqlite3_bind_int64(rows, 1, row_key(log, from));
    sqlite3_bind_int64(rows, 2, row_key(log, to));
    return rows;
}

static bool row_sane(struct store *store, const struct row *row)
{
    if (row->first >= 1 && row->first <= row->last && row->last - row->first < LIMIT_RUN_ENTRIES &&
        row->first_lamport <= row->clock)
        return !store->damaged;
    store_note_damage(store);
    return false;
}

static void row_numbers(sqlite3_stmt *statement, struct row *row)
{
    row->key = sqlite3_column_int64(statement, 0);
    row->last = (uint64_t)row->key & LIMIT_SEQ;
    row->first = column_number(statement, 1);
    row->first_lamport = column_number(statement, 2);
    row->clock = column_number(statement, 3);
}

bool row_step(struct store *store, sqlite3_stmt *statement, struct row *row)
{
    if (!store_row(store, statement))
        return false;
    row_numbers(statement, row);
    column_copy(store, statement, 4, row->process.b, sizeof row->process.b);
    row->hangs = sqlite3_column_type(statement, 5) != SQLITE_NULL;
    if (row->hangs)
        column_copy(store, statement, 5, row->prev.b, sizeof row->prev.b);
    column_copy(store, statement, 6, row->tip.b, sizeof row->tip.b);
    column_copy(store, statement, 7, row->signature.b, sizeof row->signature.b);
    row->entries.at = sqlite3_column_blob(statement, 8);
    row->entries.size = (size_t)sqlite3_column_bytes(statement, 8);
    row->missing = sqlite3_column_int(statement, 9) != 0;
    /* No bytes at all where some are due: they could not be read, or are not there. */
    if (row->entries.at == NULL) {
        if (sqlite3_errcode(store->db) == SQLITE_ROW || sqlite3_errcode(store->db) == SQLITE_OK)
            store_note_damage(store);
        else
            store_note(store, sqlite3_extended_errcode(store->db));
        return false;
    }
    return row_sane(store, row);
}

bool row_covering(struct store *store, int64_t log, uint64_t seq, struct row *row)
{
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, log, seq, LIMIT_SEQ);
    if (row_step(store, rows, row) && row->first <= seq)
        return true;
    sqlite3_reset(rows);
    return false;
}

void row_done(struct store *store)
{
    sqlite3_reset(store->statements[STATEMENT_ROWS_UP]);
}

bool row_ends(struct store *store, int64_t log, uint64_t seq, struct row *row)
{
    sqlite3_stmt *ends = rows_between(store, STATEMENT_ROW_ENDS, log, seq, LIMIT_SEQ);
    bool found = store_row(store, ends);
    if (found) {
        row_numbers(ends, row);
        column_copy(store, ends, 4, row->tip.b, sizeof row->tip.b);
        found = row_sane(store, row) && row->first <= seq;
    }
    sqlite3_reset(ends);
    return found;
}

/* The id below the row's first entry; false when it is nowhere. */
static bool row_below(struct store *store, const struct row *row, struct id *below)
{
    memset(below, 0, sizeof *below);
    if (row->hangs)
        *below = row->prev;
    if (row->hangs || row->first == 1)
        return true;
    sqlite3_stmt *tip = store_statement(store, STATEMENT_ROW_TIP);
    sqlite3_bind_int64(tip, 1, row_key(row->key >> 40, row->first - 1));
    bool found = store_row(store, tip);
    if (found)
        column_copy(store, tip, 0, below->b, sizeof below->b);
    sqlite3_reset(tip);
    return found;
}

bool row_decode(struct store *store, const struct row *row, const struct id *channel,
                const struct id *author, const struct id *below)
{
    size_t count = (size_t)(row->last - row->first) + 1;
    struct entry first = {.version = ENTRY_VERSION,
                          .channel = *channel,
                          .author = *author,
                          .process = row->process,
                          .seq = row->first};
    struct reader r = reader_of(row->entries);
    enum error_code before = store->trouble;
    if (below != NULL)
        first.prev = *below;
    else if (!row_below(store, row, &first.prev)) {
        store_missing(store, before);
        return false;
    }
    const struct entry *last = &store->entries[count - 1];
    if (!wire_read_entries(&r, &first, store->entries, count) || !read_done(&r) ||
        !id_equal(&last->id, &row->tip) || store->entries[0].lamport != row->first_lamport ||
        last->lamport != row->clock || (row->hangs && !id_equal(&row->prev, &first.prev)))
        store_note_damage(store);
    return !store->damaged;
}

bool row_peek(struct store *store, const struct row *row)
{
    size_t count = (size_t)(row->last - row->first) + 1;
    struct reader r = reader_of(row->entries);
    for (size_t i = 0; i < count; i++) {
        struct peek *peek = &store->peeks[i];
        peek->at = row->entries.size - r.left;
        peek->kind = read_u8(&r);
        read_u16(&r);
        peek->lamport = read_u64(&r);
        read_u64(&r);
        uint32_t size = read_u32(&r);
        peek->dropped = (size & ROW_BODY_DROPPED) != 0;
        read_bytes(&r, peek->dropped ? sizeof(struct id) : size);
    }
    if (!read_done(&r))
        store_note_damage(store);
    return !store->damaged;
}

bool entries_forgotten(struct store *store, int64_t channel, const struct entry *entries,
                       size_t count, bool forgotten[LIMIT_RUN_ENTRIES])
{
    bool any = false;
    memset(forgotten, 0, count * sizeof *forgotten);
    if (!store->forgotten_any)
        return false;
    sqlite3_stmt *rows = store_statement(store, STATEMENT_FORGOTTEN);
    sqlite3_bind_int64(rows, 1, channel);
    bind_id(rows, 2, &entries[0].author);
    bind_number(rows, 3, entries[0].seq);
    bind_number(rows, 4, entries[count - 1].seq);
    while (store_row(store, rows)) {
        struct id id;
        size_t at = (size_t)(column_number(rows, 0) - entries[0].seq);
        column_copy(store, rows, 1, id.b, sizeof id.b);
        if (id_equal(&entries[at].id, &id))
            forgotten[at] = any = true;
    }
    return any;
}

/* True when bodies are missing that this node has neither taken back nor let go of. */
static bool is_missing(struct store *store, const struct kept_log *kept,
                       const struct entry *entries, size_t count)
{
    bool forgotten[LIMIT_RUN_ENTRIES], any = false;
    for (size_t i = 0; i < count; i++)
        any = any || (entries[i].body.at == NULL && entries[i].seq > kept->floor);
    if (!any)
        return false;
    if (!entries_forgotten(store, kept->channel, entries, count, forgotten))
        return true;
    for (size_t i = 0; i < count; i++)
        if (entries[i].body.at == NULL && entries[i].seq > kept->floor && !forgotten[i])
            return true;
    return false;
}

bool row_write(struct store *store, const struct kept_log *kept, const struct entry *entries,
               size_t count, const struct signature *signature, bool hangs)
{
    const struct entry *first = &entries[0], *last = &entries[count - 1];
    sqlite3_stmt *add = store->statements[STATEMENT_ROW_ADD]; /* every place is bound anew */
    struct writer w = writer_of(store->bytes, sizeof store->bytes);
    CHECK(first->version == ENTRY_VERSION && last->seq <= LIMIT_SEQ);
    bool missing = is_missing(store, kept, entries, count);
    wire_write_entries(&w, entries, count);
    CHECK(!w.full);
    sqlite3_bind_int64(add, 1, row_key(kept->key, last->seq));
    bind_number(add, 2, first->seq);
    bind_number(add, 3, first->lamport);
    bind_number(add, 4, last->lamport);
    sqlite3_bind_blob(add, 5, first->process.b, sizeof first->process.b, SQLITE_STATIC);
    if (hangs)
        bind_id(add, 6, &first->prev);
    else
        sqlite3_bind_null(add, 6);
    bind_id(add, 7, &last->id);
    sqlite3_bind_blob(add, 8, signature->b, sizeof signature->b, SQLITE_STATIC);
    sqlite3_bind_blob(add, 9, w.at, (int)w.size, SQLITE_STATIC);
    sqlite3_bind_int(add, 10, missing);
    return store_run(store, add);
}
