/* TUI: the full-screen face.
 *
 *   +----------------------------------------+
 *   | 12:34 <anna> hi                        |  view.c: lines of the current channel
 *   | 12:34 -- bo is here                    |
 *   | nick  #fika  #other 3  2 links  ADDRESS|  view.c: status
 *   | [#fika] what is being typ_             |  writing.c
 *   +----------------------------------------+
 *
 * view.c and writing.c paint cells; draw.c gives curses those that changed. press.c has what a key
 * does, pointer.c what the mouse does, aside.c what goes out of the terminal, frames.c when it is
 * painted.
 *
 * 1. A paste comes to the input whole, and sends nothing, however many lines it has.
 * 2. What is typed is painted at once, what comes from elsewhere at most once in FRAME_MS.
 * 3. While an editor has the terminal, nothing is read from it or written to it.
 * 4. The reader is told (notice.c) only of what he does not see now, and of nothing that he has seen
 *    by the time it would be told.
 *
 * What the terminal is, and how it is given back, is terminal.c's. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/qr.h"
#include "ui/standing.h"
#include "ui/template.h"
#include "ui/tui_private.h"
#include "ui/words.h"

uint64_t tui_wall_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct tui *tui_open(const struct tui_config *config, const char **why)
{
    struct terminal *terminal = terminal_open(why);
    if (terminal == NULL)
        return NULL;
    struct tui *tui = calloc(1, sizeof *tui);
    CHECK(tui != NULL);
    tui->config = *config;
    tui->terminal = terminal;
    tui->config.ring.ascii = !terminal_utf8();
    if (!terminal_ansi(terminal))
        tui->config.ring.ways &= RING_BELL;
    tui->view = view_new();
    view_heed(tui->view, config->heed);
    if (config->fresh)
        view_welcome(tui->view);
    tui->writing = writing_new();
    tui->found = foundlist_new();
    tui->page = page_new();
    struct theme colours;
    theme_default(&colours);
    tui->draw = draw_new(&colours, terminal_utf8() ? terminal_put : NULL);
    tui->anew = true;
    return tui;
}

void tui_close(struct tui *tui)
{
    if (tui == NULL)
        return;
    editor_stop(&tui->editor);
    carry_release(&tui->carry);
    curtain_answer(&tui->curtain, true);
    terminal_close(tui->terminal);
    view_free(tui->view);
    writing_free(tui->writing);
    foundlist_free(tui->found);
    page_free(tui->page);
    draw_free(tui->draw);
    free(tui);
}

/* A message came, and is in the view. */
static void consider(struct tui *tui, const struct show *show)
{
    const char *channel = show->channel.text;
    if (show->folded || standing_hides(show->marks))
        return;
    if (channel[0] == '\0')
        channel = view_channel(tui->view);
    struct notice_fact fact = notice_fact_of(show, channel);
    fact.seen = view_reads(tui->view, channel);
    fact.minute = words_minute(tui_wall_now());
    fact.mention = !fact.own && !fact.history &&
                   (show->channel.text[0] == '@' || view_names(tui->view, show->text));
    if (notice_deserved(tui->config.heed, &fact))
        notices_add(&tui->notices, channel, show);
}

/* It concerns the reader as if it named him. */
static void consider_invitation(struct tui *tui, const struct show *show)
{
    struct notice_fact fact = notice_fact_of(show, show->channel.text);
    fact.seen = view_reads(tui->view, view_channel(tui->view));
    fact.minute = words_minute(tui_wall_now());
    fact.mention = true;
    if (show->up && !standing_hides(show->marks) && notice_deserved(tui->config.heed, &fact))
        notices_add(&tui->notices, show->channel.text, show);
}

void tui_say_cut(struct tui *tui, const char *template)
{
    char text[WORDS_MAX];
    struct writer w = writer_of(text, sizeof text - 1);
    TEMPLATE(&w, template, {"n", NULL, LIMIT_TEXT});
    text[w.size] = '\0';
    tui_note(tui, text, true);
}

/* An own line comes into the input, as a command that changes it. */
static void edit_line(struct tui *tui, const struct show *show)
{
    static const char command[] = "\\edit ";
    char text[sizeof command + LIMIT_TEXT];
    size_t size = show->text.size < LIMIT_TEXT ? show->text.size : LIMIT_TEXT;
    struct writer w = writer_of(text, sizeof text);
    write_copy(&w, command, strlen(command));
    write_copy(&w, show->text.at, size);
    if (!writing_replace(tui->writing, text, w.size))
        tui_say_cut(tui, _("a message has room for {n} bytes: your line is cut off there"));
    tui->typed = true;
}

/* The page's rows are those above the input, the status and the page's foot. */
#define ROWS_BELOW 3
#define WORDS_ROWS 5 /* beside a code: the sentence and the words at least */

/* The picture of a code at the beginning of text; how many rows it has, 0: this terminal has no room for it. */
static int draw_code(struct tui *tui, struct bytes code, int room, char text[QR_ROOM])
{
    char line[WORDS_MAX];
    bool ground = draw_has_ground(tui->draw, COLOUR_QR);
    snprintf(line, sizeof line, "%.*s", (int)code.size, (const char *)code.at);
    int rows = terminal_utf8() ? qr_write(line, ground ? QR_DARK : QR_LIGHT, room, text) : 0;
    return rows > 0 && qr_columns(text) <= draw_width(tui->draw) ? rows : 0;
}

/* Words to be read aloud, as a page, with the code where there is room; what can be copied stands among the lines. */
static void show_words(struct tui *tui, const struct show *show)
{
    char text[QR_ROOM + 3 * WORDS_MAX];
    int rows = draw_code(tui, show->b, draw_height(tui->draw) - ROWS_BELOW - WORDS_ROWS, text);
    size_t size = rows > 0 ? strlen(text) : 0;
    words_verify(show, false, text + size, WORDS_MAX);
    size += strlen(text + size);
    size += (size_t)snprintf(text + size, WORDS_MAX, "\n\n    %.*s\n\n", (int)show->a.size,
                             (const char *)show->a.at);
    words_verify(show, true, text + size, WORDS_MAX);
    if (rows > 0)
        page_open_picture(tui->page, text, rows);
    else
        page_open(tui->page, text);
    view_cover(tui->view, true);
    tui->anew = true;
}

/* An invite for a phone; the words to it, and what can be copied, stand among the lines. */
static void show_picture(struct tui *tui, const struct show *show)
{
    char text[QR_ROOM + 2 * WORDS_MAX];
    int rows = draw_code(tui, show->text, draw_height(tui->draw) - ROWS_BELOW, text);
    if (rows == 0) {
        tui_note(tui,
                 terminal_utf8() ? _("for the invite as a QR code this window is too small")
                                 : words_no_picture(),
                 false);
        return;
    }
    size_t size = strlen(text);
    words_row(show, text + size, WORDS_MAX);
    size += strlen(text + size);
    text[size++] = '\n';
    words_invite(show, text + size, WORDS_MAX);
    page_open_picture(tui->page, text, rows);
    view_cover(tui->view, true);
    tui->anew = true;
}

void tui_show(struct tui *tui, const struct show *show)
{
    if (show->kind == SHOW_EDITING) {
        edit_line(tui, show);
        return;
    }
    if (foundlist_show(tui->found, show)) {
        tui->anew = tui->anew || foundlist_is_open(tui->found);
        return;
    }
    if (show->kind == SHOW_INVITE)
        show_picture(tui, show);
    if (show->kind == SHOW_WORDS)
        show_words(tui, show);
    view_show(tui->view, show, tui_wall_now());
    writing_show(tui->writing, show);
    if (show->kind == SHOW_PAGE)
        tui_reached(tui, show);
    if (show->kind == SHOW_MESSAGE)
        consider(tui, show);
    else if (show->kind == SHOW_INVITATION)
        consider_invitation(tui, show);
}

void tui_page(struct tui *tui, const char *text)
{
    page_open(tui->page, text);
    view_cover(tui->view, true);
    tui->anew = true;
}

void tui_heed(struct tui *tui)
{
    view_heed(tui->view, tui->config.heed);
}

void tui_note(struct tui *tui, const char *text, bool error)
{
    view_note(tui->view, text, error, tui_wall_now());
}

bool tui_read(struct tui *tui, struct request *request)
{
    return view_read(tui->view, request);
}

bool tui_wants(struct tui *tui, struct request *request)
{
    if (!view_wants(tui->view, request))
        return false;
    /* What is typed from now on is for there, whenever the node answers. */
    if (request->kind == REQUEST_CHANNEL)
        writing_go(tui->writing, &request->channel);
    return true;
}

void tui_lock(struct tui *tui)
{
    curtain_drop(&tui->curtain, tui->config.opens != NULL);
    view_focus(tui->view, false); /* nobody sees what comes now */
    tui->anew = true;
    tui->title[0] = '\0';
}

void tui_clear(struct tui *tui)
{
    view_clear(tui->view);
}

unsigned tui_theme(struct tui *tui, char *theme)
{
    struct theme colours;
    unsigned wrong = 0;
    theme_default(&colours);
    if (theme != NULL) {
        theme_mono(&colours);
        wrong = theme_read(&colours, theme);
    }
    draw_theme(tui->draw, &colours);
    tui->anew = true;
    return wrong;
}

static enum view_wanted wanted(const struct settings *settings, enum setting which)
{
    return settings_is(settings, which, "on")    ? WANTED_YES
           : settings_is(settings, which, "off") ? WANTED_NO
                                                 : WANTED_AUTO;
}

void tui_set(struct tui *tui, const struct settings *settings, enum setting which)
{
    switch (which) {
    case SETTING_MOUSE:
        terminal_take_mouse(tui->terminal, settings_is(settings, which, "on"));
        break;
    case SETTING_CHANNELS: view_want(tui->view, VIEW_CHANNELS, wanted(settings, which)); break;
    case SETTING_CHANNELS_WIDTH:
    case SETTING_MEMBERS_WIDTH:
        view_set_columns(tui->view, which == SETTING_CHANNELS_WIDTH ? VIEW_CHANNELS : VIEW_MEMBERS,
                         atoi(settings->values[which]));
        break;
    case SETTING_PASTE:
        tui->finds_pastes =
            settings_is(settings, which, "auto") && !terminal_marks_pastes(tui->terminal);
        break;
    case SETTING_MEMBERS: view_want(tui->view, VIEW_MEMBERS, wanted(settings, which)); break;
    default: break;
    }
}

bool tui_dragged(struct tui *tui, struct settings *settings)
{
    char text[SETTING_BYTES];
    enum setting which =
        tui->pointer.panel == VIEW_CHANNELS ? SETTING_CHANNELS_WIDTH : SETTING_MEMBERS_WIDTH;
    if (!tui->pointer.moved)
        return false;
    tui->pointer.moved = false;
    int size = snprintf(text, sizeof text, "%s %d", settings_name(which),
                        view_columns(tui->view, tui->pointer.panel));
    return settings_take(settings, text, (size_t)size, &which, NULL, 0);
}

bool tui_done(const struct tui *tui)
{
    return tui->done;
}

struct recall *tui_recall(struct tui *tui)
{
    return writing_recall(tui->writing);
}

struct seen *tui_seen(struct tui *tui)
{
    return view_seen(tui->view);
}

bool tui_away(const struct tui *tui)
{
    return tui->editor.runs;
}

void tui_resize(struct tui *tui)
{
    if (tui_away(tui))
        return;
    terminal_resize(tui->terminal);
    draw_resize(tui->draw);
    tui->typed = tui->anew = true;
    tui->title[0] = '\0';
}
