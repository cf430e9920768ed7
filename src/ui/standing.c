/* Standing: see docs/THREATS.md. It stands where no text of a peer gets: before the nick and its bracket, behind the
 * clock. */
#include "ui/standing.h"

#include <string.h>

#include "base/tr.h"
#include "ui/template.h"
#include "ui/words.h"

size_t standing_text(uint8_t marks, enum clash clash, const struct nick *like,
                     char out[STANDING_MAX])
{
    char name[WORDS_NICK_MAX];
    struct writer w = writer_of(out, STANDING_MAX - 1);
    if ((marks & PERSON_REVOKED) != 0) {
        template_add(&w, _("(from a revoked device) "));
        marks = 0;
    }
    if (clash != CLASH_NONE)
        words_nick(like, name, sizeof name);
    if (clash == CLASH_VERIFIED)
        TEMPLATE(&w, _("(not the verified {nick}) "), {"nick", name, 0});
    else if (clash == CLASH_LOOKS)
        TEMPLATE(&w, _("(looks like {nick}) "), {"nick", name, 0});
    else if (clash == CLASH_HELD)
        template_add(&w, _("(another) "));
    else if ((marks & PERSON_VERIFIED) != 0)
        template_add(&w, "(v) ");
    out[w.size] = '\0';
    return w.size;
}

bool standing_hides(uint8_t marks)
{
    return (marks & (PERSON_IGNORED | PERSON_BLOCKED)) != 0;
}
