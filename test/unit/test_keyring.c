/* Secrets: what is kept and how, the same secret from the same words, and the terminal as it was.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "profile_help.h"
#include "store/keyring.h"

static void test_the_identity_file(void **state)
{
    (void)state;
    struct identity identity, again;
    bool fresh;
    char path[100], text[200];
    uint8_t seed[32];
    snprintf(path, sizeof path, "%s/identity", home);
    assert_int_equal(keyring_identity(home, &identity, &fresh, NULL), ERROR_NONE);
    assert_true(fresh);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(get_file(path, text, sizeof text), 81);
    assert_memory_equal(text, "fika-identity-1 ", 16);
    assert_int_equal(text[80], '\n');
    text[80] = 0;
    assert_true(hex_read(seed, 32, text + 16));
    struct identity expected = identity_from_seed(seed);
    assert_memory_equal(&identity, &expected, sizeof expected);
    chmod(path, 0644);
    assert_int_equal(keyring_identity(home, &again, &fresh, NULL), ERROR_NONE);
    assert_false(fresh);
    assert_memory_equal(&identity, &again, sizeof again);
    assert_int_equal(mode_of(path), 0600);
}

static void test_a_damaged_identity_is_never_overwritten(void **state)
{
    (void)state;
    static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct identity identity;
    struct error error;
    bool fresh;
    char path[100], bad[8][200], after[200];
    snprintf(path, sizeof path, "%s/identity", home);
    snprintf(bad[0], 200, "%s", "");
    snprintf(bad[1], 200, "\n");
    snprintf(bad[2], 200, "fika-identity-1 %.62s\n", hex);
    snprintf(bad[3], 200, "fika-identity-1 %s0\n", hex);
    snprintf(bad[4], 200, "fika-identity-2 %s\n", hex);
    snprintf(bad[5], 200, "fika-identity-1 %.63sg\n", hex);
    snprintf(bad[6], 200, "%s\n", hex);
    snprintf(bad[7], 200, "\nfika-identity-1 %s\n", hex);
    for (size_t i = 0; i < 8; i++) {
        put_file(path, bad[i]);
        assert_int_equal(keyring_identity(home, &identity, &fresh, &error), ERROR_KEY_DAMAGED);
        assert_string_equal(error.about, path);
        get_file(path, after, sizeof after);
        assert_string_equal(after, bad[i]);
    }
    snprintf(bad[0], 200, "fika-identity-1 %s", hex); /* a line end lost in copying is no damage */
    put_file(path, bad[0]);
    assert_int_equal(keyring_identity(home, &identity, &fresh, &error), ERROR_NONE);
}

struct got {
    enum error_code code;
    uint8_t secret[32];
    char name[64];
    char path[512];
    struct error error;
};

static struct got ask(const struct profile *profile, const char *choice)
{
    struct got got = {0};
    memset(got.secret, 0xee, sizeof got.secret);
    got.code = network_secret(profile, choice, got.secret, got.name, got.path, &got.error);
    if (got.code != ERROR_NONE)
        assert_true(sodium_is_zero(got.secret, sizeof got.secret));
    return got;
}

static void test_the_open_network(void **state)
{
    (void)state;
    struct profile profile;
    char hex[65];
    open_profile(&profile, NULL);
    struct got got = ask(&profile, NULL), named = ask(&profile, "open");
    assert_int_equal(got.code, ERROR_NONE);
    assert_string_equal(got.name, "open");
    assert_string_equal(got.path, "");
    hex_of(hex, got.secret, 32); /* the whole world must agree on this */
    assert_string_equal(hex, "5a2b51faba102262b1b6ab32edf4a23b71da39ff05609ae5b721a54e597490d6");
    assert_memory_equal(got.secret, named.secret, 32);
    profile_close(&profile);
}

static void test_new_networks(void **state)
{
    (void)state;
    struct profile profile;
    char path[600], text[100];
    open_profile(&profile, NULL);
    struct got first = ask(&profile, "new"), second = ask(&profile, "new");
    assert_int_equal(first.code, ERROR_NONE);
    assert_string_equal(first.name, "private");
    assert_string_equal(second.name, "private2");
    assert_memory_not_equal(first.secret, second.secret, 32);
    snprintf(path, sizeof path, "%s/networks/private.key", profile.path);
    assert_string_equal(first.path, path);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(get_file(path, text, sizeof text), 65);
    struct got named = ask(&profile, "private");
    assert_int_equal(named.code, ERROR_NONE);
    assert_memory_equal(named.secret, first.secret, 32);
    assert_string_equal(named.path, first.path);
    put_file(path, "rubbish\n");
    assert_int_equal(ask(&profile, "private").code, ERROR_NETWORK_SECRET);
    assert_string_equal(ask(&profile, "new").name, "private3"); /* and it is not overwritten */
    get_file(path, text, sizeof text);
    assert_string_equal(text, "rubbish\n");
    static const char *const unknown[] = {"nobody", "../x", "", ".."};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ask(&profile, unknown[i]).code, ERROR_NETWORK_UNKNOWN);
    profile_close(&profile);
}

static void test_a_key_file_goes_to_another_machine(void **state)
{
    (void)state;
    struct profile here, there;
    char choice[600];
    open_profile(&here, "here");
    open_profile(&there, "there");
    struct got made = ask(&here, "new");
    snprintf(choice, sizeof choice, "@%s", made.path);
    struct got taken = ask(&there, choice), again = ask(&there, choice);
    assert_int_equal(taken.code, ERROR_NONE);
    assert_memory_equal(taken.secret, made.secret, 32);
    assert_string_equal(taken.name, "private");
    assert_string_equal(again.name, "private"); /* the same secret is kept once */
    assert_string_equal(ask(&there, "new").name, "private2");
    assert_memory_equal(ask(&there, "private").secret, made.secret, 32);
    profile_close(&here);
    profile_close(&there);
}

static void test_secret_files(void **state)
{
    (void)state;
    struct profile profile;
    char path[100], choice[110], hex[65], long_line[3000];
    open_profile(&profile, NULL);
    snprintf(path, sizeof path, "%s/team.txt", home);
    snprintf(choice, sizeof choice, "@%s", path);
    assert_int_equal(ask(&profile, choice).code, ERROR_FILE);
    put_file(path, "1234567\n");
    assert_int_equal(ask(&profile, choice).code, ERROR_NETWORK_SECRET);
    put_file(path,
             "\xc3\xa5\xc3\xa4\xc3\xb6\xc3\xa5\xc3\xa4\xc3\xb6\n"); /* 12 bytes, 6 characters */
    assert_int_equal(ask(&profile, choice).code, ERROR_NETWORK_SECRET);
    put_file(path, "\ncorrect horse\n");
    assert_int_equal(ask(&profile, choice).code, ERROR_NETWORK_SECRET);
    memset(long_line, 'x', sizeof long_line - 1);
    long_line[sizeof long_line - 1] = 0;
    put_file(path, long_line);
    assert_int_equal(ask(&profile, choice).code, ERROR_NETWORK_SECRET);
    put_file(path, "correct horse\r\nmore\n");
    struct got got = ask(&profile, choice);
    assert_int_equal(got.code, ERROR_NONE);
    assert_string_equal(got.name, "team");
    hex_of(hex, got.secret, 32); /* other machines must come to the same */
    assert_string_equal(hex, "b61b01ebfc640759559ce75e2c365de7718c8685da8eaf25b77ebe15b684c242");
    assert_memory_equal(ask(&profile, "team").secret, got.secret, 32);
    put_file(path, "FFeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n");
    got = ask(&profile, choice);
    assert_int_equal(got.secret[0], 0xff);
    assert_string_equal(got.name, "team2");
    profile_close(&profile);
}

/* ---- the terminal ---- */

/* A child whose controlling terminal is the pty that is returned. It reports by its exit status. */
static pid_t fork_on_terminal(int *master, int (*child)(void))
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*master >= 0 && grantpt(*master) == 0 && unlockpt(*master) == 0);
    const char *slave = ptsname(*master);
    assert_non_null(slave);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int fd = open(slave, O_RDWR);
        if (fd < 0)
            _exit(90);
        ioctl(fd, TIOCSCTTY, 0);
        _exit(child());
    }
    assert_true(pid > 0);
    return pid;
}

/* Reads what the terminal shows until `text` was there; fails after 10 s. */
static void expect(int master, const char *text, char *seen, size_t room)
{
    size_t size = strlen(seen);
    fcntl(master, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 1000 && !strstr(seen, text); i++) {
        ssize_t got = read(master, seen + size, room - 1 - size);
        if (got > 0)
            seen[size += (size_t)got] = 0;
        else
            usleep(10000);
    }
    assert_non_null(strstr(seen, text));
}

static int finish(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int child_asks(void)
{
    char line[64];
    struct termios before, after;
    int fd = open("/dev/tty", O_RDWR);
    if (tcgetattr(fd, &before) != 0)
        return 91;
    if (!terminal_secret("Secret? ", line, sizeof line) || strcmp(line, "correct horse") != 0)
        return 92;
    if (tcgetattr(fd, &after) != 0 || (after.c_lflag & ECHO) == 0 ||
        after.c_lflag != before.c_lflag || after.c_cc[VSUSP] != before.c_cc[VSUSP])
        return 93;
    return write(fd, "done", 4) == 4 ? 0 : 94;
}

static int child_refuses(void)
{
    char line[8];
    return terminal_secret("Secret? ", line, sizeof line) ? 95 : 0;
}

static void test_asking_shows_nothing(void **state)
{
    (void)state;
    int master;
    char seen[400] = "";
    pid_t pid = fork_on_terminal(&master, child_asks);
    expect(master, "Secret? ", seen, sizeof seen);
    assert_int_equal(write(master, "correct horse\n", 14), 14);
    expect(master, "done", seen, sizeof seen);
    assert_int_equal(finish(pid), 0);
    assert_null(strstr(seen, "horse"));
    close(master);
}

static void test_asking_refuses(void **state)
{
    (void)state;
    static const char *const typed[] = {"\n", "\x04", "far too long for it\n"};
    for (size_t i = 0; i < 3; i++) {
        int master;
        char seen[400] = "";
        pid_t pid = fork_on_terminal(&master, child_refuses);
        expect(master, "Secret? ", seen, sizeof seen);
        assert_true(write(master, typed[i], strlen(typed[i])) > 0);
        assert_int_equal(finish(pid), 0);
        close(master);
    }
}

static void test_ctrl_c_ends_it_with_echo_on(void **state)
{
    (void)state;
    int master, slave;
    char seen[400] = "";
    struct termios after;
    pid_t pid = fork_on_terminal(&master, child_asks);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    expect(master, "Secret? ", seen, sizeof seen);
    assert_int_equal(write(master, "corr\x03", 5), 5);
    int status = finish(pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_true((after.c_lflag & ECHO) != 0);
    close(slave);
    close(master);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, home_make, home_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_the_identity_file),
        TEST(test_a_damaged_identity_is_never_overwritten),
        TEST(test_the_open_network),
        TEST(test_new_networks),
        TEST(test_a_key_file_goes_to_another_machine),
        TEST(test_secret_files),
        TEST(test_asking_shows_nothing),
        TEST(test_asking_refuses),
        TEST(test_ctrl_c_ends_it_with_echo_on),
    };
    return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
