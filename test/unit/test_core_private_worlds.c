/* Core: private channels, at random: five nodes with stores of their own say lines, let in and remove, stop and come
 * back. 0 is the founder, 1 may let in, 2 is a member: none of these is ever removed. 3 and 4 come and go. Afterwards all
 * meet, and:
 *
 * 1. those who are in agree on who is in;
 * 2. of 0, 1 and 2 each can read all that any of them said;
 * 3. each line is sealed under a secret that nobody who is out, by what its author knows, was told, or could have been;
 * 4. nobody who was out when a line was said, by what its author knew, has its text on his disk, unless he was let in with
 *    history later.
 */
#include "base/prng.h"
#include "group_help.h"

#define PEOPLE    5
#define STEPS     60
#define LINES_MAX 64
#define WORLDS    12

struct said {
    int author;
    char text[24];
    bool in[PEOPLE];      /* by what the author knew */
    bool history[PEOPLE]; /* let in with history since */
};

static struct world *world;
static struct prng prng;
static struct said lines[LINES_MAX];
static size_t line_count;
static bool taken[PEOPLE]; /* it has joined, and has a window */

static int one_of(int count)
{
    return (int)prng_below(&prng, (uint32_t)count);
}

static bool is_up(int who)
{
    return world->nodes[who].core != NULL;
}

/* Who is in, by what he knows. */
static void roles(int who, bool in[PEOPLE])
{
    struct node *node = &world->nodes[who];
    size_t before = node->shown_count;
    memset(in, 0, PEOPLE * sizeof *in);
    struct request request = {.kind = REQUEST_ROLES, .channel = {"#plans"}};
    world_step(world, node, (struct event){.kind = EVENT_REQUEST, .request = request});
    for (size_t i = before; i < node->shown_count; i++)
        for (int k = 0; k < PEOPLE; k++)
            if (node->shown[i].show.kind == SHOW_ROLE_ROW &&
                id_equal(&node->shown[i].show.id, &world->nodes[k].config.identity.node))
                in[k] = true;
}

/* The epoch of his last line is younger than all removals of those who are out, and names none of them. */
static void judge_epoch(int who, const struct said *said)
{
    struct node *node = &world->nodes[who];
    struct id channel = node_channel(world, node, "#plans"), id = {{0}};
    struct arena arena;
    struct run run;
    struct bytes bytes;
    struct act acts[512];
    size_t count = 0;
    uint8_t name[ACT_SHORT] = {0};
    arena_init(&arena);
    for (uint64_t above = 0;
         store_run_at(node->store, &channel, &node->config.identity.node, 0, above, &arena, &run);
         above = run.entries[run.count - 1].seq)
        if (run.entries[run.count - 1].kind == ENTRY_SEALED)
            assert_true(groupseal_epoch(run.entries[run.count - 1].body, name));
    while (store_act_next(node->store, &channel, &id, &arena, &bytes)) {
        struct entry entry;
        assert_true(count < 512 && entry_read_header(&entry, bytes.at));
        entry.body = (struct bytes){bytes.at + ENTRY_HEADER_BYTES, bytes.size - ENTRY_HEADER_BYTES};
        assert_true(act_read(&entry, &acts[count++]));
    }
    const struct act *epoch = NULL;
    for (size_t i = 0; i < count; i++)
        if (acts[i].kind == ENTRY_EPOCH && memcmp(acts[i].id.b, name, ACT_SHORT) == 0)
            epoch = &acts[i];
    assert_non_null(epoch);
    for (int k = 0; k < PEOPLE; k++) {
        const struct id *person = &world->nodes[k].config.identity.node;
        for (size_t i = 0; i < epoch->count && !said->in[k]; i++)
            assert_memory_not_equal(epoch->rows + i * ACT_ROW, person->b, ACT_SHORT);
        for (size_t i = 0; i < count && !said->in[k]; i++)
            if (acts[i].kind == ENTRY_REMOVE && id_equal(&acts[i].member, person))
                assert_true(epoch->lamport > acts[i].lamport);
    }
    arena_release(&arena);
}

static void leave(int who)
{
    if (!is_up(who) || !taken[who])
        return;
    node_does(world, who, REQUEST_LEAVE, "#plans", NULL, false, false);
    world->nodes[who].shown_count = 0; /* invitations of before are over */
    taken[who] = false;
}

static void say(int who)
{
    struct said *said = &lines[line_count];
    if (!is_up(who) || !taken[who] || line_count == LINES_MAX)
        return;
    roles(who, said->in);
    if (!said->in[who])
        return;
    said->author = who;
    memset(said->history, 0, sizeof said->history);
    snprintf(said->text, sizeof said->text, "canary %zu of %d.", line_count, who);
    node_says(world, who, "#plans", said->text);
    judge_epoch(who, said);
    line_count++;
}

static void meet(int who)
{
    for (int other = 0; other < PEOPLE; other++)
        if (other != who && is_up(other) && one_of(3) > 0)
            world_link(world, who, other);
}

static void come_or_go(int who)
{
    if (is_up(who)) {
        node_stop(world, &world->nodes[who]);
        return;
    }
    node_start(world, &world->nodes[who]);
    meet(who);
}

static void join_invited(int who)
{
    if (!is_up(who) || taken[who] || node_last(world, who, SHOW_INVITATION) == NULL)
        return;
    node_does(world, who, REQUEST_JOIN, "#plans", NULL, false, false);
    taken[who] = node_told(world, who, TOLD_JOINED_PRIVATE) > 0;
}

static void administer(int by, int whom)
{
    char digits[17];
    bool history = one_of(3) == 0, in[PEOPLE];
    if (!is_up(by) || !taken[by])
        return;
    roles(by, in);
    hex_of(digits, world->nodes[whom].config.identity.node.b, 8);
    if (in[whom]) {
        node_does(world, by, REQUEST_REMOVE, "#plans", digits, false, false);
        return;
    }
    node_does(world, by, REQUEST_ADMIT, "#plans", digits, history, false);
    for (size_t i = 0; history && i < line_count; i++)
        lines[i].history[whom] = true;
}

static void step(void)
{
    switch (one_of(9)) {
    case 8: leave(3 + one_of(2)); break;
    case 0: come_or_go(one_of(PEOPLE)); break;
    case 1:
    case 2: administer(one_of(2), 3 + one_of(2)); break;
    case 3: join_invited(3 + one_of(2)); break;
    default: say(one_of(PEOPLE)); break;
    }
}

static void begin(void)
{
    world = world_new(PEOPLE);
    world_link_all(world);
    line_count = 0;
    memset(taken, 0, sizeof taken);
    node_does(world, 0, REQUEST_CREATE, "#plans", NULL, false, false);
    taken[0] = true;
    for (int i = 1; i < 3; i++) {
        char nick[16];
        snprintf(nick, sizeof nick, "n%d", i);
        node_does(world, 0, REQUEST_ADMIT, "#plans", nick, true, i == 1);
        world_run(world, 500);
        join_invited(i);
        world_run(world, 500);
        assert_true(taken[i]);
    }
}

static void all_meet(void)
{
    for (int i = 0; i < PEOPLE; i++)
        if (!is_up(i))
            node_start(world, &world->nodes[i]);
    world_link_all(world);
    world_run(world, 40000);
    for (int i = 3; i < PEOPLE; i++)
        join_invited(i);
    world_run(world, 40000);
}

static void judge(int seed)
{
    bool in[PEOPLE][PEOPLE];
    for (int i = 0; i < PEOPLE; i++)
        if (taken[i])
            roles(i, in[i]);
    for (int i = 1; i < PEOPLE; i++)
        if (taken[i] && in[0][i] && memcmp(in[0], in[i], sizeof in[0]) != 0)
            fail_msg("world %d: %d and 0 differ on who is in", seed, i);
    for (size_t n = 0; n < line_count; n++) {
        const struct said *said = &lines[n];
        for (int i = 0; i < PEOPLE; i++) {
            bool has = node_disk_has(world, i, said->text, strlen(said->text));
            if (i < 3 && said->author < 3 && !node_has(world, i, "#plans", said->text))
                fail_msg("world %d: %d cannot read \"%s\"", seed, i, said->text);
            if (has && !said->in[i] && !said->history[i])
                fail_msg("world %d: %d has \"%s\", and was out", seed, i, said->text);
        }
    }
}

static void worlds(void **state)
{
    (void)state;
    size_t said = 0;
    const char *more = getenv("FIKA_WORLDS"); /* in a soak */
    int last = more != NULL ? atoi(more) : WORLDS;
    for (int seed = 1; seed <= last; seed++) {
        uint8_t from[32] = {(uint8_t)seed, 'w', (uint8_t)(seed >> 8)};
        prng_init(&prng, from);
        begin();
        for (int i = 0; i < STEPS; i++) {
            step();
            world_run(world, (uint64_t)one_of(400));
        }
        all_meet();
        judge(seed);
        said += line_count;
        world_free(world);
    }
    assert_true(said > 8 * WORLDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worlds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
