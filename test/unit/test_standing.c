/* Who is who, and who is not heard, as the faces have it: marks, folds, and what is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/command.h"
#include "ui/json.h"
#include "ui/lines.h"
#include "ui/standing.h"
#include "ui/view.h"

#define CODE "0011223344556677889900aabbccddeeff00112233445566778899aabbccddee"

static struct show said(uint8_t who, const char *nick, uint64_t lamport, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE,
                        .channel = {"#fika"},
                        .via = VIA_LINK,
                        .lamport = lamport,
                        .seq = lamport,
                        .wall_ms = 43500000,
                        .text = {(const uint8_t *)text, strlen(text)}};
    show.id.b[0] = who;
    snprintf(show.nick.text, sizeof show.nick.text, "%s", nick);
    return show;
}

static void assert_standing(uint8_t marks, enum clash clash, const char *like, const char *expected)
{
    struct nick nick = {{0}};
    char out[STANDING_MAX];
    snprintf(nick.text, sizeof nick.text, "%s", like);
    assert_int_equal(standing_text(marks, clash, &nick, out), strlen(expected));
    assert_string_equal(out, expected);
}

static void what_stands_in_front(void **state)
{
    (void)state;
    assert_standing(0, CLASH_NONE, "", "");
    assert_standing(PERSON_IGNORED, CLASH_NONE, "", "");
    assert_standing(PERSON_VERIFIED, CLASH_NONE, "", "(v) ");
    assert_standing(0, CLASH_HELD, "anna", "(another) ");
    assert_standing(0, CLASH_LOOKS, "anna", "(looks like anna) ");
    assert_standing(0, CLASH_VERIFIED, "anna", "(not the verified anna) ");
    assert_standing(0, CLASH_LOOKS, "a b<c>\x1b", "(looks like a_b_c_\xEF\xBF\xBD) ");
}

/* ---- typed ---- */

static struct typed typed(const char *line)
{
    return command_read(line, strlen(line));
}

static void assert_about(const struct typed *typed, enum request_kind kind, const char *whom,
                         enum verdict verdict)
{
    assert_int_equal(typed->kind, TYPED_REQUEST);
    assert_int_equal(typed->request.kind, kind);
    assert_int_equal(typed->request.verdict, verdict);
    assert_int_equal(typed->request.text.size, strlen(whom));
    if (whom[0] != '\0')
        assert_memory_equal(typed->request.text.at, whom, strlen(whom));
}

static void verify_is_read(void **state)
{
    static const struct {
        const char *line, *whom;
        enum verdict verdict;
    } rows[] = {
        {"\\verify", "", VERDICT_NONE},
        {"\\verify anna", "anna", VERDICT_NONE},
        {"\\verify anna yes", "anna", VERDICT_YES},
        {"\\verify anna  NO ", "anna", VERDICT_NO},
        {"\\verify yes", "yes", VERDICT_NONE}, /* one may be called so */
        {"\\verify yes yes", "yes", VERDICT_YES},
        {"\\verify anna 3f2a", "anna 3f2a", VERDICT_NONE},
        {"\\verify anna 3f2a yes", "anna 3f2a", VERDICT_YES},
        {"\\verify anna fika-verify:" CODE, "anna", VERDICT_CODE},
        {"\\verify anna 3f2a FIKA-VERIFY:" CODE, "anna 3f2a", VERDICT_CODE},
        {"\\verify anna fika-verify:\n" CODE, "anna", VERDICT_CODE}, /* out of two rows */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct typed got = typed(rows[i].line);
        assert_about(&got, REQUEST_VERIFY, rows[i].whom, rows[i].verdict);
        if (rows[i].verdict == VERDICT_CODE)
            assert_int_equal(got.request.id.b[1], 0x11);
    }
    assert_int_equal(typed("\\verify a b c d").kind, TYPED_ERROR);
    static const char *const cut[] = {"\\verify anna fika-verify:00", "\\verify anna fika-verify:",
                                      "\\verify anna fika-verify:" CODE "0",
                                      "\\verify a fika-verify:00 yes no"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        assert_int_equal(typed(cut[i]).kind, TYPED_ERROR);
        assert_string_equal(
            typed(cut[i]).text,
            "that code is not whole, or has a slip in it: behind fika-verify: stand "
            "64 letters and digits; copy it again");
    }
    assert_string_equal(typed("\\verify fika-verify:" CODE).text,
                        "type it so: \\verify [nick] [yes|no]");
}

static void people_are_read(void **state)
{
    struct typed got;
    (void)state;
    got = typed("\\ignore bo 3f2a");
    assert_about(&got, REQUEST_IGNORE, "bo 3f2a", VERDICT_NONE);
    assert_true(got.request.put);
    got = typed("\\unignore bo");
    assert_about(&got, REQUEST_IGNORE, "bo", VERDICT_NONE);
    assert_false(got.request.put);
    got = typed("\\block");
    assert_about(&got, REQUEST_BLOCK, "", VERDICT_NONE);
    got = typed("\\unblock bo");
    assert_about(&got, REQUEST_BLOCK, "bo", VERDICT_NONE);
    assert_false(got.request.put);
    assert_int_equal(typed("\\unblock").kind, TYPED_ERROR);
    assert_int_equal(typed("\\unignore").kind, TYPED_ERROR);
    assert_int_equal(typed("\\block a b c").kind, TYPED_ERROR);
}

/* ---- programs ---- */

static char *json_of(const struct show *show)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_show(out, show, "");
    fclose(out);
    return text;
}

static void programs_are_told(void **state)
{
    struct show show = said(1, "anna", 1, "hej");
    char *text = json_of(&show);
    (void)state;
    assert_null(strstr(text, "verified"));
    assert_null(strstr(text, "clash"));
    assert_null(strstr(text, "folded"));
    free(text);
    show.marks = PERSON_VERIFIED | PERSON_IGNORED | PERSON_BLOCKED;
    show.clash = CLASH_LOOKS;
    show.folded = true;
    strcpy(show.like.text, "a\"b");
    text = json_of(&show);
    assert_non_null(strstr(text,
                           ",\"folded\":true,\"verified\":true,\"ignored\":true,\"blocked\":true,"
                           "\"clash\":\"looks\",\"clash_with\":\"a\\\"b\""));
    free(text);
    show.kind = SHOW_PERSON;
    show.marks = PERSON_IGNORED;
    text = json_of(&show);
    assert_non_null(strstr(text, "\"event\":\"person\""));
    assert_non_null(strstr(text, ",\"verified\":false,\"ignored\":true,\"blocked\":false}"));
    free(text);
}

/* ---- lines ---- */

static void lines_fold_a_flood_for_people_only(void **state)
{
    (void)state;
    for (int folds = 0; folds < 2; folds++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        struct lines *lines = lines_new(out, stderr, false);
        if (folds)
            lines_folds(lines);
        for (uint64_t i = 1; i <= 10; i++) {
            struct show show = said(1, "anna", i, "loud");
            show.folded = i > 3 && i < 9;
            lines_show(lines, &show, 1);
        }
        lines_free(lines);
        fclose(out);
        size_t count = 0;
        for (const char *at = text; (at = strstr(at, "<anna> loud")) != NULL; at++)
            count++;
        assert_int_equal(count, folds ? 5 : 10);
        assert_int_equal(strstr(text, "anna is flooding: lines of anna are folded") != NULL, folds);
        assert_int_equal(strstr(text, "anna is flooding: 5 lines are folded") != NULL, folds);
        free(text);
    }
}

static void lines_leave_out_who_is_ignored(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct lines *lines = lines_new(out, stderr, false);
    (void)state;
    struct show show = said(1, "anna", 1, "one"), reaction = said(2, "bo", 2, "two");
    show.marks = PERSON_IGNORED;
    lines_show(lines, &show, 1);
    show.marks = PERSON_BLOCKED;
    lines_show(lines, &show, 1);
    reaction.kind = SHOW_REACTION;
    reaction.up = true;
    reaction.a = (struct bytes){(const uint8_t *)"+1", 2};
    reaction.marks = PERSON_IGNORED;
    lines_show(lines, &reaction, 1);
    show = (struct show){.kind = SHOW_MEMBER, .channel = {"#fika"}, .nick = {"anna"}, .up = true};
    show.id.b[0] = 1;
    show.marks = PERSON_IGNORED;
    lines_show(lines, &show, 1);
    show = said(1, "anna", 3, "three");
    show.marks = PERSON_VERIFIED;
    lines_show(lines, &show, 1);
    lines_free(lines);
    fclose(out);
    assert_non_null(strstr(text, "#fika (v) <anna> three\n"));
    assert_int_equal(strchr(text, '\n') - text + 1, strlen(text));
    free(text);
}

/* ---- the screen ---- */

static struct view *view;
static struct cell cells[80 * 24];

static bool shows(const char *text)
{
    view_paint(view, cells, 80, 24);
    for (int y = 0; y < 24; y++) {
        char row[80 * CELL_BYTES + 1];
        size_t size = 0;
        for (int x = 0; x < 80; x++) {
            const struct cell *cell = &cells[y * 80 + x];
            size_t part = strlen(cell->text);
            memcpy(row + size, cell->text, part);
            size += part;
        }
        row[size] = '\0';
        if (strstr(row, text) != NULL)
            return true;
    }
    return false;
}

static int view_begin(void **state)
{
    struct show show = {
        .kind = SHOW_CURRENT, .channel = {"#fika"}, .text = {(const uint8_t *)"#fika", 5}};
    (void)state;
    view = view_new();
    view_show(view, &show, 1);
    return 0;
}

static int view_end(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static void say(uint8_t who, const char *nick, uint64_t lamport, const char *text, uint8_t marks,
                bool folded)
{
    struct show show = said(who, nick, lamport, text);
    show.marks = marks;
    show.folded = folded;
    view_show(view, &show, 43500000);
}

static void judge(uint8_t who, uint8_t marks)
{
    struct show show = {.kind = SHOW_PERSON, .marks = marks};
    show.id.b[0] = who;
    view_show(view, &show, 43500000);
}

static void the_screen_folds_who_is_ignored(void **state)
{
    (void)state;
    say(2, "bo", 1, "first", 0, false);
    for (uint64_t i = 2; i < 200; i++)
        say(1, "anna", i, "loud", PERSON_IGNORED, false);
    say(2, "bo", 300, "last", 0, false);
    assert_true(shows("198 lines of anna are not shown"));
    assert_true(shows("<bo> first"));
    assert_true(shows("<bo> last"));
    assert_false(shows("loud"));
    size_t size;
    assert_memory_equal(view_text(view, 2, &size), "first", 5); /* what is folded is not counted */
    for (int i = 0; i < 30; i++)                                /* through the fold, up and down */
        view_scroll_lines(view, i < 15 ? 1 : -1);
    assert_true(shows("<bo> last"));
    view_unfold(view);
    assert_true(shows("<anna> loud"));
    assert_false(shows("not shown"));
    view_unfold(view);
    judge(1, 0);
    assert_true(shows("<anna> loud"));
    judge(1, PERSON_VERIFIED);
    assert_true(shows("(v) <anna> loud"));
    judge(1, PERSON_BLOCKED);
    assert_true(shows("198 lines of anna are not shown"));
}

static void nobody_is_told_of_who_is_ignored(void **state)
{
    struct show own = {.kind = SHOW_STATUS, .nick = {"me"}};
    (void)state;
    view_show(view, &own, 1);
    view_focus(view, false);
    say(1, "anna", 1, "me, me", PERSON_IGNORED, false);
    say(1, "anna", 2, "me, me", 0, true);
    assert_int_equal(view_unread(view, "#fika"), 0);
    say(1, "anna", 3, "me, me", 0, false);
    assert_int_equal(view_unread(view, "#fika"), 1);
    assert_int_equal(view_mentions(view, "#fika"), 1);
}

static void the_screen_counts_a_flood(void **state)
{
    (void)state;
    say(1, "anna", 1, "loud", 0, false);
    for (uint64_t i = 2; i < 5000; i++) {
        say(1, "anna", i, "hidden", 0, true);
        if (i % 1000 == 0)
            say(2, "bo", i, "talk", 0, false);
    }
    assert_true(shows("anna is flooding: 4,998 lines are folded"));
    assert_true(shows("<bo> talk"));
    assert_true(shows("<anna> loud"));
    assert_false(shows("hidden"));
    assert_in_range(view_count(view, "#fika"), 1, 10);
    say(1, "anna", 5000, "calm", 0, false);
    say(1, "anna", 5001, "hidden", 0, true);
    assert_true(shows("anna is flooding: 1 line is folded"));
    struct request request;
    while (view_wants(view, &request)) {
    }
    view_unfold(view); /* the store has them */
    assert_true(view_wants(view, &request));
    assert_int_equal(request.kind, REQUEST_PAGE);
    view_show(view, &(struct show){.kind = SHOW_PAGE, .channel = {"#fika"}}, 1);
    say(1, "anna", 5002, "seen", 0, true);
    assert_true(shows("<anna> seen"));
}

#define on_screen(name) cmocka_unit_test_setup_teardown(name, view_begin, view_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_in_front),
        cmocka_unit_test(verify_is_read),
        cmocka_unit_test(people_are_read),
        cmocka_unit_test(programs_are_told),
        cmocka_unit_test(lines_fold_a_flood_for_people_only),
        cmocka_unit_test(lines_leave_out_who_is_ignored),
        on_screen(the_screen_folds_who_is_ignored),
        on_screen(nobody_is_told_of_who_is_ignored),
        on_screen(the_screen_counts_a_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
