/* Persons: whose device a node is, by the word of both alone, and in whatever order it is heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/persons.h"

static const uint8_t KEY[16] = {1};
static const struct id CHANNEL = {{7}}, ELSEWHERE = {{8}}, EVERYWHERE;

static struct persons persons;
static struct identity root, phone, desk, eve;

static struct identity identity(uint8_t number)
{
    uint8_t seed[32] = {number};
    return identity_from_seed(seed);
}

static int begin(void **state)
{
    (void)state;
    persons_init(&persons, KEY);
    root = identity(1);
    phone = identity(2);
    desk = identity(3);
    eve = identity(4);
    return 0;
}

static int end(void **state)
{
    (void)state;
    persons_release(&persons);
    return 0;
}

static struct certificate certificate(const struct identity *of, const struct identity *device,
                                      uint64_t number)
{
    struct certificate made = {
        .root = of->node, .device = device->node, .number = number, .label = "phone"};
    certificate_sign_root(&made, of);
    certificate_sign_device(&made, device);
    return made;
}

static struct revocation revocation(const struct certificate *of, const struct identity *by,
                                    const struct id *channel, uint64_t number, uint64_t seq)
{
    struct revocation made = {
        .certificate = *of, .channel = *channel, .number = number, .count = seq > 0};
    made.heads[0].seq = seq;
    made.heads[0].tip = (struct id){{(uint8_t)seq}};
    revocation_sign(&made, by);
    return made;
}

static enum person_news hear_in(const struct id *channel, const struct identity *author,
                                const uint8_t *body, size_t size)
{
    struct id device;
    return persons_take(&persons, channel, &author->node, (struct bytes){body, size}, &device);
}

static enum person_news certified(const struct certificate *made, const struct identity *author)
{
    uint8_t body[DEVICE_BODY_MAX];
    return hear_in(&CHANNEL, author, body, certificate_write(body, made));
}

static enum person_news revoked(const struct revocation *made)
{
    uint8_t body[DEVICE_BODY_MAX];
    return hear_in(&CHANNEL, &eve, body, revocation_write(body, made));
}

static bool whose(const struct identity *device, const struct identity *of)
{
    return id_equal(persons_root(&persons, &device->node), &of->node);
}

static void a_device_has_the_word_of_both(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5);
    assert_true(whose(&phone, &phone));
    assert_int_equal(certified(&made, &phone), NEWS_CERTIFIED);
    assert_true(whose(&phone, &root));
    assert_true(whose(&root, &root));
    assert_true(persons_same(&persons, &phone.node, &root.node));
    assert_false(persons_same(&persons, &phone.node, &desk.node));
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    assert_string_equal(persons_at(&persons, &root.node, 0)->certificate.label, "phone");
    assert_null(persons_at(&persons, &root.node, 1));
}

static void what_is_forged_counts_for_nothing(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5);
    made.by_root.b[3] ^= 1;
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    made = certificate(&root, &phone, 5);
    made.number++;
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    made = certificate(&root, &phone, 5);
    made.label[0] = 'P';
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    made = certificate(&root, &root, 5);
    assert_int_equal(certified(&made, &root), NEWS_NONE);
    assert_null(persons_device(&persons, &phone.node));
}

/* Eve signs as root that the phone is hers, or says as a device that she is root's; and neither agrees. */
static void nobody_claims_the_key_of_another(void **state)
{
    (void)state;
    struct certificate made = certificate(&eve, &phone, 5);
    certificate_sign_device(&made, &eve);
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    made = certificate(&root, &eve, 5);
    certificate_sign_root(&made, &eve);
    assert_int_equal(certified(&made, &eve), NEWS_NONE);
    /* One signature does not stand for the other. */
    made = certificate(&root, &phone, 5);
    made.by_device = made.by_root;
    assert_int_equal(certified(&made, &phone), NEWS_NONE);
    assert_true(whose(&phone, &phone));
    assert_true(whose(&eve, &eve));
}

static void a_certificate_is_said_by_its_device(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5);
    assert_int_equal(certified(&made, &eve), NEWS_NONE);
    assert_int_equal(certified(&made, &root), NEWS_NONE);
    assert_true(whose(&phone, &phone));
}

static void an_older_one_that_is_shown_again_does_nothing(void **state)
{
    (void)state;
    struct certificate old = certificate(&root, &phone, 5), new = certificate(&desk, &phone, 6);
    assert_int_equal(certified(&new, &phone), NEWS_CERTIFIED);
    assert_int_equal(certified(&old, &phone), NEWS_NONE);
    assert_true(whose(&phone, &desk));
    struct certificate newest = certificate(&root, &phone, 7);
    assert_int_equal(certified(&newest, &phone), NEWS_CERTIFIED);
    assert_true(whose(&phone, &root));
}

static void of_one_number_the_order_does_not_decide(void **state)
{
    (void)state;
    struct certificate a = certificate(&root, &phone, 5), b = certificate(&desk, &phone, 5);
    bool greater = id_compare(&root.node, &desk.node) > 0;
    certified(&a, &phone);
    certified(&b, &phone);
    assert_true(whose(&phone, greater ? &root : &desk));
    persons_release(&persons);
    persons_init(&persons, KEY);
    certified(&b, &phone);
    certified(&a, &phone);
    assert_true(whose(&phone, greater ? &root : &desk));
}

static void there_are_no_chains(void **state)
{
    (void)state;
    struct certificate a = certificate(&root, &phone, 5), b = certificate(&desk, &root, 5);
    certified(&a, &phone);
    certified(&b, &root);
    assert_true(whose(&phone, &phone));
    assert_true(whose(&root, &desk));
}

static void revoked_is_revoked_in_any_order(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5), later = certificate(&root, &phone, 9);
    struct certificate other = certificate(&desk, &phone, 10);
    struct revocation gone = revocation(&made, &root, &CHANNEL, 6, 12);
    for (int first = 0; first < 2; first++) {
        if (first == 0)
            assert_int_equal(certified(&made, &phone), NEWS_CERTIFIED);
        assert_int_equal(revoked(&gone), NEWS_REVOKED);
        assert_int_equal(revoked(&gone), NEWS_NONE);
        assert_int_equal(certified(&made, &phone), NEWS_NONE);
        assert_int_equal(certified(&later, &phone), NEWS_NONE);
        assert_int_equal(certified(&other, &phone), NEWS_NONE);
        assert_true(persons_device(&persons, &phone.node)->revoked);
        assert_true(whose(&phone, &phone));
        assert_true(id_equal(persons_once(&persons, &phone.node), &root.node));
        const struct revocation *says = persons_revocation(&persons, &phone.node, &CHANNEL);
        assert_int_equal(says->count, 1);
        assert_int_equal(says->heads[0].seq, 12);
        assert_null(persons_revocation(&persons, &phone.node, &ELSEWHERE));
        persons_release(&persons);
        persons_init(&persons, KEY);
    }
}

/* One who agreed to two roots, which both revoke it: whose it was is the same for all. */
static void whose_it_was_is_so_in_any_order(void **state)
{
    (void)state;
    struct certificate low = certificate(&root, &phone, 5), high = certificate(&eve, &phone, 6);
    struct revocation by_root = revocation(&low, &root, &EVERYWHERE, 9, 0);
    struct revocation by_eve = revocation(&high, &eve, &EVERYWHERE, 8, 0);
    for (int order = 0; order < 2; order++) {
        assert_int_equal(revoked(order == 0 ? &by_eve : &by_root), NEWS_REVOKED);
        revoked(order == 0 ? &by_root : &by_eve);
        assert_true(id_equal(persons_once(&persons, &phone.node), &root.node));
        persons_release(&persons);
        persons_init(&persons, KEY);
    }
}

static void only_its_root_revokes_a_device(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5), hers = certificate(&eve, &phone, 5);
    certified(&made, &phone);
    struct revocation gone = revocation(&made, &eve, &CHANNEL, 6, 12);
    assert_int_equal(revoked(&gone), NEWS_NONE);
    gone = revocation(&made, &phone, &CHANNEL, 6, 12);
    assert_int_equal(revoked(&gone), NEWS_NONE);
    certificate_sign_device(&hers, &eve); /* the phone never agreed to her */
    gone = revocation(&hers, &eve, &CHANNEL, 6, 12);
    assert_int_equal(revoked(&gone), NEWS_NONE);
    gone = revocation(&made, &root, &CHANNEL, 6, 12);
    gone.heads[0].seq++;
    assert_int_equal(revoked(&gone), NEWS_NONE);
    assert_true(whose(&phone, &root));
}

static void a_revocation_is_of_one_channel_or_of_all(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5);
    struct revocation there = revocation(&made, &root, &ELSEWHERE, 6, 12);
    assert_int_equal(revoked(&there), NEWS_NONE); /* it is said in the wrong place */
    struct revocation all = revocation(&made, &root, &EVERYWHERE, 6, 0);
    assert_int_equal(revoked(&all), NEWS_REVOKED);
    assert_int_equal(persons_revocation(&persons, &phone.node, &ELSEWHERE)->count, 0);
    struct revocation here = revocation(&made, &root, &CHANNEL, 5, 3);
    assert_int_equal(revoked(&here), NEWS_REVOKED);
    assert_int_equal(persons_revocation(&persons, &phone.node, &CHANNEL)->heads[0].seq, 3);
    struct revocation old = revocation(&made, &root, &CHANNEL, 4, 99);
    assert_int_equal(revoked(&old), NEWS_NONE);
    assert_int_equal(persons_revocation(&persons, &phone.node, &CHANNEL)->heads[0].seq, 3);
}

static void a_root_has_so_many_devices(void **state)
{
    (void)state;
    for (int i = 0; i < PERSON_DEVICES + 2; i++) {
        struct identity device = identity((uint8_t)(100 + i));
        struct certificate made = certificate(&root, &device, 5);
        assert_int_equal(certified(&made, &device),
                         i < PERSON_DEVICES ? NEWS_CERTIFIED : NEWS_NONE);
    }
    struct certificate hers = certificate(&eve, &phone, 5);
    assert_int_equal(certified(&hers, &phone), NEWS_CERTIFIED);
}

/* Cut anywhere, with a byte more, or with counts out of bounds. */
/* A new label, say, with the number of the old one. */
static void of_one_number_and_root_the_order_does_not_decide(void **state)
{
    (void)state;
    char kept[2][DEVICE_LABEL_MAX + 1];
    struct certificate one = certificate(&root, &phone, 5), other = one;
    strcpy(other.label, "tablet");
    certificate_sign_root(&other, &root);
    certificate_sign_device(&other, &phone);
    for (int i = 0; i < 2; i++) {
        certified(i == 0 ? &one : &other, &phone);
        certified(i == 0 ? &other : &one, &phone);
        strcpy(kept[i], persons_device(&persons, &phone.node)->certificate.label);
        persons_release(&persons);
        persons_init(&persons, KEY);
    }
    assert_string_equal(kept[0], kept[1]);
}

/* Anybody can make up devices, and revoke them. */
static void a_full_table_takes_what_is_about_who_was_met(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5),
                       made_desk = certificate(&root, &desk, 5);
    certified(&made, &phone);
    for (size_t i = 0; i < PERSON_REVOKED_AT; i++) {
        uint8_t seed[32] = {9, (uint8_t)i, (uint8_t)(i >> 8), 1};
        struct identity device = identity_from_seed(seed);
        seed[3] = 2;
        struct identity other = identity_from_seed(seed);
        struct certificate of = certificate(&other, &device, 1);
        struct revocation gone = revocation(&of, &other, &EVERYWHERE, 1000 + i, 0);
        assert_int_equal(revoked(&gone), NEWS_REVOKED);
    }
    size_t count = persons.count;
    struct revocation lost = revocation(&made, &root, &EVERYWHERE, 7, 0);
    assert_int_equal(revoked(&lost), NEWS_REVOKED); /* an older one, of who was met */
    assert_true(persons_device(&persons, &phone.node)->revoked);
    assert_non_null(persons_revocation(&persons, &phone.node, &CHANNEL));
    lost = revocation(&made_desk, &root, &EVERYWHERE, 7, 0);
    assert_int_equal(revoked(&lost), NEWS_NONE); /* who was not */
    lost = revocation(&made_desk, &root, &EVERYWHERE, 5000, 0);
    assert_int_equal(revoked(&lost), NEWS_REVOKED); /* newer */
    assert_true(persons_device(&persons, &desk.node)->revoked);
    assert_int_equal(persons.revocation_count, PERSON_REVOKED_AT);
    assert_int_equal(persons.count, count - 1); /* two made room, one was there before */
    assert_non_null(persons_at(&persons, &root.node, 1));
    assert_null(persons_at(&persons, &root.node, 2));
}

/* It is found below its root, whichever that is. */
static void a_device_may_change_hands(void **state)
{
    (void)state;
    struct certificate a = certificate(&root, &phone, 5), b = certificate(&root, &desk, 5),
                       c = certificate(&eve, &phone, 6);
    certified(&a, &phone);
    certified(&b, &desk);
    assert_non_null(persons_at(&persons, &root.node, 1));
    persons_told(&persons, &phone.node, 77);
    assert_int_equal(certified(&c, &phone), NEWS_CERTIFIED);
    assert_int_equal(persons_device(&persons, &phone.node)->told_ms,
                     77); /* a flood of them is one */
    assert_true(id_equal(&persons_at(&persons, &root.node, 0)->certificate.device, &desk.node));
    assert_null(persons_at(&persons, &root.node, 1));
    assert_true(id_equal(&persons_at(&persons, &eve.node, 0)->certificate.device, &phone.node));
}

static void what_is_not_formed_so_is_refused(void **state)
{
    (void)state;
    struct certificate made = certificate(&root, &phone, 5);
    struct revocation gone = revocation(&made, &root, &CHANNEL, 6, 12), read;
    uint8_t body[DEVICE_BODY_MAX + 1];
    size_t size = certificate_write(body, &made);
    assert_int_equal(device_read((struct bytes){body, size}, &read), DEVICE_CERTIFICATE);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(device_read((struct bytes){body, i}, &read), DEVICE_NONE);
    body[size] = 0;
    assert_int_equal(device_read((struct bytes){body, size + 1}, &read), DEVICE_NONE);
    body[1 + 32 + 32 + 8] = 0;
    assert_int_equal(device_read((struct bytes){body, size}, &read), DEVICE_NONE);
    size = revocation_write(body, &gone);
    assert_int_equal(device_read((struct bytes){body, size}, &read), DEVICE_REVOCATION);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(device_read((struct bytes){body, i}, &read), DEVICE_NONE);
    body[0] = 3;
    assert_int_equal(device_read((struct bytes){body, size}, &read), DEVICE_NONE);
}

static void labels(void **state)
{
    (void)state;
    assert_true(device_label_ok("anna's laptop"));
    assert_false(device_label_ok(""));
    assert_false(device_label_ok("a\x1b[2J"));
    assert_false(device_label_ok("a\nb"));
    assert_false(device_label_ok("\xff"));
    assert_false(device_label_ok("123456789012345678901234567890123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_device_has_the_word_of_both, begin, end),
        cmocka_unit_test_setup_teardown(what_is_forged_counts_for_nothing, begin, end),
        cmocka_unit_test_setup_teardown(nobody_claims_the_key_of_another, begin, end),
        cmocka_unit_test_setup_teardown(a_certificate_is_said_by_its_device, begin, end),
        cmocka_unit_test_setup_teardown(an_older_one_that_is_shown_again_does_nothing, begin, end),
        cmocka_unit_test_setup_teardown(of_one_number_the_order_does_not_decide, begin, end),
        cmocka_unit_test_setup_teardown(there_are_no_chains, begin, end),
        cmocka_unit_test_setup_teardown(revoked_is_revoked_in_any_order, begin, end),
        cmocka_unit_test_setup_teardown(whose_it_was_is_so_in_any_order, begin, end),
        cmocka_unit_test_setup_teardown(only_its_root_revokes_a_device, begin, end),
        cmocka_unit_test_setup_teardown(a_revocation_is_of_one_channel_or_of_all, begin, end),
        cmocka_unit_test_setup_teardown(a_root_has_so_many_devices, begin, end),
        cmocka_unit_test_setup_teardown(of_one_number_and_root_the_order_does_not_decide, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_full_table_takes_what_is_about_who_was_met, begin, end),
        cmocka_unit_test_setup_teardown(a_device_may_change_hands, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_formed_so_is_refused, begin, end),
        cmocka_unit_test(labels),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
