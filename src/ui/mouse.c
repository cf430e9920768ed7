/* Mouse: button ; column ; row, then M (pressed) or m (let go).
 *
 * The button's bits 4, 8 and 16 are Shift, Alt and Ctrl, which make no difference here; 32 is a
 * move; 64 and 65 are the wheel. */
#include "ui/mouse.h"

#define HELD       (4 | 8 | 16)
#define LEFT       0
#define MOVES      32
#define WHEEL_UP   64
#define WHEEL_DOWN 65
#define NUMBER_MAX 9999

static struct mouse mouse_of(const struct mouse_reader *reader, bool pressed)
{
    struct mouse mouse = {.x = reader->numbers[1] - 1, .y = reader->numbers[2] - 1};
    int button = reader->numbers[0] & ~HELD;
    if (!pressed && (button & ~MOVES) == LEFT)
        mouse.kind = MOUSE_RELEASE;
    if (!pressed)
        return mouse;
    switch (button) {
    case LEFT: mouse.kind = MOUSE_CLICK; break;
    case LEFT | MOVES: mouse.kind = MOUSE_DRAG; break;
    case WHEEL_UP: mouse.kind = MOUSE_WHEEL_UP; break;
    case WHEEL_DOWN: mouse.kind = MOUSE_WHEEL_DOWN; break;
    default: break;
    }
    return mouse;
}

enum mouse_read mouse_take(struct mouse_reader *reader, uint32_t code, struct mouse *mouse)
{
    uint16_t *number = &reader->numbers[reader->at];
    if (code >= '0' && code <= '9') {
        *number = (uint16_t)(*number * 10 + (code - '0'));
        reader->wrong = reader->wrong || *number > NUMBER_MAX;
        if (reader->wrong)
            *number = 0;
        return MOUSE_MORE;
    }
    if (code == ';') {
        reader->wrong = reader->wrong || reader->at == 2;
        reader->at += reader->at < 2;
        return MOUSE_MORE;
    }
    bool whole = !reader->wrong && reader->at == 2 && reader->numbers[1] > 0 &&
                 reader->numbers[2] > 0 && (code == 'M' || code == 'm');
    if (whole)
        *mouse = mouse_of(reader, code == 'M');
    *reader = (struct mouse_reader){0};
    return whole ? MOUSE_READ : MOUSE_BROKEN;
}
