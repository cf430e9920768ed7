/* Options: each option is taken with its bounds, each refusal is a sentence that names what is
 * allowed, and a network's name does not stay in argv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/options.h"

/* A command line in memory of its own, since options_read may wipe parts of it. */
#define WORDS_MAX 100
struct line {
    char *words[WORDS_MAX + 1];
    int count;
    struct options options;
    char why[OPTIONS_WHY_SIZE];
};

static void line_add(struct line *line, const char *word)
{
    assert_true(line->count < WORDS_MAX);
    line->words[line->count++] = strdup(word);
    line->words[line->count] = NULL;
}

/* Reads "fika" and the words up to NULL. */
static bool line_read(struct line *line, ...)
{
    va_list words;
    const char *word;
    *line = (struct line){0};
    line_add(line, "fika");
    va_start(words, line);
    while ((word = va_arg(words, const char *)) != NULL)
        line_add(line, word);
    va_end(words);
    return options_read(&line->options, line->count, line->words, line->why);
}

static void line_release(struct line *line)
{
    for (int i = 0; i < line->count; i++)
        free(line->words[i]);
}

#define READ(line, ...)        line_read(line, __VA_ARGS__, (char *)NULL)
#define READ_NOTHING(line)     line_read(line, (char *)NULL)
#define REFUSED(contains, ...) refused(contains, __VA_ARGS__, (char *)NULL)

/* The two words are refused with a sentence that contains `contains` and fits on one line. */
static void refused(const char *contains, const char *first, const char *second, ...)
{
    struct line line;
    assert_false(READ(&line, first, second));
    if (strstr(line.why, contains) == NULL)
        fail_msg("%s %s: %s", first, second ? second : "", line.why);
    assert_null(strchr(line.why, '\n'));
    assert_null(strchr(line.why, '\033'));
    line_release(&line);
}

static void test_nothing_is_asked(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ_NOTHING(&line));
    assert_false(line.options.port_given);
    assert_string_equal(line.options.nick.text, "");
    assert_int_equal(line.options.channel_count, 0);
    assert_string_equal(line.options.profile, "");
    assert_false(line.options.network_given);
    assert_false(line.options.no_discovery);
    assert_int_equal(line.options.face, FACE_BEST);
    assert_false(line.options.last_given);
    assert_int_equal(line.options.address_count, 0);
    line_release(&line);
}

static void test_everything_is_asked(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "192.168.1.2", "-p", "6001", "--nick=Åsa", "-c", "tea", "5556", "-c",
                     "#fika", "-c", "#tea", "-P", "work.2", "--no-discovery", "--classic", "7000",
                     "--classic", "pair:7001", "--json", "--last", "20", "host:99"));
    const struct options *options = &line.options;
    assert_true(options->port_given);
    assert_int_equal(options->port, 6001);
    assert_string_equal(options->nick.text, "Åsa");
    assert_int_equal(options->channel_count, 2);
    assert_string_equal(options->channels[0].text, "#tea");
    assert_string_equal(options->channels[1].text, "#fika");
    assert_string_equal(options->profile, "work.2");
    assert_true(options->no_discovery);
    assert_int_equal(options->classic_count, 2);
    assert_false(options->classic[0].pair);
    assert_int_equal(options->classic[0].port, 7000);
    assert_true(options->classic[1].pair);
    assert_int_equal(options->classic[1].port, 7001);
    assert_int_equal(options->face, FACE_JSON);
    assert_true(options->last_given);
    assert_int_equal(options->last, 20);
    assert_int_equal(options->address_count, 3);
    assert_string_equal(options->addresses[0], "192.168.1.2");
    assert_string_equal(options->addresses[1], "5556");
    assert_string_equal(options->addresses[2], "host:99");
    line_release(&line);
}

static void test_ports_have_bounds(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "-p", "0"));
    assert_true(line.options.port_given && line.options.port == 0);
    line_release(&line);
    assert_true(READ(&line, "-p65535"));
    assert_int_equal(line.options.port, 65535);
    line_release(&line);
    const char *bad[] = {"65536", "-1", "+1", " 1", "1 ", "0x10", "", "http", "4294967297", "1e3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSED("1 to 65535", "--port", bad[i]);
        REFUSED("1 to 65535", "--classic", bad[i]);
    }
    REFUSED("1 to 65535", "--classic", "0");
    REFUSED("pair:PORT", "--classic", "pair:");
    REFUSED("pair:PORT", "--classic", "pub:7000");
}

static void test_names_have_bounds(void **state)
{
    (void)state;
    char name[200];
    memset(name, 'x', sizeof name);
    name[LIMIT_NICK + 1] = 0;
    REFUSED("32 bytes", "-n", name);
    REFUSED("no nick", "-n", "");
    REFUSED("no nick", "-n", "two words");
    REFUSED("no nick", "-n", "\033[2J");
    REFUSED("no nick", "-n", "\xff\xfe");
    REFUSED("no channel", "-c", "");
    REFUSED("no channel", "-c", "#");
    REFUSED("commas", "-c", "a,b");
    memset(name, 'x', sizeof name);
    name[LIMIT_CHANNEL] = 0; /* one too long, with its # */
    REFUSED("63 bytes", "-c", name);
    struct line line;
    name[LIMIT_CHANNEL - 1] = 0;
    assert_true(READ(&line, "-c", name));
    assert_int_equal(strlen(line.options.channels[0].text), LIMIT_CHANNEL);
    line_release(&line);
    REFUSED("no profile", "-P", "../other");
    REFUSED("no profile", "-P", "a/b");
    REFUSED("no profile", "-P", ".hidden");
    REFUSED("no profile", "-P", "");
}

static void test_a_network_is_wiped_from_argv(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "--network", "correct horse", "--network=battery staple"));
    assert_true(line.options.network_given);
    assert_string_equal(line.options.network, "battery staple");
    assert_string_equal(line.words[2], "");
    assert_string_equal(line.words[3], "--network=");
    line_release(&line);
    assert_true(READ(&line, "--network", "@/etc/fika.network"));
    assert_string_equal(line.options.network, "@/etc/fika.network");
    assert_string_equal(line.words[2], "@/etc/fika.network");
    line_release(&line);
    REFUSED("@FILE", "--network", "@");
    REFUSED("@FILE", "--network", "");
    char name[600];
    memset(name, 's', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_false(READ(&line, "--network", name));
    assert_null(strstr(line.why, "sss"));
    assert_string_equal(line.words[2], "");
    line_release(&line);
}

static void test_an_unknown_option_is_named(void **state)
{
    (void)state;
    REFUSED("no option --frob", "--frob", NULL);
    REFUSED("no option -x", "-x", NULL);
    REFUSED("--port needs a value", "--port", NULL);
    REFUSED("--nick needs a value", "-n", NULL);
    REFUSED("--json takes no value", "--json=yes", NULL);
    REFUSED("exclude each other", "--json", "--lines");
    REFUSED("0 to 1000000", "--last", "1000001");
    REFUSED("0 to 1000000", "--last", "all");
    REFUSED("no option", "--\033]0;x\a", NULL);
}

static void test_addresses_are_checked_and_counted(void **state)
{
    (void)state;
    REFUSED("no address", "host:99999", NULL);
    REFUSED("no address", "http://host/", NULL);
    REFUSED("no address", "two words", NULL);
    struct line line;
    assert_true(READ(&line, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13",
                     "14", "15", "16"));
    assert_int_equal(line.options.address_count, OPTIONS_ADDRESSES_MAX);
    line_release(&line);
    assert_false(READ(&line, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13",
                      "14", "15", "16", "17"));
    assert_non_null(strstr(line.why, "at most 16"));
    line_release(&line);
    assert_true(READ(&line, "--json", "--", "zmq://localhost:7000"));
    assert_int_equal(line.options.address_count, 1);
    line_release(&line);
}

static void test_a_proxy_is_numeric(void **state)
{
    (void)state;
    static const struct {
        const char *given, *read;
    } rows[] = {{"127.0.0.1:9050", "127.0.0.1:9050"}, {"localhost:9050", "127.0.0.1:9050"},
                {"9050", "127.0.0.1:9050"},           {":9050", "127.0.0.1:9050"},
                {"[::1]:9050", "[::1]:9050"},         {"10.77.0.2:1080", "10.77.0.2:1080"}};
    struct line line;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(READ(&line, "--socks", rows[i].given));
        assert_string_equal(line.options.socks, rows[i].read);
        line_release(&line);
    }
    REFUSED("is no proxy", "--socks", "tor:9050"); /* a name would be looked up */
    REFUSED("is no proxy", "--socks", "127.0.0.1");
    REFUSED("is no proxy", "--socks", "zmq://127.0.0.1:9050");
    REFUSED("is no proxy", "--socks", "");
    REFUSED("beside the proxy", "--socks=9050", "--classic=5556");
}

static void test_what_is_carried_is_a_size(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "--carry", "5 MB"));
    assert_true(line.options.carry_given);
    assert_int_equal(line.options.carry_bytes, 5000000);
    line_release(&line);
    assert_true(READ(&line, "--carry=off"));
    assert_true(line.options.carry_given);
    assert_int_equal(line.options.carry_bytes, 0);
    line_release(&line);
    REFUSED("is no size", "--carry", "5");
    REFUSED("is no size", "--carry", "5 days");
    REFUSED("is no size", "--carry", "");
    REFUSED("is no size", "--carry", "5 MB 5 MB 5 MB 5 MB 5 MB 5 MB 5 MB 5 MB");
}

#define OPEN_INVITE   "fika:aeaajqfiaebjyw5mkkyho"
#define SECRET_INVITE "fika:aeaqaaicamcakbqhbaequcymbuha6earcijrifiwc4mbsgq3dqor4h3zeruzy"

static void test_an_invite_is_taken_and_does_not_stay(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "host", SECRET_INVITE));
    assert_true(line.options.invited);
    assert_int_equal(line.options.invite.kind, INVITE_SECRET);
    assert_int_equal(line.options.invite.secret[31], 31);
    assert_int_equal(line.options.address_count, 1);
    for (int i = 0; i < line.count; i++)
        assert_null(strstr(line.words[i], "fika:"));
    line_release(&line);
    assert_true(READ(&line, OPEN_INVITE));
    assert_string_equal(line.options.invite.addresses[0].text, "192.168.1.2:23452");
    line_release(&line);
    assert_true(READ(&line, "fika:5556", "fika")); /* a host may have that name */
    assert_int_equal(line.options.address_count, 2);
    line_release(&line);
    REFUSED("a slip in it", SECRET_INVITE "a", NULL);
    REFUSED("a slip in it", "fika:aeaq", NULL);
    REFUSED("one invite", OPEN_INVITE, SECRET_INVITE);
    REFUSED("leave --network out", "--network=new", OPEN_INVITE);
    assert_false(READ(&line, SECRET_INVITE "q"));
    assert_int_equal(strlen(line.words[1]), 0);
    line_release(&line);
}

static void test_what_is_done_with_an_identity(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "identity"));
    assert_int_equal(line.options.act, ACT_IDENTITY);
    assert_int_equal(line.options.identity, IDENTITY_SHOW);
    line_release(&line);
    assert_true(READ(&line, "identity", "revoke", "phone"));
    assert_int_equal(line.options.identity, IDENTITY_REVOKE);
    assert_string_equal(line.options.device, "phone");
    line_release(&line);
    REFUSED("not \"show me\"", "identity", "show me");
    REFUSED("which device", "identity", "revoke");
    assert_false(READ(&line, "identity", "show", "all"));
    assert_non_null(strstr(line.why, "nothing follows \"show\""));
    line_release(&line);
    assert_false(READ(&line, "identity", "restore", "a\033[31m\nphone", "more"));
    assert_null(strpbrk(line.why, "\033\n"));
    line_release(&line);
}

static void test_help_and_version_end_the_reading(void **state)
{
    (void)state;
    struct line line;
    assert_true(READ(&line, "-h", "--port", "none"));
    assert_true(line.options.help);
    line_release(&line);
    assert_true(READ(&line, "-V", "--frob"));
    assert_true(line.options.version);
    line_release(&line);
}

static void test_help_names_every_option_in_80_columns(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    options_help(out);
    fclose(out);
    const char *names[] = {"--port",  "--nick",    "--channel",      "--profile", "--network",
                           "--lines", "--json",    "--no-discovery", "--classic", "--last",
                           "--help",  "--version", "--carry"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(strstr(text, names[i]));
    for (const char *line = text; *line != 0; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_asked),
        cmocka_unit_test(test_everything_is_asked),
        cmocka_unit_test(test_ports_have_bounds),
        cmocka_unit_test(test_names_have_bounds),
        cmocka_unit_test(test_a_network_is_wiped_from_argv),
        cmocka_unit_test(test_an_unknown_option_is_named),
        cmocka_unit_test(test_addresses_are_checked_and_counted),
        cmocka_unit_test(test_a_proxy_is_numeric),
        cmocka_unit_test(test_what_is_carried_is_a_size),
        cmocka_unit_test(test_an_invite_is_taken_and_does_not_stay),
        cmocka_unit_test(test_what_is_done_with_an_identity),
        cmocka_unit_test(test_help_and_version_end_the_reading),
        cmocka_unit_test(test_help_names_every_option_in_80_columns),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
