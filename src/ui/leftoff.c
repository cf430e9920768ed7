/* Left off: a place a channel, as it was at the start; `seen` goes on with each line that is written. */
#include "ui/leftoff.h"

#include <string.h>

#include "base/text.h"

void leftoff_network(struct leftoff *leftoff, struct bytes name)
{
    text_tame(leftoff->network, sizeof leftoff->network, (const char *)name.at, name.size,
              TAME_LINE);
}

/* The index of the channel; LIMIT_CHANNELS when there is no room for it. */
static size_t index_of(struct leftoff *leftoff, const struct channel_name *channel)
{
    for (size_t i = 0; i < leftoff->count; i++)
        if (strcmp(leftoff->channels[i].channel.text, channel->text) == 0)
            return i;
    if (leftoff->count < LIMIT_CHANNELS) {
        size_t at = leftoff->count;
        leftoff->channels[at].channel = *channel;
        leftoff->channels[at].over = !seen_find(&leftoff->seen, leftoff->network, channel->text,
                                                &leftoff->channels[at].place);
        leftoff->count++;
        return at;
    }
    return LIMIT_CHANNELS;
}

bool leftoff_begins(struct leftoff *leftoff, const struct channel_name *channel,
                    const struct place *place, bool own, bool live)
{
    size_t at = index_of(leftoff, channel);
    bool begins = at < LIMIT_CHANNELS && !leftoff->channels[at].over && !own && !live &&
                  place_compare(place, &leftoff->channels[at].place) > 0;
    if (at < LIMIT_CHANNELS && (live || begins))
        leftoff->channels[at].over = true;
    seen_note(&leftoff->seen, leftoff->network, channel->text, place);
    return begins;
}
