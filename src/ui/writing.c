/* Writing: modes of the input.
 *
 *     PLAIN --Ctrl-R--> SEARCH --Enter, Escape, any other key--> PLAIN, with the line found
 *           --Ctrl-G--> FIND   --Enter--> WISH_FIND
 *           --a paste of lines--> HELD --Enter--> WISH_SEND, --any other key--> PLAIN
 *           --Tab--> a list is open: Tab chooses, Escape closes, anything else goes on
 *
 * 1. What is pasted is never sent but by a key that is pressed after it was shown.
 * 2. A choice out of the list is one change of the text, however many were looked at: the one
 *    before is undone first.
 * 3. The text of a channel is its own: changing the channel puts it away and brings the other's.
 *    What is typed behind a command that changes the channel, before the node has answered, belongs
 *    to the new one. */
#include "ui/writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/command.h"
#include "ui/field.h"
#include "ui/popup.h"

#define PATTERN_MAX 128
#define PROMPT_MAX  (PATTERN_MAX + LIMIT_CHANNEL + 32)
#define DRAFTS_MAX  (LIMIT_CHANNELS + 1)
#define ROWS_LEAST  2 /* on any screen that has 4 or more */

enum mode { MODE_PLAIN, MODE_HELD, MODE_SEARCH, MODE_FIND };

struct draft {
    struct channel_name channel;
    char *text; /* owned; NULL: none */
    size_t cursor;
};

struct writing {
    struct edit *edit;
    struct edit *side; /* the line found, or the name that is looked for */
    struct field field;
    struct recall *recall;
    struct company company;
    enum mode mode;
    struct channel_name channel;
    bool moving; /* a command that changes the channel was given, and nothing came of it yet */
    struct draft drafts[DRAFTS_MAX];

    size_t shown; /* the number of the line that is shown; SIZE_MAX: the draft */
    char *before; /* the draft meanwhile */
    size_t found; /* in a search: the number of the line */
    bool lost;    /* and nothing has the pattern */
    char pattern[PATTERN_MAX + 1];

    struct completion list; /* open when its count is not 0 */
    int chosen;             /* -1: none */
    bool put;               /* the chosen one stands in the text */
    char sentence[128];     /* of a paste that waits */
    char taken[LIMIT_TEXT + 1];
    size_t taken_size;
};

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

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy != NULL);
    return copy;
}

static void list_close(struct writing *writing)
{
    writing->list.count = 0;
    writing->chosen = -1;
    writing->put = false;
}

static void draft_shown(struct writing *writing)
{
    writing->shown = SIZE_MAX;
    free(writing->before);
    writing->before = NULL;
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
    draft->text = size > 0 ? copy_of(text) : NULL;
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
    bool stays = writing->moving && size > 0;
    if (!stays)
        draft_put_away(writing);
    writing->channel = *channel;
    if (!stays)
        draft_bring(writing);
    writing->moving = false;
    writing->mode = MODE_PLAIN;
    list_close(writing);
    draft_shown(writing);
}

void writing_go(struct writing *writing, const struct channel_name *channel)
{
    change_channel(writing, channel);
}

void writing_show(struct writing *writing, const struct show *show)
{
    company_show(&writing->company, show);
    if (show->kind == SHOW_CURRENT)
        change_channel(writing, &show->channel);
}

/* ---- the list ---- */

static void list_find(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->edit, &size);
    complete_find(&writing->list, text, edit_cursor(writing->edit), &writing->company,
                  writing->channel.text);
    writing->chosen = -1;
    writing->put = false;
}

/* Puts the candidate in place of the word, as one change. */
static void list_put(struct writing *writing, int which)
{
    const struct completion *list = &writing->list;
    const struct candidate *candidate = &list->list[which];
    char text[COMPLETE_BYTES + 4];
    if (writing->put)
        edit_do(writing->edit, EDIT_UNDO);
    snprintf(text, sizeof text, "%s%s", candidate->text, candidate->behind);
    writing->chosen = which;
    writing->put = edit_replace(writing->edit, list->from, list->to, text, strlen(text));
    if (!writing->put)
        edit_do(writing->edit, EDIT_UNDO);
}

static void list_choose(struct writing *writing, int by)
{
    int count = (int)writing->list.count, which = writing->chosen + by;
    if (writing->chosen < 0)
        which = by > 0 ? 0 : count - 1;
    which = (which + count) % count;
    if (writing->mode == MODE_FIND)
        writing->chosen = which;
    else
        list_put(writing, which);
}

/* The first Tab. A nick is put in at once, as who talks fast expects it; of anything else, what all
 * candidates have in common. */
static void list_open(struct writing *writing)
{
    struct completion *list = &writing->list;
    list_find(writing);
    if (list->count == 1 || (list->count > 0 && list->kind == COMPLETE_NICK)) {
        list_put(writing, 0);
        if (list->count == 1)
            list_close(writing);
        return;
    }
    size_t common = complete_common(list);
    if (list->count > 0 && list->kind != COMPLETE_PICTURE && common > list->to - list->from) {
        edit_replace(writing->edit, list->from, list->to, list->list[0].text, common);
        list->to = edit_cursor(writing->edit);
    }
}

/* After a letter more or less: the same word's candidates, or none. */
static void list_narrow(struct writing *writing)
{
    size_t from = writing->list.from;
    list_find(writing);
    if (writing->list.from != from)
        list_close(writing);
}

static void list_cancel(struct writing *writing)
{
    if (writing->put)
        edit_do(writing->edit, EDIT_UNDO);
    list_close(writing);
}

/* ---- lines typed before ---- */

static void older(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->edit, &size);
    const char *line = recall_older(writing->recall, writing->channel.text, &writing->shown);
    if (line == NULL)
        return;
    if (writing->before == NULL)
        writing->before = copy_of(text);
    edit_replace(writing->edit, 0, size, line, strlen(line));
}

static void newer(struct writing *writing)
{
    size_t size;
    edit_text(writing->edit, &size);
    if (writing->shown == SIZE_MAX)
        return;
    const char *line = recall_newer(writing->recall, writing->channel.text, &writing->shown);
    const char *text = line != NULL ? line : writing->before != NULL ? writing->before : "";
    edit_replace(writing->edit, 0, size, text, strlen(text));
    if (line == NULL)
        draft_shown(writing);
}

static void search_show(struct writing *writing, const char *line)
{
    const char *at = line != NULL ? strstr(line, writing->pattern) : NULL;
    writing->lost = line == NULL;
    if (line != NULL)
        edit_begin(writing->side, line, strlen(line), (size_t)(at - line));
}

static void search_again(struct writing *writing, bool up)
{
    size_t number = writing->found;
    const char *line = up ? recall_search(writing->recall, writing->pattern, &number)
                          : recall_search_newer(writing->recall, writing->pattern, &number);
    if (line != NULL)
        writing->found = number;
    search_show(writing, line);
}

/* The pattern changed: the line that is shown may still have it. */
static void search_from(struct writing *writing, size_t number)
{
    const char *line = writing->pattern[0] != '\0'
                           ? recall_search(writing->recall, writing->pattern, &number)
                           : NULL;
    if (line != NULL)
        writing->found = number;
    search_show(writing, line);
    writing->lost = writing->lost && writing->pattern[0] != '\0';
    if (writing->pattern[0] == '\0')
        edit_begin(writing->side, "", 0, 0);
}

static void search_type(struct writing *writing, uint32_t code)
{
    size_t size = strlen(writing->pattern);
    if (text_is_unsafe(code) || size + 4 > PATTERN_MAX)
        return;
    size += utf8_encode(writing->pattern + size, code);
    writing->pattern[size] = '\0';
    search_from(writing, writing->found == SIZE_MAX ? SIZE_MAX : writing->found + 1);
}

static void search_shorten(struct writing *writing)
{
    size_t size = strlen(writing->pattern), at = 0, last = 0;
    while (at < size) {
        last = at;
        at += grapheme_size(writing->pattern + at, size - at);
    }
    writing->pattern[last] = '\0';
    writing->found = SIZE_MAX;
    search_from(writing, SIZE_MAX);
}

static void search_end(struct writing *writing)
{
    size_t size, whole;
    const char *line = edit_text(writing->side, &size);
    edit_text(writing->edit, &whole);
    if (size > 0) {
        edit_replace(writing->edit, 0, whole, line, size);
        edit_move(writing->edit, edit_cursor(writing->side));
    }
    writing->mode = MODE_PLAIN;
}

static void search_begin(struct writing *writing)
{
    writing->mode = MODE_SEARCH;
    writing->pattern[0] = '\0';
    writing->found = SIZE_MAX;
    writing->lost = false;
    edit_begin(writing->side, "", 0, 0);
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
    draft_shown(writing);
    list_close(writing);
    writing->mode = MODE_PLAIN;
    if (size == 0)
        return WISH_NONE;
    enum command_memory memory = command_memory(writing->taken, size);
    if (memory != MEMORY_NONE)
        recall_add(writing->recall, writing->channel.text, writing->taken,
                   memory == MEMORY_LASTING);
    struct typed typed = command_read(writing->taken, size);
    enum request_kind kind = typed.request.kind;
    writing->moving = typed.kind == TYPED_REQUEST &&
                      (kind == REQUEST_JOIN || kind == REQUEST_CHANNEL || kind == REQUEST_LEAVE);
    return WISH_SEND;
}

static bool types(int action, uint32_t key)
{
    return action == ACTION_NONE && key <= 0x10FFFF;
}

/* True when the search goes on; else the action is still to be done. */
static bool do_search(struct writing *writing, int action, uint32_t key)
{
    if (types(action, key)) {
        search_type(writing, key);
        return true;
    }
    switch (action) {
    case ACTION_SEARCH:
    case ACTION_OLDER: search_again(writing, true); return true;
    case ACTION_NEWER: search_again(writing, false); return true;
    case EDIT_BACKSPACE: search_shorten(writing); return true;
    case ACTION_FIND_CHANNEL: writing->mode = MODE_PLAIN; return true;
    case ACTION_CLOSE: search_end(writing); return true;
    default: search_end(writing); return false;
    }
}

static enum wish find_end(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->side, &size);
    if (writing->chosen >= 0)
        text = writing->list.list[writing->chosen].text;
    writing->taken_size = (size_t)snprintf(writing->taken, sizeof writing->taken, "%s", text);
    writing->mode = MODE_PLAIN;
    list_close(writing);
    return writing->taken_size > 0 ? WISH_FIND : WISH_NONE;
}

static enum wish do_find(struct writing *writing, int action, uint32_t key)
{
    if (action == ACTION_SEND)
        return find_end(writing);
    if (action == ACTION_CLOSE || action == ACTION_FIND_CHANNEL) {
        writing->mode = MODE_PLAIN;
        list_close(writing);
    } else if (action == ACTION_COMPLETE || action == ACTION_NEWER) {
        if (writing->list.count > 0)
            list_choose(writing, 1);
    } else if (action == ACTION_COMPLETE_BACK || action == ACTION_OLDER) {
        if (writing->list.count > 0)
            list_choose(writing, -1);
    } else if (types(action, key) || (action >= 0 && action < EDIT_ACTIONS)) {
        if (types(action, key))
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
    case ACTION_COMPLETE: list_choose(writing, 1); return true;
    case ACTION_COMPLETE_BACK: list_choose(writing, -1); return true;
    case ACTION_NEWER: list_choose(writing, 1); return true;
    case ACTION_OLDER: list_choose(writing, -1); return true;
    case ACTION_CLOSE: list_cancel(writing); return true;
    case ACTION_SEND:
        if (!writing->put)
            return false;
        list_close(writing);
        return true;
    default: return false;
    }
}

static enum wish do_plain(struct writing *writing, int action, uint32_t key)
{
    switch (action) {
    case ACTION_SEND: return send(writing);
    case ACTION_COMPLETE:
    case ACTION_COMPLETE_BACK: list_open(writing); break;
    case ACTION_OLDER:
        if (!field_move(&writing->field, writing->edit, -1))
            older(writing);
        break;
    case ACTION_NEWER:
        if (!field_move(&writing->field, writing->edit, 1))
            newer(writing);
        break;
    case ACTION_SEARCH: search_begin(writing); break;
    case ACTION_FIND_CHANNEL: find_begin(writing); break;
    default:
        if (types(action, key))
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
    if (writing->mode == MODE_SEARCH && do_search(writing, action, key))
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
    bool narrows = !writing->put && (types(action, key) || action == EDIT_BACKSPACE);
    if (!narrows)
        list_close(writing);
    enum wish wish = do_plain(writing, action, key);
    if (narrows)
        list_narrow(writing);
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
    list_close(writing);
    size_t before, after, lines = count_lines(text, size);
    edit_text(writing->edit, &before);
    bool whole = edit_paste(writing->edit, text, size);
    edit_text(writing->edit, &after);
    if (lines == 1)
        return whole;
    writing->mode = MODE_HELD;
    snprintf(writing->sentence, sizeof writing->sentence,
             _("%zu lines, %zu bytes: Enter sends as one message, Esc keeps it in the input"),
             lines, after - before);
    return whole;
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
    snprintf(prompt, PROMPT_MAX, channel[0] == '\0' ? "> " : "[%s] ", channel);
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
    if (writing->mode == MODE_HELD)
        popup_sentence(writing->sentence, cells, width, above);
    else if (writing->mode == MODE_FIND && writing->list.count == 0)
        popup_sentence(_("no channel of yours has that in its name"), cells, width, above);
    else if (writing->list.count > 0)
        popup_list(&writing->list, writing->chosen, list_column(writing, edit), cells, width,
                   above);
    else
        return false;
    return true;
}
