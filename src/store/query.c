/* Query: words to an FTS5 expression. Every word is quoted, so nothing in it is read as an operator;
 * what FTS5 would make no token of (a lone "!") is left out, since it would be an error there. */
#define _XOPEN_SOURCE 700
#include "store/query.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/tr.h"

#define WORDS_MOST  16
#define PREFIX_FROM 3 /* letters from which a word also finds longer ones */
#define LATEST_MS   ((uint64_t)1 << 43)

struct word {
    const char *at;
    size_t size;
    bool phrase, not ;
    const char *column; /* "text" or "nick" */
};

/* Letters, digits and whatever is not ASCII: something of which a token can be made. */
static size_t letters(const char *at, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)at[i];
        count += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 c >= 0xC0; /* the first byte of a character */
    }
    return count;
}

static bool add(char *out, size_t *used, const char *bytes, size_t size)
{
    if (*used + size >= QUERY_MATCH_MAX)
        return false;
    memcpy(out + *used, bytes, size);
    *used += size;
    out[*used] = '\0';
    return true;
}

static bool add_text(char *out, size_t *used, const char *text)
{
    return add(out, used, text, strlen(text));
}

/* column : "word" *, with quotes doubled and controls as spaces. */
static bool add_word(char *out, size_t *used, const struct word *word)
{
    size_t size = word->size;
    bool star = size > 1 && word->at[size - 1] == '*';
    bool fits = add_text(out, used, word->column) && add_text(out, used, " : ") &&
                add_text(out, used, "\"");
    for (size_t i = 0; fits && i < size - star; i++) {
        char c = word->at[i];
        fits = c == '"'                  ? add_text(out, used, "\"\"")
               : (unsigned char)c < 0x20 ? add_text(out, used, " ")
                                         : add(out, used, &c, 1);
    }
    fits = fits && add_text(out, used, "\"");
    if (!word->phrase && (star || letters(word->at, size) >= PREFIX_FROM))
        fits = fits && add_text(out, used, " *");
    return fits;
}

/* The words that are (or are not) to be there, one behind the other. */
static bool add_words(char *out, size_t *used, const struct word *words, size_t count, bool not )
{
    bool first = true, fits = true;
    for (size_t i = 0; i < count; i++) {
        if (words[i].not != not )
            continue;
        if (!first)
            fits = fits && add_text(out, used, not ? " OR " : " AND ");
        fits = fits && add_word(out, used, &words[i]);
        first = false;
    }
    return fits;
}

static bool make_match(char *out, const struct word *words, size_t count, char *why, size_t room)
{
    size_t used = 0, wanted = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        wanted += !words[i].not ;
    if (count == 0)
        return true;
    if (wanted == 0) {
        snprintf(why, room, _("say what to look for, too, not only what not to find"));
        return false;
    }
    bool fits = add_text(out, &used, "(") && add_words(out, &used, words, count, false) &&
                add_text(out, &used, ")");
    if (wanted < count)
        fits = fits && add_text(out, &used, " NOT (") &&
               add_words(out, &used, words, count, true) && add_text(out, &used, ")");
    if (!fits)
        snprintf(why, room, _("that is too much to look for at once"));
    return fits;
}

/* Midnight, local time, at which the date begins; false when it is none. */
static bool read_date(const char *at, size_t size, uint64_t *ms)
{
    char text[11];
    struct tm day = {.tm_mday = 1, .tm_isdst = -1};
    int year, month = 1, mday = 1, end = 0;
    if (size != 4 && size != 7 && size != 10)
        return false;
    memcpy(text, at, size);
    text[size] = '\0';
    for (size_t i = 0; i < size; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    int read = size == 4   ? sscanf(text, "%4d%n", &year, &end)
               : size == 7 ? sscanf(text, "%4d-%2d%n", &year, &month, &end)
                           : sscanf(text, "%4d-%2d-%2d%n", &year, &month, &mday, &end);
    if (read < 1 || (size_t)end != size || month < 1 || month > 12 || mday < 1 || mday > 31 ||
        year < 1970)
        return false;
    day.tm_year = year - 1900;
    day.tm_mon = month - 1;
    day.tm_mday = mday;
    time_t time = mktime(&day);
    if (time < 0 || day.tm_mon != month - 1)
        return false; /* the 30th of February */
    *ms = (uint64_t)time * 1000;
    return true;
}

static bool starts(const char *at, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

/* in:, before: or after:; *is says whether it was one of them. */
static bool read_bound(struct query *query, const char *at, size_t size, bool *is, char *why,
                       size_t room)
{
    bool before = starts(at, size, "before:"), after = starts(at, size, "after:");
    uint64_t ms;
    *is = before || after || starts(at, size, "in:");
    if (!*is)
        return true;
    if (!before && !after) {
        size_t name = size - 3, mark = name > 0 && (at[3] == '#' || at[3] == '@') ? 0 : 1;
        if (name == 0 || name + mark > LIMIT_CHANNEL) {
            snprintf(why, room, _("in: is followed by a channel's name"));
            return false;
        }
        query->channel.text[0] = '#';
        memcpy(query->channel.text + mark, at + 3, name);
        query->channel.text[name + mark] = '\0';
        return true;
    }
    if (!read_date(strchr(at, ':') + 1, size - (before ? 7 : 6), &ms)) {
        snprintf(why, room, _("%.*s: a date is YYYY, YYYY-MM or YYYY-MM-DD"),
                 (int)(size < 40 ? size : 40), at);
        return false;
    }
    if (before && ms > 0 && ms - 1 < query->to_ms)
        query->to_ms = ms - 1;
    if (after && ms > query->from_ms)
        query->from_ms = ms;
    return true;
}

/* Where a phrase ends: at its quote, else, where that was forgotten, before what bounds the search, or at the end of
 * all. */
static size_t phrase_end(const char *text, size_t size, size_t at)
{
    static const char *const bounds[] = {" from:", " in:", " before:", " after:"};
    const char *quote = memchr(text + at, '"', size - at);
    if (quote != NULL)
        return (size_t)(quote - text);
    for (; at < size; at++)
        for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
            if (starts(text + at, size - at, bounds[i]))
                return at;
    return size;
}

/* The next word; quotes may stand around it, or behind from:. False at the end. */
static bool next_word(const char *text, size_t size, size_t *at, struct word *word)
{
    while (*at < size && (text[*at] == ' ' || text[*at] == '\t' || text[*at] == '\n'))
        (*at)++;
    if (*at == size)
        return false;
    *word = (struct word){.column = "text"};
    if (text[*at] == '-' && *at + 1 < size && text[*at + 1] != ' ') {
        word->not = true;
        (*at)++;
    }
    if (starts(text + *at, size - *at, "from:")) {
        word->column = "nick";
        word->phrase = true; /* a whole nick */
        *at += 5;
    }
    bool quoted = *at < size && text[*at] == '"';
    *at += quoted;
    word->phrase = word->phrase || quoted;
    word->at = text + *at;
    if (quoted)
        *at = phrase_end(text, size, *at);
    while (!quoted && *at < size && text[*at] != ' ')
        (*at)++;
    word->size = (size_t)(text + *at - word->at);
    *at += *at < size;
    return true;
}

bool query_read(struct query *query, const char *text, size_t size, char *why, size_t room)
{
    struct word words[WORDS_MOST], word;
    size_t count = 0, at = 0;
    bool any = false, is;
    memset(query, 0, sizeof *query);
    query->to_ms = LATEST_MS - 1;
    if (!utf8_valid(text, size)) {
        snprintf(why, room, _("that is no text to look for"));
        return false;
    }
    while (next_word(text, size, &at, &word)) {
        if (!word.phrase && !word.not ) {
            if (!read_bound(query, word.at, word.size, &is, why, room))
                return false;
            any = any || is;
            if (is)
                continue;
        }
        if (letters(word.at, word.size) == 0)
            continue;
        if (count == WORDS_MOST) {
            snprintf(why, room, _("at most %d words can be looked for at once"), WORDS_MOST);
            return false;
        }
        words[count++] = word;
    }
    if (count == 0 && !any) {
        snprintf(why, room,
                 _("say what to look for: words, \"a phrase\", from:nick, in:#channel, "
                   "before:2026-11-27, after:2026-11"));
        return false;
    }
    return make_match(query->match, words, count, why, room);
}
