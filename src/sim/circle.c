/* Circle: what its people do. Their dice are their own, so that a world with a private channel has the weather of one without.
 *
 *     n0       founds it, lets in, removes          the last honest one    is never invited
 *     n1       may let in, and remove those         one in between         has no link for the second half
 *
 * Liars are let in as others are.
 */
#include "sim/circle.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/liar.h"
#include "sim/oracle_private.h"
#include "sim/seats.h"
#include "sim/trace.h"

#define NAME       "#plans"
#define FIRST_US   2500000
#define GAP_US     600000 /* between two things that are done, at most */
#define JOIN_US    900000 /* from an invitation to what is done about it, likewise */
#define GATHERS_US 3000000

enum { DO_SOMETHING, DO_JOIN };

static int honest(const struct world *world)
{
    return world->machine_count - (int)world->plan.liars;
}

static uint32_t below(struct world *world, uint32_t bound)
{
    return prng_below(&world->circle->prng, bound);
}

static void plan(struct world *world, int machine, int what, uint64_t after_us)
{
    struct flight flight = {.kind = FLY_CIRCLE, .machine = machine, .side = what};
    world_fly(world, flight, after_us);
}

/* One who has no link from then on, until the calm. */
static void send_away(struct world *world)
{
    int away = world->circle->away;
    trace(world, "n%d goes away\n", away);
    for (int i = 0; i < world->machine_count; i++)
        if (i != away)
            world->blocked_until_us[i][away] = world->blocked_until_us[away][i] = world->calm_us;
}

void circle_begin(struct world *world)
{
    uint8_t seed[32] = {'c', 'i', 'r', 'c', 'l', 'e'};
    if (!world->plan.circle || honest(world) < 3)
        return;
    vaults_begin(world);
    struct circle *circle = world->circle = calloc(1, sizeof *circle);
    CHECK(circle != NULL);
    memcpy(seed + 8, &world->plan.seed, sizeof world->plan.seed);
    prng_init(&circle->prng, seed);
    circle->away = honest(world) > 4 ? 2 + (int)below(world, (uint32_t)honest(world) - 4) : -1;
    plan(world, 0, DO_SOMETHING, FIRST_US);
}

void circle_free(struct world *world)
{
    struct circle *circle = world->circle;
    if (circle != NULL) {
        free(circle->speakers);
        free(circle->uttered);
        free(circle->acts);
        free(circle->epochs);
    }
    free(circle);
    vaults_free(world);
}

bool circle_is(const struct world *world, const struct id *channel)
{
    return world->circle != NULL && oracle_channel(world, channel) < 0;
}

static const struct group_kept *kept_by(const struct world *world, const struct machine *machine)
{
    return world->circle->made ? vault_group(vault_of(world, machine), &world->circle->channel)
                               : NULL;
}

bool circle_takes(const struct world *world, const struct machine *machine)
{
    const struct group_kept *group = kept_by(world, machine);
    return group != NULL && group->state == GROUP_IN;
}

/* Who lies there by hand says nothing there by his core: else all that he says stands on two branches, and there are soon
 * more than there is room for. */
static bool is_by_hand(const struct machine *machine)
{
    return machine->liar != NULL && strcmp(liar_name(machine->liar), "outcast") == 0;
}

/* What a profile says of its channels comes from its disk here. */
void circle_start(struct world *world, struct machine *machine)
{
    struct core_config *config = &machine->config;
    size_t kept = 0;
    if (world->circle == NULL)
        return;
    prng_bytes(&world->circle->prng, config->random, sizeof config->random);
    for (size_t i = 0; i < config->channel_count; i++)
        for (int c = 0; c < WORLD_CHANNELS; c++)
            if (strcmp(config->channels[i].text, world->channels[c].text) == 0)
                config->channels[kept++] = config->channels[i];
    config->channel_count = kept;
    memset(config->is_private, 0, sizeof config->is_private);
}

/* ---- what they do ---- */

static void request(struct world *world, struct machine *machine, struct request request,
                    const char *what)
{
    trace(world, "%s: %s %.*s\n", machine->name, what, (int)request.text.size,
          request.text.at != NULL ? (const char *)request.text.at : "");
    machine_step(world, machine, (struct event){.kind = EVENT_REQUEST, .request = request});
}

static struct channel_name name_here(const struct world *world, const struct machine *machine)
{
    const struct group_kept *group = kept_by(world, machine);
    return group != NULL ? group->name : (struct channel_name){NAME};
}

static void create(struct world *world, struct machine *machine)
{
    struct circle *circle = world->circle;
    request(world, machine,
            (struct request){.kind = REQUEST_CREATE, .channel = (struct channel_name){NAME}},
            "creates");
    const struct vault *vault = vault_of(world, machine);
    if (machine->core == NULL || vault->group_count == 0)
        return;
    circle->channel = vault->groups[0].channel;
    circle->made = true;
}

uint64_t circle_number(struct world *world, const struct machine *machine)
{
    struct circle *circle = world->circle;
    if (circle->said == circle->speaker_room) {
        circle->speaker_room = circle->speaker_room == 0 ? 256 : 2 * circle->speaker_room;
        circle->speakers =
            realloc(circle->speakers, circle->speaker_room * sizeof *circle->speakers);
        CHECK(circle->speakers != NULL);
    }
    circle->speakers[circle->said++] = machine->index;
    return circle->said;
}

static void say(struct world *world, struct machine *machine)
{
    char text[400];
    if (machine->core == NULL || is_by_hand(machine) || !circle_takes(world, machine))
        return;
    int size = snprintf(text, sizeof text, CIRCLE_CANARY "%llu of %s.",
                        (unsigned long long)circle_number(world, machine), machine->name);
    size_t more = below(world, 8) == 0 ? below(world, 300) : 0;
    memset(text + size, '-', more);
    struct request line = {.kind = REQUEST_SAY, .channel = name_here(world, machine)};
    line.text = (struct bytes){(const uint8_t *)text, (size_t)size + more};
    request(world, machine, line, "says");
}

/* True when he is in, by all that this machine holds. */
static bool is_in(const struct world *world, const struct machine *machine, int who)
{
    struct act *acts;
    struct seats seats;
    size_t count = seats_acts(world, machine, &acts);
    seats_find(&seats, &world->machines[0].config.identity.node, acts, count);
    bool in = seats_in(&seats, &world->machines[who].config.identity.node) != NULL;
    seats_release(&seats);
    free(acts);
    return in;
}

/* Everybody but the founder and the one who stays outside; -1: there is nobody. */
static int someone(struct world *world)
{
    int outside = honest(world) > 3 ? honest(world) - 1 : -1;
    int who = 1 + (int)below(world, (uint32_t)world->machine_count - 1);
    return who == outside ? 1 : who;
}

/* May a removal fall on n1? Rarely: who lets in is to be there. */
static void administer(struct world *world, struct machine *machine, bool removes)
{
    char digits[17];
    int who = someone(world);
    if (machine->core == NULL || is_by_hand(machine) || !circle_takes(world, machine) ||
        who == machine->index)
        return;
    bool in = is_in(world, machine, who);
    struct request asked = {.channel = name_here(world, machine)};
    hex_of(digits, world->machines[who].config.identity.node.b, 8);
    asked.text = (struct bytes){(const uint8_t *)digits, 16};
    if (in && removes && (who != 1 || below(world, 4) == 0)) {
        asked.kind = REQUEST_REMOVE;
    } else if (!in || below(world, 6) == 0) {
        asked.kind = REQUEST_ADMIT;
        asked.history = below(world, 2) == 0;
        asked.inviter = who == 1 || in || below(world, 5) == 0;
    } else {
        return;
    }
    trace(world, "it is n%d\n", who);
    request(world, machine, asked, asked.kind == REQUEST_REMOVE ? "removes" : "lets in");
}

/* It hears that one is a device of another, who may be in by it. */
static void hear_of_device(struct world *world, struct machine *machine)
{
    int device = someone(world), other = someone(world);
    struct event event = {.kind = EVENT_DEVICE,
                          .node = world->machines[device].config.identity.node};
    if (machine->core == NULL || device == other)
        return;
    trace(world, "%s hears that n%d is a device of n%d\n", machine->name, device, other);
    event.head.author = world->machines[other].config.identity.node;
    machine_step(world, machine, event);
}

static void leave(struct world *world, struct machine *machine)
{
    if (machine->index == 0 || machine->core == NULL || is_by_hand(machine) ||
        !circle_takes(world, machine))
        return;
    request(world, machine,
            (struct request){.kind = REQUEST_LEAVE, .channel = name_here(world, machine)},
            "leaves");
}

static void join(struct world *world, struct machine *machine)
{
    const struct group_kept *group = kept_by(world, machine);
    if (group == NULL || machine->core == NULL ||
        (group->state != GROUP_INVITED && group->state != GROUP_GONE_INVITED))
        return;
    request(world, machine, (struct request){.kind = REQUEST_JOIN, .channel = group->name},
            "joins");
}

static void do_something(struct world *world)
{
    struct machine *founder = &world->machines[0];
    struct machine *machine = &world->machines[below(world, (uint32_t)world->machine_count)];
    struct machine *lets_in = &world->machines[below(world, 3) == 0 ? 1 : 0];
    bool gathers = world->now_us < WORLD_BEGIN_US + FIRST_US + GATHERS_US;
    uint32_t dice = below(world, 100);
    if (world->circle->act_count == 0 && kept_by(world, founder) == NULL)
        world->circle->made = false; /* he died before it was on his disk */
    if (!world->circle->made) {
        if (founder->core != NULL)
            create(world, founder);
    } else if (dice < (gathers ? 60 : 14)) {
        administer(world, lets_in, false);
    } else if (dice < 24 && !gathers) {
        administer(world, lets_in, true);
    } else if (dice < 28 && !gathers) {
        leave(world, machine);
    } else if (dice < 31) {
        join(world, machine);
    } else if (dice < 34) {
        hear_of_device(world, lets_in);
    } else {
        say(world, machine);
    }
}

void circle_acts(struct world *world, struct machine *machine, int what)
{
    if (what == DO_JOIN) {
        join(world, machine);
        return;
    }
    if (world->calm)
        return;
    do_something(world);
    uint64_t half = WORLD_BEGIN_US + (world->calm_us - WORLD_BEGIN_US) / 2;
    if (world->circle->away >= 0 && world->now_us >= half &&
        world->blocked_until_us[0][world->circle->away] < world->calm_us)
        send_away(world);
    bool gathers = world->now_us < WORLD_BEGIN_US + FIRST_US + GATHERS_US;
    plan(world, 0, DO_SOMETHING, 20000 + below(world, gathers ? GAP_US / 3 : GAP_US));
}

void circle_returns(struct world *world)
{
    for (int i = 0; world->circle != NULL && i < world->machine_count; i++)
        if (world->machines[i].core != NULL)
            join(world, &world->machines[i]);
}
