/* How a value is written as JSON, and its key. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/json_private.h"
#include "ui/words.h"

static char *write_escape(char *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[unit >> shift & 15];
    return out;
}

static char *write_code(char *out, uint32_t code, const char *as_is, size_t size)
{
    if (code == '"' || code == '\\') {
        *out++ = '\\';
        *out++ = (char)code;
    } else if (code == '\n' || code == '\t') {
        *out++ = '\\';
        *out++ = code == '\n' ? 'n' : 't';
    } else if (!text_is_unsafe(code)) {
        memcpy(out, as_is, size);
        out += size;
    } else if (code < 0x10000) {
        out = write_escape(out, code);
    } else {
        out = write_escape(out, 0xD800 + ((code - 0x10000) >> 10));
        out = write_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    }
    return out;
}

/* Most of most texts. */
static bool is_plain(char byte)
{
    return byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\';
}

size_t json_string(char *out, const void *text, size_t size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const char *in = text;
    char *at = out;
    *at++ = '"';
    for (size_t i = 0; i < size;) {
        uint32_t code;
        if (is_plain(in[i])) {
            *at++ = in[i++];
            continue;
        }
        size_t taken = utf8_decode(in + i, size - i, &code);
        bool written_so = taken == 3 && memcmp(in + i, replacement, 3) == 0;
        if (code == TEXT_REPLACEMENT && !written_so)
            at = write_escape(at, code);
        else
            at = write_code(at, code, in + i, taken);
        i += taken;
    }
    *at++ = '"';
    *at = '\0';
    return (size_t)(at - out);
}

static void put_bytes(FILE *out, const void *text, size_t size)
{
    char few[6 * 128 + 3];
    char *string = 6 * size + 3 <= sizeof few ? few : malloc(6 * size + 3);
    CHECK(string != NULL);
    size_t length = json_string(string, text, size);
    fwrite(string, 1, length, out);
    if (string != few)
        free(string);
}

void json_put_text(FILE *out, const char *key, const char *text)
{
    fputs(key, out);
    put_bytes(out, text, strlen(text));
}

void json_put_foreign(FILE *out, const char *key, struct bytes text)
{
    fputs(key, out);
    put_bytes(out, text.at, text.size);
}

void json_put_id(FILE *out, const char *key, const struct id *id)
{
    char hex[ID_HEX_SIZE];
    hex_of(hex, id->b, sizeof id->b);
    json_put_text(out, key, hex);
}

void json_put_number(FILE *out, const char *key, uint64_t number)
{
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    fputs(key, out);
    fwrite(at, 1, (size_t)(digits + sizeof digits - at), out);
}

void json_put_time(FILE *out, const char *key, uint64_t wall_ms)
{
    char time[32];
    if (wall_ms == 0)
        return;
    words_time(wall_ms, time);
    json_put_text(out, key, time);
}

void json_put_truth(FILE *out, const char *key, bool truth)
{
    fputs(key, out);
    fputs(truth ? "true" : "false", out);
}

void json_begin(FILE *out, const char *event)
{
    fputs("{\"event\":\"", out);
    fputs(event, out);
    fputs("\"", out);
}

void json_begin_in(FILE *out, const char *event, const struct show *show)
{
    json_begin(out, event);
    json_put_text(out, ",\"channel\":", show->channel.text);
}

void json_put_end(FILE *out)
{
    fputs("}\n", out);
}
