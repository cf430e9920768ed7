/* Looks: a theme is a small file. Those of the program are found from where the program is, so that
 * it works installed anywhere, and out of build/. */
#include "app/looks.h"

#include <dirent.h>
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

/* The nth directory in which themes are; false past the last. */
static bool place_at(size_t n, char out[PATH_ROOM])
{
    static const char *const places[] = {"../share/fika/themes", "../themes", "../../themes"};
    char home[512], program[512];
    const char *config = getenv("XDG_CONFIG_HOME");
    out[0] = '\0';
    if (n == 0 && config != NULL && config[0] == '/')
        snprintf(out, PATH_ROOM, "%.500s/fika/themes", config);
    else if (n == 0 && home_directory(home, sizeof home))
        snprintf(out, PATH_ROOM, "%s/.config/fika/themes", home);
    if (n == 0)
        return true;
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    program[size > 0 ? size : 0] = '\0';
    char *end = strrchr(program, '/');
    if (end == NULL || n > sizeof places / sizeof *places)
        return false;
    *end = '\0';
    snprintf(out, PATH_ROOM, "%s/%s", program, places[n - 1]);
    return true;
}

bool looks_find(const char *name, char *text, size_t room)
{
    char directory[PATH_ROOM];
    for (size_t n = 0; place_at(n, directory); n++)
        if (read_theme(directory, name, text, room))
            return true;
    return false;
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strchr(entry->d_name, ' ') == NULL;
}

void looks_list(char *out, size_t room)
{
    char directory[PATH_ROOM], text[2];
    struct dirent **entries;
    size_t size = 0;
    out[0] = '\0';
    for (size_t n = 0; place_at(n, directory); n++) {
        int count = scandir(directory, &entries, no_dots, alphasort);
        for (int i = 0; i < count; i++) {
            const char *name = entries[i]->d_name;
            if (size + strlen(name) + 2 <= room && !has_word(out, name) &&
                read_theme(directory, name, text, sizeof text))
                size +=
                    (size_t)snprintf(out + size, room - size, "%s%s", size > 0 ? " " : "", name);
            free(entries[i]);
        }
        if (count >= 0)
            free(entries);
    }
}
