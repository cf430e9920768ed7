/* Curtain. It hides; it does not seal: what is under it is in memory, and fika goes on. What is typed is
 * not shown, nor how much of it, and is wiped once it was looked at. */
#include "ui/curtain.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "base/tr.h"
#include "ui/keys.h"

void curtain_drop(struct curtain *curtain, bool asks)
{
    sodium_memzero(curtain, sizeof *curtain);
    curtain->down = true;
    curtain->asks = asks;
}

static void type(struct curtain *curtain, uint32_t key)
{
    char bytes[5];
    size_t size = key < KEYS_ENTER ? utf8_encode(bytes, key) : 0;
    if (key < ' ' || key == 0x7F || curtain->size + size >= sizeof curtain->typed)
        return;
    memcpy(curtain->typed + curtain->size, bytes, size);
    curtain->size += size;
}

bool curtain_key(struct curtain *curtain, uint32_t key)
{
    bool report = key == KEYS_MOUSE || key == KEYS_FOCUS || key == KEYS_BLUR || key == KEYS_PASTE ||
                  key == KEYS_PASTE_END;
    if (report)
        return false;
    if (!curtain->asks)
        return true;
    curtain->wrong = false;
    if (key == KEYS_ENTER) {
        curtain->typed[curtain->size] = '\0';
        return curtain->size > 0;
    }
    if (key == KEYS_ESCAPE || key == ('u' | KEYS_CTRL)) {
        curtain->size = 0;
    } else if (key == KEYS_BACKSPACE) {
        while (curtain->size > 0 && ((uint8_t)curtain->typed[--curtain->size] & 0xC0) == 0x80)
            ;
    } else {
        type(curtain, key);
    }
    return false;
}

void curtain_answer(struct curtain *curtain, bool right)
{
    sodium_memzero(curtain->typed, sizeof curtain->typed);
    curtain->size = 0;
    curtain->wrong = !right;
    curtain->down = !right;
}

void curtain_paint(const struct curtain *curtain, struct cell *cells, int width, int height,
                   int *cursor_row, int *cursor_column)
{
    const char *text = curtain->wrong  ? _("that is not the passphrase; once more: ")
                       : curtain->asks ? _("hidden; type the passphrase to go on: ")
                                       : _("hidden; press any key to go on");
    cells_blank(cells, (size_t)width * (size_t)height, STYLE_PLAIN);
    *cursor_row = height / 2;
    *cursor_column = 0;
    if (height <= 0)
        return;
    struct cell *row = cells + (size_t)*cursor_row * (size_t)width;
    int columns = cells_columns(text, strlen(text)), left = (width - columns) / 2;
    *cursor_column =
        cells_draw(row, width, left > 0 ? left : 0, text, strlen(text), STYLE_PLAIN, COLOUR_NONE);
    if (*cursor_column >= width)
        *cursor_column = width > 0 ? width - 1 : 0;
}
