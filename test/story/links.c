/* Links come and go: both sides dial and one link is kept; a silent peer is given up; a
 * disconnected one stays away until it is asked for; a stranger who is oneself is recognized. */
#include "stage.h"

static size_t up_links(const struct stage *stage)
{
    size_t count = 0;
    for (size_t i = 0; i < stage->link_count; i++)
        count += stage->links[i].up;
    return count;
}

static void both_dial(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_connect(stage, bo, anna);
    stage_run(stage, 100);
    stage_expect(stage, "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n");
    assert_int_equal(up_links(stage), 1);
    stage_say(stage, anna, "once");
    stage_run(stage, 100);
    stage_expect(stage, "anna stores anna 1\n"
                        "anna -> bo: ENTRY anna 1\n"
                        "anna shows <anna> once (own)\n"
                        "bo stores anna 1\n"
                        "bo shows <anna> once\n"
                        "bo -> anna: HAVE anna 1\n"
                        "anna: 1 is held by 1\n");
    stage_free(stage);
}

static void silence(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20000); /* pings keep it up */
    assert_null(strstr(stage->trace, "down"));
    stage_skip(stage);
    stage->nodes[bo].off = true; /* gone without a word */
    stage_run(stage, 11000);
    stage_run(stage, 3900); /* within 15 s in all */
    stage_expect(stage, "anna: bo is out of #fika\n"
                        "anna: link to bo down: the connection was lost\n"
                        "anna: bo:1 could not be reached: nobody listens there\n");
    stage_free(stage);
}

static void quitting_is_seen_at_once(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_skip(stage);
    stage_request(stage, bo, (struct request){.kind = REQUEST_STOP, .wait_ms = 600});
    stage_run(stage, 2);
    stage_expect(stage, "bo stops, 0 not handed over\n"
                        "anna: bo is out of #fika\n"
                        "anna: link to bo down: they left\n");
    stage_free(stage);
}

static void disconnected_stays_away(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage_connect(stage, bo, anna);
    stage_run(stage, 20);
    stage_skip(stage);
    stage_request(stage, anna,
                  (struct request){.kind = REQUEST_DISCONNECT, .text = {(const uint8_t *)"bo", 2}});
    stage_run(stage, 10000);
    stage_expect(stage, "anna: bo is out of #fika\n"
                        "anna: link to bo down: disconnected here\n"
                        "bo: anna is out of #fika\n"
                        "bo: link to anna down: disconnected there\n");
    struct event heard = {.kind = EVENT_FOUND,
                          .found = FOUND_BEACON,
                          .address = {"bo:1"},
                          .node = stage->nodes[bo].config.identity.node,
                          .process = stage->nodes[bo].config.process};
    stage_step(stage, anna, heard); /* a beacon does not bring it back */
    stage_run(stage, 10000);
    stage_expect(stage, "");
    stage_connect(stage, anna, bo); /* a person does */
    stage_run(stage, 20);
    stage_expect(stage, "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n");
    stage_free(stage);
}

static void oneself(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika");
    stage_connect(stage, anna, anna);
    stage_run(stage, 60000);
    stage_expect(stage, "anna -> anna: HELLO0\n"
                        "anna -> anna: HELLO1\n"
                        "anna -> anna: BYE (that is this fika itself)\n");
    stage_free(stage);
}

/* Two processes with one identity (a copied profile): said at both ends, and no link. */
static void same_identity(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    core_free(stage->nodes[bo].core);
    stage->nodes[bo].config.identity = stage->nodes[anna].config.identity;
    stage->nodes[bo].core = core_new(&stage->nodes[bo].config);
    stage_connect(stage, anna, bo);
    stage_run(stage, 20);
    stage_expect(stage, "anna: another fika has this identity\n"
                        "bo: another fika has this identity\n"
                        "anna: bo:1 could not be reached: it runs with the same identity\n");
    stage_free(stage);
}

static void refused_is_told_once(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    int anna = stage_add(stage, "anna", "#fika"), bo = stage_add(stage, "bo", "#fika");
    stage->quiet_handshake = true;
    stage->nodes[bo].off = true;
    stage_connect(stage, anna, bo);
    stage_run(stage, 30000);
    stage_expect(stage, "anna: bo:1 could not be reached: nobody listens there\n");
    stage->nodes[bo].off = false;
    stage_run(stage, 91000); /* tried for ever, a minute and a half apart at most */
    stage_expect(stage, "bo: link to anna up\n"
                        "bo: anna is in #fika\n"
                        "anna: link to bo up\n"
                        "anna: bo is in #fika\n");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_dial),
        cmocka_unit_test(silence),
        cmocka_unit_test(quitting_is_seen_at_once),
        cmocka_unit_test(disconnected_stays_away),
        cmocka_unit_test(oneself),
        cmocka_unit_test(same_identity),
        cmocka_unit_test(refused_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
