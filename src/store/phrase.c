/* Phrase: 256 bits, and behind them the first 8 of their SHA-256, 11 a word, the highest bit of each byte first. */
#include "store/phrase.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/wordlist.h"

#define BLANK " \t\r\n"

/* The secret with its sum. */
static void sum(uint8_t bytes[PHRASE_SECRET + 1])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, bytes, PHRASE_SECRET);
    bytes[PHRASE_SECRET] = hash[0];
    sodium_memzero(hash, sizeof hash);
}

void phrase_write(const uint8_t secret[PHRASE_SECRET], char out[PHRASE_ROOM])
{
    uint8_t bytes[PHRASE_SECRET + 1];
    size_t size = 0;
    _Static_assert(sizeof bytes * 8 == PHRASE_WORDS * WORDLIST_BITS, "all bits are in a word");
    memcpy(bytes, secret, PHRASE_SECRET);
    sum(bytes);
    for (unsigned i = 0; i < PHRASE_WORDS; i++) {
        unsigned number = 0;
        for (unsigned bit = i * WORDLIST_BITS; bit < (i + 1) * WORDLIST_BITS; bit++)
            number = number << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
        int wrote =
            snprintf(out + size, PHRASE_ROOM - size, "%s%s", i > 0 ? " " : "", wordlist_at(number));
        CHECK(wrote > 0 && (size_t)wrote < PHRASE_ROOM - size);
        size += (size_t)wrote;
    }
    sodium_memzero(bytes, sizeof bytes);
}

static void put(uint8_t bytes[PHRASE_SECRET + 1], size_t at, unsigned number)
{
    for (unsigned k = 0; k < WORDLIST_BITS; k++) {
        size_t bit = at * WORDLIST_BITS + k;
        if ((number >> (WORDLIST_BITS - 1 - k) & 1) != 0)
            bytes[bit / 8] |= (uint8_t)(1 << (7 - bit % 8));
    }
}

static enum phrase_fault words(const char *text, uint8_t bytes[PHRASE_SECRET + 1],
                               struct phrase_told *told)
{
    const char *first = text + strspn(text, BLANK);
    size_t count = 0;
    for (const char *at = first; *at != '\0'; at += strspn(at, BLANK), count++)
        at += strcspn(at, BLANK);
    told->at = count;
    size_t i = 0;
    for (const char *at = first; *at != '\0'; at += strspn(at, BLANK), i++) {
        size_t size = strcspn(at, BLANK);
        int number = wordlist_find(at, size);
        if (number < 0) {
            text_tame(told->word, sizeof told->word, at, size, TAME_LINE);
            told->near = wordlist_near(at, size);
            told->at = i + 1;
            return PHRASE_UNKNOWN;
        }
        if (i < PHRASE_WORDS)
            put(bytes, i, (unsigned)number);
        at += size;
    }
    return count == PHRASE_WORDS ? PHRASE_GOOD : PHRASE_COUNT;
}

enum phrase_fault phrase_read(const char *text, uint8_t secret[PHRASE_SECRET],
                              struct phrase_told *told)
{
    uint8_t bytes[PHRASE_SECRET + 1] = {0}, summed[PHRASE_SECRET + 1];
    memset(told, 0, sizeof *told);
    enum phrase_fault fault = words(text, bytes, told);
    memcpy(summed, bytes, sizeof bytes);
    sum(summed);
    if (fault == PHRASE_GOOD && summed[PHRASE_SECRET] != bytes[PHRASE_SECRET])
        fault = PHRASE_CHECK;
    memset(secret, 0, PHRASE_SECRET);
    if (fault == PHRASE_GOOD)
        memcpy(secret, bytes, PHRASE_SECRET);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(summed, sizeof summed);
    return fault;
}
