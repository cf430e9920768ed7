/* Welcome: what stands above the lines in the first minute: where one is, what to type on the other
 * machine, who is here. It takes the rows that no line needs, as many as there are, the first things
 * first, and goes with the first line that is said or heard. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/view_private.h"
#include "ui/wrap.h"

#define LINE_ROOM 1024
#define AIRY_ROWS 16 /* from here on there is room for blank ones */

static void add(char *out, const char *text)
{
    size_t size = strlen(out);
    snprintf(out + size, LINE_ROOM - size, "%s", text);
}

/* "bo, cy, dan and 4 more"; "" for nobody but the reader. */
static void others(const struct view *view, char *out)
{
    const struct person *members[ROSTER_MAX];
    char more[32];
    size_t count = roster_members(&view->current->roster, members, ROSTER_MAX), named = 0, all = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && i < ROSTER_MAX; i++) {
        if (members[i]->own)
            continue;
        all++;
        if (strlen(out) > LINE_ROOM / 4)
            continue;
        add(out, named++ > 0 ? ", " : "");
        add(out, members[i]->nick.text);
    }
    snprintf(more, sizeof more, " and %zu more", all - named);
    if (all > named)
        add(out, more);
}

static void who_is_here(const struct view *view, char *out)
{
    char names[LINE_ROOM];
    others(view, names);
    add(out, "who is here: ");
    if (names[0] != '\0') {
        add(out, names);
        return;
    }
    add(out, "nobody else yet");
    if (view->looking[0] != '\0') {
        add(out, "; looking for others on ");
        add(out, view->looking);
    }
}

enum welcome_line { WHERE, TYPE, COMMAND, SECRET, OTHERWISE, WHO, SAY, HELP, WELCOME_LINES };

/* The line, "" for one that has nothing to say; *style for how it looks. */
static void line_of(const struct view *view, int line, char out[LINE_ROOM], uint8_t *style)
{
    bool open = view->network[0] == '\0' || strcmp(view->network, "open") == 0;
    bool alone = view->address.text[0] == '\0' || strncmp(view->address.text, "127.", 4) == 0;
    out[0] = '\0';
    *style = STYLE_PLAIN;
    switch (line) {
    case WHERE:
        add(out, "you are ");
        add(out, view->nick.text);
        if (view->current->name[0] != '\0') {
            add(out, ", in ");
            add(out, view->current->name);
        }
        if (!open) {
            add(out, " of network ");
            add(out, view->network);
        }
        break;
    case TYPE:
        add(out, alone ? "this machine is on no network; to talk on it, type in another terminal:"
                       : "to talk from another machine, type there:");
        break;
    case COMMAND:
        *style = STYLE_BOLD;
        add(out, open ? "    fika " : "    fika --network @FILE ");
        add(out, alone ? "" : view->address.text);
        break;
    case OTHERWISE:
        add(out, view->addresses[0] != '\0' ? "    this machine's other addresses: " : "");
        add(out, view->addresses);
        break;
    case SECRET: add(out, open ? "" : "    where FILE holds the secret of this network"); break;
    case WHO: who_is_here(view, out); break;
    case SAY: add(out, "what you type is said here when you press Enter"); break;
    default: add(out, "\\help explains the rest, \\quit leaves"); break;
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
        uint8_t style;
        line_of(view, i, text, &style);
        size_t size = text_tame(tame, sizeof tame, text, strlen(text), TAME_LINE);
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
                          .style = style};
        pen_text(&pen, tame, size);
        row += measure.row + 1;
    }
}
