/* Known: addresses at which nodes were met, kept over restarts, for each network its own. */
#pragma once

#include "base/error.h"
#include "core/face.h"

#define KNOWN_MAX         256 /* of all networks; of these the oldest goes first */
#define KNOWN_NODE_MAX    4   /* of one node */
#define KNOWN_NETWORK_MAX 64  /* of one network */

struct known_row {
    struct id network, node;
    struct address address; /* numeric, with its port */
    uint64_t wall_ms;       /* when it was met there last; kept to the second */
    bool worked;            /* this node dialled it; else that one came from there */
};

struct known {
    char path[600];
    struct known_row rows[KNOWN_MAX];
    size_t count;
    bool changed; /* since it was read or written */
};

/* Reads the file, if it is there. Lines that are none are passed over. */
void known_open(struct known *known, const char *path);
/* The node was met there. What is known and no day old changes nothing. */
void known_met(struct known *known, const struct known_row *met);
/* Forgets all addresses of the node, and every row with this address ("" for none), in this
 * network. */
void known_forget(struct known *known, const struct id *network, const struct id *node,
                  const struct address *address);
/* The rows of one network, those to be tried first first: what was dialled before what was not, and
 * then the newest. Returns how many, at most KNOWN_NETWORK_MAX. */
size_t known_of(const struct known *known, const struct id *network,
                struct known_row rows[KNOWN_NETWORK_MAX]);
/* Writes the file, if anything changed. */
enum error_code known_save(struct known *known, struct error *error);
