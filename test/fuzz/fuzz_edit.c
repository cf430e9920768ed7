/* Fuzz: any row of actions, letters and pastes in a text. It stays valid, tame and bounded, the
 * cursor stands between graphemes, and undoing everything leads back to what was begun with. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "core/limits.h"
#include "ui/edit.h"

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

static void check_undo(struct edit *edit)
{
    size_t size;
    if (!edit_undo_whole(edit))
        return;
    edit_do(edit, EDIT_UNDO_ALL);
    edit_text(edit, &size);
    CHECK(size == 0 && edit_cursor(edit) == 0 && !edit_do(edit, EDIT_UNDO));
}

/* A byte below 0x20 is an action, a paste or a replacement; 0x1F takes the text; all else is typed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[LIMIT_TEXT + 1];
    struct edit *edit = edit_new();
    for (size_t at = 0; at < size;) {
        uint8_t byte = data[at];
        uint32_t code;
        size_t left = size - at - 1;
        if (byte < EDIT_ACTIONS) {
            edit_do(edit, (enum edit_action)byte);
            at++;
        } else if ((byte == 0x1C || byte == 0x1D) && left > 0) {
            size_t length = data[at + 1] < left ? data[at + 1] : left;
            const char *text = (const char *)data + at + 1;
            if (byte == 0x1C)
                edit_replace(edit, 0, edit_cursor(edit), text, length);
            else
                edit_paste(edit, text, length);
            at += 1 + length;
        } else if (byte == 0x1E && left > 0) {
            edit_move(edit, data[at + 1]);
            at += 2;
        } else if (byte == 0x1F) {
            edit_take(edit, line);
            at++;
        } else {
            at += utf8_decode((const char *)data + at, size - at, &code);
            edit_insert(edit, code);
        }
        check_text(edit);
    }
    check_undo(edit);
    edit_free(edit);
    return 0;
}
