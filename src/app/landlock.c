/* Landlock: by its three system calls, as libc has no names for them. Older kernels know fewer rights;
 * what they do not know cannot be asked for, so each is masked by what the kernel says it has.
 *
 * Rules hang on files, not on names: what is renamed over /etc/resolv.conf is another file. So rules are
 * made for directories, except for the few files that are never replaced. */
#define _GNU_SOURCE /* O_PATH */
#include "app/landlock.h"

#include <string.h>

#ifdef __linux__
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are the same on every machine. */
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_add_rule       445
#define __NR_landlock_restrict_self  446
#endif
#define ASK_VERSION       1u
#define RULE_PATH_BENEATH 1

#define WRITE_FILE  (1ull << 1)
#define READ_FILE   (1ull << 2)
#define READ_DIR    (1ull << 3)
#define REMOVE_DIR  (1ull << 4)
#define REMOVE_FILE (1ull << 5)
#define MAKE_DIR    (1ull << 7)
#define MAKE_REG    (1ull << 8)
#define TRUNCATE    (1ull << 14)
#define IOCTL_DEV   (1ull << 15)
#define OF_FILES    (WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

struct ruleset {
    uint64_t files, net, scopes;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* All rights over files that this version has: what is handled and not allowed is refused. */
static uint64_t rights_of(int abi)
{
    return abi >= 5   ? (1ull << 16) - 1
           : abi >= 3 ? (1ull << 15) - 1
           : abi == 2 ? (1ull << 14) - 1
                      : (1ull << 13) - 1;
}

void landlock_begin(struct landlock *landlock)
{
    long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    struct ruleset rules = {0};
    *landlock = (struct landlock){.fd = -1, .abi = abi > 0 ? (int)abi : 0};
    if (landlock->abi == 0)
        return;
    rules.files = rights_of(landlock->abi);
    rules.scopes = landlock->abi >= 6 ? 3 : 0; /* abstract sockets, signals */
    size_t size = landlock->abi >= 6 ? 24 : landlock->abi >= 4 ? 16 : 8;
    landlock->fd = (int)syscall(__NR_landlock_create_ruleset, &rules, size, 0);
}

static void allow(struct landlock *landlock, const char *path, uint64_t rights)
{
    struct stat status;
    struct path_beneath rule = {.allowed = rights & rights_of(landlock->abi)};
    if (landlock->fd < 0)
        return;
    rule.parent = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent < 0)
        return;
    if (fstat(rule.parent, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed &= OF_FILES;
    syscall(__NR_landlock_add_rule, landlock->fd, RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent);
}

void landlock_read(struct landlock *landlock, const char *path)
{
    allow(landlock, path, READ_FILE | READ_DIR);
}

void landlock_write(struct landlock *landlock, const char *path)
{
    allow(landlock, path,
          READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV | REMOVE_FILE | REMOVE_DIR |
              MAKE_REG | MAKE_DIR);
}

bool landlock_enter(struct landlock *landlock)
{
    if (landlock->fd < 0)
        return false;
    bool entered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   syscall(__NR_landlock_restrict_self, landlock->fd, 0) == 0;
    close(landlock->fd);
    landlock->fd = -1;
    return entered;
}

#else

void landlock_begin(struct landlock *landlock)
{
    *landlock = (struct landlock){.fd = -1};
}
void landlock_read(struct landlock *landlock, const char *path)
{
    (void)landlock, (void)path;
}
void landlock_write(struct landlock *landlock, const char *path)
{
    (void)landlock, (void)path;
}
bool landlock_enter(struct landlock *landlock)
{
    (void)landlock;
    return false;
}
#endif
