/* Memory: the lists that a core holds, each as bytes. It looks into core/state.h, as the fuzzer does: what is held where it
 * must not be does not show outside. */
#include "sim/memory.h"

#include <string.h>

#include "core/state.h"

struct eye {
    bool (*look)(void *with, const void *at, size_t size);
    void *with;
};

static bool at(const struct eye *eye, const void *list, size_t size)
{
    return list != NULL && size > 0 && eye->look(eye->with, list, size);
}

static bool in_group(const struct eye *eye, const struct group *group)
{
    return group != NULL && (at(eye, group, sizeof *group) ||
                             at(eye, group->acts, group->act_count * sizeof *group->acts) ||
                             at(eye, group->epochs, group->epoch_count * sizeof *group->epochs) ||
                             at(eye, group->keys, group->key_count * sizeof *group->keys));
}

static bool in_channels(const struct eye *eye, const struct channels *channels)
{
    bool found = at(eye, channels->list, channels->count * sizeof *channels->list);
    for (size_t i = 0; i < channels->count && !found; i++)
        found = at(eye, channels->list[i].logs, channels->list[i].log_count * sizeof(struct log)) ||
                in_group(eye, channels->list[i].group);
    return found;
}

static bool in_links(const struct eye *eye, const struct link_table *links)
{
    bool found = at(eye, links->list, links->room * sizeof *links->list);
    for (size_t i = 0; i < links->room && !found; i++) {
        const struct link *link = &links->list[i];
        found =
            link->number != 0 && (at(eye, link->takes, link->takes_count * sizeof *link->takes) ||
                                  at(eye, link->hello1.at, link->hello1.size));
    }
    return found;
}

static bool in_talk(const struct eye *eye, const struct direct *direct)
{
    bool found = at(eye, direct->known, direct->known_count * sizeof *direct->known);
    for (size_t i = 0; i < direct->waiting_count && !found; i++)
        found = at(eye, direct->waiting[i].body, direct->waiting[i].size);
    return found;
}

static bool in_groups(const struct eye *eye, const struct groups *groups)
{
    bool found =
        at(eye, groups->invitations, groups->invitation_count * sizeof *groups->invitations) ||
        at(eye, groups->people, groups->person_count * sizeof *groups->people);
    for (size_t i = 0; i < groups->invitation_count && !found; i++)
        found = at(eye, groups->invitations[i].keys,
                   groups->invitations[i].key_count * sizeof *groups->invitations[i].keys);
    return found;
}

bool memory_walk(const struct core *core, bool (*look)(void *with, const void *at, size_t size),
                 void *with)
{
    const struct presence *presence = &core->presence;
    const struct eye eye = {look, with};
    return at(&eye, core, sizeof *core) || arena_walk(&core->arena, look, with) ||
           in_channels(&eye, &core->channels) || in_links(&eye, &core->links) ||
           in_talk(&eye, &core->direct) || in_groups(&eye, &core->groups) ||
           at(&eye, presence->list, presence->count * sizeof *presence->list) ||
           at(&eye, core->effects, core->effect_count * sizeof *core->effects);
}

/* ---- these bytes ---- */

struct wanted {
    const char *bytes;
    size_t size;
};

static bool has(void *with, const void *list, size_t size)
{
    const struct wanted *wanted = with;
    const char *from = list;
    while (size >= wanted->size) {
        const char *found = memchr(from, wanted->bytes[0], size - wanted->size + 1);
        if (found == NULL)
            return false;
        if (memcmp(found, wanted->bytes, wanted->size) == 0)
            return true;
        size -= (size_t)(found + 1 - from);
        from = found + 1;
    }
    return false;
}

bool memory_has(const struct core *core, const char *bytes, size_t size)
{
    struct wanted wanted = {bytes, size};
    return memory_walk(core, has, &wanted);
}
