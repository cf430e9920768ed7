/* What session.c (the loop), obey.c (what a typed line asks), adjust.c (settings) and facing.c (opening
 * the face) share. Nobody else includes this. */
#pragma once

#include "app/noticing.h"
#include "app/session.h"
#include "ui/command.h"
#include "ui/findings.h"
#include "ui/keys.h"
#include "ui/lately.h"
#include "ui/lines.h"
#include "ui/settings.h"
#include "ui/tui.h"

#define LINE_ROOM (LIMIT_TEXT + 1024)

struct session {
    struct session_config config;
    struct keys keys;
    struct settings settings;
    struct tui *tui;
    struct lines *lines;
    struct lately *lately;  /* beside them */
    struct leftoff leftoff; /* of them, where somebody reads them on a terminal */
    struct noticing noticing;
    int door_fd;
    bool rings;       /* lines on a terminal, and the bell was asked for */
    char chunk[4096]; /* read from stdin, from chunk_at on not yet looked at */
    size_t chunk_at, chunk_size;
    char line[LINE_ROOM]; /* from stdin: what has no end yet; what `waiting` says */
    size_t line_size;
    struct request waiting; /* found the door full */
    bool is_waiting;
    uint64_t hold_ms;  /* nothing is painted before it, unless something comes; 0: nothing waits */
    uint64_t typed_ms; /* when what was typed is kept; UINT64_MAX: nothing was */
    struct request last; /* STOP, which goes when nothing waits before it */
    bool is_last;
    bool line_too_long; /* its rest is skipped */
    bool input_ended;
    bool ready; /* READY was shown: what answers to input comes after it */
    bool quitting, stopped;
    struct findings findings; /* of a report that is coming; size 0: none is */
    uint64_t kept_ms;         /* when it was written last what was seen */
    uint64_t woke_ms;         /* when it last stopped waiting */
    uint64_t paint_at_ms;     /* what the screen waits for; UINT64_MAX: nothing */
    uint64_t give_up_ms;      /* 0: not stopping */
    int64_t unreceived;
};

/* Monotonic. */
uint64_t session_now_ms(void);
/* A sentence of the face's own; each line of a text as one. */
void session_note(struct session *session, const char *text, bool error);
void session_note_lines(struct session *session, char *text, bool error);
/* A page on the screen, else a line for each of it. */
void session_page(struct session *session, char *text);
/* Gives the door what is kept, in order. */
void session_give(struct session *session);
/* Asks the node to stop, for the reader. */
void session_quit(struct session *session);

/* obey.c: what a line that was typed asks, of the node or of the face. */
void session_obey(struct session *session, const char *line, size_t size);

/* adjust.c */
/* What \set says; without anything behind it, a list. */
void session_set(struct session *session, const struct bytes *what);
void session_list_settings(struct session *session);
/* Gives the screen the theme that holds. What is wrong with it is told. */
void session_settle_theme(struct session *session);
void session_keep_settings(struct session *session);

/* facing.c: opens the face that is wanted, or lines where the terminal has no full screen. */
void session_open_face(struct session *session);
