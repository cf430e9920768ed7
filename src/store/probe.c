/* Probe: whether the disk takes writes again. It writes what is there already, so nothing changes
 * but the log that SQLite writes ahead, and a full disk refuses that as it would an entry. */
#include "store/inside.h"

#include <stdio.h>

enum error_code store_probe(struct store *store, struct error *error)
{
    char set_version[64];
    store_rollback(store);
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", SCHEMA_VERSION);
    int result = sqlite3_exec(store->db, set_version, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        return ERROR_NONE;
    return error_set(error, result == SQLITE_FULL ? ERROR_DISK_FULL : ERROR_STORE, store->path);
}
