/* Fold: comings and goings, by what has become of each: who came, came back, went, or looked in. */
#include "ui/fold.h"

#include <stdio.h>
#include <string.h>

#include "base/tr.h"
#include "ui/pieces.h"
#include "ui/template.h"
#include "ui/words.h"

#define FOLD_NAMES_MAX ((NAMED + 1) * (WORDS_NICK_MAX + 2) + 32)
#define NAMED          2 /* so many by name, where there are more */

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

bool fold_tells(const struct fold *fold, const struct id *id, bool came)
{
    for (size_t i = 0; i < fold->count; i++)
        if (id_equal(&fold->list[i].id, id))
            return fold->list[i].now == came;
    return false;
}

/* "anna, bo +3" in the place of {names}. */
static void add_group(const struct fold *fold, bool first, bool now, const char *template,
                      struct writer *w)
{
    char text[FOLD_NAMES_MAX], nick[WORDS_NICK_MAX], rest[PIECE_NUMBER_MAX];
    struct writer names = writer_of(text, sizeof text - 1);
    size_t all = 0, named = 0;
    for (size_t i = 0; i < fold->count; i++)
        all += fold->list[i].first == first && fold->list[i].now == now;
    if (all == 0)
        return;
    for (size_t i = 0; i < fold->count && named < (all <= NAMED + 1 ? all : NAMED); i++) {
        if (fold->list[i].first != first || fold->list[i].now != now)
            continue;
        words_nick(&fold->list[i].nick, nick, sizeof nick);
        template_add(&names, named++ > 0 ? ", " : "");
        template_add(&names, nick);
    }
    piece_number(all - named, rest);
    template_add(&names, all > named ? " +" : "");
    template_add(&names, all > named ? rest : "");
    text[names.size] = '\0';
    template_add(w, w->size > 0 ? "; " : "");
    TEMPLATE(w, template, {"names", text, all});
}

void fold_words(const struct fold *fold, char *out, size_t room)
{
    struct writer w = writer_of(out, room - 1);
    add_group(fold, true, true, _("{names} came"), &w);
    add_group(fold, false, true, _("{names} came back"), &w);
    add_group(fold, false, false, _("{names} went"), &w);
    add_group(fold, true, false, _("{names} came and went"), &w);
    out[w.size] = '\0';
}
