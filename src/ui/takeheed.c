/* Take: what the reader wants to be told of. */
#include <stdio.h>

#include "base/tr.h"
#include "ui/argument.h"
#include "ui/take.h"

static bool read_level(struct bytes word, enum heed_level *level)
{
    *level = argument_is(word, "all")        ? HEED_ALL
             : argument_is(word, "mentions") ? HEED_MENTIONS
             : argument_is(word, "none")     ? HEED_NONE
                                             : HEED_UNSAID;
    return *level != HEED_UNSAID;
}

/* A word alone may be a level mistyped, so a channel is called by its # there. */
static void refuse_level(struct typed *typed, struct bytes word)
{
    char shown[ARGUMENT_REPEATED];
    argument_repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text,
             _("%s is none of all, mentions and none; for a channel type \\notify #%s"), shown,
             shown);
}

void take_notify(struct typed *typed, struct bytes argument)
{
    struct bytes word = argument_word(&argument);
    typed->heeding.act = HEEDING_NOTIFY;
    bool marked = word.size > 0 && (word.at[0] == '#' || word.at[0] == '@');
    if (word.size > 0 && !marked && argument.size == 0 &&
        !read_level(word, &typed->heeding.level)) {
        refuse_level(typed, word);
        return;
    }
    if (word.size > 0 && !read_level(word, &typed->heeding.level)) {
        take_channel(typed, word);
        typed->heeding.channel = typed->request.channel;
        word = argument_word(&argument);
        if (typed->kind != TYPED_ERROR && word.size > 0 && !read_level(word, &typed->heeding.level))
            take_say_usage(typed);
    }
    if (typed->kind != TYPED_ERROR && argument.size > 0)
        take_say_usage(typed);
}

static void take_muted(struct typed *typed, struct bytes argument, enum heeding_act act)
{
    typed->heeding.act = act;
    take_channel_or_none(typed, argument);
    typed->heeding.channel = typed->request.channel;
}

void take_mute(struct typed *typed, struct bytes argument)
{
    take_muted(typed, argument, HEEDING_MUTE);
}

void take_unmute(struct typed *typed, struct bytes argument)
{
    take_muted(typed, argument, HEEDING_UNMUTE);
}

void take_watch(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_WATCH;
    typed->heeding.text = argument;
}

void take_unwatch(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_UNWATCH;
    typed->heeding.text = argument;
    if (argument.size == 0)
        take_say_usage(typed);
}

void take_quiet(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_QUIET;
    typed->heeding.text = argument;
}
