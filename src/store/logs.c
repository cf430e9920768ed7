/* Logs: channels, the branches in each, and who holds how much of this node's own.
 *
 * 1. A branch's row says what the core said of it last; nothing is put together from rows of runs.
 * 2. A receipt begins no transaction, since it is worth no fsync: it waits in memory for the next
 *    one. Those of a transaction that was rolled back are lost, which costs an author a wrong
 *    count until the next HAVE.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/inside.h"

int64_t store_channel_key(struct store *store, const struct id *channel)
{
    if (store->channel_key != 0 && id_equal(&store->channel, channel))
        return store->channel_key;
    int64_t key = 0;
    sqlite3_stmt *find = store_statement(store, STATEMENT_CHANNEL_FIND);
    bind_id(find, 1, channel);
    if (store_row(store, find))
        key = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (key != 0) {
        store->channel = *channel;
        store->channel_key = key;
    }
    return key;
}

int64_t store_channel_put(struct store *store, const struct id *channel,
                          const struct channel_name *name)
{
    int64_t key = store_channel_key(store, channel);
    if (key != 0 || !store_works(store))
        return key;
    sqlite3_stmt *add = store_statement(store, STATEMENT_CHANNEL_ADD);
    bind_id(add, 1, channel);
    sqlite3_bind_text(add, 2, name->text, -1, SQLITE_STATIC);
    if (!store_run(store, add))
        return 0;
    store->channel = *channel;
    store->channel_key = sqlite3_last_insert_rowid(store->db);
    return store->channel_key;
}

bool store_channel_at(struct store *store, int64_t key, struct id *id, struct channel_name *name)
{
    sqlite3_stmt *at = store_statement(store, STATEMENT_CHANNEL_AT);
    sqlite3_bind_int64(at, 1, key);
    memset(name, 0, sizeof *name);
    if (!store_row(store, at))
        return false;
    column_copy(store, at, 0, id->b, sizeof id->b);
    column_text(at, 1, name->text, sizeof name->text);
    sqlite3_reset(at);
    return store_works(store);
}

/* ---- branches ---- */

void store_log_columns(struct store *store, sqlite3_stmt *statement, struct kept_log *kept)
{
    struct log_load *load = &kept->load;
    memset(kept, 0, sizeof *kept);
    kept->key = sqlite3_column_int64(statement, 0);
    column_copy(store, statement, 1, load->author.b, sizeof load->author.b);
    uint64_t branch = column_number(statement, 2);
    load->branch = (uint32_t)branch;
    load->base_seq = column_number(statement, 3);
    column_copy(store, statement, 4, load->base.b, sizeof load->base.b);
    load->rootless = sqlite3_column_int(statement, 5) != 0;
    load->liar = sqlite3_column_int(statement, 6) != 0;
    column_text(statement, 7, load->nick.text, sizeof load->nick.text);
    load->seq = column_number(statement, 8);
    column_copy(store, statement, 9, load->tip.b, sizeof load->tip.b);
    load->lamport = column_number(statement, 10);
    load->span_from = column_number(statement, 11);
    load->span_to = column_number(statement, 12);
    column_copy(store, statement, 13, load->span_prev.b, sizeof load->span_prev.b);
    column_copy(store, statement, 14, load->span_tip.b, sizeof load->span_tip.b);
    load->span_first_lamport = column_number(statement, 15);
    load->span_lamport = column_number(statement, 16);
    kept->floor = column_number(statement, 17);
    kept->floor_wall = column_number(statement, 18);
    kept->channel = sqlite3_column_int64(statement, 19);
    if (kept->key <= 0 || kept->key >= STORE_LOGS_MAX || branch >= LIMIT_BRANCHES ||
        load->seq > LIMIT_SEQ || load->span_to > LIMIT_SEQ || load->span_from > load->span_to ||
        (!load->rootless && load->base_seq > load->seq))
        store_note_damage(store);
}

bool store_log_find(struct store *store, int64_t channel_key, const struct id *author,
                    uint32_t branch, struct kept_log *kept)
{
    sqlite3_stmt *find = store_statement(store, STATEMENT_LOG_FIND);
    sqlite3_bind_int64(find, 1, channel_key);
    bind_id(find, 2, author);
    sqlite3_bind_int64(find, 3, branch);
    if (!store_row(store, find))
        return false;
    store_log_columns(store, find, kept);
    sqlite3_reset(find);
    return !store->damaged;
}

bool store_log_at(struct store *store, int64_t key, struct kept_log *kept)
{
    sqlite3_stmt *at = store_statement(store, STATEMENT_LOG_AT);
    sqlite3_bind_int64(at, 1, key);
    if (!store_row(store, at))
        return false;
    store_log_columns(store, at, kept);
    sqlite3_reset(at);
    return !store->damaged;
}

size_t store_branches(struct store *store, int64_t channel_key, const struct id *author,
                      struct kept_log kept[LIMIT_BRANCHES])
{
    size_t count = 0;
    sqlite3_stmt *find = store_statement(store, STATEMENT_BRANCHES);
    sqlite3_bind_int64(find, 1, channel_key);
    bind_id(find, 2, author);
    while (count < LIMIT_BRANCHES && store_row(store, find))
        store_log_columns(store, find, &kept[count++]);
    sqlite3_reset(find);
    return store->damaged ? 0 : count;
}

bool store_log_put(struct store *store, struct kept_log *kept)
{
    const struct log_load *load = &kept->load;
    sqlite3_stmt *put =
        store_statement(store, kept->key == 0 ? STATEMENT_LOG_PUT : STATEMENT_LOG_SET);
    if (kept->key != 0)
        sqlite3_bind_int64(put, 1, kept->key);
    else {
        bind_id(put, 2, &load->author); /* ?1 is NULL: the next key */
        sqlite3_bind_int64(put, 3, load->branch);
        sqlite3_bind_int64(put, 20, kept->channel);
    }
    bind_number(put, 4, load->base_seq);
    bind_id(put, 5, &load->base);
    sqlite3_bind_int(put, 6, load->rootless);
    sqlite3_bind_int(put, 7, load->liar);
    sqlite3_bind_text(put, 8, load->nick.text, -1, SQLITE_STATIC);
    bind_number(put, 9, load->seq);
    bind_id(put, 10, &load->tip);
    bind_number(put, 11, load->lamport);
    bind_number(put, 12, load->span_from);
    bind_number(put, 13, load->span_to);
    bind_id(put, 14, &load->span_prev);
    bind_id(put, 15, &load->span_tip);
    bind_number(put, 16, load->span_first_lamport);
    bind_number(put, 17, load->span_lamport);
    bind_number(put, 18, kept->floor);
    bind_number(put, 19, kept->floor_wall);
    if (!store_run(store, put))
        return false;
    if (kept->key == 0)
        kept->key = sqlite3_last_insert_rowid(store->db);
    if (kept->key >= STORE_LOGS_MAX && store->trouble == ERROR_NONE)
        store->trouble = ERROR_STORE; /* no file of ours comes near that */
    return store_works(store);
}

/* ---- at start ---- */

static bool channel_next(struct store *store, struct channel_name *channel, struct id *id,
                         uint64_t *lamport)
{
    sqlite3_stmt *next = store_statement(store, STATEMENT_CHANNEL_NEXT);
    sqlite3_bind_int64(next, 1, store->channel_after);
    if (!store_row(store, next))
        return false;
    store->channel_after = sqlite3_column_int64(next, 0);
    column_copy(store, next, 1, id->b, sizeof id->b);
    column_text(next, 2, channel->text, sizeof channel->text);
    sqlite3_reset(next);
    store->channel_key = 0; /* so that it is looked up: a torn index would hide the channel */
    if (!window_name_ok(channel->text) ||
        (store_channel_key(store, id) != store->channel_after && store->trouble == ERROR_NONE))
        store_note_damage(store);

    sqlite3_stmt *clock = store_statement(store, STATEMENT_CLOCK);
    sqlite3_bind_int64(clock, 1, store->channel_after);
    bind_number(clock, 2, adrift_from((uint64_t)time(NULL) * 1000));
    *lamport = store_row(store, clock) ? column_number(clock, 0) : 0;
    sqlite3_reset(clock);
    store->channel_index++;
    return true;
}

bool store_channel(struct store *store, size_t index, struct channel_name *channel, struct id *id,
                   uint64_t *lamport)
{
    enum error_code before = store_read_begins(store);
    bool found = true;
    if (index < store->channel_index) {
        store->channel_index = 0;
        store->channel_after = 0;
    }
    while (found && store->channel_index <= index)
        found = channel_next(store, channel, id, lamport);
    if (!store_read_ends(store, before, found)) {
        channel->text[0] = 0;
        return false;
    }
    return true;
}

static bool log_next(struct store *store, struct kept_log *kept)
{
    sqlite3_stmt *next = store_statement(store, STATEMENT_LOG_NEXT);
    sqlite3_bind_int64(next, 1, store->log_channel);
    bind_id(next, 2, &store->log_author);
    sqlite3_bind_int64(next, 3, store->log_branch);
    if (!store_row(store, next))
        return false;
    store_log_columns(store, next, kept);
    sqlite3_reset(next);
    store->log_author = kept->load.author;
    store->log_branch = kept->load.branch;
    store->log_index++;
    return true;
}

bool store_log(struct store *store, const struct id *channel, size_t index, struct log_load *load)
{
    enum error_code before = store_read_begins(store);
    struct kept_log kept;
    int64_t key = store_channel_key(store, channel);
    bool found = key != 0;
    if (index < store->log_index || key != store->log_channel) {
        store->log_channel = key;
        store->log_index = 0;
        store->log_branch = -1;
        memset(&store->log_author, 0, sizeof store->log_author);
    }
    while (found && store->log_index <= index)
        found = log_next(store, &kept);
    if (!store_read_ends(store, before, found))
        return false;
    *load = kept.load;
    load->bare = store_lacks_bodies(store, &kept);
    return true;
}

/* ---- receipts ---- */

static bool receipt_put(struct store *store, const struct pending_receipt *receipt)
{
    sqlite3_stmt *put = store_statement(store, STATEMENT_RECEIPT_PUT);
    sqlite3_bind_int64(put, 1, receipt->channel);
    bind_id(put, 2, &receipt->node);
    bind_number(put, 3, receipt->seq);
    bind_number(put, 4, receipt->below);
    return store_run(store, put);
}

void store_receipts_write(struct store *store)
{
    for (size_t i = 0; i < store->receipt_count; i++)
        if (!receipt_put(store, &store->receipts[i]))
            return;
    store->receipt_count = 0;
}

static void receipt_wait(struct store *store, const struct pending_receipt *receipt)
{
    for (size_t i = 0; i < store->receipt_count; i++) {
        struct pending_receipt *other = &store->receipts[i];
        if (other->channel == receipt->channel && id_equal(&other->node, &receipt->node)) {
            other->seq = receipt->seq > other->seq ? receipt->seq : other->seq;
            other->below = receipt->below;
            return;
        }
    }
    if (store->receipt_count == store->receipt_room) {
        store->receipt_room = store->receipt_room ? 2 * store->receipt_room : 16;
        store->receipts = realloc(store->receipts, store->receipt_room * sizeof *store->receipts);
        CHECK(store->receipts != NULL);
    }
    store->receipts[store->receipt_count++] = *receipt;
}

enum error_code store_receipt(struct store *store, const struct id *channel, const struct id *node,
                              uint64_t seq, uint64_t below, struct error *error)
{
    if (!store_works(store))
        return store_report(store, error);
    struct pending_receipt receipt = {store_channel_key(store, channel), *node, seq, below};
    if (receipt.channel == 0) /* nothing is held there: there is nothing to be counted */
        return store_report(store, error);
    if (store_pending(store))
        receipt_put(store, &receipt);
    else
        receipt_wait(store, &receipt);
    return store_report(store, error);
}

bool store_receipt_at(struct store *store, const struct id *channel, size_t index, struct id *node,
                      uint64_t *seq, uint64_t *below)
{
    struct error ignored;
    if (store->receipt_count > 0 && !store_pending(store) && store_begin(store))
        store_commit(store, &ignored);
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *at = store_statement(store, STATEMENT_RECEIPT_AT);
    sqlite3_bind_int64(at, 1, key);
    bind_number(at, 2, index);
    bool found = key != 0 && store_row(store, at);
    if (found) {
        column_copy(store, at, 0, node->b, sizeof node->b);
        *seq = column_number(at, 1);
        *below = column_number(at, 2);
    }
    sqlite3_reset(at);
    return store_read_ends(store, before, found);
}
