/* Choices: the list of what may stand in place of a word. However many were looked at, what is put in is one
 * change of the text: the one before is undone first. */
#include <stdio.h>
#include <string.h>

#include "ui/writing_private.h"

void writing_list_close(struct writing *writing)
{
    writing->list.count = 0;
    writing->chosen = -1;
    writing->put = false;
}

/* ---- the list ---- */

static void list_find(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->edit, &size);
    complete_find(&writing->list, text, edit_cursor(writing->edit), &writing->company,
                  writing->channel.text);
    writing->chosen = -1;
    writing->put = false;
}

/* Puts the candidate in place of the word, as one change. */
static void list_put(struct writing *writing, int which)
{
    const struct completion *list = &writing->list;
    const struct candidate *candidate = &list->list[which];
    char text[COMPLETE_BYTES + 4];
    if (writing->put)
        edit_do(writing->edit, EDIT_UNDO);
    snprintf(text, sizeof text, "%s%s", candidate->text, candidate->behind);
    writing->chosen = which;
    writing->put = edit_has_room(writing->edit, list->from, list->to, strlen(text)) &&
                   edit_replace(writing->edit, list->from, list->to, text, strlen(text));
}

void writing_list_choose(struct writing *writing, int by)
{
    int count = (int)writing->list.count, which = writing->chosen + by;
    if (writing->chosen < 0)
        which = by > 0 ? 0 : count - 1;
    which = (which + count) % count;
    if (writing->mode == MODE_FIND)
        writing->chosen = which;
    else
        list_put(writing, which);
}

/* The first Tab. A nick is put in at once, as who talks fast expects it; of anything else, what all
 * candidates have in common. */
void writing_list_open(struct writing *writing)
{
    struct completion *list = &writing->list;
    list_find(writing);
    if (list->count == 1 || (list->count > 0 && list->kind == COMPLETE_NICK)) {
        list_put(writing, 0);
        if (list->count == 1)
            writing_list_close(writing);
        return;
    }
    size_t common = complete_common(list);
    if (list->count > 0 && list->kind != COMPLETE_PICTURE && common > list->to - list->from) {
        edit_replace(writing->edit, list->from, list->to, list->list[0].text, common);
        list->to = edit_cursor(writing->edit);
    }
}

/* After a letter more or less: the same word's candidates, or none. */
void writing_list_narrow(struct writing *writing)
{
    size_t from = writing->list.from;
    list_find(writing);
    if (writing->list.from != from)
        writing_list_close(writing);
}

void writing_list_cancel(struct writing *writing)
{
    if (writing->put)
        edit_do(writing->edit, EDIT_UNDO);
    writing_list_close(writing);
}
