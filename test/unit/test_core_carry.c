/* What a node carries for others: which channels, with how many hops, how much of it, and that its user sees nothing
 * of it. The node under test is in #home; #fika is the others'. */
#include "core_help.h"

static struct bench *bench;

struct take {
    const char *channel;
    uint8_t hops;
};

static int begin(void **state)
{
    (void)state;
    bench = bench_new();
    core_free(bench->core);
    memset(bench->config.channels, 0, sizeof bench->config.channels);
    strcpy(bench->config.channels[0].text, "#home");
    bench->config.channel_count = 1;
    bench->config.carry_bytes = CARRY_BYTES;
    bench->core = core_new(&bench->config);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

/* The link's node takes these now. */
static void takes(uint64_t link, uint32_t generation, const struct take *list, size_t count)
{
    static uint8_t room[LIMIT_FRAME];
    static struct join join;
    memset(&join, 0, sizeof join);
    join.generation = generation;
    join.nick = (struct bytes){(const uint8_t *)"peer", 4};
    for (size_t i = 0; i < count; i++) {
        join.channels[i] = bench_channel(bench, list[i].channel);
        join.hops[i] = list[i].hops;
    }
    join.count = count;
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    peer_frame(bench, link, written(&w));
}

/* A peer who takes one channel. */
static uint64_t peer_takes(uint32_t number, const char *channel, uint8_t hops)
{
    struct identity self = bench_identity(number);
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    takes(link, 1, &(struct take){channel, hops}, 1);
    bench_pass(bench, CARRY_DELAY_MS);
    return link;
}

/* Many channels, all theirs. */
static void takes_many(uint64_t link, uint32_t generation, int from, size_t count)
{
    static char names[LIMIT_TAKES][16];
    struct take list[LIMIT_TAKES];
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "#c%d", from + (int)i);
        list[i] = (struct take){names[i], CARRY_HOPS};
    }
    takes(link, generation, list, count);
    bench_pass(bench, CARRY_DELAY_MS);
}

/* Time passes, and the links stay. */
static void stay(const uint64_t *links, size_t count, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 5000) {
        for (size_t i = 0; i < count; i++)
            peer_pings(bench, links[i]);
        bench_pass(bench, 5000);
    }
}

static struct join told(uint64_t link)
{
    struct join join;
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    return join;
}

/* As our JOIN lists it; 0: it does not. */
static int hops_of(uint64_t link, const char *channel)
{
    struct join join = told(link);
    struct id id = bench_channel(bench, channel);
    for (size_t i = 0; i < join.count; i++)
        if (id_equal(&join.channels[i], &id))
            return join.hops[i];
    return 0;
}

static size_t drops(const char *channel)
{
    size_t count = 0;
    struct id id = bench_channel(bench, channel);
    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].kind == EFFECT_DROP && id_equal(&bench->seen[i].channel_id, &id);
    return count;
}

/* ---- which, and how far ---- */

static void the_number_goes_down(void **state)
{
    (void)state;
    uint64_t member = peer_takes(1, "#fika", 3);
    assert_int_equal(hops_of(member, "#home"), 3);
    assert_int_equal(hops_of(member, "#fika"), 2);
    uint64_t other = peer_takes(2, "#fika", 2); /* who carries it, too */
    assert_int_equal(hops_of(other, "#fika"), 2);
    takes(member, 2, NULL, 0);
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(other, "#fika"), 1);
    takes(other, 2, &(struct take){"#fika", 1}, 1); /* which is what we asked him for */
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(other, "#fika"), 0);
    assert_int_equal(drops("#fika"), 0); /* it is kept */
}

static void one_hop_is_too_few(void **state)
{
    (void)state;
    uint64_t link = peer_takes(1, "#fika", 1);
    assert_int_equal(hops_of(link, "#fika"), 0);
    assert_int_equal(count_effects(bench, EFFECT_CARRY), 0);
}

static void off_is_off(void **state)
{
    (void)state;
    uint64_t link = peer_takes(1, "#fika", 3);
    assert_int_equal(hops_of(link, "#fika"), 2);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 0});
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#fika"), 0);
    assert_int_equal(drops("#fika"), 1);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 1000000});
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#fika"), 2);
}

/* ---- nothing of it is the user's ---- */

static void it_passes_and_is_not_seen(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 12, 0);
    uint64_t from = peer_takes(1, "#fika", 3), to = peer_takes(2, "#fika", 3);
    bench_forget(bench);
    peer_entries(bench, from, author, 1, 3, PART_PUSH);
    bench_pass(bench, 100);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    assert_int_equal(count_sent(bench, to, FRAME_ENTRY), 1);
    assert_int_equal(count_sent(bench, from, FRAME_HAVE), 1);
    peer_entries(bench, from, author, 9, 9, PART_PUSH); /* a hole */
    bench_pass(bench, 5000);
    assert_int_equal(count_effects(bench, EFFECT_SHOW), 0);
    bench_ask(bench, REQUEST_WHO, "#home");
    bench_ask(bench, REQUEST_CHANNELS, "");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 1);
    assert_int_equal(count_shown(bench, SHOW_CHANNEL_ROW), 1);
    free(author);
}

static void who_carries_is_no_member_and_gives_no_receipt(void **state)
{
    (void)state;
    bench_say(bench, "mine");
    struct log_load mine = last_effect(bench, EFFECT_STORE)->load;
    const struct id *self = &bench->config.identity.node;
    uint64_t carrier = peer_takes(1, "#home", 2);
    peer_have_in(bench, carrier, "#home", true, self, 1, &mine.tip);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 0);
    assert_int_equal(count_shown(bench, SHOW_HELD), 0);
    assert_int_equal(core_held(bench->core, &bench->config.channels[0], 1), 0);
    /* Nor does an equal digest. */
    struct join join = told(carrier);
    static uint8_t room[LIMIT_FRAME];
    join.generation = 7;
    join.hops[0] = 2;
    join.nick = (struct bytes){(const uint8_t *)"peer", 4};
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    peer_frame(bench, carrier, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
    /* The line is handed over all the same: leaving waits for nobody. */
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 5000});
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 0);
}

static void a_member_gives_one(void **state)
{
    (void)state;
    bench_say(bench, "mine");
    struct log_load mine = last_effect(bench, EFFECT_STORE)->load;
    const struct id *self = &bench->config.identity.node;
    uint64_t link = peer_takes(1, "#home", 2);
    takes(link, 2, &(struct take){"#home", 3}, 1);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 1);
    peer_have_in(bench, link, "#home", true, self, 1, &mine.tip);
    assert_int_equal(count_shown(bench, SHOW_HELD), 1);
    takes(link, 3, &(struct take){"#home", 1}, 1);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 2);
    assert_false(last_show(bench, SHOW_MEMBER)->show.up);
}

/* ---- it is kept ---- */

static void it_waits_for_who_comes_later(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 3, 0);
    uint64_t from = peer_takes(1, "#fika", 3);
    peer_entries(bench, from, author, 1, 3, PART_PUSH);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = from, .why = WHY_QUIT});
    bench_pass(bench, 3600 * 1000);
    assert_int_equal(drops("#fika"), 0);
    uint64_t later = peer_takes(2, "#fika", 3);
    assert_int_equal(hops_of(later, "#fika"), 2);
    /* His empty history differs from it. */
    assert_int_equal(count_sent(bench, later, FRAME_BUCKETS), 1);
    struct buckets none = {.channel = bench_channel(bench, "#fika")};
    uint8_t room[64];
    struct writer w = writer_of(room, sizeof room);
    wire_write_buckets(&w, &none);
    peer_frame(bench, later, written(&w));
    struct have have;
    assert_true(wire_read_have(last_sent(bench, later, FRAME_HAVE), &have));
    assert_int_equal(have.heads[0].seq, 3);
    free(author);
}

/* Of a direct channel that was begun with him somebody who was away has never heard: what is held is listed, but not as
 * what anybody should carry. */
static void what_is_kept_is_offered(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 3, 0);
    uint64_t from = peer_takes(1, "#fika", 3);
    takes(from, 2, (struct take[]){{"#fika", 3}, {"#empty", 3}}, 2);
    bench_pass(bench, CARRY_DELAY_MS);
    peer_entries(bench, from, author, 1, 3, PART_PUSH);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = from, .why = WHY_QUIT});
    bench_pass(bench, 1000);
    assert_int_equal(core_carried(bench->core).now, 0);
    uint64_t later = peer_takes(2, "#other", 3);
    assert_int_equal(hops_of(later, "#fika"), 1);
    assert_int_equal(hops_of(later, "#empty"), 0);
    takes(later, 2, &(struct take){"#fika", 1}, 1); /* who keeps it, too, asks for nothing */
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(later, "#fika"), 1);
    assert_int_equal(core_carried(bench->core).now, 0);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = later, .why = WHY_QUIT});
    bench->wall_ms += CARRY_OFFER_MS;
    later = peer_takes(2, "#other", 3);
    assert_int_equal(hops_of(later, "#fika"), 0);
    assert_int_equal(drops("#fika"), 0);
    free(author);
}

/* The program may end before nobody asks any more. */
static void that_it_is_asked_for_is_noted_now_and_then(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 3, 0);
    uint64_t link = peer_takes(1, "#fika", 3);
    assert_int_equal(count_effects(bench, EFFECT_CARRY), 1);
    peer_entries(bench, link, author, 1, 1, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_CARRY), 1);
    bench->wall_ms += CARRY_NOTED_MS;
    peer_entries(bench, link, author, 2, 3, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_CARRY), 2);
    free(author);
}

static void it_comes_back_from_the_disk(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 3, 0);
    const struct entry *last = &author->entries[2];
    struct id id = bench_channel(bench, "#fika");
    bench_hold(bench, author, 1, 3);
    bench_step(bench, (struct event){.kind = EVENT_LOAD_CHANNEL,
                                     .channel_id = id,
                                     .lamport = last->lamport,
                                     .node = bench_identity(9).node,
                                     .number = 4000,
                                     .asked_wall_ms = BENCH_WALL_MS - 1000});
    bench_step(
        bench,
        (struct event){
            .kind = EVENT_LOAD_LOG,
            .channel_id = id,
            .load = {.author = last->author, .seq = 3, .tip = last->id, .lamport = last->lamport}});
    assert_int_equal(core_carried(bench->core).kept, 1);
    assert_int_equal(core_carried(bench->core).bytes, 4000);
    uint64_t link = peer_takes(1, "#other", 3);
    assert_int_equal(hops_of(link, "#fika"),
                     1); /* nobody asked, but somebody may who does not know yet */
    takes(link, 2, &(struct take){"#fika", 3}, 1);
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#fika"), 2);
    /* The user joins: it has a name, and goes on from there. */
    bench_forget(bench);
    bench_ask(bench, REQUEST_JOIN, "#fika");
    assert_int_equal(count_effects(bench, EFFECT_NAME), 1);
    assert_int_equal(hops_of(link, "#fika"), 3);
    assert_int_equal(core_carried(bench->core).bytes, 0);
    bench_ask(bench, REQUEST_CHANNELS, "");
    assert_int_equal(last_show(bench, SHOW_CHANNEL_ROW)->show.n2, 3);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 0});
    assert_int_equal(drops("#fika"), 0); /* it is his own */
    free(author);
}

static void what_was_left_may_be_carried_and_is_not_let_go_of(void **state)
{
    (void)state;
    uint64_t link = peer_takes(1, "#home", 3);
    bench_ask(bench, REQUEST_LEAVE, "#home");
    assert_int_equal(hops_of(link, "#home"), 0);
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#home"), 2);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 0});
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#home"), 0);
    assert_int_equal(drops("#home"), 0);
}

/* ---- bounds ---- */

static void nobody_has_more_than_his_share(void **state)
{
    (void)state;
    uint64_t greedy = peer_takes(1, "#fika", 3);
    takes_many(greedy, 2, 0, 100);
    assert_int_equal(core_carried(bench->core).now, CARRY_SHARE);
    assert_int_equal(core_carried(bench->core).kept, CARRY_SHARE);
    assert_int_equal(drops("#fika"), 1); /* his own, that he asks for no more */
    struct join join = told(greedy);
    size_t further = 0;
    for (size_t i = 0; i < join.count; i++)
        further += join.hops[i] == 2;
    assert_int_equal(further, CARRY_FURTHER);
    /* Others have room, and he pushes out his own. */
    uint64_t modest = peer_takes(2, "#tea", 3);
    assert_int_equal(hops_of(modest, "#tea"), 2);
    takes(modest, 2, NULL, 0);
    for (uint32_t i = 3; i < 10; i++) {
        takes_many(greedy, i, 100 * (int)i, 100);
        stay(&greedy, 1, JOINS_MS);
    }
    assert_int_equal(drops("#tea"), 0);
    assert_int_equal(core_carried(bench->core).kept, CARRY_SHARE + 1);
}

static void many_nodes_fill_it_and_no_more(void **state)
{
    (void)state;
    uint64_t links[6];
    for (uint32_t i = 0; i < 6; i++) {
        links[i] = peer_takes(i + 1, "#fika", 3);
        takes_many(links[i], 2, 100 * (int)i, CARRY_SHARE);
        stay(links, i + 1, JOINS_MS);
    }
    assert_int_equal(core_carried(bench->core).now, LIMIT_CARRIED);
    assert_int_equal(core_carried(bench->core).kept, LIMIT_CARRIED);
    assert_int_equal(told(links[0]).count, LIMIT_CARRIED + 1);
    /* All are asked for, so none goes; but #fika, which each asked for at first. */
    assert_int_equal(count_effects(bench, EFFECT_DROP), drops("#fika"));
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 300, 0);
    uint64_t idle = peer_takes(2, "#tea", 3), link = peer_takes(1, "#fika", 3);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 5000});
    takes(idle, 2, NULL, 0);
    bench_pass(bench, 1000);
    for (uint64_t from = 1; from <= 200; from += 50)
        peer_entries(bench, link, author, from, from + 49, PART_PUSH);
    bench_pass(bench, CARRY_DELAY_MS);
    /* It alone is too large: it goes, and is not carried again for an hour. */
    assert_int_equal(drops("#fika"), 1);
    assert_int_equal(hops_of(link, "#fika"), 0);
    assert_int_equal(core_carried(bench->core).bytes, 0);
    peer_entries(bench, link, author, 1, 50, PART_PUSH);
    assert_int_equal(core_carried(bench->core).bytes, 0);
    stay(&link, 1, CARRY_AGAIN_MS - 10000);
    assert_int_equal(hops_of(link, "#fika"), 0);
    stay(&link, 1, 10000);
    assert_int_equal(hops_of(link, "#fika"), 2);
    free(author);
}

/* What could not be carried when it was asked for is compared when it can be. */
static void what_is_carried_later_is_compared(void **state)
{
    (void)state;
    bench_say(bench, "mine");
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 0});
    uint64_t link = peer_takes(1, "#home", 3);
    bench_ask(bench, REQUEST_LEAVE, "#home");
    bench_pass(bench, CARRY_DELAY_MS);
    size_t before = count_sent(bench, link, FRAME_BUCKETS);
    assert_int_equal(hops_of(link, "#home"), 0);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 1000000});
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(hops_of(link, "#home"), 2);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), before + 1);
}

/* What nobody asks for goes before what somebody does, the one that was asked for longest ago first. */
static void the_longest_unasked_goes_first(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"#old", "#new"};
    for (int i = 0; i < 2; i++) {
        bench_step(bench,
                   (struct event){.kind = EVENT_LOAD_CHANNEL,
                                  .channel_id = bench_channel(bench, NAMES[i]),
                                  .node = bench_identity(50 + (uint32_t)i).node,
                                  .number = 4000,
                                  .asked_wall_ms = BENCH_WALL_MS - 5000 + 1000 * (uint64_t)i});
    }
    struct author *author = author_new(bench, 1, 100, 0);
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = 10000});
    uint64_t link = peer_takes(1, "#fika", 3);
    assert_int_equal(count_effects(bench, EFFECT_DROP), 0);
    peer_entries(bench, link, author, 1, 90, PART_PUSH); /* about 4.5 kB more */
    bench_pass(bench, CARRY_DELAY_MS);
    assert_int_equal(drops("#old"), 1);
    assert_int_equal(drops("#new") + drops("#fika"), 0);
    free(author);
}

/* Who flaps makes us flap only so often. */
static void our_join_changes_so_often(void **state)
{
    (void)state;
    uint64_t other = peer_takes(2, "#home", 3), link = peer_takes(1, "#fika", 3);
    bench_pass(bench, JOINS_MS);
    bench_forget(bench);
    for (uint32_t i = 2; i < 200; i++) {
        takes(link, i, &(struct take){"#fika", 3}, i % 2);
        bench_pass(bench, CARRY_DELAY_MS + 5);
    }
    assert_in_range(count_sent(bench, other, FRAME_JOIN), 2, CARRY_CHANGES + 1);
    bench_pass(bench, JOINS_MS);
    assert_int_equal(hops_of(other, "#fika"), 2); /* as it is at last */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_number_goes_down, begin, end),
        cmocka_unit_test_setup_teardown(one_hop_is_too_few, begin, end),
        cmocka_unit_test_setup_teardown(off_is_off, begin, end),
        cmocka_unit_test_setup_teardown(it_passes_and_is_not_seen, begin, end),
        cmocka_unit_test_setup_teardown(who_carries_is_no_member_and_gives_no_receipt, begin, end),
        cmocka_unit_test_setup_teardown(a_member_gives_one, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_for_who_comes_later, begin, end),
        cmocka_unit_test_setup_teardown(what_is_kept_is_offered, begin, end),
        cmocka_unit_test_setup_teardown(that_it_is_asked_for_is_noted_now_and_then, begin, end),
        cmocka_unit_test_setup_teardown(it_comes_back_from_the_disk, begin, end),
        cmocka_unit_test_setup_teardown(what_was_left_may_be_carried_and_is_not_let_go_of, begin,
                                        end),
        cmocka_unit_test_setup_teardown(nobody_has_more_than_his_share, begin, end),
        cmocka_unit_test_setup_teardown(many_nodes_fill_it_and_no_more, begin, end),
        cmocka_unit_test_setup_teardown(what_is_carried_later_is_compared, begin, end),
        cmocka_unit_test_setup_teardown(bytes_are_bounded, begin, end),
        cmocka_unit_test_setup_teardown(the_longest_unasked_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(our_join_changes_so_often, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
