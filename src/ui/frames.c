/* Frames: when the screen is painted, and what tells of what the reader does not see: the title and
 * notices. */
#include <string.h>

#include "base/tr.h"
#include "ui/tui_private.h"

#define FRAME_MS 17
#define TITLE_MS 250 /* at most one new title in this time */

/* Where the reader looks, whatever lies over the lines. */
static void paint_alert(const struct tui *tui, struct cell *cells, int width, int row)
{
    const char *alert = view_alert(tui->view);
    struct cell *at = cells + (size_t)(row > 0 ? row : 0) * (size_t)width;
    if (alert[0] == '\0' || row < 0)
        return;
    cells_blank(at, (size_t)width, STYLE_REVERSE);
    cells_draw(at, width, 1, alert, strlen(alert), STYLE_REVERSE | STYLE_BOLD, COLOUR_ERROR);
}

static void paint(struct tui *tui)
{
    int row, column, width = draw_width(tui->draw), height = draw_height(tui->draw);
    struct cell *cells = draw_cells(tui->draw);
    if (tui->curtain.down) {
        curtain_paint(&tui->curtain, cells, width, height, &row, &column);
        draw_show(tui->draw, 0, row, column);
        return;
    }
    int rows = writing_rows(tui->writing, width, height), lines = height - rows;
    bool anew = tui->anew || tui->covered || rows != tui->rows;
    bool all = anew || view_changed(tui->view);
    if (lines > 0 && all)
        view_paint(tui->view, cells, width, lines);
    bool listed = foundlist_is_open(tui->found) || page_is_open(tui->page) ||
                  carry_asks(&tui->carry) || view_alert(tui->view)[0] != '\0';
    foundlist_paint(tui->found, cells, width, lines - 1);
    page_paint(tui->page, cells, width, lines - 1);
    carry_paint(&tui->carry, cells, width, lines - 1);
    paint_alert(tui, cells, width, lines - 2);
    tui->covered = writing_paint(tui->writing, cells, width, height, rows, &row, &column) || listed;
    tui->rows = rows;
    draw_show(tui->draw, all || tui->covered ? 0 : lines, row, column);
}

static uint64_t paint_due(struct tui *tui, uint64_t now_ms)
{
    uint64_t due_ms = tui->painted_ms + FRAME_MS;
    if (!tui->typed && !tui->anew && (tui->curtain.down || !view_changed(tui->view)))
        return UINT64_MAX;
    if (!tui->typed && now_ms < due_ms)
        return due_ms;
    paint(tui);
    tui->painted_ms = now_ms;
    tui->typed = tui->anew = false;
    return UINT64_MAX;
}

static uint64_t title_due(struct tui *tui, uint64_t now_ms)
{
    char title[TITLE_ROOM], label[LABEL_MAX];
    size_t mentions, unread = view_unread_all(tui->view, &mentions);
    uint64_t due_ms = tui->titled_ms + TITLE_MS;
    if (!tui->config.title)
        return UINT64_MAX;
    view_label(tui->view, label);
    title_text(tui->curtain.down ? "" : label, unread, mentions, title);
    if (strcmp(title, tui->title) == 0)
        return UINT64_MAX;
    if (tui->title[0] != '\0' && now_ms < due_ms)
        return due_ms;
    terminal_title(tui->terminal, title);
    memcpy(tui->title, title, sizeof title);
    tui->titled_ms = now_ms;
    return UINT64_MAX;
}

static uint64_t notice_due(struct tui *tui, uint64_t now_ms)
{
    struct notice notice;
    char bytes[RING_ROOM];
    while (notices_next(&tui->notices, now_ms, &notice))
        if (notice.invites || view_unread(tui->view, notice.channel) > 0)
            terminal_put(bytes,
                         tui->curtain.down
                             ? ring_write(&tui->config.ring, "fika", _("something was said"), bytes)
                             : ring_write(&tui->config.ring, notice.title, notice.body, bytes));
    return notices_due(&tui->notices);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t tui_paint(struct tui *tui, uint64_t now_ms)
{
    if (tui_away(tui))
        return UINT64_MAX;
    uint64_t paste_ms = tui_paste_due(tui, now_ms);
    uint64_t due_ms = earlier(paste_ms, paint_due(tui, now_ms));
    due_ms = earlier(due_ms, title_due(tui, now_ms));
    return earlier(due_ms, notice_due(tui, now_ms));
}
