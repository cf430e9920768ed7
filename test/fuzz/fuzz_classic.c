/* Classic lines: any frame of a stranger is taken apart, tamed and written again. What was taken
 * apart must lie inside the frame, within its bounds, and make up the frame again; what is shown or
 * sent must be one line of valid UTF-8 that no terminal obeys. */
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "gate/classic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text, size_t size)
{
    CHECK(strlen(text) == size);
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_decode(text + i, size - i, &code);
        CHECK(code != '\n' && !text_is_unsafe(code));
    }
    CHECK(utf8_valid(text, size));
}

static void check_parts(struct bytes frame, struct bytes channel, struct bytes nick,
                        struct bytes text)
{
    CHECK(channel.size >= 2 && channel.size <= LIMIT_CHANNEL && channel.at[0] == '#');
    CHECK(nick.size > 0 && !memchr(nick.at, '>', nick.size));
    CHECK(channel.at == frame.at && nick.at == channel.at + channel.size + 2);
    CHECK(text.at == nick.at + nick.size + 3);
    CHECK(channel.size + nick.size + text.size + 5 == frame.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char shown[LIMIT_TEXT + 1], line[CLASSIC_WRITE_MAX];
    struct bytes frame = {data, size}, channel, nick, text = frame;
    struct nick from = {"n"};

    if (classic_parse(frame, &channel, &nick, &text)) {
        check_parts(frame, channel, nick, text);
        size_t nick_size =
            text_tame(from.text, sizeof from.text, (const char *)nick.at, nick.size, TAME_LINE);
        check_line(from.text, nick_size);
    }
    check_line(shown, text_tame(shown, sizeof shown, (const char *)text.at, text.size, TAME_LINE));
    if (text.size > LIMIT_TEXT)
        text.size = LIMIT_TEXT;
    check_line(line, classic_write(line, sizeof line, NULL, &from, text, size % 2));

    /* What we write, we can read: the same channel, nick and text, as far as it is one line. */
    struct channel_name plain = {"#plain"};
    struct nick anna = {"anna"};
    size_t written_size = classic_write(line, sizeof line, &plain, &anna, text, false);
    CHECK(classic_parse((struct bytes){(uint8_t *)line, written_size}, &channel, &nick, &text));
    CHECK(channel.size == 6 && nick.size == 4);
    check_line((const char *)text.at, text.size);
    return 0;
}
