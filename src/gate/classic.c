/* Classic links: who is spoken to and who is heard. classic_peer.c has the life of each socket,
 * classic_wire.c the form of a line.
 *
 * Each --classic port and each connected peer is one socket, so that a peer can be let go and
 * counted by itself. A round begins with classic_poll(): then classic_next() looks once at monitors
 * and clocks, and takes each socket's share of frames in turn.
 *
 * Invariants:
 * 1. A line is shown only in exactly its channel: "#channelother", which ZeroMQ's prefix filter
 *    lets in, is left out without a count, since its sender did nothing wrong.
 * 2. What was heard here is never said here: classic_say() takes own lines only, and there is no
 *    other way out.
 * 3. PAIR: with both a bound and a connected one, the bound one speaks and the connected one
 *    listens, as in the exercise; with one kind alone it goes both ways. What comes on a socket
 *    that does not listen is taken off it and counted, so that its sender never waits for us.
 *
 * It refuses messages of several frames, lines that do not parse or say nothing, and lines beyond
 * CLASSIC_LINE_MAX; each is counted. */
#include "gate/classic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "gate/classic_peer.h"

#define PEERS (CLASSIC_PEERS_MAX + CLASSIC_BOUND_MAX)

struct classic {
    void *context;
    struct classic_peer *peers[PEERS];
    size_t count;
    struct filters joined;
    bool round_fresh; /* monitors and clocks are still to be looked at */
    size_t turn;      /* the peer that is read */
    char text[LIMIT_TEXT + 1];
    char line[CLASSIC_WRITE_MAX];
};

struct classic *classic_new(void *context)
{
    struct classic *classic = calloc(1, sizeof *classic);
    CHECK(classic);
    classic->context = context;
    return classic;
}

static void drop_peer(struct classic *classic, size_t index)
{
    classic_peer_free(classic->peers[index]);
    classic->count--;
    memmove(classic->peers + index, classic->peers + index + 1,
            (classic->count - index) * sizeof classic->peers[0]);
    if (classic->turn > index)
        classic->turn--;
}

void classic_free(struct classic *classic)
{
    if (!classic)
        return;
    while (classic->count)
        drop_peer(classic, classic->count - 1);
    free(classic);
}

static size_t count_peers(const struct classic *classic, bool bound)
{
    size_t count = 0;
    for (size_t i = 0; i < classic->count; i++)
        count += classic->peers[i]->bound == bound;
    return count;
}

enum error_code classic_bind(struct classic *classic, bool pair, uint16_t port, struct error *error)
{
    char text[16];
    if (count_peers(classic, true) == CLASSIC_BOUND_MAX)
        return error_set(error, ERROR_SOCKET, _("too many --classic ports"));
    struct classic_peer *peer = classic_peer_new(classic->context, &classic->joined, pair, true);
    int reason = classic_peer_bind(peer, port);
    if (reason == 0) {
        classic->peers[classic->count++] = peer;
        return ERROR_NONE;
    }
    classic_peer_free(peer);
    snprintf(text, sizeof text, "%u", (unsigned)port);
    if (reason == EADDRINUSE)
        return error_set(error, ERROR_PORT_TAKEN, text);
    if (reason == EACCES)
        return error_set(error, ERROR_PORT_DENIED, text);
    return error_set(error, ERROR_SOCKET, zmq_strerror(reason));
}

bool classic_connect(struct classic *classic, bool pair, const struct address *addresses,
                     size_t count)
{
    CHECK(count > 0);
    for (size_t i = 0; i < classic->count; i++)
        for (size_t j = 0; j < count; j++)
            if (classic->peers[i]->pair == pair &&
                classic_peer_has(classic->peers[i], &addresses[j]))
                return true;
    if (count_peers(classic, false) == CLASSIC_PEERS_MAX)
        return false;
    struct classic_peer *peer = classic_peer_new(classic->context, &classic->joined, pair, false);
    peer->count = count < CLASSIC_ADDRESSES_MAX ? count : CLASSIC_ADDRESSES_MAX;
    memcpy(peer->addresses, addresses, peer->count * sizeof addresses[0]);
    classic->peers[classic->count++] = peer;
    classic_peer_dial(peer, classic_clock_ms());
    return true;
}

bool classic_disconnect(struct classic *classic, const struct address *address)
{
    bool any = false;
    for (size_t i = classic->count; i-- > 0;)
        if (classic_peer_has(classic->peers[i], address)) {
            drop_peer(classic, i);
            any = true;
        }
    return any;
}

/* --- Channels --- */

static bool has_channel(const struct channel_name *channels, size_t count, struct bytes name)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(channels[i].text) == name.size &&
            memcmp(channels[i].text, name.at, name.size) == 0)
            return true;
    return false;
}

static struct bytes name_bytes(const struct channel_name *channel)
{
    return (struct bytes){(const uint8_t *)channel->text, strlen(channel->text)};
}

static void filter_all(struct classic *classic, bool take, const struct channel_name *channel)
{
    for (size_t i = 0; i < classic->count; i++)
        classic_peer_filter(classic->peers[i], take, channel);
}

void classic_channels(struct classic *classic, const struct channel_name *channels, size_t count)
{
    struct filters *joined = &classic->joined;
    CHECK(count <= LIMIT_CHANNELS);
    for (size_t i = 0; i < joined->count; i++)
        if (!has_channel(channels, count, name_bytes(&joined->channels[i])))
            filter_all(classic, false, &joined->channels[i]);
    for (size_t i = 0; i < count; i++)
        if (!has_channel(joined->channels, joined->count, name_bytes(&channels[i])))
            filter_all(classic, true, &channels[i]);
    if (count)
        memcpy(joined->channels, channels, count * sizeof channels[0]);
    joined->count = count;
}

/* --- Saying --- */

static bool has_pair(const struct classic *classic, bool bound)
{
    for (size_t i = 0; i < classic->count; i++)
        if (classic->peers[i]->pair && classic->peers[i]->bound == bound)
            return true;
    return false;
}

static bool speaks(const struct classic *classic, const struct classic_peer *peer)
{
    return peer->bound || (peer->pair && !has_pair(classic, true));
}

static bool listens(const struct classic *classic, const struct classic_peer *peer)
{
    return !peer->bound || (peer->pair && !has_pair(classic, false));
}

static void say_to(struct classic *classic, bool pair, size_t size)
{
    for (size_t i = 0; i < classic->count; i++)
        if (classic->peers[i]->pair == pair && speaks(classic, classic->peers[i]))
            classic_peer_send(classic->peers[i], classic->line, size);
}

void classic_say(struct classic *classic, const struct channel_name *channel,
                 const struct nick *nick, struct bytes text, bool action)
{
    char *line = classic->line;
    size_t room = sizeof classic->line;
    if (classic->count == 0)
        return;
    say_to(classic, false, classic_write(line, room, channel, nick, text, action));
    say_to(classic, true, classic_write(line, room, NULL, nick, text, action));
}

/* --- Hearing --- */

size_t classic_poll(struct classic *classic, zmq_pollitem_t *items)
{
    size_t count = 0;
    classic->round_fresh = true;
    classic->turn = 0;
    for (size_t i = 0; i < classic->count; i++)
        count += classic_peer_poll(classic->peers[i], items + count);
    return count;
}

uint64_t classic_deadline(const struct classic *classic)
{
    uint64_t deadline = UINT64_MAX;
    for (size_t i = 0; i < classic->count; i++) {
        uint64_t one = classic_peer_deadline(classic->peers[i]);
        if (one < deadline)
            deadline = one;
    }
    return deadline;
}

/* False when there is nothing to show: the frame is dropped, counted where it is bad. */
static bool read_line(struct classic *classic, struct classic_peer *peer, struct bytes frame,
                      struct show *show)
{
    struct bytes channel = {0}, nick = {0}, text = frame;
    if (frame.size > CLASSIC_LINE_MAX || !listens(classic, peer) ||
        (!peer->pair && !classic_parse(frame, &channel, &nick, &text))) {
        peer->dropped++;
        return false;
    }
    if (!peer->pair && !has_channel(classic->joined.channels, classic->joined.count, channel))
        return false;

    *show = (struct show){
        .kind = SHOW_MESSAGE,
        .via = VIA_CLASSIC,
        .address = peer->name,
        .wall_ms = classic_wall_ms(),
    };
    if (channel.size)
        memcpy(show->channel.text, channel.at, channel.size);
    size_t nick_size = text_tame(show->nick.text, sizeof show->nick.text, (const char *)nick.at,
                                 nick.size, TAME_LINE);
    size_t text_size =
        text_tame(classic->text, sizeof classic->text, (const char *)text.at, text.size, TAME_LINE);
    show->text = (struct bytes){(const uint8_t *)classic->text, text_size};
    if (text_size > 0 && (peer->pair || nick_size > 0))
        return true;
    peer->dropped++;
    return false;
}

static bool next_told(struct classic *classic, uint64_t now_ms, struct show *show)
{
    for (size_t i = 0; classic->round_fresh && i < classic->count; i++)
        classic_peer_advance(classic->peers[i], now_ms);
    classic->round_fresh = false;
    for (size_t i = 0; i < classic->count; i++) {
        struct classic_peer *peer = classic->peers[i];
        if (!classic_peer_tell(peer, now_ms))
            continue;
        *show = (struct show){
            .kind = SHOW_TOLD,
            .told = peer->told_up ? TOLD_CLASSIC_UP : TOLD_CLASSIC_DOWN,
            .via = VIA_CLASSIC,
            .address = peer->name,
            .a = {(const uint8_t *)peer->name.text, strlen(peer->name.text)},
        };
        return true;
    }
    return false;
}

static bool next_line(struct classic *classic, struct show *show)
{
    zmq_msg_t frame;
    bool found = false;
    zmq_msg_init(&frame);
    while (!found && classic->turn < classic->count) {
        struct classic_peer *peer = classic->peers[classic->turn];
        if (classic_peer_receive(peer, &frame))
            found = read_line(classic, peer,
                              (struct bytes){zmq_msg_data(&frame), zmq_msg_size(&frame)}, show);
        else
            classic->turn++;
    }
    zmq_msg_close(&frame);
    return found;
}

bool classic_next(struct classic *classic, struct show *show)
{
    return next_told(classic, classic_clock_ms(), show) || next_line(classic, show);
}

/* --- For \links --- */

bool classic_row(const struct classic *classic, size_t index, struct show *show)
{
    if (index >= classic->count)
        return false;
    struct classic_peer *peer = classic->peers[index];
    *show = (struct show){
        .kind = SHOW_LINK_ROW,
        .via = VIA_CLASSIC,
        .address = peer->name,
        .up = classic_peer_up(peer),
        .a = classic_peer_state(peer),
        .n = classic_peer_up(peer) ? peer->up_wall_ms : 0,
        .n3 = peer->sent,
        .n4 = peer->received,
        .n5 = peer->dropped,
    };
    return true;
}
