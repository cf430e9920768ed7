/* Lines of private channels: who is let in and removed, what is left out, what waits for a key. */
#include <stdlib.h>
#include <string.h>

#include "ui/lines_private.h"
#include "ui/words.h"

/* Who was let in or removed, in the place of which it speaks; to who did it, it was said already. */
void lines_show_act(struct lines *lines, const struct show *show, uint64_t now_ms)
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
        lines_hold_notice(lines, &act, text, show->lamport, false, now_ms);
    else
        lines_put_among(lines, &act, text, show->lamport > 0 ? show->lamport : UINT64_MAX, now_ms);
}

/* They come one by one, and are told together. */
void lines_tell_left_out(struct lines *lines, uint64_t now_ms)
{
    char text[WORDS_MAX];
    struct show left = lines->left;
    lines->left.n = 0;
    if (left.n == 0)
        return;
    words_private(&left, text, sizeof text);
    lines_put_among(lines, &left, text, UINT64_MAX, now_ms);
}

/* What waits to be written and is no part of the talk goes; what was written stays. */
void lines_show_left_out(struct lines *lines, const struct show *show, uint64_t now_ms)
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
        lines_tell_left_out(lines, now_ms);
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
bool lines_is_told(struct channel_name *list, size_t *count, const struct channel_name *channel,
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

void lines_show_closed(struct lines *lines, const struct show *show, uint64_t now_ms)
{
    char text[WORDS_MAX];
    if (lines_is_told(lines->closed, &lines->closed_count, &show->channel, show->n > 0))
        return;
    words_private(show, text, sizeof text);
    lines_put_among(lines, show, text, UINT64_MAX, now_ms);
}
