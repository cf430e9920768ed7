/* Signatures that are checked on several processors: each frame gets its own verdict, whatever its
 * neighbours are. */
#include "app/verify.h"
#include "store_help.h"

#define FRAMES 64

static struct id taken; /* the channel that counts */

static bool takes(void *of, const struct id *channel)
{
    (void)of;
    return id_equal(channel, &taken);
}

/* A frame of one line, or (spoil) one that must not be found to hold. */
static struct event frame_event(struct author *author, int spoil, struct arena *arena)
{
    struct run run = author_run(author, 1, arena);
    struct writer w = writer_of(arena_take(arena, 1024), 1024);
    wire_write_entry(&w, &run, PART_PUSH);
    if (spoil == 1)
        ((uint8_t *)w.at)[w.size - 1] ^= 1; /* the signature */
    if (spoil == 2)
        w.size--; /* it does not parse */
    return (struct event){.kind = EVENT_FRAME, .frame = written(&w)};
}

static void each_gets_its_own(void **state)
{
    (void)state;
    struct verifier *verifier = verifier_new(3);
    struct author anna = author_of(1, "#fika"), tea = author_of(2, "#tea");
    struct arena arena;
    struct event events[FRAMES];
    arena_init(&arena);
    taken = anna.channel;
    assert_non_null(verifier);
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < FRAMES; i++) {
            int what = (i * 7 + round) % 5;
            events[i] = what == 4   ? frame_event(&tea, 0, &arena)
                        : what == 3 ? (struct event){.kind = EVENT_TICK}
                                    : frame_event(&anna, what, &arena);
        }
        verifier_check(verifier, events, FRAMES, takes, NULL);
        for (int i = 0; i < FRAMES; i++)
            assert_int_equal(events[i].verified, (i * 7 + round) % 5 == 0);
    }
    verifier_free(verifier);
    arena_release(&arena);
}

static void few_are_the_core_s(void **state)
{
    (void)state;
    struct verifier *verifier = verifier_new(1);
    struct author anna = author_of(1, "#fika");
    struct arena arena;
    arena_init(&arena);
    taken = anna.channel;
    struct event one = frame_event(&anna, 0, &arena);
    verifier_check(verifier, &one, 1, takes, NULL);
    assert_false(one.verified);
    verifier_check(NULL, &one, 1, takes, NULL); /* one processor */
    assert_false(one.verified);
    verifier_free(verifier);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_its_own),
        cmocka_unit_test(few_are_the_core_s),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
