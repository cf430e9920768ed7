/* Private: the sentences of private channels: who is let in, removed, invited; what cannot be read yet, and
 * what is no part of the talk.
 *
 * Who was removed keeps what he had, and who is let in reads from some moment on: whatever tells of it
 * says so. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/pieces.h"
#include "ui/standing.h"
#include "ui/template.h"

/* Who acted, and of whom. */
struct names {
    char channel[LABEL_MAX], nick[WORDS_NICK_MAX + PIECE_MAX + 6], who[WORDS_NICK_MAX];
};

/* Of a person with several devices it is one. */
static bool names_device(const struct show *show)
{
    return show->text.size > 0 && (show->kind == SHOW_ADMITTED || show->kind == SHOW_REMOVED ||
                                   show->kind == SHOW_ROLE_ROW);
}

static void names_of(const struct show *show, struct names *names)
{
    char device[PIECE_MAX];
    label_channel(show->channel.text, true, names->channel);
    words_nick(&show->nick, names->nick, WORDS_NICK_MAX);
    if (names_device(show)) { /* Anna ("phone"): not all of her */
        size_t size = strlen(names->nick);
        piece_tame(show->text, device, sizeof device);
        snprintf(names->nick + size, sizeof names->nick - size, " (\"%s\")", device);
    }
    words_nick(&show->who_nick, names->who, sizeof names->who);
}

static void fill(struct writer *w, const char *template, const struct show *show,
                 const struct names *names)
{
    char number[PIECE_NUMBER_MAX], day[WORDS_DAY_MAX], clock[6];
    piece_number(show->n, number);
    words_day(show->wall_ms, day);
    words_clock(show->wall_ms, clock);
    TEMPLATE(w, template, {"channel", names->channel, 0}, {"nick", names->nick, 0},
             {"who", names->who, 0}, {"n", number, show->n}, {"day", day, 0}, {"clock", clock, 0});
}

static bool by_himself(const struct show *show)
{
    return id_equal(&show->id, &show->who);
}

/* Whoever it is that invites is told apart from others of that name. */
static void add_invitation(struct writer *w, const struct show *show, const struct names *names)
{
    char standing[STANDING_MAX], digits[ID_HEX_SIZE];
    standing_text(show->marks, show->clash, &show->like, standing);
    hex_of(digits, show->who.b, 4);
    TEMPLATE(w,
             _("{standing}{who} ({id}) invites you to {channel}: \\join {name} takes you in, "
               "\\leave {name} declines"),
             {"standing", standing, 0}, {"who", names->who, 0}, {"id", digits, 0},
             {"channel", names->channel, 0}, {"name", names->channel + strlen(LABEL_LOCK), 0});
}

static void add_admitted(struct writer *w, const struct show *show, const struct names *names)
{
    if (show->n3 != 0) {
        fill(w,
             show->own ? _("{who} lets you invite others to {channel} from now on")
                       : _("{who} lets {nick} invite others to {channel} from now on"),
             show, names);
        return;
    }
    const char *template =
        show->own
            ? (show->n2 != 0
                   ? _("{who} let you into {channel}: you can read what was said before, too")
                   : _("{who} let you into {channel}: you can read what is said from now on"))
            : (show->n2 != 0 ? _("{who} let {nick} into {channel}: {nick} can read what was said "
                                 "before, too")
                             : _("{who} let {nick} into {channel}: {nick} can read what is said "
                                 "from now on"));
    fill(w, template, show, names);
    if (show->n == ROLE_INVITER)
        fill(w, show->own ? _("; you may invite others") : _("; {nick} may invite others"), show,
             names);
}

static void add_removed(struct writer *w, const struct show *show, const struct names *names)
{
    const char *template =
        by_himself(show)
            ? (show->own ? _("you left {channel} for good")
                         : _("{nick} left {channel} for good: what is said from now on {nick} "
                             "cannot read; what was said before, {nick} keeps"))
        : show->own ? _("{who} removed you from {channel}: what is said from now on you cannot "
                        "read; what was said before, you keep")
                    : _("{who} removed {nick} from {channel}: what is said from now on {nick} "
                        "cannot read; what was said before, {nick} keeps");
    fill(w, template, show, names);
    if (by_himself(show) && show->n == ROLE_FOUNDER)
        fill(w, _("; {nick} was the founder: whom {nick} let in nobody can remove now"), show,
             names);
    if (!show->own && show->n3 != 0)
        template_add(w, _("; nobody who is in may invite, so nobody can be let in any more"));
}

/* "#plans: bo 3f2a91cc (v) may invite, let in by anna on Fri 27 Nov 2026 12:34 (here)" */
static void add_role(struct writer *w, const struct show *show, const struct names *names)
{
    char standing[STANDING_MAX], id[ID_HEX_SIZE];
    bool founder = show->n == ROLE_FOUNDER;
    hex_of(id, show->id.b, 4);
    standing_text(show->marks, show->clash, &show->like, standing);
    TEMPLATE(w, "{channel}: {standing}{nick} {id}, ", {"channel", names->channel, 0},
             {"standing", standing, 0}, {"nick", names->nick, 0}, {"id", id, 0});
    fill(w,
         founder                   ? _("founder")
         : show->n == ROLE_INVITER ? _("may invite, let in by {who} on {day} {clock}")
                                   : _("member, let in by {who} on {day} {clock}"),
         show, names);
    if (show->n2 != 0 && !founder)
        template_add(w, _(", with what was said before"));
    template_add(w, show->own ? _(" (you)") : show->up ? _(" (here)") : "");
}

void words_private(const struct show *show, char *out, size_t room)
{
    struct names names;
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    names_of(show, &names);
    switch (show->kind) {
    case SHOW_INVITATION: add_invitation(&w, show, &names); break;
    case SHOW_ADMITTED: add_admitted(&w, show, &names); break;
    case SHOW_REMOVED: add_removed(&w, show, &names); break;
    case SHOW_ROLE_ROW: add_role(&w, show, &names); break;
    case SHOW_CLOSED:
        fill(&w,
             show->n > 0 ? _("{n} {n|line|lines} of {channel} {n|waits|wait} for a key that others "
                             "have")
                         : _("the lines of {channel} that waited for a key are here"),
             show, &names);
        break;
    case SHOW_LEFT_OUT:
        fill(&w,
             _("{n} {n|line|lines} of {nick} {n|is|are} left out of {channel}: said after {nick} "
               "was removed"),
             show, &names);
        break;
    default: CHECK(!"words_private has no sentence for this kind");
    }
    out[w.size] = '\0';
}

void words_closed(uint64_t n, char *out, size_t room)
{
    char number[PIECE_NUMBER_MAX];
    struct writer w = writer_of(out, room - 1);
    piece_number(n, number);
    TEMPLATE(&w, _("{n} {n|line waits|lines wait} for a key"), {"n", number, n});
    out[w.size] = '\0';
}
