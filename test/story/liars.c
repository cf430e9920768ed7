/* What is changed on the way, forged or out of turn is refused, and talk goes on. */
#include <sodium.h>

#include "stage.h"

static int tampered;

/* Flips one bit in the signature of the next ENTRY. */
static void spoil_entry(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size)
{
    (void)stage, (void)from, (void)to;
    if (tampered == 0 && frame_kind((struct bytes){bytes, *size}) == FRAME_ENTRY) {
        bytes[*size - 1] ^= 1;
        tampered++;
    }
}

/* Flips one bit of the text itself. */
static void spoil_text(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size)
{
    (void)stage, (void)from, (void)to;
    if (tampered == 0 && frame_kind((struct bytes){bytes, *size}) == FRAME_ENTRY) {
        bytes[*size - 65] ^= 1;
        tampered++;
    }
}

static void spoiled(void (*tamper)(struct stage *, int, int, uint8_t *, size_t *))
{
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);
    tampered = 0;
    stage->tamper = tamper;
    stage_say(stage, anna, "pay 100");
    stage_run(stage, 10);
    assert_int_equal(tampered, 1);
    assert_non_null(strstr(stage->trace, "bo logs: a run refused: its signature does not hold"));
    assert_null(strstr(stage->trace, "bo shows"));
    stage_skip(stage);
    /* The next one shows the hole, and the true entry comes by asking. */
    stage_say(stage, anna, "and 200");
    stage_run(stage, 400);
    stage_expect(stage, "anna stores anna 2\n"
                        "anna -> bo: ENTRY anna 2\n"
                        "anna shows <anna> and 200 (own)\n"
                        "bo stores anna 2\n"
                        "bo shows <anna> and 200\n"
                        "bo -> anna: WANT anna 1-1\n"
                        "anna -> bo: ENTRY anna 1 (answer ends)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> pay 100\n"
                        "bo -> anna: HAVE anna 2\n"
                        "anna: 1-2 are held by 1\n");
    stage_free(stage);
}

static void signature_spoiled(void **state)
{
    (void)state;
    spoiled(spoil_entry);
}

static void text_spoiled(void **state)
{
    (void)state;
    spoiled(spoil_text);
}

/* Bo's HELLO1, heard once, is of no use to Mallory, who has another connection: the client key and
 * the nonce are in the signature. */
static uint8_t heard[512];
static size_t heard_size;

static void hear_hello1(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size)
{
    (void)stage, (void)to;
    if (frame_kind((struct bytes){bytes, *size}) != FRAME_HELLO1)
        return;
    if (from == 1 && heard_size == 0) {
        memcpy(heard, bytes, *size);
        heard_size = *size;
    } else if (from == 2) { /* Mallory answers with Bo's */
        memcpy(bytes, heard, heard_size);
        *size = heard_size;
    }
}

static void hello_replayed(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        mallory = stage_add(stage, "mallory", "#fika");
    stage->quiet_handshake = true;
    stage->tamper = hear_hello1;
    heard_size = 0;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_cut(stage);
    stage->nodes[bo].off = true;
    stage_run(stage, 1);
    stage_skip(stage);
    stage_connect(stage, anna, mallory);
    stage_run(stage, 100);
    stage_expect(stage, "anna logs: a HELLO1 that does not hold, from mallory:1\n"
                        "anna: mallory:1 could not be reached: it broke the protocol\n");
    stage_free(stage);
}

/* A stranger's frames before he has said who he is end his link, whatever they hold. */
static void out_of_turn(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika");
    uint8_t frame[64] = {0};
    for (int kind = 0; kind < 12; kind++) {
        if (kind == FRAME_HELLO0 || kind == FRAME_BYE)
            continue;
        uint64_t number = 1001 + 2 * (uint64_t)kind;
        stage_step(stage, anna,
                   (struct event){.kind = EVENT_LINK_IN, .link = number, .address = {"x:1"}});
        frame[0] = (uint8_t)kind;
        stage_step(stage, anna,
                   (struct event){.kind = EVENT_FRAME, .link = number, .frame = {frame, 64}});
        assert_non_null(strstr(stage->trace, "a frame out of turn, from x:1"));
        stage_skip(stage);
    }
    stage_free(stage);
}

/* Sixteen bad signatures are enough. */
static void spoil_all(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size)
{
    (void)stage, (void)from, (void)to;
    if (frame_kind((struct bytes){bytes, *size}) == FRAME_ENTRY)
        bytes[*size - 1] ^= 1;
}

static void forger_is_dropped(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage->tamper = spoil_all;
    for (int i = 0; i < 16; i++)
        stage_say(stage, anna, "x");
    stage_skip(stage);
    stage_run(stage, 5);
    assert_non_null(strstr(stage->trace, "bo: link to anna down: it broke the protocol\n"));
    assert_null(strstr(stage->trace, "bo shows"));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_spoiled), cmocka_unit_test(text_spoiled),
        cmocka_unit_test(hello_replayed),    cmocka_unit_test(out_of_turn),
        cmocka_unit_test(forger_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
