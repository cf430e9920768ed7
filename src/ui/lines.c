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
#include "ui/lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/label.h"
#include "ui/markup.h"
#include "ui/qr.h"
#include "ui/roster.h"
#include "ui/standing.h"
#include "ui/words.h"

#define CONTINUED "      " /* as wide as "HH:MM " */

struct held {
    struct channel_name channel;
    struct id author;
    uint64_t lamport, seq;
    bool said, own; /* a message, not a word about some */
    char *line;     /* owned: the whole line as it will be written */
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

static void flood_ended(struct lines *lines, struct flood *flood);
static void tell_left_out(struct lines *lines, uint64_t now_ms);

static int held_compare(const void *left, const void *right)
{
    const struct held *a = left, *b = right;
    int order = strcmp(a->channel.text, b->channel.text);
    if (order == 0 && a->lamport != b->lamport)
        order = a->lamport < b->lamport ? -1 : 1;
    if (order == 0)
        order = id_compare(&a->author, &b->author);
    if (order == 0 && a->seq != b->seq)
        order = a->seq < b->seq ? -1 : 1;
    return order;
}

/* The mark where the reader left off, at the time of the line that is below it. */
static void put_mark(struct lines *lines, const struct held *held)
{
    char channel[3 * LIMIT_CHANNEL + 4];
    struct place place = {.lamport = held->lamport, .author = held->author, .seq = held->seq};
    if (!held->said || lines->leftoff == NULL ||
        !leftoff_begins(lines->leftoff, &held->channel, &place, held->own, false))
        return;
    text_tame(channel, sizeof channel, held->channel.text, strlen(held->channel.text), TAME_LINE);
    fprintf(lines->out, "%.5s ", held->line);
    fprintf(lines->out, _("---- new in %s ----"), channel);
    fputc('\n', lines->out);
}

/* Writes the first `count` of the held in order; the others stay. */
static void release(struct lines *lines, size_t count)
{
    qsort(lines->held, lines->count, sizeof *lines->held, held_compare);
    for (size_t i = 0; i < count; i++) {
        put_mark(lines, &lines->held[i]);
        fputs(lines->held[i].line, lines->out);
        free(lines->held[i].line);
    }
    lines->count -= count;
    memmove(lines->held, lines->held + count, lines->count * sizeof *lines->held);
}

static void release_all(struct lines *lines)
{
    if (lines->count > 0)
        release(lines, lines->count);
    lines->deadline_ms = UINT64_MAX;
    lines->live_waits = false;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    release_all(lines);
    tell_left_out(lines, 0);
    while (lines->flood_count > 0)
        flood_ended(lines, &lines->floods[0]);
    roster_release(&lines->roster);
    free(lines);
}

uint64_t lines_tick(struct lines *lines, uint64_t now_ms)
{
    bool left = lines->left.n > 0 && now_ms >= lines->left_ms;
    if (now_ms >= lines->deadline_ms)
        release_all(lines);
    if (left)
        tell_left_out(lines, now_ms);
    return lines->left.n > 0 && lines->left_ms < lines->deadline_ms ? lines->left_ms
                                                                    : lines->deadline_ms;
}

/* Text of several lines: each further one is set in, so that none can pass for another message. */
static void put_text(FILE *to, struct bytes text)
{
    size_t room = 3 * text.size + 4; /* a malformed byte becomes three */
    char *tamed = malloc(room);
    CHECK(tamed != NULL);
    size_t size = text_tame(tamed, room, (const char *)text.at, text.size, TAME_LINES);
    while (size > 0 && tamed[size - 1] == '\n')
        tamed[--size] = '\0';
    for (char *line = tamed; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        fputs(line, to);
        if (end)
            fputs("\n" CONTINUED, to);
        line = end ? end + 1 : NULL;
    }
    free(tamed);
    fputc('\n', to);
}

/* The six plain colours, chosen by identity: the same person has the same one everywhere. */
static void put_nick(const struct lines *lines, FILE *to, const struct show *show)
{
    char nick[WORDS_NICK_MAX], suffix[ROSTER_SUFFIX_MAX] = "";
    words_nick(&show->nick, nick, sizeof nick);
    if (show->via != VIA_CLASSIC)
        roster_suffix(&lines->roster, &show->id, show->nick.text, strlen(show->nick.text), suffix);
    if (lines->colour && show->via != VIA_CLASSIC)
        fprintf(to, "\x1b[%s%dm%s\x1b[0m", show->own ? "1;" : "", 31 + show->id.b[0] % 6, nick);
    else
        fputs(nick, to);
    if (suffix[0] != '\0')
        fprintf(to, " %s", suffix);
}

static void put_message(const struct lines *lines, FILE *to, const struct show *show)
{
    char clock[6];
    char channel[LABEL_MAX], reactions[WORDS_REACTIONS_MAX], standing[STANDING_MAX];
    bool mention = markup_mentions_reader(show, lines->names);
    words_clock(show->wall_ms, clock);
    label_channel(show->channel.text, show->group, channel);
    fprintf(to, "%s %s ", clock, channel);
    if (words_reactions(show->b, reactions) > 0)
        fprintf(to, "%s ", reactions);
    standing_text(show->marks, show->clash, &show->like, standing);
    fprintf(to, "%s%s%s%s%s%s", show->edited ? _("(edited) ") : "", standing,
            show->adrift ? _("(clock adrift) ") : "", show->liar ? "(!) " : "", mention ? "! " : "",
            show->via == VIA_CLASSIC ? "~" : "");
    fputs(show->action ? "* " : "<", to);
    put_nick(lines, to, show);
    fputs(show->action ? " " : "> ", to);
    put_text(to, show->text);
}

/* Keeps the line, which is then ours, for its place; `live` ones set the deadline. */
static void hold(struct lines *lines, const struct held *held, bool live, uint64_t now_ms)
{
    if (lines->count == LINES_HELD_MAX)
        release(lines, LINES_HELD_MAX / 2);
    lines->held[lines->count++] = *held;
    if (!lines->live_waits)
        lines->deadline_ms = now_ms + LINES_WAIT_MS;
    lines->live_waits = lines->live_waits || live;
}

static void hold_message(struct lines *lines, const struct show *show, bool live, uint64_t now_ms)
{
    struct held held = {.channel = show->channel,
                        .author = show->id,
                        .lamport = show->lamport,
                        .seq = show->seq,
                        .said = true,
                        .own = show->own};
    size_t size;
    FILE *to = open_memstream(&held.line, &size);
    CHECK(to != NULL);
    put_message(lines, to, show);
    CHECK(fclose(to) == 0);
    hold(lines, &held, live, now_ms);
}

static bool holds_channel(const struct lines *lines, const struct channel_name *channel)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->held[i].channel.text, channel->text) == 0)
            return true;
    return false;
}

static void put_notice(FILE *to, const char *text, uint64_t wall_ms)
{
    char clock[6];
    words_clock(wall_ms > 0 ? wall_ms : (uint64_t)time(NULL) * 1000, clock);
    fprintf(to, "%s -- ", clock);
    put_text(to, (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)});
}

static void put_note(struct lines *lines, const char *text, bool error, uint64_t wall_ms)
{
    if (error) {
        struct bytes bytes = {.at = (const uint8_t *)text, .size = strlen(text)};
        fflush(lines->out); /* they may be one terminal */
        fputs("fika: ", lines->err);
        put_text(lines->err, bytes);
        fflush(lines->err);
        return;
    }
    put_notice(lines->out, text, wall_ms);
}

static void flood_ended(struct lines *lines, struct flood *flood)
{
    char text[WORDS_MAX];
    words_flood(&flood->nick, flood->count, text, sizeof text);
    put_note(lines, text, false, 0);
    *flood = lines->floods[--lines->flood_count];
}

static void meet(struct lines *lines, const struct show *show)
{
    uint64_t wall_ms = (uint64_t)time(NULL) * 1000;
    if (show->kind == SHOW_MESSAGE && show->wall_ms < wall_ms)
        wall_ms = show->wall_ms;
    roster_meet(&lines->roster, &show->id, &show->nick, wall_ms);
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
    put_note(lines, text, false, 0);
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
    if (sortable && (!live || holds_channel(lines, &show->channel))) {
        hold_message(lines, show, live, now_ms);
        return;
    }
    struct place place = {.lamport = show->lamport, .author = show->id, .seq = show->seq};
    if (sortable && lines->leftoff != NULL)
        leftoff_begins(lines->leftoff, &show->channel, &place, show->own, true);
    put_message(lines, lines->out, show);
}

/* Kept for the place of which it speaks: right above an entry, by the seq before its own. */
static void hold_notice(struct lines *lines, const struct show *show, const char *text,
                        uint64_t lamport, bool live, uint64_t now_ms)
{
    struct held held = {
        .channel = show->channel, .author = show->id, .lamport = lamport, .seq = show->n2};
    size_t size;
    FILE *to = open_memstream(&held.line, &size);
    CHECK(to != NULL);
    put_notice(to, text, show->wall_ms);
    CHECK(fclose(to) == 0);
    hold(lines, &held, live, now_ms);
}

/* A word about the channel's lines, in the place of which it speaks while any wait. */
static void put_among(struct lines *lines, const struct show *show, const char *text,
                      uint64_t lamport, uint64_t now_ms)
{
    lines_tick(lines, now_ms);
    if (holds_channel(lines, &show->channel))
        hold_notice(lines, show, text, lamport, true, now_ms);
    else
        put_note(lines, text, false, show->wall_ms);
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
        put_note(lines, text, false, show->wall_ms);
    else if (show->via == VIA_HISTORY)
        hold_notice(lines, show, text, show->lamport, false, now_ms);
    else
        put_among(lines, show, text, show->lamport, now_ms);
}

/* Who was let in or removed, in the place of which it speaks; to who did it, it was said already. */
static void show_act(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    struct show act = *show;
    if (show->up && id_equal(&show->who, &lines->own))
        return;
    words_private(show, text, sizeof text);
    act.id = show->who;
    act.n2 = 0;
    lines_tick(lines, now_ms);
    if (!show->up && show->lamport > 0)
        hold_notice(lines, &act, text, show->lamport, false, now_ms);
    else
        put_among(lines, &act, text, show->lamport > 0 ? show->lamport : UINT64_MAX, now_ms);
}

/* They come one by one, and are told together. */
static void tell_left_out(struct lines *lines, uint64_t now_ms)
{
    char text[WORDS_MAX];
    struct show left = lines->left;
    lines->left.n = 0;
    if (left.n == 0)
        return;
    words_private(&left, text, sizeof text);
    put_among(lines, &left, text, UINT64_MAX, now_ms);
}

/* What waits to be written and is no part of the talk goes; what was written stays. */
static void show_left_out(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    struct show *left = &lines->left;
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++) {
        struct held *held = &lines->held[i];
        bool goes = held->said && id_equal(&held->author, &show->id) && held->seq >= show->seq &&
                    held->seq <= show->n2 && strcmp(held->channel.text, show->channel.text) == 0;
        if (goes)
            free(held->line);
        else
            lines->held[kept++] = *held;
    }
    lines->count = kept;
    if (left->n > 0 &&
        (!id_equal(&left->id, &show->id) || strcmp(left->channel.text, show->channel.text) != 0))
        tell_left_out(lines, now_ms);
    if (left->n == 0)
        *left = (struct show){.kind = SHOW_LEFT_OUT,
                              .channel = show->channel,
                              .group = show->group,
                              .id = show->id,
                              .nick = show->nick,
                              .wall_ms = show->wall_ms};
    left->n += show->n;
    lines->left_ms = now_ms + LINES_WAIT_MS;
}

/* True when that was told of the channel, and `tells` is not new; keeps it in the list. */
static bool is_told(struct channel_name *list, size_t *count, const struct channel_name *channel,
                    bool tells)
{
    size_t at = 0;
    while (at < *count && strcmp(list[at].text, channel->text) != 0)
        at++;
    bool told = at < *count;
    if (told == tells || (!told && at == LIMIT_CHANNELS))
        return true;
    if (told)
        list[at] = list[--*count];
    else
        list[(*count)++] = *channel;
    return false;
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
        put_among(lines, show, text, UINT64_MAX, now_ms);
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
        put_among(lines, show, text, show->lamport, now_ms);
    }
}

/* Told when it begins and when it ends. */
static void show_coming(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (is_told(lines->coming, &lines->coming_count, &show->channel, show->n > 0))
        return;
    words_row(show, text, sizeof text);
    put_among(lines, show, text, UINT64_MAX, now_ms);
}

static void show_closed(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (is_told(lines->closed, &lines->closed_count, &show->channel, show->n > 0))
        return;
    words_private(show, text, sizeof text);
    put_among(lines, show, text, UINT64_MAX, now_ms);
}

/* Black on white where there are colours; else in the terminal's own. */
static void put_picture(const struct lines *lines, const char *text)
{
    char picture[QR_ROOM];
    bool dark = lines->colour || lines->pictures == PICTURES_DARK;
    qr_write(text, dark ? QR_DARK : QR_LIGHT, INT_MAX, picture);
    for (const char *line = picture; *line != '\0';) {
        int size = (int)strcspn(line, "\n");
        fprintf(lines->out, lines->colour ? "\x1b[30;107m%.*s\x1b[0m\n" : "%.*s\n", size, line);
        line += size + 1;
    }
}

static void show_invite(struct lines *lines, const struct show *show)
{
    char text[WORDS_MAX];
    words_row(show, text, sizeof text);
    put_note(lines, text, false, show->wall_ms);
    words_invite(show, text, sizeof text);
    fprintf(lines->out, CONTINUED "%s\n", text);
    if (lines->pictures == PICTURES_CANNOT) {
        put_note(lines, words_no_picture(), false, show->wall_ms);
    } else if (lines->pictures != PICTURES_NONE) {
        snprintf(text, sizeof text, "%.*s", (int)show->text.size, (const char *)show->text.at);
        put_picture(lines, text);
    }
}

/* Behind the lines that are there, or wait. */
static void show_reaction(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (standing_hides(show->marks) || (show->folded && lines->folds))
        return;
    words_row(show, text, sizeof text);
    put_among(lines, show, text, UINT64_MAX, now_ms);
}

static void show_words(struct lines *lines, const struct show *show)
{
    char text[WORDS_MAX];
    words_verify(show, false, text, sizeof text);
    put_note(lines, text, false, show->wall_ms);
    fputs(CONTINUED, lines->out);
    put_text(lines->out, show->a);
    words_verify(show, true, text, sizeof text);
    put_note(lines, text, false, show->wall_ms);
    fputs(CONTINUED, lines->out);
    put_text(lines->out, show->b);
    if (lines->pictures == PICTURES_NONE || lines->pictures == PICTURES_CANNOT)
        return;
    snprintf(text, sizeof text, "%.*s", (int)show->b.size, (const char *)show->b.at);
    put_picture(lines, text);
}

void lines_note(struct lines *lines, const char *text, bool error)
{
    put_note(lines, text, error, 0);
}

void lines_show(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    bool error = false;
    switch (show->kind) {
    case SHOW_EDITED:
    case SHOW_MESSAGE: show_message(lines, show, now_ms); break;
    case SHOW_TOLD:
        words_told(show, text, sizeof text);
        /* Whoever only reads what was said must not miss that some of it reached nobody. */
        error = show->told >= TOLD_ERRORS_FROM || show->told == TOLD_NOT_HANDED;
        put_note(lines, text, error, show->wall_ms);
        break;
    case SHOW_GAP: show_gap(lines, show, now_ms); break;
    case SHOW_INVITE: show_invite(lines, show); break;
    case SHOW_WORDS: show_words(lines, show); break;
    case SHOW_COMING: show_coming(lines, show, now_ms); break;
    case SHOW_REACTION: show_reaction(lines, show, now_ms); break;
    case SHOW_NAMESAKE: show_namesake(lines, show, now_ms); break;
    case SHOW_MEMBER:
        if (standing_hides(show->marks))
            break;
        meet(lines, show);
        words_row(show, text, sizeof text);
        put_note(lines, text, false, show->wall_ms);
        break;
    case SHOW_ADMITTED:
    case SHOW_REMOVED: show_act(lines, show, now_ms); break;
    case SHOW_LEFT_OUT: show_left_out(lines, show, now_ms); break;
    case SHOW_CLOSED: show_closed(lines, show, now_ms); break;
    case SHOW_INVITATION:
        if (standing_hides(show->marks))
            break;
        /* fall through */
    case SHOW_ROLE_ROW:
        words_private(show, text, sizeof text);
        put_note(lines, text, false, 0);
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
        words_row(show, text, sizeof text);
        put_note(lines, text, error, show->wall_ms);
        break;
    case SHOW_STOPPED:
        release_all(lines);
        tell_left_out(lines, now_ms);
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
