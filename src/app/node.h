/* Node: the network thread. It alone joins the core to sockets, disk and clock: poll, step,
 * perform. */
#pragma once

#include "app/door.h"
#include "app/options.h"
#include "net/link.h"
#include "store/profile.h"

struct node;

struct node_config {
    void *context; /* ZeroMQ's */
    struct profile *profile;
    const struct options *options;
    uint8_t network_secret[32];
    char network_name[64];
    char network_path[512]; /* where its secret is kept; empty for the open one */
    bool network_made;      /* just now */
    bool network_joined;    /* by an invite */
    struct address invited[INVITE_ADDRESSES_MAX]; /* whom to dial at first */
    size_t invited_count;
    struct links_ways ways;
    uint16_t port; /* wanted; 0: any */
    bool port_fixed;
    bool discovery;
    uint64_t carry_bytes; /* that are kept of channels of others */
    bool portmap;         /* a router may be asked to pass the port on */
    size_t last;          /* stored lines of each channel to show first */
    bool pages;           /* the face asks for older lines when they are wanted (PAGE) */
};

/* Opens all that can fail: sockets, history. NULL with *error filled. To be followed by node_run in
 * one thread. */
struct node *node_new(const struct node_config *config, struct error *error);
/* Runs until it is told to stop; frees all. Argument and result as a thread wants them. */
void *node_run(void *node);
