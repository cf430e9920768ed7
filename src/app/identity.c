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

/* All that is secret here, in one place that is guarded, not swapped, and wiped. */
struct secret {
    struct identity root;
    struct backup backup; /* its seed is what words say, too */
    char all[VAULT_PASSPHRASE_MAX], line[VAULT_PASSPHRASE_MAX], again[VAULT_PASSPHRASE_MAX];
};

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
static void add_words(struct secret *secret, size_t *count, enum error_code *code,
                      struct error *error)
{
    struct phrase_told told;
    char sentence[200];
    enum phrase_fault fault = phrase_read(secret->line, secret->backup.seed, &told);
    size_t words = fault == PHRASE_COUNT ? told.at : PHRASE_WORDS;
    if (fault == PHRASE_UNKNOWN) {
        say_fault(&told, sentence, sizeof sentence);
        if (vault_given())
            *code = error_set(error, ERROR_WORDS, sentence);
        else
            fprintf(stderr, "%s\n", sentence); /* these are asked for again */
        return;
    }
    if (*count + words > PHRASE_WORDS ||
        strlen(secret->all) + strlen(secret->line) + 2 > sizeof secret->all) {
        *code = error_set(error, ERROR_WORDS, _("there are more"));
        return;
    }
    strcat(secret->all, secret->line);
    strcat(secret->all, " ");
    *count += words;
}

/* Into the backup's seed. */
static enum error_code ask_words(struct secret *secret, struct error *error)
{
    char prompt[100];
    struct phrase_told told;
    enum error_code code = ERROR_NONE;
    size_t count = 0;
    while (count < PHRASE_WORDS && code == ERROR_NONE) {
        snprintf(prompt, sizeof prompt, _("Words %d to 24, as many as you like at once: "),
                 (int)count + 1);
        if (vault_line(prompt, secret->line))
            add_words(secret, &count, &code, error);
        else
            code = error_set(error, ERROR_WORDS, _("some are missing"));
    }
    if (code == ERROR_NONE && phrase_read(secret->all, secret->backup.seed, &told) != PHRASE_GOOD)
        code = error_set(error, ERROR_WORDS,
                         _("each is a word, but one is another, or they stand in another order"));
    return code;
}

static bool is_agreed(const char *question)
{
    char answer[VAULT_PASSPHRASE_MAX];
    return vault_line(question, answer) &&
           (strcmp(answer, "yes") == 0 || strcmp(answer, _("yes")) == 0);
}

/* None is allowed, and asked after. */
static enum error_code ask_passphrase(struct secret *secret, struct error *error)
{
    if (!vault_line(_("Passphrase for the backup: "), secret->line)) {
        bool sure = is_agreed(_("Without one whoever has the file is you. Type yes to go on: "));
        secret->line[0] = '\0';
        return sure ? ERROR_NONE : error_set(error, ERROR_PASSPHRASE_NEW, _("there is none"));
    }
    bool same = vault_line(_("The same once more: "), secret->again) &&
                strcmp(secret->again, secret->line) == 0;
    return same ? ERROR_NONE
                : error_set(error, ERROR_PASSPHRASE_NEW, _("the two were not the same"));
}

static enum error_code ask_file(const char *path, struct secret *secret, struct error *error)
{
    char line[BACKUP_LINE_MAX];
    enum error_code code = backup_read(path, line, error);
    if (code != ERROR_NONE)
        return code;
    if (!vault_line(_("Passphrase of the backup (nothing, if it has none): "), secret->line))
        secret->line[0] = '\0';
    return backup_open(line, secret->line, &secret->backup, error) ? ERROR_NONE : error->code;
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

static enum error_code show_words(const struct who *who, struct secret *secret, struct error *error)
{
    char *save = NULL;
    _Static_assert(sizeof secret->all >= PHRASE_ROOM, "all words have room");
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
    phrase_write(secret->backup.seed, secret->all);
    setvbuf(stdout, NULL, _IONBF, 0); /* no copy stays in a buffer */
    fputs(OTHER_SCREEN, stdout);
    int at = 1;
    for (const char *word = strtok_r(secret->all, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save), at++)
        printf("%3d %-10s%s", at, word, at % COLUMNS_OF_WORDS == 0 ? "\n" : "");
    printf("\n%s", _("Written down? Enter takes them off the screen. "));
    wait_for_enter();
    fputs(FIRST_SCREEN, stdout);
    return ERROR_NONE;
}

static enum error_code back_up(const struct profile *profile, const struct options *options,
                               const struct who *who, struct secret *secret, struct error *error)
{
    if (who->certified)
        return refuse(error, _("this profile is a device: its identity's words are where that was "
                               "made, or on your paper. A device needs no backup; make another"));
    crypto_sign_ed25519_sk_to_seed(secret->backup.seed, profile->identity.secret);
    secret->backup.nick = profile->nick;
    if (options->file == NULL)
        return show_words(who, secret, error);
    enum error_code code = ask_passphrase(secret, error);
    if (code == ERROR_NONE)
        code = backup_write(options->file, &secret->backup, secret->line, error);
    if (code == ERROR_NONE) {
        printf(_("The identity is in %s now. Whoever has that file and its passphrase is you: keep "
                 "both well, and apart."),
               options->file);
        putchar('\n');
    }
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
    if (nick->text[0] == '\0')
        printf(_("The words hold no nick: here you are %s, until you type \\nick in fika.\n"),
               profile->nick.text);
    if (!profile->fresh || nick->text[0] == '\0')
        return ERROR_NONE;
    memcpy(keep.channels, profile->channels, sizeof keep.channels);
    keep.channel_count = profile->channel_count;
    return profile_keep(profile, &keep, error);
}

static enum error_code restore(struct profile *profile, const struct options *options,
                               const struct who *who, struct secret *secret, struct error *error)
{
    enum error_code code = agree(profile, who, error);
    if (code == ERROR_NONE)
        code = options->file != NULL ? ask_file(options->file, secret, error)
                                     : ask_words(secret, error);
    if (code != ERROR_NONE)
        return code;
    secret->root = identity_from_seed(secret->backup.seed);
    code = certify(profile, options, who, &secret->root, error);
    return code == ERROR_NONE ? keep_nick(profile, &secret->backup.nick, error) : code;
}

/* Before a profile is made for it. */
static enum error_code can_restore(const struct options *options, struct error *error)
{
    char line[BACKUP_LINE_MAX];
    if (options->device != NULL && !device_label_ok(options->device))
        return refuse(error, _("a device is called by 1 to 32 bytes of text, such as phone"));
    enum error_code code =
        options->file != NULL ? backup_read(options->file, line, error) : ERROR_NONE;
    sodium_memzero(line, sizeof line);
    return code;
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
                                 const struct who *who, struct secret *secret, struct error *error)
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
        enum error_code code = ask_words(secret, error);
        if (code != ERROR_NONE)
            return code;
        secret->root = identity_from_seed(secret->backup.seed);
        if (!id_equal(&secret->root.node, &who->root))
            return error_set(error, ERROR_WORDS, _("they are of another identity"));
    } else {
        secret->root = profile->identity;
    }
    return write_down(profile, who, device, &secret->root, error);
}

/* ---- all of it ---- */

static enum error_code act(struct profile *profile, const struct options *options,
                           const struct who *who, struct error *error)
{
    struct secret *secret = sodium_malloc(sizeof *secret);
    enum error_code code;
    CHECK(secret != NULL);
    memset(secret, 0, sizeof *secret);
    switch (options->identity) {
    case IDENTITY_BACKUP: code = back_up(profile, options, who, secret, error); break;
    case IDENTITY_RESTORE: code = restore(profile, options, who, secret, error); break;
    case IDENTITY_REVOKE: code = take_back(profile, options, who, secret, error); break;
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
    enum error_code code = ERROR_NONE;
    if (options->identity == IDENTITY_RESTORE)
        code = can_restore(options, error);
    if (code == ERROR_NONE)
        code = profile_open(profile, which, error);
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
