/* Guess: the name of a command, or of a topic of help, nearest to a word that is none. It is told, never
 * carried out. */
#include "ui/guess.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/tr.h"
#include "ui/argument.h"

#define NAME_MAX_BYTES 24 /* longer words are no command's name */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits between two words: a letter put in, left out, changed, or two neighbours swapped. */
static size_t edits_between(struct bytes a, struct bytes b)
{
    size_t edits[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
    for (size_t i = 0; i <= a.size; i++)
        edits[i][0] = i;
    for (size_t j = 0; j <= b.size; j++)
        edits[0][j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        for (size_t j = 1; j <= b.size; j++) {
            bool same = (a.at[i - 1] | 0x20) == (b.at[j - 1] | 0x20);
            size_t best = edits[i - 1][j - 1] + !same;
            best = least(best, least(edits[i - 1][j], edits[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
                best = least(best, edits[i - 2][j - 2] + 1);
            edits[i][j] = best;
        }
    }
    return edits[a.size][b.size];
}

/* The nth name of a command, then, where those are asked for, of a topic. */
static bool name_at(size_t n, bool topics, struct bytes *name)
{
    const struct help_topic *topic;
    size_t commands = 0;
    while (commands < n && command_name_at(commands, name))
        commands++;
    if (command_name_at(n, name))
        return true;
    topic = topics ? help_topic_at(n - commands) : NULL;
    if (topic != NULL)
        *name = (struct bytes){(const uint8_t *)topic->name, strlen(topic->name)};
    return topic != NULL;
}

/* The name that was probably meant: the start of one, or at most every third letter wrong. */
static bool nearest(struct bytes word, bool topics, struct bytes *nearest_name)
{
    size_t fewest = SIZE_MAX;
    struct bytes name;
    if (word.size == 0 || word.size > NAME_MAX_BYTES)
        return false;
    for (size_t n = 0; name_at(n, topics, &name); n++) {
        size_t edits = edits_between(word, name);
        bool starts = word.size < name.size &&
                      strncasecmp((const char *)word.at, (const char *)name.at, word.size) == 0;
        if (edits > (word.size + 2) / 3 && !starts)
            continue;
        /* A start beats a near miss: by letters alone \cl is nearer to \me than to \clear. Of
         * several starts the shortest leaves the least to guess. */
        size_t score = starts ? name.size : NAME_MAX_BYTES + edits;
        if (score < fewest) {
            fewest = score;
            *nearest_name = name;
        }
    }
    return fewest != SIZE_MAX;
}

void guess_unknown(struct typed *typed, char mark, struct bytes word)
{
    struct bytes name;
    char shown[ARGUMENT_REPEATED];
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    if (nearest(word, false, &name))
        snprintf(typed->text, sizeof typed->text, _("there is no %c%s; did you mean %c%.*s?"), mark,
                 shown, mark, (int)name.size, (const char *)name.at);
    else
        snprintf(typed->text, sizeof typed->text,
                 _("there is no %c%s; %chelp lists the commands, %c%c says a line that begins "
                   "with %c"),
                 mark, shown, mark, mark, mark, mark);
}

void guess_help(struct typed *typed, struct bytes word)
{
    struct bytes name;
    const struct help_topic *topic;
    char shown[ARGUMENT_REPEATED];
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    if (nearest(word, true, &name)) {
        snprintf(typed->text, sizeof typed->text,
                 _("there is no help on %s; did you mean \\help %.*s?"), shown, (int)name.size,
                 (const char *)name.at);
        return;
    }
    snprintf(typed->text, sizeof typed->text,
             _("there is no help on %s, but on each command, and on:"), shown);
    for (size_t i = 0, size; (topic = help_topic_at(i)) != NULL; i++) {
        size = strlen(typed->text);
        snprintf(typed->text + size, sizeof typed->text - size, "%s %s", i > 0 ? "," : "",
                 topic->name);
    }
}
