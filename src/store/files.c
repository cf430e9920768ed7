/* Files: small private files (identity, settings, network secrets).
 *
 * They are read with read(2) into the caller's buffer alone, never through stdio, so that a secret
 * leaves no copy in a buffer that nobody wipes. A replaced file is written under another name,
 * synced and renamed, so that a crash or a full disk leaves the old one whole. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

enum error_code file_read(const char *path, char *out, size_t room, bool *found,
                          struct error *error)
{
    size_t size = 0;
    out[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? ERROR_NONE : error_set_os(error, ERROR_FILE, path, errno);
    while (size < room - 1) {
        ssize_t got = read(fd, out + size, room - 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int os = errno;
            close(fd);
            return error_set_os(error, ERROR_FILE, path, os);
        }
        if (got == 0)
            break;
        size += (size_t)got;
    }
    out[size] = 0;
    close(fd);
    return ERROR_NONE;
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

enum error_code file_replace(const char *path, const char *text, size_t size, struct error *error)
{
    return put_in_place(path, text, size, true, error);
}

enum error_code file_renew(const char *path, const char *text, size_t size, struct error *error)
{
    return put_in_place(path, text, size, false, error);
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
