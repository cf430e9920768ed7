/* Check: the end of a program that found itself wrong. It says where, on stderr, and leaves a core
 * dump where the system keeps those. It tries no clean-up: what holds no longer cannot be trusted
 * to clean up after itself. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "fika: this should not happen: %s (%s:%d)\n", condition, file, line);
    abort();
}
