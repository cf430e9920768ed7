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

/* Its text; false when it is the one that is built in, or (told) missing. */
static bool find_theme(struct session *session, char text[THEME_BYTES])
{
    char wrong[256], names[SETTINGS_THEMES_BYTES];
    const char *name = theme_name(session);
    if (name[0] == '\0' || looks_find(name, text, THEME_BYTES))
        return name[0] != '\0';
    looks_list(names, sizeof names);
    snprintf(wrong, sizeof wrong, _("there is no theme %s, but default %s"), name, names);
    session_note(session, wrong, true);
    return false;
}

/* Only the full screen has colours. */
static void take_theme(struct session *session, char *text)
{
    char wrong[256];
    unsigned line = session->tui != NULL ? tui_theme(session->tui, text) : 0;
    if (line == 0)
        return;
    snprintf(wrong, sizeof wrong,
             _("theme %s: line %u cannot be understood; a line is a part, =, colours and styles"),
             theme_name(session), line);
    session_note(session, wrong, true);
}

void session_settle_theme(struct session *session)
{
    char text[THEME_BYTES];
    if (find_theme(session, text))
        take_theme(session, text);
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
    bool themed = which == SETTING_THEME && find_theme(session, theme);
    if (which == SETTING_THEME && !themed && theme_name(session)[0] != '\0') {
        session->settings = before;
        return;
    }
    if (which == SETTING_THEME)
        take_theme(session, themed ? theme : NULL);
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
