/* Profile: a directory under the XDG data directory:
 *
 *     fika/NAME/lock       held with flock while a fika uses the profile; says nothing else
 *     fika/NAME/identity   the key (keyring.c)
 *     fika/NAME/settings   "nick = anna", "channels = #fika #work", the current channel first
 *     fika/NAME/networks/  secrets of networks (keyring.c)
 *     fika/NAME/history.db (store.c)
 *     fika/NAME/passphrase (vault.c) when it has one: then all of the others but `lock` are sealed
 *
 * 1. One fika at a time has a profile: the lock is taken before anything else in it is read or
 *    made. The lock file is never removed, so that two can never hold locks on two files of that
 *    name.
 * 2. A profile's identity is never replaced: only a missing one is made.
 *
 * A second fika of the same user takes the next free profile, default2, and the nick with the same
 * number behind it, so that two windows on one machine can talk at once.
 */
#include "store/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "store/convert.h"
#include "store/files.h"
#include "store/keyring.h"
#include "store/vault.h"

#define PROFILES_MAX   100 /* how many "default" ones are tried */
#define SETTINGS_BYTES 16384
#define FIRST_NAME     "default"
#define FALLBACK_NICK  "me"

bool profile_name_ok(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(name);
    return size >= 1 && size < 64 && strspn(name, allowed) == size && name[0] != '.' &&
           name[0] != '-';
}

/* XDG_DATA_HOME/fika, or ~/.local/share/fika. */
static enum error_code data_directory(char *out, size_t room, struct error *error)
{
    char home[512];
    const char *base = getenv("XDG_DATA_HOME");
    int size;
    if (base && base[0] == '/') {
        size = snprintf(out, room, "%s/fika", base);
    } else {
        if (!home_directory(home, sizeof home))
            return error_set(error, ERROR_NO_HOME, _("HOME is not set"));
        size = snprintf(out, room, "%s/.local/share/fika", home);
    }
    return (size_t)size < room ? ERROR_NONE : error_set_os(error, ERROR_FILE, out, ENAMETOOLONG);
}

/* ---- nick ---- */

/* Makes a nick of any text: what a nick may not hold is dropped, what is too long cut, and
 * `suffix` is put behind it. False when nothing is left. */
static bool nick_make(struct nick *nick, const char *from, const char *suffix)
{
    char out[LIMIT_NICK + 1];
    size_t size = strlen(from), used = 0, room = LIMIT_NICK - strlen(suffix);
    for (size_t i = 0; i < size;) {
        uint32_t code;
        char one[5] = "", trial[LIMIT_NICK + 1];
        i += utf8_decode(from + i, size - i, &code);
        size_t bytes = utf8_encode(one, code);
        if (used + bytes > room)
            break;
        snprintf(trial, sizeof trial, "%.*s%s", (int)used, out, one);
        if (code == TEXT_REPLACEMENT || !nick_ok(trial))
            continue;
        memcpy(out + used, one, bytes);
        used += bytes;
    }
    if (used == 0)
        return false;
    snprintf(nick->text, sizeof nick->text, "%.*s%s", (int)used, out, suffix);
    return nick_ok(nick->text);
}

/* What stands behind the nick of "default2": "2"; nothing for other names. */
static void nick_suffix(const char *name, char out[4])
{
    size_t size = strlen(FIRST_NAME);
    const char *number = strncmp(name, FIRST_NAME, size) == 0 ? name + size : "";
    bool digits =
        number[0] != 0 && strlen(number) < 4 && strspn(number, "0123456789") == strlen(number);
    snprintf(out, 4, "%.3s", digits ? number : "");
}

static void nick_default(struct profile *profile)
{
    char suffix[4];
    const struct passwd *user;
    const char *name = getenv("USER");
    nick_suffix(profile->name, suffix);
    if (nick_make(&profile->nick, profile->config.nick.text, suffix))
        return;
    if (name && nick_make(&profile->nick, name, suffix))
        return;
    user = getpwuid(getuid());
    if (user && nick_make(&profile->nick, user->pw_name, suffix))
        return;
    nick_make(&profile->nick, FALLBACK_NICK, suffix);
}

/* ---- settings ---- */

static void settings_path(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/settings", profile->path);
}

static enum error_code settings_load(struct profile *profile, struct error *error)
{
    char path[sizeof profile->path + 16], text[SETTINGS_BYTES], *rest = text, *key, *value;
    bool found;
    settings_path(profile, path);
    if (file_read(path, text, sizeof text, &found, error) != ERROR_NONE)
        return error->code;
    memcpy(profile->channels, profile->config.channels, sizeof profile->channels);
    profile->channel_count = profile->config.channel_count;
    for (char *line = config_next_line(&rest); line; line = config_next_line(&rest)) {
        if (!config_line(line, &key, &value))
            continue;
        if (strcmp(key, "nick") == 0 && nick_ok(value))
            snprintf(profile->nick.text, sizeof profile->nick.text, "%s", value);
        else if (strcmp(key, "channels") == 0)
            config_channels(value, profile->channels, &profile->channel_count);
    }
    if (profile->nick.text[0] == 0)
        nick_default(profile);
    return ERROR_NONE;
}

/* True when the file has just this text. */
static bool is_kept(const char *path, const char *text, size_t size)
{
    char kept[SETTINGS_BYTES + 1];
    bool found;
    return file_read(path, kept, sizeof kept, &found, NULL) == ERROR_NONE && found &&
           strlen(kept) == size && memcmp(kept, text, size) == 0;
}

enum error_code profile_keep(struct profile *profile, const struct core_config *keep,
                             struct error *error)
{
    char path[sizeof profile->path + 16], text[SETTINGS_BYTES];
    struct writer w = writer_of(text, sizeof text);
    settings_path(profile, path);
    write_copy(&w, "nick = ", 7);
    write_copy(&w, keep->nick.text, strlen(keep->nick.text));
    write_copy(&w, "\nchannels =", 11);
    for (size_t i = 0; i < keep->channel_count; i++) {
        if (!channel_name_ok(keep->channels[i].text))
            continue; /* the history has direct ones */
        write_copy(&w, " ", 1);
        write_copy(&w, keep->channels[i].text, strlen(keep->channels[i].text));
    }
    write_copy(&w, "\n", 1);
    CHECK(!w.full);
    if (is_kept(path, text, w.size))
        return ERROR_NONE; /* as at nearly every start; a replacement costs two fsyncs */
    if (file_replace(path, text, w.size, error) != ERROR_NONE)
        return error ? error->code : ERROR_FILE;
    profile->nick = keep->nick;
    memcpy(profile->channels, keep->channels, sizeof profile->channels);
    profile->channel_count = keep->channel_count;
    return ERROR_NONE;
}

/* ---- opening ---- */

static enum error_code directory_private(const char *path, struct error *error)
{
    struct stat status;
    if (directory_make(path, error) != ERROR_NONE)
        return error->code;
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0 && status.st_uid == getuid())
        chmod(path, 0700);
    return ERROR_NONE;
}

/* Takes the lock; *busy when another fika has it. */
static enum error_code lock_take(struct profile *profile, bool *busy, struct error *error)
{
    char path[sizeof profile->path + 16];
    snprintf(path, sizeof path, "%s/lock", profile->path);
    *busy = false;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failed(error, path, errno);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        profile->lock = fd;
        return ERROR_NONE;
    }
    int os = errno;
    close(fd);
    if (os != EWOULDBLOCK)
        return file_failed(error, path, os);
    *busy = true;
    return error_set(error, ERROR_PROFILE_BUSY, profile->name);
}

static enum error_code open_named(struct profile *profile, const char *directory, const char *name,
                                  bool *busy, struct error *error)
{
    *busy = false;
    snprintf(profile->name, sizeof profile->name, "%s", name);
    int size = snprintf(profile->path, sizeof profile->path, "%s/%s", directory, name);
    if ((size_t)size >= sizeof profile->path)
        return error_set_os(error, ERROR_FILE, profile->path, ENAMETOOLONG);
    if (directory_private(profile->path, error) != ERROR_NONE ||
        lock_take(profile, busy, error) != ERROR_NONE)
        return error->code;
    convert_settle(profile->path);
    if (vault_has(profile->path) && vault_open(profile->path, profile->name, error) != ERROR_NONE) {
        profile_close(profile);
        return error->code;
    }
    if (keyring_identity(profile->path, &profile->identity, &profile->fresh, error) != ERROR_NONE ||
        settings_load(profile, error) != ERROR_NONE) {
        profile_close(profile);
        return error->code;
    }
    return ERROR_NONE;
}

static enum error_code open_first_free(struct profile *profile, const char *directory,
                                       struct error *error)
{
    char name[32] = FIRST_NAME;
    for (int n = 1; n <= PROFILES_MAX; n++) {
        bool busy;
        if (n > 1)
            snprintf(name, sizeof name, FIRST_NAME "%d", n);
        enum error_code code = open_named(profile, directory, name, &busy, error);
        if (!busy)
            return code;
    }
    return error_set(error, ERROR_PROFILE_BUSY, name);
}

enum error_code profile_open(struct profile *profile, const char *name, struct error *error)
{
    char directory[512];
    struct error unheard;
    bool busy;
    if (!error)
        error = &unheard;
    memset(profile, 0, sizeof *profile);
    profile->lock = -1;
    if (sodium_init() < 0)
        return error_set(error, ERROR_MEMORY, _("libsodium could not start"));
    if (name && !profile_name_ok(name))
        return error_set_os(error, ERROR_FILE, name, EINVAL);
    if (data_directory(directory, sizeof directory, error) != ERROR_NONE)
        return error->code;
    config_load(&profile->config);
    if (name)
        return open_named(profile, directory, name, &busy, error);
    return open_first_free(profile, directory, error);
}

bool profile_is_there(const char *name)
{
    char directory[512], path[1024];
    struct stat status;
    struct error unheard;
    if (data_directory(directory, sizeof directory, &unheard) != ERROR_NONE)
        return false;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &status) == 0;
}

void profile_close(struct profile *profile)
{
    sodium_memzero(&profile->identity, sizeof profile->identity);
    vault_close();
    if (profile->lock >= 0)
        close(profile->lock);
    profile->lock = -1;
}
