/* What the tests of a window share: a view, what is said in it, what stands on its screen, and a store of
 * numbered lines that answers what it asks for. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view.h"

#define WIDTH  39
#define HEIGHT 11
#define BOTTOM (HEIGHT - 2) /* the last row of lines */

static struct view *view;
static struct cell cells[200 * 60];

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline int setup(void **state)
{
    (void)state;
    view = view_new();
    struct show show = {.kind = SHOW_CURRENT, .channel = {"#fika"}, .text = bytes_of("#fika")};
    view_show(view, &show, 0);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static inline struct show message(enum via via, uint64_t lamport, uint8_t author, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"anna"}, .via = via};
    show.lamport = show.seq = lamport;
    memset(&show.id, author, sizeof show.id);
    if (author != 1) /* one nick, one identity: else there would be digits */
        snprintf(show.nick.text, sizeof show.nick.text, author == 9 ? "me" : "p%u", author);
    show.text = bytes_of(text);
    return show;
}

static inline void say(enum via via, uint64_t lamport, const char *text)
{
    struct show show = message(via, lamport, 1, text);
    view_show(view, &show, 0);
}

static inline void say_number(enum via via, uint64_t number)
{
    char text[16];
    snprintf(text, sizeof text, "n%05u", (unsigned)number);
    say(via, number, text);
}

static inline void say_own(uint64_t lamport, uint64_t held, const char *text)
{
    struct show show = message(VIA_LINK, lamport, 9, text);
    show.own = true;
    show.n = held;
    view_show(view, &show, 0);
}

static inline void held(uint64_t from, uint64_t to, uint64_t by)
{
    struct show show = {.kind = SHOW_HELD, .channel = {"#fika"}, .seq = from, .n2 = to, .n = by};
    memset(&show.id, 9, sizeof show.id);
    view_show(view, &show, 0);
}

static inline void gap(uint8_t author, uint64_t lamport, uint64_t from, uint64_t to,
                       uint64_t missing)
{
    struct show show = {.kind = SHOW_GAP, .channel = {"#fika"}, .nick = {"bo"}, .lamport = lamport};
    memset(&show.id, author, sizeof show.id);
    show.seq = from;
    show.n2 = to;
    show.n = missing;
    show.a = bytes_of(missing > 0 ? "cy" : "");
    view_show(view, &show, 0);
}

static inline const char *row_of(int y, int width)
{
    static char text[200 * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < width; x++) {
        memcpy(text + size, cells[y * width + x].text, cells[y * width + x].size);
        size += cells[y * width + x].size;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
    return text;
}

static inline const char *row(int y)
{
    return row_of(y, WIDTH);
}

static inline void paint(void)
{
    view_paint(view, cells, WIDTH, HEIGHT);
}

static inline void assert_rows(const char *const *rows, int first, int count)
{
    paint();
    for (int i = 0; i < count; i++)
        assert_string_equal(row(first + i), rows[i]);
}

/* ---- a store of `stored_count` numbered lines, and what it answers ---- */

static uint64_t stored_count;

/* The oldest lines after a place. Places are numbers: author 1 said all. */
static inline void answer_after(const struct request *request)
{
    uint64_t from = request->lamport + (request->seq >= request->lamport);
    uint64_t left = from > stored_count ? 0 : stored_count - from + 1;
    uint64_t count = left < request->count ? left : request->count;
    for (uint64_t i = from; i < from + count; i++)
        say_number(VIA_STORED, i);
    struct show show = {.kind = SHOW_PAGE, .channel = {"#fika"}, .n = count, .up = left > count};
    view_show(view, &show, 0);
}

static inline void answer(const struct request *request)
{
    if (request->after) {
        answer_after(request);
        return;
    }
    uint64_t to = request->lamport > stored_count ? stored_count : request->lamport - 1;
    uint64_t count = to < request->count ? to : request->count;
    for (uint64_t i = to - count + 1; i <= to; i++)
        say_number(VIA_STORED, i);
    struct show show = {.kind = SHOW_PAGE, .channel = {"#fika"}, .n = count, .up = to > count};
    view_show(view, &show, 0);
}

/* The reader presses a key, and the store is asked when that is wanted. True when it was. */
static inline bool turn(int pages)
{
    struct request request;
    view_scroll(view, pages);
    bool asked = view_wants(view, &request);
    if (asked)
        answer(&request);
    paint();
    assert_true(view_count(view, "#fika") <= VIEW_LINES_MAX);
    return asked;
}

static inline void begin_with(uint64_t count)
{
    stored_count = count;
    for (uint64_t i = count > 20 ? count - 19 : 1; i <= count; i++)
        say_number(VIA_STORED, i);
    paint();
}

static inline uint64_t number_at(int y)
{
    const char *text = strstr(row(y), "> n");
    return text == NULL ? 0 : strtoull(text + 3, NULL, 10);
}

/* All that is wanted is answered; how often. */
static inline int serve_all(void)
{
    struct request request;
    int pages = 0;
    while (view_wants(view, &request)) {
        answer(&request);
        assert_true(++pages < 10);
    }
    paint();
    return pages;
}

static inline void jump(uint64_t number)
{
    struct channel_name channel = {"#fika"};
    struct place place = {.lamport = number, .seq = number};
    memset(&place.author, 1, sizeof place.author);
    assert_true(view_jump(view, &channel, &place));
}

/* The row of the marked line; -1 for none. */
static inline int marked_row(void)
{
    for (int y = 0; y <= BOTTOM; y++)
        if ((cells[y * WIDTH].style & STYLE_REVERSE) != 0)
            return y;
    return -1;
}
