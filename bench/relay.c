/* Relay: how long it takes from start to link, and how long a line takes over each node in the middle:
 * four of them in a chain, A - B - C - D, each of whom knows the one before him alone. Each is a process of
 * its own on this machine, so their clock is one. A says a line when the one before is everywhere.
 *
 * A line leaves a node when it is on its disk there, so a link costs one fsync: on a disk that takes 5 ms for it, 6 ms. */
#include "trip.h"

#define STATIONS 4
#define LINES    300
#define STARTS   10
#define ROUNDS   500

static const struct channel_name HERE = {CHANNEL};
static uint8_t secret[32]; /* of a network where nobody else is */

struct station {
    char who[8];
    uint16_t port; /* of the one before */
};

static void await_link(struct party *party)
{
    struct show show;
    do
        party_await(party, SHOW_LINK, &show);
    while (!show.up);
}

/* Tells its port, then when each line was on its screen. */
static void station(struct child *parent, const void *argument)
{
    const struct station *me = argument;
    struct party_config config = {
        .who = me->who, .channels = &HERE, .channel_count = 1, .secret = secret, .dial = me->port};
    struct party party;
    struct show show;
    uint64_t at_us;
    char byte;
    party_open(&party, &config);
    party_await(&party, SHOW_READY, &show);
    tell(parent->to, &show.port, sizeof show.port);
    if (me->port != 0)
        await_link(&party);
    for (int i = 0; i < LINES; i++) {
        if (me->port == 0) {
            const struct request say = {.kind = REQUEST_SAY,
                                        .channel = HERE,
                                        .text = {(const uint8_t *)"a line on its way", 17}};
            hear(parent->from, &byte, 1);
            at_us = now_us();
            party_ask(&party, &say);
        } else {
            party_await(&party, SHOW_MESSAGE, &show);
            at_us = now_us();
        }
        tell(parent->to, &at_us, sizeof at_us);
    }
    hear(parent->from, &byte, 1);
    party_end(&party);
}

struct chain {
    struct figures first, each; /* from the author over the first link; over each of all links */
};

static void measure_chain(struct chain *chain)
{
    static struct station stations[STATIONS];
    struct child *at[STATIONS];
    uint64_t us[STATIONS];
    for (size_t i = 0; i < STATIONS; i++) {
        snprintf(stations[i].who, sizeof stations[i].who, "%c", 'a' + (int)i);
        at[i] = child_start(stations[i].who, station, &stations[i]);
        uint16_t port;
        hear(at[i]->from, &port, sizeof port);
        if (i + 1 < STATIONS)
            stations[i + 1].port = port;
    }
    pause_ms(500); /* the last JOIN may still be on its way */
    for (size_t line = 0; line < LINES; line++) {
        tell(at[0]->to, "", 1);
        for (size_t i = 0; i < STATIONS; i++)
            hear(at[i]->from, &us[i], sizeof us[i]);
        figure_add(&chain->first, us[1] - us[0]);
        figure_add(&chain->each, (us[STATIONS - 1] - us[0]) / (STATIONS - 1));
    }
    for (size_t i = STATIONS; i-- > 0;) {
        tell(at[i]->to, "", 1);
        child_await(at[i]);
    }
}

/* ---- from start to link ---- */

static void host(struct child *parent, const void *argument)
{
    struct party_config config = {
        .who = "host", .channels = &HERE, .channel_count = 1, .secret = secret};
    struct party party;
    struct show show;
    char stop;
    (void)argument;
    party_open(&party, &config);
    party_await(&party, SHOW_READY, &show);
    tell(parent->to, &show.port, sizeof show.port);
    hear(parent->from, &stop, 1);
    party_end(&party);
}

static void guest(struct child *parent, const void *argument)
{
    const uint16_t *port = argument;
    struct party_config config = {.who = "guest",
                                  .channels = &HERE,
                                  .channel_count = 1,
                                  .secret = secret,
                                  .discovers = *port == 0,
                                  .dial = *port};
    struct party party;
    uint64_t us = now_us();
    party_open(&party, &config);
    await_link(&party);
    us = now_us() - us;
    tell(parent->to, &us, sizeof us);
    party_end(&party);
}

/* The first of them makes its profile, and is not counted. Where it remembers, it is the only one who could hear a
 * beacon. */
static void measure_starts(struct figures *typed, struct figures *remembered)
{
    uint16_t port, nowhere = 0;
    struct child *waits = child_start("host", host, NULL);
    hear(waits->from, &port, sizeof port);
    for (int i = 0; i <= 2 * STARTS; i++) {
        uint64_t us;
        struct child *comes = child_start("guest", guest, i <= STARTS ? &port : &nowhere);
        hear(comes->from, &us, sizeof us);
        child_await(comes);
        if (i > 0)
            figure_add(i <= STARTS ? typed : remembered, us);
    }
    tell(waits->to, "", 1);
    child_await(waits);
}

static double ms(struct figures *figures, double share)
{
    return (double)at_share(figures, share) / 1000;
}

int main(void)
{
    static struct figures curve, typed, remembered;
    static struct chain chain;
    bench_begin();
    randombytes_buf(secret, sizeof secret);
    heading("relay");
    measure_curve(&curve, ROUNDS);
    measure_starts(&typed, &remembered);
    measure_chain(&chain);
    double one_way = ms(&curve, 0.5) / 2;
    row("bare CURVE link, one way", one_way, "ms", 0, 0, NULL);
    row("start to link, the address typed", ms(&typed, 0.5), "ms", 1000, 0, NULL);
    row("start to link, the address remembered", ms(&remembered, 0.5), "ms", 1000, 0, NULL);
    row("a line said, to a linked node", ms(&chain.first, 0.5), "ms", 100,
        ms(&chain.first, 0.5) / one_way, "CURVE");
    row("a line over three links, each of them", ms(&chain.each, 0.5), "ms", 100,
        ms(&chain.each, 0.5) / one_way, "CURVE");
    row("   99 of 100", ms(&chain.each, 0.99), "ms", 100, 0, NULL);
    return verdict();
}
