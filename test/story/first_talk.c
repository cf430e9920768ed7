/* Two nodes link by three HELLOs and a JOIN each; what one says is on its disk before it is sent,
 * and the other's HAVE is the receipt. */
#include "stage.h"

static void first_talk(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");

    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_expect(stage, "anna -> bo: HELLO0\n"
                        "bo -> anna: HELLO1\n"
                        "anna -> bo: HELLO2\n"
                        "anna -> bo: JOIN\n"
                        "bo -> anna: JOIN\n"
                        "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n");
    stage_say(stage, anna, "hej");
    stage_run(stage, 20);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> bo: ENTRY anna 1\n"
                        "anna shows <anna> hej (own)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> hej\n"
                        "bo -> anna: HAVE anna 1\n"
                        "anna: 1 is held by 1\n");
    stage_free(stage);
}

/* Many lines at once are receipted together. */
static void one_receipt(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);
    stage_say(stage, anna, "one");
    stage_say(stage, anna, "two");
    stage_run(stage, 20);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> bo: ENTRY anna 1\n"
                        "anna shows <anna> one (own)\n"
                        "anna stores anna 2\n"
                        "anna -> bo: ENTRY anna 2\n"
                        "anna shows <anna> two (own)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> one\n"
                        "bo stores anna 2\n"
                        "bo shows <anna> two\n"
                        "bo -> anna: HAVE anna 2\n"
                        "anna: 1-2 are held by 1\n");
    stage_free(stage);
}

/* Lines that are said at once are one run: stored, signed and sent as one. */
static void a_paste_is_one_run(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);
    stage_paste(stage, anna, "one");
    stage_paste(stage, anna, "two");
    stage_paste(stage, anna, "three");
    stage_run(stage, 20);
    stage_expect(stage, "anna stores anna 1-3\n"
                        "anna -> bo: ENTRY anna 1-3\n"
                        "anna shows <anna> one (own)\n"
                        "anna shows <anna> two (own)\n"
                        "anna shows <anna> three (own)\n"
                        "bo stores anna 1-3\n"
                        "bo shows <anna> one\n"
                        "bo shows <anna> two\n"
                        "bo shows <anna> three\n"
                        "bo -> anna: HAVE anna 3\n"
                        "anna: 1-3 are held by 1\n");
    stage_free(stage);
}

/* A run has a bound; the line that finds it full begins the next, and none is lost. */
static void a_long_paste_is_several(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika");
    for (int i = 0; i < 130; i++)
        stage_paste(stage, anna, "line");
    stage_run(stage, 1);
    assert_int_equal(stage->nodes[anna].held_count, 130);
    for (uint64_t seq = 1; seq <= 130; seq++) {
        struct stage_entry *held =
            stage_held(&stage->nodes[anna], &stage->nodes[anna].config.identity.node, seq);
        assert_non_null(held);
        assert_int_equal(held->is_signed, seq == 128 || seq == 130);
    }
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_talk), cmocka_unit_test(one_receipt),
                                       cmocka_unit_test(a_paste_is_one_run),
                                       cmocka_unit_test(a_long_paste_is_several)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
