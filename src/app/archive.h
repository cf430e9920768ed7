/* Archive: history out to a file and back in, without a node: `fika export`, `fika import`. */
#pragma once

#include "app/options.h"
#include "store/profile.h"

/* Writes the history of the profile's channels (those given, or all) to stdout: as a file that
 * archive_import reads, or with --json one message a line. Returns the program's exit status, having
 * said on stderr what went wrong. */
int archive_export(const struct profile *profile, const struct options *options,
                   const struct id *network);
/* Reads such a file from stdin into the profile's history: each run's signature and chain are
 * checked, what is held already is left alone, and what contradicts it is kept beside it. */
int archive_import(const struct profile *profile, const struct options *options,
                   const struct id *network);
