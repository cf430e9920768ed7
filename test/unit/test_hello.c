/* HELLO: what the two signatures hold together. Change any one of the terms, or any byte of the
 * frame, and neither is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/hello.h"

static const uint8_t SEED_A[32] = {1}, SEED_B[32] = {2};

struct talk {
    struct identity anna, bo;
    struct hello_terms terms;
    struct hello1 hello1;
    struct hello2 hello2;
    uint8_t frame1[256], frame2[256];
    size_t size1, size2;
};

static struct bytes frame1(const struct talk *talk)
{
    return (struct bytes){talk->frame1, talk->size1};
}

/* Anna dials Bo, as it should be. */
static struct talk whole_talk(void)
{
    struct talk talk;
    memset(&talk, 0, sizeof talk);
    talk.anna = identity_from_seed(SEED_A);
    talk.bo = identity_from_seed(SEED_B);
    talk.terms.network.b[0] = 3;
    talk.terms.client = talk.anna.node;
    talk.terms.server = talk.bo.node;
    talk.terms.client_key.b[0] = 4;
    talk.terms.client_nonce.b[0] = 5;
    talk.terms.server_nonce.b[0] = 6;
    talk.hello1 = (struct hello1){
        .node = talk.bo.node,
        .nonce = talk.terms.server_nonce,
        .card = {.process = {{7}}, .port = 23452, .nick = {(const uint8_t *)"bo", 2}}};
    hello1_sign(&talk.hello1, &talk.terms, &talk.bo);
    struct writer w = writer_of(talk.frame1, sizeof talk.frame1);
    wire_write_hello1(&w, &talk.hello1);
    talk.size1 = w.size;
    talk.hello2 = (struct hello2){
        .node = talk.anna.node,
        .card = {.process = {{8}}, .port = 1, .nick = {(const uint8_t *)"anna", 4}}};
    hello2_sign(&talk.hello2, &talk.terms, frame1(&talk), &talk.anna);
    w = writer_of(talk.frame2, sizeof talk.frame2);
    wire_write_hello2(&w, &talk.hello2);
    talk.size2 = w.size;
    return talk;
}

static void both_hold(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    assert_true(hello1_verify(&talk.hello1, &talk.terms));
    assert_true(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
}

/* A relay has to use another client key; a replay has other nonces; another network is another. */
static void every_term_counts(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    struct id *const both[] = {&talk.terms.network, &talk.terms.client_key};
    for (size_t i = 0; i < 2; i++) {
        both[i]->b[31] ^= 1;
        assert_false(hello1_verify(&talk.hello1, &talk.terms));
        assert_false(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
        both[i]->b[31] ^= 1;
    }
    talk.terms.client_nonce.b[31] ^= 1;
    assert_false(hello1_verify(&talk.hello1, &talk.terms));
    talk.terms.client_nonce.b[31] ^= 1;
    talk.terms.server_nonce.b[31] ^= 1;
    assert_false(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
    talk.terms.server_nonce.b[31] ^= 1;
    talk.terms.server.b[31] ^= 1; /* Anna meant Bo, and nobody else can show it as meant for him */
    assert_false(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
    talk.terms.server.b[31] ^= 1;
    assert_true(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
}

/* HELLO2 answers one HELLO1, to the byte. */
static void the_answered_frame_counts(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    for (size_t i = 0; i < talk.size1; i++) {
        talk.frame1[i] ^= 1;
        assert_false(hello2_verify(&talk.hello2, &talk.terms, frame1(&talk)));
        talk.frame1[i] ^= 1;
    }
}

/* Every byte of each frame that still parses is under its signature. */
static void every_byte_counts(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    struct hello1 hello1;
    struct hello2 hello2;
    size_t parsed = 0;
    for (size_t i = 0; i < talk.size1; i++) {
        talk.frame1[i] ^= 1;
        if (wire_read_hello1(frame1(&talk), &hello1)) {
            parsed++;
            assert_false(hello1_verify(&hello1, &talk.terms));
        }
        talk.frame1[i] ^= 1;
    }
    for (size_t i = 0; i < talk.size2; i++) {
        talk.frame2[i] ^= 1;
        if (wire_read_hello2((struct bytes){talk.frame2, talk.size2}, &hello2)) {
            parsed++;
            assert_false(hello2_verify(&hello2, &talk.terms, frame1(&talk)));
        }
        talk.frame2[i] ^= 1;
    }
    /* All but the kind and the size of the nick, twice. */
    assert_int_equal(parsed, talk.size1 + talk.size2 - 4);
}

/* One's signature is no use as the other's. */
static void the_two_are_not_exchanged(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    struct hello2 hello2 = talk.hello2;
    hello2.signature = talk.hello1.signature;
    assert_false(hello2_verify(&hello2, &talk.terms, frame1(&talk)));
    hello2.node = talk.bo.node;
    assert_false(hello2_verify(&hello2, &talk.terms, frame1(&talk)));
    struct hello1 hello1 = talk.hello1;
    hello1.signature = talk.hello2.signature;
    assert_false(hello1_verify(&hello1, &talk.terms));
}

/* Keys for which a signature can be made without a secret (of small order) speak for nobody. */
static void no_signature_of_small_order(void **state)
{
    (void)state;
    struct talk talk = whole_talk();
    memset(&talk.hello1.node, 0, sizeof talk.hello1.node);
    memset(&talk.hello1.signature, 0, sizeof talk.hello1.signature);
    assert_false(hello1_verify(&talk.hello1, &talk.terms));
    talk.hello1.node.b[0] = 1; /* the neutral point */
    talk.hello1.signature.b[0] = 1;
    assert_false(hello1_verify(&talk.hello1, &talk.terms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_hold),
        cmocka_unit_test(every_term_counts),
        cmocka_unit_test(the_answered_frame_counts),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(the_two_are_not_exchanged),
        cmocka_unit_test(no_signature_of_small_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
