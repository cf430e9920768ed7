/* Config: what a person wrote into ~/.config/fika/config; docs/config.example explains every key.
 */
#pragma once

#include "core/face.h"

#define CONFIG_BINDS_MAX  64 /* further ones are left out */
#define CONFIG_BIND_BYTES 96
#define CONFIG_SLIPS_MAX  4 /* likewise */

/* A line that cannot be understood. */
struct config_slip {
    unsigned line; /* its number, from 1 on */
    char text[96]; /* as written, cut off where it is longer */
};

struct config {
    struct nick nick; /* empty: not said */
    uint16_t port;    /* 0: not said */
    bool discovery;
    char socks[128]; /* as written: a proxy; empty: not said */
    bool portmap;    /* whether a router may be asked to pass the port on */
    struct channel_name
        channels[LIMIT_CHANNELS]; /* for a new profile; the first is where to write */
    size_t channel_count;
    char binds[CONFIG_BINDS_MAX][CONFIG_BIND_BYTES]; /* as written: keys.h reads them */
    size_t bind_count;
    char theme[64];       /* a name; empty: not said */
    char notify_by[64];   /* as written: ring.h reads it; empty: not said */
    char quiet[16];       /* as written: heed.h reads it; likewise */
    bool title;           /* whether the terminal's title says where one is */
    bool sandbox;         /* whether fika gives up what it does not need */
    uint64_t keep_ms;     /* how old a line may become that is kept here; 0: any age */
    uint64_t keep_bytes;  /* how large the history may become; 0: any size */
    uint64_t carry_bytes; /* how much is kept of channels of others; 0: nothing */
    struct config_slip slips[CONFIG_SLIPS_MAX];
    size_t slip_count;
};

/* Reads it from XDG_CONFIG_HOME or ~/.config; what is missing or cannot be understood is left at
 * its default, and the latter is among the slips. */
void config_load(struct config *config);

/* Reads "64 MB", "1 GB" or "off" (0 bytes); false when it is none of them. The text is changed. */
bool config_bytes(char *text, uint64_t *bytes);

/* Takes one "key = value" line apart, in place; false for blank lines, comments (#) and anything
 * else. Shared with the profile's settings. */
bool config_line(char *line, char **key, char **value);
/* Takes the lines of a text one after the other, in place: NULL at its end. */
char *config_next_line(char **text);
/* Channel names between spaces or commas; what is none is skipped, and what is one twice too. False when one is
 * none, or there are too many. */
bool config_channels(char *value, struct channel_name channels[LIMIT_CHANNELS], size_t *count);
/* The home directory: $HOME, else what passwd says; false when there is none. */
bool home_directory(char *out, size_t room);
