/* Store: entries on disk (SQLite, WAL, synchronous=FULL), as the runs in which they came. One
 * thread. What was appended is there for readers at once and on disk after store_commit. store.c
 * has the schema's why.
 *
 * The core decides where a run goes; the store does what it says. A branch is named by (channel,
 * author, number), and struct log_load says what of it is held: (base_seq, seq] is its whole part,
 * [span_from, span_to] a verified run above a hole. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "core/event.h"

struct store;

/* Opens or makes the file; an older one is brought to this version. A damaged one is moved aside
 * (its new path to `aside`, else an empty string) and an empty one made. */
struct store *store_open(const char *path, char *aside, size_t aside_room, struct error *error);
void store_close(struct store *store);

/* ---- writing: each begins a transaction when none is open, and gives ERROR_NONE or what failed:
 * then all of them and every commit fail with the same until store_rollback ---- */

/* Adds a run whose signature was verified; lines: as many entries, as they read, where some are sealed, else
 * NULL; `after` is its branch as it is with the run. What rows
 * above it held of the same entries is cut away. A FORGET in it drops the body that it takes back,
 * wherever that is held, now or later. */
enum error_code store_append(struct store *store, const struct channel_name *channel,
                             const struct log_load *after, const struct run *run,
                             const struct entry *lines, struct error *error);
/* The branch is so now, and no entry is new. */
enum error_code store_put(struct store *store, const struct channel_name *channel,
                          const struct id *channel_id, const struct log_load *load,
                          struct error *error);
/* Moves what branch keeps->branch holds from the seq `from` on to branch gets->branch. */
enum error_code store_split(struct store *store, const struct channel_name *channel,
                            const struct id *channel_id, const struct log_load *keeps,
                            const struct log_load *gets, uint64_t from, struct error *error);
/* The node holds this node's own log up to seq, the highest counts, and cannot read it up to `below`, the last one does. It
 * begins no transaction, but goes with the next one, or with store_close. */
enum error_code store_receipt(struct store *store, const struct id *channel, const struct id *node,
                              uint64_t seq, uint64_t below, struct error *error);
/* Gives bodies to entries that are held without and that this node wants; filled[i]: entry i of the
 * run was given its own. */
enum error_code store_fill(struct store *store, const struct run *run, const struct entry *lines,
                           bool filled[LIMIT_RUN_ENTRIES], struct error *error);
/* Drops bodies, oldest first in each branch: those of entries older than before_wall_ms (0: no such
 * bound), and, while the file's pages in use take more than most_bytes (0: no such bound), the
 * oldest of all. Ids, and so chains and heads, stay. One call works for about 5 ms and is to be
 * committed; true when there is more to do now. False on a failure, too: *error has its code. */
bool store_retain(struct store *store, uint64_t before_wall_ms, uint64_t most_bytes,
                  struct error *error);

/* ---- direct channels (PROTOCOL.md section 10), of one network ---- */

/* A direct channel, as it is kept. */
struct kept_direct {
    struct id peer, channel;
    struct channel_name name;
    bool shown; /* it has a window */
};
enum error_code store_direct_put(struct store *store, const struct id *network,
                                 const struct kept_direct *direct, struct error *error);
/* By index from 0, sorted by peer; false past the end. */
bool store_direct(struct store *store, const struct id *network, size_t index,
                  struct kept_direct *direct);
/* Up to which seq of the other the author has said that he has read in a direct channel; 0: nothing. */
uint64_t store_read_mark(struct store *store, const struct id *channel, const struct id *author);
/* The id of the channel that has this name here: an open one's is computed, a direct one's is looked up;
 * false when there is none. */
bool store_channel_id(struct store *store, const struct id *network,
                      const struct channel_name *name, struct id *id);
/* An own prekey; replaced_ms: when its successor was first given to somebody, 0: not yet. */
enum error_code store_prekey_put(struct store *store, const struct id *network,
                                 const struct prekey *prekey, uint64_t replaced_ms,
                                 struct error *error);
/* Destroys it: its bytes are overwritten, at the next commit. */
enum error_code store_prekey_drop(struct store *store, const struct id *network,
                                  const struct prekey *prekey, struct error *error);
bool store_prekey(struct store *store, const struct id *network, size_t index,
                  struct prekey *prekey, uint64_t *replaced_ms);
/* Keeps a card that holds, if it is newer than what is held of its node. */
enum error_code store_card_put(struct store *store, const struct id *network,
                               const struct keycard *card, uint64_t wall_ms, struct error *error);
bool store_card(struct store *store, const struct id *network, const struct id *node,
                struct keycard *card);
/* Whose cards are held, those heard last first; returns how many, at most `most`. */
size_t store_card_nodes(struct store *store, const struct id *network, struct id *nodes,
                        size_t most);
/* A line that waits for the other's card. */
enum error_code store_waiting_put(struct store *store, const struct id *channel, uint8_t kind,
                                  struct bytes body, struct error *error);
enum error_code store_waiting_drop(struct store *store, const struct id *channel,
                                   struct error *error);
/* By index, in the order in which they were put; its body is in the arena. */
bool store_waiting(struct store *store, const struct id *channel, size_t index, struct arena *arena,
                   uint8_t *kind, struct bytes *body);
/* ---- private channels (section 12) ---- */

enum error_code store_group_put(struct store *store, const struct id *network,
                                const struct group_kept *group, struct error *error);
/* Nothing of it is kept any more, but what is in its log. */
enum error_code store_group_drop(struct store *store, const struct id *network,
                                 const struct id *channel, struct error *error);
/* By index from 0, sorted by channel; false past the end. */
bool store_group(struct store *store, const struct id *network, size_t index,
                 struct group_kept *group);
/* Its id, if a channel that the user is in, or was, is called so here. */
bool store_group_named(struct store *store, const struct id *network,
                       const struct channel_name *name, struct id *channel);
/* An act: header and body of its entry. */
enum error_code store_act_put(struct store *store, const struct id *channel, struct bytes entry,
                              struct error *error);
/* The next one behind that id (zeros: the first), which moves on; its bytes are in the arena. */
bool store_act_next(struct store *store, const struct id *channel, struct id *id,
                    struct arena *arena, struct bytes *entry);
/* An epoch's short name and its secret. */
enum error_code store_key_put(struct store *store, const struct id *channel, struct bytes key,
                              struct error *error);
bool store_key(struct store *store, const struct id *channel, size_t index, struct loose_key *key);
/* The entry reads as the line from now on; or does not any more, for that reason. */
enum error_code store_opened(struct store *store, const struct entry *entry,
                             const struct entry *line, struct error *error);
enum error_code store_close_line(struct store *store, const struct entry *entry,
                                 enum why_closed why, struct error *error);
/* Whether it was opened, and else why not. */
bool store_was_opened(struct store *store, const struct entry *entry, enum why_closed *why);
/* How many lines wait for a key. */
uint64_t store_closed_count(struct store *store, const struct id *channel);
/* The next entry behind `after` (author, seq, id; zeros: the first) that waits for the secret of that epoch, with its body in the
 * arena, and the branch that it is on. */
bool store_closed_next(struct store *store, const struct id *channel,
                       const uint8_t epoch[ACT_SHORT], const struct entry *after,
                       struct arena *arena, struct entry *entry, uint32_t *branch);
/* The branch that has the entry in its whole part; false when none has. */
bool store_branch(struct store *store, const struct head *head, const struct id *channel,
                  uint32_t *branch);
/* Channels that are carried for others; they have no name in this file until the user joins one. */
struct store_carried {
    struct id channel, network;
    struct id asker; /* who asked for it first, and when somebody did last */
    uint64_t asked_wall_ms;
    uint64_t bytes; /* about what is stored of it */
};
/* The channel is carried, as said. store_append() in it comes after this, with an empty name. */
enum error_code store_carry(struct store *store, const struct store_carried *carried,
                            struct error *error);
enum error_code store_carried_bytes(struct store *store, const struct id *channel, uint64_t bytes,
                                    struct error *error);
/* It is the user's own from now on, with all that is held of it. */
enum error_code store_name(struct store *store, const struct id *channel,
                           const struct channel_name *name, struct error *error);
/* Nothing of it is held any more, if it has no name. Its room is given back by store_sweep(), a slice of
 * about 5 ms a call, which is to be committed: true while there is more to do. */
enum error_code store_drop(struct store *store, const struct id *channel, struct error *error);
bool store_sweep(struct store *store, struct error *error);

/* Makes all since the last commit durable (fsync). No-op when there is nothing. ERROR_STORE_DAMAGED
 * also when a read found the damage: close the store then, and store_open moves the file aside. */
enum error_code store_commit(struct store *store, struct error *error);
/* Takes back all since the last commit. After it the store can be written again, unless the file is
 * damaged. */
void store_rollback(struct store *store);
/* Tries whether the disk takes writes again, after a failure; changes nothing. */
enum error_code store_probe(struct store *store, struct error *error);
bool store_pending(const struct store *store);
/* True once any call found that the file is damaged: close it and open it anew. */
bool store_damaged(const struct store *store);

/* ---- at start, by index from 0 ---- */

/* The channels held that have a name (name "" past the end). lamport: the channel's clock, of what is not
 * adrift (core invariant 5). */
bool store_channel(struct store *store, size_t index, struct channel_name *channel, struct id *id,
                   uint64_t *lamport);
/* Those that are carried, of every network; and the clock of such a one, likewise. */
bool store_carried_at(struct store *store, size_t index, struct store_carried *carried);
uint64_t store_clock(struct store *store, const struct id *channel, uint64_t adrift);
/* Their branches, by author, then by rising number. */
bool store_log(struct store *store, const struct id *channel, size_t index, struct log_load *load);
bool store_receipt_at(struct store *store, const struct id *channel, size_t index, struct id *node,
                      uint64_t *seq, uint64_t *below);

/* ---- for the core and its peers ---- */

/* The lowest stretch of the branch above a seq in which bodies are missing that may be had: *from to
 * top->seq, ending at a row's end; false (top->seq 0) when there is none. */
bool store_bare(struct store *store, const struct id *channel, const struct id *author,
                uint32_t branch, uint64_t above, uint64_t *from, struct head *top);
/* True when that entry is in the whole part of some branch. */
bool store_holds(struct store *store, const struct id *channel, const struct id *author,
                 uint64_t seq, const struct id *id);
/* How a run stands to what is held. */
void store_sift(struct store *store, const struct run *run, struct sifted *sifted);
/* Writes the next ENTRY frame that answers a WANT: entries from want->from on, along the branch
 * whose whole part has want->tip at want->to, and below its base along its parents. It ends at the
 * last signature that the bounds of a run allow, and where there is none at want->to, at the first
 * above it. Of BODIES, what is in rows that lack some is left out. *last is where to go on above; more
 * than was asked for may be in the frame. Returns the frame's size; 0 when there is nothing up to
 * *last. */
size_t store_frame(struct store *store, const struct want *want, enum entry_part part,
                   uint8_t frame[LIMIT_FRAME], uint64_t *last);
/* The next run of a branch that ends above the seq, with what is in it, whole part or not; to go
 * through all there is: for each store_log(), from 0, then from the last seq it gave. All in the
 * arena. */
bool store_run_at(struct store *store, const struct id *channel, const struct id *author,
                  uint32_t branch, uint64_t above, struct arena *arena, struct run *run);

/* The entry as it reads: where it is sealed and was opened, its kind and body are those (in the arena). Its id is as
 * it was. */
void store_read_sealed(struct store *store, struct entry *entry, struct arena *arena);
/* The entry that is held sealed, and was not opened, says what the line does (its channel, author, seq and id name
 * it). *opened: it does, and was not taken back; then *entry is it as it reads, in the arena. */
enum error_code store_open_line(struct store *store, const struct entry *line, struct arena *arena,
                                struct entry *entry, bool *opened, struct error *error);

/* ---- pages: text entries, opened, that have their bodies and are not adrift, in (lamport, author, seq, id)
 * order, oldest first: call store_last, store_before or store_after, then store_last_next until it is false.
 * Bodies are in the arena. Appending in between is allowed ---- */

/* The newest `count`. */
void store_last(struct store *store, const struct id *channel, size_t count);
/* The newest `count` before that place. Entries that have one place together (of two branches) are
 * never parted, so there may be a few less or more. */
void store_before(struct store *store, const struct id *channel, size_t count, uint64_t lamport,
                  const struct id *author, uint64_t seq);
/* The oldest `count` after that place, likewise. */
void store_after(struct store *store, const struct id *channel, size_t count, uint64_t lamport,
                 const struct id *author, uint64_t seq);
bool store_last_next(struct store *store, struct arena *arena, struct entry *entry);
/* True when there are older ones than that page has; of store_after(), newer ones. */
bool store_more(const struct store *store);
/* That entry as it reads, if it is held with its body, which is in the arena. */
bool store_entry(struct store *store, const struct id *channel, const struct id *author,
                 uint64_t seq, const struct id *id, struct arena *arena, struct entry *entry);
/* The newest EDIT of that entry by its author, likewise: entry_edits() has what it says. */
bool store_edited(struct store *store, const struct id *channel, const struct id *author,
                  uint64_t seq, const struct id *id, struct arena *arena, struct entry *edit);
/* The entry that stands there, likewise, whatever its id. */
bool store_at(struct store *store, const struct id *channel, const struct id *author, uint64_t seq,
              uint64_t lamport, struct arena *arena, struct entry *entry);
/* The signs behind that entry, as show->b has them (core/face.h), the most frequent first; own is
 * whose are marked. Returns the size, 0 for none. */
size_t store_reactions(struct store *store, const struct entry *entry, const struct id *own,
                       uint8_t out[REACTIONS_BYTES]);
/* True when who has put the sign behind that entry, and not taken it away; *by (unless NULL): the
 * REACTION that says it, zeros for none. */
bool store_reacts(struct store *store, const struct id *channel, const struct id *who,
                  const struct reaction *reaction, struct id *by);
/* What was said of devices (certificate.h), and holds: all of it, in the arena; returns how many. */
struct said_device {
    struct id channel, author;
    struct bytes body;
};
size_t store_devices(struct store *store, struct arena *arena, struct said_device **list);
/* True when that, or what counts before it, was said in the channel. */
bool store_said(struct store *store, const struct id *channel, struct bytes body);
/* True when the entry is the author's one of (head_seq, head), or below it, as far as what is held shows that. */
bool store_below(struct store *store, const struct entry *entry, uint64_t head_seq,
                 const struct id *head);
/* Who spoke in a channel under one nick. */
struct namesake {
    struct id other;        /* the one that did last */
    uint64_t met_ms;        /* wall time, not after now */
    uint64_t own_met_ms;    /* when the one that is asked of did last, 0: never; and when ... */
    uint64_t own_before_ms; /* ... before the hour of that */
};
/* Who last spoke there under that nick, upper and lower case alike, other than `author`; behind him (n from 1
 * on) the nth before him. False: nobody did. */
bool store_namesake(struct store *store, const struct id *channel, const struct nick *nick,
                    const struct id *author, size_t n, struct namesake *namesake);
/* The author's nth newest (from 1) such entry, adrift or not. */
bool store_own(struct store *store, const struct id *channel, const struct id *author, size_t nth,
               uint64_t *seq, struct id *id);
