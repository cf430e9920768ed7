/* Append: a run into the tables.
 *
 * Where a run goes is log_place()'s decision, the same that the core took before it sent the run
 * here: so the two cannot disagree about what is held. Rows that are there stay as they are; a
 * signature is added to the last one where it had none.
 *
 * It checks no signature and no chain: the core has done both. It refuses what the core must never
 * pass on (another version, no entries, a body that was dropped).
 */
#include "base/check.h"
#include "store/inside.h"

static bool begin(struct store *store)
{
    return store_pending(store) || store_run(store, store_statement(store, STATEMENT_BEGIN));
}

static bool channel_add(struct store *store, const struct id *channel,
                        const struct channel_name *name)
{
    sqlite3_stmt *add = store_statement(store, STATEMENT_CHANNEL_ADD);
    bind_id(add, 1, channel);
    sqlite3_bind_text(add, 2, name->text, -1, SQLITE_STATIC);
    if (!store_run(store, add))
        return false;
    store->channel = *channel;
    store->channel_key = sqlite3_last_insert_rowid(store->db);
    return true;
}

static bool log_put(struct store *store, struct kept_log *kept)
{
    const struct log *log = &kept->log;
    sqlite3_stmt *put = store_statement(store, STATEMENT_LOG_PUT);
    if (kept->key != 0)
        sqlite3_bind_int64(put, 1, kept->key); /* else NULL: a new row takes the next key */
    sqlite3_bind_int64(put, 2, kept->channel);
    bind_id(put, 3, &log->author);
    bind_number(put, 4, log->seq);
    bind_id(put, 5, &log->tip);
    bind_number(put, 6, log->lamport);
    bind_number(put, 7, log->above_from);
    bind_number(put, 8, log->above_to);
    bind_id(put, 9, &log->above_prev);
    bind_id(put, 10, &log->above_tip);
    bind_number(put, 11, log->above_first_lamport);
    bind_number(put, 12, log->above_lamport);
    if (!store_run(store, put))
        return false;
    if (kept->key == 0)
        kept->key = sqlite3_last_insert_rowid(store->db);
    return true;
}

static bool entry_add(struct store *store, int64_t log, const struct entry *entry, bool hangs,
                      const struct signature *signature)
{
    sqlite3_stmt *add = store->statements[STATEMENT_ENTRY_ADD]; /* every place is bound anew */
    CHECK(entry->version == ENTRY_VERSION && entry->body.at != NULL);
    sqlite3_bind_int64(add, 1, log);
    bind_number(add, 2, entry->seq);
    sqlite3_bind_int(add, 3, entry->kind);
    sqlite3_bind_int(add, 4, entry->flags);
    bind_number(add, 5, entry->lamport);
    bind_number(add, 6, entry->wall_ms);
    sqlite3_bind_blob(add, 7, entry->process.b, sizeof entry->process.b, SQLITE_STATIC);
    bind_id(add, 8, &entry->id);
    if (hangs)
        bind_id(add, 9, &entry->prev);
    else
        sqlite3_bind_null(add, 9);
    if (signature)
        sqlite3_bind_blob(add, 10, signature->b, sizeof signature->b, SQLITE_STATIC);
    else
        sqlite3_bind_null(add, 10);
    sqlite3_bind_blob(add, 11, entry->body.at, (int)entry->body.size, SQLITE_STATIC);
    return store_run(store, add);
}

/* Adds the signature to the run's last row, where that is the same entry and had none. */
static bool sign(struct store *store, int64_t log, const struct run *run)
{
    const struct entry *last = &run->entries[run->count - 1];
    sqlite3_stmt *add = store_statement(store, STATEMENT_ENTRY_SIGN);
    sqlite3_bind_int64(add, 1, log);
    bind_number(add, 2, last->seq);
    bind_id(add, 3, &last->id);
    sqlite3_bind_blob(add, 4, run->signature.b, sizeof run->signature.b, SQLITE_STATIC);
    return store_run(store, add);
}

static bool entries_add(struct store *store, const struct kept_log *kept, const struct log *before,
                        const struct run *run, size_t first)
{
    for (size_t i = first; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        bool last = i == run->count - 1;
        bool hangs = i == first && entry->seq > 1 && !log_holds(before, entry->seq - 1);
        if (!entry_add(store, kept->key, entry, hangs, last ? &run->signature : NULL))
            return false;
    }
    return !log_holds(before, run->entries[run->count - 1].seq) || sign(store, kept->key, run);
}

static bool place(struct store *store, struct kept_log *kept, const struct run *run)
{
    struct log before = kept->log;
    size_t first = 0;
    switch (log_place(&kept->log, run, &first)) {
    case PLACED_NEW: return log_put(store, kept) && entries_add(store, kept, &before, run, first);
    case PLACED_KNOWN: return kept->key == 0 || sign(store, kept->key, run);
    case PLACED_CONFLICT:
    case PLACED_NO_ROOM: break;
    }
    return true;
}

enum error_code store_append(struct store *store, const struct channel_name *channel,
                             const struct run *run, struct error *error)
{
    CHECK(run->count >= 1 && run->count <= LIMIT_RUN_ENTRIES);
    const struct entry *entry = &run->entries[0];
    if (store->damaged || store->trouble != ERROR_NONE || !begin(store))
        return store_report(store, error);

    struct kept_log kept = {.channel = store_channel_key(store, &entry->channel)};
    if (kept.channel == 0 && store->trouble == ERROR_NONE &&
        channel_add(store, &entry->channel, channel))
        kept.channel = store->channel_key;
    if (kept.channel != 0 && !store_log_find(store, kept.channel, &entry->author, &kept))
        log_init(&kept.log, &entry->author);
    if (store->trouble == ERROR_NONE && !store->damaged)
        place(store, &kept, run);
    return store_report(store, error);
}
