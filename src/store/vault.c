/* Vault. See vault.h.
 *
 * 1. The keys are in guarded memory that is never written out and read-only once they are there
 *    (sodium_malloc); a passphrase is in no buffer but its asker's, who wipes it. */
#include "store/vault.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "store/files.h"
#include "store/keyring.h"
#include "store/passline.h"

#define MARK      "fika-vault-1 "
#define CONTEXT   "fikavlt1" /* of crypto_kdf */
#define TRIES     3
#define PATH_ROOM 640

struct keys {
    uint8_t master[VAULT_KEY_BYTES];
    uint8_t of[VAULT_KEYS][VAULT_KEY_BYTES];
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

static bool line_read(struct passline *line, const char *text)
{
    const char *rest;
    return passline_read(line, MARK, VAULT_KEY_BYTES, text, &rest);
}

bool vault_line_ok(const char *text)
{
    struct passline line;
    return line_read(&line, text);
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

static enum error_code try_lines(const struct passline *line, const char *name, struct error *error)
{
    char passphrase[VAULT_PASSPHRASE_MAX], prompt[160];
    enum error_code code = ERROR_NONE;
    bool opened = false, came = true;
    snprintf(prompt, sizeof prompt, _("Passphrase of the profile %s: "), name);
    for (int i = 0; !opened && came && code == ERROR_NONE && i < (from < 0 ? TRIES : 1); i++) {
        if (i > 0)
            fprintf(stderr, "%s\n", _("That is not it."));
        came = vault_line(prompt, passphrase);
        opened = came && passline_open(line, passphrase, keys->master, &code, error);
        sodium_memzero(passphrase, sizeof passphrase);
    }
    if (opened || code != ERROR_NONE)
        return code;
    return error_set(error, came ? ERROR_PASSPHRASE : ERROR_LOCKED, name);
}

static enum error_code file_line(const char *directory, struct passline *line, struct error *error)
{
    char path[PATH_ROOM], text[PASSLINE_ROOM];
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
    struct passline line;
    enum error_code code;
    bool same = keys != NULL && file_line(directory_open, &line, NULL) == ERROR_NONE &&
                passline_open(&line, passphrase, master, &code, NULL) &&
                sodium_memcmp(master, keys->master, sizeof master) == 0;
    sodium_memzero(master, sizeof master);
    return same;
}

enum error_code vault_open(const char *directory, const char *name, struct error *error)
{
    struct passline line;
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
    char path[PATH_ROOM], text[PASSLINE_ROOM];
    struct passline line;
    CHECK(keys != NULL);
    enum error_code code =
        passline_seal(&line, MARK, keys->master, sizeof keys->master, passphrase, error);
    if (code != ERROR_NONE)
        return code;
    size_t size = passline_write(&line, text);
    text[size++] = '\n';
    path_of(directory_open, path);
    return file_replace(path, text, size, error);
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
