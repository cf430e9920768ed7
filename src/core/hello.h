/* Hello: who is at the other end (PROTOCOL.md section 5). CURVE encrypts a connection; these three
 * frames say, with fresh nonces and the connection's own client key signed by both sides, which
 * node it is. */
#pragma once

#include "core/wire.h"

struct hello_terms {
    struct id network, server, client, client_key;
    struct nonce client_nonce, server_nonce;
};

/* Signs over terms and the card; node, nonce and card are filled already. terms.client is not used
 * yet. */
void hello1_sign(struct hello1 *hello, const struct hello_terms *terms,
                 const struct identity *self);
bool hello1_verify(const struct hello1 *hello, const struct hello_terms *terms);
/* hello1_frame: the frame that is being answered. */
void hello2_sign(struct hello2 *hello, const struct hello_terms *terms, struct bytes hello1_frame,
                 const struct identity *self);
bool hello2_verify(const struct hello2 *hello, const struct hello_terms *terms,
                   struct bytes hello1_frame);
