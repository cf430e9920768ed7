/* Sandbox: what this process gives up before it hears the first foreign byte, so that one who makes it run
 * his code holds little: files outside the profile, programs, other processes. */
#pragma once

#include <stdbool.h>

#include "store/profile.h"

enum sandbox_wish {
    SANDBOX_ON,
    SANDBOX_OFF,
    SANDBOX_STRICT, /* a system call that is not expected ends the program: for tests */
};

/* What of it is in force. */
struct sandbox {
    bool files; /* Landlock, or unveil */
    bool calls; /* seccomp, or pledge */
    bool wished;
};

/* FIKA_SANDBOX of the environment (on, off, strict), else what the configuration says. */
enum sandbox_wish sandbox_wish(const struct config *config);
/* No core file, and no other process of this user may look into this one's memory. Nothing with
 * SANDBOX_OFF, nor in a program with a sanitizer inside, which looks into itself from outside. */
void sandbox_no_dumps(enum sandbox_wish wish);
/* Gives it all up. To be called while there is one thread, when the profile is open and the helpers are
 * there (ui/outside.h). What this system does not know is left out: sandbox_now() says what is in force. */
void sandbox_enter(enum sandbox_wish wish, const struct profile *profile);
/* The same for the process that looks names up (net/names.h): it reads what the resolver needs, writes
 * nothing, and may connect to what answers for names on this machine. */
void sandbox_enter_names(enum sandbox_wish wish);
struct sandbox sandbox_now(void);
