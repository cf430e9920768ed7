/* Files: small private files (identity, settings, network secrets).
 *
 * They are read with read(2) into the caller's buffer alone, never through stdio, so that a secret
 * leaves no copy in a buffer that nobody wipes. A replaced file is written under another name,
 * synced and renamed, so that a crash or a full disk leaves the old one whole. In a profile that has a
 * passphrase all of them are sealed (sealed.c) and what is not is refused. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "store/sealed.h"
#include "store/vault.h"

#define PATH_ROOM 1024

enum error_code file_error(int os)
{
    switch (os) {
    case ENOSPC:
    case EDQUOT: return ERROR_DISK_FULL;
    case EROFS:
    case EACCES:
    case EPERM: return ERROR_READ_ONLY;
    default: return ERROR_FILE;
    }
}

enum error_code file_failed(struct error *error, const char *path, int os)
{
    enum error_code code = file_error(os);
    if (code == ERROR_FILE)
        return error_set_os(error, code, path, os);
    return error_set(error, code, path);
}

/* Reads until the size is there or the file ends; returns how much, or -1. */
static ssize_t read_whole(int fd, void *out, size_t size)
{
    size_t there = 0;
    while (there < size) {
        ssize_t got = read(fd, (char *)out + there, size - there);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        there += (size_t)got;
    }
    return (ssize_t)there;
}

/* The records of a sealed file, as many as there is room for, up to one that is torn. False when that is
 * the first. */
static bool read_sealed(int fd, char *out, size_t room, const char *name, size_t *size)
{
    unsigned char head[SEALED_HEAD];
    bool good = true;
    *size = 0;
    while (good) {
        ssize_t got = read_whole(fd, head, sizeof head);
        if (got != (ssize_t)sizeof head)
            break; /* the end, or half a record after a crash */
        size_t text = sealed_size(head), all = text + SEALED_OVER - SEALED_HEAD;
        good = text <= SEALED_RECORD_MAX;
        if (!good)
            break;
        if (text > room - 1 - *size)
            break;
        unsigned char *sealed = malloc(all);
        CHECK(sealed != NULL);
        got = read_whole(fd, sealed, all);
        if (got == (ssize_t)all)
            good = sealed_open(out + *size, head, sealed, name);
        free(sealed);
        if (got != (ssize_t)all)
            break;
        *size += good ? text : 0;
    }
    return good || *size > 0;
}

enum error_code file_read(const char *path, char *out, size_t room, bool *found,
                          struct error *error)
{
    char mark[SEALED_MARK_BYTES];
    const char *name;
    out[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? ERROR_NONE : error_set_os(error, ERROR_FILE, path, errno);
    enum error_code code = ERROR_NONE;
    ssize_t got = read_whole(fd, mark, sizeof mark);
    size_t size = got > 0 ? (size_t)got : 0;
    bool sealed = size == sizeof mark && memcmp(mark, SEALED_MARK, sizeof mark) == 0;
    bool covered = vault_covers(path, &name);
    if (sealed && covered) {
        if (!read_sealed(fd, out, room, name, &size))
            code = error_set(error, ERROR_SEALED, path);
    } else if (sealed != covered) {
        /* In clear where all is sealed: who can write the disk has put it there. */
        code = error_set(error, ERROR_SEALED, path);
    } else if (got >= 0) {
        size = size < room ? size : room - 1;
        memcpy(out, mark, size);
        got = read_whole(fd, out + size, room - 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        code = error_set_os(error, ERROR_FILE, path, errno);
    out[code == ERROR_NONE ? size : 0] = 0;
    sodium_memzero(mark, sizeof mark);
    close(fd);
    return code;
}

static bool write_whole(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, text, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        text += put;
        size -= (size_t)put;
    }
    return true;
}

/* After a rename the new name itself is on disk only when its directory is. */
static void directory_sync(const char *path)
{
    char directory[PATH_ROOM];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory ? 1 : 0] = 0;
    else
        snprintf(directory, sizeof directory, ".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd); /* some file systems refuse it; there is nothing else to do then */
    close(fd);
}

static enum error_code put_in_place(const char *path, const char *text, size_t size, bool synced,
                                    struct error *error)
{
    char beside[PATH_ROOM];
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return error_set_os(error, ERROR_FILE, path, ENAMETOOLONG);
    unlink(beside); /* of a crash; and what is there may be a link to elsewhere */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failed(error, path, errno);
    int os = write_whole(fd, text, size) && (!synced || fsync(fd) == 0) ? 0 : errno;
    if (close(fd) != 0 && os == 0)
        os = errno;
    if (os == 0 && rename(beside, path) != 0)
        os = errno;
    if (os != 0) {
        unlink(beside);
        return file_failed(error, path, os);
    }
    if (synced)
        directory_sync(path);
    return ERROR_NONE;
}

/* Under an open vault, what lies in its directory is sealed. */
static enum error_code put(const char *path, const char *text, size_t size, bool synced,
                           struct error *error)
{
    const char *name;
    if (!vault_covers(path, &name))
        return put_in_place(path, text, size, synced, error);
    size_t all = SEALED_MARK_BYTES + size + SEALED_OVER;
    unsigned char *sealed = malloc(all);
    CHECK(sealed != NULL);
    memcpy(sealed, SEALED_MARK, SEALED_MARK_BYTES);
    sealed_record(sealed + SEALED_MARK_BYTES, text, size, name);
    enum error_code code = put_in_place(path, (const char *)sealed, all, synced, error);
    free(sealed);
    return code;
}

enum error_code file_replace(const char *path, const char *text, size_t size, struct error *error)
{
    return put(path, text, size, true, error);
}

enum error_code file_renew(const char *path, const char *text, size_t size, struct error *error)
{
    return put(path, text, size, false, error);
}

void file_add(const char *path, const char *text, size_t size)
{
    const char *name;
    struct stat status;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (!vault_covers(path, &name)) {
        write_whole(fd, text, size);
    } else if (size <= SEALED_RECORD_MAX && fstat(fd, &status) == 0) {
        size_t mark = status.st_size == 0 ? SEALED_MARK_BYTES : 0;
        unsigned char *sealed = malloc(mark + size + SEALED_OVER);
        CHECK(sealed != NULL);
        memcpy(sealed, SEALED_MARK, mark);
        sealed_record(sealed + mark, text, size, name);
        write_whole(fd, (const char *)sealed, mark + size + SEALED_OVER);
        free(sealed);
    }
    close(fd);
}

enum error_code directory_make(const char *path, struct error *error)
{
    char part[PATH_ROOM];
    struct stat status;
    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return error_set_os(error, ERROR_FILE, path, ENAMETOOLONG);
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != 0)
            continue;
        char end = *at;
        *at = 0;
        /* A parent on a read-only file system says EROFS though it is there: look first. */
        if (stat(part, &status) != 0 && mkdir(part, 0700) != 0 && errno != EEXIST)
            return file_failed(error, part, errno);
        if (end == 0)
            break;
        *at = end;
    }
    if (stat(path, &status) != 0)
        return file_failed(error, path, errno);
    return S_ISDIR(status.st_mode) ? ERROR_NONE : error_set_os(error, ERROR_FILE, path, ENOTDIR);
}
