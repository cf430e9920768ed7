/* Joining: which network this fika is on, by what was given at its start. */
#pragma once

#include "app/node.h"

/* Fills the network_ and invited_ parts of config: out of an invite, or of --network, whose file or
 * typed line may be an invite as well. */
enum error_code joining_network(struct node_config *config, const struct options *options,
                                struct error *error);
