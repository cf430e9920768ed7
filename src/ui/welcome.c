/* Welcome: what stands above the lines in the first minute: where one is, what to type on the other
 * machine, who is here. It takes the rows that no line needs, as many as there are, the first things
 * first, and goes with the first line that is said or heard. */
#include <string.h>

#include "base/text.h"
#include "base/tr.h"
#include "ui/template.h"
#include "ui/view_private.h"
#include "ui/wrap.h"

#define LINE_ROOM 1024
#define AIRY_ROWS 16 /* from here on there is room for blank ones */

/* "bo, cy, dan", and how many more there are; the reader is not one of them. */
static size_t others(const struct view *view, char *names, size_t room)
{
    const struct person *members[ROSTER_MAX];
    size_t count = roster_members(&view->current->roster, members, ROSTER_MAX), more = 0;
    struct writer w = writer_of(names, room - 1);
    for (size_t i = 0; i < count && i < ROSTER_MAX; i++) {
        if (members[i]->own)
            continue;
        if (w.size + LIMIT_NICK + 2 > w.room) {
            more++;
            continue;
        }
        template_add(&w, w.size > 0 ? ", " : "");
        template_add(&w, members[i]->nick.text);
    }
    names[w.size] = '\0';
    return more;
}

static void who_is_here(const struct view *view, struct writer *w)
{
    char names[LINE_ROOM / 4];
    size_t more = others(view, names, sizeof names);
    if (more > 0)
        TEMPLATE(w, _("who is here: {names} and {n} more"), {"names", names, 0}, {"n", NULL, more});
    else if (names[0] != '\0')
        TEMPLATE(w, _("who is here: {names}"), {"names", names, 0});
    else if (view->looking[0] != '\0')
        TEMPLATE(w, _("who is here: nobody else yet; looking for others on {interfaces}"),
                 {"interfaces", view->looking, 0});
    else
        template_add(w, _("who is here: nobody else yet"));
}

static void where(const struct view *view, bool open, struct writer *w)
{
    const char *nick = view->nick.text, *channel = view->current->name;
    if (channel[0] == '\0')
        TEMPLATE(w, _("you are {nick}"), {"nick", nick, 0});
    else if (open)
        TEMPLATE(w, _("you are {nick}, in {channel}"), {"nick", nick, 0}, {"channel", channel, 0});
    else
        TEMPLATE(w, _("you are {nick}, in {channel} of network {network}"), {"nick", nick, 0},
                 {"channel", channel, 0}, {"network", view->network, 0});
}

static bool waits(const struct view *view)
{
    char names[LINE_ROOM / 4];
    return view->looking[0] != '\0' && others(view, names, sizeof names) == 0 && names[0] == '\0';
}

enum welcome_line { WHERE, TYPE, COMMAND, OTHERWISE, WHO, SAY, HELP, WELCOME_LINES };

/* The line, empty when it has nothing to say. */
static void line_of(const struct view *view, int line, struct writer *w)
{
    bool open = view->network[0] == '\0' || strcmp(view->network, "open") == 0;
    bool alone = view->address.text[0] == '\0' || strncmp(view->address.text, "127.", 4) == 0;
    switch (line) {
    case WHERE: where(view, open, w); break;
    case TYPE:
        template_add(
            w, view->port == 0 ? _("\\connect HOST:PORT calls others; nobody can call here")
               : !open         ? _("\\invite shows what lets another machine into this network")
               : alone
                   ? _("this machine is on no network; to talk on it, type in another terminal:")
                   : _("to talk from another machine, type there:"));
        break;
    case COMMAND:
        template_add(w, open && view->port != 0 ? "    fika " : "");
        template_add(w, alone || !open ? "" : view->address.text);
        break;
    case OTHERWISE:
        if (view->addresses[0] != '\0')
            TEMPLATE(w, _("    this machine's other addresses: {addresses}"),
                     {"addresses", view->addresses, 0});
        break;
    case WHO: who_is_here(view, w); break;
    case SAY: template_add(w, _("what you type is said here when you press Enter")); break;
    default:
        template_add(w, waits(view)
                            ? _("\\doctor tells why nobody comes, \\help the rest, \\quit leaves")
                            : _("\\help explains the rest, \\quit leaves"));
        break;
    }
}

void view_paint_welcome(struct view *view, struct cell *cells, int rows)
{
    int width = view->width, row = 0;
    bool airy = rows >= AIRY_ROWS;
    if (!view->welcomes || !view->status_known)
        return;
    for (int i = 0; i < WELCOME_LINES; i++) {
        char text[LINE_ROOM], tame[LINE_ROOM];
        struct writer w = writer_of(text, sizeof text - 1);
        line_of(view, i, &w);
        text[w.size] = '\0';
        size_t size = text_tame(tame, sizeof tame, text, w.size, TAME_LINE);
        if (size == 0)
            continue;
        row += airy && (i == TYPE || i == WHO);
        int indent = text[0] == ' ' && width > 40 ? 4 : 0;
        struct pen measure = {.width = width, .indent = indent};
        pen_text(&measure, tame, size);
        if (row + measure.row + 1 > rows)
            return;
        struct pen pen = {.cells = cells + (size_t)row * (size_t)width,
                          .width = width,
                          .to = measure.row + 1,
                          .indent = indent,
                          .style = i == COMMAND ? STYLE_BOLD : STYLE_PLAIN};
        pen_text(&pen, tame, size);
        row += measure.row + 1;
    }
}
