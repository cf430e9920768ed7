/* Notice: whether something that was shown deserves that the reader is told of it, and what he is
 * told then. It knows no clock and no terminal; ring.h makes bytes of it. */
#pragma once

#include "ui/heed.h"

#define NOTICE_EVERY_MS  5000 /* at most one in this time for a channel; later ones are counted */
#define NOTICE_TITLE_MAX 320
#define NOTICE_BODY_MAX  512
#define NOTICE_COLUMNS   120 /* of what was said */

/* A message that came, and where the reader is. */
struct notice_fact {
    const char *channel;
    bool own;
    bool history;    /* not said just now: fetched from others, or from the disk */
    bool mention;    /* it names him, or a word that he watches */
    bool seen;       /* he looks at the terminal, and at the end of this channel */
    unsigned minute; /* of the day, where he is */
};

/* What a SHOW_MESSAGE tells of itself; mention, seen and minute are the caller's to set. */
struct notice_fact notice_fact_of(const struct show *message, const char *channel);
bool notice_deserved(const struct heed *heed, const struct notice_fact *fact);

/* Tamed, one line each; the title begins with # or "fika", never with a digit. */
struct notice {
    char channel[LIMIT_CHANNEL + 1];
    bool invites; /* to the channel, where nothing can be unread yet */
    char title[NOTICE_TITLE_MAX];
    char body[NOTICE_BODY_MAX];
};

/* What waits to be told, channel by channel. All zero is none. */
struct notices {
    struct notice_waiting {
        struct notice last;
        size_t count; /* that wait; 0: the row is only there for its time */
        bool told;    /* one was, at told_ms */
        uint64_t told_ms;
    } list[LIMIT_CHANNELS];
};

/* channel: where it was said; or where an INVITATION is to. A row more than there are channels is not taken. */
void notices_add(struct notices *notices, const char *channel, const struct show *message);
/* The next one that is due, taken out; false when none is. */
bool notices_next(struct notices *notices, uint64_t now_ms, struct notice *notice);
/* When the next one is due, by the same clock; UINT64_MAX: none waits. */
uint64_t notices_due(const struct notices *notices);
/* The reader has seen the channel: what waits there is not told any more. */
void notices_seen(struct notices *notices, const char *channel);
