/* Text: what a foreign string may look like on a terminal, and how many columns it takes there. The
 * Unicode data are utf8proc's; utf8.c has the decoding.
 *
 * Taming goes over the code points once. Each is kept, replaced by U+FFFD, turned into a space or a
 * line break, or left out:
 * 1. Nothing that text_is_unsafe() names is ever written, but a line feed and a tab under
 *    TAME_LINES.
 * 2. What combines has something to combine with: a mark at the start of a line gets a dotted
 *    circle; a joiner (ZWJ, ZWNJ) or a variation selector is kept only behind a visible character,
 *    never twice in a row.
 * 3. A grapheme has a bound: at most TEXT_MARKS_MAX marks behind one base, at most CLUSTER_MAX code
 *    points in all. What goes beyond is left out, joiners included, so the rest begins a new one.
 * 4. Tamed text is valid UTF-8, and taming it again changes nothing.
 *
 * Columns are those of a terminal that draws a grapheme in one or two cells: the widths of its code
 * points added up (marks and joiners have none), never more than 2. An emoji sequence is as wide as
 * its widest part, whatever ZWJ joined into it; VS16 behind a character that has an emoji form and
 * a pair of regional indicators make 2. Terminals differ here; whoever paints re-addresses the
 * cursor.
 *
 * It does not reorder right-to-left text, and it does not tell lookalikes apart. */
#include "base/text.h"

#include <string.h>

#include <utf8proc.h>

#define CLUSTER_MAX 32

#define ZWNJ            0x200Cu
#define ZWJ             0x200Du
#define VS16            0xFE0Fu
#define BYTE_ORDER_MARK 0xFEFFu
#define DOTTED_CIRCLE   0x25CCu

struct taming {
    char *out;
    size_t room, size;
    bool full;
    uint32_t before;        /* the last code point written */
    int marks;              /* behind the last base */
    int cluster;            /* code points of the grapheme so far */
    utf8proc_int32_t state; /* of utf8proc's grapheme breaks */
};

uint32_t text_lower(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

static bool is_mark(uint32_t code)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

static bool is_variation(uint32_t code)
{
    return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
}

static bool is_plain(uint32_t code)
{
    return code >= 0x20 && code < 0x7F;
}

static bool is_space(uint32_t code)
{
    return code == 0 || code == '\n' || code == '\t' ||
           utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_ZS;
}

static bool is_line_break(uint32_t code)
{
    return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Unsafe or useless, and nobody misses a sign of it: byte order marks, bidi controls, tags. */
static bool vanishes(uint32_t code)
{
    return code == BYTE_ORDER_MARK || code == 0x061C || code == 0x200E || code == 0x200F ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x206F) ||
           (code >= 0xE0000 && code <= 0xE007F);
}

static void tame_write(struct taming *t, uint32_t code)
{
    char encoded[4];
    size_t length = utf8_encode(encoded, code);
    if (t->full || length >= t->room - t->size) {
        t->full = true;
        return;
    }
    memcpy(t->out + t->size, encoded, length);
    t->size += length;
    t->before = code;
}

/* Writes a code point that is safe in itself, unless it would break invariant 2 or 3. */
static void tame_add(struct taming *t, uint32_t code)
{
    bool joins = code == ZWJ || code == ZWNJ || is_variation(code);
    if (joins && (is_space(t->before) || t->before == ZWJ || t->before == ZWNJ ||
                  (is_variation(code) && is_variation(t->before))))
        return;
    bool mark = !joins && is_mark(code);
    if (mark && (t->before == 0 || t->before == '\n' || t->before == '\t'))
        tame_add(t, DOTTED_CIRCLE);
    utf8proc_int32_t state = t->state;
    bool begins =
        t->before == 0 || utf8proc_grapheme_break_stateful((utf8proc_int32_t)t->before,
                                                           (utf8proc_int32_t)code, &state);
    if (!begins && (t->cluster == CLUSTER_MAX || (mark && t->marks == TEXT_MARKS_MAX)))
        return;
    t->state = t->before == 0 ? 0 : state;
    t->cluster = begins ? 1 : t->cluster + 1;
    t->marks = mark ? (begins ? 1 : t->marks + 1) : joins ? t->marks : 0;
    tame_write(t, code);
}

/* Between two bytes of printable ASCII there is always a break, and none is a mark: most text is
 * copied so. */
static bool tame_plain(struct taming *t, unsigned char byte)
{
    if (!is_plain(byte) || !is_plain(t->before) || t->room - t->size <= 1)
        return false;
    t->out[t->size++] = (char)byte;
    t->before = byte;
    t->state = 0;
    t->cluster = 1;
    t->marks = 0;
    return true;
}

size_t text_tame(char *out, size_t room, const char *in, size_t size, enum tame how)
{
    struct taming t = {.out = out, .room = room};
    if (room == 0)
        return 0;
    for (size_t i = 0; i < size && !t.full;) {
        uint32_t code;
        if (tame_plain(&t, (unsigned char)in[i])) {
            i++;
            continue;
        }
        i += utf8_decode(in + i, size - i, &code);
        if (code == '\r' && i < size && in[i] == '\n')
            continue;
        if (is_line_break(code))
            tame_add(&t, how == TAME_LINES ? '\n' : ' ');
        else if (code == '\t')
            tame_add(&t, how == TAME_LINES ? '\t' : ' ');
        else if (!vanishes(code))
            tame_add(&t, text_is_unsafe(code) ? TEXT_REPLACEMENT : code);
    }
    out[t.size] = '\0';
    return t.size;
}

/* Between two bytes of printable ASCII there is always a break: most text never asks utf8proc. */
static bool starts_plain(const char *s, size_t size)
{
    return s[0] >= 0x20 && s[0] < 0x7F && (size == 1 || (unsigned char)s[1] < 0x80);
}

size_t grapheme_size(const char *s, size_t size)
{
    if (size == 0)
        return 0;
    if (starts_plain(s, size))
        return 1;
    utf8proc_int32_t state = 0;
    uint32_t before, code;
    size_t end = utf8_decode(s, size, &before);
    while (end < size) {
        size_t taken = utf8_decode(s + end, size - end, &code);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)code,
                                             &state))
            break;
        end += taken;
        before = code;
    }
    return end;
}

/* True for what VS16 turns into an emoji: pictographs, and the bases of keycaps. */
static bool has_emoji_form(uint32_t code)
{
    if (code < 0x80)
        return (code >= '0' && code <= '9') || code == '#' || code == '*';
    return utf8proc_get_property((utf8proc_int32_t)code)->boundclass ==
           UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_regional(uint32_t code)
{
    return code >= 0x1F1E6 && code <= 0x1F1FF;
}

int grapheme_columns(const char *s, size_t size)
{
    if (size == 0)
        return 0;
    if (size == 1)
        return s[0] >= 0x20 && s[0] < 0x7F;
    int columns = 0;
    uint32_t before = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_decode(s + i, size - i, &code);
        int width = utf8proc_charwidth((utf8proc_int32_t)code);
        if ((code == VS16 && has_emoji_form(before)) || (is_regional(code) && is_regional(before)))
            return 2;
        /* A joined part is drawn into the picture before it. */
        columns = before == ZWJ ? (width > columns ? width : columns) : columns + width;
        if (columns >= 2)
            return 2;
        before = code;
    }
    return columns;
}

int text_columns(const char *s, size_t size)
{
    int columns = 0;
    while (size > 0) {
        size_t taken = grapheme_size(s, size);
        columns += grapheme_columns(s, taken);
        s += taken;
        size -= taken;
    }
    return columns;
}

size_t text_fit(const char *s, size_t size, int columns)
{
    size_t fits = 0;
    while (fits < size) {
        size_t taken = grapheme_size(s + fits, size - fits);
        columns -= grapheme_columns(s + fits, taken);
        if (columns < 0)
            break;
        fits += taken;
    }
    return fits;
}
