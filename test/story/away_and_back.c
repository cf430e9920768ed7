/* What was said while a link was down comes by HAVE and WANT when it is up again, once, in order,
 * also through a third node, and also when the author is gone. */
#include "stage.h"

static void away_and_back(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;

    stage_say(stage, anna, "alone");
    stage_say(stage, anna, "still alone");
    stage_connect(stage, anna, bo);
    stage_run(stage, 40);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna shows <anna> alone (own)\n"
                        "anna stores anna 2\n"
                        "anna shows <anna> still alone (own)\n"
                        "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n"
                        "anna -> bo: HAVE all anna 2\n"
                        "bo -> anna: WANT anna 1-2\n"
                        "anna -> bo: ENTRY anna 1 (answer)\n"
                        "anna -> bo: ENTRY anna 2 (answer ends)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> alone (history)\n"
                        "bo stores anna 2\n"
                        "bo shows <anna> still alone (history)\n"
                        "bo -> anna: HAVE anna 2\n"
                        "anna: 1-2 are held by 1\n");

    stage_cut(stage);
    stage_say(stage, anna, "are you there");
    stage_run(stage, 3000); /* anna dials again by herself */
    stage_expect(stage, "anna stores anna 3\n"
                        "anna shows <anna> are you there (own)\n"
                        "anna: bo is out of #fika\n"
                        "anna: link to bo down: the connection was lost\n"
                        "bo: anna is out of #fika\n"
                        "bo: link to anna down: the connection was lost\n"
                        "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n"
                        "anna -> bo: HAVE all anna 3\n"
                        "bo -> anna: HAVE all anna 2\n"
                        "bo -> anna: WANT anna 3-3\n"
                        "anna -> bo: ENTRY anna 3 (answer ends)\n"
                        "bo stores anna 3\n"
                        "bo shows <anna> are you there (history)\n"
                        "bo -> anna: HAVE anna 3\n"
                        "anna: 3 is held by 1\n");
    stage_free(stage);
}

/* Who missed nothing says so by the digest in his JOIN, and no more is said: a receipt as well. */
static void nothing_was_missed(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_say(stage, anna, "hej");
    stage_run(stage, 2); /* the receipt is under way when the cable is cut */
    stage_cut(stage);
    stage_skip(stage);
    stage_run(stage, 3000);
    assert_non_null(strstr(stage->trace, "bo -> anna: JOIN\n"));
    assert_non_null(strstr(stage->trace, "anna: 1 is held by 1\n"));
    assert_null(strstr(stage->trace, "BUCKETS"));
    assert_null(strstr(stage->trace, "HAVE"));
    stage_free(stage);
}

static void author_is_gone(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        cy = stage_add(stage, "cy", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_say(stage, anna, "remember this");
    stage_run(stage, 20);
    stage_cut(stage);
    stage_run(stage, 1);
    stage->nodes[anna].off = true;
    stage_skip(stage);

    stage_connect(stage, cy, bo);
    stage_run(stage, 40);
    stage_expect(stage, "bo: link to cy up\n"
                        "bo: cy is in #fika\n"
                        "cy: link to bo up\n"
                        "cy: bo is in #fika\n"
                        "bo -> cy: HAVE all anna 1\n"
                        "cy -> bo: WANT anna 1-1\n"
                        "bo -> cy: ENTRY anna 1 (answer ends)\n"
                        "cy stores anna 1\n"
                        "cy shows <anna> remember this (history)\n"
                        "cy -> bo: HAVE anna 1\n");
    stage_free(stage);
}

/* Anna and Cy have no link; Bo, who has both, carries what they say, in well under 100 ms. */
static void through_the_middle(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        cy = stage_add(stage, "cy", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_connect(stage, cy, bo);
    stage_run(stage, 40);
    stage_skip(stage);
    stage_say(stage, anna, "hello cy");
    stage_run(stage, 40);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> bo: ENTRY anna 1\n"
                        "anna shows <anna> hello cy (own)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> hello cy\n"
                        "bo -> cy: ENTRY anna 1\n"
                        "cy stores anna 1\n"
                        "cy shows <anna> hello cy\n"
                        "bo -> anna: HAVE anna 1\n"
                        "bo -> cy: HAVE anna 1\n"
                        "anna: 1 is held by 1\n"
                        "cy -> bo: HAVE anna 1\n"
                        "anna: 1 is held by 2\n" /* cy's word came by bo */);
    stage_free(stage);
}

/* In a full mesh an announcement of what the author's own link brings is not asked for. */
static void no_doubles_in_a_mesh(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika"),
        cy = stage_add(stage, "cy", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_connect(stage, cy, bo);
    stage_connect(stage, anna, cy);
    stage_run(stage, 40);
    stage_skip(stage);
    stage_say(stage, anna, "all");
    stage_run(stage, 400);
    assert_null(strstr(stage->trace, "WANT"));
    assert_non_null(strstr(stage->trace, "bo shows <anna> all\n"));
    assert_non_null(strstr(stage->trace, "cy shows <anna> all\n"));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(away_and_back),        cmocka_unit_test(nothing_was_missed),
        cmocka_unit_test(author_is_gone),       cmocka_unit_test(through_the_middle),
        cmocka_unit_test(no_doubles_in_a_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
