/* Aside: what leaves the terminal for a while, or for good: the text to an editor, and back; links and
 * texts to a desktop or the clipboard; a line that a picture is for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tr.h"
#include "ui/tui_private.h"

#define REACH_PAGES 10 /* of older lines, so that no window lets go of newer ones for them */

void tui_edit(struct tui *tui)
{
    size_t size;
    const char *why, *text = edit_text(writing_edit(tui->writing), &size);
    terminal_give(tui->terminal);
    if (editor_start(&tui->editor, tui->config.directory, text, size, &why))
        return;
    terminal_retake(tui->terminal);
    tui_resize(tui);
    tui_note(tui, why, true);
}

/* What the editor left takes the place of the text, as a change that can be undone. */
void tui_child(struct tui *tui)
{
    size_t size;
    char *text;
    const char *why;
    if (!editor_ended(&tui->editor, &text, &size, &why))
        return;
    terminal_retake(tui->terminal);
    tui_resize(tui);
    if (text == NULL)
        tui_note(tui, why, true);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    if (text != NULL && !writing_replace(tui->writing, text, size))
        tui_say_cut(tui, _("a message has room for {n} bytes: what you wrote is cut off there"));
    free(text);
}

void tui_open_link(struct tui *tui, const char *link, size_t size)
{
    carry_link(&tui->carry, tui->view, link, size, tui_wall_now());
    tui->typed = tui->anew = true;
}

/* True when older lines come, in which the thing may be. A page may bring nothing that stays: so they are
 * counted. */
static bool reach(struct tui *tui, enum reach_for what, size_t n)
{
    struct reach *reach = &tui->reach;
    if (reach->what == REACH_NOTHING)
        reach->pages = 0;
    bool comes = reach->pages < REACH_PAGES && view_reach(tui->view);
    reach->what = comes ? what : REACH_NOTHING;
    reach->n = n;
    reach->pages++;
    snprintf(reach->channel.text, sizeof reach->channel.text, "%s", view_channel(tui->view));
    return comes;
}

static void open_link(struct tui *tui, size_t n)
{
    size_t size;
    const char *link = view_link(tui->view, n, &size);
    if (link == NULL && reach(tui, REACH_LINK, n))
        return;
    tui->reach.what = REACH_NOTHING;
    if (link != NULL)
        tui_open_link(tui, link, size);
    else if (!view_is_whole(tui->view))
        tui_note(tui, _("the newest lines here have no such link; older ones are not looked at"),
                 true);
    else
        tui_note(tui, n == 1 ? _("there is no link here") : _("there are not so many links here"),
                 true);
}

static void copy(struct tui *tui, size_t n)
{
    size_t size;
    const char *text = view_text(tui->view, n, &size);
    if (text == NULL && reach(tui, REACH_TEXT, n))
        return;
    tui->reach.what = REACH_NOTHING;
    if (text != NULL)
        carry_text(tui->view, tui->terminal, text, size, tui_wall_now());
    else
        tui_note(tui, _("there are not so many lines here"), true);
}

void tui_reached(struct tui *tui, const struct show *show)
{
    const struct reach *reach = &tui->reach;
    if (reach->what == REACH_NOTHING || strcmp(show->channel.text, reach->channel.text) != 0)
        return;
    if (strcmp(reach->channel.text, view_channel(tui->view)) != 0)
        tui->reach.what = REACH_NOTHING; /* the reader has gone elsewhere */
    else if (reach->what == REACH_LINK)
        open_link(tui, reach->n);
    else
        copy(tui, reach->n);
}

void tui_link(struct tui *tui, size_t n)
{
    tui->reach.what = REACH_NOTHING;
    open_link(tui, n);
}

void tui_copy(struct tui *tui, size_t n)
{
    tui->reach.what = REACH_NOTHING;
    copy(tui, n);
}

bool tui_choose(struct tui *tui, struct request *request)
{
    struct place place;
    if (!view_choose(tui->view, request->count, &place)) {
        tui_note(tui, _("there is no such line here that a picture could be put behind"), true);
        return false;
    }
    request->author = place.author;
    request->seq = place.seq;
    request->lamport = place.lamport;
    return true;
}
