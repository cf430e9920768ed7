/* Bytes: a borrowed range, a reader that cannot run past its end, a writer that cannot run past its
 * room, and the 32-byte value that names nodes, channels and entries. All integers are
 * little-endian. A reader or writer that fails once stays failed: check once, at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *at;
    size_t size;
};

struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

struct writer {
    uint8_t *at;
    size_t room;
    size_t size;
    bool full;
};

/* A public key, a channel id, an entry id, a network id. */
struct id {
    uint8_t b[32];
};

#define ID_HEX_SIZE 65 /* 64 digits and the end mark */

struct reader reader_of(struct bytes bytes);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
/* Copies exactly size bytes to `to`; zeroes it when there are not that many. */
void read_copy(struct reader *r, void *to, size_t size);
struct id read_id(struct reader *r);
/* Borrows the next size bytes; an empty range when there are not that many. */
struct bytes read_bytes(struct reader *r, size_t size);
/* True when nothing failed and nothing is left over. */
bool read_done(const struct reader *r);

struct writer writer_of(void *at, size_t room);
void write_u8(struct writer *w, uint8_t value);
void write_u16(struct writer *w, uint16_t value);
void write_u32(struct writer *w, uint32_t value);
void write_u64(struct writer *w, uint64_t value);
void write_copy(struct writer *w, const void *from, size_t size);
void write_id(struct writer *w, const struct id *id);
/* What was written so far; check `full` before it is used. */
struct bytes written(const struct writer *w);

bool id_equal(const struct id *a, const struct id *b);
/* Order of the bytes, as memcmp. */
int id_compare(const struct id *a, const struct id *b);
bool id_is_zero(const struct id *id);
/* Below 0, 0 or above 0: as a is less than b, the same, or more. */
int number_compare(uint64_t a, uint64_t b);
/* Lower-case hex digits; `out` has room for 2 * size + 1. */
void hex_of(char *out, const void *from, size_t size);
/* True when text is exactly 2 * size hex digits. */
bool hex_read(void *to, size_t size, const char *text);
