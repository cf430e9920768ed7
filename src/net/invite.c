/* Invite: bytes, written in letters that survive.
 *
 *     fika:aeafjyaf…        "fika:" and base32 (RFC 4648's alphabet, lower case, no padding) of
 *
 *     u8 version, 1 | u8 kind | key | address ... | check 4
 *
 *     key      kind 0 (open): nothing; 1 (secret): secret 32; 2 (ticket): key of the door 32, ticket 16
 *     address  4, IPv4 4, u16 port | 6, IPv6 16, u16 port | 128 + n, name n (1 to 127), u16 port
 *     check    the first 4 bytes of H("fika-invite-v1", all before)
 *
 * Base32, not base64: chats make italics of "_" and drop it, break lines at "-" and "+", and turn "/"
 * into links; a double click takes letters and digits as one word nearly everywhere; whoever has to type
 * it need not look for capitals; and a QR code has a mode for capitals and digits alone, in which base32
 * is as short as base64 is in the other.
 *
 * 1. A reader takes exactly what a writer makes, but for case and blanks: unused bits are zero, nothing
 *    is left over, every address is one that can be dialled.
 * 2. It is foreign bytes, though a person pasted it: whatever is refused leaves nothing behind.
 * 3. The check finds slips, not attackers: who can change an invite can also make one. */
#include "net/invite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define INVITE_VERSION 1
#define CHECK_BYTES    4
#define BYTES_MAX      480 /* 2, a key, three names of 127, the check */
#define MARK           "fika:"
#define NAME_MARK      128

static const char DIGITS[] = "abcdefghijklmnopqrstuvwxyz234567";

static void check_of(uint8_t check[CHECK_BYTES], const uint8_t *at, size_t size)
{
    static const uint8_t personal[16] = "fika-invite-v1";
    uint8_t hash[32];
    crypto_generichash_blake2b_salt_personal(hash, sizeof hash, at, size, NULL, 0, NULL, personal);
    memcpy(check, hash, CHECK_BYTES);
}

/* ---- reading ---- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* False when it is not base32, too long, or has bits left over. */
static bool digits_read(struct writer *w, const char *text, size_t size)
{
    uint32_t held = 0, bits = 0;
    for (size_t i = 0; i < size; i++) {
        int digit = digit_of(text[i]);
        if (is_blank(text[i]))
            continue;
        if (digit < 0)
            return false;
        held = held << 5 | (uint32_t)digit;
        bits += 5;
        if (bits < 8)
            continue;
        bits -= 8;
        write_u8(w, (uint8_t)(held >> bits));
        held &= (1u << bits) - 1;
    }
    return !w->full && held == 0 && bits < 5;
}

static bool address_read(struct reader *r, struct address *address)
{
    struct target target;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    char name[128] = "";
    uint8_t kind = read_u8(r);
    if (kind == 4)
        read_copy(r, &in.sin_addr, sizeof in.sin_addr);
    else if (kind == 6)
        read_copy(r, &in6.sin6_addr, sizeof in6.sin6_addr);
    else if (kind > NAME_MARK)
        read_copy(r, name, kind - NAME_MARK);
    else
        return false;
    uint16_t port = read_u16(r);
    if (r->bad || port == 0)
        return false;
    if (kind == 4 || kind == 6)
        return !IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && !IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) &&
               address_from_sockaddr(address, kind == 4 ? (const void *)&in : (const void *)&in6,
                                     port);
    size_t size = kind - NAME_MARK;
    if (memchr(name, '\0', size) != NULL ||
        snprintf(address->text, sizeof address->text, "%s:%u", name, (unsigned)port) >=
            (int)sizeof address->text)
        return false;
    /* What is numeric has its own form. */
    return target_read(&target, address->text) && target.kind == TARGET_LINK &&
           strcmp(target.host, name) == 0 && inet_pton(AF_INET, name, &in.sin_addr) != 1 &&
           strchr(name, ':') == NULL;
}

static bool body_read(struct invite *invite, struct reader *r)
{
    uint8_t kind = read_u8(r);
    if (r->bad || kind > INVITE_TICKET)
        return false;
    invite->kind = (enum invite_kind)kind;
    if (kind != INVITE_OPEN)
        read_copy(r, invite->secret, sizeof invite->secret);
    if (kind == INVITE_TICKET)
        read_copy(r, invite->ticket, sizeof invite->ticket);
    while (!r->bad && r->left > 0) {
        if (invite->count == INVITE_ADDRESSES_MAX ||
            !address_read(r, &invite->addresses[invite->count]))
            return false;
        invite->count++;
    }
    /* Without an address an open invite says nothing, and a ticket can be taken nowhere. */
    return !r->bad && (invite->count > 0 || kind == INVITE_SECRET);
}

/* Of a version that is not known everything but the check may be otherwise. */
static enum invite_fault bytes_read(struct invite *invite, struct bytes bytes)
{
    uint8_t check[CHECK_BYTES];
    if (bytes.size < 2 + CHECK_BYTES)
        return INVITE_MISTYPED;
    bytes.size -= CHECK_BYTES;
    check_of(check, bytes.at, bytes.size);
    if (memcmp(check, bytes.at + bytes.size, CHECK_BYTES) != 0)
        return INVITE_MISTYPED;
    struct reader r = reader_of(bytes);
    if (read_u8(&r) != INVITE_VERSION)
        return INVITE_NEWER;
    return body_read(invite, &r) ? INVITE_GOOD : INVITE_NEWER;
}

bool invite_begins(const char *text, size_t size)
{
    size_t mark = strlen(MARK), digits = mark;
    if (size <= mark || strncasecmp(text, MARK, mark) != 0)
        return false;
    /* A host may be called fika, and then a port follows. */
    while (digits < size && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    return digits < size;
}

enum invite_fault invite_read(struct invite *invite, const char *text, size_t size)
{
    uint8_t bytes[BYTES_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    *invite = (struct invite){0};
    while (size > 0 && is_blank(text[0])) {
        text++;
        size--;
    }
    bool marked = invite_begins(text, size);
    size_t skip = marked ? strlen(MARK) : 0;
    enum invite_fault fault = INVITE_MISTYPED;
    if (digits_read(&w, text + skip, size - skip))
        fault = bytes_read(invite, written(&w));
    if (fault != INVITE_GOOD)
        sodium_memzero(invite, sizeof *invite);
    sodium_memzero(bytes, sizeof bytes);
    return fault == INVITE_GOOD || marked ? fault : INVITE_NONE;
}

/* ---- writing ---- */

static void address_write(struct writer *w, const struct address *address)
{
    struct target target;
    struct sockaddr_storage to;
    socklen_t size;
    if (!target_read(&target, address->text) || target.kind != TARGET_LINK || target.port == 0)
        return;
    if (strchr(target.host, '%') != NULL || target.host[0] == '\0')
        return; /* a zone is another one elsewhere */
    if (address_to_sockaddr(address, &to, &size)) {
        const struct sockaddr_in *in = (const void *)&to;
        const struct sockaddr_in6 *in6 = (const void *)&to;
        bool four = to.ss_family == AF_INET;
        if (!four &&
            (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr)))
            return;
        write_u8(w, four ? 4 : 6);
        if (four)
            write_copy(w, &in->sin_addr, sizeof in->sin_addr);
        else
            write_copy(w, &in6->sin6_addr, sizeof in6->sin6_addr);
    } else {
        size_t name = strlen(target.host);
        if (name > 127 || strchr(target.host, ':') != NULL)
            return;
        write_u8(w, (uint8_t)(NAME_MARK + name));
        write_copy(w, target.host, name);
    }
    write_u16(w, target.port);
}

static size_t letters(size_t bytes)
{
    return strlen(MARK) + (8 * bytes + 4) / 5;
}

static void text_write(char text[INVITE_TEXT_MAX], struct bytes bytes)
{
    uint32_t held = 0, bits = 0;
    char *out = text + strlen(MARK);
    memcpy(text, MARK, strlen(MARK));
    for (size_t i = 0; i < bytes.size; i++) {
        held = (held & 31) << 8 | bytes.at[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = DIGITS[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        *out++ = DIGITS[held << (5 - bits) & 31];
    *out = '\0';
}

void invite_write(const struct invite *invite, char text[INVITE_TEXT_MAX])
{
    uint8_t bytes[BYTES_MAX], check[CHECK_BYTES];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_u8(&w, INVITE_VERSION);
    write_u8(&w, (uint8_t)invite->kind);
    if (invite->kind != INVITE_OPEN)
        write_copy(&w, invite->secret, sizeof invite->secret);
    if (invite->kind == INVITE_TICKET)
        write_copy(&w, invite->ticket, sizeof invite->ticket);
    for (size_t i = 0; i < invite->count; i++) {
        size_t before = w.size;
        address_write(&w, &invite->addresses[i]);
        if (i > 0 && letters(w.size + CHECK_BYTES) > INVITE_PICTURE_MAX)
            w.size = before;
    }
    check_of(check, bytes, w.size);
    write_copy(&w, check, sizeof check);
    text_write(text, written(&w));
    sodium_memzero(bytes, sizeof bytes);
}
