/* Face: which names a person may choose, and what an entry looks like to a person. The same rules
 * hold for what a peer calls itself: a name stands on one line between spaces, in "<nick>" and in
 * "#a,#b" lists, so it has no spaces, is made of visible characters, and cannot be taken for a
 * command, a channel or the end of a nick. */
#include "core/face.h"

#include <string.h>

#include "base/text.h"

/* Spaces, and what looks like nothing at all, by Unicode's White_Space and the blank letters. */
static bool is_blank(uint32_t code)
{
    return code == ' ' || code == 0xA0 || code == 0xAD || code == 0x034F || code == 0x115F ||
           code == 0x1160 || code == 0x1680 || code == 0x180E ||
           (code >= 0x2000 && code <= 0x200B) || code == 0x202F ||
           (code >= 0x205F && code <= 0x2064) || code == 0x2800 || code == 0x3000 ||
           code == 0x3164 || code == 0xFEFF || code == 0xFFA0;
}

/* Joiners are parts of words and emoji, but never the first thing in a name. */
static bool is_joiner(uint32_t code)
{
    return code == 0x200C || code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F);
}

static bool code_ok(uint32_t code, bool first, const char *refused)
{
    /* Nearly all of them, in every entry that is shown. */
    if (code > ' ' && code < 0x7F) {
        while (*refused != '\0' && (uint32_t)*refused != code)
            refused++;
        return *refused == '\0';
    }
    return code != TEXT_REPLACEMENT && !text_is_unsafe(code) && !is_blank(code) &&
           !(first && is_joiner(code));
}

static bool name_ok(const char *text, size_t size, const char *refused)
{
    if (!utf8_valid(text, size))
        return false;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t taken = utf8_decode(text + i, size - i, &code);
        if (!code_ok(code, i == 0, refused))
            return false;
        i += taken;
    }
    return size > 0;
}

bool nick_ok(const char *text)
{
    size_t size = strlen(text);
    return size <= LIMIT_NICK && name_ok(text, size, "<>") && !strchr("#\\/", text[0]);
}

bool channel_name_ok(const char *text)
{
    size_t size = strlen(text);
    return text[0] == '#' && size <= LIMIT_CHANNEL && name_ok(text + 1, size - 1, ",");
}

bool direct_name_ok(const char *text)
{
    size_t size = strlen(text);
    return text[0] == '@' && size <= LIMIT_CHANNEL && name_ok(text + 1, size - 1, ",");
}

bool window_name_ok(const char *text)
{
    return channel_name_ok(text) || direct_name_ok(text);
}

struct nick nick_from_peer(struct bytes said)
{
    struct nick nick = {{0}};
    const char *text = (const char *)said.at;
    size_t size = said.size < LIMIT_NICK ? said.size : LIMIT_NICK, written_size = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t taken = utf8_decode(text + i, size - i, &code);
        if (code_ok(code, i == 0, i == 0 ? "<>#\\/" : "<>")) {
            memcpy(nick.text + written_size, text + i, taken);
            written_size += taken;
        } else {
            nick.text[written_size++] = '_';
        }
        i += taken;
    }
    if (written_size == 0)
        nick.text[0] = '?';
    return nick;
}

const struct id *show_whose(const struct show *show)
{
    return id_is_zero(&show->person) ? &show->id : &show->person;
}

void reactions_add(struct writer *w, const struct reactions_row *row)
{
    write_u8(w, row->own);
    write_u32(w, row->count);
    write_u8(w, (uint8_t)row->sign.size);
    write_copy(w, row->sign.at, row->sign.size);
}

bool reactions_next(struct bytes *list, struct reactions_row *row)
{
    struct reader r = reader_of(*list);
    row->own = read_u8(&r) != 0;
    row->count = read_u32(&r);
    row->sign = read_bytes(&r, read_u8(&r));
    *list = (struct bytes){r.at, r.left};
    return !r.bad;
}

/* 2020-01-01 in ms since 1970. */
#define CLOCK_EPOCH_MS 1577836800000ull

uint64_t adrift_from(uint64_t wall_ms)
{
    uint64_t least = (uint64_t)1 << 40, most = (uint64_t)1 << 62;
    if (wall_ms <= CLOCK_EPOCH_MS || wall_ms - CLOCK_EPOCH_MS <= least / 1000)
        return least;
    uint64_t since_ms = wall_ms - CLOCK_EPOCH_MS;
    return since_ms < most / 1000 ? since_ms * 1000 : most;
}

bool show_entry(struct show *show, const struct channel_name *channel, const struct entry *entry,
                const struct id *self, enum via via, uint64_t wall_ms)
{
    struct bytes nick = {NULL, 0}, text = {NULL, 0};
    bool sealed = entry->kind == ENTRY_SEALED && entry->body.at != NULL && channel->text[0] == '@';
    if (!sealed && !entry_text(entry, &nick, &text))
        return false;
    *show = (struct show){
        .kind = SHOW_MESSAGE,
        .channel = *channel,
        .nick = nick_from_peer(nick),
        .sealed = sealed,
        .id = entry->author,
        .own = id_equal(&entry->author, self),
        .action = entry->kind == ENTRY_ACTION,
        .adrift = entry->lamport >= adrift_from(wall_ms),
        .via = via,
        .seq = entry->seq,
        .lamport = entry->lamport,
        .wall_ms = entry->wall_ms,
        .text = text,
    };
    return true;
}
