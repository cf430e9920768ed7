/* Text: UTF-8 as foreign bytes must be treated before a person sees them. Strict decoding (RFC
 * 3629: no overlong forms, no surrogates, nothing above U+10FFFF), taming (nothing that a terminal
 * would obey or that would reorder a line), graphemes and their width in columns (UAX #29, UAX #11,
 * by utf8proc). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_REPLACEMENT 0xFFFDu

/* Decodes one code point from s[0..size). Returns the bytes it took: 0 only when size is 0. For a
 * malformed sequence it takes its longest valid start (at least 1 byte) and gives U+FFFD. */
size_t utf8_decode(const char *s, size_t size, uint32_t *code);
/* How many code points a string has, as they are decoded here. */
size_t utf8_count(const char *s);
/* Writes code as UTF-8 (1-4 bytes) and returns how many. */
size_t utf8_encode(char out[4], uint32_t code);
bool utf8_valid(const char *s, size_t size);

/* True for what must not be drawn as itself: C0, DEL, C1, bidi controls (U+061C, U+200E/F,
 * U+202A-E, U+2066-9), line and paragraph separators, tags, unassigned non-characters, interlinear
 * marks. */
bool text_is_unsafe(uint32_t code);

/* The same letter in lower case, as names are compared; what has none stays. */
uint32_t text_lower(uint32_t code);

/* How text_tame treats line breaks and tabs: one line (each becomes a space), or kept. */
enum tame { TAME_LINE, TAME_LINES };

/* Copies in[0..size) to out as valid UTF-8 that no terminal obeys: malformed bytes become U+FFFD,
 * unsafe code points become U+FFFD (bidi controls and tags vanish), at most TEXT_MARKS_MAX
 * combining marks follow a base. Cuts at a whole code point; always ends with a zero. Returns the
 * length written, below room. */
size_t text_tame(char *out, size_t room, const char *in, size_t size, enum tame how);
#define TEXT_MARKS_MAX 8

/* Bytes of the grapheme cluster at the start of s (valid UTF-8); 0 only when size is 0. */
size_t grapheme_size(const char *s, size_t size);
/* Columns that one grapheme takes on a terminal: 0, 1 or 2. */
int grapheme_columns(const char *s, size_t size);
/* Columns of a whole string of valid UTF-8. */
int text_columns(const char *s, size_t size);
/* The longest prefix of s, in bytes, of whole graphemes that fits in `columns`. */
size_t text_fit(const char *s, size_t size, int columns);
