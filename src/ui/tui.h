/* TUI: the full-screen face on ncursesw. view.c holds what is seen, writing.c what is typed; this
 * feeds them, and brings what they paint to the terminal. */
#pragma once

#include "ui/command.h"
#include "ui/keys.h"
#include "ui/ring.h"
#include "ui/seen.h"
#include "ui/settings.h"

struct tui;

struct tui_config {
    const struct keys *keys; /* outlives the tui */
    const char *directory;   /* where a private file may be put; likewise */
    const struct heed *heed; /* outlives it */
    struct ring ring;        /* how the reader is told */
    bool fresh;              /* a first start */
    bool title;              /* the terminal's title says where he is */
    /* Whether this is the passphrase; NULL: there is none. */
    bool (*opens)(const char *passphrase);
};

/* Takes the terminal. NULL when TERM cannot do it (a sentence in *why). */
struct tui *tui_open(const struct tui_config *config, const char **why);
/* Gives the terminal back as it was. */
void tui_close(struct tui *tui);
void tui_show(struct tui *tui, const struct show *show);
/* A line of the face's own, in the current channel's window. */
void tui_note(struct tui *tui, const char *text, bool error);
/* Reads what keys are waiting (never blocks). True when Enter was pressed: the line is in *line,
 * valid until the next call; call again until false. */
bool tui_key(struct tui *tui, const char **line, size_t *size);
/* To be called before what waits for keys: what comes at once from then on may be a paste, and so may what came
 * already, if keys were not looked at for `busy_ms` only. False when there are some, so that nothing is to be
 * waited for. */
bool tui_watch(struct tui *tui, uint64_t busy_ms);
/* True when Ctrl-D on an empty line asked to leave (Ctrl-C arrives as SIGINT), or the terminal is
 * gone. */
bool tui_done(const struct tui *tui);
/* What was typed before: see recall.h. */
struct recall *tui_recall(struct tui *tui);
/* Up to where the channels were seen: see seen.h. */
struct seen *tui_seen(struct tui *tui);
/* True while another program has the terminal: no keys are to be read. */
bool tui_away(const struct tui *tui);
/* After SIGCHLD. */
void tui_child(struct tui *tui);
/* As view_wants(). While it has a change of channel to hand out, tui_key() says false: what was typed
 * behind it belongs there. */
bool tui_wants(struct tui *tui, struct request *request);
/* The same, of what the reader has seen in a direct channel since it said so last. */
bool tui_read(struct tui *tui, struct request *request);
void tui_clear(struct tui *tui);
/* Hides all at once, until the passphrase is typed, or any key where there is none. */
void tui_lock(struct tui *tui);
/* Shows a text over the lines (page.h), until it is closed. */
void tui_page(struct tui *tui, const char *text);
/* What the reader wants to be told of has changed. */
void tui_heed(struct tui *tui);
/* Opens the nth newest link of the current channel, from 1 on, or shows it and asks whether it is to be
 * copied; copies the text of the nth last line. */
void tui_link(struct tui *tui, size_t n);
void tui_copy(struct tui *tui, size_t n);
/* Completes a REACT by the line that it is for, as the reader counts them; false, and he is told, when
 * there is none. */
bool tui_choose(struct tui *tui, struct request *request);
/* Does what a setting says; the theme's text is tui_theme()'s. */
void tui_set(struct tui *tui, const struct settings *settings, enum setting which);
/* True when the reader has dragged a divider: what it has become is in the settings then, to be kept. */
bool tui_dragged(struct tui *tui, struct settings *settings);
/* Takes another theme: its text, which is taken apart; NULL: the one that is built in. Returns as
 * theme_read(). */
unsigned tui_theme(struct tui *tui, char *theme);
/* After SIGWINCH, and after SIGCONT. */
void tui_resize(struct tui *tui);
/* Paints what changed: what was typed at once, all else at most 60 times a second; and tells of what
 * the reader does not see. Returns when it is to be called again, by the same clock; UINT64_MAX when nothing waits. */
uint64_t tui_paint(struct tui *tui, uint64_t now_ms);
