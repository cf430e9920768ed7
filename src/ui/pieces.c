/* Pieces: names, numbers and lists as they stand in sentences. Whatever comes from elsewhere is
 * tamed here. */
#include "ui/pieces.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/template.h"

void piece_tame(struct bytes bytes, char *out, size_t room)
{
    text_tame(out, room, (const char *)bytes.at, bytes.size, TAME_LINE);
}

struct bytes piece_bytes(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
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

void piece_size(uint64_t count, char out[PIECE_NUMBER_MAX])
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
        snprintf(out, PIECE_NUMBER_MAX, _("%u.%u %s"), (unsigned)count, (unsigned)tenths,
                 units[unit]);
    else
        snprintf(out, PIECE_NUMBER_MAX, "%u %s", (unsigned)count, units[unit]);
}

void piece_round_trip(uint64_t us, char out[PIECE_NUMBER_MAX])
{
    if (us < 10000) {
        snprintf(out, PIECE_NUMBER_MAX, _("%u.%02u ms"), (unsigned)(us / 1000),
                 (unsigned)(us % 1000 / 10));
    } else {
        piece_number(us / 1000, out);
        strcat(out, " ms");
    }
}

void piece_number(uint64_t count, char out[PIECE_NUMBER_MAX])
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

void pieces_of(const struct show *show, struct pieces *pieces)
{
    words_nick(&show->nick, pieces->nick, sizeof pieces->nick);
    label_channel(show->channel.text, show->group, pieces->channel);
    piece_tame(piece_bytes(show->address.text), pieces->address, sizeof pieces->address);
    piece_tame(show->a, pieces->a, sizeof pieces->a);
    piece_number(show->n, pieces->n);
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

bool piece_list(struct bytes left, char *out, size_t room)
{
    char name[PIECE_MAX];
    struct writer w = writer_of(out, room - 1);
    struct bytes line;
    while (next_line(&left, &line)) {
        template_add(&w, w.size > 0 ? ", " : "");
        piece_tame(line, name, sizeof name);
        template_add(&w, name);
    }
    out[w.size] = '\0';
    return w.size > 0;
}

struct bytes piece_cut(struct bytes text)
{
    if (text.size <= PIECE_CUT_BYTES)
        return text;
    text.size = PIECE_CUT_BYTES;
    while (text.size > 0 && (text.at[text.size] & 0xC0) == 0x80)
        text.size--;
    return text;
}

/* What stands between signs is no part of one. */
void piece_sign(struct bytes sign, char out[PIECE_SIGN_MAX])
{
    piece_tame(sign, out, PIECE_SIGN_MAX);
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
        char sign[PIECE_SIGN_MAX], count[PIECE_NUMBER_MAX];
        piece_sign(row.sign, sign);
        piece_number(row.count, count);
        TEMPLATE(&w, row.own ? "{before}{sign} {n}*" : "{before}{sign} {n}",
                 {"before", w.size == 0 ? "(" : ", ", 0}, {"sign", sign, 0}, {"n", count, 0});
    }
    template_add(&w, w.size > 0 ? ")" : "");
    out[w.size] = '\0';
    return w.size;
}
