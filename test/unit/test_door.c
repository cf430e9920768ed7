/* What is said at one end of the door comes out at the other: whole, in order, and never more of it
 * on the way than the bounds allow. Both ends are in one thread here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/door.h"

struct doors {
    void *context;
    struct door *node, *face;
};

static int open_doors(void **state)
{
    struct doors *doors = calloc(1, sizeof *doors);
    assert_non_null(doors);
    doors->context = zmq_ctx_new();
    doors->node = door_open_node(doors->context);
    doors->face = door_open_face(doors->context);
    assert_non_null(doors->node);
    assert_non_null(doors->face);
    *state = doors;
    return 0;
}

static int close_doors(void **state)
{
    struct doors *doors = *state;
    door_close(doors->node, 0);
    door_close(doors->face, 0);
    zmq_ctx_term(doors->context);
    free(doors);
    return 0;
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void assert_bytes(struct bytes got, struct bytes expected)
{
    assert_int_equal(got.size, expected.size);
    if (got.size > 0)
        assert_memory_equal(got.at, expected.at, got.size);
}

/* A line of `size` bytes, all of which tell its number. */
static uint8_t line_bytes[4 * LIMIT_DOOR_BYTES];

static struct bytes line(uint64_t number, size_t size)
{
    assert_true(size <= sizeof line_bytes);
    memset(line_bytes, (int)('a' + number % 26), size);
    return (struct bytes){line_bytes, size};
}

static void show_line(struct door *door, uint64_t number, size_t size)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#c"}, .seq = number};
    show.text = line(number, size);
    door_show(door, &show);
}

static void assert_line(struct door *door, uint64_t number, size_t size)
{
    struct show show;
    assert_true(door_next_show(door, &show));
    assert_int_equal(show.seq, number);
    assert_bytes(show.text, line(number, size));
}

static bool say_line(struct door *door, uint64_t number, size_t size)
{
    struct request say = {.kind = REQUEST_SAY, .seq = number, .text = line(number, size)};
    return door_request(door, &say);
}

static bool wants_room(const struct door *door)
{
    return (door_poll(door).events & ZMQ_POLLOUT) != 0;
}

static void shows_come_whole(void **state)
{
    struct doors *doors = *state;
    struct show said = {
        .kind = SHOW_LINK_ROW,
        .up = true,
        .own = true,
        .action = true,
        .adrift = true,
        .liar = true,
        .via = VIA_STORED,
        .port = 65535,
        .told = TOLD_COUNT - 1,
        .seq = UINT64_MAX,
        .lamport = 2,
        .wall_ms = 3,
        .n = 4,
        .n2 = 5,
        .n3 = 6,
        .n4 = 7,
        .n5 = 8,
        .text = {(const uint8_t *)"t\0x", 3},
    };
    struct show empty = {.kind = SHOW_STATUS}, got;
    memset(said.channel.text, 'c', LIMIT_CHANNEL);
    memset(said.nick.text, 'n', LIMIT_NICK);
    memset(said.address.text, 'a', LIMIT_ADDRESS);
    memset(said.id.b, 0xee, sizeof said.id.b);
    memset(said.who.b, 0xdd, sizeof said.who.b);
    memset(said.who_nick.text, 'w', LIMIT_NICK);
    said.a = bytes_of("why");
    said.b = bytes_of("network");
    door_show(doors->node, &said);
    door_show(doors->node, &empty);
    door_flush(doors->node);
    assert_true(door_next_show(doors->face, &got));
    assert_int_equal(got.kind, said.kind);
    assert_string_equal(got.channel.text, said.channel.text);
    assert_string_equal(got.nick.text, said.nick.text);
    assert_string_equal(got.address.text, said.address.text);
    assert_true(id_equal(&got.id, &said.id));
    assert_true(id_equal(&got.who, &said.who));
    assert_string_equal(got.who_nick.text, said.who_nick.text);
    assert_true(got.up && got.own && got.action && got.adrift && got.liar);
    assert_int_equal(got.via, said.via);
    assert_int_equal(got.told, said.told);
    assert_int_equal(got.port, said.port);
    assert_true(got.seq == UINT64_MAX && got.lamport == 2 && got.wall_ms == 3);
    assert_true(got.n == 4 && got.n2 == 5 && got.n3 == 6 && got.n4 == 7 && got.n5 == 8);
    assert_bytes(got.a, said.a);
    assert_bytes(got.b, said.b);
    assert_bytes(got.text, said.text);
    assert_true(door_next_show(doors->face, &got));
    assert_int_equal(got.kind, SHOW_STATUS);
    assert_string_equal(got.channel.text, "");
    assert_int_equal(got.text.size, 0);
    assert_false(got.up || got.own || got.action || got.adrift || got.liar);
    assert_false(door_next_show(doors->face, &got));
}

static void requests_come_whole(void **state)
{
    struct doors *doors = *state;
    struct request said = {.kind = REQUEST_STOP,
                           .channel = {"#channel"},
                           .nick = {"anna"},
                           .action = true,
                           .after = true,
                           .wait_ms = 1,
                           .wait_link_ms = UINT32_MAX,
                           .lamport = 3,
                           .seq = 4,
                           .count = 5,
                           .text = bytes_of("text")};
    struct request got;
    memset(said.id.b, 0xaa, sizeof said.id.b);
    assert_true(door_request(doors->face, &said));
    assert_true(say_line(doors->face, 7, 0));
    door_flush(doors->face);
    assert_true(door_next_request(doors->node, &got));
    assert_int_equal(got.kind, said.kind);
    assert_string_equal(got.channel.text, "#channel");
    assert_string_equal(got.nick.text, "anna");
    assert_true(got.action && got.after && got.wait_ms == 1 && got.wait_link_ms == UINT32_MAX);
    assert_true(got.lamport == 3 && got.seq == 4 && got.count == 5);
    assert_true(id_equal(&got.id, &said.id));
    assert_bytes(got.text, said.text);
    assert_true(door_next_request(doors->node, &got));
    assert_true(got.seq == 7 && got.text.size == 0 && !got.action && !got.after);
    assert_false(door_next_request(doors->node, &got));
}

static void a_turn_is_one_message(void **state)
{
    struct doors *doors = *state;
    struct show show;
    for (uint64_t i = 0; i < 3; i++)
        show_line(doors->node, i, 60);
    assert_false(door_next_show(doors->face, &show));
    assert_true(wants_room(doors->node));
    door_flush(doors->node);
    assert_false(wants_room(doors->node));
    assert_false(door_has_more(doors->face)); /* the socket tells of it */
    assert_line(doors->face, 0, 60);
    assert_true(door_has_more(doors->face));
    /* What is flushed later stands behind the rest of what came before. */
    show_line(doors->node, 3, 60);
    door_flush(doors->node);
    assert_line(doors->face, 1, 60);
    assert_line(doors->face, 2, 60);
    assert_false(door_has_more(doors->face));
    assert_line(doors->face, 3, 60);
    door_flush(doors->node); /* of nothing */
    assert_false(door_next_show(doors->face, &show));
}

static void a_full_message_goes_at_once(void **state)
{
    struct doors *doors = *state;
    struct show show;
    uint64_t said = 0, got = 0;
    while (said * 1000 < LIMIT_DOOR_BYTES)
        show_line(doors->node, said++, 1000);
    assert_false(door_full(doors->node));
    while (door_next_show(doors->face, &show))
        assert_int_equal(show.seq, got++);
    assert_in_range(got, 2, said - 1);
    door_flush(doors->node);
    while (door_next_show(doors->face, &show))
        assert_int_equal(show.seq, got++);
    assert_int_equal(got, said);
}

static void one_may_be_larger_than_a_message(void **state)
{
    struct doors *doors = *state;
    struct request got;
    show_line(doors->node, 1, 10);
    show_line(doors->node, 2, 3 * LIMIT_DOOR_BYTES);
    show_line(doors->node, 3, 10);
    door_flush(doors->node);
    assert_false(door_full(doors->node));
    assert_line(doors->face, 1, 10);
    assert_line(doors->face, 2, 3 * LIMIT_DOOR_BYTES);
    assert_line(doors->face, 3, 10);
    assert_true(say_line(doors->face, 4, 2 * LIMIT_DOOR_BYTES));
    door_flush(doors->face);
    assert_true(door_next_request(doors->node, &got));
    assert_bytes(got.text, line(4, 2 * LIMIT_DOOR_BYTES));
}

static void a_node_keeps_what_a_face_does_not_read(void **state)
{
    struct doors *doors = *state;
    uint64_t said = 0, got = 0;
    while (!door_full(doors->node)) {
        show_line(doors->node, said++, 1000);
        assert_true(said * 1000 < (size_t)(LIMIT_DOOR_QUEUE + 2) * LIMIT_DOOR_BYTES);
    }
    assert_true(said * 1250 > (size_t)LIMIT_DOOR_QUEUE * LIMIT_DOOR_BYTES);
    for (int i = 0; i < 500; i++) /* the rest of a step */
        show_line(doors->node, said++, 1000);
    door_flush(doors->node);
    assert_true(door_full(doors->node));
    assert_true(wants_room(doors->node));
    while (got < said) {
        struct show show;
        door_flush(doors->node);
        assert_true(door_next_show(doors->face, &show));
        assert_int_equal(show.seq, got);
        assert_bytes(show.text, line(got++, 1000));
    }
    assert_false(door_full(doors->node));
    assert_false(wants_room(doors->node));
    show_line(doors->node, said, 20);
    door_flush(doors->node);
    assert_line(doors->face, said, 20);
}

/* However little each turn says, a face that does not read is not owed more than the bounds. */
static void small_messages_fill_the_queue(void **state)
{
    struct doors *doors = *state;
    uint64_t said = 0;
    while (!door_full(doors->node)) {
        show_line(doors->node, said++, 10);
        door_flush(doors->node);
    }
    assert_in_range(said, LIMIT_DOOR_QUEUE, LIMIT_DOOR_QUEUE + LIMIT_DOOR_BYTES / 100);
    for (uint64_t got = 0; got < said; got++) {
        door_flush(doors->node);
        assert_line(doors->face, got, 10);
    }
}

static void a_face_is_refused_while_a_node_is_busy(void **state)
{
    struct doors *doors = *state;
    struct request request;
    uint64_t said = 0, got = 0;
    assert_false(wants_room(doors->face));
    while (say_line(doors->face, said, 1000)) {
        said++;
        assert_true(said * 1000 < (size_t)(LIMIT_DOOR_QUEUE + 2) * LIMIT_DOOR_BYTES);
    }
    assert_false(say_line(doors->face, said, 1000));
    assert_true(wants_room(doors->face));
    while (door_next_request(doors->node, &request)) {
        assert_int_equal(request.seq, got);
        assert_bytes(request.text, line(got++, 1000));
        door_flush(doors->face);
    }
    assert_int_equal(got, said);
    assert_true(wants_room(doors->face)); /* all is sent, but one was refused */
    assert_true(say_line(doors->face, said, 1000));
    door_flush(doors->face);
    assert_false(wants_room(doors->face));
    assert_true(door_next_request(doors->node, &request));
    assert_int_equal(request.seq, said);
}

static void closing_hands_over_the_rest(void **state)
{
    struct doors *doors = *state;
    struct show show;
    show_line(doors->node, 1, 10);
    show_line(doors->node, 2, 10);
    door_close(doors->node, 100);
    doors->node = NULL;
    assert_line(doors->face, 1, 10);
    assert_line(doors->face, 2, 10);
    assert_false(door_next_show(doors->face, &show));
}

int main(void)
{
#define WITH_DOORS(test) cmocka_unit_test_setup_teardown(test, open_doors, close_doors)
    const struct CMUnitTest tests[] = {
        WITH_DOORS(shows_come_whole),
        WITH_DOORS(requests_come_whole),
        WITH_DOORS(a_turn_is_one_message),
        WITH_DOORS(a_full_message_goes_at_once),
        WITH_DOORS(one_may_be_larger_than_a_message),
        WITH_DOORS(a_node_keeps_what_a_face_does_not_read),
        WITH_DOORS(small_messages_fill_the_queue),
        WITH_DOORS(a_face_is_refused_while_a_node_is_busy),
        WITH_DOORS(closing_hands_over_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
