/* The classic wire: one line a frame, to the byte what the exercise's own program sends and splits:
 *
 *     #channel <nick>: text          on PUB/SUB
 *     text                           on PAIR
 *
 * A line is taken apart without changing a byte: the channel ends at the first space, the nick at
 * the first '>', so a nick that holds one is refused rather than guessed at. Whether its bytes are
 * UTF-8, or fit on a screen, is the taming's business, not this file's.
 *
 * Going out, a line is one line: the peer's program prints it as it comes, so line breaks become
 * spaces and nothing is left in it that its terminal would obey. */
#include "gate/classic.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"

static bool ends_channel(uint8_t byte)
{
    return byte <= ' ' || byte == 0x7f || byte == ',';
}

bool classic_parse(struct bytes frame, struct bytes *channel, struct bytes *nick,
                   struct bytes *text)
{
    static const char open[] = " <", close[] = ">: ";

    const uint8_t *at = frame.at;
    size_t left = frame.size, size = 0;
    while (size < left && !ends_channel(at[size]))
        size++;
    if (size < 2 || size > LIMIT_CHANNEL || at[0] != '#')
        return false;
    *channel = (struct bytes){at, size};
    at += size, left -= size;

    if (left < 2 || memcmp(at, open, 2) != 0)
        return false;
    at += 2, left -= 2;
    const uint8_t *end = left ? memchr(at, '>', left) : NULL;
    if (!end || end == at)
        return false;
    *nick = (struct bytes){at, (size_t)(end - at)};
    left -= nick->size;

    if (left < 3 || memcmp(end, close, 3) != 0)
        return false;
    *text = (struct bytes){end + 3, left - 3};
    return true;
}

/* The string's bytes without its end mark, while the whole still has room for one. */
static size_t put(char *out, size_t room, size_t size, const char *text)
{
    size_t count = strlen(text);
    CHECK(size + count < room);
    memcpy(out + size, text, count + 1);
    return size + count;
}

size_t classic_write(char *out, size_t room, const struct channel_name *channel,
                     const struct nick *nick, struct bytes text, bool action)
{
    size_t size = 0;
    CHECK(room > 0);
    out[0] = 0;
    if (channel) {
        size = put(out, room, size, channel->text);
        size = put(out, room, size, " <");
        size = put(out, room, size, nick->text);
        size = put(out, room, size, ">: ");
    }
    if (action) {
        size = put(out, room, size, "* ");
        size = put(out, room, size, nick->text);
        size = put(out, room, size, " ");
    }
    return size + text_tame(out + size, room - size, (const char *)text.at, text.size, TAME_LINE);
}
