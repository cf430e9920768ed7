/* Group: private channels, what the files of the core's flow share of them (PROTOCOL.md section 12). */
#pragma once

#include "core/state.h"

/* CREATE, ADMIT, REMOVE, ROLES. */
void group_request(struct core *core, const struct request *request);
