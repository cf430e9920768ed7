/* Looks: a theme is a small file. Those of the program are found from where the program is, so that
 * it works installed anywhere, and out of build/. */
#include "app/looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/config.h"
#include "store/files.h"

#define PATH_ROOM 1024

static bool read_theme(const char *directory, const char *name, char *text, size_t room)
{
    char path[PATH_ROOM + 128];
    bool found = false;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return file_read(path, text, room, &found, NULL) == ERROR_NONE && found;
}

bool looks_find(const char *name, char *text, size_t room)
{
    char home[512], directory[PATH_ROOM], program[512];
    const char *config = getenv("XDG_CONFIG_HOME");
    if (config != NULL && config[0] == '/')
        snprintf(directory, sizeof directory, "%.500s/fika/themes", config);
    else if (home_directory(home, sizeof home))
        snprintf(directory, sizeof directory, "%s/.config/fika/themes", home);
    else
        directory[0] = '\0';
    if (read_theme(directory, name, text, room))
        return true;
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0)
        return false;
    program[size] = '\0';
    char *end = strrchr(program, '/');
    if (end == NULL)
        return false;
    *end = '\0';
    static const char *const places[] = {"../share/fika/themes", "../themes", "../../themes"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(directory, sizeof directory, "%s/%s", program, places[i]);
        if (read_theme(directory, name, text, room))
            return true;
    }
    return false;
}
