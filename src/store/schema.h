/* Schema: all SQL of the store, and its version. store.c says why the tables are as they are.
 *
 * A new file gets the tables of SCHEMA_VERSION at once. An older one is brought there in one
 * transaction: its tables are put aside under other names, read by migrate.c, and dropped. */
#pragma once

#define SCHEMA_APPLICATION 0x66696b61 /* "fika", in the header of the file */
#define SCHEMA_VERSION     11

/* Before version 6. */
#define SCHEMA_CHANNELS              \
    "CREATE TABLE channels("         \
    " id INTEGER PRIMARY KEY,"       \
    " channel BLOB NOT NULL UNIQUE," \
    " name TEXT NOT NULL);"

/* Channels without a name are those that are only carried for others. */
#define SCHEMA_CARRIED                                                                            \
    "ALTER TABLE channels ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;" /* 1: it is to be swept */ \
    "CREATE TABLE carried("                                                                       \
    " channel BLOB PRIMARY KEY,"                                                                  \
    " network BLOB NOT NULL,"                                                                     \
    " asker BLOB NOT NULL,"                                                                       \
    " asked INTEGER NOT NULL,"                                                                    \
    " bytes INTEGER NOT NULL) WITHOUT ROWID;"

#define SCHEMA_MISSING "CREATE INDEX runs_missing ON runs(missing) WHERE missing = 1;"

#define SCHEMA_EDITS             \
    "CREATE TABLE edits("        \
    " channel INTEGER NOT NULL," \
    " author BLOB NOT NULL,"     \
    " seq INTEGER NOT NULL,"     \
    " id BLOB NOT NULL,"         \
    " by_seq INTEGER NOT NULL,"  \
    " by_id BLOB NOT NULL,"      \
    " PRIMARY KEY(channel, author, seq, id, by_seq, by_id)) WITHOUT ROWID;"

/* The signs behind a line, also those that were taken away again; who: whose they are. */
#define SCHEMA_REACTIONS         \
    "CREATE TABLE reactions("    \
    " channel INTEGER NOT NULL," \
    " author BLOB NOT NULL,"     \
    " seq INTEGER NOT NULL,"     \
    " id BLOB NOT NULL,"         \
    " who BLOB NOT NULL,"        \
    " sign BLOB NOT NULL,"       \
    " put INTEGER NOT NULL,"     \
    " by_seq INTEGER NOT NULL,"  \
    " by_id BLOB NOT NULL,"      \
    " PRIMARY KEY(channel, author, seq, id, who, sign)) WITHOUT ROWID;"

/* What sealed entries say; and what direct channels need beside them. A waiting line's channel is its id,
 * since it may not be in `channels` yet. */
#define SCHEMA_DIRECT                                        \
    "CREATE TABLE opened("                                   \
    " channel INTEGER NOT NULL,"                             \
    " author BLOB NOT NULL,"                                 \
    " seq INTEGER NOT NULL,"                                 \
    " id BLOB NOT NULL,"                                     \
    " kind INTEGER NOT NULL,"                                \
    " body BLOB NOT NULL,"                                   \
    " PRIMARY KEY(channel, author, seq, id)) WITHOUT ROWID;" \
    "CREATE TABLE direct("                                   \
    " network BLOB NOT NULL,"                                \
    " peer BLOB NOT NULL,"                                   \
    " channel BLOB NOT NULL,"                                \
    " name TEXT NOT NULL,"                                   \
    " shown INTEGER NOT NULL,"                               \
    " PRIMARY KEY(network, peer)) WITHOUT ROWID;"            \
    "CREATE TABLE prekeys("                                  \
    " network BLOB NOT NULL,"                                \
    " key BLOB NOT NULL,"                                    \
    " number INTEGER NOT NULL,"                              \
    " secret BLOB NOT NULL,"                                 \
    " replaced INTEGER NOT NULL,"                            \
    " PRIMARY KEY(network, key)) WITHOUT ROWID;"             \
    "CREATE TABLE cards("                                    \
    " network BLOB NOT NULL,"                                \
    " node BLOB NOT NULL,"                                   \
    " number INTEGER NOT NULL,"                              \
    " prekey BLOB NOT NULL,"                                 \
    " signature BLOB NOT NULL,"                              \
    " heard INTEGER NOT NULL,"                               \
    " PRIMARY KEY(network, node)) WITHOUT ROWID;"            \
    "CREATE INDEX cards_heard ON cards(network, heard);"     \
    "CREATE TABLE waiting("                                  \
    " id INTEGER PRIMARY KEY,"                               \
    " channel BLOB NOT NULL,"                                \
    " kind INTEGER NOT NULL,"                                \
    " body BLOB NOT NULL);"

/* What entries of kind 7 say, where their signatures hold; form: devices.c. */
#define SCHEMA_DEVICES           \
    "CREATE TABLE devices("      \
    " channel INTEGER NOT NULL," \
    " device BLOB NOT NULL,"     \
    " form INTEGER NOT NULL,"    \
    " number INTEGER NOT NULL,"  \
    " author BLOB NOT NULL,"     \
    " body BLOB NOT NULL,"       \
    " PRIMARY KEY(channel, device, form)) WITHOUT ROWID;"

/* Private channels: what they are; their acts, at hand; secrets of epochs; and lines that are not opened, and why (enum
 * closed). Channels are named by their ids, but for `closed`, which stands beside `opened`. */
#define SCHEMA_GROUPS                                        \
    "CREATE TABLE groups("                                   \
    " network BLOB NOT NULL,"                                \
    " channel BLOB NOT NULL,"                                \
    " founder BLOB NOT NULL,"                                \
    " nonce BLOB NOT NULL,"                                  \
    " called TEXT NOT NULL,"                                 \
    " name TEXT NOT NULL,"                                   \
    " state INTEGER NOT NULL,"                               \
    " inviter BLOB NOT NULL,"                                \
    " admit BLOB NOT NULL,"                                  \
    " wall INTEGER NOT NULL,"                                \
    " PRIMARY KEY(network, channel)) WITHOUT ROWID;"         \
    "CREATE TABLE acts("                                     \
    " channel BLOB NOT NULL,"                                \
    " id BLOB NOT NULL,"                                     \
    " entry BLOB NOT NULL,"                                  \
    " PRIMARY KEY(channel, id));"                            \
    "CREATE TABLE group_keys("                               \
    " channel BLOB NOT NULL,"                                \
    " epoch BLOB NOT NULL,"                                  \
    " secret BLOB NOT NULL,"                                 \
    " PRIMARY KEY(channel, epoch, secret)) WITHOUT ROWID;"   \
    "CREATE TABLE closed("                                   \
    " channel INTEGER NOT NULL,"                             \
    " author BLOB NOT NULL,"                                 \
    " seq INTEGER NOT NULL,"                                 \
    " id BLOB NOT NULL,"                                     \
    " epoch BLOB NOT NULL,"                                  \
    " why INTEGER NOT NULL,"                                 \
    " PRIMARY KEY(channel, author, seq, id)) WITHOUT ROWID;" \
    "CREATE INDEX closed_under ON closed(channel, epoch);"

/* Under which nicks an author spoke, in lower case; met: when last, on a clock that is not ahead of
 * ours; before: when last before the hour of that. */
#define SCHEMA_NICKS                                      \
    "CREATE TABLE nicks("                                 \
    " channel INTEGER NOT NULL,"                          \
    " nick BLOB NOT NULL,"                                \
    " author BLOB NOT NULL,"                              \
    " met INTEGER NOT NULL,"                              \
    " before INTEGER NOT NULL,"                           \
    " PRIMARY KEY(channel, nick, author)) WITHOUT ROWID;" \
    "CREATE INDEX nicks_of ON nicks(channel, author);"

/* In two, since a string has an end: SCHEMA_MORE is for a file that has SCHEMA_TABLES. */
#define SCHEMA_MORE SCHEMA_DEVICES SCHEMA_GROUPS
#define SCHEMA_TABLES                                                                          \
    "CREATE TABLE logs("                                                                       \
    " id INTEGER PRIMARY KEY," /* below 2^23 */                                                \
    " channel INTEGER NOT NULL,"                                                               \
    " author BLOB NOT NULL,"                                                                   \
    " branch INTEGER NOT NULL,"                                                                \
    " base_seq INTEGER NOT NULL," /* the entry below its first one; 0: none */                 \
    " base BLOB NOT NULL,"                                                                     \
    " rootless INTEGER NOT NULL,"                                                              \
    " liar INTEGER NOT NULL,"                                                                  \
    " nick TEXT NOT NULL,"                                                                     \
    " seq INTEGER NOT NULL," /* whole from above the base to here */                           \
    " tip BLOB NOT NULL,"                                                                      \
    " lamport INTEGER NOT NULL,"                                                               \
    " above_from INTEGER NOT NULL," /* the run above a hole; 0: none */                        \
    " above_to INTEGER NOT NULL,"                                                              \
    " above_prev BLOB NOT NULL,"                                                               \
    " above_tip BLOB NOT NULL,"                                                                \
    " above_first INTEGER NOT NULL," /* the clocks at its two ends */                          \
    " above_lamport INTEGER NOT NULL,"                                                         \
    " floor INTEGER NOT NULL,"      /* no entry up to here has a body that could be dropped */ \
    " floor_wall INTEGER NOT NULL," /* when the one above it was said; 0: not looked at */     \
    " UNIQUE(channel, author, branch));"                                                       \
    "CREATE TABLE runs("                                                                       \
    " id INTEGER PRIMARY KEY," /* log << 40 | seq of the last entry */                         \
    " first INTEGER NOT NULL,"                                                                 \
    " first_lamport INTEGER NOT NULL," /* the clocks of the first and the last entry */        \
    " clock INTEGER NOT NULL,"                                                                 \
    " process BLOB NOT NULL,"                                                                  \
    " missing INTEGER NOT NULL DEFAULT 0," /* 1: bodies are missing that were not let go of */ \
    " prev BLOB," /* NULL: the tip of the row that ends right below, or seq 1 */               \
    " tip BLOB NOT NULL,"                                                                      \
    " signature BLOB NOT NULL,"                                                                \
    " entries BLOB NOT NULL);" /* wire_write_entries() */                                      \
        SCHEMA_MISSING "CREATE TABLE forgotten("                                               \
    " channel INTEGER NOT NULL,"                                                               \
    " author BLOB NOT NULL,"                                                                   \
    " seq INTEGER NOT NULL,"                                                                   \
    " id BLOB NOT NULL,"                                                                       \
    " PRIMARY KEY(channel, author, seq, id)) WITHOUT ROWID;"                                   \
    "CREATE TABLE receipts("                                                                   \
    " channel INTEGER NOT NULL,"                                                               \
    " node BLOB NOT NULL,"                                                                     \
    " seq INTEGER NOT NULL,"                                                                   \
    " below INTEGER NOT NULL DEFAULT 0,"                                                       \
    " PRIMARY KEY(channel, node)) WITHOUT ROWID;" SCHEMA_EDITS SCHEMA_REACTIONS SCHEMA_NICKS   \
        SCHEMA_CARRIED SCHEMA_DIRECT

/* Version 1 had an entry a row, and one log an author. */
#define SCHEMA_1_ASIDE                   \
    "ALTER TABLE logs RENAME TO logs_1;" \
    "ALTER TABLE entries RENAME TO entries_1;"
#define SCHEMA_1_LOGS                                                       \
    "SELECT id, channel, author, seq, tip, lamport, above_from, above_to, " \
    "above_prev, above_tip, above_first, above_lamport FROM logs_1 ORDER BY id"
#define SCHEMA_1_ENTRIES                                                          \
    "SELECT seq, kind, flags, lamport, wall, process, id, prev, signature, body " \
    "FROM entries_1 WHERE log = ?1 AND seq >= ?2 ORDER BY seq"
#define SCHEMA_1_TAKEN "DELETE FROM entries_1 WHERE log = ?1 AND seq <= ?2"
#define SCHEMA_1_DROP    \
    "DROP TABLE logs_1;" \
    "DROP TABLE entries_1;"

/* What brings a file from each version to the next; from 0 and 1 there are ways of their own. */
#define SCHEMA_STEPS                                                                          \
    {                                                                                         \
        NULL, NULL,                                                                           \
            "ALTER TABLE runs ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;" SCHEMA_MISSING, \
            SCHEMA_EDITS, SCHEMA_REACTIONS, SCHEMA_NICKS, SCHEMA_CARRIED, SCHEMA_DIRECT,      \
            SCHEMA_DEVICES, SCHEMA_GROUPS,                                                    \
            "ALTER TABLE receipts ADD COLUMN below INTEGER NOT NULL DEFAULT 0;",              \
    }

/* One row of every tree, from the root down. Each gives no row or one, and no failure. */
#define SCHEMA_PROBES                                                                            \
    {                                                                                            \
        "SELECT name FROM channels ORDER BY id LIMIT 1", /* each table ... */                    \
            "SELECT tip FROM logs ORDER BY id LIMIT 1",                                          \
            "SELECT tip FROM runs ORDER BY id LIMIT 1",                                          \
            "SELECT tip FROM runs ORDER BY id DESC LIMIT 1", "SELECT id FROM forgotten LIMIT 1", \
            "SELECT seq FROM receipts LIMIT 1", "SELECT by_id FROM edits LIMIT 1",               \
            "SELECT by_id FROM reactions LIMIT 1", "SELECT met FROM nicks LIMIT 1",              \
            "SELECT asker FROM carried LIMIT 1", "SELECT id FROM opened LIMIT 1",                \
            "SELECT name FROM direct LIMIT 1", "SELECT number FROM prekeys LIMIT 1",             \
            "SELECT number FROM cards LIMIT 1", "SELECT kind FROM waiting LIMIT 1",              \
            "SELECT number FROM devices LIMIT 1", "SELECT state FROM groups LIMIT 1",            \
            "SELECT entry FROM acts LIMIT 1", "SELECT secret FROM group_keys LIMIT 1",           \
            "SELECT why FROM closed LIMIT 1",                                                    \
            "SELECT channel FROM channels ORDER BY channel LIMIT 1", /* ... and each index */    \
            "SELECT author FROM logs ORDER BY channel, author, branch LIMIT 1",                  \
            "SELECT id FROM runs INDEXED BY runs_missing WHERE missing = 1 LIMIT 1",             \
            "SELECT author FROM nicks INDEXED BY nicks_of ORDER BY channel, author LIMIT 1",     \
            "SELECT id FROM acts ORDER BY channel, id LIMIT 1",                                  \
            "SELECT seq FROM closed INDEXED BY closed_under ORDER BY channel, epoch LIMIT 1",    \
    }

/* 1 when all tables have rows or none has: a lost page can look like an empty table. */
#define SCHEMA_WHOLE                                                                               \
    "SELECT (EXISTS(SELECT 1 FROM channels NOT INDEXED) + EXISTS(SELECT 1 FROM logs NOT INDEXED) " \
    "+ EXISTS(SELECT 1 FROM runs)) IN (0, 3)"

#define LOG_COLUMNS                                                                 \
    "id, author, branch, base_seq, base, rootless, liar, nick, seq, tip, lamport, " \
    "above_from, above_to, above_prev, above_tip, above_first, above_lamport, "     \
    "floor, floor_wall, channel"
#define ROW_COLUMNS \
    "id, first, first_lamport, clock, process, prev, tip, signature, entries, missing"

/* Every statement is prepared once, when the file is opened. */
#define STATEMENTS(X)                                                                              \
    X(STATEMENT_BEGIN, "BEGIN IMMEDIATE")                                                          \
    X(STATEMENT_COMMIT, "COMMIT")                                                                  \
    X(STATEMENT_ROLLBACK, "ROLLBACK")                                                              \
    X(STATEMENT_CHANNEL_FIND, "SELECT id FROM channels WHERE channel = ?1")                        \
    X(STATEMENT_CHANNEL_AT, "SELECT channel, name FROM channels WHERE id = ?1")                    \
    X(STATEMENT_CHANNEL_ADD, "INSERT INTO channels(channel, name) VALUES(?1, ?2)")                 \
    X(STATEMENT_CHANNEL_NEXT, "SELECT id, channel, name FROM channels WHERE id > ?1 AND "          \
                              "name <> '' ORDER BY id LIMIT 1")                                    \
    X(STATEMENT_CHANNEL_NAME, "UPDATE channels SET name = ?2 WHERE channel = ?1")                  \
    X(STATEMENT_CHANNEL_GONE, "UPDATE channels SET gone = 1, channel = "                           \
                              "CAST(printf('gone%028d', id) AS BLOB) "                             \
                              "WHERE channel = ?1 AND name = ''")                                  \
    X(STATEMENT_CHANNEL_DROP, "DELETE FROM channels WHERE id = ?1")                                \
    X(STATEMENT_CARRIED_PUT, "INSERT OR REPLACE INTO carried VALUES(?1, ?2, ?3, ?4, ?5)")          \
    X(STATEMENT_CARRIED_BYTES, "UPDATE carried SET bytes = ?2 WHERE channel = ?1")                 \
    X(STATEMENT_CARRIED_DROP, "DELETE FROM carried WHERE channel = ?1")                            \
    X(STATEMENT_CARRIED_AT, "SELECT channel, network, asker, asked, bytes FROM carried "           \
                            "ORDER BY channel LIMIT 1 OFFSET ?1")                                  \
    X(STATEMENT_WHOLE, SCHEMA_WHOLE)                                                               \
    X(STATEMENT_SWEEP_CHANNEL, "SELECT id FROM channels WHERE gone = 1 LIMIT 1")                   \
    X(STATEMENT_SWEEP_LOG, "SELECT id FROM logs WHERE channel = ?1 LIMIT 1")                       \
    X(STATEMENT_SWEEP_RUNS, "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE "             \
                            "id >= ?1 AND id <= ?2 LIMIT ?3)")                                     \
    X(STATEMENT_SWEEP_EDITS,                                                                       \
      "DELETE FROM edits WHERE (channel, author, seq, id, by_seq, by_id) IN (SELECT channel, "     \
      "author, seq, id, by_seq, by_id FROM edits WHERE channel BETWEEN ?1 AND ?2 LIMIT ?3)")       \
    X(STATEMENT_SWEEP_REACTIONS,                                                                   \
      "DELETE FROM reactions WHERE (channel, author, seq, id, who, sign) IN (SELECT channel, "     \
      "author, seq, id, who, sign FROM reactions WHERE channel BETWEEN ?1 AND ?2 LIMIT ?3)")       \
    X(STATEMENT_SWEEP_FORGOTTEN,                                                                   \
      "DELETE FROM forgotten WHERE (channel, author, seq, id) IN (SELECT channel, author, seq, "   \
      "id FROM forgotten WHERE channel BETWEEN ?1 AND ?2 LIMIT ?3)")                               \
    X(STATEMENT_SWEEP_NICKS,                                                                       \
      "DELETE FROM nicks WHERE (channel, nick, author) IN (SELECT channel, nick, author FROM "     \
      "nicks WHERE channel BETWEEN ?1 AND ?2 LIMIT ?3)")                                           \
    X(STATEMENT_SWEEP_RECEIPTS,                                                                    \
      "DELETE FROM receipts WHERE (channel, node) IN (SELECT channel, node FROM receipts WHERE "   \
      "channel BETWEEN ?1 AND ?2 LIMIT ?3)")                                                       \
    X(STATEMENT_SWEEP_DEVICES,                                                                     \
      "DELETE FROM devices WHERE (channel, device, form) IN (SELECT channel, device, form FROM "   \
      "devices WHERE channel BETWEEN ?1 AND ?2 LIMIT ?3)")                                         \
    X(STATEMENT_DEVICE_NUMBER, "SELECT number, body FROM devices WHERE channel = ?1 AND device = " \
                               "?2 AND form = ?3")                                                 \
    X(STATEMENT_DEVICE_PUT,                                                                        \
      "INSERT INTO devices VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET "              \
      "number = ?4, author = ?5, body = ?6")                                                       \
    X(STATEMENT_DEVICES_REVOKED, "SELECT count(*) FROM devices WHERE channel = ?1 AND form > 1")   \
    X(STATEMENT_REVOKED_MET, "SELECT count(*) FROM logs WHERE channel = ?1 AND author = ?2")       \
    X(STATEMENT_REVOKED_LEAST,                                                                     \
      "SELECT device, form, number FROM devices d WHERE channel = ?1 AND form > 1 AND NOT EXISTS " \
      "(SELECT 1 FROM logs l WHERE l.channel = ?1 AND l.author = d.device) ORDER BY number, body " \
      "LIMIT 1")                                                                                   \
    X(STATEMENT_REVOKED_DROP,                                                                      \
      "DELETE FROM devices WHERE channel = ?1 AND device = ?2 AND form = ?3")                      \
    X(STATEMENT_DEVICES, "SELECT c.channel, d.author, d.body FROM devices d JOIN channels c "      \
                         "ON c.id = d.channel WHERE c.gone = 0")                                   \
    X(STATEMENT_LOG_DROP, "DELETE FROM logs WHERE id = ?1")                                        \
    X(STATEMENT_CLOCK, "SELECT max(max(CASE WHEN lamport < ?2 THEN lamport ELSE 0 END,"            \
                       "           CASE WHEN above_lamport < ?2 THEN above_lamport ELSE 0 END)) "  \
                       "FROM logs WHERE channel = ?1")                                             \
    X(STATEMENT_BRANCHES, "SELECT " LOG_COLUMNS " FROM logs WHERE channel = ?1 AND author = ?2 "   \
                          "ORDER BY branch")                                                       \
    X(STATEMENT_LOG_FIND, "SELECT " LOG_COLUMNS " FROM logs WHERE channel = ?1 AND author = ?2 "   \
                          "AND branch = ?3")                                                       \
    X(STATEMENT_LOG_AT, "SELECT " LOG_COLUMNS " FROM logs WHERE id = ?1")                          \
    X(STATEMENT_LOG_NEXT, "SELECT " LOG_COLUMNS " FROM logs WHERE channel = ?1 AND "               \
                          "(author, branch) > (?2, ?3) ORDER BY author, branch LIMIT 1")           \
    X(STATEMENT_LOGS, "SELECT " LOG_COLUMNS " FROM logs WHERE channel = ?1 "                       \
                      "ORDER BY author, branch")                                                   \
    X(STATEMENT_LOGS_ALL, "SELECT " LOG_COLUMNS " FROM logs NOT INDEXED WHERE id > ?1 AND "        \
                          "channel NOT IN (SELECT id FROM channels WHERE gone = 1) ORDER BY id")   \
    X(STATEMENT_LOGS_OWN, "SELECT " LOG_COLUMNS " FROM logs NOT INDEXED WHERE id > ?1 AND "        \
                          "channel IN (SELECT id FROM channels WHERE name <> '') ORDER BY id")     \
    X(STATEMENT_LOG_PUT,                                                                           \
      "INSERT INTO logs(" LOG_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "    \
      "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)")                                              \
    X(STATEMENT_LOG_SET,                                                                           \
      "UPDATE logs SET base_seq = ?4, base = ?5, rootless = ?6, liar = ?7, nick = ?8, seq = ?9, "  \
      "tip = ?10, lamport = ?11, above_from = ?12, above_to = ?13, above_prev = ?14, "             \
      "above_tip = ?15, above_first = ?16, above_lamport = ?17, floor = ?18, floor_wall = ?19 "    \
      "WHERE id = ?1")                                                                             \
    X(STATEMENT_ROWS_UP, "SELECT " ROW_COLUMNS " FROM runs WHERE id >= ?1 AND id <= ?2 "           \
                         "ORDER BY id")                                                            \
    X(STATEMENT_ROWS_DOWN, "SELECT " ROW_COLUMNS " FROM runs WHERE id >= ?1 AND id <= ?2 "         \
                           "ORDER BY id DESC")                                                     \
    X(STATEMENT_ROW_ENDS, "SELECT id, first, first_lamport, clock, tip FROM runs "                 \
                          "WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1")                       \
    X(STATEMENT_ROW_TIP, "SELECT tip FROM runs WHERE id = ?1")                                     \
    X(STATEMENT_ROW_ADD, "INSERT OR REPLACE INTO runs(" ROW_COLUMNS ") "                           \
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                        \
    X(STATEMENT_MISSING, "SELECT id FROM runs INDEXED BY runs_missing WHERE missing = 1 AND "      \
                         "id >= ?1 AND id <= ?2 ORDER BY id")                                      \
    X(STATEMENT_ROWS_DROP, "DELETE FROM runs WHERE id >= ?1 AND id <= ?2")                         \
    X(STATEMENT_ROWS_MOVE, "UPDATE runs SET id = id + ?3 WHERE id >= ?1 AND id <= ?2")             \
    X(STATEMENT_ROW_HANG, "UPDATE runs SET prev = ?2 WHERE id = (SELECT min(id) FROM runs "        \
                          "WHERE id >= ?1 AND id <= ?3)")                                          \
    X(STATEMENT_FORGOTTEN_ANY, "SELECT EXISTS(SELECT 1 FROM forgotten)")                           \
    X(STATEMENT_FORGOTTEN, "SELECT seq, id FROM forgotten WHERE channel = ?1 AND author = ?2 "     \
                           "AND seq >= ?3 AND seq <= ?4")                                          \
    X(STATEMENT_FORGOTTEN_ADD, "INSERT OR IGNORE INTO forgotten VALUES(?1, ?2, ?3, ?4)")           \
    X(STATEMENT_FORGOTTEN_IS, "SELECT 1 FROM forgotten WHERE channel = ?1 AND author = ?2 AND "    \
                              "seq = ?3 AND id = ?4")                                              \
    X(STATEMENT_EDITS_ANY, "SELECT EXISTS(SELECT 1 FROM edits)")                                   \
    X(STATEMENT_EDITS, "SELECT by_seq, by_id FROM edits WHERE channel = ?1 AND author = ?2 AND "   \
                       "seq = ?3 AND id = ?4 ORDER BY by_seq DESC, by_id DESC")                    \
    X(STATEMENT_EDITS_ADD, "INSERT OR IGNORE INTO edits VALUES(?1, ?2, ?3, ?4, ?5, ?6)")           \
    X(STATEMENT_EDITS_FORGET,                                                                      \
      "INSERT OR IGNORE INTO forgotten SELECT channel, author, by_seq, by_id FROM edits "          \
      "WHERE channel = ?1 AND author = ?2 AND seq = ?3 AND id = ?4")                               \
    X(STATEMENT_REACTIONS_ANY, "SELECT EXISTS(SELECT 1 FROM reactions)")                           \
    X(STATEMENT_REACTIONS_ADD,                                                                     \
      "INSERT INTO reactions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE "    \
      "SET "                                                                                       \
      "put = ?7, by_seq = ?8, by_id = ?9 WHERE (by_seq, by_id) < (?8, ?9)")                        \
    X(STATEMENT_REACTIONS_BEYOND, "SELECT sign, by_id FROM reactions WHERE channel = ?1 AND "      \
                                  "author = ?2 AND seq = ?3 AND id = ?4 AND "                      \
                                  "who = ?5 ORDER BY by_seq DESC, by_id DESC LIMIT 1 OFFSET ?6")   \
    X(STATEMENT_REACTIONS_DROP,                                                                    \
      "DELETE FROM reactions WHERE channel = ?1 AND author = ?2 AND seq = ?3 AND id = ?4 AND "     \
      "who = ?5 AND sign = ?6 AND by_id = ?7")                                                     \
    X(STATEMENT_REACTIONS_FORGET, "DELETE FROM reactions WHERE channel = ?1 AND author = ?2 AND "  \
                                  "seq = ?3 AND id = ?4")                                          \
    X(STATEMENT_REACTIONS_OF,                                                                      \
      "SELECT sign, count(*), max(who = ?5) FROM (SELECT who, sign FROM reactions WHERE "          \
      "channel = ?1 AND author = ?2 AND seq = ?3 AND id = ?4 AND put = 1 LIMIT ?6) "               \
      "GROUP BY sign ORDER BY count(*) DESC, max(who = ?5) DESC, sign LIMIT ?7")                   \
    X(STATEMENT_REACTION_IS, "SELECT put, by_id FROM reactions WHERE channel = ?1 AND "            \
                             "author = ?2 AND seq = ?3 AND id = ?4 AND who = ?5 AND sign = ?6")    \
    X(STATEMENT_OPENED_ANY, "SELECT EXISTS(SELECT 1 FROM opened) OR EXISTS(SELECT 1 FROM closed)") \
    X(STATEMENT_OPENED_ADD, "INSERT OR REPLACE INTO opened VALUES(?1, ?2, ?3, ?4, ?5, ?6)")        \
    X(STATEMENT_OPENED, "SELECT kind, body FROM opened WHERE channel = ?1 AND author = ?2 AND "    \
                        "seq = ?3 AND id = ?4")                                                    \
    X(STATEMENT_OPENED_KIND, "SELECT count(*), sum(kind <= 2) FROM opened WHERE channel = ?1 "     \
                             "AND author = ?2 AND seq = ?3")                                       \
    X(STATEMENT_OPENED_READ, "SELECT body FROM opened WHERE channel = ?1 AND author = ?2 AND "     \
                             "kind = 18 ORDER BY seq DESC LIMIT 1")                                \
    X(STATEMENT_OPENED_DROP, "DELETE FROM opened WHERE channel = ?1 AND author = ?2 AND "          \
                             "seq = ?3 AND id = ?4")                                               \
    X(STATEMENT_DIRECT_PUT, "INSERT OR REPLACE INTO direct VALUES(?1, ?2, ?3, ?4, ?5)")            \
    X(STATEMENT_DIRECT_AT, "SELECT peer, channel, name, shown FROM direct WHERE network = ?1 "     \
                           "ORDER BY peer LIMIT 1 OFFSET ?2")                                      \
    X(STATEMENT_DIRECT_NAMED, "SELECT channel FROM direct WHERE network = ?1 AND name = ?2")       \
    X(STATEMENT_PREKEY_PUT, "INSERT OR REPLACE INTO prekeys VALUES(?1, ?2, ?3, ?4, ?5)")           \
    X(STATEMENT_PREKEY_DROP, "DELETE FROM prekeys WHERE network = ?1 AND key = ?2")                \
    X(STATEMENT_PREKEY_AT, "SELECT number, secret, replaced FROM prekeys WHERE network = ?1 "      \
                           "ORDER BY key LIMIT 1 OFFSET ?2")                                       \
    X(STATEMENT_CARD_PUT, "INSERT OR REPLACE INTO cards VALUES(?1, ?2, ?3, ?4, ?5, ?6)")           \
    X(STATEMENT_CARD, "SELECT number, prekey, signature FROM cards WHERE network = ?1 AND "        \
                      "node = ?2")                                                                 \
    X(STATEMENT_CARD_NODES, "SELECT node FROM cards WHERE network = ?1 ORDER BY heard DESC")       \
    X(STATEMENT_CARDS_BOUND, "DELETE FROM cards WHERE network = ?1 AND node = (SELECT node FROM "  \
                             "cards WHERE network = ?1 ORDER BY heard DESC LIMIT 1 OFFSET ?2)")    \
    X(STATEMENT_WAITING_PUT, "INSERT INTO waiting(channel, kind, body) VALUES(?1, ?2, ?3)")        \
    X(STATEMENT_WAITING_DROP, "DELETE FROM waiting WHERE channel = ?1")                            \
    X(STATEMENT_WAITING_AT, "SELECT kind, body FROM waiting WHERE channel = ?1 ORDER BY id "       \
                            "LIMIT 1 OFFSET ?2")                                                   \
    X(STATEMENT_GROUP_PUT,                                                                         \
      "INSERT OR REPLACE INTO groups VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")             \
    X(STATEMENT_GROUP_AT,                                                                          \
      "SELECT channel, founder, nonce, called, name, state, inviter, admit, "                      \
      "wall FROM groups WHERE network = ?1 ORDER BY channel LIMIT 1 OFFSET ?2")                    \
    X(STATEMENT_GROUP_NAMED, "SELECT channel FROM groups WHERE network = ?1 AND name = ?2 AND "    \
                             "state <> ?3")                                                        \
    X(STATEMENT_GROUP_DROP, "DELETE FROM groups WHERE network = ?1 AND channel = ?2")              \
    X(STATEMENT_ACT_PUT, "INSERT OR IGNORE INTO acts VALUES(?1, ?2, ?3)")                          \
    X(STATEMENT_ACT_NEXT, "SELECT id, entry FROM acts WHERE channel = ?1 AND id > ?2 "             \
                          "ORDER BY id LIMIT 1")                                                   \
    X(STATEMENT_KEY_PUT, "INSERT OR IGNORE INTO group_keys VALUES(?1, ?2, ?3)")                    \
    X(STATEMENT_KEY_AT, "SELECT epoch, secret FROM group_keys WHERE channel = ?1 "                 \
                        "ORDER BY epoch, secret LIMIT 1 OFFSET ?2")                                \
    X(STATEMENT_KEYS_DROP, "DELETE FROM group_keys WHERE channel = ?1")                            \
    X(STATEMENT_CLOSED_PUT, "INSERT OR REPLACE INTO closed VALUES(?1, ?2, ?3, ?4, ?5, ?6)")        \
    X(STATEMENT_CLOSED_DROP, "DELETE FROM closed WHERE channel = ?1 AND author = ?2 AND "          \
                             "seq = ?3 AND id = ?4")                                               \
    X(STATEMENT_CLOSED, "SELECT why FROM closed WHERE channel = ?1 AND author = ?2 AND "           \
                        "seq = ?3 AND id = ?4")                                                    \
    X(STATEMENT_CLOSED_IS, "SELECT 1 FROM closed WHERE channel = ?1 AND author = ?2 AND "          \
                           "seq = ?3 LIMIT 1")                                                     \
    X(STATEMENT_CLOSED_COUNT, "SELECT count(*) FROM closed WHERE channel = ?1 AND why = ?2")       \
    X(STATEMENT_CLOSED_NEXT,                                                                       \
      "SELECT author, seq, id FROM closed WHERE channel = ?1 AND why <> ?2 AND epoch = ?3 AND "    \
      "(author, seq, id) > (?4, ?5, ?6) ORDER BY author, seq, id LIMIT 1")                         \
    X(STATEMENT_NICK_MET, "SELECT met, before FROM nicks WHERE channel = ?1 AND nick = ?2 AND "    \
                          "author = ?3")                                                           \
    X(STATEMENT_NICK_PUT, "INSERT OR REPLACE INTO nicks VALUES(?1, ?2, ?3, ?4, ?5)")               \
    X(STATEMENT_NICKS_BEYOND,                                                                      \
      "DELETE FROM nicks WHERE channel = ?1 AND author = ?2 AND nick IN (SELECT nick FROM nicks "  \
      "WHERE channel = ?1 AND author = ?2 ORDER BY met DESC LIMIT -1 OFFSET ?3)")                  \
    X(STATEMENT_NICK_OTHER, "SELECT author, met FROM nicks WHERE channel = ?1 AND nick = ?2 AND "  \
                            "author <> ?3 ORDER BY met DESC LIMIT 1 OFFSET ?4")                    \
    X(STATEMENT_RECEIPT_PUT, "INSERT INTO receipts(channel, node, seq, below) VALUES(?1, ?2, "     \
                             "?3, ?4) ON CONFLICT DO UPDATE SET seq = max(seq, ?3), below = ?4")   \
    X(STATEMENT_RECEIPT_AT, "SELECT node, seq, below FROM receipts WHERE channel = ?1 "            \
                            "ORDER BY node LIMIT 1 OFFSET ?2")                                     \
    X(STATEMENT_SIZE, "SELECT (p.page_count - f.freelist_count) * s.page_size FROM "               \
                      "pragma_page_count p, pragma_freelist_count f, pragma_page_size s")

enum statement {
#define X(name, text) name,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT
};
