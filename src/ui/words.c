/* Words: templates (template.h), one for each enum told, with {a}, {b} and {n} in them, and the
 * lines of the answers to \who, \channels and \links.
 *
 * 1. A sentence is one template, so that it can be translated whole; only what is a list of clauses
 *    is put together.
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
#include "base/tr.h"
#include "ui/template.h"

#define PIECE_MAX   1024
#define NUMBER_MAX  64  /* room for any number, with what stands between its digits */
#define FOUND_BYTES 300 /* of a line that was found */
/* The end of the year 9999, RFC 3339's last. */
#define WALL_LAST_MS ((uint64_t)253402300799999)

static const char *const told_templates[] = {
    [TOLD_JOINED] = N_("you are in {a} now"),
    [TOLD_LEFT] = N_("you left {a}; \\join {a} takes you back"),
    [TOLD_DIRECT] = N_("only you and the other can read what is said in {a}; \\leave closes it"),
    [TOLD_DIRECT_NEW] = N_("{a}: somebody talks with you alone; only the two of you can read it"),
    [TOLD_DIRECT_WAITS] =
        N_("{a}: the other's key is not known yet; {n} lines wait here for it, and go out as "
           "soon as he is linked, or somebody who met him"),
    [TOLD_WRITING] = N_("what you write goes to {a} now"),
    [TOLD_NICK] = N_("you are {a} now"),
    [TOLD_NICK_OTHER] = N_("{a} is {b} now"),
    [TOLD_ALREADY] = N_("{a} is linked, or being called, already; \\links shows it"),
    [TOLD_NO_LINKS] = N_("there are no links yet; \\connect host:port makes one"),
    [TOLD_LOOKING_UP] = N_("looking up {a} ..."),
    [TOLD_DIALING] = N_("calling {a} ..."),
    [TOLD_DIAL_FAILED] = N_("{a} could not be reached ({b}); it will be tried again"),
    [TOLD_DIAL_SELF] = N_("{a} is this fika itself; type the address of the other one"),
    [TOLD_DISCONNECTED] = N_("the link to {a} is ended; \\connect makes a new one"),
    [TOLD_SAME_IDENTITY] =
        N_("another fika at {a} runs with this same identity; stop one of them, or "
           "start it with another profile (-P NAME)"),
    [TOLD_HISTORY_COMING] = N_("{n} earlier {n|line comes|lines come} in {a}"),
    [TOLD_NOBODY] = N_("nobody else is in {a} yet; what you say there is kept for those who come"),
    [TOLD_NOT_HANDED] = N_("{n} {n|line of yours has|lines of yours have} reached nobody yet; "
                           "{n|it stays|they stay} stored and will be handed over next time"),
    [TOLD_CLASSIC_UP] = N_("classic link to {a}: no encryption, and no proof of who speaks"),
    [TOLD_CLASSIC_DOWN] = N_("the classic link to {a} is gone"),
    [TOLD_STORE_BACK] = N_("the disk can be written again; all is well"),
    [TOLD_PORT] = N_("port {a} is in use, so this fika listens on port {b}"),
    [TOLD_NETWORK_MADE] =
        N_("network {a} is made, and its secret kept in {b}; \\invite shows what lets another "
           "machine in, and fika --network {a} comes back here"),
    [TOLD_NETWORK_JOINED] =
        N_("you are on network {a} now; fika --network {a} comes back here, without the invite"),
    [TOLD_MAPPED] = N_("the router lets others call this fika from outside, at {a} ({b})"),
    [TOLD_UNMAPPED] = N_("the router no longer lets others call this fika at {a} ({b})"),
    [TOLD_GUEST] = N_("somebody at {a} has used your invite, and is let into this network"),
    [TOLD_PROXY] =
        N_("all links are made through the proxy at {a}; nothing is looked up, looked for "
           "or offered beside it"),
    [TOLD_STORE_ASIDE] =
        N_("the history was damaged and is kept aside in {a}; a new one is begun, and "
           "what others hold comes back from them"),
    [TOLD_WELCOME] = N_("to talk from another machine, type there: fika {a}"),
    [TOLD_FORGOTTEN] =
        N_("the line is taken back, here and wherever that is heard; who has read it has "
           "read it"),
    [TOLD_DOCTOR] = N_("looking what stands between you and others ..."),
    [TOLD_SCAN] = N_("asking each of the {n} addresses of {a} ..."),
    [TOLD_SCAN_GOES] = N_("asked {a} of {n}; new links: {b}"),
    [TOLD_SCAN_FOUND] = N_("asked {a} addresses; new links: {b}"),
    [TOLD_SCAN_NOBODY] = N_("asked {a} addresses, and nobody new answered; if somebody is there, "
                            "\\connect with the address "
                            "that their fika shows"),
    [TOLD_BRANCH] =
        N_("lines of yours were said in {a} from elsewhere meanwhile (a restored backup, "
           "say); all of them are kept"),
    [TOLD_NOT_JOINED] = N_("you are not in {a}; \\join {a} takes you there"),
    [TOLD_NO_CHANNEL] = N_("there is no channel to write to; \\join #channel first"),
    [TOLD_DIRECT_NONE] = N_("nobody called {a} is known here; \\who shows who is there"),
    [TOLD_DIRECT_SEVERAL] = N_("several are called {a}; type one of: {b}"),
    [TOLD_DIRECT_FULL] =
        N_("{n} lines wait for a key already; what you wrote was not said, type it again later"),
    [TOLD_BAD_CHANNEL] = N_("{a} is no channel name: # and a word without spaces or commas"),
    [TOLD_BAD_NICK] =
        N_("{a} cannot be a nick: a word without spaces, < or >, and no #, / or \\ in "
           "front"),
    [TOLD_TOO_LONG] = N_("that is too long to say at once; at most {n} bytes, so send it in parts"),
    [TOLD_TOO_MANY_CHANNELS] =
        N_("you are in {n} channels, and that is all there may be; \\leave one "
           "first"),
    [TOLD_FULL_CHANNEL] =
        N_("{a} holds lines of {n} people, and that is all there may be; what others "
           "say there is not taken; \\leave it and join another"),
    [TOLD_CLASSIC_FULL] = N_("{n} classic links are all there may be; \\disconnect one before {a}"),
    [TOLD_SCAN_OFF] =
        N_("this fika was told not to look for others (--no-discovery, or the configuration); "
           "\\connect with an address works all the same"),
    [TOLD_SCAN_NONE] =
        N_("there is no IPv4 network here whose addresses could be asked; \\connect with "
           "the address of the other one"),
    [TOLD_SCAN_RUNS] = N_("that is going on already"),
    [TOLD_NOTHING_OWN] =
        N_("there is no such line of yours in {a}, so nothing to take back or to ask "
           "of; say one first, or \\forget with a lower number"),
    [TOLD_NOTHING_THERE] =
        N_("there is no such line in {a}; \\react with a number counts from the last line up, "
           "without one it means the last of another"),
    [TOLD_LIAR] =
        N_("{a} said two different things in one place of {b}: both are shown, with (!); ask "
           "{a} by another way whether somebody else has that key"),
    [TOLD_STORE_FULL] =
        N_("the disk does not take what you said, so it was not sent; make some room "
           "and say it again"),
    [TOLD_NO_SUCH] = N_("there is no link to {a}; \\links shows those there are"),
    [TOLD_BAD_ADDRESS] = N_("{a} is no address; type host, host:port, or a port number alone"),
    [TOLD_NO_HOST] = N_("{a} was not found ({b}); check the name, or type its numeric address"),
    [TOLD_PROXY_CLASSIC] = N_("{a} would be called beside the proxy; classic links do without one"),
    [TOLD_NOWHERE] = N_("nobody can call this fika, so there is nothing to invite to; on the open "
                        "network, call the others from here with \\connect"),
    [TOLD_INVITE_OPEN] = N_("the open network lets everybody in: an invite to it cannot end"),
    [TOLD_NO_DOOR] =
        N_("an invite that ends has to be asked for here, and nobody can call this fika; "
           "\\invite alone shows one that does not end"),
    [TOLD_BAD_INVITE] = "{a}",
    [TOLD_INVITE_OTHER] = N_("that invite is to another network; leave, and start fika with it"),
    [TOLD_STORE_FAILED] = "{a}",
    [TOLD_WORLD] = "{a}",
};
_Static_assert(sizeof told_templates / sizeof *told_templates == TOLD_COUNT,
               "every enum told has its row");

static void tame_bytes(struct bytes bytes, char *out, size_t room)
{
    text_tame(out, room, (const char *)bytes.at, bytes.size, TAME_LINE);
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

void words_sealed(struct show *show)
{
    const char *text =
        show->own
            ? _("(a line of yours that this machine cannot open: it was written elsewhere, or "
                "before a backup)")
            : _("(a line that cannot be opened: the key it was sealed to is gone, or was never "
                "here)");
    show->text = (struct bytes){(const uint8_t *)text, strlen(text)};
}

void words_told(const struct show *show, char *out, size_t room)
{
    char a[PIECE_MAX], b[PIECE_MAX];
    CHECK(room > 0 && show->told < TOLD_COUNT);
    struct writer w = writer_of(out, room - 1);
    const char *template = told_templates[show->told];
    CHECK(template != NULL);
    /* A row about a channel may have it in either place. */
    tame_bytes(show->a.size > 0 ? show->a : bytes_of(show->channel.text), a, sizeof a);
    tame_bytes(show->b, b, sizeof b);
    /* The core says why in English. */
    TEMPLATE(&w, tr(template), {"a", a, 0}, {"b", show->told == TOLD_DIAL_FAILED ? tr(b) : b, 0},
             {"n", NULL, show->n});
    out[w.size] = '\0';
}

void words_nick(const struct nick *nick, char *out, size_t room)
{
    size_t size = text_tame(out, room, nick->text, strlen(nick->text), TAME_LINE);
    for (size_t i = 0; i < size; i++)
        if (out[i] == ' ' || out[i] == '<' || out[i] == '>')
            out[i] = '_';
    if (size == 0)
        snprintf(out, room, "%s", _("somebody"));
}

/* "512 B", "3.4 kB", "1.2 MB" */
static void bytes_text(uint64_t count, char out[NUMBER_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t tenths = 0;
    while (count >= 1000) {
        tenths = count % 1000 / 100;
        count /= 1000;
        unit++;
    }
    if (unit > 0 && count < 10)
        snprintf(out, NUMBER_MAX, _("%u.%u %s"), (unsigned)count, (unsigned)tenths, units[unit]);
    else
        snprintf(out, NUMBER_MAX, "%u %s", (unsigned)count, units[unit]);
}

static void round_trip_text(uint64_t us, char out[NUMBER_MAX])
{
    if (us < 10000)
        snprintf(out, NUMBER_MAX, _("%u.%02u ms"), (unsigned)(us / 1000),
                 (unsigned)(us % 1000 / 10));
    else
        snprintf(out, NUMBER_MAX, "%llu ms", (unsigned long long)(us / 1000));
}

/* 1,204 */
static void grouped_text(uint64_t count, char out[NUMBER_MAX])
{
    /* What stands between the digits of a large number is taken out of this one. */
    const char *thousand = _("1,000");
    size_t between = strlen(thousand);
    char digits[32];
    between = between > 4 && between < 9 ? between - 4 : 0;
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t length = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0) {
            memcpy(out + length, thousand + 1, between);
            length += between;
        }
        out[length++] = digits[i];
    }
    out[length] = '\0';
}

/* What the sentences of words_row() are made from: the names and numbers of a show, tamed. */
struct pieces {
    char nick[WORDS_NICK_MAX], channel[3 * LIMIT_CHANNEL + 4], address[3 * LIMIT_ADDRESS + 4];
    char a[PIECE_MAX], n[NUMBER_MAX];
};

static void pieces_of(const struct show *show, struct pieces *pieces)
{
    words_nick(&show->nick, pieces->nick, sizeof pieces->nick);
    tame_bytes(bytes_of(show->channel.text), pieces->channel, sizeof pieces->channel);
    tame_bytes(bytes_of(show->address.text), pieces->address, sizeof pieces->address);
    tame_bytes(show->a, pieces->a, sizeof pieces->a);
    grouped_text(show->n, pieces->n);
}

static void add_who(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char id[ID_HEX_SIZE], through[PIECE_MAX];
    if (show->nick.text[0] == '\0' && id_is_zero(&show->id)) {
        TEMPLATE(w, _("nobody is in {channel}"), {"channel", pieces->channel, 0});
        return;
    }
    /* Two may have one nick: the first digits of the identity tell them apart. */
    hex_of(id, show->id.b, 4);
    TEMPLATE(w, "{channel}: {nick} {id}", {"channel", pieces->channel, 0},
             {"nick", pieces->nick, 0}, {"id", id, 0});
    if (show->a.size > 0)
        TEMPLATE(w, " ({a})", {"a", tr(pieces->a), 0});
    tame_bytes(show->b, through, sizeof through);
    if (through[0] != '\0')
        TEMPLATE(w, _(" (through {nick})"), {"nick", through, 0});
}

static void add_channel(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char kept[NUMBER_MAX];
    if (show->channel.text[0] == '\0') {
        template_add(w, _("you are in no channel; \\join #channel takes you to one"));
        return;
    }
    grouped_text(show->n2, kept);
    TEMPLATE(w,
             show->up ? _("{channel}: {here} here, {kept} {kept|line|lines} kept, you write here")
                      : _("{channel}: {here} here, {kept} {kept|line|lines} kept"),
             {"channel", pieces->channel, 0}, {"here", NULL, show->n}, {"kept", kept, show->n2});
}

static void add_link(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char clock[6], time[NUMBER_MAX], sent[NUMBER_MAX], received[NUMBER_MAX];
    words_clock(show->n, clock);
    round_trip_text(show->n2, time);
    bytes_text(show->n3, sent);
    bytes_text(show->n4, received);
    bool known = show->nick.text[0] != '\0' || !id_is_zero(&show->id);
    TEMPLATE(w, known ? "{address} {nick} " : "{address} ", {"address", pieces->address, 0},
             {"nick", pieces->nick, 0});
    TEMPLATE(w, show->n > 0 ? _("{state} since {clock}") : "{state}", {"state", tr(pieces->a), 0},
             {"clock", clock, 0});
    if (show->n2 > 0)
        TEMPLATE(w, _(", round trip {time}"), {"time", time, 0});
    TEMPLATE(w, _(", sent {sent}, received {received}"), {"sent", sent, 0},
             {"received", received, 0});
    if (show->n5 > 0)
        TEMPLATE(w, _(", refused {n}"), {"n", NULL, show->n5});
}

static void add_link_change(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    const char *template = show->up && show->address.text[0] ? _("{nick} is here ({address})")
                           : show->up                        ? _("{nick} is here")
                           : show->a.size > 0                ? _("{nick} is gone: {why}")
                                                             : _("{nick} is gone");
    TEMPLATE(w, template, {"nick", pieces->nick, 0}, {"address", pieces->address, 0},
             {"why", tr(pieces->a), 0});
}

static void add_member(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    TEMPLATE(w, show->up ? _("{nick} joined {channel}") : _("{nick} left {channel}"),
             {"nick", pieces->nick, 0}, {"channel", pieces->channel, 0});
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

/* Each of the lines of a text, with ", " between them; false when there is none. */
static bool list_text(struct bytes left, char *out, size_t room)
{
    char name[PIECE_MAX];
    struct writer w = writer_of(out, room - 1);
    struct bytes line;
    while (next_line(&left, &line)) {
        template_add(&w, w.size > 0 ? ", " : "");
        tame_bytes(line, name, sizeof name);
        template_add(&w, name);
    }
    out[w.size] = '\0';
    return w.size > 0;
}

static void add_ready(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char network[PIECE_MAX], addresses[WORDS_MAX];
    bool closed = show->b.size > 0 && !(show->b.size == 4 && memcmp(show->b.at, "open", 4) == 0);
    bool reached = list_text(show->text, addresses, sizeof addresses);
    const char *template =
        show->port == 0 ? (closed ? _("you are {nick} on network {network}; nobody can call here")
                                  : _("you are {nick}; nobody can call here"))
        : closed && reached
            ? _("you are {nick} on network {network}, listening on port {port} at {addresses}")
        : closed  ? _("you are {nick} on network {network}, listening on port {port}")
        : reached ? _("you are {nick}, listening on port {port} at {addresses}")
                  : _("you are {nick}, listening on port {port}");
    tame_bytes(show->b, network, sizeof network);
    TEMPLATE(w, template, {"nick", pieces->nick, 0}, {"network", network, 0},
             {"port", NULL, show->port}, {"addresses", addresses, 0});
}

static void add_gap(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    TEMPLATE(w,
             show->a.size > 0 ? _("{n} {n|line|lines} missing from {nick}, asking {other}")
                              : _("{n} {n|line|lines} missing from {nick}; nobody here has "
                                  "{n|it|them}"),
             {"n", pieces->n, show->n}, {"nick", pieces->nick, 0}, {"other", pieces->a, 0});
}

static void add_coming(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    const char *template = show->n > 0
                               ? _("{n} older {n|line|lines} of {channel} {n|is|are} still coming")
                           : show->up ? _("nobody here has the missing lines of {channel} yet")
                                      : _("all older lines of {channel} are here");
    TEMPLATE(w, template, {"n", pieces->n, show->n}, {"channel", pieces->channel, 0});
}

static void add_forgotten(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    TEMPLATE(w,
             show->nick.text[0] != '\0' ? _("{nick} took back a line in {channel}")
                                        : _("a line was taken back in {channel}"),
             {"nick", pieces->nick, 0}, {"channel", pieces->channel, 0});
}

/* One that ends: for one machine, or at some time, or both. */
static void add_ticket(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char clock[6], day[WORDS_DAY_MAX];
    const char *template =
        show->up && show->n > 0
            ? _("an invite to network {a} for one machine, good until {day} {clock} and while this "
                "fika runs; on the other machine, type")
        : show->up
            ? _("an invite to network {a} for one machine, good while this fika runs; on the "
                "other machine, type")
            : _("an invite to network {a}, good until {day} {clock} and while this fika runs; "
                "on the other machine, type");
    words_day(show->n, day);
    words_clock(show->n, clock);
    TEMPLATE(w, template, {"a", pieces->a, 0}, {"day", day, 0}, {"clock", clock, 0});
}

static void add_invite(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    if (show->up || show->n > 0) {
        add_ticket(w, show, pieces);
        return;
    }
    bool open = show->a.size == 4 && memcmp(show->a.at, "open", 4) == 0;
    TEMPLATE(w,
             open ? _("an invite to the open network, where everybody may talk; on the other "
                      "machine, type")
                  : _("an invite to network {a}; whoever has it gets in and can invite others, so "
                      "show it to nobody else. On the other machine, type"),
             {"a", pieces->a, 0});
}

const char *words_no_picture(void)
{
    return _("for the invite as a QR code this terminal has no letters (UTF-8)");
}

void words_invite(const struct show *show, char *out, size_t room)
{
    struct writer w = writer_of(out, room - 1);
    write_copy(&w, "fika '", 6);
    write_copy(&w, show->text.at, show->text.size);
    write_u8(&w, '\'');
    out[w.size] = '\0';
}

/* No character in two. */
static struct bytes cut(struct bytes text)
{
    if (text.size <= FOUND_BYTES)
        return text;
    text.size = FOUND_BYTES;
    while (text.size > 0 && (text.at[text.size] & 0xC0) == 0x80)
        text.size--;
    return text;
}

static void add_editing(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char text[PIECE_MAX];
    tame_bytes(cut(show->text), text, sizeof text);
    TEMPLATE(w, _("your last line in {channel}: {text}"), {"channel", pieces->channel, 0},
             {"text", text, 0});
    if (show->text.size > FOUND_BYTES)
        template_add(w, " ...");
}

#define SIGN_MAX (3 * LIMIT_REACTION + 4)

/* What stands between signs is no part of one. */
static void sign_text(struct bytes sign, char out[SIGN_MAX])
{
    tame_bytes(sign, out, SIGN_MAX);
    out[text_fit(out, strlen(out), LIMIT_REACTION_COLUMNS)] = '\0';
    for (char *at = out; *at != '\0'; at++)
        *at = strchr(" ,()", *at) != NULL ? '_' : *at;
    if (out[0] == '\0')
        memcpy(out, "?", 2);
}

size_t words_reactions(struct bytes list, char out[WORDS_REACTIONS_MAX])
{
    struct writer w = writer_of(out, WORDS_REACTIONS_MAX - 1);
    struct reactions_row row;
    while (reactions_next(&list, &row)) {
        char sign[SIGN_MAX], count[NUMBER_MAX];
        sign_text(row.sign, sign);
        grouped_text(row.count, count);
        TEMPLATE(&w, row.own ? "{before}{sign} {n}*" : "{before}{sign} {n}",
                 {"before", w.size == 0 ? "(" : ", ", 0}, {"sign", sign, 0}, {"n", count, 0});
    }
    template_add(&w, w.size > 0 ? ")" : "");
    out[w.size] = '\0';
    return w.size;
}

/* Behind what is in the writer already. */
static void add_reactions(struct writer *w, struct bytes list)
{
    char reactions[WORDS_REACTIONS_MAX];
    if (words_reactions(list, reactions) > 0)
        TEMPLATE(w, " {reactions}", {"reactions", reactions, 0});
}

static void add_reaction(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char who[WORDS_NICK_MAX], line[PIECE_MAX], sign[SIGN_MAX];
    words_nick(&show->who_nick, who, sizeof who);
    tame_bytes(cut(show->text), line, sizeof line);
    sign_text(show->a, sign);
    const char *template =
        show->own
            ? (show->up ? _("you put {sign} behind a line of {nick} in {channel}: {line}")
                        : _("you take {sign} away from a line of {nick} in {channel}: {line}"))
            : (show->up ? _("{who} puts {sign} behind a line of {nick} in {channel}: {line}")
                        : _("{who} takes {sign} away from a line of {nick} in {channel}: "
                            "{line}"));
    TEMPLATE(w, template, {"who", who, 0}, {"sign", sign, 0}, {"nick", pieces->nick, 0},
             {"channel", pieces->channel, 0}, {"line", line, 0});
    template_add(w, show->text.size > FOUND_BYTES ? " ..." : "");
    add_reactions(w, show->b);
}

static void add_held(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char names[WORDS_MAX];
    bool named = list_text(show->text, names, sizeof names);
    const char *template =
        show->n == 0 ? _("your last line in {channel} is waiting: nobody else holds it yet")
        : named      ? _("your last line in {channel} is held by {n}: {names}")
                     : _("your last line in {channel} is held by {n}");
    TEMPLATE(w, template, {"channel", pieces->channel, 0}, {"n", NULL, show->n},
             {"names", names, 0});
}

/* " 3  2026-11-27 12:34 #tea <anna> what was said", on one line, cut where it is long. */
static void add_found(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char clock[6], day[WORDS_DAY_MAX], line[PIECE_MAX];
    struct bytes text = cut(show->text);
    words_day(show->wall_ms, day);
    words_clock(show->wall_ms, clock);
    tame_bytes(text, line, sizeof line);
    TEMPLATE(w,
             show->action ? "[{n}] {day} {clock} {channel} * {nick} {line}"
                          : "[{n}] {day} {clock} {channel} <{nick}> {line}",
             {"n", pieces->n, 0}, {"day", day, 0}, {"clock", clock, 0},
             {"channel", pieces->channel, 0}, {"nick", pieces->nick, 0}, {"line", line, 0});
    if (text.size < show->text.size)
        template_add(w, " ...");
    add_reactions(w, show->b);
}

static void add_found_end(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char left[NUMBER_MAX], all[NUMBER_MAX];
    TEMPLATE(w, show->n == 0 ? _("nothing found") : _("{n} {n|line|lines} found"),
             {"n", pieces->n, show->n});
    if (show->up)
        template_add(w, _(", and there are older ones: say more of it, or before:date"));
    grouped_text(show->n2, left);
    grouped_text(show->n3, all);
    if (show->n2 > 0)
        TEMPLATE(w, _("; {n} of {all} lines are not in the index yet"), {"n", left, show->n2},
                 {"all", all, show->n3});
}

void words_row(const struct show *show, char *out, size_t room)
{
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    struct pieces pieces;
    pieces_of(show, &pieces);
    switch (show->kind) {
    case SHOW_GAP: add_gap(&w, show, &pieces); break;
    case SHOW_INVITE: add_invite(&w, show, &pieces); break;
    case SHOW_COMING: add_coming(&w, show, &pieces); break;
    case SHOW_EDITING: add_editing(&w, show, &pieces); break;
    case SHOW_REACTION: add_reaction(&w, show, &pieces); break;
    case SHOW_FORGOTTEN: add_forgotten(&w, show, &pieces); break;
    case SHOW_FOUND: add_found(&w, show, &pieces); break;
    case SHOW_FOUND_END: add_found_end(&w, show, &pieces); break;
    case SHOW_HELD_ROW: add_held(&w, show, &pieces); break;
    case SHOW_WHO_ROW: add_who(&w, show, &pieces); break;
    case SHOW_CHANNEL_ROW: add_channel(&w, show, &pieces); break;
    case SHOW_LINK_ROW: add_link(&w, show, &pieces); break;
    case SHOW_LINK: add_link_change(&w, show, &pieces); break;
    case SHOW_MEMBER: add_member(&w, show, &pieces); break;
    case SHOW_READY: add_ready(&w, show, &pieces); break;
    default: CHECK(!"words_row has no row for this kind");
    }
    out[w.size] = '\0';
}

void words_gap_filled(const struct nick *nick, uint64_t n, char *out, size_t room)
{
    char name[WORDS_NICK_MAX], number[NUMBER_MAX];
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    words_nick(nick, name, sizeof name);
    grouped_text(n, number);
    TEMPLATE(&w,
             n == 1 ? _("the missing line of {nick} is here")
                    : _("the {n} missing {n|line|lines} of {nick} {n|is|are} here"),
             {"n", number, n}, {"nick", name, 0});
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
    struct writer w = writer_of(out, room - 1);
    TEMPLATE(&w,
             other_ms > 0 ? _("this {nick} ({id}) is not the {nick} of {day} {clock} ({other})")
                          : _("this {nick} ({id}) is another than {nick} ({other})"),
             {"nick", name, 0}, {"id", digits[0], 0}, {"day", day, 0}, {"clock", clock, 0},
             {"other", digits[1], 0});
    out[w.size] = '\0';
}

void words_looking(const char *interfaces, char *out, size_t room)
{
    struct writer w = writer_of(out, room - 1);
    TEMPLATE(&w, _("looking on {interfaces}: nobody yet"), {"interfaces", interfaces, 0});
    out[w.size] = '\0';
}

void words_coming(uint64_t n, char *out, size_t room)
{
    char number[NUMBER_MAX];
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    grouped_text(n, number);
    TEMPLATE(&w, _("{n} older {n|line is|lines are} still coming"), {"n", number, n});
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
    static const char *const days[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                       N_("Thu"), N_("Fri"), N_("Sat")};
    static const char *const months[] = {N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"),
                                         N_("May"), N_("Jun"), N_("Jul"), N_("Aug"),
                                         N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")};
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    struct writer w = writer_of(out, WORDS_DAY_MAX - 1);
    if (wall_ms <= WALL_LAST_MS && localtime_r(&seconds, &tm) != NULL)
        TEMPLATE(&w, _("{weekday} {day} {month} {year}"), {"weekday", tr(days[tm.tm_wday % 7]), 0},
                 {"day", NULL, (uint64_t)tm.tm_mday}, {"month", tr(months[tm.tm_mon % 12]), 0},
                 {"year", NULL, (uint64_t)(tm.tm_year + 1900)});
    out[w.size] = '\0';
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
