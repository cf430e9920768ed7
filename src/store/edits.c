/* Edits: what a line says now. Which entries change it is written down by (channel, author, seq, id)
 * of the line, so a page need not look through all that came after it; the text itself stays in its
 * entry, and so in one place only.
 *
 * 1. The author in the key is the EDIT's own: nobody changes a line of somebody else.
 * 2. The newest that has its body counts. What its author took back, or retention dropped, is
 *    stepped over, for EDITS_TRIED at most, so that nobody is slowed by a log full of such.
 * 3. Who takes a line back takes back what it was changed to, in whatever order both come. So he does with what
 *    was sealed again, which is written down here, too, and is no change.
 */
#include <string.h>

#include "store/inside.h"

#define EDITS_TRIED 16

bool edits_of(struct store *store, sqlite3_stmt *rows, uint64_t *seq, struct id *id)
{
    if (!store_row(store, rows))
        return false;
    *seq = column_number(rows, 0);
    column_copy(store, rows, 1, id->b, sizeof id->b);
    return !store->damaged;
}

sqlite3_stmt *edits_begin(struct store *store, int64_t channel, const struct id *author,
                          uint64_t seq, const struct id *id)
{
    sqlite3_stmt *rows = store_statement(store, STATEMENT_EDITS);
    bind_entry_of(rows, channel, author, seq, id);
    return rows;
}

void edits_forget(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                  const struct id *id)
{
    if (!store->edited_any)
        return;
    sqlite3_stmt *add = store_statement(store, STATEMENT_EDITS_FORGET);
    bind_entry_of(add, channel, author, seq, id);
    store_run(store, add);
}

bool store_is_forgotten(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                        const struct id *id)
{
    if (!store->forgotten_any)
        return false;
    sqlite3_stmt *row = store_statement(store, STATEMENT_FORGOTTEN_IS);
    bind_entry_of(row, channel, author, seq, id);
    bool found = store_row(store, row);
    sqlite3_reset(row);
    return found;
}

bool edits_note(struct store *store, int64_t channel, const struct entry *entry)
{
    uint64_t seq;
    struct id id;
    struct bytes nick, text;
    uint8_t kind;
    if (!entry_edits(entry, &seq, &id, &nick, &text) &&
        !entry_again(entry, &seq, &id, &kind, &text))
        return false;
    sqlite3_stmt *add = store_statement(store, STATEMENT_EDITS_ADD);
    bind_entry_of(add, channel, &entry->author, seq, &id);
    bind_number(add, 5, entry->seq);
    bind_id(add, 6, &entry->id);
    store_run(store, add);
    store->edited_any = true;
    if (!store_is_forgotten(store, channel, &entry->author, seq, &id))
        return false;
    edits_forget(store, channel, &entry->author, seq, &id);
    return true;
}

bool entry_find(struct store *store, int64_t channel, const struct entry *wanted,
                struct arena *arena, struct entry *entry, struct kept_log *kept)
{
    struct kept_log branches[LIMIT_BRANCHES];
    struct row row;
    bool found = false;
    if (wanted->seq < 1 || wanted->seq > LIMIT_SEQ)
        return false;
    size_t count = store_branches(store, channel, &wanted->author, branches);
    for (size_t i = 0; i < count && !found && !store->damaged; i++) {
        if (row_covering(store, branches[i].key, wanted->seq, &row) &&
            row_decode(store, &row, &wanted->channel, &wanted->author, NULL)) {
            *entry = store->entries[wanted->seq - row.first];
            found = wanted->lamport != 0 ? entry->lamport == wanted->lamport
                                         : id_equal(&entry->id, &wanted->id);
            found = found && entry->body.at != NULL;
        }
        if (found)
            entry->body.at = arena_copy(arena, entry->body.at, entry->body.size);
        row_done(store);
        if (found && kept != NULL)
            *kept = branches[i];
        if (found)
            opened_read(store, channel, entry, arena);
    }
    return found;
}

bool store_entry(struct store *store, const struct id *channel, const struct id *author,
                 uint64_t seq, const struct id *id, struct arena *arena, struct entry *entry)
{
    struct entry wanted = {.channel = *channel, .author = *author, .seq = seq, .id = *id};
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    bool found = key != 0 && entry_find(store, key, &wanted, arena, entry, NULL);
    return store_read_ends(store, before, found);
}

bool store_at(struct store *store, const struct id *channel, const struct id *author, uint64_t seq,
              uint64_t lamport, struct arena *arena, struct entry *entry)
{
    struct entry wanted = {.channel = *channel, .author = *author, .seq = seq, .lamport = lamport};
    enum error_code before = store_read_begins(store);
    int64_t key = lamport == 0 ? 0 : store_channel_key(store, channel);
    bool found = key != 0 && entry_find(store, key, &wanted, arena, entry, NULL);
    return store_read_ends(store, before, found);
}

bool store_edited(struct store *store, const struct id *channel, const struct id *author,
                  uint64_t seq, const struct id *id, struct arena *arena, struct entry *edit)
{
    struct entry tried[EDITS_TRIED];
    struct bytes nick, text;
    struct id of;
    size_t count = 0;
    uint64_t of_seq;
    bool found = false;
    if (!store->edited_any)
        return false;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *rows = edits_begin(store, key, author, seq, id);
    for (; key != 0 && count < EDITS_TRIED; count++) {
        tried[count] = (struct entry){.channel = *channel, .author = *author};
        if (!edits_of(store, rows, &tried[count].seq, &tried[count].id))
            break;
    }
    sqlite3_reset(rows);
    for (size_t i = 0; i < count && !found; i++)
        found = entry_find(store, key, &tried[i], arena, edit, NULL) &&
                entry_edits(edit, &of_seq, &of, &nick, &text);
    return store_read_ends(store, before, found);
}
