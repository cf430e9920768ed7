/* Search: an index over what is held, in a file of its own beside the history, filled behind in small
 * slices. It can always be made again from the history, so nothing waits for it to be on disk, and a
 * file that is torn is thrown away. One thread, the store's. */
#pragma once

#include "store/query.h"
#include "store/store.h"

struct search;

/* Opens or makes the index; from then on the store tells it what is let go of. NULL when the file
 * cannot be made: then there is no searching. The store is to outlive it. Only
 * channels of this network are found. */
struct search *search_open(const char *path, struct store *store, const struct id *network);
void search_close(struct search *search);

/* Takes up more of the history for about so long; true when there is more to do. */
bool search_slice(struct search *search, uint64_t most_us);
/* How many of the entries that are held have been taken up, of how many. */
void search_progress(struct search *search, uint64_t *done, uint64_t *all);

/* One line that was found. */
struct found_line {
    struct channel_name channel;
    struct entry entry; /* its body is in the arena */
};

/* The newest that the query finds, newest first, into lines, at most `most`; returns how many. *more:
 * there are others. */
size_t search_find(struct search *search, const struct query *query, size_t most,
                   struct arena *arena, struct found_line *lines, bool *more);
