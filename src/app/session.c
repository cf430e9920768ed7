/* Session: one loop for three faces.
 *
 *     poll ---> signals, keys or lines ---> command table ---> door        door ---> the face
 *
 * 1. It ends in one way: a STOP is asked of the node (by \quit, a signal, the end of stdin, or a
 *    reader that is gone), and SHOW_STOPPED comes back. Where it does not come in time, it ends
 *    without.
 * 2. It never waits for anything but the poll. A request that finds the door full is kept, and no
 *    input is read until it is through: so a file of lines is taken whole, at the pace of the disk.
 */
#include "app/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/looks.h"
#include "app/typed.h"
#include "base/check.h"
#include "ui/json.h"
#include "ui/lines.h"
#include "ui/theme.h"
#include "ui/tui.h"

/* \quit hands over what it can and is gone within a second; the end of stdin may wait longer. */
#define QUIT_WAIT_MS     500
#define QUIT_LIMIT_MS    800
#define END_BY_US        900000
#define END_WAIT_LINK_MS 5000
#define END_WAIT_MS      2000
#define END_LIMIT_MS     (END_WAIT_LINK_MS + END_WAIT_MS + 500)
#define SHOWS_A_TURN     512
#define LINE_ROOM        (LIMIT_TEXT + 1024)
#define OUT_ROOM         65536

struct session {
    struct session_config config;
    struct keys keys;
    struct tui *tui;
    struct lines *lines;
    char chunk[4096]; /* read from stdin, from chunk_at on not yet looked at */
    size_t chunk_at, chunk_size;
    char line[LINE_ROOM]; /* from stdin: what has no end yet; what `waiting` says */
    size_t line_size;
    struct request waiting; /* found the door full */
    bool is_waiting;
    struct request last; /* STOP, which goes when nothing waits before it */
    bool is_last;
    bool line_too_long; /* its rest is skipped */
    bool input_ended;
    bool ready; /* READY was shown: what answers to input comes after it */
    bool quitting, stopped;
    uint64_t paint_at_ms; /* what the screen waits for; UINT64_MAX: nothing */
    uint64_t give_up_ms;  /* 0: not stopping */
    int64_t unreceived;
};

static uint64_t now_ms(void)
{
    return clock_now_us() / 1000;
}

/* ---- out ---- */

static void note(struct session *session, const char *text, bool error)
{
    switch (session->config.face) {
    case SESSION_TUI: tui_note(session->tui, text, error); break;
    case SESSION_LINES: lines_note(session->lines, text, error); break;
    case SESSION_JSON: json_note(stdout, text, error); break;
    }
}

static void show(struct session *session, const struct show *shown)
{
    if (shown->kind == SHOW_STOPPED) {
        session->stopped = true;
        session->unreceived = shown->up ? -1 : (int64_t)shown->n;
        return;
    }
    session->ready = session->ready || shown->kind == SHOW_READY;
    switch (session->config.face) {
    case SESSION_TUI: tui_show(session->tui, shown); break;
    case SESSION_LINES: lines_show(session->lines, shown, now_ms()); break;
    case SESSION_JSON: json_show(stdout, shown); break;
    }
}

/* ---- in ---- */

/* Gives the door what is kept, in order. */
static void give(struct session *session)
{
    if (session->is_waiting && door_request(session->config.door, &session->waiting))
        session->is_waiting = false;
    if (session->is_last && !session->is_waiting &&
        door_request(session->config.door, &session->last))
        session->is_last = false;
}

/* What the reader's moving and scrolling ask of the node; it goes the way of what is typed. True when
 * something was asked, and the door took it. */
static bool ask_wants(struct session *session)
{
    if (session->tui == NULL || session->is_waiting || session->give_up_ms != 0)
        return false;
    session->is_waiting = tui_wants(session->tui, &session->waiting);
    bool asked = session->is_waiting;
    give(session);
    return asked && !session->is_waiting;
}

static void stop(struct session *session, uint32_t wait_link_ms, uint32_t wait_ms,
                 uint64_t limit_ms)
{
    uint64_t by_ms = now_ms() + limit_ms;
    if (session->give_up_ms != 0 && session->give_up_ms <= by_ms)
        return;
    session->give_up_ms = by_ms;
    session->last =
        (struct request){.kind = REQUEST_STOP, .wait_ms = wait_ms, .wait_link_ms = wait_link_ms};
    session->is_last = true;
    give(session);
}

void session_must_end(void)
{
    static const struct itimerval last = {.it_value = {.tv_usec = END_BY_US}};
    static volatile sig_atomic_t told;
    if (!told) /* who asks again does not get more time */
        setitimer(ITIMER_REAL, &last, NULL);
    told = 1;
}

static void quit(struct session *session)
{
    if (!session->quitting)
        stop(session, 0, QUIT_WAIT_MS, QUIT_LIMIT_MS);
    session_must_end();
    session->quitting = true;
}

static void help(struct session *session, const struct command *command)
{
    char text[512];
    for (size_t i = 0; command_help_line(command, i, text, sizeof text); i++)
        note(session, text, false);
}

static void list_keys(struct session *session)
{
    char text[KEYS_HELP_MAX];
    for (size_t i = 0; keys_help_line(&session->keys, i, text, sizeof text); i++)
        note(session, text, false);
}

/* What waits may have to outlive the line it was read from. */
static void keep_text(struct session *session)
{
    struct bytes *text = &session->waiting.text;
    if (text->size == 0)
        return;
    CHECK(text->size <= sizeof session->line);
    memmove(session->line, text->at, text->size);
    text->at = (uint8_t *)session->line;
}

static void take_line(struct session *session, const char *line, size_t size)
{
    struct typed typed = command_read(line, size);
    switch (typed.kind) {
    case TYPED_NOTHING: break;
    case TYPED_REQUEST:
        session->waiting = typed.request;
        session->is_waiting = true;
        keep_text(session);
        give(session);
        break;
    case TYPED_HELP: help(session, typed.command); break;
    case TYPED_KEYS: list_keys(session); break;
    case TYPED_CLEAR:
        if (session->tui != NULL)
            tui_clear(session->tui);
        break;
    case TYPED_QUIT: quit(session); break;
    case TYPED_ERROR: note(session, typed.text, true); break;
    }
}

static void take_stdin_line(struct session *session)
{
    size_t size = session->line_size;
    bool too_long = session->line_too_long;
    session->line_size = 0;
    session->line_too_long = false;
    if (size > 0 && session->line[size - 1] == '\r')
        size--;
    if (too_long)
        note(session, "a line was too long to be said; nothing of it was sent", true);
    else
        take_line(session, session->line, size);
}

/* Takes the whole lines out of what was read, as long as the door takes them. */
static void split_lines(struct session *session)
{
    while (session->chunk_at < session->chunk_size && !session->is_waiting && !session->quitting) {
        char byte = session->chunk[session->chunk_at++];
        if (byte == '\n')
            take_stdin_line(session);
        else if (session->line_size == sizeof session->line)
            session->line_too_long = true;
        else
            session->line[session->line_size++] = byte;
    }
}

static void end_of_input(struct session *session)
{
    session->input_ended = true;
    if (session->line_size > 0 && !session->quitting)
        take_stdin_line(session);
    if (!session->quitting)
        stop(session, session->config.expects_links ? END_WAIT_LINK_MS : 0, END_WAIT_MS,
             END_LIMIT_MS);
}

static void read_keys(struct session *session)
{
    const char *line;
    size_t size;
    do
        while (!session->quitting && !session->is_waiting && tui_key(session->tui, &line, &size))
            take_line(session, line, size);
    while (ask_wants(session)); /* what was typed behind a change of channel is said there */
    typed_keep(session->config.profile, tui_recall(session->tui));
    if (tui_done(session->tui))
        quit(session);
}

static void read_input(struct session *session)
{
    if (session->tui != NULL) {
        read_keys(session);
        return;
    }
    ssize_t count = read(STDIN_FILENO, session->chunk, sizeof session->chunk);
    session->chunk_at = 0;
    session->chunk_size = count > 0 ? (size_t)count : 0;
    if (count > 0)
        split_lines(session);
    else if (count == 0 || (errno != EINTR && errno != EAGAIN))
        end_of_input(session);
}

static void read_signals(struct session *session)
{
    uint8_t signals[16];
    ssize_t count = read(session->config.signal_fd, signals, sizeof signals);
    for (ssize_t i = 0; i < count; i++) {
        bool screen = signals[i] == SIGWINCH || signals[i] == SIGCONT;
        if (screen && session->tui != NULL)
            tui_resize(session->tui);
        else if (signals[i] == SIGCHLD && session->tui != NULL)
            tui_child(session->tui);
        else if (!screen && signals[i] != SIGCHLD)
            quit(session);
    }
}

/* ---- the loop ---- */

static void read_door(struct session *session)
{
    struct show shown;
    for (int i = 0; i < SHOWS_A_TURN && !session->stopped; i++) {
        if (!door_next_show(session->config.door, &shown))
            break;
        show(session, &shown);
    }
}

/* Goes on with what the door did not take; true when more input may be read. */
static bool go_on(struct session *session)
{
    give(session);
    split_lines(session);
    if (session->tui != NULL && tui_away(session->tui))
        return false;
    return session->ready && !session->is_waiting && !session->input_ended && !session->quitting;
}

/* All that a turn said, to the reader and to the node. */
static void hand_over(struct session *session)
{
    if (session->tui == NULL && (fflush(stdout) != 0 || ferror(stdout)))
        quit(session);
    door_flush(session->config.door);
}

static void turn(struct session *session)
{
    bool reading = go_on(session);
    uint64_t deadline = session->lines != NULL ? lines_tick(session->lines, now_ms()) : UINT64_MAX;
    hand_over(session);
    zmq_pollitem_t items[3] = {
        door_poll(session->config.door),
        {NULL, session->config.signal_fd, ZMQ_POLLIN, 0},
        {NULL, STDIN_FILENO, ZMQ_POLLIN, 0},
    };
    if (session->paint_at_ms < deadline)
        deadline = session->paint_at_ms;
    if (session->give_up_ms != 0 && session->give_up_ms < deadline)
        deadline = session->give_up_ms;
    uint64_t now = now_ms();
    long wait = deadline == UINT64_MAX ? -1 : deadline <= now ? 0 : (long)(deadline - now);
    if (door_has_more(session->config.door))
        wait = 0;
    int ready = zmq_poll(items, reading ? 3 : 2, wait);
    if (ready > 0 && items[1].revents != 0)
        read_signals(session);
    if (ready > 0 && reading && items[2].revents != 0)
        read_input(session);
    if ((ready > 0 && items[0].revents != 0) || door_has_more(session->config.door))
        read_door(session); /* else a key would wait for three system calls more */
    ask_wants(session);
    if (session->tui != NULL)
        session->paint_at_ms = tui_paint(session->tui, now_ms());
    if (session->give_up_ms != 0 && now_ms() >= session->give_up_ms)
        session->stopped = true;
}

static void bind_keys(struct session *session)
{
    const struct config *config = &session->config.profile->config;
    char why[256];
    keys_init(&session->keys);
    for (size_t i = 0; i < config->bind_count; i++)
        if (!keys_bind(&session->keys, config->binds[i], why, sizeof why) && session->tui != NULL)
            tui_note(session->tui, why, true);
}

static void open_face(struct session *session)
{
    static char written[OUT_ROOM];
    const char *why = NULL, *theme = session->config.theme;
    char text[THEME_BYTES], wrong[256];
    if (session->config.face == SESSION_TUI) {
        bool found = theme[0] != '\0' && looks_find(theme, text, sizeof text);
        const struct tui_config config = {.keys = &session->keys,
                                          .directory = session->config.profile->path,
                                          .theme = found ? text : NULL};
        session->tui = tui_open(&config, &why);
        snprintf(wrong, sizeof wrong, "there is no theme %s; dark, light, mono, contrast are",
                 theme);
        if (session->tui != NULL && !found && theme[0] != '\0')
            tui_note(session->tui, wrong, true);
        if (session->tui != NULL) {
            typed_load(session->config.profile, tui_recall(session->tui));
            return;
        }
        fprintf(stderr, "fika: %s; it goes on in lines\n", why);
        session->config.face = SESSION_LINES;
    }
    setvbuf(stdout, written, _IOFBF, sizeof written); /* hand_over() flushes */
    if (session->config.face == SESSION_LINES) {
        const char *no_colour = getenv("NO_COLOR");
        bool colour = isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
        session->lines = lines_new(stdout, stderr, colour);
    }
}

struct session *session_open(const struct session_config *config)
{
    struct session *session = calloc(1, sizeof *session);
    CHECK(session != NULL);
    session->config = *config;
    session->unreceived = -1;
    session->paint_at_ms = UINT64_MAX;
    open_face(session);
    bind_keys(session);
    return session;
}

int64_t session_run(struct session *session)
{
    while (!session->stopped)
        turn(session);
    int64_t unreceived = session->unreceived;
    if (session->tui != NULL)
        tui_close(session->tui);
    if (session->lines != NULL)
        lines_free(session->lines);
    fflush(stdout);
    free(session);
    return unreceived;
}
