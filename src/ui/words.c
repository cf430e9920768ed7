/* Words: the lines of the answers to \who, \channels, \links and the like, made from templates
 * (template.h). Those of enum told are in told.c, times in when.c, names and numbers in pieces.c.
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

#include "base/check.h"
#include "base/tr.h"
#include "ui/pieces.h"
#include "ui/standing.h"
#include "ui/template.h"

/* Behind a name: " (v)", " (another)", " (ignored)". */
static void add_standing(struct writer *w, const struct show *show)
{
    char standing[STANDING_MAX];
    size_t size = standing_text(show->marks, show->clash, &show->like, standing);
    if (size > 0) {
        standing[size - 1] = '\0'; /* without the space behind */
        TEMPLATE(w, " {standing}", {"standing", standing, 0});
    }
    if ((show->marks & PERSON_BLOCKED) != 0)
        template_add(w, _(" (blocked)"));
    else if ((show->marks & PERSON_IGNORED) != 0)
        template_add(w, _(" (ignored)"));
}

static void add_person(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char digits[ID_HEX_SIZE];
    const char *template = show->n == PERSON_VERIFIED  ? _("verified: {nick} {id}")
                           : show->n == PERSON_IGNORED ? _("ignored: {nick} {id}")
                                                       : _("blocked: {nick} {id}");
    hex_of(digits, show->id.b, 4);
    TEMPLATE(w, template, {"nick", pieces->nick, 0}, {"id", digits, 0});
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
    add_standing(w, show);
    if (!id_equal(&show->id, show_whose(show)))
        template_add(w, _(", a device"));
    if (show->a.size > 0)
        TEMPLATE(w, " ({a})", {"a", tr(pieces->a), 0});
    piece_tame(show->b, through, sizeof through);
    if (through[0] != '\0')
        TEMPLATE(w, _(" (through {nick})"), {"nick", through, 0});
}

static void add_channel(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char kept[PIECE_NUMBER_MAX];
    if (show->channel.text[0] == '\0') {
        template_add(w, _("you are in no channel; \\join #channel takes you to one"));
        return;
    }
    piece_number(show->n2, kept);
    TEMPLATE(w,
             show->up ? _("{channel}: {here} here, {kept} {kept|line|lines} kept, you write here")
                      : _("{channel}: {here} here, {kept} {kept|line|lines} kept"),
             {"channel", pieces->channel, 0}, {"here", NULL, show->n}, {"kept", kept, show->n2});
}

static void add_link(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char clock[6], time[PIECE_NUMBER_MAX], sent[PIECE_NUMBER_MAX], received[PIECE_NUMBER_MAX];
    words_clock(show->n, clock);
    piece_round_trip(show->n2, time);
    piece_size(show->n3, sent);
    piece_size(show->n4, received);
    bool known = show->nick.text[0] != '\0' || !id_is_zero(&show->id);
    TEMPLATE(w, known ? "{address} {nick}" : "{address}", {"address", pieces->address, 0},
             {"nick", pieces->nick, 0});
    add_standing(w, show);
    template_add(w, " ");
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

static void add_ready(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char network[PIECE_MAX], addresses[WORDS_MAX], port[8];
    bool closed = show->b.size > 0 && !(show->b.size == 4 && memcmp(show->b.at, "open", 4) == 0);
    bool reached = piece_list(show->text, addresses, sizeof addresses);
    const char *template =
        show->port == 0 ? (closed ? _("you are {nick} on network {network}; nobody can call here")
                                  : _("you are {nick}; nobody can call here"))
        : closed && reached
            ? _("you are {nick} on network {network}, listening on port {port} at {addresses}")
        : closed  ? _("you are {nick} on network {network}, listening on port {port}")
        : reached ? _("you are {nick}, listening on port {port} at {addresses}")
                  : _("you are {nick}, listening on port {port}");
    piece_tame(show->b, network, sizeof network);
    snprintf(port, sizeof port, "%u", (unsigned)show->port);
    TEMPLATE(w, template, {"nick", pieces->nick, 0}, {"network", network, 0}, {"port", port, 0},
             {"addresses", addresses, 0});
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
    char text[PIECE_MAX];
    struct writer w = writer_of(out, room - 1);
    piece_tame(show->text, text, sizeof text);
    write_copy(&w, "fika '", 6);
    write_copy(&w, text, strlen(text));
    write_u8(&w, '\'');
    out[w.size] = '\0';
}

static void add_editing(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char text[PIECE_MAX];
    piece_tame(piece_cut(show->text), text, sizeof text);
    TEMPLATE(w, _("your last line in {channel}: {text}"), {"channel", pieces->channel, 0},
             {"text", text, 0});
    if (show->text.size > PIECE_CUT_BYTES)
        template_add(w, " ...");
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
    char who[WORDS_NICK_MAX], line[PIECE_MAX], sign[PIECE_SIGN_MAX];
    words_nick(&show->who_nick, who, sizeof who);
    piece_tame(piece_cut(show->text), line, sizeof line);
    piece_sign(show->a, sign);
    const char *template =
        show->own
            ? (show->up ? _("you put {sign} behind a line of {nick} in {channel}: {line}")
                        : _("you take {sign} away from a line of {nick} in {channel}: {line}"))
            : (show->up ? _("{who} puts {sign} behind a line of {nick} in {channel}: {line}")
                        : _("{who} takes {sign} away from a line of {nick} in {channel}: "
                            "{line}"));
    TEMPLATE(w, template, {"who", who, 0}, {"sign", sign, 0}, {"nick", pieces->nick, 0},
             {"channel", pieces->channel, 0}, {"line", line, 0});
    template_add(w, show->text.size > PIECE_CUT_BYTES ? " ..." : "");
    add_reactions(w, show->b);
}

static void add_held(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char names[WORDS_MAX];
    if (show->read) {
        TEMPLATE(w, _("your last line in {channel} was read"), {"channel", pieces->channel, 0});
        return;
    }
    bool named = piece_list(show->text, names, sizeof names);
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
    char clock[6], day[WORDS_DAY_MAX], line[PIECE_MAX], standing[STANDING_MAX];
    struct bytes text = piece_cut(show->text);
    standing_text(show->marks, show->clash, &show->like, standing);
    words_day(show->wall_ms, day);
    words_clock(show->wall_ms, clock);
    piece_tame(text, line, sizeof line);
    TEMPLATE(w,
             show->action ? "[{n}] {day} {clock} {channel} {standing}* {nick} {line}"
                          : "[{n}] {day} {clock} {channel} {standing}<{nick}> {line}",
             {"n", pieces->n, 0}, {"day", day, 0}, {"clock", clock, 0},
             {"channel", pieces->channel, 0}, {"standing", standing, 0}, {"nick", pieces->nick, 0},
             {"line", line, 0});
    if (text.size < show->text.size)
        template_add(w, " ...");
    add_reactions(w, show->b);
}

static void add_found_end(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char left[PIECE_NUMBER_MAX], all[PIECE_NUMBER_MAX];
    TEMPLATE(w, show->n == 0 ? _("nothing found") : _("{n} {n|line|lines} found"),
             {"n", pieces->n, show->n});
    if (show->up)
        template_add(w, _(", and there are older ones: say more of it, or before:date"));
    piece_number(show->n2, left);
    piece_number(show->n3, all);
    if (show->n2 > 0)
        TEMPLATE(w, _("; {n} of {all} lines are not in the index yet"), {"n", left, show->n2},
                 {"all", all, show->n3});
}

/* "this anna (3f2a91cc) is not the anna of Thu 26 Nov 2026 14:02 (77b0e1d2)" */
static void add_namesake(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char digits[2][ID_HEX_SIZE], day[WORDS_DAY_MAX], clock[6];
    hex_of(digits[0], show->id.b, 4);
    hex_of(digits[1], show->who.b, 4);
    words_day(show->n, day);
    words_clock(show->n, clock);
    TEMPLATE(w,
             show->n > 0 ? _("this {nick} ({id}) is not the {nick} of {day} {clock} ({other})")
                         : _("this {nick} ({id}) is another than {nick} ({other})"),
             {"nick", pieces->nick, 0}, {"id", digits[0], 0}, {"day", day, 0}, {"clock", clock, 0},
             {"other", digits[1], 0});
}

static void add_device(struct writer *w, const struct show *show, const struct pieces *pieces)
{
    char label[PIECE_MAX], digits[ID_HEX_SIZE], day[WORDS_DAY_MAX];
    piece_tame(show->text, label, sizeof label);
    hex_of(digits, show->id.b, 4);
    if (show->kind == SHOW_DEVICE) {
        TEMPLATE(w,
                 show->up
                     ? _("\"{label}\" ({id}) is a device of {nick}")
                     : _("\"{label}\" ({id}) is no device of {nick} any more: it was revoked, and "
                         "what it says from now on is marked"),
                 {"label", label, 0}, {"id", digits, 0}, {"nick", pieces->nick, 0});
        return;
    }
    words_day(show->n, day);
    if (id_equal(&show->id, show_whose(show)))
        TEMPLATE(w, _("device {id}: the first key"), {"id", digits, 0});
    else
        TEMPLATE(w, _("device {id}: \"{label}\", since {day}"), {"id", digits, 0},
                 {"label", label, 0}, {"day", day, 0});
    template_add(w, show->own ? _(", this one") : "");
    template_add(w, (show->marks & PERSON_REVOKED) != 0 ? _(", revoked") : "");
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
    case SHOW_READ:
        TEMPLATE(&w, _("{nick} has read what you said in {channel}"), {"nick", pieces.nick, 0},
                 {"channel", pieces.channel, 0});
        break;
    case SHOW_HELD_ROW: add_held(&w, show, &pieces); break;
    case SHOW_WHO_ROW: add_who(&w, show, &pieces); break;
    case SHOW_CHANNEL_ROW: add_channel(&w, show, &pieces); break;
    case SHOW_DEVICE:
    case SHOW_DEVICE_ROW: add_device(&w, show, &pieces); break;
    case SHOW_PERSON_ROW: add_person(&w, show, &pieces); break;
    case SHOW_LINK_ROW: add_link(&w, show, &pieces); break;
    case SHOW_LINK: add_link_change(&w, show, &pieces); break;
    case SHOW_MEMBER: add_member(&w, show, &pieces); break;
    case SHOW_NAMESAKE: add_namesake(&w, show, &pieces); break;
    case SHOW_READY: add_ready(&w, show, &pieces); break;
    default: CHECK(!"words_row has no row for this kind");
    }
    out[w.size] = '\0';
}

void words_verify(const struct show *show, bool behind, char *out, size_t room)
{
    char nick[WORDS_NICK_MAX], digits[ID_HEX_SIZE];
    struct writer w = writer_of(out, room - 1);
    words_nick(&show->nick, nick, sizeof nick);
    hex_of(digits, show->id.b, 4);
    TEMPLATE(&w,
             behind ? _("if they are the same: \\verify {nick} yes; if not, somebody stands "
                        "between you. By machine: "
                        "\\verify {nick} and the code that the other shows")
                    : _("{nick} {id} sees these six words, too, with \\verify and your nick; read "
                        "them to each other, "
                        "by voice or face to face:"),
             {"nick", nick, 0}, {"id", digits, 0});
    out[w.size] = '\0';
}

void words_flood(const struct nick *nick, uint64_t n, char *out, size_t room)
{
    char name[WORDS_NICK_MAX], number[PIECE_NUMBER_MAX];
    struct writer w = writer_of(out, room - 1);
    words_nick(nick, name, sizeof name);
    piece_number(n, number);
    TEMPLATE(&w, _("{nick} is flooding: {n} {n|line is|lines are} folded"), {"nick", name, 0},
             {"n", number, n});
    out[w.size] = '\0';
}

void words_flooding(const struct nick *nick, char *out, size_t room)
{
    char name[WORDS_NICK_MAX];
    struct writer w = writer_of(out, room - 1);
    words_nick(nick, name, sizeof name);
    TEMPLATE(&w, _("{nick} is flooding: lines of {nick} are folded until that calms"),
             {"nick", name, 0});
    out[w.size] = '\0';
}

void words_folded(const char *nick, size_t nick_size, uint64_t n, char *out, size_t room)
{
    char name[WORDS_NICK_MAX], number[PIECE_NUMBER_MAX];
    struct writer w = writer_of(out, room - 1);
    piece_tame((struct bytes){(const uint8_t *)nick, nick_size}, name, sizeof name);
    piece_number(n, number);
    TEMPLATE(&w, _("{n} {n|line|lines} of {nick} {n|is|are} not shown"), {"nick", name, 0},
             {"n", number, n});
    out[w.size] = '\0';
}

void words_gap_filled(const struct nick *nick, uint64_t n, char *out, size_t room)
{
    char name[WORDS_NICK_MAX], number[PIECE_NUMBER_MAX];
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    words_nick(nick, name, sizeof name);
    piece_number(n, number);
    TEMPLATE(&w,
             n == 1 ? _("the missing line of {nick} is here")
                    : _("the {n} missing {n|line|lines} of {nick} {n|is|are} here"),
             {"n", number, n}, {"nick", name, 0});
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
    char number[PIECE_NUMBER_MAX];
    CHECK(room > 0);
    struct writer w = writer_of(out, room - 1);
    piece_number(n, number);
    TEMPLATE(&w, _("{n} older {n|line is|lines are} still coming"), {"n", number, n});
    out[w.size] = '\0';
}
