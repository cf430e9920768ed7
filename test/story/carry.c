/* Carrying: what two members say goes over at most four in a row who are no members; the number in the JOIN only
 * goes down, and when the members are gone nobody lists their channel any more. */
#include "stage.h"

static int last_hops[STAGE_NODES]; /* of #far, as each lists it; 0: it does not */

static void watch(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size)
{
    struct join join;
    struct id far = channel_id(&stage->nodes[from].config.network, "#far");
    (void)to;
    if (!wire_read_join((struct bytes){bytes, *size}, &join))
        return;
    int before = last_hops[from];
    last_hops[from] = 0;
    for (size_t i = 0; i < join.count; i++)
        if (id_equal(&join.channels[i], &far))
            last_hops[from] = join.hops[i];
    if (last_hops[from] != before)
        stage_note(stage, "%s lists it with %d\n", stage->nodes[from].name, last_hops[from]);
}

/* anna - c1 - c2 ... - bo, of which the two ends are in #far and the others in #near. */
static struct stage *chain(int carriers)
{
    static const char *const NAMES[] = {"c1", "c2", "c3", "c4", "c5"};
    struct stage *stage = stage_new();
    stage->quiet_handshake = true;
    stage->tamper = watch;
    memset(last_hops, 0, sizeof last_hops);
    stage_add(stage, "anna", "#far");
    for (int i = 0; i < carriers; i++)
        stage_add(stage, NAMES[i], "#near");
    stage_add(stage, "bo", "#far");
    for (int i = 0; i < stage->node_count; i++)
        stage_request(stage, i, (struct request){.kind = REQUEST_CARRY, .bytes = CARRY_BYTES});
    return stage;
}

static void link_all(struct stage *stage)
{
    for (int i = 1; i < stage->node_count; i++)
        stage_connect(stage, i - 1, i);
    stage_run(stage, 2000);
    stage_skip(stage);
}

static void over_one(void **state)
{
    (void)state;
    struct stage *stage = chain(1);
    link_all(stage);
    stage_say(stage, 0, "by c1");
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> c1: ENTRY anna 1\n"
                        "anna shows <anna> by c1 (own)\n"
                        "c1 stores anna 1\n"
                        "c1 -> bo: ENTRY anna 1\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> by c1\n"
                        "c1 -> bo: HAVE anna 1\n"
                        "c1 -> anna: HAVE anna 1\n"
                        "bo -> c1: HAVE anna 1\n"
                        "anna: 1 is held by 1\n" /* bo's word came by c1 */);
    stage_free(stage);
}

static void the_number_goes_down_and_dies_out(void **state)
{
    (void)state;
    struct stage *stage = chain(3);
    stage_connect(stage, 0, 1);
    stage_connect(stage, 1, 2);
    stage_connect(stage, 2, 3);
    stage_run(stage, 2000);
    assert_int_equal(last_hops[0], 3);
    assert_int_equal(last_hops[1], 2);
    assert_int_equal(last_hops[2], 1);
    assert_int_equal(last_hops[3], 0); /* 0 is not listed */
    stage_skip(stage);
    struct request leave = {.kind = REQUEST_LEAVE, .channel = {"#far"}};
    stage_request(stage, 0, leave);
    stage_run(stage, 500);
    /* anna might go on as one who carries, but c1 asks for too little; then c1 and c2 let go, one after the other. */
    stage_expect(stage, "anna lists it with 0\n"
                        "anna lists it with 1\n"
                        "c1 lists it with 0\n"
                        "anna lists it with 0\n"
                        "c2 lists it with 0\n");
    stage_free(stage);
}

static void over_four_and_no_more(void **state)
{
    (void)state;
    struct stage *four = chain(4);
    link_all(four);
    stage_say(four, 0, "far away");
    stage_run(four, 200);
    assert_non_null(strstr(four->trace, "bo shows <anna> far away\n"));
    stage_free(four);
    struct stage *five = chain(5);
    link_all(five);
    stage_say(five, 0, "too far");
    stage_run(five, 2000);
    assert_non_null(strstr(five->trace, "c2 stores anna 1\n"));
    assert_null(strstr(five->trace, "c3 stores"));
    assert_null(strstr(five->trace, "bo stores"));
    stage_free(five);
}

/* bo comes when anna has gone; c1 was there all the time. */
static void by_one_who_was_there_all_the_time(void **state)
{
    (void)state;
    struct stage *stage = chain(1);
    stage_connect(stage, 0, 1);
    stage_run(stage, 200);
    stage_say(stage, 0, "for bo");
    stage_run(stage, 100);
    stage_request(stage, 0, (struct request){.kind = REQUEST_STOP, .wait_ms = 5000});
    stage_run(stage, 10000);
    stage_skip(stage);
    stage_connect(stage, 2, 1);
    stage_run(stage, 200);
    stage_expect(stage, "bo lists it with 3\n"
                        "c1 lists it with 1\n" /* it is kept, and offered */
                        "c1: link to bo up\n"
                        "bo: link to c1 up\n"
                        "c1 -> bo: HAVE all anna 1\n"
                        "bo -> c1: WANT anna 1-1\n"
                        "c1 -> bo: ENTRY anna 1 (answer ends)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> for bo (history)\n"
                        "bo -> c1: HAVE anna 1\n"
                        "c1 lists it with 2\n");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_one),
        cmocka_unit_test(the_number_goes_down_and_dies_out),
        cmocka_unit_test(over_four_and_no_more),
        cmocka_unit_test(by_one_who_was_there_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
