/* What lines.c (what is shown), lineprivate.c (of private channels), lineheld.c (what waits for its place) and lineform.c (how it is written) share.
 * Nobody else includes this. */
#pragma once

#include "ui/lines.h"
#include "ui/roster.h"

#define CONTINUED "      " /* as wide as "HH:MM " */

struct held {
    struct channel_name channel;
    struct id author;
    uint64_t lamport, seq;
    bool said, own; /* a message, not a word about some */
    bool edits;     /* it tells of a change; the line that was changed is written already */
    bool liar;
    uint64_t wall_ms;
    uint8_t *signs; /* owned: those behind it */
    size_t sign_bytes;
    char *line; /* owned: the whole line as it will be written */
};

/* What was said to be missing, until it is here. */
struct missing {
    struct channel_name channel;
    struct id author;
    struct nick nick;
    uint64_t from, to, count;
};

/* Who floods, and how many of his lines were not written. */
struct flood {
    struct id author;
    struct nick nick;
    uint64_t count;
};

struct lines {
    FILE *out, *err;
    bool colour;
    enum lines_pictures pictures;
    const char *names; /* what is a mention */
    struct leftoff *leftoff;
    bool live_waits; /* a live message is among the held: the deadline stands */
    uint64_t deadline_ms;
    size_t count;
    struct held held[LINES_HELD_MAX];
    struct roster roster; /* of all channels */
    size_t gap_count;
    struct missing gaps[LINES_GAPS_MAX];
    bool folds; /* a person reads: floods are folded */
    size_t flood_count;
    struct flood floods[LINES_FLOODS_MAX];
    size_t coming_count;
    struct channel_name coming[LIMIT_CHANNELS]; /* where more lines were said to come */
    size_t closed_count;
    struct channel_name closed[LIMIT_CHANNELS]; /* where lines were said to wait for a key */
    struct id own;
    struct show left; /* lines that are left out and not told of yet: n */
    uint64_t left_ms; /* when they are */
};

/* ---- lines.c ---- */

/* A sentence, behind what waits of its channel, or at once. */
void lines_put_among(struct lines *lines, const struct show *show, const char *text,
                     uint64_t lamport, uint64_t now_ms);
/* True when that was told of the channel, and `tells` is not new; keeps it in the list. */
bool lines_is_told(struct channel_name *list, size_t *count, const struct channel_name *channel,
                   bool tells);

/* ---- lineprivate.c ---- */

void lines_show_act(struct lines *lines, const struct show *show, uint64_t now_ms);
void lines_show_left_out(struct lines *lines, const struct show *show, uint64_t now_ms);
/* Now, if any were. */
void lines_tell_left_out(struct lines *lines, uint64_t now_ms);
void lines_show_closed(struct lines *lines, const struct show *show, uint64_t now_ms);

/* ---- lineform.c ---- */

/* A text of several lines: each further one is set in, so that none can pass for another message. */
void lines_put_text(FILE *to, struct bytes text);
void lines_put_message(const struct lines *lines, FILE *to, const struct show *show);
/* A sentence; wall_ms 0: of now. */
void lines_put_notice(FILE *to, const char *text, uint64_t wall_ms);
/* The same, to those who read, or to `err`. */
void lines_put_note(struct lines *lines, const char *text, bool error, uint64_t wall_ms);
/* A QR code of it: black on white where there are colours; else in the terminal's own. */
void lines_put_picture(const struct lines *lines, const char *text);

/* ---- lineheld.c ---- */

/* Keeps a line for its place. A live one lets the others wait no longer. */
void lines_hold_message(struct lines *lines, const struct show *show, bool live, uint64_t now_ms);
/* Kept for the place of which it speaks: right above an entry, by the seq before its own. */
void lines_hold_notice(struct lines *lines, const struct show *show, const char *text,
                       uint64_t lamport, bool live, uint64_t now_ms);
bool lines_hold_channel(const struct lines *lines, const struct channel_name *channel);
/* Writes all that waits. */
void lines_release(struct lines *lines);
