/* Talks: what direct channels need beside their entries: with whom they are, own prekeys, the cards of
 * others, and lines that wait for one. All but the last are a network's: a profile may be in several.
 *
 * 1. A prekey that is dropped is overwritten in its page, and the log of the file, which may have it
 *    too, is emptied at the commit.
 * 2. Of a node the newest card is kept, whoever brings one, and in whatever order.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

/* The statement, of this key or node in this network. */
static sqlite3_stmt *of_network(struct store *store, enum statement which, const struct id *network,
                                const struct id *what)
{
    sqlite3_stmt *statement = store_statement(store, which);
    bind_id(statement, 1, network);
    bind_id(statement, 2, what);
    return statement;
}

/* ---- channels ---- */

enum error_code store_direct_put(struct store *store, const struct id *network,
                                 const struct kept_direct *direct, struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = of_network(store, STATEMENT_DIRECT_PUT, network, &direct->peer);
    bind_id(put, 3, &direct->channel);
    sqlite3_bind_text(put, 4, direct->name.text, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 5, direct->shown);
    store_run(store, put);
    return store_report(store, error);
}

bool store_direct(struct store *store, const struct id *network, size_t index,
                  struct kept_direct *direct)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_DIRECT_AT);
    memset(direct, 0, sizeof *direct);
    bind_id(at, 1, network);
    bind_number(at, 2, index);
    bool found = store_row(store, at);
    if (found) {
        column_copy(store, at, 0, direct->peer.b, sizeof direct->peer.b);
        column_copy(store, at, 1, direct->channel.b, sizeof direct->channel.b);
        column_text(at, 2, direct->name.text, sizeof direct->name.text);
        direct->shown = sqlite3_column_int(at, 3) != 0;
        if (!direct_name_ok(direct->name.text))
            store_note_damage(store);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}

bool store_channel_id(struct store *store, const struct id *network,
                      const struct channel_name *name, struct id *id)
{
    if (!direct_name_ok(name->text)) {
        if (!store_group_named(store, network, name, id))
            *id = channel_id(network, name->text);
        return true;
    }
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *named = store_statement(store, STATEMENT_DIRECT_NAMED);
    memset(id, 0, sizeof *id);
    bind_id(named, 1, network);
    sqlite3_bind_text(named, 2, name->text, -1, SQLITE_STATIC);
    bool found = store_row(store, named);
    if (found)
        column_copy(store, named, 0, id->b, sizeof id->b);
    sqlite3_reset(named);
    return store_read_ends(store, before, found);
}

/* ---- prekeys ---- */

enum error_code store_prekey_put(struct store *store, const struct id *network,
                                 const struct prekey *prekey, uint64_t replaced_ms,
                                 struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = of_network(store, STATEMENT_PREKEY_PUT, network, &prekey->key);
    bind_number(put, 3, prekey->number);
    sqlite3_bind_blob(put, 4, prekey->secret, sizeof prekey->secret, SQLITE_STATIC);
    bind_number(put, 5, replaced_ms);
    store_run(store, put);
    sqlite3_clear_bindings(put);
    return store_report(store, error);
}

enum error_code store_prekey_drop(struct store *store, const struct id *network,
                                  const struct prekey *prekey, struct error *error)
{
    store_wipe(store);
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *drop = of_network(store, STATEMENT_PREKEY_DROP, network, &prekey->key);
    store_run(store, drop);
    return store_report(store, error);
}

bool store_prekey(struct store *store, const struct id *network, size_t index,
                  struct prekey *prekey, uint64_t *replaced_ms)
{
    uint8_t secret[32];
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_PREKEY_AT);
    bind_id(at, 1, network);
    bind_number(at, 2, index);
    bool found = store_row(store, at);
    if (found) {
        column_copy(store, at, 1, secret, sizeof secret);
        *replaced_ms = column_number(at, 2);
        *prekey = prekey_of(secret, column_number(at, 0));
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}

/* ---- cards ---- */

bool store_card(struct store *store, const struct id *network, const struct id *node,
                struct keycard *card)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *row = of_network(store, STATEMENT_CARD, network, node);
    bool found = store_row(store, row);
    if (found) {
        *card = (struct keycard){.version = CARD_VERSION, .node = *node};
        card->number = column_number(row, 0);
        column_copy(store, row, 1, card->prekey.b, sizeof card->prekey.b);
        column_copy(store, row, 2, card->signature.b, sizeof card->signature.b);
    }
    sqlite3_reset(row);
    return store_read_ends(store, before, found);
}

enum error_code store_card_put(struct store *store, const struct id *network,
                               const struct keycard *card, uint64_t wall_ms, struct error *error)
{
    struct keycard held;
    if (store_card(store, network, &card->node, &held) && !card_is_newer(card, &held))
        return store_report(store, error);
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = of_network(store, STATEMENT_CARD_PUT, network, &card->node);
    bind_number(put, 3, card->number);
    bind_id(put, 4, &card->prekey);
    sqlite3_bind_blob(put, 5, card->signature.b, sizeof card->signature.b, SQLITE_STATIC);
    bind_number(put, 6, wall_ms);
    store_run(store, put);
    sqlite3_stmt *bound = store_statement(store, STATEMENT_CARDS_BOUND);
    bind_id(bound, 1, network);
    sqlite3_bind_int(bound, 2, LIMIT_CARDS);
    store_run(store, bound);
    return store_report(store, error);
}

size_t store_card_nodes(struct store *store, const struct id *network, struct id *nodes,
                        size_t most)
{
    size_t count = 0;
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *rows = store_statement(store, STATEMENT_CARD_NODES);
    bind_id(rows, 1, network);
    while (count < most && store_row(store, rows))
        column_copy(store, rows, 0, nodes[count++].b, sizeof nodes->b);
    sqlite3_reset(rows);
    return store_read_ends(store, before, true) ? count : 0;
}

/* ---- lines that wait ---- */

enum error_code store_waiting_put(struct store *store, const struct id *channel, uint8_t kind,
                                  struct bytes body, struct error *error)
{
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *put = store_statement(store, STATEMENT_WAITING_PUT);
    bind_id(put, 1, channel);
    sqlite3_bind_int(put, 2, kind);
    sqlite3_bind_blob(put, 3, body.at, (int)body.size, SQLITE_STATIC);
    store_run(store, put);
    return store_report(store, error);
}

enum error_code store_waiting_drop(struct store *store, const struct id *channel,
                                   struct error *error)
{
    store_wipe(store);
    if (!store_begin(store))
        return store_report(store, error);
    sqlite3_stmt *drop = store_statement(store, STATEMENT_WAITING_DROP);
    bind_id(drop, 1, channel);
    store_run(store, drop);
    return store_report(store, error);
}

bool store_waiting(struct store *store, const struct id *channel, size_t index, struct arena *arena,
                   uint8_t *kind, struct bytes *body)
{
    enum error_code before = store_read_begins(store);
    sqlite3_stmt *at = store_statement(store, STATEMENT_WAITING_AT);
    bind_id(at, 1, channel);
    bind_number(at, 2, index);
    bool found = store_row(store, at);
    if (found) {
        *kind = (uint8_t)sqlite3_column_int(at, 0);
        body->size = (size_t)sqlite3_column_bytes(at, 1);
        body->at = arena_copy(arena, sqlite3_column_blob(at, 1), body->size);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}
