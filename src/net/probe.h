/* Probe: does anything take a TCP connection there? Many addresses at once, without waiting; what
 * connects is closed again, and nothing is said. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/face.h"

#define PROBES_MAX 48

enum probe_state {
    PROBE_WAITS,
    PROBE_REACHED,
    PROBE_REFUSED, /* a machine is there, and says that nobody listens */
    PROBE_SILENT,  /* nothing came back in time */
    PROBE_NO_WAY,  /* this machine knows no way there; error says why */
};

struct probes {
    struct {
        struct address address;
        enum probe_state state;
        int error; /* errno, for NO_WAY */
        int fd;
    } list[PROBES_MAX];
    size_t count;
};

void probes_begin(struct probes *probes);
/* Asks a numeric address; one that is asked already is not asked twice. False when there is no room. */
bool probes_add(struct probes *probes, const struct address *address);
/* Looks what came; the last time with over, which makes what still waits SILENT. True when nothing
 * waits any more. */
bool probes_look(struct probes *probes, bool over);
/* What is known of the address; WAITS also when it was never asked. *error gets the errno. */
enum probe_state probes_of(const struct probes *probes, const struct address *address, int *error);
/* Closes what is open. */
void probes_end(struct probes *probes);
