/* Any bytes: tamed text is valid, unobeyed by a terminal, tamed already, and its columns add up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_graphemes(const char *text, size_t size)
{
    int columns = 0;
    for (size_t i = 0; i < size;) {
        size_t taken = grapheme_size(text + i, size - i);
        int wide = grapheme_columns(text + i, taken);
        CHECK(taken > 0 && taken <= size - i);
        CHECK(wide >= 0 && wide <= 2);
        CHECK(taken <= 4 * 33);
        columns += wide;
        i += taken;
    }
    CHECK(columns == text_columns(text, size));
    CHECK(text_fit(text, size, columns) == size);
    size_t half = text_fit(text, size, columns / 2);
    CHECK(text_columns(text, half) <= columns / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    enum tame how = data[0] & 1 ? TAME_LINES : TAME_LINE;
    /* A copy of its own, so that a read past the end is found. */
    char *in = malloc(size);
    CHECK(in != NULL);
    memcpy(in, data + 1, size - 1);
    in = realloc(in, size - 1 > 0 ? size - 1 : 1);
    size--;

    size_t room = data[0] & 2 ? size / 2 + 1 : 3 * size + 4;
    char *out = malloc(room), *again = malloc(room);
    CHECK(in != NULL && out != NULL && again != NULL);
    size_t length = text_tame(out, room, in, size, how);
    CHECK(length < room && out[length] == '\0' && strlen(out) == length);
    CHECK(utf8_valid(out, length));
    for (size_t i = 0; i < length;) {
        uint32_t code;
        i += utf8_decode(out + i, length - i, &code);
        CHECK(!text_is_unsafe(code) || (how == TAME_LINES && (code == '\n' || code == '\t')));
    }
    CHECK(text_tame(again, room, out, length, how) == length);
    CHECK(memcmp(again, out, length) == 0);
    check_graphemes(out, length);
    free(again);
    free(out);
    free(in);
    return 0;
}
