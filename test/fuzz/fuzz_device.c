/* What is said of devices, and how a person's secret is written down: bodies of kind 7, 24 words, the line of a backup.
 * What is read is written again as it was; what is not signed never counts. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "core/persons.h"
#include "store/backup.h"
#include "store/phrase.h"

#define TEXT_MAX 2048

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct identity root, device;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    uint8_t seed[32] = {1};
    (void)argc, (void)argv;
    CHECK(sodium_init() >= 0);
    root = identity_from_seed(seed);
    seed[0] = 2;
    device = identity_from_seed(seed);
    return 0;
}

static size_t write_again(enum device_form form, const struct revocation *said,
                          uint8_t out[DEVICE_BODY_MAX])
{
    return form == DEVICE_CERTIFICATE ? certificate_write(out, &said->certificate)
                                      : revocation_write(out, said);
}

static enum person_news take(struct persons *persons, const struct id *author, struct bytes body,
                             struct id *about)
{
    static const struct id CHANNEL = {{7}};
    return persons_take(persons, &CHANNEL, author, body, about);
}

/* As it is, it counts only if it was signed; signed by keys that are there, it counts as it says. */
static void look_at_body(struct bytes body)
{
    static const uint8_t KEY[16] = {1};
    struct revocation said;
    struct persons persons;
    uint8_t out[DEVICE_BODY_MAX];
    struct id about;
    enum device_form form = device_read(body, &said);
    persons_init(&persons, KEY);
    if (form != DEVICE_NONE) {
        CHECK(write_again(form, &said, out) == body.size && memcmp(out, body.at, body.size) == 0);
        CHECK(take(&persons, &said.certificate.device, body, &about) == NEWS_NONE ||
              certificate_verify(&said.certificate));
        persons_release(&persons);
        persons_init(&persons, KEY);
        said.certificate.root = root.node;
        said.certificate.device = device.node;
        certificate_sign_root(&said.certificate, &root);
        certificate_sign_device(&said.certificate, &device);
        revocation_sign(&said, &root);
        struct bytes again = {out, write_again(form, &said, out)};
        enum person_news news = take(&persons, &device.node, again, &about);
        bool elsewhere =
            form == DEVICE_REVOCATION && !id_is_zero(&said.channel) && said.channel.b[0] != 7;
        CHECK(elsewhere ? news == NEWS_NONE : true);
        CHECK(form != DEVICE_CERTIFICATE || news == NEWS_CERTIFIED);
        CHECK(take(&persons, &device.node, again, &about) == NEWS_NONE);
        CHECK(news != NEWS_REVOKED || id_equal(persons_root(&persons, &device.node), &device.node));
        CHECK(news != NEWS_CERTIFIED || id_equal(persons_root(&persons, &device.node), &root.node));
    }
    persons_release(&persons);
}

static void look_at_text(const char *text)
{
    uint8_t secret[PHRASE_SECRET];
    char words[PHRASE_ROOM];
    struct phrase_told told;
    backup_line_ok(text);
    if (phrase_read(text, secret, &told) == PHRASE_GOOD) {
        uint8_t again[PHRASE_SECRET];
        phrase_write(secret, words);
        CHECK(phrase_read(words, again, &told) == PHRASE_GOOD &&
              memcmp(secret, again, sizeof again) == 0);
    }
    CHECK(strlen(told.word) < sizeof told.word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (size > 0 && data[0] < ' ')
        look_at_body((struct bytes){data, size});
    else
        look_at_text(text);
    return 0;
}
