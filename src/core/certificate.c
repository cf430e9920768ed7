/* Certificate: what the signatures are over, and the bodies of entries of kind 7.
 *
 * 1. A device is one by two signatures, its root's and its own: so nobody claims another's key as his device, and nobody says
 *    that he is another's. A revocation has the certificate in it: so it holds whoever knows what, and only of who once agreed.
 * 2. Each of the three signatures has its own domain, so none of them can stand for another. */
#include "core/certificate.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define DOMAIN_SIZE 16

static const char DOMAIN_ROOT[DOMAIN_SIZE] = "fika-device-v1";
static const char DOMAIN_DEVICE[DOMAIN_SIZE] = "fika-owner-v1";
static const char DOMAIN_REVOKE[DOMAIN_SIZE] = "fika-revoke-v1";

#define TERMS_ROOM (DOMAIN_SIZE + DEVICE_BODY_MAX)

bool device_label_ok(const char *label)
{
    size_t size = strlen(label);
    if (size < 1 || size > DEVICE_LABEL_MAX || !utf8_valid(label, size))
        return false;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_decode(label + i, size - i, &code);
        if (text_is_unsafe(code))
            return false;
    }
    return true;
}

/* All of a certificate but its signatures. */
static void write_terms(struct writer *w, const struct certificate *certificate)
{
    size_t size = strlen(certificate->label);
    write_id(w, &certificate->root);
    write_id(w, &certificate->device);
    write_u64(w, certificate->number);
    write_u8(w, (uint8_t)size);
    write_copy(w, certificate->label, size);
}

static struct bytes terms_of(uint8_t room[TERMS_ROOM], const char domain[DOMAIN_SIZE],
                             const struct certificate *certificate)
{
    struct writer w = writer_of(room, TERMS_ROOM);
    write_copy(&w, domain, DOMAIN_SIZE);
    write_terms(&w, certificate);
    CHECK(!w.full);
    return written(&w);
}

static void write_heads(struct writer *w, const struct revocation *revocation)
{
    write_id(w, &revocation->channel);
    write_u64(w, revocation->number);
    write_u8(w, (uint8_t)revocation->count);
    for (size_t i = 0; i < revocation->count; i++) {
        write_u64(w, revocation->heads[i].seq);
        write_id(w, &revocation->heads[i].tip);
    }
}

static struct bytes revoked_terms(uint8_t room[TERMS_ROOM], const struct revocation *revocation)
{
    struct writer w = writer_of(room, TERMS_ROOM);
    write_copy(&w, DOMAIN_REVOKE, DOMAIN_SIZE);
    write_id(&w, &revocation->certificate.root);
    write_id(&w, &revocation->certificate.device);
    write_heads(&w, revocation);
    CHECK(!w.full);
    return written(&w);
}

static struct signature sign(struct bytes terms, const struct identity *identity)
{
    struct signature signature;
    crypto_sign_detached(signature.b, NULL, terms.at, terms.size, identity->secret);
    return signature;
}

static bool holds(const struct signature *signature, struct bytes terms, const struct id *key)
{
    return crypto_sign_verify_detached(signature->b, terms.at, terms.size, key->b) == 0;
}

void certificate_sign_root(struct certificate *certificate, const struct identity *root)
{
    uint8_t room[TERMS_ROOM];
    certificate->by_root = sign(terms_of(room, DOMAIN_ROOT, certificate), root);
}

void certificate_sign_device(struct certificate *certificate, const struct identity *device)
{
    uint8_t room[TERMS_ROOM];
    certificate->by_device = sign(terms_of(room, DOMAIN_DEVICE, certificate), device);
}

bool certificate_counts_more(const struct certificate *a, const struct certificate *b)
{
    if (a->number != b->number)
        return a->number > b->number;
    int order = id_compare(&a->root, &b->root);
    if (order == 0)
        order = memcmp(a->by_root.b, b->by_root.b, sizeof a->by_root.b);
    if (order == 0)
        order = memcmp(a->by_device.b, b->by_device.b, sizeof a->by_device.b);
    return order > 0;
}

bool revocation_counts_more(const struct revocation *a, const struct revocation *b)
{
    if (a->number != b->number)
        return a->number > b->number;
    return memcmp(a->by_root.b, b->by_root.b, sizeof a->by_root.b) > 0;
}

bool certificate_verify(const struct certificate *certificate)
{
    uint8_t room[TERMS_ROOM];
    return !id_equal(&certificate->root, &certificate->device) &&
           holds(&certificate->by_root, terms_of(room, DOMAIN_ROOT, certificate),
                 &certificate->root) &&
           holds(&certificate->by_device, terms_of(room, DOMAIN_DEVICE, certificate),
                 &certificate->device);
}

void revocation_sign(struct revocation *revocation, const struct identity *root)
{
    uint8_t room[TERMS_ROOM];
    CHECK(revocation->count <= LIMIT_BRANCHES);
    revocation->by_root = sign(revoked_terms(room, revocation), root);
}

bool revocation_verify(const struct revocation *revocation)
{
    uint8_t room[TERMS_ROOM];
    return certificate_verify(&revocation->certificate) &&
           holds(&revocation->by_root, revoked_terms(room, revocation),
                 &revocation->certificate.root);
}

/* ---- bodies ---- */

static void write_certificate(struct writer *w, enum device_form form,
                              const struct certificate *certificate)
{
    write_u8(w, (uint8_t)form);
    write_terms(w, certificate);
    write_copy(w, certificate->by_root.b, sizeof certificate->by_root.b);
    write_copy(w, certificate->by_device.b, sizeof certificate->by_device.b);
}

size_t certificate_write(uint8_t out[DEVICE_BODY_MAX], const struct certificate *certificate)
{
    struct writer w = writer_of(out, DEVICE_BODY_MAX);
    write_certificate(&w, DEVICE_CERTIFICATE, certificate);
    CHECK(!w.full);
    return w.size;
}

size_t revocation_write(uint8_t out[DEVICE_BODY_MAX], const struct revocation *revocation)
{
    struct writer w = writer_of(out, DEVICE_BODY_MAX);
    write_certificate(&w, DEVICE_REVOCATION, &revocation->certificate);
    write_heads(&w, revocation);
    write_copy(&w, revocation->by_root.b, sizeof revocation->by_root.b);
    CHECK(!w.full);
    return w.size;
}

static bool read_certificate(struct reader *r, struct certificate *certificate)
{
    certificate->root = read_id(r);
    certificate->device = read_id(r);
    certificate->number = read_u64(r);
    size_t size = read_u8(r);
    if (size < 1 || size > DEVICE_LABEL_MAX)
        return false;
    read_copy(r, certificate->label, size);
    certificate->label[size] = '\0';
    read_copy(r, certificate->by_root.b, sizeof certificate->by_root.b);
    read_copy(r, certificate->by_device.b, sizeof certificate->by_device.b);
    return strlen(certificate->label) == size && certificate->number <= INT64_MAX;
}

static bool read_heads(struct reader *r, struct revocation *revocation)
{
    revocation->channel = read_id(r);
    revocation->number = read_u64(r);
    revocation->count = read_u8(r);
    if (revocation->count > LIMIT_BRANCHES || revocation->number > INT64_MAX)
        return false;
    for (size_t i = 0; i < revocation->count; i++) {
        revocation->heads[i].seq = read_u64(r);
        revocation->heads[i].tip = read_id(r);
        if (revocation->heads[i].seq < 1 || revocation->heads[i].seq > LIMIT_SEQ)
            return false;
    }
    read_copy(r, revocation->by_root.b, sizeof revocation->by_root.b);
    return true;
}

enum device_form device_read(struct bytes body, struct revocation *revocation)
{
    struct reader r = reader_of(body);
    uint8_t form = read_u8(&r);
    memset(revocation, 0, sizeof *revocation);
    if ((form != DEVICE_CERTIFICATE && form != DEVICE_REVOCATION) ||
        !read_certificate(&r, &revocation->certificate) ||
        (form == DEVICE_REVOCATION && !read_heads(&r, revocation)) || !read_done(&r))
        return DEVICE_NONE;
    return (enum device_form)form;
}
