/* Memory: the lists that a core holds, each as bytes. It looks into core/state.h, as the fuzzer does: what is held where it
 * must not be does not show outside. */
#include "sim/memory.h"

#include <string.h>

#include "core/state.h"

static bool has(const void *at, size_t size, const char *bytes, size_t length)
{
    const char *from = at;
    size_t left = from != NULL ? size : 0;
    while (left >= length) {
        const char *found = memchr(from, bytes[0], left - length + 1);
        if (found == NULL)
            return false;
        if (memcmp(found, bytes, length) == 0)
            return true;
        left -= (size_t)(found + 1 - from);
        from = found + 1;
    }
    return false;
}

static bool channels_have(const struct channels *channels, const char *bytes, size_t size)
{
    bool found = has(channels->list, channels->count * sizeof *channels->list, bytes, size);
    for (size_t i = 0; i < channels->count && !found; i++)
        found = has(channels->list[i].logs, channels->list[i].log_count * sizeof(struct log), bytes,
                    size);
    return found;
}

static bool links_have(const struct link_table *links, const char *bytes, size_t size)
{
    bool found = has(links->list, links->room * sizeof *links->list, bytes, size);
    for (size_t i = 0; i < links->room && !found; i++) {
        const struct link *link = &links->list[i];
        found = link->number != 0 &&
                (has(link->takes, link->takes_count * sizeof *link->takes, bytes, size) ||
                 has(link->hello1.at, link->hello1.size, bytes, size));
    }
    return found;
}

static bool talk_has(const struct direct *direct, const char *bytes, size_t size)
{
    bool found = has(direct->known, direct->known_count * sizeof *direct->known, bytes, size);
    for (size_t i = 0; i < direct->waiting_count && !found; i++)
        found = has(direct->waiting[i].body, direct->waiting[i].size, bytes, size);
    return found;
}

bool memory_has(const struct core *core, const char *bytes, size_t size)
{
    const struct presence *presence = &core->presence;
    return has(core, sizeof *core, bytes, size) || arena_has(&core->arena, bytes, size) ||
           channels_have(&core->channels, bytes, size) || links_have(&core->links, bytes, size) ||
           talk_has(&core->direct, bytes, size) ||
           has(presence->list, presence->count * sizeof *presence->list, bytes, size) ||
           has(core->effects, core->effect_count * sizeof *core->effects, bytes, size);
}
