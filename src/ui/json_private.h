/* What json.c (the order of it all), jsonput.c (values), jsonwho.c (who that is), jsonsaid.c (what is said) and
 * jsonprivate.c (private channels) share. Nobody else includes this. */
#pragma once

#include "ui/json.h"

/* ---- jsonput.c: each key is a constant, with what stands around it: ,"nick": ---- */

void json_put_text(FILE *out, const char *key, const char *text);
void json_put_foreign(FILE *out, const char *key, struct bytes text);
void json_put_id(FILE *out, const char *key, const struct id *id);
void json_put_number(FILE *out, const char *key, uint64_t number);
/* Nothing when it is 0, which is not known. */
void json_put_time(FILE *out, const char *key, uint64_t wall_ms);
void json_put_truth(FILE *out, const char *key, bool truth);
/* An object is begun: its event, a plain word, and the channel that it is about. */
void json_begin(FILE *out, const char *event);
void json_begin_in(FILE *out, const char *event, const struct show *show);
/* Of the object, and its line. */
void json_put_end(FILE *out);

/* ---- jsonwho.c ---- */

/* What is known of who that is, where anything is. */
void json_put_marks(FILE *out, const struct show *show);
/* Where it is a device, whose. */
void json_put_whose(FILE *out, const struct show *show);
/* The other in a direct channel; that it is a private one. */
void json_put_peer(FILE *out, const struct show *show);
/* From here on each writes an event, but for its end, and who the other in its channel is. */
void json_device(FILE *out, const struct show *show);
void json_person(FILE *out, const struct show *show);
void json_words(FILE *out, const struct show *show);
void json_link(FILE *out, const struct show *show);
void json_member(FILE *out, const struct show *show);
void json_namesake(FILE *out, const struct show *show);

/* ---- jsonsaid.c: events ---- */

void json_message(FILE *out, const struct show *show, const char *names);
void json_found(FILE *out, const struct show *show);
void json_found_end(FILE *out, const struct show *show);
void json_gap(FILE *out, const struct show *show);
void json_coming(FILE *out, const struct show *show);
void json_forgotten(FILE *out, const struct show *show);
void json_edited(FILE *out, const struct show *show);
void json_editing(FILE *out, const struct show *show);
void json_reaction(FILE *out, const struct show *show);
void json_read(FILE *out, const struct show *show);
/* Several, each whole. */
void json_held(FILE *out, const struct show *show);

/* ---- jsonprivate.c ---- */

void json_invitation(FILE *out, const struct show *show);
void json_admitted(FILE *out, const struct show *show);
void json_removed(FILE *out, const struct show *show);
void json_role_row(FILE *out, const struct show *show);
void json_closed(FILE *out, const struct show *show);
void json_left_out(FILE *out, const struct show *show);
