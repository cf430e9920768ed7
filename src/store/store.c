/* Store: opening, committing, and what to do when the disk or the file fails. logs.c has channels
 * and branches, rows.c makes runs of rows, append.c writes, read.c answers the core and its peers,
 * statement.c runs statements, page.c has pages, retain.c lets go of old bodies, carry.c has channels of others, migrate.c reads older files, schema.h has the
 * SQL.
 *
 *     channels   key, channel id, name
 *     logs       key, (channel, author, branch), and the branch as struct log_load has it
 *     runs       log << 40 | last seq -> what a run's entries have in common, its signature, and the
 *                rest of all of them as they stand in an ENTRY frame
 *     forgotten  (channel, author, seq, id) of what its author took back
 *     edits      which entries change what such a one says (edits.c)
 *     reactions  which signs are behind it, and whose (reactions.c)
 *     opened     what sealed entries say (opened.c); direct, prekeys, cards, waiting: what else
 *                direct channels need (talks.c)
 *     nicks      who spoke under which nick, and when last (nicks.c)
 *     receipts   (channel, node) -> how much of this node's own it holds
 *     carried    what the core knows of channels that are kept for others (carry.c)
 *
 * A run is a row, since that is how entries come and go: under one signature. A million entries of
 * 66 bytes in runs of 128 take 0.4 to 0.5 s of CPU to store (one author; fifty: 0.7 to 0.9 s; 2.5
 * GHz Xeon, transactions of 4096 entries), 0.7 to 0.9 s to serve again with every id computed, 95
 * MB of file and 7 MB of memory; with a row an entry they took 3.5 s, 1.7 s and 149 MB. Where a
 * run has one entry, an append takes 9 us, as it did. Of the ways to lay out the table the rowid
 * with pages of 4 KiB was chosen (raw inserts of a million entries; of 200000 rows of one):
 *
 *     rowid          4 KiB  0.59 s  0.90 s      WITHOUT ROWID  4 KiB  0.96 s  1.10 s
 *                    8 KiB  0.56 s  0.74 s                     8 KiB  1.23 s  0.79 s
 *                   16 KiB  0.90 s  1.36 s                    16 KiB  1.26 s  1.37 s
 *
 * 8 KiB pages are a little faster in bulk, but a commit writes whole pages, and most commits are of
 * one line. `entries` is the last column, so that a search by seq or clock reads no overflow page.
 *
 * The heads stand in `logs`, so that a start reads one row a branch however long it is. prev is in a
 * row only where it is not the tip of the row below. Nothing is indexed by clock: clocks rise along
 * a branch, so pages are found by halving, and an append pays for no second tree.
 *
 * 1. What store_commit said is durable: WAL with synchronous=FULL, an fsync a commit.
 * 2. A run is in the file whole or not at all. `logs` and `runs` change in one transaction.
 * 3. The rows of a branch above base_seq up to seq are a chain of prev links, and so are those of
 *    above_from .. above_to. Nothing else of a branch is in the file. Every row ends at a signature.
 * 4. What is read is given out only after its ids were computed again from the row, up to its tip,
 *    and found equal: a bit that rotted is found here, not by the peer who would have to blame us
 *    for it.
 * 5. After a failure nothing is written until store_rollback; after damage, nothing until the file
 *    was moved aside. It is never deleted.
 *
 * The file is locked for this process alone (locking_mode=EXCLUSIVE). So the WAL's index is in
 * memory instead of a shared mapping: WAL then works in a home on NFS, and a full disk cannot end
 * the program by SIGBUS.
 *
 * Damage that is found while the file is in use leaves a mark beside it (PATH.damaged), since such
 * a file can still look sound to the next start, which reads only its first pages.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"
#include "store/inside.h"
#include "store/pages.h"

#define CACHE_KIB       "1536"
#define WAL_LIMIT_BYTES "8388608"
#define BUSY_MS         200
#define ASIDE_MAX       1000
#define PAGE_LEAST      512

#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)
#define NUMBER_TEXT_(number) #number

static const char *const statement_texts[STATEMENT_COUNT] = {
#define X(name, text) text,
    STATEMENTS(X)
#undef X
};

static void mark_path(const char *path, char out[STORE_PATH_ROOM + 16])
{
    snprintf(out, STORE_PATH_ROOM + 16, "%s.damaged", path);
}

void store_note_damage(struct store *store)
{
    char mark[STORE_PATH_ROOM + 16];
    if (store->damaged)
        return;
    store->damaged = true;
    mark_path(store->path, mark);
    int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

/* ---- opening ---- */

/* The number that a one-number query gives; -1 with the trouble noted when it gives none. */
static int64_t query(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        store_note(store, sqlite3_extended_errcode(store->db));
    else if (store_row(store, statement))
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* From then on what store_migrate_notes() looks for was noted as it came. */
#define NOTES_SINCE 9

/* Brings the tables to SCHEMA_VERSION from `version`. */
static bool migrate(struct store *store, int64_t version)
{
    static const char *const steps[SCHEMA_VERSION] = SCHEMA_STEPS;
    if (version == SCHEMA_VERSION)
        return true;
    if (!store_execute(store, "BEGIN IMMEDIATE"))
        return false;
    bool made = version == 0 ? store_execute(store, SCHEMA_CHANNELS SCHEMA_TABLES) &&
                                   store_execute(store, SCHEMA_MORE)
                : version == 1 ? store_migrate_1(store)
                               : true;
    for (int64_t step = version; version > 1 && made && step < SCHEMA_VERSION; step++)
        made = store_execute(store, steps[step]);
    return made && (version == 0 || version >= NOTES_SINCE || store_migrate_notes(store)) &&
           store_execute(store, "PRAGMA application_id = " NUMBER_TEXT(SCHEMA_APPLICATION)) &&
           store_execute(store, "PRAGMA user_version = " NUMBER_TEXT(SCHEMA_VERSION)) &&
           store_execute(store, "COMMIT");
}

bool store_prepare(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (store->statements[i] != NULL)
            continue;
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) == SQLITE_OK)
            continue;
        /* The texts are right, so a table that is not there is the file's fault. */
        if (sqlite3_errcode(store->db) == SQLITE_ERROR)
            store_note_damage(store);
        else
            store_note(store, sqlite3_extended_errcode(store->db));
        return false;
    }
    return true;
}

/* Reads a little of every tree, so that a file whose roots are torn is found out now. */
static bool roots_read(struct store *store)
{
    static const char *const probes[] = SCHEMA_PROBES;
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        if (!store_execute(store, probes[i]))
            return false;
    int64_t whole = query(store, SCHEMA_WHOLE);
    if (whole == 0)
        store_note_damage(store);
    store->forgotten_any = query(store, statement_texts[STATEMENT_FORGOTTEN_ANY]) == 1;
    store->edited_any = query(store, statement_texts[STATEMENT_EDITS_ANY]) == 1;
    store->reacted_any = query(store, statement_texts[STATEMENT_REACTIONS_ANY]) == 1;
    store->opened_any = query(store, statement_texts[STATEMENT_OPENED_ANY]) == 1;
    return whole == 1;
}

static bool set_up(struct store *store)
{
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_extended_result_codes(store->db, 1);
    if (!store_execute(store, "PRAGMA locking_mode = EXCLUSIVE"))
        return false;
    int64_t version = query(store, "PRAGMA user_version");
    int64_t tables = query(store, "SELECT count(*) FROM sqlite_schema");
    int64_t application = query(store, "PRAGMA application_id");
    if (version < 0 || tables < 0 || application < 0)
        return false;
    if (application != SCHEMA_APPLICATION && (tables > 0 || version != 0)) {
        store_note_damage(store); /* a database, but none of ours: it is put out of the way */
        return false;
    }
    if (version > SCHEMA_VERSION) {
        store->trouble = ERROR_STORE_NEWER;
        return false;
    }
    return store_execute(store, "PRAGMA journal_mode = WAL") &&
           store_execute(store, "PRAGMA synchronous = FULL") &&
           store_execute(store, "PRAGMA cache_size = -" CACHE_KIB) &&
           store_execute(store, "PRAGMA journal_size_limit = " WAL_LIMIT_BYTES) &&
           store_execute(store, "PRAGMA temp_store = MEMORY") && migrate(store, version) &&
           store_prepare(store) && roots_read(store) && !store->damaged;
}

/* The file is made here and not by SQLite: private, and with an errno that says what is wrong. A
 * few bytes, which SQLite would take for an empty file and write over, are *damaged. */
static bool touch(const char *path, bool *damaged, struct error *error)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        file_failed(error, path, errno);
        return false;
    }
    *damaged = fstat(fd, &status) == 0 && status.st_size > 0 && status.st_size < PAGE_LEAST;
    close(fd);
    return true;
}

static struct store *attempt(const char *path, bool *damaged, struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    snprintf(store->path, sizeof store->path, "%s", path);
    arena_init(&store->arena);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int result = sqlite3_open_v2(path, &store->db, flags, pages_vfs());
    if (result == SQLITE_OK)
        result = pages_prepare(store->db);
    if (result != SQLITE_OK)
        store_note(store, result);
    else if (set_up(store))
        return store;
    *damaged = store->damaged;
    if (store->trouble == ERROR_NONE && !store->damaged)
        store->trouble = ERROR_STORE;
    store_report(store, error);
    store_close(store);
    return NULL;
}

/* Moves the file and what belongs to it to PATH.damaged-N. */
static bool move_aside(const char *path, char *aside, size_t aside_room)
{
    static const char *const parts[] = {"-wal", "-shm", ""};
    char from[STORE_PATH_ROOM + 16], to[STORE_PATH_ROOM + 32], mark[STORE_PATH_ROOM + 16];
    int n = 1;
    for (; n < ASIDE_MAX; n++) {
        snprintf(to, sizeof to, "%s.damaged-%d", path, n);
        if (access(to, F_OK) != 0)
            break;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        snprintf(from, sizeof from, "%s%s", path, parts[i]);
        snprintf(to, sizeof to, "%s.damaged-%d%s", path, n, parts[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return false;
    }
    mark_path(path, mark);
    unlink(mark);
    snprintf(aside, aside_room, "%s", to);
    return true;
}

struct store *store_open(const char *path, char *aside, size_t aside_room, struct error *error)
{
    char mark[STORE_PATH_ROOM + 16];
    aside[0] = 0;
    if (strlen(path) >= STORE_PATH_ROOM) {
        error_set_os(error, ERROR_FILE, path, ENAMETOOLONG);
        return NULL;
    }
    mark_path(path, mark);
    bool damaged = access(mark, F_OK) == 0 && access(path, F_OK) == 0;
    if (!damaged) {
        if (!touch(path, &damaged, error))
            return NULL;
        struct store *store = damaged ? NULL : attempt(path, &damaged, error);
        if (store || !damaged)
            return store;
    }
    if (!move_aside(path, aside, aside_room)) {
        error_set(error, ERROR_STORE_DAMAGED, path);
        return NULL;
    }
    return touch(path, &damaged, error) ? attempt(path, &damaged, error) : NULL;
}

/* Nothing else is written at a close: what was not committed is gone. */
static void close_receipts(struct store *store)
{
    if (store->statements[STATEMENT_ROLLBACK] == NULL)
        return; /* it was never open */
    store_rollback(store);
    struct error ignored;
    if (store->receipt_count > 0 && !store->damaged && store_begin(store))
        store_commit(store, &ignored);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    close_receipts(store);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    /* A damaged or newer file stays as it was found. */
    if (store->db && (store->damaged || store->trouble == ERROR_STORE_NEWER))
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(store->db);
    arena_release(&store->arena);
    free(store->receipts);
    free(store->last);
    free(store);
}

uint64_t store_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- transactions ---- */

bool store_works(const struct store *store)
{
    return store->trouble == ERROR_NONE && !store->damaged;
}

bool store_begin(struct store *store)
{
    if (!store_works(store))
        return false;
    if (store_pending(store))
        return true;
    if (!store_run(store, store_statement(store, STATEMENT_BEGIN)))
        return false;
    store_receipts_write(store);
    return store_works(store);
}

enum error_code store_commit(struct store *store, struct error *error)
{
    if (store->search != NULL)
        search_settle(store->search);
    if (store_works(store) && store_pending(store))
        store_run(store, store_statement(store, STATEMENT_COMMIT));
    if (store->wipe && store_works(store) && !store_pending(store)) {
        store->wipe = false; /* the log has what was there before: it is cut to nothing */
        store_execute(store, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA secure_delete = OFF");
    }
    return store_report(store, error);
}

void store_rollback(struct store *store)
{
    /* SQLite may have rolled back by itself, so a failure here says nothing. */
    if (store_pending(store)) {
        sqlite3_stmt *statement = store_statement(store, STATEMENT_ROLLBACK);
        sqlite3_step(statement);
        sqlite3_reset(statement);
    }
    store->trouble = ERROR_NONE;
    store->channel_key = 0;
    store->appended.key = 0;
    nicks_forget_noted(store);
}

bool store_pending(const struct store *store)
{
    return sqlite3_get_autocommit(store->db) == 0;
}

bool store_damaged(const struct store *store)
{
    return store->damaged;
}
