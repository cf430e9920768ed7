/* Help: each topic has its page, and the page over the lines scrolls, fits and closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/text.h"
#include "ui/command.h"
#include "ui/keys.h"
#include "ui/page.h"

#define WIDTH 40
#define ROWS  6

static struct cell cells[200 * 60];
static char text[HELP_TEXT_MAX];

static const char *row(int y, int width)
{
    static char out[200 * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < width; x++) {
        const struct cell *cell = &cells[y * width + x];
        memcpy(out + size, cell->text, cell->size);
        size += cell->size;
    }
    while (size > 0 && out[size - 1] == ' ')
        size--;
    out[size] = '\0';
    return out;
}

static void topics(void **state)
{
    (void)state;
    struct keys keys;
    keys_init(&keys);
    const struct help_topic *topic;
    for (size_t i = 0; (topic = help_topic_at(i)) != NULL; i++) {
        char line[64];
        snprintf(line, sizeof line, "\\help %s", topic->name);
        struct typed typed = command_read(line, strlen(line));
        assert_int_equal(typed.kind, TYPED_HELP);
        assert_ptr_equal(typed.topic, topic);
        help_write(typed.topic, typed.command, &keys, text);
        assert_int_equal(strncmp(text, topic->name, strlen(topic->name)), 0);
        assert_true(utf8_valid(text, strlen(text)) && strlen(text) + 1 < sizeof text);
        help_write(NULL, NULL, &keys, text);
        assert_non_null(strstr(text, topic->title));
    }
    assert_non_null(strstr(text, "\\remove_topic"));
    help_write(help_find("KEYS", 4), NULL, &keys, text);
    assert_non_null(strstr(text, "Ctrl-X Ctrl-E"));
    assert_null(help_find("key", 3));

    char out[64];
    assert_true(command_complete("\\help netw", 10, 0, out, sizeof out));
    assert_string_equal(out, "network");
    assert_false(command_complete("\\help netw", 10, 1, out, sizeof out));
    assert_true(command_complete("\\help sear", 10, 0, out, sizeof out));
    assert_false(command_complete("\\help sear", 10, 1, out, sizeof out)); /* once */
    assert_false(command_complete("\\netw", 5, 0, out, sizeof out));
}

static void scrolling(void **state)
{
    (void)state;
    struct page *page = page_new();
    page_open(page, "Title\n1\n2\n3\n4\n5\n6\n7\n8\n9");
    page_paint(page, cells, WIDTH, ROWS);
    assert_string_equal(row(0, WIDTH), "Title");
    assert_string_equal(row(4, WIDTH), "4");
    assert_string_equal(row(5, WIDTH), " 1-5 of 10  Escape closes");
    assert_true(page_do(page, ACTION_PAGE_DOWN, true));
    page_paint(page, cells, WIDTH, ROWS);
    assert_string_equal(row(0, WIDTH), "4");
    assert_true(page_do(page, ACTION_PAGE_DOWN, true));
    page_paint(page, cells, WIDTH, ROWS);
    assert_string_equal(row(4, WIDTH), "9");
    assert_true(page_do(page, ACTION_OLDER, true));
    page_paint(page, cells, WIDTH, ROWS);
    assert_string_equal(row(4, WIDTH), "8");
    assert_true(page_do(page, ACTION_TOP, true));
    page_paint(page, cells, WIDTH, 20); /* all of it */
    assert_string_equal(row(9, WIDTH), "9");
    assert_false(page_do(page, ACTION_SEND, false)); /* what is typed is said */
    assert_false(page_is_open(page));
    page_open(page, "Title");
    assert_false(page_do(page, ACTION_NONE, true));
    assert_true(page_do(page, ACTION_SEND, true));
    assert_false(page_is_open(page));
    page_open(page, "Title");
    assert_true(page_do(page, ACTION_CLOSE, true));
    assert_false(page_is_open(page) || page_do(page, ACTION_CLOSE, true));
    page_free(page);
}

static void hanging(void **state)
{
    (void)state;
    struct page *page = page_new();
    page_open(page, "Title\n\\join #channel  takes part in a channel and writes\n"
                    "  set in, and so are the rows that come after it");
    page_paint(page, cells, WIDTH, ROWS);
    assert_string_equal(row(1, WIDTH), "\\join #channel  takes part in a channel");
    assert_string_equal(row(2, WIDTH), "                and writes");
    assert_string_equal(row(3, WIDTH), "  set in, and so are the rows that come");
    assert_string_equal(row(4, WIDTH), "  after it");
    page_free(page);
}

/* Any size and any text: no cell outside, and the end can be reached. */
static void any_size(void **state)
{
    (void)state;
    struct prng prng;
    uint8_t seed[32] = {9};
    struct page *page = page_new();
    static const char *const parts[] = {"word ",   "  ",     "\n",  "\u65e5\u672c",
                                        "\033[2J", "\\x  y", "\xff"};
    prng_init(&prng, seed);
    for (int i = 0; i < 300; i++) {
        text[0] = '\0';
        for (uint32_t k = prng_below(&prng, 60); k > 0; k--)
            strcat(text, parts[prng_below(&prng, sizeof parts / sizeof *parts)]);
        strcat(text, "\n.");
        page_open(page, text);
        int width = 2 + (int)prng_below(&prng, 198), rows = 1 + (int)prng_below(&prng, 59);
        struct cell *exact = malloc((size_t)(width * rows) * sizeof *exact);
        page_paint(page, exact, width, rows);
        page_do(page, ACTION_BOTTOM, true);
        page_paint(page, exact, width, rows);
        bool found = false;
        for (int k = 0; k < width * rows; k++)
            found = found || (k % width == 0 && exact[k].size == 1 && exact[k].text[0] == '.');
        assert_true(found);
        free(exact);
    }
    page_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(topics), cmocka_unit_test(scrolling),
                                       cmocka_unit_test(hanging), cmocka_unit_test(any_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
