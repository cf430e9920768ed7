/* Card: to which key others may seal what they write to a node, said and signed by itself
 * (PROTOCOL.md section 10.1). */
#pragma once

#include "core/seal.h"

#define CARD_VERSION 1

struct keycard {
    uint8_t version;
    struct id node;
    uint64_t number; /* grows; the highest counts */
    struct id prekey;
    struct signature signature;
};

void card_sign(struct keycard *card, const struct id *network, const struct identity *self);
bool card_verify(const struct keycard *card, const struct id *network);
/* True when a counts rather than b, of the same node. */
bool card_is_newer(const struct keycard *a, const struct keycard *b);
