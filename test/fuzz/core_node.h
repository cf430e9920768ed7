/* A node of fuzz_core.c as its shell sees it, and what it has on disk. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core_direct.h"

#define HELD_MAX     400
#define LINKS_MAX    400
#define FLIGHTS_MAX  256
#define LATER_MAX    512
#define VAULT_GROUPS (LIMIT_CHANNELS + LIMIT_INVITATIONS)
#define VAULT_ACTS   400
#define VAULT_KEYS   512
#define VAULT_PASSES 256
#define TALK_MAX     4000 /* frames in one moment */

struct held { /* an entry on a node's disk */
    struct entry entry;
    uint8_t *body;
    struct signature signature;
    bool is_signed;
    struct entry line; /* how it reads here, if it is sealed; kind 0: that is not known */
    uint8_t *line_body;
    enum why_closed why; /* in a private channel, if it does not read */
};

/* What it keeps for private channels. */
struct kept_act {
    struct id channel, id;
    uint8_t *entry; /* header and body */
    size_t size;
};

struct kept_key {
    struct id channel;
    struct loose_key key;
};

struct pass { /* through the lines of an author, or under an epoch */
    struct id channel, author;
    bool by_epoch;
    uint8_t epoch[ACT_SHORT];
};

struct vault {
    struct group_kept groups[VAULT_GROUPS];
    size_t group_count;
    struct kept_act acts[VAULT_ACTS];
    size_t act_count;
    struct kept_key keys[VAULT_KEYS];
    size_t key_count;
    struct pass passes[VAULT_PASSES];
    size_t pass_count;
};

struct wire { /* a link as one node's shell sees it */
    int node;
    uint64_t number;
    bool open;
    int peer; /* the other core's wire, or -1: a stranger or sybil */
    struct nonce client_nonce;
    struct id client_key;
};

struct flight {
    int wire; /* where it arrives */
    enum event_kind kind;
    uint8_t *bytes;
    size_t size;
};

struct node {
    struct core *core;
    struct held held[HELD_MAX];
    size_t held_count;
    struct event later[LATER_MAX]; /* what the disk has to say */
    size_t later_count;
    bool slow;       /* it says so later */
    bool unwritable; /* the core was told so */
    bool overflowed; /* the disk is full: invariant 2 is not checked any more */
    bool stopped, loading;
    uint8_t hello1[256]; /* the last HELLO1 that it sent, for sybils */
    size_t hello1_size;
    struct direct_disk direct;
    struct vault vault;
    struct core_config kept; /* what its profile remembers */
    bool refused[PEOPLE];    /* devices that were revoked */
};

static struct node nodes[NODES];
static struct wire wires[LINKS_MAX];
static size_t wire_count;
static struct flight flights[FLIGHTS_MAX];
static size_t flight_count;
static uint64_t now_us, wall_ms, next_inbound;
static struct identity authors[PEOPLE];
static struct id network, channel_ids[4];
static uint8_t frame_room[LIMIT_FRAME];
static const char *const NAMES[4] = {"#fika", "#b", "#c", "#d"};

static struct wire *wire_of(int node, uint64_t number)
{
    for (size_t i = 0; i < wire_count; i++)
        if (wires[i].node == node && wires[i].number == number)
            return &wires[i];
    return NULL;
}

static const struct held *held_entry(const struct node *node, const struct id *id)
{
    for (size_t i = 0; i < node->held_count; i++)
        if (id_equal(&node->held[i].entry.id, id))
            return &node->held[i];
    return NULL;
}

static bool is_whole(const struct node *node, const struct id *id)
{
    const struct held *held = held_entry(node, id);
    while (held != NULL && held->entry.seq > 1)
        held = held_entry(node, &held->entry.prev);
    return held != NULL;
}
