/* Terminal: programs on pseudo-terminals, for the benchmarks that type and look: what they show is
 * waited for, keys are timed from write(2) to the character that can be read. Behind bench.h. */
#pragma once

#include <poll.h>
#include <pty.h>

#include "bench.h"
#include "figures.h"

#define TERMINAL_WAIT_US 20000000
#define QUIET_MS         2
#define TOKEN_SIZE       12
#define FRAME_MS         20 /* more than one */
/* In none of the words around: the echo cannot be mistaken. */
#define ECHO_KEYS "qjzv"
#define ECHO_LINE 39 /* keys before the input is emptied: it never scrolls */

struct terminal {
    struct child *child;
    int fd;
    enum { TEXT, ESCAPE, CONTROL, STRING, ONE } within;
    char seen[65536]; /* the newest text, without the sequences in it, zero-ended */
    size_t size;
};

/* ---- a program ---- */

static inline void terminal_forget(struct terminal *terminal)
{
    terminal->size = 0;
    terminal->seen[0] = '\0';
}

/* argv[0] is the program's path. Its profiles, and its configuration, lie in home. */
static inline void terminal_start(struct terminal *terminal, const char *home, char *const argv[])
{
    struct winsize window = {.ws_row = 24, .ws_col = 80};
    check(child_count < CHILDREN_MAX, "no child can be made");
    terminal_forget(terminal);
    terminal->within = TEXT;
    pid_t pid = forkpty(&terminal->fd, NULL, NULL, &window);
    check(pid >= 0, "no pseudo-terminal");
    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(PATIENCE_S);
        setenv("XDG_DATA_HOME", home, 1);
        setenv("XDG_CONFIG_HOME", home, 1);
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execv(argv[0], argv);
        _exit(127);
    }
    terminal->child = &children[child_count++];
    *terminal->child = (struct child){.name = argv[0], .pid = pid, .to = -1, .from = -1};
}

/* Keeps what is text: a sequence ends nowhere but where it ends, in this read or in another. */
static inline void terminal_see(struct terminal *terminal, char byte)
{
    switch (terminal->within) {
    case TEXT:
        if (byte == '\033')
            terminal->within = ESCAPE;
        else if (byte != '\0')
            terminal->seen[terminal->size++] = byte;
        break;
    case ESCAPE:
        terminal->within = byte == '[' ? CONTROL : byte == ']' ? STRING : byte == '(' ? ONE : TEXT;
        break;
    case CONTROL:
        if (byte >= 0x40)
            terminal->within = TEXT;
        break;
    case STRING:
        if (byte == '\a' || byte == '\033')
            terminal->within = byte == '\a' ? TEXT : ESCAPE;
        break;
    case ONE: terminal->within = TEXT; break;
    }
}

/* Returns how many bytes of text came, at the end of what was seen; *came: anything did. */
static inline size_t terminal_read(struct terminal *terminal, int wait_ms, bool *came)
{
    char bytes[16384];
    struct pollfd item = {terminal->fd, POLLIN, 0};
    *came = poll(&item, 1, wait_ms) > 0;
    if (!*came)
        return 0;
    if (terminal->size > sizeof terminal->seen / 2) {
        size_t drop = terminal->size - sizeof terminal->seen / 4;
        memmove(terminal->seen, terminal->seen + drop, terminal->size - drop);
        terminal->size -= drop;
    }
    ssize_t got = read(terminal->fd, bytes, sizeof bytes);
    check(got > 0, "a program on a pseudo-terminal ended");
    size_t before = terminal->size;
    for (ssize_t i = 0; i < got; i++)
        terminal_see(terminal, bytes[i]);
    terminal->seen[terminal->size] = '\0';
    return terminal->size - before;
}

static inline void terminal_settle(struct terminal *terminal, int quiet_ms)
{
    bool came;
    do
        terminal_read(terminal, quiet_ms, &came);
    while (came);
}

/* Waits for the text on the terminal; forgets what came before. */
static inline void terminal_await(struct terminal *terminal, const char *text)
{
    uint64_t until = now_us() + TERMINAL_WAIT_US;
    bool came;
    while (strstr(terminal->seen, text) == NULL) {
        if (now_us() > until) {
            fprintf(stderr, "bench: %s does not show \"%s\"\n", terminal->child->name, text);
            exit(1);
        }
        terminal_read(terminal, 100, &came);
    }
    terminal_forget(terminal);
}

static inline void terminal_type(struct terminal *terminal, const char *text)
{
    check(write(terminal->fd, text, strlen(text)) == (ssize_t)strlen(text),
          "a pseudo-terminal does not take keys");
}

/* Types what ends it into an empty input, and sees it end well. */
static inline void terminal_quit(struct terminal *terminal, const char *keys)
{
    struct pollfd item = {terminal->fd, POLLIN, 0};
    char rest[4096];
    int status;
    terminal_type(terminal, "\025"); /* by itself: irssi takes it for pasted otherwise */
    terminal_settle(terminal, 10);
    terminal_type(terminal, keys);
    while (poll(&item, 1, 3000) > 0 && read(terminal->fd, rest, sizeof rest) > 0)
        ;
    check(waitpid(terminal->child->pid, &status, 0) == terminal->child->pid && WIFEXITED(status) &&
              WEXITSTATUS(status) == 0,
          "a program on a pseudo-terminal did not quit well");
    close(terminal->fd);
    terminal->child->pid = 0;
}

/* ---- what is timed ---- */

/* One key into an input that is not full; the time until it can be read again. */
static inline uint64_t key_echo(struct terminal *terminal, char key)
{
    bool came;
    uint64_t began = now_us();
    check(write(terminal->fd, &key, 1) == 1, "a pseudo-terminal does not take keys");
    for (;;) {
        size_t got = terminal_read(terminal, 1000, &came);
        uint64_t us = now_us() - began;
        if (memchr(terminal->seen + terminal->size - got, key, got) != NULL)
            return us;
        check(us < TERMINAL_WAIT_US, "a key has no echo");
    }
}

/* The next of many keys, each into a terminal that is still; the input is emptied in between. */
static inline uint64_t next_echo(struct terminal *terminal, size_t number)
{
    if (number % ECHO_LINE == 0)
        terminal_type(terminal, "\025");
    terminal_settle(terminal, number % ECHO_LINE == 0 ? 5 * QUIET_MS : QUIET_MS);
    return key_echo(terminal, ECHO_KEYS[number % (sizeof ECHO_KEYS - 1)]);
}

/* Letters that differ in every place from those of the lines around, so that curses draws them all.
 */
static inline void make_token(char token[TOKEN_SIZE + 1], size_t round)
{
    for (size_t i = 0; i < TOKEN_SIZE; i++)
        token[i] = (char)('a' + (round + i * 3) % 26);
    token[TOKEN_SIZE] = '\0';
}

/* A line on the one terminal; the time from Enter until it can be read on the other. One at a time,
 * as people talk: what comes sooner than a frame after another waits for the next frame, and who
 * says more than QUOTA_LINES in a minute is taken for a flood, and folded: both have to speak. */
static inline uint64_t enter_to_screen(struct terminal *from, struct terminal *to, size_t round)
{
    char token[TOKEN_SIZE + 1];
    bool came;
    make_token(token, round);
    terminal_type(from, token);
    terminal_await(from, token);
    uint64_t began = now_us();
    terminal_type(from, "\r");
    terminal_await(to, token);
    uint64_t us = now_us() - began;
    pause_ms(FRAME_MS);
    terminal_read(from, 0, &came);
    return us;
}

/* In KiB, of a process: VmRSS, or VmHWM, the most it ever was. */
static inline long memory_kib(pid_t pid, const char *what)
{
    char path[64], line[256];
    long kib = -1;
    size_t size = strlen(what);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, what, size) == 0 && sscanf(line + size, ": %ld", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}
