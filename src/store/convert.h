/* Convert: a profile's files from clear to sealed, and back. */
#pragma once

#include "base/error.h"

/* Seals all that is in the profile's directory under a new key and this passphrase, and opens the vault.
 * The profile is locked (flock) and its databases are closed. After a failure all is as it was. */
enum error_code convert_seal(const char *directory, const char *passphrase, struct error *error);
/* Takes the passphrase away: all is in clear then, and the vault closed. It must be open. */
enum error_code convert_clear(const char *directory, struct error *error);
/* What a crash within one of these left: goes on to the end, or takes back what was begun. To be called
 * before anything in the profile is read. */
void convert_settle(const char *directory);
