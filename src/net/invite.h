/* Invite: what lets another machine into a network, as one line that a person copies: the secret, and
 * where to call (PROTOCOL.md section 9). */
#pragma once

#include "net/address.h"

#define INVITE_ADDRESSES_MAX 3
#define INVITE_TEXT_MAX      800 /* room for any invite, with its end mark */
#define INVITE_PICTURE_MAX   154 /* letters that a QR code of 37 by 37 squares holds */
#define INVITE_TICKET_BYTES  16

enum invite_kind {
    INVITE_OPEN,   /* to the open network: addresses alone */
    INVITE_SECRET, /* secret: the network's */
    INVITE_TICKET, /* ticket, and in secret the key of the door where it is taken (guest.h) */
};

struct invite {
    enum invite_kind kind;
    uint8_t secret[32];
    uint8_t ticket[INVITE_TICKET_BYTES];
    struct address addresses[INVITE_ADDRESSES_MAX]; /* numeric or a name, with a port */
    size_t count;
};

enum invite_fault {
    INVITE_GOOD,
    INVITE_NONE,     /* it is no invite */
    INVITE_MISTYPED, /* it was one: a letter is missing or wrong */
    INVITE_NEWER,    /* of a version that this fika does not know */
};

/* Reads "fika:" and letters and digits, in either case, with blanks and line ends among them left
 * out; without its "fika:" only what is whole is one. Anything else leaves *invite zeroed. */
enum invite_fault invite_read(struct invite *invite, const char *text, size_t size);
/* Writes it, lower case. Addresses that cannot be written are left out; so are, from the last on, those
 * with which it would be longer than INVITE_PICTURE_MAX. */
void invite_write(const struct invite *invite, char text[INVITE_TEXT_MAX]);
/* True when it begins as one does. */
bool invite_begins(const char *text, size_t size);
