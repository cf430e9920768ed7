/* Layout: how many columns the panels get, and the lines.
 *
 * 1. Whether a panel is shown depends on the width of the screen alone: the lines keep LINES_AUTO columns
 *    beside one of the usual width that nobody asked for, LINES_LEAST beside one that the reader did. So a
 *    divider that is dragged hides no panel.
 * 2. A panel that is to be wider takes from the lines, as long as they keep LINES_LEAST. */
#include "base/tr.h"
#include "ui/view_private.h"

#define LINES_AUTO  70
#define LINES_LEAST 30

void view_lay_out(struct view *view, int width)
{
    int left = width;
    for (int i = 0; i < VIEW_PANELS; i++) {
        int least = view->panels[i] == WANTED_YES ? LINES_LEAST : LINES_AUTO;
        bool wanted = view->panels[i] != WANTED_NO && view->count > 1;
        bool shown = wanted && left - VIEW_PANEL_USUAL - 1 >= least;
        view->painted[i] = shown ? VIEW_PANEL_USUAL : 0;
        left -= shown ? VIEW_PANEL_USUAL + 1 : 0;
    }
    for (int i = 0; i < VIEW_PANELS; i++) {
        int most = view->painted[i] + left - LINES_LEAST;
        if (view->painted[i] == 0)
            continue;
        left += view->painted[i];
        view->painted[i] = view->columns[i] < most ? view->columns[i] : most;
        left -= view->painted[i];
    }
    view->width = left;
    view->screen = width;
}

enum view_panel view_divider(const struct view *view, int x)
{
    int channels = view->painted[VIEW_CHANNELS], members = view->painted[VIEW_MEMBERS];
    if (channels > 0 && x == channels)
        return VIEW_CHANNELS;
    return members > 0 && x == view->screen - members - 1 ? VIEW_MEMBERS : VIEW_PANELS;
}

enum view_panel view_panel_at(const struct view *view, int x)
{
    int channels = view->painted[VIEW_CHANNELS], members = view->painted[VIEW_MEMBERS];
    if (channels > 0 && x < channels)
        return VIEW_CHANNELS;
    return members > 0 && x >= view->screen - members ? VIEW_MEMBERS : VIEW_PANELS;
}

const char *view_toggle(struct view *view, enum view_panel panel)
{
    view_want(view, panel, view->painted[panel] > 0 ? WANTED_NO : WANTED_YES);
    if (view->panels[panel] == WANTED_NO || view->screen == 0)
        return NULL;
    view_lay_out(view, view->screen);
    if (view->painted[panel] > 0)
        return NULL;
    return view->count == 1 ? _("there is no channel yet to show; \\join #name takes part in one")
                            : _("this window is too narrow for that; it comes when it is wider");
}

void view_want(struct view *view, enum view_panel panel, enum view_wanted wanted)
{
    view->panels[panel] = wanted;
    view->changed = true;
}

void view_set_columns(struct view *view, enum view_panel panel, int columns)
{
    if (columns < VIEW_PANEL_LEAST)
        columns = VIEW_PANEL_LEAST;
    view->columns[panel] = columns < VIEW_PANEL_MOST ? columns : VIEW_PANEL_MOST;
    view->changed = true;
}

int view_columns(const struct view *view, enum view_panel panel)
{
    return view->columns[panel];
}

void view_drag(struct view *view, enum view_panel panel, int x)
{
    int columns = panel == VIEW_CHANNELS ? x : view->screen - 1 - x;
    int most = view->painted[panel] + view->width - LINES_LEAST;
    if (view->painted[panel] > 0)
        view_set_columns(view, panel, columns < most ? columns : most);
}
