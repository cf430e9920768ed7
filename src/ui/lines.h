/* Lines: the face for pipes, dumb terminals and screen readers. One a line:
 *
 *     HH:MM #channel <nick> text          said
 *     HH:MM #channel * nick text          done (\me)
 *     HH:MM #channel ~<nick> text         said over a classic link: no proof of who it was
 *     HH:MM #channel ~* nick text
 *     HH:MM #channel ! <nick> text        it names the reader, or a word that he watches
 *     HH:MM 🔒#channel <nick> text       in a private channel
 *     HH:MM #channel (!) <nick> text      by who said two different things in one place
 *     HH:MM #channel (clock adrift) <nick> text
 *     HH:MM -- text                       a notice
 *     HH:MM ---- new in #channel ----     above the first message that was said while the reader was away
 *           more                          a further line of the text above
 *
 * Errors go to err as "fika: text". A catch-up is written oldest first, waiting at most 1 s for
 * more. The caller flushes out. */
#pragma once

#include <stdio.h>

#include "ui/leftoff.h"

#define LINES_HELD_MAX   1000 /* at the bound the older half is written */
#define LINES_FLOODS_MAX 16   /* at the bound the oldest is told to be over */
#define LINES_GAPS_MAX   64   /* at the bound the end of the oldest one is not told */
#define LINES_WAIT_MS    1000

struct lines;

struct lines *lines_new(FILE *out, FILE *err, bool colour);
/* Invites are drawn as QR codes, too, for a terminal: with colours, or by its letters, which are
 * light (on a dark ground) or not; where it has none for that, a sentence says so. */
/* A person reads them: lines of who floods are folded. A program gets all. */
void lines_folds(struct lines *lines);
enum lines_pictures { PICTURES_NONE, PICTURES_CANNOT, PICTURES_LIGHT, PICTURES_DARK };
void lines_pictures(struct lines *lines, enum lines_pictures pictures);
/* Where the reader left off; outlives it. NULL, as at first: nobody reads, and nothing is marked. */
void lines_leftoff(struct lines *lines, struct leftoff *leftoff);
/* What is a mention, one a line (heed.h); outlives it. */
void lines_names(struct lines *lines, const char *names);
void lines_free(struct lines *lines); /* writes what is still held back */
void lines_show(struct lines *lines, const struct show *show, uint64_t now_ms);
/* Writes what has waited long enough; when to call it again (UINT64_MAX: never). */
uint64_t lines_tick(struct lines *lines, uint64_t now_ms);
/* A line of the face's own (help, an error of what was typed). */
void lines_note(struct lines *lines, const char *text, bool error);
