/* Outside: a child that waits on a socket, forks once for each program it is asked for, and goes when
 * the socket ends.
 *
 * 1. It was made before any thread, file or secret of this program was there, so it holds none.
 * 2. It knows two programs, and takes no command line: a path for the editor, a link for xdg-open.
 * 3. It stays in this program's process group: what the terminal's keys stop or end, they stop or end
 *    together, and the editor is of the group that has the terminal. Itself it ends by nothing but the
 *    end of the socket, so that an editor can be waited for until the last.
 * 4. When this program is gone and the full screen is still there (SIGKILL, or no memory left), it gives the
 *    terminal back.
 * 5. When the editor has ended it says so by the socket first, and then with SIGCHLD, as if the editor
 *    had been this program's own child. */
#include "ui/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "ui/terminal.h"

#define TEXT_MAX 8191
#define FDS_MAX  1024 /* of those that may have been handed over */

enum { ASK_EDIT, ASK_STOP, ASK_OPEN };
enum { SAY_DONE, SAY_ENDED };

struct ask {
    uint32_t what, size; /* of the text behind it */
};

struct say {
    uint32_t what;
    int32_t status; /* of DONE: whether it could be started */
};

static int near_end = -1; /* this program's end of the socket */
static pid_t maker;
static bool ended; /* heard while something else was waited for */
static int ended_status;

static bool write_all(int fd, const void *at, size_t size)
{
    for (const char *from = at; size > 0;) {
        ssize_t put = send(fd, from, size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        size -= (size_t)put;
    }
    return true;
}

static bool read_all(int fd, void *at, size_t size)
{
    for (char *to = at; size > 0;) {
        ssize_t got = recv(fd, to, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

/* ---- the child ---- */

/* A shell takes the words of the variable apart as everybody expects. */
static const char editing[] = "eval \"exec ${VISUAL:-${EDITOR:-vi}} \\\"\\$1\\\"\"";

static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2};

static void on_child(int number)
{
    (void)number;
}

static void signals_as_found(void)
{
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t edit(const char *path)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    signals_as_found();
    execl("/bin/sh", "sh", "-c", editing, "fika", path, (char *)NULL);
    _exit(127);
}

static void give(const char *link, int told)
{
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2 && nothing >= 0; fd++)
        dup2(nothing, fd);
    signals_as_found();
    setsid();
    execlp("xdg-open", "xdg-open", link, (char *)NULL);
    ssize_t put = write(told, "", 1);
    (void)put;
    _exit(127);
}

static bool open_link(const char *link)
{
    int told[2]; /* a byte comes when it could not be started; else it closes by itself */
    char byte;
    if (pipe(told) != 0)
        return false;
    fcntl(told[0], F_SETFD, FD_CLOEXEC);
    fcntl(told[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        pid_t orphan = fork();
        if (orphan == 0)
            give(link, told[1]);
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

static void stop(pid_t editor)
{
    if (editor <= 0)
        return;
    kill(editor, SIGTERM);
    kill(editor, SIGCONT); /* a stopped one must run to hear of it */
}

static bool answer(int far_end, pid_t *editor)
{
    static char text[TEXT_MAX + 1];
    struct ask ask;
    struct say say = {.what = SAY_DONE};
    if (!read_all(far_end, &ask, sizeof ask) || ask.size > TEXT_MAX ||
        !read_all(far_end, text, ask.size))
        return false;
    text[ask.size] = '\0';
    if (ask.what == ASK_EDIT && *editor == 0) {
        *editor = edit(text);
        say.status = *editor > 0;
        *editor = *editor > 0 ? *editor : 0;
    } else if (ask.what == ASK_OPEN) {
        say.status = open_link(text);
    } else if (ask.what == ASK_STOP) {
        stop(*editor);
        return true; /* ENDED answers */
    }
    return write_all(far_end, &say, sizeof say);
}

static bool look_for_end(int far_end, pid_t *editor)
{
    struct say say = {.what = SAY_ENDED};
    int status;
    if (*editor == 0 || waitpid(*editor, &status, WNOHANG) != *editor)
        return true;
    *editor = 0;
    say.status = status;
    bool good = write_all(far_end, &say, sizeof say);
    if (getppid() == maker)
        kill(maker, SIGCHLD);
    return good;
}

static void serve(int far_end)
{
    struct sigaction action = {.sa_handler = on_child};
    sigset_t child, before;
    pid_t editor = 0;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before); /* it comes while pselect waits, and only then */
    sigdelset(&before, SIGCHLD);
    while (look_for_end(far_end, &editor)) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(far_end, &readable);
        if (pselect(far_end + 1, &readable, NULL, NULL, NULL, &before) > 0 &&
            !answer(far_end, &editor))
            break;
    }
    terminal_outlive();
    _exit(0);
}

/* ---- this program ---- */

bool outside_begin(void)
{
    int ends[2];
    if (near_end >= 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    maker = getpid();
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 3; fd < FDS_MAX; fd++) /* a passphrase's, say */
            if (fd != ends[1])
                close(fd);
        serve(ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return false;
    }
    near_end = ends[0];
    return true;
}

static bool ask_for(uint32_t what, const char *text)
{
    struct ask ask = {.what = what, .size = (uint32_t)strlen(text)};
    return strlen(text) <= TEXT_MAX && outside_begin() && write_all(near_end, &ask, sizeof ask) &&
           write_all(near_end, text, ask.size);
}

/* Notes an end that is said in between. */
static bool hear(struct say *say)
{
    if (!read_all(near_end, say, sizeof *say))
        return false;
    ended = ended || say->what == SAY_ENDED;
    if (say->what == SAY_ENDED)
        ended_status = say->status;
    return true;
}

static bool ask_and_hear(uint32_t what, const char *text)
{
    struct say say = {.what = SAY_ENDED};
    if (!ask_for(what, text))
        return false;
    while (say.what != SAY_DONE)
        if (!hear(&say))
            return false;
    return say.status != 0;
}

bool outside_edit(const char *path)
{
    ended = false;
    return ask_and_hear(ASK_EDIT, path);
}

bool outside_edited(int *status)
{
    struct say say;
    char first;
    ssize_t there = ended || near_end < 0 ? 0 : recv(near_end, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (!ended && there < 0)
        return false;
    /* Where the child is gone, so is what it would have said. */
    if (!ended && !hear(&say))
        ended_status = 1 << 8;
    else if (!ended)
        return false;
    ended = false;
    *status = ended_status;
    return true;
}

void outside_stop_editing(void)
{
    struct say say = {0};
    if (!ended && ask_for(ASK_STOP, ""))
        while (!ended && hear(&say))
            ;
    ended = false;
}

bool outside_open(const char *link)
{
    return ask_and_hear(ASK_OPEN, link);
}
