/* Popup: drawn in reverse, so that it is told from what lies below on any terminal; the chosen one
 * is told by a mark, too. */
#include "ui/popup.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/wrap.h"

#define MARK_COLUMNS 2 /* "> " */

static const char *label_of(const struct candidate *candidate)
{
    return candidate->label[0] != '\0' ? candidate->label : candidate->text;
}

static int widest(const struct completion *list, size_t from, size_t to, int most)
{
    int columns = 1;
    for (size_t i = from; i < to; i++) {
        const char *label = label_of(&list->list[i]);
        int wide = cells_columns(label, strlen(label));
        columns = wide > columns ? wide : columns;
    }
    columns += MARK_COLUMNS + 1;
    return columns < most ? columns : most;
}

void popup_list(const struct completion *list, int chosen, int column, struct cell *cells,
                int width, int rows)
{
    size_t count = list->count < POPUP_ROWS_MAX ? list->count : POPUP_ROWS_MAX, from = 0;
    if (rows < 1 || count == 0)
        return;
    if (count > (size_t)rows)
        count = (size_t)rows;
    if (chosen >= (int)count)
        from = (size_t)chosen + 1 - count;
    int columns = widest(list, from, from + count, width);
    column -= MARK_COLUMNS;
    if (column + columns > width)
        column = width - columns;
    if (column < 0)
        column = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_chosen = (int)(from + i) == chosen;
        uint8_t style = STYLE_REVERSE | (is_chosen ? STYLE_BOLD : STYLE_PLAIN);
        struct cell *row = cells + ((size_t)rows - count + i) * (size_t)width;
        char text[COMPLETE_BYTES + 8];
        /* A wide letter must not be cut by what is drawn over its half. */
        if (column > 0 && row[column].columns == 0)
            row[column - 1] = (struct cell){.text = {' '}, .size = 1, .columns = 1};
        if (column + columns < width && row[column + columns].columns == 0)
            row[column + columns] = (struct cell){.text = {' '}, .size = 1, .columns = 1};
        cells_blank(row + column, (size_t)columns, style);
        snprintf(text, sizeof text, "%s%s", is_chosen ? "> " : "  ",
                 label_of(&list->list[from + i]));
        cells_draw(row, column + columns, column, text, strlen(text), style, COLOUR_NONE);
    }
}

static int rows_of(const char *text, int width)
{
    struct pen pen = {.width = width};
    pen_text(&pen, text, strlen(text));
    return pen.row + 1;
}

const char *popup_fitting(const char *const *texts, int width, int rows)
{
    while (texts[1] != NULL && rows_of(texts[0], width) > rows)
        texts++;
    return texts[0];
}

int popup_sentence(const char *text, struct cell *cells, int width, int rows)
{
    int all = rows_of(text, width), wanted = all < rows ? all : rows;
    if (wanted < 1)
        return 0;
    struct cell *top = cells + (size_t)(rows - wanted) * (size_t)width;
    cells_blank(top, (size_t)wanted * (size_t)width, STYLE_REVERSE);
    struct pen pen = {.cells = top, .width = width, .to = wanted, .style = STYLE_REVERSE};
    pen_text(&pen, text, strlen(text));
    return wanted;
}
