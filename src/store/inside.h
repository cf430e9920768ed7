/* Inside: what the files of the store share with one another and with nobody else. store.c opens and
 * commits; statement.c runs statements and judges failures; logs.c has channels, logs and receipts; rows.c makes runs of rows
 * and back; append.c writes; bodies.c puts missing ones in; edits.c knows
 * what changes a line, reactions.c what signs are behind it, nicks.c who was called what; read.c
 * answers the core and its peers; page.c has pages; retain.c lets go of old bodies; migrate.c reads
 * older files. */
#pragma once

#include <sqlite3.h>

#include "store/schema.h"
#include "store/search.h"
#include "store/store.h"

#define STORE_PATH_ROOM 768
#define STORE_LOGS_MAX  ((int64_t)1 << 23) /* so that log << 40 is a positive key */

/* A branch's row. */
struct kept_log {
    int64_t key; /* 0: it has none yet */
    int64_t channel;
    struct log_load load;
    uint64_t floor, floor_wall;
};

/* A run's row; what it points to is SQLite's until the statement moves. */
struct row {
    int64_t key;
    uint64_t first, last;
    uint64_t first_lamport, clock;
    struct process process;
    bool hangs; /* prev is in the row itself */
    struct id prev, tip;
    struct signature signature;
    struct bytes entries;
    bool missing; /* some bodies are, that this node wants */
};

/* An entry within a row's bytes, without its id. */
struct peek {
    size_t at;
    uint8_t kind;
    bool dropped;
    uint64_t lamport;
};

/* An entry of a page: where it stands in the order, and where its row is. */
struct newest {
    uint64_t lamport;
    uint64_t seq;
    int64_t log;
    struct id author;
    struct id id, prev; /* known when the page is complete */
};

/* A nick that was written down not long ago. */
#define NOTED_NICKS 64
struct noted_nick {
    int64_t channel; /* 0: none */
    struct id author;
    struct nick nick;
    uint64_t until_ms; /* up to there nothing changes in the file */
};

struct pending_receipt {
    int64_t channel;
    struct id node;
    uint64_t seq, below;
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char path[STORE_PATH_ROOM];

    /* The first thing that went wrong; kept until store_rollback. */
    enum error_code trouble;
    char trouble_about[120];
    bool damaged; /* never taken back while the file is open */

    /* The channel, and the branch, that were last appended to or read. */
    struct id channel;
    int64_t channel_key; /* 0: none */
    struct kept_log appended;
    struct search *search; /* is told of bodies that go and come; NULL: there is none */
    bool forgotten_any;    /* false: nothing was ever forgotten in this file */
    bool edited_any;       /* nor changed */
    bool reacted_any;      /* nor has a sign behind it */
    bool opened_any;       /* nor was sealed */
    bool wipe;             /* what was deleted is to leave the log of the file, too */

    /* Where store_channel and store_log left off. */
    size_t channel_index;
    int64_t channel_after;
    size_t log_index;
    int64_t log_channel;
    struct id log_author;
    int64_t log_branch;

    /* The page: a heap while it is gathered, then sorted. */
    struct id last_channel;
    struct newest *last;
    size_t last_count, last_room, last_next;
    struct newest last_cut; /* the nearest that was left out, when last_more */
    bool last_more;
    bool last_up; /* the page is after a place, so the oldest are nearest */

    struct noted_nick noted[NOTED_NICKS];

    /* Receipts that wait for a transaction. */
    struct pending_receipt *receipts;
    size_t receipt_count, receipt_room;

    /* Room for one run: its entries, and its bytes. */
    struct entry entries[LIMIT_RUN_ENTRIES];
    struct peek peeks[LIMIT_RUN_ENTRIES];
    uint8_t bytes[LIMIT_FRAME];
    struct arena arena;
};

/* ---- store.c ---- */

/* Monotonic. */
uint64_t store_now_us(void);
/* Prepares every statement that is not yet: the tables are there. */
bool store_prepare(struct store *store);
/* Begins a transaction when none is open. */
bool store_begin(struct store *store);
/* Notes that what is in the file cannot be true. */
void store_note_damage(struct store *store);
/* True when nothing failed so far. */
bool store_works(const struct store *store);

/* ---- statement.c ---- */

/* The prepared statement, fresh: nothing bound. */
sqlite3_stmt *store_statement(struct store *store, enum statement which);
/* True on a row. When there is no (more) row, or on a failure, which it notes as the trouble, the
 * statement is reset. */
bool store_row(struct store *store, sqlite3_stmt *statement);
/* Runs a statement that gives no row; false with the trouble noted when it failed. */
bool store_run(struct store *store, sqlite3_stmt *statement);
/* Runs SQL that is no prepared statement. */
bool store_execute(struct store *store, const char *sql);
/* Notes what a failed call to SQLite means. */
void store_note(struct store *store, int result);
/* The trouble as an error, ERROR_NONE when there is none. */
enum error_code store_report(const struct store *store, struct error *error);

/* Reading must not stop writing: what a read ran into is kept only when it is damage. */
enum error_code store_read_begins(struct store *store);
bool store_read_ends(struct store *store, enum error_code before, bool found);
/* A row that `logs` says is held is not there. Between a failed append and its rollback, and when
 * the disk could not be read, that proves nothing. */
void store_missing(struct store *store, enum error_code before);

void bind_id(sqlite3_stmt *statement, int place, const struct id *id);
/* Binds what names a line, from the first parameter on: its channel, author, seq and id. */
void bind_entry_of(sqlite3_stmt *statement, int64_t channel, const struct id *author, uint64_t seq,
                   const struct id *id);
void bind_number(sqlite3_stmt *statement, int place, uint64_t number);
/* Copies a column of exactly size bytes; anything else is damage, and `to` is zeroed. */
void column_copy(struct store *store, sqlite3_stmt *statement, int column, void *to, size_t size);
/* Copies a text, with zeros behind it; "" where it has no room, which the caller looks at. */
void column_text(sqlite3_stmt *statement, int column, char *to, size_t room);
uint64_t column_number(sqlite3_stmt *statement, int column);

/* ---- logs.c ---- */

/* The channel's key, or 0. */
int64_t store_channel_key(struct store *store, const struct id *channel);
/* The same; it is added when there is none. */
int64_t store_channel_put(struct store *store, const struct id *channel,
                          const struct channel_name *name);
/* Its id and name by its key; false when there is none. */
bool store_channel_at(struct store *store, int64_t key, struct id *id, struct channel_name *name);
/* The branch with this key. */
bool store_log_at(struct store *store, int64_t key, struct kept_log *kept);
/* The branch's row into *kept; false when there is none, or on trouble. */
bool store_log_find(struct store *store, int64_t channel_key, const struct id *author,
                    uint32_t branch, struct kept_log *kept);
/* All branches of an author; returns how many. */
size_t store_branches(struct store *store, int64_t channel_key, const struct id *author,
                      struct kept_log kept[LIMIT_BRANCHES]);
/* Writes the row; a new one gets its key. */
bool store_log_put(struct store *store, struct kept_log *kept);
/* The row at which a statement that selects LOG_COLUMNS stands. */
void store_log_columns(struct store *store, sqlite3_stmt *statement, struct kept_log *kept);
/* Writes the receipts that wait, in the transaction that is open. */
void store_receipts_write(struct store *store);

/* ---- search.c ---- */

/* The entry, as it is with its body, is let go of (forgotten: so that no word of it is to stay in the
 * file); it was given its body. Only what was taken up is looked at. */
void search_drop(struct search *search, const struct kept_log *kept, const struct entry *entry,
                 bool forgotten);
void search_filled(struct search *search, const struct kept_log *kept, const struct entry *entry);
/* Ends what these began. */
void search_settle(struct search *search);

/* ---- append.c ---- */

/* Writes down what the run's FORGETs take back, its EDITs change and its REACTIONs are of, and the
 * nicks in it, and drops what is taken back where it is held; true when there was any. */
bool store_note_forgets(struct store *store, int64_t channel, const struct run *run,
                        const struct entry *lines);

/* Lets go of all that is held beside an entry: of what it says, but not of the entry. */
void store_let_go(struct store *store, const struct kept_log *kept, const struct entry *entry);

/* ---- edits.c ---- */

/* The entry as it is held in some branch, with its body in the arena, as it reads: the one with the id, or, where
 * `wanted` has a clock, with that. kept: the branch, unless NULL. */
bool entry_find(struct store *store, int64_t channel, const struct entry *wanted,
                struct arena *arena, struct entry *entry, struct kept_log *kept);
/* Writes down what an EDIT changes, and what an AGAIN stands for; true when that was taken back already, so that its
 * own body is to be dropped. Anything else is left alone. */
bool edits_note(struct store *store, int64_t channel, const struct entry *entry);
/* Writes down that what changes that line is taken back with it. */
void edits_forget(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                  const struct id *id);
/* What changes that line, the newest first: a statement, each row with edits_of(), to be reset. */
sqlite3_stmt *edits_begin(struct store *store, int64_t channel, const struct id *author,
                          uint64_t seq, const struct id *id);
bool edits_of(struct store *store, sqlite3_stmt *rows, uint64_t *seq, struct id *id);

/* True when its author took it back. */
bool store_is_forgotten(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                        const struct id *id);

/* ---- reactions.c ---- */

/* Writes down what a REACTION puts or takes away; anything else is left alone. */
void reactions_note(struct store *store, int64_t channel, const struct entry *entry);
/* The entry's body is let go of: what it put is not there any more. */
void reactions_drop(struct store *store, int64_t channel, const struct entry *entry);
/* The line is taken back, with all signs behind it. */
void reactions_forget(struct store *store, int64_t channel, const struct id *author, uint64_t seq,
                      const struct id *id);

/* ---- opened.c ---- */

/* Keeps what a sealed entry says; nothing where the line is not another. */
void opened_note(struct store *store, int64_t channel, const struct entry *entry,
                 const struct entry *line);
/* The entry as it reads, as store_read_sealed(). */
void opened_read(struct store *store, int64_t channel, struct entry *entry, struct arena *arena);
/* What the entries of that seq are when they are opened: true when none of them is a line. */
bool opened_is_no_line(struct store *store, int64_t channel, const struct id *author, uint64_t seq);
/* The entry's body is let go of. */
void opened_drop(struct store *store, int64_t channel, const struct entry *entry);
/* From here to the commit what is deleted is overwritten. */
void store_wipe(struct store *store);
/* ---- closed.c ---- */

/* Keeps why a sealed entry of a private channel is not opened; nothing of any other. */
void closed_note(struct store *store, int64_t channel, const struct entry *entry,
                 enum why_closed why);
void closed_drop(struct store *store, int64_t channel, const struct entry *entry);
/* True when some entry of that seq is not opened. */
bool closed_is(struct store *store, int64_t channel, const struct id *author, uint64_t seq);
/* ---- nicks.c ---- */

/* Writes down the nick that the entry was said under, where it has one. */
void nicks_note(struct store *store, int64_t channel, const struct entry *entry);
/* The same for all entries of a row, as they stand in it. */
void nicks_note_row(struct store *store, const struct kept_log *kept, const struct row *row);
/* What was written may have been taken back. */
void nicks_forget_noted(struct store *store);

/* ---- devices.c ---- */

/* Keeps what an entry of kind 7 says, if it holds; anything else is left alone. */
void devices_note(struct store *store, int64_t channel, const struct entry *entry);

/* ---- bodies.c ---- */

/* True when some body of the branch is missing. */
bool store_lacks_bodies(struct store *store, const struct kept_log *kept);
/* Puts bodies of the run into the rows of this branch that lack them; sets filled[] of those. */
void store_fill_branch(struct store *store, const struct kept_log *kept, const struct run *run,
                       const struct entry *lines, bool filled[LIMIT_RUN_ENTRIES]);

/* ---- rows.c ---- */

#define ROW_BODY_DROPPED ((uint32_t)1 << 31) /* in the size of a body */

/* The key of a row that ends at seq. */
int64_t row_key(int64_t log, uint64_t seq);
/* A statement over the rows of a log that end at from..to, up or down; step with row_step. */
sqlite3_stmt *rows_between(struct store *store, enum statement which, int64_t log, uint64_t from,
                           uint64_t to);
/* The next row; false at the end, on trouble, or when it cannot be true (damage). */
bool row_step(struct store *store, sqlite3_stmt *statement, struct row *row);
/* The row that has the entry with this seq; its statement is still open: row_done() after use. */
bool row_covering(struct store *store, int64_t log, uint64_t seq, struct row *row);
void row_done(struct store *store);
/* The same without its bytes and signature, of which nothing stays open. */
bool row_ends(struct store *store, int64_t log, uint64_t seq, struct row *row);
/* Makes the row's entries in store->entries, with bodies that point into the row. Their ids are
 * computed and must lead to the row's tip, or the file is damaged. below: the id under its first
 * entry where it is known, else NULL: it is looked up. */
bool row_decode(struct store *store, const struct row *row, const struct id *channel,
                const struct id *author, const struct id *below);
/* Finds each entry in the row's bytes, without ids, into store->peeks; false on damage. */
bool row_peek(struct store *store, const struct row *row);
/* Writes a row of these entries; prev stands in it when hangs. */
bool row_write(struct store *store, const struct kept_log *kept, const struct entry *entries,
               size_t count, const struct signature *signature, bool hangs);
/* Which of these entries, of one author, in order, were taken back; false when none was. */
bool entries_forgotten(struct store *store, int64_t channel, const struct entry *entries,
                       size_t count, bool forgotten[LIMIT_RUN_ENTRIES]);
/* The bytes that an entry takes in a row. */
size_t entry_row_bytes(const struct entry *entry);
/* Lets go of a body that may be let go of; false when there was none. */
bool entry_drop_body(struct entry *entry);

/* ---- migrate.c ---- */

/* Makes the tables of a file of version 1 those of this version, within a transaction. */
bool store_migrate_1(struct store *store);
/* Writes down what the entries that are held change and put, of which the file's version knew
 * nothing; the tables are there. */
bool store_migrate_notes(struct store *store);
