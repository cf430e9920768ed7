/* Terminal: one secret line from the controlling terminal, without echo.
 *
 * It asks /dev/tty and not stdin, so that a passphrase can be typed while lines come through a
 * pipe. Whatever ends the asking (Enter, end of file, a signal), echo is on again before anything
 * else happens: signals that would end the program are caught, the terminal is restored, and then
 * they are sent again, to be acted on as if nothing had been in the way. Ctrl-Z is off meanwhile,
 * for a shell must not be left without echo. It is called before there is a second thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "store/keyring.h"

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define CAUGHT (sizeof caught / sizeof caught[0])

static volatile sig_atomic_t arrived;

static void on_signal(int number)
{
    arrived = number;
}

static void put(int fd, const char *text)
{
    /* A terminal that cannot be written to will not answer either; the read tells. */
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
}

/* Reads up to a line end; what does not fit is read and makes it false. */
static bool read_line(int fd, char *out, size_t room)
{
    size_t size = 0;
    bool fits = true;
    char c = 0;
    while (!arrived) {
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || c == '\n' || c == '\r')
            break;
        if (size + 1 < room)
            out[size++] = c;
        else
            fits = false;
    }
    sodium_memzero(&c, 1);
    out[size] = 0;
    return fits && size > 0 && !arrived;
}

static bool read_hidden(int fd, const char *prompt, char *out, size_t room)
{
    struct termios before, hidden;
    if (tcgetattr(fd, &before) != 0)
        return false;
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    hidden.c_lflag |= ICANON | ISIG;
    hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0)
        return false;
    put(fd, prompt);
    bool ok = read_line(fd, out, room);
    put(fd, "\n");
    while (tcsetattr(fd, TCSAFLUSH, &before) != 0 && errno == EINTR)
        continue;
    return ok;
}

bool terminal_secret(const char *prompt, char *out, size_t room)
{
    struct sigaction action = {.sa_handler = on_signal}, before[CAUGHT];
    out[0] = 0;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    arrived = 0;
    sigemptyset(&action.sa_mask); /* and no SA_RESTART: a signal ends the read */
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, &before[i]);
    bool ok = read_hidden(fd, prompt, out, room);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
    close(fd);
    if (arrived)
        raise(arrived);
    return ok;
}
