/* Disk: what one node has stored, as store/ keeps it, in memory. What was appended is there for
 * readers at once, and stays after a crash only if it was committed. */
#pragma once

#include "base/arena.h"
#include "core/log.h"

struct kept {           /* one entry */
    struct entry entry; /* its body is behind it */
    struct signature signature;
    bool is_signed;
    bool safe;        /* committed */
    bool signed_safe; /* its signature is */
};

struct disk_log {
    struct channel_name channel;
    struct id channel_id;
    struct log live, safe; /* as appended, as committed; author, seq, tip and above_... are used */
    struct kept **kept;    /* by rising seq */
    size_t count, room;
    bool dirty;
};

struct disk {
    struct disk_log *logs;
    size_t log_count, log_room;
    bool pending; /* something is not committed */
};

void disk_release(struct disk *disk);
/* Appends a run as log_place() places it; one that does not fit is left out. */
void disk_append(struct disk *disk, const struct channel_name *channel, const struct run *run);
void disk_commit(struct disk *disk);
/* Back to what was committed: the process died, or a write failed. */
void disk_crash(struct disk *disk);

/* NULL when there is none. */
const struct disk_log *disk_log(const struct disk *disk, const struct id *channel,
                                const struct id *author);
const struct kept *disk_entry(const struct disk_log *log, uint64_t seq);
/* Entries from..to of one log as one run, ending at one whose signature is held: at most
 * LIMIT_RUN_ENTRIES and LIMIT_RUN_BYTES. False when there is none. */
bool disk_read(const struct disk *disk, const struct want *want, uint64_t to, struct arena *arena,
               struct run *run);
/* The highest clock held in a channel below `adrift`. */
uint64_t disk_clock(const struct disk *disk, const struct id *channel, uint64_t adrift);
/* What EVENT_LOAD_LOG takes. */
struct log_load disk_load(const struct disk_log *log);
