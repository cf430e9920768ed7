/* Persons. The rules, which give the same in whatever order things are heard:
 *
 * 1. Of a device's certificates the one with the highest number counts (of one number, that of the greater root). It
 *    is good where the device itself said it: who has its log has it, and nobody fills the table with keys that say nothing.
 * 2. A revocation ends it for good, by whatever root the device once agreed to: no certificate, older or newer, undoes that.
 *    Who lost a key makes another one.
 * 3. Of a device's revocations for one channel the one with the highest number counts (likewise, of the greater signature).
 * 4. There are no chains: a root that is itself somebody's device has none. */
#include "core/persons.h"

#include <stdlib.h>
#include <string.h>

#include "base/grown.h"

void persons_init(struct persons *persons, const uint8_t key[16])
{
    memset(persons, 0, sizeof *persons);
    memcpy(persons->key, key, sizeof persons->key);
    table_init(&persons->table, key);
    table_init(&persons->roots, key);
}

void persons_release(struct persons *persons)
{
    table_release(&persons->table);
    table_release(&persons->roots);
    free(persons->list);
    free(persons->revocations);
    persons->list = NULL;
    persons->revocations = NULL;
    persons->count = persons->room = persons->revocation_count = persons->revocation_room = 0;
}

static struct device *find(const struct persons *persons, const struct id *node)
{
    uint32_t at = table_get(&persons->table, node);
    return at == TABLE_NONE ? NULL : &persons->list[at];
}

/* ---- devices of a root ---- */

/* Behind the others of its root. */
static void link_last(struct persons *persons, uint32_t index)
{
    struct device *device = &persons->list[index];
    uint32_t at = table_get(&persons->roots, &device->certificate.root);
    device->next = TABLE_NONE;
    if (at == TABLE_NONE) {
        table_put(&persons->roots, &device->certificate.root, index);
        return;
    }
    while (persons->list[at].next != TABLE_NONE)
        at = persons->list[at].next;
    persons->list[at].next = index;
}

static size_t devices_of(const struct persons *persons, const struct id *root)
{
    size_t count = 0;
    for (uint32_t at = table_get(&persons->roots, root); at != TABLE_NONE;
         at = persons->list[at].next)
        count++;
    return count;
}

/* Both tables, when a device goes, or has another root: that is rare. */
static void link_all(struct persons *persons)
{
    table_release(&persons->table);
    table_release(&persons->roots);
    table_init(&persons->table, persons->key);
    table_init(&persons->roots, persons->key);
    for (size_t i = 0; i < persons->count; i++) {
        table_put(&persons->table, &persons->list[i].certificate.device, (uint32_t)i);
        link_last(persons, (uint32_t)i);
    }
}

static void set_certificate(struct persons *persons, struct device *device,
                            const struct certificate *certificate)
{
    bool moves = !id_equal(&device->certificate.root, &certificate->root);
    device->certificate = *certificate;
    if (moves)
        link_all(persons);
}

/* ---- what is taken ---- */

static struct device *add(struct persons *persons, const struct certificate *certificate)
{
    if (persons->count == PERSONS_MAX || devices_of(persons, &certificate->root) >= PERSON_DEVICES)
        return NULL;
    persons->list = grown(persons->list, persons->count, &persons->room, sizeof *persons->list);
    struct device *device = &persons->list[persons->count];
    *device = (struct device){.certificate = *certificate};
    table_put(&persons->table, &certificate->device, (uint32_t)persons->count);
    link_last(persons, (uint32_t)persons->count++);
    return device;
}

static enum person_news certify(struct persons *persons, const struct certificate *certificate)
{
    struct device *device = find(persons, &certificate->device);
    bool newer = device == NULL ||
                 (!device->revoked && certificate_counts_more(certificate, &device->certificate));
    if ((!newer && device->met) || !certificate_verify(certificate))
        return NEWS_NONE;
    if (device == NULL)
        device = add(persons, certificate);
    else if (newer)
        set_certificate(persons, device, certificate);
    if (device != NULL)
        device->met = true;
    return device != NULL && newer ? NEWS_CERTIFIED : NEWS_NONE;
}

static struct revocation *revocation_of(const struct persons *persons, const struct id *node,
                                        const struct id *channel)
{
    for (size_t i = 0; i < persons->revocation_count; i++)
        if (id_equal(&persons->revocations[i].certificate.device, node) &&
            id_equal(&persons->revocations[i].channel, channel))
            return &persons->revocations[i];
    return NULL;
}

/* By those that count of the revocations: one that came before a higher one is forgotten, or the order would tell. */
static void whose_it_was(struct persons *persons, struct device *device,
                         const struct certificate *revoked)
{
    struct certificate best = *revoked;
    for (size_t i = 0; i < persons->revocation_count; i++) {
        const struct certificate *each = &persons->revocations[i].certificate;
        if (id_equal(&each->device, &best.device) && certificate_counts_more(each, &best))
            best = *each;
    }
    set_certificate(persons, device, &best);
}

static bool is_met(const struct persons *persons, const struct id *node)
{
    const struct device *device = find(persons, node);
    return device != NULL && device->met;
}

/* Anybody can make up devices and revoke them, so these make room for what is about one that was met, or newer. */
static struct revocation *least(const struct persons *persons, const struct revocation *than)
{
    struct revocation *least = NULL;
    bool met = is_met(persons, &than->certificate.device);
    for (size_t i = 0; i < persons->revocation_count; i++) {
        struct revocation *each = &persons->revocations[i];
        if (is_met(persons, &each->certificate.device) ||
            (!met && !revocation_counts_more(than, each)) ||
            (least != NULL && revocation_counts_more(each, least)))
            continue;
        least = each;
    }
    return least;
}

static void forget(struct persons *persons, struct revocation *revocation)
{
    struct id node = revocation->certificate.device;
    *revocation = persons->revocations[--persons->revocation_count];
    for (size_t i = 0; i < persons->revocation_count; i++)
        if (id_equal(&persons->revocations[i].certificate.device, &node))
            return;
    struct device *device = find(persons, &node);
    if (device == NULL || device->met)
        return;
    *device = persons->list[--persons->count];
    link_all(persons);
}

static enum person_news revoke(struct persons *persons, const struct revocation *revocation)
{
    struct revocation *before =
        revocation_of(persons, &revocation->certificate.device, &revocation->channel);
    bool full = before == NULL && persons->revocation_count == PERSON_REVOKED_AT;
    struct revocation *goes = full ? least(persons, revocation) : NULL;
    if ((before != NULL && !revocation_counts_more(revocation, before)) || (full && goes == NULL) ||
        !revocation_verify(revocation))
        return NEWS_NONE;
    if (goes != NULL)
        forget(persons, goes);
    struct device *device = find(persons, &revocation->certificate.device);
    if (device == NULL && (device = add(persons, &revocation->certificate)) == NULL)
        return NEWS_NONE;
    if (before == NULL) {
        persons->revocations = grown(persons->revocations, persons->revocation_count,
                                     &persons->revocation_room, sizeof *persons->revocations);
        before = &persons->revocations[persons->revocation_count++];
    }
    *before = *revocation;
    device->revoked = true;
    whose_it_was(persons, device, &revocation->certificate);
    return NEWS_REVOKED;
}

/* A revocation counts in the channel that it names. */
static enum device_form well_said(const struct id *channel, const struct id *author,
                                  struct bytes body, struct revocation *said)
{
    enum device_form form = device_read(body, said);
    if (form == DEVICE_CERTIFICATE && !id_equal(author, &said->certificate.device))
        return DEVICE_NONE;
    if (form == DEVICE_REVOCATION && !id_is_zero(&said->channel) &&
        !id_equal(&said->channel, channel))
        return DEVICE_NONE;
    return form;
}

enum person_news persons_take(struct persons *persons, const struct id *channel,
                              const struct id *author, struct bytes body, struct id *device)
{
    struct revocation said;
    enum device_form form = well_said(channel, author, body, &said);
    *device = said.certificate.device;
    if (form == DEVICE_CERTIFICATE)
        return certify(persons, &said.certificate);
    return form == DEVICE_REVOCATION ? revoke(persons, &said) : NEWS_NONE;
}

bool persons_holds(const struct id *channel, const struct id *author, struct bytes body,
                   enum device_form *form, struct id *device, uint64_t *number)
{
    struct revocation said;
    *form = well_said(channel, author, body, &said);
    *device = said.certificate.device;
    *number = *form == DEVICE_REVOCATION ? said.number : said.certificate.number;
    if (*form == DEVICE_CERTIFICATE)
        return certificate_verify(&said.certificate);
    return *form == DEVICE_REVOCATION && revocation_verify(&said);
}

/* ---- what is asked ---- */

const struct device *persons_device(const struct persons *persons, const struct id *node)
{
    return find(persons, node);
}

const struct id *persons_once(const struct persons *persons, const struct id *node)
{
    const struct device *device = find(persons, node);
    if (device == NULL || find(persons, &device->certificate.root) != NULL)
        return node;
    return &device->certificate.root;
}

const struct id *persons_root(const struct persons *persons, const struct id *node)
{
    const struct device *device = find(persons, node);
    return device != NULL && device->revoked ? node : persons_once(persons, node);
}

bool persons_same(const struct persons *persons, const struct id *one, const struct id *other)
{
    return id_equal(persons_once(persons, one), persons_once(persons, other));
}

const struct revocation *persons_revocation(const struct persons *persons, const struct id *node,
                                            const struct id *channel)
{
    static const struct id NONE;
    const struct revocation *revocation = revocation_of(persons, node, channel);
    return revocation != NULL ? revocation : revocation_of(persons, node, &NONE);
}

const struct device *persons_at(const struct persons *persons, const struct id *root, size_t index)
{
    uint32_t at = table_get(&persons->roots, root);
    while (at != TABLE_NONE && index-- > 0)
        at = persons->list[at].next;
    return at == TABLE_NONE ? NULL : &persons->list[at];
}

void persons_told(struct persons *persons, const struct id *node, uint64_t now_ms)
{
    struct device *device = find(persons, node);
    if (device != NULL)
        device->told_ms = now_ms;
}
