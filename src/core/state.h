/* State: what core.c, meet.c, frames.c, requests.c and work.c share. Those five are the core's flow:
 * core.c takes events, meet.c and frames.c what a peer sends, requests.c what a face asks, work.c does
 * what is due. Nobody else in src/ includes this. */
#pragma once

#include "core/core.h"
#include "core/link.h"
#include "core/overlay.h"
#include "core/saying.h"
#include "core/sync.h"

struct core {
    struct core_config config;
    struct prng prng;
    struct channels channels;
    struct link_table links;
    struct overlay overlay;
    struct saying saying;
    bool unwritable;     /* the disk takes nothing now */
    uint32_t generation; /* of our JOIN */
    uint64_t have_at_ms; /* when moved heads are announced */
    /* Stopping: */
    bool stopping, stopped;
    uint64_t stop_link_by_ms, stop_by_ms, stop_wait_ms;
    /* The step being done: */
    uint64_t now_us, now_ms, wall_ms;
    struct arena arena;
    struct effect *effects;
    size_t effect_count, effect_room, effect_next;
};

/* Effects (effects.c). What they point to is taken into the arena by the caller. */
struct effect *emit(struct core *core, enum effect_kind kind);
/* A frame to one link; counts its bytes. */
void emit_send(struct core *core, struct link *link, struct bytes frame);
struct show *emit_show(struct core *core, enum show_kind kind);
void emit_told(struct core *core, enum told told, const char *a, const char *b, uint64_t n);
void emit_log(struct core *core, const char *what, const struct link *link);
/* Where lines go now, and which channels are joined: after a change of either; also asks to keep
 * it. */
void emit_current(struct core *core);
void emit_status(struct core *core);
/* A message of an entry; nothing for kinds that are not shown. */
void emit_message(struct core *core, const struct channel *channel, const struct entry *entry,
                  enum via via);
void emit_member(struct core *core, const struct channel *channel, const struct link *link,
                 bool here);
struct bytes arena_string(struct core *core, const char *text);
/* A writer over fresh arena memory. */
struct writer frame_writer(struct core *core, size_t room);

/* Flow that more than one of the three needs (core.c). */
void core_send_join(struct core *core, struct link *link);
/* Every head of the channel, to one link. */
void core_send_heads(struct core *core, struct link *link, struct channel *channel);
/* Is there a link that is up and takes the channel? A frame to all such links. */
bool core_somebody_hears(const struct core *core, const struct channel *channel);
void core_send_to_all(struct core *core, const struct channel *channel, struct bytes frame);
/* Announces a changed membership or nick to all links. */
void core_announce_self(struct core *core);
/* Ends a link from this side: says BYE, hangs up, tells the faces, plans what follows. */
void core_end_link(struct core *core, struct link *link, enum link_why why);
/* What follows when a link is gone, whoever ended it. */
void core_link_gone(struct core *core, struct link *link, enum link_why why);

/* The two parts of an announcement. */
void core_have_add(struct have *have, const struct log *log);
struct bytes core_have_frame(struct core *core, const struct have *have);
/* Says BYE and hangs up; nothing else follows from it. */
void core_say_bye(struct core *core, struct link *link, enum link_why why);

/* work.c: does what is due. */
void core_work(struct core *core);

/* frames.c */
void frame_take(struct core *core, struct link *link, struct bytes frame);
/* Ends the link of one who is broken or means harm; `what` is for the log file. */
void frame_breaks_rules(struct core *core, struct link *link, const char *what);

/* meet.c */
void meet_begin(struct core *core, struct link *link); /* outbound: sends HELLO0 */
void meet_hello0(struct core *core, struct link *link, struct bytes frame);
void meet_hello1(struct core *core, struct link *link, struct bytes frame);
void meet_hello2(struct core *core, struct link *link, struct bytes frame);
void meet_join(struct core *core, struct link *link, struct bytes frame);

/* requests.c */
void request_take(struct core *core, const struct request *request);
/* Seals what the user said, if anything waits for it: before any event but another line. */
void request_seal(struct core *core);
