/* Signs behind a line: how many there are, whatever came when, and how many are kept. */
#include "store_help.h"

#include <sqlite3.h>

static struct id me(void)
{
    struct author own = author_of(9, "#fika");
    return own.identity.node;
}

/* The author's next entry, which puts a sign behind the target, or takes it away. */
static struct run react_run(struct author *author, const struct entry *target, const char *sign,
                            bool put, struct arena *arena)
{
    struct run run = {arena_take(arena, sizeof *run.entries), 1, {{0}}};
    uint8_t *body = arena_take(arena, REACTION_BODY_MAX);
    struct reaction reaction = {.author = target->author,
                                .seq = target->seq,
                                .id = target->id,
                                .put = put,
                                .nick = {(const uint8_t *)"bo", 2},
                                .sign = {(const uint8_t *)sign, strlen(sign)}};
    run.entries[0] = author_entry(author, 1, arena);
    run.entries[0].kind = ENTRY_REACTION;
    run.entries[0].body = (struct bytes){body, reaction_write(body, &reaction)};
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    return run;
}

static void put(struct place *place, struct author *author, const struct entry *target,
                const char *sign, bool up)
{
    struct run run = react_run(author, target, sign, up, &place->arena);
    append(place, "#fika", &run);
}

/* "a 2 b 1*" */
static const char *signs(struct place *place, const struct entry *line)
{
    static char said[1024];
    static uint8_t list[REACTIONS_BYTES];
    struct id own = me();
    struct reactions_row row;
    size_t used = 0;
    struct bytes left = {list, store_reactions(place->store, line, &own, list)};
    said[0] = '\0';
    while (reactions_next(&left, &row))
        used += (size_t)snprintf(said + used, sizeof said - used, "%s%.*s %u%s",
                                 used > 0 ? " " : "", (int)row.sign.size, (const char *)row.sign.at,
                                 row.count, row.own ? "*" : "");
    assert_int_equal(left.size, 0);
    return said;
}

static void test_they_are_counted(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika"),
                  own = author_of(9, "#fika");
    struct run all = author_run(&anna, 3, &place->arena);
    append(place, "#fika", &all);
    assert_string_equal(signs(place, &all.entries[1]), "");
    put(place, &bo, &all.entries[1], "b", true);
    put(place, &bo, &all.entries[1], "b", true); /* it is there already */
    put(place, &bo, &all.entries[1], "a", true);
    put(place, &anna, &all.entries[1], "b", true);
    put(place, &own, &all.entries[1], "c", true);
    assert_string_equal(signs(place, &all.entries[1]), "b 2 c 1* a 1");
    assert_string_equal(signs(place, &all.entries[0]), "");
    commit(place);
    reopen(place);
    assert_string_equal(signs(place, &all.entries[1]), "b 2 c 1* a 1");
    put(place, &bo, &all.entries[1], "b", false);
    put(place, &own, &all.entries[1], "b", true);
    put(place, &own, &all.entries[1], "c", false);
    assert_string_equal(signs(place, &all.entries[1]), "b 2* a 1");
    struct entry wrong = all.entries[1];
    wrong.id.b[0] ^= 1;
    assert_string_equal(signs(place, &wrong), "");
    wrong = all.entries[1];
    wrong.channel = test_channel("#tea");
    assert_string_equal(signs(place, &wrong), "");
    assert_false(store_damaged(place->store));
}

/* Each order of put, taken away and the line itself gives the same. */
static void test_in_whatever_order(void **state)
{
    struct place *place = *state;
    static const uint8_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
    for (uint8_t i = 0; i < 4; i++) {
        struct author anna = author_of((uint8_t)(20 + i), "#fika"),
                      bo = author_of((uint8_t)(40 + i), "#fika");
        struct run all = author_run(&anna, 3, &place->arena);
        struct run said[] = {all, react_run(&bo, &all.entries[0], "a", true, &place->arena),
                             react_run(&bo, &all.entries[0], "a", false, &place->arena),
                             react_run(&bo, &all.entries[0], "b", true, &place->arena)};
        for (size_t k = 0; k < 4; k++)
            append(place, "#fika", &said[orders[i][k]]);
        assert_string_equal(signs(place, &all.entries[0]), "b 1");
    }
}

/* Of one author those said last are kept, whatever came when; of a crowd a bounded number is shown. */
static void test_bounds(void **state)
{
    struct place *place = *state;
    struct run made[3 * LIMIT_REACTIONS];
    struct id none;
    char sign[8];
    for (uint8_t turned = 0; turned < 2; turned++) {
        struct author anna = author_of((uint8_t)(1 + turned), "#fika"),
                      bo = author_of((uint8_t)(3 + turned), "#fika");
        struct run all = author_run(&anna, 1, &place->arena);
        append(place, "#fika", &all);
        for (size_t i = 0; i < 3 * LIMIT_REACTIONS; i++) {
            snprintf(sign, sizeof sign, "s%02zu", i);
            made[i] = react_run(&bo, &all.entries[0], sign, true, &place->arena);
        }
        for (size_t i = 0; i < 3 * LIMIT_REACTIONS; i++)
            append(place, "#fika", &made[turned ? 3 * LIMIT_REACTIONS - 1 - i : i]);
        for (size_t i = 0; i < 3 * LIMIT_REACTIONS; i++) {
            struct reaction reaction;
            assert_true(entry_reacts(&made[i].entries[0], &reaction));
            assert_int_equal(
                store_reacts(place->store, &anna.channel, &bo.identity.node, &reaction, &none),
                i >= 2 * LIMIT_REACTIONS);
        }
        assert_string_equal(signs(place, &all.entries[0]),
                            "s32 1 s33 1 s34 1 s35 1 s36 1 s37 1 s38 1 s39 1");
    }
}

/* In whatever order, nothing is behind a line that was taken back; and what another puts elsewhere
 * stays. */
static void test_taken_back_with_the_line(void **state)
{
    struct place *place = *state;
    for (uint8_t late = 0; late < 2; late++) {
        struct author anna = author_of((uint8_t)(1 + late), "#fika"),
                      bo = author_of((uint8_t)(3 + late), "#fika");
        struct run all = author_run(&anna, 3, &place->arena);
        append(place, "#fika", &all);
        struct run forget = forget_run(&anna, &all.entries[1], &place->arena);
        if (late == 1)
            append(place, "#fika", &forget);
        put(place, &bo, &all.entries[1], "a", true);
        put(place, &bo, &all.entries[2], "b", true);
        if (late == 0)
            append(place, "#fika", &forget);
        assert_string_equal(signs(place, &all.entries[1]), "");
        assert_string_equal(signs(place, &all.entries[2]), "b 1");
    }
}

/* The entry itself may be taken back, too. */
static void test_one_that_is_taken_back(void **state)
{
    struct place *place = *state;
    for (uint8_t late = 0; late < 2; late++) {
        struct author anna = author_of((uint8_t)(1 + late), "#fika"),
                      bo = author_of((uint8_t)(3 + late), "#fika");
        struct run all = author_run(&anna, 3, &place->arena);
        append(place, "#fika", &all);
        struct run react = react_run(&bo, &all.entries[1], "a", true, &place->arena);
        struct run forget = forget_run(&bo, &react.entries[0], &place->arena);
        append(place, "#fika", late == 1 ? &forget : &react);
        append(place, "#fika", late == 1 ? &react : &forget);
        assert_string_equal(signs(place, &all.entries[1]), "");
    }
}

/* What a file of an older version holds of edits and signs is known at once, also when the line was
 * taken back before. */
static void test_older_versions(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    uint8_t body[64];
    append(place, "#fika", &all);
    struct run edit = author_run(&anna, 1, &place->arena);
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, 2);
    write_id(&w, &all.entries[1].id);
    write_u8(&w, 0);
    write_copy(&w, "now", 3);
    edit.entries[0].kind = ENTRY_EDIT;
    edit.entries[0].body = written(&w);
    entry_finish(&edit.entries[0]);
    anna.tip = edit.entries[0].id;
    edit.signature = entry_sign(&edit.entries[0], &anna.identity);
    append(place, "#fika", &edit);
    struct run forget = forget_run(&anna, &all.entries[3], &place->arena);
    append(place, "#fika", &forget);
    put(place, &bo, &all.entries[1], "a", true);
    put(place, &bo, &all.entries[3], "b", true);
    put(place, &bo, &all.entries[1], "c", true);
    put(place, &bo, &all.entries[1], "c", false);
    commit(place);
    for (int version = 4; version >= 2; version--) {
        struct entry said;
        reopen_from(place, version);
        assert_string_equal(signs(place, &all.entries[1]), "a 1");
        assert_string_equal(signs(place, &all.entries[3]), "");
        assert_true(store_edited(place->store, &anna.channel, &anna.identity.node, 2,
                                 &all.entries[1].id, &place->arena, &said));
        assert_true(id_equal(&said.id, &edit.entries[0].id));
    }
}

static void test_a_line_by_its_place(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    struct entry found;
    append(place, "#fika", &all);
    const struct entry *line = &all.entries[2];
    assert_true(store_at(place->store, &line->channel, &line->author, 3, line->lamport,
                         &place->arena, &found));
    assert_same_entry(&found, line);
    assert_false(store_at(place->store, &line->channel, &line->author, 3, line->lamport + 1,
                          &place->arena, &found));
    assert_false(store_at(place->store, &line->channel, &line->author, 9, line->lamport,
                          &place->arena, &found));
    assert_false(
        store_at(place->store, &line->channel, &line->author, 3, 0, &place->arena, &found));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_they_are_counted),
        TEST(test_in_whatever_order),
        TEST(test_bounds),
        TEST(test_taken_back_with_the_line),
        TEST(test_one_that_is_taken_back),
        TEST(test_older_versions),
        TEST(test_a_line_by_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
