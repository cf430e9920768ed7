/* Inside: what the files of the store share with one another and with nobody else. store.c opens,
 * commits and judges failures; append.c writes; history.c reads. */
#pragma once

#include <sqlite3.h>

#include "core/log.h"
#include "store/schema.h"
#include "store/store.h"

#define STORE_PATH_ROOM 768

/* A log's row. */
struct kept_log {
    int64_t key;
    int64_t channel;
    struct log log;
};

/* An entry of the newest page: where it stands in the order, and where its row is. */
struct newest {
    uint64_t lamport;
    uint64_t seq;
    int64_t log;
    struct id author;
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char path[STORE_PATH_ROOM];

    /* The first thing that went wrong; kept until store_rollback. */
    enum error_code trouble;
    char trouble_about[120];
    bool damaged; /* never taken back while the file is open */

    /* The channel that was last appended to or read. */
    struct id channel;
    int64_t channel_key; /* 0: none */

    /* Where store_channel and store_log left off. */
    size_t channel_index;
    int64_t channel_after;
    size_t log_index;
    int64_t log_channel;
    struct id log_after;

    /* store_last: a heap while it is gathered, then sorted. */
    struct id last_channel;
    struct newest *last;
    size_t last_count, last_room, last_next;
};

/* The prepared statement, fresh: nothing bound. */
sqlite3_stmt *store_statement(struct store *store, enum statement which);
/* True on a row. When there is no (more) row, or on a failure, which it notes as the trouble, the
 * statement is reset. */
bool store_row(struct store *store, sqlite3_stmt *statement);
/* Runs a statement that gives no row; false with the trouble noted when it failed. */
bool store_run(struct store *store, sqlite3_stmt *statement);
/* Notes that what is in the file cannot be true. */
void store_note_damage(struct store *store);
/* The trouble as an error, ERROR_NONE when there is none. */
enum error_code store_report(const struct store *store, struct error *error);

void bind_id(sqlite3_stmt *statement, int place, const struct id *id);
void bind_number(sqlite3_stmt *statement, int place, uint64_t number);
/* Copies a column of exactly size bytes; anything else is damage, and `to` is zeroed. */
void column_copy(struct store *store, sqlite3_stmt *statement, int column, void *to, size_t size);
uint64_t column_number(sqlite3_stmt *statement, int column);

/* The channel's key, or 0. */
int64_t store_channel_key(struct store *store, const struct id *channel);
/* The log's row into *kept; false when there is none, or on trouble. */
bool store_log_find(struct store *store, int64_t channel_key, const struct id *author,
                    struct kept_log *kept);
/* The row at which a statement that selects a log's columns stands. */
void store_log_columns(struct store *store, sqlite3_stmt *statement, struct kept_log *kept);
