/* Pointer: what the mouse does. What lies over the lines comes first; then a divider that is dragged, then
 * what the view says is in that place. */
#include "ui/tui_private.h"

#define WHEEL_ROWS 3

static void grab(struct tui *tui, enum view_panel panel)
{
    struct pointer *pointer = &tui->pointer;
    pointer->drags = true;
    pointer->panel = panel;
    pointer->columns = view_columns(tui->view, panel);
}

/* A divider goes with the mouse until the button is let go; where the terminal tells nothing in between,
 * it goes there then. */
static bool drag(struct tui *tui, const struct mouse *mouse)
{
    struct pointer *pointer = &tui->pointer;
    if (!pointer->drags)
        return false;
    if (mouse->kind == MOUSE_DRAG || mouse->kind == MOUSE_RELEASE)
        view_drag(tui->view, pointer->panel, mouse->x);
    if (mouse->kind == MOUSE_DRAG)
        return true;
    pointer->drags = false;
    pointer->moved = view_columns(tui->view, pointer->panel) != pointer->columns;
    return mouse->kind == MOUSE_RELEASE;
}

static void point_at_found(struct tui *tui, const struct mouse *mouse)
{
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        tui_browse(tui, mouse->kind == MOUSE_WHEEL_UP ? ACTION_LINE_UP : ACTION_LINE_DOWN);
    if (mouse->kind == MOUSE_CLICK && foundlist_click(tui->found, mouse->y))
        tui_browse(tui, ACTION_SEND);
}

void tui_point(struct tui *tui, const struct mouse *mouse)
{
    struct view_hit hit = {.kind = HIT_NOTHING};
    if (drag(tui, mouse))
        return;
    if (page_is_open(tui->page)) {
        if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
            page_scroll(tui->page, mouse->kind == MOUSE_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
        return;
    }
    if (foundlist_is_open(tui->found)) {
        point_at_found(tui, mouse);
        return;
    }
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
        int rows = mouse->kind == MOUSE_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS;
        if (tui->covered || !view_wheel(tui->view, mouse->x, mouse->y, rows))
            view_scroll_lines(tui->view, -rows);
    }
    /* What lies over the view hides what could be clicked. */
    if (mouse->kind == MOUSE_CLICK && !tui->covered)
        hit = view_click(tui->view, mouse->x, mouse->y);
    if (hit.kind == HIT_DIVIDER)
        grab(tui, hit.panel);
    if (hit.kind == HIT_NICK)
        writing_name(tui->writing, hit.name);
    size_t size;
    const char *link = mouse->kind == MOUSE_CLICK && !tui->covered && hit.kind == HIT_NOTHING
                           ? view_link_at(tui->view, mouse->x, mouse->y, &size)
                           : NULL;
    if (link != NULL)
        tui_open_link(tui, link, size);
}
