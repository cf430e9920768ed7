/* Sealed: a mark, and records behind one another, so that a line can be added without the rest being
 * written again.
 *
 *     "fika-sealed-1\n"   then, any number of times:
 *     size (4, little end first)   nonce (24, random)   XChaCha20-Poly1305 of `size` bytes, and tag (16)
 *
 * The file's name within the profile is sealed along (as additional data), so that no file stands in for
 * another. That a record at the end is missing, or an older one stands in its own place, is not seen. */
#include "store/sealed.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "store/vault.h"

void sealed_record(unsigned char *out, const char *text, size_t size, const char *name)
{
    CHECK(size <= SEALED_RECORD_MAX);
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(size >> (8 * i));
    randombytes_buf(out + 4, SEALED_HEAD - 4);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + SEALED_HEAD, NULL, (const unsigned char *)text,
                                               size, (const unsigned char *)name, strlen(name),
                                               NULL, out + 4, vault_key(VAULT_FILES));
}

size_t sealed_size(const unsigned char head[SEALED_HEAD])
{
    return (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
}

bool sealed_open(char *out, const unsigned char head[SEALED_HEAD], const unsigned char *in,
                 const char *name)
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               (unsigned char *)out, NULL, NULL, in,
               sealed_size(head) + (SEALED_OVER - SEALED_HEAD), (const unsigned char *)name,
               strlen(name), head + 4, vault_key(VAULT_FILES)) == 0;
}
