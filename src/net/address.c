/* Address: what a person types is taken apart by one strict grammar; what sockets use is written
 * and read in one numeric form; and this machine's own addresses are put in the order in which
 * another person should try them.
 *
 *   target  = port | place | ("zmq://" | "pair://") place-with-port
 *   place   = host | [host] ":" port | "[" ip6 "]" [":" port] | ip6
 *   host    = ip4 | labels of letters, digits, "-" and "_", the last one not a number
 *   ip6     = what inet_pton takes, with "%zone" on a link-local one
 *   port    = 1 to 65535, no leading zero
 *
 * Two colons or more outside brackets are an IPv6 address as a whole, never one with a port, so no
 * text has two readings. Short IPv4 forms ("127.1", "0x7f000001"), which libc would take, are
 * refused: a slip of the finger must not dial a stranger.
 *
 * Nothing here asks a name server; resolver.c does. */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/interface.h"

#define ZONE_MAX (IF_NAMESIZE - 1)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_digits(const char *s, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(s[i])) {
            return false;
        }
    }
    return size > 0;
}

static bool read_port(uint16_t *port, const char *s, size_t size)
{
    if (!all_digits(s, size) || size > 5 || s[0] == '0') {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value * 10 + (uint32_t)(s[i] - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* A zone is an interface's name or number; systems allow nearly all bytes in a name, a person does
 * not need them. */
static bool zone_ok(const char *zone)
{
    size_t size = strlen(zone);
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(zone[i]) && !is_letter(zone[i]) && strchr("-_.@", zone[i]) == NULL) {
            return false;
        }
    }
    return size >= 1 && size <= ZONE_MAX;
}

static bool read_ip6(struct in6_addr *address, char zone[ZONE_MAX + 1], const char *text)
{
    char bare[INET6_ADDRSTRLEN];
    size_t size = strcspn(text, "%");
    if (size >= sizeof bare) {
        return false;
    }
    memcpy(bare, text, size);
    bare[size] = 0;
    if (inet_pton(AF_INET6, bare, address) != 1) {
        return false;
    }
    zone[0] = 0;
    if (text[size] == 0) {
        return true;
    }
    if (!IN6_IS_ADDR_LINKLOCAL(address) || !zone_ok(text + size + 1)) {
        return false;
    }
    strcpy(zone, text + size + 1);
    return true;
}

static bool ip6_ok(const char *text)
{
    struct in6_addr address;
    char zone[ZONE_MAX + 1];
    return read_ip6(&address, zone, text);
}

/* One label of a host name, s up to a dot or the end. */
static bool label_ok(const char *s, size_t size)
{
    if (size < 1 || size > 63 || s[0] == '-' || s[size - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(s[i]) && !is_letter(s[i]) && s[i] != '-' && s[i] != '_') {
            return false;
        }
    }
    return true;
}

static bool host_ok(const char *host)
{
    struct in_addr ip4;
    size_t size = strlen(host);
    if (inet_pton(AF_INET, host, &ip4) == 1) {
        return true;
    }
    if (size > 0 && host[size - 1] == '.') {
        size--;
    }
    if (size > 253) {
        return false;
    }
    const char *label = host;
    size_t label_size = 0;
    for (size_t at = 0; at <= size; at += label_size + 1) {
        label = host + at;
        label_size = strcspn(label, ".");
        if (!label_ok(label, label_size)) {
            return false;
        }
    }
    /* What ends in a number (also 0x7f) is an IPv4 address to libc, but not to a person. */
    bool hex = label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
    return !hex && !all_digits(label, label_size);
}

/* Copies s[0..size) into host; false when it does not fit. */
static bool keep_host(struct target *target, const char *s, size_t size)
{
    if (size >= sizeof target->host) {
        return false;
    }
    memcpy(target->host, s, size);
    target->host[size] = 0;
    return true;
}

static bool read_bracketed(struct target *target, const char *text)
{
    const char *end = strchr(text, ']');
    if (end == NULL || !keep_host(target, text + 1, (size_t)(end - text - 1)) ||
        !ip6_ok(target->host)) {
        return false;
    }
    return end[1] == 0 || (end[1] == ':' && read_port(&target->port, end + 2, strlen(end + 2)));
}

static bool read_place(struct target *target, const char *text)
{
    size_t size = strlen(text);
    const char *colon = strchr(text, ':');
    if (text[0] == '[') {
        return read_bracketed(target, text);
    }
    if (all_digits(text, size)) {
        return read_port(&target->port, text, size);
    }
    if (colon != NULL && strchr(colon + 1, ':') != NULL) {
        return keep_host(target, text, size) && ip6_ok(target->host);
    }
    if (colon != NULL) {
        size_t before = (size_t)(colon - text);
        return keep_host(target, text, before) && (before == 0 || host_ok(target->host)) &&
               read_port(&target->port, colon + 1, strlen(colon + 1));
    }
    return keep_host(target, text, size) && host_ok(target->host);
}

bool target_read(struct target *target, const char *text)
{
    struct target read;
    memset(&read, 0, sizeof read);
    if (strncmp(text, "zmq://", 6) == 0) {
        read.kind = TARGET_CLASSIC_SUB;
        text += 6;
    } else if (strncmp(text, "pair://", 7) == 0) {
        read.kind = TARGET_CLASSIC_PAIR;
        text += 7;
    }
    if (!read_place(&read, text) || (read.kind != TARGET_LINK && read.port == 0)) {
        return false;
    }
    *target = read;
    return true;
}

/* ---- the numeric form ---- */

/* Writes an IPv6 address with its zone, unbracketed; out has room for LIMIT_ADDRESS. */
static void write_ip6(char *out, size_t room, const struct sockaddr_in6 *from)
{
    char bare[INET6_ADDRSTRLEN], zone[IF_NAMESIZE];
    if (inet_ntop(AF_INET6, &from->sin6_addr, bare, sizeof bare) == NULL) {
        bare[0] = 0;
    }
    if (from->sin6_scope_id == 0 || !IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr)) {
        snprintf(out, room, "%s", bare);
    } else if (if_indextoname(from->sin6_scope_id, zone) != NULL && zone_ok(zone)) {
        snprintf(out, room, "%s%%%s", bare, zone);
    } else {
        snprintf(out, room, "%s%%%u", bare, (unsigned)from->sin6_scope_id);
    }
}

bool address_from_sockaddr(struct address *address, const struct sockaddr *from, uint16_t port)
{
    char host[LIMIT_ADDRESS - 8];
    memset(address, 0, sizeof *address);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)from;
        if (inet_ntop(AF_INET, &in->sin_addr, host, sizeof host) == NULL) {
            return false;
        }
        snprintf(address->text, sizeof address->text, "%s:%u", host, (unsigned)port);
        return true;
    }
    if (from->sa_family != AF_INET6) {
        return false;
    }
    const struct sockaddr_in6 *in6 = (const void *)from;
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        memcpy(&in.sin_addr, &in6->sin6_addr.s6_addr[12], 4);
        return address_from_sockaddr(address, (const void *)&in, port);
    }
    write_ip6(host, sizeof host, in6);
    snprintf(address->text, sizeof address->text, "[%s]:%u", host, (unsigned)port);
    return true;
}

/* The number of a zone; 0 when there is no such interface. */
static unsigned zone_index(const char *zone)
{
    unsigned index = if_nametoindex(zone);
    if (index == 0 && all_digits(zone, strlen(zone)) && strlen(zone) <= 9) {
        char name[IF_NAMESIZE];
        for (const char *at = zone; *at != 0; at++) {
            index = index * 10 + (unsigned)(*at - '0');
        }
        index = if_indextoname(index, name) != NULL ? index : 0;
    }
    return index;
}

bool address_to_sockaddr(const struct address *address, struct sockaddr_storage *to,
                         socklen_t *size)
{
    struct target target;
    if (!target_read(&target, address->text) || target.kind != TARGET_LINK || target.port == 0) {
        return false;
    }
    memset(to, 0, sizeof *to);
    struct sockaddr_in *in = (void *)to;
    struct sockaddr_in6 *in6 = (void *)to;
    char zone[ZONE_MAX + 1];
    if (inet_pton(AF_INET, target.host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(target.port);
        *size = sizeof *in;
        return true;
    }
    if (!read_ip6(&in6->sin6_addr, zone, target.host)) {
        return false;
    }
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(target.port);
    in6->sin6_scope_id = zone[0] != 0 ? zone_index(zone) : 0;
    *size = sizeof *in6;
    return zone[0] == 0 || in6->sin6_scope_id != 0;
}

/* ---- this machine's own ---- */

/* The own address that the system would send from towards the world, by connecting a UDP socket, which
 * sends nothing; false when there is no way out. The addresses are those kept for documentation
 * (RFC 5737, RFC 3849). */
static bool way_out(int family, struct sockaddr_storage *own)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    inet_pton(AF_INET, "203.0.113.1", &in.sin_addr);
    inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
    const struct sockaddr *world = family == AF_INET ? (const void *)&in : (const void *)&in6;
    socklen_t size = family == AF_INET ? sizeof in : sizeof in6, own_size = sizeof *own;
    int fd = socket(family, SOCK_DGRAM, 0);
    memset(own, 0, sizeof *own);
    bool known =
        fd >= 0 && connect(fd, world, size) == 0 && getsockname(fd, (void *)own, &own_size) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return known;
}

bool local_way_out(struct in_addr *source)
{
    struct sockaddr_storage own;
    bool known = way_out(AF_INET, &own);
    *source = ((const struct sockaddr_in *)(const void *)&own)->sin_addr;
    return known;
}

/* The row of that address; `count` when there is none. */
static size_t default_row(const struct interface *rows, size_t count, int family)
{
    struct sockaddr_storage own;
    bool known = way_out(family, &own);
    for (size_t i = 0; known && i < count; i++) {
        if (rows[i].family != family) {
            continue;
        }
        if (family == AF_INET
                ? rows[i].address.s_addr == ((struct sockaddr_in *)(void *)&own)->sin_addr.s_addr
                : memcmp(&rows[i].address6, &((struct sockaddr_in6 *)(void *)&own)->sin6_addr,
                         sizeof rows[i].address6) == 0) {
            return i;
        }
    }
    return count;
}

/* Networks between a machine and its own containers and virtual machines: up, but nobody else is
 * there. */
static bool is_virtual(const char *name)
{
    static const char *const starts[] = {"docker", "veth",   "br-",   "virbr",   "vnet", "lxc",
                                         "lxd",    "podman", "vmnet", "vboxnet", "cni",  "flannel"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (strncmp(name, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum { RANK_SOURCE = 0, RANK_DEFAULT = 2, RANK_OTHER = 4, RANK_VIRTUAL = 6, RANK_LINK_LOCAL = 8 };

static int rank(const struct interface *rows, size_t count, size_t i, const size_t source[2])
{
    const struct interface *row = &rows[i];
    int six = row->family == AF_INET6 ? 1 : 0;
    if (i == source[0] || i == source[1]) {
        return RANK_SOURCE + six;
    }
    if (interface_is_link_local(row)) {
        return RANK_LINK_LOCAL + six + (is_virtual(row->name) ? 2 : 0);
    }
    for (int k = 0; k < 2; k++) {
        if (source[k] < count && rows[source[k]].index == row->index) {
            return RANK_DEFAULT + six;
        }
    }
    return (is_virtual(row->name) ? RANK_VIRTUAL : RANK_OTHER) + six;
}

static void write_host(char *out, size_t room, const struct interface *row)
{
    struct sockaddr_storage address = interface_sockaddr(row);
    if (row->family == AF_INET) {
        inet_ntop(AF_INET, &row->address, out, (socklen_t)room);
    } else {
        write_ip6(out, room, (const void *)&address);
    }
}

size_t local_addresses(char *out, size_t room)
{
    struct interface rows[INTERFACES_MAX];
    size_t count = interfaces_read(rows, INTERFACES_MAX);
    bool others = false;
    for (size_t i = 0; i < count; i++) {
        others = others || !rows[i].loopback;
    }
    size_t source[2] = {default_row(rows, count, AF_INET), default_row(rows, count, AF_INET6)};
    size_t lines = 0, used = 0;
    out[0] = 0;
    for (int wanted = 0; wanted <= RANK_LINK_LOCAL + 3; wanted++) {
        for (size_t i = 0; i < count; i++) {
            char host[LIMIT_ADDRESS];
            if (rows[i].loopback == others || rank(rows, count, i, source) != wanted) {
                continue;
            }
            write_host(host, sizeof host, &rows[i]);
            size_t size = strlen(host) + (lines > 0 ? 1 : 0);
            if (used + size < room) {
                snprintf(out + used, room - used, "%s%s", lines > 0 ? "\n" : "", host);
                used += size;
                lines++;
            }
        }
    }
    return lines;
}
