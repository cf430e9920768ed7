/* Identity. What is said of devices stands in core/certificate.h, where it is kept in store/papers.h, and what is shown of it
 * here in who.c.
 *
 * 1. A root's secret is here only from its words or file to its signature, in memory that is not swapped, and wiped then: a
 *    device never has it on its disk.
 * 2. Words go to a terminal and to nothing else, on its other screen, so that they are gone from it with the next Enter.
 * 3. A profile's key is never replaced. Who restores on a machine that has a history makes that a device's history. */
#include "app/identity.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/who.h"
#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "store/backup.h"
#include "store/papers.h"
#include "store/phrase.h"
#include "store/vault.h"

#define COLUMNS_OF_WORDS 4
#define CHANNELS_MOST    1024
#define OTHER_SCREEN     "\x1b[?1049h\x1b[H\x1b[2J"
#define FIRST_SCREEN     "\x1b[2J\x1b[3J\x1b[?1049l"

static enum error_code refuse(struct error *error, const char *sentence)
{
    return error_set(error, ERROR_IDENTITY, sentence);
}

/* ---- words and passphrases that are asked for ---- */

static void say_fault(const struct phrase_told *told, char *out, size_t room)
{
    if (told->near != NULL)
        snprintf(out, room, _("\"%s\" is none of the list; is it \"%s\"?"), told->word, told->near);
    else
        snprintf(out, room, _("\"%s\" is none of the list"), told->word);
}

/* Adds a line of words to those that were typed, if each is a word; *code says why the asking ends. */
static bool add_words(const char *line, char all[VAULT_PASSPHRASE_MAX], size_t *count,
                      enum error_code *code, struct error *error)
{
    struct phrase_told told;
    uint8_t secret[PHRASE_SECRET];
    char sentence[200];
    enum phrase_fault fault = phrase_read(line, secret, &told);
    sodium_memzero(secret, sizeof secret);
    size_t words = fault == PHRASE_COUNT ? told.at : PHRASE_WORDS;
    if (fault == PHRASE_UNKNOWN) {
        say_fault(&told, sentence, sizeof sentence);
        if (vault_given())
            *code = error_set(error, ERROR_WORDS, sentence);
        else
            fprintf(stderr, "%s\n", sentence);
        return false;
    }
    if (*count + words > PHRASE_WORDS || strlen(all) + strlen(line) + 2 > VAULT_PASSPHRASE_MAX) {
        *code = error_set(error, ERROR_WORDS, _("there are more"));
        return false;
    }
    strcat(all, line);
    strcat(all, " ");
    *count += words;
    return true;
}

static enum error_code ask_words(uint8_t seed[PHRASE_SECRET], struct error *error)
{
    char all[VAULT_PASSPHRASE_MAX] = "", line[VAULT_PASSPHRASE_MAX], prompt[100];
    struct phrase_told told;
    enum error_code code = ERROR_NONE;
    size_t count = 0;
    while (count < PHRASE_WORDS && code == ERROR_NONE) {
        snprintf(prompt, sizeof prompt, _("Words %d to 24, as many as you like at once: "),
                 (int)count + 1);
        if (!vault_line(prompt, line))
            code = error_set(error, ERROR_WORDS, _("some are missing"));
        else
            add_words(line, all, &count, &code, error);
        sodium_memzero(line, sizeof line);
    }
    if (code == ERROR_NONE && phrase_read(all, seed, &told) != PHRASE_GOOD)
        code = error_set(error, ERROR_WORDS,
                         _("each is a word, but one is another, or they stand in another order"));
    sodium_memzero(all, sizeof all);
    return code;
}

static bool is_agreed(const char *question)
{
    char answer[VAULT_PASSPHRASE_MAX];
    return vault_line(question, answer) &&
           (strcmp(answer, "yes") == 0 || strcmp(answer, _("yes")) == 0);
}

/* None is allowed, and asked after. */
static enum error_code ask_passphrase(char passphrase[VAULT_PASSPHRASE_MAX], struct error *error)
{
    char again[VAULT_PASSPHRASE_MAX];
    if (!vault_line(_("Passphrase for the backup: "), passphrase)) {
        bool sure = is_agreed(_("Without one whoever has the file is you. Type yes to go on: "));
        passphrase[0] = '\0';
        return sure ? ERROR_NONE : error_set(error, ERROR_PASSPHRASE_NEW, _("there is none"));
    }
    bool same = vault_line(_("The same once more: "), again) && strcmp(again, passphrase) == 0;
    sodium_memzero(again, sizeof again);
    return same ? ERROR_NONE
                : error_set(error, ERROR_PASSPHRASE_NEW, _("the two were not the same"));
}

static enum error_code ask_file(const char *path, uint8_t seed[32], struct nick *nick,
                                struct error *error)
{
    char line[BACKUP_LINE_MAX], passphrase[VAULT_PASSPHRASE_MAX];
    struct backup backup;
    enum error_code code = backup_read(path, line, error);
    if (code != ERROR_NONE)
        return code;
    if (!vault_line(_("Passphrase of the backup (nothing, if it has none): "), passphrase))
        passphrase[0] = '\0';
    if (backup_open(line, passphrase, &backup, error)) {
        memcpy(seed, backup.seed, sizeof backup.seed);
        *nick = backup.nick;
    } else {
        code = error->code;
    }
    sodium_memzero(passphrase, sizeof passphrase);
    sodium_memzero(&backup, sizeof backup);
    return code;
}

/* ---- backup ---- */

static bool wait_for_enter(void)
{
    int c;
    while ((c = getchar()) != '\n')
        if (c == EOF)
            return false;
    return true;
}

static enum error_code show_words(const struct who *who, const uint8_t seed[32],
                                  struct error *error)
{
    char words[PHRASE_ROOM], *save = NULL;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return refuse(error, _("the words are shown on a terminal only; --file writes a backup"));
    printf(
        _("24 words follow: the identity %s. Whoever reads them is you, for ever: he can speak in "
          "your name, and you cannot take that back. Write them on paper, and let nobody look "
          "on.\n"),
        who->root_nick);
    printf(_("Press Enter to see them, Ctrl-C to leave. "));
    fflush(stdout);
    if (!wait_for_enter())
        return ERROR_NONE;
    phrase_write(seed, words);
    setvbuf(stdout, NULL, _IONBF, 0); /* no copy stays in a buffer */
    fputs(OTHER_SCREEN, stdout);
    int at = 1;
    for (const char *word = strtok_r(words, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save), at++)
        printf("%3d %-10s%s", at, word, at % COLUMNS_OF_WORDS == 0 ? "\n" : "");
    printf("\n%s", _("Written down? Enter takes them off the screen. "));
    wait_for_enter();
    fputs(FIRST_SCREEN, stdout);
    sodium_memzero(words, sizeof words);
    return ERROR_NONE;
}

static enum error_code back_up(const struct profile *profile, const struct options *options,
                               const struct who *who, struct error *error)
{
    struct backup backup = {.nick = profile->nick};
    char passphrase[VAULT_PASSPHRASE_MAX];
    enum error_code code;
    if (who->certified)
        return refuse(error, _("this profile is a device: its identity's words are where that was "
                               "made, or on your paper. A device needs no backup; make another"));
    crypto_sign_ed25519_sk_to_seed(backup.seed, profile->identity.secret);
    if (options->file == NULL) {
        code = show_words(who, backup.seed, error);
    } else {
        code = ask_passphrase(passphrase, error);
        if (code == ERROR_NONE)
            code = backup_write(options->file, &backup, passphrase, error);
        sodium_memzero(passphrase, sizeof passphrase);
        if (code == ERROR_NONE) {
            printf(_("The identity is in %s now. Whoever has that file and its passphrase is you: "
                     "keep both well, and apart."),
                   options->file);
            putchar('\n');
        }
    }
    sodium_memzero(&backup, sizeof backup);
    return code;
}

/* ---- restore ---- */

static void default_label(char label[DEVICE_LABEL_MAX + 1])
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    snprintf(label, DEVICE_LABEL_MAX + 1, "%.*s", DEVICE_LABEL_MAX, host);
    if (!device_label_ok(label))
        snprintf(label, DEVICE_LABEL_MAX + 1, "fika");
}

/* What was said here before will be the person's. */
static enum error_code agree(const struct profile *profile, const struct who *who,
                             struct error *error)
{
    if (profile->fresh || (!who->spoke && !who->certified))
        return ERROR_NONE;
    fprintf(
        stderr,
        _("The profile %s is not new: it has a key and lines of its own. It keeps both, and "
          "becomes a device: what it said before stands under the restored identity's name, too, "
          "for all who have seen it.\n"),
        profile->name);
    if (who->certified)
        fprintf(stderr, "%s\n", _("It is a device already; what it says from now on counts."));
    return is_agreed(_("Type yes to go on: ")) ? ERROR_NONE
                                               : refuse(error, _("nothing was changed"));
}

static enum error_code certify(const struct profile *profile, const struct options *options,
                               const struct who *who, const struct identity *root,
                               struct error *error)
{
    struct certificate made = {
        .root = root->node, .device = profile->identity.node, .number = clock_wall_ms()};
    if (id_equal(&root->node, &profile->identity.node))
        return refuse(error, _("this profile has that very identity: there is nothing to restore"));
    if (who->certified && who->own.number >= made.number)
        made.number = who->own.number + 1;
    if (options->device != NULL)
        snprintf(made.label, sizeof made.label, "%s", options->device);
    else
        default_label(made.label);
    certificate_sign_root(&made, root);
    certificate_sign_device(&made, &profile->identity);
    enum error_code code = papers_own_put(profile->path, &made, error);
    if (code == ERROR_NONE)
        printf(_("This is \"%s\" now, a device of %.8s: it has a key of its own, and your name. "
                 "Others "
                 "learn it with the first line that you say.\n"),
               made.label, who_hex(&root->node).text);
    return code;
}

static enum error_code keep_nick(struct profile *profile, const struct nick *nick,
                                 struct error *error)
{
    struct core_config keep = {.nick = *nick};
    if (!profile->fresh || nick->text[0] == '\0')
        return ERROR_NONE;
    memcpy(keep.channels, profile->channels, sizeof keep.channels);
    keep.channel_count = profile->channel_count;
    return profile_keep(profile, &keep, error);
}

static enum error_code restore(struct profile *profile, const struct options *options,
                               const struct who *who, uint8_t seed[32], struct identity *root,
                               struct error *error)
{
    struct nick nick = {{0}};
    if (options->device != NULL && !device_label_ok(options->device))
        return refuse(error, _("a device is called by 1 to 32 bytes of text, such as phone"));
    enum error_code code = agree(profile, who, error);
    if (code == ERROR_NONE)
        code = options->file != NULL ? ask_file(options->file, seed, &nick, error)
                                     : ask_words(seed, error);
    if (code != ERROR_NONE)
        return code;
    *root = identity_from_seed(seed);
    code = certify(profile, options, who, root, error);
    return code == ERROR_NONE ? keep_nick(profile, &nick, error) : code;
}

/* ---- revoke ---- */

static enum error_code write_down(const struct profile *profile, const struct who *who,
                                  const struct device *device, const struct identity *root,
                                  struct error *error)
{
    struct revocation *made = calloc(CHANNELS_MOST, sizeof *made);
    CHECK(made != NULL);
    size_t count = who_revokes(who->store, device, root, clock_wall_ms(), made, CHANNELS_MOST);
    enum error_code code = papers_revoke(profile->path, made, count, error);
    free(made);
    if (code == ERROR_NONE)
        printf(_("\"%s\" is no device of yours any more. Your fika says so in its channels when it "
                 "runs next; what that device says from now on is marked, and nobody keeps a link "
                 "with it.\n"),
               who_label(&device->certificate).text);
    return code;
}

static enum error_code take_back(const struct profile *profile, const struct options *options,
                                 const struct who *who, uint8_t seed[32], struct identity *root,
                                 struct error *error)
{
    size_t count;
    const struct device *device = who_device(&who->persons, &who->root, options->device, &count);
    if (device == NULL && id_equal(&who->root, &profile->identity.node) &&
        who_names(&who->root, options->device))
        return refuse(error,
                      _("that is the first key itself, by which devices are yours; it cannot "
                        "be taken back"));
    if (device == NULL)
        return refuse(error, count > 1
                                 ? _("several devices are called so; give the first digits of "
                                     "one's key, as fika identity shows them")
                                 : _("no device of yours is called so; fika identity lists "
                                     "them"));
    if (device->revoked)
        return refuse(error, _("that device is revoked already"));
    if (who->certified) {
        enum error_code code = ask_words(seed, error);
        if (code != ERROR_NONE)
            return code;
        *root = identity_from_seed(seed);
        if (!id_equal(&root->node, &who->root))
            return error_set(error, ERROR_WORDS, _("they are of another identity"));
    } else {
        *root = profile->identity;
    }
    return write_down(profile, who, device, root, error);
}

/* ---- all of it ---- */

static enum error_code act(struct profile *profile, const struct options *options,
                           const struct who *who, struct error *error)
{
    struct secret {
        uint8_t seed[32];
        struct identity root;
    } *secret = sodium_malloc(sizeof *secret);
    enum error_code code;
    CHECK(secret != NULL);
    switch (options->identity) {
    case IDENTITY_BACKUP: code = back_up(profile, options, who, error); break;
    case IDENTITY_RESTORE:
        code = restore(profile, options, who, secret->seed, &secret->root, error);
        break;
    case IDENTITY_REVOKE:
        code = take_back(profile, options, who, secret->seed, &secret->root, error);
        break;
    default: code = who_show(profile, who, options->face == FACE_JSON, error);
    }
    sodium_free(secret);
    return code;
}

enum error_code identity_run(struct profile *profile, const struct options *options,
                             struct error *error)
{
    const char *which = options->profile[0] != '\0' ? options->profile : "default";
    struct who who;
    enum error_code code = profile_open(profile, which, error);
    if (code == ERROR_PROFILE_BUSY)
        return error_set(error, ERROR_PROFILE_USED, which);
    if (code != ERROR_NONE)
        return code;
    code = who_open(&who, profile, error);
    if (code == ERROR_NONE)
        code = act(profile, options, &who, error);
    who_close(&who);
    profile_close(profile);
    return code;
}
