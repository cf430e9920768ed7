/* Notice: a table of reasons against it, then one row a channel.
 *
 *     the first    -> told at once             "#tea bo", "ada: the water boils"
 *     those behind -> counted for 5 s, then    "fika", "3 more in #tea"; a single one as it is
 *
 * What a peer says passes here on its way to the terminal's own notices, so it is tamed and cut. */
#include "ui/notice.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/tr.h"
#include "ui/template.h"
#include "ui/words.h"

struct notice_fact notice_fact_of(const struct show *message, const char *channel)
{
    /* What somebody said to the reader alone while he was away is news to him all the same. */
    bool caught_up = message->via == VIA_HISTORY && channel[0] != '@';
    return (struct notice_fact){.channel = channel,
                                .own = message->own,
                                .history = caught_up || message->via == VIA_STORED};
}

bool notice_deserved(const struct heed *heed, const struct notice_fact *fact)
{
    if (fact->own || fact->history || fact->seen || heed_muted(heed, fact->channel) ||
        heed_is_quiet(heed, fact->minute))
        return false;
    switch (heed_level(heed, fact->channel)) {
    case HEED_ALL: return true;
    case HEED_NONE: return false;
    default: return fact->mention;
    }
}

static struct notice_waiting *row_find(struct notices *notices, const char *channel)
{
    struct notice_waiting *unused = NULL;
    for (size_t i = 0; i < LIMIT_CHANNELS; i++) {
        struct notice_waiting *row = &notices->list[i];
        if ((row->told || row->count > 0) && strcmp(row->last.channel, channel) == 0)
            return row;
        bool longer_ago = unused == NULL || (unused->told && !row->told) ||
                          (unused->told && row->told_ms < unused->told_ms);
        if (row->count == 0 && longer_ago)
            unused = row;
    }
    if (unused != NULL)
        *unused = (struct notice_waiting){.count = 0};
    return unused;
}

static void compose(struct notice *notice, const char *channel, const struct show *message)
{
    char nick[WORDS_NICK_MAX], place[3 * LIMIT_CHANNEL + 4];
    const char *invites = _("invites you to this private channel");
    const char *says = _("says something to you in this private channel");
    struct bytes text = message->text;
    snprintf(notice->channel, sizeof notice->channel, "%s", channel);
    notice->invites = message->kind == SHOW_INVITATION;
    if (notice->invites)
        text = (struct bytes){(const uint8_t *)invites, strlen(invites)};
    else if (message->group) /* what the desktop is told it may keep */
        text = (struct bytes){(const uint8_t *)says, strlen(says)};
    words_nick(notice->invites ? &message->who_nick : &message->nick, nick, sizeof nick);
    text_tame(place, sizeof place, channel, strlen(channel), TAME_LINE);
    snprintf(notice->title, sizeof notice->title, "%s %s", place[0] == '#' ? place : "fika", nick);
    size_t size =
        text_tame(notice->body, sizeof notice->body, (const char *)text.at, text.size, TAME_LINE);
    size_t fits = text_fit(notice->body, size, NOTICE_COLUMNS);
    if (fits < size && fits + 4 <= sizeof notice->body)
        memcpy(notice->body + fits, "...", 4);
}

void notices_add(struct notices *notices, const char *channel, const struct show *message)
{
    struct notice_waiting *row = row_find(notices, channel);
    if (row == NULL)
        return;
    compose(&row->last, channel, message);
    row->count++;
}

static uint64_t due_ms(const struct notice_waiting *row)
{
    return row->told ? row->told_ms + NOTICE_EVERY_MS : 0;
}

bool notices_next(struct notices *notices, uint64_t now_ms, struct notice *notice)
{
    for (size_t i = 0; i < LIMIT_CHANNELS; i++) {
        struct notice_waiting *row = &notices->list[i];
        if (row->count == 0 || now_ms < due_ms(row))
            continue;
        *notice = row->last;
        if (row->count > 1) {
            char place[3 * LIMIT_CHANNEL + 4];
            text_tame(place, sizeof place, notice->channel, strlen(notice->channel), TAME_LINE);
            snprintf(notice->title, sizeof notice->title, "fika");
            struct writer w = writer_of(notice->body, sizeof notice->body - 1);
            TEMPLATE(&w, row->told ? _("{n} more in {channel}") : _("{n} new in {channel}"),
                     {"n", NULL, row->count}, {"channel", place, 0});
            notice->body[w.size] = '\0';
        }
        row->count = 0;
        row->told = true;
        row->told_ms = now_ms;
        return true;
    }
    return false;
}

uint64_t notices_due(const struct notices *notices)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < LIMIT_CHANNELS; i++)
        if (notices->list[i].count > 0 && due_ms(&notices->list[i]) < due)
            due = due_ms(&notices->list[i]);
    return due;
}

void notices_seen(struct notices *notices, const char *channel)
{
    for (size_t i = 0; i < LIMIT_CHANNELS; i++)
        if (strcmp(notices->list[i].last.channel, channel) == 0)
            notices->list[i].count = 0;
}
