/* Burst: a terminal without bracketed paste (the Linux console, a VT100, GNU screen 4) sends what is
 * pasted as keys, and each end of a line would be Enter. What comes at once is the only difference (in one read, or
 * in several with no pause between them, since a system hands it on in pieces): who types, or lets a
 * program type and looks at what comes of it, has no three lines in it.
 *
 * It is no proof. Two lines come at once from a program, too, or by hand through a link that stood still for a
 * second: they are said as they would be anywhere (irssi says up to four), since a paste so small does
 * no harm; with a tab they were not typed. And it is looked for only while the reader of keys was waiting
 * for them, or was busy for less than anybody types three lines in (press.c): what piled up longer was typed ahead. */
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
    burst->open = !is_end(key);
    burst->tab = burst->tab || key == KEYS_TAB;
    burst->other = burst->other || !burst_is_text(key);
    return true;
}

static bool is_command(const struct burst *burst, bool into_empty)
{
    return into_empty && burst->count > 0 && (burst->keys[0] == '\\' || burst->keys[0] == '/');
}

bool burst_is_paste(const struct burst *burst, bool into_empty)
{
    size_t rows = burst->lines + burst->open;
    bool several = rows > 2 || (rows == 2 && burst->tab);
    return several && !burst->other && !is_command(burst, into_empty);
}

bool burst_may_go_on(const struct burst *burst, bool into_empty)
{
    return burst->count > 1 && burst->count < BURST_KEYS && !burst->other &&
           !is_command(burst, into_empty) && !burst_is_paste(burst, into_empty);
}

bool burst_next(struct burst *burst, uint32_t *key)
{
    if (burst->next < burst->count) {
        *key = burst->keys[burst->next++];
        return true;
    }
    burst->count = burst->next = burst->bytes = burst->lines = 0;
    burst->open = burst->tab = burst->other = false;
    return false;
}
