/* The index over the history: what is found, in which order, and that it never shows what is not
 * there. */
#define _GNU_SOURCE /* memmem */
#include <fcntl.h>

#include "store/search.h"
#include "store_help.h"

static struct search *search;
static struct id network;

static void open_search(struct place *place)
{
    char path[128];
    uint8_t secret[32] = {1};
    network = network_id(secret);
    snprintf(path, sizeof path, "%s/search.db", place->directory);
    search = search_open(path, place->store, &network);
    assert_non_null(search);
}

static int make(void **state)
{
    if (place_make(state) != 0)
        return -1;
    open_search(*state);
    return 0;
}

static int unmake(void **state)
{
    search_close(search);
    return place_remove(state);
}

static void take_up(void)
{
    uint64_t done, all;
    for (int i = 0; search_slice(search, 5000); i++)
        assert_true(i < 1000);
    search_progress(search, &done, &all);
    assert_int_equal(done, all);
}

/* An entry with this text, said at this minute. */
static struct run said(struct author *author, const char *text, uint64_t minute,
                       struct arena *arena)
{
    struct run run = {arena_take(arena, sizeof *run.entries), 1, {{0}}};
    uint8_t body[LIMIT_BODY];
    size_t size =
        entry_write_text(body, author->process.b[0] == 1 ? "anna" : "bo", text, strlen(text));
    struct id below = author->tip;
    run.entries[0] = author_entry(author, 1, arena);
    run.entries[0].prev = below;
    run.entries[0].wall_ms = 1700000000000u + minute * 60000;
    run.entries[0].body = (struct bytes){arena_copy(arena, body, size), size};
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    return run;
}

/* What is found, as "text|text|". */
static const char *found(struct place *place, const char *text)
{
    static char out[4096];
    static struct found_line lines[50];
    struct query query;
    char why[200];
    bool more;
    if (!query_read(&query, text, strlen(text), why, sizeof why))
        fail_msg("%s: %s", text, why);
    size_t used = 0, count = search_find(search, &query, 50, &place->arena, lines, &more);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        struct bytes nick, line;
        assert_true(entry_text(&lines[i].entry, &nick, &line));
        used += (size_t)snprintf(out + used, sizeof out - used, "%.*s|", (int)line.size,
                                 (const char *)line.at);
    }
    return out;
}

static void test_found(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika"),
                  tea = author_of(1, "#tea");
    static const struct {
        int who; /* 1: anna, 2: bo, 3: anna in #tea */
        uint64_t minute;
        const char *text;
    } rows[] = {
        {1, 1, "kaffe is ready"}, {2, 3, "no kaffe for me, thanks"}, {1, 2, "kaffekanna på bordet"},
        {3, 4, "tea, not kaffe"}, {2, 5000, "ready when you are"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct author *who = rows[i].who == 1 ? &anna : rows[i].who == 2 ? &bo : &tea;
        struct run run = said(who, rows[i].text, rows[i].minute, &place->arena);
        append(place, rows[i].who == 3 ? "#tea" : "#fika", &run);
    }
    commit(place);
    assert_string_equal(found(place, "kaffe"), "");
    take_up();
    assert_string_equal(found(place, "kaffe"), "tea, not kaffe|no kaffe for me, thanks|"
                                               "kaffekanna på bordet|kaffe is ready|");
    assert_string_equal(found(place, "\"kaffe\""),
                        "tea, not kaffe|no kaffe for me, thanks|kaffe is ready|");
    assert_string_equal(found(place, "KAFFE ready"), "kaffe is ready|");
    assert_string_equal(found(place, "\"kaffe is\""), "kaffe is ready|");
    assert_string_equal(found(place, "kaffe from:bo"), "no kaffe for me, thanks|");
    assert_string_equal(found(place, "kaffe in:#tea"), "tea, not kaffe|");
    assert_string_equal(found(place, "kaffe in:#none"), "");
    assert_string_equal(found(place, "kaffe -ready -no -not"), "kaffekanna på bordet|");
    assert_string_equal(found(place, "pa bordet"), "kaffekanna på bordet|");
    assert_string_equal(found(place, "in:#tea"), "tea, not kaffe|");
    assert_string_equal(found(place, "after:2023-11-17"), "ready when you are|");
    assert_string_equal(found(place, "ready before:2023-11-17"), "kaffe is ready|");
}

/* A paste is said in one millisecond. */
static void test_the_last_of_one_time_comes_first(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    for (int i = 0; i < 12; i++) {
        char text[8];
        snprintf(text, sizeof text, "line %c", 'a' + i);
        struct run run = said(&author, text, 7, &place->arena);
        append(place, "#fika", &run);
    }
    commit(place);
    take_up();
    assert_string_equal(found(place, "line"),
                        "line l|line k|line j|line i|line h|line g|line f|line e|line d|line c|"
                        "line b|line a|");
}

static void test_it_goes_on_where_it_was(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 100, &place->arena);
    uint64_t done, total;
    append(place, "#fika", &all);
    commit(place);
    search_progress(search, &done, &total);
    assert_true(done == 0 && total == 100);
    take_up();
    assert_string_equal(found(place, "\"line 77\""), "line 77|");
    search_close(search);
    open_search(place);
    search_progress(search, &done, &total);
    assert_true(done == 100 && total == 100);
    struct run more = author_run(&anna, 5, &place->arena);
    append(place, "#fika", &more);
    commit(place);
    take_up();
    assert_string_equal(found(place, "\"line 77\""), "line 77|");
    assert_string_equal(found(place, "\"line 103\""), "line 103|");
    assert_false(search_slice(search, 5000));
}

/* True when the word stands in a file of the index. */
static bool in_files(const struct place *place, const char *word)
{
    static const char *const parts[] = {"search.db", "search.db-wal"};
    static char bytes[4 << 20];
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", place->directory, parts[i]);
        FILE *file = fopen(path, "rb");
        size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
        assert_true(size < sizeof bytes);
        found = found || memmem(bytes, size, word, strlen(word)) != NULL;
        if (file != NULL)
            fclose(file);
    }
    return found;
}

/* Of what is forgotten no word stays, and nothing is found of what was let go of. */
static void test_let_go(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 50, &place->arena);
    struct error error;
    append(place, "#fika", &all);
    struct run secret = said(&anna, "swordfish", 9, &place->arena);
    append(place, "#fika", &secret);
    commit(place);
    take_up();
    assert_string_equal(found(place, "swordfish"), "swordfish|");
    struct run forget = forget_run(&anna, &secret.entries[0], &place->arena);
    assert_true(in_files(place, "swordfish"));
    append(place, "#fika", &forget);
    commit(place);
    assert_string_equal(found(place, "swordfish"), "");
    take_up();
    assert_false(in_files(place, "swordfish"));
    assert_string_equal(found(place, "\"line 20\""), "line 20|");
    while (store_retain(place->store, 1700000000000u + 21, 0, &error))
        commit(place);
    commit(place);
    assert_string_equal(found(place, "\"line 20\""), "");
    assert_string_equal(found(place, "\"line 21\""), "line 21|");
    search_close(search);
    open_search(place);
    assert_string_equal(found(place, "swordfish"), "");
}

/* A body that came later is found. */
static void test_filled(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 20, &place->arena), bare = all;
    bool filled[LIMIT_RUN_ENTRIES];
    bare.entries = arena_copy(&place->arena, all.entries, 20 * sizeof *all.entries);
    for (int i = 5; i < 8; i++)
        bare.entries[i].body = (struct bytes){0};
    append(place, "#fika", &bare);
    commit(place);
    take_up();
    assert_string_equal(found(place, "\"line 7\""), "");
    assert_int_equal(store_fill(place->store, &all, NULL, filled, NULL), ERROR_NONE);
    commit(place);
    assert_string_equal(found(place, "\"line 7\""), "line 7|");
    assert_string_equal(found(place, "\"line 9\""), "line 9|");
}

/* Another history in the same place: nothing of the old one is found. */
static void test_another_history(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct run old = author_run(&anna, 20, &place->arena);
    append(place, "#fika", &old);
    commit(place);
    take_up();
    search_close(search);
    store_close(place->store);
    unlink(place->path);
    place->store = open_at(place);
    open_search(place);
    struct run other = said(&bo, "another world", 1, &place->arena);
    append(place, "#fika", &other);
    commit(place);
    assert_string_equal(found(place, "line"), "");
    take_up();
    assert_string_equal(found(place, "line"), "");
    assert_string_equal(found(place, "world"), "another world|");
}

/* The author's next entry, which changes the target. */
static struct run changes(struct author *author, const struct entry *target, const char *text,
                          struct arena *arena)
{
    struct run run = said(author, text, 10 + author->seq, arena);
    struct entry *entry = &run.entries[0];
    uint8_t *body = arena_take(arena, LIMIT_BODY);
    struct writer w = writer_of(body, LIMIT_BODY);
    write_u64(&w, target->seq);
    write_id(&w, &target->id);
    write_copy(&w, entry->body.at, entry->body.size);
    entry->kind = ENTRY_EDIT;
    entry->body = written(&w);
    entry_finish(entry);
    author->tip = entry->id;
    run.signature = entry_sign(entry, &author->identity);
    return run;
}

/* A line is found by what it says now, and once; whatever came first. */
static void test_changed(void **state)
{
    struct place *place = *state;
    for (uint8_t turned = 0; turned < 2; turned++) {
        struct author anna = author_of((uint8_t)(1 + 10 * turned), "#fika");
        struct run line = said(&anna, "teh kettle sings", 1, &place->arena);
        struct run other = said(&anna, "another line", 2, &place->arena);
        struct run once = changes(&anna, &line.entries[0], "the pan sings", &place->arena);
        struct run twice = changes(&anna, &line.entries[0], "the flask sings", &place->arena);
        struct run *order[] = {&line, &other, &once, &twice};
        for (size_t i = 0; i < 4; i++) {
            append(place, "#fika", order[turned ? 3 - i : i]);
            commit(place);
            take_up();
            if (!turned && i == 2)
                assert_string_equal(found(place, "pan"), "teh kettle sings|");
        }
        assert_string_equal(found(place, "flask"), "teh kettle sings|");
        assert_string_equal(found(place, "sings"), "teh kettle sings|");
        assert_string_equal(found(place, "kettle"), "");
        assert_string_equal(found(place, "pan"), "");
        assert_string_equal(found(place, "another"), "another line|");
        assert_string_equal(found(place, "in:#fika"), "teh kettle sings|another line|");
        assert_true(in_files(place, "kettle") && in_files(place, "flask"));
        /* The newest is taken back alone, then the line. */
        struct run forget = forget_run(&anna, &twice.entries[0], &place->arena);
        append(place, "#fika", &forget);
        commit(place);
        assert_string_equal(found(place, "flask"), "");
        assert_string_equal(found(place, "pan"), "teh kettle sings|");
        forget = forget_run(&anna, &line.entries[0], &place->arena);
        append(place, "#fika", &forget);
        commit(place);
        assert_string_equal(found(place, "pan"), "");
        assert_string_equal(found(place, "sings"), "");
        forget = forget_run(&anna, &other.entries[0], &place->arena);
        append(place, "#fika", &forget);
        commit(place);
        take_up();
        assert_false(in_files(place, "kettle"));
        assert_false(in_files(place, "flask"));
    }
}

/* What another says of a line changes nothing of how it is found. */
static void test_changed_by_another(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), liar = author_of(2, "#fika");
    struct run line = said(&anna, "kettle", 1, &place->arena);
    append(place, "#fika", &line);
    struct run own = said(&liar, "hello", 1, &place->arena);
    append(place, "#fika", &own);
    struct run edit = changes(&liar, &line.entries[0], "pan", &place->arena);
    append(place, "#fika", &edit);
    commit(place);
    take_up();
    assert_string_equal(found(place, "kettle"), "kettle|");
    assert_string_equal(found(place, "pan"), "");
}

/* A torn index is made anew, and the history is not touched by it. */
static void test_torn(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 100, &place->arena);
    char path[128];
    append(place, "#fika", &all);
    commit(place);
    take_up();
    search_close(search);
    snprintf(path, sizeof path, "%s/search.db", place->directory);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    static const char junk[4096] = "junk";
    for (int i = 0; i < 8; i++)
        assert_int_equal(pwrite(fd, junk, sizeof junk, i * 4096), sizeof junk);
    close(fd);
    open_search(place);
    take_up();
    assert_string_equal(found(place, "\"line 50\""), "line 50|");
    assert_false(store_damaged(place->store));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        TEST(test_found),
        TEST(test_the_last_of_one_time_comes_first),
        TEST(test_it_goes_on_where_it_was),
        TEST(test_let_go),
        TEST(test_filled),
        TEST(test_another_history),
        TEST(test_torn),
        TEST(test_changed),
        TEST(test_changed_by_another),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
