/* Keyring: the files that hold secrets: a profile's identity, the networks' secrets.
 * network_secret() is in profile.h. */
#pragma once

#include "base/error.h"
#include "core/entry.h"

/* Reads the identity from DIRECTORY/identity, or makes one there (*fresh). A damaged file is never
 * overwritten; one that others can read is made 0600. */
enum error_code keyring_identity(const char *directory, struct identity *identity, bool *fresh,
                                 struct error *error);

/* Reads one line from the controlling terminal without echo, after `prompt`. False when there is no
 * terminal, nothing was typed, or a signal came (the terminal is as it was before the signal is
 * acted on). */
bool terminal_secret(const char *prompt, char *out, size_t room);
