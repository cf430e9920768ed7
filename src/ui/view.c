/* View: what the user sees, as data.
 *
 * Each joined channel has a window (window.c); "" names the one for words that come while no
 * channel is current, whose lines move to the first channel that becomes it.
 *
 * 1. No window holds more than VIEW_LINES_MAX lines, all together no more than VIEW_BYTES_MAX.
 * 2. A window other than the current one gets its channel's messages, gaps, joins and leaves, and
 *    nothing else; only messages count as unread, and out of the store those that the reader had not
 *    seen when the program ended.
 * 3. The current window is the one that the node says: what the reader wishes is asked of it (go.c).
 *
 * It does not know keys or curses, and it wraps anew at each painting (panels.c): only lines that are
 * on the screen cost anything. */
#include "ui/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/markup.h"
#include "ui/view_private.h"
#include "ui/words.h"

#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

struct window *view_window(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++)
        if (strcmp(view->windows[i]->name, name) == 0)
            return view->windows[i];
    return NULL;
}

bool view_sees(const struct view *view, const struct window *window)
{
    return window == view->current && window->follows && !view->away && !view->covered;
}

struct window *view_window_make(struct view *view, const char *name)
{
    struct window *window = view_window(view, name);
    if (window != NULL || view->count == WINDOWS_MAX)
        return window;
    struct place seen;
    window = window_new(name, view->names);
    window->sketches = view->sketches;
    if (seen_find(&view->seen, view->network, name, &seen))
        window_resume(window, &seen);
    roster_own(&window->roster, &view->id, &view->nick, 0);
    view->windows[view->count++] = window;
    return window;
}

static size_t all_bytes(const struct view *view)
{
    size_t bytes = 0;
    for (size_t i = 0; i < view->count; i++)
        bytes += view->windows[i]->bytes;
    return bytes;
}

static void keep_bound(struct view *view)
{
    while (all_bytes(view) > VIEW_BYTES_MAX) {
        struct window *fullest = view->windows[0];
        for (size_t i = 1; i < view->count; i++)
            if (view->windows[i]->bytes > fullest->bytes)
                fullest = view->windows[i];
        window_let_go(fullest);
    }
}

void view_add(struct view *view, struct window *window, struct view_line *line, bool stored)
{
    window_add(window, line, stored);
    keep_bound(view);
    view->changed = true;
}

void view_heed(struct view *view, const struct heed *heed)
{
    view->heed = heed;
    heed_names(heed, view->nick.text, view->names);
    view->changed = true;
}

struct view *view_new(void)
{
    static const struct heed nothing;
    struct view *view = calloc(1, sizeof *view);
    CHECK(view != NULL);
    view->heed = &nothing;
    view->sketches = sketches_new();
    for (int i = 0; i < VIEW_PANELS; i++)
        view_set_columns(view, (enum view_panel)i, VIEW_PANEL_USUAL);
    view->width = 80;
    view->rows = 22;
    view->current = view_window_make(view, "");
    view->changed = true;
    return view;
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    for (size_t i = 0; i < view->count; i++)
        window_free(view->windows[i]);
    sketches_free(view->sketches);
    free(view->canvas);
    free(view);
}

struct seen *view_seen(struct view *view)
{
    return &view->seen;
}

void view_welcome(struct view *view)
{
    view->welcomes = true;
}

void view_note(struct view *view, const char *text, bool error, uint64_t wall_ms)
{
    enum view_line_kind kind = error ? LINE_ERROR : LINE_NOTICE;
    if (error && (!view->current->follows || view->covered))
        text_tame(view->alert, sizeof view->alert, text, strlen(text), TAME_LINE);
    view->current->fold.open = false;
    view_add(view, view->current, view_line_sentence(kind, text, wall_ms), false);
}

/* What names the reader, and what has a time that cannot be yet. */
static void look_at(const struct view *view, struct view_line *line, uint64_t wall_ms)
{
    const char *text = line->bytes + line->nick_size;
    line->mention =
        !line->own && !view_line_hides(line) && markup_mentions(text, line->text_size, view->names);
    if (wall_ms > 0 && line->wall_ms > wall_ms + DAY_MS)
        line->day = 0;
}

/* What the reader may not have seen; who says something has. */
static void look_for_mark(const struct view *view, struct window *window, struct view_line *line,
                          enum via via)
{
    bool sees = view_sees(view, window);
    if (view_line_hides(line))
        return; /* what he says is no news */
    if (via == VIA_STORED)
        window_stored(window, line, sees);
    else if (line->own && via == VIA_LINK && window == view->current)
        window_answered(window);
    else if (!line->own && !sees)
        window_unseen(window, line);
    else if (!line->own && via == VIA_HISTORY)
        window_caught_up(window, line);
}

static void show_message(struct view *view, const struct show *show, uint64_t wall_ms)
{
    bool stored = show->via == VIA_STORED, classic = show->via == VIA_CLASSIC;
    view->welcomes = false;
    struct window *window = view->current;
    if (show->channel.text[0] != '\0')
        window = view_window_make(view, show->channel.text);
    if (window == NULL)
        return;
    if (!classic)
        view_meet(window, show, !stored, wall_ms);
    if (show->marks != 0)
        roster_mark(&window->roster, show_whose(show), show->marks);
    window->fold.open = window->fold.open && stored;
    if (show->folded && !view->unfolded) {
        window_flood(window, &show->id, &show->nick, wall_ms);
        keep_bound(view);
        return;
    }
    if (show->via == VIA_LINK && window->flood_count > 0)
        window_calm(window, &show->id);
    if (show->via == VIA_HISTORY)
        window_catches_up(window, wall_ms);
    struct view_line *line = view_line_said(show);
    look_at(view, line, wall_ms);
    line->mention = line->mention || markup_mentions_reader(show, view->names);
    look_for_mark(view, window, line, show->via);
    view_add(view, window, line, stored);
}

static void show_gap(struct view *view, const struct show *show)
{
    struct window *window = view_window_make(view, show->channel.text);
    if (window == NULL)
        return;
    struct view_line *line = show->n > 0 ? view_line_gap(show) : NULL;
    window_gap(window, &show->id, show->seq, show->n2, line);
    keep_bound(view);
}

static void show_coming(struct view *view, const struct show *show)
{
    struct window *window = view_window_make(view, show->channel.text);
    if (window != NULL)
        window->coming = show->n;
}

/* What changes lines that are there already. */
static void show_change(struct view *view, const struct show *show)
{
    struct window *window = view_window(view, show->channel.text);
    if (window == NULL)
        return;
    if (show->kind == SHOW_HELD)
        window_held(window, &show->id, show->seq, show->n2, show->n);
    else if (show->kind == SHOW_READ)
        window_read(window, &show->id, show->n2);
    else if (show->kind == SHOW_FORGOTTEN)
        window_forgotten(window, &show->id, show->seq);
    else if (show->kind == SHOW_REACTION)
        window_reacted(window, &show->id, show->seq, show->lamport, show->b);
    else if (show->kind == SHOW_EDITED)
        window_edited(window, &show->id, show->seq, show->text);
    else
        window_paged(window, show->up);
}

/* What both read aloud, and the code; as sentences among the lines. */
static void show_words(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    words_verify(show, false, sentence, sizeof sentence);
    view_note(view, sentence, false, wall_ms);
    snprintf(sentence, sizeof sentence, "%.*s", (int)show->a.size, (const char *)show->a.at);
    view_note(view, sentence, false, wall_ms);
    words_verify(show, true, sentence, sizeof sentence);
    view_note(view, sentence, false, wall_ms);
    snprintf(sentence, sizeof sentence, "%.*s", (int)show->b.size, (const char *)show->b.at);
    view_note(view, sentence, false, wall_ms);
}

void view_show(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    view->changed = true;
    switch (show->kind) {
    case SHOW_MESSAGE: show_message(view, show, wall_ms); break;
    case SHOW_CURRENT: view_show_current(view, show); break;
    case SHOW_STATUS: view_show_status(view, show); break;
    case SHOW_TOLD:
        if (show->told == TOLD_WRITING && view_arrived(view, show))
            break; /* the reader sees where he is */
        if (show->told == TOLD_WELCOME && view->welcomes)
            break; /* that stands above */
        if (show->told >= TOLD_ERRORS_FROM)
            view->asked = (struct channel_name){{0}}; /* he may not come there */
        words_told(show, sentence, sizeof sentence);
        view_note(view, sentence, show->told >= TOLD_ERRORS_FROM, wall_ms);
        break;
    case SHOW_MEMBER: view_show_member(view, show, wall_ms); break;
    case SHOW_WORDS: show_words(view, show, wall_ms); break;
    case SHOW_PERSON:
        for (size_t i = 0; i < view->count; i++)
            window_judged(view->windows[i], &show->id, show->marks);
        break;
    case SHOW_DEVICE: view_show_device(view, show, wall_ms); break;
    case SHOW_NAMESAKE: view_show_namesake(view, show, wall_ms); break;
    case SHOW_LINK: view_show_link(view, show, wall_ms); break;
    case SHOW_READY:
        view_show_status(view, show);
        if (view->welcomes)
            break;
        /* fall through */
    case SHOW_FOUND:
    case SHOW_FOUND_END:
    case SHOW_HELD_ROW:
    case SHOW_WHO_ROW:
    case SHOW_CHANNEL_ROW:
    case SHOW_PERSON_ROW:
    case SHOW_DEVICE_ROW:
    case SHOW_LINK_ROW:
        words_row(show, sentence, sizeof sentence);
        view_note(view, sentence, false, wall_ms);
        break;
    case SHOW_INVITE:
        words_row(show, sentence, sizeof sentence);
        view_note(view, sentence, false, wall_ms);
        words_invite(show, sentence, sizeof sentence);
        view_note(view, sentence, false, wall_ms);
        break;
    case SHOW_GAP: show_gap(view, show); break;
    case SHOW_COMING: show_coming(view, show); break;
    case SHOW_HELD:
    case SHOW_READ:
    case SHOW_FORGOTTEN:
    case SHOW_EDITED:
    case SHOW_REACTION:
    case SHOW_PAGE: show_change(view, show); break;
    case SHOW_INVITATION:
    case SHOW_ADMITTED:
    case SHOW_REMOVED:
    case SHOW_ROLE_ROW:
    case SHOW_CLOSED:
    case SHOW_LEFT_OUT: view_show_private(view, show, wall_ms); break;
    case SHOW_EDITING: /* it comes into the input */
    case SHOW_FINDING: /* these are a page */
    case SHOW_FINDINGS_END:
    case SHOW_STOPPED: break;
    }
}

void view_clear(struct view *view)
{
    window_clear(view->current);
    view->welcomes = false;
    view->changed = true;
}

const char *view_channel(const struct view *view)
{
    return view->current->name;
}

size_t view_count(const struct view *view, const char *channel)
{
    const struct window *window = view_window(view, channel);
    return window == NULL ? 0 : window->count;
}

size_t view_unread(const struct view *view, const char *channel)
{
    const struct window *window = view_window(view, channel);
    return window == NULL ? 0 : window->unread;
}

size_t view_mentions(const struct view *view, const char *channel)
{
    const struct window *window = view_window(view, channel);
    return window == NULL ? 0 : window->mentions;
}

size_t view_unread_all(const struct view *view, size_t *mentions)
{
    size_t unread = 0;
    *mentions = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct window *window = view->windows[i];
        if (heed_muted(view->heed, window->name))
            continue;
        unread += window->unread;
        *mentions += window->mentions;
    }
    return unread;
}

const char *view_alert(const struct view *view)
{
    return view->alert;
}

bool view_reads(const struct view *view, const char *channel)
{
    const struct window *window = view_window(view, channel);
    return window != NULL && view_sees(view, window);
}

bool view_names(const struct view *view, struct bytes text)
{
    return markup_mentions((const char *)text.at, text.size, view->names);
}

bool view_changed(const struct view *view)
{
    return view->changed;
}
