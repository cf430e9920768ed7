/* Backup: what the file is stands in backup.h. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"
#include "store/passline.h"

#define MARK  "fika-backup-1 "
#define PLAIN (32 + LIMIT_NICK + 1)
#define SUM   8

struct line {
    struct passline pass;
    uint8_t sum[SUM];
};

/* ---- the line ---- */

/* All but the sum. */
static size_t body_of(const struct passline *pass, char out[BACKUP_LINE_MAX])
{
    size_t size = passline_write(pass, out);
    out[size++] = ' ';
    return size;
}

static void sum_of(const struct passline *pass, uint8_t sum[SUM])
{
    static const char DOMAIN[16] = "fika-backup-v1";
    char text[BACKUP_LINE_MAX];
    size_t size = body_of(pass, text);
    struct id all = domain_hash(DOMAIN, text, size);
    memcpy(sum, all.b, SUM);
}

static bool line_read(struct line *line, const char *text)
{
    const char *at;
    uint8_t sum[SUM];
    if (!passline_read(&line->pass, MARK, PLAIN, text, &at) ||
        !passline_bytes(&at, line->sum, sizeof line->sum) || at[strspn(at, " \r\n")] != '\0')
        return false;
    sum_of(&line->pass, sum);
    return memcmp(sum, line->sum, SUM) == 0;
}

bool backup_line_ok(const char *text)
{
    struct line line;
    return line_read(&line, text);
}

/* ---- the file ---- */

enum error_code backup_read(const char *path, char line[BACKUP_LINE_MAX], struct error *error)
{
    bool found;
    enum error_code code = file_read(path, line, BACKUP_LINE_MAX, &found, error);
    if (code == ERROR_NONE && !found)
        code = error_set(error, ERROR_BACKUP_NONE, path);
    else if (code == ERROR_NONE && !backup_line_ok(line))
        code = error_set(error, ERROR_BACKUP_DAMAGED, path);
    return code;
}

static enum error_code write_new(const char *path, const char *text, size_t size,
                                 struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), os = 0;
    if (fd < 0)
        return errno == EEXIST ? error_set(error, ERROR_BACKUP_THERE, path)
                               : file_failed(error, path, errno);
    ssize_t wrote = write(fd, text, size);
    if (wrote != (ssize_t)size)
        os = wrote < 0 ? errno : ENOSPC;
    if (os == 0 && fsync(fd) != 0)
        os = errno;
    if (close(fd) != 0 && os == 0)
        os = errno;
    if (os == 0)
        return ERROR_NONE;
    unlink(path);
    return file_failed(error, path, os);
}

enum error_code backup_write(const char *path, const struct backup *backup, const char *passphrase,
                             struct error *error)
{
    struct passline line;
    char text[BACKUP_LINE_MAX];
    uint8_t plain[PLAIN] = {0}, sum[SUM];
    memcpy(plain, backup->seed, sizeof backup->seed);
    snprintf((char *)plain + sizeof backup->seed, LIMIT_NICK + 1, "%s", backup->nick.text);
    enum error_code code = passline_seal(&line, MARK, plain, sizeof plain, passphrase, error);
    sodium_memzero(plain, sizeof plain);
    if (code != ERROR_NONE)
        return code;
    sum_of(&line, sum);
    size_t size = body_of(&line, text);
    CHECK(size + 2 * SUM + 2 <= sizeof text);
    hex_of(text + size, sum, SUM);
    size += 2 * SUM;
    text[size++] = '\n';
    return write_new(path, text, size, error);
}

bool backup_open(const char *text, const char *passphrase, struct backup *backup,
                 struct error *error)
{
    struct line line;
    uint8_t plain[PLAIN];
    enum error_code code;
    memset(backup, 0, sizeof *backup);
    if (!line_read(&line, text)) {
        error_set(error, ERROR_BACKUP_DAMAGED, "");
        return false;
    }
    error_set(error, ERROR_BACKUP_PASSPHRASE, "");
    bool opened = passline_open(&line.pass, passphrase, plain, &code, error);
    if (opened) {
        memcpy(backup->seed, plain, sizeof backup->seed);
        memcpy(backup->nick.text, plain + sizeof backup->seed, LIMIT_NICK);
        if (!nick_ok(backup->nick.text))
            backup->nick.text[0] = '\0';
    }
    sodium_memzero(plain, sizeof plain);
    return opened;
}
