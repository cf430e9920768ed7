/* Heed: small tables, and the lines in which they are kept:
 *
 *     notify #tea all
 *     mute #noise
 *     watch kettle
 *     quiet 22:00-07:00
 *
 * A channel of which nothing is said that is not so anyway has no row, so that rows stay few. Rows
 * outlive the channel: who leaves and comes back finds it as it was. */
#include "ui/heed.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/markup.h"

#define DAY_MINUTES (24 * 60)

static const char *const level_words[] = {
    [HEED_ALL] = "all", [HEED_MENTIONS] = "mentions", [HEED_NONE] = "none"};

/* ---- channels ---- */

static struct heed_channel *row_find(const struct heed *heed, const char *channel)
{
    for (size_t i = 0; i < heed->channel_count; i++)
        if (strcmp(heed->channels[i].name.text, channel) == 0)
            return (struct heed_channel *)&heed->channels[i];
    return NULL;
}

static struct heed_channel *row_make(struct heed *heed, const char *channel)
{
    struct heed_channel *row = row_find(heed, channel);
    if (row != NULL || heed->channel_count == HEED_CHANNELS_MAX)
        return row;
    row = &heed->channels[heed->channel_count++];
    *row = (struct heed_channel){.level = HEED_UNSAID};
    snprintf(row->name.text, sizeof row->name.text, "%s", channel);
    return row;
}

static void row_settle(struct heed *heed, struct heed_channel *row)
{
    size_t at = (size_t)(row - heed->channels);
    if (row->level == HEED_MENTIONS)
        row->level = HEED_UNSAID;
    if (row->level == HEED_UNSAID && !row->muted)
        memmove(row, row + 1, (--heed->channel_count - at) * sizeof *row);
}

enum heed_level heed_level(const struct heed *heed, const char *channel)
{
    const struct heed_channel *row = row_find(heed, channel);
    return row == NULL || row->level == HEED_UNSAID ? HEED_MENTIONS : row->level;
}

bool heed_muted(const struct heed *heed, const char *channel)
{
    const struct heed_channel *row = row_find(heed, channel);
    return row != NULL && row->muted;
}

bool heed_set_level(struct heed *heed, const char *channel, enum heed_level level)
{
    struct heed_channel *row = row_make(heed, channel);
    if (row == NULL)
        return false;
    row->level = level;
    row_settle(heed, row);
    return true;
}

bool heed_set_muted(struct heed *heed, const char *channel, bool muted)
{
    struct heed_channel *row = row_make(heed, channel);
    if (row == NULL)
        return false;
    row->muted = muted;
    row_settle(heed, row);
    return true;
}

/* ---- words ---- */

bool heed_word_ok(struct bytes word)
{
    const char *text = (const char *)word.at;
    uint32_t code;
    if (word.size == 0 || word.size > HEED_WORD_BYTES || !utf8_valid(text, word.size))
        return false;
    for (size_t at = 0; at < word.size; at += utf8_decode(text + at, word.size - at, &code))
        if (utf8_decode(text + at, word.size - at, &code) == 0 || code <= ' ' ||
            text_is_unsafe(code))
            return false;
    return true;
}

static size_t word_find(const struct heed *heed, struct bytes word)
{
    char text[HEED_WORD_BYTES + 1];
    size_t at = 0;
    memcpy(text, word.at, word.size);
    text[word.size] = '\0';
    while (at < heed->word_count && !markup_same_name(heed->words[at], text))
        at++;
    return at;
}

bool heed_watch(struct heed *heed, struct bytes word)
{
    CHECK(heed_word_ok(word));
    if (word_find(heed, word) < heed->word_count)
        return true;
    if (heed->word_count == HEED_WORDS_MAX)
        return false;
    char *to = heed->words[heed->word_count++];
    memcpy(to, word.at, word.size);
    to[word.size] = '\0';
    return true;
}

bool heed_unwatch(struct heed *heed, struct bytes word)
{
    size_t at = heed_word_ok(word) ? word_find(heed, word) : heed->word_count;
    if (at == heed->word_count)
        return false;
    memmove(heed->words[at], heed->words[at + 1],
            (--heed->word_count - at) * sizeof heed->words[0]);
    return true;
}

void heed_names(const struct heed *heed, const char *nick, char out[HEED_NAMES_MAX])
{
    size_t size = (size_t)snprintf(out, HEED_NAMES_MAX, "%.*s\n", LIMIT_NICK, nick);
    for (size_t i = 0; i < heed->word_count; i++)
        size += (size_t)snprintf(out + size, HEED_NAMES_MAX - size, "%s\n", heed->words[i]);
}

/* ---- quiet hours ---- */

/* "7:00" or "07:00", taken off the front. */
static bool take_minute(struct bytes *text, uint16_t *minute)
{
    unsigned value[2] = {0, 0}, part = 0, digits = 0;
    size_t at = 0;
    for (; at < text->size; at++) {
        uint8_t byte = text->at[at];
        if (byte == ':' && part == 0 && digits > 0) {
            part = 1;
            digits = 0;
        } else if (byte >= '0' && byte <= '9' && digits < 2) {
            value[part] = value[part] * 10 + (unsigned)(byte - '0');
            digits++;
        } else {
            break;
        }
    }
    if (part != 1 || digits != 2 || value[0] > 23 || value[1] > 59)
        return false;
    *minute = (uint16_t)(value[0] * 60 + value[1]);
    text->at += at;
    text->size -= at;
    return true;
}

static bool is_word(struct bytes text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.at, word, text.size) == 0;
}

bool heed_quiet_read(struct bytes text, struct heed_quiet *quiet)
{
    struct heed_quiet read;
    if (is_word(text, "off") || is_word(text, "no") || is_word(text, "none")) {
        *quiet = (struct heed_quiet){0, 0};
        return true;
    }
    if (!take_minute(&text, &read.from) || text.size == 0 || text.at[0] != '-')
        return false;
    text.at++;
    text.size--;
    if (!take_minute(&text, &read.to) || text.size > 0 || read.from == read.to)
        return false;
    *quiet = read;
    return true;
}

void heed_quiet_text(const struct heed_quiet *quiet, char out[16])
{
    unsigned from = quiet->from % DAY_MINUTES, to = quiet->to % DAY_MINUTES;
    if (from == to)
        memcpy(out, "off", 4);
    else
        snprintf(out, 16, "%02u:%02u-%02u:%02u", from / 60, from % 60, to / 60, to % 60);
}

bool heed_is_quiet(const struct heed *heed, unsigned minute)
{
    unsigned from = heed->quiet.from, to = heed->quiet.to;
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/* ---- as text ---- */

static struct bytes take_word(struct bytes *line)
{
    struct bytes word = {.at = line->at, .size = 0};
    while (word.size < line->size && line->at[word.size] != ' ')
        word.size++;
    size_t taken = word.size < line->size ? word.size + 1 : word.size;
    line->at += taken;
    line->size -= taken;
    return word;
}

static bool take_channel(struct bytes *line, struct channel_name *channel)
{
    struct bytes word = take_word(line);
    if (word.size > LIMIT_CHANNEL || memchr(word.at, '\0', word.size) != NULL)
        return false;
    memcpy(channel->text, word.at, word.size);
    channel->text[word.size] = '\0';
    return window_name_ok(channel->text);
}

static void read_line(struct heed *heed, struct bytes line)
{
    struct channel_name channel;
    struct bytes what = take_word(&line);
    if (is_word(what, "mute") && take_channel(&line, &channel)) {
        heed_set_muted(heed, channel.text, true);
    } else if (is_word(what, "watch") && heed_word_ok(line)) {
        heed_watch(heed, line);
    } else if (is_word(what, "quiet")) {
        heed->quiet_said = heed_quiet_read(line, &heed->quiet) || heed->quiet_said;
    } else if (is_word(what, "notify") && take_channel(&line, &channel)) {
        for (enum heed_level level = HEED_ALL; level <= HEED_NONE; level++)
            if (is_word(line, level_words[level]))
                heed_set_level(heed, channel.text, level);
    }
}

void heed_read(struct heed *heed, const char *text, size_t size)
{
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t line = end == NULL ? size : (size_t)(end - text);
        read_line(heed, (struct bytes){.at = (const uint8_t *)text, .size = line});
        line += end != NULL;
        text += line;
        size -= line;
    }
}

size_t heed_write(const struct heed *heed, char out[HEED_BYTES_MAX])
{
    size_t size = 0, room = HEED_BYTES_MAX;
    char quiet[16];
    for (size_t i = 0; i < heed->channel_count; i++) {
        const struct heed_channel *row = &heed->channels[i];
        if (row->level != HEED_UNSAID)
            size += (size_t)snprintf(out + size, room - size, "notify %s %s\n", row->name.text,
                                     level_words[row->level]);
        if (row->muted)
            size += (size_t)snprintf(out + size, room - size, "mute %s\n", row->name.text);
    }
    for (size_t i = 0; i < heed->word_count; i++)
        size += (size_t)snprintf(out + size, room - size, "watch %s\n", heed->words[i]);
    heed_quiet_text(&heed->quiet, quiet);
    if (heed->quiet_said)
        size += (size_t)snprintf(out + size, room - size, "quiet %s\n", quiet);
    CHECK(size < room);
    return size;
}
