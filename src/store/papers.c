/* Papers: two files in the profile.
 *
 *     device         "fika-device-1 " and the body of an entry of kind 7 in hex: this node's certificate
 *     revocations    such a body in hex a line
 *
 * Neither is secret. Both are written once and kept: whether one was said in a channel the history knows. */
#include "store/papers.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/files.h"

#define MARK        "fika-device-1 "
#define HEX_MOST    (2 * DEVICE_BODY_MAX)
#define PATH_ROOM   640
#define PAPERS_ROOM ((size_t)PAPERS_MOST * (HEX_MOST + 1) + 1)

/* A line of hex up to its end; returns the bytes, 0 for none that will do. */
static size_t body_read(const char *line, size_t size, uint8_t out[DEVICE_BODY_MAX])
{
    char hex[HEX_MOST + 1];
    if (size == 0 || size > HEX_MOST || size % 2 != 0)
        return 0;
    memcpy(hex, line, size);
    hex[size] = '\0';
    return hex_read(out, size / 2, hex) ? size / 2 : 0;
}

enum error_code papers_own(const char *directory, const struct id *self,
                           struct certificate *certificate, bool *found, struct error *error)
{
    char path[PATH_ROOM], text[sizeof MARK + HEX_MOST + 2];
    uint8_t body[DEVICE_BODY_MAX];
    struct revocation said;
    snprintf(path, sizeof path, "%s/device", directory);
    enum error_code code = file_read(path, text, sizeof text, found, error);
    if (code != ERROR_NONE || !*found)
        return code;
    size_t mark = strlen(MARK);
    size_t size = strncmp(text, MARK, mark) == 0
                      ? body_read(text + mark, strcspn(text + mark, "\n"), body)
                      : 0;
    if (device_read((struct bytes){body, size}, &said) != DEVICE_CERTIFICATE ||
        !id_equal(&said.certificate.device, self) || !certificate_verify(&said.certificate)) {
        *found = false;
        return error_set(error, ERROR_DEVICE_DAMAGED, path);
    }
    *certificate = said.certificate;
    return ERROR_NONE;
}

enum error_code papers_own_put(const char *directory, const struct certificate *certificate,
                               struct error *error)
{
    char path[PATH_ROOM], text[sizeof MARK + HEX_MOST + 2] = MARK;
    uint8_t body[DEVICE_BODY_MAX];
    size_t size = certificate_write(body, certificate), mark = strlen(MARK);
    snprintf(path, sizeof path, "%s/device", directory);
    hex_of(text + mark, body, size);
    text[mark + 2 * size] = '\n';
    return file_replace(path, text, mark + 2 * size + 1, error);
}

enum error_code papers_revoked(const char *directory, struct paper **papers, size_t *count,
                               struct error *error)
{
    char path[PATH_ROOM], *text = malloc(PAPERS_ROOM);
    bool found;
    CHECK(text != NULL);
    *papers = NULL;
    *count = 0;
    snprintf(path, sizeof path, "%s/revocations", directory);
    enum error_code code = file_read(path, text, PAPERS_ROOM, &found, error);
    for (const char *at = text; code == ERROR_NONE && found && *at != '\0' && *count < PAPERS_MOST;
         at += strcspn(at, "\n"), at += *at == '\n') {
        struct paper paper;
        struct revocation said;
        paper.size = body_read(at, strcspn(at, "\n"), paper.body);
        if (device_read((struct bytes){paper.body, paper.size}, &said) != DEVICE_REVOCATION)
            continue; /* an empty one, or half of one */
        paper.channel = said.channel;
        paper.device = said.certificate.device;
        *papers = realloc(*papers, (*count + 1) * sizeof **papers);
        CHECK(*papers != NULL);
        (*papers)[(*count)++] = paper;
    }
    free(text);
    return code;
}

/* The first place for one of that device and channel: its own, or the end. */
static size_t place_of(const struct paper *papers, size_t count, const struct revocation *said)
{
    size_t at = 0;
    while (at < count && !(id_equal(&papers[at].channel, &said->channel) &&
                           id_equal(&papers[at].device, &said->certificate.device)))
        at++;
    return at;
}

enum error_code papers_revoke(const char *directory, const struct revocation *revocations,
                              size_t count, struct error *error)
{
    char path[PATH_ROOM];
    struct paper *papers;
    size_t all, size = 0;
    enum error_code code = papers_revoked(directory, &papers, &all, error);
    if (code != ERROR_NONE)
        return code;
    struct paper *more = realloc(papers, (all + count) * sizeof *papers);
    CHECK(more != NULL);
    papers = more;
    for (size_t i = 0; i < count; i++) {
        size_t at = place_of(papers, all, &revocations[i]);
        all += at == all;
        papers[at].channel = revocations[i].channel;
        papers[at].device = revocations[i].certificate.device;
        papers[at].size = revocation_write(papers[at].body, &revocations[i]);
    }
    size_t first = all > PAPERS_MOST ? all - PAPERS_MOST : 0; /* the oldest were said long ago */
    char *text = malloc(PAPERS_ROOM);
    CHECK(text != NULL);
    for (size_t i = first; i < all; i++) {
        hex_of(text + size, papers[i].body, papers[i].size);
        size += 2 * papers[i].size;
        text[size++] = '\n';
    }
    snprintf(path, sizeof path, "%s/revocations", directory);
    code = file_replace(path, text, size, error);
    free(text);
    free(papers);
    return code;
}
