/* Keys: the table, and names to and from keys.
 *
 * 1. rows[action] is the action's row, for every action.
 * 2. A key has one binding at most. A key that begins one of two keys has none of its own: binding
 *    one of them takes the other away.
 *
 * What a terminal sends for a key is terminal.c's; what an action does, tui.c's and writing.c's. */
#include "ui/keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"

#define NAME_COLUMNS 20
#define KEYS_COLUMNS 26
#define SHOWN        80 /* bytes of what a sentence repeats */

static const struct row {
    const char *name; /* NULL: there is no such action yet */
    const char *keys; /* a comma between them, a space between two that follow one another */
    const char *help;
} rows[ACTION_COUNT] = {
    [EDIT_LEFT] = {"left", "Left, Ctrl-B", N_("a letter to the left")},
    [EDIT_RIGHT] = {"right", "Right, Ctrl-F", N_("a letter to the right")},
    [EDIT_WORD_LEFT] = {"word-left", "Alt-B, Ctrl-Left", N_("a word to the left")},
    [EDIT_WORD_RIGHT] = {"word-right", "Alt-F, Ctrl-Right", N_("a word to the right")},
    [EDIT_HOME] = {"line-start", "Ctrl-A, Home", N_("to the start of the line")},
    [EDIT_END] = {"line-end", "Ctrl-E, End", N_("to the end of the line")},
    [EDIT_BACKSPACE] = {"delete-left", "Backspace, Ctrl-H", N_("deletes the letter to the left")},
    [EDIT_DELETE] = {"delete-right", "Delete", N_("deletes the letter to the right")},
    [EDIT_KILL_TO_END] = {"cut-to-end", "Ctrl-K", N_("cuts all to the right, in its line")},
    [EDIT_KILL_TO_START] = {"cut-to-start", "Ctrl-U", N_("cuts all to the left, in its line")},
    [EDIT_KILL_BLANK_LEFT] = {"cut-blank-left", "Ctrl-W", N_("cuts to the left, up to a space")},
    [EDIT_KILL_WORD_LEFT] = {"cut-word-left", "Alt-Backspace", N_("cuts the word to the left")},
    [EDIT_KILL_WORD_RIGHT] = {"cut-word-right", "Alt-D, Ctrl-Delete",
                              N_("cuts the word to the right")},
    [EDIT_YANK] = {"paste-cut", "Ctrl-Y", N_("puts back what was cut last")},
    [EDIT_YANK_POP] = {"paste-cut-before", "Alt-Y",
                       N_("right behind that: what was cut before it instead")},
    [EDIT_TRANSPOSE] = {"swap-letters", "Ctrl-T", N_("exchanges two letters")},
    [EDIT_TRANSPOSE_WORDS] = {"swap-words", "Alt-T", N_("exchanges two words")},
    [EDIT_UPCASE] = {"upper-case", "Alt-U", N_("makes the word upper case")},
    [EDIT_DOWNCASE] = {"lower-case", "Alt-L", N_("makes the word lower case")},
    [EDIT_CAPITALISE] = {"capitalise", "Alt-C", N_("makes the word's first letter upper case")},
    [EDIT_UNDO] = {"undo", "Ctrl-_, Ctrl-X Ctrl-U", N_("takes the last change back")},
    [EDIT_UNDO_ALL] = {"undo-all", "Alt-R", N_("takes all changes of the line back")},
    [EDIT_NEW_LINE] = {"new-line", "Alt-Enter", N_("begins a new line in the text")},
    [EDIT_CLEAR] = {"empty", "", N_("empties the input")},
    [ACTION_SEND] = {"send", "Enter, Ctrl-J", N_("says the line, or carries it out")},
    [ACTION_COMPLETE] = {"complete", "Tab", N_("completes a word; again: the next in the list")},
    [ACTION_COMPLETE_BACK] = {"complete-back", "Shift-Tab", N_("the one before in the list")},
    [ACTION_CLOSE] = {"close", "Escape", N_("closes a list, a search or a question")},
    [ACTION_OLDER] = {"older-line", "Up, Ctrl-P", N_("the line typed before, or a row up")},
    [ACTION_NEWER] = {"newer-line", "Down, Ctrl-N", N_("the line typed after it, or a row down")},
    [ACTION_SEARCH] = {"search-typed", "Ctrl-R",
                       N_("searches the lines you typed; again: older ones")},
    [ACTION_EDITOR] = {"editor", "Ctrl-X Ctrl-E",
                       N_("opens your editor ($VISUAL, $EDITOR) on the text")},
    [ACTION_FIND_CHANNEL] = {"find-channel", "Ctrl-G",
                             N_("goes to a channel by a part of its name; in a search: gives up")},
    [ACTION_NEXT_CHANNEL] = {"next-channel", "Alt-Right", N_("to the next channel")},
    [ACTION_PREVIOUS_CHANNEL] = {"previous-channel", "Alt-Left", N_("to the channel before")},
    [ACTION_NEXT_NEW] = {"next-new", "Alt-A", N_("to the next channel with something new")},
    [ACTION_CHANNEL_1] = {"channel-1", "Alt-1", N_("to the first channel, and so on to Alt-9")},
    [ACTION_CHANNEL_1 + 1] = {"channel-2", "Alt-2", NULL},
    [ACTION_CHANNEL_1 + 2] = {"channel-3", "Alt-3", NULL},
    [ACTION_CHANNEL_1 + 3] = {"channel-4", "Alt-4", NULL},
    [ACTION_CHANNEL_1 + 4] = {"channel-5", "Alt-5", NULL},
    [ACTION_CHANNEL_1 + 5] = {"channel-6", "Alt-6", NULL},
    [ACTION_CHANNEL_1 + 6] = {"channel-7", "Alt-7", NULL},
    [ACTION_CHANNEL_1 + 7] = {"channel-8", "Alt-8", NULL},
    [ACTION_CHANNEL_9] = {"channel-9", "Alt-9", NULL},
    [ACTION_PAGE_UP] = {"page-up", "PageUp", N_("a page towards older lines")},
    [ACTION_PAGE_DOWN] = {"page-down", "PageDown", N_("a page towards newer lines")},
    [ACTION_LINE_UP] = {"scroll-up", "Shift-Up, Ctrl-Up", N_("a row towards older lines")},
    [ACTION_LINE_DOWN] = {"scroll-down", "Shift-Down, Ctrl-Down", N_("a row towards newer lines")},
    [ACTION_TOP] = {"oldest", "Alt-<, Ctrl-Home", N_("to the oldest line that is here")},
    [ACTION_BOTTOM] = {"newest", "Alt->, Ctrl-End", N_("to the newest line")},
    [ACTION_FIRST_NEW] = {"first-new", "Alt-N, F8",
                          N_("to where you left off, the line that says new")},
    [ACTION_CHANNEL_LIST] = {"channel-list", "F5", N_("shows or hides the list of channels")},
    [ACTION_MEMBER_LIST] = {"member-list", "F6", N_("shows or hides who is there")},
    [ACTION_PLAIN] = {"plain-text", "F7", N_("shows lines as they were typed, or as they look")},
    [ACTION_FOLDED] = {"folded-lines", "F9",
                       N_("shows lines that are folded, or folds them again")},
    [ACTION_REPAINT] = {"repaint", "Ctrl-L", N_("paints the screen anew")},
    [ACTION_LEAVE] = {"leave", "Ctrl-D",
                      N_("leaves when the input is empty, else deletes to the right")},
};

static const struct key_word {
    const char *name;
    uint32_t key;
} words[] = {
    {"Enter", KEYS_ENTER},    {"Tab", KEYS_TAB},
    {"Escape", KEYS_ESCAPE},  {"Esc", KEYS_ESCAPE},
    {"Return", KEYS_ENTER},   {"Backspace", KEYS_BACKSPACE},
    {"Delete", KEYS_DELETE},  {"Insert", KEYS_INSERT},
    {"Up", KEYS_UP},          {"Down", KEYS_DOWN},
    {"Left", KEYS_LEFT},      {"Right", KEYS_RIGHT},
    {"Home", KEYS_HOME},      {"End", KEYS_END},
    {"PageUp", KEYS_PAGE_UP}, {"PageDown", KEYS_PAGE_DOWN},
    {"F1", KEYS_F1},          {"F2", KEYS_F1 + 1},
    {"F3", KEYS_F1 + 2},      {"F4", KEYS_F1 + 3},
    {"F5", KEYS_F1 + 4},      {"F6", KEYS_F1 + 5},
    {"F7", KEYS_F1 + 6},      {"F8", KEYS_F1 + 7},
    {"F9", KEYS_F1 + 8},      {"F10", KEYS_F1 + 9},
    {"F11", KEYS_F1 + 10},    {"F12", KEYS_F12},
    {"Space", ' '},
};

static const struct key_word held[] = {
    {"Alt-", KEYS_ALT}, {"Ctrl-", KEYS_CTRL}, {"Shift-", KEYS_SHIFT}};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

bool keys_read(const char *name, size_t size, uint32_t *key)
{
    uint32_t with = 0, code;
    for (size_t i = 0; i < LENGTH(held);) {
        size_t length = strlen(held[i].name);
        bool has = size > length && strncasecmp(name, held[i].name, length) == 0;
        with |= has ? held[i].key : 0;
        name += has ? length : 0;
        size -= has ? length : 0;
        i = has ? 0 : i + 1;
    }
    *key = 0;
    for (size_t i = 0; i < LENGTH(words); i++)
        if (strlen(words[i].name) == size && strncasecmp(name, words[i].name, size) == 0) {
            *key = words[i].key | with;
            return true;
        }
    if (size == 0 || utf8_decode(name, size, &code) != size || text_is_unsafe(code))
        return false;
    if (with != 0 && code >= 'A' && code <= 'Z')
        code |= 0x20;
    *key = code | with;
    return (with & KEYS_SHIFT) == 0;
}

void keys_write(uint32_t key, char *out, size_t room)
{
    uint32_t code = key & 0xFFFFFF;
    char letter[5] = "";
    const char *name = letter;
    if (code >= 'a' && code <= 'z' && key != code)
        code &= ~(uint32_t)0x20;
    if (code < KEYS_ENTER)
        letter[utf8_encode(letter, code)] = '\0';
    for (size_t i = LENGTH(words); i > 0; i--)
        if (words[i - 1].key == code)
            name = words[i - 1].name;
    snprintf(out, room, "%s%s%s%s", (key & KEYS_CTRL) != 0 ? "Ctrl-" : "",
             (key & KEYS_ALT) != 0 ? "Alt-" : "", (key & KEYS_SHIFT) != 0 ? "Shift-" : "", name);
}

const char *keys_action_name(int action)
{
    return action >= 0 && action < ACTION_COUNT ? rows[action].name : NULL;
}

static bool clashes(const struct binding *a, const struct binding *b)
{
    return a->first == b->first && (a->second == b->second || a->second == 0 || b->second == 0);
}

/* In place of what these keys did; false when there is no room. */
static bool put(struct keys *keys, const struct binding *binding)
{
    size_t kept = 0;
    for (size_t i = 0; i < keys->count; i++)
        if (!clashes(&keys->bindings[i], binding))
            keys->bindings[kept++] = keys->bindings[i];
    keys->count = kept;
    if (binding->action == ACTION_NONE)
        return true;
    if (kept == KEYS_BINDINGS_MAX)
        return false;
    keys->bindings[keys->count++] = *binding;
    return true;
}

/* Takes the first word off the front. */
static size_t word_of(const char **text)
{
    *text += strspn(*text, " \t");
    return strcspn(*text, " \t");
}

/* "Ctrl-X Ctrl-E", up to `end`. The word that is no key is left in *text on failure. */
static bool read_pair(const char **text, const char *end, struct binding *binding, size_t *size)
{
    for (int i = 0; *text < end; i++) {
        *size = word_of(text);
        if (*size > (size_t)(end - *text))
            *size = (size_t)(end - *text);
        if (*size == 0)
            break;
        if (i == 2 || !keys_read(*text, *size, i == 0 ? &binding->first : &binding->second))
            return false;
        *text += *size;
    }
    return binding->first != 0;
}

void keys_init(struct keys *keys)
{
    keys->count = 0;
    for (int action = 0; action < ACTION_COUNT; action++) {
        CHECK(rows[action].name != NULL);
        for (const char *at = rows[action].keys; *at != '\0';) {
            struct binding binding = {.action = action};
            const char *end = at + strcspn(at, ",");
            size_t size;
            /* A comma is Ctrl-, or Alt-, nowhere in the table. */
            CHECK(read_pair(&at, end, &binding, &size) && put(keys, &binding));
            at = end + (*end == ',');
        }
    }
}

static bool refuse(char *why, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(char *why, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (why != NULL)
        vsnprintf(why, room, format, arguments);
    va_end(arguments);
    return false;
}

static int action_of(const char *name, size_t size)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (strlen(rows[i].name) == size && strncasecmp(rows[i].name, name, size) == 0)
            return i;
    return size == 4 && strncasecmp(name, "none", 4) == 0 ? ACTION_NONE : ACTION_COUNT;
}

bool keys_bind(struct keys *keys, const char *line, char *why, size_t room)
{
    struct binding binding = {0};
    char shown[SHOWN];
    const char *end = line + strlen(line);
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *last = end;
    while (last > line && last[-1] != ' ' && last[-1] != '\t')
        last--;
    size_t size = (size_t)(end - last);
    binding.action = action_of(last, size);
    text_tame(shown, sizeof shown, last, size, TAME_LINE);
    if (binding.action == ACTION_COUNT)
        return refuse(
            why, room,
            _("bind: there is no action %s; \\keys lists them, and none takes a key's away"),
            shown);
    const char *at = line;
    if (!read_pair(&at, last, &binding, &size)) {
        text_tame(shown, sizeof shown, at, size, TAME_LINE);
        return refuse(why, room,
                      _("bind: %s is no key; write it like Ctrl-X, Alt-Left or F5, one or two of "
                        "them, and behind them the action"),
                      at >= last ? _("what stands before the action") : shown);
    }
    if (!put(keys, &binding))
        return refuse(why, room, _("bind: there are %d keys bound already"), KEYS_BINDINGS_MAX);
    return true;
}

int keys_action(const struct keys *keys, uint32_t before, uint32_t key)
{
    struct binding wanted = {.first = before != 0 ? before : key, .second = before != 0 ? key : 0};
    for (size_t i = 0; i < keys->count; i++)
        if (keys->bindings[i].first == wanted.first && keys->bindings[i].second == wanted.second)
            return keys->bindings[i].action;
    return ACTION_NONE;
}

bool keys_begins(const struct keys *keys, uint32_t key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->bindings[i].first == key && keys->bindings[i].second != 0)
            return true;
    return false;
}

static void write_bound(const struct keys *keys, int action, char *out, size_t room)
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < keys->count && size < room; i++) {
        const struct binding *binding = &keys->bindings[i];
        char first[32], second[32] = "";
        if (binding->action != action)
            continue;
        keys_write(binding->first, first, sizeof first);
        if (binding->second != 0)
            keys_write(binding->second, second, sizeof second);
        size += (size_t)snprintf(out + size, room - size, "%s%s%s%s", size > 0 ? ", " : "", first,
                                 second[0] != '\0' ? " " : "", second);
    }
}

bool keys_help_line(const struct keys *keys, size_t index, char *out, size_t room)
{
    char bound[KEYS_HELP_MAX / 2];
    int action = -1;
    for (size_t listed = 0; listed <= index; listed++)
        do
            action++;
        while (action < ACTION_COUNT && rows[action].help == NULL);
    if (action >= ACTION_COUNT)
        return false;
    write_bound(keys, action, bound, sizeof bound);
    snprintf(out, room, "%-*s %-*s %s", KEYS_COLUMNS, bound, NAME_COLUMNS, rows[action].name,
             tr(rows[action].help));
    return true;
}
