/* Writing: modes of the input.
 *
 *     PLAIN --Ctrl-R--> SEARCH --Enter, Escape, any other key--> PLAIN, with the line found
 *           --Ctrl-G--> FIND   --Enter--> WISH_FIND
 *           --a paste of lines--> HELD --Enter--> WISH_SEND, --any other key--> PLAIN
 *           --Tab--> a list is open: Tab chooses, Escape closes, anything else goes on
 *
 * 1. What is pasted is never sent but by a key that is pressed after it was shown.
 * 2. The text of a channel is its own: changing the channel puts it away and brings the other's.
 *    What is typed behind a command that changes the channel, before the node has answered, belongs
 *    to the new one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/command.h"
#include "ui/field.h"
#include "ui/popup.h"
#include "ui/template.h"
#include "ui/writing_private.h"

struct writing *writing_new(void)
{
    struct writing *writing = calloc(1, sizeof *writing);
    CHECK(writing != NULL);
    writing->edit = edit_new();
    writing->side = edit_new();
    writing->recall = recall_new();
    writing->shown = SIZE_MAX;
    return writing;
}

void writing_free(struct writing *writing)
{
    if (writing == NULL)
        return;
    edit_free(writing->edit);
    edit_free(writing->side);
    recall_free(writing->recall);
    for (size_t i = 0; i < DRAFTS_MAX; i++)
        free(writing->drafts[i].text);
    free(writing->before);
    free(writing);
}

struct recall *writing_recall(struct writing *writing)
{
    return writing->recall;
}

struct edit *writing_edit(struct writing *writing)
{
    return writing->edit;
}

const char *writing_taken(const struct writing *writing, size_t *size)
{
    *size = writing->taken_size;
    return writing->taken;
}

bool writing_empty(const struct writing *writing)
{
    size_t size;
    edit_text(writing->edit, &size);
    return size == 0 && (writing->mode == MODE_PLAIN || writing->mode == MODE_HELD);
}

/* ---- channels and their drafts ---- */

/* Where a channel's draft is, or may be put: at the bound the first one gives way. */
static struct draft *draft_of(struct writing *writing, const char *channel)
{
    struct draft *free_one = NULL;
    for (size_t i = 0; i < DRAFTS_MAX; i++) {
        struct draft *draft = &writing->drafts[i];
        if (draft->text != NULL && strcmp(draft->channel.text, channel) == 0)
            return draft;
        if (draft->text == NULL && free_one == NULL)
            free_one = draft;
    }
    return free_one != NULL ? free_one : &writing->drafts[0];
}

static void draft_put_away(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->edit, &size);
    struct draft *draft = draft_of(writing, writing->channel.text);
    free(draft->text);
    draft->text = size > 0 ? writing_copy_of(text) : NULL;
    draft->channel = writing->channel;
    draft->cursor = edit_cursor(writing->edit);
}

static void draft_bring(struct writing *writing)
{
    struct draft *draft = draft_of(writing, writing->channel.text);
    bool found = draft->text != NULL && strcmp(draft->channel.text, writing->channel.text) == 0;
    const char *text = found ? draft->text : "";
    edit_begin(writing->edit, text, strlen(text), found ? draft->cursor : 0);
    if (!found)
        return;
    free(draft->text);
    draft->text = NULL;
}

static void change_channel(struct writing *writing, const struct channel_name *channel)
{
    size_t size;
    if (strcmp(writing->channel.text, channel->text) == 0)
        return;
    edit_text(writing->edit, &size);
    bool stays = writing->moving > 0 && size > 0;
    if (!stays)
        draft_put_away(writing);
    writing->channel = *channel;
    if (!stays)
        draft_bring(writing);
    writing->mode = MODE_PLAIN;
    writing_list_close(writing);
    writing_draft_shown(writing);
}

/* The node answers such a command with the channel and what it tells of it, or, where nothing changes, with a sentence. What is typed
 * behind a command goes where it leads, and no further. */
static void count_answer(struct writing *writing, enum show_kind kind)
{
    bool refused = kind == SHOW_TOLD && !writing->answered;
    if ((kind == SHOW_CURRENT || refused) && writing->moving > 0)
        writing->moving--;
    writing->answered = writing->answered || kind == SHOW_CURRENT;
}

void writing_go(struct writing *writing, const struct channel_name *channel)
{
    writing->moving = 0; /* by a key: what is being typed belongs to where it is */
    change_channel(writing, channel);
}

void writing_show(struct writing *writing, const struct show *show)
{
    company_show(&writing->company, show);
    if (show->kind == SHOW_CURRENT)
        change_channel(writing, &show->channel);
    count_answer(writing, show->kind);
}

/* ---- actions ---- */

static void find_list(struct writing *writing)
{
    size_t size;
    complete_channels(&writing->list, edit_text(writing->side, &size), &writing->company);
    writing->chosen = writing->list.count > 0 ? 0 : -1;
}

static void find_begin(struct writing *writing)
{
    writing->mode = MODE_FIND;
    edit_begin(writing->side, "", 0, 0);
    find_list(writing);
}

static enum wish send(struct writing *writing)
{
    size_t size = writing->taken_size = edit_take(writing->edit, writing->taken);
    writing_draft_shown(writing);
    writing_list_close(writing);
    writing->mode = MODE_PLAIN;
    if (size == 0)
        return WISH_NONE;
    enum command_memory memory = command_memory(writing->taken, size);
    if (memory != MEMORY_NONE)
        recall_add(writing->recall, writing->channel.text, writing->taken,
                   memory == MEMORY_LASTING && writing->channel.text[0] != '@' &&
                       !company_is_private(&writing->company, writing->channel.text));
    struct typed typed = command_read(writing->taken, size);
    enum request_kind kind = typed.request.kind;
    if (typed.kind == TYPED_REQUEST &&
        (kind == REQUEST_JOIN || kind == REQUEST_CHANNEL || kind == REQUEST_LEAVE ||
         kind == REQUEST_DIRECT || kind == REQUEST_CREATE)) {
        writing->answered = writing->answered && writing->moving > 0;
        writing->moving++;
    }
    return WISH_SEND;
}

static enum wish find_end(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->side, &size);
    if (writing->chosen >= 0)
        text = writing->list.list[writing->chosen].text;
    writing->taken_size = (size_t)snprintf(writing->taken, sizeof writing->taken, "%s", text);
    writing->mode = MODE_PLAIN;
    writing_list_close(writing);
    return writing->taken_size > 0 ? WISH_FIND : WISH_NONE;
}

static enum wish do_find(struct writing *writing, int action, uint32_t key)
{
    if (action == ACTION_SEND)
        return find_end(writing);
    if (action == ACTION_CLOSE || action == ACTION_FIND_CHANNEL) {
        writing->mode = MODE_PLAIN;
        writing_list_close(writing);
    } else if (action == ACTION_COMPLETE || action == ACTION_NEWER) {
        if (writing->list.count > 0)
            writing_list_choose(writing, 1);
    } else if (action == ACTION_COMPLETE_BACK || action == ACTION_OLDER) {
        if (writing->list.count > 0)
            writing_list_choose(writing, -1);
    } else if (writing_types(action, key) || (action >= 0 && action < EDIT_ACTIONS)) {
        if (writing_types(action, key))
            edit_insert(writing->side, key);
        else
            edit_do(writing->side, (enum edit_action)action);
        find_list(writing);
    }
    return WISH_NONE;
}

/* True when the list took the action; else it is closed, or narrowed behind it. */
static bool do_list(struct writing *writing, int action)
{
    switch (action) {
    case ACTION_COMPLETE: writing_list_choose(writing, 1); return true;
    case ACTION_COMPLETE_BACK: writing_list_choose(writing, -1); return true;
    case ACTION_NEWER: writing_list_choose(writing, 1); return true;
    case ACTION_OLDER: writing_list_choose(writing, -1); return true;
    case ACTION_CLOSE: writing_list_cancel(writing); return true;
    case ACTION_SEND:
        if (!writing->put)
            return false;
        writing_list_close(writing);
        return true;
    default: return false;
    }
}

static enum wish do_plain(struct writing *writing, int action, uint32_t key)
{
    switch (action) {
    case ACTION_SEND: return send(writing);
    case ACTION_COMPLETE:
    case ACTION_COMPLETE_BACK: writing_list_open(writing); break;
    case ACTION_OLDER:
        if (!field_move(&writing->field, writing->edit, -1))
            writing_older(writing);
        break;
    case ACTION_NEWER:
        if (!field_move(&writing->field, writing->edit, 1))
            writing_newer(writing);
        break;
    case ACTION_SEARCH: writing_search_begin(writing); break;
    case ACTION_FIND_CHANNEL: find_begin(writing); break;
    default:
        if (writing_types(action, key))
            edit_insert(writing->edit, key);
        else if (action >= 0 && action < EDIT_ACTIONS)
            edit_do(writing->edit, (enum edit_action)action);
        break;
    }
    return WISH_NONE;
}

enum wish writing_do(struct writing *writing, int action, uint32_t key)
{
    if (writing->mode == MODE_FIND)
        return do_find(writing, action, key);
    if (writing->mode == MODE_SEARCH && writing_do_search(writing, action, key))
        return WISH_NONE;
    if (writing->mode == MODE_HELD) {
        writing->mode = MODE_PLAIN;
        if (action == ACTION_CLOSE)
            return WISH_NONE;
    }
    if (writing->list.count == 0)
        return do_plain(writing, action, key);
    if (do_list(writing, action))
        return WISH_NONE;
    bool narrows = !writing->put && (writing_types(action, key) || action == EDIT_BACKSPACE);
    if (!narrows)
        writing_list_close(writing);
    enum wish wish = do_plain(writing, action, key);
    if (narrows)
        writing_list_narrow(writing);
    return wish;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n' || (text[i] == '\r' && (i + 1 == size || text[i + 1] != '\n'));
    return lines;
}

bool writing_paste(struct writing *writing, const char *text, size_t size)
{
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    if (size == 0)
        return true;
    if (writing->mode == MODE_FIND || writing->mode == MODE_SEARCH)
        writing->mode = MODE_PLAIN;
    writing_list_close(writing);
    size_t before, after, lines = count_lines(text, size);
    edit_text(writing->edit, &before);
    bool whole = edit_paste(writing->edit, text, size);
    edit_text(writing->edit, &after);
    if (lines == 1)
        return whole;
    writing->mode = MODE_HELD;
    struct writer w = writer_of(writing->sentence, sizeof writing->sentence - 1);
    TEMPLATE(&w,
             _("{n} lines, {bytes} bytes: Enter sends as one message, Esc keeps it in the input"),
             {"n", NULL, lines}, {"bytes", NULL, after - before});
    writing->sentence[w.size] = '\0';
    template_number(writing->in_short, sizeof writing->in_short,
                    _("{n} lines: Enter sends, Esc keeps"), lines);
    return whole;
}

bool writing_replace(struct writing *writing, const char *text, size_t size)
{
    size_t before;
    edit_text(writing->edit, &before);
    writing->mode = MODE_PLAIN;
    writing_list_close(writing); /* it is of words that are gone */
    return edit_replace(writing->edit, 0, before, text, size);
}

void writing_name(struct writing *writing, const char *nick)
{
    char text[LIMIT_NICK + 4];
    int size = snprintf(text, sizeof text, "%.*s%s", LIMIT_NICK, nick,
                        writing_empty(writing) ? ": " : " ");
    writing_paste(writing, text, (size_t)size);
}

/* ---- painting ---- */

/* The edit that is shown, with its prompt. */
static const struct edit *shown_edit(const struct writing *writing, char prompt[PROMPT_MAX])
{
    const char *channel = writing->channel.text;
    switch (writing->mode) {
    case MODE_SEARCH:
        snprintf(prompt, PROMPT_MAX,
                 writing->lost ? _("nothing has \"%s\": ") : _("typed \"%s\": "), writing->pattern);
        return writing->side;
    case MODE_FIND: snprintf(prompt, PROMPT_MAX, "%s", _("go to: ")); return writing->side;
    default: break;
    }
    snprintf(prompt, PROMPT_MAX, channel[0] == '\0' ? "%s> " : "[%s%s] ",
             company_is_private(&writing->company, channel) ? LABEL_LOCK : "", channel);
    return writing->edit;
}

int writing_rows(struct writing *writing, int width, int height)
{
    char prompt[PROMPT_MAX];
    const struct edit *edit = shown_edit(writing, prompt);
    int most = height / 3 > ROWS_LEAST ? height / 3 : height > 3 ? ROWS_LEAST : 1;
    return field_rows(&writing->field, edit, prompt, width, most);
}

static int list_column(const struct writing *writing, const struct edit *edit)
{
    size_t at = writing->mode == MODE_FIND ? 0 : writing->list.from;
    return field_column(&writing->field, edit, at);
}

bool writing_paint(struct writing *writing, struct cell *cells, int width, int height, int rows,
                   int *cursor_row, int *cursor_column)
{
    char prompt[PROMPT_MAX];
    const struct edit *edit = shown_edit(writing, prompt);
    int top = height - rows, above = top - 1; /* rows of lines, without the status bar */
    struct spot cursor = field_paint(&writing->field, edit, prompt,
                                     cells + (size_t)top * (size_t)width, width, rows);
    *cursor_row = top + cursor.row;
    *cursor_column = cursor.column;
    if (above < 1)
        return false;
    const char *held[] = {writing->sentence, writing->in_short, _("Enter sends, Esc not"), NULL};
    if (writing->mode == MODE_HELD)
        popup_sentence(popup_fitting(held, width, above), cells, width, above);
    else if (writing->mode == MODE_FIND && writing->list.count == 0)
        popup_sentence(_("no channel of yours has that in its name"), cells, width, above);
    else if (writing->list.count > 0)
        popup_list(&writing->list, writing->chosen, list_column(writing, edit), cells, width,
                   above);
    else
        return false;
    return true;
}
