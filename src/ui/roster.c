/* Roster: identities and the nicks they were met under.
 *
 * A nick is anybody's choice, an identity is not. So each pair of both that was met in a channel is
 * kept for a while, and where one nick has two identities, both are shown with digits of theirs.
 *
 * 1. A pair is there once; of the pairs of an identity at most one is `here`, the one met last.
 * 2. `shared` holds of a pair when another identity has a pair with that nick, whatever its case.
 * 3. The digits are behind a space, which no nick has: so no nick can look like one with digits. */
#include "ui/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ui/markup.h"

#define SUFFIX_STEP 4
#define SUFFIX_MOST 16

void roster_release(struct roster *roster)
{
    free(roster->list);
    *roster = (struct roster){0};
}

static struct person *find(const struct roster *roster, const struct id *id,
                           const struct nick *nick)
{
    for (size_t i = 0; i < roster->count; i++)
        if (id_equal(&roster->list[i].id, id) && strcmp(roster->list[i].nick.text, nick->text) == 0)
            return &roster->list[i];
    return NULL;
}

/* After a pair with that nick came or went. */
static void compare(struct roster *roster, const struct nick *nick)
{
    roster->shared = 0;
    for (size_t i = 0; i < roster->count; i++) {
        struct person *person = &roster->list[i];
        if (markup_same_name(person->nick.text, nick->text))
            person->shared = roster_other(roster, &person->id, nick) != NULL;
        roster->shared += person->shared;
    }
}

/* Room for one more: the list grows, or who was met longest ago and is not here goes. */
static struct person *room(struct roster *roster)
{
    if (roster->count < ROSTER_MAX) {
        if (roster->count == roster->room) {
            roster->room = roster->room == 0 ? 8 : roster->room * 2;
            roster->list = realloc(roster->list, roster->room * sizeof *roster->list);
            CHECK(roster->list != NULL);
        }
        struct person *added = &roster->list[roster->count++];
        *added = (struct person){0};
        return added;
    }
    struct person *oldest = &roster->list[0];
    for (size_t i = 1; i < roster->count; i++) {
        struct person *person = &roster->list[i];
        if (person->here < oldest->here ||
            (person->here == oldest->here && person->met_ms < oldest->met_ms))
            oldest = person;
    }
    return oldest;
}

bool roster_meet(struct roster *roster, const struct id *id, const struct nick *nick,
                 uint64_t wall_ms)
{
    struct person *person = find(roster, id, nick);
    bool is_new = person == NULL, here = false, own = false;
    if (id_is_zero(id) || nick->text[0] == '\0')
        return false;
    if (person != NULL && person->here) {
        person->met_ms = person->met_ms > wall_ms ? person->met_ms : wall_ms;
        return false;
    }
    for (size_t i = 0; i < roster->count; i++) {
        struct person *other = &roster->list[i];
        if (!id_equal(&other->id, id))
            continue;
        own = own || other->own;
        if (other->met_ms > wall_ms)
            continue; /* what was said before a change of nick changes nothing back */
        here = here || other->here;
        other->here = false;
    }
    if (is_new) {
        person = room(roster);
        struct nick gone = person->nick;
        *person = (struct person){.id = *id, .nick = *nick};
        compare(roster, &gone);
    }
    person->here = here;
    person->own = own;
    person->met_ms = person->met_ms > wall_ms ? person->met_ms : wall_ms;
    if (is_new)
        compare(roster, nick);
    return is_new;
}

void roster_here(struct roster *roster, const struct id *id, bool here)
{
    struct person *last = NULL;
    for (size_t i = 0; i < roster->count; i++) {
        struct person *person = &roster->list[i];
        if (!id_equal(&person->id, id))
            continue;
        person->here = false;
        if (last == NULL || person->met_ms >= last->met_ms)
            last = person;
    }
    if (last != NULL)
        last->here = here;
}

void roster_devices(struct roster *roster, const struct id *id, uint64_t count)
{
    for (size_t i = 0; i < roster->count; i++)
        if (id_equal(&roster->list[i].id, id))
            roster->list[i].devices = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
}

static bool is_here(const struct roster *roster, const struct id *id)
{
    bool here = false;
    for (size_t i = 0; i < roster->count; i++)
        here = here || (id_equal(&roster->list[i].id, id) && roster->list[i].here);
    return here;
}

void roster_join(struct roster *roster, const struct id *device, const struct id *person,
                 const struct nick *nick)
{
    bool was = is_here(roster, device);
    uint64_t met_ms = 0;
    bool any = false;
    for (size_t i = roster->count; i-- > 0;) {
        if (!id_equal(&roster->list[i].id, device))
            continue;
        struct nick gone = roster->list[i].nick;
        met_ms = roster->list[i].met_ms > met_ms ? roster->list[i].met_ms : met_ms;
        any = true;
        roster->list[i] = roster->list[--roster->count];
        compare(roster, &gone);
    }
    if (!any)
        return;
    roster_meet(roster, person, nick, met_ms);
    if (was)
        roster_here(roster, person, true);
}

void roster_mark(struct roster *roster, const struct id *id, uint8_t marks)
{
    for (size_t i = 0; i < roster->count; i++)
        if (id_equal(&roster->list[i].id, id))
            roster->list[i].marks = marks;
    roster->verified = 0;
    for (size_t i = 0; i < roster->count; i++)
        roster->verified += (roster->list[i].marks & PERSON_VERIFIED) != 0;
}

void roster_own(struct roster *roster, const struct id *id, const struct nick *nick,
                uint64_t wall_ms)
{
    roster_meet(roster, id, nick, wall_ms);
    for (size_t i = 0; i < roster->count; i++)
        if (id_equal(&roster->list[i].id, id)) {
            roster->list[i].own = true;
            roster->list[i].here = strcmp(roster->list[i].nick.text, nick->text) == 0;
        }
}

const struct person *roster_other(const struct roster *roster, const struct id *id,
                                  const struct nick *nick)
{
    const struct person *last = NULL;
    for (size_t i = 0; i < roster->count; i++) {
        const struct person *other = &roster->list[i];
        if (!id_equal(&other->id, id) && (last == NULL || other->met_ms > last->met_ms) &&
            markup_same_name(other->nick.text, nick->text))
            last = other;
    }
    return last;
}

void roster_namesake(struct roster *roster, const struct show *show)
{
    const struct person *other = roster_other(roster, &show->id, &show->nick);
    if (other == NULL || !id_equal(&other->id, &show->who))
        roster_meet(roster, &show->who, &show->nick, show->n);
}

static bool has_digits(const struct id *id, const char *digits)
{
    char hex[ID_HEX_SIZE];
    hex_of(hex, id->b, sizeof id->b);
    return memcmp(hex, digits, strlen(digits)) == 0;
}

static bool digits_are_shared(const struct roster *roster, const struct id *id,
                              const struct nick *nick, const char *digits)
{
    for (size_t i = 0; i < roster->count; i++) {
        const struct person *other = &roster->list[i];
        if (other->shared && !id_equal(&other->id, id) && has_digits(&other->id, digits) &&
            markup_same_name(other->nick.text, nick->text))
            return true;
    }
    return false;
}

void roster_suffix(const struct roster *roster, const struct id *id, const char *nick,
                   size_t nick_size, char out[ROSTER_SUFFIX_MAX])
{
    struct nick name = {{0}};
    size_t digits = SUFFIX_STEP;
    out[0] = '\0';
    if (roster->shared == 0 || nick_size > LIMIT_NICK)
        return;
    memcpy(name.text, nick, nick_size);
    const struct person *person = find(roster, id, &name);
    if (person == NULL || !person->shared)
        return;
    do {
        hex_of(out, id->b, digits / 2);
        digits += SUFFIX_STEP;
    } while (digits <= SUFFIX_MOST && digits_are_shared(roster, id, &name, out));
}

static int by_nick(const void *left, const void *right)
{
    const struct person *const *a = left, *const *b = right;
    int order = strcmp((*a)->nick.text, (*b)->nick.text);
    return order != 0 ? order : id_compare(&(*a)->id, &(*b)->id);
}

size_t roster_members(const struct roster *roster, const struct person **out, size_t room)
{
    const struct person *all[ROSTER_MAX];
    size_t count = 0;
    for (size_t i = 0; i < roster->count; i++)
        if (roster->list[i].here)
            all[count++] = &roster->list[i];
    qsort(all, count, sizeof *all, by_nick);
    memcpy(out, all, (count < room ? count : room) * sizeof *all);
    return count;
}
