/* Guest: who has a ticket is given the text, once or until its time is over; who has none learns nothing.
 * The guest asks in a thread of its own, as it waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/guest.h"

#define TEXT        "fika:what the guest is given"
#define PATIENCE_MS 10000

static const struct address no_proxy;
static uint64_t now_ms, wall_ms; /* the door's */

static struct guests *opened(void)
{
    now_ms = 1000;
    wall_ms = 1000000;
    struct guests *guests = guests_new();
    assert_non_null(guests);
    struct pollfd items[GUESTS_POLL_MAX];
    assert_int_equal(guests_poll(guests, items), 0); /* nothing listens yet */
    return guests;
}

static struct invite ticket_of(struct guests *guests, bool once, uint64_t until)
{
    struct invite invite = {0};
    uint16_t port = guests_add(guests, once, until, &invite);
    assert_int_not_equal(port, 0);
    assert_int_equal(invite.kind, INVITE_TICKET);
    snprintf(invite.addresses[0].text, LIMIT_ADDRESS, "127.0.0.1:%u", port);
    invite.count = 1;
    return invite;
}

/* Turns of the door's loop until `until` says so; returns how many guests were let in. */
static int serve(struct guests *guests, bool (*until)(void *), void *of)
{
    struct address from;
    int count = 0;
    for (int i = 0; i < PATIENCE_MS / 5 && !until(of); i++) {
        struct pollfd items[GUESTS_POLL_MAX];
        poll(items, guests_poll(guests, items), 5);
        while (guests_next(guests, now_ms, wall_ms, TEXT, &from)) {
            assert_string_equal(from.text, "127.0.0.1");
            count++;
        }
    }
    assert_true(until(of));
    return count;
}

struct asking {
    struct invite ticket;
    enum guest_answer answer;
    char text[INVITE_TEXT_MAX];
    int done[2];
};

static void *ask_main(void *argument)
{
    struct asking *asking = argument;
    asking->answer = guest_ask(&asking->ticket, &no_proxy, asking->text);
    close(asking->done[1]);
    return NULL;
}

static bool is_done(void *of)
{
    struct pollfd item = {.fd = *(int *)of, .events = POLLIN};
    return poll(&item, 1, 0) > 0;
}

static enum guest_answer ask(struct guests *guests, const struct invite *ticket, int let_in)
{
    struct asking asking = {.ticket = *ticket};
    pthread_t thread;
    assert_int_equal(pipe(asking.done), 0);
    assert_int_equal(pthread_create(&thread, NULL, ask_main, &asking), 0);
    assert_int_equal(serve(guests, is_done, &asking.done[0]), let_in);
    pthread_join(thread, NULL);
    close(asking.done[0]);
    assert_string_equal(asking.text, asking.answer == GUEST_WELCOME ? TEXT : "");
    return asking.answer;
}

static void for_one_machine(void **state)
{
    (void)state;
    struct guests *guests = opened();
    struct invite one = ticket_of(guests, true, 0), other = ticket_of(guests, true, 0);
    assert_int_equal(ask(guests, &one, 1), GUEST_WELCOME);
    assert_int_equal(ask(guests, &one, 0), GUEST_USED);
    assert_int_equal(ask(guests, &other, 1), GUEST_WELCOME); /* each for itself */
    guests_free(guests);
}

static void until_its_time_is_over(void **state)
{
    (void)state;
    struct guests *guests = opened();
    struct invite ticket = ticket_of(guests, false, wall_ms + 60000);
    assert_int_equal(ask(guests, &ticket, 1), GUEST_WELCOME);
    wall_ms += 59999;
    assert_int_equal(ask(guests, &ticket, 1), GUEST_WELCOME);
    wall_ms++;
    assert_int_equal(ask(guests, &ticket, 0), GUEST_EXPIRED);
    /* Some time later nobody listens any more. */
    uint16_t port = guests_port(guests);
    assert_int_not_equal(port, 0);
    now_ms = guests_deadline(guests);
    struct address from;
    assert_false(guests_next(guests, now_ms, wall_ms, TEXT, &from));
    assert_int_equal(guests_port(guests), 0);
    assert_int_equal(guests_deadline(guests), UINT64_MAX);
    guests_free(guests);
}

static void who_has_none(void **state)
{
    (void)state;
    struct guests *guests = opened();
    struct invite ticket = ticket_of(guests, true, 0), wrong = ticket;
    wrong.ticket[3] ^= 1;
    assert_int_equal(ask(guests, &wrong, 0), GUEST_UNKNOWN);
    wrong = ticket;
    wrong.secret[3] ^= 1; /* another door's key: it says nothing */
    assert_int_equal(ask(guests, &wrong, 0), GUEST_NO_ANSWER);
    assert_int_equal(ask(guests, &ticket, 1), GUEST_WELCOME);
    /* The seventeenth takes the place of the first. */
    struct invite first = ticket_of(guests, false, 0), last = {0};
    for (int i = 0; i < GUESTS_TICKETS_MAX; i++)
        last = ticket_of(guests, false, 0);
    assert_int_equal(ask(guests, &first, 0), GUEST_UNKNOWN);
    assert_int_equal(ask(guests, &last, 1), GUEST_WELCOME);
    guests_free(guests);
    assert_int_equal(guest_ask(&ticket, &no_proxy, (char[INVITE_TEXT_MAX]){0}), GUEST_NO_ANSWER);
}

/* From 127.0.0.`last`. */
static int call_from(const struct guests *guests, uint32_t last)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F000000 + last)};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(guests_port(guests)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* Strangers who say nothing, or noise, are answered nothing, and do not keep guests out. */
static void strangers(void **state)
{
    (void)state;
    struct guests *guests = opened();
    struct invite ticket = ticket_of(guests, true, 0);
    uint8_t noise[300];
    int calls[3 * GUESTS_WAITING_MAX];
    randombytes_buf(noise, sizeof noise);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct address from;
        struct pollfd items[GUESTS_POLL_MAX];
        calls[i] = call_from(guests, 1);
        assert_true(send(calls[i], noise,
                         i % 3 == 0   ? 0
                         : i % 3 == 1 ? 50
                                      : sizeof noise,
                         MSG_NOSIGNAL) >= 0);
        poll(items, guests_poll(guests, items), 100);
        assert_false(guests_next(guests, now_ms, wall_ms, TEXT, &from));
        assert_true(guests_poll(guests, items) <= GUESTS_POLL_MAX);
        now_ms++;
    }
    assert_int_equal(ask(guests, &ticket, 1), GUEST_WELCOME);
    now_ms += 5000; /* who waits for nothing is sent away */
    assert_int_equal(serve(guests, is_done, &calls[sizeof calls / sizeof *calls - 3]), 0);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        uint8_t byte;
        assert_true(recv(calls[i], &byte, 1, MSG_DONTWAIT) <= 0);
        close(calls[i]);
    }
    guests_free(guests);
}

static void one_with_many_pushes_out_his_own(void **state)
{
    (void)state;
    struct guests *guests = opened();
    struct invite ticket = ticket_of(guests, true, 0);
    struct pollfd items[GUESTS_POLL_MAX];
    struct address from;
    int first = call_from(guests, 1), calls[3 * GUESTS_WAITING_MAX];
    uint8_t byte;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        calls[i] = call_from(guests, 2);
        poll(items, guests_poll(guests, items), 100);
        assert_false(guests_next(guests, now_ms, wall_ms, TEXT, &from));
    }
    assert_int_equal(recv(first, &byte, 1, MSG_DONTWAIT), -1); /* still there */
    assert_int_equal(recv(calls[0], &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(ask(guests, &ticket, 1), GUEST_WELCOME);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        close(calls[i]);
    close(first);
    guests_free(guests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_one_machine),
        cmocka_unit_test(until_its_time_is_over),
        cmocka_unit_test(who_has_none),
        cmocka_unit_test(strangers),
        cmocka_unit_test(one_with_many_pushes_out_his_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
