/* Keyboard: what a terminal sends, as keys.
 *
 * 1. Reading a key never waits (but 25 ms behind a lone Escape, to tell it from a key).
 * 2. A sequence that is no known key is swallowed whole: nothing of it is typed, whether it comes in
 *    pieces or behind an Escape that is a key of its own. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ui/keys.h"
#include "ui/terminal_private.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define BELL   0x07
#define ESCAPE 0x1B
#define DELETE 0x7F

/* What terminfo does not name is defined for curses under numbers of our own, beyond those that it
 * gives by itself: the place in `named`, and which of Alt, Ctrl and Shift were held. */
#define SEQUENCE_FIRST (KEY_MAX + 0x1000)
#define HELD_SHIFT     1
#define HELD_ALT       2
#define HELD_CTRL      4
#define HELD_ALL       8
#define MOUSE_BEGINS   (SEQUENCE_FIRST - 1)

/* The ends of xterm's sequences: ESC [ 1 ; held A, or ESC [ number ; held ~ */
static const struct named {
    char letter;
    uint8_t number;
    uint32_t key;
} named[] = {
    {'A', 0, KEYS_UP},     {'B', 0, KEYS_DOWN},   {'C', 0, KEYS_RIGHT}, {'D', 0, KEYS_LEFT},
    {'H', 0, KEYS_HOME},   {'F', 0, KEYS_END},    {'P', 0, KEYS_F1},    {'Q', 0, KEYS_F1 + 1},
    {'R', 0, KEYS_F1 + 2}, {'S', 0, KEYS_F1 + 3}, {0, 1, KEYS_HOME},    {0, 2, KEYS_INSERT},
    {0, 3, KEYS_DELETE},   {0, 4, KEYS_END},      {0, 5, KEYS_PAGE_UP}, {0, 6, KEYS_PAGE_DOWN},
    {0, 7, KEYS_HOME},     {0, 8, KEYS_END},      {0, 11, KEYS_F1},     {0, 12, KEYS_F1 + 1},
    {0, 13, KEYS_F1 + 2},  {0, 14, KEYS_F1 + 3},  {0, 15, KEYS_F1 + 4}, {0, 17, KEYS_F1 + 5},
    {0, 18, KEYS_F1 + 6},  {0, 19, KEYS_F1 + 7},  {0, 20, KEYS_F1 + 8}, {0, 21, KEYS_F1 + 9},
    {0, 23, KEYS_F1 + 10}, {0, 24, KEYS_F12},     {0, 200, KEYS_PASTE}, {0, 201, KEYS_PASTE_END},
    {'I', 0, KEYS_FOCUS},  {'O', 0, KEYS_BLUR},
};

/* Those of other terminals, by their place in `named`. */
static const struct sequence {
    const char *bytes;
    uint8_t place, held;
} sequences[] = {
    {"\033OA", 0, 0},          {"\033OB", 1, 0},          {"\033OC", 2, 0},
    {"\033OD", 3, 0},          {"\033OH", 4, 0},          {"\033OF", 5, 0},
    {"\033OP", 6, 0},          {"\033OQ", 7, 0},          {"\033OR", 8, 0},
    {"\033OS", 9, 0},          {"\033[a", 0, HELD_SHIFT}, {"\033[b", 1, HELD_SHIFT},
    {"\033[c", 2, HELD_SHIFT}, {"\033[d", 3, HELD_SHIFT}, {"\033Oa", 0, HELD_CTRL},
    {"\033Ob", 1, HELD_CTRL},  {"\033Oc", 2, HELD_CTRL},  {"\033Od", 3, HELD_CTRL},
};

/* What curses names. */
static const struct {
    wint_t code;
    uint32_t key;
} curses_keys[] = {
    {KEY_ENTER, KEYS_ENTER},
    {KEY_BACKSPACE, KEYS_BACKSPACE},
    {KEY_DC, KEYS_DELETE},
    {KEY_SDC, KEYS_DELETE | KEYS_SHIFT},
    {KEY_IC, KEYS_INSERT},
    {KEY_UP, KEYS_UP},
    {KEY_DOWN, KEYS_DOWN},
    {KEY_LEFT, KEYS_LEFT},
    {KEY_RIGHT, KEYS_RIGHT},
    {KEY_SR, KEYS_UP | KEYS_SHIFT},
    {KEY_SF, KEYS_DOWN | KEYS_SHIFT},
    {KEY_SLEFT, KEYS_LEFT | KEYS_SHIFT},
    {KEY_SRIGHT, KEYS_RIGHT | KEYS_SHIFT},
    {KEY_HOME, KEYS_HOME},
    {KEY_A1, KEYS_HOME},
    {KEY_SHOME, KEYS_HOME | KEYS_SHIFT},
    {KEY_END, KEYS_END},
    {KEY_C1, KEYS_END},
    {KEY_SEND, KEYS_END | KEYS_SHIFT},
    {KEY_PPAGE, KEYS_PAGE_UP},
    {KEY_A3, KEYS_PAGE_UP},
    {KEY_NPAGE, KEYS_PAGE_DOWN},
    {KEY_C3, KEYS_PAGE_DOWN},
    {KEY_BTAB, KEYS_TAB | KEYS_SHIFT},
};

static void define(const char *bytes, size_t place, int held)
{
    define_key(bytes, SEQUENCE_FIRST + (int)place * HELD_ALL + held);
}

void terminal_define_keys(void)
{
    char bytes[32];
    for (size_t i = 0; i < LENGTH(named); i++) {
        if (named[i].letter != 0)
            snprintf(bytes, sizeof bytes, "\033[%c", named[i].letter);
        else
            snprintf(bytes, sizeof bytes, "\033[%d~", named[i].number);
        define(bytes, i, 0);
        for (int held = 1; held < HELD_ALL; held++) {
            if (named[i].letter != 0)
                snprintf(bytes, sizeof bytes, "\033[1;%d%c", held + 1, named[i].letter);
            else
                snprintf(bytes, sizeof bytes, "\033[%d;%d~", named[i].number, held + 1);
            define(bytes, i, held);
        }
    }
    for (size_t i = 0; i < LENGTH(sequences); i++)
        define(sequences[i].bytes, sequences[i].place, sequences[i].held);
    define_key("\033[Z", KEY_BTAB);
    define_key("\033[<", MOUSE_BEGINS);
}

static void put_back(struct terminal *terminal, wint_t code, bool is_named)
{
    terminal->back = code;
    terminal->back_is_named = is_named;
    terminal->has_back = true;
}

static bool next(struct terminal *terminal, wint_t *code, bool *is_named)
{
    if (terminal->has_back) {
        *code = terminal->back;
        *is_named = terminal->back_is_named;
        terminal->has_back = false;
        return true;
    }
    int kind;
    do
        kind = wget_wch(terminal->keys, code);
    while (kind == KEY_CODE_YES &&
           *code == KEY_RESIZE); /* curses' own: the terminal sent nothing */
    *is_named = kind == KEY_CODE_YES;
    return kind != ERR;
}

static uint32_t named_key(wint_t code)
{
    if (code >= SEQUENCE_FIRST && code < SEQUENCE_FIRST + LENGTH(named) * HELD_ALL) {
        size_t held = (code - SEQUENCE_FIRST) % HELD_ALL;
        return named[(code - SEQUENCE_FIRST) / HELD_ALL].key |
               ((held & HELD_SHIFT) != 0 ? KEYS_SHIFT : 0) |
               ((held & HELD_ALT) != 0 ? KEYS_ALT : 0) | ((held & HELD_CTRL) != 0 ? KEYS_CTRL : 0);
    }
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEYS_F1 + (code - KEY_F(1));
    if (code >= KEY_F(13) && code <= KEY_F(24))
        return (KEYS_F1 + (code - KEY_F(13))) | KEYS_SHIFT;
    for (size_t i = 0; i < LENGTH(curses_keys); i++)
        if (curses_keys[i].code == code)
            return curses_keys[i].key;
    return KEYS_UNKNOWN;
}

static uint32_t plain_key(wint_t code)
{
    switch (code) {
    case '\r': return KEYS_ENTER;
    case '\t': return KEYS_TAB;
    case ESCAPE: return KEYS_ESCAPE;
    case DELETE: return KEYS_BACKSPACE;
    case 0: return ' ' | KEYS_CTRL;
    default: break;
    }
    if (code < ESCAPE)
        return (code + 'a' - 1) | KEYS_CTRL;
    return code < 0x20 ? (code + 0x40) | KEYS_CTRL : (uint32_t)code;
}

/* The rest of a sequence that is nobody's: behind ESC [ up to its last byte, behind ESC O one. One that
 * is cut off ends where another key begins. */
static bool swallow(struct terminal *terminal, wint_t began)
{
    wint_t code;
    bool is_named, any = false;
    while (next(terminal, &code, &is_named)) {
        any = true;
        if (is_named || code == ESCAPE)
            put_back(terminal, code, is_named);
        if (is_named || began == 'O' || code < 0x20 || code >= 0x40)
            break;
    }
    return any;
}

/* The rest of a report of the mouse, as far as it is there; the next call goes on. */
static bool read_mouse(struct terminal *terminal, uint32_t *key)
{
    wint_t code;
    bool is_named;
    terminal->reads = READS_MOUSE;
    while (next(terminal, &code, &is_named)) {
        enum mouse_read read =
            mouse_take(&terminal->reader, is_named ? 0 : (uint32_t)code, &terminal->mouse);
        if (read == MOUSE_MORE)
            continue;
        terminal->reads = READS_KEYS;
        *key = read == MOUSE_READ ? KEYS_MOUSE : KEYS_UNKNOWN;
        if (is_named || code == ESCAPE)
            put_back(terminal, code, is_named);
        return true;
    }
    return false;
}

/* True when an answer begins that another program asked the terminal for, or nobody: of its settings
 * (ESC P), its colours (ESC ]) or a picture (ESC _). Behind the letter stands what no reader types at
 * once behind Alt and that letter. */
static bool answer_begins(struct terminal *terminal, wint_t letter)
{
    const char *behind = letter == ']'   ? "0123456789"
                         : letter == 'P' ? "0123456789>!"
                         : letter == '_' ? "G"
                                         : "";
    wint_t code;
    bool is_named;
    if (behind[0] == '\0' || !next(terminal, &code, &is_named))
        return false;
    put_back(terminal, code, is_named);
    return !is_named && code > 0 && code < 0x80 && strchr(behind, (int)code) != NULL;
}

/* The key behind an Escape, with Alt, or Escape itself when that stands alone. */
static uint32_t behind_escape(struct terminal *terminal)
{
    wint_t code;
    bool is_named;
    if (!next(terminal, &code, &is_named))
        return KEYS_ESCAPE;
    uint32_t key = is_named ? named_key(code) : plain_key(code);
    bool is_report = key == KEYS_PASTE || (key >= KEYS_PASTE_END && key <= KEYS_BLUR) ||
                     (is_named && (code == MOUSE_BEGINS || code == KEY_MOUSE));
    if (is_report ||
        key == KEYS_ESCAPE) { /* nobody holds Alt with what the terminal says by itself */
        put_back(terminal, code, is_named);
        return KEYS_ESCAPE;
    }
    if (!is_named && (code == '[' || code == 'O') && swallow(terminal, code))
        return KEYS_UNKNOWN;
    if (!is_named && answer_begins(terminal, code)) {
        terminal->reads = READS_ANSWER;
        return KEYS_UNKNOWN;
    }
    /* Alt and a capital is Alt and the letter: Caps Lock must not take keys away. */
    if (key >= 'A' && key <= 'Z')
        key |= 0x20;
    return key == KEYS_UNKNOWN ? key : key | KEYS_ALT;
}

/* The rest of an answer, as far as it is there, up to BEL or ESC \; the next call goes on. Any other key
 * that is no text ends it, too: the answer may have been cut off. */
static bool read_answer(struct terminal *terminal, uint32_t *key)
{
    wint_t code;
    bool is_named;
    while (next(terminal, &code, &is_named)) {
        if (!is_named && code >= 0x20 && code != DELETE)
            continue;
        terminal->reads = READS_KEYS;
        *key = KEYS_UNKNOWN;
        if (is_named || (code != BELL && code != ESCAPE)) {
            put_back(terminal, code, is_named);
        } else if (code == ESCAPE && next(terminal, &code, &is_named) &&
                   (is_named || code != '\\')) {
            put_back(terminal, code, is_named);
            *key = behind_escape(terminal);
        }
        return true;
    }
    return false;
}

struct mouse terminal_mouse(const struct terminal *terminal)
{
    return terminal->mouse;
}

size_t terminal_waits(void)
{
    int waiting = 0;
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

size_t terminal_more(int ms)
{
    struct pollfd in = {STDIN_FILENO, POLLIN, 0};
    poll(&in, 1, ms);
    return terminal_waits();
}

bool terminal_key(struct terminal *terminal, uint32_t *key)
{
    wint_t code;
    bool is_named;
    if (terminal->reads == READS_MOUSE)
        return read_mouse(terminal, key);
    if (terminal->reads == READS_ANSWER)
        return read_answer(terminal, key);
    if (!next(terminal, &code, &is_named))
        return false;
    if (is_named && code == MOUSE_BEGINS)
        return read_mouse(terminal, key);
    *key = is_named ? named_key(code) : plain_key(code);
    if (is_named && code == KEY_MOUSE) /* no more than the start of it */
        swallow(terminal, '[');
    if (*key == KEYS_ESCAPE)
        *key = behind_escape(terminal);
    return true;
}
