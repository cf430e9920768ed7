/* Fuzz: what a person types as an address. What is taken has one meaning: written out again in full
 * it reads as the same, and its numeric form goes there and back. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void written_out_reads_the_same(const struct target *target)
{
    static const char *const schemes[] = {"", "zmq://", "pair://"};
    char text[300];
    struct target again;
    bool six = strchr(target->host, ':') != NULL;
    snprintf(text, sizeof text, "%s%s%s%s", schemes[target->kind], six ? "[" : "", target->host,
             six ? "]" : "");
    if (target->port != 0) {
        snprintf(text + strlen(text), sizeof text - strlen(text), ":%u", (unsigned)target->port);
    }
    CHECK(target_read(&again, text));
    CHECK(again.kind == target->kind && again.port == target->port);
    CHECK(strcmp(again.host, target->host) == 0);
}

static void numeric_goes_there_and_back(const char *text, const struct target *target)
{
    struct address address = {{0}}, once, twice;
    struct sockaddr_storage to;
    socklen_t size;
    if (strlen(text) >= sizeof address.text) {
        return;
    }
    strcpy(address.text, text);
    if (!address_to_sockaddr(&address, &to, &size)) {
        return;
    }
    CHECK(target->kind == TARGET_LINK && target->port != 0);
    CHECK(address_from_sockaddr(&once, (struct sockaddr *)&to, target->port));
    CHECK(address_to_sockaddr(&once, &to, &size));
    CHECK(address_from_sockaddr(&twice, (struct sockaddr *)&to, target->port));
    CHECK(strcmp(once.text, twice.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[600];
    struct target target;
    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = 0;
    if (target_read(&target, text)) {
        CHECK(memchr(target.host, 0, sizeof target.host) != NULL);
        CHECK(target.kind == TARGET_LINK || target.port != 0);
        CHECK(target.host[0] != 0 || target.port != 0);
        written_out_reads_the_same(&target);
        numeric_goes_there_and_back(text, &target);
    }
    return 0;
}
