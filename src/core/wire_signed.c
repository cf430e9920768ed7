/* Wire, the frames with what a node has signed by itself, which others pass on, and those that ask for it.
 *
 *   WHO    17
 *   NOTE   18 | channel 32 | node 32 | number 8 | here 1 | nick size 1 | nick | left_s 2 | signature 64
 *   PUNCH  19 | step 1 | to 32 | from 32 | number 8 | port 2 | rtt_us 4 | signature 64 | size 1 | address
 *   CARD   20 | version 1 | node 32 | number 8 | prekey 32 | signature 64
 *   SEEK   21 | node 32
 *   WHOSE  22 | certificate                     (certificate.c)
 *   HELD   26 | channel 32 | node 32 | author 32 | seq 8 | tip 32 | signature 64
 */
#include "core/wire.h"

bool wire_read_who(struct bytes frame)
{
    struct reader r = wire_open(frame, FRAME_WHO);
    return read_done(&r);
}

void wire_write_who(struct writer *w)
{
    write_u8(w, FRAME_WHO);
}

bool wire_read_note(struct bytes frame, struct note *note)
{
    struct reader r = wire_open(frame, FRAME_NOTE);
    note->channel = read_id(&r);
    note->node = read_id(&r);
    note->number = read_u64(&r);
    uint8_t here = read_u8(&r);
    r.bad = r.bad || here > 1;
    note->here = here == 1;
    note->nick = wire_read_nick(&r);
    note->left_s = read_u16(&r);
    read_copy(&r, note->signature.b, sizeof note->signature.b);
    return read_done(&r);
}

void wire_write_note(struct writer *w, const struct note *note)
{
    write_u8(w, FRAME_NOTE);
    write_id(w, &note->channel);
    write_id(w, &note->node);
    write_u64(w, note->number);
    write_u8(w, note->here);
    wire_write_nick(w, note->nick);
    write_u16(w, note->left_s);
    write_copy(w, note->signature.b, sizeof note->signature.b);
}

bool wire_read_holding(struct bytes frame, struct holding *holding)
{
    struct reader r = wire_open(frame, FRAME_HELD);
    holding->channel = read_id(&r);
    holding->node = read_id(&r);
    holding->head.author = read_id(&r);
    holding->head.seq = read_u64(&r);
    holding->head.tip = read_id(&r);
    read_copy(&r, holding->signature.b, sizeof holding->signature.b);
    return read_done(&r) && holding->head.seq >= 1 && holding->head.seq <= LIMIT_SEQ;
}

void wire_write_holding(struct writer *w, const struct holding *holding)
{
    write_u8(w, FRAME_HELD);
    write_id(w, &holding->channel);
    write_id(w, &holding->node);
    write_id(w, &holding->head.author);
    write_u64(w, holding->head.seq);
    write_id(w, &holding->head.tip);
    write_copy(w, holding->signature.b, sizeof holding->signature.b);
}

bool wire_read_whose(struct bytes frame, struct certificate *certificate)
{
    struct reader r = wire_open(frame, FRAME_WHOSE);
    struct revocation said;
    enum device_form form = device_read((struct bytes){r.at, r.left}, &said);
    *certificate = said.certificate;
    return !r.bad && form == DEVICE_CERTIFICATE;
}

void wire_write_whose(struct writer *w, const struct certificate *certificate)
{
    uint8_t body[DEVICE_BODY_MAX];
    write_u8(w, FRAME_WHOSE);
    write_copy(w, body, certificate_write(body, certificate));
}

bool wire_read_keycard(struct bytes frame, struct keycard *card)
{
    struct reader r = wire_open(frame, FRAME_CARD);
    card->version = read_u8(&r);
    card->node = read_id(&r);
    card->number = read_u64(&r);
    card->prekey = read_id(&r);
    read_copy(&r, card->signature.b, sizeof card->signature.b);
    return read_done(&r) && card->version == CARD_VERSION;
}

void wire_write_keycard(struct writer *w, const struct keycard *card)
{
    write_u8(w, FRAME_CARD);
    write_u8(w, card->version);
    write_id(w, &card->node);
    write_u64(w, card->number);
    write_id(w, &card->prekey);
    write_copy(w, card->signature.b, sizeof card->signature.b);
}

bool wire_read_seek(struct bytes frame, struct seek *seek)
{
    struct reader r = wire_open(frame, FRAME_SEEK);
    seek->node = read_id(&r);
    seek->hops = read_u8(&r);
    return read_done(&r) && seek->hops >= 1 && seek->hops <= CARRY_HOPS;
}

void wire_write_seek(struct writer *w, const struct seek *seek)
{
    write_u8(w, FRAME_SEEK);
    write_id(w, &seek->node);
    write_u8(w, seek->hops);
}

bool wire_read_punch(struct bytes frame, struct punch *punch)
{
    struct reader r = wire_open(frame, FRAME_PUNCH);
    uint8_t step = read_u8(&r);
    punch->step = (enum punch_step)step;
    punch->to = read_id(&r);
    punch->from = read_id(&r);
    punch->number = read_u64(&r);
    punch->port = read_u16(&r);
    punch->rtt_us = read_u32(&r);
    read_copy(&r, punch->signature.b, sizeof punch->signature.b);
    punch->address = read_bytes(&r, read_u8(&r));
    return read_done(&r) && (step == PUNCH_ASK || step == PUNCH_READY) && punch->port != 0 &&
           (punch->address.size == 0 || record_address_ok(punch->address));
}

void wire_write_punch(struct writer *w, const struct punch *punch)
{
    write_u8(w, FRAME_PUNCH);
    write_u8(w, (uint8_t)punch->step);
    write_id(w, &punch->to);
    write_id(w, &punch->from);
    write_u64(w, punch->number);
    write_u16(w, punch->port);
    write_u32(w, punch->rtt_us);
    write_copy(w, punch->signature.b, sizeof punch->signature.b);
    write_u8(w, (uint8_t)punch->address.size);
    write_copy(w, punch->address.at, punch->address.size);
}
