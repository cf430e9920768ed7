/* Heed: what the reader wants to be told of: how much of each channel, which words, and when not. */
#pragma once

#include "core/face.h"

#define HEED_CHANNELS_MAX 128 /* channels of which something is said; further ones are refused */
#define HEED_WORDS_MAX    32
#define HEED_WORD_BYTES   64
/* Room for the reader's nick and all words, each with a line end. */
#define HEED_NAMES_MAX (LIMIT_NICK + 1 + HEED_WORDS_MAX * (HEED_WORD_BYTES + 1) + 1)
#define HEED_BYTES_MAX 32768 /* of its text form */

enum heed_level { HEED_UNSAID, HEED_ALL, HEED_MENTIONS, HEED_NONE };

struct heed_channel {
    struct channel_name name;
    enum heed_level level; /* UNSAID: mentions */
    bool muted;
};

/* Minutes of the day; from == to: no quiet hours. */
struct heed_quiet {
    uint16_t from, to;
};

struct heed {
    struct heed_channel channels[HEED_CHANNELS_MAX];
    size_t channel_count;
    char words[HEED_WORDS_MAX][HEED_WORD_BYTES + 1];
    size_t word_count;
    struct heed_quiet quiet;
    bool quiet_said; /* by a command: counts before the configuration */
};

enum heed_level heed_level(const struct heed *heed, const char *channel);
bool heed_muted(const struct heed *heed, const char *channel);
/* False at a bound: nothing changed then. */
bool heed_set_level(struct heed *heed, const char *channel, enum heed_level level);
bool heed_set_muted(struct heed *heed, const char *channel, bool muted);

/* A word that can be watched: valid UTF-8 without blanks and what is unsafe, at most
 * HEED_WORD_BYTES. */
bool heed_word_ok(struct bytes word);
/* Watches it, or no longer; upper and lower case alike. False at the bound, and when it is not
 * watched. */
bool heed_watch(struct heed *heed, struct bytes word);
bool heed_unwatch(struct heed *heed, struct bytes word);
/* All that is a mention: the nick ("" for none yet) and the words, one a line. */
void heed_names(const struct heed *heed, const char *nick, char out[HEED_NAMES_MAX]);

/* "22:00-07:00", or "off"; false, and nothing changed, when it is neither. */
bool heed_quiet_read(struct bytes text, struct heed_quiet *quiet);
void heed_quiet_text(const struct heed_quiet *quiet, char out[16]);
bool heed_is_quiet(const struct heed *heed, unsigned minute);

/* The form in which it is kept: one thing a line. What cannot be understood is skipped. */
void heed_read(struct heed *heed, const char *text, size_t size);
/* Returns the bytes written, without an end mark; they always fit. */
size_t heed_write(const struct heed *heed, char out[HEED_BYTES_MAX]);
