/* Mouse: what a terminal says of it in SGR form (mode 1006), behind ESC [ <. It knows no terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mouse_kind {
    MOUSE_OTHER,
    MOUSE_CLICK, /* the left button goes down */
    MOUSE_DRAG,  /* the mouse moves with it down */
    MOUSE_RELEASE,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
};

/* x and y from 0 on; MOUSE_OTHER is nothing to care about (another button). */
struct mouse {
    enum mouse_kind kind;
    int x, y;
};

struct mouse_reader {
    uint16_t numbers[3];
    uint8_t at;
    bool wrong;
};

enum mouse_read { MOUSE_MORE, MOUSE_READ, MOUSE_BROKEN };

/* Takes one more character: MOUSE_READ with *mouse at its end, MOUSE_BROKEN when it ended and was
 * none. The reader is empty again then; an empty one is all zero. */
enum mouse_read mouse_take(struct mouse_reader *reader, uint32_t code, struct mouse *mouse);
