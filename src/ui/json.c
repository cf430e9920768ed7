/* JSON: what a node shows, as one object a line.
 *
 * 1. The first keys of an event are fixed, by name and by order; new ones come after them.
 * 2. An object is one line: strings hold no raw control character, and nothing a terminal would
 *    obey, since people look at such streams too.
 * 3. Texts are given as they came, escaped, not tamed: a program sees each code point that was
 *    sent. Malformed bytes alone become U+FFFD.
 * 4. An id is always 64 digits; who has none (a classic peer) has 64 zeroes.
 *
 * Numbers are written whole. A reader that holds them in doubles loses what is above 2^53; Lamport
 * clocks below that are the rule (core's bound on adopting clocks). */
#include "ui/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/findings.h"
#include "ui/markup.h"
#include "ui/words.h"

static char *write_escape(char *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[unit >> shift & 15];
    return out;
}

static char *write_code(char *out, uint32_t code, const char *as_is, size_t size)
{
    if (code == '"' || code == '\\') {
        *out++ = '\\';
        *out++ = (char)code;
    } else if (code == '\n' || code == '\t') {
        *out++ = '\\';
        *out++ = code == '\n' ? 'n' : 't';
    } else if (!text_is_unsafe(code)) {
        memcpy(out, as_is, size);
        out += size;
    } else if (code < 0x10000) {
        out = write_escape(out, code);
    } else {
        out = write_escape(out, 0xD800 + ((code - 0x10000) >> 10));
        out = write_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    }
    return out;
}

/* Most of most texts. */
static bool is_plain(char byte)
{
    return byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\';
}

size_t json_string(char *out, const void *text, size_t size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const char *in = text;
    char *at = out;
    *at++ = '"';
    for (size_t i = 0; i < size;) {
        uint32_t code;
        if (is_plain(in[i])) {
            *at++ = in[i++];
            continue;
        }
        size_t taken = utf8_decode(in + i, size - i, &code);
        bool written_so = taken == 3 && memcmp(in + i, replacement, 3) == 0;
        if (code == TEXT_REPLACEMENT && !written_so)
            at = write_escape(at, code);
        else
            at = write_code(at, code, in + i, taken);
        i += taken;
    }
    *at++ = '"';
    *at = '\0';
    return (size_t)(at - out);
}

static void put_bytes(FILE *out, const void *text, size_t size)
{
    char few[6 * 128 + 3];
    char *string = 6 * size + 3 <= sizeof few ? few : malloc(6 * size + 3);
    CHECK(string != NULL);
    size_t length = json_string(string, text, size);
    fwrite(string, 1, length, out);
    if (string != few)
        free(string);
}

/* Each key is a constant of this file, with its comma and colon: ,"nick": */
static void put_text(FILE *out, const char *key, const char *text)
{
    fputs(key, out);
    put_bytes(out, text, strlen(text));
}

static void put_foreign(FILE *out, const char *key, struct bytes text)
{
    fputs(key, out);
    put_bytes(out, text.at, text.size);
}

static void put_id(FILE *out, const char *key, const struct id *id)
{
    char hex[ID_HEX_SIZE];
    hex_of(hex, id->b, sizeof id->b);
    put_text(out, key, hex);
}

static void put_number(FILE *out, const char *key, uint64_t number)
{
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    fputs(key, out);
    fwrite(at, 1, (size_t)(digits + sizeof digits - at), out);
}

static void put_end(FILE *out)
{
    fputs("}\n", out);
}

static void put_ready(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"ready\"", out);
    put_id(out, ",\"id\":", &show->id);
    put_text(out, ",\"nick\":", show->nick.text);
    put_foreign(out, ",\"profile\":", show->a);
    put_foreign(out, ",\"network\":", show->b);
    put_number(out, ",\"port\":", show->port);
    fputs(",\"addresses\":[", out);
    const char *before = "";
    struct bytes left = show->text;
    while (left.size > 0) {
        const uint8_t *end = memchr(left.at, '\n', left.size);
        size_t size = end ? (size_t)(end - left.at) : left.size;
        if (size > 0) {
            put_foreign(out, before, (struct bytes){.at = left.at, .size = size});
            before = ",";
        }
        size += end != NULL;
        left.at += size;
        left.size -= size;
    }
    fputs("]", out);
}

/* What is known of who that is, where anything is. */
static void put_marks(FILE *out, const struct show *show)
{
    static const char *const clashes[] = {[CLASH_NONE] = NULL,
                                          [CLASH_HELD] = "held",
                                          [CLASH_LOOKS] = "looks",
                                          [CLASH_VERIFIED] = "verified"};
    if ((show->marks & PERSON_VERIFIED) != 0)
        fputs(",\"verified\":true", out);
    if ((show->marks & PERSON_IGNORED) != 0)
        fputs(",\"ignored\":true", out);
    if ((show->marks & PERSON_BLOCKED) != 0)
        fputs(",\"blocked\":true", out);
    if ((show->marks & PERSON_REVOKED) != 0)
        fputs(",\"revoked\":true", out);
    if (show->clash == CLASH_NONE)
        return;
    put_text(out, ",\"clash\":", clashes[show->clash]);
    put_text(out, ",\"clash_with\":", show->like.text);
}

/* Where it is a device, whose. */
static void put_whose(FILE *out, const struct show *show)
{
    if (!id_equal(show_whose(show), &show->id))
        put_id(out, ",\"person\":", &show->person);
}

static void put_device(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"device\"", out);
    put_id(out, ",\"id\":", &show->id);
    put_id(out, ",\"person\":", &show->person);
    put_text(out, ",\"nick\":", show->nick.text);
    put_foreign(out, ",\"label\":", show->text);
    put_text(out, ",\"state\":", show->up ? "certified" : "revoked");
}

/* The event's beginning: a constant of this file. */
static void put_said(FILE *out, const char *event, const struct show *show)
{
    static const char *const vias[] = {[VIA_LINK] = "link",
                                       [VIA_HISTORY] = "history",
                                       [VIA_CLASSIC] = "classic",
                                       [VIA_STORED] = "history"};
    char time[32];
    words_time(show->wall_ms, time);
    fputs(event, out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"author\":", &show->id);
    put_whose(out, show);
    put_foreign(out, ",\"text\":", show->text);
    put_text(out, ",\"time\":", time);
    put_number(out, ",\"lamport\":", show->lamport);
    put_number(out, ",\"seq\":", show->seq);
    fputs(show->own ? ",\"own\":true" : ",\"own\":false", out);
    put_text(out, ",\"via\":", vias[show->via]);
    if (show->action)
        fputs(",\"action\":true", out);
    if (show->sealed)
        fputs(",\"sealed\":true", out);
    if (show->edited)
        fputs(",\"edited\":true", out);
    if (show->adrift)
        fputs(",\"adrift\":true", out);
    if (show->liar)
        fputs(",\"liar\":true", out);
    if (show->folded)
        fputs(",\"folded\":true", out);
    put_marks(out, show);
}

/* Where there are any, or (always) none. */
static void put_reactions(FILE *out, struct bytes list, bool always)
{
    struct reactions_row row;
    const char *before = "";
    if (list.size == 0 && !always)
        return;
    fputs(",\"reactions\":[", out);
    while (reactions_next(&list, &row)) {
        fputs(before, out);
        put_foreign(out, "{\"reaction\":", row.sign);
        put_number(out, ",\"count\":", row.count);
        fputs(row.own ? ",\"own\":true}" : ",\"own\":false}", out);
        before = ",";
    }
    fputs("]", out);
}

static void put_message(FILE *out, const struct show *show, const char *names)
{
    put_said(out, "{\"event\":\"message\"", show);
    if (show->own)
        put_number(out, ",\"held\":", show->n);
    else if (markup_mentions_reader(show, names))
        fputs(",\"mention\":true", out);
    put_reactions(out, show->b, false);
}

static void put_found(FILE *out, const struct show *show)
{
    put_said(out, "{\"event\":\"found\"", show);
    put_number(out, ",\"n\":", show->n);
    put_reactions(out, show->b, false);
}

static void put_found_end(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"found_end\"", out);
    put_foreign(out, ",\"query\":", show->text);
    put_number(out, ",\"found\":", show->n);
    fputs(show->up ? ",\"more\":true" : ",\"more\":false", out);
    put_number(out, ",\"not_indexed\":", show->n2);
}

static void put_gap(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"gap\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"author\":", &show->id);
    put_text(out, ",\"nick\":", show->nick.text);
    put_number(out, ",\"from\":", show->seq);
    put_number(out, ",\"to\":", show->n2);
    put_number(out, ",\"missing\":", show->n);
    put_foreign(out, ",\"asking\":", show->a);
}

static void put_coming(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"coming\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_number(out, ",\"missing\":", show->n);
}

static void put_forgotten(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"forgotten\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"author\":", &show->id);
    put_number(out, ",\"seq\":", show->seq);
}

static void put_edited(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"edited\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"author\":", &show->id);
    put_number(out, ",\"seq\":", show->seq);
    put_text(out, ",\"nick\":", show->nick.text);
    put_foreign(out, ",\"text\":", show->text);
    put_marks(out, show);
}

/* All of them, so that a program sees what was taken back. */
static void put_person(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"person\"", out);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    fputs((show->marks & PERSON_VERIFIED) != 0 ? ",\"verified\":true" : ",\"verified\":false", out);
    fputs((show->marks & PERSON_IGNORED) != 0 ? ",\"ignored\":true" : ",\"ignored\":false", out);
    fputs((show->marks & PERSON_BLOCKED) != 0 ? ",\"blocked\":true" : ",\"blocked\":false", out);
}

static void put_words(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"words\"", out);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    put_foreign(out, ",\"words\":", show->a);
    put_foreign(out, ",\"code\":", show->b);
    put_marks(out, show);
}

static void put_reaction(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"reaction\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"author\":", &show->id);
    put_number(out, ",\"seq\":", show->seq);
    put_id(out, ",\"who\":", &show->who);
    put_text(out, ",\"nick\":", show->who_nick.text);
    put_foreign(out, ",\"reaction\":", show->a);
    put_text(out, ",\"state\":", show->up ? "put" : "taken");
    fputs(show->own ? ",\"own\":true" : ",\"own\":false", out);
    put_reactions(out, show->b, true);
    if (show->folded)
        fputs(",\"folded\":true", out);
    put_marks(out, show);
}

static void put_editing(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"editing\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_foreign(out, ",\"text\":", show->text);
}

static void put_link(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"link\"", out);
    put_text(out, ",\"state\":", show->up ? "up" : "down");
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    put_text(out, ",\"address\":", show->address.text);
    put_foreign(out, ",\"why\":", show->a);
    put_whose(out, show);
    put_marks(out, show);
}

static void put_invite(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"invite\"", out);
    put_foreign(out, ",\"network\":", show->a);
    put_foreign(out, ",\"invite\":", show->text);
    if (show->up)
        fputs(",\"once\":true", out);
    if (show->n > 0) {
        char time[32];
        words_time(show->n, time);
        put_text(out, ",\"until\":", time);
    }
}

static void put_member(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"member\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    put_text(out, ",\"state\":", show->up ? "here" : "gone");
    put_whose(out, show);
    if (show->n > 1 || (show->n > 0 && !show->up))
        put_number(out, ",\"devices\":", show->n);
    put_marks(out, show);
}

static void put_namesake(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"namesake\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    put_id(out, ",\"other\":", &show->who);
    fputs(show->up ? ",\"taken_over\":true" : ",\"taken_over\":false", out);
    if (show->n > 0) {
        char time[32];
        words_time(show->n, time);
        put_text(out, ",\"met\":", time);
    }
}

/* Where it is known. */
static void put_time(FILE *out, const char *key, uint64_t wall_ms)
{
    char time[32];
    if (wall_ms == 0)
        return;
    words_time(wall_ms, time);
    put_text(out, key, time);
}

static void put_truth(FILE *out, const char *key, bool truth)
{
    fputs(key, out);
    fputs(truth ? "true" : "false", out);
}

/* Of whom it is, and by whom. */
static void put_named(FILE *out, const char *event, const struct show *show)
{
    fputs(event, out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"id\":", &show->id);
    put_id(out, ",\"by\":", &show->who);
    put_text(out, ",\"by_nick\":", show->who_nick.text);
}

static void put_role(FILE *out, const struct show *show)
{
    static const char *const roles[] = {
        [ROLE_MEMBER] = "member", [ROLE_INVITER] = "inviter", [ROLE_FOUNDER] = "founder"};
    put_text(out, ",\"role\":", roles[show->n <= ROLE_FOUNDER ? show->n : ROLE_MEMBER]);
    put_truth(out, ",\"history\":", show->n2 != 0);
    put_time(out, ",\"time\":", show->wall_ms);
    put_truth(out, ",\"own\":", show->own);
}

static void put_invitation(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"invitation\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"by\":", &show->who);
    put_text(out, ",\"by_nick\":", show->who_nick.text);
    put_truth(out, ",\"new\":", show->up);
    put_marks(out, show);
}

static void put_admitted(FILE *out, const struct show *show)
{
    put_named(out, "{\"event\":\"admitted\"", show);
    put_role(out, show);
    put_truth(out, ",\"new\":", show->up);
    if (show->n3 != 0)
        fputs(",\"rise\":true", out);
    put_marks(out, show);
}

static void put_removed(FILE *out, const struct show *show)
{
    put_named(out, "{\"event\":\"removed\"", show);
    put_truth(out, ",\"left\":", id_equal(&show->id, &show->who));
    put_time(out, ",\"time\":", show->wall_ms);
    put_truth(out, ",\"own\":", show->own);
    put_truth(out, ",\"new\":", show->up);
    put_marks(out, show);
}

static void put_role_row(FILE *out, const struct show *show)
{
    put_named(out, "{\"event\":\"role\"", show);
    put_role(out, show);
    put_truth(out, ",\"here\":", show->up);
    put_marks(out, show);
}

static void put_closed(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"closed\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_number(out, ",\"lines\":", show->n);
}

static void put_left_out(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"left_out\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_id(out, ",\"author\":", &show->id);
    put_text(out, ",\"nick\":", show->nick.text);
    put_number(out, ",\"from\":", show->seq);
    put_number(out, ",\"to\":", show->n2);
    put_number(out, ",\"lines\":", show->n);
    put_marks(out, show);
}

/* The other in a direct channel; that it is a private one. */
static void put_peer(FILE *out, const struct show *show)
{
    if (!id_is_zero(&show->peer))
        put_id(out, ",\"peer\":", &show->peer);
    if (show->group)
        fputs(",\"private\":true", out);
}

static void put_read(FILE *out, const struct show *show)
{
    fputs("{\"event\":\"read\"", out);
    put_text(out, ",\"channel\":", show->channel.text);
    put_text(out, ",\"nick\":", show->nick.text);
    put_id(out, ",\"author\":", &show->id);
    put_number(out, ",\"seq\":", show->n2);
}

static void put_held(FILE *out, const struct show *show)
{
    /* Lines from before the start are not spoken of: n3 is the last of them. */
    uint64_t first = show->seq > show->n3 ? show->seq : show->n3 + 1;
    if (first <= show->n3)
        return; /* there is none behind the last */
    for (uint64_t seq = first; !ferror(out) && seq <= show->n2 && seq < UINT64_MAX; seq++) {
        fputs("{\"event\":\"held\"", out);
        put_text(out, ",\"channel\":", show->channel.text);
        put_id(out, ",\"author\":", &show->id);
        put_number(out, ",\"seq\":", seq);
        put_number(out, ",\"by\":", show->n);
        put_peer(out, show);
        put_end(out);
    }
}

static void put_finding(FILE *out, const struct show *show)
{
    char text[WORDS_MAX], advice[WORDS_MAX];
    finding_text(show, text, sizeof text, advice, sizeof advice);
    fputs("{\"event\":\"doctor\"", out);
    put_text(out, ",\"leg\":", finding_leg(show->finding));
    put_text(out, ",\"finding\":", finding_name(show->finding));
    put_text(out, ",\"level\":", finding_level_name(show->finding));
    put_foreign(out, ",\"about\":", show->a);
    put_foreign(out, ",\"also\":", show->b);
    put_number(out, ",\"n\":", show->n);
    put_number(out, ",\"n2\":", show->n2);
    put_text(out, ",\"text\":", text);
    put_text(out, ",\"advice\":", advice);
}

void json_note(FILE *out, const char *text, bool error)
{
    fputs(error ? "{\"event\":\"error\"" : "{\"event\":\"notice\"", out);
    put_text(out, ",\"text\":", text);
    put_end(out);
}

void json_show(FILE *out, const struct show *show, const char *names)
{
    char text[WORDS_MAX];
    switch (show->kind) {
    case SHOW_READY: put_ready(out, show); break;
    case SHOW_MESSAGE: put_message(out, show, names); break;
    case SHOW_HELD: put_held(out, show); return;
    case SHOW_READ: put_read(out, show); break;
    case SHOW_GAP: put_gap(out, show); break;
    case SHOW_COMING:
        if (show->n == 0 && show->up)
            return; /* the gaps say it */
        put_coming(out, show);
        break;
    case SHOW_FOUND: put_found(out, show); break;
    case SHOW_FOUND_END: put_found_end(out, show); break;
    case SHOW_FORGOTTEN: put_forgotten(out, show); break;
    case SHOW_EDITED: put_edited(out, show); break;
    case SHOW_REACTION: put_reaction(out, show); break;
    case SHOW_EDITING: put_editing(out, show); break;
    case SHOW_LINK: put_link(out, show); break;
    case SHOW_INVITE: put_invite(out, show); break;
    case SHOW_MEMBER: put_member(out, show); break;
    case SHOW_PERSON: put_person(out, show); break;
    case SHOW_DEVICE:
        if (show->channel.text[0] != '\0')
            return;
        put_device(out, show);
        break;
    case SHOW_WORDS: put_words(out, show); break;
    case SHOW_NAMESAKE: put_namesake(out, show); break;
    case SHOW_TOLD:
        words_told(show, text, sizeof text);
        json_note(out, text, show->told >= TOLD_ERRORS_FROM);
        return;
    case SHOW_HELD_ROW:
    case SHOW_WHO_ROW:
    case SHOW_CHANNEL_ROW:
    case SHOW_LINK_ROW:
    case SHOW_PERSON_ROW:
    case SHOW_DEVICE_ROW:
        words_row(show, text, sizeof text);
        json_note(out, text, false);
        return;
    case SHOW_INVITATION: put_invitation(out, show); break;
    case SHOW_ADMITTED: put_admitted(out, show); break;
    case SHOW_REMOVED: put_removed(out, show); break;
    case SHOW_ROLE_ROW: put_role_row(out, show); break;
    case SHOW_CLOSED: put_closed(out, show); break;
    case SHOW_LEFT_OUT: put_left_out(out, show); break;
    case SHOW_PAGE:
    case SHOW_CURRENT:
    case SHOW_STATUS:
    case SHOW_STOPPED: return;
    case SHOW_FINDING: put_finding(out, show); break;
    case SHOW_FINDINGS_END:
        fputs("{\"event\":\"doctor_end\",\"possible\":", out);
        fputs(show->up ? "true" : "false", out);
        break;
    }
    put_peer(out, show);
    put_end(out);
}
