/* Profile: a named home for one identity and its history, by the XDG rules; locked while a fika
 * uses it. */
#pragma once

#include "base/error.h"
#include "core/core.h"
#include "store/config.h"

struct profile {
    char name[64];
    char path[512]; /* its directory, 0700; the history is history.db in it */
    int lock;       /* flock held on it; -1: not open */
    struct identity identity;
    struct nick nick; /* as kept, or from the config, $USER or passwd, with the profile's number
                         behind it */
    bool fresh;       /* its identity was made just now */
    struct channel_name
        channels[LIMIT_CHANNELS]; /* as kept, or from the config; the current one first */
    size_t channel_count;
    struct config config; /* what the user's config file says */
};

/* The name of a profile or a network: 1 to 63 of A-Z a-z 0-9 . _ -, no . or - at its start. */
bool profile_name_ok(const char *name);

/* Opens the named profile, or (NULL) the first free one, made when it is missing: "default",
 * "default2" ... Where it has a passphrase, asks for it (vault.h). */
enum error_code profile_open(struct profile *profile, const char *name, struct error *error);
/* True when it was made already. */
bool profile_is_there(const char *name);
/* Keeps nick and channels (written beside, then renamed). */
enum error_code profile_keep(struct profile *profile, const struct core_config *keep,
                             struct error *error);
/* Gives the lock back and wipes the identity's secret. */
void profile_close(struct profile *profile);

/* The secret of a network: NULL or "open" for the open one; "new" makes one and names it; "ask"
 * reads a passphrase from the terminal without echo; "@FILE" reads a secret or a passphrase; else
 * one kept in the profile. A passphrase goes through Argon2id once; secrets are kept 0600. `name`
 * gets what to call it, `path` where it is kept ("" for the open one). On failure the secret is
 * zeroed. */
enum error_code network_secret(const struct profile *profile, const char *choice,
                               uint8_t secret[32], char name[64], char path[512],
                               struct error *error);
#define NETWORK_LINE_MAX 1024
/* The first half of that for who looks at it first: the line that "ask" or "@FILE" brings, and "" for
 * any other choice. The caller wipes it. */
enum error_code network_line(const char *choice, char line[NETWORK_LINE_MAX], struct error *error);
/* The second half; `line` is not used for other choices. */
enum error_code network_of_line(const struct profile *profile, const char *choice, const char *line,
                                uint8_t secret[32], char name[64], char path[512],
                                struct error *error);
/* Keeps a secret that came otherwise, under a name that is free ("private", "private2" ...), or finds
 * the name under which the profile has it. */
enum error_code network_keep(const struct profile *profile, const uint8_t secret[32], char name[64],
                             char path[512], struct error *error);
