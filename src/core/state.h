/* State: what the files of the core's flow share: core.c takes events, load.c those of what is on disk; meet.c, frames.c,
 * heads.c, runs.c with place.c and branch.c, and bodies.c what a peer sends; requests.c what a face asks; work.c does
 * what is due.
 * Nobody else in src/ includes this, but the simulator, where it looks whether a secret is in it. */
#pragma once

#include "core/certificate.h"
#include "core/core.h"
#include "core/direct.h"
#include "core/groups.h"
#include "core/holding.h"
#include "core/link.h"
#include "core/overlay.h"
#include "core/presence.h"
#include "core/punch.h"
#include "core/saying.h"
#include "core/spares.h"
#include "core/sync.h"

/* Of core_config, what is needed all the time. */
struct self {
    struct identity identity;
    struct id network;
    struct process process;
    uint16_t port;
    struct nick nick;
};

/* Whom to link to: choice.c. */
struct choice {
    uint64_t at_ms;        /* when it is looked at again */
    uint64_t dialled_ms;   /* the last spare */
    uint64_t gave_way_ms;  /* when a link last gave way to one who came */
    uint64_t peers_at_ms;  /* when PEERS is sent to somebody; UINT64_MAX: never yet */
    uint64_t change_at_ms; /* when a link is changed; UINT64_MAX: never yet */
    uint64_t changing;     /* the link that is to come for another; 0: none */
    uint64_t kin_at_ms;    /* when those who share a small channel are told of each other */
    uint64_t kin_told_ms;  /* when they last were; 0: never yet */
    struct address own[LIMIT_RECORD_ADDRESSES]; /* where this node may be reached */
    size_t own_count;
    uint8_t record[LIMIT_RECORD]; /* our own, when it was last made */
    size_t record_size;
    uint64_t number, signed_ms;
};

/* What is carried for others: carry.c. */
struct carry {
    uint64_t most_bytes; /* on disk; 0: nothing is carried */
    uint64_t at_ms;      /* when it is looked at what others ask for */
    uint64_t from_ms;    /* changes of our JOIN by it are counted from here */
    uint32_t changes;
    bool changed; /* our JOIN is another than was said */
    bool grown;   /* there may be more than there may be */
};

struct core {
    struct self config;
    struct prng prng;
    struct channels channels;
    struct link_table links;
    struct overlay overlay;
    struct spares spares;
    struct choice choice;
    struct saying saying;
    struct presence presence;
    struct direct direct;
    struct groups groups;
    struct carry carry;
    struct punches punches;
    struct holdings holdings;
    struct link import; /* stands for the file, while an IMPORT is taken */
    struct id *blocked; /* whom the user wants nothing of: block.c */
    size_t blocked_count;
    struct id *refused; /* devices that were revoked, likewise */
    size_t refused_count;
    uint8_t certificate[DEVICE_BODY_MAX]; /* the body of our own; certificate_size 0: none */
    size_t certificate_size;
    bool adopting;       /* what is gathered waits for older own lines */
    bool unwritable;     /* the disk takes nothing now */
    bool many;           /* there are more nodes than are linked all to all */
    bool crowded;        /* ... and more than say notes of themselves */
    uint32_t generation; /* of our JOIN */
    uint64_t changes;    /* of branches, ever: what the store said before one may be old */
    uint64_t have_at_ms; /* when moved heads are announced */
    /* Stopping: */
    bool stopping, stopped;
    uint64_t stop_link_by_ms, stop_by_ms, stop_wait_ms;
    /* The step being done: */
    uint64_t now_us, now_ms, wall_ms;
    bool verified; /* the signature of its ENTRY holds */
    uint8_t hops;  /* over so many nodes it came */
    struct arena arena;
    struct effect *effects;
    size_t effect_count, effect_room, effect_next;
};

/* Before a step, and after it: nothing is in the table, and what was large for one step is not kept. */
void effects_reset(struct core *core);
/* Effects (effects.c). What they point to is taken into the arena by the caller. */
struct effect *emit(struct core *core, enum effect_kind kind);
/* The same, of a channel. */
struct effect *emit_in(struct core *core, enum effect_kind kind, const struct channel *channel);
/* A frame to one link; counts its bytes. */
void emit_send(struct core *core, struct link *link, struct bytes frame);
/* What a branch held from the seq `from` on is another's; both as they are now. */
void emit_split(struct core *core, const struct channel *channel, const struct log *keeps,
                const struct log *gets, uint64_t from);
struct show *emit_show(struct core *core, enum show_kind kind);
void emit_told(struct core *core, enum told told, const char *a, const char *b, uint64_t n);
/* Where a node is, or is not to be dialled any more: to be kept over a restart. */
void emit_met(struct core *core, const struct id *node, const struct address *address,
              enum found found);
void emit_parted(struct core *core, const struct id *node, const struct address *address);
void emit_log(struct core *core, const char *what, const struct link *link);
/* Where lines go now, and which channels are joined: after a change of either; also asks to keep
 * it. */
void emit_current(struct core *core);
void emit_status(struct core *core);
void emit_member(struct core *core, const struct channel *channel, const struct link *link,
                 bool here);
struct bytes arena_string(struct core *core, const char *text);
/* A writer over fresh arena memory. */
struct writer frame_writer(struct core *core, size_t room);

/* A frame to all links that are up and take the channel; and is there any? */
void core_send_to_all(struct core *core, const struct channel *channel, struct bytes frame);
bool core_somebody_hears(const struct core *core, const struct channel *channel);

/* parting.c: what follows when a link ends. */
/* Ends a link from this side: says BYE, hangs up, tells the faces, plans what follows. */
void core_end_link(struct core *core, struct link *link, enum link_why why);
/* What follows when a link is gone, whoever ended it. */
void core_link_gone(struct core *core, struct link *link, enum link_why why);
/* Nothing more is asked of this link. */
void core_forget_source(struct core *core, uint64_t link);
/* Says BYE and hangs up; nothing else follows from it. */
void core_say_bye(struct core *core, struct link *link, enum link_why why);

/* work.c: does what is due. */
void core_work(struct core *core);
/* True while the link may still answer a question about this author's log. */
bool work_asks_of(const struct core *core, struct channel *channel, const struct id *author,
                  const struct link *link);

/* frames.c */
void frame_take(struct core *core, struct link *link, struct bytes frame);
/* Ends the link of one who is broken or means harm; `what` is for the log file. */
void frame_breaks_rules(struct core *core, struct link *link, const char *what);

/* heads.c: what is held, said and heard. */
struct digest heads_digest(struct core *core, struct channel *channel);
/* Compares by the digest of the link's last JOIN, and goes on with BUCKETS if it differs. */
void heads_meet(struct core *core, struct link *link, struct channel *channel);
/* BUCKETS, whatever the digest was. */
void heads_compare(struct core *core, struct link *link, struct channel *channel);
/* The log's head moved: it is announced a little later, by heads_announce. */
void heads_moved(struct core *core, struct channel *channel, struct log *log);
/* There is a hole, or a branch whose base is not found: heads are compared now and then until there
 * is none, so that whatever was lost on the way is heard of again. */
void heads_recheck(const struct core *core, struct channel *channel);
void heads_work(struct core *core, struct channel *channel);
void heads_announce(struct core *core, struct channel *channel);
void heads_take_have(struct core *core, struct link *link, struct bytes frame);
void heads_take_buckets(struct core *core, struct link *link, struct bytes frame);
/* The node, a member, holds our own log up to seq; and was that known already? */
void heads_received(struct core *core, struct channel *channel, const struct id *node,
                    uint64_t seq);
bool heads_is_received(const struct channel *channel, const struct id *node, uint64_t seq);
/* True when this is an entry of our own log, on the branch that goes on, as far as that is known here. */
bool heads_is_own(const struct core *core, struct channel *channel, const struct head *head);
/* The link holds this head; it is to be asked for it by this log, after wait_ms. */
void heads_learn(struct core *core, struct link *link, struct channel *channel, struct log *log,
                 const struct head *head, uint32_t wait_ms);
/* True when some branch of the author ends there, or did lately. */
bool heads_is_known(struct channel *channel, const struct head *head);
/* The store's answer to a LOOK. */
void heads_looked(struct core *core, struct link *link, struct channel *channel,
                  const struct head *head, bool held);

/* block.c */
bool block_is(const struct core *core, const struct id *node);
/* True when there is to be no link with the node: it is blocked, or a device that was revoked. */
bool block_refuses(const struct core *core, const struct id *node);
/* The node is a device that was revoked. */
bool block_is_lost(const struct core *core, const struct id *node);
void block_refuse(struct core *core, const struct id *node);
void block_set(struct core *core, const struct id *node, bool on);

/* notes.c: who is there, beyond one's links. */
void notes_take_who(struct core *core, struct link *link, struct bytes frame);
void notes_take(struct core *core, struct link *link, struct bytes frame);
/* Asks the links that were not asked, if there is more than one. */
void notes_ask(struct core *core);
/* The link has come to take the channel: it is told who else does. */
void notes_tell(struct core *core, struct link *link, const struct channel *channel);
/* Our own channels or nick changed; and we have left this one. */
void notes_self(struct core *core);
void notes_left(struct core *core, const struct channel *channel);
/* Our own are said again by then, if anybody wants them. */
void notes_say_by(struct core *core, uint64_t at_ms);
/* True when a note says that the node is there. */
bool notes_know(const struct core *core, const struct channel *channel, const struct id *node);
/* It is not, whatever the notes said that were heard until now. */
void notes_silence(struct core *core, const struct channel *channel, const struct id *node);
/* What it called itself in the last of them; "" when there is none. */
struct nick notes_last_nick(const struct core *core, const struct channel *channel,
                            const struct id *node);
/* Those in the channel to whom there is no link; room for LIMIT_NOTES. */
size_t notes_beyond(struct core *core, const struct channel *channel, const struct noted **out);
/* Shows these, where the channel was carried until now; false when there are none. */
bool notes_show(struct core *core, const struct channel *channel);
struct nick notes_nick(const struct noted *noted);
/* A link to a node was lost, and not ended by it: others may take this one for gone. */
void notes_link_lost(struct core *core);
/* Are there so many nodes now that nobody says notes in large channels, or few again? And which are large? */
void notes_judge(struct core *core);
/* True when nobody says notes in the channel. */
bool notes_crowded(const struct core *core, const struct channel *channel);
void notes_work(struct core *core);
uint64_t notes_deadline(const struct core *core);

/* holding.c: receipts over hops. */
/* More of the log is held than was said to its author. */
void holding_owe(struct core *core, const struct channel *channel, struct log *log);
/* A note of the author came: he is there, to be told. */
void holding_noted(struct core *core, struct channel *channel, const struct id *author);
void holding_take(struct core *core, struct link *link, struct bytes frame);
void holding_work(struct core *core);

/* punched.c: with whom, and how often. */
struct punched *punched_find(const struct core *core, const struct id *node);
struct punched *punched_by_link(const struct core *core, uint64_t link);
/* The node's place; NULL when there is none to be had. Others may move in memory. */
struct punched *punched_place(struct core *core, const struct id *node);
/* True when it is this node that asks. */
bool punched_begins(const struct core *core, const struct id *node);
/* The try is over. */
void punched_failed(const struct core *core, struct punched *punched);
/* When one more may be begun: now, or later. */
uint64_t punched_refill_ms(struct punches *punches, uint64_t now_ms);
/* By which link the node is known of, though there is none to it; 0: it is not known. */
uint64_t punched_known_by(struct core *core, const struct id *node);
bool punched_may_link(struct core *core, const struct id *node);
/* It is to be asked in a while, if it may be; and all such are looked for. */
void punched_consider(struct core *core, const struct id *node);
void punched_look(struct core *core);

/* punch.c: links through two routers. */
void punch_take(struct core *core, struct link *link, struct bytes frame);
/* It is to be looked at whom there is. */
void punch_soon(struct core *core);
/* The network changed: what was in vain may not be any more. */
void punch_changed(struct core *core);
void punch_link_up(struct core *core, const struct link *link);
void punch_link_gone(struct core *core, const struct link *was, enum link_why why);
void punch_work(struct core *core);
uint64_t punch_deadline(const struct core *core);
void punch_release(struct core *core);

/* runs.c: ENTRY, and LACK in its place. */
void runs_lack(struct core *core, struct link *link, struct channel *channel,
               const struct lack *lack);
void runs_take(struct core *core, struct link *link, struct bytes frame);
/* number: of SIFT, given back. */
void runs_sifted(struct core *core, struct link *link, struct bytes frame, uint64_t number,
                 const struct sifted *sifted);

/* place.c: a run in its branch. */
/* Places a run that joins the branch, or is loose above it. */
void place_run(struct core *core, struct link *link, struct channel *channel, struct log *log,
               const struct run *run, enum entry_part part);
/* Who sends a late entry may know the ones before. */
void place_learn(struct core *core, struct link *link, struct channel *channel, struct log *log,
                 const struct entry *last);
/* The branch has grown past what others announced: was that its own, or another branch's? */
void place_sort_sources(struct core *core, struct channel *channel, struct log *log);
/* Notes whether there is a hole now, so that it is told, or told to be filled. */
void place_hole(struct core *core, struct channel *channel, struct log *log);
/* What is above the hole of one branch is another's, which has none. */
void place_hand_over(struct core *core, struct channel *channel, struct log *from, struct log *to);

/* branch.c: forks. */
/* The author's branch about which the link is asked, or was and may still answer; NULL: none. */
struct log *branch_asked(struct channel *channel, const struct id *author, uint64_t link);
struct log *branch_joined(struct channel *channel, const struct run *run);
struct log *branch_late(const struct core *core, struct channel *channel, const struct id *author,
                        uint64_t link);
/* What is above the branch's hole is another branch's; returns the branch, which keeps the rest. */
struct log *branch_split(struct core *core, struct channel *channel, struct log *log);
/* The run, which will be whole, shares entries with what branches have above their holes, and leaves it: that is made room
 * for, rootless. False when there is no room for one more branch. */
bool branch_part(struct core *core, struct channel *channel, const struct run *run);
/* The head is no branch's here: it is asked for, from further and further below that seq, until its
 * base is found. */
void branch_seek(struct core *core, struct link *link, struct channel *channel,
                 const struct head *head, uint64_t below);
/* The same for a run that lies beside all that is held, and its base is not held either. */
void branch_seek_below(struct core *core, struct link *link, struct channel *channel,
                       const struct run *run);
/* The run joins this branch and leads up to what another holds above its hole: that is this one's.
 * Returns the branch, which may have moved in memory. */
struct log *branch_claim(struct core *core, struct channel *channel, struct log *log,
                         const struct run *run);
/* The run's base is held: it is a branch above it. */
void branch_grow(struct core *core, struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part, const struct sifted *sifted);
/* A run that a branch was asked for is held already: what is above a hole, or of a rootless branch, may stand on it. */
void branch_climb(struct core *core, struct link *link, struct channel *channel,
                  const struct run *run);
/* The same for a run that is in a whole part, whoever was asked for it. Logs may move in memory. */
void branch_root_on(struct core *core, struct channel *channel, const struct run *run);
/* The answer to a question of a rootless branch has ended, and its base was not found: it is looked for
 * twice as far down. */
void branch_go_down(struct log *log);

/* choice.c */
/* True when what nobody asked for may be dialled. */
bool choice_wants_more(const struct core *core);
/* One who comes may stay; and now he does: another link ends, if it must. */
bool choice_has_room(struct core *core, const struct id *node);
void choice_make_room(struct core *core);
void choice_tell_peers(struct core *core, struct link *link);
void choice_take_peers(struct core *core, struct link *link, struct bytes frame);
/* Where this node may be reached; addresses that no record takes are left out. */
void choice_own(struct core *core, const struct address *own, size_t count);
void choice_link_up(struct core *core, struct link *link);
void choice_link_gone(struct core *core, const struct link *was, enum link_why why);
/* An address was found. */
void choice_found(struct core *core);
void choice_work(struct core *core, bool dials);
uint64_t choice_deadline(const struct core *core);

/* kin.c: who shares a channel with this node that few take. */
struct kin_list {
    struct spare *spares[LIMIT_RECORDS];
    size_t count;
};
/* True when the link is one of few that lead to members of a channel of our own. */
bool kin_is_needed(const struct core *core, const struct link *link);
/* True when the node is in a channel of our own that lacks such links. */
bool kin_is_wanted(struct core *core, const struct id *node);
/* True when it is in a small channel that this node takes. */
bool kin_is(struct core *core, const struct id *node);
/* The records of those who share a small channel with the node at the link's end. */
void kin_of(struct core *core, const struct link *link, struct kin_list *list);
/* Marks records and addresses that are wanted, if there is room for a link more. */
void kin_look(struct core *core, bool room);
/* Somebody has come to take a channel: others are told of him soon. */
void kin_news(struct core *core);
void kin_work(struct core *core);

/* carry.c */
/* What others take has changed, or what we do. */
void carry_asked(struct core *core);
/* A run is stored of a channel that may be none of the user's: counts it, and says so in the effect. */
void carry_stored(struct core *core, struct channel *channel, const struct run *run,
                  struct effect *effect);
/* There may be more than may be carried now. */
void carry_bound(struct core *core);
/* Nothing of the channel is asked for or announced any more. */
void carry_rest(struct channel *channel);
void carry_work(struct core *core);
uint64_t carry_deadline(const struct core *core);

/* tree.c */
/* A place in the table has a new link: nothing of the one before holds. */
void tree_link_up(struct core *core, const struct link *link);
/* Frames to the link were dropped: it is LAZY here. */
void tree_overflowed(struct link *link);
/* Pushes the run to the links where its log's entries are wanted, but the one it came from (0: it is our
 * own). False when there are others that take the channel, who are to hear of it by HAVE. */
bool tree_push(struct core *core, const struct channel *channel, const struct log *log,
               const struct run *run, uint64_t from);
/* The link pushes what is new of the log; others may have announced it before. */
void tree_compare(struct core *core, const struct link *link, struct channel *channel,
                  struct log *log, const struct entry *last);
/* The link announced what was here already; a push of it would have come over `far` nodes (0: not known). */
void tree_heard(struct core *core, struct link *link, struct channel *channel,
                const struct head *head, uint8_t far);
/* A run of the log came by this link, and is new; 0: as history, or out of a file. */
void tree_came(const struct core *core, struct log *log, uint64_t link);
/* Over how many nodes it comes that was asked of this link: as it said, or many where it did not say. */
uint8_t tree_far(const struct log *log, const struct link *link);
/* True when a push may come by another link than this. */
bool tree_expects(const struct core *core, const struct channel *channel, const struct link *but);
/* The link is to push nothing more of the author, who is blocked. */
void tree_decline(struct core *core, struct link *link, const struct channel *channel,
                  const struct id *author);
/* The link pushed what was here already. */
void tree_duplicate(struct core *core, struct link *link, struct channel *channel,
                    const struct entry *last);
/* The link is asked for what no push brought in time. */
void tree_graft(struct core *core, struct link *link, struct channel *channel,
                const struct id *author);
void tree_take(struct core *core, struct link *link, struct bytes frame); /* EAGER and LAZY */

/* bodies.c */
/* Some of the log's entries came without their bodies. */
void bodies_missing(struct core *core, struct channel *channel, struct log *log);
/* The link sent a JOIN: it may have more than before. */
void bodies_met(struct core *core, const struct link *link, struct channel *channel);
/* The link announced a head of the author. */
void bodies_heard(const struct core *core, const struct link *link, struct channel *channel,
                  const struct id *author);
void bodies_link_gone(const struct core *core, struct channel *channel, uint64_t link);
/* True while an answer with bodies of this author may come from the link. */
bool bodies_asks(const struct channel *channel, const struct id *author, uint64_t link,
                 uint64_t now_ms);
/* What the run has of bodies goes where they are missing. */
void bodies_fill(struct core *core, struct channel *channel, const struct run *run);
/* An ENTRY, a LACK: true when it was the answer to a question for bodies. */
bool bodies_take(struct core *core, const struct link *link, struct channel *channel,
                 const struct run *run, enum entry_part part);
bool bodies_lack(struct core *core, const struct link *link, struct channel *channel,
                 const struct lack *lack);
/* The store's answer to a BARE: from..top->seq; top->seq 0: nothing. */
void bodies_bare(struct core *core, struct channel *channel, const struct id *author,
                 uint32_t branch, const struct head *top, uint64_t from);
void bodies_work(struct core *core, struct channel *channel);
uint64_t bodies_deadline(const struct core *core, const struct channel *channel);

/* meet.c */
/* Counts one more of what costs much to answer; true when there were too many lately. */
bool meet_too_much(const struct core *core, struct link *link);
void meet_link_in(struct core *core, const struct event *event);
void meet_begin(struct core *core, struct link *link); /* outbound: sends HELLO0 */
void meet_hello0(struct core *core, struct link *link, struct bytes frame);
void meet_hello1(struct core *core, struct link *link, struct bytes frame);
void meet_hello2(struct core *core, struct link *link, struct bytes frame);
void meet_join(struct core *core, struct link *link, struct bytes frame);
void meet_whose(struct core *core, struct link *link, struct bytes frame);
void core_send_join(struct core *core, struct link *link);
/* Announces a changed membership or nick to all links; or what is carried, by the JOIN alone. */
void core_announce_self(struct core *core);
void core_say_join(struct core *core);

/* load.c: what is on disk. An event that names the channel (else it is carried) makes it where it is not there. */
void load_channel(struct core *core, const struct event *event);
void load_log(struct core *core, const struct event *event);
void load_receipt(struct core *core, const struct event *event);
void load_certified(struct core *core, const struct event *event);

/* lists.c */
void list_who(struct core *core, const struct channel_name *name);
void list_channels(struct core *core);
void list_links(struct core *core);
void list_held(struct core *core, const struct channel_name *name);

/* disconnect.c */
void request_disconnect(struct core *core, struct bytes target);

/* requests.c */
/* All that follows once a channel was joined: it is current, and others hear of it. */
void request_joined(struct core *core, struct channel *channel, enum told told, const char *as);
/* The channel that is meant: the named one, or the current one. NULL, and the person told, when it
 * is not joined. */
struct channel *request_meant(struct core *core, const struct channel_name *name);
void request_take(struct core *core, const struct request *request);
void request_leave(struct core *core, const struct channel_name *name);

/* own.c */
/* Says a line, in whatever kind of channel. */
void own_say(struct core *core, struct channel *channel, enum entry_kind kind, struct bytes body);
/* Says at once what was sealed; line: its kind and body as they read. */
void own_say_sealed(struct core *core, struct channel *channel, struct bytes sealed,
                    const struct entry *line);
/* Says an act of a private channel, of our own; false when it cannot be said. *said: what it became. */
bool own_say_act(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body, struct entry *said);
/* Says at once what is no line of its own, but about one; false, and told, where it cannot be said. */
bool own_say_about(struct core *core, struct channel *channel, enum entry_kind kind,
                   struct bytes body);
/* Seals what the user said, if anything waits for it: before any event but another line. */
void own_seal(struct core *core);
/* True while others are being asked for own lines that we lack, and what is gathered waits. */
bool own_adopts(struct core *core);
/* When what was said is sealed; only while something is gathered. */
uint64_t own_seal_ms(const struct core *core);
