/* Store: what sealed entries say, beside them; keys, cards, channels of two; and what is destroyed. */
#include "store_help.h"

static const struct id NETWORK = {{5}};
static const struct channel_name NAME = {"@bo"};

static int setup(void **state)
{
    static struct place place;
    memset(&place, 0, sizeof place);
    snprintf(place.directory, sizeof place.directory, "/tmp/fika-test-XXXXXX");
    assert_non_null(mkdtemp(place.directory));
    snprintf(place.path, sizeof place.path, "%s/history.db", place.directory);
    arena_init(&place.arena);
    place.store = open_at(&place);
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[128];
    store_close(place->store);
    arena_release(&place->arena);
    snprintf(command, sizeof command, "rm -rf %s", place->directory);
    return system(command);
}

/* A sealed entry of the author, and the line that it is when it is opened. */
static struct run sealed_run(struct place *place, struct author *author, uint8_t kind,
                             struct bytes body, struct entry *line)
{
    static const uint8_t SEALED[64] = {0xEE};
    struct run run = {arena_take(&place->arena, sizeof *run.entries), 1, {{0}}};
    struct entry *entry = run.entries;
    *entry = author_entry(author, 1, &place->arena);
    entry->kind = ENTRY_SEALED;
    entry->body = (struct bytes){arena_copy(&place->arena, SEALED, 64), 64};
    entry_finish(entry);
    author->tip = entry->id;
    run.signature = entry_sign(entry, &author->identity);
    *line = *entry;
    line->kind = kind;
    line->body = body;
    return run;
}

static void append_sealed(struct place *place, const struct run *run, const struct entry *line)
{
    const struct entry *first = &run->entries[0];
    struct log_load load = load_of(place->store, &first->channel, &first->author, 0);
    load_place(&load, run);
    assert_int_equal(store_append(place->store, &NAME, &load, run, line, NULL), ERROR_NONE);
}

static struct entry say_sealed(struct place *place, struct author *author, const char *text)
{
    uint8_t *body = arena_take(&place->arena, LIMIT_BODY);
    struct entry line;
    size_t size = entry_write_text(body, "anna", text, strlen(text));
    struct run run = sealed_run(place, author, ENTRY_TEXT, (struct bytes){body, size}, &line);
    append_sealed(place, &run, &line);
    return run.entries[0];
}

static bool file_has(const struct place *place, const void *bytes, size_t size)
{
    static uint8_t all[8 << 20];
    static const char *const parts[] = {"", "-wal"};
    for (size_t part = 0; part < 2; part++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", place->path, parts[part]);
        FILE *file = fopen(path, "rb");
        if (file == NULL)
            continue;
        size_t got = fread(all, 1, sizeof all, file);
        fclose(file);
        for (size_t i = 0; i + size <= got; i++)
            if (memcmp(all + i, bytes, size) == 0)
                return true;
    }
    return false;
}

static size_t page_of(struct place *place, const struct id *channel, struct entry *last)
{
    size_t count = 0;
    store_last(place->store, channel, 100);
    while (store_last_next(place->store, &place->arena, last))
        count++;
    return count;
}

static void what_is_sealed_is_read_open(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    struct entry first = say_sealed(place, &anna, "one"), found;
    struct bytes nick, text;
    commit(place);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(page_of(place, &anna.channel, &found), 1);
        assert_int_equal(found.kind, ENTRY_TEXT);
        assert_true(id_equal(&found.id, &first.id));
        assert_true(entry_text(&found, &nick, &text));
        assert_memory_equal(text.at, "one", 3);
        assert_true(store_entry(place->store, &anna.channel, &anna.identity.node, 1, &first.id,
                                &place->arena, &found));
        assert_int_equal(found.kind, ENTRY_TEXT);
        reopen(place);
    }
    /* Others get it as it was sealed. */
    struct run served;
    uint64_t last;
    struct want want = want_of(&first, 1);
    assert_true(serve(place, &want, &served, &last));
    assert_int_equal(served.entries[0].kind, ENTRY_SEALED);
    assert_int_equal(served.entries[0].body.size, 64);
}

static struct bytes again_of(struct place *place, const struct entry *of, const char *text)
{
    uint8_t *body = arena_take(&place->arena, LIMIT_BODY);
    struct writer w = writer_of(body, LIMIT_BODY);
    write_u64(&w, of->seq);
    write_id(&w, &of->id);
    write_u8(&w, ENTRY_TEXT);
    write_u8(&w, 4);
    write_copy(&w, "anna", 4);
    write_copy(&w, text, strlen(text));
    return written(&w);
}

/* What the store gives for a line that could not be opened until now. */
static bool open_line(struct place *place, const struct entry *again, struct entry *found)
{
    struct entry line = *again;
    bool opened;
    assert_true(entry_again(again, &line.seq, &line.id, &line.kind, &line.body));
    assert_int_equal(store_open_line(place->store, &line, &place->arena, found, &opened, NULL),
                     ERROR_NONE);
    return opened;
}

static void a_line_is_opened_later(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    static const char CANARY[] = "a canary that comes late";
    struct entry line, found;
    struct bytes nick, text;
    struct run run = sealed_run(place, &anna, ENTRY_SEALED, (struct bytes){NULL, 0}, &line);
    append_sealed(place, &run, &run.entries[0]);
    struct entry first = run.entries[0];
    run = sealed_run(place, &anna, ENTRY_AGAIN, again_of(place, &first, CANARY), &line);
    append_sealed(place, &run, &line);
    struct entry again = line;
    assert_true(open_line(place, &again, &found));
    assert_true(found.seq == 1 && found.lamport == first.lamport);
    assert_true(entry_text(&found, &nick, &text));
    assert_false(open_line(place, &again, &found)); /* it reads already */
    commit(place);
    reopen(place);
    assert_true(file_has(place, CANARY, sizeof CANARY - 1));
    assert_int_equal(page_of(place, &anna.channel, &found), 1);
    assert_true(entry_text(&found, &nick, &text));
    assert_memory_equal(text.at, CANARY, sizeof CANARY - 1);
    /* Who takes it back takes back what was sealed again. */
    run = forget_run(&anna, &first, &place->arena);
    append(place, NAME.text, &run);
    assert_int_equal(page_of(place, &anna.channel, &found), 0);
    commit(place);
    assert_false(file_has(place, CANARY, sizeof CANARY - 1));
    assert_false(open_line(place, &again, &found));
}

static void marks_of_what_was_read_are_found(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    struct entry line;
    for (uint64_t seq = 1; seq <= 3; seq++) {
        uint8_t *body = arena_take(&place->arena, 40);
        struct writer w = writer_of(body, 40);
        write_u64(&w, 10 * seq);
        write_id(&w, &anna.tip);
        struct run run = sealed_run(place, &anna, ENTRY_READ, written(&w), &line);
        append_sealed(place, &run, &line);
        say_sealed(place, &anna, "a line");
    }
    commit(place);
    reopen(place);
    assert_int_equal(store_read_mark(place->store, &anna.channel, &anna.identity.node), 30);
    assert_int_equal(store_read_mark(place->store, &anna.channel, &(struct id){{9}}), 0);
    assert_int_equal(store_read_mark(place->store, &(struct id){{9}}, &anna.identity.node), 0);
    assert_int_equal(page_of(place, &anna.channel, &line), 3);
}

static void an_edit_and_a_sign_are_no_lines(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    struct entry first = say_sealed(place, &anna, "one"), line, found;
    uint8_t body[128];
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, 1);
    write_id(&w, &first.id);
    write_u8(&w, 4);
    write_copy(&w, "annatwo", 7);
    struct run run = sealed_run(place, &anna, ENTRY_EDIT, written(&w), &line);
    append_sealed(place, &run, &line);
    commit(place);
    assert_int_equal(page_of(place, &anna.channel, &found), 1);
    struct bytes nick, text;
    struct id id;
    uint64_t seq;
    assert_true(store_edited(place->store, &anna.channel, &anna.identity.node, 1, &first.id,
                             &place->arena, &found));
    assert_true(entry_edits(&found, &seq, &id, &nick, &text));
    assert_memory_equal(text.at, "two", 3);
    assert_true(store_own(place->store, &anna.channel, &anna.identity.node, 1, &seq, &id));
    assert_int_equal(seq, 1);
}

static void what_is_taken_back_is_gone_from_the_file(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    static const char CANARY[] = "a canary that nobody is to find";
    struct entry first = say_sealed(place, &anna, CANARY), found;
    commit(place);
    assert_true(file_has(place, CANARY, sizeof CANARY - 1));
    struct run forget = forget_run(&anna, &first, &place->arena);
    append(place, NAME.text, &forget);
    commit(place);
    assert_int_equal(page_of(place, &anna.channel, &found), 0);
    assert_false(file_has(place, CANARY, sizeof CANARY - 1));
    /* Nor when it comes again. */
    struct run again = {&first, 1, {{0}}};
    again.signature = entry_sign(&first, &anna.identity);
    bool filled[LIMIT_RUN_ENTRIES];
    assert_int_equal(store_fill(place->store, &again, NULL, filled, NULL), ERROR_NONE);
    assert_false(filled[0]);
}

static void retention_lets_go_of_it(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "@bo");
    struct error error;
    struct entry found;
    say_sealed(place, &anna, "old");
    commit(place);
    while (store_retain(place->store, UINT64_MAX / 2, 0, &error))
        continue;
    commit(place);
    assert_int_equal(page_of(place, &anna.channel, &found), 0);
    reopen(place);
    assert_int_equal(page_of(place, &anna.channel, &found), 0);
}

static void a_key_that_is_destroyed_is_gone_from_the_file(void **state)
{
    struct place *place = *state;
    static const uint8_t SECRET[32] = "secret half of the first prekey", OTHER[32] = "the second";
    struct prekey first = prekey_of(SECRET, 1), second = prekey_of(OTHER, 2), found;
    uint64_t replaced;
    assert_int_equal(store_prekey_put(place->store, &NETWORK, &first, 7, NULL), ERROR_NONE);
    assert_int_equal(store_prekey_put(place->store, &NETWORK, &second, 0, NULL), ERROR_NONE);
    commit(place);
    reopen(place);
    assert_true(store_prekey(place->store, &NETWORK, 1, &found, &replaced));
    assert_false(store_prekey(place->store, &NETWORK, 2, &found, &replaced));
    assert_false(store_prekey(place->store, &(struct id){{6}}, 0, &found, &replaced));
    assert_true(file_has(place, SECRET, sizeof SECRET));
    assert_int_equal(store_prekey_drop(place->store, &NETWORK, &first, NULL), ERROR_NONE);
    commit(place);
    assert_false(file_has(place, SECRET, sizeof SECRET));
    assert_true(store_prekey(place->store, &NETWORK, 0, &found, &replaced));
    assert_memory_equal(found.secret, OTHER, sizeof OTHER);
    assert_true(id_equal(&found.key, &second.key));
    assert_int_equal(found.number, 2);
    assert_int_equal(replaced, 0);
}

static void put_card(struct place *place, uint8_t node, uint64_t number, uint8_t key)
{
    struct keycard card = {
        .version = CARD_VERSION, .node = {{node}}, .number = number, .prekey = {{key}}};
    assert_int_equal(store_card_put(place->store, &NETWORK, &card, node, NULL), ERROR_NONE);
}

static void the_newest_card_is_kept(void **state)
{
    struct place *place = *state;
    struct keycard card;
    struct id nodes[4];
    put_card(place, 1, 5, 1);
    put_card(place, 1, UINT64_MAX, 2); /* above what is a number in SQL */
    put_card(place, 1, 6, 3);
    put_card(place, 2, 1, 4);
    commit(place);
    reopen(place);
    assert_true(store_card(place->store, &NETWORK, &(struct id){{1}}, &card));
    assert_true(card.number == UINT64_MAX && card.prekey.b[0] == 2);
    assert_false(store_card(place->store, &NETWORK, &(struct id){{3}}, &card));
    assert_int_equal(store_card_nodes(place->store, &NETWORK, nodes, 4), 2);
    assert_int_equal(nodes[0].b[0], 2);
    assert_int_equal(store_card_nodes(place->store, &NETWORK, nodes, 1), 1);
}

static void channels_and_lines_that_wait(void **state)
{
    struct place *place = *state;
    struct kept_direct direct = {.peer = {{1}}, .channel = {{2}}, .name = NAME, .shown = true};
    struct id id;
    struct bytes body;
    uint8_t kind;
    assert_int_equal(store_direct_put(place->store, &NETWORK, &direct, NULL), ERROR_NONE);
    direct.shown = false;
    assert_int_equal(store_direct_put(place->store, &NETWORK, &direct, NULL), ERROR_NONE);
    for (uint8_t i = 1; i <= 2; i++)
        assert_int_equal(store_waiting_put(place->store, &direct.channel, i,
                                           (struct bytes){(const uint8_t *)"later", 5}, NULL),
                         ERROR_NONE);
    commit(place);
    reopen(place);
    memset(&direct, 0, sizeof direct);
    assert_true(store_direct(place->store, &NETWORK, 0, &direct));
    assert_true(direct.peer.b[0] == 1 && direct.channel.b[0] == 2 && !direct.shown);
    assert_string_equal(direct.name.text, "@bo");
    assert_false(store_direct(place->store, &NETWORK, 1, &direct));
    assert_true(store_channel_id(place->store, &NETWORK, &NAME, &id));
    assert_int_equal(id.b[0], 2);
    assert_false(store_channel_id(place->store, &(struct id){{9}}, &NAME, &id));
    assert_true(store_waiting(place->store, &(struct id){{2}}, 1, &place->arena, &kind, &body));
    assert_true(kind == 2 && body.size == 5 && memcmp(body.at, "later", 5) == 0);
    assert_int_equal(store_waiting_drop(place->store, &(struct id){{2}}, NULL), ERROR_NONE);
    commit(place);
    assert_false(store_waiting(place->store, &(struct id){{2}}, 0, &place->arena, &kind, &body));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_is_sealed_is_read_open),
        test(a_line_is_opened_later),
        test(marks_of_what_was_read_are_found),
        test(an_edit_and_a_sign_are_no_lines),
        test(what_is_taken_back_is_gone_from_the_file),
        test(retention_lets_go_of_it),
        test(a_key_that_is_destroyed_is_gone_from_the_file),
        test(the_newest_card_is_kept),
        test(channels_and_lines_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
