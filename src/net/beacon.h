/* Beacon: "here I am" on every interface, sealed for the holders of the network's secret. To others
 * it is random bytes (PROTOCOL.md section 7). */
#pragma once

#include <netinet/in.h>
#include <poll.h>

#include "base/error.h"
#include "core/face.h"

#define BEACON_PORT 23452
#define BEACON_BYTES \
    85 /* nonce 24, sealed: version 1, port 2, zero 2, node 32, process 8; MAC 16 */
#define BEACON_POLL_MAX    3
#define BEACON_PACKETS_MAX 64
#define BEACON_WAYS_MAX    128

struct beacon_card {
    struct id node;
    struct process process;
    uint16_t port; /* TCP, not 0 */
};

void beacon_key(uint8_t key[32], const uint8_t network_secret[32]);
/* Seals a card with a nonce that is used once; the opposite refuses any other length, version or
 * MAC, and port 0. */
void beacon_seal(uint8_t out[BEACON_BYTES], const struct beacon_card *card, const uint8_t key[32],
                 const uint8_t nonce[24]);
bool beacon_unseal(struct beacon_card *card, const uint8_t *packet, size_t size,
                   const uint8_t key[32]);

struct beacon;

/* Opens the UDP sockets (IPv4 broadcast and multicast, IPv6 link-local multicast; SO_REUSEADDR, so
 * that many fikas on one machine all hear). Having no network is no error: it waits for one. Where
 * the port is taken by another program it sends only. NULL only when nothing can be opened. */
struct beacon *beacon_open(const uint8_t network_secret[32], const struct beacon_card *self,
                           uint16_t udp_port, struct error *error);
/* NULL is allowed. */
void beacon_close(struct beacon *beacon);
/* What to poll for reading; returns how many (at most BEACON_POLL_MAX). */
size_t beacon_poll(struct beacon *beacon, struct pollfd *items);
/* Sends one beacon on every interface that is up, loopback included. Never waits. */
void beacon_send(struct beacon *beacon);
/* Sends one to this address alone, at the port that all share. */
void beacon_ask(struct beacon *beacon, struct in_addr address);
/* The same to where a beacon came from, as beacon_next gave it. */
void beacon_answer(struct beacon *beacon, const struct address *to);
/* The next beacon heard: from whom, and the numeric address where it can be dialled (the sender's
 * IP with zone, the card's port; 127.0.0.1 for a sender on this machine). One's own are left out,
 * and those that come from beyond this machine's own links. Says false at the latest after
 * BEACON_PACKETS_MAX packets, even if more are waiting: poll again. */
bool beacon_next(struct beacon *beacon, struct address *address, struct beacon_card *card);
/* Packets read so far, whatever they were. */
uint64_t beacon_packets(const struct beacon *beacon);
/* True once after interfaces or addresses changed. */
bool beacon_changed(struct beacon *beacon);

/* One address of this machine, and how beacons left from it (from IPv6 ones that are not
 * link-local, none do). */
struct beacon_way {
    char name[16]; /* the interface */
    bool ip6;
    uint64_t sent;   /* beacons that left by broadcast, multicast or both */
    uint64_t failed; /* beacons that could not leave at all */
    uint64_t heard;  /* from other machines, there */
    bool loopback;
    int error; /* the errno of the newest failure of any kind, 0 for none yet */
};
/* By index from 0; false past the end. */
bool beacon_way(const struct beacon *beacon, size_t index, struct beacon_way *way);
/* True when the address is one of another machine on that way's own network. */
bool beacon_way_leads(const struct beacon *beacon, size_t index, const struct address *address);
