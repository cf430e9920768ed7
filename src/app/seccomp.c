/* Seccomp: a filter of our own. It is a list of numbers with three looks at arguments, which a library
 * (libseccomp) would write no shorter: it brings names of calls for machines that we do not build on,
 * and a library more to load at every start.
 *
 *     machine is ours -> number in the list -> its argument is good -> allowed
 *
 * What is not in the list fails with ENOSYS: a libc that has learnt a new call tries it, hears that there
 * is none, and does without, so that a system that is brought up to date does not end fika. In tests it
 * ends the program (strict), so that nobody has to notice what failed quietly.
 *
 * 1. Nothing starts a program: no execve, and clone only with CLONE_THREAD. What clone3 makes stands
 *    behind a pointer, which a filter cannot follow: it is refused, and libc makes threads with clone.
 * 2. No memory becomes executable that was or can be written: neither mmap nor mprotect.
 * 3. Sockets are of the three families that fika uses. Those of other programs on this machine (AF_UNIX) are
 *    none of them: a desktop's D-Bus starts whatever it is asked to. A pair of one's own is another call.
 * 4. ioctl may not push letters into the terminal's input (TIOCSTI, TIOCLINUX), where a shell would
 *    read them once fika has ended.
 * 5. prctl names threads, prlimit is about this process.
 * 6. No other process can be read, traced or signalled but by a number that kill takes: Landlock bounds
 *    that where it can.
 *
 * With a sanitizer inside, what its own reports need is allowed as well: it stops all threads from a
 * process that it forks. */
#define _GNU_SOURCE /* CLONE_THREAD */
#include "app/seccomp.h"

#include <stddef.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/sanitized.h"

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#define TIOCSTI_     0x5412
#define TIOCLINUX_   0x541C
#define SET_VMA_NAME 0x53564D41 /* malloc says what its memory is for */

/* The most frequent first: they are compared one after the other. */
static const uint16_t calls[] = {
#define X(name) __NR_##name,
#include "app/seccomp_calls.h"
#undef X
};
#define CALLS (sizeof calls / sizeof *calls)

struct program {
    struct sock_filter at[2 * CALLS + 96];
    size_t size;
};

static void put(struct program *program, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    CHECK(program->size < sizeof program->at / sizeof *program->at);
    program->at[program->size++] = (struct sock_filter){code, yes, no, k};
}

static void give(struct program *program, uint32_t answer)
{
    put(program, BPF_RET | BPF_K, answer, 0, 0);
}

static void load(struct program *program, size_t offset)
{
    put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half of an argument; those that are looked at have nothing in the high one. */
static size_t argument(int n)
{
    return offsetof(struct seccomp_data, args) + 8 * (size_t)n;
}

/* The call, where an argument has all of the bits or none of them. */
static void with_bits(struct program *program, int call, int n, uint32_t mask, uint32_t bits,
                      bool when, uint32_t otherwise)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
    load(program, argument(n));
    put(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, bits, when ? 0 : 1, when ? 1 : 0);
    give(program, SECCOMP_RET_ALLOW);
    give(program, otherwise);
}

/* The call, where an argument is one of these, or none of them. */
static void with_values(struct program *program, int call, int n, const uint32_t *values,
                        size_t count, bool when, uint32_t otherwise)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(count + 3));
    load(program, argument(n));
    for (size_t i = 0; i < count; i++)
        put(program, BPF_JMP | BPF_JEQ | BPF_K, values[i], (uint8_t)(count - i), 0);
    give(program, when ? otherwise : SECCOMP_RET_ALLOW);
    give(program, when ? SECCOMP_RET_ALLOW : otherwise);
}

static void write_program(struct program *program, enum seccomp_for who, uint32_t refused)
{
    static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_UNIX};
    static const uint32_t pushes[] = {TIOCSTI_, TIOCLINUX_};
    static const uint32_t names[] = {PR_SET_NAME, PR_GET_NAME, SET_VMA_NAME};
    static const uint32_t self[] = {0};
    load(program, offsetof(struct seccomp_data, arch));
    put(program, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
    give(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++) {
        put(program, BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        give(program, SECCOMP_RET_ALLOW);
    }
    with_bits(program, __NR_mmap, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC, false,
              SECCOMP_RET_ERRNO | EPERM);
    with_bits(program, __NR_mprotect, 2, PROT_EXEC, 0, true, SECCOMP_RET_ERRNO | EPERM);
#ifdef SANITIZED
    put(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 1);
    give(program, SECCOMP_RET_ALLOW);
#else
    with_bits(program, __NR_clone, 0, CLONE_THREAD, CLONE_THREAD, true, SECCOMP_RET_ERRNO | EPERM);
#endif
    /* Asked for by every libc before it falls back, so it is no surprise in a test. */
    put(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1);
    give(program, SECCOMP_RET_ERRNO | ENOSYS);
    with_values(program, __NR_socket, 0, families, who == SECCOMP_NAMES ? 4 : 3, true,
                SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    with_values(program, __NR_ioctl, 1, pushes, 2, false, SECCOMP_RET_ERRNO | EPERM);
#ifndef SANITIZED
    with_values(program, __NR_prctl, 0, names, 3, true, SECCOMP_RET_ERRNO | EPERM);
    with_values(program, __NR_prlimit64, 0, self, 1, true, SECCOMP_RET_ERRNO | EPERM);
#else
    (void)names, (void)self;
#endif
    give(program, refused);
}

bool seccomp_enter(enum seccomp_for who, bool strict)
{
    static struct program program;
    program.size = 0;
    write_program(&program, who, strict ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | ENOSYS);
    struct sock_fprog filter = {.len = (unsigned short)program.size, .filter = program.at};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#else

bool seccomp_enter(enum seccomp_for who, bool strict)
{
    (void)who, (void)strict;
    return false;
}
#endif
