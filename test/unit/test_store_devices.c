/* Devices in the store: what holds is kept, whatever else is said, and a line is good up to a head on its own branch. */
#include "core/persons.h"
#include "store_help.h"

static struct certificate certificate_of(const struct author *root, const struct author *device,
                                         uint64_t number)
{
    struct certificate made = {.root = root->identity.node,
                               .device = device->identity.node,
                               .number = number,
                               .label = "phone"};
    certificate_sign_root(&made, &root->identity);
    certificate_sign_device(&made, &device->identity);
    return made;
}

/* The author's next entry is of kind 7. */
static void says(struct place *place, struct author *author, const uint8_t *body, size_t size)
{
    struct run run = {arena_take(&place->arena, sizeof *run.entries), 1, {{0}}};
    run.entries[0] = author_entry(author, 1, &place->arena);
    run.entries[0].kind = ENTRY_DEVICE;
    run.entries[0].body = (struct bytes){arena_copy(&place->arena, body, size), size};
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    append(place, "#fika", &run);
}

static void certifies(struct place *place, struct author *author, const struct certificate *made)
{
    uint8_t body[DEVICE_BODY_MAX];
    says(place, author, body, certificate_write(body, made));
}

static size_t devices(struct place *place, struct said_device **list)
{
    return store_devices(place->store, &place->arena, list);
}

static void test_what_holds_is_kept(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct said_device *list;
    struct certificate old = certificate_of(&anna, &bo, 5), made = certificate_of(&anna, &bo, 7);
    struct certificate forged = certificate_of(&anna, &bo, 9);
    uint8_t body[DEVICE_BODY_MAX];
    forged.by_root.b[0] ^= 1;
    certifies(place, &bo, &made);
    certifies(place, &bo, &old);
    certifies(place, &bo, &forged);
    certifies(place, &anna, &old); /* not anna's to say */
    commit(place);
    reopen(place);
    assert_int_equal(devices(place, &list), 1);
    assert_memory_equal(list[0].author.b, bo.identity.node.b, 32);
    assert_memory_equal(list[0].channel.b, bo.channel.b, 32);
    size_t size = certificate_write(body, &made);
    assert_int_equal(list[0].body.size, size);
    assert_memory_equal(list[0].body.at, body, size);
    assert_true(store_said(place->store, &bo.channel, (struct bytes){body, size}));
    size = certificate_write(body, &old);
    assert_true(store_said(place->store, &bo.channel, (struct bytes){body, size}));
    size = certificate_write(body, &forged);
    assert_false(store_said(place->store, &bo.channel, (struct bytes){body, size}));
    struct id elsewhere = test_channel("#tea");
    assert_false(store_said(place->store, &elsewhere, (struct bytes){body, size}));
}

static void test_revocations(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct said_device *list;
    struct revocation gone = {.certificate = certificate_of(&anna, &bo, 5), .number = 6};
    uint8_t body[DEVICE_BODY_MAX];
    revocation_sign(&gone, &anna.identity);
    says(place, &anna, body, revocation_write(body, &gone)); /* of all channels */
    gone.channel = anna.channel;
    revocation_sign(&gone, &anna.identity);
    says(place, &anna, body, revocation_write(body, &gone));
    gone.channel = test_channel("#tea");
    revocation_sign(&gone, &anna.identity);
    says(place, &anna, body, revocation_write(body, &gone)); /* it belongs elsewhere */
    revocation_sign(&gone, &bo.identity);
    says(place, &bo, body, revocation_write(body, &gone));
    assert_int_equal(devices(place, &list), 2);
}

/* Which of two with one number counts is the same here as in the core. */
static void test_of_one_number(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct said_device *list;
    struct persons persons;
    struct id device;
    static const uint8_t KEY[16] = {1};
    uint8_t body[DEVICE_BODY_MAX];
    persons_init(&persons, KEY);
    for (uint64_t seq = 1; seq < 9; seq++) {
        struct revocation gone = {.certificate = certificate_of(&anna, &bo, 5),
                                  .number = 6,
                                  .count = 1,
                                  .heads = {{.seq = seq}}};
        revocation_sign(&gone, &anna.identity);
        size_t size = revocation_write(body, &gone);
        says(place, &anna, body, size);
        persons_take(&persons, &anna.channel, &anna.identity.node, (struct bytes){body, size},
                     &device);
        struct revocation kept;
        assert_int_equal(devices(place, &list), 1);
        assert_int_equal(device_read(list[0].body, &kept), DEVICE_REVOCATION);
        assert_int_equal(kept.heads[0].seq,
                         persons_revocation(&persons, &device, &anna.channel)->heads[0].seq);
    }
    persons_release(&persons);
}

/* A program that did not know the kind kept such entries as they came. */
static void test_version_8(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct said_device *list;
    struct certificate made = certificate_of(&anna, &bo, 5);
    struct run run = author_run(&bo, 3, &place->arena);
    append(place, "#fika", &run);
    certifies(place, &bo, &made);
    commit(place);
    reopen_from(place, 8);
    assert_int_equal(devices(place, &list), 1);
    assert_memory_equal(list[0].author.b, bo.identity.node.b, 32);
}

static void test_lines_that_were_good(void **state)
{
    struct place *place = *state;
    struct author bo = author_of(2, "#fika");
    struct run run = author_run(&bo, 6, &place->arena);
    append(place, "#fika", &run);
    struct author thief = bo;
    thief.seq = 2; /* goes on from an old line, to look like one */
    thief.tip = run.entries[1].id;
    thief.process.b[0] ^= 1;
    struct run fork = author_run(&thief, 2, &place->arena);
    append_branch(place, "#fika", 1, &run.entries[1], &fork);
    const struct entry *head = &run.entries[4];
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(store_below(place->store, &run.entries[i], head->seq, &head->id), i <= 4);
    for (size_t i = 0; i < 2; i++) {
        assert_true(fork.entries[i].seq < head->seq);
        assert_false(store_below(place->store, &fork.entries[i], head->seq, &head->id));
    }
    /* From the fork's own end all that it stands on is below it. */
    head = &fork.entries[1];
    assert_true(store_below(place->store, &fork.entries[0], head->seq, &head->id));
    assert_true(store_below(place->store, &run.entries[0], head->seq, &head->id));
    assert_true(store_below(place->store, &run.entries[1], head->seq, &head->id));
    assert_false(store_below(place->store, &run.entries[2], head->seq, &head->id));
    /* Of a head that is not held nothing is known. */
    assert_false(store_below(place->store, &run.entries[0], 5, &(struct id){{1}}));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_what_holds_is_kept), TEST(test_revocations),          TEST(test_of_one_number),
        TEST(test_version_8),          TEST(test_lines_that_were_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
