/* Who is in a private channel follows from the acts alone, in whatever order they are held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/prng.h"
#include "core/members.h"

#define FOUNDER 'F'
#define MOST    64

/* People are letters; the acts of each are a chain. */
struct talk {
    struct act acts[MOST];
    size_t count;
    uint64_t lamport;
    uint64_t seqs[128];
    struct id last[128];
};

static struct id id_of(char who)
{
    struct id id = {{0}};
    id.b[0] = (uint8_t)who;
    return id;
}

static struct act *act_by(struct talk *talk, char who, uint16_t term, uint8_t kind)
{
    struct act *act = &talk->acts[talk->count++];
    memset(act, 0, sizeof *act);
    act->kind = kind;
    act->term = term;
    act->author = id_of(who);
    act->seq = ++talk->seqs[(int)who];
    act->lamport = ++talk->lamport;
    act->id.b[0] = (uint8_t)talk->count;
    act->id.b[1] = 1;
    act->last = talk->last[(int)who];
    talk->last[(int)who] = act->id;
    return act;
}

/* The last act that let him in so that he may let in others, in that term; else the last that did; zeros: none did. */
static struct id seat_for(const struct talk *talk, char who, uint16_t term)
{
    struct id by = {{0}};
    for (int role = 0; role < 2 && who != FOUNDER; role++)
        for (size_t i = 0; i < talk->count; i++) {
            const struct act *act = &talk->acts[i];
            if (act->kind == ENTRY_ADMIT && act->member.b[0] == (uint8_t)who &&
                act->member_term == term && (role == 0 || act->may_invite))
                by = act->id;
        }
    return by;
}

static struct act *admit(struct talk *talk, char who, uint16_t term, char whom, uint16_t as,
                         bool may_invite)
{
    struct id by = seat_for(talk, who, term);
    struct act *act = act_by(talk, who, term, ENTRY_ADMIT);
    act->by = by;
    act->member = id_of(whom);
    act->member_term = as;
    act->may_invite = may_invite;
    return act;
}

/* Up to all that he has done until now. */
static struct act *remove_now(struct talk *talk, char who, uint16_t term, char whom, uint16_t as)
{
    struct id by = seat_for(talk, who, term);
    struct act *act = act_by(talk, who, term, ENTRY_REMOVE);
    act->member = id_of(whom);
    act->member_term = as;
    if (who != whom) {
        act->by = by;
        act->cut_seq = talk->seqs[(int)whom];
        act->cut_last = talk->last[(int)whom];
        act->cut_tip = act->cut_last;
    }
    return act;
}

static bool is_in(const struct members *members, char who)
{
    struct id id = id_of(who);
    return members_in(members, &id) != NULL;
}

/* "ab-c": a and b are in, c is not. In the order given, and in many others. */
static void assert_in(const struct talk *talk, const char *expected)
{
    struct act acts[MOST];
    struct prng prng;
    uint8_t seed[32] = {1};
    prng_init(&prng, seed);
    memcpy(acts, talk->acts, sizeof acts);
    struct id founder = id_of(FOUNDER);
    for (int round = 0; round < 200; round++) {
        struct members members = {0};
        bool in = true;
        members_compute(&members, &founder, acts, talk->count);
        assert_true(is_in(&members, FOUNDER) || strchr(expected, FOUNDER) != NULL);
        for (const char *at = expected; *at != '\0'; at++) {
            if (*at == '-')
                in = false;
            else
                assert_int_equal(is_in(&members, *at), in);
        }
        members_release(&members);
        for (size_t i = talk->count; i > 1; i--) {
            size_t k = prng_below(&prng, (uint32_t)i);
            struct act held = acts[i - 1];
            acts[i - 1] = acts[k];
            acts[k] = held;
        }
    }
}

static void who_is_let_in_is_in(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, false);
    admit(&talk, 'a', 0, 'c', 0, false);
    admit(&talk, 'b', 0, 'd', 0, false); /* who may not let in */
    admit(&talk, 'x', 0, 'e', 0, true);  /* nor may a stranger */
    admit(&talk, 'e', 0, 'x', 0, true);  /* in a circle */
    assert_in(&talk, "abc-dexX");
}

static void a_removal_counts_from_above(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, true);
    admit(&talk, 'a', 0, 'c', 0, true);
    admit(&talk, 'c', 0, 'd', 0, false);
    remove_now(&talk, 'b', 0, 'a', 0); /* beside, below, oneself above: nothing */
    remove_now(&talk, 'c', 0, 'a', 0);
    remove_now(&talk, 'd', 0, 'F', 0);
    assert_in(&talk, "abcd");
    remove_now(&talk, 'a', 0, 'd', 0); /* over two */
    assert_in(&talk, "abc-d");
    remove_now(&talk, 'F', 0, 'a', 0);
    assert_in(&talk, "bc-ad"); /* whom he let in before stays */
}

static void who_is_removed_lets_nobody_in(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'a', 0, 'b', 0, true);
    remove_now(&talk, 'F', 0, 'a', 0);
    admit(&talk, 'a', 0, 'c', 0, true);
    admit(&talk, 'c', 0, 'd', 0, true);
    remove_now(&talk, 'a', 0, 'b', 0);
    admit(&talk, 'a', 0, 'a', 1, true); /* himself, for later */
    assert_in(&talk, "b-acd");
    /* Backdated: beside what the removal leaves, on no chain that it names. */
    struct act *early = admit(&talk, 'a', 0, 'e', 0, true);
    early->seq = 1;
    early->lamport = 1;
    early->last = (struct id){{0}};
    assert_in(&talk, "b-acde");
}

static void of_two_removals_the_lower_counts(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'a', 0, 'b', 0, true);
    struct act *low = admit(&talk, 'b', 0, 'c', 0, true);
    struct act *high = admit(&talk, 'b', 0, 'd', 0, true);
    struct act *one = remove_now(&talk, 'F', 0, 'b', 0);
    struct act *two = remove_now(&talk, 'a', 0, 'b', 0);
    assert_in(&talk, "acd-b");
    two->cut_seq = low->seq;
    two->cut_last = two->cut_tip = low->id;
    assert_in(&talk, "ac-bd");
    /* The lower is no removal any more once its author was cut below it. */
    struct act *third = remove_now(&talk, 'F', 0, 'a', 0);
    third->cut_seq = 1;
    third->cut_last = third->cut_tip = talk.acts[1].id;
    assert_in(&talk, "cd-ab");
    assert_int_equal(one->cut_seq, high->seq);
}

static void concurrent_removals_of_one_another(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, true);
    admit(&talk, 'b', 0, 'a', 0, true); /* b is not above a by it: F was first */
    remove_now(&talk, 'a', 0, 'b', 0);
    remove_now(&talk, 'b', 0, 'a', 0);
    assert_in(&talk, "ab");
}

static void who_leaves_is_out_and_what_he_did_stays(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'a', 0, 'b', 0, false);
    remove_now(&talk, 'a', 0, 'a', 0);
    admit(&talk, 'a', 0, 'c', 0, false);
    assert_in(&talk, "b-ac");
}

/* Who was removed cannot take back, by leaving further down, what he did. */
static void a_late_leaving_beside_the_chain_does_nothing(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'a', 0, 'b', 0, false);
    remove_now(&talk, 'F', 0, 'a', 0);
    struct act *leaves = remove_now(&talk, 'a', 0, 'a', 0);
    leaves->seq = 1;
    leaves->last = (struct id){{0}};
    assert_in(&talk, "b-a");
}

/* What he did stays, and nobody is above those whom he let in. */
static void the_founder_leaves(void **state)
{
    (void)state;
    struct talk talk = {0};
    struct members members = {0};
    struct id founder = id_of('F');
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, true);
    admit(&talk, 'a', 0, 'F', 1, true); /* nobody has removed him: nothing */
    remove_now(&talk, 'F', 0, 'F', 0);
    struct act *late = admit(&talk, 'F', 0, 'c', 0, true);
    late->lamport = 1;
    remove_now(&talk, 'F', 0, 'a', 0);
    remove_now(&talk, 'b', 0, 'a', 0);
    members_compute(&members, &founder, talk.acts, talk.count);
    assert_true(members.seats[0].cut);
    assert_int_equal(members_in(&members, &founder)->role, ROLE_INVITER);
    assert_int_equal(members_in(&members, &founder)->term,
                     1); /* since he was let in, he may be again */
    members_release(&members);
    remove_now(&talk, 'a', 0, 'F', 1);
    assert_in(&talk, "ab-cF");
}

static void let_in_again(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    remove_now(&talk, 'F', 0, 'a', 0);
    admit(&talk, 'F', 0, 'a', 0, true); /* that term is over */
    assert_in(&talk, "-a");
    admit(&talk, 'F', 0, 'a', 1, false);
    assert_in(&talk, "a");
    struct members members = {0};
    struct id founder = id_of('F'), a = id_of('a');
    members_compute(&members, &founder, talk.acts, talk.count);
    assert_int_equal(members_in(&members, &a)->term, 1);
    assert_int_equal(members_in(&members, &a)->role, ROLE_MEMBER);
    size_t seats;
    members_seats(&members, &a, 0, &seats);
    assert_int_equal(seats, 2); /* one for each time */
    assert_null(members_whole(&members, &a, 0));
    members_seats(&members, &a, 2, &seats);
    assert_int_equal(seats, 0);
    assert_int_equal(members_count(&members), 2);
    members_release(&members);
    remove_now(&talk, 'F', 0, 'a', 7); /* and all terms below */
    assert_in(&talk, "-a");
}

/* An inviter cannot come above one who was let in by another, by letting him in again. */
static void a_higher_term_does_not_reach_down(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, false);
    admit(&talk, 'a', 0, 'b', 1, false);
    remove_now(&talk, 'a', 0, 'b', 1);
    assert_in(&talk, "ab");
}

/* Who is let in by another, once more and in a higher term, is not put below him so. */
static void nobody_is_let_in_away(void **state)
{
    (void)state;
    struct talk talk = {0};
    struct members members = {0};
    struct id founder = id_of('F'), b = id_of('b');
    admit(&talk, 'F', 0, 'a', 0, true);
    admit(&talk, 'F', 0, 'b', 0, true);
    admit(&talk, 'a', 0, 'b', 7, false);
    members_compute(&members, &founder, talk.acts, talk.count);
    const struct seat *seat = members_in(&members, &b);
    assert_int_equal(seat->term, 0);
    assert_int_equal(seat->role, ROLE_INVITER);
    members_release(&members);
    remove_now(&talk, 'a', 0, 'b', 7);
    assert_in(&talk, "ab");
    remove_now(&talk, 'F', 0, 'b', 7);
    assert_in(&talk, "a-b");
}

/* Nor by letting him in once more in the same term: from higher up, or in a fork that seems older. */
static void nobody_takes_a_seat_of_another(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'x', 0, true);
    admit(&talk, 'F', 0, 'y', 0, true);
    admit(&talk, 'y', 0, 'z', 0, true);
    admit(&talk, 'z', 0, 'b', 0, true); /* on the level below x's */
    admit(&talk, 'b', 0, 'c', 0, false);
    admit(&talk, 'y', 0, 'd', 0, false); /* and on the same */
    for (const char *whom = "zbd"; *whom != '\0'; whom++) {
        struct act *act = admit(&talk, 'x', 0, *whom, 0, true);
        act->seq = 1;
        act->lamport = 0;
        act->last = (struct id){{0}};
    }
    remove_now(&talk, 'x', 0, 'c', 0);
    remove_now(&talk, 'x', 0, 'b', 0);
    remove_now(&talk, 'x', 0, 'd', 0);
    assert_in(&talk, "xyzbcd");
    remove_now(&talk, 'y', 0, 'c', 0); /* who was above them is */
    assert_in(&talk, "xyzbd-c");
    remove_now(&talk, 'y', 0, 'd', 0);
    assert_in(&talk, "xyzb-cd");
    remove_now(&talk, 'y', 0, 'z', 0); /* x has let him in, too, and has not taken that back */
    assert_in(&talk, "xyzb-cd");
    remove_now(&talk, 'x', 0, 'z', 0);
    assert_in(&talk, "xyb-zcd");
}

/* A seat that somebody else gave him does not lower what he may do, and what he does by one is not cut with another. */
static void a_second_seat_takes_nothing(void **state)
{
    (void)state;
    struct talk talk = {0};
    struct members members = {0};
    struct id founder = id_of('F'), b = id_of('b');
    admit(&talk, 'F', 0, 'x', 0, true);
    admit(&talk, 'F', 0, 'y', 0, true);
    admit(&talk, 'y', 0, 'b', 0, true);
    admit(&talk, 'x', 0, 'b', 0, false)->lamport = 0;
    members_compute(&members, &founder, talk.acts, talk.count);
    assert_int_equal(members_in(&members, &b)->role, ROLE_INVITER);
    members_release(&members);
    admit(&talk, 'b', 0, 'c', 0, false); /* by y's */
    struct act *cut = remove_now(&talk, 'x', 0, 'b', 0);
    cut->cut_seq = 0; /* nothing that he ever did */
    cut->cut_tip = cut->cut_last = (struct id){{0}};
    assert_in(&talk, "xybc");
    remove_now(&talk, 'y', 0, 'b', 0);
    assert_in(&talk, "xyc-b");
}

static void a_term_is_no_higher_than_there_are_removals(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'x', 0, true);
    admit(&talk, 'x', 0, 'b', UINT16_MAX, false);
    admit(&talk, 'x', 0, 'b', 1, false);
    assert_in(&talk, "x-b");
    admit(&talk, 'F', 0, 'b', 0, false);
    assert_in(&talk, "xb");
    struct members members = {0};
    struct id founder = id_of('F'), b = id_of('b');
    remove_now(&talk, 'F', 0, 'b', 0);
    members_compute(&members, &founder, talk.acts, talk.count);
    assert_int_equal(members_last(&members, &b)->term, 1); /* x's, from now on */
    members_release(&members);
    remove_now(&talk, 'F', 0, 'b', 1);
    assert_in(&talk, "x-b");
    admit(&talk, 'F', 0, 'b', 2, false); /* so he can always come back */
    assert_in(&talk, "xb");
}

static void a_role_may_rise(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, false);
    admit(&talk, 'a', 0, 'b', 0, false);
    assert_in(&talk, "a-b");
    admit(&talk, 'F', 0, 'a', 0, true);
    assert_in(&talk, "a-b"); /* what he did before he might stays undone */
    admit(&talk, 'a', 0, 'b', 0, false);
    assert_in(&talk, "ab");
}

static void what_is_taken_only_grows(void **state)
{
    (void)state;
    struct talk talk = {0};
    admit(&talk, 'F', 0, 'a', 0, true);
    remove_now(&talk, 'F', 0, 'a', 0);
    admit(&talk, 'a', 0, 'b', 0, false); /* void, but taken: which came first nobody can know */
    admit(&talk, 'b', 0, 'c', 0, false); /* never might */
    struct members members = {0};
    struct id founder = id_of('F'), a = id_of('a'), b = id_of('b'), c = id_of('c');
    members_compute(&members, &founder, talk.acts, talk.count);
    assert_true(members_takes(&members, &founder));
    assert_true(members_takes(&members, &a));
    assert_true(members_takes(&members, &b));
    assert_false(members_takes(&members, &c));
    assert_null(members_in(&members, &b));
    members_release(&members);
}

/* Random acts: the same result in every order. */
static void any_order_gives_the_same(void **state)
{
    (void)state;
    struct prng prng;
    uint8_t seed[32] = {9};
    static const char PEOPLE[] = "Fabcde";
    prng_init(&prng, seed);
    for (int round = 0; round < 300; round++) {
        struct talk talk = {0};
        for (int i = 0; i < 24; i++) {
            char who = PEOPLE[prng_below(&prng, 6)], whom = PEOPLE[prng_below(&prng, 6)];
            uint16_t term = (uint16_t)prng_below(&prng, 2), as = (uint16_t)prng_below(&prng, 3);
            if (who == 'F')
                term = 0;
            if (prng_below(&prng, 3) > 0) {
                if (who != whom)
                    admit(&talk, who, term, whom, as, prng_below(&prng, 2) == 0);
                continue;
            }
            struct act *act = remove_now(&talk, who, term, whom, as);
            if (who != whom && prng_below(&prng, 2) == 0) { /* one that is lower */
                for (size_t k = 0; k < talk.count; k++)
                    if (talk.acts[k].author.b[0] == (uint8_t)whom && prng_below(&prng, 2) == 0) {
                        act->cut_seq = talk.acts[k].seq;
                        act->cut_last = act->cut_tip = talk.acts[k].id;
                    }
            }
        }
        char expected[20] = "", out[10] = "-";
        struct members members = {0};
        struct id founder = id_of('F');
        members_compute(&members, &founder, talk.acts, talk.count);
        for (const char *at = PEOPLE; *at != '\0'; at++)
            strncat(is_in(&members, *at) ? expected : out, at, 1);
        members_release(&members);
        strcat(expected, out);
        assert_in(&talk, expected);
    }
}

/* ---- members who mean harm ---- */

#define MANY 4000

static struct id numbered(uint32_t number)
{
    struct id id = {{0}};
    id.b[0] = (uint8_t)(number >> 8);
    id.b[1] = (uint8_t)number;
    return id;
}

static struct act *many_act(struct act *acts, size_t *count, uint32_t author, uint8_t kind,
                            uint32_t member, uint16_t member_term)
{
    struct act *act = &acts[*count];
    *act = (struct act){.kind = kind, .author = numbered(author), .member = numbered(member)};
    for (size_t i = 0; author != 0 && i < *count && id_is_zero(&act->by); i++)
        if (acts[i].kind == ENTRY_ADMIT && id_equal(&acts[i].member, &act->author))
            act->by = acts[i].id;
    act->id = numbered((uint32_t)++ * count);
    act->id.b[2] = 1;
    act->seq = act->lamport = *count;
    act->member_term = member_term;
    act->may_invite = kind == ENTRY_ADMIT;
    return act;
}

static uint64_t computed_ms(const struct act *acts, size_t count, size_t in)
{
    struct members members = {0};
    struct id founder = numbered(0);
    clock_t from = clock();
    members_compute(&members, &founder, acts, count);
    clock_t to = clock();
    assert_int_equal(members_count(&members), in);
    members_release(&members);
    return (uint64_t)(to - from) * 1000 / CLOCKS_PER_SEC;
}

/* It is done for each act that comes. Built for speed it takes some 5 ms; here a sanitizer is in it. */
static void many_acts_take_little_time(void **state)
{
    (void)state;
    static struct act acts[MANY];
    size_t count = 0;
    for (uint32_t i = 0; i < MANY; i++) /* each lets in the next */
        many_act(acts, &count, i, ENTRY_ADMIT, i + 1, 0);
    assert_true(computed_ms(acts, count, MANY + 1) < 500);
    count = 0;
    for (uint32_t i = 0; i < 1000; i++)
        many_act(acts, &count, i, ENTRY_ADMIT, i + 1, 0);
    for (uint32_t i = 0; i < 1000; i++) /* at the end one in many terms ... */
        many_act(acts, &count, 1000 - i % 2, ENTRY_ADMIT, 5000, (uint16_t)i);
    for (uint32_t i = 0; i < 1000; i++) { /* ... whom those remove who are not above him */
        if (i < 2)
            many_act(acts, &count, 0, ENTRY_ADMIT, 6000 + i, 0);
        many_act(acts, &count, 6000 + i % 2, ENTRY_REMOVE, 5000, 2000)->cut_seq = 1;
    }
    assert_true(computed_ms(acts, count, 1004) < 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_let_in_is_in),
        cmocka_unit_test(a_removal_counts_from_above),
        cmocka_unit_test(who_is_removed_lets_nobody_in),
        cmocka_unit_test(of_two_removals_the_lower_counts),
        cmocka_unit_test(concurrent_removals_of_one_another),
        cmocka_unit_test(who_leaves_is_out_and_what_he_did_stays),
        cmocka_unit_test(a_late_leaving_beside_the_chain_does_nothing),
        cmocka_unit_test(the_founder_leaves),
        cmocka_unit_test(let_in_again),
        cmocka_unit_test(a_higher_term_does_not_reach_down),
        cmocka_unit_test(nobody_is_let_in_away),
        cmocka_unit_test(nobody_takes_a_seat_of_another),
        cmocka_unit_test(a_second_seat_takes_nothing),
        cmocka_unit_test(a_term_is_no_higher_than_there_are_removals),
        cmocka_unit_test(a_role_may_rise),
        cmocka_unit_test(what_is_taken_only_grows),
        cmocka_unit_test(any_order_gives_the_same),
        cmocka_unit_test(many_acts_take_little_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
