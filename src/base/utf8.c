/* UTF-8: the part of base/text.h that needs no Unicode data, so that the core can use it without a
 * library: strict decoding, encoding, and which code points are unsafe to draw.
 *
 * A code point is decoded by table 3-7 of the Unicode standard: the first byte gives the length and
 * the range of the second byte; that one range is what keeps out overlong forms, surrogates and
 * what lies above U+10FFFF.
 *
 * 1. A malformed sequence is taken up to where it stopped being a possible start of a valid one
 *    (the "maximal subpart" practice), so the byte that broke it is read again as its own start.
 * 2. Decoding always moves on while there are bytes, and never reads past them.*/
#include "base/text.h"

#include <string.h>

/* The length that a first byte promises and the bounds of the byte after it; 0 for none. */
static size_t sequence_of(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0)
            *low = 0xA0;
        if (first == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0)
            *low = 0x90;
        if (first == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

/* As utf8_decode, and tells malformed bytes from a U+FFFD that was written as such. */
static size_t decode(const char *s, size_t size, uint32_t *code, bool *malformed)
{
    *malformed = false;
    *code = TEXT_REPLACEMENT;
    if (size == 0)
        return 0;
    const uint8_t *b = (const uint8_t *)s;
    if (b[0] < 0x80) {
        *code = b[0];
        return 1;
    }
    uint8_t low, high;
    size_t length = sequence_of(b[0], &low, &high);
    uint32_t value = length == 0 ? 0 : b[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (i == size || b[i] < low || b[i] > high) {
            *malformed = true;
            return i;
        }
        value = value << 6 | (b[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *malformed = length == 0;
    if (length == 0)
        return 1;
    *code = value;
    return length;
}

size_t utf8_decode(const char *s, size_t size, uint32_t *code)
{
    bool malformed;
    return decode(s, size, code, &malformed);
}

size_t utf8_count(const char *s)
{
    size_t count = 0, size = strlen(s);
    uint32_t code;
    for (size_t i = 0; i < size; count++)
        i += utf8_decode(s + i, size - i, &code);
    return count;
}

bool utf8_valid(const char *s, size_t size)
{
    while (size > 0) {
        uint32_t code;
        bool malformed;
        size_t taken = decode(s, size, &code, &malformed);
        if (malformed)
            return false;
        s += taken;
        size -= taken;
    }
    return true;
}

size_t utf8_encode(char out[4], uint32_t code)
{
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = TEXT_REPLACEMENT;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(0xF00u >> length | code);
    return length;
}

bool text_is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        {0x0000, 0x001F},       /* C0 */
        {0x007F, 0x009F},       /* DEL and C1 */
        {0x061C, 0x061C},       /* Arabic letter mark */
        {0x200E, 0x200F},       /* direction marks */
        {0x2028, 0x202E},       /* line and paragraph separator, embeddings */
        {0x2066, 0x206F},       /* isolates, deprecated formats */
        {0xD800, 0xDFFF},       /* surrogates */
        {0xFDD0, 0xFDEF},       /* noncharacters */
        {0xFFF9, 0xFFFB},       /* interlinear annotation */
        {0xE0000, 0xE007F},     /* tags */
        {0x110000, UINT32_MAX}, /* no code point at all */
    };
    if (code >= 0x20 && code < 0x7F) /* nearly all there is */
        return false;
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (code >= unsafe[i].first && code <= unsafe[i].last)
            return true;
    return (code & 0xFFFE) == 0xFFFE;
}
