/* Writing: all that happens in the input: the text and its draft for each channel, going back to
 * lines typed before and searching them, completing, a paste that waits for a decision. It knows no
 * terminal: it takes actions of keys.h, and paints cells. */
#pragma once

#include "ui/cells.h"
#include "ui/keys.h"
#include "ui/recall.h"

struct channel_name;
struct show;
struct writing;

/* What an action asks of the caller. */
enum wish {
    WISH_NONE,
    WISH_SEND, /* the line that writing_taken() gives */
    WISH_FIND, /* go to the channel that writing_taken() names */
};

struct writing *writing_new(void);
void writing_free(struct writing *writing);
/* What was typed before; the caller may fill it. */
struct recall *writing_recall(struct writing *writing);
/* The text itself. */
struct edit *writing_edit(struct writing *writing);

/* Takes in what the node shows: the current channel, who is there and speaks. */
void writing_show(struct writing *writing, const struct show *show);
/* The text of that channel, before the node has said that it is the current one. */
void writing_go(struct writing *writing, const struct channel_name *channel);
/* Carries out what a key asks for; action ACTION_NONE types the key. Actions that are none of the
 * input's do nothing but end what was open. */
enum wish writing_do(struct writing *writing, int action, uint32_t key);
/* What WISH_SEND and WISH_FIND speak of, ended by a zero; valid until the next call. */
const char *writing_taken(const struct writing *writing, size_t *size);
/* Puts another text in place of all that is typed, as a change that can be undone. False when not all of
 * it has room. */
bool writing_replace(struct writing *writing, const char *text, size_t size);
/* Takes a paste in: one line goes into the text; several wait for a decision. False when not all of
 * it found room. */
bool writing_paste(struct writing *writing, const char *text, size_t size);
/* Puts a nick in: it is spoken to where nothing is typed yet, else spoken of. */
void writing_name(struct writing *writing, const char *nick);
/* True when nothing is typed, and nothing is open. */
bool writing_empty(const struct writing *writing);

/* How many rows of a screen of that size the input wants: at most a third of it. */
int writing_rows(struct writing *writing, int width, int height);
/* Draws the last `rows` rows of the screen, and over the rows above the status bar what is open.
 * Gives the cursor's place on the screen. True when something lies over the view. */
bool writing_paint(struct writing *writing, struct cell *cells, int width, int height, int rows,
                   int *cursor_row, int *cursor_column);
