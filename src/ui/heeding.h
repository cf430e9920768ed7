/* Heeding: the commands that say what the reader wants to be told of. */
#pragma once

#include "ui/heed.h"

enum heeding_act {
    HEEDING_NOTIFY, /* level, or UNSAID: show what holds */
    HEEDING_MUTE,
    HEEDING_UNMUTE,
    HEEDING_WATCH,   /* text: words; empty: show them */
    HEEDING_UNWATCH, /* text: words */
    HEEDING_QUIET,   /* text: hours or "off"; empty: show them */
};

struct heeding {
    enum heeding_act act;
    struct channel_name channel; /* "": the current one */
    bool elsewhere;              /* the reader is not in it */
    enum heed_level level;
    struct bytes text;
};

#define HEEDING_ROOM 16384

/* What is said of a command that was carried out: lines, tamed, no line end behind the last. */
struct heeding_answer {
    bool changed; /* the heed is to be kept */
    bool error;
    char text[HEEDING_ROOM];
};

/* current: the channel that "" stands for; "" when there is none. */
void heeding_do(struct heed *heed, const struct heeding *heeding, const char *current,
                struct heeding_answer *answer);
