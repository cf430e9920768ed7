/* Line form: how what is said stands in a line of text. Nothing from elsewhere can make a line that begins
 * with HH:MM, and the mark of a classic message stands before all that its sender chose. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/label.h"
#include "ui/lines_private.h"
#include "ui/markup.h"
#include "ui/qr.h"
#include "ui/standing.h"
#include "ui/words.h"

void lines_put_text(FILE *to, struct bytes text)
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
        roster_suffix(&lines->roster, show_whose(show), show->nick.text, strlen(show->nick.text),
                      suffix);
    if (lines->colour && show->via != VIA_CLASSIC)
        fprintf(to, "\x1b[%s%dm%s\x1b[0m", show->own ? "1;" : "", 31 + show_whose(show)->b[0] % 6,
                nick);
    else
        fputs(nick, to);
    if (suffix[0] != '\0')
        fprintf(to, " %s", suffix);
}

void lines_put_message(const struct lines *lines, FILE *to, const struct show *show)
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
    lines_put_text(to, show->text);
}

void lines_put_notice(FILE *to, const char *text, uint64_t wall_ms)
{
    char clock[6];
    words_clock(wall_ms > 0 ? wall_ms : (uint64_t)time(NULL) * 1000, clock);
    fprintf(to, "%s -- ", clock);
    lines_put_text(to, (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)});
}

void lines_put_note(struct lines *lines, const char *text, bool error, uint64_t wall_ms)
{
    if (error) {
        struct bytes bytes = {.at = (const uint8_t *)text, .size = strlen(text)};
        fflush(lines->out); /* they may be one terminal */
        fputs("fika: ", lines->err);
        lines_put_text(lines->err, bytes);
        fflush(lines->err);
        return;
    }
    lines_put_notice(lines->out, text, wall_ms);
}

void lines_put_picture(const struct lines *lines, const char *text)
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
