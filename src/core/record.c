/* Record: node 32 | number 8 | lasts 4 | count 1 | { size 1 | address } ... | signature 64, and the
 * signature is over "fika-record" (16) | network id 32 | all before it. Of another network it does not hold.
 */
#include "core/record.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

#define DAY_MS       86400000u
#define ONION_DIGITS 56
#define SIGNED_ROOM  (16 + 32 + LIMIT_RECORD)
static const char DOMAIN_RECORD[16] = "fika-record";

/* ---- addresses ---- */

static bool is_one_of(uint8_t byte, const char *set)
{
    return byte != 0 && strchr(set, byte) != NULL;
}

static bool all_of(struct bytes text, const char *set)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_one_of(text.at[i], set))
            return false;
    return text.size > 0;
}

static bool is_number(struct bytes text, uint32_t least, uint32_t most)
{
    uint32_t value = 0;
    if (text.size == 0 || text.size > 5 || (text.size > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + text.at[i] - '0';
    }
    return value >= least && value <= most;
}

static bool is_ip4(struct bytes host)
{
    int parts = 0;
    for (size_t from = 0, i = 0; i <= host.size; i++)
        if (i == host.size || host.at[i] == '.') {
            if (!is_number((struct bytes){host.at + from, i - from}, 0, 255))
                return false;
            parts++;
            from = i + 1;
        }
    return parts == 4;
}

static bool is_onion(struct bytes host)
{
    static const char end[] = ".onion";
    size_t size = sizeof end - 1;
    return host.size == ONION_DIGITS + size && memcmp(host.at + ONION_DIGITS, end, size) == 0 &&
           all_of((struct bytes){host.at, ONION_DIGITS}, "abcdefghijklmnopqrstuvwxyz234567");
}

bool record_address_ok(struct bytes text)
{
    size_t colon = text.size;
    while (colon > 0 && text.at[colon - 1] != ':')
        colon--;
    if (colon < 2 || text.size > LIMIT_ADDRESS ||
        !is_number((struct bytes){text.at + colon, text.size - colon}, 1, 65535))
        return false;
    struct bytes host = {text.at, colon - 1};
    if (host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']')
        return all_of((struct bytes){host.at + 1, host.size - 2}, "0123456789abcdef:.");
    return is_ip4(host) || is_onion(host);
}

/* ---- records ---- */

static struct bytes what_is_signed(uint8_t room[SIGNED_ROOM], const struct id *network,
                                   struct bytes record)
{
    struct writer w = writer_of(room, SIGNED_ROOM);
    write_copy(&w, DOMAIN_RECORD, sizeof DOMAIN_RECORD);
    write_id(&w, network);
    write_copy(&w, record.at, record.size);
    CHECK(!w.full);
    return written(&w);
}

void record_write(struct writer *w, const struct identity *self, const struct id *network,
                  uint64_t number, const struct address *addresses, size_t count)
{
    uint8_t room[SIGNED_ROOM];
    struct signature signature;
    size_t from = w->size;
    CHECK(count >= 1 && count <= LIMIT_RECORD_ADDRESSES);
    write_id(w, &self->node);
    write_u64(w, number);
    write_u32(w, RECORD_LASTS_S);
    write_u8(w, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        write_u8(w, (uint8_t)strlen(addresses[i].text));
        write_copy(w, addresses[i].text, strlen(addresses[i].text));
    }
    CHECK(!w->full);
    struct bytes signs =
        what_is_signed(room, network, (struct bytes){w->at + from, w->size - from});
    crypto_sign_detached(signature.b, NULL, signs.at, signs.size, self->secret);
    write_copy(w, signature.b, sizeof signature.b);
}

bool record_read(struct reader *r, struct record *record)
{
    const uint8_t *from = r->at;
    record->node = read_id(r);
    record->number = read_u64(r);
    record->lasts_s = read_u32(r);
    record->count = read_u8(r);
    if (r->bad || record->count < 1 || record->count > LIMIT_RECORD_ADDRESSES ||
        record->number >> 63 != 0 || record->lasts_s < 1 || record->lasts_s > RECORD_LASTS_MOST_S)
        return false;
    for (size_t i = 0; i < record->count; i++) {
        record->addresses[i] = read_bytes(r, read_u8(r));
        if (r->bad || !record_address_ok(record->addresses[i]))
            return false;
    }
    read_copy(r, record->signature.b, sizeof record->signature.b);
    record->whole = (struct bytes){from, (size_t)(r->at - from)};
    return !r->bad;
}

bool record_verify(const struct record *record, const struct id *network)
{
    uint8_t room[SIGNED_ROOM];
    struct bytes signs = what_is_signed(
        room, network,
        (struct bytes){record->whole.at, record->whole.size - sizeof record->signature});
    return crypto_sign_verify_detached(record->signature.b, signs.at, signs.size, record->node.b) ==
           0;
}

bool record_holds(const struct record *record, uint64_t wall_ms)
{
    return record->number <= wall_ms + DAY_MS &&
           wall_ms < record->number + (uint64_t)record->lasts_s * 1000;
}
