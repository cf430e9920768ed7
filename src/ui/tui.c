/* TUI: the full-screen face.
 *
 *   +----------------------------------------+
 *   | 12:34 <anna> hi                        |  view.c: lines of the current channel
 *   | 12:34 -- bo is here                    |
 *   | nick  #fika  #other 3  2 links  ADDRESS|  view.c: status
 *   | [#fika] what is being typ_             |  writing.c
 *   +----------------------------------------+
 *
 * view.c and writing.c paint cells; draw.c gives curses those that changed. Keys go through one
 * table, keys.c: a question (carry.c) or a list (foundlist.c) that lies over the lines comes first, the
 * input takes what is its own, the rest moves the view.
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
#include "ui/template.h"
#include "ui/tui_private.h"
#include "ui/words.h"

static uint64_t wall_now(void)
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
    tui->draw = draw_new(&colours);
    tui->anew = true;
    return tui;
}

void tui_close(struct tui *tui)
{
    if (tui == NULL)
        return;
    editor_stop(&tui->editor);
    carry_release(&tui->carry);
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
    if (channel[0] == '\0')
        channel = view_channel(tui->view);
    struct notice_fact fact = notice_fact_of(show, channel);
    fact.seen = view_reads(tui->view, channel);
    fact.minute = words_minute(wall_now());
    fact.mention = !fact.own && !fact.history &&
                   (show->channel.text[0] == '@' || view_names(tui->view, show->text));
    if (notice_deserved(tui->config.heed, &fact))
        notices_add(&tui->notices, channel, show);
}

static void say_cut(struct tui *tui, const char *template)
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
    size_t size = show->text.size < LIMIT_TEXT ? show->text.size : LIMIT_TEXT, before;
    struct edit *edit = writing_edit(tui->writing);
    struct writer w = writer_of(text, sizeof text);
    write_copy(&w, command, strlen(command));
    write_copy(&w, show->text.at, size);
    edit_text(edit, &before);
    if (!edit_replace(edit, 0, before, text, w.size))
        say_cut(tui, _("a message has room for {n} bytes: your line is cut off there"));
    tui->typed = true;
}

/* The page's rows are those above the input, the status and the page's foot. */
#define ROWS_BELOW 3

/* An invite for a phone; the words to it, and what can be copied, stand among the lines. */
static void show_picture(struct tui *tui, const struct show *show)
{
    char invite[WORDS_MAX], text[QR_ROOM + 2 * WORDS_MAX];
    int room = draw_height(tui->draw) - ROWS_BELOW;
    bool ground = draw_has_ground(tui->draw, COLOUR_QR);
    snprintf(invite, sizeof invite, "%.*s", (int)show->text.size, (const char *)show->text.at);
    int rows = terminal_utf8() ? qr_write(invite, ground ? QR_DARK : QR_LIGHT, room, text) : 0;
    if (rows == 0 || qr_columns(text) > draw_width(tui->draw)) {
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
    view_show(tui->view, show, wall_now());
    writing_show(tui->writing, show);
    if (show->kind == SHOW_MESSAGE)
        consider(tui, show);
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
    view_note(tui->view, text, error, wall_now());
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

void tui_clear(struct tui *tui)
{
    view_clear(tui->view);
}

void tui_theme(struct tui *tui, char *theme)
{
    struct theme colours;
    theme_default(&colours);
    if (theme != NULL) {
        theme_mono(&colours);
        theme_read(&colours, theme);
    }
    draw_theme(tui->draw, &colours);
    tui->anew = true;
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
    return tui->editor.process != 0;
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

/* ---- the editor ---- */

static void editor_open(struct tui *tui)
{
    size_t size;
    const char *why, *text = edit_text(writing_edit(tui->writing), &size);
    terminal_give(tui->terminal);
    if (editor_start(&tui->editor, tui->config.directory, text, size, &why))
        return;
    terminal_retake(tui->terminal);
    tui_resize(tui);
    tui_note(tui, why, true);
}

/* What the editor left takes the place of the text, as a change that can be undone. */
void tui_child(struct tui *tui)
{
    size_t size, before;
    char *text;
    const char *why;
    struct edit *edit = writing_edit(tui->writing);
    if (!editor_ended(&tui->editor, &text, &size, &why))
        return;
    terminal_retake(tui->terminal);
    tui_resize(tui);
    edit_text(edit, &before);
    if (text == NULL)
        tui_note(tui, why, true);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    if (text != NULL && !edit_replace(edit, 0, before, text, size))
        say_cut(tui, _("a message has room for {n} bytes: what you wrote is cut off there"));
    free(text);
}

/* ---- what is taken elsewhere ---- */

void tui_open_link(struct tui *tui, const char *link, size_t size)
{
    carry_link(&tui->carry, tui->view, link, size, wall_now());
    tui->typed = tui->anew = true;
}

void tui_link(struct tui *tui, size_t n)
{
    size_t size;
    const char *link = view_link(tui->view, n, &size);
    if (link != NULL)
        tui_open_link(tui, link, size);
    else
        tui_note(tui, n == 1 ? _("there is no link here") : _("there are not so many links here"),
                 true);
}

void tui_copy(struct tui *tui, size_t n)
{
    size_t size;
    const char *text = view_text(tui->view, n, &size);
    if (text != NULL)
        carry_text(tui->view, tui->terminal, text, size, wall_now());
    else
        tui_note(tui, _("there are not so many lines here"), true);
}

bool tui_choose(struct tui *tui, struct request *request)
{
    struct place place;
    if (!view_choose(tui->view, request->count, &place)) {
        tui_note(tui, _("there is no such line here that a picture could be put behind"), true);
        return false;
    }
    request->author = place.author;
    request->seq = place.seq;
    request->lamport = place.lamport;
    return true;
}

/* What is asked is answered by the next key. True when that was all it did. */
static bool answer(struct tui *tui, int action)
{
    if (!carry_asks(&tui->carry))
        return false;
    carry_answer(&tui->carry, tui->view, tui->terminal, action == ACTION_SEND, wall_now());
    return action == ACTION_SEND || action == ACTION_CLOSE;
}

/* ---- keys ---- */

static void take_paste(struct tui *tui, uint32_t key)
{
    if (key != KEYS_PASTE_END) {
        paste_key(&tui->paste, key);
        return;
    }
    if (!writing_paste(tui->writing, tui->paste.text, tui->paste.size))
        say_cut(tui, _("a message has room for {n} bytes: what was pasted is cut off there"));
    tui->paste.open = false;
    tui->paste.size = 0;
}

static void toggle(struct tui *tui, enum view_panel panel)
{
    const char *why = view_toggle(tui->view, panel);
    if (why != NULL)
        tui_note(tui, why, true);
}

/* Actions that are the view's, or the program's; all else is the input's. False when it is not one
 * of them. */
static bool act(struct tui *tui, int action)
{
    struct view *view = tui->view;
    switch (action) {
    case ACTION_EDITOR: editor_open(tui); break;
    case ACTION_NEXT_CHANNEL: view_step(view, 1); break;
    case ACTION_PREVIOUS_CHANNEL: view_step(view, -1); break;
    case ACTION_NEXT_NEW: view_next_new(view); break;
    case ACTION_PAGE_UP: view_scroll(view, 1); break;
    case ACTION_PAGE_DOWN: view_scroll(view, -1); break;
    case ACTION_LINE_UP: view_scroll_lines(view, 1); break;
    case ACTION_LINE_DOWN: view_scroll_lines(view, -1); break;
    case ACTION_TOP: view_top(view); break;
    case ACTION_BOTTOM: view_follow(view); break;
    case ACTION_FIRST_NEW:
        if (!view_first_new(view))
            tui_note(tui, _("nothing is marked as new here"), true);
        break;
    case ACTION_CHANNEL_LIST: toggle(tui, VIEW_CHANNELS); break;
    case ACTION_MEMBER_LIST: toggle(tui, VIEW_MEMBERS); break;
    case ACTION_PLAIN: view_plain(view); break;
    case ACTION_REPAINT: draw_again(tui->draw); break;
    case ACTION_LEAVE:
        tui->done = tui->done || writing_empty(tui->writing);
        writing_do(tui->writing, EDIT_DELETE, 0);
        break;
    default:
        if (action < ACTION_CHANNEL_1 || action > ACTION_CHANNEL_9)
            return false;
        view_go(view, (size_t)(action - ACTION_CHANNEL_1 + 1));
        break;
    }
    return true;
}

/* The action of a key, behind the one before it where that began one of two; false while the second
 * is waited for, and for what is no key. */
static bool action_of(struct tui *tui, uint32_t key, int *action)
{
    if (key == KEYS_UNKNOWN)
        return false;
    *action = keys_action(tui->config.keys, tui->prefix, key);
    bool second = tui->prefix != 0;
    tui->prefix = 0;
    if (second)
        return *action != ACTION_NONE;
    if (*action == ACTION_NONE && keys_begins(tui->config.keys, key))
        tui->prefix = key;
    return tui->prefix == 0;
}

/* To the place of what was chosen among what was found. */
static void go_to_found(struct tui *tui)
{
    char text[WORDS_MAX];
    struct writer w = writer_of(text, sizeof text - 1);
    const struct found *found = foundlist_chosen(tui->found);
    if (found->adrift) {
        tui_note(tui, _("its clock is none, so it has no place in its channel"), true);
    } else if (!view_jump(tui->view, &found->channel, &found->place)) {
        TEMPLATE(&w, _("you are not in {a}; \\join {a} takes you there"),
                 {"a", found->channel.text, 0});
        text[w.size] = '\0';
        tui_note(tui, text, true);
    }
}

bool tui_browse(struct tui *tui, int action)
{
    if (!foundlist_is_open(tui->found))
        return false;
    enum foundlist_wish wish = foundlist_do(tui->found, action);
    if (wish == FOUNDLIST_GO)
        go_to_found(tui);
    return wish != FOUNDLIST_CLOSE && action != ACTION_REPAINT;
}

/* True when the action was for the page. */
static bool turn_page(struct tui *tui, int action)
{
    bool taken = page_do(tui->page, action, writing_empty(tui->writing));
    view_cover(tui->view, page_is_open(tui->page));
    return taken;
}

/* A key right behind Escape comes as one with Alt. What begins a command must not be lost so: the rest
 * would be said. */
static bool is_escaped(const struct tui *tui, uint32_t key)
{
    bool begins = key == ('\\' | KEYS_ALT) || key == ('/' | KEYS_ALT);
    return begins && tui->prefix == 0 && keys_action(tui->config.keys, 0, key) == ACTION_NONE &&
           !keys_begins(tui->config.keys, key);
}

/* True when a line is to be sent. */
static bool take_key(struct tui *tui, uint32_t key)
{
    if (is_escaped(tui, key)) {
        take_key(tui, KEYS_ESCAPE);
        key &= ~KEYS_ALT;
    }
    int action;
    if (!action_of(tui, key, &action) || answer(tui, action) || turn_page(tui, action) ||
        tui_browse(tui, action) || act(tui, action))
        return false;
    enum wish wish = writing_do(tui->writing, action, key);
    size_t size;
    if (wish == WISH_FIND)
        view_find(tui->view, writing_taken(tui->writing, &size));
    if (action == ACTION_SEND && wish != WISH_FIND)
        view_follow(tui->view);
    return wish == WISH_SEND;
}

/* What the terminal tells that is no key of the reader's. */
static bool take_report(struct tui *tui, uint32_t key)
{
    struct mouse mouse = terminal_mouse(tui->terminal);
    bool report = key == KEYS_MOUSE || key == KEYS_FOCUS || key == KEYS_BLUR;
    if (key == KEYS_MOUSE)
        tui_point(tui, &mouse);
    else /* who presses a key looks at it, whatever was told */
        view_focus(tui->view, key != KEYS_BLUR);
    if (!report)
        view_look_up(tui->view);
    return report;
}

bool tui_key(struct tui *tui, const char **line, size_t *size)
{
    uint32_t key;
    bool came = false;
    while (!tui_away(tui) && !view_wishes(tui->view) && terminal_key(tui->terminal, &key)) {
        tui->typed = came = true;
        if (take_report(tui, key)) {
            continue;
        } else if (tui->paste.open) {
            take_paste(tui, key);
        } else if (key == KEYS_PASTE) {
            tui->paste.open = true;
        } else if (key != KEYS_PASTE_END && take_key(tui, key)) {
            *line = writing_taken(tui->writing, size);
            return true;
        }
    }
    tui->done = tui->done || (!came && terminal_gone());
    return false;
}
