/* Seccomp: which system calls this process, and all it begins, may make from now on. Linux on x86-64 and
 * arm64; elsewhere there is none. */
#pragma once

#include <stdbool.h>

/* Refuses every call that is not in its list: it fails with ENOSYS, as on a kernel that lacks it; or,
 * `strict`, ends the program with SIGSYS. False when this kernel or machine has none. To be called
 * while there is one thread. */
enum seccomp_for {
    SECCOMP_FIKA,
    SECCOMP_NAMES, /* may also connect to other programs of this machine (AF_UNIX) */
};
bool seccomp_enter(enum seccomp_for who, bool strict);
