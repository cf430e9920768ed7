/* Opener: a process that is nobody's child, without the terminal.
 *
 * 1. No shell sees the link: it is one argument, and begins with its scheme, so it is no option.
 * 2. The child makes only calls that a signal handler may make, as this program has threads. */
#include "ui/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

bool opener_takes(const char *link, size_t size)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://", "mailto:"};
    bool known = false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t scheme = strlen(schemes[i]);
        known = known || (size > scheme && strncasecmp(link, schemes[i], scheme) == 0);
    }
    for (size_t i = 0; i < size; i++)
        known = known && (unsigned char)link[i] > ' ' && link[i] != 0x7F && link[i] != '"' &&
                link[i] != '<' && link[i] != '>';
    return known;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

bool opener_here(void)
{
    return !is_set("SSH_CONNECTION") && !is_set("SSH_TTY") &&
           (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"));
}

static void run(const char *link, int told)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2 && nothing >= 0; fd++)
        dup2(nothing, fd);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    execlp("xdg-open", "xdg-open", link, (char *)NULL);
    ssize_t put = write(told, "", 1);
    (void)put;
    _exit(127);
}

bool opener_start(const char *link)
{
    int told[2]; /* a byte comes when it could not be started; else it closes by itself */
    char byte;
    if (!opener_takes(link, strlen(link)) || pipe(told) != 0)
        return false;
    fcntl(told[0], F_SETFD, FD_CLOEXEC);
    fcntl(told[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        pid_t orphan = fork();
        if (orphan == 0)
            run(link, told[1]);
        _exit(orphan < 0);
    }
    close(told[1]);
    int status = 1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    ssize_t got;
    while ((got = read(told[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    close(told[0]);
    return child > 0 && status == 0 && got == 0;
}
