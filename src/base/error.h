/* Errors of the world: one table of codes and the sentence that a person gets. A peer's errors are
 * counted where they are found, our own end in CHECK; neither comes here. */
#pragma once

#include <stddef.h>

#include "base/tr.h"

/* Each text takes one %s: what it is about (a path, a port, a host). It says what to do. */
#define ERRORS(X)                                                                                  \
    X(ERROR_NONE, "%s")                                                                            \
    X(ERROR_PORT_TAKEN, N_("port %s is taken by another program; choose another one (-p PORT)"))   \
    X(ERROR_PORT_DENIED,                                                                           \
      N_("port %s may not be opened by this user; choose one above 1023 with -p"))                 \
    X(ERROR_SOCKET, N_("the network could not be opened: %s"))                                     \
    X(ERROR_NO_HOME, N_("there is no home directory to keep fika's files in; set HOME or "         \
                        "XDG_DATA_HOME to a directory that you can write (%s)"))                   \
    X(ERROR_FILE, N_("%s; fika needs to read and write there"))                                    \
    X(ERROR_READ_ONLY,                                                                             \
      N_("%s cannot be written (read-only, or not yours); give fika a place it can "               \
         "write with XDG_DATA_HOME"))                                                              \
    X(ERROR_DISK_FULL, N_("the disk that holds %s is full; make some room there"))                 \
    X(ERROR_KEY_DAMAGED,                                                                           \
      N_("the identity in %s is damaged; put it back from a backup, or move it "                   \
         "away and fika makes a new one"))                                                         \
    X(ERROR_PROFILE_BUSY,                                                                          \
      N_("profile %s is in use by another fika; leave -P out and the next free "                   \
         "one is taken"))                                                                          \
    X(ERROR_LOCKED,                                                                                \
      N_("the profile %s has a passphrase, and there is no terminal to ask for it; give it "       \
         "with --pass-fd"))                                                                        \
    X(ERROR_PASSPHRASE, N_("that is not the passphrase of the profile %s"))                        \
    X(ERROR_PASSPHRASE_NEW, N_("that passphrase will not do: %s"))                                 \
    X(ERROR_VAULT_DAMAGED,                                                                         \
      N_("%s is damaged or missing, and without it nothing in the profile can be read; put "       \
         "it back from a backup"))                                                                 \
    X(ERROR_SEALED, N_("%s is damaged, or was not written under the passphrase of this profile"))  \
    X(ERROR_DEVICE_DAMAGED, N_("%s, by which this profile is a device of yours, is damaged; say "  \
                               "\"fika identity restore\" again"))                                 \
    X(ERROR_BACKUP_DAMAGED, N_("%s is no whole backup of an identity; copy it again"))             \
    X(ERROR_BACKUP_THERE, N_("%s is there already, and no backup is written over it; give "        \
                             "another name"))                                                      \
    X(ERROR_BACKUP_NONE, N_("there is no file %s to restore from"))                                \
    X(ERROR_BACKUP_PASSPHRASE, N_("that is not the passphrase of the backup%s"))                   \
    X(ERROR_WORDS, N_("these are not the 24 words of an identity: %s"))                            \
    X(ERROR_IDENTITY, N_("that is not done: %s"))                                                  \
    X(ERROR_PROFILE_USED, N_("profile %s is in use by another fika; end that one first"))          \
    X(ERROR_PROFILE_NONE, N_("there is no profile %s"))                                            \
    X(ERROR_STORE_NEWER, N_("the history in %s was written by a newer fika; update this one"))     \
    X(ERROR_STORE_DAMAGED, N_("the history in %s is damaged"))                                     \
    X(ERROR_STORE, N_("the history could not be used: %s"))                                        \
    X(ERROR_NETWORK_UNKNOWN,                                                                       \
      N_("there is no network named %s in this profile; make one with "                            \
         "--network new, or join one with --network @FILE or --network ask"))                      \
    X(ERROR_NETWORK_SECRET, N_("%s holds no network secret (64 hex digits, or a passphrase of at " \
                               "least 8 characters)"))                                             \
    X(ERROR_INVITE, N_("the invite cannot be followed: %s"))                                       \
    X(ERROR_PROXY, N_("socks = %s in the configuration is no proxy; give its numeric address and " \
                      "its port, such as 127.0.0.1:9050"))                                         \
    X(ERROR_MEMORY, N_("there is not enough memory (%s)"))

enum error_code {
#define X(name, text) name,
    ERRORS(X)
#undef X
};

struct error {
    enum error_code code;
    char about[256];
};

/* Sets code and what it is about (cut to fit), and returns code. `error` may be NULL. */
enum error_code error_set(struct error *error, enum error_code code, const char *about);
/* The same with ": " and the text of the OS error number behind it. */
enum error_code error_set_os(struct error *error, enum error_code code, const char *about, int os);
/* The whole sentence, without a full stop at the end; always ends with a zero. */
void error_text(const struct error *error, char *out, size_t room);
