/* Pages: a file system for SQLite (a VFS) that seals every page of a database and of its write-ahead log
 * under the key of the open vault. */
#pragma once

#include <sqlite3.h>

/* The VFS to open databases with: NULL, SQLite's own, as long as no vault is open. */
const char *pages_vfs(void);
/* To be called for every database right after it was opened: leaves room in its pages for nonce and tag,
 * and keeps what it would write to other files in memory. Nothing as long as no vault is open. Returns
 * SQLite's code. */
int pages_prepare(sqlite3 *db);
