/* Outside: the programs that fika starts, by the hand of a small process that was made before fika
 * gave up the right to start any (app/sandbox.h). */
#pragma once

#include <stdbool.h>

/* Makes that process; to be called before there is a second thread or an open file that it should
 * not hold. Without it, the first call below makes it. False when it could not be made. */
bool outside_begin(void);

/* Starts $VISUAL, $EDITOR or vi on the file, in this process's group and with its terminal. One at a
 * time. False when no process could be made. */
bool outside_edit(const char *path);
/* True once when it has ended, with its status as waitpid gives it; SIGCHLD came before that. Never
 * waits. */
bool outside_edited(int *status);
/* Ends it, and waits for that. */
void outside_stop_editing(void);

/* Gives a link to xdg-open, without the terminal and as nobody's child; waits until that has begun.
 * The link is its one argument. False when there is no xdg-open, or no process could be made. */
bool outside_open(const char *link);
