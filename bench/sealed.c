/* Bench: what it costs that a line is sealed: to open one, to seal one, and to find whom a direct channel is with. */
#include "core/seal.h"
#include "figures.h"

#define LINES 2000

static void terms_of(struct seal_terms *terms, const struct identity *writer,
                     const struct identity *reader)
{
    struct id network = {{1}};
    check(seal_shared(terms->shared, writer, &reader->node), "no key");
    terms->writer = writer->node;
    terms->reader = reader->node;
    terms->channel = direct_id(&network, &writer->node, &reader->node, terms->shared);
}

static uint64_t median(struct figures *figures)
{
    uint64_t us = at_share(figures, 0.5);
    figures->count = 0;
    return us;
}

int main(void)
{
    static struct figures opening, sealing, finding;
    static uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST];
    static const uint8_t A[32] = {1}, B[32] = {2}, SECRET[32] = {64}, RANDOM[32] = {4};
    struct identity anna = identity_from_seed(A), bo = identity_from_seed(B);
    struct prekey prekey = prekey_of(SECRET, 1);
    struct seal_terms terms;
    terms_of(&terms, &anna, &bo);
    uint8_t line[BODY_BYTES] = {NICK_BYTES}, kind;
    struct bytes body;
    for (uint64_t i = 0; i < LINES; i++) {
        uint64_t began = now_us();
        size_t size = seal_write(sealed, &terms, &prekey.key, RANDOM, i, ENTRY_TEXT,
                                 (struct bytes){line, sizeof line});
        uint64_t sealed_us = now_us();
        check(seal_open((struct bytes){sealed, size}, &terms, &prekey, plain, &kind, &body),
              "a line does not open");
        uint64_t opened_us = now_us();
        struct seal_terms again;
        terms_of(&again, &bo, &anna);
        figure_add(&sealing, sealed_us - began);
        figure_add(&opening, opened_us - sealed_us);
        figure_add(&finding, now_us() - opened_us);
    }
    row("a sealed line, opened", (double)median(&opening), "us", 100, 0, NULL);
    row("a line, sealed", (double)median(&sealing), "us", 0, 0, NULL);
    row("the id of a channel of two", (double)median(&finding), "us", 0, 0, NULL);
    return verdict();
}
