/* Trace: one line an occurrence, with the virtual time in front.
 *
 *     12.345678 n3 -> n5: WANT #b n1 4-9 a01b
 *     12.347100 n5 stores #b n1 4-9 a01b above 77c0; branch 0: 0-9, 0-0
 *
 * It reads only what is given to it, and never the world's random stream: with and without it the
 * same happens. */
#include "sim/trace.h"

#include <stdarg.h>
#include <string.h>

static void mix(struct world *world, const void *at, size_t size)
{
    const uint8_t *bytes = at;
    for (size_t i = 0; i < size; i++)
        world->digest = (world->digest ^ bytes[i]) * 0x100000001b3ull;
}

static void mix_number(struct world *world, uint64_t number)
{
    world->digest = (world->digest ^ number) * 0x9e3779b97f4a7c15ull;
    world->digest ^= world->digest >> 29;
}

void trace(struct world *world, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    mix_number(world, world->now_us);
    mix(world, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
    if (world->plan.trace != NULL)
        fprintf(world->plan.trace, "%llu.%06llu %s", (unsigned long long)world->now_us / 1000000,
                (unsigned long long)world->now_us % 1000000, line);
}

static const char *name_of(const struct world *world, const struct id *node)
{
    int whose = world_whose(world, node);
    return whose < 0 ? "somebody" : world->machines[whose].name;
}

static const char *channel_of(const struct world *world, const struct id *channel)
{
    for (int i = 0; i < WORLD_CHANNELS; i++)
        if (id_equal(&world->channel_ids[i], channel))
            return world->channels[i].text;
    return "#?";
}

static size_t add(char *out, size_t size, size_t room, const char *format, ...)
{
    va_list arguments;
    if (size >= room)
        return size;
    va_start(arguments, format);
    int more = vsnprintf(out + size, room - size, format, arguments);
    va_end(arguments);
    return size + (size_t)more;
}

static void say_have(const struct world *world, struct bytes frame, char *out, size_t room)
{
    struct have have;
    if (!wire_read_have(frame, &have))
        return;
    size_t size =
        add(out, 0, room, " %s%s", channel_of(world, &have.channel), have.all ? " all" : "");
    for (size_t i = 0; i < have.count; i++)
        size = add(out, size, room, " %s %llu %02x%02x", name_of(world, &have.heads[i].author),
                   (unsigned long long)have.heads[i].seq, have.heads[i].tip.b[0],
                   have.heads[i].tip.b[1]);
}

static void say_want(const struct world *world, struct bytes frame, char *out, size_t room)
{
    struct want want;
    if (wire_read_want(frame, &want))
        add(out, 0, room, " %s %s %llu-%llu %02x%02x", channel_of(world, &want.channel),
            name_of(world, &want.author), (unsigned long long)want.from,
            (unsigned long long)want.to, want.tip.b[0], want.tip.b[1]);
}

static void say_run(const struct world *world, const struct run *run, char *out, size_t room)
{
    const struct entry *first = &run->entries[0];
    size_t size = add(out, 0, room, " %s %s %llu", channel_of(world, &first->channel),
                      name_of(world, &first->author), (unsigned long long)first->seq);
    const struct entry *last = &run->entries[run->count - 1];
    if (run->count > 1)
        size = add(out, size, room, "-%llu", (unsigned long long)last->seq);
    add(out, size, room, " %02x%02x above %02x%02x", last->id.b[0], last->id.b[1], first->prev.b[0],
        first->prev.b[1]);
}

static void say_entry(const struct world *world, struct bytes frame, char *out, size_t room)
{
    static const char *const PART[] = {"", " (answer)", " (answer ends)"};
    struct run run;
    enum entry_part part;
    struct arena arena;
    arena_init(&arena);
    if (wire_read_entry(frame, &arena, &run, &part)) {
        say_run(world, &run, out, room);
        size_t size = strlen(out);
        add(out, size, room, "%s", PART[part]);
    }
    arena_release(&arena);
}

void trace_frame(struct world *world, int from, int to, struct bytes frame)
{
    static const char *const NAME[FRAME_KINDS] = {
        [0] = "?",
        [FRAME_HELLO0] = "HELLO0",
        [FRAME_HELLO1] = "HELLO1",
        [FRAME_HELLO2] = "HELLO2",
        [FRAME_JOIN] = "JOIN",
        [FRAME_HAVE] = "HAVE",
        [FRAME_WANT] = "WANT",
        [FRAME_ENTRY] = "ENTRY",
        [FRAME_PING] = "PING",
        [FRAME_PONG] = "PONG",
        [FRAME_BYE] = "BYE",
        [FRAME_BUCKETS] = "BUCKETS",
        [FRAME_BODIES] = "BODIES",
        [FRAME_LACK] = "LACK",
        [FRAME_EAGER] = "EAGER",
        [FRAME_LAZY] = "LAZY",
        [FRAME_PEERS] = "PEERS",
        [FRAME_WHO] = "WHO",
        [FRAME_NOTE] = "NOTE",
        [FRAME_PUNCH] = "PUNCH",
        [FRAME_CARD] = "CARD",
        [FRAME_SEEK] = "SEEK",
        [FRAME_WHOSE] = "WHOSE",
        [FRAME_HELD] = "HELD",
    };
    char more[700] = "";
    uint8_t why;
    struct holding holding;
    mix_number(world, world->now_us);
    mix(world, frame.at, frame.size < 256 ? frame.size : 256);
    if (world->plan.trace == NULL)
        return;
    enum frame_kind kind = frame_kind(frame);
    if (kind == FRAME_HAVE)
        say_have(world, frame, more, sizeof more);
    else if (kind == FRAME_WANT || kind == FRAME_BODIES)
        say_want(world, frame, more, sizeof more);
    else if (kind == FRAME_ENTRY)
        say_entry(world, frame, more, sizeof more);
    else if (kind == FRAME_HELD && wire_read_holding(frame, &holding))
        add(more, 0, sizeof more, " n%d has n%d's %llu", world_whose(world, &holding.node),
            world_whose(world, &holding.head.author), (unsigned long long)holding.head.seq);
    else if (kind == FRAME_BYE && wire_read_bye(frame, &why))
        add(more, 0, sizeof more, " (%s)", link_why_text(why));
    fprintf(world->plan.trace, "%llu.%06llu n%d -> n%d: %s%s\n",
            (unsigned long long)world->now_us / 1000000,
            (unsigned long long)world->now_us % 1000000, from, to,
            NAME[kind] != NULL ? NAME[kind] : "?", more);
}

void trace_stored(struct world *world, const struct machine *machine, const struct effect *effect)
{
    const struct log_load *load = &effect->load;
    char more[200] = "";
    say_run(world, &effect->run, more, sizeof more);
    trace(world, "%s stores%s; branch %u: %llu-%llu, %llu-%llu\n", machine->name, more,
          load->branch, (unsigned long long)load->base_seq, (unsigned long long)load->seq,
          (unsigned long long)load->span_from, (unsigned long long)load->span_to);
}

void trace_sifted(struct world *world, const struct machine *machine, const struct run *run,
                  const struct sifted *sifted)
{
    char more[200] = "";
    say_run(world, run, more, sizeof more);
    trace(world, "%s sifts%s: %zu held%s%s\n", machine->name, more, sifted->held,
          sifted->based ? ", based" : "", sifted->lie ? ", a lie" : "");
    for (unsigned i = 0; i < LIMIT_BRANCHES; i++)
        if (sifted->same_to[i] != 0)
            trace(world, "%s sifts: the same as branch %u up to %llu\n", machine->name, i,
                  (unsigned long long)sifted->same_to[i]);
}

void trace_show(struct world *world, const struct machine *machine, const struct show *show)
{
    switch (show->kind) {
    case SHOW_MESSAGE:
        trace(world, "%s shows %s %s %llu at %llu%s\n", machine->name, show->channel.text,
              name_of(world, &show->id), (unsigned long long)show->seq,
              (unsigned long long)show->lamport, show->via == VIA_LINK ? "" : ", from before");
        break;
    case SHOW_LINK:
        trace(world, "%s: link to %s %s: %.*s\n", machine->name, name_of(world, &show->id),
              show->up ? "up" : "down", (int)show->a.size, (const char *)show->a.at);
        break;
    case SHOW_TOLD:
        trace(world, "%s told %d: %.*s\n", machine->name, (int)show->told, (int)show->a.size,
              (const char *)show->a.at);
        break;
    default: break;
    }
}
