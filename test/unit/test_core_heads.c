/* Core: digests and buckets. */
#include "sync_help.h"

/* ---- digests and buckets ---- */

static int compare_heads(const void *a, const void *b)
{
    const struct head *x = a, *y = b;
    int order = memcmp(x->author.b, y->author.b, 32);
    if (order == 0)
        order = x->seq < y->seq ? -1 : x->seq > y->seq;
    return order != 0 ? order : memcmp(x->tip.b, y->tip.b, 32);
}

static void write_heads(struct writer *w, struct head *heads, size_t count)
{
    if (count > 1)
        qsort(heads, count, sizeof *heads, compare_heads);
    for (size_t i = 0; i < count; i++) {
        write_id(w, &heads[i].author);
        write_u64(w, heads[i].seq);
        write_id(w, &heads[i].tip);
    }
}

/* As PROTOCOL.md 6.1 has it. */
static struct digest digest_of(struct head *heads, size_t count)
{
    static uint8_t room[72 * 1024];
    static const char domain[16] = "fika-heads-v1";
    struct writer w = writer_of(room, sizeof room);
    struct digest digest;
    write_heads(&w, heads, count);
    struct id all = domain_hash(domain, room, w.size);
    memcpy(digest.b, all.b, sizeof digest.b);
    return digest;
}

static struct digest told_digest(uint64_t link)
{
    struct join join;
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    for (size_t i = 0; i < join.count; i++) {
        struct id channel = bench_channel(bench, "#fika");
        if (id_equal(&join.channels[i], &channel))
            return join.digests[i];
    }
    fail_msg("#fika is not in the JOIN");
    return join.digests[0];
}

static void the_digest_is_of_all_heads(void **state)
{
    (void)state;
    struct author *third = author_new(bench, 77, 9, 0);
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    struct digest none = digest_of(NULL, 0), told = told_digest(link);
    assert_memory_equal(&told, &none, sizeof none);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    peer_entries(bench, link, third, 1, 4, PART_PUSH);
    peer_entries(bench, link, third, 6, 9, PART_PUSH); /* above a hole: in no head */
    struct head heads[] = {{third->identity.node, 4, *author_tip(third, 4)},
                           {*who(), 12, *author_tip(other, 12)},
                           {*who(), 10, *author_tip(author, 10)}};
    struct digest digest = digest_of(heads, 3);
    link = peer_up(bench, 2);
    told = told_digest(link);
    assert_memory_equal(&told, &digest, sizeof digest);
    free(third);
}

/* Two nodes with equal history say JOIN to each other, and that is all: it is a receipt. */
static void equal_digests_end_it(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    bench_say(bench, "hej");
    bench_say(bench, "hej");
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    struct digest digest = told_digest(link);
    bench_forget(bench);
    peer_join_with(bench, link, 1, "peer", "#fika", &digest);
    bench_pass(bench, 1000);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), 0);
    assert_int_equal(last_show(bench, SHOW_HELD)->show.n2, 2);
    assert_int_equal(last_show(bench, SHOW_HELD)->show.n, 1);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 2), 1);
    digest.b[3] ^= 1; /* a later JOIN says that it differs */
    bench_forget(bench);
    peer_join_with(bench, link, 2, "peer", "#fika", &digest);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 1);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
}

/* Of nothing there is no receipt. */
static void equal_and_empty(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    struct digest digest = digest_of(NULL, 0);
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    peer_join_with(bench, link, 1, "peer", "#fika", &digest);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
    assert_int_equal(count_shown(bench, SHOW_HELD), 0);
}

static void fill_heads(struct head *heads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        heads[i] = (struct head){many[i]->identity.node, 1, *author_tip(many[i], 1)};
}

static uint32_t bucket_of(const struct head *head, uint8_t order)
{
    return (head->author.b[0] + 256u * head->author.b[1]) % (1u << order);
}

/* As PROTOCOL.md 6.2 has it; HELLO1 to this link must still be seen. */
static void peer_buckets(uint64_t link, struct head *heads, size_t count, uint8_t order)
{
    static uint8_t room[72 * 1024], frame[LIMIT_FRAME];
    static const char domain[16] = "fika-bucket-v1";
    static struct buckets buckets;
    struct hello1 hello;
    assert_true(wire_read_hello1(last_sent(bench, link, FRAME_HELLO1), &hello));
    buckets.channel = bench_channel(bench, "#fika");
    buckets.order = order;
    for (uint32_t bucket = 0; bucket < 1u << order; bucket++) {
        struct writer w = writer_of(room, sizeof room);
        struct head in[MANY];
        struct nonce peer = {{5}};
        size_t inside = 0;
        for (size_t i = 0; i < count; i++)
            if (bucket_of(&heads[i], order) == bucket)
                in[inside++] = heads[i];
        write_copy(&w, peer.b, sizeof peer.b);
        write_copy(&w, hello.nonce.b, sizeof hello.nonce.b);
        write_heads(&w, in, inside);
        struct id hash = domain_hash(domain, room, w.size);
        struct reader r = reader_of((struct bytes){hash.b, 4});
        buckets.hashes[bucket] = read_u32(&r);
    }
    struct writer w = writer_of(frame, sizeof frame);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w));
}

static void only_buckets_that_differ(void **state)
{
    (void)state;
    static struct head heads[MANY];
    static struct have have;
    uint64_t link = peer_up(bench, 1);
    make_many(MANY);
    for (size_t i = 0; i < MANY; i++)
        peer_entries(bench, link, many[i], 1, 1, PART_PUSH);
    bench_pass(bench, HAVE_DELAY_MS);
    for (uint8_t order = 0; order <= LIMIT_BUCKETS_ORDER; order++) {
        fill_heads(heads, MANY);
        size_t before = count_sent(bench, link, FRAME_HAVE);
        peer_buckets(link, heads, MANY, order);
        assert_int_equal(count_sent(bench, link, FRAME_HAVE), before); /* all is equal */
        uint32_t differs = bucket_of(&heads[7], order);
        size_t in_it = 0;
        for (size_t i = 0; i < MANY; i++)
            in_it += bucket_of(&heads[i], order) == differs;
        memmove(&heads[7], &heads[8], (MANY - 8) * sizeof heads[0]); /* which the peer lacks */
        peer_buckets(link, heads, MANY - 1, order);
        size_t said = 0;
        for (size_t i = 0; i < bench->seen_count; i++) {
            if (!is_frame(&bench->seen[i], link, FRAME_HAVE) || before-- > 0)
                continue;
            assert_true(wire_read_have(
                (struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &have));
            assert_true(have.all);
            for (size_t k = 0; k < have.count; k++)
                assert_int_equal(bucket_of(&have.heads[k], order), differs);
            said += have.count;
            before = 0;
        }
        assert_int_equal(said, in_it);
    }
    free_many(MANY);
}

/* The order that is chosen grows with the heads. */
static void buckets_of_two_heads(void **state)
{
    (void)state;
    static struct buckets buckets;
    uint64_t link = peer_up(bench, 1);
    assert_true(wire_read_buckets(last_sent(bench, link, FRAME_BUCKETS), &buckets));
    assert_int_equal(buckets.order, 0);
    make_many(MANY);
    for (size_t i = 0; i < MANY; i++)
        peer_entries(bench, link, many[i], 1, 1, PART_PUSH);
    link = peer_up(bench, 2);
    assert_true(wire_read_buckets(last_sent(bench, link, FRAME_BUCKETS), &buckets));
    assert_in_range(buckets.order, 7, 8);
    free_many(MANY);
}

static void buckets_without_end(void **state)
{
    (void)state;
    struct head none[1];
    uint64_t link = peer_up(bench, 1);
    int sent = 0;
    while (!was_hung_up(bench, link) && sent < 1000) {
        peer_buckets(link, none, 0, 10);
        sent++;
    }
    assert_in_range(sent, 200, JOINS_MAX + 1);
    assert_int_equal(bye_code(bench, link), WHY_RULES);
}

static void buckets_of_other_channels_are_ignored(void **state)
{
    (void)state;
    uint8_t room[64];
    struct buckets buckets = {.channel = bench_channel(bench, "#b")};
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    struct writer w = writer_of(room, sizeof room);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w)); /* it is not in #b */
    buckets.channel.b[0] ^= 1;
    w = writer_of(room, sizeof room);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_SEND), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_digest_is_of_all_heads),
        test(equal_digests_end_it),
        test(equal_and_empty),
        test(only_buckets_that_differ),
        test(buckets_of_two_heads),
        test(buckets_without_end),
        test(buckets_of_other_channels_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
