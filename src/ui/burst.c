/* Burst: a terminal without bracketed paste (the Linux console, a VT100, GNU screen 4) sends what is
 * pasted as keys, and each end of a line would be Enter. What one read gives is the only difference:
 * who types, or lets a program type and looks at what comes of it, has no second line in it.
 *
 * It is no proof: two lines that a program sends without a pause look the same. So it is looked for
 * only while the reader of keys was waiting for them (press.c): what was typed ahead, or piled up while
 * it was busy, is typed. */
#include "ui/burst.h"

#include "base/text.h"
#include "ui/keys.h"

static bool is_end(uint32_t key)
{
    return key == KEYS_ENTER || key == ('j' | KEYS_CTRL);
}

bool burst_is_text(uint32_t key)
{
    return key <= 0x10FFFF || key == KEYS_TAB || is_end(key);
}

bool burst_add(struct burst *burst, uint32_t key)
{
    char encoded[4];
    if (burst->count == BURST_KEYS)
        return false;
    burst->keys[burst->count++] = key;
    burst->bytes += key <= 0x10FFFF ? utf8_encode(encoded, key) : 1;
    burst->lines += is_end(key);
    burst->other = burst->other || !burst_is_text(key);
    return true;
}

bool burst_is_paste(const struct burst *burst, bool into_empty)
{
    bool command = burst->count > 0 && (burst->keys[0] == '\\' || burst->keys[0] == '/');
    return burst->lines > 1 && !burst->other && !(into_empty && command);
}

bool burst_next(struct burst *burst, uint32_t *key)
{
    if (burst->next < burst->count) {
        *key = burst->keys[burst->next++];
        return true;
    }
    burst->count = burst->next = burst->bytes = burst->lines = 0;
    burst->other = false;
    return false;
}
