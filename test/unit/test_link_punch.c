/* Links whose other end dials, too. On loopback two packets never cross, so here the other end listens, as
 * far as TCP goes; test/e2e/test_punch.py has routers. */
#include "link_help.h"

static struct side a;

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* The other end: a DEALER, CURVE client or server, that listens there. */
static void *other_end(void *context, bool server, uint16_t port, struct id *client_key)
{
    uint8_t network_public[32], network_secret[32];
    char public_key[41], secret_key[41], endpoint[64];
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    links_server_keys(network_public, network_secret, SECRET);
    zmq_curve_keypair(public_key, secret_key);
    zmq_z85_decode(client_key->b, public_key);
    socket_option(dealer, ZMQ_LINGER, 0);
    if (server) {
        socket_option(dealer, ZMQ_CURVE_SERVER, 1);
        zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, network_secret, 32);
    } else {
        zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, network_public, 32);
        zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, public_key, 41);
        zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret_key, 41);
    }
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    assert_int_equal(zmq_bind(dealer, endpoint), 0);
    return dealer;
}

/* Waits for one frame there, turning our side. */
static size_t other_hears(void *dealer, char *room, size_t size)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    int got = -1;
    while (got < 0 && now_ms() < end) {
        side_turn(&a, 5);
        got = zmq_recv(dealer, room, size, ZMQ_DONTWAIT);
    }
    assert_true(got >= 0);
    return (size_t)got;
}

/* A bound DEALER takes nothing before somebody is there. */
static void other_says(void *dealer, const char *text)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while (zmq_send(dealer, text, strlen(text), ZMQ_DONTWAIT) < 0 && now_ms() < end)
        side_turn(&a, 5);
    assert_true(now_ms() < end);
}

/* The port that the first of its TCP connections comes from, as Linux has it; 0: not known. */
static bool comes_from(uint16_t port, uint16_t to)
{
    char line[256], wanted[64];
    FILE *file = fopen("/proc/net/tcp", "r");
    bool found = false;
    if (!file)
        return true; /* no such system */
    snprintf(wanted, sizeof wanted, "0100007F:%04X 0100007F:%04X 01", port, to);
    while (!found && fgets(line, sizeof line, file))
        found = strstr(line, wanted) != NULL;
    fclose(file);
    return found;
}

static void as_the_client_it_is_a_dial_from_a_port(void **state)
{
    (void)state;
    void *context = zmq_ctx_new();
    struct id unused;
    char text[32];
    uint16_t theirs = free_port(), ours = free_port();
    void *dealer = other_end(context, true, theirs, &unused);
    struct address address = address_of("127.0.0.1", theirs);
    side_open(&a, SECRET);
    links_punch(a.links, 2, ours, &address, false, now_ms());
    const struct event *out = expect(&a, NULL, EVENT_LINK_OUT, PATIENCE_MS);
    assert_int_equal(out->link, 2);
    assert_string_equal(out->address.text, address.text);
    assert_true(comes_from(ours, theirs));
    send_text(&a, 2, "hello there");
    assert_int_equal(other_hears(dealer, text, sizeof text), strlen("hello there"));
    other_says(dealer, "good day");
    expect(&a, NULL, EVENT_FRAME, PATIENCE_MS);
    assert_int_equal(a.frame_bytes, 8);
    zmq_close(dealer);
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, PATIENCE_MS)->why, WHY_LOST);
    side_close(&a);
    zmq_ctx_term(context);
}

static void as_the_server_it_learns_the_clients_key(void **state)
{
    (void)state;
    void *context = zmq_ctx_new();
    struct id key;
    char text[32];
    uint16_t theirs = free_port(), ours = free_port();
    void *dealer = other_end(context, false, theirs, &key);
    struct address address = address_of("127.0.0.1", theirs);
    side_open(&a, SECRET);
    links_punch(a.links, 2, ours, &address, true, now_ms());
    other_says(dealer, "hello there");
    const struct event *out = expect(&a, NULL, EVENT_LINK_OUT, PATIENCE_MS);
    assert_int_equal(out->link, 2);
    assert_true(id_equal(&out->client_key, &key));
    expect(&a, NULL, EVENT_FRAME, PATIENCE_MS);
    assert_int_equal(a.frame_bytes, 11);
    assert_true(comes_from(ours, theirs));
    send_text(&a, 2, "good day");
    assert_int_equal(other_hears(dealer, text, sizeof text), 8);
    links_hang_up(a.links, 2, now_ms());
    zmq_close(dealer);
    side_close(&a);
    zmq_ctx_term(context);
}

/* There is no link before the client has said something. */
static void a_client_that_says_nothing_is_no_link(void **state)
{
    (void)state;
    void *context = zmq_ctx_new();
    struct id key;
    uint16_t theirs = free_port();
    void *dealer = other_end(context, false, theirs, &key);
    struct address address = address_of("127.0.0.1", theirs);
    side_open(&a, SECRET);
    links_punch(a.links, 2, free_port(), &address, true, now_ms());
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, PATIENCE_MS)->why, WHY_NO_ANSWER);
    assert_int_equal(a.told_count, 1);
    zmq_close(dealer);
    side_close(&a);
    zmq_ctx_term(context);
}

static void refused_it_is_tried_again(void **state)
{
    (void)state;
    void *context = zmq_ctx_new();
    struct id unused;
    uint16_t theirs = free_port(), ours = free_port();
    struct address address = address_of("127.0.0.1", theirs);
    side_open(&a, SECRET);
    links_punch(a.links, 2, ours, &address, false, now_ms());
    for (uint64_t end = now_ms() + 400; now_ms() < end;)
        side_turn(&a, 5);
    assert_int_equal(a.told_count, 0);
    assert_int_equal(a.links->count, 1);
    assert_true(a.links->all[0]->tries >= 2);
    void *dealer = other_end(context, true, theirs, &unused);
    expect(&a, NULL, EVENT_LINK_OUT, PATIENCE_MS);
    assert_true(comes_from(ours, theirs));
    links_hang_up(a.links, 2, now_ms());
    zmq_close(dealer);
    side_close(&a);
    zmq_ctx_term(context);
}

/* With another clock: so many tries, within their time, and an end. */
static void it_is_given_up(void **state)
{
    (void)state;
    struct address address = address_of("127.0.0.1", free_port());
    uint64_t begin = now_ms(), at = begin;
    struct event event = {.kind = EVENT_TICK};
    side_open(&a, SECRET);
    links_punch(a.links, 2, free_port(), &address, false, begin);
    for (int turn = 0; event.kind != EVENT_LINK_CLOSED && turn < 4000; turn++) {
        zmq_pollitem_t items[LINKS_POLL_MAX];
        size_t count = links_poll(a.links, items, true);
        zmq_poll(items, (int)count, links_deadline(a.links) == UINT64_MAX ? 5 : 1);
        while (links_next(a.links, true, &event) && event.kind != EVENT_LINK_CLOSED)
            ;
        if (event.kind != EVENT_LINK_CLOSED && a.links->count > 0 &&
            a.links->all[0]->again_ms != UINT64_MAX)
            at = a.links->all[0]->again_ms; /* as if it were so late */
        links_tick(a.links, at);
    }
    assert_int_equal(event.kind, EVENT_LINK_CLOSED);
    assert_int_equal(event.why, WHY_REFUSED);
    assert_in_range(at - begin, 9000, PUNCH_MS);
    assert_int_equal(a.links->count, 0);
    side_close(&a);
}

static void a_hang_up_between_two_tries(void **state)
{
    (void)state;
    struct address address = address_of("127.0.0.1", free_port());
    side_open(&a, SECRET);
    links_punch(a.links, 2, free_port(), &address, true, now_ms());
    for (uint64_t end = now_ms() + 100; now_ms() < end;)
        side_turn(&a, 5);
    assert_null(a.links->all[0]->dealer);
    links_hang_up(a.links, 2, now_ms());
    assert_int_equal(a.links->count, 0);
    side_close(&a);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_client_it_is_a_dial_from_a_port),
        cmocka_unit_test(as_the_server_it_learns_the_clients_key),
        cmocka_unit_test(a_client_that_says_nothing_is_no_link),
        cmocka_unit_test(refused_it_is_tried_again),
        cmocka_unit_test(it_is_given_up),
        cmocka_unit_test(a_hang_up_between_two_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
