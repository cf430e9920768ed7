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
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/kept.h"
#include "app/lastseen.h"
#include "app/session_private.h"
#include "app/turns.h"
#include "app/typed.h"
#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/json.h"
#include "ui/words.h"

/* \quit hands over what it can and is gone within a second; the end of stdin may wait longer. */
#define QUIT_WAIT_MS     500
#define QUIT_LIMIT_MS    800
#define END_BY_US        900000
#define END_WAIT_LINK_MS 5000
#define END_WAIT_MS      2000
#define END_LIMIT_MS     (END_WAIT_LINK_MS + END_WAIT_MS + 500)
#define SHOWS_A_TURN     512
/* What was typed is painted with the node's answer to it, which nearly always comes sooner. */
#define HOLD_MS 10
#define KEEP_MS 50 /* and kept when all that comes of it has passed */

uint64_t session_now_ms(void)
{
    return clock_now_us() / 1000;
}

/* ---- out ---- */

void session_note(struct session *session, const char *text, bool error)
{
    switch (session->config.face) {
    case SESSION_TUI: tui_note(session->tui, text, error); break;
    case SESSION_LINES: lines_note(session->lines, text, error); break;
    case SESSION_JSON: json_note(stdout, text, error); break;
    }
}

void session_note_lines(struct session *session, char *text, bool error)
{
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        session_note(session, line, error);
        line = end;
    }
}

void session_page(struct session *session, char *text)
{
    if (session->tui != NULL)
        tui_page(session->tui, text);
    else
        session_note_lines(session, text, false);
}

/* A report comes finding by finding; people are shown it whole. */
static bool show_finding(struct session *session, const struct show *shown)
{
    struct findings *findings = &session->findings;
    if ((shown->kind != SHOW_FINDING && shown->kind != SHOW_FINDINGS_END) ||
        session->config.face == SESSION_JSON)
        return false;
    if (findings->size == 0)
        findings_begin(findings);
    if (shown->kind == SHOW_FINDING) {
        findings_add(findings, shown);
        return true;
    }
    session_page(session, findings->text);
    findings->size = 0;
    return true;
}

static bool is_news(const struct show *shown)
{
    return shown->kind == SHOW_MESSAGE || (shown->kind == SHOW_INVITATION && shown->up);
}

static void show(struct session *session, const struct show *given)
{
    struct show sealed = *given;
    const struct show *shown = given->sealed || given->read ? &sealed : given;
    if (!settings_is(&session->settings, SETTING_RECEIPTS, "on")) {
        if (given->kind == SHOW_READ)
            return;
        sealed.read = false;
    }
    if (given->sealed && session->config.face != SESSION_JSON)
        words_sealed(&sealed);
    if (show_finding(session, shown))
        return;
    if (shown->kind == SHOW_STOPPED) {
        session->stopped = true;
        session->unreceived = shown->up ? -1 : (int64_t)shown->n;
        return;
    }
    session->ready = session->ready || shown->kind == SHOW_READY;
    noticing_show(&session->noticing, shown);
    switch (session->config.face) {
    case SESSION_TUI: tui_show(session->tui, shown); break;
    case SESSION_LINES:
        if (shown->kind == SHOW_READY)
            leftoff_network(&session->leftoff, shown->b);
        lately_show(session->lately, shown);
        lines_show(session->lines, shown, session_now_ms());
        if (session->rings && is_news(shown) &&
            noticing_rings(&session->noticing, shown, session_now_ms()))
            fputc('\a', stdout);
        break;
    case SESSION_JSON: json_show(stdout, shown, session->noticing.names); break;
    }
}

/* ---- in ---- */

void session_give(struct session *session)
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
    bool receipts = settings_is(&session->settings, SETTING_RECEIPTS, "on");
    session->is_waiting = tui_wants(session->tui, &session->waiting) ||
                          (receipts && tui_read(session->tui, &session->waiting));
    bool asked = session->is_waiting;
    session_give(session);
    return asked && !session->is_waiting;
}

static void stop(struct session *session, uint32_t wait_link_ms, uint32_t wait_ms,
                 uint64_t limit_ms)
{
    uint64_t by_ms = session_now_ms() + limit_ms;
    if (session->give_up_ms != 0 && session->give_up_ms <= by_ms)
        return;
    session->give_up_ms = by_ms;
    session->last =
        (struct request){.kind = REQUEST_STOP, .wait_ms = wait_ms, .wait_link_ms = wait_link_ms};
    session->is_last = true;
    session_give(session);
}

void session_must_end(void)
{
    static const struct itimerval last = {.it_value = {.tv_usec = END_BY_US}};
    static volatile sig_atomic_t told;
    if (!told) /* who asks again does not get more time */
        setitimer(ITIMER_REAL, &last, NULL);
    told = 1;
}

void session_quit(struct session *session)
{
    if (!session->quitting)
        stop(session, 0, QUIT_WAIT_MS, QUIT_LIMIT_MS);
    session_must_end();
    session->quitting = true;
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
        session_note(session, _("a line was too long to be said; nothing of it was sent"), true);
    else
        session_obey(session, session->line, size);
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
        while (!session->quitting && !session->is_waiting && tui_key(session->tui, &line, &size)) {
            session_obey(session, line, size);
            if (session->typed_ms == UINT64_MAX)
                session->typed_ms = session_now_ms() + KEEP_MS;
        }
    while (ask_wants(session)); /* what was typed behind a change of channel is said there */
    /* It goes before it is painted, and kept: the node's thread often wakes on this processor, and would
     * wait for that. */
    session->hold_ms = door_flush(session->config.door) ? session_now_ms() + HOLD_MS : 0;
    if (tui_dragged(session->tui, &session->settings))
        session_keep_settings(session);
    if (tui_done(session->tui))
        session_quit(session);
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
            session_quit(session);
    }
}

/* ---- the loop ---- */

static void read_door(struct session *session)
{
    struct show shown;
    for (int i = 0; i < SHOWS_A_TURN && !session->stopped; i++) {
        if (!door_next_show(session->config.door, &shown))
            break;
        session->hold_ms = 0;
        show(session, &shown);
    }
}

/* Goes on with what the door did not take; true when more input may be read. */
static bool go_on(struct session *session)
{
    session_give(session);
    split_lines(session);
    if (session->tui != NULL && tui_away(session->tui))
        return false;
    return session->ready && !session->is_waiting && !session->input_ended && !session->quitting;
}

/* All that a turn said, to the reader and to the node. */
static void hand_over(struct session *session)
{
    if (session->tui == NULL && (fflush(stdout) != 0 || ferror(stdout)))
        session_quit(session);
    door_flush(session->config.door);
}

static void paint(struct session *session)
{
    uint64_t now = session_now_ms();
    if (now < session->hold_ms) {
        session->paint_at_ms = session->hold_ms;
        return;
    }
    session->hold_ms = 0;
    uint64_t paint_ms = tui_paint(session->tui, now);
    if (session->typed_ms <= now) {
        typed_keep(session->config.profile, tui_recall(session->tui));
        session->typed_ms = UINT64_MAX;
    }
    uint64_t keep_ms =
        last_seen_keep(session->config.profile, tui_seen(session->tui), &session->kept_ms, now);
    session->paint_at_ms = paint_ms < keep_ms ? paint_ms : keep_ms;
    if (session->typed_ms < session->paint_at_ms)
        session->paint_at_ms = session->typed_ms;
}

static void turn(struct session *session)
{
    bool reading = go_on(session);
    uint64_t deadline =
        session->lines != NULL ? lines_tick(session->lines, session_now_ms()) : UINT64_MAX;
    hand_over(session);
    bool keys = reading && session->tui != NULL &&
                !tui_watch(session->tui, session_now_ms() - session->woke_ms);
    struct pollfd items[3] = {
        {session->config.signal_fd, POLLIN, 0},
        {session->door_fd, POLLIN, 0},
        {reading ? STDIN_FILENO : -1, POLLIN, 0},
    };
    if (session->paint_at_ms < deadline)
        deadline = session->paint_at_ms;
    if (session->give_up_ms != 0 && session->give_up_ms < deadline)
        deadline = session->give_up_ms;
    uint64_t now = session_now_ms();
    long wait = deadline == UINT64_MAX ? -1 : deadline <= now ? 0 : (long)(deadline - now);
    if (door_is_ready(session->config.door) || keys)
        wait = 0;
    int ready = poll(items, 3, wait > INT_MAX ? INT_MAX : (int)wait);
    session->woke_ms = session_now_ms();
    if (ready > 0 && items[0].revents != 0)
        read_signals(session);
    if (keys || (ready > 0 && items[2].revents != 0))
        read_input(session);
    if (wait == 0 || (ready > 0 && items[1].revents != 0))
        read_door(session); /* else a key would wait for three system calls more */
    ask_wants(session);
    if (session->tui != NULL)
        paint(session);
    else
        session->paint_at_ms = last_seen_keep(session->config.profile, &session->leftoff.seen,
                                              &session->kept_ms, session_now_ms());
    if (session->give_up_ms != 0 && session_now_ms() >= session->give_up_ms)
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

/* Lines of the configuration that say nothing. */
static void say_slips(struct session *session)
{
    const struct config *config = &session->config.profile->config;
    char text[sizeof config->slips[0].text], why[256];
    for (size_t i = 0; i < config->slip_count; i++) {
        const char *written = config->slips[i].text;
        text_tame(text, sizeof text, written, strlen(written), TAME_LINE);
        snprintf(why, sizeof why, _("configuration, line %u, cannot be understood: %s"),
                 config->slips[i].line, text);
        session_note(session, why, true);
    }
}

struct session *session_open(const struct session_config *config)
{
    struct session *session = calloc(1, sizeof *session);
    char why[NOTICING_WHY];
    CHECK(session != NULL);
    session->config = *config;
    session->unreceived = -1;
    session->door_fd = door_descriptor(config->door);
    session->paint_at_ms = session->typed_ms = UINT64_MAX;
    kept_load(config->profile, &session->settings);
    noticing_open(&session->noticing, config->profile, why);
    session_open_face(session);
    bind_keys(session);
    if (session->config.face == SESSION_JSON) /* whose first word is "ready" */
        return session;
    say_slips(session);
    if (why[0] != '\0')
        session_note_lines(session, why, true);
    return session;
}

int64_t session_run(struct session *session)
{
    turns_take(TURN_FACE);
    while (!session->stopped)
        turn(session);
    int64_t unreceived = session->unreceived;
    if (session->tui != NULL) {
        last_seen_keep(session->config.profile, tui_seen(session->tui), &session->kept_ms,
                       UINT64_MAX);
        typed_keep(session->config.profile, tui_recall(session->tui));
        tui_close(session->tui);
    }
    if (session->lines != NULL)
        lines_free(session->lines);
    last_seen_keep(session->config.profile, &session->leftoff.seen, &session->kept_ms, UINT64_MAX);
    lately_free(session->lately);
    fflush(stdout);
    free(session);
    return unreceived;
}
