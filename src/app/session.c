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
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/kept.h"
#include "app/lastseen.h"
#include "app/looks.h"
#include "app/noticing.h"
#include "app/typed.h"
#include "base/check.h"
#include "base/tr.h"
#include "ui/findings.h"
#include "ui/json.h"
#include "ui/lately.h"
#include "ui/lines.h"
#include "ui/opener.h"
#include "ui/terminal.h"
#include "ui/theme.h"
#include "ui/tui.h"
#include "ui/words.h"

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
    struct settings settings;
    struct tui *tui;
    struct lines *lines;
    struct lately *lately; /* beside them */
    struct noticing noticing;
    int door_fd;
    bool rings;       /* lines on a terminal, and the bell was asked for */
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
    struct findings findings; /* of a report that is coming; size 0: none is */
    uint64_t kept_ms;         /* when it was written last what was seen */
    uint64_t paint_at_ms;     /* what the screen waits for; UINT64_MAX: nothing */
    uint64_t give_up_ms;      /* 0: not stopping */
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

/* Each line of a text is a note of its own. */
static void note_lines(struct session *session, char *text, bool error)
{
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        note(session, line, error);
        line = end;
    }
}

/* A page on the screen, else a line for each of it. */
static void show_page(struct session *session, char *text)
{
    if (session->tui != NULL)
        tui_page(session->tui, text);
    else
        note_lines(session, text, false);
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
    show_page(session, findings->text);
    findings->size = 0;
    return true;
}

static void show(struct session *session, const struct show *given)
{
    struct show sealed = *given;
    const struct show *shown = given->sealed ? &sealed : given;
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
        lately_show(session->lately, shown);
        lines_show(session->lines, shown, now_ms());
        if (session->rings && shown->kind == SHOW_MESSAGE &&
            noticing_rings(&session->noticing, shown, now_ms()))
            fputc('\a', stdout);
        break;
    case SESSION_JSON: json_show(stdout, shown, session->noticing.names); break;
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

static void help(struct session *session, const struct typed *typed)
{
    static char text[HELP_TEXT_MAX];
    help_write(typed->topic, typed->command, &session->keys, text);
    if (typed->topic == NULL && typed->command != NULL)
        note_lines(session, text, false); /* a word or two */
    else
        show_page(session, text);
}

static void list_keys(struct session *session)
{
    static char text[HELP_TEXT_MAX];
    help_keys(&session->keys, text);
    show_page(session, text);
}

static void heed(struct session *session, const struct heeding *heeding)
{
    static struct heeding_answer answer;
    noticing_do(&session->noticing, heeding, &answer);
    if (session->tui != NULL)
        tui_heed(session->tui);
    note_lines(session, answer.text, answer.error);
}
/* ---- settings ---- */

static void list_settings(struct session *session)
{
    static char text[HELP_TEXT_MAX];
    size_t size = (size_t)snprintf(text, sizeof text, "%s",
                                   _("\\set and one of these, and a value, changes it:"));
    for (size_t i = 0; i < SETTINGS; i++) {
        text[size++] = '\n';
        settings_line(&session->settings, i, text + size, sizeof text - size);
        size += strlen(text + size);
    }
    show_page(session, text);
}

/* The theme that was set, else the configuration's; "" for the one that is built in. */
static const char *theme_name(const struct session *session)
{
    bool set = !settings_is(&session->settings, SETTING_THEME, "default");
    return set ? session->settings.values[SETTING_THEME] : session->config.theme;
}

/* Its text, and whether there is one; says so when there should be. */
static bool find_theme(struct session *session, char *text, size_t room)
{
    char wrong[256];
    const char *name = theme_name(session);
    bool found = name[0] != '\0' && looks_find(name, text, room);
    snprintf(wrong, sizeof wrong, _("there is no theme %s, but dark, light, mono and contrast"),
             name);
    if (!found && name[0] != '\0')
        note(session, wrong, true);
    return found;
}

static void keep_settings(struct session *session)
{
    if (!kept_save(session->config.profile, &session->settings))
        note(session, _("that could not be written, and holds until you leave"), true);
}

static void set(struct session *session, const struct bytes *what)
{
    char why[256], theme[THEME_BYTES];
    struct settings before = session->settings;
    enum setting which;
    if (!settings_take(&session->settings, (const char *)what->at, what->size, &which, why,
                       sizeof why)) {
        note(session, why, true);
        return;
    }
    bool themed = which == SETTING_THEME && find_theme(session, theme, sizeof theme);
    if (which == SETTING_THEME && !themed && theme_name(session)[0] != '\0') {
        session->settings = before;
        return;
    }
    if (session->tui != NULL && which == SETTING_THEME)
        tui_theme(session->tui, themed ? theme : NULL);
    else if (session->tui != NULL)
        tui_set(session->tui, &session->settings, which);
    if (which == SETTING_CARRY) {
        session->waiting = (struct request){
            .kind = REQUEST_CARRY,
            .bytes = settings_carry(&session->settings, session->config.carry_bytes)};
        session->is_waiting = true;
        give(session);
    }
    settings_line(&session->settings, which, why, sizeof why);
    note(session, why, false);
    keep_settings(session);
}

/* ---- lines ---- */
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

/* A desktop gets the link; else it stands by itself, to be taken. */
static void open_link(struct session *session, size_t n)
{
    const char *link = lately_link(session->lately, n);
    if (link == NULL)
        note(session, n == 1 ? _("there is no link here") : _("there are not so many links here"),
             true);
    else if (opener_here() && opener_start(link))
        note(session, _("the link is given to your desktop"), false);
    else
        note(session, link, false);
}

static void take_line(struct session *session, const char *line, size_t size)
{
    struct typed typed = command_read(line, size);
    switch (typed.kind) {
    case TYPED_NOTHING: break;
    case TYPED_REQUEST:
        if (typed.request.kind == REQUEST_REACT && session->tui != NULL &&
            !tui_choose(session->tui, &typed.request))
            break;
        session->waiting = typed.request;
        session->is_waiting = true;
        keep_text(session);
        give(session);
        break;
    case TYPED_HELP: help(session, &typed); break;
    case TYPED_KEYS: list_keys(session); break;
    case TYPED_HEEDING: heed(session, &typed.heeding); break;
    case TYPED_OPEN:
    case TYPED_COPY:
        if (session->lines != NULL && typed.kind == TYPED_OPEN)
            open_link(session, typed.request.count);
        else if (session->tui == NULL)
            note(session, _("that is of the full screen: what is in lines can be taken as it is"),
                 true);
        else if (typed.kind == TYPED_OPEN)
            tui_link(session->tui, typed.request.count);
        else
            tui_copy(session->tui, typed.request.count);
        break;
    case TYPED_SET:
        if (typed.request.text.size > 0)
            set(session, &typed.request.text);
        else
            list_settings(session);
        break;
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
        note(session, _("a line was too long to be said; nothing of it was sent"), true);
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
    /* It goes before it is kept, and painted; the node's thread often wakes on this processor, and
     * would wait for that. */
    if (door_flush(session->config.door))
        sched_yield();
    typed_keep(session->config.profile, tui_recall(session->tui));
    if (tui_dragged(session->tui, &session->settings))
        keep_settings(session);
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

static void paint(struct session *session)
{
    uint64_t now = now_ms(), paint_ms = tui_paint(session->tui, now);
    uint64_t keep_ms =
        last_seen_keep(session->config.profile, tui_seen(session->tui), &session->kept_ms, now);
    session->paint_at_ms = paint_ms < keep_ms ? paint_ms : keep_ms;
}

static void turn(struct session *session)
{
    bool reading = go_on(session);
    uint64_t deadline = session->lines != NULL ? lines_tick(session->lines, now_ms()) : UINT64_MAX;
    hand_over(session);
    struct pollfd items[3] = {
        {session->config.signal_fd, POLLIN, 0},
        {session->door_fd, POLLIN, 0},
        {reading ? STDIN_FILENO : -1, POLLIN, 0},
    };
    if (session->paint_at_ms < deadline)
        deadline = session->paint_at_ms;
    if (session->give_up_ms != 0 && session->give_up_ms < deadline)
        deadline = session->give_up_ms;
    uint64_t now = now_ms();
    long wait = deadline == UINT64_MAX ? -1 : deadline <= now ? 0 : (long)(deadline - now);
    if (door_is_ready(session->config.door))
        wait = 0;
    int ready = poll(items, 3, wait > INT_MAX ? INT_MAX : (int)wait);
    if (ready > 0 && items[0].revents != 0)
        read_signals(session);
    if (ready > 0 && items[2].revents != 0)
        read_input(session);
    if (wait == 0 || (ready > 0 && items[1].revents != 0))
        read_door(session); /* else a key would wait for three system calls more */
    ask_wants(session);
    if (session->tui != NULL)
        paint(session);
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

static void settle_screen(struct session *session)
{
    char theme[THEME_BYTES];
    if (find_theme(session, theme, sizeof theme))
        tui_theme(session->tui, theme);
    for (int i = 0; i < SETTINGS; i++)
        tui_set(session->tui, &session->settings, (enum setting)i);
    typed_load(session->config.profile, tui_recall(session->tui));
    last_seen_load(session->config.profile, tui_seen(session->tui));
}

/* Some terminals say what their ground is: "letters;ground", of which 7 and 15 are light. */
static bool light_ground(void)
{
    const char *said = getenv("COLORFGBG");
    const char *ground = said != NULL ? strrchr(said, ';') : NULL;
    return ground != NULL && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0);
}

static enum lines_pictures pictures(void)
{
    if (!terminal_utf8())
        return PICTURES_CANNOT;
    return light_ground() ? PICTURES_DARK : PICTURES_LIGHT;
}

static void open_face(struct session *session)
{
    static char written[OUT_ROOM];
    const char *why = NULL;
    if (session->config.face == SESSION_TUI) {
        const struct tui_config config = {.keys = &session->keys,
                                          .directory = session->config.profile->path,
                                          .heed = &session->noticing.heed,
                                          .ring = session->noticing.ring,
                                          .fresh = session->config.profile->fresh,
                                          .title = session->config.profile->config.title};
        session->tui = tui_open(&config, &why);
        if (session->tui != NULL) {
            settle_screen(session);
            return;
        }
        fprintf(stderr, _("fika: %s; it goes on in lines\n"), why);
        session->config.face = SESSION_LINES;
    }
    setvbuf(stdout, written, _IOFBF, sizeof written); /* hand_over() flushes */
    if (session->config.face == SESSION_LINES) {
        const char *no_colour = getenv("NO_COLOR");
        bool colour = isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
        session->lines = lines_new(stdout, stderr, colour);
        if (isatty(STDOUT_FILENO))
            lines_pictures(session->lines, pictures());
        session->lately = lately_new();
        lines_names(session->lines, session->noticing.names);
        session->rings = session->noticing.rings && isatty(STDOUT_FILENO);
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
    session->paint_at_ms = UINT64_MAX;
    kept_load(config->profile, &session->settings);
    noticing_open(&session->noticing, config->profile, why);
    open_face(session);
    bind_keys(session);
    if (why[0] != '\0' && session->config.face != SESSION_JSON) /* whose first word is "ready" */
        note_lines(session, why, true);
    return session;
}

int64_t session_run(struct session *session)
{
    while (!session->stopped)
        turn(session);
    int64_t unreceived = session->unreceived;
    if (session->tui != NULL) {
        last_seen_keep(session->config.profile, tui_seen(session->tui), &session->kept_ms,
                       UINT64_MAX);
        tui_close(session->tui);
    }
    if (session->lines != NULL)
        lines_free(session->lines);
    lately_free(session->lately);
    fflush(stdout);
    free(session);
    return unreceived;
}
