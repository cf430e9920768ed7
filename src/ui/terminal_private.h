/* What terminal.c (its modes) and keyboard.c (what it sends) share. Nobody else includes this. */
#pragma once

#include <curses.h>

#include "ui/terminal.h"

struct terminal {
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading from it refreshes nothing */
    bool ansi;    /* it takes sequences that begin with ESC [ */
    bool takes_mouse;
    enum {
        READS_KEYS,
        READS_MOUSE,  /* a report of it has begun */
        READS_ANSWER, /* an answer to what somebody asked of the terminal has */
    } reads;
    struct mouse_reader reader;
    struct mouse mouse;
    wint_t
        back; /* what was read behind a broken sequence, and is read again: a code of curses, or a letter */
    bool back_is_named, has_back;
};

/* Tells curses the sequences of keys that terminfo may not name. */
void terminal_define_keys(void);
