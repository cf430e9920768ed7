/* Migrate: a file of version 1, where each entry was a row of its own and an author had one log,
 * becomes one of this version. All of it within the transaction that store_open has begun: a program
 * that dies on the way leaves the old file.
 *
 * 1. No entry is lost and no id changes: each is computed again, and one that differs is damage.
 * 2. Entries are gathered into the longest runs that their bounds and signatures allow, up to the
 *    hole and above it. Every stretch of version 1 ends at a signature within those bounds.
 * 3. What was taken over is deleted at once, so the file grows by little, and so does memory: what
 *    one statement frees SQLite remembers until its end.
 *
 * And what came to a file before it knew the kind is taken into account: it was kept as it came.
 */
#include <string.h>

#include "store/inside.h"

struct old_statements {
    sqlite3_stmt *logs, *rows, *taken;
};

/* A log of version 1, while its entries are read. */
struct old_log {
    int64_t key;
    struct id channel;
    struct kept_log kept;
};

static void old_log_columns(struct store *store, sqlite3_stmt *row, struct old_log *old)
{
    struct log_load *load = &old->kept.load;
    memset(old, 0, sizeof *old);
    old->key = sqlite3_column_int64(row, 0);
    old->kept.channel = sqlite3_column_int64(row, 1);
    column_copy(store, row, 2, load->author.b, sizeof load->author.b);
    load->seq = column_number(row, 3);
    column_copy(store, row, 4, load->tip.b, sizeof load->tip.b);
    load->lamport = column_number(row, 5);
    load->span_from = column_number(row, 6);
    load->span_to = column_number(row, 7);
    column_copy(store, row, 8, load->span_prev.b, sizeof load->span_prev.b);
    column_copy(store, row, 9, load->span_tip.b, sizeof load->span_tip.b);
    load->span_first_lamport = column_number(row, 10);
    load->span_lamport = column_number(row, 11);
    if (load->seq > LIMIT_SEQ || load->span_to > LIMIT_SEQ)
        store_note_damage(store);
}

static bool channel_of(struct store *store, struct old_log *old)
{
    sqlite3_stmt *find = NULL;
    bool found = false;
    if (sqlite3_prepare_v2(store->db, "SELECT channel FROM channels WHERE id = ?1", -1, &find,
                           NULL) == SQLITE_OK) {
        sqlite3_bind_int64(find, 1, old->kept.channel);
        found = store_row(store, find);
        if (found)
            column_copy(store, find, 0, old->channel.b, sizeof old->channel.b);
    }
    sqlite3_finalize(find);
    if (!found)
        store_note_damage(store);
    return store_works(store);
}

/* Builds the entry of the row; false when its id is not what was stored. */
static bool old_entry(struct store *store, const struct old_log *old, sqlite3_stmt *row,
                      const struct id *below, struct entry *entry)
{
    struct id id;
    memset(entry, 0, sizeof *entry);
    entry->version = ENTRY_VERSION;
    entry->channel = old->channel;
    entry->author = old->kept.load.author;
    entry->seq = column_number(row, 0);
    entry->kind = (uint8_t)sqlite3_column_int(row, 1);
    entry->flags = (uint16_t)sqlite3_column_int(row, 2);
    entry->lamport = column_number(row, 3);
    entry->wall_ms = column_number(row, 4);
    column_copy(store, row, 5, entry->process.b, sizeof entry->process.b);
    column_copy(store, row, 6, id.b, sizeof id.b);
    entry->prev = *below;
    if (sqlite3_column_type(row, 7) != SQLITE_NULL)
        column_copy(store, row, 7, entry->prev.b, sizeof entry->prev.b);
    size_t size = (size_t)sqlite3_column_bytes(row, 9);
    entry->body =
        (struct bytes){arena_copy(&store->arena, sqlite3_column_blob(row, 9), size), size};
    entry_finish(entry);
    if (!id_equal(&entry->id, &id))
        store_note_damage(store);
    return store_works(store);
}

/* The longest run from the seq on into store->entries; returns how many entries it has, 0 when
 * there is none more. */
static size_t old_run(struct store *store, const struct old_log *old, sqlite3_stmt *rows,
                      uint64_t from, const struct id *below, struct signature *signature)
{
    const struct log_load *load = &old->kept.load;
    size_t count = 0, taken = 0, bytes = 0;
    struct id prev = *below;
    arena_reset(&store->arena);
    sqlite3_reset(rows);
    sqlite3_bind_int64(rows, 1, old->key);
    bind_number(rows, 2, from);
    while (taken < LIMIT_RUN_ENTRIES && store_row(store, rows)) {
        struct entry *entry = &store->entries[taken], *first = &store->entries[0];
        if (taken > 0 && column_number(rows, 0) != first->seq + taken)
            break; /* the hole */
        if (!old_entry(store, old, rows, &prev, entry))
            break;
        bytes += ENTRY_HEADER_BYTES + entry->body_bytes;
        if (bytes > LIMIT_RUN_BYTES || memcmp(&entry->process, &first->process, 8) != 0)
            break;
        prev = entry->id;
        taken++;
        if (sqlite3_column_type(rows, 8) == SQLITE_NULL)
            continue;
        column_copy(store, rows, 8, signature->b, sizeof signature->b);
        count = taken;
        if (entry->seq == load->seq || entry->seq == load->span_to)
            break;
    }
    sqlite3_reset(rows);
    if (taken > 0 && count == 0)
        store_note_damage(store); /* entries that no signature stands above */
    return store_works(store) ? count : 0;
}

/* The author's nick, as the newest of these entries that has one says it. */
static void take_nick(struct kept_log *kept, const struct entry *entries, size_t count)
{
    struct bytes nick, text;
    for (size_t i = count; i-- > 0;)
        if (entry_text(&entries[i], &nick, &text)) {
            kept->load.nick = nick_from_peer(nick);
            return;
        }
}

static bool old_rows_taken(struct store *store, const struct old_log *old, sqlite3_stmt *taken,
                           uint64_t to)
{
    sqlite3_bind_int64(taken, 1, old->key);
    bind_number(taken, 2, to);
    return store_run(store, taken);
}

static bool old_log_copy(struct store *store, struct old_log *old,
                         const struct old_statements *statements)
{
    struct signature signature;
    struct kept_log *kept = &old->kept;
    struct id below = {0};
    uint64_t top = 0;
    if (!store_log_put(store, kept))
        return false;
    for (;;) {
        size_t count = old_run(store, old, statements->rows, top + 1, &below, &signature);
        if (count == 0)
            break;
        const struct entry *first = &store->entries[0], *last = &store->entries[count - 1];
        bool hangs = first->seq > 1 && (first->seq != top + 1 || !id_equal(&first->prev, &below));
        take_nick(kept, store->entries, count);
        top = last->seq;
        below = last->id;
        if (!row_write(store, kept, store->entries, count, &signature, hangs) ||
            !old_rows_taken(store, old, statements->taken, top))
            return false;
    }
    if (top != (kept->load.span_from != 0 ? kept->load.span_to : kept->load.seq))
        store_note_damage(store);
    return store_works(store) && store_log_put(store, kept);
}

static bool old_prepare(struct store *store, struct old_statements *old)
{
    if (store_prepare(store) &&
        sqlite3_prepare_v2(store->db, SCHEMA_1_LOGS, -1, &old->logs, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(store->db, SCHEMA_1_ENTRIES, -1, &old->rows, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(store->db, SCHEMA_1_TAKEN, -1, &old->taken, NULL) == SQLITE_OK)
        return true;
    store_note(store, sqlite3_extended_errcode(store->db));
    return false;
}

bool store_migrate_1(struct store *store)
{
    struct old_statements statements = {0};
    struct old_log old;
    bool done =
        store_execute(store, SCHEMA_1_ASIDE SCHEMA_TABLES) && old_prepare(store, &statements);
    while (done && store_row(store, statements.logs)) {
        old_log_columns(store, statements.logs, &old);
        done =
            store_works(store) && channel_of(store, &old) && old_log_copy(store, &old, &statements);
    }
    sqlite3_finalize(statements.logs);
    sqlite3_finalize(statements.rows);
    sqlite3_finalize(statements.taken);
    return done && store_works(store) && store_execute(store, SCHEMA_1_DROP);
}

/* ---- what entries say of others ---- */

static bool is_about(const struct peek *peek)
{
    return !peek->dropped &&
           (peek->kind == ENTRY_EDIT || peek->kind == ENTRY_REACTION || peek->kind == ENTRY_DEVICE);
}

/* Copies those of the row into the store's arena; returns how many. */
static size_t take_about(struct store *store, const struct kept_log *kept, const struct id *channel,
                         const struct row *row, struct entry *about)
{
    size_t count = 0, all = (size_t)(row->last - row->first) + 1;
    bool is[LIMIT_RUN_ENTRIES], any = false;
    if (!row_peek(store, row))
        return 0;
    for (size_t i = 0; i < all; i++)
        any = (is[i] = is_about(&store->peeks[i])) || any;
    if (!any || !row_decode(store, row, channel, &kept->load.author, NULL))
        return 0;
    arena_reset(&store->arena);
    for (size_t i = 0; i < all; i++) {
        if (!is[i])
            continue;
        struct entry *entry = &about[count++];
        *entry = store->entries[i];
        entry->body.at = arena_copy(&store->arena, entry->body.at, entry->body.size);
    }
    return count;
}

static void note_log(struct store *store, const struct kept_log *kept, const struct id *channel)
{
    struct entry about[LIMIT_RUN_ENTRIES];
    struct row row;
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, 1, LIMIT_SEQ);
    while (row_step(store, rows, &row)) {
        nicks_note_row(store, kept, &row);
        size_t count = take_about(store, kept, channel, &row, about);
        if (count == 0)
            continue;
        row_done(store);
        for (size_t i = 0; i < count; i++)
            store_note_forgets(store, kept->channel, &(struct run){&about[i], 1, row.signature},
                               NULL);
        rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, row.last + 1, LIMIT_SEQ);
    }
    row_done(store);
}

bool store_migrate_notes(struct store *store)
{
    struct kept_log kept;
    struct id channel;
    struct channel_name name;
    bool found = store_prepare(store);
    store->forgotten_any = true; /* perhaps */
    for (int64_t after = 0; found && store_works(store); after = kept.key) {
        sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS_ALL);
        sqlite3_bind_int64(logs, 1, after);
        found = store_row(store, logs);
        if (found)
            store_log_columns(store, logs, &kept);
        sqlite3_reset(logs);
        if (found && store_channel_at(store, kept.channel, &channel, &name))
            note_log(store, &kept, &channel);
    }
    return store_works(store);
}
