/* Obey: what a line that was typed asks: of the node a request, of the face what it shows itself. */
#include <string.h>

#include "app/session_private.h"
#include "base/check.h"
#include "base/tr.h"
#include "ui/help.h"
#include "ui/opener.h"

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
        else if (session->tui == NULL)
            session_note(session,
                         _("that is of the full screen: what is in lines can be taken as it is"),
                         true);
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
