/* What is written past curses is written whole, whatever signals come meanwhile: Ctrl-Z stops the child that
 * starts editors, too, so the signal that tells of it is there when the modes are given back. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/terminal.h"

#define SIZE  (1 << 20) /* more than a pipe holds */
#define TICKS 3

static int told; /* of signals that came while it was written */

static void on_tick(int number)
{
    static int ticks;
    (void)number;
    if (++ticks == TICKS && write(told, "", 1) != 1)
        _exit(1);
}

/* Under signals that do not restart what they interrupt. */
static _Noreturn void write_all(int out, int tell)
{
    static const struct itimerval often = {.it_interval = {.tv_usec = 1000},
                                           .it_value = {.tv_usec = 1000}};
    static const struct itimerval never;
    struct sigaction action = {.sa_handler = on_tick};
    char *bytes = malloc(SIZE);
    memset(bytes, 'x', SIZE);
    told = tell;
    dup2(out, STDOUT_FILENO);
    close(out);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    terminal_put(bytes, SIZE);
    setitimer(ITIMER_REAL, &never, NULL);
    _exit(0);
}

static void signals_take_nothing_away(void **state)
{
    (void)state;
    static char bytes[65536];
    int out[2], tell[2], status;
    size_t size = 0;
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(tell), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_all(out[1], tell[1]);
    close(out[1]);
    close(tell[1]);
    assert_int_equal(read(tell[0], bytes, 1),
                     1); /* nothing is read before: so it waits in write(2) */
    for (ssize_t got; (got = read(out[0], bytes, sizeof bytes)) > 0; size += (size_t)got)
        ;
    assert_int_equal(size, SIZE);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(out[0]);
    close(tell[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signals_take_nothing_away)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
