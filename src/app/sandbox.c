/* Sandbox: Landlock for files (landlock.c) and a filter of system calls (seccomp.c) on Linux, unveil and
 * pledge on OpenBSD, nothing elsewhere.
 *
 * Written are the profile and a directory of its own for the editor's file. Read is what libraries look
 * for when they are asked for something new: names (the resolver's files and modules), time zones,
 * terminals, translations, themes. All else of the user's (his keys, his mail, his other profiles) is not
 * there for this process.
 *
 * Sockets of other programs on this machine are out of reach: Landlock does not bound connecting to those, and
 * a desktop's D-Bus starts whatever it is asked to, so seccomp refuses the whole family. Names are
 * looked up by such sockets on many machines: that is done by a process of its own (net/names.h), which
 * knows no secret and may write nothing. */
#include "app/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "app/landlock.h"
#include "app/seccomp.h"
#include "base/sanitized.h"
#include "store/files.h"
#include "ui/editor.h"

#define PATH_ROOM 768

static struct sandbox now;

enum sandbox_wish sandbox_wish(const struct config *config)
{
    const char *said = getenv("FIKA_SANDBOX");
    if (said == NULL || said[0] == '\0')
        said = config->sandbox ? "on" : "off";
    return strcmp(said, "off") == 0      ? SANDBOX_OFF
           : strcmp(said, "strict") == 0 ? SANDBOX_STRICT
                                         : SANDBOX_ON;
}

void sandbox_no_dumps(enum sandbox_wish wish)
{
#ifndef SANITIZED
    struct rlimit none = {0, 0};
    if (wish == SANDBOX_OFF)
        return;
    setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
#else
    (void)wish;
#endif
}

static const char *const read_everywhere[] = {
    "/usr",
    "/etc",
    "/lib",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/run/systemd/resolve", /* where resolv.conf leads to */
    "/run/resolvconf",
    "/run/NetworkManager",
    "/var/lib/misc",       /* names and services as databases */
    "/proc",               /* the way out of this network; the sanitizers' maps */
    "/sys/devices/system", /* how many processors there are */
    "/sys/class/net",
    "/dev/urandom",
    "/dev/random",
};

typedef void (*permission)(void *to, const char *path, bool write);

/* Where the user keeps descriptions of terminals. */
static void permit_terminals(permission permit, void *to)
{
    char path[PATH_ROOM], home[512];
    const char *one = getenv("TERMINFO"), *many = getenv("TERMINFO_DIRS");
    if (one != NULL && one[0] == '/')
        permit(to, one, false);
    for (; many != NULL && many[0] != '\0'; many += strspn(many, ":")) {
        size_t size = strcspn(many, ":");
        if (size < sizeof path && many[0] == '/') {
            memcpy(path, many, size);
            path[size] = '\0';
            permit(to, path, false);
        }
        many += size;
    }
    if (home_directory(home, sizeof home)) {
        snprintf(path, sizeof path, "%s/.terminfo", home);
        permit(to, path, false);
    }
}

/* What belongs to the program, wherever it was put, and the user's configuration. */
static void permit_own(permission permit, void *to)
{
    static const char *const places[] = {"../share", "locale", "../locale", "../themes",
                                         "../../themes"};
    char program[512], path[PATH_ROOM], home[512];
    const char *config = getenv("XDG_CONFIG_HOME");
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    program[size > 0 ? size : 0] = '\0';
    permit(to, program, false); /* a sanitizer's report names lines of it */
    char *end = strrchr(program, '/');
    if (end != NULL)
        *end = '\0';
    for (size_t i = 0; end != NULL && i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/%s", program, places[i]);
        permit(to, path, false);
    }
    if (config != NULL && config[0] == '/')
        snprintf(path, sizeof path, "%.700s/fika", config);
    else if (home_directory(home, sizeof home))
        snprintf(path, sizeof path, "%s/.config/fika", home);
    else
        return;
    directory_make(path, NULL); /* what is put there later can be read only so */
    permit(to, path, false);
}

/* Without a profile: what names are looked up by, alone. */
static void permit_all(const struct profile *profile, permission permit, void *to)
{
    char path[PATH_ROOM];
    for (size_t i = 0; i < sizeof read_everywhere / sizeof *read_everywhere; i++)
        permit(to, read_everywhere[i], false);
    permit(to, "/dev/null", true);
    if (profile == NULL)
        return;
    permit_terminals(permit, to);
    permit_own(permit, to);
    permit(to, "/dev/tty", true);
    permit(to, profile->path, true);
    if (editor_directory(path, sizeof path))
        permit(to, path, true);
}

#ifdef __OpenBSD__

static void permit_unveil(void *to, const char *path, bool write)
{
    (void)to;
    unveil(path, write ? "rwc" : "r");
}

static bool enter_files(const struct profile *profile)
{
    permit_all(profile, permit_unveil, NULL);
    return unveil(NULL, NULL) == 0;
}

static bool enter_calls(enum seccomp_for who, bool strict)
{
    (void)strict;
    return pledge(who == SECCOMP_NAMES
                      ? "stdio rpath inet dns recvfd unix"
                      : "stdio rpath wpath cpath fattr flock inet mcast sendfd tty unix route",
                  NULL) == 0;
}

#else

static void permit_landlock(void *to, const char *path, bool write)
{
    if (write)
        landlock_write(to, path);
    else
        landlock_read(to, path);
}

static bool enter_files(const struct profile *profile)
{
    struct landlock landlock;
    landlock_begin(&landlock);
    permit_all(profile, permit_landlock, &landlock);
    return landlock_enter(&landlock);
}

static bool enter_calls(enum seccomp_for who, bool strict)
{
    return seccomp_enter(who, strict);
}

#endif

void sandbox_enter(enum sandbox_wish wish, const struct profile *profile)
{
    now = (struct sandbox){.wished = wish != SANDBOX_OFF};
    if (!now.wished)
        return;
    now.files = enter_files(profile);
    now.calls = enter_calls(SECCOMP_FIKA, wish == SANDBOX_STRICT);
}

void sandbox_enter_names(enum sandbox_wish wish)
{
    if (wish == SANDBOX_OFF)
        return;
    enter_files(NULL);
    enter_calls(SECCOMP_NAMES, wish == SANDBOX_STRICT);
}

struct sandbox sandbox_now(void)
{
    return now;
}
