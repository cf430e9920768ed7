/* Bodies: which are missing, and putting them in.
 *
 * 1. A row is `missing` when some entry in it has no body that this node neither let go of (the
 *    branch's floor, retain.c) nor was asked to forget (`forgotten`). Every write of a row finds
 *    that out anew (rows.c), so nothing is counted and nothing can get out of step.
 * 2. A body goes in where the hash in the header that is held is its own. The rest of the row stays
 *    as it was, its signature too.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

#define BARE_ROWS 256 /* of one stretch at most */

bool store_lacks_bodies(struct store *store, const struct kept_log *kept)
{
    sqlite3_stmt *rows =
        rows_between(store, STATEMENT_MISSING, kept->key, kept->floor + 1, LIMIT_SEQ);
    bool any = store_row(store, rows);
    sqlite3_reset(rows);
    return any;
}

bool store_bare(struct store *store, const struct id *channel, const struct id *author,
                uint32_t branch, uint64_t above, uint64_t *from, struct head *top)
{
    struct kept_log kept;
    struct row row;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    memset(top, 0, sizeof *top);
    *from = 0;
    if (key == 0 || above >= LIMIT_SEQ || !store_log_find(store, key, author, branch, &kept))
        return store_read_ends(store, before, false);
    above = above > kept.floor ? above : kept.floor;
    sqlite3_stmt *rows = rows_between(store, STATEMENT_MISSING, kept.key, above + 1, LIMIT_SEQ);
    for (int i = 0; i < BARE_ROWS && store_row(store, rows); i++) {
        uint64_t last = (uint64_t)sqlite3_column_int64(rows, 0) & LIMIT_SEQ;
        if (!row_ends(store, kept.key, last, &row) || row.last != last) {
            store_missing(store, before);
            break;
        }
        if (top->seq == 0)
            *from = row.first > above ? row.first : above + 1;
        else if (row.first != top->seq + 1)
            break; /* what is between is all there */
        *top = (struct head){.author = *author, .seq = last, .tip = row.tip};
    }
    sqlite3_reset(rows);
    if (!store_read_ends(store, before, top->seq != 0))
        memset(top, 0, sizeof *top);
    return top->seq != 0;
}

/* Puts bodies of the run into one row of a branch, which begins at or below run entry `at`; sets
 * filled[] of those. */
static void fill_row(struct store *store, const struct kept_log *kept, const struct row *row,
                     const struct run *run, const struct entry *lines,
                     bool filled[LIMIT_RUN_ENTRIES])
{
    bool forgotten[LIMIT_RUN_ENTRIES], any = false;
    size_t count = (size_t)(row->last - row->first) + 1;
    entries_forgotten(store, kept->channel, store->entries, count, forgotten);
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *given = &run->entries[i];
        if (given->seq < row->first || given->seq > row->last || given->body.at == NULL)
            continue;
        struct entry *held = &store->entries[given->seq - row->first];
        if (held->body.at != NULL || held->seq <= kept->floor ||
            forgotten[given->seq - row->first] || held->body_bytes != given->body_bytes ||
            !id_equal(&held->id, &given->id))
            continue;
        held->body = given->body;
        if (store->search != NULL)
            search_filled(store->search, kept, lines != NULL ? &lines[i] : held);
        filled[i] = any = true;
    }
    if (any)
        row_write(store, kept, store->entries, count, &row->signature, row->hangs);
}

void store_fill_branch(struct store *store, const struct kept_log *kept, const struct run *run,
                       const struct entry *lines, bool filled[LIMIT_RUN_ENTRIES])
{
    struct row row;
    uint64_t from = run->entries[0].seq, last = run->entries[run->count - 1].seq;
    while (from <= last && store_works(store)) {
        sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, from, LIMIT_SEQ);
        if (!row_step(store, rows, &row) || row.first > last)
            break;
        from = row.last + 1;
        if (row.missing &&
            row_decode(store, &row, &run->entries[0].channel, &kept->load.author, NULL))
            fill_row(store, kept, &row, run, lines, filled);
    }
    row_done(store);
}

/* A FORGET that has its body back is honoured; one that is not held is nobody's word. */
static void note_forgets(struct store *store, int64_t channel, const struct run *run,
                         const struct entry *lines, const bool filled[LIMIT_RUN_ENTRIES])
{
    for (size_t i = 0; i < run->count; i++)
        if (filled[i])
            store_note_forgets(store, channel, &(struct run){&run->entries[i], 1, run->signature},
                               lines != NULL ? &lines[i] : NULL);
}

enum error_code store_fill(struct store *store, const struct run *run, const struct entry *lines,
                           bool filled[LIMIT_RUN_ENTRIES], struct error *error)
{
    struct kept_log branches[LIMIT_BRANCHES];
    const struct entry *first = &run->entries[0];
    memset(filled, 0, LIMIT_RUN_ENTRIES * sizeof *filled);
    if (!store_begin(store))
        return store_report(store, error);
    int64_t key = store_channel_key(store, &first->channel);
    size_t count = key == 0 ? 0 : store_branches(store, key, &first->author, branches);
    for (size_t i = 0; i < count && store_works(store); i++)
        store_fill_branch(store, &branches[i], run, lines, filled);
    note_forgets(store, key, run, lines, filled);
    return store_report(store, error);
}
