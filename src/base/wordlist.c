/* Wordlist: the list itself is wordlist_table.h. */
#include "base/wordlist.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"

#define LONGEST    8 /* of the list */
#define TYPED_MOST 16
#define SLIPS_MOST 2
#define TELLING    4 /* letters */

static const char *const WORDS[] = {
#include "base/wordlist_table.h"
};
_Static_assert(sizeof WORDS / sizeof *WORDS == WORDLIST_SIZE, "a word is so many bits");

const char *wordlist_at(unsigned number)
{
    CHECK(number < WORDLIST_SIZE);
    return WORDS[number];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int compare(const char *word, size_t size, const char *with)
{
    size_t i = 0;
    for (; i < size && with[i] != '\0'; i++)
        if (lower(word[i]) != with[i])
            return lower(word[i]) < with[i] ? -1 : 1;
    return i < size ? 1 : with[i] != '\0' ? -1 : 0;
}

int wordlist_find(const char *word, size_t size)
{
    unsigned low = 0, high = WORDLIST_SIZE;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = compare(word, size, WORDS[middle]);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Letters changed, left out, put in or swapped with the next. */
static unsigned slips(const char *word, size_t size, const char *with)
{
    unsigned rows[TYPED_MOST + 1][LONGEST + 1];
    size_t length = strlen(with);
    for (size_t k = 0; k <= length; k++)
        rows[0][k] = (unsigned)k;
    for (size_t i = 1; i <= size; i++) {
        rows[i][0] = (unsigned)i;
        for (size_t k = 1; k <= length; k++) {
            unsigned same = lower(word[i - 1]) == with[k - 1] ? 0 : 1;
            unsigned cost =
                least(least(rows[i - 1][k], rows[i][k - 1]) + 1, rows[i - 1][k - 1] + same);
            if (i > 1 && k > 1 && lower(word[i - 1]) == with[k - 2] &&
                lower(word[i - 2]) == with[k - 1])
                cost = least(cost, rows[i - 2][k - 2] + 1);
            rows[i][k] = cost;
        }
    }
    return rows[size][length];
}

static bool begins_so(const char *listed, const char *word)
{
    for (size_t i = 0; i < TELLING; i++)
        if (listed[i] != lower(word[i])) /* also at the end of a short one */
            return false;
    return true;
}

const char *wordlist_near(const char *word, size_t size)
{
    const char *best = NULL;
    unsigned fewest = SLIPS_MOST + 1;
    if (size == 0 || size > TYPED_MOST)
        return NULL;
    for (unsigned i = 0; i < WORDLIST_SIZE; i++) {
        size_t length = strlen(WORDS[i]);
        size_t longer = length > size ? length - size : size - length;
        bool begins = size >= TELLING && begins_so(WORDS[i], word);
        if (longer >= fewest && !begins)
            continue; /* it has so many slips at least */
        unsigned count = slips(word, size, WORDS[i]);
        if (count > 1 && begins)
            count = 1; /* nothing else does */
        if (count < fewest) {
            fewest = count;
            best = WORDS[i];
        }
    }
    return best;
}
