/* Statements: they are run, and what a failure means is judged, noted as the trouble, and said in words that help. What is
 * bound to them and read from them is here, too. */
#include <stdio.h>
#include <string.h>

#include "store/files.h"
#include "store/inside.h"

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

void store_note(struct store *store, int result)
{
    enum error_code code = judge(store->db, result);
    if (code == ERROR_STORE_DAMAGED)
        store_note_damage(store);
    if (store->trouble != ERROR_NONE)
        return;
    store->trouble = code;
    snprintf(store->trouble_about, sizeof store->trouble_about, "%s", sqlite3_errmsg(store->db));
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
        store_note(store, sqlite3_extended_errcode(store->db));
    sqlite3_reset(statement);
    return false;
}

bool store_run(struct store *store, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW)
        store_note(store, sqlite3_extended_errcode(store->db));
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

void bind_entry_of(sqlite3_stmt *statement, int64_t channel, const struct id *author, uint64_t seq,
                   const struct id *id)
{
    sqlite3_bind_int64(statement, 1, channel);
    bind_id(statement, 2, author);
    bind_number(statement, 3, seq);
    bind_id(statement, 4, id);
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

void column_text(sqlite3_stmt *statement, int column, char *to, size_t room)
{
    size_t size = (size_t)sqlite3_column_bytes(statement, column);
    memset(to, 0, room);
    if (size < room && size > 0)
        memcpy(to, sqlite3_column_text(statement, column), size);
}

uint64_t column_number(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

bool store_execute(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    store_note(store, sqlite3_extended_errcode(store->db));
    return false;
}

enum error_code store_read_begins(struct store *store)
{
    enum error_code before = store->trouble;
    store->trouble = ERROR_NONE;
    return before;
}

bool store_read_ends(struct store *store, enum error_code before, bool found)
{
    store->trouble = before;
    return found && !store->damaged;
}

void store_missing(struct store *store, enum error_code before)
{
    if (before == ERROR_NONE && store->trouble == ERROR_NONE)
        store_note_damage(store);
}
