/* Session: the face's thread. Reads keys or lines, gives them to the node by the door, and shows
 * what comes back. */
#pragma once

#include "app/door.h"
#include "store/profile.h"

enum session_face { SESSION_TUI, SESSION_LINES, SESSION_JSON };

struct session_config {
    struct door *door;
    const struct profile *profile; /* outlives it */
    enum session_face face;
    bool expects_links; /* an address was typed, or discovery is on: at the end of stdin it is worth
                           waiting */
    uint64_t carry_bytes; /* as the command line or the configuration says */
    const char *theme;    /* a name, or "" */
    int signal_fd;        /* gives one byte a signal: its number */
};

struct session;

/* Takes the terminal, or whatever the face needs. To be called before the node's thread starts, as
 * locales are the whole program's. Where TERM cannot show a screen it says so and goes on in lines.
 */
struct session *session_open(const struct session_config *config);

/* From now the program has 900 ms to end by itself; then SIGALRM comes, whatever hangs. A plain
 * system call: a signal handler may make it. */
void session_must_end(void);

/* Runs until the node has stopped or does not answer in time, and frees the session; the terminal
 * is then as it was. Returns how many own lines nobody else has yet, or -1 when the node did not
 * stop in time. */
int64_t session_run(struct session *session);
