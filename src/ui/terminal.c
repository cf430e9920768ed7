/* Terminal: modes, locale, keys.
 *
 * 1. Nothing is written before TERM is known to place a cursor, and terminal_close undoes each
 *    thing that was done: modes, screen, cursor, bracketed paste, focus, mouse, the title. So do
 *    stopping the program (Ctrl-Z), giving the terminal to another one for a while, and a crash.
 * 2. Reading a key never waits (but 25 ms behind a lone Escape, to tell it from a key).
 * 3. A sequence that is no known key is swallowed whole: nothing of it is typed.
 *
 * Signals are the program's: what curses would install for resize, INT and TERM is put back. */
#include "ui/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/keys.h"
#include "ui/title.h"

/* Its macros (columns, lines) would be read into every header behind it. */
#include <term.h>

/* Bracketed paste, and reports of focus. */
#define MODES_ON  "\033[?2004h\033[?1004h"
#define MODES_OFF "\033[?1004l\033[?2004l"
/* The mouse: its buttons, and where it goes while one is down, in SGR form. */
#define MOUSE_ON        "\033[?1000h\033[?1002h\033[?1006h"
#define MOUSE_OFF       "\033[?1006l\033[?1002l\033[?1000l"
#define ESCAPE_DELAY_MS 25

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

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Terminals that are newer than many a machine's list of them, and what they are like. */
static const struct {
    const char *begins, *like;
} kin[] = {
    {"xterm", "xterm-256color"},   {"alacritty", "xterm-256color"},
    {"foot", "xterm-256color"},    {"kitty", "xterm-256color"},
    {"ghostty", "xterm-256color"}, {"wezterm", "xterm-256color"},
    {"konsole", "xterm-256color"}, {"vte", "xterm-256color"},
    {"st-", "xterm-256color"},     {"tmux", "screen"},
    {"screen", "screen"},          {"rxvt", "rxvt"},
};

static bool terminal_known(void)
{
    int found;
    return setupterm(NULL, STDOUT_FILENO, &found) == OK;
}

/* As for us, so for an editor: TERM is what the terminal is like when it is not known. */
static bool terminal_find(void)
{
    const char *term = getenv("TERM");
    if (term == NULL || terminal_known())
        return term != NULL;
    for (size_t i = 0; i < LENGTH(kin); i++)
        if (strncmp(term, kin[i].begins, strlen(kin[i].begins)) == 0)
            return setenv("TERM", kin[i].like, 1) == 0 && terminal_known();
    return false;
}

/* True when TERM can place a cursor; *ansi when it takes sequences that begin with ESC [. */
static bool terminal_fits(bool *ansi, const char **why)
{
    if (!terminal_find()) {
        *why =
            _("the full screen needs to know the terminal: set TERM to its name, or use --lines");
        return false;
    }
    const char *address = tigetstr("cup");
    bool fits = address != NULL && address != (char *)-1 && tigetstr("clear") != NULL;
    *ansi = fits && strncmp(address, "\033[", 2) == 0;
    del_curterm(cur_term);
    if (!fits)
        *why = _("this terminal (TERM) has no full screen; use --lines");
    return fits;
}

/* Without a locale at all (C, POSIX) nearly every terminal is UTF-8; one that names another
 * character set means it. */
static void settle_locale(void)
{
    const char *set = nl_langinfo(CODESET);
    if (strcmp(set, "ANSI_X3.4-1968") != 0 && strcmp(set, "US-ASCII") != 0)
        return;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        setlocale(LC_CTYPE, "en_US.UTF-8");
}

void terminal_put(const void *bytes, size_t size)
{
    ssize_t taken = write(STDOUT_FILENO, bytes, size);
    (void)taken; /* a terminal that is gone shows at the next read */
}

static void terminal_write(const char *sequence)
{
    terminal_put(sequence, strlen(sequence));
}

bool terminal_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- the title ---- */

static volatile sig_atomic_t is_titled;

/* A signal handler may call it. */
static void title_back(void)
{
    if (is_titled)
        terminal_write(TITLE_BACK);
    is_titled = 0;
}

void terminal_title(const struct terminal *terminal, const char *text)
{
    char bytes[TITLE_ROOM + 8];
    if (!terminal->ansi || !title_fits(getenv("TERM")))
        return;
    title_write(text, !terminal_utf8(), bytes);
    if (!is_titled)
        terminal_write(TITLE_KEEP);
    is_titled = 1;
    terminal_write(bytes);
}

/* ---- */

bool terminal_ansi(const struct terminal *terminal)
{
    return terminal->ansi;
}

/* Curses' own way to stop, which gives the screen back, and takes it again. */
static struct sigaction curses_stop;

static void on_stop(int number)
{
    title_back();
    terminal_write(MOUSE_OFF MODES_OFF);
    curses_stop.sa_handler(number);
}

static void take_stop(void)
{
    struct sigaction stop;
    sigaction(SIGTSTP, NULL, &curses_stop);
    /* What is ignored from the start stays so. */
    if (curses_stop.sa_handler == SIG_IGN || curses_stop.sa_handler == SIG_DFL)
        return;
    stop = curses_stop;
    stop.sa_handler = on_stop;
    sigaction(SIGTSTP, &stop, NULL);
}

/* What ends the full screen, ready for a signal handler. */
static struct {
    char bytes[256];
    size_t size;
    volatile sig_atomic_t open;
} way_out;

/* A sequence of terminfo, without the delays that it may name. */
static void way_out_add(const char *sequence)
{
    if (sequence == NULL || sequence == (const char *)-1)
        return;
    while (*sequence != '\0' && way_out.size < sizeof way_out.bytes) {
        const char *end = strncmp(sequence, "$<", 2) == 0 ? strchr(sequence, '>') : NULL;
        if (end == NULL)
            way_out.bytes[way_out.size++] = *sequence++;
        else
            sequence = end + 1;
    }
}

static void keep_way_out(bool ansi)
{
    way_out.size = 0;
    if (ansi)
        way_out_add(MOUSE_OFF MODES_OFF);
    way_out_add(tigetstr("sgr0"));
    way_out_add(tigetstr("rmcup"));
    way_out_add(tigetstr("cnorm"));
    way_out.open = 1;
}

bool terminal_abandon(void)
{
    if (!way_out.open)
        return false;
    way_out.open = 0;
    title_back();
    ssize_t taken = write(STDOUT_FILENO, way_out.bytes, way_out.size);
    (void)taken;
    return true;
}

static void modes(const struct terminal *terminal, bool on)
{
    if (!terminal->ansi)
        return;
    if (!on || !terminal->takes_mouse)
        terminal_write(MOUSE_OFF);
    terminal_write(on ? MODES_ON : MODES_OFF);
    if (on && terminal->takes_mouse)
        terminal_write(MOUSE_ON);
}

/* newterm() with the program's own signal handlers as they were. */
static SCREEN *screen_open(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGWINCH};
    struct sigaction kept[sizeof signals / sizeof *signals];
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], NULL, &kept[i]);
    SCREEN *screen = newterm(NULL, stdout, stdin);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &kept[i], NULL);
    return screen;
}

static void define(const char *bytes, size_t place, int held)
{
    define_key(bytes, SEQUENCE_FIRST + (int)place * HELD_ALL + held);
}

static void define_keys(void)
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

struct terminal *terminal_open(const char **why)
{
    bool ansi;
    if (!terminal_fits(&ansi, why))
        return NULL;
    settle_locale();
    SCREEN *screen = screen_open();
    if (screen == NULL) {
        *why = _("the full screen could not be opened on this terminal; use --lines");
        return NULL;
    }
    struct terminal *terminal = calloc(1, sizeof *terminal);
    CHECK(terminal != NULL);
    terminal->screen = screen;
    terminal->ansi = ansi;
    take_stop();
    set_escdelay(ESCAPE_DELAY_MS);
    cbreak();
    noecho();
    nonl();
    typeahead(
        -1); /* curses would look for keys in the middle of painting; they are all read before */
    terminal->keys = newpad(1, 1);
    CHECK(terminal->keys != NULL);
    keypad(terminal->keys, TRUE);
    nodelay(terminal->keys, TRUE);
    keep_way_out(ansi);
    if (ansi)
        define_keys();
    modes(terminal, true);
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    title_back();
    modes(terminal, false);
    endwin();
    way_out.open = 0;
    delwin(terminal->keys);
    delscreen(terminal->screen);
    free(terminal);
}

void terminal_give(const struct terminal *terminal)
{
    title_back();
    modes(terminal, false);
    endwin();
    way_out.open = 0;
}

void terminal_retake(const struct terminal *terminal)
{
    reset_prog_mode();
    way_out.open = 1;
    terminal_resize(terminal);
}

static bool next(struct terminal *terminal, wint_t *code, bool *is_named)
{
    int kind = wget_wch(terminal->keys, code);
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
    case 0x1B: return KEYS_ESCAPE;
    case 0x7F: return KEYS_BACKSPACE;
    case 0: return ' ' | KEYS_CTRL;
    default: break;
    }
    if (code < 0x1B)
        return (code + 'a' - 1) | KEYS_CTRL;
    return code < 0x20 ? (code + 0x40) | KEYS_CTRL : (uint32_t)code;
}

/* The rest of a sequence that is nobody's: behind ESC [ up to its last byte, behind ESC O one. */
static bool swallow(struct terminal *terminal, wint_t began)
{
    wint_t code;
    bool is_named, any = false;
    while (next(terminal, &code, &is_named)) {
        any = true;
        if (is_named)
            terminal->waiting = named_key(code);
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
    terminal->in_mouse = true;
    while (next(terminal, &code, &is_named)) {
        enum mouse_read read =
            mouse_take(&terminal->reader, is_named ? 0 : (uint32_t)code, &terminal->mouse);
        if (read == MOUSE_MORE)
            continue;
        terminal->in_mouse = false;
        *key = read == MOUSE_READ ? KEYS_MOUSE : is_named ? named_key(code) : KEYS_UNKNOWN;
        return true;
    }
    return false;
}

struct mouse terminal_mouse(const struct terminal *terminal)
{
    return terminal->mouse;
}

bool terminal_send(const struct terminal *terminal, const char *sequence, size_t size)
{
    if (!terminal->ansi)
        return false;
    while (size > 0) {
        ssize_t taken = write(STDOUT_FILENO, sequence, size);
        if (taken < 0 && errno != EINTR)
            return false; /* it is gone */
        sequence += taken > 0 ? taken : 0;
        size -= taken > 0 ? (size_t)taken : 0;
    }
    return true;
}

void terminal_take_mouse(struct terminal *terminal, bool taken)
{
    if (terminal->takes_mouse == taken)
        return;
    terminal->takes_mouse = taken;
    modes(terminal, true);
}

bool terminal_key(struct terminal *terminal, uint32_t *key)
{
    wint_t code;
    bool is_named;
    *key = terminal->waiting;
    terminal->waiting = 0;
    if (*key != 0)
        return true;
    if (terminal->in_mouse)
        return read_mouse(terminal, key);
    if (!next(terminal, &code, &is_named))
        return false;
    if (is_named && code == MOUSE_BEGINS)
        return read_mouse(terminal, key);
    *key = is_named ? named_key(code) : plain_key(code);
    if (is_named && code == KEY_MOUSE) /* no more than the start of it */
        swallow(terminal, '[');
    if (is_named || code != 0x1B || !next(terminal, &code, &is_named))
        return true;
    if (!is_named && (code == '[' || code == 'O') && swallow(terminal, code))
        *key = KEYS_UNKNOWN;
    else
        *key = (is_named ? named_key(code) : plain_key(code)) | KEYS_ALT;
    if (*key == (KEYS_ESCAPE | KEYS_ALT))
        *key = KEYS_ESCAPE;
    else if (*key == (KEYS_UNKNOWN | KEYS_ALT) || (*key & ~KEYS_ALT) == KEYS_PASTE ||
             ((*key & ~KEYS_ALT) >= KEYS_PASTE_END && (*key & ~KEYS_ALT) <= KEYS_BLUR))
        *key &= ~KEYS_ALT;
    /* Alt and a capital is Alt and the letter: Caps Lock must not take keys away. */
    uint32_t letter = *key & 0xFFFFFF;
    if ((*key & KEYS_ALT) != 0 && letter >= 'A' && letter <= 'Z')
        *key |= 0x20;
    return true;
}

bool terminal_gone(void)
{
    struct pollfd item = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&item, 1, 0) == 1 && (item.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void terminal_resize(const struct terminal *terminal)
{
    struct winsize size;
    /* Whoever had the terminal in between may have turned it off. */
    modes(terminal, true);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return;
    resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
}
