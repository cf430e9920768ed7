/* Joining and leaving: a left channel's entries stop coming, not only its display; joining again
 * brings what was missed. Stopping waits for receipts as long as it may. */
#include "stage.h"

static struct request about(enum request_kind kind, const char *channel)
{
    struct request request = {.kind = kind};
    snprintf(request.channel.text, sizeof request.channel.text, "%s", channel);
    return request;
}

static void leave_and_join(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);

    stage_request(stage, bo, about(REQUEST_LEAVE, "#fika"));
    stage_run(stage, 20);
    stage_say(stage, anna, "bo is gone");
    stage_run(stage, 20);
    stage_expect(stage, "anna: bo is out of #fika\n"
                        "anna stores anna 1\n"
                        "anna shows <anna> bo is gone (own)\n");

    stage_request(stage, bo, about(REQUEST_JOIN, "#fika"));
    stage_run(stage, 40);
    stage_expect(stage, "bo: anna is in #fika\n"
                        "anna: bo is in #fika\n"
                        "anna -> bo: HAVE all anna 1\n"
                        "bo -> anna: WANT anna 1-1\n"
                        "anna -> bo: ENTRY anna 1 (answer ends)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> bo is gone (history)\n"
                        "bo -> anna: HAVE anna 1\n"
                        "anna: 1 is held by 1\n");
    stage_free(stage);
}

/* Entries of a channel that the other has not joined never travel. */
static void own_channels_only(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#secret"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);
    stage_say(stage, anna, "not for bo");
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna shows <anna> not for bo (own)\n");
    stage_free(stage);
}

static void hand_over_at_the_end(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo); /* echo done | fika host */
    stage_say(stage, anna, "done");
    stage_request(stage, anna,
                  (struct request){.kind = REQUEST_STOP, .wait_ms = 2000, .wait_link_ms = 5000});
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna shows <anna> done (own)\n"
                        "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n"
                        "anna -> bo: HAVE all anna 1\n"
                        "bo -> anna: WANT anna 1-1\n"
                        "anna -> bo: ENTRY anna 1 (answer ends)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> done (history)\n"
                        "bo -> anna: HAVE anna 1\n"
                        "anna: 1 is held by 1\n"
                        "anna stops, 0 not handed over\n"
                        "bo: anna is out of #fika\n"
                        "bo: link to anna down: they left\n");
    stage_free(stage);
}

static void nobody_to_hand_to(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika");
    stage_say(stage, anna, "hello?");
    stage_request(stage, anna,
                  (struct request){.kind = REQUEST_STOP, .wait_ms = 2000, .wait_link_ms = 5000});
    stage_run(stage, 4900);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna shows <anna> hello? (own)\n");
    stage_run(stage, 200);
    stage_expect(stage, "anna stops, 1 not handed over\n");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leave_and_join),
        cmocka_unit_test(own_channels_only),
        cmocka_unit_test(hand_over_at_the_end),
        cmocka_unit_test(nobody_to_hand_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
