/* Presence: notes by channel and node, the newest of each.
 *
 * 1. A note counts when its number is higher than the last of its node in its channel. What says that
 *    the node is gone, or was taken for gone, is kept until it runs out, so that an older note, heard
 *    late, brings nobody back.
 * 2. A note lives as long as who passes it on says, and NOTE_LIFE_MS at most; its node makes a newer one before.
 * 3. The table has LIMIT_NOTES places, of which what came by one link takes half at most. When
 *    there is no place a note is neither kept nor passed on.
 */
#include "core/presence.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define NOTE_TERMS (16 + 3 * 32 + 8 + 1 + 1 + LIMIT_NICK)

void presence_init(struct presence *presence)
{
    *presence =
        (struct presence){.own_at_ms = UINT64_MAX, .again_ms = UINT64_MAX, .next_ms = UINT64_MAX};
}

void presence_release(struct presence *presence)
{
    free(presence->list);
    presence_init(presence);
}

struct noted *presence_find(const struct presence *presence, const struct id *channel,
                            const struct id *node)
{
    for (size_t i = 0; i < presence->count; i++)
        if (id_equal(&presence->list[i].note.node, node) &&
            id_equal(&presence->list[i].note.channel, channel))
            return &presence->list[i];
    return NULL;
}

bool presence_holds(const struct noted *noted, uint64_t now_ms)
{
    return noted != NULL && noted->note.here && noted->until_ms > now_ms;
}

struct noted *presence_place(struct presence *presence, const struct note *note, uint64_t via)
{
    size_t by_it = 0;
    struct noted *noted = presence_find(presence, &note->channel, &note->node);
    if (noted != NULL)
        return noted;
    for (size_t i = 0; i < presence->count; i++)
        by_it += presence->list[i].via == via;
    if (by_it >= LIMIT_NOTES / 2 || presence->count == LIMIT_NOTES)
        return NULL;
    if (presence->count == presence->room) {
        presence->room = presence->room == 0 ? 8 : presence->room * 2;
        presence->list = realloc(presence->list, presence->room * sizeof *presence->list);
        CHECK(presence->list != NULL);
    }
    noted = &presence->list[presence->count++];
    memset(noted, 0, sizeof *noted);
    return noted;
}

void presence_keep(struct presence *presence, struct noted *noted, const struct note *note,
                   uint64_t via, uint64_t now_ms)
{
    uint64_t life_ms = (uint64_t)note->left_s * 1000;
    CHECK(note->nick.size <= sizeof noted->nick);
    noted->note = *note;
    memcpy(noted->nick, note->nick.at, note->nick.size);
    noted->via = via;
    noted->until_ms = now_ms + (life_ms < NOTE_LIFE_MS ? life_ms : NOTE_LIFE_MS);
    if (noted->until_ms < presence->next_ms)
        presence->next_ms = noted->until_ms;
}

void presence_sweep(struct presence *presence, uint64_t now_ms)
{
    presence->next_ms = UINT64_MAX;
    for (size_t i = presence->count; i-- > 0;) {
        if (presence->list[i].until_ms <= now_ms)
            presence->list[i] = presence->list[--presence->count];
        else if (presence->list[i].until_ms < presence->next_ms)
            presence->next_ms = presence->list[i].until_ms;
    }
    if (presence->count == 0) {
        free(presence->list);
        presence->list = NULL;
        presence->room = 0;
    }
}

/* What the signature is over: all but how long it still lives, which who passes it on may shorten. */
static struct bytes terms(uint8_t room[NOTE_TERMS], const struct note *note,
                          const struct id *network)
{
    static const char DOMAIN[16] = "fika-note-v1";
    struct writer w = writer_of(room, NOTE_TERMS);
    write_copy(&w, DOMAIN, sizeof DOMAIN);
    write_id(&w, network);
    write_id(&w, &note->channel);
    write_id(&w, &note->node);
    write_u64(&w, note->number);
    write_u8(&w, note->here);
    write_u8(&w, (uint8_t)note->nick.size);
    write_copy(&w, note->nick.at, note->nick.size);
    CHECK(!w.full);
    return written(&w);
}

void note_sign(struct note *note, const struct id *network, const struct identity *self)
{
    uint8_t room[NOTE_TERMS];
    struct bytes signs = terms(room, note, network);
    crypto_sign_detached(note->signature.b, NULL, signs.at, signs.size, self->secret);
}

bool note_verify(const struct note *note, const struct id *network)
{
    uint8_t room[NOTE_TERMS];
    struct bytes signs = terms(room, note, network);
    return crypto_sign_verify_detached(note->signature.b, signs.at, signs.size, note->node.b) == 0;
}
