/* Profiles: where they are, that each has one user at a time, and what they remember. */
#include <fcntl.h>
#include <pwd.h>
#include <sys/wait.h>
#ifdef __linux__
#include <errno.h>
#include <sys/mount.h>
#endif

#include "profile_help.h"

static void test_a_first_start(void **state)
{
    (void)state;
    struct profile profile;
    char path[600];
    open_profile(&profile, NULL);
    assert_string_equal(profile.name, "default");
    snprintf(path, sizeof path, "%s/.local/share/fika/default", home);
    assert_string_equal(profile.path, path);
    assert_int_equal(mode_of(path), 0700);
    assert_true(profile.fresh);
    assert_string_equal(profile.nick.text, "anna");
    assert_int_equal(profile.channel_count, 0);
    assert_true(profile.config.discovery);
    assert_true((fcntl(profile.lock, F_GETFD) & FD_CLOEXEC) != 0);
    profile_close(&profile);
    assert_true(id_is_zero(&profile.identity.node));
}

static void test_the_identity_stays(void **state)
{
    (void)state;
    struct profile profile;
    open_profile(&profile, NULL);
    struct identity first = profile.identity;
    profile_close(&profile);
    open_profile(&profile, "default");
    assert_false(profile.fresh);
    assert_memory_equal(&profile.identity, &first, sizeof first);
    profile_close(&profile);
}

static void test_the_next_free_profile(void **state)
{
    (void)state;
    struct profile first, second, third, again;
    struct error error;
    char text[400];
    open_profile(&first, NULL);
    open_profile(&second, NULL);
    open_profile(&third, NULL);
    assert_string_equal(second.name, "default2");
    assert_string_equal(second.nick.text, "anna2");
    assert_string_equal(third.name, "default3");
    assert_string_equal(third.nick.text, "anna3");
    assert_false(id_equal(&first.identity.node, &second.identity.node));
    assert_int_equal(profile_open(&again, "default2", &error), ERROR_PROFILE_BUSY);
    error_text(&error, text, sizeof text);
    assert_non_null(strstr(text, "default2"));
    struct id node = second.identity.node;
    profile_close(&second);
    open_profile(&again, NULL); /* the first that is free now */
    assert_string_equal(again.name, "default2");
    assert_true(id_equal(&again.identity.node, &node));
    profile_close(&again);
    profile_close(&first);
    profile_close(&third);
}

static void test_nick_and_channels_are_kept(void **state)
{
    (void)state;
    static struct core_config keep;
    struct profile profile;
    open_profile(&profile, "work");
    assert_string_equal(profile.nick.text, "anna");
    snprintf(keep.nick.text, sizeof keep.nick.text, "åsa=b");
    keep.channel_count = LIMIT_CHANNELS;
    for (size_t i = 0; i < LIMIT_CHANNELS; i++)
        snprintf(keep.channels[i].text, sizeof keep.channels[i].text, "#%063zu", 100 - i);
    assert_int_equal(profile_keep(&profile, &keep, NULL), ERROR_NONE);
    profile_close(&profile);
    setenv("USER", "berit", 1);
    open_profile(&profile, "work");
    assert_string_equal(profile.nick.text, "åsa=b");
    assert_int_equal(profile.channel_count, LIMIT_CHANNELS);
    for (size_t i = 0; i < LIMIT_CHANNELS; i++)
        assert_string_equal(profile.channels[i].text, keep.channels[i].text);
    keep.channel_count = 0;
    assert_int_equal(profile_keep(&profile, &keep, NULL), ERROR_NONE);
    profile_close(&profile);
    open_profile(&profile, "work");
    assert_int_equal(profile.channel_count, 0);
    profile_close(&profile);
}

static void test_bad_settings_lines_are_skipped(void **state)
{
    (void)state;
    struct profile profile;
    char path[600];
    open_profile(&profile, NULL);
    snprintf(path, sizeof path, "%s/settings", profile.path);
    profile_close(&profile);
    put_file(path, "nick\n= x\n# nick = no\n\nnick = two words\nnick = \x1b[31m\n"
                   "channels = #b #b nohash # #a,b #\xff #c\r\nwhat = ever\nnick = bo \r\nchan");
    open_profile(&profile, NULL);
    assert_string_equal(profile.nick.text, "bo");
    assert_int_equal(profile.channel_count, 3);
    assert_string_equal(profile.channels[0].text, "#b");
    assert_string_equal(profile.channels[1].text, "#a");
    assert_string_equal(profile.channels[2].text, "#c");
    profile_close(&profile);
}

static void assert_nick(const char *user, const char *profile_name, const char *expected)
{
    struct profile profile;
    setenv("USER", user, 1);
    open_profile(&profile, profile_name);
    assert_string_equal(profile.nick.text, expected);
    assert_true(nick_ok(profile.nick.text));
    profile_close(&profile);
}

static void test_nicks_are_made_valid(void **state)
{
    (void)state;
    char expected[40] = "";
    const struct passwd *user = getpwuid(getuid());
    assert_nick("anna lisa", NULL, "annalisa");
    assert_nick("<#x>\x1b[2J\xff", NULL, "x[2J");
    assert_nick("Åsa Öst", NULL, "ÅsaÖst");
    assert_nick("DOMAIN\\anna", NULL, "DOMAIN\\anna");
    assert_nick("0123456789012345678901234567890123456789", NULL,
                "01234567890123456789012345678901");
    assert_nick("012345678901234567890123456789öö", NULL, "012345678901234567890123456789ö");
    assert_nick("0123456789012345678901234567890123456789", "default12",
                "012345678901234567890123456789"
                "12");
    assert_nick("anna", "defaultx", "anna");
    if (user) { /* nothing usable in USER: the passwd name, or "me" */
        snprintf(expected, sizeof expected, "%.32s", user->pw_name);
        assert_nick("", NULL, nick_ok(expected) ? expected : "me");
    }
}

static void test_the_config_file(void **state)
{
    (void)state;
    struct profile profile;
    char path[160];
    snprintf(path, sizeof path, "mkdir -p %s/.config/fika", home);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/.config/fika/config", home);
    put_file(path, "# mine\nnick = lisa\nport = 4711\nport = 70000\nport = 12x\nport = 0\n"
                   "discovery = no\ndiscovery = perhaps\nchannels = #one, #two\n\n");
    open_profile(&profile, NULL);
    assert_int_equal(profile.config.slip_count, CONFIG_SLIPS_MAX);
    assert_int_equal(profile.config.slips[0].line, 4);
    assert_string_equal(profile.config.slips[0].text, "port = 70000");
    assert_string_equal(profile.config.slips[3].text, "discovery = perhaps");
    assert_string_equal(profile.nick.text, "lisa");
    assert_int_equal(profile.config.port, 4711);
    assert_false(profile.config.discovery);
    assert_int_equal(profile.channel_count, 2);
    assert_string_equal(profile.channels[1].text, "#two");
    struct profile second;
    open_profile(&second, NULL);
    assert_string_equal(second.nick.text, "lisa2");
    profile_close(&second);
    profile_close(&profile);
    setenv("XDG_CONFIG_HOME", "/nowhere", 1); /* another place, and nothing there */
    open_profile(&profile, "other");
    assert_string_equal(profile.nick.text, "anna");
    profile_close(&profile);
}

static void what_cannot_be_understood_is_known_by_its_line(void **state)
{
    (void)state;
    static const char *const slips[] = {"nick = two words", "title = maybe",     "titel = off",
                                        "portmap",          "keep = 90 dayz",    "theme = ../dark",
                                        "carry = much",     "channels = #a tea", "= 1"};
    char path[160], text[200];
    struct config config;
    snprintf(path, sizeof path, "mkdir -p %s/.config/fika", home);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/.config/fika/config", home);
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        snprintf(text, sizeof text, "# mine\n\n  # his\ntitle = off\n \t%s \nport = 4711\n",
                 slips[i]);
        put_file(path, text);
        config_load(&config);
        assert_int_equal(config.port, 4711);
        assert_int_equal(config.slip_count, 1);
        assert_int_equal(config.slips[0].line, 5);
        assert_string_equal(config.slips[0].text, slips[i]);
        assert_false(config.title);
    }
}

/* The example that is installed says the defaults, and every key in it is known. */
static void test_the_example_says_the_defaults(void **state)
{
    (void)state;
    char path[160], text[8192], *rest = text, *key, *value;
    FILE *file = fopen("docs/config.example", "r");
    if (!file) {
        print_message("skipped: run from the project's root\n");
        skip();
    }
    fclose(file);
    get_file("docs/config.example", text, sizeof text);
    for (char *line = config_next_line(&rest); line; line = config_next_line(&rest))
        assert_false(config_line(line, &key, &value)); /* all commented out */
    get_file("docs/config.example", text, sizeof text);
    for (char *at = text; *at; at++) /* "#key" is an example, "# text" is prose */
        if (*at == '#' && at[1] >= 'a' && at[1] <= 'z' && (at == text || at[-1] == '\n'))
            *at = ' ';
    snprintf(path, sizeof path, "mkdir -p %s/.config/fika", home);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/.config/fika/config", home);
    put_file(path, text);
    struct config config;
    config_load(&config);
    assert_string_equal(config.nick.text, "anna");
    assert_int_equal(config.port, 23452);
    assert_true(config.discovery);
    assert_int_equal(config.channel_count, 1);
    assert_string_equal(config.channels[0].text, "#fika");
    assert_int_equal(config.slip_count, 0);
}

static void test_places(void **state)
{
    (void)state;
    struct profile profile;
    char base[100], path[600];
    snprintf(base, sizeof base, "%s/a/b", home);
    setenv("XDG_DATA_HOME", base, 1);
    open_profile(&profile, NULL);
    snprintf(path, sizeof path, "%s/fika/default", base);
    assert_string_equal(profile.path, path);
    profile_close(&profile);
    setenv("XDG_DATA_HOME", "relative", 1); /* the rules say: as if it were not there */
    open_profile(&profile, NULL);
    snprintf(path, sizeof path, "%s/.local/share/fika/default", home);
    assert_string_equal(profile.path, path);
    assert_int_equal(chmod(path, 0755), 0);
    profile_close(&profile);
    open_profile(&profile, NULL);
    assert_int_equal(mode_of(path), 0700);
    profile_close(&profile);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    struct profile profile;
    struct error error;
    char base[100];
    static const char *const bad[] = {"", ".", "..", "a/b", "-x", "a b", "\xc3\xa5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(profile_name_ok(bad[i]));
        assert_int_equal(profile_open(&profile, bad[i], &error), ERROR_FILE);
    }
    assert_true(profile_name_ok("work-2.b_C"));
    snprintf(base, sizeof base, "%s/file", home);
    put_file(base, "");
    setenv("XDG_DATA_HOME", base, 1);
    assert_int_equal(profile_open(&profile, NULL, &error), ERROR_FILE);
    setenv("XDG_DATA_HOME", "/proc/nothing", 1);
    assert_int_not_equal(profile_open(&profile, NULL, &error), ERROR_NONE);
    profile_close(&profile); /* harmless when it did not open */
}

static void test_no_home_at_all(void **state)
{
    (void)state;
    int status = 0;
    if (getuid() != 0 || getpwuid(54321)) {
        print_message("skipped: needs root and a user number that nobody has\n");
        skip();
    }
    pid_t pid = fork();
    if (pid == 0) {
        struct profile profile;
        unsetenv("HOME");
        _exit(setuid(54321) == 0 && profile_open(&profile, NULL, NULL) == ERROR_NO_HOME ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#ifdef __linux__
static void test_a_full_or_read_only_disk_keeps_the_old_settings(void **state)
{
    (void)state;
    static struct core_config keep = {.nick = {"first"}}, more = {.nick = {"second"}};
    struct profile profile;
    struct error error;
    char disk[100], path[600], block[4096] = {1};
    snprintf(disk, sizeof disk, "%s/disk", home);
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("none", disk, "tmpfs", 0, "size=256k") != 0) {
        print_message("skipped: a small file system cannot be mounted here (%s)\n",
                      strerror(errno));
        skip();
    }
    setenv("XDG_DATA_HOME", disk, 1);
    open_profile(&profile, NULL);
    assert_int_equal(profile_keep(&profile, &keep, &error), ERROR_NONE);
    snprintf(path, sizeof path, "%s/ballast", disk);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
    assert_int_equal(profile_keep(&profile, &more, &error), ERROR_DISK_FULL);
    assert_string_equal(profile.nick.text, "first");
    profile_close(&profile);
    assert_int_equal(mount("none", disk, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=256k"), 0);
    assert_int_equal(profile_open(&profile, NULL, &error), ERROR_READ_ONLY);
    assert_int_equal(mount("none", disk, "tmpfs", MS_REMOUNT, "size=256k"), 0);
    open_profile(&profile, NULL);
    assert_string_equal(profile.nick.text, "first");
    profile_close(&profile);
}

static int disk_remove(void **state)
{
    char disk[100];
    snprintf(disk, sizeof disk, "%s/disk", home);
    umount2(disk, MNT_DETACH); /* there is none when the test was skipped */
    return home_remove(state);
}
#endif

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, home_make, home_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_a_first_start),
        TEST(test_the_identity_stays),
        TEST(test_the_next_free_profile),
        TEST(test_nick_and_channels_are_kept),
        TEST(test_bad_settings_lines_are_skipped),
        TEST(test_nicks_are_made_valid),
        TEST(test_the_config_file),
        TEST(what_cannot_be_understood_is_known_by_its_line),
        TEST(test_the_example_says_the_defaults),
        TEST(test_places),
        TEST(test_what_cannot_be_opened),
        TEST(test_no_home_at_all),
#ifdef __linux__
        cmocka_unit_test_setup_teardown(test_a_full_or_read_only_disk_keeps_the_old_settings,
                                        home_make, disk_remove),
#endif
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
