/* Fuzz: any text of a peer, tamed, at any width, with its signs marked or plain. It is drawn in as many
 * rows as it measures; a part of the rows is what stands there in the whole; no cell leaves its row and no
 * grapheme is lost or split that fits; what is sought in a place is what is drawn there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/markup.h"
#include "ui/wrap.h"

#define TEXT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exact, so that ASan sees their ends. */
static struct cell *cells_new(int rows, int width)
{
    struct cell *cells = malloc((size_t)rows * (size_t)width * sizeof *cells);
    CHECK(cells != NULL);
    cells_blank(cells, (size_t)rows * (size_t)width, STYLE_PLAIN);
    return cells;
}

static void check_rows(const struct cell *cells, int rows, int width)
{
    for (int i = 0; i < rows * width; i++) {
        uint32_t code;
        CHECK(cells[i].columns <= 2 && cells[i].size <= CELL_BYTES);
        CHECK(cells[i].columns < 2 || ((i + 1) % width != 0 && cells[i + 1].columns == 0));
        CHECK(cells[i].columns > 0 || (i > 0 && cells[i - 1].columns == 2));
        for (size_t at = 0; at < cells[i].size;) {
            at += utf8_decode(cells[i].text + at, cells[i].size - at, &code);
            CHECK(!text_is_unsafe(code));
        }
    }
}

/* All but spaces and line breaks stands in the rows, in order; where a row is too narrow for a cell, in
 * what stands for it. */
static void check_nothing_lost(const struct cell *cells, int rows, int width, const char *text,
                               size_t size)
{
    struct cell parts[CELLS_MAX];
    int at = 0, all = rows * width;
    size_t count;
    for (size_t i = 0; i < size && width >= 2;) {
        if (text[i] == ' ' || text[i] == '\n' || text[i] == '\t') {
            i++;
            continue;
        }
        size_t taken = cells_of(text + i, size - i, parts, &count);
        CHECK(taken > 0);
        for (size_t k = 0; k < count; k++) {
            while (at < all && (cells[at].columns == 0 || cells[at].size != parts[k].size ||
                                memcmp(cells[at].text, parts[k].text, parts[k].size) != 0)) {
                CHECK(cells[at].columns == 0 || cells[at].size == 0 || cells[at].text[0] == ' ');
                at++;
            }
            CHECK(at < all);
            at++;
        }
        i += taken;
    }
}

/* A text has no end mark. */
static void check_text(const char *text, size_t size, struct pen pen, const uint8_t *marks)
{
    struct pen measure = pen, whole = pen, part = pen;
    measure.marks = whole.marks = part.marks = marks;
    pen_text(&measure, text, size);
    int rows = measure.row + 1;
    CHECK(measure.column >= 0 && measure.column <= pen.width);
    whole.cells = cells_new(rows, pen.width);
    whole.to = rows;
    pen_text(&whole, text, size);
    CHECK(whole.row == measure.row && whole.column == measure.column);
    check_rows(whole.cells, rows, pen.width);
    check_nothing_lost(whole.cells, rows, pen.width, text, size);
    part.from = rows / 3;
    part.to = rows - rows / 4;
    part.cells = cells_new(part.to - part.from, pen.width);
    pen_text(&part, text, size);
    CHECK(memcmp(part.cells, whole.cells + (size_t)part.from * (size_t)pen.width,
                 (size_t)(part.to - part.from) * (size_t)pen.width * sizeof *part.cells) == 0);
    for (int i = 0; i < rows * pen.width; i += 1 + rows * pen.width / 9) {
        struct pen seek = measure;
        seek.row = seek.column = 0;
        seek.sought = NULL;
        seek.seeks = true;
        seek.seek_row = i / pen.width;
        seek.seek_column = i % pen.width;
        pen_text(&seek, text, size);
        CHECK(seek.sought == NULL || (seek.sought >= text && seek.sought < text + size));
    }
    free(whole.cells);
    free(part.cells);
}

static void check_marks(const char *text, size_t size, const uint8_t *marks)
{
    for (size_t at = 0; at < size; at++) {
        size_t link = markup_link(text, size, at);
        CHECK(link <= size - at);
        CHECK(marks == NULL || (marks[at] & MARKUP_LINK) == 0 || ((uint8_t)text[at]) > ' ');
    }
}

/* Two bytes say the width and how it hangs, all else is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    int width = 1 + data[0] % 100;
    struct pen pen = {.width = width, .indent = data[1] % width / 2};
    char *tame = malloc(TEXT_MAX);
    CHECK(tame != NULL);
    size_t length = text_tame(tame, TEXT_MAX, (const char *)data + 2, size - 2, TAME_LINES);
    char *text = malloc(length + 1); /* one more, for malloc(0) */
    uint8_t *marks = malloc(length + 1);
    CHECK(text != NULL && marks != NULL);
    memcpy(text, tame, length);
    free(tame);
    check_text(text, length, pen, NULL);
    if (markup_any(text, length)) {
        markup(text, length, "anna\nbo", marks);
        check_marks(text, length, marks);
        check_text(text, length, pen, marks);
    }
    free(text);
    free(marks);
    return 0;
}
