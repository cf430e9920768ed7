"""Sections 10 and 12 of docs/PROTOCOL.md from their text alone: what only two can read, and what only the members of a
private channel can. `key` is a signing.SigningKey; what cannot be opened is a ValueError."""

import hashlib
import os
import struct

from nacl import bindings, exceptions, public

import fika

SIZES = (64, 256, 1024, 4096, 8192, 15976)
TEXT, ACTION, FORGET, EDIT, REACTION, SEALED = range(1, 7)
ADMIT, REMOVE, EPOCH = range(8, 11)
KEYS, REQUEST = 16, 17


def need(condition, what="not formed so"):
    if not condition:
        raise ValueError(what)


def keyed(domain, key, *parts, size=32):
    return hashlib.blake2b(b"".join(parts), key=key, digest_size=32, person=domain).digest()[:size]


def node(key):
    return bytes(key.verify_key)


def opened(function, *arguments):
    """What libsodium makes of it, unless it refuses."""
    try:
        return function(*arguments)
    except exceptions.CryptoError:
        raise ValueError("libsodium refuses it") from None


# ---- section 10: two alone ----


def dh(secret, other):
    return opened(bindings.crypto_scalarmult, secret, other)  # zeros are refused by it


def shared(key, other):
    secret = bindings.crypto_sign_ed25519_sk_to_curve25519(bytes(key) + node(key))
    return dh(secret, bindings.crypto_sign_ed25519_pk_to_curve25519(other))


def direct_id(network, key, other):
    return fika.H(b"fika-direct-v1", network, shared(key, other), *sorted((node(key), other)))


class Prekey:
    def __init__(self, number, secret=None):
        self.secret, self.number = secret or bytes(public.PrivateKey.generate()), number
        self.public = bindings.crypto_scalarmult_base(self.secret)

    def card(self, network, key):
        """The frame CARD."""
        card = struct.pack("<B32sQ32s", 1, node(key), self.number, self.public)
        signature = key.sign(b"fika-card-v1".ljust(16, b"\0") + network + card).signature
        return bytes([fika.CARD]) + card + signature


def padded(kind, body):
    plain = struct.pack("<BH", kind, len(body)) + body
    return plain.ljust(min(size for size in SIZES if size >= len(plain)), b"\0")


def unpadded(plain):
    need(len(plain) in SIZES)
    kind, size = struct.unpack_from("<BH", plain)
    need(3 + size <= len(plain))
    body = plain[3 : 3 + size]
    need(plain == padded(kind, body))
    return kind, body


def direct_key(writer, reader, channel, prekey, e, secrets):
    return keyed(b"fika-seal-v1", secrets, writer, reader, channel, prekey, e)


def seal_direct(key, reader, channel, prekey, kind, body):
    """The body of kind 6 for who has that prekey (its public half)."""
    once = bytes(public.PrivateKey.generate())
    e = bindings.crypto_scalarmult_base(once)
    sealing = direct_key(node(key), reader, channel, prekey, e, dh(once, prekey) + shared(key, reader))
    head = b"\1" + prekey[:8] + e
    return head + bindings.crypto_aead_chacha20poly1305_ietf_encrypt(padded(kind, body), head, bytes(12), sealing)


def open_direct(key, writer, channel, prekey, sealed):
    """(kind, body) of what was sealed to one's own prekey."""
    head, text = sealed[:41], sealed[41:]
    need(len(head) == 41 and head[:9] == b"\1" + prekey.public[:8], "another prekey, or version")
    e = head[9:]
    sealing = direct_key(writer, node(key), channel, prekey.public, e, dh(prekey.secret, e) + shared(key, writer))
    return unpadded(opened(bindings.crypto_aead_chacha20poly1305_ietf_decrypt, text, head, bytes(12), sealing))


# ---- section 12: private channels ----


def private_id(network, founder, nonce):
    return fika.H(b"fika-private-v1", network, founder, nonce)


def check_of(secret, channel, maker, e):
    return keyed(b"fika-check-v1", secret, channel, maker, e, size=16)


def row_key(channel, maker, reader, prekey, e, secrets):
    return keyed(b"fika-epoch-v1", secrets, channel, maker, reader, prekey, e)


def epoch_make(key, channel, readers, last, secret=None, pair=None):
    """The body of kind 10 for {node: prekey or None}, and its secret."""
    secret, pair = secret or os.urandom(32), pair or os.urandom(32)
    e, maker = bindings.crypto_scalarmult_base(pair), node(key)
    check = check_of(secret, channel, maker, e)
    rows = []
    for reader, prekey in sorted(readers.items()):
        sealed = bytes(48)
        if prekey:
            sealing = row_key(channel, maker, reader, prekey, e, dh(pair, prekey) + shared(key, reader))
            sealed = bindings.crypto_aead_chacha20poly1305_ietf_encrypt(secret, e + check, bytes(12), sealing)
        rows.append(reader[:8] + (prekey or bytes(4))[:4] + sealed)
    return e + check + last + struct.pack("<H", len(rows)) + b"".join(rows), secret


def epoch_rows(body):
    """e, check, last, and {the first bytes of a member: (of his prekey, sealed)}."""
    need(len(body) >= 82)
    e, check, last, count = struct.unpack_from("<32s16s32sH", body)
    rows = fika.split(body[82:], 60)
    need(len(body) == 82 + 60 * count and count <= 256)
    names = [row[:8] for row in rows]
    need(names == sorted(set(names)))
    return e, check, last, {row[:8]: (row[8:12], row[12:]) for row in rows}


def epoch_open(key, maker, channel, prekey, body):
    """The secret of another's epoch, out of one's own row."""
    e, check, _, rows = epoch_rows(body)
    need(node(key)[:8] in rows, "no row")
    short, sealed = rows[node(key)[:8]]
    need(short == prekey.public[:4], "another prekey")
    sealing = row_key(channel, maker, node(key), prekey.public, e, dh(prekey.secret, e) + shared(key, maker))
    secret = opened(bindings.crypto_aead_chacha20poly1305_ietf_decrypt, sealed, e + check, bytes(12), sealing)
    need(check_of(secret, channel, maker, e) == check, "another secret")
    return secret


def line_key(secret, channel, author, term):
    return keyed(b"fika-group-v1", secret, channel, author, struct.pack("<H", term))


def seal_line(secret, epoch, channel, author, term, kind, body, nonce=None):
    """The body of kind 6 under an epoch: the first 8 bytes of its entry's id."""
    head = b"\2" + epoch + (nonce or os.urandom(24))
    sealing = line_key(secret, channel, author, term)
    return head + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(padded(kind, body), head, head[9:], sealing)


def open_line(secret, epoch, channel, author, term, sealed):
    head, text = sealed[:33], sealed[33:]
    need(len(head) == 33 and head[:9] == b"\2" + epoch, "another epoch, or version")
    sealing = line_key(secret, channel, author, term)
    return unpadded(opened(bindings.crypto_aead_xchacha20poly1305_ietf_decrypt, text, head, head[9:], sealing))


def admit(member, term=0, role=0, history=0, by=bytes(32), last=bytes(32)):
    return member + struct.pack("<HBB", term, role, history) + by + last


def removal(member, term, seq=0, tip=bytes(32), his=bytes(32), by=bytes(32), last=bytes(32)):
    return member + struct.pack("<HQ", term, seq) + tip + his + by + last


def keys_read(body):
    """Inner kind 16: the channel's id, what an invitation says (or None), and {epoch: secret}."""
    need(len(body) >= 36 and body[0] == 1 and body[33] <= 1)
    channel, invites, rest, invitation = body[1:33], body[33], body[34:], None
    if invites:
        founder, nonce, size = struct.unpack_from("<32s16sB", rest)
        name, admitted, rest = rest[49 : 49 + size], rest[49 + size : 81 + size], rest[81 + size :]
        invitation = founder, nonce, name.decode(), admitted
    need(len(rest) == 2 + 40 * int.from_bytes(rest[:2], "little"))
    return channel, invitation, {row[:8]: row[8:] for row in fika.split(rest[2:], 40)}


def request(channel, *epochs):
    """Inner kind 17."""
    return b"\1" + channel + struct.pack("<H", len(epochs)) + b"".join(epochs)


class Group(fika.Channel):
    """A private channel as one of its members holds it."""

    def __init__(self, network_secret, id_):
        super().__init__(network_secret, "")
        self.id, self.secrets = id_, {}

    def entries(self, kind):
        """(id, entry, body) of those of a kind, in the order of a screen."""
        found = [(e.lamport, e.author, e.seq, i) for i, e in self.held.items() if e.kind == kind and i in self.bodies]
        return [(i, self.held[i], self.bodies[i]) for _, _, _, i in sorted(found)]

    def learn(self, key, *prekeys):
        """The secrets of the epochs that were sealed to one's own prekeys."""
        for i, e, body in self.entries(EPOCH):
            for prekey in prekeys if i[:8] not in self.secrets else ():
                try:
                    self.secrets[i[:8]] = epoch_open(key, e.author, self.id, prekey, body)
                except ValueError:
                    continue

    def texts(self):
        """What can be read of what was said, in order; it leaves nothing out."""
        texts = []
        for _, e, body in self.entries(SEALED):
            secret = self.secrets.get(body[1:9])
            kind, said = open_line(secret, body[1:9], self.id, e.author, e.flags, body) if secret else (0, b"")
            if kind == TEXT:
                texts.append(said[1 + said[0] :].decode())
        return texts

    def seal(self, key, nick, text, epoch):
        """The body of one's own line under that epoch."""
        said = bytes([len(nick)]) + nick.encode() + text.encode()
        return seal_line(self.secrets[epoch], epoch, self.id, node(key), self.term, TEXT, said)
