/* Settings: a row each: its name, what it can be, the first of which holds until something is set.
 *
 * How to add one: a row here, a place in enum setting, what it does in tui_set(), and a line in
 * docs/fika.1. */
#include "ui/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/tr.h"

#define NAME_COLUMNS  15
#define VALUE_COLUMNS 8

static const struct row {
    const char *name;
    const char *values; /* one of these; where the last is a word in capitals, any word, and of two
                           numbers with - between, any from one to the other */
    const char *help;
} rows[SETTINGS] = {
    [SETTING_MOUSE] = {"mouse", "on|off", N_("clicks and the wheel; hold Shift to select text")},
    [SETTING_CHANNELS] = {"channels", "auto|on|off", N_("the channels at the left")},
    [SETTING_MEMBERS] = {"members", "auto|on|off", N_("who is there, at the right")},
    [SETTING_CHANNELS_WIDTH] = {"channels-width", "17|8-60",
                                N_("columns of what is at the left; its edge can be dragged")},
    [SETTING_MEMBERS_WIDTH] = {"members-width", "17|8-60",
                               N_("columns of what is at the right, likewise")},
    [SETTING_PASTE] = {"paste", "auto|off",
                       N_("lines that come at once wait, where the terminal marks no paste")},
    [SETTING_CARRY] = {"carry", "auto|off|1-9999",
                       N_("megabytes to keep of channels of others; auto: as configured, or 64")},
    [SETTING_RECEIPTS] = {"receipts", "off|on",
                          N_("say to who talks with you alone what you have read, and be told")},
    [SETTING_THEME] = {"theme", N_("default|NAME"),
                       N_("colours: dark, light, mono, contrast, or a file of your own")},
};

struct word {
    const char *at;
    size_t size;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct word word_of(const char **text, size_t *size)
{
    while (*size > 0 && is_blank(**text)) {
        (*text)++;
        (*size)--;
    }
    struct word word = {*text, 0};
    while (word.size < *size && !is_blank(word.at[word.size]))
        word.size++;
    *text += word.size;
    *size -= word.size;
    return word;
}

/* The next of some values; false past the last. */
static bool next_value(const char **values, struct word *value)
{
    *value = (struct word){*values, strcspn(*values, "|")};
    *values += value->size + (value->at[value->size] == '|');
    return value->size > 0;
}

static bool same(struct word a, struct word b)
{
    return a.size == b.size && strncasecmp(a.at, b.at, a.size) == 0;
}

static bool is_any(struct word value)
{
    return value.at[0] >= 'A' && value.at[0] <= 'Z';
}

static bool is_range(struct word value)
{
    return value.at[0] >= '0' && value.at[0] <= '9' && memchr(value.at, '-', value.size) != NULL;
}

/* At most four digits, the first of which is none that is left out. */
static bool is_number_in(struct word range, struct word typed)
{
    unsigned least, most, number = 0;
    for (size_t i = 0; i < typed.size; i++) {
        if (typed.at[i] < '0' || typed.at[i] > '9' || i == 4 || typed.at[0] == '0')
            return false;
        number = 10 * number + (unsigned)(typed.at[i] - '0');
    }
    sscanf(range.at, "%4u-%4u", &least, &most);
    return number >= least && number <= most;
}

/* A word that may be a file's name in a directory of ours, and nothing else. */
static bool is_name(struct word word)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    for (size_t i = 0; i < word.size; i++)
        if (word.at[i] == '\0' || strchr(allowed, word.at[i]) == NULL)
            return false;
    return word.size > 0 && word.size < SETTING_BYTES && word.at[0] != '.';
}

static void put(struct settings *settings, size_t at, struct word value)
{
    snprintf(settings->values[at], SETTING_BYTES, "%.*s", (int)value.size, value.at);
}

static struct word first_of(size_t at)
{
    const char *values = rows[at].values;
    struct word value;
    next_value(&values, &value);
    return value;
}

void settings_init(struct settings *settings)
{
    for (size_t i = 0; i < SETTINGS; i++)
        put(settings, i, first_of(i));
}

bool settings_is(const struct settings *settings, enum setting setting, const char *value)
{
    return strcmp(settings->values[setting], value) == 0;
}

uint64_t settings_carry(const struct settings *settings, uint64_t otherwise)
{
    const char *value = settings->values[SETTING_CARRY];
    if (settings_is(settings, SETTING_CARRY, "auto"))
        return otherwise;
    return settings_is(settings, SETTING_CARRY, "off") ? 0 : strtoull(value, NULL, 10) * 1000000;
}

static size_t row_of(struct word name)
{
    size_t at = 0;
    while (at < SETTINGS && !same(name, (struct word){rows[at].name, strlen(rows[at].name)}))
        at++;
    return at;
}

static bool find_value(size_t at, struct word typed, struct word *found)
{
    const char *values = rows[at].values;
    while (next_value(&values, found)) {
        if (is_range(*found) && is_number_in(*found, typed)) {
            *found = typed;
            return true;
        }
        if (!is_any(*found) && !is_range(*found) && same(*found, typed))
            return true;
        if (is_any(*found) && is_name(typed)) {
            *found = typed;
            return true;
        }
    }
    return false;
}

/* The form takes the name, and may take the values. */
static bool refuse(char *why, size_t room, const char *form, const char *name, const char *values)
{
    if (why != NULL)
        snprintf(why, room, form, name, values);
    return false;
}

bool settings_take(struct settings *settings, const char *text, size_t size, enum setting *which,
                   char *why, size_t room)
{
    struct word name = word_of(&text, &size), value = word_of(&text, &size), found;
    size_t at = row_of(name);
    char shown[80];
    text_tame(shown, sizeof shown, name.at, name.size, TAME_LINE);
    if (at == SETTINGS)
        return refuse(why, room, _("there is nothing to set called %s; \\set alone lists what is"),
                      shown, NULL);
    if (word_of(&text, &size).size > 0 || !find_value(at, value, &found))
        return refuse(why, room, _("type it so: \\set %s %s"), rows[at].name, tr(rows[at].values));
    put(settings, at, found);
    *which = (enum setting)at;
    return true;
}

bool settings_line(const struct settings *settings, size_t index, char *out, size_t room)
{
    if (index >= SETTINGS)
        return false;
    snprintf(out, room, "%-*s %-*s %s (%s)", NAME_COLUMNS, rows[index].name, VALUE_COLUMNS,
             settings->values[index], tr(rows[index].help), tr(rows[index].values));
    return true;
}

size_t settings_write(const struct settings *settings, char *out, size_t room)
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < SETTINGS && size < room; i++) {
        struct word value = {settings->values[i], strlen(settings->values[i])};
        if (!same(value, first_of(i)))
            size += (size_t)snprintf(out + size, room - size, "%s %s\n", rows[i].name, value.at);
    }
    return size;
}

void settings_read(struct settings *settings, const char *text)
{
    enum setting which;
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        settings_take(settings, text, size, &which, NULL, 0);
        text += size + (text[size] == '\n');
    }
}

const char *settings_name(size_t index)
{
    return index < SETTINGS ? rows[index].name : NULL;
}

const char *settings_values(const char *name, size_t size)
{
    size_t at = row_of((struct word){name, size});
    return at < SETTINGS ? rows[at].values : NULL;
}

static void (*list_themes)(char *out, size_t room);

void settings_know_themes(void (*list)(char *out, size_t room))
{
    list_themes = list;
}

bool settings_offer(const char *name, size_t size, size_t n, char *out, size_t room)
{
    char themes[SETTINGS_THEMES_BYTES];
    size_t at = row_of((struct word){name, size});
    struct word value;
    if (at == SETTINGS)
        return false;
    for (const char *values = rows[at].values; next_value(&values, &value);)
        if (!is_any(value) && !is_range(value) && n-- == 0)
            return (size_t)snprintf(out, room, "%.*s", (int)value.size, value.at) < room;
    if (at != SETTING_THEME || list_themes == NULL)
        return false;
    list_themes(themes, sizeof themes);
    const char *text = themes;
    size_t left = strlen(themes);
    while ((value = word_of(&text, &left)).size > 0)
        if (is_name(value) && n-- == 0)
            return (size_t)snprintf(out, room, "%.*s", (int)value.size, value.at) < room;
    return false;
}
