/* Firewall: hints whether this machine has one, as far as that can be seen without asking it. */
#pragma once

#include <stdbool.h>

struct firewalls {
    bool ufw, firewalld;
    bool nft; /* rules are loaded; only root can see that */
};

/* Reads a few files and asks the kernel; never waits. */
void firewalls_find(struct firewalls *found);
