/* QR: libqrencode makes the squares, half blocks draw two of them in one place of a terminal, which is
 * about twice as high as it is wide:
 *
 *     upper  lower   letter
 *       x      x       █        x: the squares that are letters (enum qr_letters)
 *       x      -       ▀
 *       -      x       ▄
 *       -      -     (blank)
 *
 * The standard wants a margin of four squares. Two are enough for zbar, by which a test reads the
 * screen, and with two the largest invite takes 21 lines. */
#include "ui/qr.h"

#include <string.h>

#include <qrencode.h>

#include "base/text.h"

#define MARGIN_WANTED 2
#define MARGIN_LEAST  1

/* What is outside belongs to the margin. */
static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && (code->data[y * code->width + x] & 1) != 0;
}

static size_t draw_row(const QRcode *code, int margin, int y, bool dark, char *out)
{
    static const char *const halves[] = {" ", "\xE2\x96\x84", "\xE2\x96\x80", "\xE2\x96\x88"};
    size_t size = 0;
    for (int x = -margin; x < code->width + margin; x++) {
        int upper = is_dark(code, x, y) == dark, lower = is_dark(code, x, y + 1) == dark;
        const char *half = halves[2 * upper + lower];
        memcpy(out + size, half, strlen(half));
        size += strlen(half);
    }
    out[size++] = '\n';
    return size;
}

static int draw(const QRcode *code, enum qr_letters letters, int rows, char out[QR_ROOM])
{
    int margin = MARGIN_WANTED;
    while (margin > MARGIN_LEAST && (code->width + 2 * margin + 1) / 2 > rows)
        margin--;
    int side = code->width + 2 * margin, count = (side + 1) / 2;
    size_t size = 0;
    if (count > rows || (size_t)count * (3 * (size_t)side + 1) >= QR_ROOM)
        return 0;
    for (int row = 0; row < count; row++)
        size += draw_row(code, margin, 2 * row - margin, letters == QR_DARK, out + size);
    out[size] = '\0';
    return count;
}

int qr_write(const char *text, enum qr_letters letters, int rows, char out[QR_ROOM])
{
    out[0] = '\0';
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 0);
    if (code == NULL)
        return 0;
    int count = draw(code, letters, rows, out);
    QRcode_free(code);
    return count;
}

int qr_columns(const char *picture)
{
    return text_columns(picture, strcspn(picture, "\n"));
}
