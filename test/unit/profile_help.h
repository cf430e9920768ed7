/* What the tests of profiles and secrets share: a home of their own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "store/profile.h"

static char home[64];

static inline int home_make(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/fika-test-XXXXXX");
    if (sodium_init() < 0 || !mkdtemp(home))
        return -1;
    setenv("HOME", home, 1);
    setenv("USER", "anna", 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_CONFIG_HOME");
    return 0;
}

static inline int home_remove(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    return system(command);
}

static inline void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline size_t get_file(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(out, 1, room - 1, file);
    fclose(file);
    out[size] = 0;
    return size;
}

static inline int mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (int)(status.st_mode & 07777);
}

static inline void open_profile(struct profile *profile, const char *name)
{
    struct error error = {0};
    if (profile_open(profile, name, &error) != ERROR_NONE)
        fail_msg("profile_open: code %d, %s", (int)error.code, error.about);
}
