/* Noticing: ui/heed.c knows the lines of the file `notices`, store/files.c how a file is replaced so
 * that there is always a whole one. */
#include "app/noticing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "base/check.h"
#include "base/tr.h"
#include "store/files.h"
#include "ui/markup.h"
#include "ui/standing.h"
#include "ui/words.h"

static void path_of(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/notices", profile->path);
}

static void name_all(struct noticing *noticing)
{
    heed_names(&noticing->heed, noticing->nick.text, noticing->names);
}

static void add_line(char *why, const char *line)
{
    size_t size = strlen(why);
    snprintf(why + size, NOTICING_WHY - size, "%s%s", size > 0 ? "\n" : "", line);
}

static void load(struct noticing *noticing, char *why)
{
    char path[sizeof noticing->profile->path + 16], text[HEED_BYTES_MAX], line[512];
    struct error error;
    bool found = false;
    path_of(noticing->profile, path);
    if (file_read(path, text, sizeof text, &found, &error) != ERROR_NONE) {
        error_text(&error, line, sizeof line);
        add_line(why, line);
    } else if (found) {
        heed_read(&noticing->heed, text, strlen(text));
    }
}

void noticing_open(struct noticing *noticing, const struct profile *profile, char why[NOTICING_WHY])
{
    const struct config *config = &profile->config;
    struct bytes hours = {.at = (const uint8_t *)config->quiet, .size = strlen(config->quiet)};
    char line[256];
    memset(noticing, 0, sizeof *noticing);
    why[0] = '\0';
    noticing->profile = profile;
    noticing->ring = ring_choose(getenv);
    if (config->notify_by[0] != '\0' && !ring_read(config->notify_by, &noticing->ring.ways)) {
        snprintf(
            line, sizeof line,
            _("notify-by = %s cannot be understood; there are bell, osc9, osc777, osc99 and none"),
            config->notify_by);
        add_line(why, line);
    } else if (config->notify_by[0] != '\0') {
        noticing->rings = (noticing->ring.ways & RING_BELL) != 0;
    }
    if (hours.size > 0 && !heed_quiet_read(hours, &noticing->heed.quiet)) {
        snprintf(line, sizeof line,
                 _("quiet = %s cannot be understood; write it so: quiet = 22:00-07:00"),
                 config->quiet);
        add_line(why, line);
    }
    load(noticing, why);
    name_all(noticing);
}

static void take_channels(struct noticing *noticing, const struct show *show)
{
    size_t size = show->text.size;
    CHECK(size < sizeof noticing->joined);
    noticing->current = show->channel;
    if (size > 0)
        memcpy(noticing->joined, show->text.at, size);
    noticing->joined[size] = '\0';
}

/* A channel that is named, and that the reader is not in. One with a person alone is there when it is
 * written to. */
static bool is_elsewhere(const struct noticing *noticing, const char *channel)
{
    size_t size = strlen(channel);
    for (const char *at = noticing->joined; *at != '\0';) {
        size_t one = strcspn(at, "\n");
        if (one == size && memcmp(at, channel, size) == 0)
            return false;
        at += one + (at[one] == '\n');
    }
    return channel[0] == '#';
}

void noticing_show(struct noticing *noticing, const struct show *show)
{
    if (show->kind == SHOW_CURRENT)
        take_channels(noticing, show);
    if (show->kind != SHOW_READY && show->kind != SHOW_STATUS)
        return;
    noticing->nick = show->nick;
    name_all(noticing);
}

void noticing_do(struct noticing *noticing, const struct heeding *heeding,
                 struct heeding_answer *answer)
{
    char path[sizeof noticing->profile->path + 16], text[HEED_BYTES_MAX];
    struct error error;
    struct heeding placed = *heeding;
    placed.elsewhere = is_elsewhere(noticing, heeding->channel.text);
    heeding_do(&noticing->heed, &placed, noticing->current.text, answer);
    if (!answer->changed)
        return;
    name_all(noticing);
    path_of(noticing->profile, path);
    if (file_replace(path, text, heed_write(&noticing->heed, text), &error) == ERROR_NONE)
        return;
    error_text(&error, answer->text, sizeof answer->text);
    answer->error = true;
}

bool noticing_rings(struct noticing *noticing, const struct show *message, uint64_t now_ms)
{
    struct notice notice;
    struct notice_fact fact = notice_fact_of(message, message->channel.text);
    fact.minute = words_minute(clock_wall_ms());
    fact.mention =
        message->kind == SHOW_INVITATION || markup_mentions_reader(message, noticing->names);
    if (message->folded || standing_hides(message->marks) ||
        !notice_deserved(&noticing->heed, &fact))
        return false;
    notices_add(&noticing->notices, fact.channel, message);
    return notices_next(&noticing->notices, now_ms, &notice);
}
