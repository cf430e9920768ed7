/* Terminal: modes, locale, key sequences.
 *
 * 1. Nothing is written before TERM is known to place a cursor, and terminal_close undoes each
 *    thing that terminal_open did: modes, screen, cursor, bracketed paste.
 * 2. Reading a key never waits (but 25 ms behind a lone Escape, to tell it from a key).
 *
 * Signals are the program's: what curses would install for resize, INT and TERM is put back. */
#include "ui/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/check.h"

/* Its macros (columns, lines) would be read into every header behind it. */
#include <term.h>

#define PASTE_ON        "\033[?2004h"
#define PASTE_OFF       "\033[?2004l"
#define ESCAPE_DELAY_MS 25

struct terminal {
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading from it refreshes nothing */
    bool ansi;    /* it takes sequences that begin with ESC [ */
};

static const struct sequence {
    const char *bytes;
    int key;
} sequences[] = {
    {"\033[200~", SEQUENCE_PASTE},
    {"\033[201~", SEQUENCE_PASTE_END},
    {"\033[H", SEQUENCE_HOME},
    {"\033[F", SEQUENCE_END},
    {"\033OH", SEQUENCE_HOME},
    {"\033OF", SEQUENCE_END},
    {"\033[1~", SEQUENCE_HOME},
    {"\033[4~", SEQUENCE_END},
    {"\033b", SEQUENCE_WORD_LEFT},
    {"\033f", SEQUENCE_WORD_RIGHT},
    {"\033[1;5D", SEQUENCE_WORD_LEFT},
    {"\033[1;5C", SEQUENCE_WORD_RIGHT},
    {"\033[1;3D", SEQUENCE_WORD_LEFT},
    {"\033[1;3C", SEQUENCE_WORD_RIGHT},
    {"\033d", SEQUENCE_KILL_RIGHT},
    {"\033\177", SEQUENCE_KILL_LEFT},
    {"\033[A", KEY_UP},
    {"\033[B", KEY_DOWN},
    {"\033[C", KEY_RIGHT},
    {"\033[D", KEY_LEFT},
};

/* True when TERM can place a cursor; *ansi when it takes sequences that begin with ESC [. */
static bool terminal_fits(bool *ansi, const char **why)
{
    int found;
    if (getenv("TERM") == NULL || setupterm(NULL, STDOUT_FILENO, &found) != OK) {
        *why = "the full screen needs to know the terminal: set TERM to its name, or use --lines";
        return false;
    }
    const char *address = tigetstr("cup");
    bool fits = address != NULL && address != (char *)-1 && tigetstr("clear") != NULL;
    *ansi = fits && strncmp(address, "\033[", 2) == 0;
    del_curterm(cur_term);
    if (!fits)
        *why = "this terminal (TERM) has no full screen; use --lines";
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

static void terminal_write(const char *sequence)
{
    ssize_t taken = write(STDOUT_FILENO, sequence, strlen(sequence));
    (void)taken; /* a terminal that is gone shows at the next read */
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
        *why = "the full screen could not be opened on this terminal; use --lines";
        return NULL;
    }
    struct terminal *terminal = calloc(1, sizeof *terminal);
    CHECK(terminal != NULL);
    terminal->screen = screen;
    terminal->ansi = ansi;
    set_escdelay(ESCAPE_DELAY_MS);
    cbreak();
    noecho();
    nonl();
    terminal->keys = newpad(1, 1);
    CHECK(terminal->keys != NULL);
    keypad(terminal->keys, TRUE);
    nodelay(terminal->keys, TRUE);
    if (ansi) {
        for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
            define_key(sequences[i].bytes, sequences[i].key);
        terminal_write(PASTE_ON);
    }
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->ansi)
        terminal_write(PASTE_OFF);
    endwin();
    delwin(terminal->keys);
    delscreen(terminal->screen);
    free(terminal);
}

bool terminal_key(struct terminal *terminal, wint_t *key, bool *named)
{
    int kind = wget_wch(terminal->keys, key);
    *named = kind == KEY_CODE_YES;
    return kind != ERR;
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
    if (terminal->ansi)
        terminal_write(PASTE_ON);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return;
    resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
}
