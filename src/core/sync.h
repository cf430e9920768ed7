/* Sync: what a log lacks, who holds it, when to ask whom. Pure bookkeeping; core.c sends what it
 * decides. */
#pragma once

#include "core/channel.h"

/* A link announced this head. Remembers it as a source if the log lacks some of it, to be asked at
 * ask_at_ms. */
void sync_learn(struct log *log, uint64_t link, const struct head *head, uint64_t ask_at_ms);
/* A link ended: it holds nothing any more for us, and what it was asked is asked elsewhere at once.
 */
void sync_forget(struct log *log, uint64_t link, uint64_t now_ms);
/* The answer that was awaited from link has ended. */
void sync_answered(struct log *log, uint64_t link, uint64_t now_ms);
/* If it is time to ask for something: true, *link and *want filled (channel left to the caller),
 * and the question is counted as asked. A source that did not answer within WANT_DEADLINE_MS is let
 * go first. */
bool sync_ask(struct log *log, uint64_t now_ms, uint64_t *link, struct want *want);
/* When sync_ask may next have something to say; UINT64_MAX for never. */
uint64_t sync_deadline(const struct log *log);
/* How many entries of the log are known to exist elsewhere and are not held. */
uint64_t sync_missing(const struct log *log);
