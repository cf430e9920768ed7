/* What view.c (what is shown), itself.c (of the node itself), arrivals.c (who comes and goes), panels.c (painting) and
 * go.c (moving) share. Nobody else includes this. */
#pragma once

#include "ui/heed.h"
#include "ui/view.h"
#include "ui/window.h"

#define WINDOWS_MAX      (LIMIT_CHANNELS + 1)
#define SPOTS_MAX        300
#define ALERT_BYTES      512
#define SENTENCE_BYTES   1024
#define VIEW_PANEL_USUAL 17 /* columns, without the bar */

/* A place on the screen, as last painted, where a click does something. */
struct spot {
    int row, from, to;
    struct view_hit hit;
};

struct view {
    struct window *windows[WINDOWS_MAX]; /* [0] is "" */
    size_t count;
    struct window *current;
    bool changed;
    bool plain;              /* lines look as they were typed */
    bool unfolded;           /* lines of who is ignored are shown, and floods are not folded */
    bool away;               /* the reader does not look at the terminal */
    char alert[ALERT_BYTES]; /* an error that came where the reader does not see it; "": none */
    bool welcomes;           /* nothing was said yet, at a first start */
    bool covered;            /* something lies over the lines */
    int width, rows;         /* of the lines, as last painted */
    int left;                /* where they begin */
    enum view_wanted panels[VIEW_PANELS];
    int columns[VIEW_PANELS];  /* of the panels, as wanted */
    int painted[VIEW_PANELS];  /* and as last painted; 0: hidden */
    int screen;                /* columns of all, as last painted */
    size_t first[VIEW_PANELS]; /* of each list, what stands at its top */
    char listed[LIMIT_CHANNEL +
                1]; /* what was current, and how many rows there were, when these were settled */
    int listed_rows;
    struct sketches *sketches;
    struct cell *canvas; /* the lines alone, where something stands beside them */
    size_t canvas_room;
    struct spot spots[SPOTS_MAX];
    size_t spot_count;
    struct channel_name wish;  /* where the reader wants to go; "" for nowhere */
    struct channel_name asked; /* where the node was asked to go, without a word about it */
    struct nick nick;
    struct seen seen;
    const struct heed *heed;    /* what the reader wants to be told of */
    char names[HEED_NAMES_MAX]; /* what is a mention */
    struct id id;
    size_t links;
    uint16_t port;
    struct address address;
    char addresses[256]; /* the node's others, between commas */
    char network[64];    /* "open": not spoken of */
    char looking[128];   /* the interfaces where others are looked for; "": none */
    bool status_known;
};

struct window *view_window(const struct view *view, const char *name);
/* The same, made where there is none; NULL at the bound: then there is no such channel joined. */
struct window *view_window_make(struct view *view, const char *name);
/* Puts a line, which is the window's from now on, in its place, within the bounds of all windows. */
void view_add(struct view *view, struct window *window, struct view_line *line, bool stored);
/* Whoever says something, or comes, was met. */
void view_meet(struct window *window, const struct show *show, bool live, uint64_t wall_ms);
/* CURRENT; READY and STATUS: itself.c. */
void view_show_current(struct view *view, const struct show *show);
void view_show_status(struct view *view, const struct show *show);
/* LINK, NAMESAKE, MEMBER. */
void view_show_link(struct view *view, const struct show *show, uint64_t wall_ms);
void view_show_device(struct view *view, const struct show *show, uint64_t wall_ms);
void view_show_namesake(struct view *view, const struct show *show, uint64_t wall_ms);
void view_show_member(struct view *view, const struct show *show, uint64_t wall_ms);
/* What tells of private channels: membership.c. */
void view_show_private(struct view *view, const struct show *show, uint64_t wall_ms);
/* What the reader sees now is not unread any more. */
void view_look(struct view *view);
/* True when the word that lines go there now answers a wish of the reader's. */
bool view_arrived(struct view *view, const struct show *told);
/* The line and its row (without its head) that were painted in row y of the screen. */
bool view_line_under(const struct view *view, int y, size_t *at, int *row);
/* True when the end of the current window is before the reader's eyes. */
bool view_sees(const struct view *view, const struct window *window);
/* Which panels are shown at this width, and how wide; what is left is view->width: layout.c. */
void view_lay_out(struct view *view, int width);
/* The panel whose divider is in that column, as last painted; VIEW_PANELS for none. */
enum view_panel view_divider(const struct view *view, int x);
/* The panel in that column; VIEW_PANELS for none. */
enum view_panel view_panel_at(const struct view *view, int x);
/* In the first `rows` rows of the lines, where nothing else is: welcome.c. */
void view_paint_welcome(struct view *view, struct cell *cells, int rows);
/* As view_label(), of any window; returns its size. */
size_t view_window_label(const struct view *view, const struct window *window, char out[LABEL_MAX]);
