/* Landlock: which files this process, and all it begins, may use from now on. Linux; elsewhere there is
 * none. */
#pragma once

#include <stdbool.h>

/* A set of rules; not in force before landlock_enter(). */
struct landlock {
    int fd;  /* -1: this kernel has none */
    int abi; /* 0: likewise */
};

void landlock_begin(struct landlock *landlock);
/* What is there may be read; or read, written, made and removed. A path that is not there is left
 * out: nothing below it can be reached then. */
void landlock_read(struct landlock *landlock, const char *path);
void landlock_write(struct landlock *landlock, const char *path);
/* From now on nothing else: no file can be started as a program, nobody outside can be sent a signal, and
 * no abstract socket of theirs connected to, as far as this kernel knows the right. False when it has none.
 * To be called while there is one thread. */
bool landlock_enter(struct landlock *landlock);
