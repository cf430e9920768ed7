/* What a person types becomes the request that was meant, or a sentence that helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/command.h"

static struct typed typed_of(const char *line)
{
    return command_read(line, strlen(line));
}

static void assert_said(const char *line, const char *text, bool action)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, REQUEST_SAY);
    assert_int_equal(typed.request.action, action);
    assert_int_equal(typed.request.text.size, strlen(text));
    assert_memory_equal(typed.request.text.at, text, strlen(text));
    assert_string_equal(typed.request.channel.text, "");
}

static void assert_channel(const char *line, enum request_kind kind, const char *channel)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, kind);
    assert_string_equal(typed.request.channel.text, channel);
}

static void assert_target(const char *line, enum request_kind kind, const char *target)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, kind);
    assert_int_equal(typed.request.text.size, strlen(target));
    assert_memory_equal(typed.request.text.at, target, strlen(target));
}

static void assert_error(const char *line, const char *text)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_ERROR);
    assert_string_equal(typed.text, text);
}

static void plain_lines_are_said(void **state)
{
    (void)state;
    assert_said("hello", "hello", false);
    assert_said("  hello \\help", "  hello \\help", false);
    assert_said(" /help", " /help", false);
    assert_said("hello\r\n", "hello", false);
    assert_said("\xff\xfe", "\xff\xfe", false);
    assert_said("\\\\help", "\\help", false);
    assert_said("//help", "/help", false);
    assert_said("\\\\", "\\", false);
    assert_said("\\me drinks  coffee ", "drinks  coffee", true);
    assert_int_equal(typed_of("").kind, TYPED_NOTHING);
    assert_int_equal(typed_of(" \t \r").kind, TYPED_NOTHING);
}

static void both_marks_work_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(typed_of("\\quit").kind, TYPED_QUIT);
    assert_int_equal(typed_of("/quit").kind, TYPED_QUIT);
    assert_int_equal(typed_of("\\exit").kind, TYPED_QUIT);
    assert_int_equal(typed_of("/Exit now").kind, TYPED_QUIT);
    assert_int_equal(typed_of("\\CLEAR").kind, TYPED_CLEAR);
    assert_channel("/JOIN Sport", REQUEST_JOIN, "#Sport");
}

static void channels_come_with_or_without_their_mark(void **state)
{
    (void)state;
    assert_channel("\\join #sport", REQUEST_JOIN, "#sport");
    assert_channel("\\join sport", REQUEST_JOIN, "#sport");
    assert_channel("\\join\tsport  ", REQUEST_JOIN, "#sport");
    assert_channel("\\leave", REQUEST_LEAVE, "");
    assert_channel("\\leave sport", REQUEST_LEAVE, "#sport");
    assert_channel("\\channel sport", REQUEST_CHANNEL, "#sport");
    assert_channel("\\who", REQUEST_WHO, "");
    assert_channel("\\who sport", REQUEST_WHO, "#sport");
    assert_channel("\\channels", REQUEST_CHANNELS, "");
    assert_channel("\\links", REQUEST_LINKS, "");
}

static void connecting_and_disconnecting(void **state)
{
    (void)state;
    assert_target("\\connect", REQUEST_CONNECT, "localhost");
    assert_target("\\connect 5556", REQUEST_CONNECT, "5556");
    assert_target("\\connect zmq://host:5556 ", REQUEST_CONNECT, "zmq://host:5556");
    assert_target("\\disconnect 10.0.0.2:5556", REQUEST_DISCONNECT, "10.0.0.2:5556");
    assert_target("\\disconnect anna", REQUEST_DISCONNECT, "anna");
    assert_channel("\\disconnect #sport", REQUEST_LEAVE, "#sport");
    assert_error("\\connect host 5556", "type it so: \\connect [host][:port]");
    assert_error("\\disconnect", "type it so: \\disconnect #channel|address|nick");
}

static void the_words_of_the_exercise_work(void **state)
{
    (void)state;
    assert_channel("\\add_topic receive sport", REQUEST_JOIN, "#sport");
    assert_channel("\\add_topic send #sport", REQUEST_CHANNEL, "#sport");
    assert_channel("/remove_topic send sport", REQUEST_LEAVE, "#sport");
    assert_channel("/remove_topic receive sport", REQUEST_LEAVE, "#sport");
    assert_channel("\\list_topics", REQUEST_CHANNELS, "");
    assert_channel("\\list_receivers", REQUEST_LINKS, "");
    assert_error("\\add_topic sport", "type it so: \\add_topic send|receive #channel");
    assert_error("\\add_topic send", "type it so: \\add_topic send|receive #channel");
}

static void wrong_names_are_refused_with_what_is_allowed(void **state)
{
    (void)state;
    struct typed typed = typed_of("\\nick \xC3\x85sa");
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, REQUEST_NICK);
    assert_string_equal(typed.request.nick.text, "\xC3\x85sa");
    assert_error("\\nick #anna", "#anna cannot be a nick: up to 32 bytes without spaces, < or >, "
                                 "and no #, / or \\ in front");
    assert_error("\\nick 123456789012345678901234567890123",
                 "123456789012345678901234567890123 cannot be a nick: up to 32 bytes without "
                 "spaces, < or >, and no #, / or \\ in front");
    assert_error("\\nick anna lena", "type it so: \\nick name");
    assert_error("\\nick", "type it so: \\nick name");
    assert_error("\\join a,b", "a,b is no channel name: # and a word without spaces or commas, up "
                               "to 64 bytes in all");
    assert_error("\\join #", "# is no channel name: # and a word without spaces or commas, up to "
                             "64 bytes in all");
    assert_error("\\join a b", "type it so: \\join #channel [open]");
    assert_error("\\join a open b", "type it so: \\join #channel [open]");
    assert_true(typed_of("\\join a open").request.open);
    assert_false(typed_of("\\join a").request.open);
    assert_error("\\me", "type it so: \\me action");
    assert_error("\\links all", "\\links stands alone; nothing follows it");
    typed = command_read("\\nick a\0b", 9);
    assert_int_equal(typed.kind, TYPED_ERROR);
    typed = command_read("\\join a\0b", 9);
    assert_int_equal(typed.kind, TYPED_ERROR);
}

static void unknown_commands_name_the_nearest(void **state)
{
    (void)state;
    assert_error("\\hlep", "there is no \\hlep; did you mean \\help?");
    assert_error("/conect host", "there is no /conect; did you mean /connect?");
    assert_error("\\qiut", "there is no \\qiut; did you mean \\quit?");
    assert_error("\\exti", "there is no \\exti; did you mean \\exit?");
    assert_error("\\add_topics", "there is no \\add_topics; did you mean \\add_topic?");
    /* The start of a name is not enough to do anything. */
    assert_error("\\q", "there is no \\q; did you mean \\quit?");
    assert_error("\\cl", "there is no \\cl; did you mean \\clear?");
    assert_error("/usr/bin",
                 "there is no /usr/bin; /help lists the commands, // says a line that begins with "
                 "/");
    assert_error("\\", "there is no \\; \\help lists the commands, \\\\ says a line that begins "
                       "with \\");
}

static void lines_are_taken_back_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint32_t count;
    } good[] = {{"\\forget", 1}, {"/forget 1", 1}, {"\\forget 02 ", 2}, {"\\forget 1000", 1000}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_channel(good[i].line, REQUEST_FORGET, "");
        assert_int_equal(typed_of(good[i].line).request.count, good[i].count);
    }
    static const char *const bad[] = {"0",  "1001", "-1", "1x", "x", "99999999999999999999999",
                                      "1.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64], sentence[128];
        snprintf(line, sizeof line, "\\forget %s", bad[i]);
        snprintf(sentence, sizeof sentence,
                 "%s is no number from 1 (your last line) to 1000 (the 1000th last)", bad[i]);
        assert_error(line, sentence);
    }
    assert_error("\\forget 1 2", "type it so: \\forget [n]");
    assert_channel("\\held", REQUEST_HELD, "");
    assert_channel("\\held sport", REQUEST_HELD, "#sport");
}

static void what_was_typed_comes_back_tamed_and_cut(void **state)
{
    (void)state;
    char line[5000];
    memset(line, 'x', sizeof line);
    line[0] = '\\';
    line[1] = '\x1b';
    line[2] = '\xff';
    struct typed typed = command_read(line, sizeof line);
    assert_int_equal(typed.kind, TYPED_ERROR);
    assert_null(strchr(typed.text, '\x1b'));
    assert_null(strchr(typed.text, '\xff'));
    assert_non_null(strstr(typed.text, "xxx...; \\help"));
    typed = command_read("\\\0\0", 3);
    assert_int_equal(typed.kind, TYPED_ERROR);
}

static void assert_heeding(const char *line, enum heeding_act act, const char *channel,
                           enum heed_level level, const char *text)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_HEEDING);
    assert_int_equal(typed.heeding.act, act);
    assert_string_equal(typed.heeding.channel.text, channel);
    assert_int_equal(typed.heeding.level, level);
    assert_int_equal(typed.heeding.text.size, strlen(text));
    if (text[0] != '\0')
        assert_memory_equal(typed.heeding.text.at, text, strlen(text));
}

static void what_one_wants_to_be_told_of(void **state)
{
    (void)state;
    assert_heeding("\\notify", HEEDING_NOTIFY, "", HEED_UNSAID, "");
    assert_heeding("\\notify all", HEEDING_NOTIFY, "", HEED_ALL, "");
    assert_heeding("\\notify #tea", HEEDING_NOTIFY, "#tea", HEED_UNSAID, "");
    assert_heeding("/notify #tea NONE", HEEDING_NOTIFY, "#tea", HEED_NONE, "");
    assert_heeding("\\notify tea mentions", HEEDING_NOTIFY, "#tea", HEED_MENTIONS, "");
    assert_error("\\notify mention",
                 "mention is none of all, mentions and none; for a channel type "
                 "\\notify #mention");
    assert_error("\\notify #tea loud", "type it so: \\notify [#channel] [all|mentions|none]");
    assert_error("\\notify all #tea", "type it so: \\notify [#channel] [all|mentions|none]");
    assert_heeding("\\mute", HEEDING_MUTE, "", HEED_UNSAID, "");
    assert_heeding("\\unmute tea", HEEDING_UNMUTE, "#tea", HEED_UNSAID, "");
    assert_error("\\mute #a #b", "type it so: \\mute [#channel]");
    assert_heeding("\\watch  kettle cup ", HEEDING_WATCH, "", HEED_UNSAID, "kettle cup");
    assert_error("\\unwatch", "type it so: \\unwatch word ...");
    assert_heeding("\\quiet off", HEEDING_QUIET, "", HEED_UNSAID, "off");
}

static void help_explains_all_or_one(void **state)
{
    (void)state;
    char line[256];
    assert_int_equal(typed_of("\\help").kind, TYPED_HELP);
    assert_null(typed_of("\\help").command);
    assert_string_equal(typed_of("\\help join").command->name, "join");
    assert_string_equal(typed_of("/help /exit").command->name, "quit");
    assert_error("\\help jion", "there is no help on jion; did you mean \\help join?");
    assert_error("\\help wrting", "there is no help on wrting; did you mean \\help writing?");
    assert_error("\\help \\jion", "there is no \\jion; did you mean \\join?");
    assert_error(
        "\\help foo",
        "there is no help on foo, but on each command, and on: start, screen, writing, keys, "
        "channels, direct, private, marks, links, search, people, devices, notices, network");

    size_t commands = 0;
    for (; command_at(commands); commands++) {
        assert_true(command_help_line(NULL, commands, line, sizeof line));
        assert_int_equal(line[0], '\\');
        assert_non_null(strstr(line, command_at(commands)->name));
        assert_non_null(strstr(line, command_at(commands)->help));
        assert_true(strlen(line) < 100);
    }
    assert_true(command_help_line(NULL, commands, line, sizeof line));
    assert_false(command_help_line(NULL, commands + 1, line, sizeof line));

    const struct command *quit = typed_of("\\quit").command;
    assert_true(command_help_line(quit, 0, line, sizeof line));
    assert_string_equal(line, "\\quit  leaves");
    assert_true(command_help_line(quit, 1, line, sizeof line));
    assert_string_equal(line, "also: \\exit");
    assert_false(command_help_line(quit, 2, line, sizeof line));
    assert_false(command_help_line(typed_of("\\help who").command, 1, line, sizeof line));
}

static void completion_goes_through_the_names(void **state)
{
    (void)state;
    char out[64];
    assert_true(command_complete("\\jo", 3, 0, out, sizeof out));
    assert_string_equal(out, "\\join");
    assert_false(command_complete("\\jo", 3, 1, out, sizeof out));
    assert_true(command_complete("/CH", 3, 0, out, sizeof out));
    assert_string_equal(out, "/channel");
    assert_true(command_complete("/CH", 3, 1, out, sizeof out));
    assert_string_equal(out, "/channels");
    assert_true(command_complete("\\ex", 3, 0, out, sizeof out));
    assert_string_equal(out, "\\exit");
    assert_true(command_complete("\\", 1, 0, out, sizeof out));
    assert_true(command_complete("\\help jo", 8, 0, out, sizeof out));
    assert_string_equal(out, "join");
    assert_true(command_complete("/help /jo", 9, 0, out, sizeof out));
    assert_string_equal(out, "/join");
    assert_false(command_complete("", 0, 0, out, sizeof out));
    assert_false(command_complete("jo", 2, 0, out, sizeof out));
    assert_false(command_complete("hi \\jo", 6, 0, out, sizeof out));
    assert_false(command_complete(" \\jo", 4, 0, out, sizeof out));
    assert_false(command_complete("\\join jo", 8, 0, out, sizeof out));
}

static void mending(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool mends;
    } rows[] = {
        {"s/old/new/", true},  {"s/o/n/", true},        {"s/o//", true},
        {"s//new/", false},    {"s/old/new", false},    {"s/old/", false},
        {"s/a/b/c/", false},   {"s/old/new/ ", false},  {" s/old/new/", false},
        {"S/old/new/", false}, {"s/old/ne\nw/", false}, {"s///", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct typed typed = command_read(rows[i].line, strlen(rows[i].line));
        assert_int_equal(typed.kind, TYPED_REQUEST);
        assert_int_equal(typed.request.kind, REQUEST_SAY);
        assert_int_equal(typed.request.mends, rows[i].mends);
        assert_int_equal(typed.request.text.size, strlen(rows[i].line));
    }
    struct typed typed = command_read("\\edit  the text ", 16);
    assert_int_equal(typed.request.kind, REQUEST_EDIT);
    assert_memory_equal(typed.request.text.at, "the text", 8);
    assert_int_equal(typed.request.text.size, 8);
}

static void signs_behind_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *sign;
        uint32_t count;
    } rows[] = {
        {"\\react +", "+", 0},
        {"\\react \xF0\x9F\x91\x8D", "\xF0\x9F\x91\x8D", 0},
        {"\\react :+1:", "\xF0\x9F\x91\x8D", 0},
        {"/react  :nothing: 3 ", NULL, 3}, /* nine letters */
        {"/react  :nosuch: 3 ", NULL, 3},
        {"\\react :", ":", 0},
        {"\\react 12345678 1", "12345678", 1},
        {"\\react 123456789", NULL, 0},
        {"\\react", NULL, 0},
        {"\\react + 0", NULL, 0},
        {"\\react + 1 2", NULL, 0},
        {"\\react + two", NULL, 0},
        {"\\react \x1b[1m", NULL, 0},
        {"\\react \xff", NULL, 0},
        {"\\react \xCC\x81", NULL, 0}, /* a mark of nothing */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct typed typed = typed_of(rows[i].line);
        if (rows[i].sign == NULL) {
            assert_int_equal(typed.kind, TYPED_ERROR);
            continue;
        }
        assert_int_equal(typed.kind, TYPED_REQUEST);
        assert_int_equal(typed.request.kind, REQUEST_REACT);
        assert_int_equal(typed.request.count, rows[i].count);
        assert_int_equal(typed.request.text.size, strlen(rows[i].sign));
        assert_memory_equal(typed.request.text.at, rows[i].sign, strlen(rows[i].sign));
    }
}

static void assert_invite(const char *line, bool once, uint32_t minutes)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, REQUEST_INVITE);
    assert_int_equal(typed.request.once, once);
    assert_int_equal(typed.request.minutes, minutes);
}

static void inviting(void **state)
{
    (void)state;
    static const char *const wrong[] = {"once once", "0m", "5", "5y", "1h 2h", "99999d", "one 1"};
    char line[64];
    assert_invite("\\invite", false, 0);
    assert_invite("/invite once", true, 0);
    assert_invite("\\invite ONCE 2h", true, 120);
    assert_invite("\\invite 30m once", true, 30);
    assert_invite("\\invite 999d", false, 999 * 24 * 60);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(line, sizeof line, "\\invite %s", wrong[i]);
        if (typed_of(line).kind != TYPED_ERROR)
            fail_msg("%s", line);
    }
}

static void assert_guest(const char *line, const char *whom, bool history, bool inviter)
{
    struct typed typed = typed_of(line);
    assert_int_equal(typed.kind, TYPED_REQUEST);
    assert_int_equal(typed.request.kind, REQUEST_ADMIT);
    assert_int_equal(typed.request.text.size, strlen(whom));
    assert_memory_equal(typed.request.text.at, whom, strlen(whom));
    assert_int_equal(typed.request.history, history);
    assert_int_equal(typed.request.inviter, inviter);
    assert_int_equal(typed.request.once, false);
}

static void private_channels(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\\create",      "\\create @bo",    "\\create #a b",
        "\\remove",      "\\remove bo now", "\\invite bo please",
        "\\members a b", "\\create #a,b",   "\\invite bo inviter inviter"};
    struct typed typed = typed_of("\\create #plans");
    assert_int_equal(typed.request.kind, REQUEST_CREATE);
    assert_string_equal(typed.request.channel.text, "#plans");
    assert_string_equal(typed_of("/create plans").request.channel.text, "#plans");
    assert_guest("\\invite bo", "bo", false, false);
    assert_guest("\\invite bo history", "bo", true, false);
    assert_guest("\\invite bo inviter HISTORY", "bo", true, true);
    assert_guest("\\invite bo~3f2a inviter", "bo~3f2a", false, true);
    assert_guest("\\invite 3f2a91cc", "3f2a91cc", false, false);
    assert_guest("\\invite h1", "h1", false, false);
    typed = typed_of("\\remove bo");
    assert_int_equal(typed.request.kind, REQUEST_REMOVE);
    assert_memory_equal(typed.request.text.at, "bo", 2);
    typed = typed_of("\\members");
    assert_int_equal(typed.request.kind, REQUEST_ROLES);
    assert_string_equal(typed.request.channel.text, "");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (typed_of(wrong[i]).kind != TYPED_ERROR)
            fail_msg("%s", wrong[i]);
}

static enum command_memory memory_of(const char *line)
{
    return command_memory(line, strlen(line));
}

/* Wherever in a line an invite is, but not the name of a host. */
static void invites_are_not_remembered(void **state)
{
    (void)state;
    assert_int_equal(memory_of("\\connect fika:aeaajqfiaebjyw5mkkyho"), MEMORY_NONE);
    assert_int_equal(memory_of("here: FIKA:AEAAJQFIAEBJYW5MKKYHO"), MEMORY_NONE);
    assert_int_equal(memory_of("fika 'fika:aeaajqfiaebjyw5mkkyho'"), MEMORY_NONE);
    assert_int_equal(memory_of("\\connect fika:5556"), MEMORY_LASTING);
    assert_int_equal(memory_of("fika: a break for coffee and talk"), MEMORY_LASTING);
    assert_int_equal(memory_of("\\invite once"), MEMORY_LASTING);
    assert_int_equal(memory_of("\\invite bo inviter"), MEMORY_LASTING);
    assert_int_equal(memory_of("fika:"), MEMORY_LASTING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inviting),
        cmocka_unit_test(private_channels),
        cmocka_unit_test(invites_are_not_remembered),
        cmocka_unit_test(mending),
        cmocka_unit_test(signs_behind_lines),
        cmocka_unit_test(plain_lines_are_said),
        cmocka_unit_test(both_marks_work_in_any_case),
        cmocka_unit_test(channels_come_with_or_without_their_mark),
        cmocka_unit_test(connecting_and_disconnecting),
        cmocka_unit_test(the_words_of_the_exercise_work),
        cmocka_unit_test(wrong_names_are_refused_with_what_is_allowed),
        cmocka_unit_test(unknown_commands_name_the_nearest),
        cmocka_unit_test(lines_are_taken_back_by_number),
        cmocka_unit_test(what_was_typed_comes_back_tamed_and_cut),
        cmocka_unit_test(what_one_wants_to_be_told_of),
        cmocka_unit_test(help_explains_all_or_one),
        cmocka_unit_test(completion_goes_through_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
