/* People: who was met under which nick, what was decided, and who is not what he seems to be. */
#include "app/people.h"
#include "app/vouch.h"
#include "profile_help.h"

static char path[600];
static struct people people;

static struct id id_of(int number)
{
    return (struct id){{(uint8_t)number, (uint8_t)(number >> 8), 7}};
}

static struct nick nick_of(const char *text)
{
    struct nick nick = {{0}};
    snprintf(nick.text, sizeof nick.text, "%s", text);
    return nick;
}

static void meet(int number, const char *text)
{
    struct id id = id_of(number);
    struct nick nick = nick_of(text);
    people_meet(&people, &id, &nick, true);
}

static enum clash judge(int number, const char *text, const char *like)
{
    struct id id = id_of(number);
    struct nick nick = nick_of(text), other = {{0}};
    enum clash clash = people_judge(&people, &id, &nick, &other);
    if (clash != CLASH_NONE)
        assert_string_equal(other.text, like);
    return clash;
}

static bool mark(int number, uint8_t set, uint8_t unset)
{
    struct id id = id_of(number);
    return people_mark(&people, &id, set, unset);
}

static uint8_t marks(int number)
{
    struct id id = id_of(number);
    return people_marks(&people, &id);
}

static size_t find(const char *typed, int number)
{
    struct id found[PEOPLE_FOUND_MAX], id = id_of(number);
    size_t count =
        people_find(&people, (struct bytes){(const uint8_t *)typed, strlen(typed)}, found);
    if (count == 1)
        assert_memory_equal(&found[0], &id, sizeof id);
    return count;
}

static bool is_self(const char *typed)
{
    struct nick own = nick_of("Anna");
    return people_is_self(&people, (struct bytes){(const uint8_t *)typed, strlen(typed)}, &own);
}

static void again(void)
{
    struct id self = id_of(0);
    assert_int_equal(people_save(&people, true, NULL), ERROR_NONE);
    people_release(&people);
    people_open(&people, path, &self);
}

static int begin(void **state)
{
    struct id self = id_of(0);
    if (home_make(state) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/people", home);
    people_open(&people, path, &self);
    meet(0, "me");
    return 0;
}

static int end(void **state)
{
    people_release(&people);
    return home_remove(state);
}

#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void oneself_is_told_from_others(void **state)
{
    char digits[9], typed[64];
    struct id self = id_of(0);
    (void)state;
    hex_of(digits, self.b, 4);
    assert_true(is_self("Anna") && is_self("ANNA") && is_self(digits));
    snprintf(typed, sizeof typed, "anna %s", digits);
    assert_true(is_self(typed));
    assert_false(is_self("") || is_self("Ann") || is_self("anna 99") || is_self("0000") ||
                 is_self("99999999"));
}

static void who_was_first_has_the_name(void **state)
{
    (void)state;
    meet(1, "anna");
    meet(2, "Anna");
    meet(3, "\u0430nna");
    meet(4, "bo");
    assert_int_equal(judge(1, "anna", ""), CLASH_NONE);
    assert_int_equal(judge(2, "Anna", "anna"), CLASH_HELD);
    assert_int_equal(judge(3, "\u0430nna", "anna"), CLASH_LOOKS);
    assert_int_equal(judge(4, "bo", ""), CLASH_NONE);
    assert_int_equal(judge(5, "me", "me"),
                     CLASH_HELD); /* who is not kept, and is called as the reader */
    assert_int_equal(judge(0, "anna", ""), CLASH_NONE); /* the reader himself may */
    again();
    assert_int_equal(judge(1, "anna", ""), CLASH_NONE); /* the order is kept */
    assert_int_equal(judge(2, "Anna", "anna"), CLASH_HELD);
}

/* A swapped key under a known nick: whoever came first. */
static void who_is_verified_has_his_names(void **state)
{
    (void)state;
    meet(1, "anna");
    meet(2, "anna");
    assert_true(mark(2, PERSON_VERIFIED, 0));
    assert_int_equal(judge(2, "anna", ""), CLASH_NONE);
    assert_int_equal(judge(1, "anna", "anna"), CLASH_VERIFIED);
    assert_int_equal(judge(9, "ann\u0430", "anna"), CLASH_VERIFIED);
    again();
    assert_int_equal(marks(2), PERSON_VERIFIED);
    assert_int_equal(judge(1, "anna", "anna"), CLASH_VERIFIED);
    meet(2, "anja");
    assert_int_equal(judge(1, "anna", "anna"), CLASH_VERIFIED); /* also what he was called */
    assert_true(mark(2, 0, PERSON_VERIFIED));
    assert_int_equal(judge(1, "anna", ""), CLASH_NONE);
    assert_int_equal(judge(2, "anna", "anna"), CLASH_HELD);
}

static void who_is_ignored_keeps_nobody_out(void **state)
{
    (void)state;
    meet(1, "anna");
    meet(2, "anna");
    assert_true(mark(1, PERSON_BLOCKED, 0));
    assert_int_equal(judge(2, "anna", ""), CLASH_NONE);
    again();
    assert_int_equal(marks(1), PERSON_BLOCKED);
    assert_true(mark(1, PERSON_IGNORED, PERSON_BLOCKED));
    again();
    assert_int_equal(marks(1), PERSON_IGNORED);
    assert_true(mark(1, 0, UINT8_MAX));
    again();
    assert_int_equal(marks(1), 0);
    assert_int_equal(judge(2, "anna", "anna"), CLASH_HELD);
}

static void who_is_meant(void **state)
{
    (void)state;
    meet(1, "anna");
    meet(2, "bo");
    meet(2, "cy"); /* was bo */
    meet(3, "dan");
    meet(4, "dan");
    assert_int_equal(find("anna", 1), 1);
    assert_int_equal(find("cy", 2), 1);
    assert_int_equal(find("bo", 2), 1); /* nobody else is called so */
    assert_int_equal(find("ANNA", 1), 1);
    assert_int_equal(find("nobody", 0), 0);
    assert_int_equal(find("dan", 0), 2);
    assert_int_equal(find("dan 03", 3), 1);
    assert_int_equal(find("dan 0400070", 4), 1);
    assert_int_equal(find("dan 05", 0), 0);
    assert_int_equal(find("04000700", 4), 1);
    assert_int_equal(find("0400070", 0), 0); /* too few for a word that may be a nick */
    assert_int_equal(find("me", 0), 0);      /* oneself */
    assert_int_equal(find("", 0), 0);
    meet(5, "bo");
    assert_int_equal(find("bo", 5), 1); /* who is called so now */
}

static void a_flood_of_names_pushes_nobody_out(void **state)
{
    char text[LIMIT_NICK + 1];
    struct id id;
    (void)state;
    meet(1, "anna");
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "many%d", i);
        meet(2, text);
    }
    assert_int_equal(people.name_count, 2 + PEOPLE_NAMES_OF);
    for (int i = 3; i < PEOPLE_MAX + 1000; i++) {
        snprintf(text, sizeof text, "n%d", i);
        meet(i, text);
    }
    assert_int_equal(people.count, PEOPLE_MAX);
    assert_int_equal(judge(PEOPLE_MAX + 2000, "anna", "anna"), CLASH_HELD);
    assert_int_equal(judge(1, "anna", ""), CLASH_NONE);
    assert_true(mark(PEOPLE_MAX + 500, PERSON_BLOCKED, 0)); /* there is room for decisions */
    again();
    assert_int_equal(marks(PEOPLE_MAX + 500), PERSON_BLOCKED);
    for (int i = 0; i < PEOPLE_SPARE; i++)
        mark(PEOPLE_MAX + 3000 + i, PERSON_IGNORED, 0);
    assert_false(mark(PEOPLE_MAX + 9000, PERSON_IGNORED, 0));
    id = id_of(PEOPLE_MAX + 500);
    struct id first;
    assert_true(people_marked(&people, 0, PERSON_BLOCKED, &first));
    assert_memory_equal(&first, &id, sizeof id);
    assert_false(people_marked(&people, 1, PERSON_BLOCKED, &first));
}

static void a_file_that_is_none(void **state)
{
    struct id self = id_of(0);
    (void)state;
    people_release(&people);
    put_file(path, "\n\nx y z\n"
                   "0100070000000000000000000000000000000000000000000000000000000000 v anna\n"
                   "0200070000000000000000000000000000000000000000000000000000000000 v <anna>\n"
                   "03000700000000000000000000000000000000000000000000000000000000 v anna\n"
                   "0400070000000000000000000000000000000000000000000000000000000000 qq bo rest\n"
                   "0500070000000000000000000000000000000000000000000000000000000000 v\n");
    people_open(&people, path, &self);
    assert_int_equal(people.count, 2);
    assert_int_equal(marks(1), PERSON_VERIFIED);
    assert_int_equal(marks(4), 0);
    assert_int_equal(find("bo", 4), 1);
}

/* ---- what is read aloud ---- */

static void both_see_the_same(void **state)
{
    struct id one = id_of(1), other = id_of(2), third = id_of(3);
    struct id pair = vouch_pair(&one, &other), same = vouch_pair(&other, &one),
              another = vouch_pair(&one, &third);
    char code[VOUCH_CODE_ROOM];
    (void)state;
    assert_memory_equal(&pair, &same, sizeof pair);
    assert_memory_not_equal(&pair, &another, sizeof pair);
    vouch_code(&pair, code);
    assert_int_equal(strlen(code), 12 + 64);
    assert_memory_equal(code, "fika-verify:", 12);
}

/* As python3-nacl and a list of the words make them from the text of PROTOCOL.md, section 11. */
static void the_words(void **state)
{
    struct id one = {{0}}, other = {{0}};
    char words[VOUCH_WORDS_ROOM];
    (void)state;
    memset(one.b, 1, sizeof one.b);
    memset(other.b, 2, sizeof other.b);
    struct id pair = vouch_pair(&other, &one);
    assert_true(vouch_words(&pair, words));
    assert_string_equal(words, "zoo reject miracle brisk reform audit");
}

/* 3 is a device of 2: whatever it is called, it is no other. */
static void devices_of_one_person(void **state)
{
    static const uint8_t KEY[16] = {1};
    struct persons persons;
    struct revocation gone = {.number = 6};
    uint8_t seeds[2][32] = {{1}, {2}}, body[DEVICE_BODY_MAX];
    struct identity root = identity_from_seed(seeds[0]), device = identity_from_seed(seeds[1]);
    struct certificate made = {
        .root = root.node, .device = device.node, .number = 5, .label = "phone"};
    struct id found[PEOPLE_FOUND_MAX], about, channel = {{7}};
    struct nick anna = nick_of("anna"), bea = nick_of("bea"), like;
    (void)state;
    persons_init(&persons, KEY);
    people.persons = &persons;
    people_meet(&people, &device.node, &anna, true);
    people_meet(&people, &root.node, &anna, true);
    assert_int_equal(people_judge(&people, &root.node, &anna, &like), CLASH_HELD);
    certificate_sign_root(&made, &root);
    certificate_sign_device(&made, &device);
    struct bytes says = {body, certificate_write(body, &made)};
    assert_int_equal(persons_take(&persons, &channel, &device.node, says, &about), NEWS_CERTIFIED);
    people.decisions++;
    assert_int_equal(people_judge(&people, &root.node, &anna, &like), CLASH_NONE);
    assert_int_equal(people_judge(&people, &device.node, &anna, &like), CLASH_NONE);
    assert_int_equal(people_find(&people, (struct bytes){(const uint8_t *)"anna", 4}, found), 1);
    assert_memory_equal(&found[0], &root.node, 32);
    /* By a name that only the device has, the person is meant. */
    people_meet(&people, &device.node, &bea, true);
    assert_int_equal(people_find(&people, (struct bytes){(const uint8_t *)"bea", 3}, found), 1);
    assert_memory_equal(&found[0], &root.node, 32);
    /* Another is told apart from both. */
    meet(9, "bea");
    assert_int_equal(judge(9, "bea", "bea"), CLASH_HELD);
    gone.certificate = made;
    revocation_sign(&gone, &root);
    says.size = revocation_write(body, &gone);
    assert_int_equal(persons_take(&persons, &channel, &root.node, says, &about), NEWS_REVOKED);
    people.decisions++;
    assert_int_equal(people_find(&people, (struct bytes){(const uint8_t *)"anna", 4}, found), 1);
    assert_memory_equal(&found[0], &root.node, 32);
    assert_int_equal(people_judge(&people, &root.node, &anna, &like), CLASH_NONE);
    people.persons = NULL;
    persons_release(&persons);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(oneself_is_told_from_others),
        test(who_was_first_has_the_name),
        test(who_is_verified_has_his_names),
        test(who_is_ignored_keeps_nobody_out),
        test(who_is_meant),
        test(a_flood_of_names_pushes_nobody_out),
        test(a_file_that_is_none),
        test(devices_of_one_person),
        cmocka_unit_test(both_see_the_same),
        cmocka_unit_test(the_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
