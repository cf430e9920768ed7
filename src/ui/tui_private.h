/* What tui.c, press.c (what a key does), pointer.c (what the mouse does), aside.c (what leaves the
 * terminal) and frames.c (painting, and telling) share. Nobody else includes this. */
#pragma once

#include "ui/burst.h"
#include "ui/carry.h"
#include "ui/curtain.h"
#include "ui/draw.h"
#include "ui/editor.h"
#include "ui/foundlist.h"
#include "ui/notice.h"
#include "ui/page.h"
#include "ui/paste.h"
#include "ui/terminal.h"
#include "ui/title.h"
#include "ui/tui.h"
#include "ui/view.h"
#include "ui/writing.h"

/* What the mouse holds. */
struct pointer {
    enum view_panel panel; /* whose divider goes with it */
    int columns;           /* of it, before */
    bool drags;
    bool moved; /* what it has become is to be kept */
};

/* What is looked for in older lines, which the node is asked for. */
enum reach_for { REACH_NOTHING, REACH_LINK, REACH_TEXT };
struct reach {
    enum reach_for what;
    size_t n;
    int pages; /* asked for so far */
    struct channel_name channel;
};

struct tui {
    struct tui_config config;
    struct terminal *terminal;
    struct view *view;
    struct writing *writing;
    struct foundlist *found;
    struct page *page;
    struct draw *draw;
    struct editor editor;
    struct carry carry;
    struct reach reach;
    struct curtain curtain;
    struct notices notices;
    char title[TITLE_ROOM]; /* as it was set; "": it is to be set anew */
    uint64_t titled_ms;
    uint64_t painted_ms;
    uint32_t prefix; /* the first of two keys, waiting for the second; 0: none */
    int rows;        /* of the input, as painted last */
    bool covered;    /* something was painted over the view */
    bool typed;      /* the input changed since it was painted */
    bool anew;       /* nothing of the view is in the picture */
    bool done;
    struct paste paste;
    struct burst burst;
    bool finds_pastes;  /* among the keys, since the terminal does not mark them */
    bool watched;       /* nothing waited to be read when the reader of keys began to wait */
    bool paste_goes_on; /* something of it came since it was looked at */
    uint64_t
        paste_ends_ms; /* when nothing more comes until then; 0: there is none, or it has marks */
    struct pointer pointer;
};

/* This machine's clock, in ms. */
uint64_t tui_wall_now(void);
/* Says that a text was cut at the bound of a message: {n} in the sentence. */
void tui_say_cut(struct tui *tui, const char *template);
/* Gives the text of the input to an editor. */
void tui_edit(struct tui *tui);
/* Opens a link elsewhere, or asks. */
void tui_open_link(struct tui *tui, const char *link, size_t size);
/* A page of older lines came: what is looked for may be in it. */
void tui_reached(struct tui *tui, const struct show *show);
/* An action for the list of what was found: true when it was. */
bool tui_browse(struct tui *tui, int action);
/* Ends a paste that has no marks, when nothing came of it for a while. Returns when that will be. */
uint64_t tui_paste_due(struct tui *tui, uint64_t now_ms);
/* The mouse did something. */
void tui_point(struct tui *tui, const struct mouse *mouse);
