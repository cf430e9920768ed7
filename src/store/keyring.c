/* Keyring: the files that hold secrets.
 *
 *     identity           "fika-identity-1 " and 64 hex digits: the seed of the Ed25519 key
 *     networks/NAME.key  64 hex digits: a network's secret. `--network @private.key` on
 *                        another machine takes the same file as it is
 *
 * A passphrase is stretched once by Argon2id (libsodium's MODERATE: 3 passes over 256 MB, about a
 * second) into the secret that is kept. Its salt is the same everywhere, since two machines that
 * share nothing but the words must come to the same secret. That means: equal passphrases make
 * equal networks, and one who prepares a table of common passphrases can use it against all; every
 * guess still costs those 256 MB once. A network made with "new" has 256 random bits and none of
 * this.
 *
 * The open network's secret is public: the hash of a sentence. Everybody has it.
 *
 * 1. A secret is in no buffer but the caller's when a function here returns.
 * 2. No key file is ever overwritten: an identity that cannot be read is an error, a network's file
 *    is written only under a name that is free.
 * 3. Files are 0600 from their first byte; one that was made readable for others is tightened.
 */
#include "store/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/tr.h"
#include "store/files.h"
#include "store/profile.h"

#define IDENTITY_MARK    "fika-identity-1 "
#define SECRET_BYTES     32
#define LINE_ROOM        NETWORK_LINE_MAX /* a key file or a passphrase; longer ones are refused */
#define PASSPHRASE_LEAST 8                /* characters */
#define NETWORKS_MAX     1000
#define PATH_ROOM        640

static const char OPEN_TEXT[] = "the open network";
static const char OPEN_DOMAIN[16] = "fika-open-v1";
static const char SALT_TEXT[] = "fika network passphrase";

/* Cuts at the first line end; false when the buffer was too small for the whole line. */
static bool first_line(char *text, size_t room)
{
    size_t size = strcspn(text, "\r\n");
    bool whole = text[size] != 0 || size < room - 1;
    text[size] = 0;
    return whole;
}

static void tighten(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0)
        chmod(path, 0600);
}

/* ---- identity ---- */

static bool identity_read(const char *line, uint8_t seed[SECRET_BYTES])
{
    size_t mark = strlen(IDENTITY_MARK);
    return strncmp(line, IDENTITY_MARK, mark) == 0 && hex_read(seed, SECRET_BYTES, line + mark);
}

static enum error_code identity_make(const char *path, uint8_t seed[SECRET_BYTES],
                                     struct error *error)
{
    char line[sizeof IDENTITY_MARK + 2 * SECRET_BYTES + 1];
    randombytes_buf(seed, SECRET_BYTES);
    memcpy(line, IDENTITY_MARK, strlen(IDENTITY_MARK));
    hex_of(line + strlen(IDENTITY_MARK), seed, SECRET_BYTES);
    line[sizeof line - 2] = '\n';
    enum error_code code = file_replace(path, line, sizeof line - 1, error);
    sodium_memzero(line, sizeof line);
    return code;
}

enum error_code keyring_identity(const char *directory, struct identity *identity, bool *fresh,
                                 struct error *error)
{
    char path[PATH_ROOM], line[LINE_ROOM];
    uint8_t seed[SECRET_BYTES];
    bool found;
    *fresh = false;
    snprintf(path, sizeof path, "%s/identity", directory);
    enum error_code code = file_read(path, line, sizeof line, &found, error);
    if (code == ERROR_NONE && !found) {
        code = identity_make(path, seed, error);
        *fresh = code == ERROR_NONE;
    } else if (code == ERROR_NONE) {
        tighten(path);
        if (!first_line(line, sizeof line) || !identity_read(line, seed))
            code = error_set(error, ERROR_KEY_DAMAGED, path);
    }
    if (code == ERROR_NONE)
        *identity = identity_from_seed(seed);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(line, sizeof line);
    return code;
}

/* ---- network secrets ---- */

static void open_secret(uint8_t secret[SECRET_BYTES])
{
    crypto_generichash_blake2b_salt_personal(secret, SECRET_BYTES, (const unsigned char *)OPEN_TEXT,
                                             sizeof OPEN_TEXT - 1, NULL, 0, NULL,
                                             (const unsigned char *)OPEN_DOMAIN);
}

/* 64 hex digits are the secret itself; anything else is a passphrase. */
static enum error_code secret_of_line(const char *line, uint8_t secret[SECRET_BYTES],
                                      const char *about, struct error *error)
{
    uint8_t salt[32]; /* Argon2id takes the first 16 bytes */
    _Static_assert(crypto_pwhash_SALTBYTES <= sizeof salt, "the hash is long enough for a salt");
    if (hex_read(secret, SECRET_BYTES, line))
        return ERROR_NONE;
    if (utf8_count(line) < PASSPHRASE_LEAST)
        return error_set(error, ERROR_NETWORK_SECRET, about);
    crypto_generichash(salt, sizeof salt, (const unsigned char *)SALT_TEXT, sizeof SALT_TEXT - 1,
                       NULL, 0);
    if (crypto_pwhash(secret, SECRET_BYTES, line, strlen(line), salt,
                      crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(error, ERROR_MEMORY, _("256 MB for the network's passphrase"));
    return ERROR_NONE;
}

static enum error_code line_of_file(const char *path, char line[LINE_ROOM], struct error *error)
{
    bool found;
    enum error_code code = file_read(path, line, LINE_ROOM, &found, error);
    if (code == ERROR_NONE && !found)
        code = error_set_os(error, ERROR_FILE, path, ENOENT);
    else if (code == ERROR_NONE && !first_line(line, LINE_ROOM))
        code = error_set(error, ERROR_NETWORK_SECRET, path);
    return code;
}

enum error_code network_line(const char *choice, char line[NETWORK_LINE_MAX], struct error *error)
{
    enum error_code code = ERROR_NONE;
    line[0] = '\0';
    if (choice != NULL && choice[0] == '@')
        code = line_of_file(choice + 1, line, error);
    else if (choice != NULL && strcmp(choice, "ask") == 0 &&
             !terminal_secret(_("Passphrase of the network, or an invite: "), line, LINE_ROOM))
        code = error_set(error, ERROR_NETWORK_SECRET, _("the terminal"));
    if (code != ERROR_NONE)
        sodium_memzero(line, LINE_ROOM);
    return code;
}

/* A kept secret; *found is false when there is no such file. */
static enum error_code kept_secret(const char *path, uint8_t secret[SECRET_BYTES], bool *found,
                                   struct error *error)
{
    char line[LINE_ROOM];
    enum error_code code = file_read(path, line, sizeof line, found, error);
    if (code == ERROR_NONE && *found) {
        tighten(path);
        if (!first_line(line, sizeof line) || !hex_read(secret, SECRET_BYTES, line))
            code = error_set(error, ERROR_NETWORK_SECRET, path);
    }
    sodium_memzero(line, sizeof line);
    return code;
}

static bool network_path(const struct profile *profile, const char *name, char path[512],
                         struct error *error)
{
    if (snprintf(path, 512, "%s/networks/%s.key", profile->path, name) < 512)
        return true;
    error_set_os(error, ERROR_FILE, profile->path, ENAMETOOLONG);
    return false;
}

static enum error_code keep_here(const char *path, const uint8_t secret[SECRET_BYTES],
                                 struct error *error)
{
    char line[2 * SECRET_BYTES + 2];
    hex_of(line, secret, SECRET_BYTES);
    line[2 * SECRET_BYTES] = '\n';
    enum error_code code = file_replace(path, line, 2 * SECRET_BYTES + 1, error);
    sodium_memzero(line, sizeof line);
    return code;
}

/* Keeps the secret as BASE, BASE2 ...: the first of them that is free or holds the same already. */
static enum error_code keep_secret(const struct profile *profile, const char *base,
                                   const uint8_t secret[SECRET_BYTES], char name[64],
                                   char path[512], struct error *error)
{
    uint8_t held[SECRET_BYTES];
    char directory[PATH_ROOM];
    snprintf(directory, sizeof directory, "%s/networks", profile->path);
    if (directory_make(directory, error) != ERROR_NONE)
        return error->code;
    for (int n = 1; n <= NETWORKS_MAX; n++) {
        bool found;
        if (n == 1)
            snprintf(name, 64, "%.50s", base);
        else
            snprintf(name, 64, "%.50s%d", base, n);
        if (!network_path(profile, name, path, error))
            return error->code;
        enum error_code code = kept_secret(path, held, &found, error);
        bool same = code == ERROR_NONE && found && sodium_memcmp(held, secret, SECRET_BYTES) == 0;
        sodium_memzero(held, sizeof held);
        if (same)
            return ERROR_NONE;
        if (code == ERROR_NONE && !found)
            return keep_here(path, secret, error);
    }
    return error_set(error, ERROR_NETWORK_SECRET, directory);
}

static bool reserved(const char *name)
{
    return strcmp(name, "open") == 0 || strcmp(name, "new") == 0 || strcmp(name, "ask") == 0;
}

/* What to call the network of a file: the file's own name without directory and ending. */
static void name_of_file(const char *file, char base[64])
{
    const char *slash = strrchr(file, '/');
    const char *start = slash ? slash + 1 : file;
    snprintf(base, 64, "%.*s", (int)strcspn(start, "."), start);
    if (!profile_name_ok(base) || reserved(base))
        snprintf(base, 64, "shared");
}

/* What was typed may be a secret, in the wrong place: only a short name is said back. */
static enum error_code unknown(struct error *error, const char *choice)
{
    return error_set(error, ERROR_NETWORK_UNKNOWN, strlen(choice) <= 16 ? choice : _("that name"));
}

static enum error_code kept(const struct profile *profile, const char *choice,
                            uint8_t secret[SECRET_BYTES], char name[64], char path[512],
                            struct error *error)
{
    bool found = false;
    if (!profile_name_ok(choice))
        return unknown(error, choice);
    snprintf(name, 64, "%s", choice);
    if (!network_path(profile, name, path, error))
        return error->code;
    enum error_code code = kept_secret(path, secret, &found, error);
    return code != ERROR_NONE || found ? code : unknown(error, choice);
}

static enum error_code choose(const struct profile *profile, const char *choice, const char *line,
                              uint8_t secret[SECRET_BYTES], char name[64], char path[512],
                              struct error *error)
{
    char base[64] = "shared";
    enum error_code code = ERROR_NONE;
    if (strcmp(choice, "new") == 0) {
        snprintf(base, sizeof base, "private");
        randombytes_buf(secret, SECRET_BYTES);
    } else if (strcmp(choice, "ask") == 0) {
        code = secret_of_line(line, secret, _("what was typed"), error);
    } else if (choice[0] == '@') {
        name_of_file(choice + 1, base);
        code = secret_of_line(line, secret, choice + 1, error);
    } else {
        return kept(profile, choice, secret, name, path, error);
    }
    return code == ERROR_NONE ? keep_secret(profile, base, secret, name, path, error) : code;
}

enum error_code network_of_line(const struct profile *profile, const char *choice, const char *line,
                                uint8_t secret[32], char name[64], char path[512],
                                struct error *error)
{
    struct error unheard;
    if (!error)
        error = &unheard;
    name[0] = path[0] = 0;
    if (!choice || strcmp(choice, "open") == 0) {
        open_secret(secret);
        snprintf(name, 64, "open");
        return ERROR_NONE;
    }
    enum error_code code = choose(profile, choice, line, secret, name, path, error);
    if (code != ERROR_NONE)
        sodium_memzero(secret, SECRET_BYTES);
    return code;
}

enum error_code network_secret(const struct profile *profile, const char *choice,
                               uint8_t secret[32], char name[64], char path[512],
                               struct error *error)
{
    char line[LINE_ROOM];
    name[0] = path[0] = 0;
    enum error_code code = network_line(choice, line, error);
    if (code == ERROR_NONE)
        code = network_of_line(profile, choice, line, secret, name, path, error);
    else
        sodium_memzero(secret, SECRET_BYTES);
    sodium_memzero(line, sizeof line);
    return code;
}

/* True and named when the profile has this secret, under whatever name. */
static bool find_kept(const struct profile *profile, const uint8_t secret[SECRET_BYTES],
                      char name[64], char path[512])
{
    char directory[PATH_ROOM];
    uint8_t held[SECRET_BYTES];
    const struct dirent *entry;
    bool same = false;
    snprintf(directory, sizeof directory, "%s/networks", profile->path);
    DIR *all = opendir(directory);
    while (!same && all != NULL && (entry = readdir(all)) != NULL) {
        const char *end = strstr(entry->d_name, ".key");
        bool found = false;
        if (end == NULL || end[4] != '\0' || end - entry->d_name >= 64)
            continue;
        snprintf(name, 64, "%.*s", (int)(end - entry->d_name), entry->d_name);
        same = profile_name_ok(name) && network_path(profile, name, path, NULL) &&
               kept_secret(path, held, &found, NULL) == ERROR_NONE && found &&
               sodium_memcmp(held, secret, SECRET_BYTES) == 0;
    }
    if (all != NULL)
        closedir(all);
    sodium_memzero(held, sizeof held);
    return same;
}

enum error_code network_keep(const struct profile *profile, const uint8_t secret[32], char name[64],
                             char path[512], struct error *error)
{
    struct error unheard;
    if (find_kept(profile, secret, name, path))
        return ERROR_NONE;
    return keep_secret(profile, "private", secret, name, path, error ? error : &unheard);
}
