/* Obey: what a line that was typed asks: of the node a request, of the face what it shows itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session_private.h"
#include "base/check.h"
#include "base/tr.h"
#include "ui/clipboard.h"
#include "ui/help.h"
#include "ui/opener.h"
#include "ui/terminal.h"

static void help(struct session *session, const struct typed *typed)
{
    static char text[HELP_TEXT_MAX];
    help_write(typed->topic, typed->command, &session->keys, text);
    if (typed->topic == NULL && typed->command != NULL)
        session_note_lines(session, text, false); /* a word or two */
    else
        session_page(session, text);
}

static void list_keys(struct session *session)
{
    static char text[HELP_TEXT_MAX];
    help_keys(&session->keys, text);
    session_page(session, text);
}

static void heed(struct session *session, const struct heeding *heeding)
{
    static struct heeding_answer answer;
    noticing_do(&session->noticing, heeding, &answer);
    if (session->tui != NULL)
        tui_heed(session->tui);
    session_note_lines(session, answer.text, answer.error);
}

/* What waits may have to outlive the line it was read from. */
static void keep_text(struct session *session)
{
    struct bytes *text = &session->waiting.text;
    if (text->size == 0)
        return;
    CHECK(text->size <= sizeof session->line);
    memmove(session->line, text->at, text->size);
    text->at = (uint8_t *)session->line;
}

/* A desktop gets the link; else it stands by itself, to be taken. */
static void open_link(struct session *session, size_t n)
{
    const char *link = lately_link(session->lately, n);
    if (link == NULL)
        session_note(session,
                     n == 1 ? _("there is no link here") : _("there are not so many links here"),
                     true);
    else if (opener_here() && opener_start(link))
        session_note(session, _("the link is given to your desktop"), false);
    else
        session_note(session, link, false);
}

/* The clipboard of the terminal, where there is one; else the text stands by itself, likewise. */
static void copy_text(struct session *session, size_t n)
{
    size_t size;
    const char *text = lately_text(session->lately, n);
    if (text == NULL) {
        session_note(session, _("there are not so many lines here"), true);
        return;
    }
    char *sequence =
        terminal_out_ansi() ? clipboard_sequence(text, strlen(text), clipboard_way(), &size) : NULL;
    if (sequence != NULL)
        fwrite(sequence, 1, size, stdout);
    session_note(session,
                 sequence != NULL
                     ? _("your terminal was asked to put it on the clipboard; some refuse")
                     : text,
                 false);
    free(sequence);
}

void session_obey(struct session *session, const char *line, size_t size)
{
    struct typed typed = command_read(line, size);
    switch (typed.kind) {
    case TYPED_NOTHING: break;
    case TYPED_REQUEST:
        if (typed.request.kind == REQUEST_REACT && session->tui != NULL &&
            !tui_choose(session->tui, &typed.request))
            break;
        session->waiting = typed.request;
        session->is_waiting = true;
        keep_text(session);
        session_give(session);
        break;
    case TYPED_HELP: help(session, &typed); break;
    case TYPED_KEYS: list_keys(session); break;
    case TYPED_HEEDING: heed(session, &typed.heeding); break;
    case TYPED_OPEN:
    case TYPED_COPY:
        if (session->lines != NULL && typed.kind == TYPED_OPEN)
            open_link(session, typed.request.count);
        else if (session->lines != NULL)
            copy_text(session, typed.request.count);
        else if (session->tui == NULL)
            session_note(session, _("a program has that in what it reads already"), true);
        else if (typed.kind == TYPED_OPEN)
            tui_link(session->tui, typed.request.count);
        else
            tui_copy(session->tui, typed.request.count);
        break;
    case TYPED_SET:
        if (typed.request.text.size > 0)
            session_set(session, &typed.request.text);
        else
            session_list_settings(session);
        break;
    case TYPED_CLEAR:
        if (session->tui != NULL)
            tui_clear(session->tui);
        break;
    case TYPED_QUIT: session_quit(session); break;
    case TYPED_ERROR: session_note(session, typed.text, true); break;
    }
}
