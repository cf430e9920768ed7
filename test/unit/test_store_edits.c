/* Lines that were changed by who said them: what they say now, whatever came when. */
#include "store_help.h"

#include <sqlite3.h>

/* The author's next entry, which changes the target. */
static struct run edit_run(struct author *author, const struct entry *target, const char *text,
                           struct arena *arena)
{
    struct run run = {arena_take(arena, sizeof *run.entries), 1, {{0}}};
    uint8_t *body = arena_take(arena, LIMIT_BODY);
    struct writer w = writer_of(body, LIMIT_BODY);
    run.entries[0] = author_entry(author, 1, arena);
    write_u64(&w, target->seq);
    write_id(&w, &target->id);
    write_u8(&w, 4);
    write_copy(&w, "anna", 4);
    write_copy(&w, text, strlen(text));
    run.entries[0].kind = ENTRY_EDIT;
    run.entries[0].body = written(&w);
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    return run;
}

/* What the line says now; "" when nobody changed it. */
static const char *says(struct place *place, const struct entry *line)
{
    static char said[256];
    struct entry edit;
    struct bytes nick, text;
    struct id id;
    uint64_t seq;
    said[0] = '\0';
    if (!store_edited(place->store, &line->channel, &line->author, line->seq, &line->id,
                      &place->arena, &edit))
        return said;
    assert_true(entry_edits(&edit, &seq, &id, &nick, &text));
    assert_int_equal(seq, line->seq);
    snprintf(said, sizeof said, "%.*s", (int)text.size, (const char *)text.at);
    return said;
}

static bool has_body(struct place *place, const struct entry *made)
{
    struct entry entry;
    return store_entry(place->store, &made->channel, &made->author, made->seq, &made->id,
                       &place->arena, &entry);
}

static void test_the_newest_counts(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    append(place, "#fika", &all);
    assert_string_equal(says(place, &all.entries[1]), "");
    struct run first = edit_run(&anna, &all.entries[1], "once", &place->arena);
    struct run second = edit_run(&anna, &all.entries[1], "twice", &place->arena);
    append(place, "#fika", &first);
    assert_string_equal(says(place, &all.entries[1]), "once");
    append(place, "#fika", &second);
    assert_string_equal(says(place, &all.entries[1]), "twice");
    commit(place);
    reopen(place);
    assert_string_equal(says(place, &all.entries[1]), "twice");
    assert_string_equal(says(place, &all.entries[0]), "");
    struct entry wrong = all.entries[1];
    wrong.id.b[0] ^= 1;
    assert_string_equal(says(place, &wrong), "");
    /* The newer one is taken back alone. */
    struct run forget = forget_run(&anna, &second.entries[0], &place->arena);
    append(place, "#fika", &forget);
    assert_string_equal(says(place, &all.entries[1]), "once");
}

/* Newest first, as history comes. */
static void test_the_newest_comes_first(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    struct run first = edit_run(&anna, &all.entries[1], "once", &place->arena);
    struct run second = edit_run(&anna, &all.entries[1], "twice", &place->arena);
    append(place, "#fika", &second);
    assert_string_equal(says(place, &all.entries[1]), "twice");
    append(place, "#fika", &all);
    append(place, "#fika", &first);
    assert_string_equal(says(place, &all.entries[1]), "twice");
}

static void test_nobody_changes_what_another_said(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), liar = author_of(2, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    author_run(&liar, 9, &place->arena);
    struct author fresh = author_of(3, "#fika");
    struct run own = author_run(&fresh, 9, &place->arena);
    struct run edit = edit_run(&fresh, &all.entries[1], "I am a fool", &place->arena);
    append(place, "#fika", &all);
    append(place, "#fika", &own);
    append(place, "#fika", &edit);
    assert_true(has_body(place, &edit.entries[0]));
    assert_string_equal(says(place, &all.entries[1]), "");
    /* Nor in another channel. */
    struct entry there = all.entries[1];
    there.channel = test_channel("#tea");
    assert_string_equal(says(place, &there), "");
}

/* In whatever order the FORGET and the EDIT come, nothing that the line ever said is left. */
static void test_taken_back_with_the_line(void **state)
{
    struct place *place = *state;
    for (uint8_t late = 0; late < 2; late++) {
        struct author anna = author_of((uint8_t)(1 + late), "#fika");
        struct run all = author_run(&anna, 5, &place->arena);
        struct run edit = edit_run(&anna, &all.entries[1], "secret", &place->arena);
        struct run again = edit_run(&anna, &all.entries[1], "secret, too", &place->arena);
        struct run forget = forget_run(&anna, &all.entries[1], &place->arena);
        if (late == 1)
            append(place, "#fika", &forget);
        append(place, "#fika", &all);
        append(place, "#fika", &edit);
        append(place, "#fika", &again);
        if (late == 0) {
            assert_true(has_body(place, &edit.entries[0]));
            append(place, "#fika", &forget);
        }
        commit(place);
        reopen(place);
        assert_false(has_body(place, &all.entries[1]));
        assert_false(has_body(place, &edit.entries[0]));
        assert_false(has_body(place, &again.entries[0]));
        assert_string_equal(says(place, &all.entries[1]), "");
        assert_true(has_body(place, &all.entries[2]));
        append(place, "#fika", &edit); /* once more, with its body */
        assert_false(has_body(place, &edit.entries[0]));
    }
}

/* A file of version 3, which knows of no edits, takes them from now on. */
static void test_version_3(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    append(place, "#fika", &all);
    commit(place);
    reopen_from(place, 3);
    assert_true(has_body(place, &all.entries[4]));
    struct run edit = edit_run(&anna, &all.entries[1], "now", &place->arena);
    append(place, "#fika", &edit);
    commit(place);
    reopen(place);
    assert_string_equal(says(place, &all.entries[1]), "now");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_the_newest_counts),
        TEST(test_the_newest_comes_first),
        TEST(test_nobody_changes_what_another_said),
        TEST(test_taken_back_with_the_line),
        TEST(test_version_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
