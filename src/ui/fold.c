/* Fold: comings and goings, by what has become of each: who came, came back, went, or looked in. */
#include "ui/fold.h"

#include <stdio.h>
#include <string.h>

#include "ui/words.h"

#define NAMED 2 /* so many by name, where there are more */

void fold_begin(struct fold *fold)
{
    fold->open = true;
    fold->count = 0;
}

bool fold_add(struct fold *fold, const struct id *id, const struct nick *nick, bool came)
{
    size_t at = 0;
    while (at < fold->count && !id_equal(&fold->list[at].id, id))
        at++;
    if (at == FOLD_MAX)
        return false;
    if (at == fold->count) {
        fold->list[at].id = *id;
        fold->list[at].first = came;
        fold->count++;
    }
    fold->list[at].nick = *nick;
    fold->list[at].now = came;
    return true;
}

static void add(char *out, size_t room, const char *text)
{
    size_t size = strlen(out);
    snprintf(out + size, room - size, "%s", text);
}

static void add_group(const struct fold *fold, bool first, bool now, const char *verb, char *out,
                      size_t room)
{
    size_t all = 0, named = 0;
    for (size_t i = 0; i < fold->count; i++)
        all += fold->list[i].first == first && fold->list[i].now == now;
    if (all == 0)
        return;
    if (out[0] != '\0')
        add(out, room, "; ");
    for (size_t i = 0; i < fold->count && named < (all <= NAMED + 1 ? all : NAMED); i++) {
        char nick[WORDS_NICK_MAX];
        if (fold->list[i].first != first || fold->list[i].now != now)
            continue;
        words_nick(&fold->list[i].nick, nick, sizeof nick);
        add(out, room, named++ > 0 ? ", " : "");
        add(out, room, nick);
    }
    char rest[32];
    snprintf(rest, sizeof rest, " +%zu", all - named);
    add(out, room, all > named ? rest : "");
    add(out, room, verb);
}

void fold_words(const struct fold *fold, char *out, size_t room)
{
    out[0] = '\0';
    add_group(fold, true, true, " came", out, room);
    add_group(fold, false, true, " came back", out, room);
    add_group(fold, false, false, " went", out, room);
    add_group(fold, true, false, " came and went", out, room);
}
