/* Facing: opens the face: the full screen where the terminal has one, else lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/lastseen.h"
#include "app/looks.h"
#include "app/session_private.h"
#include "app/typed.h"
#include "base/tr.h"
#include "store/vault.h"
#include "ui/terminal.h"

#define OUT_ROOM 65536

static void settle_screen(struct session *session)
{
    session_settle_theme(session);
    settings_know_themes(looks_list);
    for (int i = 0; i < SETTINGS; i++)
        tui_set(session->tui, &session->settings, (enum setting)i);
    typed_load(session->config.profile, tui_recall(session->tui));
    last_seen_load(session->config.profile, tui_seen(session->tui));
}

/* Some terminals say what their ground is: "letters;ground", of which 7 and 15 are light. */
static bool light_ground(void)
{
    const char *said = getenv("COLORFGBG");
    const char *ground = said != NULL ? strrchr(said, ';') : NULL;
    return ground != NULL && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0);
}

static enum lines_pictures pictures(void)
{
    if (!terminal_utf8())
        return PICTURES_CANNOT;
    return light_ground() ? PICTURES_DARK : PICTURES_LIGHT;
}

void session_open_face(struct session *session)
{
    static char written[OUT_ROOM];
    const char *why = NULL;
    if (session->config.face == SESSION_TUI) {
        const struct tui_config config = {.keys = &session->keys,
                                          .directory = session->config.profile->path,
                                          .heed = &session->noticing.heed,
                                          .ring = session->noticing.ring,
                                          .fresh = session->config.profile->fresh,
                                          .title = session->config.profile->config.title,
                                          .opens = vault_is_open() ? vault_opens : NULL};
        session->tui = tui_open(&config, &why);
        if (session->tui != NULL) {
            settle_screen(session);
            return;
        }
        fprintf(stderr, _("fika: %s; it goes on in lines\n"), why);
        session->config.face = SESSION_LINES;
    }
    setvbuf(stdout, written, _IOFBF, sizeof written); /* hand_over() flushes */
    if (session->config.face == SESSION_LINES) {
        const char *no_colour = getenv("NO_COLOR");
        bool colour = isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
        session->lines = lines_new(stdout, stderr, colour);
        if (isatty(STDOUT_FILENO)) {
            lines_pictures(session->lines, pictures());
            lines_folds(session->lines);
        }
        session->lately = lately_new();
        if (isatty(STDOUT_FILENO)) {
            last_seen_load(session->config.profile, &session->leftoff.seen);
            lines_leftoff(session->lines, &session->leftoff);
        }
        lines_names(session->lines, session->noticing.names);
        session->rings = session->noticing.rings && isatty(STDOUT_FILENO);
    }
}
