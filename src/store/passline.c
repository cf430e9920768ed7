/* Passline. See passline.h.
 *
 * 1. The text is foreign: whoever can write the disk can change it. Numbers beyond what this program
 *    would ever write are refused before work is done by them.
 * 2. The numbers are sealed along, so one who writes smaller ones finds that nothing opens, not that
 *    guesses became cheap. */
#include "store/passline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/tr.h"

#define OPS_MAX    16
#define MEMORY_MAX ((unsigned long long)1024 * 1024 * 1024)
#define TAG        crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY        crypto_aead_xchacha20poly1305_ietf_KEYBYTES

/* Takes a number off the front, and the blank behind it. */
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

bool passline_bytes(const char **at, uint8_t *out, size_t size)
{
    char hex[2 * (PASSLINE_MOST + TAG) + 1];
    size_t letters = strcspn(*at, " \r\n");
    CHECK(2 * size < sizeof hex);
    if (letters != 2 * size)
        return false;
    memcpy(hex, *at, letters);
    hex[letters] = '\0';
    *at += letters + ((*at)[letters] == ' ');
    return hex_read(out, size, hex);
}

bool passline_read(struct passline *line, const char *mark, size_t size, const char *text,
                   const char **rest)
{
    *line = (struct passline){.mark = mark, .size = size};
    if (strncmp(text, mark, strlen(mark)) != 0)
        return false;
    *rest = text + strlen(mark);
    return passline_bytes(rest, line->salt, sizeof line->salt) &&
           take_number(rest, &line->operations) && take_number(rest, &line->memory) &&
           passline_bytes(rest, line->nonce, sizeof line->nonce) &&
           passline_bytes(rest, line->sealed, size + TAG) && line->operations >= 1 &&
           line->operations <= OPS_MAX && line->memory >= crypto_pwhash_MEMLIMIT_MIN &&
           line->memory <= MEMORY_MAX;
}

/* What is sealed along: all in front of the nonce. */
static size_t front_of(const struct passline *line, char out[PASSLINE_ROOM])
{
    char salt[2 * sizeof line->salt + 1];
    hex_of(salt, line->salt, sizeof line->salt);
    return (size_t)snprintf(out, PASSLINE_ROOM, "%s%s %llu %llu ", line->mark, salt,
                            line->operations, line->memory);
}

size_t passline_write(const struct passline *line, char out[PASSLINE_ROOM])
{
    size_t size = front_of(line, out);
    hex_of(out + size, line->nonce, sizeof line->nonce);
    size += 2 * sizeof line->nonce;
    out[size++] = ' ';
    hex_of(out + size, line->sealed, line->size + TAG);
    return size + 2 * (line->size + TAG);
}

static enum error_code stretch(const struct passline *line, const char *passphrase,
                               uint8_t key[KEY], struct error *error)
{
    if (crypto_pwhash(key, KEY, passphrase, strlen(passphrase), line->salt, line->operations,
                      (size_t)line->memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(error, ERROR_MEMORY, _("256 MB for the passphrase"));
    return ERROR_NONE;
}

enum error_code passline_seal(struct passline *line, const char *mark, const uint8_t *plain,
                              size_t size, const char *passphrase, struct error *error)
{
    char front[PASSLINE_ROOM];
    uint8_t key[KEY];
    CHECK(size <= PASSLINE_MOST);
    *line = (struct passline){.mark = mark,
                              .size = size,
                              .operations = crypto_pwhash_OPSLIMIT_MODERATE,
                              .memory = crypto_pwhash_MEMLIMIT_MODERATE};
    randombytes_buf(line->salt, sizeof line->salt);
    randombytes_buf(line->nonce, sizeof line->nonce);
    enum error_code code = stretch(line, passphrase, key, error);
    if (code == ERROR_NONE)
        crypto_aead_xchacha20poly1305_ietf_encrypt(line->sealed, NULL, plain, size,
                                                   (const uint8_t *)front, front_of(line, front),
                                                   NULL, line->nonce, key);
    sodium_memzero(key, sizeof key);
    return code;
}

bool passline_open(const struct passline *line, const char *passphrase, uint8_t *plain,
                   enum error_code *code, struct error *error)
{
    char front[PASSLINE_ROOM];
    uint8_t key[KEY];
    *code = stretch(line, passphrase, key, error);
    bool opened = *code == ERROR_NONE &&
                  crypto_aead_xchacha20poly1305_ietf_decrypt(
                      plain, NULL, NULL, line->sealed, line->size + TAG, (const uint8_t *)front,
                      front_of(line, front), line->nonce, key) == 0;
    sodium_memzero(key, sizeof key);
    return opened;
}
