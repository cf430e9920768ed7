/* Paste: keys as bytes of UTF-8. */
#include "ui/paste.h"

#include <string.h>

#include "base/text.h"
#include "ui/keys.h"

/* A character too many stays as a sign that there was more. */
static void add(struct paste *paste, uint32_t code)
{
    char encoded[4];
    size_t size = utf8_encode(encoded, code);
    if (paste->size + size > sizeof paste->text)
        return;
    memcpy(paste->text + paste->size, encoded, size);
    paste->size += size;
}

void paste_key(struct paste *paste, uint32_t key)
{
    uint32_t code = key & 0xFFFFFF;
    if ((key & KEYS_ALT) != 0)
        add(paste, 0x1B);
    if (code == KEYS_ENTER || code == KEYS_TAB || code == KEYS_ESCAPE)
        add(paste, code == KEYS_ENTER ? '\r' : code == KEYS_TAB ? '\t' : 0x1B);
    else if ((key & KEYS_CTRL) != 0 && code < 0x80)
        add(paste, code & 0x1F);
    else if (code <= 0x10FFFF)
        add(paste, code);
}
