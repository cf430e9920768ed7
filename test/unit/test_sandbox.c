/* The sandbox, from inside: each test is a child that gives up its rights and tries. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "app/sandbox.h"
#include "net/names.h"
#include "profile_help.h"
#include "ui/outside.h"

#ifdef __linux__
#define BOUNDED 1
#else
#define BOUNDED 0
#endif

static struct profile profile;
static char outside_file[100];

/* Runs `attempt` in a child that is inside; returns its status. */
static int inside(enum sandbox_wish wish, int (*attempt)(void))
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        sandbox_enter(wish, &profile);
        _exit(attempt());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void good(int (*attempt)(void))
{
    int status = inside(SANDBOX_ON, attempt);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* None of that may only be possible because what was refused was not noticed. */
    status = inside(SANDBOX_STRICT, attempt);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int files(void)
{
    char path[700];
    struct profile copy = profile;
    int line = 0;
    errno = 0;
    line = open(outside_file, O_RDONLY) < 0 && errno == EACCES ? line : __LINE__;
    line = open(outside_file, O_WRONLY | O_TRUNC) < 0 && errno == EACCES ? line : __LINE__;
    snprintf(path, sizeof path, "%s/another", home);
    line = open(path, O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES ? line : __LINE__;
    line = mkdir(path, 0700) < 0 && errno == EACCES ? line : __LINE__;
    line = unlink(outside_file) < 0 && errno == EACCES ? line : __LINE__;
    line = open("/etc/hostname-that-is-new", O_WRONLY | O_CREAT, 0600) < 0 ? line : __LINE__;
    line = open("/root", O_RDONLY | O_DIRECTORY) < 0 ? line : __LINE__;
    snprintf(path, sizeof path, "%s/file", copy.path);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    line = fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0 ? line : __LINE__;
    close(fd);
    struct core_config keep = {.nick = {.text = "berta"}};
    line = profile_keep(&copy, &keep, NULL) == ERROR_NONE ? line : __LINE__;
    return line & 0xff;
}

static void test_files_of_the_profile_and_no_others(void **state)
{
    (void)state;
    if (!BOUNDED)
        skip();
    good(files);
}

static void names_give_up(void)
{
    sandbox_enter_names(SANDBOX_STRICT);
}

static void end_at_once(void)
{
    _exit(0);
}

static int names(void)
{
    struct names_found found;
    names_look_up("localhost", &found);
    if (found.code != 0 || found.count == 0)
        return 1;
    names_look_up("no-such-name.invalid", &found);
    return found.code != 0 && found.count == 0 ? 0 : 2;
}

/* By the process that was there before; and when that is gone, by nobody. */
static void test_names_by_the_other_process(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        names_begin(names_give_up);
        sandbox_enter(SANDBOX_STRICT, &profile);
        _exit(names());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    child = fork();
    if (child == 0) {
        struct names_found found;
        names_begin(end_at_once);
        names_look_up("localhost", &found);
        _exit(found.code == EAI_AGAIN && found.count == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int names_here(void)
{
    struct addrinfo *all = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int code = getaddrinfo("localhost", "80", &hints, &all);
    if (code == 0)
        freeaddrinfo(all);
    /* What cannot be found says so; what may not be looked for would say something else. */
    int none = getaddrinfo("no-such-name.invalid", NULL, &hints, &all);
    return code == 0 && (none == EAI_NONAME || none == EAI_AGAIN || none == -5 /* no data: glibc */)
               ? 0
               : 1;
}

static void test_names_are_found(void **state)
{
    (void)state;
    good(names_here);
}

static int sockets(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int one = socket(AF_INET, SOCK_STREAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);
    if (one < 0 || bind(one, (void *)&at, sizeof at) != 0 || listen(one, 1) != 0 ||
        getsockname(one, (void *)&at, &size) != 0 || connect(two, (void *)&at, sizeof at) != 0)
        return 1;
    if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EAFNOSUPPORT)
        return 2;
    /* Where a desktop listens that starts programs for who asks. */
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT ? 0 : 3;
}

static void test_sockets_of_the_internet(void **state)
{
    (void)state;
    if (!BOUNDED)
        skip();
    good(sockets);
}

static void *nothing(void *argument)
{
    return argument;
}

static int threads(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0 ? 0
                                                                                                : 1;
}

static void test_threads(void **state)
{
    (void)state;
    good(threads);
}

static int memory(void)
{
    void *both =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return both == MAP_FAILED && page != MAP_FAILED &&
                   mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0
               ? 0
               : 1;
}

static void test_no_memory_becomes_code(void **state)
{
    (void)state;
    if (!BOUNDED)
        skip();
    good(memory);
}

static int program(void)
{
    char *none[] = {NULL};
    execve("/bin/true", none, none);
    return errno == ENOSYS ? 0 : 1;
}

static int letters(void)
{
    return ioctl(0, TIOCSTI, "x") < 0 && errno == EPERM ? 0 : 1;
}

static void test_no_program_starts_and_no_letters_are_pushed(void **state)
{
    (void)state;
    if (!BOUNDED)
        skip();
    int status = inside(SANDBOX_ON, program);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    status = inside(SANDBOX_STRICT, program);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
    good(letters);
}

static int mounts(void)
{
    return syscall(SYS_mount, "a", "b", "c", 0, 0) < 0 && errno == ENOSYS &&
                   syscall(SYS_unshare, 0) < 0 && errno == ENOSYS &&
                   syscall(SYS_bpf, 0, 0, 0) < 0 && errno == ENOSYS
               ? 0
               : 1;
}

static void test_what_nobody_asks_for_is_not_there(void **state)
{
    (void)state;
    if (!BOUNDED)
        skip();
    int status = inside(SANDBOX_ON, mounts);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int opens(void)
{
    char made[200];
    snprintf(made, sizeof made, "%s/made", home);
    if (!outside_open("http://a"))
        return 1;
    for (int i = 0; i < 1000; i++) {
        struct stat status;
        if (stat(made, &status) == 0)
            return 0;
        struct timespec wait = {.tv_nsec = 10000000};
        nanosleep(&wait, NULL);
    }
    return 2;
}

/* The process that was there before starts what may be started. */
static void test_programs_by_the_other_process(void **state)
{
    (void)state;
    char path[200], text[300], *before = strdup(getenv("PATH"));
    int status;
    snprintf(path, sizeof path, "%s/xdg-open", home);
    snprintf(text, sizeof text, "#!/bin/sh\n: >'%s/made'\n", home);
    put_file(path, text);
    chmod(path, 0755);
    snprintf(text, sizeof text, "%s:%.200s", home, before);
    pid_t child = fork();
    if (child == 0) {
        setenv("PATH", text, 1);
        if (!outside_begin())
            _exit(3);
        sandbox_enter(SANDBOX_STRICT, &profile);
        _exit(opens());
    }
    free(before);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_what_is_wished(void **state)
{
    (void)state;
    struct config config = {.sandbox = true};
    unsetenv("FIKA_SANDBOX");
    assert_int_equal(sandbox_wish(&config), SANDBOX_ON);
    config.sandbox = false;
    assert_int_equal(sandbox_wish(&config), SANDBOX_OFF);
    setenv("FIKA_SANDBOX", "strict", 1);
    assert_int_equal(sandbox_wish(&config), SANDBOX_STRICT);
    setenv("FIKA_SANDBOX", "off", 1);
    config.sandbox = true;
    assert_int_equal(sandbox_wish(&config), SANDBOX_OFF);
    unsetenv("FIKA_SANDBOX");
    sandbox_enter(SANDBOX_OFF, &profile);
    assert_false(sandbox_now().files || sandbox_now().calls || sandbox_now().wished);
}

static int set_up(void **state)
{
    if (home_make(state) != 0)
        return -1;
    open_profile(&profile, "p");
    snprintf(outside_file, sizeof outside_file, "%s/mine", home);
    put_file(outside_file, "mine");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_wished),
        cmocka_unit_test(test_files_of_the_profile_and_no_others),
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_names_by_the_other_process),
        cmocka_unit_test(test_sockets_of_the_internet),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_no_memory_becomes_code),
        cmocka_unit_test(test_no_program_starts_and_no_letters_are_pushed),
        cmocka_unit_test(test_what_nobody_asks_for_is_not_there),
        cmocka_unit_test(test_programs_by_the_other_process),
    };
    return cmocka_run_group_tests(tests, set_up, home_remove);
}
