/* Cells: the screen form of a text.
 *
 * Three parties count columns: we, curses (by libc's wcwidth) and the terminal. Where they disagree
 * everything right of the place is displaced, and stays so. They agree on single code points of one
 * or two columns with plain combining marks behind them, and on little else: a family emoji is 6
 * columns to libc and 2 to most terminals, a flag 1, 2 or 4, a heart with VS16 1 or 2. So a text is
 * never drawn as it is, but in a form that has only such parts:
 *
 *   joined emoji (ZWJ)      its pictures, side by side, each a cell
 *   skin tones              left out behind their emoji
 *   flags                   their two letters
 *   VS15, VS16, keycap ring left out, the base stays
 *   Hangul in parts         put together to syllables; letters and accents too (NFC)
 *   marks                   at most four behind one base
 *   spacing marks (Mc)      a cell of their own, as for libc
 *   format characters       left out
 *   unassigned, controls    U+FFFD
 *
 * 1. A cell is one base of 1 or 2 columns and up to four marks of none. No cell holds a control
 *    character, whatever came in.
 * 2. The raw text is the caller's and stays as it was: this is a way to look at it.
 *
 * It does not reorder right-to-left text; terminals that do keep the columns. */
#include "ui/cells.h"

#include <stdbool.h>
#include <string.h>

#include <utf8proc.h>

#include "base/text.h"

#define MARKS_DRAWN  4
#define PART_CODES   34 /* text_tame's longest grapheme, and some */
#define REGIONAL_A   0x1F1E6u
#define REGIONAL_Z   0x1F1FFu
#define SKIN_FIRST   0x1F3FBu
#define SKIN_LAST    0x1F3FFu
#define LEADING_FILL 0x115Fu

enum part { PART_NONE, PART_MARK, PART_BASE };

/* They choose a form of the base, which terminals then give another width. */
static bool is_variation(uint32_t code)
{
    return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF) ||
           (code >= 0x180B && code <= 0x180F);
}

static bool is_jamo_tail(uint32_t code)
{
    return (code >= 0x1160 && code <= 0x11FF) || (code >= 0xD7B0 && code <= 0xD7FB);
}

static bool is_blank_letter(uint32_t code)
{
    return code == LEADING_FILL || code == 0x1160 || code == 0x3164 || code == 0xFFA0;
}

/* What a code point is drawn as: nothing, a mark on what stands before it, or *code as a base. */
static enum part part_of(uint32_t *code, bool behind)
{
    if (*code >= 0x20 && *code < 0x7F)
        return PART_BASE;
    if (*code >= REGIONAL_A && *code <= REGIONAL_Z) {
        *code = 'A' + (*code - REGIONAL_A);
        return PART_BASE;
    }
    if (is_variation(*code) || (*code >= SKIN_FIRST && *code <= SKIN_LAST && behind))
        return PART_NONE;
    if (is_jamo_tail(*code) && behind)
        return PART_MARK;
    switch (utf8proc_category((utf8proc_int32_t)*code)) {
    case UTF8PROC_CATEGORY_MN: return behind ? PART_MARK : PART_NONE;
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: return PART_NONE;
    case UTF8PROC_CATEGORY_MC: return PART_BASE;
    case UTF8PROC_CATEGORY_ZS:
        *code = utf8proc_charwidth((utf8proc_int32_t)*code) == 2 ? *code : ' ';
        return PART_BASE;
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: *code = TEXT_REPLACEMENT; return PART_BASE;
    default: break;
    }
    if (is_blank_letter(*code) || is_jamo_tail(*code) ||
        (*code >= SKIN_FIRST && *code <= SKIN_LAST))
        *code = TEXT_REPLACEMENT;
    return PART_BASE;
}

static int base_columns(uint32_t code)
{
    int columns = utf8proc_charwidth((utf8proc_int32_t)code);
    return columns == 2 ? 2 : 1;
}

static void cell_add(struct cell *cell, uint32_t code)
{
    char encoded[4];
    size_t length = utf8_encode(encoded, code);
    if (cell->size + length <= CELL_BYTES) {
        memcpy(cell->text + cell->size, encoded, length);
        cell->size = (uint8_t)(cell->size + length);
    }
}

/* Makes one cell of a base and what stands on it; a Hangul part that did not go into a syllable
 * shows as U+FFFD in place of all. */
static struct cell cell_of(utf8proc_int32_t codes[PART_CODES], size_t count)
{
    struct cell cell = {.columns = 1};
    if (count > 1) {
        utf8proc_ssize_t composed = utf8proc_normalize_utf32(codes, (utf8proc_ssize_t)count,
                                                             UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        count = composed > 0 ? (size_t)composed : 1;
    }
    for (size_t i = 1; i < count; i++)
        if (is_jamo_tail((uint32_t)codes[i])) {
            codes[0] = TEXT_REPLACEMENT;
            count = 1;
        }
    cell.columns = (uint8_t)base_columns((uint32_t)codes[0]);
    for (size_t i = 0; i < count && i <= MARKS_DRAWN; i++)
        cell_add(&cell, (uint32_t)codes[i]);
    return cell;
}

size_t cells_of(const char *s, size_t size, struct cell cells[CELLS_MAX], size_t *count)
{
    *count = 0;
    if (size == 0)
        return 0;
    if (s[0] >= 0x20 && s[0] < 0x7F && (size == 1 || (unsigned char)s[1] < 0x80)) {
        cells[0] = (struct cell){.text = {s[0]}, .size = 1, .columns = 1};
        *count = 1;
        return 1;
    }
    size_t whole = grapheme_size(s, size), at = 0;
    utf8proc_int32_t codes[PART_CODES];
    size_t held = 0;
    while (at < whole) {
        uint32_t code;
        size_t taken = utf8_decode(s + at, whole - at, &code);
        enum part part = part_of(&code, held > 0);
        if (part == PART_BASE && held > 0) {
            cells[(*count)++] = cell_of(codes, held);
            held = 0;
            if (*count == CELLS_MAX)
                return at;
        }
        if (part != PART_NONE && held < PART_CODES)
            codes[held++] = (utf8proc_int32_t)code;
        at += taken;
    }
    if (held > 0)
        cells[(*count)++] = cell_of(codes, held);
    return whole;
}

int cells_columns(const char *s, size_t size)
{
    struct cell cells[CELLS_MAX];
    int columns = 0;
    for (size_t at = 0, count; at < size;) {
        at += cells_of(s + at, size - at, cells, &count);
        for (size_t i = 0; i < count; i++)
            columns += cells[i].columns;
    }
    return columns;
}

void cells_blank(struct cell *cells, size_t count, uint8_t style)
{
    size_t done = 1;
    if (count == 0)
        return;
    cells[0] = (struct cell){.text = {' '}, .size = 1, .columns = 1, .style = style};
    for (; done < count; done *= 2)
        memcpy(cells + done, cells, (done < count - done ? done : count - done) * sizeof *cells);
}

void cells_put(struct cell *row, int column, const struct cell *cell)
{
    row[column] = *cell;
    if (cell->columns == 2)
        row[column + 1] = (struct cell){.style = cell->style, .colour = cell->colour};
}

int cells_draw(struct cell *row, int width, int column, const char *s, size_t size, uint8_t style,
               uint8_t colour)
{
    struct cell cells[CELLS_MAX];
    for (size_t at = 0, count; at < size;) {
        int columns = 0;
        at += cells_of(s + at, size - at, cells, &count);
        for (size_t i = 0; i < count; i++)
            columns += cells[i].columns;
        if (column + columns > width)
            break;
        for (size_t i = 0; i < count; i++) {
            cells[i].style = style;
            cells[i].colour = colour;
            cells_put(row, column, &cells[i]);
            column += cells[i].columns;
        }
    }
    return column;
}
