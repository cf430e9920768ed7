/* Argument: cuts what was typed into words, and gives a word back as a sentence may show it. */
#include "ui/argument.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ui/cells.h"

#define WORD_COLUMNS 40 /* how much of a typed word a sentence repeats */
_Static_assert(ARGUMENT_REPEATED == 3 * WORD_COLUMNS, "the header says how much it is");

bool argument_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes argument_trimmed(const char *at, size_t size)
{
    while (size > 0 && argument_blank(at[0])) {
        at++;
        size--;
    }
    while (size > 0 && argument_blank(at[size - 1]))
        size--;
    return (struct bytes){.at = (const uint8_t *)at, .size = size};
}

struct bytes argument_word(struct bytes *rest)
{
    size_t size = 0;
    while (size < rest->size && !argument_blank((char)rest->at[size]))
        size++;
    struct bytes word = {.at = rest->at, .size = size};
    *rest = argument_trimmed((const char *)rest->at + size, rest->size - size);
    return word;
}

bool argument_is(struct bytes word, const char *name)
{
    return word.size == strlen(name) && strncasecmp((const char *)word.at, name, word.size) == 0;
}

void argument_repeat(struct bytes word, char *out, size_t room)
{
    size_t size = text_tame(out, room, (const char *)word.at, word.size, TAME_LINE);
    size_t fits = text_fit(out, size, WORD_COLUMNS);
    if (fits < size && fits + 4 <= room)
        memcpy(out + fits, "...", 4);
}
