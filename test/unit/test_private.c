/* Private channels as the faces show them: who is let in and removed, in its place; what is left out; the lock,
 * which no name can write; what is completed; and the same for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/complete.h"
#include "ui/json.h"
#include "ui/lines.h"
#include "ui/notice.h"
#include "ui/title.h"
#include "ui/view.h"
#include "ui/words.h"
#include "ui/writing.h"

#define WIDTH  90
#define HEIGHT 12
#define LOCK   "\U0001F512"

enum { ADA = 1, BO = 2, CY = 3 };

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* Of `id` called nick, by Ada. */
static struct show about(enum show_kind kind, uint8_t id, const char *nick)
{
    struct show show = {.kind = kind, .channel = {"#plans"}, .group = true, .who_nick = {"ada"}};
    memset(&show.id, id, sizeof show.id);
    memset(&show.who, ADA, sizeof show.who);
    strcpy(show.nick.text, nick);
    show.wall_ms = 43500000; /* Thu 1 Jan 1970 12:05 UTC */
    return show;
}

static struct show message(uint8_t author, const char *nick, uint64_t lamport, uint64_t seq,
                           const char *text)
{
    struct show show = about(SHOW_MESSAGE, author, nick);
    show.lamport = lamport;
    show.seq = seq;
    show.text = bytes_of(text);
    return show;
}

static struct show current(void)
{
    return (struct show){.kind = SHOW_CURRENT,
                         .channel = {"#plans"},
                         .group = true,
                         .text = bytes_of("#fika\n#plans"),
                         .a = bytes_of("#plans")};
}

static struct show ready(uint8_t id, const char *nick)
{
    struct show show = {.kind = SHOW_READY, .b = bytes_of("open")};
    memset(&show.id, id, sizeof show.id);
    strcpy(show.nick.text, nick);
    return show;
}

/* ---- sentences ---- */

static void assert_says(const struct show *show, const char *expected)
{
    char out[WORDS_MAX];
    words_private(show, out, sizeof out);
    assert_string_equal(out, expected);
}

static void who_was_let_in_by_whom_and_from_when(void **state)
{
    (void)state;
    struct show show = about(SHOW_ADMITTED, BO, "bo");
    assert_says(&show, "ada let bo into " LOCK "#plans: bo can read what is said from now on");
    show.n = ROLE_INVITER;
    show.n2 = 1;
    assert_says(&show, "ada let bo into " LOCK "#plans: bo can read what was said before, too; bo "
                       "may invite others");
    show.own = true;
    assert_says(&show, "ada let you into " LOCK "#plans: you can read what was said before, too; "
                       "you may invite others");
    show.n3 = 1;
    assert_says(&show, "ada lets you invite others to " LOCK "#plans from now on");
    show.own = false;
    assert_says(&show, "ada lets bo invite others to " LOCK "#plans from now on");
}

static void who_was_removed_and_what_he_keeps(void **state)
{
    (void)state;
    struct show show = about(SHOW_REMOVED, BO, "bo");
    assert_says(&show, "ada removed bo from " LOCK "#plans: what is said from now on bo cannot "
                       "read; what was said before, bo keeps");
    show.own = true;
    assert_says(&show, "ada removed you from " LOCK "#plans: what is said from now on you cannot "
                       "read; what was said before, you keep");
    show = about(SHOW_REMOVED, ADA, "ada");
    assert_says(&show, "ada left " LOCK "#plans for good: what is said from now on ada cannot "
                       "read; what was said before, ada keeps");
    show.n = ROLE_FOUNDER;
    assert_says(&show,
                "ada left " LOCK "#plans for good: what is said from now on ada cannot "
                "read; what was said before, ada keeps; ada was the founder: whom ada let in "
                "nobody can remove now");
    show.n3 = 1;
    assert_says(&show,
                "ada left " LOCK "#plans for good: what is said from now on ada cannot "
                "read; what was said before, ada keeps; ada was the founder: whom ada let in "
                "nobody can remove now; nobody who is in may invite, so nobody can be let in any "
                "more");
    show.n3 = 0;
}

/* Of a person it is a device; what it is called its owner chose. */
static void a_device_is_told_from_its_person(void **state)
{
    (void)state;
    struct show show = about(SHOW_REMOVED, BO, "bo");
    show.text = (struct bytes){(const uint8_t *)"phone", 5};
    assert_says(&show,
                "ada removed bo (\"phone\") from " LOCK "#plans: what is said from now on bo "
                "(\"phone\") cannot read; what was said before, bo (\"phone\") keeps");
    show.kind = SHOW_ADMITTED;
    show.text = (struct bytes){(const uint8_t *)"\033[2J", 4};
    assert_says(&show, "ada let bo (\"\xef\xbf\xbd[2J\") into " LOCK
                       "#plans: bo (\"\xef\xbf\xbd[2J\") can read what is said from now on");
    show.text.at = NULL;
    show.text.size = 0;
    show.kind = SHOW_ROLE_ROW;
    assert_says(&show, LOCK "#plans: bo 02020202, member, let in by ada on Thu 1 Jan 1970 12:05");
}

static void an_invitation_says_what_to_type_and_who_that_is(void **state)
{
    (void)state;
    struct show show = about(SHOW_INVITATION, 0, "");
    assert_says(&show, "ada (01010101) invites you to " LOCK "#plans: \\join #plans takes you in, "
                       "\\leave #plans declines");
    show.clash = CLASH_VERIFIED;
    strcpy(show.like.text, "ada");
    assert_says(&show, "(not the verified ada) ada (01010101) invites you to " LOCK
                       "#plans: \\join #plans takes you in, \\leave #plans declines");
}

static void members_with_their_roles(void **state)
{
    (void)state;
    struct show show = about(SHOW_ROLE_ROW, ADA, "ada");
    show.n = ROLE_FOUNDER;
    show.own = true;
    assert_says(&show, LOCK "#plans: ada 01010101, founder (you)");
    show = about(SHOW_ROLE_ROW, BO, "bo");
    show.n = ROLE_INVITER;
    show.n2 = 1;
    show.up = true;
    assert_says(&show, LOCK "#plans: bo 02020202, may invite, let in by ada on Thu 1 Jan 1970 "
                            "12:05, with what was said before (here)");
    show = about(SHOW_ROLE_ROW, CY, "cy");
    show.marks = PERSON_VERIFIED;
    assert_says(&show,
                LOCK "#plans: (v) cy 03030303, member, let in by ada on Thu 1 Jan 1970 12:05");
}

static void what_waits_and_what_is_left_out(void **state)
{
    (void)state;
    struct show show = about(SHOW_CLOSED, 0, "");
    show.n = 1;
    assert_says(&show, "1 line of " LOCK "#plans waits for a key that others have");
    show.n = 0;
    assert_says(&show, "the lines of " LOCK "#plans that waited for a key are here");
    show = about(SHOW_LEFT_OUT, BO, "bo");
    show.n = 2;
    assert_says(&show, "2 lines of bo are left out of " LOCK "#plans: said after bo was removed");
}

static void an_invitation_is_a_notice(void **state)
{
    (void)state;
    struct notices notices = {0};
    struct notice notice;
    struct show show = about(SHOW_INVITATION, 0, "");
    notices_add(&notices, "#plans", &show);
    assert_true(notices_next(&notices, 0, &notice));
    assert_true(notice.invites);
    assert_string_equal(notice.title, "#plans ada");
    assert_string_equal(notice.body, "invites you to this private channel");
}

/* Names are a peer's. */
/* What a terminal is told goes to the desktop, which may keep it. */
static void a_notice_says_nothing_of_what_is_said(void **state)
{
    (void)state;
    struct notices notices = {0};
    struct notice notice;
    struct show show = {.kind = SHOW_MESSAGE,
                        .channel = {"#plans"},
                        .nick = {"ada"},
                        .group = true,
                        .text = bytes_of("a secret canary")};
    notices_add(&notices, "#plans", &show);
    assert_true(notices_next(&notices, 0, &notice));
    assert_string_equal(notice.title, "#plans ada");
    assert_null(strstr(notice.body, "canary"));
    assert_non_null(strstr(notice.body, "private channel"));
}

static void no_sentence_obeys(void **state)
{
    (void)state;
    static const enum show_kind kinds[] = {SHOW_INVITATION, SHOW_ADMITTED, SHOW_REMOVED,
                                           SHOW_ROLE_ROW,   SHOW_CLOSED,   SHOW_LEFT_OUT};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char out[WORDS_MAX];
        struct show show = about(kinds[i], BO, "b\x1b[2J\n{who}");
        strcpy(show.channel.text, "#p\x1b]0;x\a");
        strcpy(show.who_nick.text, "\xE2\x80\xAE%s{nick}");
        words_private(&show, out, sizeof out);
        assert_true(strlen(out) > 4);
        assert_null(strpbrk(out, "\x1b\n\a"));
        assert_null(strstr(out, "\xE2\x80\xAE"));
        words_private(&show, out, 7);
        assert_true(strlen(out) < 7);
    }
}

/* ---- for programs ---- */

#define ID1 "0101010101010101010101010101010101010101010101010101010101010101"
#define ID2 "0202020202020202020202020202020202020202020202020202020202020202"

static void assert_written(const struct show *show, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_show(out, show, "");
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void events(void **state)
{
    (void)state;
    struct show show = about(SHOW_ADMITTED, BO, "bo");
    show.up = show.own = true;
    show.n = ROLE_INVITER;
    show.lamport = 7;
    assert_written(&show,
                   "{\"event\":\"admitted\",\"channel\":\"#plans\",\"nick\":\"bo\",\"id\":\"" ID2
                   "\",\"by\":\"" ID1 "\",\"by_nick\":\"ada\",\"role\":\"inviter\","
                   "\"history\":false,\"time\":\"1970-01-01T12:05:00.000Z\",\"own\":true,"
                   "\"new\":true,\"private\":true}\n");
    show = about(SHOW_REMOVED, BO, "bo");
    show.marks = PERSON_VERIFIED;
    assert_written(&show,
                   "{\"event\":\"removed\",\"channel\":\"#plans\",\"nick\":\"bo\",\"id\":\"" ID2
                   "\",\"by\":\"" ID1 "\",\"by_nick\":\"ada\",\"left\":false,"
                   "\"time\":\"1970-01-01T12:05:00.000Z\",\"own\":false,\"new\":false,"
                   "\"verified\":true,\"private\":true}\n");
    show = about(SHOW_ROLE_ROW, ADA, "ada");
    show.n = ROLE_FOUNDER;
    assert_written(&show,
                   "{\"event\":\"role\",\"channel\":\"#plans\",\"nick\":\"ada\",\"id\":\"" ID1
                   "\",\"by\":\"" ID1 "\",\"by_nick\":\"ada\",\"role\":\"founder\","
                   "\"history\":false,\"time\":\"1970-01-01T12:05:00.000Z\",\"own\":false,"
                   "\"here\":false,\"private\":true}\n");
    show = about(SHOW_INVITATION, 0, "");
    show.up = true;
    assert_written(&show, "{\"event\":\"invitation\",\"channel\":\"#plans\",\"by\":\"" ID1
                          "\",\"by_nick\":\"ada\",\"new\":true,\"private\":true}\n");
    show = about(SHOW_CLOSED, 0, "");
    show.n = 3;
    assert_written(&show, "{\"event\":\"closed\",\"channel\":\"#plans\",\"lines\":3,"
                          "\"private\":true}\n");
    show = about(SHOW_LEFT_OUT, BO, "bo");
    show.seq = 4;
    show.n2 = 6;
    show.n = 2;
    assert_written(&show, "{\"event\":\"left_out\",\"channel\":\"#plans\",\"author\":\"" ID2
                          "\",\"nick\":\"bo\",\"from\":4,\"to\":6,\"lines\":2,"
                          "\"private\":true}\n");
}

/* ---- lines ---- */

struct written {
    struct lines *lines;
    FILE *out;
    char *text;
    size_t size;
};

static const char *text_of(struct written *written)
{
    fflush(written->out);
    return written->text;
}

static void lines_have_the_lock_and_hold_what_came_later(void **state)
{
    (void)state;
    struct written written = {0};
    written.out = open_memstream(&written.text, &written.size);
    written.lines = lines_new(written.out, written.out, false);
    struct show show = message(BO, "bo", 5, 1, "in here");
    lines_show(written.lines, &show, 0);
    assert_string_equal(text_of(&written), "12:05 " LOCK "#plans <bo> in here\n");
    /* An act stands where it was decided, and what is left out before it was written is not written. */
    size_t before = strlen(text_of(&written));
    show = message(BO, "bo", 9, 3, "after");
    show.via = VIA_HISTORY;
    lines_show(written.lines, &show, 0);
    show = message(BO, "bo", 7, 2, "before");
    show.via = VIA_HISTORY;
    lines_show(written.lines, &show, 0);
    show = about(SHOW_REMOVED, BO, "bo");
    show.lamport = 8;
    lines_show(written.lines, &show, 0);
    show = about(SHOW_LEFT_OUT, BO, "bo");
    show.n = 1;
    for (show.seq = show.n2 = 3; show.seq < 5; show.seq = ++show.n2)
        lines_show(written.lines, &show, 0);
    lines_free(written.lines);
    fclose(written.out);
    assert_string_equal(written.text + before, "12:05 " LOCK "#plans <bo> before\n"
                                               "12:05 -- ada removed bo from " LOCK
                                               "#plans: what is said from now on bo cannot read; "
                                               "what was said before, bo keeps\n"
                                               "12:05 -- 2 lines of bo are left out of " LOCK
                                               "#plans: said after bo was removed\n");
    free(written.text);
}

static void lines_tell_once_that_a_key_is_missing(void **state)
{
    (void)state;
    struct written written = {0};
    written.out = open_memstream(&written.text, &written.size);
    written.lines = lines_new(written.out, written.out, false);
    struct show show = about(SHOW_CLOSED, 0, "");
    for (show.n = 1; show.n < 4; show.n++)
        lines_show(written.lines, &show, 0);
    show.n = 0;
    lines_show(written.lines, &show, 0);
    lines_show(written.lines, &show, 0);
    lines_free(written.lines);
    fclose(written.out);
    assert_string_equal(written.text,
                        "12:05 -- 1 line of " LOCK "#plans waits for a key that others have\n"
                        "12:05 -- the lines of " LOCK "#plans that waited for a key are here\n");
    free(written.text);
}

static void lines_do_not_tell_twice_who_did_it(void **state)
{
    (void)state;
    struct written written = {0};
    written.out = open_memstream(&written.text, &written.size);
    written.lines = lines_new(written.out, written.out, false);
    struct show show = ready(ADA, "ada");
    lines_show(written.lines, &show, 0);
    size_t before = strlen(text_of(&written));
    show = about(SHOW_ADMITTED, BO, "bo");
    show.up = true; /* TOLD_INVITED said it */
    lines_show(written.lines, &show, 0);
    assert_string_equal(text_of(&written) + before, "");
    show = about(SHOW_MEMBER, BO, "bo");
    show.n2 = 1; /* so did a removal */
    lines_show(written.lines, &show, 0);
    assert_string_equal(text_of(&written) + before, "");
    show = about(SHOW_INVITATION, 0, "");
    show.marks = PERSON_IGNORED;
    lines_show(written.lines, &show, 0);
    assert_string_equal(text_of(&written) + before, "");
    lines_free(written.lines);
    fclose(written.out);
    free(written.text);
}

/* ---- the full screen ---- */

static struct view *view;
static struct cell cells[WIDTH * HEIGHT];

static void give(struct show show)
{
    view_show(view, &show, 43500000);
}

static int setup(void **state)
{
    (void)state;
    view = view_new();
    give(ready(CY, "cy"));
    give(current());
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static const char *row(int y)
{
    static char text[WIDTH * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < WIDTH; x++) {
        const struct cell *cell = &cells[y * WIDTH + x];
        memcpy(text + size, cell->text, cell->size);
        size += cell->size;
    }
    text[size] = '\0';
    return text;
}

/* True when some row of the screen has it. */
static bool painted(const char *text)
{
    view_paint(view, cells, WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        if (strstr(row(y), text) != NULL)
            return true;
    return false;
}

static int row_with(const char *text)
{
    view_paint(view, cells, WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        if (strstr(row(y), text) != NULL)
            return y;
    fail_msg("no row has %s", text);
    return -1;
}

static void the_lock_is_in_the_list_the_status_and_the_title(void **state)
{
    (void)state;
    char label[LABEL_MAX], title[TITLE_ROOM], bytes[TITLE_ROOM + 8];
    view_want(view, VIEW_CHANNELS, WANTED_YES);
    assert_true(painted(">" LOCK "#plans"));
    assert_true(painted(" #fika"));
    assert_false(painted(LOCK "#fika"));
    assert_non_null(strstr(row(HEIGHT - 1), LOCK "#plans"));
    view_label(view, label);
    title_text(label, 0, 0, title);
    assert_string_equal(title, "fika " LOCK "#plans");
    title_write(title, true, bytes);
    assert_string_equal(bytes, "\033]2;fika *#plans\033\\");
}

/* Where a private channel is called as an open one, that is marked. */
static void an_open_namesake_is_marked(void **state)
{
    (void)state;
    view_want(view, VIEW_CHANNELS, WANTED_YES);
    struct show both = current();
    both.text = bytes_of("#fika\n#fika~3f2a\n#plans");
    both.a = bytes_of("#fika~3f2a\n#plans");
    give(both);
    assert_true(painted("#fika (open)"));
    assert_true(painted(LOCK "#fika~3f2a"));
    assert_false(painted("#plans (open)"));
    both.a = bytes_of("#plans"); /* an open one may be called so, too */
    give(both);
    assert_false(painted("(open)"));
}

/* A name begins with #, so the lock in front is never a name's. */
static void an_open_channel_cannot_wear_it(void **state)
{
    (void)state;
    char label[LABEL_MAX];
    assert_false(channel_name_ok(LOCK "#plans"));
    assert_true(channel_name_ok("#" LOCK "plans"));
    label_channel("#" LOCK "plans", false, label);
    assert_string_equal(label, "#" LOCK "plans");
}

static void an_act_stands_where_it_was_decided(void **state)
{
    (void)state;
    give(message(BO, "bo", 5, 1, "five"));
    give(message(BO, "bo", 9, 2, "nine"));
    struct show show = about(SHOW_ADMITTED, BO, "bo");
    show.lamport = 7;
    give(show);
    int act = row_with("ada let bo into");
    assert_true(row_with("five") < act);
    assert_true(act < row_with("nine"));
    assert_int_equal(view_unread(view, "#plans"), 0);
    size_t count = view_count(view, "#plans");
    give(show); /* it is told once more: it stands there once */
    assert_int_equal(view_count(view, "#plans"), count);
}

static void what_was_said_after_a_removal_goes(void **state)
{
    (void)state;
    give(message(BO, "bo", 5, 1, "before"));
    view_focus(view, false);
    give(message(BO, "bo", 8, 2, "after"));
    give(message(ADA, "ada", 9, 2, "of another"));
    assert_int_equal(view_unread(view, "#plans"), 2);
    struct show show = about(SHOW_LEFT_OUT, BO, "bo");
    show.seq = show.n2 = 2;
    show.n = 1;
    give(show);
    assert_int_equal(view_unread(view, "#plans"), 1);
    assert_false(painted("> after"));
    assert_true(painted("before"));
    assert_true(painted("1 line of bo is left out"));
    show.seq = show.n2 = 3;
    give(show);
    assert_false(painted("1 line of bo is left out"));
    assert_true(painted("2 lines of bo are left out"));
    assert_int_equal(row_with("of another") - 1, row_with("---- new"));
}

static void who_is_out_sees_it(void **state)
{
    (void)state;
    struct show show = about(SHOW_REMOVED, CY, "cy");
    show.own = show.up = true;
    show.lamport = 4;
    give(show);
    assert_true(painted("ada removed you from"));
    assert_non_null(strstr(row(HEIGHT - 1), "you are out"));
    show = about(SHOW_ADMITTED, CY, "cy");
    show.own = show.up = true;
    show.lamport = 6;
    give(show);
    assert_false(painted("you are out"));
}

static void the_status_counts_what_waits_for_a_key(void **state)
{
    (void)state;
    struct show show = about(SHOW_CLOSED, 0, "");
    show.n = 2;
    give(show);
    assert_true(painted("2 lines wait for a key"));
    show.n = 0;
    give(show);
    assert_false(painted("for a key"));
}

static void who_did_it_is_not_told_twice(void **state)
{
    (void)state;
    struct show show = about(SHOW_ADMITTED, BO, "bo");
    memset(&show.who, CY, sizeof show.who);
    show.up = true;
    give(show);
    assert_false(painted("let bo into"));
    show.up = false; /* of old, it is a part of what was */
    give(show);
    assert_true(painted("let bo into"));
}

static void who_is_removed_is_not_there(void **state)
{
    (void)state;
    struct show show = about(SHOW_MEMBER, BO, "bo");
    show.up = true;
    give(show);
    view_want(view, VIEW_MEMBERS, WANTED_YES);
    assert_true(painted("2 here"));
    show = about(SHOW_REMOVED, BO, "bo");
    show.up = true;
    give(show);
    assert_true(painted("1 here"));
    show = about(SHOW_MEMBER, BO, "bo");
    show.n2 = 1; /* as the removal said */
    give(show);
    assert_true(painted("1 here"));
    assert_false(painted("bo left"));
    show.n = 1; /* but for another device of his */
    give(show);
    assert_true(painted("2 here"));
}

/* ---- the input ---- */

static struct company company;
static struct completion found;

static void completes(const char *text, const char *to)
{
    complete_find(&found, text, strlen(text), &company, "#plans");
    if (to == NULL) {
        assert_int_equal(found.count, 0);
        return;
    }
    assert_true(found.count > 0);
    assert_string_equal(found.list[0].text, to);
}

static void people_words_and_invitations_are_completed(void **state)
{
    (void)state;
    memset(&company, 0, sizeof company);
    struct show show = current();
    company_show(&company, &show);
    assert_true(company_is_private(&company, "#plans"));
    assert_false(company_is_private(&company, "#fika"));
    assert_false(company_is_private(&company, "#other"));
    show = about(SHOW_ADMITTED, BO, "bosse");
    company_show(&company, &show);
    completes("\\remove b", "bosse");
    completes("\\invite b", "bosse");
    completes("\\invite on", "once");
    completes("\\invite bosse h", "history");
    completes("\\invite bosse in", "inviter");
    show = about(SHOW_REMOVED, BO, "bosse");
    company_show(&company, &show);
    completes("\\remove b", NULL);
    completes("\\join #sec", NULL);
    show = about(SHOW_INVITATION, 0, "");
    strcpy(show.channel.text, "#secret");
    company_show(&company, &show);
    completes("\\join #sec", "#secret");
    show = (struct show){.kind = SHOW_TOLD, .told = TOLD_DECLINED, .a = bytes_of("#secret")};
    company_show(&company, &show);
    completes("\\join #sec", NULL);
}

static void the_prompt_has_the_lock_and_what_is_typed_is_not_written_down(void **state)
{
    (void)state;
    struct writing *writing = writing_new();
    int row, column;
    size_t size;
    struct show show = current();
    writing_show(writing, &show);
    cells_blank(cells, WIDTH * HEIGHT, STYLE_PLAIN);
    writing_paint(writing, cells, WIDTH, HEIGHT, 1, &row, &column);
    assert_int_equal(strncmp(cells[(HEIGHT - 1) * WIDTH + 1].text, LOCK, strlen(LOCK)), 0);
    writing_do(writing, ACTION_NONE, 'x');
    assert_int_equal(writing_do(writing, ACTION_SEND, 0), WISH_SEND);
    free(recall_fresh(writing_recall(writing), &size));
    assert_int_equal(size, 0);
    strcpy(show.channel.text, "#fika");
    writing_show(writing, &show);
    writing_do(writing, ACTION_NONE, 'x');
    assert_int_equal(writing_do(writing, ACTION_SEND, 0), WISH_SEND);
    free(recall_fresh(writing_recall(writing), &size));
    assert_true(size > 0);
    writing_free(writing);
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_let_in_by_whom_and_from_when),
        cmocka_unit_test(who_was_removed_and_what_he_keeps),
        cmocka_unit_test(a_device_is_told_from_its_person),
        cmocka_unit_test(an_invitation_says_what_to_type_and_who_that_is),
        cmocka_unit_test(members_with_their_roles),
        cmocka_unit_test(what_waits_and_what_is_left_out),
        cmocka_unit_test(an_invitation_is_a_notice),
        cmocka_unit_test(a_notice_says_nothing_of_what_is_said),
        cmocka_unit_test(no_sentence_obeys),
        cmocka_unit_test(events),
        cmocka_unit_test(lines_have_the_lock_and_hold_what_came_later),
        cmocka_unit_test(lines_tell_once_that_a_key_is_missing),
        cmocka_unit_test(lines_do_not_tell_twice_who_did_it),
        cmocka_unit_test_setup_teardown(the_lock_is_in_the_list_the_status_and_the_title, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_open_namesake_is_marked, setup, teardown),
        cmocka_unit_test(an_open_channel_cannot_wear_it),
        cmocka_unit_test_setup_teardown(an_act_stands_where_it_was_decided, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_said_after_a_removal_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_out_sees_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_status_counts_what_waits_for_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_removed_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(who_did_it_is_not_told_twice, setup, teardown),
        cmocka_unit_test(people_words_and_invitations_are_completed),
        cmocka_unit_test(the_prompt_has_the_lock_and_what_is_typed_is_not_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
