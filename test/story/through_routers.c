/* Two behind routers, and one in the middle: he passes on a question and an answer, both dial, and where their
 * routers open they go on talking without him; where they do not, lines go by way of him. */
#include "stage.h"

static int anna, bo, cy;

static void looks_for_others(struct stage *stage, int which, bool behind_router)
{
    struct stage_node *node = &stage->nodes[which];
    core_free(node->core);
    node->config.beacons = true;
    node->core = core_new(&node->config);
    node->behind_router = behind_router;
}

static struct stage *three(bool opens)
{
    struct stage *stage = stage_new();
    anna = stage_add(stage, "anna", "#fika");
    bo = stage_add(stage, "bo", "#fika");
    cy = stage_add(stage, "cy", "#fika");
    for (int i = 0; i < 3; i++)
        looks_for_others(stage, i, i != cy);
    stage->opens = opens;
    stage->quiet_handshake = true;
    stage_connect(stage, anna, cy);
    stage_connect(stage, bo, cy);
    stage_run(stage, 1000);
    stage_expect(stage, "cy: link to anna up\n"
                        "cy: anna is in #fika\n"
                        "cy: link to bo up\n"
                        "cy: bo is in #fika\n"
                        "anna: link to cy up\n"
                        "anna: cy is in #fika\n"
                        "bo: link to cy up\n"
                        "bo: cy is in #fika\n"
                        "bo: anna is in #fika\n" /* by a note */
                        "anna: bo is in #fika\n");
    return stage;
}

static void both_routers_open(void **state)
{
    (void)state;
    struct stage *stage = three(true);
    stage_run(stage, 3000);
    stage_expect(stage, "bo -> cy: PUNCH ask, for anna\n" /* the smaller key */
                        "cy -> anna: PUNCH ask, for anna, from 10.0.0.2\n"
                        "anna -> cy: PUNCH ready, for bo\n"
                        "cy -> bo: PUNCH ready, for bo, from 10.0.0.1\n"
                        "bo dials out through its router\n"
                        "anna dials out through its router, as who is dialled\n"
                        "anna: link to bo up\n" /* nobody comes: both were there */
                        "bo: link to anna up\n");
    stage->nodes[cy].off = true;
    stage_run(stage, 20000);
    stage_skip(stage);
    stage_say(stage, anna, "without him");
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> bo: ENTRY anna 1\n"
                        "anna shows <anna> without him (own)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> without him\n"
                        "bo -> anna: HAVE anna 1\n"
                        "anna: 1 is held by 1\n");
    stage_free(stage);
}

static void they_do_not_open(void **state)
{
    (void)state;
    struct stage *stage = three(false);
    stage_run(stage, 3000);
    stage_expect(stage, "bo -> cy: PUNCH ask, for anna\n" /* the smaller key */
                        "cy -> anna: PUNCH ask, for anna, from 10.0.0.2\n"
                        "anna -> cy: PUNCH ready, for bo\n"
                        "cy -> bo: PUNCH ready, for bo, from 10.0.0.1\n"
                        "bo dials out through its router\n"
                        "anna dials out through its router, as who is dialled\n");
    stage_say(stage, anna, "by way of him");
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> cy: ENTRY anna 1\n"
                        "anna shows <anna> by way of him (own)\n"
                        "cy stores anna 1\n"
                        "cy shows <anna> by way of him\n"
                        "cy -> bo: ENTRY anna 1\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> by way of him\n"
                        "cy -> anna: HAVE anna 1\n"
                        "cy -> bo: HAVE anna 1\n"
                        "anna: 1 is held by 1\n"
                        "bo -> cy: HAVE anna 1\n"
                        "anna: 1 is held by 2\n");
    stage_run(stage, 75000); /* the try ends after 15 s, and a minute later there is another */
    stage_expect(stage, "bo -> cy: PUNCH ask, for anna\n"
                        "cy -> anna: PUNCH ask, for anna, from 10.0.0.2\n"
                        "anna -> cy: PUNCH ready, for bo\n"
                        "cy -> bo: PUNCH ready, for bo, from 10.0.0.1\n"
                        "bo dials out through its router\n"
                        "anna dials out through its router, as who is dialled\n");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_routers_open),
        cmocka_unit_test(they_do_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
