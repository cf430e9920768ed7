/* Editor: another program with the terminal to itself (outside.c starts it).
 *
 * 1. The file is made anew under a name that nobody can have put there before, and is its owner's
 *    alone.
 * 2. While it runs, keys that mean it (Ctrl-C, Ctrl-\, Ctrl-Z) do nothing to this program but stop
 *    it together with the editor; what they did before is put back at its end.
 * 3. At most EDITOR_BYTES are read back. */
#include "ui/editor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/outside.h"

#define EDITOR_BYTES 65536

static const int numbers[] = {SIGINT, SIGQUIT, SIGTSTP};
static struct sigaction kept[sizeof numbers / sizeof *numbers];

static void signals_give(void)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action = {.sa_handler = numbers[i] == SIGTSTP ? SIG_DFL : SIG_IGN};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[i], &action, &kept[i]);
    }
}

static void signals_retake(void)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &kept[i], NULL);
}

bool editor_directory(char *out, size_t room)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime == NULL || runtime[0] != '/' ||
        (size_t)snprintf(out, room, "%s/fika", runtime) >= room)
        return false;
    return (mkdir(out, 0700) == 0 || errno == EEXIST) && access(out, W_OK | X_OK) == 0;
}

static bool write_file(struct editor *editor, const char *directory, const char *text, size_t size)
{
    char runtime[sizeof editor->path];
    int length = snprintf(editor->path, sizeof editor->path, "%s/text-XXXXXX",
                          editor_directory(runtime, sizeof runtime) ? runtime : directory);
    int fd = length > 0 && length < (int)sizeof editor->path ? mkstemp(editor->path) : -1;
    if (fd < 0)
        return false;
    bool good = true;
    for (size_t at = 0; good && at < size;) {
        ssize_t put = write(fd, text + at, size - at);
        good = put > 0 || (put < 0 && errno == EINTR);
        at += put > 0 ? (size_t)put : 0;
    }
    good = close(fd) == 0 && good;
    if (!good)
        unlink(editor->path);
    return good;
}

bool editor_start(struct editor *editor, const char *directory, const char *text, size_t size,
                  const char **why)
{
    CHECK(!editor->runs);
    *why = _("no file could be made for the editor; is the disk full?");
    if (!write_file(editor, directory, text, size))
        return false;
    signals_give();
    editor->runs = outside_edit(editor->path);
    if (editor->runs)
        return true;
    signals_retake();
    unlink(editor->path);
    *why = _("no editor could be started: there are too many processes");
    return false;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(EDITOR_BYTES) : NULL;
    *size = text != NULL ? fread(text, 1, EDITOR_BYTES, file) : 0;
    if (file != NULL)
        fclose(file);
    return text;
}

bool editor_ended(struct editor *editor, char **text, size_t *size, const char **why)
{
    int status;
    *text = NULL;
    *size = 0;
    if (!editor->runs || !outside_edited(&status))
        return false;
    editor->runs = false;
    signals_retake();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        *text = read_file(editor->path, size);
    *why = WIFEXITED(status) && WEXITSTATUS(status) == 127
               ? _("there is no such editor; set VISUAL or EDITOR to the name of yours")
               : _("the editor ended with an error; the text is as it was");
    unlink(editor->path);
    return true;
}

void editor_stop(struct editor *editor)
{
    if (!editor->runs)
        return;
    /* One that does not end is left behind when the time that the program has for its own end is
     * over. */
    outside_stop_editing();
    editor->runs = false;
    signals_retake();
    unlink(editor->path);
}
