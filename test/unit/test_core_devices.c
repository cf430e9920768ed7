/* Core: a device says whose it is before its first line in a channel, once; and who is revoked is linked to no more. */
#include "core_help.h"

#include "core/certificate.h"

static struct bench *bench;
static uint8_t body[DEVICE_BODY_MAX];

/* The node is a device of 50. */
static int setup(void **state)
{
    (void)state;
    struct identity root = bench_identity(50);
    bench = bench_new();
    struct certificate made = {
        .root = root.node, .device = bench->config.identity.node, .number = 5, .label = "phone"};
    certificate_sign_root(&made, &root);
    certificate_sign_device(&made, &bench->config.identity);
    bench->config.certificate = (struct bytes){body, certificate_write(body, &made)};
    core_free(bench->core);
    bench->core = core_new(&bench->config);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The kinds of what is stored by one step, as digits. */
static const char *kinds_of(struct event event)
{
    static char kinds[32];
    size_t count = 0;
    const struct effect *effect;
    event.now_us = bench->now_ms * 1000;
    event.wall_ms = bench->wall_ms;
    core_step(bench->core, &event);
    while ((effect = core_next(bench->core)) != NULL)
        for (size_t i = 0; effect->kind == EFFECT_STORE && i < effect->run.count; i++) {
            const struct entry *entry = &effect->run.entries[i];
            kinds[count++] = (char)('0' + entry->kind);
            if (entry->kind == ENTRY_DEVICE) {
                assert_int_equal(entry->body.size, bench->config.certificate.size);
                assert_memory_equal(entry->body.at, body, entry->body.size);
            }
        }
    kinds[count] = '\0';
    return kinds;
}

static const char *said(const char *channel, const char *text)
{
    struct request request = {.kind = REQUEST_SAY, .text = {(const uint8_t *)text, strlen(text)}};
    snprintf(request.channel.text, sizeof request.channel.text, "%s", channel);
    kinds_of((struct event){.kind = EVENT_REQUEST, .request = request});
    return kinds_of((struct event){.kind = EVENT_TICK});
}

static void before_the_first_line_and_once(void **state)
{
    (void)state;
    assert_string_equal(kinds_of((struct event){.kind = EVENT_TICK}), "");
    assert_string_equal(said("#fika", "one"), "71");
    assert_string_equal(said("#fika", "two"), "1");
    assert_string_equal(said("#b", "one"), "71");
    assert_string_equal(said("#b", "two"), "1");
}

static void not_where_it_was_said(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_LOAD_CERTIFIED};
    strcpy(event.channel.text, "#fika");
    kinds_of(event);
    assert_string_equal(said("#fika", "one"), "1");
    assert_string_equal(said("#b", "one"), "71");
}

static void nobodys_device_says_nothing(void **state)
{
    (void)state;
    core_free(bench->core);
    bench->config.certificate.size = 0;
    bench->core = core_new(&bench->config);
    assert_string_equal(said("#fika", "one"), "1");
}

/* A revocation is an entry like any; before it the device says whose word that is. */
static void says_what_it_is_told_to(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_REQUEST,
                          .request = {.kind = REQUEST_DEVICE, .text = bench->config.certificate}};
    strcpy(event.request.channel.text, "#fika");
    kinds_of(event);
    assert_string_equal(kinds_of((struct event){.kind = EVENT_TICK}), "77");
    strcpy(event.request.channel.text, "#none");
    kinds_of(event);
    assert_string_equal(kinds_of((struct event){.kind = EVENT_TICK}), "");
}

static void refuse(uint32_t number)
{
    bench_step(bench, (struct event){.kind = EVENT_REFUSE, .node = bench_identity(number).node});
}

static void a_revoked_device_has_no_link(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), other = peer_up(bench, 2);
    refuse(1);
    refuse(1);
    assert_true(was_hung_up(bench, link));
    assert_int_equal(bye_code(bench, link), WHY_ASKED);
    assert_false(was_hung_up(bench, other));
    uint64_t again = peer_up(bench, 1);
    assert_int_equal(bye_code(bench, again), WHY_ASKED);
    assert_int_equal(links_up(bench), 1);
}

static void nor_is_it_dialled(void **state)
{
    (void)state;
    struct id node = bench_identity(1).node;
    refuse(1);
    bench_find(bench, "10.0.0.7:1", FOUND_BEACON, &node);
    bench_find(bench, "10.0.0.8:1", FOUND_REMEMBERED, &node);
    bench_pass(bench, 60000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
}

static void its_entries_are_taken(void **state)
{
    (void)state;
    struct author *lost = author_new(bench, 1, 3, 0);
    uint64_t link = peer_up(bench, 2);
    refuse(1);
    bench_forget(bench);
    peer_entries(bench, link, lost, 1, 3, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 3);
    free(lost);
}

static void hear_whose(uint64_t link, uint32_t root, uint32_t device)
{
    struct identity keys[2] = {bench_identity(root), bench_identity(device)};
    struct certificate made = {
        .root = keys[0].node, .device = keys[1].node, .number = 5, .label = "phone"};
    uint8_t room[512];
    struct writer w = writer_of(room, sizeof room);
    certificate_sign_root(&made, &keys[0]);
    certificate_sign_device(&made, &keys[1]);
    wire_write_whose(&w, &made);
    peer_frame(bench, link, written(&w));
}

static void whose_it_is_stands_before_join(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    size_t whose = SIZE_MAX, join = SIZE_MAX;
    for (size_t i = 0; i < bench->seen_count; i++) {
        const struct seen *seen = &bench->seen[i];
        if (seen->kind != EFFECT_SEND || seen->link != link || seen->frame_size == 0)
            continue;
        if (seen->frame[0] == FRAME_WHOSE)
            whose = i;
        if (seen->frame[0] == FRAME_JOIN && join == SIZE_MAX)
            join = i;
    }
    assert_int_equal(count_sent(bench, link, FRAME_WHOSE), 1);
    assert_true(whose < join);
}

static void it_is_heard_once_and_of_itself(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    hear_whose(link, 9, 1);
    assert_int_equal(count_effects(bench, EFFECT_WHOSE), 1);
    hear_whose(link, 9, 1);
    assert_int_equal(count_effects(bench, EFFECT_WHOSE), 1);
    hear_whose(link, 9, 2);
    assert_int_equal(count_effects(bench, EFFECT_WHOSE), 1);
    assert_true(was_hung_up(bench, link));
}

static void the_own_node_is_not_refused(void **state)
{
    (void)state;
    bench_step(bench, (struct event){.kind = EVENT_REFUSE, .node = bench->config.identity.node});
    assert_string_equal(said("#fika", "one"), "71");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(before_the_first_line_and_once), test(not_where_it_was_said),
        test(nobodys_device_says_nothing),    test(says_what_it_is_told_to),
        test(a_revoked_device_has_no_link),   test(nor_is_it_dialled),
        test(its_entries_are_taken),          test(the_own_node_is_not_refused),
        test(whose_it_is_stands_before_join), test(it_is_heard_once_and_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
