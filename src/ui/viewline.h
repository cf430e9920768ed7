/* View line: one line of a channel's window: what was said, or a word of the node's, in one piece
 * of memory. */
#pragma once

#include "core/face.h"
#include "ui/wrap.h"

enum view_line_kind {
    LINE_SAID,
    LINE_ACTION,
    LINE_NOTICE,
    LINE_FAINT, /* joins, leaves, links: there for who looks */
    LINE_ERROR,
};

struct view_line {
    uint64_t lamport, seq; /* both 0 for what has its place by arrival alone */
    uint64_t wall_ms;
    struct id author;
    uint16_t text_size;
    uint8_t nick_size;
    uint8_t kind;
    bool own, history, classic;
    char bytes[]; /* nick, text; tamed, no end marks */
};

/* A line out of a SHOW_MESSAGE, or of a sentence (kind NOTICE, FAINT, ERROR; foreign bytes in it
 * are tamed). The owner frees it with free(). */
struct view_line *view_line_said(const struct show *show);
struct view_line *view_line_sentence(enum view_line_kind kind, const char *text, uint64_t wall_ms);
/* Its memory in bytes. */
size_t view_line_bytes(const struct view_line *line);
/* True when its place is by clock, not by arrival. */
bool view_line_ordered(const struct view_line *line);
/* The order on screen of two ordered lines: lamport, author, seq. Below, at or above 0. */
int view_line_compare(const struct view_line *a, const struct view_line *b);
/* How many rows it takes at this width, and drawing rows from..to-1 of them into cells. */
int view_line_rows(const struct view_line *line, int width);
void view_line_draw(const struct view_line *line, int width, int from, int to, struct cell *cells);
