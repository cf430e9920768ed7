/* Fuzz: any row of actions, letters, pastes and shows in the input: drafts, lists, searches. The
 * text stays valid and bounded, the cursor stands between graphemes, what is painted stays in its
 * rows, and the file of what was typed comes out as it went in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "core/face.h"
#include "ui/writing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct edit *edit)
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

static void check_painting(struct writing *writing, int width, int height)
{
    size_t count = (size_t)width * (size_t)height;
    struct cell *cells = malloc(count * sizeof *cells); /* exact, so that ASan sees its ends */
    int row, column, rows = writing_rows(writing, width, height);
    CHECK(cells != NULL && rows >= 1 && rows <= height);
    cells_blank(cells, count, STYLE_PLAIN);
    writing_paint(writing, cells, width, height, rows, &row, &column);
    CHECK(row >= height - rows && row < height && column >= 0 && column < width);
    for (size_t i = 0; i < count; i++)
        CHECK(cells[i].columns < 2 || ((i + 1) % (size_t)width != 0 && cells[i + 1].columns == 0));
    free(cells);
}

static void show(struct writing *writing, enum show_kind kind, uint8_t which)
{
    static const char names[] = "#a\n#ab\n#\xC3\xA5";
    static const char *const channels[] = {"#a", "#ab", "#\xC3\xA5", ""};
    static const char *const nicks[] = {"anna", "anders", "\xE6\x97\xA5", "bo"};
    struct show show = {.kind = kind, .lamport = which, .up = which & 0x40, .via = which & 3};
    strcpy(show.channel.text, channels[which & 3]);
    strcpy(show.nick.text, nicks[which >> 2 & 3]);
    if (kind == SHOW_CURRENT)
        show.text = (struct bytes){.at = (const uint8_t *)names, .size = sizeof names - 1};
    writing_show(writing, &show);
}

/* A byte below 0x20 begins what one byte behind it chooses; all else is typed. */
static size_t step(struct writing *writing, const uint8_t *data, size_t size)
{
    uint32_t code;
    uint8_t next = size > 1 ? data[1] : 0;
    switch (data[0]) {
    case 0x01: writing_do(writing, next % ACTION_COUNT, 0); return 2;
    case 0x02:
    case 0x1D: {
        size_t length = next < size - 2 && size > 2 ? next : size > 2 ? size - 2 : 0;
        writing_paste(writing, (const char *)data + (size > 2 ? 2 : 0), length);
        return 2 + length;
    }
    case 0x03: check_painting(writing, 1 + next % 90, 1 + next / 8); return 2;
    case 0x04: show(writing, SHOW_CURRENT, next); return 2;
    case 0x05: show(writing, SHOW_MESSAGE, next); return 2;
    case 0x06: show(writing, SHOW_MEMBER, next); return 2;
    case '\t': writing_do(writing, ACTION_COMPLETE, 0); return 1;
    case '\r': writing_do(writing, ACTION_SEND, 0); return 1;
    default: break;
    }
    size_t taken = utf8_decode((const char *)data, size, &code);
    writing_do(writing, ACTION_NONE, code);
    return taken;
}

/* The file of what was typed is foreign, too: what is read of it must come out as it went in. */
static void check_recall(const uint8_t *data, size_t size)
{
    struct recall *first = recall_new(), *second = recall_new();
    size_t first_size, second_size;
    recall_read(first, (const char *)data, size);
    char *once = recall_write(first, &first_size);
    recall_read(second, once, first_size);
    char *twice = recall_write(second, &second_size);
    CHECK(first_size == second_size && memcmp(once, twice, first_size) == 0);
    free(once);
    free(twice);
    recall_free(first);
    recall_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct writing *writing = writing_new();
    show(writing, SHOW_CURRENT, 0);
    for (size_t at = 0; at < size;) {
        at += step(writing, data + at, size - at);
        check_text(writing_edit(writing));
    }
    check_painting(writing, 40, 12);
    check_recall(data, size);
    writing_free(writing);
    return 0;
}
