/* Fuzz: any bytes between the marks of a bracketed paste, as the keys that a terminal's come as. What is
 * gathered is bounded and valid; what goes into the input is tame; nothing is sent but by Enter behind it,
 * and then it is all that stood in the input, as one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "core/face.h"
#include "ui/paste.h"
#include "ui/writing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key that terminal.c makes of a byte, or of one behind an Escape; 0xFF and a byte is a key with a
 * name, as what is pasted may hold its sequence. */
static size_t key_at(const uint8_t *data, size_t size, uint32_t *key)
{
    if (data[0] == 0xFF && size > 1) {
        *key = (KEYS_ENTER + data[1] % 40) | ((uint32_t)(data[1] / 40) << 24);
        return 2;
    }
    switch (data[0]) {
    case '\r': *key = KEYS_ENTER; return 1;
    case '\t': *key = KEYS_TAB; return 1;
    case 0x1B: *key = KEYS_ESCAPE; return 1;
    case 0x7F: *key = KEYS_BACKSPACE; return 1;
    default: break;
    }
    *key = data[0] < 0x20 ? (data[0] + 'a' - 1u) | KEYS_CTRL : 0;
    return *key != 0 ? 1 : utf8_decode((const char *)data, size, key);
}

static void check_text(const struct edit *edit)
{
    size_t size;
    const char *text = edit_text(edit, &size);
    CHECK(size <= LIMIT_TEXT && utf8_valid(text, size) && text[size] == '\0');
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_decode(text + at, size - at, &code);
        CHECK(code == '\n' || code == '\t' || !text_is_unsafe(code));
    }
}

static bool has_line_within(const struct paste *paste)
{
    size_t size = paste->size;
    while (size > 0 && (paste->text[size - 1] == '\r' || paste->text[size - 1] == '\n'))
        size--;
    return memchr(paste->text, '\r', size) != NULL || memchr(paste->text, '\n', size) != NULL;
}

static void check_painting(struct writing *writing, int width, int height)
{
    struct cell *cells = malloc((size_t)width * (size_t)height * sizeof *cells);
    int row, column, rows = writing_rows(writing, width, height);
    CHECK(cells != NULL && rows >= 1 && rows <= height);
    cells_blank(cells, (size_t)width * (size_t)height, STYLE_PLAIN);
    writing_paint(writing, cells, width, height, rows, &row, &column);
    CHECK(row >= height - rows && row < height && column >= 0 && column < width);
    free(cells);
}

/* Behind the paste: Enter sends all that stands there, Escape and letters leave it. */
static void decide(struct writing *writing, bool several, uint8_t how)
{
    size_t before, after, taken;
    char *stood = strdup(edit_text(writing_edit(writing), &before));
    CHECK(stood != NULL);
    size_t said = before; /* line breaks at the end are not */
    while (said > 0 && stood[said - 1] == '\n')
        said--;
    if (how % 3 == 0) {
        enum wish wish = writing_do(writing, ACTION_SEND, 0);
        CHECK(said == 0 || wish == WISH_SEND);
        const char *text = wish == WISH_SEND ? writing_taken(writing, &taken) : NULL;
        CHECK(text == NULL || (taken == said && memcmp(text, stood, taken) == 0));
    } else if (how % 3 == 1 && several) {
        CHECK(writing_do(writing, ACTION_CLOSE, 0) == WISH_NONE);
        const char *text = edit_text(writing_edit(writing), &after);
        CHECK(after == before && memcmp(text, stood, after) == 0);
    } else {
        CHECK(writing_do(writing, ACTION_NONE, 'x') == WISH_NONE);
    }
    free(stood);
}

/* A byte 0xFE ends a paste, and the one behind it says what comes then. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct writing *writing = writing_new();
    struct paste *paste = calloc(1, sizeof *paste);
    struct show show = {.kind = SHOW_CURRENT, .channel = {"#a"}};
    CHECK(paste != NULL);
    show.text = (struct bytes){(const uint8_t *)"#a", 2};
    writing_show(writing, &show);
    for (size_t at = 0; at <= size;) {
        uint32_t key;
        if (at < size && data[at] != 0xFE) {
            at += key_at(data + at, size - at, &key);
            paste_key(paste, key);
            CHECK(paste->size <= PASTE_MAX);
            continue;
        }
        CHECK(utf8_valid(paste->text, paste->size));
        bool several = has_line_within(paste);
        writing_paste(writing, paste->text, paste->size);
        paste->size = 0;
        check_text(writing_edit(writing));
        check_painting(writing, 1 + (int)(at % 90), 1 + (int)(at % 30));
        decide(writing, several, at + 1 < size ? data[at + 1] : 1);
        check_text(writing_edit(writing));
        at += 2;
    }
    writing_free(writing);
    free(paste);
    return 0;
}
