/* Carry: channels that are kept for others (core/carry.c). They stand among the others without a name, and in `carried` with
 * what the core has to know of them again; when the user joins one it gets its name, and is one like any other.
 *
 * 1. One that is to be dropped is gone at once: its row gets another key, under which nobody looks (`gone`). Its
 *    entries go in slices of SWEEP_SLICE_US, at the next start, too.
 * 2. The last of it goes in one transaction, so that the file is never without runs where there are logs (SCHEMA_WHOLE).
 * 3. What has a name is never dropped.
 */
#include <string.h>

#include "store/inside.h"

#define SWEEP_SLICE_US 5000
#define SWEEP_ROWS     256

enum error_code store_carry(struct store *store, const struct store_carried *carried,
                            struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = store_statement(store, STATEMENT_CARRIED_PUT);
    bind_id(put, 1, &carried->channel);
    bind_id(put, 2, &carried->network);
    bind_id(put, 3, &carried->asker);
    bind_number(put, 4, carried->asked_wall_ms);
    bind_number(put, 5, carried->bytes);
    store_run(store, put);
    return store_report(store, error);
}

enum error_code store_carried_bytes(struct store *store, const struct id *channel, uint64_t bytes,
                                    struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *set = store_statement(store, STATEMENT_CARRIED_BYTES);
    bind_id(set, 1, channel);
    bind_number(set, 2, bytes);
    store_run(store, set);
    return store_report(store, error);
}

static void forget_carried(struct store *store, const struct id *channel)
{
    sqlite3_stmt *drop = store_statement(store, STATEMENT_CARRIED_DROP);
    bind_id(drop, 1, channel);
    store_run(store, drop);
}

enum error_code store_name(struct store *store, const struct id *channel,
                           const struct channel_name *name, struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    forget_carried(store, channel);
    sqlite3_stmt *set = store_statement(store, STATEMENT_CHANNEL_NAME);
    bind_id(set, 1, channel);
    sqlite3_bind_text(set, 2, name->text, -1, SQLITE_STATIC);
    store_run(store, set);
    return store_report(store, error);
}

enum error_code store_drop(struct store *store, const struct id *channel, struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    forget_carried(store, channel);
    sqlite3_stmt *drop = store_statement(store, STATEMENT_CHANNEL_GONE);
    bind_id(drop, 1, channel);
    store_run(store, drop);
    store->channel_key = 0;
    store->appended.key = 0;
    nicks_forget_noted(store);
    return store_report(store, error);
}

bool store_carried_at(struct store *store, size_t index, struct store_carried *carried)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_CARRIED_AT);
    bind_number(at, 1, index);
    bool found = store_row(store, at);
    if (found) {
        column_copy(store, at, 0, carried->channel.b, sizeof carried->channel.b);
        column_copy(store, at, 1, carried->network.b, sizeof carried->network.b);
        column_copy(store, at, 2, carried->asker.b, sizeof carried->asker.b);
        carried->asked_wall_ms = column_number(at, 3);
        carried->bytes = column_number(at, 4);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}

uint64_t store_clock(struct store *store, const struct id *channel, uint64_t adrift)
{
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *clock = store_statement(store, STATEMENT_CLOCK);
    sqlite3_bind_int64(clock, 1, key);
    bind_number(clock, 2, adrift);
    bool found = key != 0 && store_row(store, clock);
    uint64_t lamport = found ? column_number(clock, 0) : 0;
    sqlite3_reset(clock);
    return store_read_ends(store, before, found) ? lamport : 0;
}

/* ---- sweeping ---- */

/* The first key that a statement gives for the one bound to it; 0: none. */
static int64_t first_key(struct store *store, enum statement which, int64_t of)
{
    sqlite3_stmt *find = store_statement(store, which);
    if (of != 0)
        sqlite3_bind_int64(find, 1, of);
    int64_t key = store_row(store, find) ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_reset(find);
    return key;
}

/* Up to SWEEP_ROWS of what the statement drops; true when there may be more. */
static bool sweep_some(struct store *store, enum statement which, int64_t from, int64_t to)
{
    sqlite3_stmt *drop = store_statement(store, which);
    sqlite3_bind_int64(drop, 1, from);
    sqlite3_bind_int64(drop, 2, to);
    sqlite3_bind_int(drop, 3, SWEEP_ROWS);
    return store_run(store, drop) && sqlite3_changes(store->db) == SWEEP_ROWS;
}

/* A step; true when there is more of this channel. */
static bool sweep_channel(struct store *store, int64_t channel)
{
    static const enum statement about[] = {STATEMENT_SWEEP_EDITS,     STATEMENT_SWEEP_REACTIONS,
                                           STATEMENT_SWEEP_FORGOTTEN, STATEMENT_SWEEP_RECEIPTS,
                                           STATEMENT_SWEEP_NICKS,     STATEMENT_SWEEP_DEVICES};
    for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
        if (sweep_some(store, about[i], channel, channel))
            return true;
    int64_t log = first_key(store, STATEMENT_SWEEP_LOG, channel);
    if (log != 0 &&
        sweep_some(store, STATEMENT_SWEEP_RUNS, row_key(log, 0), row_key(log, LIMIT_SEQ)))
        return true;
    sqlite3_stmt *drop = store_statement(store, STATEMENT_LOG_DROP);
    sqlite3_bind_int64(drop, 1, log);
    store_run(store, drop);
    if (log != 0 && first_key(store, STATEMENT_SWEEP_LOG, channel) != 0)
        return true;
    drop = store_statement(store, STATEMENT_CHANNEL_DROP);
    sqlite3_bind_int64(drop, 1, channel);
    return store_run(store, drop) && false;
}

/* A file that ends here looks whole at the next start. */
static bool may_rest(struct store *store)
{
    return first_key(store, STATEMENT_WHOLE, 0) == 1;
}

bool store_sweep(struct store *store, struct error *error)
{
    uint64_t until_us = store_now_us() + SWEEP_SLICE_US;
    int64_t channel = first_key(store, STATEMENT_SWEEP_CHANNEL, 0);
    error_set(error, ERROR_NONE, "");
    if (channel == 0 || !store_begin(store))
        return store_report(store, error) == ERROR_NONE && false;
    bool more = true;
    while (more && store_works(store) && (store_now_us() < until_us || !may_rest(store))) {
        if (!sweep_channel(store, channel))
            channel = first_key(store, STATEMENT_SWEEP_CHANNEL, 0);
        more = channel != 0;
    }
    return store_report(store, error) == ERROR_NONE && more;
}
