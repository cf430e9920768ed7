/* Opened: what sealed entries say, as this node opened them when they came, or wrote them itself. The
 * sealed entry stays in its run, for others; what it says stands here, by (channel, author, seq, id), and all that
 * shows lines, looks for them or takes them back reads entries through opened_read().
 *
 * 1. It is written in the transaction of its entry: the key that opened it may be gone tomorrow; or later, when the
 *    entry's author has sealed it again.
 * 2. It goes when the entry's body goes: taken back, or not kept any longer. What was taken back is
 *    overwritten in the file.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

void store_wipe(struct store *store)
{
    if (!store->wipe && store_works(store))
        store->wipe = store_execute(store, "PRAGMA secure_delete = ON");
}

void opened_note(struct store *store, int64_t channel, const struct entry *entry,
                 const struct entry *line)
{
    if (entry->kind != ENTRY_SEALED || line->body.at == NULL ||
        store_is_forgotten(store, channel, &entry->author, entry->seq, &entry->id))
        return;
    if (line->kind == ENTRY_SEALED || line->kind >= ENTRY_NOT_OURS) {
        closed_note(store, channel, entry,
                    line->kind == ENTRY_SEALED     ? CLOSED_WAITS
                    : line->kind == ENTRY_LEFT_OUT ? CLOSED_OUT
                                                   : CLOSED_BEFORE);
        return;
    }
    sqlite3_stmt *add = store_statement(store, STATEMENT_OPENED_ADD);
    bind_entry_of(add, channel, &entry->author, entry->seq, &entry->id);
    sqlite3_bind_int(add, 5, line->kind);
    sqlite3_bind_blob(add, 6, line->body.at, (int)line->body.size, SQLITE_STATIC);
    store_run(store, add);
    store->opened_any = true;
}

void opened_read(struct store *store, int64_t channel, struct entry *entry, struct arena *arena)
{
    if (entry->kind != ENTRY_SEALED || !store->opened_any)
        return;
    sqlite3_stmt *row = store_statement(store, STATEMENT_OPENED);
    bind_entry_of(row, channel, &entry->author, entry->seq, &entry->id);
    if (store_row(store, row)) {
        size_t size = (size_t)sqlite3_column_bytes(row, 1);
        const void *body = sqlite3_column_blob(row, 1);
        if (size > LIMIT_BODY) {
            store_note_damage(store);
        } else {
            entry->kind = (uint8_t)sqlite3_column_int(row, 0);
            entry->body = (struct bytes){arena_take(arena, size + 1), size};
            if (size > 0)
                entry->body.at = arena_copy(arena, body, size);
        }
    }
    sqlite3_reset(row);
}

enum error_code store_open_line(struct store *store, const struct entry *line, struct arena *arena,
                                struct entry *entry, bool *opened, struct error *error)
{
    struct kept_log kept;
    struct entry wanted = {
        .channel = line->channel, .author = line->author, .seq = line->seq, .id = line->id};
    *opened = false;
    if (!store_begin(store))
        return store_report(store, error);
    int64_t key = store_channel_key(store, &line->channel);
    if (key == 0 || !entry_find(store, key, &wanted, arena, entry, &kept) ||
        entry->kind != ENTRY_SEALED)
        return store_report(store, error);
    struct entry sealed = *entry;
    struct run run = {&sealed, 1, {{0}}};
    entry->kind = line->kind;
    entry->body = line->body;
    store_note_forgets(store, key, &run, entry);
    *opened = store_works(store) &&
              !store_is_forgotten(store, key, &sealed.author, sealed.seq, &sealed.id);
    if (*opened && store->search != NULL)
        search_filled(store->search, &kept, entry);
    return store_report(store, error);
}

void store_read_sealed(struct store *store, struct entry *entry, struct arena *arena)
{
    enum error_code before = store_read_begins(store);
    int64_t key = entry->kind == ENTRY_SEALED ? store_channel_key(store, &entry->channel) : 0;
    if (key != 0)
        opened_read(store, key, entry, arena);
    store_read_ends(store, before, true);
}

bool opened_is_no_line(struct store *store, int64_t channel, const struct id *author, uint64_t seq)
{
    sqlite3_stmt *row = store_statement(store, STATEMENT_OPENED_KIND);
    sqlite3_bind_int64(row, 1, channel);
    bind_id(row, 2, author);
    bind_number(row, 3, seq);
    bool found =
        store_row(store, row) && sqlite3_column_int(row, 0) > 0 && sqlite3_column_int(row, 1) == 0;
    bool any = sqlite3_column_int(row, 0) > 0;
    sqlite3_reset(row);
    return found || (!any && closed_is(store, channel, author, seq));
}

uint64_t store_read_mark(struct store *store, const struct id *channel, const struct id *author)
{
    struct entry mark = {.kind = ENTRY_READ};
    struct id id;
    uint64_t seq = 0;
    enum error_code before = store_read_begins(store);
    int64_t key = store->opened_any ? store_channel_key(store, channel) : 0;
    sqlite3_stmt *row = store_statement(store, STATEMENT_OPENED_READ);
    sqlite3_bind_int64(row, 1, key);
    bind_id(row, 2, author);
    if (key != 0 && store_row(store, row)) {
        mark.body =
            (struct bytes){sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)};
        if (!entry_reads(&mark, &seq, &id))
            seq = 0;
    }
    sqlite3_reset(row);
    return store_read_ends(store, before, true) ? seq : 0;
}

void opened_drop(struct store *store, int64_t channel, const struct entry *entry)
{
    if (entry->kind != ENTRY_SEALED || !store->opened_any)
        return;
    sqlite3_stmt *drop = store_statement(store, STATEMENT_OPENED_DROP);
    bind_entry_of(drop, channel, &entry->author, entry->seq, &entry->id);
    store_run(store, drop);
    closed_drop(store, channel, entry);
}
