/* Certificate: whose device a node is, by the word of both; and that it is so no more (PROTOCOL.md section 13).
 * A person is a root, an identity that certifies others as his devices; the root may be a device itself. */
#pragma once

#include "core/entry.h"

#define DEVICE_LABEL_MAX 32

struct certificate {
    struct id root, device;
    uint64_t number; /* wall ms when it was made; of two the higher counts */
    char label[DEVICE_LABEL_MAX +
               1]; /* foreign bytes: tame them; 1 to DEVICE_LABEL_MAX, no zero among them */
    struct signature by_root, by_device;
};

struct revocation {
    struct certificate certificate; /* of the device, so that it need not be known */
    struct id channel;              /* zeros: of all that have none of their own */
    uint64_t number;                /* as above */
    size_t count;                   /* up to these entries in the channel its lines are good */
    struct {
        uint64_t seq;
        struct id tip;
    } heads[LIMIT_BRANCHES];
    struct signature by_root;
};

enum device_form { DEVICE_NONE, DEVICE_CERTIFICATE = 1, DEVICE_REVOCATION = 2 };

#define CERTIFICATE_BYTES (32 + 32 + 8 + 1 + DEVICE_LABEL_MAX + 64 + 64)
#define DEVICE_BODY_MAX   (1 + CERTIFICATE_BYTES + 32 + 8 + 1 + LIMIT_BRANCHES * 40 + 64)

/* True for 1 to DEVICE_LABEL_MAX bytes of UTF-8 in which nothing is a control. */
bool device_label_ok(const char *label);

/* Each signs for its part; root, device, number and label are set. */
void certificate_sign_root(struct certificate *certificate, const struct identity *root);
void certificate_sign_device(struct certificate *certificate, const struct identity *device);
/* Of two of one device, the one that counts, whichever was heard first. */
bool certificate_counts_more(const struct certificate *a, const struct certificate *b);
bool certificate_verify(const struct certificate *certificate);
void revocation_sign(struct revocation *revocation, const struct identity *root);
/* With the certificate in it. */
/* Likewise, of one channel. */
bool revocation_counts_more(const struct revocation *a, const struct revocation *b);
bool revocation_verify(const struct revocation *revocation);

/* The body of an entry of kind 7; returns its size. */
size_t certificate_write(uint8_t out[DEVICE_BODY_MAX], const struct certificate *certificate);
size_t revocation_write(uint8_t out[DEVICE_BODY_MAX], const struct revocation *revocation);
/* What the body is, and fills the one that it says (of a certificate: only that in *revocation). Signatures are
 * not looked at. */
enum device_form device_read(struct bytes body, struct revocation *revocation);
