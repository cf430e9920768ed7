/* Moving: what the view does not do yet. Each of these is to be the view's own. */
#include "ui/move.h"

void view_go(struct view *view, int n)
{
    (void)view;
    (void)n;
}

void view_step(struct view *view, int by)
{
    (void)view;
    (void)by;
}

void view_next_new(struct view *view)
{
    (void)view;
}

bool view_find(struct view *view, const char *text)
{
    (void)view;
    (void)text;
    return false;
}

void view_toggle(struct view *view, enum move_list which)
{
    (void)view;
    (void)which;
}

void view_scroll_lines(struct view *view, int rows)
{
    (void)view;
    (void)rows;
}

void view_top(struct view *view)
{
    (void)view;
}
