/* Papers: what a profile holds of devices: its own certificate, and the revocations that it is to say. */
#pragma once

#include "base/error.h"
#include "core/certificate.h"

#define PAPERS_MOST 2048 /* revocations that are kept to be said */

/* Reads DIRECTORY/device; *found is false when there is none: this identity is nobody's device. What does not hold, or is
 * another's, is damaged. */
enum error_code papers_own(const char *directory, const struct id *self,
                           struct certificate *certificate, bool *found, struct error *error);
enum error_code papers_own_put(const char *directory, const struct certificate *certificate,
                               struct error *error);

/* A revocation, and where it is to be said; channel zeros: in all channels. */
struct paper {
    uint8_t body[DEVICE_BODY_MAX];
    size_t size;
    struct id channel, device;
};
/* Reads DIRECTORY/revocations; *papers is the caller's to free, NULL when there are none. */
enum error_code papers_revoked(const char *directory, struct paper **papers, size_t *count,
                               struct error *error);
/* Adds these to the file; one for the same device and channel is replaced. */
enum error_code papers_revoke(const char *directory, const struct revocation *revocations,
                              size_t count, struct error *error);
