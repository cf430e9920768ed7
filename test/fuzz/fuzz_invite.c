/* Fuzz: an invite as it was pasted. What is taken is written as the same, which has one form; and the
 * bytes behind the letters are tried as if their check were right. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "net/invite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_twice(const char *text, size_t size)
{
    struct invite invite, again;
    char once[INVITE_TEXT_MAX], twice[INVITE_TEXT_MAX];
    if (invite_read(&invite, text, size) != INVITE_GOOD) {
        CHECK(sodium_is_zero((const uint8_t *)&invite, sizeof invite));
        return;
    }
    CHECK(invite.count <= INVITE_ADDRESSES_MAX);
    invite_write(&invite, once);
    CHECK(invite_read(&again, once, strlen(once)) == INVITE_GOOD);
    CHECK(again.kind == invite.kind && memcmp(again.secret, invite.secret, 32) == 0);
    CHECK(again.count <= invite.count && again.count >= (invite.count > 0));
    invite_write(&again, twice);
    CHECK(strcmp(once, twice) == 0);
}

/* The letters of these bytes and of their check. */
static size_t letters_of(char *text, const uint8_t *data, size_t size)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    static const uint8_t personal[16] = "fika-invite-v1";
    uint8_t bytes[500], hash[32];
    size_t at = 0;
    memcpy(bytes, data, size);
    crypto_generichash_blake2b_salt_personal(hash, 32, data, size, NULL, 0, NULL, personal);
    memcpy(bytes + size, hash, 4);
    size += 4;
    for (size_t bit = 0; bit < 8 * size; bit += 5) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 5; i++)
            value = value << 1 | (i < 8 * size ? bytes[i / 8] >> (7 - i % 8) & 1u : 0);
        text[at++] = digits[value];
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[900] = "fika:";
    read_twice((const char *)data, size);
    if (size <= 490)
        read_twice(text, 5 + letters_of(text + 5, data, size));
    return 0;
}
