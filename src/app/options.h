/* Options: what the command line asks for, by one table that also gives --help. */
#pragma once

#include <stdio.h>

#include "core/face.h"

#define OPTIONS_ADDRESSES_MAX 16
#define OPTIONS_CLASSIC_MAX   8
#define OPTIONS_LAST_MAX      1000000
#define OPTIONS_WHY_SIZE      512

enum options_face {
    FACE_BEST, /* nothing was asked for: the full screen on a terminal, else lines */
    FACE_LINES,
    FACE_JSON,
};

struct options_classic {
    bool pair;
    uint16_t port;
};

enum options_act { ACT_TALK, ACT_EXPORT, ACT_IMPORT, ACT_DOCTOR };

struct options {
    enum options_act act;
    bool help;
    bool version;
    bool port_given;
    uint16_t port;                                /* 0 with port_given: a free one */
    struct nick nick;                             /* "" when not given */
    struct channel_name channels[LIMIT_CHANNELS]; /* with their #, each once; the first is written
                                                     to */
    size_t channel_count;
    char profile[64];   /* "" when not given */
    bool network_given; /* otherwise the open network */
    char network[512];  /* as typed: "new", "ask", "@FILE", a name */
    bool no_discovery;
    struct options_classic classic[OPTIONS_CLASSIC_MAX];
    size_t classic_count;
    enum options_face face;
    bool last_given;
    uint32_t last;
    const char *addresses[OPTIONS_ADDRESSES_MAX]; /* as typed, readable by target_read; in argv */
    size_t address_count;
};

/* Reads the command line. A network's name is wiped from argv, as it may be a secret typed there by
 * mistake. False with one sentence in `why` (room for OPTIONS_WHY_SIZE) when something in it will
 * not do: main says it and ends with status 2. -h and -V end the reading. */
bool options_read(struct options *options, int argc, char **argv, char *why);

/* Prints what --help says. */
void options_help(FILE *out);
