/* Vault: the key under which a profile that has a passphrase lies on disk. One a process, as one process
 * has one profile.
 *
 * The file `passphrase` in the profile says that there is one:
 *
 *     fika-vault-1 SALT OPERATIONS MEMORY NONCE KEY
 *
 * a passline (passline.h). KEY is 32 random bytes; so another passphrase is another such line, and nothing
 * else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define VAULT_FILE             "passphrase"
#define VAULT_KEY_BYTES        32
#define VAULT_PASSPHRASE_MAX   1024
#define VAULT_PASSPHRASE_LEAST 8 /* characters */

/* What is sealed by which key; each is derived from KEY. */
enum vault_key { VAULT_FILES = 1, VAULT_HISTORY, VAULT_INDEX, VAULT_SUMS, VAULT_KEYS };

/* Where passphrases come from: a descriptor, one a line; -1, as at the start: the terminal. */
void vault_ask_by(int fd);
/* Whether a descriptor was named. */
bool vault_given(void);
/* Asks for a line, without echo; false when none came. */
bool vault_line(const char *prompt, char out[VAULT_PASSPHRASE_MAX]);

/* Whether the profile in the directory has a passphrase. */
bool vault_has(const char *directory);
/* Whether the text is such a line, with numbers that this program would take. */
bool vault_line_ok(const char *text);
/* Asks for the passphrase until it is right, on a terminal three times, and opens the vault: a second of
 * work and 256 MB for each. `name`: of the profile. */
enum error_code vault_open(const char *directory, const char *name, struct error *error);
/* Opens a vault with a new key, which no file has yet. */
void vault_make(const char *directory);
/* Writes the file: the key that is open, under this passphrase. From then on the profile has it. */
enum error_code vault_write(const char *passphrase, struct error *error);
void vault_close(void);
/* Whether this is the passphrase of the open vault: half a second of work. */
bool vault_opens(const char *passphrase);

bool vault_is_open(void);
/* True for what lies in the directory of the open vault; *name is then the path within. */
bool vault_covers(const char *path, const char **name);
/* While the vault is open. */
const uint8_t *vault_key(enum vault_key which);
