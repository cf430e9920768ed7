/* Clipboard: ESC ] 52 ; c ; base64 BEL.
 *
 * tmux takes the bare one where set-clipboard is on, and passes a wrapped one through where
 * allow-passthrough is: one of them is the default of each version, so it gets both. GNU screen only
 * passes through, in pieces. */
#include "ui/clipboard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define BEGIN        "\033]52;c;"
#define END          "\a"
#define TMUX_BEGIN   "\033Ptmux;\033" /* behind it, what it wraps begins with its ESC */
#define WRAP_END     "\033\\"
#define SCREEN_BEGIN "\033P"
#define SCREEN_PIECE 252

struct out {
    char *at;
    size_t size, room;
};

static void put(struct out *out, const char *bytes, size_t size)
{
    if (out->room - out->size < size) {
        out->room = 2 * out->room + size + 64;
        out->at = realloc(out->at, out->room);
        CHECK(out->at != NULL);
    }
    memcpy(out->at + out->size, bytes, size);
    out->size += size;
}

static void put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_base64(struct out *out, const char *text, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < size; at += 3) {
        uint32_t bits = 0;
        char four[4];
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (at + i < size ? (uint8_t)text[at + i] : 0);
        for (size_t i = 0; i < 4; i++)
            four[i] = at + i <= size ? letters[bits >> (18 - 6 * i) & 63] : '=';
        put(out, four, 4);
    }
}

struct clipboard_way clipboard_way(void)
{
    return (struct clipboard_way){.tmux = getenv("TMUX") != NULL, .screen = getenv("STY") != NULL};
}

char *clipboard_sequence(const char *text, size_t size, struct clipboard_way way,
                         size_t *sequence_size)
{
    struct out bare = {0}, out = {0};
    if (size > CLIPBOARD_MAX)
        return NULL;
    put_text(&bare, BEGIN);
    put_base64(&bare, text, size);
    put_text(&bare, END);
    if (way.tmux) {
        put_text(&out, TMUX_BEGIN);
        put(&out, bare.at, bare.size);
        put_text(&out, WRAP_END);
    }
    for (size_t at = 0; way.screen && !way.tmux && at < bare.size; at += SCREEN_PIECE) {
        size_t left = bare.size - at;
        put_text(&out, SCREEN_BEGIN);
        put(&out, bare.at + at, left < SCREEN_PIECE ? left : SCREEN_PIECE);
        put_text(&out, WRAP_END);
    }
    if (way.tmux || !way.screen)
        put(&out, bare.at, bare.size);
    free(bare.at);
    *sequence_size = out.size;
    return out.at;
}
