/* Core: links among many nodes, by what they take: a channel that few are in keeps links to its members. */
#include "core/state.h"
#include "crowd_help.h"

static struct bench *bench;
static uint64_t links[LINKS_MOST];

/* So many nodes that not all are linked to all, and links enough; we are in #fika with all of them, and in #small. */
static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    bench_looks(bench);
    bench_ask(bench, REQUEST_JOIN, "#small");
    links[0] = peer_up(bench, 1);
    peer_peers(bench, links[0], 200, LIMIT_RECORDS / 4, false);
    for (uint32_t i = 1; i < LINKS_MOST; i++) {
        links[i] = peer_up(bench, 1 + i);
        peer_peers(bench, links[i], 200 + 12 * i, LIMIT_RECORDS / 4, false);
    }
    assert_true(bench->core->many);
    assert_true(bench->core->crowded);
    assert_int_equal(links_up(bench), LINKS_MOST);
    bench_forget(bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void pass(uint64_t ms)
{
    for (uint64_t done = 0; done < ms; done += 1000) {
        bench_pass(bench, 1000);
        bench_pings(bench);
    }
}

/* The node, which is not linked, says that it is in #small. */
static void note(uint64_t link, uint32_t number)
{
    uint8_t room[256];
    struct identity self = bench_identity(number);
    struct note note = {.channel = bench_channel(bench, "#small"),
                        .node = self.node,
                        .number = 1,
                        .here = true,
                        .nick = {(const uint8_t *)"far", 3},
                        .left_s = NOTE_LIFE_MS / 1000};
    struct writer w = writer_of(room, sizeof room);
    note_sign(&note, &bench->config.network, &self);
    wire_write_note(&w, &note);
    peer_frame(bench, link, written(&w));
}

static bool is_up(uint64_t link)
{
    const struct link *found = link_table_find(&bench->core->links, link);
    return found != NULL && found->state == LINK_UP;
}

static void the_only_ones_do_not_give_way(void **state)
{
    (void)state;
    peer_join(bench, links[2], 2, "peer", "#fika #small");
    peer_join(bench, links[5], 2, "peer", "#fika #small");
    for (uint32_t i = 0; i < 40; i++) { /* as all that came do in turn */
        pass(LINKS_TENURE_MS);
        uint64_t late = peer_up(bench, 50 + i);
        assert_true(is_up(late));
        assert_int_equal(links_up(bench), LINKS_MOST);
    }
    for (size_t i = 0; i < LINKS_MOST; i++)
        assert_int_equal(is_up(links[i]), i == 2 || i == 5);
}

static void of_more_than_two_one_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        peer_join(bench, links[i], 2, "peer", "#fika #small");
    for (uint32_t i = 0; i < 40; i++) {
        pass(LINKS_TENURE_MS);
        peer_up(bench, 50 + i);
    }
    size_t left = 0;
    for (size_t i = 0; i < LINKS_MOST; i++)
        left += is_up(links[i]);
    assert_int_equal(left, KIN_LINKS);
}

/* The address of the last dial; "" when there was none. */
static const char *dialled(uint64_t *link)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (bench->seen[i].kind == EFFECT_DIAL) {
            *link = bench->seen[i].link;
            return bench->seen[i].address.text;
        }
    return "";
}

/* A node whose record is held, and which was not dialled yet, other than those. */
static uint32_t recorded(uint32_t but, uint32_t and_but)
{
    for (uint32_t number = 200; number < 400; number++) {
        struct id node = bench_identity(number).node;
        const struct spare *spare = spares_find(&bench->core->spares, &node);
        if (number != but && number != and_but && spare != NULL && spare->fails == 0)
            return number;
    }
    fail();
    return 0;
}

static bool was_dialled(uint32_t number)
{
    char address[32];
    uint64_t link;
    snprintf(address, sizeof address, "10.1.%u.%u:1", number / 256, number % 256);
    return strcmp(dialled(&link), address) == 0;
}

static void a_member_is_dialled_though_there_are_links_enough(void **state)
{
    (void)state;
    uint64_t fresh = 0;
    pass(LINKS_TENURE_MS);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
    uint32_t one = recorded(0, 0), two = recorded(one, 0), three = recorded(one, two);
    note(links[3], one);
    pass(2000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 1);
    assert_true(was_dialled(one));
    dialled(&fresh);
    peer_answers(bench, fresh, one, "#fika #small");
    pass(5000);
    assert_true(is_up(fresh));
    assert_int_equal(links_up(bench), LINKS_MOST); /* another went */
    bench_forget(bench);
    note(fresh, two);
    note(fresh, three);
    pass(2000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 1); /* for two, one more */
    dialled(&fresh);
    assert_true(was_dialled(two) || was_dialled(three));
    peer_answers(bench, fresh, was_dialled(two) ? two : three, "#fika #small");
    bench_forget(bench);
    pass(60000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
}

static void a_member_comes_in_where_nobody_gives_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < bench->core->links.room; i++) /* as if this node had dialled them */
        bench->core->links.list[i].outbound = bench->core->links.list[i].state == LINK_UP;
    pass(2000);
    uint64_t late = peer_up(bench, 60);
    assert_int_equal(bye_code(bench, late), WHY_FULL);
    note(links[1], 61);
    uint64_t member = peer_up(bench, 61);
    assert_true(is_up(member));
}

/* True when the last PEERS to the link has that node's record. */
static bool is_told_of(uint64_t link, uint32_t number)
{
    static struct peers peers;
    struct id node = bench_identity(number).node;
    struct bytes frame = last_sent(bench, link, FRAME_PEERS);
    if (frame.at == NULL)
        return false;
    assert_true(wire_read_peers(frame, &peers));
    for (size_t i = 0; i < peers.count; i++)
        if (id_equal(&peers.records[i].node, &node))
            return true;
    return false;
}

/* Who carries the channel, and is not in it, brings its members together. */
static void members_are_told_of_each_other(void **state)
{
    (void)state;
    bench_ask(bench, REQUEST_LEAVE, "#small");
    bench->core->carry.most_bytes = CARRY_BYTES;
    pass(PEERS_GAP_MS); /* so that more from them is taken */
    peer_peers(bench, links[6], 7, 1, false);
    peer_join(bench, links[2], 2, "peer", "#fika #small");
    pass(1000);
    bench_forget(bench);
    peer_join(bench, links[6], 2, "peer", "#fika #small"); /* 7 */
    pass(KIN_TOLD_MS);
    assert_true(is_told_of(links[2], 7));
    bench_forget(bench);
    note(links[6], 230); /* and one further away */
    pass(KIN_TOLD_MS + 1000);
    assert_true(is_told_of(links[2], 7));
    for (size_t i = 0; i < LINKS_MOST; i++)
        if (i != 2 && i != 6)
            assert_false(is_told_of(links[i], 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_only_ones_do_not_give_way),
        test(of_more_than_two_one_may),
        test(a_member_is_dialled_though_there_are_links_enough),
        test(a_member_comes_in_where_nobody_gives_way),
        test(members_are_told_of_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
