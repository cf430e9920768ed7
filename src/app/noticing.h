/* Noticing: what the reader wants to be told of, for all faces: kept in the profile, changed by
 * commands. */
#pragma once

#include "store/profile.h"
#include "ui/heeding.h"
#include "ui/notice.h"
#include "ui/ring.h"

struct noticing {
    const struct profile *profile;
    struct heed heed;
    struct ring ring;           /* how the reader is told on a screen */
    bool rings;                 /* the bell was asked for in the configuration */
    char names[HEED_NAMES_MAX]; /* his nick, and the words that he watches */
    struct nick nick;
    struct channel_name current;
    char joined[LIMIT_CHANNELS * (LIMIT_CHANNEL + 1) + 1]; /* the channels he is in, each a line */
    struct notices notices;                                /* of lines */
};

/* Reads the configuration, and over it what was kept; the profile outlives it. What is wrong with
 * either is a line in `why`, "" when nothing is. */
#define NOTICING_WHY 1024
void noticing_open(struct noticing *noticing, const struct profile *profile,
                   char why[NOTICING_WHY]);
/* Takes in what the node shows. */
void noticing_show(struct noticing *noticing, const struct show *show);
/* Carries a command out and keeps what it changed: the file is replaced, 0600. */
void noticing_do(struct noticing *noticing, const struct heeding *heeding,
                 struct heeding_answer *answer);
/* True when a terminal that shows lines is to ring for this message: all is before the reader's eyes
 * there, and he may look elsewhere all the same. */
bool noticing_rings(struct noticing *noticing, const struct show *message, uint64_t now_ms);
