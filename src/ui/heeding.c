/* Heeding: each command changes the heed and answers with what holds now, in one sentence, so that
 * nobody has to ask after it. */
#include "ui/heeding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/tr.h"

#define NAME_ROOM (3 * LIMIT_CHANNEL + 4)

static void say(struct heeding_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a line. */
static void say(struct heeding_answer *answer, const char *format, ...)
{
    size_t size = strlen(answer->text);
    va_list arguments;
    if (size > 0 && size + 1 < sizeof answer->text)
        answer->text[size++] = '\n';
    va_start(arguments, format);
    vsnprintf(answer->text + size, sizeof answer->text - size, format, arguments);
    va_end(arguments);
}

static void fail(struct heeding_answer *answer)
{
    answer->error = true;
    answer->changed = false;
}

static void tame_name(const char *channel, char out[NAME_ROOM])
{
    text_tame(out, NAME_ROOM, channel, strlen(channel), TAME_LINE);
}

static const char *level_words(enum heed_level level)
{
    switch (level) {
    case HEED_ALL: return N_("you are told of all that is said");
    case HEED_NONE: return N_("you are told of nothing");
    default: return N_("you are told of lines that name you, or a word you watch");
    }
}

static void say_quiet(const struct heed *heed, struct heeding_answer *answer)
{
    char hours[16];
    heed_quiet_text(&heed->quiet, hours);
    if (heed->quiet.from == heed->quiet.to)
        say(answer, _("no quiet hours; \\quiet 22:00-07:00 sets some"));
    else
        say(answer, _("quiet hours, in which you are told of nothing: %s"), hours);
}

static void say_words(const struct heed *heed, struct heeding_answer *answer)
{
    char words[HEED_NAMES_MAX] = "";
    for (size_t i = 0, size = 0; i < heed->word_count; i++)
        size += (size_t)snprintf(words + size, sizeof words - size, " %s", heed->words[i]);
    if (heed->word_count == 0)
        say(answer, _("no words are watched; \\watch word counts lines with it as mentions"));
    else
        say(answer, _("words that count as mentions:%s"), words);
}

static void say_channel(const struct heed *heed, const char *channel, struct heeding_answer *answer)
{
    char name[NAME_ROOM];
    tame_name(channel, name);
    if (heed_muted(heed, channel))
        say(answer, _("%s is muted; \\unmute %s ends that"), name, name);
    else
        say(answer, "%s: %s", name, tr(level_words(heed_level(heed, channel))));
}

/* The current channel first, then the others of which something is said. */
static void say_all(const struct heed *heed, const char *current, struct heeding_answer *answer)
{
    if (current[0] != '\0')
        say_channel(heed, current, answer);
    for (size_t i = 0; i < heed->channel_count; i++)
        if (strcmp(heed->channels[i].name.text, current) != 0)
            say_channel(heed, heed->channels[i].name.text, answer);
    say(answer, _("any other channel: %s"), tr(level_words(HEED_MENTIONS)));
    say_words(heed, answer);
    say_quiet(heed, answer);
}

/* Of one that the reader is in, or that holds as soon as he is; a name mistyped is seen so. */
static void say_one(const struct heed *heed, const struct heeding *heeding, const char *channel,
                    struct heeding_answer *answer)
{
    char name[NAME_ROOM];
    say_channel(heed, channel, answer);
    tame_name(channel, name);
    if (heeding->elsewhere)
        say(answer, _("you are not in %s; \\channels shows those you are in"), name);
}

static void do_channel(struct heed *heed, const struct heeding *heeding, const char *current,
                       struct heeding_answer *answer)
{
    const char *channel = heeding->channel.text[0] != '\0' ? heeding->channel.text : current;
    bool mute = heeding->act == HEEDING_MUTE, done;
    if (heeding->act == HEEDING_NOTIFY && heeding->level == HEED_UNSAID) {
        if (heeding->channel.text[0] != '\0')
            say_one(heed, heeding, channel, answer);
        else
            say_all(heed, current, answer);
        return;
    }
    if (channel[0] == '\0') {
        say(answer, _("there is no current channel; name one behind the command"));
        fail(answer);
        return;
    }
    if (heeding->act == HEEDING_NOTIFY)
        done = heed_set_level(heed, channel, heeding->level);
    else
        done = heed_set_muted(heed, channel, mute);
    answer->changed = done;
    if (done) {
        say_one(heed, heeding, channel, answer);
        return;
    }
    say(answer,
        _("%d channels have settings of their own, and that is all there may be; \\notify "
          "shows them, \\unmute or \\notify #channel mentions frees one"),
        HEED_CHANNELS_MAX);
    fail(answer);
}

static struct bytes next_word(struct bytes *rest)
{
    while (rest->size > 0 && (rest->at[0] == ' ' || rest->at[0] == '\t')) {
        rest->at++;
        rest->size--;
    }
    struct bytes word = {.at = rest->at, .size = 0};
    while (word.size < rest->size && word.at[word.size] != ' ' && word.at[word.size] != '\t')
        word.size++;
    rest->at += word.size;
    rest->size -= word.size;
    return word;
}

/* One of the words will not do: those before it hold. */
static void refuse(struct heeding_answer *answer, enum heeding_act act, struct bytes word)
{
    char shown[3 * HEED_WORD_BYTES + 4];
    size_t size = word.size < HEED_WORD_BYTES ? word.size : HEED_WORD_BYTES;
    text_tame(shown, sizeof shown, (const char *)word.at, size, TAME_LINE);
    if (act == HEEDING_UNWATCH)
        say(answer, _("%s is not watched; \\watch shows the words that are"), shown);
    else if (!heed_word_ok(word))
        say(answer, _("%s cannot be watched: a word has at most %d bytes"), shown, HEED_WORD_BYTES);
    else
        say(answer, _("%d words are all that can be watched; \\unwatch one before %s"),
            HEED_WORDS_MAX, shown);
    answer->error = true;
}

static void do_words(struct heed *heed, const struct heeding *heeding,
                     struct heeding_answer *answer)
{
    struct bytes rest = heeding->text;
    for (struct bytes word = next_word(&rest); word.size > 0; word = next_word(&rest)) {
        bool done = heeding->act == HEEDING_WATCH ? heed_word_ok(word) && heed_watch(heed, word)
                                                  : heed_unwatch(heed, word);
        if (!done) {
            refuse(answer, heeding->act, word);
            return;
        }
        answer->changed = true;
    }
    say_words(heed, answer);
}

static void do_quiet(struct heed *heed, const struct heeding *heeding,
                     struct heeding_answer *answer)
{
    if (heeding->text.size > 0 && !heed_quiet_read(heeding->text, &heed->quiet)) {
        say(answer, _("type it so: \\quiet 22:00-07:00, or \\quiet off"));
        fail(answer);
        return;
    }
    answer->changed = heeding->text.size > 0;
    heed->quiet_said = heed->quiet_said || answer->changed;
    say_quiet(heed, answer);
}

void heeding_do(struct heed *heed, const struct heeding *heeding, const char *current,
                struct heeding_answer *answer)
{
    *answer = (struct heeding_answer){.changed = false};
    switch (heeding->act) {
    case HEEDING_NOTIFY:
    case HEEDING_MUTE:
    case HEEDING_UNMUTE: do_channel(heed, heeding, current, answer); break;
    case HEEDING_WATCH:
    case HEEDING_UNWATCH: do_words(heed, heeding, answer); break;
    case HEEDING_QUIET: do_quiet(heed, heeding, answer); break;
    }
}
