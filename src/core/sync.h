/* Sync: what a log lacks, who holds it, when to ask whom. Pure bookkeeping; core.c sends what it
 * decides. */
#pragma once

#include "core/channel.h"

/* A link announced this head. Remembers it as a source if the log lacks some of it, to be asked at
 * ask_at_ms. A doubtful one takes no other's place. */
void sync_learn(struct log *log, uint64_t link, const struct head *head, bool doubtful,
                uint64_t ask_at_ms);
/* A link ended, or brought what does not fit: it is no source any more, and what it was asked is
 * asked elsewhere at once. */
void sync_forget(struct log *log, uint64_t link, uint64_t now_ms);
/* The link holds this head on another branch than this: it is no source of it by that head. */
void sync_drop(struct log *log, uint64_t link, const struct head *head, uint64_t now_ms);
/* The answer that was awaited from link has ended. False when it brought nothing: the link is then
 * no source any more until it announces again. */
bool sync_answered(struct log *log, uint64_t link, uint64_t now_ms);
/* The link did not answer in time: it is asked again after ASK_AGAIN_MS, after all others. */
void sync_doubt(struct log *log, uint64_t link, uint64_t now_ms);
/* Whom the log waits for though WANT_DEADLINE_MS passed since it asked; 0: nobody. */
uint64_t sync_overdue(const struct log *log, uint64_t now_ms);
/* The link is still busy with answers: the deadline moves, up to WANT_LAST_MS after the question.
 */
void sync_wait(struct log *log, uint64_t until_ms);
/* Whom to ask, when it is time to; 0: nobody. */
uint64_t sync_whom(struct log *log, uint64_t now_ms);
/* True when so much is missing that its newest `tail` entries are to be asked for first. */
bool sync_wants_tail(const struct log *log, uint64_t tail);
/* Counts the question to this source (sync_whom's) as asked, and fills it (channel left to the
 * caller). */
void sync_ask(struct log *log, uint64_t link, uint64_t now_ms, uint64_t tail, struct want *want);
/* When something of the above is due; UINT64_MAX for never. */
uint64_t sync_deadline(const struct log *log);
/* How many entries of the log are said to exist elsewhere, by who answers, and are not held. */
uint64_t sync_missing(const struct log *log);
