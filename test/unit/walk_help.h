/* What random walks over the screen share: who says what, by chance, and the comparison of what curses
 * has brought the terminal to. Who includes this says in give() what becomes of a show. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curses.h>

#include "base/prng.h"
#include "core/face.h"

#define CHANNELS 4

static const char *const channels[CHANNELS] = {"#fika", "#other", "#a", "#longer-than-a-list-is"};
static const char *const nicks[] = {"anna", "bo", "Anna", "\u65E5\u672C", "x\u0301\u0302\u0303"};
static const char *const texts[] = {
    "hi",
    "ada: words that fill a row and then some more of the next one, whatever it is as wide as",
    "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 and \U0001F44D\U0001F3FD\U0001F3FD",
    "\U0001F1F8\U0001F1EA\U0001F1F3\U0001F1F4\U0001F1EB flags \U0001F3F4\u200D\u2620\uFE0F",
    "1\uFE0F\u20E3 \u2764\uFE0F \u2764\uFE0E \u263A",
    "\u1112\u1161\u11AB\u1100\u1173\u11AF \uD55C\uAE00 \u1112 \u1161",
    "\u0E01\u0E33\u0E49\u0E19\u0E35\u0E48 \u0E17\u0E35\u0E48",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u202Eevil\u202C \u05E9\u05DC\u05D5\u05DD",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358\u0359a\u0300\u0301\u0302\u0303\u0304l",
    "\x1B[2J\x1B]0;x\x07\xC2\x9B\xFF\xFE\r\n\t\x7F\x00x",
    "\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E",
    "*bold* and _italic_ and `code`, see https://example.org/a_b_(c)?d=e#f. *not _that* one_",
    "```\nint main(void)\n{\n\treturn 0;\n}\n```\nand so on",
    "\u0915\u094D\u0937\u093F \u0BA8\u0BBF \u0938\u094D\u0924\u094D\u0930\u0940 \u115F\u3164",
    "\n\n\n",
    "\u0301\u0302 \u200D\u200D \uFE0F \U000E0041 \uFEFF\u2028",
};

static void give(const struct show *show);

static struct prng prng;
static uint64_t clock_now;

static uint32_t below(uint32_t bound)
{
    return prng_below(&prng, bound);
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void show_current(void)
{
    struct show show = {.kind = SHOW_CURRENT};
    show.text = bytes_of("#fika\n#other\n#a\n#longer-than-a-list-is");
    show.a = below(2) ? bytes_of("#other\n#longer-than-a-list-is") : (struct bytes){0};
    snprintf(show.channel.text, sizeof show.channel.text, "%s", channels[below(CHANNELS)]);
    give(&show);
}

static struct show about(enum show_kind kind)
{
    struct show show = {.kind = kind, .wall_ms = clock_now};
    snprintf(show.channel.text, sizeof show.channel.text, "%s", channels[below(CHANNELS)]);
    snprintf(show.nick.text, sizeof show.nick.text, "%s",
             nicks[below(sizeof nicks / sizeof *nicks)]);
    memset(&show.id, (int)below(5), sizeof show.id);
    show.text = bytes_of(texts[below(sizeof texts / sizeof *texts)]);
    show.a = show.text;
    return show;
}

static void show_message(void)
{
    struct show show = about(SHOW_MESSAGE);
    show.via = (enum via)below(4);
    show.own = show.id.b[0] == 1;
    show.action = below(8) == 0;
    show.adrift = below(30) == 0;
    show.liar = below(30) == 0;
    show.lamport = show.seq = 1 + below(3000);
    give(&show);
}

static void show_word(void)
{
    static const enum show_kind kinds[] = {
        SHOW_MEMBER,   SHOW_MEMBER, SHOW_MEMBER,   SHOW_LINK,      SHOW_STATUS,   SHOW_WHO_ROW,
        SHOW_TOLD,     SHOW_READY,  SHOW_GAP,      SHOW_HELD,      SHOW_COMING,   SHOW_FORGOTTEN,
        SHOW_PAGE,     SHOW_EDITED, SHOW_REACTION, SHOW_REACTION,  SHOW_ADMITTED, SHOW_REMOVED,
        SHOW_ROLE_ROW, SHOW_CLOSED, SHOW_LEFT_OUT, SHOW_INVITATION};
    static const char *const signs[] = {"+", "\U0001F44D\U0001F3FD", "Z\u0351\u0352", "\x1B[2J"};
    uint8_t list[REACTIONS_BYTES];
    struct show show = about(kinds[below(sizeof kinds / sizeof *kinds)]);
    show.up = below(2);
    if (show.kind == SHOW_REACTION) {
        struct writer w = writer_of(list, sizeof list);
        for (uint32_t i = below(4); i > 0; i--) {
            struct reactions_row row = {bytes_of(signs[below(4)]), 1 + below(200), below(2)};
            reactions_add(&w, &row);
        }
        show.a = bytes_of(signs[below(4)]);
        show.b = written(&w);
    }
    memset(&show.who, (int)below(5), sizeof show.who);
    show.who_nick = show.nick;
    show.own = below(8) == 0;
    show.group = below(2);
    show.told = (enum told)below(TOLD_COUNT);
    show.n = below(20);
    show.seq = show.lamport = 1 + below(3000);
    show.n2 = show.seq + below(3);
    give(&show);
}

/* What curses has brought the terminal to. */
static cchar_t *taken(void)
{
    int width = COLS, height = LINES;
    cchar_t *cells = calloc((size_t)(width * height), sizeof *cells);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            mvwin_wch(curscr, y, x, &cells[y * width + x]);
    return cells;
}
