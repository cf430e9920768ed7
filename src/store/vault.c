/* Vault. See vault.h.
 *
 * 1. The keys are in guarded memory that is never written out and read-only once they are there
 *    (sodium_malloc); a passphrase is in no buffer but its asker's, who wipes it.
 * 2. The file is foreign: whoever can write the disk can change it. Numbers beyond what this program
 *    would ever write are refused before work is done by them.
 * 3. The numbers are sealed with the key (as additional data), so one who writes smaller ones finds that
 *    nothing opens, not that guesses became cheap. */
#include "store/vault.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "store/files.h"
#include "store/keyring.h"

#define MARK       "fika-vault-1 "
#define CONTEXT    "fikavlt1" /* of crypto_kdf */
#define TRIES      3
#define OPS_MAX    16
#define MEMORY_MAX ((size_t)1 << 30)
#define NONCE      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG        crypto_aead_xchacha20poly1305_ietf_ABYTES
#define PATH_ROOM  640
#define LINE_ROOM  512

struct keys {
    uint8_t master[VAULT_KEY_BYTES];
    uint8_t of[VAULT_KEYS][VAULT_KEY_BYTES];
};

/* A line of the file, taken apart. */
struct line {
    uint8_t salt[crypto_pwhash_SALTBYTES];
    unsigned long long operations, memory;
    uint8_t nonce[NONCE];
    uint8_t sealed[VAULT_KEY_BYTES + TAG];
};

static struct keys *keys; /* NULL: not open */
static char directory_open[512];
static int from = -1;

static void path_of(const char *directory, char out[PATH_ROOM])
{
    snprintf(out, PATH_ROOM, "%s/" VAULT_FILE, directory);
}

/* ---- asking ---- */

void vault_ask_by(int fd)
{
    from = fd;
}

bool vault_given(void)
{
    return from >= 0;
}

/* Byte by byte, so that the next line is still there for who reads it. */
static bool read_line(char out[VAULT_PASSPHRASE_MAX])
{
    size_t size = 0;
    ssize_t got;
    char c;
    out[0] = '\0';
    while ((got = read(from, &c, 1)) == 1 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        if (c == '\n')
            break;
        if (size + 1 == VAULT_PASSPHRASE_MAX)
            return false;
        out[size++] = c;
        out[size] = '\0';
    }
    c = 0;
    return size > 0;
}

bool vault_line(const char *prompt, char out[VAULT_PASSPHRASE_MAX])
{
    return from >= 0 ? read_line(out) : terminal_secret(prompt, out, VAULT_PASSPHRASE_MAX);
}

/* ---- the file ---- */

bool vault_has(const char *directory)
{
    char path[PATH_ROOM];
    path_of(directory, path);
    return access(path, F_OK) == 0;
}

/* Takes a number off the front, and the blank behind it. */
static bool take_number(char **at, unsigned long long *number)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    *number = strtoull(*at, &end, 10);
    bool good = *end == ' ';
    *at = end + good;
    return good;
}

static bool take_bytes(char **at, uint8_t *out, size_t size)
{
    size_t letters = strcspn(*at, " \n");
    char end = (*at)[letters];
    if (letters != 2 * size)
        return false;
    (*at)[letters] = '\0';
    bool good = hex_read(out, size, *at);
    *at += letters + (end != '\0');
    return good;
}

static bool line_read(struct line *line, char *text)
{
    size_t mark = strlen(MARK);
    char *at = text + mark;
    return strncmp(text, MARK, mark) == 0 && take_bytes(&at, line->salt, sizeof line->salt) &&
           take_number(&at, &line->operations) && take_number(&at, &line->memory) &&
           take_bytes(&at, line->nonce, sizeof line->nonce) &&
           take_bytes(&at, line->sealed, sizeof line->sealed) && line->operations >= 1 &&
           line->operations <= OPS_MAX && line->memory >= crypto_pwhash_MEMLIMIT_MIN &&
           line->memory <= MEMORY_MAX;
}

bool vault_line_ok(char *text)
{
    struct line line;
    return line_read(&line, text);
}

/* What is sealed along with the key: all in front of the nonce, as it stands in the file. */
static size_t line_front(const struct line *line, char out[LINE_ROOM])
{
    char salt[2 * sizeof line->salt + 1];
    hex_of(salt, line->salt, sizeof line->salt);
    return (size_t)snprintf(out, LINE_ROOM, MARK "%s %llu %llu ", salt, line->operations,
                            line->memory);
}

static size_t line_write(const struct line *line, char out[LINE_ROOM])
{
    size_t size = line_front(line, out);
    hex_of(out + size, line->nonce, sizeof line->nonce);
    size += 2 * sizeof line->nonce;
    out[size++] = ' ';
    hex_of(out + size, line->sealed, sizeof line->sealed);
    size += 2 * sizeof line->sealed;
    out[size++] = '\n';
    return size;
}

static enum error_code stretch(const struct line *line, const char *passphrase,
                               uint8_t key[VAULT_KEY_BYTES], struct error *error)
{
    if (crypto_pwhash(key, VAULT_KEY_BYTES, passphrase, strlen(passphrase), line->salt,
                      line->operations, (size_t)line->memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(error, ERROR_MEMORY, _("256 MB for the passphrase"));
    return ERROR_NONE;
}

/* ---- open ---- */

static void derive(void)
{
    for (int i = VAULT_FILES; i < VAULT_KEYS; i++)
        crypto_kdf_derive_from_key(keys->of[i], VAULT_KEY_BYTES, (uint64_t)i, CONTEXT,
                                   keys->master);
    sodium_mprotect_readonly(keys);
}

static void begin(const char *directory)
{
    vault_close();
    keys = sodium_malloc(sizeof *keys);
    CHECK(keys != NULL);
    snprintf(directory_open, sizeof directory_open, "%s", directory);
}

static bool unseal(const struct line *line, const char *passphrase, uint8_t master[VAULT_KEY_BYTES],
                   enum error_code *code, struct error *error)
{
    char front[LINE_ROOM];
    uint8_t key[VAULT_KEY_BYTES];
    size_t size = line_front(line, front);
    *code = stretch(line, passphrase, key, error);
    bool opened = *code == ERROR_NONE && crypto_aead_xchacha20poly1305_ietf_decrypt(
                                             master, NULL, NULL, line->sealed, sizeof line->sealed,
                                             (const uint8_t *)front, size, line->nonce, key) == 0;
    sodium_memzero(key, sizeof key);
    return opened;
}

static enum error_code try_lines(const struct line *line, const char *name, struct error *error)
{
    char passphrase[VAULT_PASSPHRASE_MAX], prompt[160];
    enum error_code code = ERROR_NONE;
    bool opened = false, came = true;
    snprintf(prompt, sizeof prompt, _("Passphrase of the profile %s: "), name);
    for (int i = 0; !opened && came && code == ERROR_NONE && i < (from < 0 ? TRIES : 1); i++) {
        if (i > 0)
            fprintf(stderr, "%s\n", _("That is not it."));
        came = vault_line(prompt, passphrase);
        opened = came && unseal(line, passphrase, keys->master, &code, error);
        sodium_memzero(passphrase, sizeof passphrase);
    }
    if (opened || code != ERROR_NONE)
        return code;
    return error_set(error, came ? ERROR_PASSPHRASE : ERROR_LOCKED, name);
}

static enum error_code file_line(const char *directory, struct line *line, struct error *error)
{
    char path[PATH_ROOM], text[LINE_ROOM];
    bool found;
    path_of(directory, path);
    enum error_code code = file_read(path, text, sizeof text, &found, error);
    if (code == ERROR_NONE && (!found || !line_read(line, text)))
        code = error_set(error, ERROR_VAULT_DAMAGED, path);
    return code;
}

bool vault_opens(const char *passphrase)
{
    uint8_t master[VAULT_KEY_BYTES];
    struct line line;
    enum error_code code;
    bool same = keys != NULL && file_line(directory_open, &line, NULL) == ERROR_NONE &&
                unseal(&line, passphrase, master, &code, NULL) &&
                sodium_memcmp(master, keys->master, sizeof master) == 0;
    sodium_memzero(master, sizeof master);
    return same;
}

enum error_code vault_open(const char *directory, const char *name, struct error *error)
{
    struct line line;
    enum error_code code = file_line(directory, &line, error);
    if (code != ERROR_NONE)
        return code;
    begin(directory);
    code = try_lines(&line, name, error);
    if (code == ERROR_NONE)
        derive();
    else
        vault_close();
    return code;
}

void vault_make(const char *directory)
{
    begin(directory);
    randombytes_buf(keys->master, sizeof keys->master);
    derive();
}

enum error_code vault_write(const char *passphrase, struct error *error)
{
    char path[PATH_ROOM], text[LINE_ROOM];
    uint8_t key[VAULT_KEY_BYTES];
    struct line line = {.operations = crypto_pwhash_OPSLIMIT_MODERATE,
                        .memory = crypto_pwhash_MEMLIMIT_MODERATE};
    CHECK(keys != NULL);
    randombytes_buf(line.salt, sizeof line.salt);
    randombytes_buf(line.nonce, sizeof line.nonce);
    enum error_code code = stretch(&line, passphrase, key, error);
    if (code == ERROR_NONE) {
        size_t front = line_front(&line, text);
        crypto_aead_xchacha20poly1305_ietf_encrypt(line.sealed, NULL, keys->master,
                                                   sizeof keys->master, (const uint8_t *)text,
                                                   front, NULL, line.nonce, key);
        path_of(directory_open, path);
        code = file_replace(path, text, line_write(&line, text), error);
    }
    sodium_memzero(key, sizeof key);
    return code;
}

void vault_close(void)
{
    sodium_free(keys);
    keys = NULL;
}

bool vault_is_open(void)
{
    return keys != NULL;
}

bool vault_covers(const char *path, const char **name)
{
    size_t size = strlen(directory_open);
    if (keys == NULL || strncmp(path, directory_open, size) != 0 || path[size] != '/')
        return false;
    *name = path + size + 1;
    return strcmp(*name, VAULT_FILE) != 0;
}

const uint8_t *vault_key(enum vault_key which)
{
    CHECK(keys != NULL && which >= VAULT_FILES && which < VAULT_KEYS);
    return keys->of[which];
}
