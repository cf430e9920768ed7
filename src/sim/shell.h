/* Shell: what app/ does around a core, for one machine: performs effects in their order, commits
 * before what must not leave earlier, answers the core's LOOKs and SIFTs and its peers' WANTs, starts
 * over when the disk fails. */
#pragma once

#include "sim/world.h"

/* A core as after the program's start: from what is on the disk. */
void shell_start(struct world *world, struct machine *machine);
/* The same after a write failed, and its links are gone; it can write again once a retry succeeds. */
void shell_start_over(struct world *world, struct machine *machine);
/* Its user types the addresses that he knows; and he blocks another, or has him back. */
void shell_type_addresses(struct world *world, struct machine *machine);
void shell_block(struct world *world, struct machine *machine, int other, bool on);
/* Drains the core's effects and performs them; the machine may be down afterwards. */
void shell_perform(struct world *world, struct machine *machine);
/* A LOOK, SIFT or BARE; and the answers to all, and to those that come of the answers. */
void shell_take_query(struct machine *machine, const struct effect *effect);
void shell_answer_queries(struct world *world, struct machine *machine);
/* An act was given its body: the core hears of it likewise. */
void shell_take_act(struct machine *machine, const struct entry *entry);
/* What the core asked of the store is not answered: the process is gone. */
void shell_drop_queries(struct machine *machine);
/* The link is gone: its questions are not answered. */
void shell_forget(struct machine *machine, uint64_t link);
/* Sees to it that answers go on when there is something to send. */
void shell_plan_answers(struct world *world, struct machine *machine);
void shell_answer(struct world *world, struct machine *machine);
/* The disk is tried again, after it failed. */
void shell_retry_disk(struct world *world, struct machine *machine);
