/* Carry: a desktop is where the reader is, or it is none. Over ssh the clipboard of the terminal is what
 * reaches him; a terminal never says whether it did as it was asked. */
#include "ui/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/clipboard.h"
#include "ui/opener.h"
#include "ui/popup.h"

void carry_release(struct carry *carry)
{
    free(carry->offered);
    carry->offered = NULL;
}

void carry_text(struct view *view, const struct terminal *terminal, const char *text, size_t size,
                uint64_t wall_ms)
{
    size_t sequence_size = 0;
    char *sequence = clipboard_sequence(text, size, clipboard_way(), &sequence_size);
    bool sent = sequence != NULL && terminal_send(terminal, sequence, sequence_size);
    free(sequence);
    view_note(view,
              sent ? _("your terminal was asked to put it on the clipboard; some refuse")
                   : _("this terminal has no clipboard that could be reached"),
              !sent, wall_ms);
}

void carry_link(struct carry *carry, struct view *view, const char *link, size_t size,
                uint64_t wall_ms)
{
    char *one = strndup(link, size); /* what is said in the view may let the line go */
    CHECK(one != NULL);
    carry_release(carry);
    if (opener_here() && opener_start(one)) {
        view_note(view, _("the link is given to your desktop"), false, wall_ms);
        free(one);
        return;
    }
    view_note(view, one, false, wall_ms);
    carry->offered = one;
}

bool carry_asks(const struct carry *carry)
{
    return carry->offered != NULL;
}

void carry_answer(struct carry *carry, struct view *view, const struct terminal *terminal, bool yes,
                  uint64_t wall_ms)
{
    if (yes && carry->offered != NULL)
        carry_text(view, terminal, carry->offered, strlen(carry->offered), wall_ms);
    carry_release(carry);
}

void carry_paint(const struct carry *carry, struct cell *cells, int width, int rows)
{
    if (carry->offered == NULL)
        return;
    const char *question =
        _("Enter puts the link on the clipboard of your terminal, Escape does not");
    size_t room = strlen(carry->offered) + strlen(question) + 2;
    char *text = malloc(room);
    CHECK(text != NULL);
    snprintf(text, room, "%s\n%s", carry->offered, question);
    const char *texts[] = {text, question, _("Enter copies the link, Esc does not"), NULL};
    popup_sentence(popup_fitting(texts, width, rows), cells, width, rows);
    free(text);
}
