/* Ring: one row a way.
 *
 *     bell     BEL
 *     osc9     ESC ] 9 ; title: body ST                       iTerm2, WezTerm, Ghostty
 *     osc777   ESC ] 777 ; notify ; title ; body ST           foot, urxvt
 *     osc99    ESC ] 99 ; i=fika:d=0 ; title ST  and again with d=1:p=body    kitty
 *
 * Within tmux such a sequence goes in ESC P tmux; ... ESC \ with each ESC of it doubled, within
 * screen in ESC P ... ESC \, ended by BEL as ESC \ would end the wrapping. tmux passes it on only
 * when it is told to (allow-passthrough), so there the bell, which it shows by itself, goes along.
 *
 * 1. Title and body hold no control byte, and the title no semicolon.
 * 2. What follows "9;" never begins with a digit: to some terminals that is another command. */
#include "ui/ring.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define TITLE_MAX 256
#define BODY_MAX  512

static const struct {
    const char *name;
    enum ring_way way;
} ways[] = {
    {"bell", RING_BELL},
    {"osc9", RING_OSC9},
    {"osc777", RING_OSC777},
    {"osc99", RING_OSC99},
};

/* Which terminal it is: the first row that fits. A name fits as the start of the value. */
static const struct {
    const char *variable, *begins;
    enum ring_way way;
} hints[] = {
    {"KITTY_WINDOW_ID", "", RING_OSC99},
    {"TERM", "xterm-kitty", RING_OSC99},
    {"TERM_PROGRAM", "iTerm", RING_OSC9},
    {"TERM_PROGRAM", "WezTerm", RING_OSC9},
    {"TERM_PROGRAM", "ghostty", RING_OSC9},
    {"LC_TERMINAL", "iTerm", RING_OSC9}, /* goes along with ssh, which TERM_PROGRAM does not */
    {"TERM", "xterm-ghostty", RING_OSC9},
    {"TERM", "wezterm", RING_OSC9},
    {"TERM", "foot", RING_OSC777},
    {"TERM", "rxvt-unicode", RING_OSC777},
    {"COLORTERM", "rxvt", RING_OSC777},
};

bool ring_read(const char *asked, unsigned *chosen)
{
    unsigned read = 0;
    for (const char *at = asked; at[strspn(at, " ,\t")] != '\0';) {
        at += strspn(at, " ,\t");
        size_t size = strcspn(at, " ,\t");
        unsigned way = 0;
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
            if (strlen(ways[i].name) == size && strncmp(ways[i].name, at, size) == 0)
                way = ways[i].way;
        if (way == 0 && !(size == 4 && strncmp(at, "none", 4) == 0))
            return false;
        read |= way;
        at += size;
    }
    *chosen = read;
    return true;
}

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

struct ring ring_choose(char *(*variable)(const char *name))
{
    struct ring ring = {.ways = RING_BELL};
    if (is_set(variable("TMUX")))
        ring.within = WITHIN_TMUX;
    else if (is_set(variable("STY")))
        ring.within = WITHIN_SCREEN;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        const char *value = variable(hints[i].variable);
        if (!is_set(value) || strncmp(value, hints[i].begins, strlen(hints[i].begins)) != 0)
            continue;
        ring.ways = hints[i].way | (ring.within != WITHIN_NOTHING ? RING_BELL : 0);
        break;
    }
    return ring;
}

struct out {
    char *at;
    size_t size;
};

static void put(struct out *out, const char *text, size_t size)
{
    CHECK(size < RING_ROOM - out->size);
    memcpy(out->at + out->size, text, size);
    out->size += size;
}

/* One whole sequence, which holds no ESC but its first byte. */
static void put_sequence(struct out *out, enum ring_within within, const char *text)
{
    size_t size = strlen(text);
    if (within == WITHIN_TMUX) {
        put(out, "\033Ptmux;\033", 8);
        put(out, text, size);
        put(out, "\033\033\\\033\\", 5);
    } else if (within == WITHIN_SCREEN) {
        put(out, "\033P", 2);
        put(out, text, size);
        put(out, "\a\033\\", 3);
    } else {
        put(out, text, size);
        put(out, "\033\\", 2);
    }
}

static void tame(char *out, size_t room, const char *text, bool ascii, bool title)
{
    text_tame(out, room, text, strlen(text), TAME_LINE);
    for (char *at = out; *at != '\0'; at++) {
        if (ascii && (unsigned char)*at >= 0x80)
            *at = '?';
        if (title && *at == ';')
            *at = ',';
    }
}

size_t ring_write(const struct ring *ring, const char *title, const char *body, char out[RING_ROOM])
{
    char tame_title[TITLE_MAX], tame_body[BODY_MAX], text[TITLE_MAX + BODY_MAX + 64];
    struct out to = {out, 0};
    tame(tame_title, sizeof tame_title, title, ring->ascii, true);
    tame(tame_body, sizeof tame_body, body, ring->ascii, false);
    if (ring->ways & RING_BELL)
        put(&to, "\a", 1);
    if (ring->ways & RING_OSC9) {
        const char *sign = tame_title[0] >= '0' && tame_title[0] <= '9' ? " " : "";
        snprintf(text, sizeof text, "\033]9;%s%s: %s", sign, tame_title, tame_body);
        put_sequence(&to, ring->within, text);
    }
    if (ring->ways & RING_OSC777) {
        snprintf(text, sizeof text, "\033]777;notify;%s;%s", tame_title, tame_body);
        put_sequence(&to, ring->within, text);
    }
    if (ring->ways & RING_OSC99) {
        snprintf(text, sizeof text, "\033]99;i=fika:d=0;%s", tame_title);
        put_sequence(&to, ring->within, text);
        snprintf(text, sizeof text, "\033]99;i=fika:d=1:p=body;%s", tame_body);
        put_sequence(&to, ring->within, text);
    }
    return to.size;
}
