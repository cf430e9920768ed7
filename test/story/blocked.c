/* Anna blocks Mallory: the link ends, he is sent away when he comes again, what bo brings of him is passed over, and
 * bo's own lines and receipts go on. */
#include "stage.h"

static void block(struct stage *stage, int who, int whom, bool on)
{
    stage_step(stage, who,
               (struct event){.kind = EVENT_BLOCK,
                              .node = stage->nodes[whom].config.identity.node,
                              .held = on});
}

static void a_third_goes_on(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        mallory = stage_add(stage, "mallory", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_connect(stage, mallory, bo);
    stage_connect(stage, mallory, anna);
    stage_run(stage, 100);
    stage_skip(stage);
    block(stage, anna, mallory, true);
    stage_run(stage, 50);
    assert_non_null(strstr(stage->trace, "anna: link to mallory down"));
    assert_non_null(strstr(stage->trace, "mallory: link to anna down"));
    stage_connect(stage, mallory, anna);
    stage_run(stage, 100);
    stage_skip(stage);
    stage_say(stage, mallory, "buy");
    stage_run(stage, 400);
    assert_non_null(strstr(stage->trace, "bo shows <mallory> buy"));
    assert_null(strstr(stage->trace, "anna shows"));
    assert_null(strstr(stage->trace, "anna stores"));
    assert_null(strstr(stage->trace, "anna -> bo: WANT"));
    stage_skip(stage);
    stage_say(stage, bo, "hej");
    stage_run(stage, 400);
    assert_non_null(strstr(stage->trace, "anna shows <bo> hej"));
    assert_non_null(strstr(stage->trace, "bo: 1 is held by 2"));
    stage_skip(stage);
    block(stage, anna, mallory, false);
    stage_run(stage, 400);
    assert_non_null(strstr(stage->trace, "anna shows <mallory> buy"));
    stage_free(stage);
}

/* Their digests never agree again, and yet bo hears that anna holds his lines, though she got them when he was away. */
static void a_receipt_by_a_bucket(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        cy = stage_add(stage, "cy", "#fika"), mallory = stage_add(stage, "mallory", "#fika");
    stage->quiet_handshake = true;
    block(stage, anna, mallory, true);
    stage_connect(stage, mallory, bo);
    stage_connect(stage, cy, bo);
    stage_run(stage, 100);
    stage_say(stage, mallory, "buy");
    stage_say(stage, bo, "hej");
    stage_run(stage, 400);
    stage_cut(stage); /* bo is away */
    stage_run(stage, 100);
    stage_connect(stage, anna, cy); /* who brings bo's line */
    stage_run(stage, 400);
    assert_non_null(strstr(stage->trace, "anna shows <bo> hej"));
    assert_non_null(strstr(stage->trace, "bo: 1 is held by 2"));
    stage_skip(stage);
    stage_connect(stage, anna, bo);
    stage_run(stage, 400);
    assert_non_null(strstr(stage->trace, "bo: 1 is held by 3"));
    assert_null(strstr(stage->trace, "anna shows <mallory>"));
    stage_skip(stage);
    stage_run(stage, 60000); /* and then there is rest */
    assert_null(strstr(stage->trace, "WANT"));
    assert_null(strstr(stage->trace, "HAVE"));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_goes_on),
        cmocka_unit_test(a_receipt_by_a_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
