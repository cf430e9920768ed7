/* Classic links: plain ZeroMQ PUB/SUB and PAIR as in the exercise that fika grew out of, to the
 * byte: one frame a message, "#channel <nick>: text" on PUB/SUB, the bare text on PAIR. No
 * encryption, no proof of who speaks, nothing stored or passed on. */
#pragma once

#include <zmq.h>

#include "base/error.h"
#include "core/face.h"

struct classic;

/* Bounds. Beyond them: a bind is refused with a sentence, a connect with false. */
#define CLASSIC_PEERS_MAX     16 /* connected, each with its own socket */
#define CLASSIC_BOUND_MAX     8
#define CLASSIC_ADDRESSES_MAX 16 /* of one peer; more are left out */
#define CLASSIC_POLL_MAX      (2 * (CLASSIC_PEERS_MAX + CLASSIC_BOUND_MAX))
/* A line of up to CLASSIC_LINE_MAX bytes is cut to LIMIT_TEXT; a longer one is dropped and counted;
 * one beyond CLASSIC_FRAME_MAX is not even received: the peer is counted, cut off and dialled anew.
 */
#define CLASSIC_LINE_MAX  65536
#define CLASSIC_FRAME_MAX (1024 * 1024 + 4096)
/* What classic_write may need. */
#define CLASSIC_WRITE_MAX (LIMIT_CHANNEL + 2 * LIMIT_NICK + 16 + 3 * LIMIT_TEXT)

struct classic *classic_new(void *context);
void classic_free(struct classic *classic);

/* --classic PORT, --classic pair:PORT. Port 0 takes a free one (classic_row has it). */
enum error_code classic_bind(struct classic *classic, bool pair, uint16_t port,
                             struct error *error);
/* \connect zmq://..., pair://...: one peer with all the numeric "ip:port" addresses of its name,
 * tried one after another until it answers, and again whenever it is lost. False at
 * CLASSIC_PEERS_MAX; true without effect when one of them is connected to already. */
bool classic_connect(struct classic *classic, bool pair, const struct address *addresses,
                     size_t count);
/* Takes an address with or without its zmq:// or pair://. True when there was one. */
bool classic_disconnect(struct classic *classic, const struct address *address);
/* Sets the subscriptions: one filter a joined channel. */
void classic_channels(struct classic *classic, const struct channel_name *channels, size_t count);
/* What was said here, to every classic peer, as one line. An action is said as "* nick text". Never
 * waits: what a PAIR peer does not take at once is dropped and counted. */
void classic_say(struct classic *classic, const struct channel_name *channel,
                 const struct nick *nick, struct bytes text, bool action);

/* Fills items (room for CLASSIC_POLL_MAX), returns how many, and opens the next round of
 * classic_next(), which takes a bounded number of frames a round. */
size_t classic_poll(struct classic *classic, zmq_pollitem_t *items);
/* When classic_next() has something to do without any socket's word (a peer to dial again), in ms
 * of CLOCK_MONOTONIC; UINT64_MAX for never. */
uint64_t classic_deadline(const struct classic *classic);
/* The next thing to show: a MESSAGE (via CLASSIC; channel empty for a PAIR peer's bare line), or
 * TOLD_CLASSIC_UP / DOWN. What it points to is borrowed until the next call; already tamed. */
bool classic_next(struct classic *classic, struct show *show);
/* Row `index` for \links: address, a: state, up, n: up since wall ms, n3: bytes sent, n4: bytes
 * received, n5: dropped, both ways. False past the end. */
bool classic_row(const struct classic *classic, size_t index, struct show *show);

/* "#channel <nick>: text" taken apart (borrowed); false when it does not parse: the channel is 2 to
 * LIMIT_CHANNEL bytes with its #, the nick 1 or more without >, the text any. */
bool classic_parse(struct bytes frame, struct bytes *channel, struct bytes *nick,
                   struct bytes *text);
/* The opposite, tamed to one line; without a channel the bare text (PAIR). Returns its size; room
 * of CLASSIC_WRITE_MAX is always enough. */
size_t classic_write(char *out, size_t room, const struct channel_name *channel,
                     const struct nick *nick, struct bytes text, bool action);
