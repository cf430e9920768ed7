/* Report: the face of `fika doctor`: it asks for one report, prints it, and leaves. */
#pragma once

#include "app/door.h"

/* Runs until the node has stopped; signal_fd gives a byte for a signal, which ends it early. True
 * when talking is possible. */
bool report_run(struct door *door, bool json, int signal_fd);
