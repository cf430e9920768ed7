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

#include <string.h>

#include "ui/findings.h"
#include "ui/json_private.h"
#include "ui/words.h"

static void put_ready(FILE *out, const struct show *show)
{
    json_begin(out, "ready");
    json_put_id(out, ",\"id\":", &show->id);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_foreign(out, ",\"profile\":", show->a);
    json_put_foreign(out, ",\"network\":", show->b);
    json_put_number(out, ",\"port\":", show->port);
    fputs(",\"addresses\":[", out);
    const char *before = "";
    struct bytes left = show->text;
    while (left.size > 0) {
        const uint8_t *end = memchr(left.at, '\n', left.size);
        size_t size = end ? (size_t)(end - left.at) : left.size;
        if (size > 0) {
            json_put_foreign(out, before, (struct bytes){.at = left.at, .size = size});
            before = ",";
        }
        size += end != NULL;
        left.at += size;
        left.size -= size;
    }
    fputs("]", out);
}

static void put_invite(FILE *out, const struct show *show)
{
    json_begin(out, "invite");
    json_put_foreign(out, ",\"network\":", show->a);
    json_put_foreign(out, ",\"invite\":", show->text);
    if (show->up)
        fputs(",\"once\":true", out);
    json_put_time(out, ",\"until\":", show->n);
}

static void put_finding(FILE *out, const struct show *show)
{
    char text[WORDS_MAX], advice[WORDS_MAX];
    finding_text(show, text, sizeof text, advice, sizeof advice);
    json_begin(out, "doctor");
    json_put_text(out, ",\"leg\":", finding_leg(show->finding));
    json_put_text(out, ",\"finding\":", finding_name(show->finding));
    json_put_text(out, ",\"level\":", finding_level_name(show->finding));
    json_put_foreign(out, ",\"about\":", show->a);
    json_put_foreign(out, ",\"also\":", show->b);
    json_put_number(out, ",\"n\":", show->n);
    json_put_number(out, ",\"n2\":", show->n2);
    json_put_text(out, ",\"text\":", text);
    json_put_text(out, ",\"advice\":", advice);
}

void json_note(FILE *out, const char *text, bool error)
{
    json_begin(out, error ? "error" : "notice");
    json_put_text(out, ",\"text\":", text);
    json_put_end(out);
}

void json_show(FILE *out, const struct show *show, const char *names)
{
    char text[WORDS_MAX];
    switch (show->kind) {
    case SHOW_READY: put_ready(out, show); break;
    case SHOW_MESSAGE: json_message(out, show, names); break;
    case SHOW_HELD: json_held(out, show); return;
    case SHOW_READ: json_read(out, show); break;
    case SHOW_GAP: json_gap(out, show); break;
    case SHOW_COMING:
        if (show->n == 0 && show->up)
            return; /* the gaps say it */
        json_coming(out, show);
        break;
    case SHOW_FOUND: json_found(out, show); break;
    case SHOW_FOUND_END: json_found_end(out, show); break;
    case SHOW_FORGOTTEN: json_forgotten(out, show); break;
    case SHOW_EDITED: json_edited(out, show); break;
    case SHOW_REACTION: json_reaction(out, show); break;
    case SHOW_EDITING: json_editing(out, show); break;
    case SHOW_LINK: json_link(out, show); break;
    case SHOW_INVITE: put_invite(out, show); break;
    case SHOW_MEMBER: json_member(out, show); break;
    case SHOW_PERSON: json_person(out, show); break;
    case SHOW_DEVICE:
        if (show->channel.text[0] != '\0')
            return;
        json_device(out, show);
        break;
    case SHOW_WORDS: json_words(out, show); break;
    case SHOW_NAMESAKE: json_namesake(out, show); break;
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
    case SHOW_INVITATION: json_invitation(out, show); break;
    case SHOW_ADMITTED: json_admitted(out, show); break;
    case SHOW_REMOVED: json_removed(out, show); break;
    case SHOW_ROLE_ROW: json_role_row(out, show); break;
    case SHOW_CLOSED: json_closed(out, show); break;
    case SHOW_LEFT_OUT: json_left_out(out, show); break;
    case SHOW_PAGE:
    case SHOW_CURRENT:
    case SHOW_STATUS:
    case SHOW_STOPPED: return;
    case SHOW_FINDING: put_finding(out, show); break;
    case SHOW_FINDINGS_END:
        json_begin(out, "doctor_end");
        json_put_truth(out, ",\"possible\":", show->up);
        break;
    }
    json_put_peer(out, show);
    json_put_end(out);
}
