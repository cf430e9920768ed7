/* Groups: what private channels need beside their entries: what they are, and secrets of their epochs. Their acts stand in
 * their logs, too; here they are at hand, so that a start need not go through all of these. */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

#define IN_UNREAD 16 /* GROUP_IN, and unread */

static void bind_name(sqlite3_stmt *statement, int place, const struct channel_name *name)
{
    sqlite3_bind_text(statement, place, name->text, -1, SQLITE_STATIC);
}

enum error_code store_group_put(struct store *store, const struct id *network,
                                const struct group_kept *group, struct error *error)
{
    if (group->state == GROUP_LEFT || group->state == GROUP_GONE)
        store_wipe(store); /* what he knew of it goes, without a trace */
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = store_statement(store, STATEMENT_GROUP_PUT);
    bind_id(put, 1, network);
    bind_id(put, 2, &group->channel);
    bind_id(put, 3, &group->founder);
    sqlite3_bind_blob(put, 4, group->nonce, sizeof group->nonce, SQLITE_STATIC);
    bind_name(put, 5, &group->called);
    bind_name(put, 6, &group->name);
    sqlite3_bind_int(put, 7, group->unread ? IN_UNREAD : (int)group->state);
    bind_id(put, 8, &group->inviter);
    bind_id(put, 9, &group->admit);
    bind_number(put, 10, group->wall_ms);
    store_run(store, put);
    if (group->state == GROUP_LEFT || group->state == GROUP_GONE) {
        sqlite3_stmt *drop = store_statement(store, STATEMENT_KEYS_DROP);
        bind_id(drop, 1, &group->channel);
        store_run(store, drop);
    }
    return store_report(store, error);
}

enum error_code store_group_drop(struct store *store, const struct id *network,
                                 const struct id *channel, struct error *error)
{
    store_wipe(store);
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *drop = store_statement(store, STATEMENT_GROUP_DROP);
    bind_id(drop, 1, network);
    bind_id(drop, 2, channel);
    store_run(store, drop);
    drop = store_statement(store, STATEMENT_KEYS_DROP);
    bind_id(drop, 1, channel);
    store_run(store, drop);
    return store_report(store, error);
}

static void take_name(struct store *store, sqlite3_stmt *row, int column, struct channel_name *name)
{
    column_text(row, column, name->text, sizeof name->text);
    if (!channel_name_ok(name->text))
        store_note_damage(store);
}

bool store_group(struct store *store, const struct id *network, size_t index,
                 struct group_kept *group)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_GROUP_AT);
    memset(group, 0, sizeof *group);
    bind_id(at, 1, network);
    bind_number(at, 2, index);
    bool found = store_row(store, at);
    if (found) {
        column_copy(store, at, 0, group->channel.b, sizeof group->channel.b);
        column_copy(store, at, 1, group->founder.b, sizeof group->founder.b);
        column_copy(store, at, 2, group->nonce, sizeof group->nonce);
        take_name(store, at, 3, &group->called);
        take_name(store, at, 4, &group->name);
        int state = sqlite3_column_int(at, 5);
        group->unread = state == IN_UNREAD;
        group->state = group->unread ? GROUP_IN : (enum group_state)state;
        column_copy(store, at, 6, group->inviter.b, sizeof group->inviter.b);
        column_copy(store, at, 7, group->admit.b, sizeof group->admit.b);
        group->wall_ms = column_number(at, 8);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}

bool store_group_named(struct store *store, const struct id *network,
                       const struct channel_name *name, struct id *channel)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *named = store_statement(store, STATEMENT_GROUP_NAMED);
    bind_id(named, 1, network);
    bind_name(named, 2, name);
    sqlite3_bind_int(named, 3, GROUP_INVITED);
    bool found = store_row(store, named);
    if (found)
        column_copy(store, named, 0, channel->b, sizeof channel->b);
    sqlite3_reset(named);
    return store_read_ends(store, before, found);
}

/* ---- acts ---- */

enum error_code store_act_put(struct store *store, const struct id *channel, struct bytes entry,
                              struct error *error)
{
    struct entry act;
    CHECK(entry.size >= ENTRY_HEADER_BYTES && entry_read_header(&act, entry.at));
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = store_statement(store, STATEMENT_ACT_PUT);
    bind_id(put, 1, channel);
    bind_id(put, 2, &act.id);
    sqlite3_bind_blob(put, 3, entry.at, (int)entry.size, SQLITE_STATIC);
    store_run(store, put);
    return store_report(store, error);
}

bool store_act_next(struct store *store, const struct id *channel, struct id *id,
                    struct arena *arena, struct bytes *entry)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *next = store_statement(store, STATEMENT_ACT_NEXT);
    bind_id(next, 1, channel);
    bind_id(next, 2, id);
    bool found = store_row(store, next);
    if (found) {
        column_copy(store, next, 0, id->b, sizeof id->b);
        entry->size = (size_t)sqlite3_column_bytes(next, 1);
        entry->at = arena_copy(arena, sqlite3_column_blob(next, 1), entry->size);
    }
    sqlite3_reset(next);
    return store_read_ends(store, before, found);
}

/* ---- secrets ---- */

enum error_code store_key_put(struct store *store, const struct id *channel, struct bytes key,
                              struct error *error)
{
    CHECK(key.size == sizeof(struct loose_key));
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = store_statement(store, STATEMENT_KEY_PUT);
    bind_id(put, 1, channel);
    sqlite3_bind_blob(put, 2, key.at, ACT_SHORT, SQLITE_STATIC);
    sqlite3_bind_blob(put, 3, key.at + ACT_SHORT, 32, SQLITE_STATIC);
    store_run(store, put);
    sqlite3_clear_bindings(put);
    return store_report(store, error);
}

bool store_key(struct store *store, const struct id *channel, size_t index, struct loose_key *key)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_KEY_AT);
    bind_id(at, 1, channel);
    bind_number(at, 2, index);
    bool found = store_row(store, at);
    if (found) {
        column_copy(store, at, 0, key->epoch, sizeof key->epoch);
        column_copy(store, at, 1, key->secret, sizeof key->secret);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}
