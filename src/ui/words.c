/* Words: templates with {a}, {b} and {n} in them, one for each enum told, and the lines of the
 * answers to \who, \channels and \links.
 *
 * 1. A template is data, never a format, and what is put into it is never read as a template.
 * 2. Whatever comes from elsewhere (names, addresses, reasons) is tamed to one line first.
 * 3. A sentence about something that went wrong says what to do about it.
 *
 * Written to a person, so nothing here is meant for programs to take apart: they have ui/json.c. */
#include "ui/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"

#define PIECE_MAX   1024
#define FOUND_BYTES 300 /* of a line that was found */
/* The end of the year 9999, RFC 3339's last. */
#define WALL_LAST_MS ((uint64_t)253402300799999)

static const char *const told_templates[] = {
    [TOLD_JOINED] = "you are in {a} now",
    [TOLD_LEFT] = "you left {a}; \\join {a} takes you back",
    [TOLD_WRITING] = "what you write goes to {a} now",
    [TOLD_NICK] = "you are {a} now",
    [TOLD_NICK_OTHER] = "{a} is {b} now",
    [TOLD_ALREADY] = "{a} is linked, or being called, already; \\links shows it",
    [TOLD_NO_LINKS] = "there are no links yet; \\connect host:port makes one",
    [TOLD_LOOKING_UP] = "looking up {a} ...",
    [TOLD_DIALING] = "calling {a} ...",
    [TOLD_DIAL_FAILED] = "{a} could not be reached ({b}); it will be tried again",
    [TOLD_DIAL_SELF] = "{a} is this fika itself",
    [TOLD_DISCONNECTED] = "the link to {a} is ended; \\connect makes a new one",
    [TOLD_SAME_IDENTITY] = "another fika at {a} runs with this same identity; stop one of them, or "
                           "start it with another profile (-P NAME)",
    [TOLD_HISTORY_COMING] = "{n} earlier {n|line comes|lines come} in {a}",
    [TOLD_NOBODY] = "nobody else is in {a} yet; what you say there is kept for those who come",
    [TOLD_NOT_HANDED] = "{n} {n|line of yours has|lines of yours have} reached nobody yet; "
                        "{n|it stays|they stay} stored and will be handed over next time",
    [TOLD_CLASSIC_UP] = "classic link to {a}: no encryption, and no proof of who speaks",
    [TOLD_CLASSIC_DOWN] = "the classic link to {a} is gone",
    [TOLD_STORE_BACK] = "the disk can be written again; all is well",
    [TOLD_PORT] = "port {a} is in use, so this fika listens on port {b}",
    [TOLD_NETWORK_MADE] = "network {a} is made; whoever has the file {b} can join it with "
                          "--network @FILE, so hand it over with care",
    [TOLD_STORE_ASIDE] =
        "the history was damaged and is kept aside in {a}; a new one is begun, and "
        "what others hold comes back from them",
    [TOLD_WELCOME] = "to talk from another machine, type there: fika {a}",
    [TOLD_FORGOTTEN] =
        "the line is taken back, here and wherever that is heard; who has read it has "
        "read it",
    [TOLD_BRANCH] = "lines of yours were said in {a} from elsewhere meanwhile (a restored backup, "
                    "say); all of them are kept",
    [TOLD_NOT_JOINED] = "you are not in {a}; \\join {a} takes you there",
    [TOLD_NO_CHANNEL] = "there is no channel to write to; \\join #channel first",
    [TOLD_BAD_CHANNEL] = "{a} is no channel name: # and a word without spaces or commas",
    [TOLD_BAD_NICK] = "{a} cannot be a nick: a word without spaces, < or >, and no #, / or \\ in "
                      "front",
    [TOLD_TOO_LONG] = "that is too long to say at once; at most {n} bytes, so send it in parts",
    [TOLD_TOO_MANY_CHANNELS] = "you are in {n} channels, and that is all there may be; \\leave one "
                               "first",
    [TOLD_FULL_CHANNEL] =
        "{a} holds lines of {n} people, and that is all there may be; what others "
        "say there is not taken",
    [TOLD_CLASSIC_FULL] = "{n} classic links are all there may be; \\disconnect one before {a}",
    [TOLD_NOTHING_OWN] = "there is no such line of yours in {a}, so nothing to take back or to ask "
                         "of; say one first, or \\forget with a lower number",
    [TOLD_LIAR] =
        "{a} said two different things in one place of {b}: both are shown, with (!); ask "
        "{a} by another way whether somebody else has that key",
    [TOLD_STORE_FULL] = "the disk does not take what you said, so it was not sent; make some room "
                        "and say it again",
    [TOLD_NO_SUCH] = "there is no link to {a}; \\links shows those there are",
    [TOLD_BAD_ADDRESS] = "{a} is no address; type host, host:port, or a port number alone",
    [TOLD_NO_HOST] = "{a} was not found ({b}); check the name, or type its numeric address",
    [TOLD_STORE_FAILED] = "{a}",
    [TOLD_WORLD] = "{a}",
};
_Static_assert(sizeof told_templates / sizeof *told_templates == TOLD_COUNT,
               "every enum told has its row");

static void add_text(struct writer *w, const char *text)
{
    size_t size = strlen(text);
    if (size > w->room - w->size) {
        size = w->room - w->size;
        /* Cut before a whole code point. */
        while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
            size--;
        w->full = true;
    }
    memcpy(w->at + w->size, text, size);
    w->size += size;
}

static void tame_bytes(struct bytes bytes, char *out, size_t room)
{
    text_tame(out, room, (const char *)bytes.at, bytes.size, TAME_LINE);
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* Adds what stands for the name between { and }: a, b, n, or n|one|many. */
static void add_piece(struct writer *w, const struct show *show, const char *name, size_t size)
{
    char piece[PIECE_MAX];
    const char *bar = memchr(name, '|', size);
    if (bar) {
        const char *many = memchr(bar + 1, '|', size - (size_t)(bar + 1 - name));
        CHECK(many != NULL);
        const char *from = show->n == 1 ? bar + 1 : many + 1;
        const char *to = show->n == 1 ? many : name + size;
        snprintf(piece, sizeof piece, "%.*s", (int)(to - from), from);
    } else if (name[0] == 'n') {
        snprintf(piece, sizeof piece, "%llu", (unsigned long long)show->n);
    } else if (name[0] == 'a') {
        /* A row about a channel may have it in either place. */
        struct bytes a = show->a.size > 0 ? show->a : bytes_of(show->channel.text);
        tame_bytes(a, piece, sizeof piece);
    } else {
        tame_bytes(show->b, piece, sizeof piece);
    }
    add_text(w, piece);
}

void words_told(const struct show *show, char *out, size_t room)
{
    CHECK(room > 0 && show->told < TOLD_COUNT);
    struct writer w = writer_of(out, room - 1);
    const char *template = told_templates[show->told];
    CHECK(template != NULL);
    while (*template) {
        size_t plain = strcspn(template, "{");
        char text[PIECE_MAX];
        snprintf(text, sizeof text, "%.*s", (int)plain, template);
        add_text(&w, text);
        template += plain;
        if (*template != '{')
            continue;
        size_t size = strcspn(template, "}");
        add_piece(&w, show, template + 1, size - 1);
        template += size + 1;
    }
    out[w.size] = '\0';
}

void words_nick(const struct nick *nick, char *out, size_t room)
{
    size_t size = text_tame(out, room, nick->text, strlen(nick->text), TAME_LINE);
    for (size_t i = 0; i < size; i++)
        if (out[i] == ' ' || out[i] == '<' || out[i] == '>')
            out[i] = '_';
    if (size == 0)
        snprintf(out, room, "%s", "somebody");
}

/* "512 B", "3.4 kB", "1.2 MB" */
static void add_bytes(struct writer *w, uint64_t count)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    char text[32];
    size_t unit = 0;
    uint64_t tenths = 0;
    while (count >= 1000) {
        tenths = count % 1000 / 100;
        count /= 1000;
        unit++;
    }
    if (unit > 0 && count < 10)
        snprintf(text, sizeof text, "%u.%u %s", (unsigned)count, (unsigned)tenths, units[unit]);
    else
        snprintf(text, sizeof text, "%u %s", (unsigned)count, units[unit]);
    add_text(w, text);
}

static void add_round_trip(struct writer *w, uint64_t us)
{
    char text[32];
    if (us < 10000)
        snprintf(text, sizeof text, "%u.%02u ms", (unsigned)(us / 1000),
                 (unsigned)(us % 1000 / 10));
    else
        snprintf(text, sizeof text, "%llu ms", (unsigned long long)(us / 1000));
    add_text(w, text);
}

static void add_count(struct writer *w, uint64_t count)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    add_text(w, text);
}

static void add_tamed(struct writer *w, struct bytes bytes)
{
    char text[PIECE_MAX];
    tame_bytes(bytes, text, sizeof text);
    add_text(w, text);
}

static void add_nick(struct writer *w, const struct show *show)
{
    char text[WORDS_NICK_MAX];
    words_nick(&show->nick, text, sizeof text);
    add_text(w, text);
}

static void add_who(struct writer *w, const struct show *show)
{
    char id[ID_HEX_SIZE];
    if (show->nick.text[0] == '\0' && id_is_zero(&show->id)) {
        add_text(w, "nobody is in ");
        add_tamed(w, bytes_of(show->channel.text));
        return;
    }
    add_tamed(w, bytes_of(show->channel.text));
    add_text(w, ": ");
    add_nick(w, show);
    /* Two may have one nick: the first digits of the identity tell them apart. */
    hex_of(id, show->id.b, 4);
    add_text(w, " ");
    add_text(w, id);
    if (show->a.size > 0) {
        add_text(w, " (");
        add_tamed(w, show->a);
        add_text(w, ")");
    }
}

static void add_channel(struct writer *w, const struct show *show)
{
    if (show->channel.text[0] == '\0') {
        add_text(w, "you are in no channel; \\join #channel takes you to one");
        return;
    }
    add_tamed(w, bytes_of(show->channel.text));
    add_text(w, ": ");
    add_count(w, show->n);
    add_text(w, " here, ");
    add_count(w, show->n2);
    add_text(w, show->n2 == 1 ? " line kept" : " lines kept");
    if (show->up)
        add_text(w, ", you write here");
}

static void add_link(struct writer *w, const struct show *show)
{
    add_tamed(w, bytes_of(show->address.text));
    add_text(w, " ");
    if (show->nick.text[0] != '\0' || !id_is_zero(&show->id)) {
        add_nick(w, show);
        add_text(w, " ");
    }
    add_tamed(w, show->a);
    if (show->n > 0) {
        char clock[6];
        words_clock(show->n, clock);
        add_text(w, " since ");
        add_text(w, clock);
    }
    if (show->n2 > 0) {
        add_text(w, ", round trip ");
        add_round_trip(w, show->n2);
    }
    add_text(w, ", sent ");
    add_bytes(w, show->n3);
    add_text(w, ", received ");
    add_bytes(w, show->n4);
    if (show->n5 > 0) {
        add_text(w, ", refused ");
        add_count(w, show->n5);
    }
}

static void add_link_change(struct writer *w, const struct show *show)
{
    add_nick(w, show);
    add_text(w, show->up ? " is here" : " is gone");
    if (show->up && show->address.text[0]) {
        add_text(w, " (");
        add_tamed(w, bytes_of(show->address.text));
        add_text(w, ")");
    }
    if (!show->up && show->a.size > 0) {
        add_text(w, ": ");
        add_tamed(w, show->a);
    }
}

static void add_member(struct writer *w, const struct show *show)
{
    add_nick(w, show);
    add_text(w, show->up ? " joined " : " left ");
    add_tamed(w, bytes_of(show->channel.text));
}

/* The next line that is not empty, taken off the front of *left. */
static bool next_line(struct bytes *left, struct bytes *line)
{
    while (left->size > 0) {
        const uint8_t *end = memchr(left->at, '\n', left->size);
        size_t size = end ? (size_t)(end - left->at) : left->size;
        *line = (struct bytes){.at = left->at, .size = size};
        size += end != NULL;
        left->at += size;
        left->size -= size;
        if (line->size > 0)
            return true;
    }
    return false;
}

static void add_ready(struct writer *w, const struct show *show)
{
    add_text(w, "you are ");
    add_nick(w, show);
    if (show->b.size > 0 && !(show->b.size == 4 && memcmp(show->b.at, "open", 4) == 0)) {
        add_text(w, " on network ");
        add_tamed(w, show->b);
    }
    add_text(w, ", listening on port ");
    add_count(w, show->port);
    const char *before = " at ";
    struct bytes left = show->text, address;
    while (next_line(&left, &address)) {
        add_text(w, before);
        add_tamed(w, address);
        before = ", ";
    }
}

/* 1,204 */
static void add_grouped(struct writer *w, uint64_t count)
{
    char digits[32], text[48];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t length = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[length++] = ',';
        text[length++] = digits[i];
    }
    text[length] = '\0';
    add_text(w, text);
}

static void add_gap(struct writer *w, const struct show *show)
{
    add_grouped(w, show->n);
    add_text(w, show->n == 1 ? " line missing from " : " lines missing from ");
    add_nick(w, show);
    if (show->a.size > 0) {
        add_text(w, ", asking ");
        add_tamed(w, show->a);
    } else {
        add_text(w, show->n == 1 ? "; nobody here has it" : "; nobody here has them");
    }
}

static void add_coming(struct writer *w, const struct show *show)
{
    if (show->n == 0) {
        add_text(w, show->up ? "nobody here has the missing lines of " : "all older lines of ");
        add_tamed(w, bytes_of(show->channel.text));
        add_text(w, show->up ? " yet" : " are here");
        return;
    }
    add_grouped(w, show->n);
    add_text(w, show->n == 1 ? " older line of " : " older lines of ");
    add_tamed(w, bytes_of(show->channel.text));
    add_text(w, show->n == 1 ? " is still coming" : " are still coming");
}

static void add_forgotten(struct writer *w, const struct show *show)
{
    if (show->nick.text[0] != '\0') {
        add_nick(w, show);
        add_text(w, " took back a line in ");
    } else {
        add_text(w, "a line was taken back in ");
    }
    add_tamed(w, bytes_of(show->channel.text));
}

static void add_held(struct writer *w, const struct show *show)
{
    add_text(w, "your last line in ");
    add_tamed(w, bytes_of(show->channel.text));
    if (show->n == 0) {
        add_text(w, " is waiting: nobody else holds it yet");
        return;
    }
    add_text(w, " is held by ");
    add_count(w, show->n);
    const char *before = ": ";
    struct bytes left = show->text, name;
    while (next_line(&left, &name)) {
        add_text(w, before);
        add_tamed(w, name);
        before = ", ";
    }
}

/* " 3  2026-11-27 12:34 #tea <anna> what was said", on one line, cut where it is long. */
static void add_found(struct writer *w, const struct show *show)
{
    char clock[6], day[WORDS_DAY_MAX], nick[WORDS_NICK_MAX];
    struct bytes text = show->text;
    words_day(show->wall_ms, day);
    words_clock(show->wall_ms, clock);
    words_nick(&show->nick, nick, sizeof nick);
    add_text(w, "[");
    add_grouped(w, show->n);
    add_text(w, "] ");
    add_text(w, day);
    add_text(w, " ");
    add_text(w, clock);
    add_text(w, " ");
    add_tamed(w, bytes_of(show->channel.text));
    add_text(w, show->action ? " * " : " <");
    add_text(w, nick);
    add_text(w, show->action ? " " : "> ");
    if (text.size > FOUND_BYTES) {
        text.size = FOUND_BYTES;
        while (text.size > 0 && (text.at[text.size] & 0xC0) == 0x80)
            text.size--; /* no character in two */
    }
    add_tamed(w, text);
    if (text.size < show->text.size)
        add_text(w, " ...");
}

static void add_found_end(struct writer *w, const struct show *show)
{
    if (show->n == 0)
        add_text(w, "nothing found");
    else {
        add_grouped(w, show->n);
        add_text(w, show->n == 1 ? " line found" : " lines found");
    }
    if (show->up)
        add_text(w, ", and there are older ones: say more of it, or before:date");
    if (show->n2 > 0) {
        add_text(w, "; ");
        add_grouped(w, show->n2);
        add_text(w, " of ");
        add_grouped(w, show->n3);
        add_text(w, " lines are not in the index yet");
    }
}

void words_row(const struct show *show, char *out, size_t room)
{
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    switch (show->kind) {
    case SHOW_GAP: add_gap(&w, show); break;
    case SHOW_COMING: add_coming(&w, show); break;
    case SHOW_FORGOTTEN: add_forgotten(&w, show); break;
    case SHOW_FOUND: add_found(&w, show); break;
    case SHOW_FOUND_END: add_found_end(&w, show); break;
    case SHOW_HELD_ROW: add_held(&w, show); break;
    case SHOW_WHO_ROW: add_who(&w, show); break;
    case SHOW_CHANNEL_ROW: add_channel(&w, show); break;
    case SHOW_LINK_ROW: add_link(&w, show); break;
    case SHOW_LINK: add_link_change(&w, show); break;
    case SHOW_MEMBER: add_member(&w, show); break;
    case SHOW_READY: add_ready(&w, show); break;
    default: CHECK(!"words_row has no row for this kind");
    }
    out[w.size] = '\0';
}

void words_gap_filled(const struct nick *nick, uint64_t n, char *out, size_t room)
{
    char name[WORDS_NICK_MAX];
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    words_nick(nick, name, sizeof name);
    add_text(&w, "the ");
    if (n != 1)
        add_grouped(&w, n);
    add_text(&w, n == 1 ? "missing line of " : " missing lines of ");
    add_text(&w, name);
    add_text(&w, n == 1 ? " is here" : " are here");
    out[w.size] = '\0';
}

void words_another(const struct nick *nick, const struct id *id, const struct id *other,
                   uint64_t other_ms, char *out, size_t room)
{
    char name[WORDS_NICK_MAX], digits[2][ID_HEX_SIZE], day[WORDS_DAY_MAX], clock[6];
    words_nick(nick, name, sizeof name);
    hex_of(digits[0], id->b, 4);
    hex_of(digits[1], other->b, 4);
    words_day(other_ms, day);
    words_clock(other_ms, clock);
    snprintf(out, room, "this %s (%s) is not the %s of %s %s (%s)", name, digits[0], name, day,
             clock, digits[1]);
}

void words_looking(const char *interfaces, char *out, size_t room)
{
    snprintf(out, room, "looking on %s: nobody yet", interfaces);
}

void words_coming(uint64_t n, char *out, size_t room)
{
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    add_grouped(&w, n);
    add_text(&w, n == 1 ? " older line is still coming" : " older lines are still coming");
    out[w.size] = '\0';
}

static void write_two_digits(char *out, int value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

unsigned words_minute(uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL)
        return 0;
    return (unsigned)(local.tm_hour * 60 + local.tm_min);
}

void words_clock(uint64_t wall_ms, char out[6])
{
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    memcpy(out, "--:--", 6);
    /* A peer's clock may hold any number, also one that no calendar has. */
    if (localtime_r(&seconds, &tm)) {
        write_two_digits(out, tm.tm_hour);
        write_two_digits(out + 3, tm.tm_min);
    }
}

uint32_t words_day_number(uint64_t wall_ms)
{
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (wall_ms > WALL_LAST_MS || localtime_r(&seconds, &tm) == NULL)
        return 0;
    return (uint32_t)(tm.tm_year + 1900) * 10000 + (uint32_t)(tm.tm_mon + 1) * 100 +
           (uint32_t)tm.tm_mday;
}

void words_day(uint64_t wall_ms, char out[WORDS_DAY_MAX])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    out[0] = '\0';
    if (wall_ms <= WALL_LAST_MS && localtime_r(&seconds, &tm) != NULL)
        snprintf(out, WORDS_DAY_MAX, "%s %d %s %d", days[tm.tm_wday % 7], tm.tm_mday,
                 months[tm.tm_mon % 12], tm.tm_year + 1900);
}

void words_time(uint64_t wall_ms, char out[32])
{
    struct tm tm;
    if (wall_ms > WALL_LAST_MS)
        wall_ms = WALL_LAST_MS;
    time_t seconds = (time_t)(wall_ms / 1000);
    CHECK(gmtime_r(&seconds, &tm) != NULL);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    write_two_digits(out, (tm.tm_year + 1900) / 100);
    write_two_digits(out + 2, tm.tm_year + 1900);
    write_two_digits(out + 5, tm.tm_mon + 1);
    write_two_digits(out + 8, tm.tm_mday);
    write_two_digits(out + 11, tm.tm_hour);
    write_two_digits(out + 14, tm.tm_min);
    write_two_digits(out + 17, tm.tm_sec);
    write_two_digits(out + 20, (int)(wall_ms % 1000 / 10));
    out[22] = (char)('0' + wall_ms % 10);
}
