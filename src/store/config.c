/* Config: the file that a person writes, and the form that it shares with the profile's settings:
 * "key = value", one a line, # begins a comment line.
 *
 * It is read forgivingly: a line that cannot be understood costs that line alone, and is told, since a
 * typing error must not keep somebody from talking. Values are strict: what is not wholly right is not
 * taken in part.
 */
#include "store/config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/files.h"

#define CONFIG_BYTES 16384
#define KEEP_MOST    99999 /* days, years, GB ...: so that nothing overflows */
#define DAY_MS       ((uint64_t)24 * 60 * 60 * 1000)

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *text)
{
    while (is_space(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && is_space(text[size - 1]))
        text[--size] = 0;
    return text;
}

char *config_next_line(char **text)
{
    char *line = *text;
    if (!line || !*line)
        return NULL;
    char *end = strchr(line, '\n');
    *text = end ? end + 1 : NULL;
    if (end)
        *end = 0;
    return line;
}

bool config_line(char *line, char **key, char **value)
{
    line = trim(line);
    char *equals = strchr(line, '=');
    if (*line == '#' || !equals)
        return false;
    *equals = 0;
    *key = trim(line);
    *value = trim(equals + 1);
    return **key != 0;
}

bool config_channels(char *value, struct channel_name channels[LIMIT_CHANNELS], size_t *count)
{
    char *rest = NULL;
    bool good = true;
    *count = 0;
    for (char *name = strtok_r(value, " ,\t", &rest); name; name = strtok_r(NULL, " ,\t", &rest)) {
        bool twice = false;
        for (size_t i = 0; i < *count; i++)
            twice = twice || strcmp(channels[i].text, name) == 0;
        bool fits = *count < LIMIT_CHANNELS && channel_name_ok(name);
        good = good && (fits || twice);
        if (twice || !fits)
            continue;
        snprintf(channels[*count].text, sizeof channels[*count].text, "%s", name);
        (*count)++;
    }
    return good;
}

bool home_directory(char *out, size_t room)
{
    const char *home = getenv("HOME");
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(getuid());
        home = user ? user->pw_dir : NULL;
    }
    return home && home[0] == '/' && (size_t)snprintf(out, room, "%s", home) < room;
}

static bool config_path(char *out, size_t room)
{
    char home[512];
    const char *base = getenv("XDG_CONFIG_HOME");
    if (base && base[0] == '/') /* the XDG rules: a relative path counts as none */
        return (size_t)snprintf(out, room, "%s/fika/config", base) < room;
    return home_directory(home, sizeof home) &&
           (size_t)snprintf(out, room, "%s/.config/fika/config", home) < room;
}

static bool take_port(struct config *config, const char *value)
{
    unsigned long number = 0;
    for (const char *at = value; *at; at++) {
        if (*at < '0' || *at > '9' || number > 65535)
            return false;
        number = 10 * number + (unsigned long)(*at - '0');
    }
    if (number < 1 || number > 65535)
        return false;
    config->port = (uint16_t)number;
    return true;
}

/* Takes a number and its unit off the front: "90 days"; false when it is anything else. */
static bool take_amount(char *text, uint64_t *number, char **unit)
{
    *number = 0;
    char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        *number = 10 * *number + (uint64_t)(*at - '0');
        if (*number > KEEP_MOST)
            return false;
    }
    if (at == text || *number == 0)
        return false;
    *unit = trim(at);
    return true;
}

/* One bound: so old, or so large. */
static bool take_bound(char *text, uint64_t *ms, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        uint64_t ms, bytes;
    } units[] = {
        {"day", DAY_MS, 0},        {"days", DAY_MS, 0},        {"week", 7 * DAY_MS, 0},
        {"weeks", 7 * DAY_MS, 0},  {"month", 30 * DAY_MS, 0},  {"months", 30 * DAY_MS, 0},
        {"year", 365 * DAY_MS, 0}, {"years", 365 * DAY_MS, 0}, {"MB", 0, 1000000},
        {"GB", 0, 1000000000},
    };
    uint64_t number;
    char *unit;
    if (!take_amount(trim(text), &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        uint64_t *bound = units[i].ms != 0 ? ms : bytes;
        if (*bound != 0)
            return false; /* said twice */
        *bound = number * (units[i].ms + units[i].bytes);
        return true;
    }
    return false;
}

/* "all", or one or two bounds between commas; taken whole or not at all. */
static bool take_keep(struct config *config, char *value)
{
    uint64_t ms = 0, bytes = 0;
    if (strcmp(value, "all") == 0) {
        config->keep_ms = config->keep_bytes = 0;
        return true;
    }
    for (char *next = value; next != NULL;) {
        char *bound = next, *comma = strchr(next, ',');
        next = comma ? comma + 1 : NULL;
        if (comma)
            *comma = 0;
        if (!take_bound(bound, &ms, &bytes))
            return false;
    }
    config->keep_ms = ms;
    config->keep_bytes = bytes;
    return true;
}

bool config_bytes(char *text, uint64_t *bytes)
{
    uint64_t ms = 0, most = 0;
    bool off = strcmp(text, "off") == 0 || strcmp(text, "no") == 0 || strcmp(text, "0") == 0;
    if (!off && (!take_bound(text, &ms, &most) || ms != 0))
        return false;
    *bytes = most;
    return true;
}

static bool take_switch(bool *now, const char *value)
{
    bool on = strcmp(value, "on") == 0 || strcmp(value, "yes") == 0;
    if (!on && strcmp(value, "off") != 0 && strcmp(value, "no") != 0)
        return false;
    *now = on;
    return true;
}

static bool take_text(char *now, size_t room, const char *value, bool fits)
{
    return fits && (size_t)snprintf(now, room, "%s", value) < room;
}

/* Those that are read by others say themselves what is wrong, and so are taken as they are. */
static bool take(struct config *config, const char *key, char *value)
{
    if (strcmp(key, "nick") == 0)
        return take_text(config->nick.text, sizeof config->nick.text, value, nick_ok(value));
    if (strcmp(key, "port") == 0)
        return take_port(config, value);
    if (strcmp(key, "discovery") == 0)
        return take_switch(&config->discovery, value);
    if (strcmp(key, "socks") == 0)
        return take_text(config->socks, sizeof config->socks, value, true);
    if (strcmp(key, "portmap") == 0)
        return take_switch(&config->portmap, value);
    if (strcmp(key, "channels") == 0)
        return config_channels(value, config->channels, &config->channel_count);
    if (strcmp(key, "theme") == 0)
        return take_text(config->theme, sizeof config->theme, value,
                         strchr(value, '/') == NULL && value[0] != '.');
    if (strcmp(key, "notify-by") == 0)
        return take_text(config->notify_by, sizeof config->notify_by, value, true);
    if (strcmp(key, "quiet") == 0)
        return take_text(config->quiet, sizeof config->quiet, value, true);
    if (strcmp(key, "title") == 0)
        return take_switch(&config->title, value);
    if (strcmp(key, "sandbox") == 0)
        return take_switch(&config->sandbox, value);
    if (strcmp(key, "keep") == 0)
        return take_keep(config, value);
    if (strcmp(key, "carry") == 0)
        return config_bytes(value, &config->carry_bytes);
    if (strcmp(key, "bind") != 0)
        return false;
    if (config->bind_count < CONFIG_BINDS_MAX)
        snprintf(config->binds[config->bind_count++], CONFIG_BIND_BYTES, "%s", value);
    return true;
}

/* A line, which is taken apart. */
static void read_line(struct config *config, char *line, unsigned number)
{
    char *key, *value, *text = trim(line);
    struct config_slip slip = {.line = number};
    snprintf(slip.text, sizeof slip.text, "%s", text);
    if (text[0] == '\0' || text[0] == '#' ||
        (config_line(text, &key, &value) && take(config, key, value)))
        return;
    if (config->slip_count < CONFIG_SLIPS_MAX)
        config->slips[config->slip_count++] = slip;
}

void config_load(struct config *config)
{
    char path[768], text[CONFIG_BYTES], *rest = text;
    bool found = false;
    unsigned number = 0;
    memset(config, 0, sizeof *config);
    config->discovery = config->portmap = config->title = config->sandbox = true;
    config->carry_bytes = CARRY_BYTES;
    if (!config_path(path, sizeof path) ||
        file_read(path, text, sizeof text, &found, NULL) != ERROR_NONE || !found)
        return;
    for (char *line = config_next_line(&rest); line; line = config_next_line(&rest))
        read_line(config, line, ++number);
}
