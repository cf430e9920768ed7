/* Group: what the files of private channels give each other and the rest of the flow (PROTOCOL.md section 12):
 * group.c, groupshow.c, epochs.c, grouplines.c, readers.c, keys.c, admit.c, grouprequests.c. Only the files of the core's flow include this. */
#pragma once

#include "core/state.h"

/* group.c: acts, and what follows from them. */
void group_load(struct core *core, const struct event *event);
void group_load_act(struct core *core, const struct event *event);
/* It is a private channel from now on, as kept says; NULL: there is no room. */
struct channel *group_made(struct core *core, const struct group_kept *kept);
/* To be kept as it is now. */
void group_keep(struct core *core, const struct channel *channel);
/* True when the author's entries are taken in the channel; so they are in every other. */
bool group_takes(struct channel *channel, const struct id *author);
/* The user's seat; NULL: he is not in. */
const struct seat *group_own(const struct core *core, struct channel *channel);
/* The seat by which the user lets others in: of those of his term the one by which he came, if he may by that one; NULL: he
 * may not. */
const struct seat *group_inviting(const struct core *core, struct channel *channel);
/* The run's entries are held from now on: those that are acts count. live: they are said just now. */
void group_take(struct core *core, struct channel *channel, const struct run *run, bool live);
/* The id of the last act of the author, up to that seq; zeros: there is none. */
struct id group_last_act(const struct group *group, const struct id *author, uint64_t seq);
/* A link came up: it may have cards of members. */
void group_link_up(struct core *core);
void group_work(struct core *core);
uint64_t group_deadline(const struct core *core);

/* groupshow.c: what is seen of them. */
/* The user has joined what is known already: shows that he is in, or was removed meanwhile. */
void group_show_own(struct core *core, struct channel *channel);
/* Why the user has no seat: he is out, or the act that lets him in has not come. */
void group_tell_out(struct core *core, struct channel *channel);
/* True while the user is in by an act that has not come. */
bool group_is_to_come(const struct core *core, struct channel *channel);
/* What has changed of who is in, since `before`. live: it happens just now. */
void group_show_changes(struct core *core, struct channel *channel, const struct members *before,
                        bool live);
/* Who was let in, and takes the channel, is seen there from now on, and who is out no more. */
void group_show_presence(struct core *core, struct channel *channel, const struct members *before);

/* epochs.c: their secrets. */
void group_load_key(struct core *core, const struct event *event);
/* An epoch is held from now on: is its secret at hand? loads: at a start. */
void group_take_epoch(struct core *core, struct channel *channel, struct epoch *epoch,
                      const struct act *act, bool loads);
/* A secret that may be some epoch's; false when it is known, or of no use. */
bool group_take_key(struct core *core, struct channel *channel, const struct loose_key *key);
/* The epoch to write under, which is made if there is none; NULL: it could not be. */
struct epoch *group_writing(struct core *core, struct channel *channel);
/* A new one. */
struct epoch *group_make_epoch(struct core *core, struct channel *channel);

/* grouplines.c: lines. */
/* As sealing_lines(): what is no part of the talk has the kind LEFT_OUT. log: the run's branch; NULL: not known. */
const struct entry *group_lines(struct core *core, struct channel *channel, const struct log *log,
                                const struct run *run);
/* What cuts the seats has changed. */
void group_cut(struct core *core, struct channel *channel);
/* More of the branch is whole; run: what came. */
void group_moved(struct core *core, struct channel *channel, const struct log *log,
                 const struct run *run);
/* Entries of the author were given their bodies. */
void group_filled(struct core *core, struct channel *channel, const struct id *author);
/* The store's answers: to a LOOK that no link caused; and an AGAIN. */
void group_looked(struct core *core, struct channel *channel, const struct event *event);
void group_again(struct core *core, const struct event *event);
/* All lines of the author, or under that epoch, are judged anew. */
void group_judge_author(struct core *core, const struct channel *channel, const struct id *author);
void group_judge_epoch(struct core *core, const struct channel *channel,
                       const uint8_t name[ACT_SHORT]);
/* Says something of one's own, sealed. */
void group_say(struct core *core, struct channel *channel, enum entry_kind kind, struct bytes body);

/* readers.c: whose receipts count. */
/* Of who was let in, what was said before is not to be counted, unless he was given it. */
void readers_come(struct core *core, struct channel *channel, const struct members *before);

/* keys.c: secrets, invitations and requests, over direct channels. */
/* What the peer said in our direct channel, of a kind that is shown to nobody. */
void keys_take(struct core *core, const struct id *peer, uint8_t kind, struct bytes body);
/* Tells the one who is let in by that act: all secrets, or that of one epoch. False when he cannot be reached by a direct
 * channel. */
bool keys_invite(struct core *core, struct channel *channel, const struct id *peer,
                 const struct id *admit, const struct epoch *only);
/* Tells one who is in the same once more, by the act that stands: all secrets that he may know. */
bool keys_invite_again(struct core *core, struct channel *channel, const struct id *peer);
/* Can there be a direct channel with him? */
bool keys_reach(struct core *core, const struct id *peer);
/* What it is called here: as its members call it, or with digits of its id where another is called so, or always. */
struct channel_name keys_name(struct core *core, const struct group_kept *kept, bool digits_only);
/* What he was told by us came to him when he could not open it any more: all of it again, as he may know it now. */
void keys_again(struct core *core, const struct id *peer);
void keys_work(struct core *core, struct channel *channel);
void keys_answer(struct core *core);

/* admit.c: who is let in, and removed. */
void group_admit(struct core *core, const struct request *request);
void group_remove(struct core *core, const struct request *request);
/* Says that he is out of that term, by that seat, beyond what is held of him; of oneself (by: NULL), beyond this. */
bool group_say_removal(struct core *core, struct channel *channel, const struct id *who,
                       uint16_t term, const struct seat *by);
/* The node is one more device of the person whose node `other` is. */
void group_device(struct core *core, const struct id *device, const struct id *other);
/* Devices that were revoked are removed, where that is the user's part. */
void group_put_out_lost(struct core *core, struct channel *channel);

/* The private channel that is named, or the current one; NULL, and told, where it is none. */
struct channel *group_meant(struct core *core, const struct channel_name *name);

/* grouprequests.c: what else a face asks. */
/* CREATE, ADMIT, REMOVE, ROLES. */
void group_request(struct core *core, const struct request *request);
/* Joins what the user is invited to, if it is called so: as its invitation is called here, or, by that inviter, as its members
 * call it. False when the open channel of that name is meant. */
bool group_join(struct core *core, const struct channel_name *name, const struct id *inviter);
/* Leaves it, or declines; false when it is neither private nor an invitation. */
bool group_leave(struct core *core, const struct channel_name *name);
/* The invitations that are open, as rows. */
void group_list(struct core *core);
/* It is forgotten, here and on disk. */
void group_forget(struct core *core, struct invitation *invitation);
void group_tell_invitation(struct core *core, const struct invitation *invitation, bool news);
