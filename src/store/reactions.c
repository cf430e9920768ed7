/* Reactions: which signs stand behind a line, and whose. Each is an entry of its author; here is
 * written down, by (channel, author, seq, id) of the line, what a page needs of it.
 *
 * 1. Of all that one says of one sign at one line, put or taken away, the newest counts (seq, then
 *    id), in whatever order they come; so what was taken away keeps its row.
 * 2. Of each author LIMIT_REACTIONS signs to a line are kept, those said last. A newer one in a row
 *    that is kept is never newer than one that was let go of, so that the order of arrival does not
 *    show here either.
 * 3. No more than COUNTED rows of a line are looked at, so that a crowd can make no page slow.
 * 4. Of a line that was taken back nothing is kept, and nothing comes.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

#define COUNTED 1024

/* The statement, bound to what the reaction is of, and whose it is. */
static sqlite3_stmt *statement_of(struct store *store, enum statement which, int64_t channel,
                                  const struct reaction *reaction, const struct id *who)
{
    sqlite3_stmt *statement = store_statement(store, which);
    bind_entry_of(statement, channel, &reaction->author, reaction->seq, &reaction->id);
    bind_id(statement, 5, who);
    return statement;
}

static void bind_sign(sqlite3_stmt *statement, struct bytes sign)
{
    sqlite3_bind_blob(statement, 6, sign.at, (int)sign.size, SQLITE_STATIC);
}

/* Lets go of the author's oldest sign when he has one too many. */
static void keep_bound(struct store *store, int64_t channel, const struct reaction *reaction,
                       const struct id *who)
{
    uint8_t sign[LIMIT_REACTION];
    struct id by;
    sqlite3_stmt *each = statement_of(store, STATEMENT_REACTIONS_BEYOND, channel, reaction, who);
    sqlite3_bind_int(each, 6, LIMIT_REACTIONS);
    if (!store_row(store, each))
        return;
    size_t size = (size_t)sqlite3_column_bytes(each, 0);
    if (size > sizeof sign) {
        store_note_damage(store);
        sqlite3_reset(each);
        return;
    }
    column_copy(store, each, 0, sign, size);
    column_copy(store, each, 1, by.b, sizeof by.b);
    sqlite3_reset(each);
    sqlite3_stmt *drop = statement_of(store, STATEMENT_REACTIONS_DROP, channel, reaction, who);
    bind_sign(drop, (struct bytes){sign, size});
    bind_id(drop, 7, &by);
    store_run(store, drop);
}

void reactions_note(struct store *store, int64_t channel, const struct entry *entry)
{
    struct reaction reaction;
    if (!entry_reacts(entry, &reaction) ||
        store_is_forgotten(store, channel, &reaction.author, reaction.seq, &reaction.id) ||
        store_is_forgotten(store, channel, &entry->author, entry->seq, &entry->id))
        return;
    sqlite3_stmt *add =
        statement_of(store, STATEMENT_REACTIONS_ADD, channel, &reaction, &entry->author);
    bind_sign(add, reaction.sign);
    sqlite3_bind_int(add, 7, reaction.put);
    bind_number(add, 8, entry->seq);
    bind_id(add, 9, &entry->id);
    store_run(store, add);
    store->reacted_any = true;
    keep_bound(store, channel, &reaction, &entry->author);
}

void reactions_drop(struct store *store, int64_t channel, const struct entry *entry)
{
    struct reaction reaction;
    if (!store->reacted_any || !entry_reacts(entry, &reaction))
        return;
    sqlite3_stmt *drop =
        statement_of(store, STATEMENT_REACTIONS_DROP, channel, &reaction, &entry->author);
    bind_sign(drop, reaction.sign);
    bind_id(drop, 7, &entry->id);
    store_run(store, drop);
}

void reactions_forget(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                      const struct id *id)
{
    if (!store->reacted_any)
        return;
    sqlite3_stmt *forget = store_statement(store, STATEMENT_REACTIONS_FORGET);
    bind_entry_of(forget, channel, author, seq, id);
    store_run(store, forget);
}

size_t store_reactions(struct store *store, const struct entry *entry, const struct id *own,
                       uint8_t out[REACTIONS_BYTES])
{
    const struct reaction line = {.author = entry->author, .seq = entry->seq, .id = entry->id};
    struct writer w = writer_of(out, REACTIONS_BYTES);
    if (!store->reacted_any)
        return 0;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, &entry->channel);
    sqlite3_stmt *rows = statement_of(store, STATEMENT_REACTIONS_OF, key, &line, own);
    sqlite3_bind_int(rows, 6, COUNTED);
    sqlite3_bind_int(rows, 7, LIMIT_REACTIONS_SHOWN);
    while (key != 0 && store_row(store, rows)) {
        struct reactions_row row = {
            .sign = {sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)},
            .count = (uint32_t)sqlite3_column_int(rows, 1),
            .own = sqlite3_column_int(rows, 2) != 0};
        if (row.sign.at == NULL || row.sign.size > LIMIT_REACTION)
            store_note_damage(store);
        else
            reactions_add(&w, &row);
    }
    sqlite3_reset(rows);
    CHECK(!w.full);
    return store_read_ends(store, before, true) ? w.size : 0;
}

bool store_reacts(struct store *store, const struct id *channel, const struct id *who,
                  const struct reaction *reaction, struct id *by)
{
    struct id said = {{0}};
    bool put = false;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *row = statement_of(store, STATEMENT_REACTION_IS, key, reaction, who);
    bind_sign(row, reaction->sign);
    if (key != 0 && store->reacted_any && store_row(store, row)) {
        put = sqlite3_column_int(row, 0) != 0;
        column_copy(store, row, 1, said.b, sizeof said.b);
    }
    sqlite3_reset(row);
    if (by != NULL)
        *by = said;
    return store_read_ends(store, before, put);
}
