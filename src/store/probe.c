/* Probe: whether the disk takes writes again. It asks for some room, so that a disk with a page to
 * spare is not called writable for the moment that one entry takes; and it commits what is there
 * already, since the file itself may be what cannot be written. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/files.h"

#define STORE_PROBE_BYTES (256 * 1024)

/* Writes and syncs a file of STORE_PROBE_BYTES beside the store's; 0, or the OS error number. */
static int probe_room(const char *path)
{
    static const char block[4096] = {1};
    char beside[STORE_PATH_ROOM + 16];
    int os = 0;
    snprintf(beside, sizeof beside, "%s.probe", path);
    unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    for (size_t done = 0; os == 0 && done < STORE_PROBE_BYTES; done += sizeof block) {
        ssize_t put = write(fd, block, sizeof block);
        if (put != (ssize_t)sizeof block)
            os = put < 0 ? errno : ENOSPC;
    }
    if (os == 0 && fsync(fd) != 0)
        os = errno;
    close(fd);
    unlink(beside);
    return os;
}

enum error_code store_probe(struct store *store, struct error *error)
{
    char set_version[64];
    store_rollback(store);
    if (store->damaged)
        return store_report(store, error);
    int os = probe_room(store->path);
    if (os != 0)
        return file_failed(error, store->path, os);
    /* And a commit that changes nothing, since the file itself may be what cannot be written. */
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", SCHEMA_VERSION);
    switch (sqlite3_exec(store->db, set_version, NULL, NULL, NULL) & 0xff) {
    case SQLITE_OK: return ERROR_NONE;
    case SQLITE_FULL: return error_set(error, ERROR_DISK_FULL, store->path);
    case SQLITE_READONLY: return error_set(error, ERROR_READ_ONLY, store->path);
    default: return error_set(error, ERROR_STORE, store->path);
    }
}
