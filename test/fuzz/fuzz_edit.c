/* Fuzz: any row of keys and pastes. Text stays valid, tame and bounded, the cursor stands between
 * graphemes, and what is painted stays in its row. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "core/limits.h"
#include "ui/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct edit *edit)
{
    size_t size, at = 0;
    const char *text = edit_text(edit, &size);
    size_t cursor = edit_cursor(edit);
    CHECK(size <= LIMIT_TEXT && cursor <= size && text[size] == '\0');
    CHECK(utf8_valid(text, size));
    while (at < cursor)
        at += grapheme_size(text + at, size - at);
    CHECK(at == cursor);
    for (at = 0; at < size;) {
        uint32_t code;
        at += utf8_decode(text + at, size - at, &code);
        CHECK(code == '\n' || code == '\t' || !text_is_unsafe(code));
    }
}

static void check_row(struct edit *edit, int width)
{
    struct cell *row = malloc((size_t)width * sizeof *row); /* exact, so that ASan sees its ends */
    CHECK(row != NULL);
    int cursor = edit_paint(edit, "[#fika] ", row, width);
    CHECK(cursor >= 0 && cursor < width);
    for (int x = 0; x < width; x++)
        CHECK(row[x].columns < 2 || (x + 1 < width && row[x + 1].columns == 0));
    free(row);
}

/* A byte below 0x20 is an action, a paste or a painting; 0x1F takes the line; all else is typed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[LIMIT_TEXT + 1];
    struct edit *edit = edit_new();
    for (size_t at = 0; at < size;) {
        uint8_t byte = data[at];
        uint32_t code;
        size_t left = size - at - 1;
        if (byte <= EDIT_CLEAR) {
            edit_do(edit, (enum edit_action)byte);
            at++;
        } else if (byte == 0x1D && left > 0) {
            size_t length = data[at + 1] < left ? data[at + 1] : left;
            edit_paste(edit, (const char *)data + at + 1, length);
            at += 1 + length;
        } else if (byte == 0x1E && left > 0) {
            check_row(edit, 1 + data[at + 1] % 90);
            at += 2;
        } else if (byte == 0x1F) {
            edit_take(edit, line);
            at++;
        } else {
            at += utf8_decode((const char *)data + at, size - at, &code);
            edit_insert(edit, code);
        }
        check_line(edit);
    }
    edit_free(edit);
    return 0;
}
