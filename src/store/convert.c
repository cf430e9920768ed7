/* Convert.
 *
 *     1. each file is written anew beside itself: NAME.locked, or NAME.plain; all are synced
 *     2. the file `passphrase` appears, or goes: this is the moment
 *     3. each old file is written over with zeros, synced, and the new one renamed over it
 *
 * 1. Whatever happens, convert_settle() finds from what lies there which way to go: with a passphrase
 *    .locked is the future and .plain was given up, without one the other way round.
 * 2. Old bytes are written over where they lie. On a disk that writes elsewhere (an SSD, a file system
 *    with snapshots or copies on write) they may outlive that: THREATS.md says so.
 * 3. The history is written by VACUUM INTO: row by row, so that nothing of what was deleted comes along.
 *    The index of words and the log of this program are let go of: the one is made anew by itself, the
 *    other is not kept in a profile that has a passphrase.
 */
#include "store/convert.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"
#include "store/pages.h"
#include "store/sealed.h"
#include "store/vault.h"

#define LOCKED    ".locked"
#define PLAIN     ".plain"
#define HISTORY   "history.db"
#define PATH_ROOM 1024
#define CHUNK     65536
#define DEEP      2 /* directories below one another: networks/ */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), of_end = strlen(end);
    return size >= of_end && strcmp(text + size - of_end, end) == 0;
}

/* Calls visit(path, name, data) for every file in the directory, until one says false. */
typedef bool (*visitor)(const char *path, const char *name, void *data);
static bool walk(const char *directory, const char *within, int deep, visitor visit, void *data)
{
    char path[PATH_ROOM], name[256];
    const struct dirent *entry;
    bool good = true;
    snprintf(path, sizeof path, "%s/%s", directory, within);
    DIR *all = opendir(path);
    while (good && all != NULL && (entry = readdir(all)) != NULL) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (size_t)snprintf(name, sizeof name, "%s%s", within, entry->d_name) >= sizeof name - 1 ||
            (size_t)snprintf(path, sizeof path, "%s/%s", directory, name) >= sizeof path ||
            lstat(path, &status) != 0)
            continue;
        if (S_ISREG(status.st_mode)) {
            good = visit(path, name, data);
        } else if (S_ISDIR(status.st_mode) && deep > 1) {
            strcat(name, "/");
            good = walk(directory, name, deep - 1, visit, data);
        }
    }
    if (all != NULL)
        closedir(all);
    return good;
}

static void write_over(const char *path)
{
    static const char zeros[CHUNK];
    struct stat status;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        status.st_size = 0;
    for (off_t at = 0; at < status.st_size;) {
        off_t left = status.st_size - at;
        ssize_t put = pwrite(fd, zeros, left < CHUNK ? (size_t)left : CHUNK, at);
        if (put <= 0 && errno != EINTR)
            break;
        at += put > 0 ? put : 0;
    }
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static void destroy(const char *path)
{
    write_over(path);
    unlink(path);
}

static void sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* ---- one small file ---- */

static bool copy_sealed(FILE *in, FILE *out, const char *name)
{
    char *text = malloc(CHUNK);
    unsigned char *sealed = malloc(CHUNK + SEALED_OVER);
    size_t size;
    CHECK(text != NULL && sealed != NULL);
    fwrite(SEALED_MARK, 1, SEALED_MARK_BYTES, out);
    do {
        size = fread(text, 1, CHUNK, in);
        sealed_record(sealed, text, size, name);
        fwrite(sealed, 1, size + SEALED_OVER, out);
    } while (size == CHUNK);
    sodium_memzero(text, CHUNK);
    free(text);
    free(sealed);
    return ferror(in) == 0;
}

static bool copy_opened(FILE *in, FILE *out, const char *name)
{
    unsigned char head[SEALED_HEAD];
    char mark[SEALED_MARK_BYTES];
    if (fread(mark, 1, sizeof mark, in) != sizeof mark ||
        memcmp(mark, SEALED_MARK, sizeof mark) != 0)
        return false;
    while (fread(head, 1, sizeof head, in) == sizeof head) {
        size_t size = sealed_size(head), all = size + SEALED_OVER - SEALED_HEAD;
        if (size > SEALED_RECORD_MAX)
            return false;
        unsigned char *sealed = malloc(all);
        char *text = malloc(size + 1);
        CHECK(sealed != NULL && text != NULL);
        bool good = fread(sealed, 1, all, in) == all && sealed_open(text, head, sealed, name);
        if (good)
            fwrite(text, 1, size, out);
        sodium_memzero(text, size);
        free(sealed);
        free(text);
        if (!good)
            break; /* the rest was torn by a crash */
    }
    return ferror(in) == 0;
}

static enum error_code copy_file(const char *path, const char *name, const char *to, bool seal,
                                 struct error *error)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL, *in = fopen(path, "re");
    int os = errno;
    bool read = in != NULL && out != NULL;
    if (read) {
        setvbuf(in, NULL, _IONBF, 0); /* no secret in a buffer that nobody wipes */
        setvbuf(out, NULL, _IONBF, 0);
        read = seal ? copy_sealed(in, out, name) : copy_opened(in, out, name);
        os = errno;
    }
    if (in != NULL)
        fclose(in);
    bool written = out != NULL && ferror(out) == 0;
    if (out != NULL) {
        written = fsync(fd) == 0 && written;
        os = written ? os : errno;
        written = fclose(out) == 0 && written;
    }
    if (read && written)
        return ERROR_NONE;
    return in != NULL && out != NULL && !read && !seal ? error_set(error, ERROR_SEALED, path)
                                                       : file_failed(error, path, os);
}

/* ---- the history ---- */

static void uri_of(char *out, size_t room, const char *path, const char *vfs)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-";
    size_t size = (size_t)snprintf(out, room, "file:");
    for (; *path != '\0' && size + 4 < room; path++) {
        bool as_it_is = strchr(plain, *path) != NULL;
        size += (size_t)snprintf(out + size, room - size, as_it_is ? "%c" : "%%%02X",
                                 (unsigned char)*path);
    }
    snprintf(out + size, room - size, "?vfs=%s", vfs);
}

static int vacuum_into(sqlite3 *db, const char *uri)
{
    sqlite3_stmt *into = NULL;
    int code = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &into, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_text(into, 1, uri, -1, SQLITE_STATIC);
        code = sqlite3_step(into);
        code = code == SQLITE_DONE ? SQLITE_OK : code;
    }
    sqlite3_finalize(into);
    return code;
}

/* The log must be there before the file is the history: making it is the one write without a journal. */
static int make_log(const char *path, const char *vfs)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, vfs);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL", NULL,
                            NULL, NULL);
    sqlite3_close(db);
    return code;
}

static enum error_code copy_history(const char *path, const char *to, bool seal,
                                    struct error *error)
{
    char uri[4 * PATH_ROOM];
    const char *sealed = pages_vfs(), *clear = sqlite3_vfs_find(NULL)->zName;
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI;
    int code = sqlite3_open_v2(path, &db, flags, seal ? clear : sealed);
    uri_of(uri, sizeof uri, to, seal ? sealed : clear);
    if (code == SQLITE_OK) {
        /* What is in its log stays there until it is written over. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
        code = pages_prepare(db);
    }
    if (code == SQLITE_OK)
        code = vacuum_into(db, uri);
    if (code == SQLITE_OK)
        code = make_log(to, seal ? sealed : clear);
    int os = sqlite3_system_errno(db);
    sqlite3_close(db);
    sync_file(to);
    if (code == SQLITE_OK)
        return ERROR_NONE;
    if ((code & 0xff) == SQLITE_FULL || file_error(os) == ERROR_DISK_FULL)
        return error_set(error, ERROR_DISK_FULL, path);
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB
               ? error_set(error, ERROR_STORE_DAMAGED, path)
               : error_set(error, ERROR_STORE, sqlite3_errstr(code));
}

/* ---- all of them ---- */

struct staging {
    bool seal;
    enum error_code code;
    struct error *error;
};

static bool is_log(const char *name)
{
    return strcmp(name, "log") == 0 || strcmp(name, "log.old") == 0;
}

static bool is_index(const char *name)
{
    return strncmp(name, "search.db", 9) == 0;
}

/* What belongs to a database beside it, and what is nobody's. */
static bool is_left_out(const char *name)
{
    return is_log(name) || is_index(name) || strcmp(name, "lock") == 0 ||
           strcmp(name, VAULT_FILE) == 0 || strcmp(name, HISTORY "-wal") == 0 ||
           strcmp(name, HISTORY "-shm") == 0 || strcmp(name, HISTORY "-journal") == 0 ||
           ends_with(name, ".new") || ends_with(name, ".probe") || ends_with(name, LOCKED) ||
           ends_with(name, PLAIN) || strcmp(name, HISTORY ".damaged") == 0;
}

static bool stage(const char *path, const char *name, void *data)
{
    struct staging *staging = data;
    char to[PATH_ROOM + 16];
    if (is_left_out(name))
        return true;
    snprintf(to, sizeof to, "%s%s", path, staging->seal ? LOCKED : PLAIN);
    staging->code = strcmp(name, HISTORY) == 0
                        ? copy_history(path, to, staging->seal, staging->error)
                        : copy_file(path, name, to, staging->seal, staging->error);
    return staging->code == ERROR_NONE;
}

static bool take_back(const char *path, const char *name, void *suffix)
{
    if (ends_with(name, suffix))
        destroy(path);
    return true;
}

static bool let_go(const char *path, const char *name, void *data)
{
    (void)data;
    if (is_log(name) || is_index(name) || ends_with(name, ".new"))
        destroy(path);
    return true;
}

static bool put_in_place(const char *path, const char *name, void *data)
{
    const char *suffix = data;
    char old[PATH_ROOM], beside[PATH_ROOM + 8];
    static const char *const parts[] = {"-wal", "-shm", "-journal"};
    if (!ends_with(name, suffix))
        return true;
    snprintf(old, sizeof old, "%.*s", (int)(strlen(path) - strlen(suffix)), path);
    /* Their own log, where one is left, is of the old file. */
    for (size_t i = 0; strcmp(old + strlen(path) - strlen(name), HISTORY) == 0 &&
                       i < sizeof parts / sizeof parts[0];
         i++) {
        snprintf(beside, sizeof beside, "%s%s", old, parts[i]);
        destroy(beside);
    }
    write_over(old);
    rename(path, old);
    return true;
}

static bool is_staged(const char *path, const char *name, void *suffix)
{
    (void)path;
    return !ends_with(name, suffix);
}

static void finish(const char *directory, char *suffix)
{
    if (walk(directory, "", DEEP, is_staged, suffix))
        return; /* nothing is */
    walk(directory, "", DEEP, let_go, NULL);
    walk(directory, "", DEEP, put_in_place, suffix);
    sync_file(directory);
}

void convert_settle(const char *directory)
{
    char locked[] = LOCKED, plain[] = PLAIN;
    bool has = vault_has(directory);
    walk(directory, "", DEEP, take_back, has ? plain : locked);
    finish(directory, has ? locked : plain);
}

enum error_code convert_seal(const char *directory, const char *passphrase, struct error *error)
{
    struct staging staging = {.seal = true, .error = error};
    vault_make(directory);
    walk(directory, "", DEEP, stage, &staging);
    sync_file(directory);
    if (staging.code == ERROR_NONE)
        staging.code = vault_write(passphrase, error);
    if (staging.code != ERROR_NONE)
        vault_close();
    convert_settle(directory);
    return staging.code;
}

enum error_code convert_clear(const char *directory, struct error *error)
{
    struct staging staging = {.seal = false, .error = error};
    char path[PATH_ROOM], gone[PATH_ROOM + 8];
    CHECK(vault_is_open());
    walk(directory, "", DEEP, stage, &staging);
    sync_file(directory);
    if (staging.code == ERROR_NONE) {
        /* Its end is one rename: written over under this name, a crash would leave neither. */
        snprintf(path, sizeof path, "%s/" VAULT_FILE, directory);
        snprintf(gone, sizeof gone, "%s.new", path);
        if (rename(path, gone) != 0)
            staging.code = file_failed(error, path, errno);
        else
            vault_close();
        sync_file(directory);
    }
    convert_settle(directory);
    return staging.code;
}
