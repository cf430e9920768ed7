/* Title: terminals that are no emulators would show the bytes, or wait for their end; so only those
 * whose names begin in a known way are written to. */
#include "ui/title.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/label.h"
#include "ui/pieces.h"

bool title_fits(const char *term)
{
    static const char *const begins[] = {
        "xterm", "screen",  "tmux", "rxvt",    "foot",    "alacritty", "kitty", "wezterm", "vte",
        "gnome", "konsole", "st-",  "ghostty", "contour", "mintty",    "putty", "iterm",   "mlterm",
    };
    for (size_t i = 0; term != NULL && i < sizeof begins / sizeof *begins; i++)
        if (strncmp(term, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

void title_text(const char *channel, size_t unread, size_t mentions, char out[TITLE_ROOM])
{
    char name[TITLE_ROOM - 160], counts[2 * PIECE_NUMBER_MAX + 8] = "";
    char all[PIECE_NUMBER_MAX], some[PIECE_NUMBER_MAX];
    piece_number(unread, all);
    piece_number(mentions, some);
    text_tame(name, sizeof name, channel, strlen(channel), TAME_LINE);
    if (mentions > 0)
        snprintf(counts, sizeof counts, " (%s !%s)", all, some);
    else if (unread > 0)
        snprintf(counts, sizeof counts, " (%s)", all);
    snprintf(out, TITLE_ROOM, "fika%s%s%s", name[0] != '\0' ? " " : "", name, counts);
}

void title_write(const char *text, bool ascii, char out[TITLE_ROOM + 8])
{
    char tame[TITLE_ROOM];
    text_tame(tame, sizeof tame, text, strlen(text), TAME_LINE);
    char *lock = ascii ? strstr(tame, LABEL_LOCK) : NULL;
    if (lock != NULL) {
        *lock = '*';
        memmove(lock + 1, lock + strlen(LABEL_LOCK), strlen(lock + strlen(LABEL_LOCK)) + 1);
    }
    for (char *at = tame; ascii && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    snprintf(out, TITLE_ROOM + 8, "\033]2;%s\033\\", tame);
}
