/* Closed: lines of private channels that are not opened, and why: their epoch's secret is not known here, or they are no
 * part of the talk. They stand in no page. When a secret comes, those under its epoch are found here and
 * opened; the core says which.
 *
 * 1. An entry of a private channel that is sealed stands either in `opened` or here, from the transaction in which it
 *    came; what came while the channel was only carried, from when that was gone through (`unread` in core/groups.h).
 * 2. What is no part of the talk any more goes from the index, and from behind other lines, as if it had been taken back; the entry
 *    stays, for others.
 */
#include <string.h>

#include "store/inside.h"

static const uint8_t NO_EPOCH[ACT_SHORT];

void closed_note(struct store *store, int64_t channel, const struct entry *entry,
                 enum why_closed why)
{
    uint8_t epoch[ACT_SHORT];
    if (entry->kind != ENTRY_SEALED || entry->body.at == NULL)
        return;
    if (!groupseal_epoch(entry->body, epoch)) {
        if (entry->body.size > 0 && entry->body.at[0] == SEAL_VERSION)
            return; /* a direct channel's: it is shown as what it is */
        memcpy(epoch, NO_EPOCH, sizeof epoch);
    }
    sqlite3_stmt *put = store_statement(store, STATEMENT_CLOSED_PUT);
    bind_entry_of(put, channel, &entry->author, entry->seq, &entry->id);
    sqlite3_bind_blob(put, 5, epoch, sizeof epoch, SQLITE_STATIC);
    sqlite3_bind_int(put, 6, (int)why);
    store_run(store, put);
    store->opened_any = true;
}

void closed_drop(struct store *store, int64_t channel, const struct entry *entry)
{
    sqlite3_stmt *drop = store_statement(store, STATEMENT_CLOSED_DROP);
    bind_entry_of(drop, channel, &entry->author, entry->seq, &entry->id);
    store_run(store, drop);
}

bool closed_is(struct store *store, int64_t channel, const struct id *author, uint64_t seq)
{
    sqlite3_stmt *row = store_statement(store, STATEMENT_CLOSED_IS);
    sqlite3_bind_int64(row, 1, channel);
    bind_id(row, 2, author);
    bind_number(row, 3, seq);
    bool found = store_row(store, row);
    sqlite3_reset(row);
    return found;
}

/* The branch that holds the entry, whole part or not. */
static bool branch_with(struct store *store, int64_t channel, const struct id *channel_id,
                        const struct id *author, uint64_t seq, const struct id *id, bool whole,
                        struct kept_log *kept, struct arena *arena, struct entry *entry)
{
    struct kept_log branches[LIMIT_BRANCHES];
    struct row row;
    bool found = false;
    size_t count = store_branches(store, channel, author, branches);
    for (size_t i = 0; i < count && !found && !store->damaged; i++) {
        const struct log_load *load = &branches[i].load;
        bool in_whole = !load->rootless && seq > load->base_seq && seq <= load->seq;
        if (whole && !in_whole)
            continue;
        if (row_covering(store, branches[i].key, seq, &row) &&
            row_decode(store, &row, channel_id, author, NULL)) {
            *entry = store->entries[seq - row.first];
            found = id_equal(&entry->id, id);
            if (found && arena != NULL && entry->body.at != NULL)
                entry->body.at = arena_copy(arena, entry->body.at, entry->body.size);
        }
        row_done(store);
        *kept = branches[i];
    }
    return found;
}

bool store_branch(struct store *store, const struct head *head, const struct id *channel,
                  uint32_t *branch)
{
    struct kept_log kept;
    struct entry entry;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    bool found = key != 0 && head->seq >= 1 && head->seq <= LIMIT_SEQ &&
                 branch_with(store, key, channel, &head->author, head->seq, &head->tip, true, &kept,
                             NULL, &entry);
    if (found)
        *branch = kept.load.branch;
    return store_read_ends(store, before, found);
}

/* ---- opened later, or closed ---- */

/* The key of the channel in which the entry is held, and its branch; 0: it is not. */
static int64_t held_in(struct store *store, const struct entry *entry, struct kept_log *kept)
{
    struct entry held;
    int64_t key = store_channel_key(store, &entry->channel);
    bool found = key != 0 && branch_with(store, key, &entry->channel, &entry->author, entry->seq,
                                         &entry->id, false, kept, NULL, &held);
    return found ? key : 0;
}

enum error_code store_opened(struct store *store, const struct entry *entry,
                             const struct entry *line, struct error *error)
{
    struct kept_log kept;
    int64_t key = store_begin(store) ? held_in(store, entry, &kept) : 0;
    if (key == 0)
        return store_report(store, error);
    closed_drop(store, key, entry);
    struct run run = {(struct entry *)entry, 1, {{0}}};
    store_note_forgets(store, key, &run, line);
    if (store->search != NULL && store_works(store))
        search_filled(store->search, &kept, line);
    return store_report(store, error);
}

enum error_code store_close_line(struct store *store, const struct entry *entry,
                                 enum why_closed why, struct error *error)
{
    struct kept_log kept;
    int64_t key = store_begin(store) ? held_in(store, entry, &kept) : 0;
    if (key == 0)
        return store_report(store, error);
    store_let_go(store, &kept, entry);
    closed_note(store, key, entry, why);
    return store_report(store, error);
}

bool store_was_opened(struct store *store, const struct entry *entry, enum why_closed *why)
{
    struct arena arena;
    struct entry line = *entry;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, &entry->channel);
    *why = CLOSED_NOT;
    arena_init(&arena);
    if (key != 0)
        opened_read(store, key, &line, &arena);
    arena_release(&arena);
    bool opened = line.kind != entry->kind;
    if (key != 0 && !opened) {
        sqlite3_stmt *row = store_statement(store, STATEMENT_CLOSED);
        bind_entry_of(row, key, &entry->author, entry->seq, &entry->id);
        if (store_row(store, row))
            *why = (enum why_closed)sqlite3_column_int(row, 0);
        sqlite3_reset(row);
    }
    return store_read_ends(store, before, opened);
}

uint64_t store_closed_count(struct store *store, const struct id *channel)
{
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *row = store_statement(store, STATEMENT_CLOSED_COUNT);
    sqlite3_bind_int64(row, 1, key);
    sqlite3_bind_int(row, 2, CLOSED_WAITS);
    uint64_t count = key != 0 && store_row(store, row) ? column_number(row, 0) : 0;
    sqlite3_reset(row);
    return store_read_ends(store, before, true) ? count : 0;
}

bool store_closed_next(struct store *store, const struct id *channel,
                       const uint8_t epoch[ACT_SHORT], const struct entry *after,
                       struct arena *arena, struct entry *entry, uint32_t *branch)
{
    struct kept_log kept;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *next = store_statement(store, STATEMENT_CLOSED_NEXT);
    sqlite3_bind_int64(next, 1, key);
    sqlite3_bind_int(next, 2, CLOSED_OUT);
    sqlite3_bind_blob(next, 3, epoch, ACT_SHORT, SQLITE_STATIC);
    bind_id(next, 4, &after->author);
    bind_number(next, 5, after->seq);
    bind_id(next, 6, &after->id);
    bool found = key != 0 && store_row(store, next);
    if (found) {
        memset(entry, 0, sizeof *entry);
        column_copy(store, next, 0, entry->author.b, sizeof entry->author.b);
        entry->seq = column_number(next, 1);
        column_copy(store, next, 2, entry->id.b, sizeof entry->id.b);
    }
    sqlite3_reset(next);
    if (found) {
        struct entry wanted = *entry;
        if (branch_with(store, key, channel, &wanted.author, wanted.seq, &wanted.id, false, &kept,
                        arena, entry)) {
            *branch = kept.load.branch;
        } else { /* it is not held, or was let go of */
            *entry = wanted;
            *branch = 0;
        }
    }
    return store_read_ends(store, before, found);
}
