/* Lines: messages as lines of text, history put in order before it is written.
 *
 * Live messages are written at once. Those that come as history come author by author and with
 * holes, so they are held back, sorted by channel and then by (lamport, author, seq), and written
 * together:
 *
 *     history comes -> held, deadline = now + 1 s (every further one moves it on)
 *     live, and its channel has held ones -> held too, and the deadline moves no more
 *     deadline, SHOW_STOPPED, lines_free -> all held are written
 *     LINES_HELD_MAX held -> the older half is written, the rest waits on
 *
 * Words about lines that are missing or have come go the same way: they are held with the lines of
 * their channel, in the place of which they speak, or behind all.
 *
 * 1. A live message waits at most LINES_WAIT_MS, whatever a peer sends meanwhile.
 * 2. A message is written once. The caller flushes `out`; what goes to `err` is flushed here.
 * 3. A line that does not begin with HH:MM continues the one above; no text from elsewhere can make
 *    one that does. The mark of a classic message stands before all that its sender chose.
 *
 * It does not remove duplicates (the core shows each message once) and does not wrap lines. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "ui/lines_private.h"
#include "ui/standing.h"
#include "ui/words.h"

struct lines *lines_new(FILE *out, FILE *err, bool colour)
{
    struct lines *lines = calloc(1, sizeof *lines);
    CHECK(lines != NULL);
    lines->out = out;
    lines->err = err;
    lines->colour = colour;
    lines->names = "";
    lines->deadline_ms = UINT64_MAX;
    return lines;
}

void lines_pictures(struct lines *lines, enum lines_pictures pictures)
{
    lines->pictures = pictures;
}

void lines_folds(struct lines *lines)
{
    lines->folds = true;
}

void lines_names(struct lines *lines, const char *names)
{
    lines->names = names;
}

void lines_leftoff(struct lines *lines, struct leftoff *leftoff)
{
    lines->leftoff = leftoff;
}

static void flood_ended(struct lines *lines, struct flood *flood)
{
    char text[WORDS_MAX];
    words_flood(&flood->nick, flood->count, text, sizeof text);
    lines_put_note(lines, text, false, 0);
    *flood = lines->floods[--lines->flood_count];
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    lines_release(lines);
    lines_tell_left_out(lines, 0);
    while (lines->flood_count > 0)
        flood_ended(lines, &lines->floods[0]);
    roster_release(&lines->roster);
    free(lines);
}

static void meet(struct lines *lines, const struct show *show)
{
    uint64_t wall_ms = (uint64_t)time(NULL) * 1000;
    if (show->kind == SHOW_MESSAGE && show->wall_ms < wall_ms)
        wall_ms = show->wall_ms;
    roster_meet(&lines->roster, show_whose(show), &show->nick, wall_ms);
}

static struct flood *flood_of(struct lines *lines, const struct id *author)
{
    for (size_t i = 0; i < lines->flood_count; i++)
        if (id_equal(&lines->floods[i].author, author))
            return &lines->floods[i];
    return NULL;
}

static struct flood *flood_begins(struct lines *lines, const struct show *show)
{
    char text[WORDS_MAX];
    if (lines->flood_count == LINES_FLOODS_MAX)
        flood_ended(lines, &lines->floods[0]);
    struct flood *flood = &lines->floods[lines->flood_count++];
    *flood = (struct flood){.author = show->id, .nick = show->nick};
    words_flooding(&show->nick, text, sizeof text);
    lines_put_note(lines, text, false, 0);
    return flood;
}

/* True when the line is one that is not written. That there are such is said once, and in the end how many. */
static bool is_hidden(struct lines *lines, const struct show *show)
{
    struct flood *flood = flood_of(lines, &show->id);
    if (standing_hides(show->marks))
        return true;
    if (show->kind != SHOW_MESSAGE || !lines->folds || show->via != VIA_LINK)
        return false;
    if (!show->folded) {
        if (flood != NULL)
            flood_ended(lines, flood);
        return false;
    }
    if (flood == NULL)
        flood = flood_begins(lines, show);
    flood->count++;
    return true;
}

static void show_message(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    lines_tick(lines, now_ms);
    if (is_hidden(lines, show))
        return;
    if (show->via != VIA_CLASSIC)
        meet(lines, show);
    /* A classic message has no clock to be sorted by; one whose clock is adrift, none that is. */
    bool sortable = show->via != VIA_CLASSIC && !show->adrift;
    bool live = show->via != VIA_HISTORY && show->via != VIA_STORED;
    if (sortable && (!live || lines_hold_channel(lines, &show->channel))) {
        lines_hold_message(lines, show, live, now_ms);
        return;
    }
    struct place place = {.lamport = show->lamport, .author = show->id, .seq = show->seq};
    if (sortable && lines->leftoff != NULL)
        leftoff_begins(lines->leftoff, &show->channel, &place, show->own, true);
    lines_put_message(lines, lines->out, show);
}

/* A word about the channel's lines, in the place of which it speaks while any wait. */
void lines_put_among(struct lines *lines, const struct show *show, const char *text,
                     uint64_t lamport, uint64_t now_ms)
{
    lines_tick(lines, now_ms);
    if (lines_hold_channel(lines, &show->channel))
        lines_hold_notice(lines, show, text, lamport, true, now_ms);
    else
        lines_put_note(lines, text, false, show->wall_ms);
}

/* Whose nick was somebody else's before is said to be another, above what he says. */
static void show_namesake(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    roster_namesake(&lines->roster, show);
    if (!show->up)
        return;
    words_row(show, text, sizeof text);
    lines_tick(lines, now_ms);
    if (show->lamport == 0)
        lines_put_note(lines, text, false, show->wall_ms);
    else if (show->via == VIA_HISTORY)
        lines_hold_notice(lines, show, text, show->lamport, false, now_ms);
    else
        lines_put_among(lines, show, text, show->lamport, now_ms);
}

/* The gap of that author which this one overlaps; any when all of them are filled (n2 is 0). */
static struct missing *gap_find(struct lines *lines, const struct show *show)
{
    for (size_t i = 0; i < lines->gap_count; i++) {
        struct missing *gap = &lines->gaps[i];
        bool overlaps = show->n2 == 0 || (gap->from <= show->n2 && gap->to >= show->seq);
        if (overlaps && id_equal(&gap->author, &show->id) &&
            strcmp(gap->channel.text, show->channel.text) == 0)
            return gap;
    }
    return NULL;
}

static void gap_forget(struct lines *lines, struct missing *gap)
{
    size_t at = (size_t)(gap - lines->gaps);
    memmove(gap, gap + 1, (--lines->gap_count - at) * sizeof *gap);
}

/* Told when it opens and when it is filled, not each time that it shrinks. */
static void show_gap(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    struct missing *gap = gap_find(lines, show);
    if (gap != NULL && show->n > 0) {
        gap->from = show->seq;
        gap->to = show->n2;
        gap->count = show->n > gap->count ? show->n : gap->count;
    } else if (gap != NULL) {
        words_gap_filled(&gap->nick, gap->count, text, sizeof text);
        gap_forget(lines, gap);
        lines_put_among(lines, show, text, UINT64_MAX, now_ms);
    } else if (show->n > 0) {
        if (lines->gap_count == LINES_GAPS_MAX)
            gap_forget(lines, &lines->gaps[0]);
        lines->gaps[lines->gap_count++] = (struct missing){.channel = show->channel,
                                                           .author = show->id,
                                                           .nick = show->nick,
                                                           .from = show->seq,
                                                           .to = show->n2,
                                                           .count = show->n};
        words_row(show, text, sizeof text);
        lines_put_among(lines, show, text, show->lamport, now_ms);
    }
}

/* Told when it begins and when it ends. */
static void show_coming(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (lines_is_told(lines->coming, &lines->coming_count, &show->channel, show->n > 0))
        return;
    words_row(show, text, sizeof text);
    lines_put_among(lines, show, text, UINT64_MAX, now_ms);
}

static void show_invite(struct lines *lines, const struct show *show)
{
    char text[WORDS_MAX];
    words_row(show, text, sizeof text);
    lines_put_note(lines, text, false, show->wall_ms);
    words_invite(show, text, sizeof text);
    fprintf(lines->out, CONTINUED "%s\n", text);
    if (lines->pictures == PICTURES_CANNOT) {
        lines_put_note(lines, words_no_picture(), false, show->wall_ms);
    } else if (lines->pictures != PICTURES_NONE) {
        snprintf(text, sizeof text, "%.*s", (int)show->text.size, (const char *)show->text.at);
        lines_put_picture(lines, text);
    }
}

/* Behind the lines that are there, or wait. */
static void show_reaction(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (standing_hides(show->marks) || (show->folded && lines->folds))
        return;
    words_row(show, text, sizeof text);
    lines_put_among(lines, show, text, UINT64_MAX, now_ms);
}

static void show_words(struct lines *lines, const struct show *show)
{
    char text[WORDS_MAX];
    words_verify(show, false, text, sizeof text);
    lines_put_note(lines, text, false, show->wall_ms);
    fputs(CONTINUED, lines->out);
    lines_put_text(lines->out, show->a);
    words_verify(show, true, text, sizeof text);
    lines_put_note(lines, text, false, show->wall_ms);
    fputs(CONTINUED, lines->out);
    lines_put_text(lines->out, show->b);
    if (lines->pictures == PICTURES_NONE || lines->pictures == PICTURES_CANNOT)
        return;
    snprintf(text, sizeof text, "%.*s", (int)show->b.size, (const char *)show->b.at);
    lines_put_picture(lines, text);
}

void lines_note(struct lines *lines, const char *text, bool error)
{
    lines_put_note(lines, text, error, 0);
}

static void put_row(struct lines *lines, const struct show *show, uint64_t wall_ms)
{
    char text[WORDS_MAX];
    words_row(show, text, sizeof text);
    lines_put_note(lines, text, false, wall_ms);
}

void lines_show(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    switch (show->kind) {
    case SHOW_EDITED:
    case SHOW_MESSAGE: show_message(lines, show, now_ms); break;
    case SHOW_TOLD:
        words_told(show, text, sizeof text);
        /* Whoever only reads what was said must not miss that some of it reached nobody. */
        lines_put_note(lines, text, show->told >= TOLD_ERRORS_FROM || show->told == TOLD_NOT_HANDED,
                       show->wall_ms);
        break;
    case SHOW_DEVICE:
        if (show->channel.text[0] == '\0' && show->n3 == 0)
            put_row(lines, show, show->wall_ms);
        break;
    case SHOW_GAP: show_gap(lines, show, now_ms); break;
    case SHOW_INVITE: show_invite(lines, show); break;
    case SHOW_WORDS: show_words(lines, show); break;
    case SHOW_COMING: show_coming(lines, show, now_ms); break;
    case SHOW_REACTION: show_reaction(lines, show, now_ms); break;
    case SHOW_NAMESAKE: show_namesake(lines, show, now_ms); break;
    case SHOW_MEMBER:
        if (standing_hides(show->marks) || show->n > (show->up ? 1u : 0u) || show->n2 != 0)
            break; /* of one device more or less nothing is said, nor what an act said */
        meet(lines, show);
        put_row(lines, show, show->wall_ms);
        break;
    case SHOW_ADMITTED:
    case SHOW_REMOVED: lines_show_act(lines, show, now_ms); break;
    case SHOW_LEFT_OUT: lines_show_left_out(lines, show, now_ms); break;
    case SHOW_CLOSED: lines_show_closed(lines, show, now_ms); break;
    case SHOW_INVITATION:
        if (standing_hides(show->marks))
            break;
        /* fall through */
    case SHOW_ROLE_ROW:
        words_private(show, text, sizeof text);
        lines_put_note(lines, text, false, 0);
        break;
    case SHOW_READY: lines->own = show->id; /* fall through */
    case SHOW_FOUND:
    case SHOW_FOUND_END:
    case SHOW_FORGOTTEN:
    case SHOW_EDITING:
    case SHOW_HELD_ROW:
    case SHOW_LINK:
    case SHOW_WHO_ROW:
    case SHOW_CHANNEL_ROW:
    case SHOW_LINK_ROW:
    case SHOW_PERSON_ROW:
    case SHOW_DEVICE_ROW: put_row(lines, show, show->wall_ms); break;
    case SHOW_STOPPED:
        lines_release(lines);
        lines_tell_left_out(lines, now_ms);
        break;
    case SHOW_READ:
        if (show->up) /* else there is a newer line, which will be read, too */
            put_row(lines, show, 0);
        break;
    case SHOW_FINDING: /* these are shown as a page (findings.h) */
    case SHOW_FINDINGS_END:
    case SHOW_HELD:
    case SHOW_PERSON:
    case SHOW_PAGE:
    case SHOW_CURRENT:
    case SHOW_STATUS: break;
    }
}
