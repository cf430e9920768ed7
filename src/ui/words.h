/* Words: every sentence that a person reads from a running node, made from what the node shows. All
 * foreign text in it is tamed. */
#pragma once

#include "core/face.h"

#define WORDS_MAX      2048                 /* room that any sentence of this file fits in */
#define WORDS_NICK_MAX (3 * LIMIT_NICK + 4) /* room that any nick fits in */

/* The sentence of a TOLD, one row of a table. */
void words_told(const struct show *show, char *out, size_t room);
/* One line for each row of an answer (HELD_ROW, WHO_ROW, CHANNEL_ROW, LINK_ROW), a LINK, a MEMBER,
 * PERSON_ROW, READY, a GAP with lines missing, COMING, FORGOTTEN, EDITING, REACTION, INVITE, NAMESAKE. */
void words_row(const struct show *show, char *out, size_t room);
/* Likewise of private channels: INVITATION, ADMITTED, REMOVED, ROLE_ROW, CLOSED, LEFT_OUT. */
void words_private(const struct show *show, char *out, size_t room);
/* "3 lines wait for a key" */
void words_closed(uint64_t n, char *out, size_t room);
/* Gives a MESSAGE that cannot be opened a text that says so. */
void words_sealed(struct show *show);
/* What to type elsewhere to follow an INVITE, behind its row. */
void words_invite(const struct show *show, char *out, size_t room);
/* Why it is not drawn where there are no letters for that. */
const char *words_no_picture(void);
/* "(👍 2*, +1 1)": the signs behind a line, each with how often it is there; * marks one's own.
 * Returns its size, 0 and "" when there are none. */
#define WORDS_REACTIONS_MAX 1024
size_t words_reactions(struct bytes list, char out[WORDS_REACTIONS_MAX]);
/* Before and behind the words of a WORDS: "read these to anna ...", and what to type then. */
void words_verify(const struct show *show, bool behind, char *out, size_t room);
/* "anna is flooding: 9,744 lines are folded"; and when it begins, and nobody knows how many. */
void words_flood(const struct nick *nick, uint64_t n, char *out, size_t room);
void words_flooding(const struct nick *nick, char *out, size_t room);
/* "3 lines of anna are not shown" */
void words_folded(const char *nick, size_t nick_size, uint64_t n, char *out, size_t room);
/* A GAP's lines are all here; there were n. */
void words_gap_filled(const struct nick *nick, uint64_t n, char *out, size_t room);
/* "1,204 older lines are still coming" */
void words_coming(uint64_t n, char *out, size_t room);
/* "looking on eth0, lo: nobody yet" */
void words_looking(const char *interfaces, char *out, size_t room);
/* A nick as it may stand between < and >: tamed, on one line, without spaces or brackets;
 * "somebody" for an empty one. */
void words_nick(const struct nick *nick, char *out, size_t room);
/* "HH:MM" local time of a wall clock in ms. */
void words_clock(uint64_t wall_ms, char out[6]);
/* The minute of the day in local time. */
unsigned words_minute(uint64_t wall_ms);
/* "Fri 27 Nov 2026" in local time, "" when no calendar has it; and a number that is another each
 * day, 0 then. */
#define WORDS_DAY_MAX 32
void words_day(uint64_t wall_ms, char out[WORDS_DAY_MAX]);
uint32_t words_day_number(uint64_t wall_ms);
/* RFC 3339 in UTC with milliseconds. */
void words_time(uint64_t wall_ms, char out[32]);
