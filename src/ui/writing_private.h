/* What writing.c (modes, drafts), lookback.c (lines typed before) and choices.c (the list) share. Nobody
 * else includes this. */
#pragma once

#include "ui/command.h"
#include "ui/company.h"
#include "ui/complete.h"
#include "ui/field.h"
#include "ui/label.h"
#include "ui/writing.h"

#define PATTERN_MAX 128
#define PROMPT_MAX  (PATTERN_MAX + LIMIT_CHANNEL + 32)
#define DRAFTS_MAX  (LIMIT_CHANNELS + 1)
#define ROWS_LEAST  2 /* on any screen that has 4 or more */

enum mode { MODE_PLAIN, MODE_HELD, MODE_SEARCH, MODE_FIND };

struct draft {
    struct channel_name channel;
    char *text; /* owned; NULL: none */
    size_t cursor;
};

struct writing {
    struct edit *edit;
    struct edit *side; /* the line found, or the name that is looked for */
    struct field field;
    struct recall *recall;
    struct company company;
    enum mode mode;
    struct channel_name channel;
    unsigned moving; /* commands that change the channel, to which no answer came yet */
    bool answered;   /* one of them was: what is told may be told of that */
    struct draft drafts[DRAFTS_MAX];

    size_t shown; /* the number of the line that is shown; SIZE_MAX: the draft */
    char *before; /* the draft meanwhile */
    size_t found; /* in a search: the number of the line */
    bool lost;    /* and nothing has the pattern */
    char pattern[PATTERN_MAX + 1];

    struct completion list; /* open when its count is not 0 */
    int chosen;             /* -1: none */
    bool put;               /* the chosen one stands in the text */
    char sentence[256];     /* of a paste that waits */
    char in_short[128];     /* the same, where there is little room */
    char taken[LIMIT_TEXT + 1];
    size_t taken_size;
};

/* A copy of a text that is the caller's. */
char *writing_copy_of(const char *text);
/* True for a key that types itself. */
static inline bool writing_types(int action, uint32_t key)
{
    return action == ACTION_NONE && key <= 0x10FFFF;
}

/* Lines typed before: lookback.c. The draft is what is shown; an older line, a newer one; a search among
 * all of them begins, ends, and takes a key: true when it goes on, else that is still to be done. */
void writing_draft_shown(struct writing *writing);
void writing_older(struct writing *writing);
void writing_newer(struct writing *writing);
void writing_search_begin(struct writing *writing);
void writing_search_end(struct writing *writing);
bool writing_do_search(struct writing *writing, int action, uint32_t key);
/* The list of what may be put in: choices.c. It opens at a Tab; another one is chosen; what is typed makes
 * it shorter; it is given up, with what was put in, or closed. */
void writing_list_open(struct writing *writing);
void writing_list_choose(struct writing *writing, int by);
void writing_list_narrow(struct writing *writing);
void writing_list_cancel(struct writing *writing);
void writing_list_close(struct writing *writing);
