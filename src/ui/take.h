/* Take: reads what stands behind a command's name. A row of the table in command.c names one of
 * these; each fills typed from the argument (trimmed), or makes an error of it, with a sentence. */
#pragma once

#include "ui/command.h"

/* Makes an error of it, that says how the command is typed. */
void take_say_usage(struct typed *typed);

void take_nothing(struct typed *typed, struct bytes argument);
void take_anything(struct typed *typed, struct bytes argument);
void take_help(struct typed *typed, struct bytes argument);
void take_target(struct typed *typed, struct bytes argument);
void take_disconnect(struct typed *typed, struct bytes argument);
void take_channel(struct typed *typed, struct bytes argument);
void take_created(struct typed *typed, struct bytes argument);
void take_join(struct typed *typed, struct bytes argument);
void take_channel_or_none(struct typed *typed, struct bytes argument);
void take_msg(struct typed *typed, struct bytes argument);
void take_nick(struct typed *typed, struct bytes argument);
void take_action(struct typed *typed, struct bytes argument);
void take_count(struct typed *typed, struct bytes argument);
void take_edit(struct typed *typed, struct bytes argument);
void take_react(struct typed *typed, struct bytes argument);
void take_which(struct typed *typed, struct bytes argument);
void take_search(struct typed *typed, struct bytes argument);
void take_add_topic(struct typed *typed, struct bytes argument);
void take_remove_topic(struct typed *typed, struct bytes argument);
void take_set(struct typed *typed, struct bytes argument);

/* ---- takewho.c: whom it is about, and who is let in ---- */

void take_invite(struct typed *typed, struct bytes argument);
void take_removed(struct typed *typed, struct bytes argument);
void take_verify(struct typed *typed, struct bytes argument);
void take_person(struct typed *typed, struct bytes argument);
void take_device(struct typed *typed, struct bytes argument);
void take_no_person(struct typed *typed, struct bytes argument);

/* ---- takeheed.c: what the reader wants to be told of ---- */

void take_notify(struct typed *typed, struct bytes argument);
void take_mute(struct typed *typed, struct bytes argument);
void take_unmute(struct typed *typed, struct bytes argument);
void take_watch(struct typed *typed, struct bytes argument);
void take_unwatch(struct typed *typed, struct bytes argument);
void take_quiet(struct typed *typed, struct bytes argument);
