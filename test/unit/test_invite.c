/* Invites: what is written reads as the same, however a chat has cut it; slips are said to be slips;
 * a picture always has room. The bytes are held by test_vectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "net/invite.h"

static struct invite invite_of(enum invite_kind kind, const char *a, const char *b, const char *c)
{
    struct invite invite = {.kind = kind};
    const char *const addresses[] = {a, b, c};
    for (size_t i = 0; i < 32 && kind != INVITE_OPEN; i++)
        invite.secret[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < INVITE_TICKET_BYTES && kind == INVITE_TICKET; i++)
        invite.ticket[i] = (uint8_t)(200 + i);
    for (size_t i = 0; i < 3 && addresses[i] != NULL; i++)
        snprintf(invite.addresses[invite.count++].text, LIMIT_ADDRESS, "%s", addresses[i]);
    return invite;
}

static void assert_same(const struct invite *a, const struct invite *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_memory_equal(a->secret, b->secret, 32);
    assert_memory_equal(a->ticket, b->ticket, INVITE_TICKET_BYTES);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_string_equal(a->addresses[i].text, b->addresses[i].text);
}

static struct invite some(void)
{
    return invite_of(INVITE_SECRET, "192.168.1.2:23452", "[2001:db8::5]:5556",
                     "desk.example.org:1");
}

static void goes_there_and_back(void **state)
{
    (void)state;
    const struct invite all[] = {
        some(),
        invite_of(INVITE_SECRET, NULL, NULL, NULL),
        invite_of(INVITE_OPEN, "[::1]:1", "127.0.0.1:65535", NULL),
        invite_of(INVITE_TICKET, "10.0.0.1:23452", "[2001:db8::5]:5556", "10.0.0.2:1"),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[INVITE_TEXT_MAX];
        struct invite read;
        invite_write(&all[i], text);
        assert_int_equal(invite_read(&read, text, strlen(text)), INVITE_GOOD);
        assert_same(&read, &all[i]);
        assert_true(strspn(text + 5, "abcdefghijklmnopqrstuvwxyz234567") == strlen(text) - 5);
    }
}

/* Capitals, line ends and blanks of a chat or a mail; what a double click leaves of it. */
static void survives_a_chat(void **state)
{
    (void)state;
    const struct invite invite = some();
    char text[INVITE_TEXT_MAX], cut[2 * INVITE_TEXT_MAX] = "  ";
    struct invite read;
    invite_write(&invite, text);
    size_t size = 2;
    for (size_t i = 0; text[i] != '\0'; i++) {
        cut[size++] = (char)toupper((unsigned char)text[i]);
        if (i >= 5 && i % 30 == 0)
            size += (size_t)sprintf(cut + size, "%s", i % 60 ? "\r\n" : " \t");
    }
    cut[size++] = '\n';
    assert_int_equal(invite_read(&read, cut, size), INVITE_GOOD);
    assert_same(&read, &invite);
    assert_int_equal(invite_read(&read, text + 5, strlen(text) - 5), INVITE_GOOD);
    assert_same(&read, &invite);
}

static bool is_wiped(const struct invite *invite)
{
    static const struct invite none;
    return memcmp(invite, &none, sizeof none) == 0;
}

/* Each letter that is another, missing, or changed for its neighbour. */
static void slips_are_said(void **state)
{
    (void)state;
    const struct invite invite = some();
    char text[INVITE_TEXT_MAX], slip[INVITE_TEXT_MAX];
    struct invite read;
    invite_write(&invite, text);
    for (size_t i = 5; text[i] != '\0'; i++) {
        memcpy(slip, text, sizeof slip);
        slip[i] = slip[i] == 'q' ? 'r' : 'q';
        assert_int_equal(invite_read(&read, slip, strlen(slip)), INVITE_MISTYPED);
        assert_true(is_wiped(&read));
        memcpy(slip, text, sizeof slip);
        memmove(slip + i, slip + i + 1, strlen(slip + i));
        assert_int_equal(invite_read(&read, slip, strlen(slip)), INVITE_MISTYPED);
        memcpy(slip, text, sizeof slip);
        if (slip[i + 1] == '\0' || slip[i] == slip[i + 1])
            continue;
        slip[i] = text[i + 1];
        slip[i + 1] = text[i];
        assert_int_equal(invite_read(&read, slip, strlen(slip)), INVITE_MISTYPED);
    }
}

static void what_is_none(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",          " ",         "fika",     "fika:",       "fika:5556", "host",
        "host:5556", "192.0.2.1", "fika.org", "hello there", "FIKA:",     "[fika:1]:80"};
    struct invite read;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(invite_read(&read, none[i], strlen(none[i])), INVITE_NONE);
        assert_false(invite_begins(none[i], strlen(none[i])));
    }
    assert_int_equal(invite_read(&read, "fika:x", 6), INVITE_MISTYPED);
    assert_int_equal(invite_read(&read, "fika:0", 6), INVITE_NONE);
    assert_int_equal(invite_read(&read, "fika:abc\0def", 12), INVITE_MISTYPED);
}

/* Whatever the addresses, a QR code of 37 by 37 squares holds it, with one of them at least. */
static void a_picture_has_room(void **state)
{
    (void)state;
    static const char six[] = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535";
    for (int kind = INVITE_OPEN; kind <= INVITE_TICKET; kind++) {
        struct invite invite = invite_of((enum invite_kind)kind, six, six, six), read;
        char text[INVITE_TEXT_MAX];
        invite_write(&invite, text);
        assert_true(strlen(text) <= INVITE_PICTURE_MAX);
        assert_int_equal(invite_read(&read, text, strlen(text)), INVITE_GOOD);
        assert_true(read.count >= 2);
    }
}

static void what_is_of_no_use_elsewhere_is_left_out(void **state)
{
    (void)state;
    struct invite invite = invite_of(INVITE_SECRET, "[fe80::1%lo]:23452", "zmq://host:1", "host"),
                  read;
    char text[INVITE_TEXT_MAX];
    invite_write(&invite, text);
    assert_int_equal(invite_read(&read, text, strlen(text)), INVITE_GOOD);
    assert_int_equal(read.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_there_and_back),
        cmocka_unit_test(survives_a_chat),
        cmocka_unit_test(slips_are_said),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(a_picture_has_room),
        cmocka_unit_test(what_is_of_no_use_elsewhere_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
