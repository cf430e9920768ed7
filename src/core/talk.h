/* Talk: what the files of direct channels give each other and the rest of the flow (PROTOCOL.md section 10):
 * talk.c, cards.c, seeks.c, acquaint.c, sealing.c, reseal.c, reading.c, whom.c. Only the files of the core's flow include this. */
#pragma once

#include "core/state.h"

#define WHOM_SEVERAL 8

/* talk.c: how direct channels come to be, and where they show. */
void talk_load(struct core *core, const struct event *event);
/* The channel with that node; NULL when there is none. */
struct channel *talk_with(struct core *core, const struct id *peer);
/* The same, made if there is none; NULL when there can be none. name: what it is to be called, or NULL. */
struct channel *talk_made(struct core *core, const struct id *peer,
                          const struct channel_name *name);
/* Takes it, and all that follows but that it is shown; false when there is no room. */
bool talk_take(struct core *core, struct channel *channel);
/* To be kept as it is now. */
void talk_keep(struct core *core, struct channel *channel);
/* The disk takes something again: what it should have been told. */
void talk_writable(struct core *core);
void talk_link_up(struct core *core, struct link *link);
/* This line is to be stored and shown: the channel has a window from now on. */
void talk_heard(struct core *core, struct channel *channel, const struct entry *line);
/* The channel that is called so, open and current; NULL, and the person told, when there is none. */
struct channel *talk_open(struct core *core, const struct channel_name *name);
/* It has no window any more. */
void talk_leave(struct core *core, struct channel *channel);
void talk_work(struct core *core);
uint64_t talk_deadline(const struct core *core);

/* cards.c: own prekeys, and the cards of all. */
void cards_load_prekey(struct core *core, const struct event *event);
void cards_take(struct core *core, struct link *link, struct bytes frame);
void cards_send(struct core *core, struct link *link, const struct keycard *card);
void cards_send_own(struct core *core, struct link *link);
/* Of a member of a private channel, to whom is sealed, too. */
void cards_note(struct core *core, const struct keycard *card);
/* Counts a CARD or SEEK of the link; true when it is one too many. */
bool cards_too_many(const struct core *core, struct link *link);
/* A card of the other of a direct channel, out of that: taken if it is newer and holds; false when it does
 * not hold. */
bool cards_heard(struct core *core, struct channel *channel, const struct keycard *card);
/* The own newest, signed; it is given to somebody from now on. False when there is none. */
bool cards_own(struct core *core, struct keycard *card);
/* Others seal to a key that is not here: it was destroyed, or lost with a disk. There is a new one, if the newest
 * is not fresh. */
void cards_renew(struct core *core);
/* Looks at the age of own prekeys. */
void cards_work(struct core *core);

/* seeks.c: cards that are looked for. */
void seeks_take(struct core *core, struct link *link, struct bytes frame);
/* The store's answer to a SEEK. */
void seeks_answer(struct core *core, const struct event *event);
/* Asks the store, and then everybody, for the card of the other. */
void seeks_begin(struct core *core, const struct channel *channel);
/* Asks every link for his card. */
void seeks_ask(struct core *core, const struct id *node);
/* True when some link asks for his card. */
bool seeks_have(struct core *core, const struct id *node);
/* It came: those who ask for it get it. */
void seeks_found(struct core *core, const struct keycard *card);
void seeks_link_up(struct core *core, struct link *link);

/* acquaint.c: whom this node knows, and the channels with them. */
/* There may be a direct channel with this node. */
void acquaint_know(struct core *core, const struct id *node);
/* The same of one whom a note speaks of, or who says something; but only half of the room is for such, whose
 * identities cost nothing. */
void acquaint_hear(struct core *core, const struct id *node);
/* The link's channels may have changed: some may be direct ones, with this node. */
void acquaint_look(struct core *core, struct link *link);
/* Lets go of a channel without a window in which nothing is on its way, if there is one. */
void acquaint_make_room(struct core *core);
/* Computes some more ids, and takes those channels that are listed somewhere. */
void acquaint_on(struct core *core);

/* sealing.c: lines. */
/* True when the run is one that the channel may have. */
bool sealing_accepts(const struct core *core, const struct channel *channel, const struct run *run);
/* The run's entries as they read, in the arena: what is sealed stands opened, where it can be. NULL where
 * nothing is sealed. log: the run's branch; NULL: not known. */
const struct entry *sealing_lines(struct core *core, struct channel *channel, const struct log *log,
                                  const struct run *run);
/* Seals it to the other's card, which is known, and says it. */
void sealing_now(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body);
/* Says a line, sealed, now or when it can be. */
void sealing_say(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body);
/* Keeps it until it can be; false, and told, where there is no room. */
bool sealing_wait(struct core *core, const struct channel *channel, enum entry_kind kind,
                  struct bytes body);
void sealing_load_waiting(struct core *core, const struct event *event);
/* True when anything does: a line, or an invitation. */
bool sealing_waits(const struct core *core, const struct channel *channel);
/* What waits for a card that is known now, or for the act that lets the user in, is said. */
void sealing_say_waiting(struct core *core);
/* What waits there will not be said. */
void sealing_drop_waiting(struct core *core, struct channel *channel);
/* The user is told what waits, of each line once. */
void sealing_tell(struct core *core);
/* The same of this channel; anew: also of those of which he was told. False when nothing waits. */
bool sealing_tell_of(struct core *core, const struct channel *channel, bool anew);

/* reseal.c: lines that are asked for again. */
/* Held from before, and not opened: it may be one to be asked for. */
void reseal_closed(struct core *core, const struct channel *channel, const struct entry *entry);
/* This was stored: what of it asks, answers, or cannot be opened. */
void reseal_heard(struct core *core, struct channel *channel, const struct run *run,
                  const struct entry *lines);
/* The store's answer to a RECALL. */
void reseal_recalled(struct core *core, const struct event *event);
/* Something changed by which one may ask now. */
void reseal_soon(struct core *core);
void reseal_work(struct core *core);
uint64_t reseal_deadline(const struct core *core);

/* reading.c: up to where lines were read. */
void reading_load(struct core *core, const struct event *event);
/* A line of the other's came. */
void reading_line(struct channel *channel, const struct entry *line);
/* The user has looked: a READ of a face. */
void reading_looked(struct core *core, const struct request *request);
/* A READ of the other's. */
void reading_heard(struct core *core, struct channel *channel, const struct entry *line);
void reading_work(struct core *core);
uint64_t reading_deadline(const struct core *core);

/* whom.c: nicks. */
/* The nick of a node, as somebody said it who may be believed; empty when nobody did. */
struct nick whom_nick(struct core *core, const struct id *node);
/* What the channel with that node is called: "@nick", or with digits of the id where another has that
 * name, or there is no nick. */
struct channel_name whom_name(struct core *core, const struct id *peer, const struct nick *nick);
/* The nodes that are called so: by nick, by nick~digits, or by 8 digits of the id and more. */
size_t whom_find(struct core *core, const char *wanted, struct id found[WHOM_SEVERAL]);
void whom_tell_several(struct core *core, const char *nick, const struct id *found, size_t count);
