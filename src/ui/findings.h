/* Findings: what \doctor says, one table: each finding's leg, how bad it is, its sentence, and what
 * to do about it. */
#pragma once

#include "core/face.h"

#define FINDINGS_TEXT_MAX 32768

enum finding_level { FINDING_GOOD, FINDING_NOTE, FINDING_BAD };

/* Names for programs: "beacons", "beacons-dropped", "bad". */
const char *finding_leg(enum finding finding);
const char *finding_name(enum finding finding);
const char *finding_level_name(enum finding finding);
/* Its sentence, and what to do about it ("" for nothing), tamed. */
void finding_text(const struct show *show, char *text, size_t room, char *advice,
                  size_t advice_room);

/* All of one report as lines, the first of which is a title. */
struct findings {
    char text[FINDINGS_TEXT_MAX];
    size_t size;
    const char *leg; /* the one being written */
};
void findings_begin(struct findings *findings);
/* A FINDING more; what does not fit is left out. */
void findings_add(struct findings *findings, const struct show *show);
