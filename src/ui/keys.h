/* Keys: what each key does, by one table: an action, the keys that call it, and a sentence. \keys
 * lists it, the configuration binds anew, and the manual page names every action of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/edit.h"

/* A key: a code point or one of enum key_name, and which of Alt, Ctrl and Shift were held with it.
 * Ctrl and a letter is the lower-case letter with KEYS_CTRL. */
#define KEYS_ALT   ((uint32_t)1 << 24)
#define KEYS_CTRL  ((uint32_t)1 << 25)
#define KEYS_SHIFT ((uint32_t)1 << 26)

enum key_name {
    KEYS_ENTER = 0x110000,
    KEYS_TAB,
    KEYS_ESCAPE,
    KEYS_BACKSPACE,
    KEYS_DELETE,
    KEYS_INSERT,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_HOME,
    KEYS_END,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_F1, /* and F2 to F12 behind it */
    KEYS_F12 = KEYS_F1 + 11,
    KEYS_PASTE, /* a paste begins, and ends: no keys to bind */
    KEYS_PASTE_END,
    KEYS_FOCUS, /* the terminal got the reader's eyes, and lost them */
    KEYS_BLUR,
    KEYS_MOUSE,   /* terminal_mouse() says what */
    KEYS_UNKNOWN, /* one that has no name here */
};

/* What keys can do: edit.h's actions, and these behind them. */
enum key_action {
    ACTION_NONE = -1, /* it types itself, or nothing */
    ACTION_SEND = EDIT_ACTIONS,
    ACTION_COMPLETE,
    ACTION_COMPLETE_BACK,
    ACTION_CLOSE,
    ACTION_OLDER,
    ACTION_NEWER,
    ACTION_SEARCH,
    ACTION_EDITOR,
    ACTION_FIND_CHANNEL,
    ACTION_NEXT_CHANNEL,
    ACTION_PREVIOUS_CHANNEL,
    ACTION_NEXT_NEW,
    ACTION_CHANNEL_1, /* and 2 to 9 behind it */
    ACTION_CHANNEL_9 = ACTION_CHANNEL_1 + 8,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_LINE_UP,
    ACTION_LINE_DOWN,
    ACTION_TOP,
    ACTION_BOTTOM,
    ACTION_FIRST_NEW,
    ACTION_CHANNEL_LIST,
    ACTION_MEMBER_LIST,
    ACTION_PLAIN,
    ACTION_FOLDED,
    ACTION_REPAINT,
    ACTION_LEAVE,
    ACTION_COUNT,
};

#define KEYS_BINDINGS_MAX 256
#define KEYS_HELP_MAX     160 /* room that a line of help fits in */

/* What calls an action: one key, or two one after the other. */
struct binding {
    uint32_t first, second; /* second 0: one key */
    int action;
};

struct keys {
    struct binding bindings[KEYS_BINDINGS_MAX];
    size_t count;
};

/* The keys of the table. */
void keys_init(struct keys *keys);
/* Binds by a line of the configuration: "Ctrl-X Ctrl-E editor"; "none" takes the key's action away.
 * False with a sentence in why (NULL: not wanted) when there is no such key or action. */
bool keys_bind(struct keys *keys, const char *line, char *why, size_t room);
/* What a key does behind `before` (0: nothing stands before it). ACTION_NONE: nothing. */
int keys_action(const struct keys *keys, uint32_t before, uint32_t key);
/* True when a key begins one of two, and does nothing alone. */
bool keys_begins(const struct keys *keys, uint32_t key);
/* Reads the name of a key ("Alt-Left"); false when there is none of that name. */
bool keys_read(const char *name, size_t size, uint32_t *key);
/* Writes the name of a key. */
void keys_write(uint32_t key, char *out, size_t room);
/* The name of an action ("word-left"); NULL past the end. */
const char *keys_action_name(int action);
/* Lines of \keys, one at a time by index: what an action is called, its keys as bound now, what it
 * does. False past the end. */
bool keys_help_line(const struct keys *keys, size_t index, char *out, size_t room);
