/* Take: what stands behind a command's name, by a function for each way of reading it.
 *
 * 1. A name that goes into a request has passed nick_ok() or channel_name_ok().
 * 2. What was typed comes back in a sentence tamed and cut. */
#include "ui/take.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/tr.h"
#include "ui/argument.h"
#include "ui/cells.h"
#include "ui/complete.h"
#include "ui/guess.h"

#define COUNT_MAX 1000

void take_say_usage(struct typed *typed)
{
    const struct command *command = typed->command;
    typed->kind = TYPED_ERROR;
    if (command->arguments[0])
        snprintf(typed->text, sizeof typed->text, _("type it so: \\%s %s"), command->name,
                 tr(command->arguments));
    else
        snprintf(typed->text, sizeof typed->text, _("\\%s stands alone; nothing follows it"),
                 command->name);
}

void take_nothing(struct typed *typed, struct bytes argument)
{
    if (argument.size > 0)
        take_say_usage(typed);
}

/* Who wants to leave is not held up by a word too many. */
void take_anything(struct typed *typed, struct bytes argument)
{
    (void)typed;
    (void)argument;
}

void take_help(struct typed *typed, struct bytes argument)
{
    typed->command = NULL;
    if (argument.size == 0)
        return;
    char mark = (char)argument.at[0];
    bool marked = mark == '\\' || mark == '/';
    if (marked) {
        argument.at++;
        argument.size--;
    }
    struct bytes word = argument_word(&argument);
    const struct command *command = command_find(word);
    typed->topic = help_find((const char *)word.at, word.size);
    if (command)
        typed->command = command;
    else if (!typed->topic && marked)
        guess_unknown(typed, mark, word);
    else if (!typed->topic)
        guess_help(typed, word);
}

void take_set(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
}

void take_search(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
    if (argument.size == 0)
        take_say_usage(typed);
}

void take_target(struct typed *typed, struct bytes argument)
{
    static const char nearby[] = "localhost";
    if (argument.size == 0)
        argument = (struct bytes){.at = (const uint8_t *)nearby, .size = strlen(nearby)};
    typed->request.text = argument_word(&argument);
    if (argument.size > 0)
        take_say_usage(typed);
}

void take_disconnect(struct typed *typed, struct bytes argument)
{
    if (argument.size == 0) {
        take_say_usage(typed);
    } else if (argument.at[0] == '#' || argument.at[0] == '@') {
        typed->request.kind = REQUEST_LEAVE;
        take_channel(typed, argument);
    } else {
        take_target(typed, argument);
    }
}

/* @nick, or (for \msg) the nick alone; false, and nothing changed, when it is neither. A comma in a nick is _ in
 * the channel's name (whom_name()). */
static bool read_direct(struct typed *typed, struct bytes word)
{
    struct channel_name name = {"@"};
    size_t mark = word.size == 0 || word.at[0] != '@';
    if (word.size + mark > LIMIT_CHANNEL || memchr(word.at, '\0', word.size))
        return false;
    memcpy(name.text + mark, word.at, word.size);
    for (char *at = name.text; *at != '\0'; at++)
        *at = *at == ',' ? '_' : *at;
    if (!direct_name_ok(name.text))
        return false;
    typed->request.channel = name;
    return true;
}

void take_msg(struct typed *typed, struct bytes argument)
{
    struct bytes word = argument_word(&argument);
    char shown[ARGUMENT_REPEATED];
    if (word.size == 0) {
        take_say_usage(typed);
        return;
    }
    typed->request.text = argument;
    if (read_direct(typed, word))
        return;
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text, _("%s is no nick of anybody"), shown);
}

void take_channel(struct typed *typed, struct bytes argument)
{
    struct bytes word = argument_word(&argument);
    if (word.size == 0 || argument.size > 0) {
        take_say_usage(typed);
        return;
    }
    char *name = typed->request.channel.text;
    if (word.at[0] == '@' && read_direct(typed, word))
        return;
    size_t mark = word.at[0] != '#';
    bool fits = word.size + mark <= LIMIT_CHANNEL && !memchr(word.at, '\0', word.size);
    if (fits) {
        name[0] = '#';
        memcpy(name + mark, word.at, word.size);
    }
    if (fits && channel_name_ok(name))
        return;
    char shown[ARGUMENT_REPEATED];
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(
        typed->text, sizeof typed->text,
        _("%s is no channel name: # and a word without spaces or commas, up to %d bytes in all"),
        shown, LIMIT_CHANNEL);
}

/* A channel with one person alone is not made, but opened. */
void take_created(struct typed *typed, struct bytes argument)
{
    if (argument.size > 0 && argument.at[0] == '@')
        take_say_usage(typed);
    else
        take_channel(typed, argument);
}

void take_join(struct typed *typed, struct bytes argument)
{
    struct bytes name = argument_word(&argument), word = argument_word(&argument);
    bool open = argument_is(word, "open");
    if (argument.size > 0 || (word.size > 0 && !open)) {
        take_say_usage(typed);
        return;
    }
    take_channel(typed, name);
    typed->request.open = open;
}

void take_channel_or_none(struct typed *typed, struct bytes argument)
{
    if (argument.size > 0)
        take_channel(typed, argument);
}

void take_nick(struct typed *typed, struct bytes argument)
{
    struct bytes word = argument_word(&argument);
    if (word.size == 0 || argument.size > 0) {
        take_say_usage(typed);
        return;
    }
    bool fits = word.size <= LIMIT_NICK && !memchr(word.at, '\0', word.size);
    if (fits)
        memcpy(typed->request.nick.text, word.at, word.size);
    if (fits && nick_ok(typed->request.nick.text))
        return;
    char shown[ARGUMENT_REPEATED];
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text,
             _("%s cannot be a nick: up to %d bytes without spaces, < or >, and no #, / or \\ in "
               "front"),
             shown, LIMIT_NICK);
}

void take_action(struct typed *typed, struct bytes argument)
{
    typed->request.action = true;
    typed->request.text = argument;
    if (argument.size == 0)
        take_say_usage(typed);
}

/* A number from 1 to COUNT_MAX, 1 when it is left out; else false, with what was typed. */
static bool read_count(struct typed *typed, struct bytes argument, char shown[ARGUMENT_REPEATED])
{
    struct bytes word = argument_word(&argument);
    if (argument.size > 0) {
        take_say_usage(typed);
        return true;
    }
    uint32_t count = word.size == 0;
    for (size_t i = 0; i < word.size; i++) {
        bool digit = word.at[i] >= '0' && word.at[i] <= '9';
        count = digit ? count * 10 + (uint32_t)(word.at[i] - '0') : COUNT_MAX + 1;
        if (count > COUNT_MAX)
            break;
    }
    typed->request.count = count;
    if (count > 0 && count <= COUNT_MAX)
        return true;
    argument_repeat(word, shown, ARGUMENT_REPEATED);
    typed->kind = TYPED_ERROR;
    return false;
}

void take_count(struct typed *typed, struct bytes argument)
{
    char shown[ARGUMENT_REPEATED];
    if (read_count(typed, argument, shown))
        return;
    snprintf(typed->text, sizeof typed->text,
             _("%s is no number from 1 (your last line) to %d (the %dth last)"), shown, COUNT_MAX,
             COUNT_MAX);
}

void take_edit(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
}

/* A picture, its :name:, or a word; not what a terminal would obey, or is wider than is shown. */
static bool is_reaction(struct bytes sign)
{
    const char *text = (const char *)sign.at;
    if (sign.size < 1 || sign.size > LIMIT_REACTION || !utf8_valid(text, sign.size))
        return false;
    for (size_t i = 0; i < sign.size;) {
        uint32_t code;
        i += utf8_decode(text + i, sign.size - i, &code);
        if (text_is_unsafe(code))
            return false;
    }
    int columns = cells_columns(text, sign.size);
    return columns >= 1 && columns <= LIMIT_REACTION_COLUMNS;
}

/* As pictures are named, though none is. */
static bool is_no_picture(struct bytes sign)
{
    return sign.size > 2 && sign.at[0] == ':' && sign.at[sign.size - 1] == ':';
}

void take_react(struct typed *typed, struct bytes argument)
{
    char shown[ARGUMENT_REPEATED];
    struct bytes sign = argument_word(&argument);
    size_t size = sign.size;
    const char *picture = picture_named((const char *)sign.at, &size);
    if (picture != NULL)
        sign = (struct bytes){(const uint8_t *)picture, size};
    if (sign.size == 0) {
        take_say_usage(typed);
    } else if (is_no_picture(sign)) {
        argument_repeat(sign, shown, sizeof shown);
        typed->kind = TYPED_ERROR;
        snprintf(typed->text, sizeof typed->text,
                 _("no picture is called %s; Tab behind \":\" and some letters shows their names"),
                 shown);
    } else if (!is_reaction(sign)) {
        argument_repeat(sign, shown, sizeof shown);
        typed->kind = TYPED_ERROR;
        snprintf(typed->text, sizeof typed->text,
                 _("%s is too wide to stand behind a line: a picture, or up to %d letters"), shown,
                 LIMIT_REACTION_COLUMNS);
    } else {
        bool any = argument.size > 0;
        take_which(typed, argument);
        typed->request.text = sign;
        if (!any)
            typed->request.count = 0;
    }
}

void take_which(struct typed *typed, struct bytes argument)
{
    char shown[ARGUMENT_REPEATED];
    if (read_count(typed, argument, shown))
        return;
    snprintf(typed->text, sizeof typed->text,
             _("%s is no number from 1 (the last) to %d (the %dth last)"), shown, COUNT_MAX,
             COUNT_MAX);
}

static bool take_direction(struct typed *typed, struct bytes *argument, bool *send)
{
    struct bytes direction = argument_word(argument);
    *send = argument_is(direction, "send");
    if (*send || argument_is(direction, "receive"))
        return true;
    take_say_usage(typed);
    return false;
}

void take_add_topic(struct typed *typed, struct bytes argument)
{
    bool send;
    if (!take_direction(typed, &argument, &send))
        return;
    typed->request.kind = send ? REQUEST_CHANNEL : REQUEST_JOIN;
    take_channel(typed, argument);
}

void take_remove_topic(struct typed *typed, struct bytes argument)
{
    bool send;
    if (take_direction(typed, &argument, &send))
        take_channel(typed, argument);
}
