/* Settings: what \set changes about the full screen, by one table; kept over restarts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting {
    SETTING_MOUSE,
    SETTING_CHANNELS,
    SETTING_MEMBERS,
    SETTING_CHANNELS_WIDTH,
    SETTING_MEMBERS_WIDTH,
    SETTING_PASTE,
    SETTING_CARRY,
    SETTING_RECEIPTS,
    SETTING_THEME,
    SETTINGS, /* how many */
};

#define SETTING_BYTES       64
#define SETTINGS_TEXT_BYTES 4096 /* of all as a text, at most */
#define SETTINGS_THEMES_BYTES \
    2048 /* room for the names of all themes; further ones are not offered */

struct settings {
    char values[SETTINGS][SETTING_BYTES];
};

/* What holds until something is set. */
void settings_init(struct settings *settings);
bool settings_is(const struct settings *settings, enum setting setting, const char *value);
/* The bytes that SETTING_CARRY says; `otherwise` where it says auto. */
uint64_t settings_carry(const struct settings *settings, uint64_t otherwise);
/* Takes "mouse off". False with a sentence in why (NULL: not wanted) when there is no such setting or
 * it has no such value. A theme's name is taken unseen. */
bool settings_take(struct settings *settings, const char *text, size_t size, enum setting *which,
                   char *why, size_t room);
/* Lines of \set, one at a time by index. False past the end. */
bool settings_line(const struct settings *settings, size_t index, char *out, size_t room);
/* All as a text of such lines (what is not as at first), and back; a line that cannot be understood
 * is passed over. The room of SETTINGS_TEXT_BYTES is enough. Returns the bytes. */
size_t settings_write(const struct settings *settings, char *out, size_t room);
void settings_read(struct settings *settings, const char *text);

/* The name of a setting, and what it can be, with | between; NULL past the end. */
const char *settings_name(size_t index);
const char *settings_values(const char *name, size_t size);
/* Who writes the names of the themes that there are, a space between them; until it is called, none are
 * known. */
void settings_know_themes(void (*list)(char *out, size_t room));
/* The nth of what can be typed for a setting: a value that stands in its row, or a theme's name. False past
 * the end. */
bool settings_offer(const char *name, size_t size, size_t n, char *out, size_t room);
