/* Log file: what was refused and why, for whoever asks later. Bounded: at LOGFILE_MAX it becomes
 * NAME.old and a new one is begun. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

#define LOGFILE_MAX (1024 * 1024)

struct logfile {
    FILE *file;
    char path[600];
    int64_t bytes;
};

/* Having none is no error: then nothing is written. */
void logfile_open(struct logfile *log, const char *directory);
/* One line, with the time in front, tamed. */
void logfile_line(struct logfile *log, struct bytes text);
void logfile_close(struct logfile *log);
