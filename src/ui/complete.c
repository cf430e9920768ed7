/* Complete: candidates for a word.
 *
 * What a command takes is read off its row in command.c: "#channel" is completed to channels,
 * "nick" to nicks, "[topic|command]" to both of these, "file" to files, "send|receive" to either word. All
 * else is a text: a word that begins with # may become a channel, one with : a picture, any other a
 * nick.
 *
 * Foreign names (nicks, files) reach the text by edit.c, which tames them, and the list by cells.c. */
#include "ui/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"
#include "ui/command.h"
#include "ui/settings.h"

static const struct picture {
    const char *name;
    uint32_t code;
} pictures[] = {
#include "ui/emoji_table.h"
};

struct word {
    const char *at;
    size_t size;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static struct candidate *add(struct completion *found, enum complete_kind kind, const char *text,
                             const char *behind)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->list[i].text, text) == 0)
            return NULL;
    if (found->count == COMPLETE_MAX || strlen(text) >= COMPLETE_BYTES)
        return NULL;
    struct candidate *candidate = &found->list[found->count++];
    if (found->count == 1)
        found->kind = kind;
    strcpy(candidate->text, text);
    candidate->label[0] = '\0';
    candidate->behind = behind;
    return candidate;
}

static void add_commands(struct completion *found, const char *text, size_t cursor)
{
    char name[64];
    for (size_t n = 0; command_complete(text, cursor, n, name, sizeof name); n++)
        add(found, COMPLETE_COMMAND, name, " ");
}

static void add_channels(struct completion *found, struct word word, const struct company *company)
{
    bool marked = word.size > 0 && (word.at[0] == '#' || word.at[0] == '@');
    for (size_t i = 0; i < company->joined_count; i++) {
        const char *name = company->joined[i].text;
        if (strncasecmp(name + !marked, word.at, word.size) == 0)
            add(found, COMPLETE_CHANNEL, name, " ");
    }
    for (size_t i = 0; i < company->invited_count; i++) {
        const char *name = company->invited[i].text;
        if (strncasecmp(name + !marked, word.at, word.size) == 0)
            add(found, COMPLETE_CHANNEL, name, " ");
    }
}

static void add_nicks(struct completion *found, struct word word, const struct company *company,
                      const char *channel, const char *behind)
{
    const char *nick;
    for (size_t n = 0; (nick = company_nick(company, channel, word.at, word.size, n)) != NULL; n++)
        add(found, COMPLETE_NICK, nick, behind);
}

static void add_pictures(struct completion *found, struct word word)
{
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        char text[5];
        if (strncmp(pictures[i].name, word.at + 1, word.size - 1) != 0)
            continue;
        text[utf8_encode(text, pictures[i].code)] = '\0';
        struct candidate *candidate = add(found, COMPLETE_PICTURE, text, " ");
        if (candidate != NULL)
            snprintf(candidate->label, sizeof candidate->label, "%s :%s:", text, pictures[i].name);
    }
}

const char *picture_named(const char *name, size_t *size)
{
    static char text[4];
    for (size_t i = 0; *size > 2 && i < sizeof pictures / sizeof *pictures; i++) {
        if (name[0] != ':' || name[*size - 1] != ':' || strlen(pictures[i].name) != *size - 2 ||
            memcmp(name + 1, pictures[i].name, *size - 2) != 0)
            continue;
        *size = utf8_encode(text, pictures[i].code);
        return text;
    }
    return NULL;
}

static bool is_safe(const char *name)
{
    size_t size = strlen(name);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_decode(name + at, size - at, &code);
        if (text_is_unsafe(code) || code == TEXT_REPLACEMENT)
            return false;
    }
    return true;
}

static bool is_directory(const char *directory, const char *name)
{
    char path[2 * COMPLETE_BYTES];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int order(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->text, ((const struct candidate *)b)->text);
}

static void add_file(struct completion *found, struct word parent, const char *directory,
                     const char *name)
{
    char text[2 * COMPLETE_BYTES];
    bool folder = is_directory(directory, name);
    snprintf(text, sizeof text, "%.*s%s%s", (int)parent.size, parent.at, name, folder ? "/" : "");
    struct candidate *candidate = add(found, COMPLETE_FILE, text, folder ? "" : " ");
    if (candidate != NULL)
        snprintf(candidate->label, sizeof candidate->label, "%.70s%s", name, folder ? "/" : "");
}

/* Names with a dot in front are there for who types it. */
static void add_files(struct completion *found, struct word word)
{
    char directory[COMPLETE_BYTES];
    size_t parent = word.size;
    while (parent > 0 && word.at[parent - 1] != '/')
        parent--;
    const char *start = word.at + parent, *home = getenv("HOME");
    size_t size = word.size - parent;
    bool at_home = parent >= 2 && word.at[0] == '~' && word.at[1] == '/' && home != NULL;
    if (parent >= sizeof directory / 2 || (at_home && strlen(home) >= sizeof directory / 2))
        return;
    snprintf(directory, sizeof directory, "%s%.*s",
             at_home       ? home
             : parent == 0 ? "."
                           : "",
             (int)(parent - at_home), word.at + at_home);
    DIR *open = opendir(directory);
    if (open == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        const char *name = entry->d_name;
        bool hidden =
            name[0] == '.' && (size == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
        if (!hidden && strncmp(name, start, size) == 0 && is_safe(name) && !strchr(name, ' '))
            add_file(found, (struct word){word.at, parent}, directory, name);
    }
    closedir(open);
    qsort(found->list, found->count, sizeof *found->list, order);
}

static bool word_is(struct word word, const char *name)
{
    return word.size == strlen(name) && memcmp(word.at, name, word.size) == 0;
}

/* A text: what it begins with says what it may become. */
static void add_text(struct completion *found, struct word word, const struct company *company,
                     const char *channel)
{
    if (word.size > 0 && word.at[0] == '#')
        add_channels(found, word, company);
    else if (word.size > 1 && word.at[0] == ':')
        add_pictures(found, word);
    else
        add_nicks(found, word, company, channel, found->from == 0 ? ": " : " ");
}

static void add_settings(struct completion *found, struct word word)
{
    const char *name;
    for (size_t i = 0; (name = settings_name(i)) != NULL; i++)
        if (strncasecmp(name, word.at, word.size) == 0)
            add(found, COMPLETE_WORD, name, " ");
}

/* Of the setting that stands before the word. */
static void add_values(struct completion *found, const char *text, struct word word)
{
    char value[SETTING_BYTES];
    const char *end = word.at, *at;
    while (end > text && is_blank(end[-1]))
        end--;
    for (at = end; at > text && !is_blank(at[-1]);)
        at--;
    for (size_t n = 0; settings_offer(at, (size_t)(end - at), n, value, sizeof value); n++)
        if (strncasecmp(value, word.at, word.size) == 0)
            add(found, COMPLETE_WORD, value, "");
}

/* One of the things that a command may take in this place, as its row calls it. */
static void add_taken(struct completion *found, struct word taken, bool several, struct word word,
                      const char *text, const struct company *company, const char *channel)
{
    char literal[32];
    if (word_is(taken, "#channel"))
        add_channels(found, word, company);
    else if (word_is(taken, "nick")) {
        add_nicks(found, word, company, channel, " ");
        add_nicks(found, word, company, NULL, " ");
    } else if (word_is(taken, "command"))
        add_commands(found, text, found->to);
    else if (word_is(taken, "file") || word_is(taken, "path"))
        add_files(found, word);
    else if (word_is(taken, "setting"))
        add_settings(found, word);
    else if (word_is(taken, "value"))
        add_values(found, text, word);
    else if (word_is(taken, "picture") && (word.size == 0 || word.at[0] == ':'))
        add_pictures(found, word.size == 0 ? (struct word){":", 1} : word);
    else if (word_is(taken, "action") || word_is(taken, "text"))
        add_text(found, word, company, channel);
    else if (several && taken.size < sizeof literal && taken.size >= word.size &&
             !word_is(taken, "address") && !word_is(taken, "topic") &&
             strncasecmp(taken.at, word.at, word.size) == 0) {
        snprintf(literal, sizeof literal, "%.*s", (int)taken.size, taken.at);
        add(found, COMPLETE_WORD, literal, " ");
    }
}

/* "[#channel|nick]" */
static void add_argument(struct completion *found, const char *taken, struct word word,
                         const char *text, const struct company *company, const char *channel)
{
    bool several = strchr(taken, '|') != NULL;
    for (const char *at = taken; *at != '\0';) {
        size_t skip = strspn(at, "[]|"), size = strcspn(at + skip, "[]|");
        add_taken(found, (struct word){at + skip, size}, several, word, text, company, channel);
        at += skip + size;
    }
}

void complete_find(struct completion *found, const char *text, size_t cursor,
                   const struct company *company, const char *channel)
{
    char taken[64];
    size_t from = cursor;
    while (from > 0 && !is_blank(text[from - 1]))
        from--;
    struct word word = {text + from, cursor - from};
    found->kind = COMPLETE_NONE;
    found->count = 0;
    found->from = from;
    found->to = cursor;
    bool command = (text[0] == '\\' || text[0] == '/') && text[1] != text[0];
    if (!command)
        add_text(found, word, company, channel);
    else if (from == 0)
        add_commands(found, text, cursor);
    else if (command_argument(text, cursor, taken, sizeof taken))
        add_argument(found, taken, word, text, company, channel);
}

static bool contains(const char *name, const char *part)
{
    size_t size = strlen(part);
    while (*name != '\0' && strncasecmp(name, part, size) != 0)
        name++;
    return *name != '\0';
}

void complete_channels(struct completion *found, const char *part, const struct company *company)
{
    found->kind = COMPLETE_NONE;
    found->count = 0;
    for (size_t i = 0; i < company->joined_count; i++)
        if (contains(company->joined[i].text, part))
            add(found, COMPLETE_CHANNEL, company->joined[i].text, "");
}

size_t complete_common(const struct completion *found)
{
    const char *first = found->list[0].text;
    size_t common = found->count == 0 ? 0 : strlen(first);
    for (size_t i = 1; i < found->count; i++)
        while (strncasecmp(first, found->list[i].text, common) != 0)
            common--;
    while (common > 0 && ((unsigned char)first[common] & 0xC0) == 0x80)
        common--;
    return common;
}
