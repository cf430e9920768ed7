/* What the reader is told of: the table of reasons, folding, the bytes that go to the terminal, and
 * the settings as they are kept. */
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
#include "ui/heeding.h"
#include "ui/notice.h"
#include "ui/ring.h"

static struct heed heed;
static struct notices notices;

static int setup(void **state)
{
    (void)state;
    memset(&heed, 0, sizeof heed);
    memset(&notices, 0, sizeof notices);
    return 0;
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* ---- whether ---- */

/* One row a case: what came, where the reader is, how the channel is set, and whether he is told. */
static void decisions(void **state)
{
    (void)state;
    static const struct {
        enum heed_level level;
        bool muted, quiet, own, history, mention, seen, told;
    } cases[] = {
        /* level          muted  quiet  own    hist.  ment.  seen   told */
        {HEED_UNSAID, false, false, false, false, true, false, true},
        {HEED_UNSAID, false, false, false, false, false, false, false},
        {HEED_UNSAID, false, false, false, false, true, true, false},
        {HEED_UNSAID, false, false, false, true, true, false, false},
        {HEED_UNSAID, false, false, true, false, true, false, false},
        {HEED_UNSAID, false, true, false, false, true, false, false},
        {HEED_UNSAID, true, false, false, false, true, false, false},
        {HEED_ALL, false, false, false, false, false, false, true},
        {HEED_ALL, false, false, false, false, true, false, true},
        {HEED_ALL, false, false, false, false, true, true, false},
        {HEED_ALL, false, false, false, true, false, false, false},
        {HEED_ALL, false, false, true, false, false, false, false},
        {HEED_ALL, false, true, false, false, false, false, false},
        {HEED_ALL, true, false, false, false, true, false, false},
        {HEED_MENTIONS, false, false, false, false, true, false, true},
        {HEED_MENTIONS, false, false, false, false, false, false, false},
        {HEED_NONE, false, false, false, false, true, false, false},
        {HEED_NONE, false, false, false, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(NULL);
        if (cases[i].level != HEED_UNSAID)
            assert_true(heed_set_level(&heed, "#tea", cases[i].level));
        assert_true(heed_set_muted(&heed, "#tea", cases[i].muted));
        assert_true(heed_quiet_read(bytes_of("22:00-07:00"), &heed.quiet));
        struct notice_fact fact = {.channel = "#tea",
                                   .own = cases[i].own,
                                   .history = cases[i].history,
                                   .mention = cases[i].mention,
                                   .seen = cases[i].seen,
                                   .minute = cases[i].quiet ? 23 * 60 : 12 * 60};
        if (notice_deserved(&heed, &fact) != cases[i].told)
            fail_msg("case %zu", i);
    }
}

static void quiet_hours(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",      "22:00",       "22:00-",      "22:00-24:00",
                                        "22-07", "22:60-07:00", "08:00-08:00", "22:00-07:00 x",
                                        "on",    "-1:00-02:00", "022:00-7:00", "22:0-7:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct heed_quiet quiet = {1, 2};
        assert_false(heed_quiet_read(bytes_of(wrong[i]), &quiet));
        assert_int_equal(quiet.from, 1);
    }
    assert_true(heed_quiet_read(bytes_of("22:00-7:00"), &heed.quiet));
    assert_true(heed_is_quiet(&heed, 22 * 60) && heed_is_quiet(&heed, 0));
    assert_true(heed_is_quiet(&heed, 7 * 60 - 1));
    assert_false(heed_is_quiet(&heed, 7 * 60) || heed_is_quiet(&heed, 22 * 60 - 1));
    assert_true(heed_quiet_read(bytes_of("12:00-13:30"), &heed.quiet));
    assert_true(heed_is_quiet(&heed, 12 * 60) && !heed_is_quiet(&heed, 13 * 60 + 30));
    assert_false(heed_is_quiet(&heed, 0));
    assert_true(heed_quiet_read(bytes_of("off"), &heed.quiet));
    for (unsigned minute = 0; minute < 24 * 60; minute++)
        assert_false(heed_is_quiet(&heed, minute));
}

/* ---- when ---- */

static void say(const char *channel, const char *nick, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .text = bytes_of(text)};
    snprintf(show.nick.text, sizeof show.nick.text, "%s", nick);
    notices_add(&notices, channel, &show);
}

static void expect(uint64_t now_ms, const char *title, const char *body)
{
    struct notice notice;
    assert_true(notices_next(&notices, now_ms, &notice));
    assert_string_equal(notice.title, title);
    assert_string_equal(notice.body, body);
}

static void expect_none(uint64_t now_ms)
{
    struct notice notice;
    assert_false(notices_next(&notices, now_ms, &notice));
}

static void folding(void **state)
{
    (void)state;
    assert_true(notices_due(&notices) == UINT64_MAX);
    say("#tea", "bo", "ada: it boils");
    assert_true(notices_due(&notices) <= 1000);
    expect(1000, "#tea bo", "ada: it boils");
    expect_none(1000);
    say("#tea", "bo", "ada?");
    say("#tea", "cy", "ada!");
    say("#work", "bo", "ada");
    expect(2000, "#work bo", "ada"); /* each channel has its own time */
    say("#tea", "bo", "now, ada");
    expect_none(5999);
    assert_true(notices_due(&notices) == 6000);
    expect(6000, "fika", "3 more in #tea");
    say("#tea", "bo", "and last, ada");
    expect_none(10999);
    expect(11000, "#tea bo", "and last, ada"); /* a single one is told as it is */
    say("#tea", "bo", "ada");
    notices_seen(&notices, "#tea");
    expect_none(99000);
    assert_true(notices_due(&notices) == UINT64_MAX);
}

/* More channels than there are rows, and what is said in them, is no more than rows. */
static void bounded(void **state)
{
    (void)state;
    char name[32];
    struct notice notice;
    size_t told = 0;
    for (int i = 0; i < 3 * LIMIT_CHANNELS; i++) {
        snprintf(name, sizeof name, "#c%d", i);
        say(name, "bo", "ada");
    }
    while (notices_next(&notices, 1, &notice))
        told++;
    assert_int_equal(told, LIMIT_CHANNELS);
    say("#new", "bo", "ada"); /* a row that waits for nothing is taken anew */
    expect(2, "#new bo", "ada");
}

static void foreign_text(void **state)
{
    (void)state;
    char text[LIMIT_TEXT];
    struct notice notice;
    struct show show = {.kind = SHOW_MESSAGE, .text = {(const uint8_t *)text, sizeof text}};
    memset(text, 'x', sizeof text);
    memcpy(text, "ada\n\033]0;owned\a\x9c\xe2\x80\xae", 19);
    notices_add(&notices, "#tea", &show);
    assert_true(notices_next(&notices, 0, &notice));
    assert_string_equal(notice.title, "#tea somebody");
    assert_true(text_columns(notice.body, strlen(notice.body)) <= NOTICE_COLUMNS + 3);
    for (const char *at = notice.body; *at != '\0'; at++)
        assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
    assert_string_equal(notice.body + strlen(notice.body) - 4, "x...");
}

/* ---- by which bytes ---- */

static void expect_bytes(struct ring ring, const char *title, const char *body, const char *bytes)
{
    char out[RING_ROOM];
    size_t size = ring_write(&ring, title, body, out);
    assert_int_equal(size, strlen(bytes));
    assert_memory_equal(out, bytes, size);
}

static void sequences(void **state)
{
    (void)state;
    const enum ring_within plain = WITHIN_NOTHING, tmux = WITHIN_TMUX, screen = WITHIN_SCREEN;
    expect_bytes((struct ring){0, plain, false}, "#tea bo", "hi", "");
    expect_bytes((struct ring){RING_BELL, plain, false}, "#tea bo", "hi", "\a");
    expect_bytes((struct ring){RING_BELL, tmux, false}, "#tea bo", "hi", "\a");
    expect_bytes((struct ring){RING_OSC9, plain, false}, "#tea bo", "hi",
                 "\033]9;#tea bo: hi\033\\");
    expect_bytes((struct ring){RING_OSC9, tmux, false}, "#tea bo", "hi",
                 "\033Ptmux;\033\033]9;#tea bo: hi\033\033\\\033\\");
    expect_bytes((struct ring){RING_OSC9, screen, false}, "#tea bo", "hi",
                 "\033P\033]9;#tea bo: hi\a\033\\");
    expect_bytes((struct ring){RING_OSC777, plain, false}, "#t;a bo", "h;i",
                 "\033]777;notify;#t,a bo;h;i\033\\");
    expect_bytes((struct ring){RING_OSC777, tmux, false}, "#tea bo", "hi",
                 "\033Ptmux;\033\033]777;notify;#tea bo;hi\033\033\\\033\\");
    expect_bytes((struct ring){RING_OSC99, plain, false}, "#tea bo", "hi",
                 "\033]99;i=fika:d=0;#tea bo\033\\\033]99;i=fika:d=1:p=body;hi\033\\");
    expect_bytes((struct ring){RING_OSC99, tmux, false}, "#tea bo", "hi",
                 "\033Ptmux;\033\033]99;i=fika:d=0;#tea bo\033\033\\\033\\"
                 "\033Ptmux;\033\033]99;i=fika:d=1:p=body;hi\033\033\\\033\\");
    expect_bytes((struct ring){RING_BELL | RING_OSC9, plain, false}, "#tea bo", "hi",
                 "\a\033]9;#tea bo: hi\033\\");
    expect_bytes((struct ring){RING_OSC9, plain, true}, "#t\u00e5 bo", "\u65e5",
                 "\033]9;#t?? bo: ???\033\\");
    expect_bytes((struct ring){RING_OSC9, plain, false}, "4;1", "50",
                 "\033]9; 4,1: 50\033\\"); /* no progress bar */
    expect_bytes((struct ring){RING_OSC9, plain, false}, "a\033]b", "c\a\nd\x9c",
                 "\033]9;a\uFFFD]b: c\uFFFD d\uFFFD\033\\");
}

/* Any bytes: all that is obeyed is what frames it. */
static void any_bytes(void **state)
{
    (void)state;
    struct prng prng;
    uint8_t seed[32] = {7};
    struct ring ring = {RING_BELL | RING_OSC9 | RING_OSC777 | RING_OSC99, WITHIN_NOTHING, false};
    prng_init(&prng, seed);
    for (int i = 0; i < 3000; i++) {
        char title[400], body[900], out[RING_ROOM];
        size_t size = prng_below(&prng, sizeof title), escapes = 0, bells = 0;
        for (size_t k = 0; k < size; k++)
            title[k] = (char)(1 + prng_below(&prng, 255));
        title[size] = '\0';
        size = prng_below(&prng, sizeof body);
        for (size_t k = 0; k < size; k++)
            body[k] = (char)(1 + prng_below(&prng, 255));
        body[size] = '\0';
        size = ring_write(&ring, title, body, out);
        assert_true(utf8_valid(out, size));
        for (size_t k = 0; k < size; k++) {
            escapes += out[k] == '\033';
            bells += out[k] == '\a';
            assert_true((unsigned char)out[k] >= ' ' || out[k] == '\033' || out[k] == '\a');
        }
        assert_int_equal(escapes, 8);
        assert_int_equal(bells, 1);
    }
}

static const char *variables[8]; /* name, value, name, value ... */

static char *variable(const char *name)
{
    for (size_t i = 0; i + 1 < sizeof variables / sizeof *variables && variables[i]; i += 2)
        if (strcmp(variables[i], name) == 0)
            return (char *)variables[i + 1];
    return NULL;
}

static void expect_choice(unsigned ways, enum ring_within within)
{
    struct ring ring = ring_choose(variable);
    assert_int_equal(ring.ways, ways);
    assert_int_equal(ring.within, within);
}

static void choices(void **state)
{
    (void)state;
    memset(variables, 0, sizeof variables);
    expect_choice(RING_BELL, WITHIN_NOTHING);
    variables[0] = "TERM";
    variables[1] = "xterm-256color";
    expect_choice(RING_BELL, WITHIN_NOTHING);
    variables[1] = "foot-extra";
    expect_choice(RING_OSC777, WITHIN_NOTHING);
    variables[1] = "xterm-kitty";
    expect_choice(RING_OSC99, WITHIN_NOTHING);
    variables[1] = "xterm-256color";
    variables[2] = "LC_TERMINAL";
    variables[3] = "iTerm2";
    expect_choice(RING_OSC9, WITHIN_NOTHING);
    variables[4] = "TMUX";
    variables[5] = "/tmp/tmux-0/default,1,0";
    expect_choice(RING_OSC9 | RING_BELL, WITHIN_TMUX);
    variables[4] = "STY";
    expect_choice(RING_OSC9 | RING_BELL, WITHIN_SCREEN);
    variables[5] = "";
    expect_choice(RING_OSC9, WITHIN_NOTHING);

    unsigned ways = 77;
    assert_true(ring_read("bell, osc9 osc777,osc99", &ways));
    assert_int_equal(ways, RING_BELL | RING_OSC9 | RING_OSC777 | RING_OSC99);
    assert_true(ring_read("none", &ways));
    assert_int_equal(ways, 0);
    assert_false(ring_read("bell, horn", &ways));
    assert_false(ring_read("osc99x", &ways));
    assert_int_equal(ways, 0);
}

/* ---- what is set ---- */

static struct heeding_answer answer;

static void do_it(enum heeding_act act, const char *channel, enum heed_level level,
                  const char *text)
{
    struct heeding heeding = {.act = act, .level = level, .text = bytes_of(text)};
    snprintf(heeding.channel.text, sizeof heeding.channel.text, "%s", channel);
    heeding_do(&heed, &heeding, "#tea", &answer);
}

static void commands(void **state)
{
    (void)state;
    do_it(HEEDING_NOTIFY, "", HEED_ALL, "");
    assert_true(answer.changed && !answer.error);
    assert_string_equal(answer.text, "#tea: you are told of all that is said");
    do_it(HEEDING_MUTE, "#noise", HEED_UNSAID, "");
    assert_string_equal(answer.text, "#noise is muted; \\unmute #noise ends that");
    do_it(HEEDING_WATCH, "", HEED_UNSAID, "kettle  KETTLE cup");
    assert_string_equal(answer.text, "words that count as mentions: kettle cup");
    do_it(HEEDING_QUIET, "", HEED_UNSAID, "22:00-07:00");
    assert_true(answer.changed);
    do_it(HEEDING_QUIET, "", HEED_UNSAID, "late");
    assert_true(answer.error && !answer.changed);
    do_it(HEEDING_NOTIFY, "", HEED_UNSAID, "");
    assert_false(answer.changed);
    assert_string_equal(answer.text,
                        "#tea: you are told of all that is said\n"
                        "#noise is muted; \\unmute #noise ends that\n"
                        "any other channel: you are told of lines that name you, or a word you "
                        "watch\n"
                        "words that count as mentions: kettle cup\n"
                        "quiet hours, in which you are told of nothing: 22:00-07:00");
    do_it(HEEDING_UNWATCH, "", HEED_UNSAID, "Cup spoon");
    assert_true(answer.changed && answer.error);
    assert_string_equal(answer.text, "spoon is not watched; \\watch shows the words that are");
    do_it(HEEDING_UNMUTE, "#noise", HEED_UNSAID, "");
    assert_false(heed_muted(&heed, "#noise"));
    do_it(HEEDING_NOTIFY, "", HEED_MENTIONS, "");
    assert_int_equal(heed.channel_count, 0); /* what holds anyway takes no room */
}

static void kept(void **state)
{
    (void)state;
    static char text[HEED_BYTES_MAX], again[HEED_BYTES_MAX];
    static const char wrong[] =
        "notify #tea loud\nnotify tea all\nmute\nwatch two words\nquiet soon\n"
        "watch \033[2J\n\n\xff\nmute #a,b\n";
    heed_read(&heed, wrong, sizeof wrong - 1);
    assert_int_equal(heed_write(&heed, text), 0);
    heed_set_level(&heed, "#tea", HEED_ALL);
    heed_set_muted(&heed, "#tea", true);
    heed_set_level(&heed, "#work", HEED_NONE);
    heed_watch(&heed, bytes_of("kettle"));
    heed.quiet_said = heed_quiet_read(bytes_of("22:00-07:00"), &heed.quiet);
    size_t size = heed_write(&heed, text);
    text[size] = '\0';
    assert_string_equal(text, "notify #tea all\nmute #tea\nnotify #work none\nwatch kettle\n"
                              "quiet 22:00-07:00\n");
    struct heed read = {.channel_count = 0};
    heed_read(&read, text, size);
    assert_int_equal(heed_write(&read, again), size);
    assert_memory_equal(text, again, size);
}

/* As much as there may be fits in its text form, and no more than that is taken. */
static void full(void **state)
{
    (void)state;
    static char text[HEED_BYTES_MAX];
    char name[LIMIT_CHANNEL + 1], word[HEED_WORD_BYTES + 1], names[HEED_NAMES_MAX];
    for (int i = 0; i <= HEED_CHANNELS_MAX; i++) {
        snprintf(name, sizeof name, "#%063d", i);
        bool fits = i < HEED_CHANNELS_MAX;
        assert_int_equal(heed_set_level(&heed, name, HEED_ALL), fits);
        assert_int_equal(heed_set_muted(&heed, name, true), fits);
    }
    for (int i = 0; i <= HEED_WORDS_MAX; i++) {
        snprintf(word, sizeof word, "%064d", i);
        assert_int_equal(heed_watch(&heed, bytes_of(word)), i < HEED_WORDS_MAX);
    }
    heed.quiet_said = true;
    size_t size = heed_write(&heed, text);
    struct heed read = {.channel_count = 0};
    heed_read(&read, text, size);
    assert_int_equal(read.channel_count, HEED_CHANNELS_MAX);
    assert_int_equal(read.word_count, HEED_WORDS_MAX);
    heed_names(&heed, "01234567890123456789012345678901", names);
    assert_int_equal(strlen(names), HEED_NAMES_MAX - 1);
    do_it(HEEDING_MUTE, "#more", HEED_UNSAID, "");
    assert_true(answer.error);
    do_it(HEEDING_NOTIFY, "", HEED_UNSAID, "");
    assert_true(strlen(answer.text) < sizeof answer.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(decisions, setup),    cmocka_unit_test_setup(quiet_hours, setup),
        cmocka_unit_test_setup(folding, setup),      cmocka_unit_test_setup(bounded, setup),
        cmocka_unit_test_setup(foreign_text, setup), cmocka_unit_test_setup(sequences, setup),
        cmocka_unit_test_setup(any_bytes, setup),    cmocka_unit_test_setup(choices, setup),
        cmocka_unit_test_setup(commands, setup),     cmocka_unit_test_setup(kept, setup),
        cmocka_unit_test_setup(full, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
