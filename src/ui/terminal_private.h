/* What terminal.c (its modes) and keyboard.c (what it sends) share. Nobody else includes this. */
#pragma once

#include <curses.h>

#include "ui/terminal.h"

struct terminal {
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading from it refreshes nothing */
    bool ansi;    /* it takes sequences that begin with ESC [ */
    bool takes_mouse;
    bool in_mouse; /* a report of it has begun */
    struct mouse_reader reader;
    struct mouse mouse;
    uint32_t waiting; /* a key that was found behind a broken sequence; 0: none */
};

/* Tells curses the sequences of keys that terminfo may not name. */
void terminal_define_keys(void);
