/* Every sentence is there, holds what it is about, and nothing of what a terminal obeys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ui/words.h"

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void assert_row(const struct show *show, const char *expected)
{
    char out[WORDS_MAX];
    words_row(show, out, sizeof out);
    assert_string_equal(out, expected);
}

static void every_told_has_a_sentence(void **state)
{
    (void)state;
    for (int told = 0; told < TOLD_COUNT; told++) {
        char out[WORDS_MAX];
        struct show show = {.kind = SHOW_TOLD, .told = (enum told)told};
        show.a = bytes_of("{b}\x1b[2J\n%s");
        show.b = bytes_of("{n}\xE2\x80\xAE");
        words_told(&show, out, sizeof out);
        assert_true(strlen(out) > 4);
        assert_null(strpbrk(out, "\x1b\n"));
        assert_null(strstr(out, "\xE2\x80\xAE"));
        assert_null(strstr(out, "{a}"));
    }
}

static void sentences_are_filled(void **state)
{
    (void)state;
    char out[WORDS_MAX];
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_NICK_OTHER};
    show.a = bytes_of("anna");
    show.b = bytes_of("anna2");
    words_told(&show, out, sizeof out);
    assert_string_equal(out, "anna is anna2 now");

    show = (struct show){.kind = SHOW_TOLD, .told = TOLD_HISTORY_COMING, .n = 1};
    strcpy(show.channel.text, "#fika"); /* where a is left out, the channel stands for it */
    words_told(&show, out, sizeof out);
    assert_string_equal(out, "1 earlier line comes in #fika");
    show.n = 20;
    words_told(&show, out, sizeof out);
    assert_string_equal(out, "20 earlier lines come in #fika");
}

static void a_small_room_cuts_at_a_whole_letter(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_WORLD};
    show.a = bytes_of("\xC3\xA5\xC3\xA4\xC3\xB6");
    char out[5];
    words_told(&show, out, sizeof out);
    assert_string_equal(out, "\xC3\xA5\xC3\xA4");
    words_told(&show, out, 4);
    assert_string_equal(out, "\xC3\xA5");
    words_told(&show, out, 1);
    assert_string_equal(out, "");
}

static void signs_behind_lines(void **state)
{
    (void)state;
    char out[WORDS_REACTIONS_MAX];
    uint8_t list[REACTIONS_BYTES];
    struct writer w = writer_of(list, sizeof list);
    assert_int_equal(words_reactions((struct bytes){0}, out), 0);
    assert_string_equal(out, "");
    reactions_add(&w, &(struct reactions_row){bytes_of("+1"), 1204, false});
    reactions_add(&w, &(struct reactions_row){bytes_of("a 9,(\x1b"), 1, true});
    reactions_add(&w, &(struct reactions_row){bytes_of("nine-long"), 1, false});
    reactions_add(&w, &(struct reactions_row){bytes_of("\xE2\x80\xAE"), 1, false});
    size_t size = words_reactions(written(&w), out);
    assert_int_equal(size, strlen(out));
    assert_string_equal(out, "(+1 1,204, a_9__\xEF\xBF\xBD 1*, nine-lon 1, ? 1)");
    struct show show = {.kind = SHOW_REACTION, .up = true, .channel = {"#a"}, .nick = {"anna"}};
    strcpy(show.who_nick.text, "bo");
    show.a = bytes_of("x\x1b");
    show.text = bytes_of("hej\nhopp");
    assert_row(&show, "bo puts x\xEF\xBF\xBD behind a line of anna in #a: hej hopp");
    show.own = true;
    show.b = written(&w);
    show.b.size = 1 + 4 + 1 + 2;
    assert_row(&show, "you put x\xEF\xBF\xBD behind a line of anna in #a: hej hopp (+1 1,204)");
    /* The longest that there may be. */
    static uint8_t wide[LIMIT_REACTION];
    for (size_t i = 0; i < sizeof wide; i += 2)
        memcpy(wide + i, i == 0 ? "ab" : "\xCC\x81", 2);
    w = writer_of(list, sizeof list);
    for (int i = 0; i < LIMIT_REACTIONS_SHOWN; i++)
        reactions_add(&w, &(struct reactions_row){{wide, sizeof wide}, UINT32_MAX, true});
    assert_false(w.full);
    size = words_reactions(written(&w), out);
    assert_true(size + 1 < sizeof out);
    assert_memory_equal(out + size - 16, " 4,294,967,295*)", 16);
}

static void rows_of_answers(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_WHO_ROW, .channel = {"#fika"}, .nick = {"anna"}};
    show.id.b[0] = 0xab;
    show.a = bytes_of("you");
    assert_row(&show, "#fika: anna ab000000 (you)");
    show.a = bytes_of("");
    assert_row(&show, "#fika: anna ab000000");
    show = (struct show){.kind = SHOW_WHO_ROW, .channel = {"#fika"}};
    assert_row(&show, "nobody is in #fika");

    show = (struct show){.kind = SHOW_CHANNEL_ROW, .channel = {"#fika"}, .n = 3, .n2 = 1};
    assert_row(&show, "#fika: 3 here, 1 line kept");
    show.up = true;
    show.n2 = 12;
    assert_row(&show, "#fika: 3 here, 12 lines kept, you write here");

    show = (struct show){.kind = SHOW_LINK_ROW, .address = {"10.0.0.2:23452"}, .nick = {"anna"}};
    show.a = bytes_of("up");
    show.n = 43500000; /* 12:05 UTC */
    show.n2 = 1234;
    show.n3 = 999;
    show.n4 = 3450000;
    assert_row(&show,
               "10.0.0.2:23452 anna up since 12:05, round trip 1.23 ms, sent 999 B, received "
               "3.4 MB");
    show.n2 = 123456;
    show.n3 = 12345;
    show.n4 = UINT64_MAX;
    show.n5 = 2;
    assert_row(&show, "10.0.0.2:23452 anna up since 12:05, round trip 123 ms, sent 12 kB, received "
                      "18 EB, refused 2");
    show = (struct show){.kind = SHOW_LINK_ROW, .address = {"zmq://10.0.0.2:5556"}};
    show.a = bytes_of("classic");
    assert_row(&show, "zmq://10.0.0.2:5556 classic, sent 0 B, received 0 B");
}

static void what_is_missing_and_what_is_held(void **state)
{
    (void)state;
    char out[WORDS_MAX];
    struct show show = {.kind = SHOW_GAP, .channel = {"#fika"}, .nick = {"bo"}, .n = 1234567};
    assert_row(&show, "1,234,567 lines missing from bo; nobody here has them");
    show.n = 1;
    show.a = bytes_of("c\x1by");
    assert_row(&show, "1 line missing from bo, asking c\xEF\xBF\xBDy");
    words_gap_filled(&show.nick, 1, out, sizeof out);
    assert_string_equal(out, "the missing line of bo is here");
    words_gap_filled(&show.nick, 17, out, sizeof out);
    assert_string_equal(out, "the 17 missing lines of bo are here");

    show = (struct show){.kind = SHOW_COMING, .channel = {"#fika"}, .n = 1000};
    assert_row(&show, "1,000 older lines of #fika are still coming");
    show.n = 0;
    assert_row(&show, "all older lines of #fika are here");
    words_coming(999, out, sizeof out);
    assert_string_equal(out, "999 older lines are still coming");
    words_coming(UINT64_MAX, out, sizeof out);
    assert_string_equal(out, "18,446,744,073,709,551,615 older lines are still coming");

    show = (struct show){.kind = SHOW_FORGOTTEN, .channel = {"#fika"}};
    assert_row(&show, "a line was taken back in #fika");
    strcpy(show.nick.text, "bo");
    assert_row(&show, "bo took back a line in #fika");

    show = (struct show){.kind = SHOW_HELD_ROW, .channel = {"#fika"}};
    assert_row(&show, "your last line in #fika is waiting: nobody else holds it yet");
    show.n = 2;
    show.text = bytes_of("anna\nbo");
    assert_row(&show, "your last line in #fika is held by 2: anna, bo");
}

static void comings_and_goings(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_LINK, .up = true, .nick = {"anna"}, .address = {"10.0.0.2:1"}};
    assert_row(&show, "anna is here (10.0.0.2:1)");
    show.up = false;
    show.a = bytes_of("it left");
    assert_row(&show, "anna is gone: it left");
    show = (struct show){.kind = SHOW_MEMBER, .channel = {"#fika"}, .nick = {"anna"}, .up = true};
    assert_row(&show, "anna joined #fika");
    show.up = false;
    assert_row(&show, "anna left #fika");
    show = (struct show){.kind = SHOW_READY, .nick = {"anna"}, .port = 23452};
    show.text = bytes_of("192.168.1.5\n10.0.0.7\n");
    assert_row(&show, "you are anna, listening on port 23452 at 192.168.1.5, 10.0.0.7");
    show.text = bytes_of("");
    assert_row(&show, "you are anna, listening on port 23452");
}

static void nicks_cannot_end_their_brackets(void **state)
{
    (void)state;
    char out[WORDS_NICK_MAX];
    words_nick(&(struct nick){"a> b\x1b"}, out, sizeof out);
    assert_string_equal(out, "a__b\xEF\xBF\xBD");
    words_nick(&(struct nick){""}, out, sizeof out);
    assert_string_equal(out, "somebody");
    struct nick worst;
    memset(worst.text, '\xff', LIMIT_NICK);
    worst.text[LIMIT_NICK] = '\0';
    words_nick(&worst, out, sizeof out);
    assert_int_equal(strlen(out), 3 * LIMIT_NICK);
}

static void one_nick_of_two(void **state)
{
    (void)state;
    char out[WORDS_MAX];
    struct show show = {.kind = SHOW_NAMESAKE, .nick = {"bo"}, .n = 1700000000000};
    show.id.b[0] = 2;
    show.who.b[0] = 1;
    words_row(&show, out, sizeof out);
    assert_non_null(strstr(out, "this bo (02000000) is not the bo of "));
    assert_non_null(strstr(out, " 2023 "));
    show.n = 0;
    words_row(&show, out, sizeof out);
    assert_string_equal(out, "this bo (02000000) is another than bo (01000000)");
}

static void times_of_any_clock(void **state)
{
    (void)state;
    char clock[6], time[32];
    words_clock(43500000, clock);
    assert_string_equal(clock, "12:05");
    words_time(0, time);
    assert_string_equal(time, "1970-01-01T00:00:00.000Z");
    words_time(1709210096789, time);
    assert_string_equal(time, "2024-02-29T12:34:56.789Z");
    words_time(UINT64_MAX, time);
    assert_string_equal(time, "9999-12-31T23:59:59.999Z");
    words_clock(UINT64_MAX, clock);
    assert_int_equal(strlen(clock), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_told_has_a_sentence),
        cmocka_unit_test(sentences_are_filled),
        cmocka_unit_test(a_small_room_cuts_at_a_whole_letter),
        cmocka_unit_test(signs_behind_lines),
        cmocka_unit_test(rows_of_answers),
        cmocka_unit_test(what_is_missing_and_what_is_held),
        cmocka_unit_test(comings_and_goings),
        cmocka_unit_test(nicks_cannot_end_their_brackets),
        cmocka_unit_test(one_nick_of_two),
        cmocka_unit_test(times_of_any_clock),
    };
    setenv("TZ", "UTC0", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
