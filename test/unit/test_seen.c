/* Where the reader left off: kept by channel, within bounds, the same after a way through a file; and
 * the mark that stands there when the program starts again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view.h"

#define WIDTH  60
#define HEIGHT 14
#define NOON   ((uint64_t)1700049600000)

static struct seen seen, again;
static char text[SEEN_BYTES_MAX];
static struct view *view;
static struct cell cells[WIDTH * HEIGHT];

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(&again, 0, sizeof again);
    view = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

/* ---- the list and its file ---- */

static struct place place_of(uint64_t lamport)
{
    return (struct place){.lamport = lamport, .seq = lamport + 1, .author = {{7, 0xAB}}};
}

static void note(const char *network, const char *channel, uint64_t lamport)
{
    struct place place = place_of(lamport);
    seen_note(&seen, network, channel, &place);
}

static uint64_t lamport_of(const struct seen *in, const char *network, const char *channel)
{
    struct place place = {.lamport = 0};
    return seen_find(in, network, channel, &place) ? place.lamport : 0;
}

static void through_a_file(void)
{
    size_t size = seen_write(&seen, text);
    assert_false(seen.changed);
    seen_read(&again, text, size);
}

static void the_last_place_of_each_channel_is_kept(void **state)
{
    (void)state;
    note("open", "#a", 5);
    note("open", "#b", 9);
    note("club", "#a", 100);
    note("open", "#a", 4); /* before it: nothing */
    assert_int_equal(lamport_of(&seen, "open", "#a"), 5);
    note("open", "#a", 6);
    through_a_file();
    assert_false(again.changed);
    assert_int_equal(again.count, 3);
    assert_int_equal(lamport_of(&again, "open", "#a"), 6);
    assert_int_equal(lamport_of(&again, "open", "#b"), 9);
    assert_int_equal(lamport_of(&again, "club", "#a"), 100);
    assert_int_equal(lamport_of(&again, "club", "#b"), 0);
    assert_memory_equal(again.rows, seen.rows, 3 * sizeof *seen.rows);
}

static void the_channel_seen_longest_ago_is_let_go(void **state)
{
    char channel[LIMIT_CHANNEL + 1], network[SEEN_NETWORK_BYTES];
    (void)state;
    memset(network, 'n', sizeof network);
    network[sizeof network - 1] = '\0';
    for (int i = 0; i < SEEN_MAX + 2; i++) {
        snprintf(channel, sizeof channel, "#%061d", i);
        note(network, channel, UINT64_MAX - 300 + (uint64_t)i);
        if (i == 10)
            note(network, "#0", 1);
        if (i > 100)
            note(network, "#0", (uint64_t)i);
    }
    assert_int_equal(seen.count, SEEN_MAX);
    assert_int_equal(lamport_of(&seen, network, "#0"), SEEN_MAX + 1);
    snprintf(channel, sizeof channel, "#%061d", 2);
    assert_int_equal(lamport_of(&seen, network, channel), 0);
    snprintf(channel, sizeof channel, "#%061d", 3);
    assert_true(lamport_of(&seen, network, channel) > 0);
    through_a_file(); /* the longest ones fit */
    assert_int_equal(again.count, SEEN_MAX);
}

static void a_damaged_line_costs_that_line_alone(void **state)
{
    static const char hex[] = "ababababababababababababababababababababababababababababababab00";
    static const char *const wrong[] = {
        "#a",
        "#a 1 2",
        "#a 1 2 abc open",
        "#a x 2 %s open",
        "a 1 2 %s o",
        "#a -1 2 %s o",
        "#a 1 2 %s ",
        "#a 99999999999999999999 2 %s o",
        "",
        " ",
        "#a 1 2 %s0 open",
        "#a 1 2x %s open",
    };
    char line[512];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int size = snprintf(line, sizeof line, "#y 8 2 %s open\n", hex);
        size += snprintf(line + size, sizeof line - (size_t)size, wrong[i], hex);
        size += snprintf(line + size, sizeof line - (size_t)size, "\n#z 9 2 %s two words", hex);
        memset(&again, 0, sizeof again);
        seen_read(&again, line, (size_t)size);
        assert_int_equal(again.count, 2);
        assert_int_equal(lamport_of(&again, "open", "#y"), 8);
        assert_int_equal(lamport_of(&again, "two words", "#z"), 9);
    }
    seen_read(&again, "\0\n\n\0", 4);
    assert_int_equal(again.count, 2);
}

/* ---- the mark ---- */

static struct bytes bytes_of(const char *words)
{
    return (struct bytes){(const uint8_t *)words, strlen(words)};
}

static void current(const char *channel)
{
    struct show show = {.kind = SHOW_CURRENT, .text = bytes_of("#fika\n#other")};
    strcpy(show.channel.text, channel);
    view_show(view, &show, NOON);
}

/* The program starts, with what `seen` kept. */
static void start(void)
{
    struct show show = {.kind = SHOW_READY, .nick = {"ada"}, .id = {{9}}, .b = bytes_of("open")};
    view_free(view);
    view = view_new();
    *view_seen(view) = seen;
    view_show(view, &show, NOON);
    view_clear(view);
    current("#fika");
}

static void paint(void)
{
    view_paint(view, cells, WIDTH, HEIGHT);
}

/* And ends. */
static void stop(void)
{
    paint();
    seen = *view_seen(view);
    through_a_file();
    seen = again;
    memset(&again, 0, sizeof again);
}

/* A line of Bo's, or an own one; its clock is its text. */
static void say(enum via via, const char *channel, bool own, uint64_t lamport)
{
    char words[24];
    snprintf(words, sizeof words, "n%02u, Ada", (unsigned)lamport);
    struct show show = {.kind = SHOW_MESSAGE, .via = via, .text = bytes_of(words), .wall_ms = NOON};
    strcpy(show.channel.text, channel);
    strcpy(show.nick.text, own ? "ada" : "bo");
    show.id.b[0] = own ? 9 : 1;
    show.own = own;
    show.lamport = show.seq = lamport;
    view_show(view, &show, NOON);
}

static void say_all(enum via via, const char *channel, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to; i++)
        say(via, channel, false, i);
}

/* The clock of the line below the mark, 0 where there is none. */
static uint64_t marked(void)
{
    char row[WIDTH * CELL_BYTES + 1];
    bool mark = false;
    paint();
    for (int y = 0; y < HEIGHT; y++) {
        size_t size = 0;
        for (int x = 0; x < WIDTH; x++) {
            memcpy(row + size, cells[y * WIDTH + x].text, cells[y * WIDTH + x].size);
            size += cells[y * WIDTH + x].size;
        }
        row[size] = '\0';
        const char *number = strstr(row, "> n");
        if (mark)
            return number == NULL ? UINT64_MAX : strtoull(number + 3, NULL, 10);
        mark = strncmp(row, "---- new ", 9) == 0;
    }
    return 0;
}

static void what_came_unseen_is_new_after_a_restart(void **state)
{
    (void)state;
    start();
    say_all(VIA_LINK, "#fika", 1, 3);
    assert_int_equal(marked(), 0);
    view_focus(view, false);
    say_all(VIA_LINK, "#fika", 4, 6);
    stop();
    start();
    say_all(VIA_STORED, "#fika", 1, 6);
    assert_int_equal(marked(), 4);
    say(VIA_LINK, "#fika", false, 7); /* it stays */
    assert_int_equal(marked(), 4);
    stop();
    start();
    say_all(VIA_STORED, "#fika", 1, 7);
    assert_int_equal(marked(), 0);
}

static void nothing_is_new_where_nothing_was_ever_seen(void **state)
{
    (void)state;
    start();
    say_all(VIA_STORED, "#fika", 1, 6);
    say_all(VIA_HISTORY, "#fika", 7, 9);
    say_all(VIA_STORED, "#other", 1, 6);
    assert_int_equal(marked(), 0);
    assert_int_equal(view_unread(view, "#other"), 0);
}

static void what_others_bring_after_a_start_is_new(void **state)
{
    struct show coming = {.kind = SHOW_COMING, .channel = {"#fika"}, .n = 7};
    (void)state;
    start();
    say_all(VIA_LINK, "#fika", 1, 3);
    stop();
    start();
    say_all(VIA_STORED, "#fika", 1, 3);
    assert_int_equal(marked(), 0);
    view_show(view, &coming, NOON);
    say_all(VIA_HISTORY, "#fika", 8, 9); /* the newest first */
    assert_int_equal(marked(), 8);
    say_all(VIA_HISTORY, "#fika", 4, 5);
    assert_int_equal(marked(), 4);
    stop(); /* in the midst of it: the rest is not counted as seen */
    start();
    say_all(VIA_STORED, "#fika", 1, 5);
    say_all(VIA_STORED, "#fika", 8, 9);
    assert_int_equal(marked(), 4);
    say(VIA_LINK, "#fika", true, 10);
    assert_int_equal(marked(), 0);
}

static void who_was_cut_off_finds_a_mark_though_he_looked_on(void **state)
{
    (void)state;
    start();
    say_all(VIA_LINK, "#fika", 1, 3);
    paint();
    say_all(VIA_HISTORY, "#fika", 6, 7);
    say_all(VIA_HISTORY, "#fika", 4, 5);
    say(VIA_LINK, "#fika", false, 8);
    assert_int_equal(marked(), 4);
    say_all(VIA_HISTORY, "#fika", 9, 10); /* cut off once more, and all else seen */
    assert_int_equal(marked(), 9);
    say(VIA_HISTORY, "#fika", false, 2); /* late among what was seen: it has a sign of its own */
    assert_int_equal(marked(), 9);
}

static void other_channels_are_counted_after_a_restart(void **state)
{
    size_t mentions;
    (void)state;
    start();
    say_all(VIA_LINK, "#other", 1, 3);
    current("#other");
    paint();
    current("#fika");
    say_all(VIA_LINK, "#other", 4, 6);
    assert_int_equal(view_unread(view, "#other"), 3);
    stop();
    start();
    say_all(VIA_STORED, "#other", 1, 6);
    assert_int_equal(view_unread(view, "#other"), 3);
    assert_int_equal(view_unread_all(view, &mentions), 3);
    assert_int_equal(mentions, 3);
    say(VIA_LINK, "#other", false, 7);
    assert_int_equal(view_unread(view, "#other"), 4);
    say_all(VIA_STORED, "#other", 4, 7); /* a page, later */
    assert_int_equal(view_unread(view, "#other"), 4);
    current("#other");
    assert_int_equal(marked(), 4);
    assert_int_equal(view_unread(view, "#other"), 0);
}

static void who_answered_through_another_face_had_seen_it(void **state)
{
    (void)state;
    start();
    say_all(VIA_LINK, "#fika", 1, 3);
    stop();
    start();
    say_all(VIA_STORED, "#fika", 1, 5);
    say(VIA_STORED, "#fika", true, 6);
    say_all(VIA_STORED, "#fika", 7, 8);
    assert_int_equal(marked(), 7);
}

static void one_key_leads_to_the_mark(void **state)
{
    struct request request;
    (void)state;
    start();
    say_all(VIA_LINK, "#fika", 1, 30);
    stop();
    start();
    assert_false(view_first_new(view));
    say_all(VIA_STORED, "#fika", 400, 600); /* the newest page: more are new */
    paint();
    assert_true(view_first_new(view));
    assert_true(view_wants(view, &request));
    assert_true(request.after && request.lamport == 30);
    say_all(VIA_STORED, "#fika", 30, 229);
    struct show page = {.kind = SHOW_PAGE, .channel = {"#fika"}, .n = 200, .up = true};
    view_show(view, &page, NOON);
    assert_int_equal(marked(), 31);
    view_follow(view);
    assert_int_equal(view_wants(view, &request), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_last_place_of_each_channel_is_kept),
        TEST(the_channel_seen_longest_ago_is_let_go),
        TEST(a_damaged_line_costs_that_line_alone),
        TEST(what_came_unseen_is_new_after_a_restart),
        TEST(nothing_is_new_where_nothing_was_ever_seen),
        TEST(what_others_bring_after_a_start_is_new),
        TEST(who_was_cut_off_finds_a_mark_though_he_looked_on),
        TEST(other_channels_are_counted_after_a_restart),
        TEST(one_key_leads_to_the_mark),
        TEST(who_answered_through_another_face_had_seen_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
