/* Terminal: modes, locale, the title.
 *
 * 1. Nothing is written before TERM is known to place a cursor, and terminal_close undoes each
 *    thing that was done: modes, screen, cursor, bracketed paste, focus, mouse, the title. So do
 *    stopping the program (Ctrl-Z), giving the terminal to another one for a while, and a crash.
 *
 * Signals are the program's: what curses would install for resize, INT and TERM is put back. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/terminal_private.h"
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
    for (size_t i = 0; i < sizeof kin / sizeof *kin; i++)
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

/* A signal that is pending ends write(2) before, or in the middle: the rest follows. False when the terminal
 * is gone. Signal handlers call it. */
static bool put_all(const char *at, size_t size)
{
    while (size > 0) {
        ssize_t taken = write(STDOUT_FILENO, at, size);
        if (taken < 0 && errno != EINTR)
            return false;
        at += taken > 0 ? taken : 0;
        size -= taken > 0 ? (size_t)taken : 0;
    }
    return true;
}

void terminal_put(const void *bytes, size_t size)
{
    int kept = errno;
    put_all(bytes, size); /* one that is gone shows at the next read */
    errno = kept;
}

static void terminal_write(const char *sequence)
{
    terminal_put(sequence, strlen(sequence));
}

bool terminal_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* What ends the full screen, ready for a signal handler, and for the process that outlives this one. */
struct way_out {
    char bytes[256];
    size_t size;
    volatile sig_atomic_t open;   /* there is a screen to be ended */
    volatile sig_atomic_t titled; /* and a title to be put back */
    bool has_modes;
    struct termios modes; /* as they were at the start */
};

static struct way_out own_way_out, *way_out = &own_way_out;

void terminal_share(void)
{
    void *shared =
        mmap(NULL, sizeof *way_out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return;
    way_out = shared; /* all zero */
    way_out->has_modes = tcgetattr(STDIN_FILENO, &way_out->modes) == 0;
}

/* ---- the title ---- */

/* A signal handler may call it. */
static void title_back(void)
{
    if (way_out->titled)
        terminal_write(TITLE_BACK);
    way_out->titled = 0;
}

void terminal_title(const struct terminal *terminal, const char *text)
{
    char bytes[TITLE_ROOM + 8];
    if (!terminal->ansi || !title_fits(getenv("TERM")))
        return;
    title_write(text, !terminal_utf8(), bytes);
    if (!way_out->titled)
        terminal_write(TITLE_KEEP);
    way_out->titled = 1;
    terminal_write(bytes);
}

/* ---- */

bool terminal_marks_pastes(const struct terminal *terminal)
{
    static const char *const kinds[] = {"xterm",   "tmux", "alacritty", "foot",  "kitty", "ghostty",
                                        "wezterm", "st-",  "konsole",   "gnome", "vte",   "putty",
                                        "mlterm",  "rxvt", "contour",   "iterm", "mintty"};
    const char *term = getenv("TERM"), *inside = getenv("TMUX");
    if (!terminal->ansi || term == NULL)
        return false;
    if (strncmp(term, "screen", 6) == 0) /* that is tmux's name for itself, too */
        return inside != NULL && inside[0] != '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(term, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

bool terminal_out_ansi(void)
{
    const char *why;
    bool ansi;
    return isatty(STDOUT_FILENO) && terminal_fits(&ansi, &why) && ansi;
}

bool terminal_ansi(const struct terminal *terminal)
{
    return terminal->ansi;
}

/* Curses' own way to stop, which gives the screen back, and takes it again. */
static struct sigaction curses_stop;

static void on_stop(int number)
{
    int kept = errno;
    title_back();
    terminal_write(MOUSE_OFF MODES_OFF);
    way_out->open = 0;
    curses_stop.sa_handler(number);
    way_out->open = 1;
    errno = kept;
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

/* A sequence of terminfo, without the delays that it may name. */
static void way_out_add(const char *sequence)
{
    if (sequence == NULL || sequence == (const char *)-1)
        return;
    while (*sequence != '\0' && way_out->size < sizeof way_out->bytes) {
        const char *end = strncmp(sequence, "$<", 2) == 0 ? strchr(sequence, '>') : NULL;
        if (end == NULL)
            way_out->bytes[way_out->size++] = *sequence++;
        else
            sequence = end + 1;
    }
}

static void keep_way_out(bool ansi)
{
    way_out->size = 0;
    if (ansi)
        way_out_add(MOUSE_OFF MODES_OFF);
    way_out_add(tigetstr("sgr0"));
    way_out_add(tigetstr("rmcup"));
    way_out_add(tigetstr("cnorm"));
    way_out->open = 1;
}

bool terminal_abandon(void)
{
    if (!way_out->open)
        return false;
    way_out->open = 0;
    title_back();
    terminal_put(way_out->bytes, way_out->size);
    return true;
}

void terminal_outlive(void)
{
    signal(SIGTTOU, SIG_IGN); /* a shell may have taken it back already */
    if (terminal_abandon() && way_out->has_modes && tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSANOW, &way_out->modes);
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
        terminal_define_keys();
    modes(terminal, true);
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    title_back();
    modes(terminal, false);
    endwin();
    way_out->open = 0;
    delwin(terminal->keys);
    delscreen(terminal->screen);
    free(terminal);
}

void terminal_give(const struct terminal *terminal)
{
    title_back();
    modes(terminal, false);
    endwin();
    way_out->open = 0;
}

void terminal_retake(const struct terminal *terminal)
{
    reset_prog_mode();
    way_out->open = 1;
    terminal_resize(terminal);
}

bool terminal_send(const struct terminal *terminal, const char *sequence, size_t size)
{
    return terminal->ansi && put_all(sequence, size);
}

void terminal_take_mouse(struct terminal *terminal, bool taken)
{
    if (terminal->takes_mouse == taken)
        return;
    terminal->takes_mouse = taken;
    modes(terminal, true);
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
