/* Bytes: see bytes.h. Integers are put together byte by byte, so neither the machine's byte order
 * nor its alignment rules show on the wire.
 *
 * 1. A reader never looks past the end of its range and a writer never past its room, whatever
 *    sizes they are asked for: the size is compared with what is left, never added to a position.
 * 2. A reader that failed gives zeroes ever after, a writer that is full writes nothing more, so
 *    that one check at the end is enough.
 *
 * It owns no memory and judges no content. */
#include "base/bytes.h"

#include <string.h>

struct reader reader_of(struct bytes bytes)
{
    return (struct reader){.at = bytes.at, .left = bytes.size};
}

struct bytes read_bytes(struct reader *r, size_t size)
{
    if (r->bad || size > r->left) {
        r->bad = true;
        return (struct bytes){0};
    }
    struct bytes taken = {.at = r->at, .size = size};
    if (size > 0) {
        r->at += size;
        r->left -= size;
    }
    return taken;
}

static uint64_t read_little_endian(struct reader *r, size_t size)
{
    struct bytes taken = read_bytes(r, size);
    uint64_t value = 0;
    for (size_t i = taken.size; i > 0; i--)
        value = value << 8 | taken.at[i - 1];
    return value;
}

uint8_t read_u8(struct reader *r)
{
    return (uint8_t)read_little_endian(r, 1);
}

uint16_t read_u16(struct reader *r)
{
    return (uint16_t)read_little_endian(r, 2);
}

uint32_t read_u32(struct reader *r)
{
    return (uint32_t)read_little_endian(r, 4);
}

uint64_t read_u64(struct reader *r)
{
    return read_little_endian(r, 8);
}

void read_copy(struct reader *r, void *to, size_t size)
{
    if (size == 0)
        return;
    struct bytes taken = read_bytes(r, size);
    if (taken.size == size)
        memcpy(to, taken.at, size);
    else
        memset(to, 0, size);
}

struct id read_id(struct reader *r)
{
    struct id id = {0};
    read_copy(r, id.b, sizeof id.b);
    return id;
}

bool read_done(const struct reader *r)
{
    return !r->bad && r->left == 0;
}

struct writer writer_of(void *at, size_t room)
{
    return (struct writer){.at = at, .room = room};
}

void write_copy(struct writer *w, const void *from, size_t size)
{
    if (w->full || size > w->room - w->size) {
        w->full = true;
        return;
    }
    if (size > 0)
        memcpy(w->at + w->size, from, size);
    w->size += size;
}

static void write_little_endian(struct writer *w, uint64_t value, size_t size)
{
    uint8_t b[8];
    for (size_t i = 0; i < size; i++)
        b[i] = (uint8_t)(value >> 8 * i);
    write_copy(w, b, size);
}

void write_u8(struct writer *w, uint8_t value)
{
    write_little_endian(w, value, 1);
}

void write_u16(struct writer *w, uint16_t value)
{
    write_little_endian(w, value, 2);
}

void write_u32(struct writer *w, uint32_t value)
{
    write_little_endian(w, value, 4);
}

void write_u64(struct writer *w, uint64_t value)
{
    write_little_endian(w, value, 8);
}

void write_id(struct writer *w, const struct id *id)
{
    write_copy(w, id->b, sizeof id->b);
}

struct bytes written(const struct writer *w)
{
    return (struct bytes){.at = w->at, .size = w->size};
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

int id_compare(const struct id *a, const struct id *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool id_is_zero(const struct id *id)
{
    static const struct id zero;
    return id_equal(id, &zero);
}

int number_compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

void hex_of(char *out, const void *from, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = from;
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[b[i] >> 4];
        *out++ = digits[b[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_read(void *to, size_t size, const char *text)
{
    uint8_t *b = to;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(*text);
        if (high < 0)
            return false;
        int low = hex_digit(text[1]);
        if (low < 0)
            return false;
        b[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}
