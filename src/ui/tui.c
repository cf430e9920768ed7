/* TUI: the full-screen face.
 *
 *   +----------------------------------------+
 *   | 12:34 <anna> hi                        |  view.c: lines of the current channel
 *   | 12:34 -- bo is here                    |
 *   | nick  #fika  #other 3  2 links  ADDRESS|  view.c: status
 *   | [#fika] what is being typ_             |  edit.c
 *   +----------------------------------------+
 *
 * view.c and edit.c paint cells; draw.c gives curses those that changed. Keys go through one
 * table.
 *
 * 1. A paste goes into the line whole, and sends nothing, however many lines it has.
 * 2. What is typed is painted at once, what comes from elsewhere at most once in FRAME_MS.
 *
 * What the terminal is, and how it is given back, is terminal.c's. */
#include "ui/tui.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/edit.h"
#include "ui/terminal.h"
#include "ui/view.h"

#define FRAME_MS        17
#define PASTE_MAX       (LIMIT_TEXT + 8)
#define CONTROL(letter) ((letter)&0x1F)

struct tui {
    struct terminal *terminal;
    struct view *view;
    struct edit *edit;
    struct draw *draw;
    uint64_t painted_ms;
    bool typed; /* the input line changed since it was painted */
    bool anew;  /* nothing of the view is in the picture */
    bool done;
    bool pasting;
    size_t paste_size;
    size_t completion; /* which one is shown, 0 none */
    size_t stem_size;
    char stem[64]; /* what was typed before Tab */
    char paste[PASTE_MAX];
    char line[LIMIT_TEXT + 1];
};

/* What keys do beyond edit.h's actions. */
enum {
    KEYS_ENTER = EDIT_CLEAR + 1,
    KEYS_END_OF_INPUT,
    KEYS_COMPLETE,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_REPAINT,
    KEYS_PASTE,
    KEYS_PASTE_END,
};

static const struct binding {
    wint_t key;
    bool named; /* no character, but a key that curses or terminal.h names */
    int action;
} bindings[] = {
    {'\r', false, KEYS_ENTER},
    {'\n', false, KEYS_ENTER},
    {KEY_ENTER, true, KEYS_ENTER},
    {'\t', false, KEYS_COMPLETE},
    {CONTROL('D'), false, KEYS_END_OF_INPUT},
    {CONTROL('L'), false, KEYS_REPAINT},
    {KEY_PPAGE, true, KEYS_PAGE_UP},
    {KEY_NPAGE, true, KEYS_PAGE_DOWN},
    {SEQUENCE_PASTE, true, KEYS_PASTE},
    {SEQUENCE_PASTE_END, true, KEYS_PASTE_END},
    {KEY_LEFT, true, EDIT_LEFT},
    {CONTROL('B'), false, EDIT_LEFT},
    {KEY_RIGHT, true, EDIT_RIGHT},
    {CONTROL('F'), false, EDIT_RIGHT},
    {SEQUENCE_WORD_LEFT, true, EDIT_WORD_LEFT},
    {SEQUENCE_WORD_RIGHT, true, EDIT_WORD_RIGHT},
    {KEY_HOME, true, EDIT_HOME},
    {SEQUENCE_HOME, true, EDIT_HOME},
    {CONTROL('A'), false, EDIT_HOME},
    {KEY_END, true, EDIT_END},
    {SEQUENCE_END, true, EDIT_END},
    {CONTROL('E'), false, EDIT_END},
    {KEY_BACKSPACE, true, EDIT_BACKSPACE},
    {CONTROL('H'), false, EDIT_BACKSPACE},
    {0x7F, false, EDIT_BACKSPACE},
    {KEY_DC, true, EDIT_DELETE},
    {CONTROL('K'), false, EDIT_KILL_TO_END},
    {CONTROL('U'), false, EDIT_KILL_TO_START},
    {CONTROL('W'), false, EDIT_KILL_WORD_LEFT},
    {SEQUENCE_KILL_LEFT, true, EDIT_KILL_WORD_LEFT},
    {SEQUENCE_KILL_RIGHT, true, EDIT_KILL_WORD_RIGHT},
    {CONTROL('Y'), false, EDIT_YANK},
    {CONTROL('T'), false, EDIT_TRANSPOSE},
    {KEY_UP, true, EDIT_HISTORY_UP},
    {CONTROL('P'), false, EDIT_HISTORY_UP},
    {KEY_DOWN, true, EDIT_HISTORY_DOWN},
    {CONTROL('N'), false, EDIT_HISTORY_DOWN},
};

static uint64_t wall_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct tui *tui_open(char *theme, const char **why)
{
    struct terminal *terminal = terminal_open(why);
    if (terminal == NULL)
        return NULL;
    struct tui *tui = calloc(1, sizeof *tui);
    CHECK(tui != NULL);
    tui->terminal = terminal;
    tui->view = view_new();
    tui->edit = edit_new();
    struct theme colours;
    theme_default(&colours);
    if (theme != NULL) {
        theme_mono(&colours);
        theme_read(&colours, theme);
    }
    tui->draw = draw_new(&colours);
    tui->anew = true;
    return tui;
}

void tui_close(struct tui *tui)
{
    if (tui == NULL)
        return;
    terminal_close(tui->terminal);
    view_free(tui->view);
    edit_free(tui->edit);
    draw_free(tui->draw);
    free(tui);
}

void tui_show(struct tui *tui, const struct show *show)
{
    view_show(tui->view, show, wall_now());
}

void tui_note(struct tui *tui, const char *text, bool error)
{
    view_note(tui->view, text, error, wall_now());
}

bool tui_wants(struct tui *tui, struct request *request)
{
    return view_wants(tui->view, request);
}

void tui_clear(struct tui *tui)
{
    view_clear(tui->view);
}

bool tui_done(const struct tui *tui)
{
    return tui->done;
}

void tui_resize(struct tui *tui)
{
    terminal_resize(tui->terminal);
    draw_resize(tui->draw);
    tui->typed = tui->anew = true;
}

/* Each Tab shows the next command that begins as what was typed; behind the last, that again. */
static void complete(struct tui *tui)
{
    char name[sizeof tui->stem], other[sizeof tui->stem];
    size_t size;
    const char *text = edit_text(tui->edit, &size);
    if (tui->completion == 0) {
        if (size >= sizeof tui->stem || edit_cursor(tui->edit) != size)
            return;
        memcpy(tui->stem, text, size + 1);
        tui->stem_size = size;
    }
    bool found =
        command_complete(tui->stem, tui->stem_size, tui->completion, name, sizeof name - 1);
    if (found && tui->completion == 0 &&
        !command_complete(tui->stem, tui->stem_size, 1, other, sizeof other))
        strcat(name, " ");
    tui->completion = found ? tui->completion + 1 : 0;
    const char *shown = found ? name : tui->stem;
    edit_replace_from(tui->edit, 0, shown, strlen(shown));
}

static void paste_end(struct tui *tui)
{
    if (!edit_paste(tui->edit, tui->paste, tui->paste_size))
        tui_note(tui, "a message has room for 16000 bytes: what was pasted is cut off there", true);
    tui->pasting = false;
    tui->paste_size = 0;
}

/* What is pasted is gathered, and goes in at once. A character too many stays as a sign that there
 * was more. */
static void paste_key(struct tui *tui, wint_t key)
{
    char encoded[4];
    size_t size = utf8_encode(encoded, (uint32_t)key);
    if (tui->paste_size + size > sizeof tui->paste)
        return;
    memcpy(tui->paste + tui->paste_size, encoded, size);
    tui->paste_size += size;
}

/* True when it was Enter on a line that is not empty. */
static bool act(struct tui *tui, int action)
{
    size_t size;
    edit_text(tui->edit, &size);
    switch (action) {
    case KEYS_ENTER: view_follow(tui->view); return size > 0;
    case KEYS_END_OF_INPUT:
        tui->done = tui->done || size == 0;
        edit_do(tui->edit, EDIT_DELETE);
        break;
    case KEYS_COMPLETE: complete(tui); return false;
    case KEYS_PAGE_UP: view_scroll(tui->view, 1); break;
    case KEYS_PAGE_DOWN: view_scroll(tui->view, -1); break;
    case KEYS_REPAINT: draw_again(tui->draw); break;
    case KEYS_PASTE: tui->pasting = true; break;
    case KEYS_PASTE_END: break;
    default: edit_do(tui->edit, (enum edit_action)action); break;
    }
    return false;
}

static int action_of(wint_t key, bool named)
{
    for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++)
        if (bindings[i].key == key && bindings[i].named == named)
            return bindings[i].action;
    return -1;
}

bool tui_key(struct tui *tui, const char **line, size_t *size)
{
    wint_t key;
    bool named;
    while (!view_wishes(tui->view) && terminal_key(tui->terminal, &key, &named)) {
        int action = action_of(key, named);
        tui->typed = true;
        if (tui->pasting) {
            if (action == KEYS_PASTE_END)
                paste_end(tui);
            else if (!named)
                paste_key(tui, key);
            continue;
        }
        if (action != KEYS_COMPLETE)
            tui->completion = 0;
        if (action < 0 && !named)
            edit_insert(tui->edit, (uint32_t)key);
        if (action >= 0 && act(tui, action)) {
            *size = edit_take(tui->edit, tui->line);
            *line = tui->line;
            return true;
        }
    }
    tui->done = tui->done || terminal_gone();
    return false;
}

static void paint(struct tui *tui)
{
    char prompt[LIMIT_CHANNEL + 8];
    const char *channel = view_channel(tui->view);
    int width = draw_width(tui->draw), lines = draw_height(tui->draw) - 1;
    struct cell *cells = draw_cells(tui->draw);
    snprintf(prompt, sizeof prompt, channel[0] == '\0' ? "> " : "[%s] ", channel);
    if (lines > 0 && (tui->anew || view_changed(tui->view)))
        view_paint(tui->view, cells, width, lines);
    struct cell *input = cells + (size_t)lines * (size_t)width;
    int cursor = edit_paint(tui->edit, prompt, input, width);
    draw_show(tui->draw, lines, cursor);
}

uint64_t tui_paint(struct tui *tui, uint64_t now_ms)
{
    uint64_t due_ms = tui->painted_ms + FRAME_MS;
    if (!tui->typed && !tui->anew && !view_changed(tui->view))
        return UINT64_MAX;
    if (!tui->typed && now_ms < due_ms)
        return due_ms;
    paint(tui);
    tui->painted_ms = now_ms;
    tui->typed = tui->anew = false;
    return UINT64_MAX;
}
