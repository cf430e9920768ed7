/* Adjust: \set, and what it changes: the screen, and what is kept of it. */
#include <stdio.h>
#include <string.h>

#include "app/kept.h"
#include "app/looks.h"
#include "app/session_private.h"
#include "base/tr.h"
#include "ui/help.h"
#include "ui/theme.h"

void session_list_settings(struct session *session)
{
    static char text[HELP_TEXT_MAX];
    size_t size = (size_t)snprintf(text, sizeof text, "%s",
                                   _("\\set and one of these, and a value, changes it:"));
    for (size_t i = 0; i < SETTINGS; i++) {
        text[size++] = '\n';
        settings_line(&session->settings, i, text + size, sizeof text - size);
        size += strlen(text + size);
    }
    session_page(session, text);
}

/* The theme that was set, else the configuration's; "" for the one that is built in. */
static const char *theme_name(const struct session *session)
{
    bool set = !settings_is(&session->settings, SETTING_THEME, "default");
    return set ? session->settings.values[SETTING_THEME] : session->config.theme;
}

bool session_find_theme(struct session *session, char *text, size_t room)
{
    char wrong[256];
    const char *name = theme_name(session);
    bool found = name[0] != '\0' && looks_find(name, text, room);
    snprintf(wrong, sizeof wrong, _("there is no theme %s, but dark, light, mono and contrast"),
             name);
    if (!found && name[0] != '\0')
        session_note(session, wrong, true);
    return found;
}

void session_keep_settings(struct session *session)
{
    if (!kept_save(session->config.profile, &session->settings))
        session_note(session, _("that could not be written, and holds until you leave"), true);
}

void session_set(struct session *session, const struct bytes *what)
{
    char why[256], theme[THEME_BYTES];
    struct settings before = session->settings;
    enum setting which;
    if (!settings_take(&session->settings, (const char *)what->at, what->size, &which, why,
                       sizeof why)) {
        session_note(session, why, true);
        return;
    }
    bool themed = which == SETTING_THEME && session_find_theme(session, theme, sizeof theme);
    if (which == SETTING_THEME && !themed && theme_name(session)[0] != '\0') {
        session->settings = before;
        return;
    }
    if (session->tui != NULL && which == SETTING_THEME)
        tui_theme(session->tui, themed ? theme : NULL);
    else if (session->tui != NULL)
        tui_set(session->tui, &session->settings, which);
    if (which == SETTING_CARRY) {
        session->waiting = (struct request){
            .kind = REQUEST_CARRY,
            .bytes = settings_carry(&session->settings, session->config.carry_bytes)};
        session->is_waiting = true;
        session_give(session);
    }
    settings_line(&session->settings, which, why, sizeof why);
    session_note(session, why, false);
    session_keep_settings(session);
}
