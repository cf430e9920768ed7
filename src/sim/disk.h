/* Disk: what one node has stored, as store/ keeps it, in memory: the branches of logs that the core
 * laid out, who holds how much of its own. What was appended is there for readers at once, and stays
 * after a crash only if it was committed. */
#pragma once

#include "base/arena.h"
#include "core/event.h"

struct kept {           /* one entry */
    struct entry entry; /* its body is behind it */
    struct signature signature;
    bool is_signed;
    bool safe;         /* committed */
    bool signed_safe;  /* its signature is */
    bool forgotten;    /* it was taken back: its body is not wanted */
    struct kept *next; /* all that this disk ever held */
};

struct layer { /* a branch's entries, by rising seq */
    struct kept **at;
    size_t count, room;
};

struct disk_log { /* one branch */
    struct id channel_id, author;
    struct log_load load, safe_load; /* as appended, as committed */
    struct layer live, safe;
    bool exists_safe; /* it was there at the last commit */
    bool dirty;
    bool dropped; /* with its channel; gone at the next commit */
};

struct disk_carried { /* a channel that is kept for others */
    struct id channel, asker;
    uint64_t asked_wall_ms, bytes;
};
#define DISK_CARRIED LIMIT_CARRIED
struct disk_carrying {
    struct disk_carried list[DISK_CARRIED];
    size_t count;
};

struct disk_receipt {
    struct id channel;
    struct id node;
    uint64_t number, safe_number; /* 0: none */
    uint64_t below, safe_below;
};

struct disk {
    struct disk_log *logs;
    size_t log_count, log_room;
    struct disk_receipt *receipts;
    size_t receipt_count, receipt_room;
    struct disk_carrying carried, safe_carried;
    struct kept *all;
    bool pending; /* something is not committed */
    bool forgets; /* something was taken back, ever */
};

void disk_release(struct disk *disk);
/* Makes `copy`, which is empty, hold what is committed. */
void disk_copy(struct disk *copy, const struct disk *disk);
/* The run's entries go to their branch, which then is as load says. */
void disk_append(struct disk *disk, const struct id *channel, const struct log_load *load,
                 const struct run *run);
/* The branch is as load says; no entry is new. */
void disk_put(struct disk *disk, const struct id *channel, const struct log_load *load);
/* What stands from the seq on in the branch of keeps goes to that of gets. */
void disk_split(struct disk *disk, const struct id *channel, const struct log_load *keeps,
                const struct log_load *gets, uint64_t seq);
/* Bodies of the run go to entries that lack them and are not forgotten; filled[i]: entry i was given its
 * own. */
void disk_fill(struct disk *disk, const struct run *run, bool filled[LIMIT_RUN_ENTRIES]);
void disk_receipt(struct disk *disk, const struct id *channel, const struct id *node,
                  uint64_t number, uint64_t below);
/* The channel is carried, or (NULL) is not any more; bytes: that are stored of it. */
void disk_carry(struct disk *disk, const struct id *channel, const struct disk_carried *carried);
void disk_carried_bytes(struct disk *disk, const struct id *channel, uint64_t bytes);
/* Nothing of the channel is kept. */
void disk_drop(struct disk *disk, const struct id *channel);
void disk_commit(struct disk *disk);
/* Back to what was committed: the process died, or a write failed. */
void disk_crash(struct disk *disk);

/* Readers (diskread.c). */

/* The author's next branch that exists, after that one (NULL: the first); NULL when there is no
 * more. */
const struct disk_log *disk_branch(const struct disk *disk, const struct id *channel,
                                   const struct id *author, const struct disk_log *after);
/* True when there is no room for one more branch of his: what would stand on it is declined. */
bool disk_is_full(const struct disk *disk, const struct id *channel, const struct id *author);
/* Of his branches with a whole part the one that reaches highest; NULL when there is none. */
const struct disk_log *disk_highest(const struct disk *disk, const struct id *channel,
                                    const struct id *author);
/* Where the entry with this seq is, or would be. */
size_t layer_find(const struct layer *layer, uint64_t seq);
/* The entry on any of the author's branches, above a hole, too; NULL when it is on none. */
const struct kept *disk_find(const struct disk *disk, const struct id *channel,
                             const struct id *author, uint64_t seq, const struct id *id);
/* The same, in the whole parts only. */
const struct kept *disk_holds(const struct disk *disk, const struct id *channel,
                              const struct id *author, uint64_t seq, const struct id *id);
/* On which branch it is; whole: in a whole part. False when it is on none. */
bool disk_branch_with(const struct disk *disk, const struct id *channel, const struct head *head,
                      bool whole, uint32_t *branch);
/* True when a whole part holds it, and did at the last commit. */
bool disk_holds_safe(const struct disk *disk, const struct id *channel, const struct head *head);
/* The lowest stretch of a branch above a seq in which bodies are missing: *from to top->seq; top->seq 0:
 * none. */
void disk_bare(const struct disk *disk, const struct id *channel, const struct log_load *which,
               uint64_t above, uint64_t *from, struct head *top);
/* True when an entry of the branch lacks a body that is not forgotten. */
bool disk_lacks_bodies(const struct disk_log *log);
/* True when a FORGET that is held takes the entry back. */
bool disk_forgets(const struct disk *disk, const struct entry *entry);
struct sifted disk_sift(const struct disk *disk, const struct run *run);
/* One run of what is wanted, from want->from on, along the branch that has want->tip at want->to and
 * down those it stands on; it ends at one whose signature is held, at most LIMIT_RUN_ENTRIES and
 * LIMIT_RUN_BYTES, and may go over want->to for that. Of BODIES, from the first entry on that has its
 * own. *next: what is to be read then. False when there is none. */
bool disk_read(const struct disk *disk, const struct want *want, struct arena *arena,
               struct run *run, uint64_t *next);
/* The highest clock held in a channel below `adrift`. */
uint64_t disk_clock(const struct disk *disk, const struct id *channel, uint64_t adrift);
