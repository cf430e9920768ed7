/* Options: what the command line asks for, by one table that also gives --help. */
#pragma once

#include <stdio.h>

#include "core/face.h"
#include "net/invite.h"

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

enum options_act {
    ACT_TALK,
    ACT_EXPORT,
    ACT_IMPORT,
    ACT_DOCTOR,
    ACT_LOCK,
    ACT_UNLOCK,
    ACT_IDENTITY,
};
enum options_identity { IDENTITY_SHOW, IDENTITY_BACKUP, IDENTITY_RESTORE, IDENTITY_REVOKE };

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
    bool no_portmap;
    bool carry_given;
    uint64_t carry_bytes;
    char socks[LIMIT_ADDRESS + 1]; /* the proxy, numeric, with port; "" when not given */
    struct options_classic classic[OPTIONS_CLASSIC_MAX];
    size_t classic_count;
    bool passphrase_given;
    int passphrase_fd;              /* gives it, one line each, in place of the terminal */
    enum options_identity identity; /* what ACT_IDENTITY does ... */
    const char *file;   /* ... from or to this file; NULL: the terminal; in argv, like ... */
    const char *device; /* ... which device, or how the new one is to be called; NULL: not given */
    enum options_face face;
    bool last_given;
    uint32_t last;
    const char *addresses[OPTIONS_ADDRESSES_MAX]; /* as typed, readable by target_read; in argv */
    size_t address_count;
    bool invited; /* an invite was given: invite */
    struct invite invite;
};

/* Reads the command line. An invite is wiped from argv, and a network's name too, as it may be a
 * secret typed there by mistake. False with one sentence in `why` (room for OPTIONS_WHY_SIZE) when something in it will
 * not do: main says it and ends with status 2. -h and -V end the reading. */
bool options_read(struct options *options, int argc, char **argv, char *why);

/* Reads a proxy's address (numeric or localhost, with a port) into its numeric form; false when it is none. */
bool options_read_proxy(const char *text, char out[LIMIT_ADDRESS + 1]);
/* The sentence for an invite that cannot be used. */
const char *options_invite_fault(enum invite_fault fault);

/* Prints what --help says. */
void options_help(FILE *out);
