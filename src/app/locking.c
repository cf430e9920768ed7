/* Locking. What is done stands in store/convert.c; here it is asked for and said. A passphrase that is
 * changed seals the same key anew, so nothing else is written. */
#include "app/locking.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/tr.h"
#include "store/convert.h"
#include "store/profile.h"
#include "store/vault.h"

/* Twice where it is typed, so that a slip does not shut its own author out. */
static enum error_code ask_new(bool typed, char passphrase[VAULT_PASSPHRASE_MAX],
                               struct error *error)
{
    char again[VAULT_PASSPHRASE_MAX];
    bool came = vault_line(_("New passphrase: "), passphrase);
    if (!came || utf8_count(passphrase) < VAULT_PASSPHRASE_LEAST)
        return error_set(error, ERROR_PASSPHRASE_NEW,
                         _("it has to have at least 8 characters; several words are best"));
    if (!typed)
        return ERROR_NONE;
    came = vault_line(_("The same once more: "), again);
    bool same = came && strcmp(again, passphrase) == 0;
    sodium_memzero(again, sizeof again);
    return same ? ERROR_NONE
                : error_set(error, ERROR_PASSPHRASE_NEW, _("the two were not the same"));
}

static void say(const char *sentence, const char *name)
{
    printf(sentence, name);
    putchar('\n');
    fflush(stdout);
}

static enum error_code set(const struct profile *profile, bool typed, struct error *error)
{
    char passphrase[VAULT_PASSPHRASE_MAX];
    bool had = vault_is_open();
    enum error_code code = ask_new(typed, passphrase, error);
    if (code == ERROR_NONE)
        code =
            had ? vault_write(passphrase, error) : convert_seal(profile->path, passphrase, error);
    sodium_memzero(passphrase, sizeof passphrase);
    if (code == ERROR_NONE)
        say(had ? _("The profile %s has another passphrase now.")
                : _("The profile %s has a passphrase now. Without it what lies on this disk cannot "
                    "be "
                    "read, by nobody: keep it well."),
            profile->name);
    return code;
}

enum error_code locking_run(bool lock, const char *name, struct error *error)
{
    static struct profile profile; /* wiped when it is closed */
    const char *which = name[0] != '\0' ? name : "default";
    enum error_code code = profile_open(&profile, which, error);
    if (code == ERROR_PROFILE_BUSY)
        return error_set(error, ERROR_PROFILE_USED, which);
    if (code != ERROR_NONE)
        return code;
    if (lock) {
        code = set(&profile, !vault_given(), error);
    } else if (!vault_is_open()) {
        say(_("The profile %s has no passphrase."), profile.name);
    } else {
        code = convert_clear(profile.path, error);
        if (code == ERROR_NONE)
            say(_("The profile %s has no passphrase any more."), profile.name);
    }
    profile_close(&profile);
    return code;
}
