/* Seen: up to where the reader has seen each channel, kept over restarts in a file whose text is made
 * and read here; who has the file is the program's. */
#pragma once

#include "ui/viewline.h"

#define SEEN_MAX           128 /* channels; the one that was seen longest ago is let go */
#define SEEN_NETWORK_BYTES 64
#define SEEN_LINE_BYTES    (SEEN_NETWORK_BYTES + LIMIT_CHANNEL + 2 * 21 + ID_HEX_SIZE + 8)
#define SEEN_BYTES_MAX     (SEEN_MAX * SEEN_LINE_BYTES) /* of the text */

struct seen_row {
    char network[SEEN_NETWORK_BYTES]; /* channels of one name in two networks are two */
    struct channel_name channel;
    struct place place;
};

/* The one that was seen last comes first. Empty: all zero. */
struct seen {
    struct seen_row rows[SEEN_MAX];
    size_t count;
    bool changed; /* since it was written or read last */
};

/* The place of the last line that was seen there; false when none was. */
bool seen_find(const struct seen *seen, const char *network, const char *channel,
               struct place *place);
/* A line was seen; one before what was seen already changes nothing. */
void seen_note(struct seen *seen, const char *network, const char *channel,
               const struct place *place);

/* One line a channel: its name, the place, the network. The room is SEEN_BYTES_MAX; returns the bytes. */
size_t seen_write(struct seen *seen, char *out);
/* Takes them in; a line that is damaged costs that line alone. */
void seen_read(struct seen *seen, const char *text, size_t size);
