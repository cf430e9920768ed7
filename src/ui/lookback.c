/* Lookback: going back to lines typed before, one by one or by a part of them. The draft is kept meanwhile,
 * and comes back behind the newest. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/writing_private.h"

char *writing_copy_of(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy != NULL);
    return copy;
}

void writing_draft_shown(struct writing *writing)
{
    writing->shown = SIZE_MAX;
    free(writing->before);
    writing->before = NULL;
}

/* ---- lines typed before ---- */

void writing_older(struct writing *writing)
{
    size_t size;
    const char *text = edit_text(writing->edit, &size);
    const char *line = recall_older(writing->recall, writing->channel.text, &writing->shown);
    if (line == NULL)
        return;
    if (writing->before == NULL)
        writing->before = writing_copy_of(text);
    edit_replace(writing->edit, 0, size, line, strlen(line));
}

void writing_newer(struct writing *writing)
{
    size_t size;
    edit_text(writing->edit, &size);
    if (writing->shown == SIZE_MAX)
        return;
    const char *line = recall_newer(writing->recall, writing->channel.text, &writing->shown);
    const char *text = line != NULL ? line : writing->before != NULL ? writing->before : "";
    edit_replace(writing->edit, 0, size, text, strlen(text));
    if (line == NULL)
        writing_draft_shown(writing);
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

void writing_search_end(struct writing *writing)
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

void writing_search_begin(struct writing *writing)
{
    writing->mode = MODE_SEARCH;
    writing->pattern[0] = '\0';
    writing->found = SIZE_MAX;
    writing->lost = false;
    edit_begin(writing->side, "", 0, 0);
}

/* True when the search goes on; else the action is still to be done. */
bool writing_do_search(struct writing *writing, int action, uint32_t key)
{
    if (writing_types(action, key)) {
        search_type(writing, key);
        return true;
    }
    switch (action) {
    case ACTION_SEARCH:
    case ACTION_OLDER: search_again(writing, true); return true;
    case ACTION_NEWER: search_again(writing, false); return true;
    case EDIT_BACKSPACE: search_shorten(writing); return true;
    case ACTION_FIND_CHANNEL: writing->mode = MODE_PLAIN; return true;
    case ACTION_CLOSE: writing_search_end(writing); return true;
    default: writing_search_end(writing); return false;
    }
}
