/* Store: opening, committing, and what to do when the disk or the file fails. append.c writes,
 * history.c reads, schema.h has the SQL.
 *
 *     channels  key, channel id, name
 *     logs      key, channel, author, and the log as core/log.h keeps it: whole up to seq, and
 *               one run above a hole
 *     entries   (log, seq) -> the header's fields, id, signature or nothing, body
 *
 * Keys are small integers, since rows keyed by 32-byte ids take twice the time. The heads stand in
 * `logs`, so that a start reads one row a log however long the logs are. A header is not stored as
 * its 168 bytes: channel and author are the log's, the version is 1, prev is the id of the row
 * below, the body's hash comes from the body. Nothing is indexed by clock: clocks rise along a log,
 * so the newest page is a merge of the ends of the logs, and an append pays for no second tree.
 *
 * 1. What store_commit said is durable: WAL with synchronous=FULL, an fsync a commit.
 * 2. A run is in the file whole or not at all. `logs` and `entries` change in one transaction.
 * 3. Rows 1 .. seq of a log are a chain of prev links, and so are above_from .. above_to. Nothing
 *    else of a log is in the file.
 * 4. What is read is given out only after its id was computed again from the row and found equal: a
 *    bit that rotted is found here, not by the peer who would have to blame us for it.
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
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"
#include "store/inside.h"

#define CACHE_KIB       "2048"
#define WAL_LIMIT_BYTES "8388608"
#define BUSY_MS         200
#define ASIDE_MAX       1000
#define PAGE_LEAST      512

#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)
#define NUMBER_TEXT_(number) #number

static const char *const schema_steps[] = SCHEMA_STEPS;
_Static_assert(sizeof schema_steps / sizeof schema_steps[0] == SCHEMA_VERSION,
               "one step leads to each version");

static const char *const statement_texts[STATEMENT_COUNT] = {
#define X(name, text) text,
    STATEMENTS(X)
#undef X
};

/* The error that a failed call is for a person. */
static enum error_code judge(sqlite3 *db, int result)
{
    switch (result & 0xff) {
    case SQLITE_FULL: return ERROR_DISK_FULL;
    case SQLITE_READONLY: return ERROR_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERROR_STORE_DAMAGED;
    case SQLITE_NOMEM: return ERROR_MEMORY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: break;
    default: return ERROR_STORE;
    }
    /* SQLite says I/O error for many things of which a person can mend some. */
    switch (file_error(sqlite3_system_errno(db))) {
    case ERROR_DISK_FULL: return ERROR_DISK_FULL;
    case ERROR_READ_ONLY: return ERROR_READ_ONLY;
    default: return ERROR_STORE;
    }
}

static void note(struct store *store, int result)
{
    enum error_code code = judge(store->db, result);
    if (code == ERROR_STORE_DAMAGED)
        store_note_damage(store);
    if (store->trouble != ERROR_NONE)
        return;
    store->trouble = code;
    snprintf(store->trouble_about, sizeof store->trouble_about, "%s", sqlite3_errmsg(store->db));
}

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

enum error_code store_report(const struct store *store, struct error *error)
{
    char about[sizeof error->about];
    if (store->damaged)
        return error_set(error, ERROR_STORE_DAMAGED, store->path);
    if (store->trouble == ERROR_NONE)
        return ERROR_NONE;
    if (store->trouble != ERROR_STORE)
        return error_set(error, store->trouble, store->path);
    snprintf(about, sizeof about, "%.120s: %s", store->path, store->trouble_about);
    return error_set(error, ERROR_STORE, about);
}

sqlite3_stmt *store_statement(struct store *store, enum statement which)
{
    sqlite3_stmt *statement = store->statements[which];
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return statement;
}

bool store_row(struct store *store, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE)
        note(store, sqlite3_extended_errcode(store->db));
    sqlite3_reset(statement);
    return false;
}

bool store_run(struct store *store, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW)
        note(store, sqlite3_extended_errcode(store->db));
    sqlite3_reset(statement);
    return result == SQLITE_DONE || result == SQLITE_ROW;
}

void bind_id(sqlite3_stmt *statement, int place, const struct id *id)
{
    sqlite3_bind_blob(statement, place, id->b, sizeof id->b, SQLITE_STATIC);
}

void bind_number(sqlite3_stmt *statement, int place, uint64_t number)
{
    sqlite3_bind_int64(statement, place, (sqlite3_int64)number);
}

void column_copy(struct store *store, sqlite3_stmt *statement, int column, void *to, size_t size)
{
    const void *at = sqlite3_column_blob(statement, column);
    memset(to, 0, size);
    if (at && (size_t)sqlite3_column_bytes(statement, column) == size)
        memcpy(to, at, size);
    else
        store_note_damage(store);
}

uint64_t column_number(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

/* ---- opening ---- */

static bool execute(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    note(store, sqlite3_extended_errcode(store->db));
    return false;
}

/* The number that a one-number query gives; -1 with the trouble noted when it gives none. */
static int64_t query(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        note(store, sqlite3_extended_errcode(store->db));
    else if (store_row(store, statement))
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Brings the tables to SCHEMA_VERSION from `version`. */
static bool migrate(struct store *store, int64_t version)
{
    if (version == SCHEMA_VERSION)
        return true;
    if (!execute(store, "BEGIN IMMEDIATE"))
        return false;
    for (int64_t step = version; step < SCHEMA_VERSION; step++)
        if (!execute(store, schema_steps[step]))
            return false;
    return execute(store, "PRAGMA application_id = " NUMBER_TEXT(SCHEMA_APPLICATION)) &&
           execute(store, "PRAGMA user_version = " NUMBER_TEXT(SCHEMA_VERSION)) &&
           execute(store, "COMMIT");
}

static bool prepare(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) == SQLITE_OK)
            continue;
        /* The texts are right, so a table that is not there is the file's fault. */
        if (sqlite3_errcode(store->db) == SQLITE_ERROR)
            store_note_damage(store);
        else
            note(store, sqlite3_extended_errcode(store->db));
        return false;
    }
    return true;
}

/* Reads a little of every tree, so that a file whose roots are torn is found out now. */
static bool roots_read(struct store *store)
{
    static const char *const probes[] = SCHEMA_PROBES;
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        if (!execute(store, probes[i]))
            return false;
    int64_t whole = query(store, SCHEMA_WHOLE);
    if (whole == 0)
        store_note_damage(store);
    return whole == 1;
}

static bool set_up(struct store *store)
{
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_extended_result_codes(store->db, 1);
    if (!execute(store, "PRAGMA locking_mode = EXCLUSIVE"))
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
    return execute(store, "PRAGMA journal_mode = WAL") &&
           execute(store, "PRAGMA synchronous = FULL") &&
           execute(store, "PRAGMA cache_size = -" CACHE_KIB) &&
           execute(store, "PRAGMA journal_size_limit = " WAL_LIMIT_BYTES) &&
           execute(store, "PRAGMA temp_store = MEMORY") && migrate(store, version) &&
           prepare(store) && roots_read(store) && !store->damaged;
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
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int result = sqlite3_open_v2(path, &store->db, flags, NULL);
    if (result != SQLITE_OK)
        note(store, result);
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

void store_close(struct store *store)
{
    if (!store)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    /* A damaged or newer file stays as it was found. */
    if (store->db && (store->damaged || store->trouble == ERROR_STORE_NEWER))
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(store->db);
    free(store->last);
    free(store);
}

/* ---- transactions ---- */

enum error_code store_commit(struct store *store, struct error *error)
{
    if (store->trouble == ERROR_NONE && !store->damaged && store_pending(store))
        store_run(store, store_statement(store, STATEMENT_COMMIT));
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
}

bool store_pending(const struct store *store)
{
    return sqlite3_get_autocommit(store->db) == 0;
}

bool store_damaged(const struct store *store)
{
    return store->damaged;
}
