/* Found list: gathered from the rows of one answer; painted from the bottom up, with a sentence below
 * that says how many there are, and what is not known.
 *
 *      Thu 26 Nov 2026 14:02 #fika <anna> kaffe is ready
 *    > Fri 27 Nov 2026 09:15 #fika <bo> is there kaffe?
 *    2 lines found; Enter goes there, Escape closes
 *
 * 1. What was gathered stays until the next answer begins, so that what is chosen may be used after
 *    the list has closed.
 * 2. The chosen one is always among those that are painted. */
#include "ui/foundlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/keys.h"
#include "ui/label.h"
#include "ui/popup.h"
#include "ui/roster.h"
#include "ui/template.h"
#include "ui/words.h"

#define NARROW_COLUMNS 60 /* with less, the day and the number are left out */

struct foundlist {
    struct found list[FOUNDLIST_MAX]; /* the oldest first */
    size_t count;
    size_t chosen;
    size_t first;     /* of those painted */
    int top, painted; /* the row of the first, and how many, as last painted */
    bool open, whole; /* whole: the answer's end has come */
    char foot[WORDS_MAX + 64];
    char in_short[128]; /* the same, where there is little room */
};

struct foundlist *foundlist_new(void)
{
    struct foundlist *list = calloc(1, sizeof *list);
    CHECK(list != NULL);
    return list;
}

static void let_go(struct foundlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->list[i].text);
    list->count = 0;
    list->open = list->whole = false;
}

void foundlist_free(struct foundlist *list)
{
    if (list == NULL)
        return;
    let_go(list);
    free(list);
}

static void add(struct foundlist *list, const struct show *show)
{
    char text[WORDS_MAX], nick[WORDS_NICK_MAX];
    if (list->whole)
        let_go(list);
    if (list->count == FOUNDLIST_MAX) {
        free(list->list[0].text);
        memmove(list->list, list->list + 1, --list->count * sizeof *list->list);
    }
    words_row(show, text, sizeof text);
    char *copy = strdup(text);
    CHECK(copy != NULL);
    words_nick(&show->nick, nick, sizeof nick);
    const char *where = strstr(copy, show->channel.text);
    const char *label = where != NULL && show->group ? where - strlen(LABEL_LOCK) : where;
    const char *name = where != NULL ? strstr(where + strlen(show->channel.text), nick) : NULL;
    list->list[list->count++] =
        (struct found){.channel = show->channel,
                       .nick = show->nick,
                       .named = name != NULL ? (size_t)(name - copy) + strlen(nick) : 0,
                       .place = {show->lamport, show->seq, show->id},
                       .adrift = show->adrift,
                       .text = copy,
                       .where = where != NULL ? (size_t)(label - copy) : 0};
}

/* Two of one nick are told apart here as where they spoke. */
static void tell_apart(struct foundlist *list)
{
    struct roster roster = {0};
    char suffix[ROSTER_SUFFIX_MAX];
    for (size_t i = 0; i < list->count; i++)
        roster_meet(&roster, &list->list[i].place.author, &list->list[i].nick, 0);
    for (size_t i = 0; i < list->count; i++) {
        struct found *found = &list->list[i];
        const char *nick = found->nick.text;
        roster_suffix(&roster, &found->place.author, nick, strlen(nick), suffix);
        if (suffix[0] == '\0' || found->named == 0)
            continue;
        size_t size = strlen(found->text) + strlen(suffix) + 2;
        char *text = malloc(size);
        CHECK(text != NULL);
        snprintf(text, size, "%.*s %s%s", (int)found->named, found->text, suffix,
                 found->text + found->named);
        free(found->text);
        found->text = text;
    }
    roster_release(&roster);
}

static bool end(struct foundlist *list, const struct show *show)
{
    char text[WORDS_MAX];
    if (list->whole)
        let_go(list);
    list->whole = true;
    list->open = list->count > 0;
    if (!list->open)
        return false;
    list->chosen = list->count - 1;
    list->first = list->count;
    tell_apart(list);
    words_row(show, text, sizeof text);
    snprintf(list->foot, sizeof list->foot, _("%s; Enter goes there, Escape closes"), text);
    template_number(list->in_short, sizeof list->in_short,
                    _("{n} found; Enter goes there, Escape closes"), show->n);
    return true;
}

bool foundlist_show(struct foundlist *list, const struct show *show)
{
    if (show->kind == SHOW_FOUND) {
        add(list, show);
        return true;
    }
    return show->kind == SHOW_FOUND_END && end(list, show);
}

bool foundlist_is_open(const struct foundlist *list)
{
    return list->open;
}

const struct found *foundlist_chosen(const struct foundlist *list)
{
    return &list->list[list->chosen];
}

static void move(struct foundlist *list, int by)
{
    int at = (int)list->chosen + by, last = (int)list->count - 1;
    list->chosen = (size_t)(at < 0 ? 0 : at > last ? last : at);
}

enum foundlist_wish foundlist_do(struct foundlist *list, int action)
{
    int page = list->painted > 1 ? list->painted - 1 : 1;
    switch (action) {
    case ACTION_OLDER:
    case ACTION_LINE_UP: move(list, -1); return FOUNDLIST_STAY;
    case ACTION_NEWER:
    case ACTION_LINE_DOWN: move(list, 1); return FOUNDLIST_STAY;
    case ACTION_PAGE_UP: move(list, -page); return FOUNDLIST_STAY;
    case ACTION_PAGE_DOWN: move(list, page); return FOUNDLIST_STAY;
    case ACTION_TOP: move(list, -FOUNDLIST_MAX); return FOUNDLIST_STAY;
    case ACTION_BOTTOM: move(list, FOUNDLIST_MAX); return FOUNDLIST_STAY;
    case ACTION_REPAINT: return FOUNDLIST_STAY;
    default: break;
    }
    list->open = false;
    return action == ACTION_SEND    ? FOUNDLIST_GO
           : action == ACTION_CLOSE ? FOUNDLIST_SHUT
                                    : FOUNDLIST_CLOSE;
}

bool foundlist_click(struct foundlist *list, int y)
{
    if (!list->open || y < list->top || y >= list->top + list->painted)
        return false;
    list->chosen = list->first + (size_t)(y - list->top);
    return true;
}

/* The least that must move for the chosen one to be seen. */
static void settle(struct foundlist *list, size_t fits)
{
    if (list->first + fits > list->count)
        list->first = list->count - fits;
    if (list->chosen < list->first)
        list->first = list->chosen;
    if (list->chosen >= list->first + fits)
        list->first = list->chosen + 1 - fits;
}

static void paint_row(const struct found *found, bool chosen, struct cell *row, int width)
{
    uint8_t style = chosen ? STYLE_REVERSE | STYLE_BOLD : STYLE_PLAIN;
    cells_blank(row, (size_t)width, style);
    cells_draw(row, width, 0, chosen ? "> " : "  ", 2, style, COLOUR_NONE);
    const char *text = found->text + (width < NARROW_COLUMNS ? found->where : 0);
    cells_draw(row, width, 2, text, strlen(text), style, COLOUR_NONE);
}

void foundlist_paint(struct foundlist *list, struct cell *cells, int width, int rows)
{
    list->painted = 0;
    if (!list->open || rows < 1)
        return;
    /* Where there is room for one row, it is the list's; never more than half is the sentence's. */
    int most = rows / 2;
    const char *feet[] = {list->foot, list->in_short, _("Enter goes, Esc not"), NULL};
    int foot = popup_sentence(popup_fitting(feet, width, most),
                              cells + (size_t)(rows - most) * (size_t)width, width, most);
    int left = rows - foot;
    size_t fits = list->count < (size_t)left ? list->count : (size_t)left;
    settle(list, fits);
    list->painted = (int)fits;
    list->top = left - (int)fits;
    for (size_t i = 0; i < fits; i++)
        paint_row(&list->list[list->first + i], list->first + i == list->chosen,
                  cells + (size_t)(list->top + (int)i) * (size_t)width, width);
}
