/* A terminal for tests: what is on it, out of the bytes that it was sent. It obeys only what brush.c
 * writes, and fails at anything else; what curses draws anew is taken over from curses. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "base/bytes.h"
#include "base/text.h"

#define SCREEN_ROOM (300 * 120)
#define SCREEN_TEXT (CCHARW_MAX + 1)

struct on_screen {
    wchar_t text[SCREEN_TEXT]; /* "" in the second column of a wide one */
    attr_t style;
    int front, back;
};

struct screen {
    struct on_screen cells[SCREEN_ROOM];
    int row, column, top, bottom;
    struct on_screen look; /* what is written next has its style and colours */
};

static struct screen screen;
static int screen_file;

/* What is written to descriptor 1 from now on is for it. */
static void screen_open(void)
{
    screen_file = fileno(tmpfile());
    assert_true(screen_file >= 0);
    dup2(screen_file, 1);
}

static struct on_screen *screen_at(int row, int column)
{
    assert_true(row >= 0 && row < LINES && column >= 0 && column < COLS);
    return &screen.cells[row * COLS + column];
}

static void colours_of_pair(short pair, struct on_screen *cell)
{
    short front = -1, back = -1;
    pair_content(pair, &front, &back);
    cell->front = front;
    cell->back = back;
}

/* Curses has drawn everything. */
static void screen_take_over(void)
{
    getyx(curscr, screen.row, screen.column); /* which taking them moves */
    cchar_t *cells = taken();
    for (int i = 0; i < COLS * LINES; i++) {
        struct on_screen *cell = &screen.cells[i];
        short pair;
        memset(cell, 0, sizeof *cell);
        getcchar(&cells[i], cell->text, &cell->style, &pair, NULL);
        cell->style &= term_attrs() & ~A_COLOR; /* what it has */
        colours_of_pair(pair, cell);
        if (i % COLS > 0 && wcwidth(cell[-1].text[0]) == 2)
            memset(cell->text, 0, sizeof cell->text);
    }
    free(cells);
    wmove(curscr, screen.row, screen.column);
    screen.top = 0;
    screen.bottom = LINES - 1;
    memset(&screen.look, 0, sizeof screen.look);
    screen.look.front = screen.look.back = -2; /* nobody knows */
}

static void empty(int row, int from)
{
    for (int x = from; x < COLS; x++) {
        struct on_screen *cell = screen_at(row, x);
        *cell = screen.look;
        cell->text[0] = L' ';
    }
}

static void line_feed(void)
{
    if (screen.row != screen.bottom) {
        screen.row += screen.row < LINES - 1;
        return;
    }
    memmove(screen_at(screen.top, 0), &screen.cells[(screen.top + 1) * COLS],
            (size_t)((screen.bottom - screen.top) * COLS) * sizeof *screen.cells);
    empty(screen.bottom, 0);
}

/* Half of a wide one that was written over is nothing to be relied upon. */
static void spoil(int row, int column)
{
    if (column >= COLS)
        return;
    struct on_screen *cell = screen_at(row, column);
    if (cell->text[0] == L'\0' && column > 0)
        wcscpy(screen_at(row, column - 1)->text, L"<");
    if (wcwidth(cell->text[0]) == 2 && column + 1 < COLS)
        wcscpy(screen_at(row, column + 1)->text, L">");
}

static void write_letter(wchar_t letter)
{
    int columns = wcwidth(letter);
    assert_true(columns >= 0);
    if (columns == 0) {
        struct on_screen *before = screen_at(screen.row, screen.column - 1);
        if (before->text[0] == L'\0')
            before--;
        size_t size = wcslen(before->text);
        assert_true(size > 0 && size < SCREEN_TEXT - 1);
        before->text[size] = letter;
        return;
    }
    assert_int_not_equal(screen.look.front, -2);
    for (int i = 0; i < columns; i++) {
        spoil(screen.row, screen.column + i);
        struct on_screen *cell = screen_at(screen.row, screen.column + i);
        *cell = screen.look;
        cell->text[0] = i == 0 ? letter : L'\0';
    }
    screen.column += columns;
}

static void select_look(const int *numbers, size_t count)
{
    static const attr_t styles[] = {
        [1] = A_BOLD, [2] = A_DIM, [3] = A_ITALIC, [4] = A_UNDERLINE, [7] = A_REVERSE};
    struct on_screen *look = &screen.look;
    for (size_t i = 0; i < count; i++) {
        int n = numbers[i];
        if (n == 0)
            *look = (struct on_screen){.front = -1, .back = -1};
        else if (n < 8 && styles[n] != 0)
            look->style |= styles[n];
        else if ((n == 38 || n == 48) && i + 2 < count && numbers[i + 1] == 5)
            *(n == 38 ? &look->front : &look->back) = numbers[i += 2];
        else if (n >= 30 && n < 38)
            look->front = n - 30;
        else if (n >= 40 && n < 48)
            look->back = n - 40;
        else if (n >= 90 && n < 98)
            look->front = n - 90 + 8;
        else if (n >= 100 && n < 108)
            look->back = n - 100 + 8;
        else
            fail_msg("an unknown look: %d", n);
    }
}

static void obey(char letter, const int *numbers, size_t count)
{
    switch (letter) {
    case 'H':
        screen.row = numbers[0] - 1;
        screen.column = count > 1 ? numbers[1] - 1 : 0;
        screen_at(screen.row, screen.column);
        break;
    case 'K': empty(screen.row, screen.column); break;
    case 'm': select_look(numbers, count); break;
    case 'r':
        screen.top = numbers[0] - 1;
        screen.bottom = numbers[1] - 1;
        screen.row = screen.column = 0;
        break;
    default: fail_msg("an unknown sequence: %c", letter);
    }
}

/* Returns where it ends. */
static const char *sequence(const char *at, const char *end)
{
    int numbers[16] = {0};
    size_t count = 1;
    if (*at == ']') {
        while (at < end && *at != '\a')
            at++;
        return at + 1;
    }
    if (*at == '(')
        return at + 2;
    assert_int_equal(*at, '[');
    bool private = *++at == '?' || *at == '>';
    for (at += private; at < end && (*at < 0x40 || *at > 0x7E); at++) {
        if (*at == ';')
            count++;
        else if (*at >= '0' && *at <= '9')
            numbers[count - 1] = numbers[count - 1] * 10 + (*at - '0');
        assert_true(count <= sizeof numbers / sizeof *numbers);
    }
    if (!private && *at != 't') /* xterm's stack of titles */
        obey(*at, numbers, count);
    return at + 1;
}

static void screen_see(const char *at, const char *end)
{
    while (at < end) {
        if (*at == '\033') {
            at = sequence(at + 1, end);
        } else if (*at == '\n') {
            line_feed();
            at++;
        } else if (*at == '\017' || *at == '\a') {
            at++;
        } else {
            uint32_t code;
            at += utf8_decode(at, (size_t)(end - at), &code);
            write_letter((wchar_t)code);
        }
    }
}

/* Looks at what was written since the last time. */
static void screen_read(bool by_curses)
{
    static char bytes[1 << 20];
    fflush(stdout);
    ssize_t size = pread(screen_file, bytes, sizeof bytes - 1, 0);
    assert_true(size >= 0 && (size_t)size < sizeof bytes - 1);
    assert_int_equal(ftruncate(screen_file, 0), 0);
    lseek(screen_file, 0, SEEK_SET);
    bytes[size] = '\0';
    /* Only curses goes home, or to no colours. */
    if (by_curses || strstr(bytes, "\033[H") != NULL || strstr(bytes, "\033[39;49m") != NULL)
        screen_take_over();
    else
        screen_see(bytes, bytes + size);
}

static void assert_screen_is(const struct screen *other)
{
    for (int i = 0; i < COLS * LINES; i++) {
        const struct on_screen *a = &screen.cells[i], *b = &other->cells[i];
        assert_memory_equal(a->text, b->text, sizeof a->text);
        assert_int_equal(a->style, b->style);
        if (a->text[0] != L'\0') {
            assert_int_equal(a->front, b->front);
            assert_int_equal(a->back, b->back);
        }
    }
    assert_int_equal(screen.row, other->row);
    assert_int_equal(screen.column, other->column);
}
