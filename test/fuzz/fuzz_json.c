/* Any show: what json_show and lines_show write is valid UTF-8, one line where one is promised, and
 * nothing in it is obeyed by a terminal. Strings unescape to what went in. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/json.h"
#include "ui/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_safe(const char *text, size_t size)
{
    CHECK(utf8_valid(text, size));
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_decode(text + i, size - i, &code);
        CHECK(!text_is_unsafe(code) || code == '\n' || code == '\t');
    }
}

static uint32_t unit_of(const char *digits)
{
    char four[5] = {0};
    memcpy(four, digits, 4);
    return (uint32_t)strtoul(four, NULL, 16);
}

/* Reads back one string; its end has to be the end of the text. */
static size_t unescape(char *out, const char *in, size_t size)
{
    size_t length = 0;
    CHECK(size >= 2 && in[0] == '"' && in[size - 1] == '"');
    for (size_t i = 1; i < size - 1; i++) {
        if (in[i] != '\\') {
            CHECK(in[i] != '"' && (unsigned char)in[i] >= 0x20);
            out[length++] = in[i];
            continue;
        }
        char kind = in[++i];
        uint32_t code = (uint32_t)(kind == 'n' ? '\n' : kind == 't' ? '\t' : kind);
        if (kind == 'u') {
            code = unit_of(in + i + 1);
            i += 4;
            if (code >= 0xD800 && code < 0xDC00) {
                CHECK(in[i + 1] == '\\' && in[i + 2] == 'u');
                code = 0x10000 + ((code - 0xD800) << 10) + (unit_of(in + i + 3) - 0xDC00);
                i += 6;
            }
        }
        length += utf8_encode(out + length, code);
    }
    return length;
}

static void check_string(const uint8_t *data, size_t size)
{
    char *out = malloc(6 * size + 3), *back = malloc(6 * size + 4);
    CHECK(out != NULL && back != NULL);
    size_t length = json_string(out, data, size);
    CHECK(length < 6 * size + 3);
    check_safe(out, length);
    size_t back_size = unescape(back, out, length);
    size_t at = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        char encoded[4];
        i += utf8_decode((const char *)data + i, size - i, &code);
        size_t taken = utf8_encode(encoded, code);
        CHECK(at + taken <= back_size && memcmp(back + at, encoded, taken) == 0);
        at += taken;
    }
    CHECK(at == back_size);
    free(back);
    free(out);
}

static void fill_string(struct reader *r, char *to, size_t room)
{
    struct bytes bytes = read_bytes(r, read_u8(r) % room);
    if (bytes.size > 0)
        memcpy(to, bytes.at, bytes.size);
}

static struct show show_of(struct reader *r)
{
    struct show show = {.kind = (enum show_kind)(read_u8(r) % (SHOW_STOPPED + 1))};
    uint8_t bits = read_u8(r);
    show.up = bits & 1;
    show.own = bits & 2;
    show.action = bits & 4;
    show.adrift = bits & 32;
    show.liar = bits & 64;
    show.via = (enum via)((bits >> 3) % 4);
    show.told = (enum told)(read_u8(r) % TOLD_COUNT);
    show.n = read_u64(r);
    show.n2 = read_u64(r);
    show.wall_ms = read_u64(r);
    show.lamport = show.n;
    if (show.kind == SHOW_HELD) { /* a range: one line each, so a short one */
        show.seq = show.n2;
        show.n2 = show.seq + bits % 4 < show.seq ? show.seq : show.seq + bits % 4;
    }
    show.n3 = show.n4 = show.n2;
    fill_string(r, show.channel.text, sizeof show.channel.text);
    fill_string(r, show.nick.text, sizeof show.nick.text);
    fill_string(r, show.address.text, sizeof show.address.text);
    show.a = read_bytes(r, read_u8(r));
    show.b = read_bytes(r, read_u8(r));
    show.text = read_bytes(r, r->left);
    return show;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_string(data, size);
    struct reader r = reader_of((struct bytes){.at = data, .size = size});
    struct show show = show_of(&r);

    char *text = NULL;
    size_t text_size = 0;
    FILE *out = open_memstream(&text, &text_size);
    CHECK(out != NULL);
    json_show(out, &show, "a\nb\n");
    fclose(out);
    check_safe(text, text_size);
    CHECK(text_size == 0 || show.kind == SHOW_HELD || strchr(text, '\n') == text + text_size - 1);
    free(text);

    out = open_memstream(&text, &text_size);
    CHECK(out != NULL);
    struct lines *lines = lines_new(out, out, false);
    lines_show(lines, &show, 0);
    show.n = 0; /* what was missing or coming is here */
    lines_show(lines, &show, 0);
    lines_free(lines);
    fclose(out);
    check_safe(text, text_size);
    CHECK(text_size == 0 || text[text_size - 1] == '\n');
    free(text);
    return 0;
}
