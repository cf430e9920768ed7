/* Recall: the lines that a person has typed, by channel, for going back to them. They are kept over
 * restarts in a file whose text is made and read here; who has the file is the program's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RECALL_LINES_MAX 1000         /* the oldest is let go */
#define RECALL_BYTES_MAX (256 * 1024) /* of all lines; likewise */

struct recall;

struct recall *recall_new(void);
void recall_free(struct recall *recall);
/* Keeps a line, unless it is the channel's last one again. `lasting`: over restarts, too. */
void recall_add(struct recall *recall, const char *channel, const char *line, bool lasting);
/* The line of that channel before (or behind) the one with this number; on success *number is its
 * own. Numbers grow with each line; SIZE_MAX is behind the last. NULL: none. */
const char *recall_older(const struct recall *recall, const char *channel, size_t *number);
const char *recall_newer(const struct recall *recall, const char *channel, size_t *number);
/* The newest line of any channel, below that number, that contains the text. */
const char *recall_search(const struct recall *recall, const char *text, size_t *number);
/* The same upwards: the oldest line above that number. */
const char *recall_search_newer(const struct recall *recall, const char *text, size_t *number);

/* The lasting lines, one a line, oldest first: the channel, a space, the line with \ and line breaks
 * escaped. The text is the caller's to free. */
char *recall_write(struct recall *recall, size_t *size);
/* The same of the lines that neither of the two has given yet; NULL when there are none. */
char *recall_fresh(struct recall *recall, size_t *size);
/* Takes them in; a line that is damaged costs that line alone. */
void recall_read(struct recall *recall, const char *text, size_t size);
