/* Markup: a pass over a text that says for each byte how it looks.
 *
 *   ```            to the next ``` or the end: code, nothing in it is looked at
 *   `code`         on one line
 *   https://...    a link, without the full stop or bracket behind it
 *   *bold* _italic_  around words: outside of the signs there is no letter, inside no space
 *   name           the reader's nick, or a word that he watches, as a whole word: a mention
 *
 * 1. No byte of the text is left out or changed, so what is copied is what was said.
 * 2. A mark begins and ends at a whole code point; signs are ASCII. */
#include "ui/markup.h"

#include <string.h>

#include <utf8proc.h>

#include "base/text.h"

/* How far signs reach, so that no text costs more than some passes over it. */
#define EMPHASIS_MAX 400
#define LINK_MAX     2048

struct text {
    const char *at;
    size_t size;
    uint8_t *marks;
};

static const char *const schemes[] = {"https://", "http://", "ftp://",    "sftp://", "ssh://",
                                      "git://",   "file://", "gemini://", "irc://",  "ircs://",
                                      "mailto:",  "xmpp:",   "magnet:?"};

static bool in_word(uint32_t code)
{
    if (code < 0x80)
        return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
               (code >= 'a' && code <= 'z') || code == '_';
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* True when a word goes on at `at`, or reaches to it. */
static bool word_at(const char *text, size_t size, size_t at)
{
    uint32_t code;
    return at < size && utf8_decode(text + at, size - at, &code) > 0 && in_word(code);
}

static bool word_before(const char *text, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < 4) {
        start--;
        if (((unsigned char)text[start] & 0xC0) != 0x80)
            return word_at(text, at, start);
    }
    return false;
}

static uint32_t folded(const char *text, size_t size, size_t *taken)
{
    uint32_t code;
    *taken = utf8_decode(text, size, &code);
    return text_lower(code);
}

/* The bytes of text that are `name`, whatever the case; 0 when it begins otherwise. */
static size_t begins_with(const char *text, size_t size, const char *name, size_t name_size)
{
    size_t at = 0, name_at = 0;
    while (name_at < name_size) {
        size_t taken, name_taken;
        if (at == size || folded(text + at, size - at, &taken) !=
                              folded(name + name_at, name_size - name_at, &name_taken))
            return 0;
        at += taken;
        name_at += name_taken;
    }
    return at;
}

/* The first of the names, one a line, that stands at `at`. */
static size_t mention_at(const char *text, size_t size, size_t at, const char *names)
{
    if (names[0] == '\0' || word_before(text, at))
        return 0;
    while (names[0] != '\0') {
        size_t name = strcspn(names, "\n");
        size_t found = begins_with(text + at, size - at, names, name);
        if (found > 0 && !word_at(text, size, at + found))
            return found;
        names += name + (names[name] == '\n');
    }
    return 0;
}

bool markup_same_name(const char *a, const char *b)
{
    size_t size = strlen(a);
    return begins_with(a, size, b, strlen(b)) == size;
}

bool markup_mentions(const char *text, size_t size, const char *names)
{
    uint32_t code;
    if (names[0] == '\0')
        return false;
    for (size_t at = 0; at < size; at += utf8_decode(text + at, size - at, &code))
        if (mention_at(text, size, at, names) > 0)
            return true;
    return false;
}

bool markup_mentions_reader(const struct show *show, const char *names)
{
    return !show->own && (show->channel.text[0] == '@' ||
                          markup_mentions((const char *)show->text.at, show->text.size, names));
}

bool markup_any(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '*' || text[i] == '_' || text[i] == '`' || text[i] == ':')
            return true;
    return false;
}

static bool ends_link(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || strchr("<>\"`", byte) != NULL;
}

static bool has_open(const char *link, size_t size)
{
    int depth = 0;
    for (size_t i = 0; i < size; i++)
        depth += (link[i] == '(') - (link[i] == ')');
    return depth >= 0;
}

size_t markup_link(const char *text, size_t size, size_t at)
{
    size_t scheme = 0, end = at;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && scheme == 0; i++)
        scheme = begins_with(text + at, size - at, schemes[i], strlen(schemes[i]));
    if (scheme == 0 || word_before(text, at))
        return 0;
    while (end < size && end - at < LINK_MAX && !ends_link(text[end]))
        end++;
    while (end < size && end > at && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    for (; end > at + scheme; end--) {
        char last = text[end - 1];
        bool closes = last == ')' && !has_open(text + at, end - at);
        if (!closes && strchr(".,;:!?'*_]", last) == NULL)
            break;
    }
    return end > at + scheme ? end - at : 0;
}

static void mark(struct text *text, size_t from, size_t to, uint8_t what)
{
    for (size_t i = from; i < to; i++)
        text->marks[i] |= what;
}

/* The end of a piece of code that begins at `at`, `at` when none does. */
static size_t code_end(const struct text *text, size_t at)
{
    const char *s = text->at;
    if (text->size - at >= 3 && memcmp(s + at, "```", 3) == 0) {
        for (size_t i = at + 3; i + 3 <= text->size; i++)
            if (memcmp(s + i, "```", 3) == 0)
                return i + 3;
        return text->size;
    }
    for (size_t i = at + 1; i < text->size && i - at < EMPHASIS_MAX && s[i] != '\n'; i++)
        if (s[i] == '`')
            return i > at + 1 ? i + 1 : at;
    return at;
}

/* The end of *words* or _words_ that begin at `at`, `at` when none do. */
static size_t emphasis_end(const struct text *text, size_t at)
{
    const char *s = text->at;
    char sign = s[at];
    size_t size = text->size;
    if (at + 1 == size || strchr(" \n\t*_", s[at + 1]) != NULL || word_before(s, at))
        return at;
    for (size_t i = at + 2; i < size && i - at < EMPHASIS_MAX && s[i] != '\n'; i++)
        if (s[i] == sign && strchr(" \t", s[i - 1]) == NULL && !word_at(s, size, i + 1))
            return i + 1;
    return at;
}

static size_t step(struct text *text, size_t at, const char *names, size_t ends[2])
{
    static const uint8_t styles[2] = {STYLE_BOLD, STYLE_ITALIC};
    char byte = text->at[at];
    uint32_t code;
    size_t found;
    if (byte == '`' && (found = code_end(text, at)) > at) {
        mark(text, at, found, MARKUP_CODE);
        return found;
    }
    if ((found = markup_link(text->at, text->size, at)) > 0) {
        mark(text, at, at + found, MARKUP_LINK | STYLE_UNDERLINE);
        return at + found;
    }
    if (byte == '*' || byte == '_') {
        int which = byte == '_';
        if (at >= ends[which] && (found = emphasis_end(text, at)) > at) {
            mark(text, at, found, styles[which]);
            ends[which] = found;
        }
        return at + 1;
    }
    if ((found = mention_at(text->at, text->size, at, names)) > 0) {
        mark(text, at, at + found, MARKUP_MENTION | STYLE_BOLD);
        return at + found;
    }
    return at + utf8_decode(text->at + at, text->size - at, &code);
}

void markup(const char *s, size_t size, const char *names, uint8_t *marks)
{
    struct text text = {s, size, marks};
    size_t ends[2] = {0, 0};
    memset(marks, 0, size);
    for (size_t at = 0; at < size;)
        at = step(&text, at, names, ends);
}
