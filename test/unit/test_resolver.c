/* Resolver: answers without a lookup, lookups that succeed, fail and hang. libc's getaddrinfo is
 * replaced here by one that asks nobody and hangs as long as the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/resolver.h"

#define DEADLINE_MS 10000

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open;   /* lookups of "hang" go on */
    int waiting; /* lookups that hang now */
    int done;    /* that hung and came back */
    int lookups; /* of all kinds */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

static void gate_wait(void)
{
    gate.waiting++;
    pthread_cond_broadcast(&gate.moved);
    while (!gate.open) {
        pthread_cond_wait(&gate.moved, &gate.lock);
    }
    gate.waiting--;
    gate.done++;
    pthread_cond_broadcast(&gate.moved);
}

/* Waits until *count is `wanted`. */
static void gate_until(const int *count, int wanted)
{
    struct timespec end;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += DEADLINE_MS / 1000;
    pthread_mutex_lock(&gate.lock);
    while (*count != wanted && rc == 0) {
        rc = pthread_cond_timedwait(&gate.moved, &gate.lock, &end);
    }
    pthread_mutex_unlock(&gate.lock);
    assert_int_equal(rc, 0);
}

static void gate_set(bool open)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    gate.done = 0;
    gate.lookups = 0;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
}

static struct addrinfo *found(struct addrinfo *next, const char *ip)
{
    struct addrinfo *info = calloc(1, sizeof *info);
    struct sockaddr_storage *address = calloc(1, sizeof *address);
    address->ss_family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
    inet_pton(address->ss_family, ip,
              address->ss_family == AF_INET6
                  ? (void *)&((struct sockaddr_in6 *)(void *)address)->sin6_addr
                  : (void *)&((struct sockaddr_in *)(void *)address)->sin_addr);
    info->ai_family = address->ss_family;
    info->ai_addrlen = sizeof *address;
    info->ai_addr = (struct sockaddr *)address;
    info->ai_next = next;
    return info;
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
    (void)service;
    (void)hints;
    pthread_mutex_lock(&gate.lock);
    gate.lookups++;
    if (strcmp(host, "hang") == 0) {
        gate_wait();
    }
    pthread_mutex_unlock(&gate.lock);
    *out = NULL;
    if (strcmp(host, "none") == 0) {
        return EAI_NONAME;
    }
    if (strcmp(host, "slow") == 0) {
        return EAI_AGAIN;
    }
    if (strcmp(host, "broken") == 0) {
        errno = EMFILE;
        return EAI_SYSTEM;
    }
    if (strcmp(host, "many") == 0) {
        for (int i = 0; i < RESOLVED_MAX + 5; i++) {
            char ip[32];
            snprintf(ip, sizeof ip, "192.0.2.%d", i);
            *out = found(*out, ip);
        }
        return 0;
    }
    *out = found(found(found(NULL, "192.0.2.1"), "2001:db8::1"), "192.0.2.1");
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info != NULL) {
        struct addrinfo *next = info->ai_next;
        free(info->ai_addr);
        free(info);
        info = next;
    }
}

static struct target target_of(const char *text)
{
    struct target target;
    assert_true(target_read(&target, text));
    return target;
}

static struct resolved wait_answer(struct resolver *resolver)
{
    struct resolved answer;
    struct pollfd item = {.fd = resolver_fd(resolver), .events = POLLIN};
    assert_int_equal(poll(&item, 1, DEADLINE_MS), 1);
    assert_true(resolver_next(resolver, &answer));
    return answer;
}

static struct resolved ask(struct resolver *resolver, const char *text)
{
    struct target target = target_of(text);
    assert_true(resolver_ask(resolver, &target));
    struct resolved answer = wait_answer(resolver);
    assert_string_equal(answer.target.host, target.host);
    assert_int_equal(answer.target.port, target.port);
    assert_int_equal(answer.target.kind, target.kind);
    return answer;
}

static int setup(void **state)
{
    gate_set(false);
    *state = resolver_new();
    return *state == NULL;
}

static int teardown(void **state)
{
    resolver_free(*state);
    return 0;
}

static void no_answer_before_a_question(void **state)
{
    struct resolved answer;
    struct pollfd item = {.fd = resolver_fd(*state), .events = POLLIN};
    assert_false(resolver_next(*state, &answer));
    assert_int_equal(poll(&item, 1, 0), 0);
}

static void localhost_is_both_loopbacks_without_a_lookup(void **state)
{
    static const char *const texts[] = {":5556", "5556", "localhost:5556", "LocalHost:5556",
                                        "zmq://:5556"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct resolved answer = ask(*state, texts[i]);
        assert_int_equal(answer.count, 2);
        assert_string_equal(answer.addresses[0].text, "127.0.0.1:5556");
        assert_string_equal(answer.addresses[1].text, "[::1]:5556");
    }
    assert_int_equal(gate.lookups, 0);
}

static void numeric_hosts_are_answered_at_once(void **state)
{
    char name[IF_NAMESIZE], text[80], wanted[80];
    assert_string_equal(ask(*state, "192.0.2.1").addresses[0].text, "192.0.2.1:23452");
    assert_string_equal(ask(*state, "2001:DB8:0::1").addresses[0].text, "[2001:db8::1]:23452");
    assert_string_equal(ask(*state, "pair://[::1]:9").addresses[0].text, "[::1]:9");
    assert_string_equal(ask(*state, "::ffff:192.0.2.1").addresses[0].text, "192.0.2.1:23452");
    assert_non_null(if_indextoname(1, name));
    snprintf(text, sizeof text, "fe80::1%%%s", name);
    snprintf(wanted, sizeof wanted, "[fe80::1%%%s]:23452", name);
    struct resolved answer = ask(*state, text);
    assert_int_equal(answer.count, 1);
    assert_string_equal(answer.addresses[0].text, wanted);
    assert_int_equal(gate.lookups, 0);
}

static void a_link_local_address_needs_an_interface_that_exists(void **state)
{
    struct resolved answer = ask(*state, "fe80::1");
    assert_int_equal(answer.count, 0);
    assert_non_null(strstr(answer.why, "fe80::1%eth0"));
    answer = ask(*state, "fe80::1%nosuch0");
    assert_int_equal(answer.count, 0);
    assert_non_null(strstr(answer.why, "no interface"));
}

static void a_name_gives_each_of_its_addresses_once(void **state)
{
    struct resolved answer = ask(*state, "two.test:7");
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.addresses[0].text, "192.0.2.1:7");
    assert_string_equal(answer.addresses[1].text, "[2001:db8::1]:7");
    assert_string_equal(ask(*state, "two.test").addresses[0].text, "192.0.2.1:23452");
    assert_int_equal(ask(*state, "many").count, RESOLVED_MAX);
}

static void a_failure_says_why(void **state)
{
    struct resolved answer = ask(*state, "none");
    assert_int_equal(answer.count, 0);
    assert_string_equal(answer.why, "no such host");
    assert_string_equal(ask(*state, "slow").why, "the name server does not answer");
    assert_string_equal(ask(*state, "broken").why, strerror(EMFILE));
}

static void eight_at_a_time_and_room_again_after_an_answer(void **state)
{
    struct target hang = target_of("hang"), quick = target_of("1234");
    for (int i = 0; i < RESOLVER_LOOKUPS_MAX; i++) {
        assert_true(resolver_ask(*state, &hang));
    }
    gate_until(&gate.waiting, RESOLVER_LOOKUPS_MAX);
    assert_false(resolver_ask(*state, &hang));
    assert_false(resolver_ask(*state, &quick));
    gate_set(true);
    for (int i = 0; i < RESOLVER_LOOKUPS_MAX; i++) {
        struct resolved answer = wait_answer(*state);
        assert_string_equal(answer.target.host, "hang");
        assert_int_equal(answer.count, 2);
    }
    assert_int_equal(ask(*state, "1234").count, 2);
}

static void one_that_hangs_holds_up_no_other(void **state)
{
    struct target hang = target_of("hang");
    assert_true(resolver_ask(*state, &hang));
    gate_until(&gate.waiting, 1);
    assert_int_equal(ask(*state, "two.test").count, 2);
    gate_set(true);
    assert_string_equal(wait_answer(*state).target.host, "hang");
}

static void free_does_not_wait_for_lookups_that_hang(void **state)
{
    (void)state;
    struct resolver *resolver = resolver_new();
    struct target hang = target_of("hang"), quick = target_of("5556");
    assert_non_null(resolver);
    for (int i = 0; i < RESOLVER_LOOKUPS_MAX - 1; i++) {
        assert_true(resolver_ask(resolver, &hang));
    }
    assert_true(resolver_ask(resolver, &quick)); /* an answer that nobody takes */
    gate_until(&gate.waiting, RESOLVER_LOOKUPS_MAX - 1);
    resolver_free(resolver); /* that this comes back is the proof: the gate is shut */
    gate_set(true);
    gate_until(&gate.done, RESOLVER_LOOKUPS_MAX - 1); /* and no SIGPIPE ends us */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_answer_before_a_question, setup, teardown),
        cmocka_unit_test_setup_teardown(localhost_is_both_loopbacks_without_a_lookup, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(numeric_hosts_are_answered_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_local_address_needs_an_interface_that_exists, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_gives_each_of_its_addresses_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(eight_at_a_time_and_room_again_after_an_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_that_hangs_holds_up_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(free_does_not_wait_for_lookups_that_hang, setup, teardown),
    };
    return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
