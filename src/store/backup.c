/* Backup: what the file is stands in backup.h. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"

#define MARK       "fika-backup-1 "
#define OPS_MAX    16
#define MEMORY_MAX ((unsigned long long)1024 * 1024 * 1024)
#define PLAIN      (32 + LIMIT_NICK + 1)
#define TAG        crypto_aead_xchacha20poly1305_ietf_ABYTES
#define NONCE      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SUM        8

struct line {
    uint8_t salt[crypto_pwhash_SALTBYTES];
    unsigned long long operations, memory;
    uint8_t nonce[NONCE];
    uint8_t sealed[PLAIN + TAG];
    uint8_t sum[SUM];
};

/* ---- the line ---- */

static bool take_number(const char **at, unsigned long long *number)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    *number = strtoull(*at, &end, 10);
    bool good = *end == ' ';
    *at = end + good;
    return good;
}

static bool take_bytes(const char **at, uint8_t *out, size_t size)
{
    char hex[2 * (PLAIN + TAG) + 1];
    size_t letters = strcspn(*at, " \r\n");
    if (letters != 2 * size)
        return false;
    memcpy(hex, *at, letters);
    hex[letters] = '\0';
    *at += letters + ((*at)[letters] == ' ');
    return hex_read(out, size, hex);
}

static size_t front_of(const struct line *line, char out[BACKUP_LINE_MAX])
{
    char salt[2 * sizeof line->salt + 1];
    hex_of(salt, line->salt, sizeof line->salt);
    return (size_t)snprintf(out, BACKUP_LINE_MAX, MARK "%s %llu %llu ", salt, line->operations,
                            line->memory);
}

/* All but the sum. */
static size_t body_of(const struct line *line, char out[BACKUP_LINE_MAX])
{
    size_t size = front_of(line, out);
    hex_of(out + size, line->nonce, sizeof line->nonce);
    size += 2 * sizeof line->nonce;
    out[size++] = ' ';
    hex_of(out + size, line->sealed, sizeof line->sealed);
    size += 2 * sizeof line->sealed;
    out[size++] = ' ';
    return size;
}

static void sum_of(const struct line *line, uint8_t sum[SUM])
{
    static const char DOMAIN[16] = "fika-backup-v1";
    char text[BACKUP_LINE_MAX];
    size_t size = body_of(line, text);
    struct id all = domain_hash(DOMAIN, text, size);
    memcpy(sum, all.b, SUM);
}

static bool line_read(struct line *line, const char *text)
{
    size_t mark = strlen(MARK);
    const char *at = text + mark;
    uint8_t sum[SUM];
    if (strncmp(text, MARK, mark) != 0 || !take_bytes(&at, line->salt, sizeof line->salt) ||
        !take_number(&at, &line->operations) || !take_number(&at, &line->memory) ||
        !take_bytes(&at, line->nonce, sizeof line->nonce) ||
        !take_bytes(&at, line->sealed, sizeof line->sealed) ||
        !take_bytes(&at, line->sum, sizeof line->sum) || at[strspn(at, " \r\n")] != '\0')
        return false;
    sum_of(line, sum);
    return memcmp(sum, line->sum, SUM) == 0 && line->operations >= 1 &&
           line->operations <= OPS_MAX && line->memory >= crypto_pwhash_MEMLIMIT_MIN &&
           line->memory <= MEMORY_MAX;
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
        code = error_set_os(error, ERROR_FILE, path, ENOENT);
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

static bool stretch(const struct line *line, const char *passphrase, uint8_t key[32],
                    struct error *error)
{
    if (crypto_pwhash(key, 32, passphrase, strlen(passphrase), line->salt, line->operations,
                      (size_t)line->memory, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return true;
    error_set(error, ERROR_MEMORY, _("256 MB for the passphrase"));
    return false;
}

enum error_code backup_write(const char *path, const struct backup *backup, const char *passphrase,
                             struct error *error)
{
    struct line line = {.operations = crypto_pwhash_OPSLIMIT_MODERATE,
                        .memory = crypto_pwhash_MEMLIMIT_MODERATE};
    char text[BACKUP_LINE_MAX];
    uint8_t key[32], plain[PLAIN] = {0};
    randombytes_buf(line.salt, sizeof line.salt);
    randombytes_buf(line.nonce, sizeof line.nonce);
    if (!stretch(&line, passphrase, key, error))
        return ERROR_MEMORY;
    memcpy(plain, backup->seed, sizeof backup->seed);
    snprintf((char *)plain + sizeof backup->seed, LIMIT_NICK + 1, "%s", backup->nick.text);
    size_t size = front_of(&line, text);
    crypto_aead_xchacha20poly1305_ietf_encrypt(line.sealed, NULL, plain, sizeof plain,
                                               (const uint8_t *)text, size, NULL, line.nonce, key);
    sodium_memzero(plain, sizeof plain);
    sodium_memzero(key, sizeof key);
    sum_of(&line, line.sum);
    size = body_of(&line, text);
    CHECK(size + 2 * SUM + 2 <= sizeof text);
    hex_of(text + size, line.sum, SUM);
    size += 2 * SUM;
    text[size++] = '\n';
    return write_new(path, text, size, error);
}

bool backup_open(const char *text, const char *passphrase, struct backup *backup,
                 struct error *error)
{
    struct line line;
    char front[BACKUP_LINE_MAX];
    uint8_t key[32], plain[PLAIN];
    memset(backup, 0, sizeof *backup);
    if (!line_read(&line, text)) {
        error_set(error, ERROR_BACKUP_DAMAGED, "");
        return false;
    }
    size_t size = front_of(&line, front);
    error_set(error, ERROR_BACKUP_PASSPHRASE, "");
    bool opened = stretch(&line, passphrase, key, error) &&
                  crypto_aead_xchacha20poly1305_ietf_decrypt(
                      plain, NULL, NULL, line.sealed, sizeof line.sealed, (const uint8_t *)front,
                      size, line.nonce, key) == 0;
    if (opened) {
        memcpy(backup->seed, plain, sizeof backup->seed);
        memcpy(backup->nick.text, plain + sizeof backup->seed, LIMIT_NICK);
        if (!nick_ok(backup->nick.text))
            backup->nick.text[0] = '\0';
    }
    sodium_memzero(key, sizeof key);
    sodium_memzero(plain, sizeof plain);
    return opened;
}
