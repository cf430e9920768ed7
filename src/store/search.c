/* Search: FTS5 without its own copy of the text. This is its file; takeup.c takes lines up, found.c finds
 * them.
 *
 *     marks   log key -> up to which seq it was taken up, and the id there
 *     places  place -> log key, seq
 *     lines   place -> the words of text and nick, and the channel's key as a word (FTS5)
 *
 * 1. A place is (wall clock in ms << 20 | the last 10 bits of seq | 10 of a hash of the log): so the newest come first
 *    by the index itself, those of one paste as well, dates are ranges of it, and a line can be found in it without a table.
 *    Of two lines in one place the second is left out.
 * 2. What is found is looked up in the history, and left out if it is not there, or not the same: so
 *    an index that is behind, or ahead after a crash, shows nothing wrong.
 * 3. A body that is let go of (store/append.c, retain.c) is taken out at once. FTS5 needs the text for
 *    that, once more, and only notes that it is gone: so after a FORGET all parts of the index are
 *    merged into one, a slice at a time, and of what was forgotten no word stays in the file.
 * 4. Whole parts of branches are taken up, from the mark on. What a branch loses (a split) its mark
 *    loses, too; what it gets below its mark (store_fill) is taken up there.
 * 5. What a line was changed to is taken up as the entry that says so, in a place of its own, by
 *    its own time, and finds the line (found.c); the line's words of before stay in, and find nothing.
 *    Which entry changed what need not be known for that, so it does not matter what came first.
 * 6. A slice is short, whatever is there: about 128 lines in a transaction, from one log after another,
 *    so that neighbours in time come together (places are written by the page), and then a step of as
 *    many pages in joining the parts that FTS5 has made.
 *
 * A million lines of 60 bytes take 20 s of slices and 150 MB, of their own words as people use them
 * (bench/found.c). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "store/pages.h"
#include "store/search_private.h"

#define SEARCH_VERSION 4

static const char *const TEXTS[SEARCH_STATEMENTS] = {
    [SEARCH_BEGIN] = "BEGIN",
    [SEARCH_COMMIT] = "COMMIT",
    [SEARCH_PLACE_ADD] = "INSERT OR IGNORE INTO places(place, log, seq) VALUES(?1, ?2, ?3)",
    [SEARCH_PLACE_DROP] = "DELETE FROM places WHERE place = ?1 AND log = ?2 AND seq = ?3",
    [SEARCH_LINE_ADD] = "INSERT INTO lines(rowid, text, nick, channel) VALUES(?1, ?2, ?3, ?4)",
    [SEARCH_LINE_DROP] = "INSERT INTO lines(lines, rowid, text, nick, channel) "
                         "VALUES('delete', ?1, ?2, ?3, ?4)",
    [SEARCH_MERGE] = "INSERT INTO lines(lines, rank) VALUES('merge', ?1)",
    [SEARCH_MARK] = "INSERT OR REPLACE INTO marks(log, seq, tip) VALUES(?1, ?2, ?3)",
    [SEARCH_MARKS] = "SELECT log, seq, tip FROM marks",
    [SEARCH_FIND] = "SELECT place, log, seq FROM places WHERE place IN (SELECT rowid FROM lines "
                    "WHERE lines MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 ORDER BY rowid DESC "
                    "LIMIT ?4) ORDER BY place DESC",
    [SEARCH_FIND_ANY] = "SELECT place, log, seq FROM places WHERE place >= ?2 AND place <= ?3 "
                        "ORDER BY place DESC LIMIT ?4",
};

#define SEARCH_TABLES                                                                       \
    "CREATE TABLE marks(log INTEGER PRIMARY KEY, seq INTEGER NOT NULL, tip BLOB NOT NULL);" \
    "CREATE TABLE places(place INTEGER PRIMARY KEY, log INTEGER NOT NULL, seq INTEGER NOT " \
    "NULL);"                                                                                \
    "CREATE VIRTUAL TABLE lines USING fts5(text, nick, channel, content='', columnsize=0, " \
    "tokenize='unicode61 remove_diacritics 2');"                                            \
    "INSERT INTO lines(lines, rank) VALUES('automerge', 0);"                                \
    "PRAGMA user_version = 4;"

static void note(struct search *search, int result)
{
    if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE)
        search->failed = true;
}

static bool execute(struct search *search, const char *sql)
{
    note(search, sqlite3_exec(search->db, sql, NULL, NULL, NULL));
    return !search->failed;
}

sqlite3_stmt *search_statement(struct search *search, enum search_statement which)
{
    sqlite3_reset(search->statements[which]);
    sqlite3_clear_bindings(search->statements[which]);
    return search->statements[which];
}

/* True on a row. */
bool search_step(struct search *search, sqlite3_stmt *which)
{
    int result = sqlite3_step(which);
    note(search, result);
    if (result != SQLITE_ROW)
        sqlite3_reset(which);
    return result == SQLITE_ROW;
}

static void close_file(struct search *search)
{
    for (int i = 0; i < SEARCH_STATEMENTS; i++) {
        sqlite3_finalize(search->statements[i]);
        search->statements[i] = NULL;
    }
    sqlite3_close(search->db);
    search->db = NULL;
    search->pending = false;
}

struct mark *search_mark(struct search *search, int64_t log)
{
    CHECK(log >= 0 && log < STORE_LOGS_MAX);
    if ((size_t)log >= search->mark_room) {
        size_t room = (size_t)log + 64;
        search->marks = realloc(search->marks, room * sizeof *search->marks);
        CHECK(search->marks != NULL);
        memset(search->marks + search->mark_room, 0,
               (room - search->mark_room) * sizeof *search->marks);
        search->mark_room = room;
    }
    return &search->marks[log];
}

static void read_marks(struct search *search)
{
    sqlite3_stmt *marks = search_statement(search, SEARCH_MARKS);
    while (search_step(search, marks)) {
        int64_t log = sqlite3_column_int64(marks, 0);
        if (log < 0 || log >= STORE_LOGS_MAX || sqlite3_column_bytes(marks, 2) != 32) {
            search->failed = true;
            break;
        }
        if (log == 0) {
            search->cleaning = sqlite3_column_int(marks, 1) != 0 ? -1 : 0;
            continue;
        }
        struct mark *mark = search_mark(search, log);
        mark->seq = (uint64_t)sqlite3_column_int64(marks, 1);
        memcpy(mark->tip.b, sqlite3_column_blob(marks, 2), sizeof mark->tip.b);
    }
    sqlite3_reset(marks);
}

static bool attempt(struct search *search)
{
    sqlite3_stmt *version = NULL;
    search->failed = false;
    free(search->marks);
    search->marks = NULL;
    search->mark_room = 0;
    search->log = 0;
    search->cleaning = 0;
    search->line_count = search->moved_count = 0;
    int fd = open(search->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* nobody else's to read */
    if (fd >= 0)
        close(fd);
    note(search, sqlite3_open_v2(search->path, &search->db,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                     SQLITE_OPEN_PRIVATECACHE,
                                 pages_vfs()));
    if (!search->failed)
        note(search, pages_prepare(search->db));
    if (search->failed ||
        !execute(search,
                 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                 "PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; PRAGMA cache_size = -500; "
                 "PRAGMA journal_size_limit = 4194304"))
        return false;
    note(search, sqlite3_prepare_v2(search->db, "PRAGMA user_version", -1, &version, NULL));
    int64_t is = !search->failed && sqlite3_step(version) == SQLITE_ROW
                     ? sqlite3_column_int64(version, 0)
                     : -1;
    sqlite3_finalize(version);
    if (is == 0)
        execute(search, "BEGIN; " SEARCH_TABLES " COMMIT");
    else if (is != SEARCH_VERSION)
        search->failed = true;
    for (int i = 0; i < SEARCH_STATEMENTS && !search->failed; i++)
        note(search, sqlite3_prepare_v3(search->db, TEXTS[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &search->statements[i], NULL));
    if (!search->failed)
        read_marks(search);
    return !search->failed;
}

/* Opens it, made anew if it is torn; false when that does not help. */
static bool open_file(struct search *search)
{
    static const char *const PARTS[] = {"", "-wal", "-shm"};
    char part[sizeof search->path + 8];
    if (attempt(search))
        return true;
    close_file(search);
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        snprintf(part, sizeof part, "%s%s", search->path, PARTS[i]);
        unlink(part);
    }
    if (attempt(search))
        return true;
    close_file(search);
    return false;
}

bool search_anew(struct search *search)
{
    close_file(search);
    return open_file(search);
}

struct search *search_open(const char *path, struct store *store, const struct id *network)
{
    struct search *search = calloc(1, sizeof *search);
    CHECK(search != NULL);
    snprintf(search->path, sizeof search->path, "%s", path);
    search->store = store;
    search->network = *network;
    arena_init(&search->arena);
    search->lines = malloc(GATHERED_MAX * sizeof *search->lines);
    CHECK(search->lines != NULL);
    if (!open_file(search)) {
        search_close(search);
        return NULL;
    }
    store->search = search;
    return search;
}

void search_settle(struct search *search)
{
    if (search->pending && search->db != NULL)
        search_step(search, search_statement(search, SEARCH_COMMIT));
    search->pending = false;
}

void search_close(struct search *search)
{
    if (search == NULL)
        return;
    search_settle(search);
    if (search->store->search == search)
        search->store->search = NULL;
    close_file(search);
    arena_release(&search->arena);
    free(search->marks);
    free(search->lines);
    free(search);
}

void search_progress(struct search *search, uint64_t *done, uint64_t *all)
{
    struct store *store = search->store;
    struct kept_log kept;
    enum error_code before = store_read_begins(store);
    *done = *all = 0;
    sqlite3_stmt *logs = store_statement(store, STATEMENT_LOGS_OWN);
    sqlite3_bind_int64(logs, 1, 0);
    while (store_row(store, logs)) {
        store_log_columns(store, logs, &kept);
        if (kept.load.rootless)
            continue;
        uint64_t mark = search_mark(search, kept.key)->seq;
        mark = mark > kept.load.base_seq ? mark : kept.load.base_seq;
        *all += kept.load.seq - kept.load.base_seq;
        *done += (mark < kept.load.seq ? mark : kept.load.seq) - kept.load.base_seq;
    }
    sqlite3_reset(logs);
    store_read_ends(store, before, true);
}
