/* Waiting: what is there already, what comes meanwhile, what was there in part, and nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "app/wait.h"

#define LONG_MS 60000

static void *context, *near, *far;
static int ends[2];
static zmq_pollitem_t items[2];

static int setup(void **state)
{
    (void)state;
    context = zmq_ctx_new();
    near = zmq_socket(context, ZMQ_PAIR);
    far = zmq_socket(context, ZMQ_PAIR);
    assert_int_equal(zmq_bind(near, "inproc://wait"), 0);
    assert_int_equal(zmq_connect(far, "inproc://wait"), 0);
    assert_int_equal(pipe(ends), 0);
    items[0] = (zmq_pollitem_t){.socket = near, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.fd = ends[0], .events = ZMQ_POLLIN};
    while (wait_for(items, 2, 0)) /* that the other end came is something, too */
        ;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    zmq_close(near);
    zmq_close(far);
    zmq_ctx_term(context);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void say(size_t messages)
{
    while (messages-- > 0)
        assert_int_equal(zmq_send(far, "x", 1, 0), 1);
}

/* All that is there, as who waits has to. */
static size_t hear(void)
{
    char byte;
    size_t heard = 0;
    while (zmq_recv(near, &byte, 1, ZMQ_DONTWAIT) == 1)
        heard++;
    return heard;
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    assert_false(wait_for(items, 2, 0));
    assert_false(wait_for(items, 2, 1));
    assert_int_equal(items[0].revents | items[1].revents, 0);
}

static void each_says_which_it_is(void **state)
{
    (void)state;
    say(1);
    assert_true(wait_for(items, 2, LONG_MS));
    assert_true(items[0].revents != 0 && items[1].revents == 0);
    assert_int_equal(hear(), 1);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(wait_for(items, 2, LONG_MS));
    assert_true(items[0].revents == 0 && items[1].revents != 0);
}

/* Where the descriptor tells nothing any more: what was not read, and what came while another call looked. */
static void what_is_left_is_not_forgotten(void **state)
{
    (void)state;
    char byte;
    say(2);
    assert_true(wait_for(items, 2, LONG_MS));
    assert_int_equal(zmq_recv(near, &byte, 1, ZMQ_DONTWAIT), 1);
    assert_true(wait_for(items, 2, LONG_MS));
    assert_true(items[0].revents != 0);
    assert_int_equal(hear(), 1);
    say(1);
    assert_int_equal(zmq_send(near, "y", 1, 0), 1);
    assert_true(wait_for(items, 2, LONG_MS));
    assert_true(items[0].revents != 0);
    assert_int_equal(hear(), 1);
}

static void *say_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2000; i++)
        zmq_send(far, "x", 1, 0);
    return NULL;
}

static void another_thread_is_heard_to_the_end(void **state)
{
    (void)state;
    pthread_t thread;
    size_t heard = 0;
    assert_int_equal(pthread_create(&thread, NULL, say_many, NULL), 0);
    while (heard < 2000) {
        assert_true(wait_for(items, 2, LONG_MS));
        heard += hear();
    }
    pthread_join(thread, NULL);
    assert_int_equal(heard, 2000);
}

static void room_to_send_is_told(void **state)
{
    (void)state;
    zmq_pollitem_t sends = {.socket = near, .events = ZMQ_POLLIN | ZMQ_POLLOUT};
    assert_true(wait_for(&sends, 1, LONG_MS));
    assert_true((sends.revents & ZMQ_POLLOUT) != 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_nothing),
        TEST(each_says_which_it_is),
        TEST(what_is_left_is_not_forgotten),
        TEST(another_thread_is_heard_to_the_end),
        TEST(room_to_send_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
