/* View line: one line of a channel's window: what was said, or a word of the node's, in one piece
 * of memory. */
#pragma once

#include "core/face.h"
#include "ui/wrap.h"

enum view_line_kind {
    LINE_SAID,
    LINE_ACTION,
    LINE_NOTICE,
    LINE_FAINT, /* links: there for who looks */
    LINE_FOLD,  /* who came and went */
    LINE_FLOOD, /* somebody says too much: his lines are counted here */
    LINE_ERROR,
    LINE_ACT, /* somebody was let into a private channel, or removed: it stands where that was decided */
    LINE_GAP,   /* lines of somebody are missing here */
    LINE_BEGIN, /* above it there is nothing */
};

/* A place in the order on screen. */
struct place {
    uint64_t lamport, seq;
    struct id author;
};
int place_compare(const struct place *a, const struct place *b);

struct view_line {
    uint64_t lamport, seq; /* both 0 for what is no entry, no act, and no gap before one */
    uint64_t wall_ms;
    uint32_t day; /* words_day_number(); 0: it has no time of its own, or one that cannot be */
    uint64_t
        from; /* of a gap, which reaches to the one before its seq; of an ACT without a place: how many of
                      its author's lines were left out */
    struct id author, person; /* who has colour and name of it */
    uint16_t text_size, signs_size;
    uint16_t held; /* own: by so many nodes */
    uint8_t nick_size;
    uint8_t kind;
    uint8_t marks, clash; /* of its author: enum person_mark, enum clash, and with whom: */
    struct nick like;
    bool own, history, classic;
    bool late;   /* it came when the reader had seen lines below it */
    bool adrift; /* its clock is none: its place is by arrival */
    bool liar;
    bool taken_back;
    bool read;         /* own: the other of two has read it */
    bool closed;       /* it cannot be opened, and these are our own words for that */
    bool edited;       /* it is not what was said at first */
    bool mention;      /* it names the reader */
    bool up;           /* of a word about a link: it came to be */
    bool first_unread; /* the reader left off right above it */
    char bytes[];      /* nick, text, signs behind it; tamed, no end marks */
};

/* A line out of a SHOW_MESSAGE, or of a sentence (kind NOTICE, FAINT, ERROR; foreign bytes in it
 * are tamed). The owner frees it with free(). */
struct view_line *view_line_said(const struct show *show);
struct view_line *view_line_sentence(enum view_line_kind kind, const char *text, uint64_t wall_ms);
/* The line of a SHOW_GAP, which stands right above the entry that follows the gap. */
struct view_line *view_line_gap(const struct show *show);
/* What is left of a line when its author took it back. */
struct view_line *view_line_taken_back(const struct view_line *line);
/* The line of somebody who floods: n of his are folded. */
struct view_line *view_line_flood(const struct id *author, const struct nick *nick, uint64_t n,
                                  uint64_t wall_ms);
/* True when it is folded, with others of its author around it, unless the reader looks. */
bool view_line_hides(const struct view_line *line);
/* The line as it is when its author changed it. */
struct view_line *view_line_edited(const struct view_line *line, struct bytes text);
/* With these signs behind it (a show's b). */
struct view_line *view_line_reacted(const struct view_line *line, struct bytes list);
/* A number of nodes as a line can hold it. */
uint16_t view_line_count(uint64_t nodes);
/* Its memory in bytes. */
size_t view_line_bytes(const struct view_line *line);
/* True when its place is by clock, not by arrival. */
bool view_line_ordered(const struct view_line *line);
/* True for what was said and can be named by author and seq. */
bool view_line_is_entry(const struct view_line *line);
struct place view_line_place(const struct view_line *line);
/* The order on screen of two ordered lines: lamport, author, seq; a gap stands before the entry of
 * its place. Below or above 0; 0 for the same message. */
int view_line_compare(const struct view_line *a, const struct view_line *b);
/* What the reader knows beside the line. */
struct sight {
    const char *names;  /* what is a mention, one a line: heed.h */
    const char *suffix; /* what tells the author from others of that nick, "" mostly */
    bool plain;         /* the text is drawn without a look for its signs */
};
/* How many rows it takes at this width, and drawing rows from..to-1 of them into cells. */
int view_line_rows(const struct view_line *line, const struct sight *sight, int width);
/* The columns of the nick in its first row; false when it has none there. */
bool view_line_nick(const struct view_line *line, const struct sight *sight, int width, int *from,
                    int *to);
/* The byte of its text that is drawn in that place; false when none is. */
bool view_line_byte(const struct view_line *line, const struct sight *sight, int width, int row,
                    int column, size_t *at);
void view_line_draw(const struct view_line *line, const struct sight *sight, int width, int from,
                    int to, struct cell *cells);
