/* Found list: what a search found, as a list to choose from: the newest last, and chosen first. */
#pragma once

#include "core/face.h"
#include "ui/cells.h"
#include "ui/viewline.h"

#define FOUNDLIST_MAX 128 /* older ones are left out */

/* One line that was found. */
struct found {
    struct channel_name channel;
    struct place place;
    bool adrift;  /* it has no place */
    char *text;   /* one row, tamed */
    size_t where; /* in it: behind the time, the channel */
    size_t named; /* and where the nick ends; 0: nowhere */
    struct nick nick;
};

enum foundlist_wish {
    FOUNDLIST_STAY,  /* the action is done */
    FOUNDLIST_CLOSE, /* it closed, and the action is still to be done */
    FOUNDLIST_SHUT,  /* it closed, and that was all */
    FOUNDLIST_GO,    /* it closed, and foundlist_chosen() is where to go */
};

struct foundlist;

struct foundlist *foundlist_new(void);
void foundlist_free(struct foundlist *list);
/* Takes in a FOUND or a FOUND_END, which opens it when there is anything to choose from. False for
 * all else: also for the end of a search that found nothing. */
bool foundlist_show(struct foundlist *list, const struct show *show);
bool foundlist_is_open(const struct foundlist *list);
/* Carries out an action of keys.h. */
enum foundlist_wish foundlist_do(struct foundlist *list, int action);
/* Chooses the one that was painted in row y. False when none was. */
bool foundlist_click(struct foundlist *list, int y);
/* The chosen one, valid until the next search. */
const struct found *foundlist_chosen(const struct foundlist *list);
/* Draws it into the last of `rows` rows of `width` cells, as many as it takes. */
void foundlist_paint(struct foundlist *list, struct cell *cells, int width, int rows);
