/* Schema: all SQL of the store, and its version. store.c says why the tables are as they are.
 *
 * A change of the tables is a new row at the end of SCHEMA_STEPS (row n leads from version n to
 * n + 1) and nothing else: a new file runs all of them, an old one those that it lacks, in one
 * transaction. Rows that were released are never edited. */
#pragma once

#define SCHEMA_APPLICATION 0x66696b61 /* "fika", in the header of the file */

#define SCHEMA_1                                                                \
    "CREATE TABLE channels("                                                    \
    " id INTEGER PRIMARY KEY,"                                                  \
    " channel BLOB NOT NULL UNIQUE,"                                            \
    " name TEXT NOT NULL);"                                                     \
    "CREATE TABLE logs("                                                        \
    " id INTEGER PRIMARY KEY,"                                                  \
    " channel INTEGER NOT NULL,"                                                \
    " author BLOB NOT NULL,"                                                    \
    " seq INTEGER NOT NULL," /* whole from 1 to here */                         \
    " tip BLOB NOT NULL,"                                                       \
    " lamport INTEGER NOT NULL,"                                                \
    " above_from INTEGER NOT NULL," /* the run above a hole; 0: none */         \
    " above_to INTEGER NOT NULL,"                                               \
    " above_prev BLOB NOT NULL,"                                                \
    " above_tip BLOB NOT NULL,"                                                 \
    " above_first INTEGER NOT NULL," /* the clocks at its two ends */           \
    " above_lamport INTEGER NOT NULL,"                                          \
    " UNIQUE(channel, author));"                                                \
    "CREATE TABLE entries("                                                     \
    " log INTEGER NOT NULL,"                                                    \
    " seq INTEGER NOT NULL,"                                                    \
    " kind INTEGER NOT NULL,"                                                   \
    " flags INTEGER NOT NULL,"                                                  \
    " lamport INTEGER NOT NULL,"                                                \
    " wall INTEGER NOT NULL,"                                                   \
    " process BLOB NOT NULL,"                                                   \
    " id BLOB NOT NULL,"                                                        \
    " prev BLOB,"      /* only where the row below was not held when it came */ \
    " signature BLOB," /* only where one was verified: at the end of a run */   \
    " body BLOB,"                                                               \
    " PRIMARY KEY(log, seq)) WITHOUT ROWID;"

#define SCHEMA_STEPS \
    {                \
        SCHEMA_1     \
    }
#define SCHEMA_VERSION 1

/* One row of every tree, from the root down. Each gives no row or one, and no failure. */
#define SCHEMA_PROBES                                                                         \
    {                                                                                         \
        "SELECT name FROM channels ORDER BY id LIMIT 1", /* each table ... */                 \
            "SELECT tip FROM logs ORDER BY id LIMIT 1",                                       \
            "SELECT body FROM entries ORDER BY log, seq LIMIT 1",                             \
            "SELECT body FROM entries ORDER BY log DESC, seq DESC LIMIT 1",                   \
            "SELECT channel FROM channels ORDER BY channel LIMIT 1", /* ... and each index */ \
            "SELECT author FROM logs ORDER BY channel, author LIMIT 1",                       \
    }

/* 1 when all tables have rows or none has: a lost page can look like an empty table. */
#define SCHEMA_WHOLE                                                                               \
    "SELECT (EXISTS(SELECT 1 FROM channels NOT INDEXED) + EXISTS(SELECT 1 FROM logs NOT INDEXED) " \
    "+ EXISTS(SELECT 1 FROM entries)) IN (0, 3)"

/* Every statement is prepared once, when the file is opened. */
#define STATEMENTS(X)                                                                             \
    X(STATEMENT_BEGIN, "BEGIN IMMEDIATE")                                                         \
    X(STATEMENT_COMMIT, "COMMIT")                                                                 \
    X(STATEMENT_ROLLBACK, "ROLLBACK")                                                             \
    X(STATEMENT_CHANNEL_FIND, "SELECT id FROM channels WHERE channel = ?1")                       \
    X(STATEMENT_CHANNEL_ADD, "INSERT INTO channels(channel, name) VALUES(?1, ?2)")                \
    X(STATEMENT_CHANNEL_NEXT, "SELECT id, channel, name FROM channels WHERE id > ?1 ORDER BY id " \
                              "LIMIT 1")                                                          \
    X(STATEMENT_CLOCK, "SELECT max(max(CASE WHEN lamport < ?2 THEN lamport ELSE 0 END,"           \
                       "           CASE WHEN above_lamport < ?2 THEN above_lamport ELSE 0 END)) " \
                       "FROM logs WHERE channel = ?1")                                            \
    X(STATEMENT_LOG_FIND, "SELECT id, author, seq, tip, lamport, above_from, above_to, "          \
                          "above_prev, above_tip, above_first, above_lamport FROM logs "          \
                          "WHERE channel = ?1 AND author = ?2")                                   \
    X(STATEMENT_LOG_NEXT, "SELECT id, author, seq, tip, lamport, above_from, above_to, "          \
                          "above_prev, above_tip, above_first, above_lamport FROM logs "          \
                          "WHERE channel = ?1 AND author > ?2 ORDER BY author LIMIT 1")           \
    X(STATEMENT_LOG_PUT, "INSERT INTO logs(id, channel, author, seq, tip, lamport, above_from, "  \
                         "above_to, above_prev, above_tip, above_first, above_lamport) "          \
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "             \
                         "ON CONFLICT(id) DO UPDATE SET seq = ?4, tip = ?5, lamport = ?6, "       \
                         "above_from = ?7, above_to = ?8, above_prev = ?9, above_tip = ?10, "     \
                         "above_first = ?11, above_lamport = ?12")                                \
    X(STATEMENT_ENTRY_ADD, "INSERT OR IGNORE INTO entries(log, seq, kind, flags, lamport, wall, " \
                           "process, id, prev, signature, body) "                                 \
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                \
    X(STATEMENT_ENTRY_SIGN, "UPDATE entries SET signature = ?4 "                                  \
                            "WHERE log = ?1 AND seq = ?2 AND id = ?3 AND signature IS NULL")      \
    X(STATEMENT_READ, "SELECT seq, kind, flags, lamport, wall, process, id, prev, signature, "    \
                      "body FROM entries WHERE log = ?1 AND seq >= ?2 AND seq <= ?3 "             \
                      "ORDER BY seq")                                                             \
    X(STATEMENT_NEWEST, "SELECT seq, kind, lamport FROM entries WHERE log = ?1 ORDER BY seq DESC")

enum statement {
#define X(name, text) name,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT
};
