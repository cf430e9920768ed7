/* Lines are written once, in order, and none can pass for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ui/lines.h"

struct scene {
    struct lines *lines;
    FILE *out, *err;
    char *said, *wrong;
    size_t said_size, wrong_size;
};

static int scene_open(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->out = open_memstream(&scene->said, &scene->said_size);
    scene->err = open_memstream(&scene->wrong, &scene->wrong_size);
    scene->lines = lines_new(scene->out, scene->err, false);
    *state = scene;
    return 0;
}

static int scene_close(void **state)
{
    struct scene *scene = *state;
    lines_free(scene->lines);
    fclose(scene->out);
    fclose(scene->err);
    free(scene->said);
    free(scene->wrong);
    free(scene);
    return 0;
}

/* All that went to out, which is flushed by whoever looks. */
static const char *said(struct scene *scene)
{
    fflush(scene->out);
    return scene->said;
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static struct show message(enum via via, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"anna"}, .via = via};
    show.id.b[0] = 1;
    show.wall_ms = 43500000; /* 12:05 UTC */
    show.text = bytes_of(text);
    return show;
}

/* In front of all that the author chose, as every mark; and in a sentence when they come. */
static void signs_are_said(void **state)
{
    struct scene *scene = *state;
    uint8_t list[REACTIONS_BYTES];
    struct writer w = writer_of(list, sizeof list);
    reactions_add(&w, &(struct reactions_row){bytes_of("+"), 2, true});
    struct show show = message(VIA_LINK, "hej");
    show.b = written(&w);
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 #fika (+ 2*) <anna> hej\n");
    show.kind = SHOW_REACTION;
    show.a = bytes_of("+");
    show.up = true;
    strcpy(show.who_nick.text, "bo");
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene),
                        "12:05 #fika (+ 2*) <anna> hej\n"
                        "12:05 -- bo puts + behind a line of anna in #fika: hej (+ 2*)\n");
}

static void messages_are_lines(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_LINK, "hej");
    lines_show(scene->lines, &show, 0);
    show.action = true;
    lines_show(scene->lines, &show, 0);
    show.via = VIA_CLASSIC;
    lines_show(scene->lines, &show, 0);
    show.action = false;
    lines_show(scene->lines, &show, 0);
    show.nick.text[0] = '\0';
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 #fika <anna> hej\n"
                                     "12:05 #fika * anna hej\n"
                                     "12:05 #fika ~* anna hej\n"
                                     "12:05 #fika ~<anna> hej\n"
                                     "12:05 #fika ~<somebody> hej\n");
    assert_int_equal(scene->wrong_size, 0);
    assert_true(lines_tick(scene->lines, 0) == UINT64_MAX);
}

static void mentions_are_marked(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_LINK, "the kettle, eva");
    lines_names(scene->lines, "eva\ncup\n");
    lines_show(scene->lines, &show, 0);
    show.text = bytes_of("two cups");
    lines_show(scene->lines, &show, 0);
    show.text = bytes_of("CUP!");
    show.action = show.liar = true;
    show.via = VIA_CLASSIC;
    lines_show(scene->lines, &show, 0);
    show.own = true;
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 #fika ! <anna> the kettle, eva\n"
                                     "12:05 #fika <anna> two cups\n"
                                     "12:05 #fika (!) ! ~* anna CUP!\n"
                                     "12:05 #fika (!) ~* anna CUP!\n");
}

static void no_text_passes_for_another_line(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_LINK, "a\n12:06 #fika <eva> b\r\nc\x1b[1A\xff\n\n");
    strcpy(show.nick.text, "a> b");
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 #fika <a__b> a\n"
                                     "      12:06 #fika <eva> b\n"
                                     "      c\xEF\xBF\xBD[1A\xEF\xBF\xBD\n");
}

static void notices_and_errors(void **state)
{
    struct scene *scene = *state;
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_NICK, .wall_ms = 43500000};
    show.a = bytes_of("anna");
    lines_show(scene->lines, &show, 0);
    show = (struct show){.kind = SHOW_MEMBER, .channel = {"#fika"}, .nick = {"bo"}, .up = true};
    show.wall_ms = 43500000;
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 -- you are anna now\n12:05 -- bo joined #fika\n");
    show = (struct show){.kind = SHOW_TOLD, .told = TOLD_NO_CHANNEL};
    lines_show(scene->lines, &show, 0);
    lines_note(scene->lines, "there is no \\x", true);
    assert_string_equal(scene->wrong,
                        "fika: there is no channel to write to; \\join #channel first\n"
                        "fika: there is no \\x\n");
    size_t before = strlen(said(scene));
    lines_note(scene->lines, "help", false);
    assert_string_equal(said(scene) + before + 5, " -- help\n");
    before = strlen(said(scene));
    lines_show(scene->lines, &(struct show){.kind = SHOW_STATUS}, 0);
    lines_show(scene->lines, &(struct show){.kind = SHOW_CURRENT}, 0);
    assert_int_equal(strlen(said(scene)), before);
}

static void history_waits_and_is_sorted(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_HISTORY, "third");
    show.lamport = 9;
    lines_show(scene->lines, &show, 1000);
    show = message(VIA_HISTORY, "second");
    show.lamport = 8;
    show.id.b[0] = 2;
    strcpy(show.nick.text, "bo");
    lines_show(scene->lines, &show, 1500);
    show = message(VIA_HISTORY, "first");
    show.lamport = 8;
    lines_show(scene->lines, &show, 1600);
    assert_int_equal(strlen(said(scene)), 0);
    assert_true(lines_tick(scene->lines, 2599) == 2600);
    assert_int_equal(strlen(said(scene)), 0);
    assert_true(lines_tick(scene->lines, 2600) == UINT64_MAX);
    assert_string_equal(said(scene), "12:05 #fika <anna> first\n"
                                     "12:05 #fika <bo> second\n"
                                     "12:05 #fika <anna> third\n");
}

static struct show edit(enum via via, uint64_t seq, uint64_t lamport, const char *text)
{
    struct show show = message(via, text);
    show.kind = SHOW_EDITED;
    show.edited = true;
    show.seq = seq;
    show.lamport = lamport;
    show.wall_ms += lamport * 60000;
    return show;
}

/* In its place and time, with what else is so of it; another's line of that seq is another. */
static void what_was_changed_meanwhile_is_written_once(void **state)
{
    struct scene *scene = *state;
    uint8_t list[REACTIONS_BYTES];
    struct writer w = writer_of(list, sizeof list);
    reactions_add(&w, &(struct reactions_row){bytes_of("+"), 2, false});
    struct show show = message(VIA_HISTORY, "teh cat"), other = message(VIA_HISTORY, "hers");
    show.seq = show.lamport = 3;
    show.b = written(&w);
    lines_show(scene->lines, &show, 0);
    memset(list, 0, sizeof list);
    other.id.b[0] = 2;
    strcpy(other.nick.text, "bo");
    other.seq = 3;
    other.lamport = 4;
    lines_show(scene->lines, &other, 0);
    static const char *const texts[] = {"the cat", "the dog", "the bird"};
    for (uint64_t i = 0; i < 3; i++) {
        show = edit(i < 2 ? VIA_HISTORY : VIA_LINK, 3, 5 + i, texts[i]);
        lines_show(scene->lines, &show, 100 * i);
    }
    show = edit(VIA_HISTORY, 1, 8, "what was written long ago");
    lines_show(scene->lines, &show, 300);
    show = edit(VIA_HISTORY, 1, 9, "what stands there now");
    lines_show(scene->lines, &show, 300);
    lines_tick(scene->lines, 199 + LINES_WAIT_MS);
    assert_string_equal(said(scene), "");
    lines_tick(scene->lines, 200 + LINES_WAIT_MS); /* the live one waits no longer */
    assert_string_equal(said(scene), "12:05 #fika (+ 2) (edited) <anna> the bird\n"
                                     "12:05 #fika <bo> hers\n"
                                     "12:14 #fika (edited) <anna> what stands there now\n");
}

#define NOON_MS 43500000

/* What a node shows before that message, whose nick somebody else had. */
static struct show namesake_of(const struct show *show, uint8_t who, uint64_t met_ms)
{
    struct show namesake = *show;
    namesake.kind = SHOW_NAMESAKE;
    namesake.who.b[0] = who;
    namesake.n = met_ms;
    namesake.n2 = show->seq - 1;
    namesake.up = true;
    return namesake;
}

/* Also when the other one's lines are long gone, and above his line where that waits for its place. */
static void a_nick_that_was_anothers_is_told(void **state)
{
    struct scene *scene = *state;
    struct show late = message(VIA_HISTORY, "late"), show = message(VIA_HISTORY, "so am I");
    late.lamport = 9;
    show.id.b[0] = 2;
    show.lamport = show.seq = 8;
    struct show namesake = namesake_of(&show, 7, NOON_MS);
    lines_show(scene->lines, &late, 0);
    lines_show(scene->lines, &namesake, 0);
    lines_show(scene->lines, &show, 0);
    lines_tick(scene->lines, LINES_WAIT_MS);
    const char *all = said(scene);
    assert_memory_equal(all, "12:05 -- this anna (02000000) is not the anna of ", 48);
    assert_non_null(strstr(all, "(07000000)\n12:05 #fika <anna 0200> so am I\n"));
    size_t before = strlen(all);
    show = (struct show){.kind = SHOW_MEMBER, .channel = {"#fika"}, .nick = {"bo"}, .up = true};
    show.id.b[0] = 5;
    namesake = namesake_of(&show, 6, 0);
    namesake.n2 = namesake.lamport = 0;
    namesake.wall_ms = NOON_MS;
    lines_show(scene->lines, &namesake, 0);
    assert_string_equal(said(scene) + before,
                        "12:05 -- this bo (05000000) is another than bo (06000000)\n");
}

/* Once a channel, above the first that he has not seen, whoever came first. */
static void where_the_reader_left_off_is_marked(void **state)
{
    struct scene *scene = *state;
    static struct leftoff leftoff;
    struct place seen = {.lamport = 5, .seq = 5}, place;
    memset(&leftoff, 0, sizeof leftoff);
    leftoff_network(&leftoff, (struct bytes){(const uint8_t *)"net", 3});
    seen.author.b[0] = 1;
    seen_note(&leftoff.seen, "net", "#fika", &seen);
    lines_leftoff(scene->lines, &leftoff);
    for (uint64_t lamport = 8; lamport > 3; lamport--) { /* the newest first */
        struct show show = message(lamport > 6 ? VIA_HISTORY : VIA_STORED, "away");
        show.lamport = show.seq = lamport;
        show.own = lamport == 6;
        lines_show(scene->lines, &show, 0);
    }
    struct show other = message(VIA_HISTORY, "never there");
    strcpy(other.channel.text, "#other");
    lines_show(scene->lines, &other, 0);
    lines_tick(scene->lines, LINES_WAIT_MS);
    struct show live = message(VIA_LINK, "now"), late = message(VIA_HISTORY, "late");
    live.lamport = live.seq = 9;
    late.lamport = late.seq = 10;
    lines_show(scene->lines, &live, 2000);
    lines_show(scene->lines, &late, 2000);
    lines_tick(scene->lines, 2000 + LINES_WAIT_MS);
    assert_string_equal(said(scene), "12:05 #fika <anna> away\n"
                                     "12:05 #fika <anna> away\n"
                                     "12:05 #fika <anna> away\n"
                                     "12:05 ---- new in #fika ----\n"
                                     "12:05 #fika <anna> away\n"
                                     "12:05 #fika <anna> away\n"
                                     "12:05 #other <anna> never there\n"
                                     "12:05 #fika <anna> now\n"
                                     "12:05 #fika <anna> late\n");
    assert_true(seen_find(&leftoff.seen, "net", "#fika", &place));
    assert_int_equal(place.lamport, 10);
}

static void one_nick_of_two_is_told_apart(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_LINK, "I am");
    lines_show(scene->lines, &show, 0);
    show = message(VIA_LINK, "so am I");
    show.id.b[0] = 2;
    struct show namesake = namesake_of(&show, 1, NOON_MS);
    lines_show(scene->lines, &namesake, 0);
    lines_show(scene->lines, &show, 0);
    namesake.up = false; /* no news */
    lines_show(scene->lines, &namesake, 0);
    lines_show(scene->lines, &show, 0);
    show = message(VIA_LINK, "it is I");
    lines_show(scene->lines, &show, 0);
    const char *all = said(scene);
    assert_non_null(strstr(all, "#fika <anna> I am\n"));
    const char *word = strstr(all, "-- this anna (02000000) is not the anna of ");
    assert_non_null(word);
    assert_non_null(strstr(word, "(01000000)\n12:05 #fika <anna 0200> so am I\n"));
    assert_null(strstr(word + 30, "is not the"));
    assert_non_null(strstr(word, "#fika <anna 0100> it is I\n"));
}

static void stored_lines_wait_like_history(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_STORED, "second");
    show.lamport = 2;
    lines_show(scene->lines, &show, 0);
    show = message(VIA_HISTORY, "first");
    show.lamport = 1;
    lines_show(scene->lines, &show, 500);
    show = message(VIA_HISTORY, "no clock");
    show.lamport = (uint64_t)1 << 60;
    show.adrift = show.liar = true;
    lines_show(scene->lines, &show, 500);
    assert_string_equal(said(scene), "12:05 #fika (clock adrift) (!) <anna> no clock\n");
    assert_true(lines_tick(scene->lines, 1499) == 1500);
    lines_tick(scene->lines, 1500);
    assert_string_equal(said(scene), "12:05 #fika (clock adrift) (!) <anna> no clock\n"
                                     "12:05 #fika <anna> first\n12:05 #fika <anna> second\n");
}

static struct show gap(uint64_t missing)
{
    struct show show = {.kind = SHOW_GAP, .channel = {"#fika"}, .nick = {"bo"}, .n = missing};
    show.wall_ms = 43500000;
    show.lamport = 30;
    show.seq = 3;
    show.n2 = 19;
    show.a = bytes_of("cy");
    return show;
}

static void missing_lines_are_told_when_they_are_and_when_they_came(void **state)
{
    struct scene *scene = *state;
    struct show show = gap(0);
    lines_show(scene->lines, &show, 0);
    assert_int_equal(strlen(said(scene)), 0);
    show = gap(17);
    lines_show(scene->lines, &show, 0);
    show = gap(8);
    lines_show(scene->lines, &show, 0);
    show = gap(0);
    show.nick.text[0] = '\0';
    show.seq = show.n2 = 0; /* all of that author's */
    lines_show(scene->lines, &show, 0);
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene), "12:05 -- 17 lines missing from bo, asking cy\n"
                                     "12:05 -- the 17 missing lines of bo are here\n");
    show = (struct show){.kind = SHOW_COMING, .channel = {"#fika"}, .wall_ms = 43500000};
    size_t before = strlen(said(scene));
    lines_show(scene->lines, &show, 0);
    for (uint64_t n = 40; n > 0; n--) {
        show.n = n;
        lines_show(scene->lines, &show, 0);
    }
    show.n = 0;
    lines_show(scene->lines, &show, 0);
    lines_show(scene->lines, &show, 0);
    assert_string_equal(said(scene) + before, "12:05 -- 40 older lines of #fika are still coming\n"
                                              "12:05 -- all older lines of #fika are here\n");
}

/* Words about lines that wait stand where they belong. */
static void missing_lines_are_told_in_their_place(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_HISTORY, "above");
    show.lamport = show.seq = 30;
    show.id.b[0] = 0;
    show.seq = 20;
    lines_show(scene->lines, &show, 0);
    show = message(VIA_HISTORY, "below");
    show.lamport = 5;
    lines_show(scene->lines, &show, 0);
    show = gap(17);
    lines_show(scene->lines, &show, 0);
    assert_int_equal(strlen(said(scene)), 0);
    show = gap(0);
    lines_show(scene->lines, &show, 0);
    for (uint32_t i = 0; i < 3 * LINES_GAPS_MAX; i++) { /* more than are remembered */
        show = gap(1);
        show.seq = show.n2 = 100 + i;
        strcpy(show.channel.text, "#many");
        lines_show(scene->lines, &show, 0);
    }
    size_t before = strlen(said(scene));
    lines_tick(scene->lines, LINES_WAIT_MS);
    assert_string_equal(said(scene) + before, "12:05 #fika <anna> below\n"
                                              "12:05 -- 17 lines missing from bo, asking cy\n"
                                              "12:05 #fika <anna> above\n"
                                              "12:05 -- the 17 missing lines of bo are here\n");
}

static void lines_taken_back_are_told(void **state)
{
    struct scene *scene = *state;
    struct show show = {.kind = SHOW_FORGOTTEN, .channel = {"#fika"}, .wall_ms = 43500000};
    lines_show(scene->lines, &show, 0);
    strcpy(show.nick.text, "bo");
    lines_show(scene->lines, &show, 0);
    lines_show(scene->lines, &(struct show){.kind = SHOW_PAGE}, 0);
    assert_string_equal(said(scene), "12:05 -- a line was taken back in #fika\n"
                                     "12:05 -- bo took back a line in #fika\n");
}

static void live_lines_join_what_is_held_in_their_channel(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_HISTORY, "old");
    show.lamport = 1;
    lines_show(scene->lines, &show, 0);
    show = message(VIA_LINK, "elsewhere");
    strcpy(show.channel.text, "#else");
    lines_show(scene->lines, &show, 10);
    show = message(VIA_CLASSIC, "no clock");
    lines_show(scene->lines, &show, 10);
    show = message(VIA_LINK, "new");
    show.lamport = 3;
    lines_show(scene->lines, &show, 100);
    assert_string_equal(said(scene),
                        "12:05 #else <anna> elsewhere\n12:05 #fika ~<anna> no clock\n");
    /* However much history goes on coming, the live line waits no longer than the bound. */
    show = message(VIA_HISTORY, "middle");
    show.lamport = 2;
    lines_show(scene->lines, &show, 1000);
    assert_true(lines_tick(scene->lines, 1099) == 1100);
    lines_tick(scene->lines, 1100);
    assert_string_equal(said(scene), "12:05 #else <anna> elsewhere\n12:05 #fika ~<anna> no clock\n"
                                     "12:05 #fika <anna> old\n"
                                     "12:05 #fika <anna> middle\n"
                                     "12:05 #fika <anna> new\n");
}

static void the_end_writes_what_is_held(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_HISTORY, "old");
    lines_show(scene->lines, &show, 0);
    lines_show(scene->lines, &(struct show){.kind = SHOW_STOPPED}, 1);
    assert_string_equal(said(scene), "12:05 #fika <anna> old\n");
    lines_show(scene->lines, &show, 2);
    lines_free(scene->lines);
    scene->lines = NULL;
    assert_string_equal(said(scene), "12:05 #fika <anna> old\n12:05 #fika <anna> old\n");
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void a_full_buffer_writes_its_older_half(void **state)
{
    struct scene *scene = *state;
    struct show show = message(VIA_HISTORY, "x");
    for (size_t i = 0; i < LINES_HELD_MAX; i++) {
        show.lamport = LINES_HELD_MAX - i;
        lines_show(scene->lines, &show, 0);
    }
    assert_int_equal(strlen(said(scene)), 0);
    show.lamport = 5000;
    lines_show(scene->lines, &show, 0);
    assert_int_equal(count_lines(said(scene)), LINES_HELD_MAX / 2);
    lines_tick(scene->lines, 1000);
    assert_int_equal(count_lines(said(scene)), LINES_HELD_MAX + 1);
}

static void colours_are_by_identity_and_only_when_asked_for(void **state)
{
    struct scene *scene = *state;
    struct lines *lines = lines_new(scene->out, scene->err, true);
    struct show show = message(VIA_LINK, "hej");
    lines_show(lines, &show, 0);
    show.via = VIA_CLASSIC;
    lines_show(lines, &show, 0);
    lines_free(lines);
    assert_string_equal(said(scene), "12:05 #fika <\x1b[32manna\x1b[0m> hej\n"
                                     "12:05 #fika ~<anna> hej\n");
}

int main(void)
{
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)
    const struct CMUnitTest tests[] = {
        SCENE_TEST(messages_are_lines),
        SCENE_TEST(signs_are_said),
        SCENE_TEST(mentions_are_marked),
        SCENE_TEST(no_text_passes_for_another_line),
        SCENE_TEST(notices_and_errors),
        SCENE_TEST(one_nick_of_two_is_told_apart),
        SCENE_TEST(where_the_reader_left_off_is_marked),
        SCENE_TEST(a_nick_that_was_anothers_is_told),
        SCENE_TEST(history_waits_and_is_sorted),
        SCENE_TEST(what_was_changed_meanwhile_is_written_once),
        SCENE_TEST(stored_lines_wait_like_history),
        SCENE_TEST(missing_lines_are_told_when_they_are_and_when_they_came),
        SCENE_TEST(missing_lines_are_told_in_their_place),
        SCENE_TEST(lines_taken_back_are_told),
        SCENE_TEST(live_lines_join_what_is_held_in_their_channel),
        SCENE_TEST(the_end_writes_what_is_held),
        SCENE_TEST(a_full_buffer_writes_its_older_half),
        SCENE_TEST(colours_are_by_identity_and_only_when_asked_for),
    };
    setenv("TZ", "UTC0", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
