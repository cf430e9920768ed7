#!/usr/bin/python3
"""Makes entry.txt: what fika's bytes must be, and what must be refused.

Written from docs/PROTOCOL.md and the layouts at the top of src/core/{entry,wire,hello}.c and
src/net/beacon_packet.c, on libraries that fika does not use that way (hashlib, PyNaCl), so that a
mistake in the one is not in the other. `make.py` prints the file; test/unit/test_vectors.c holds
the program to it, test/e2e/test_vectors.py holds this script to it."""

import base64
import hashlib
import struct
import sys

from nacl import bindings

TOP = """\
# Golden vectors of fika, protocol version 7 (docs/PROTOCOL.md). Made by test/vectors/make.py.
#
#   key = value        a value is hex; it goes on in the lines below that begin with a space; spaces
#                      between digits mean nothing; 61*16000 is the byte 61 sixteen thousand times,
#                      and 6162*3 is 616261626162; what follows a # is a remark
#   KIND.accept.NAME   a frame (or beacon) that must be taken, and come out of a writer the same
#   KIND.refuse.NAME   one that must be refused by its reader; NAME says what is wrong with it
#   INVITE. ...        likewise, a line of text
#   KIND.forged.NAME   one that is well formed, and whose signature does not hold
#
# Everything is made from the seeds and names at the top, so each value can be made again.
"""

out = [TOP]


def b(value):
    return value.to_bytes(1, "little")


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def digest(domain, data):
    return hashlib.blake2b(data, digest_size=32, person=domain.encode().ljust(16, b"\0")).digest()


def sign(seed, message):
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return bindings.crypto_sign(message, secret)[:64]


def public(seed):
    return bindings.crypto_sign_seed_keypair(seed)[0]


def shown(data):
    """Hex, with long runs of one byte folded."""
    parts, at = [], 0
    plain = b""
    while at < len(data):
        end = at
        while end < len(data) and data[end] == data[at]:
            end += 1
        if end - at >= 64:
            if plain:
                parts.append(plain.hex())
                plain = b""
            parts.append(f"{data[at]:02x}*{end - at}")
        else:
            plain += data[at:end]
        at = end
    if plain:
        parts.append(plain.hex())
    lines = []
    for part in parts:
        lines += [part] if "*" in part else [part[i:i + 64] for i in range(0, len(part), 64)]
    return lines


class Times:
    """The same bytes a number of times."""
    def __init__(self, data, times):
        self.data, self.times = data, times


def say(key, data, remark=""):
    parts = data if isinstance(data, list) else [data]
    lines = []
    for part in parts:
        if isinstance(part, Times):
            lines.append(f"{part.data.hex()}*{part.times}")
        else:
            lines += shown(part)
    tail = f"  # {remark}" if remark else ""
    if len(lines) == 1:
        out.append(f"{key} = {lines[0]}{tail}")
    else:
        out.append(f"{key} ={tail}")
        out.extend(f"    {line}" for line in lines)


def fields(key, parts):
    """A value written field by field, each with its name."""
    out.append(f"{key} =")
    for name, data in parts:
        lines = shown(data)
        for i, line in enumerate(lines):
            out.append(f"    {line}" + (f"  # {name}" if i == len(lines) - 1 else ""))


def title(text):
    out.append(f"\n# ---- {text} ----\n")


# ---- names ----

ANNA, BO, EVE = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
SECRET = bytes(range(32))
NETWORK = digest("fika-network-v1", SECRET)
CHANNEL = digest("fika-channel-v1", NETWORK + b"#fika")
PROCESS = bytes.fromhex("a0a1a2a3a4a5a6a7")
PROCESS_BO = bytes.fromhex("b0b1b2b3b4b5b6b7")


def names():
    title("who and where")
    say("anna.seed", ANNA, "of an Ed25519 key pair")
    say("anna.id", public(ANNA), "its public key")
    say("bo.seed", BO)
    say("bo.id", public(BO))
    say("network.secret", SECRET)
    say("network.id", NETWORK, "BLAKE2b-256 of it, personal fika-network-v1")
    say("channel.name", b"#fika", "#fika")
    say("channel.id", CHANNEL, "of network.id | name, personal fika-channel-v1")
    say("channel2.name", "#kaffe-å".encode(), "#kaffe-å")
    say("channel2.id", digest("fika-channel-v1", NETWORK + "#kaffe-å".encode()))
    say("channel3.name", b"#" + b"x" * 63, "the longest")
    say("channel3.id", digest("fika-channel-v1", NETWORK + b"#" + b"x" * 63))


# ---- entries ----

class Entry:
    def __init__(self, seq, lamport, prev, body, kind=1, flags=0, wall=1700000000123, version=1,
                 author=ANNA, process=PROCESS, channel=CHANNEL):
        self.seq, self.lamport, self.wall = seq, lamport, wall
        self.version, self.kind, self.flags = version, kind, flags
        self.channel, self.author, self.process = channel, author, process
        self.prev, self.body = prev, body

    def header(self):
        return (b(self.version) + b(self.kind) + u16(self.flags) + self.channel +
                public(self.author) + self.process + u64(self.seq) + u64(self.lamport) +
                u64(self.wall) + self.prev + u32(len(self.body)) +
                digest("fika-body-v1", self.body))

    def id(self):
        return digest("fika-entry-v1", self.header())

    def signature(self):
        return sign(self.author, b"fika-sign-v1".ljust(16, b"\0") + self.id())


def text(nick, words):
    return b(len(nick)) + nick + words


ZERO = bytes(32)
NICK = text(b"anna", b"")


def chain(count, body=lambda i: text(b"anna", b"%d" % i), seq=1, prev=ZERO, lamport=1, **more):
    entries = []
    for i in range(count):
        entries.append(Entry(seq + i, lamport + i, prev, body(i), **more))
        prev = entries[-1].id()
    return entries


def entry_fields(entries, part=0, signature=None, count=None, size=None):
    """The fields of an ENTRY frame, each of which may be told to lie."""
    first = entries[0]
    parts = [("ENTRY", b(7)), ("part", b(part)), ("version", b(first.version)),
             ("channel", first.channel), ("author", public(first.author)),
             ("process", first.process), ("first seq", u64(first.seq)), ("prev", first.prev),
             ("count", u16(len(entries) if count is None else count))]
    for entry in entries:
        parts += [("kind", b(entry.kind)), ("flags", u16(entry.flags)),
                  ("lamport", u64(entry.lamport)), ("wall_ms", u64(entry.wall)),
                  ("body size", u32(len(entry.body) if size is None else size)),
                  ("body", entry.body)]
    parts.append(("signature", entries[-1].signature() if signature is None else signature))
    return [part for part in parts if part[1]]


def frame(*arguments, **more):
    return b"".join(part[1] for part in entry_fields(*arguments, **more))


def dropped(entries, which):
    """A frame in which one body was dropped: bit 31 of its size is set, and its hash stands for it."""
    data, body = frame(entries), entries[which].body
    return data.replace(u32(len(body)) + body,
                        u32(2**31 + len(body)) + digest("fika-body-v1", body))


def entries():
    title("entries: three of anna's, one after another")
    run = [Entry(1, 1, ZERO, text(b"anna", b"hej"))]
    run.append(Entry(2, 5, run[0].id(), text(b"anna", "fika? ☕".encode()), wall=1700000001456))
    run.append(Entry(3, 6, run[1].id(), text(b"anna", b"brews"), kind=2, flags=0x8001,
                     wall=1700000000000))
    for i, entry in enumerate(run, 1):
        say(f"entry{i}.body", entry.body)
        say(f"entry{i}.header", entry.header())
        say(f"entry{i}.id", entry.id())
        say(f"entry{i}.signature", entry.signature())

    title("the body of an edit of the first, and of a reaction of bo's to the second")
    edit = u64(1) + run[0].id() + text(b"anna", b"hello")
    reaction = (u64(2) + run[1].id() + public(ANNA) + b(1) +
                text(b"bo", "\U0001f44d".encode()))
    say("edit.body", edit)
    say("reaction.body", reaction)

    title("ENTRY frames that are taken")
    fields("ENTRY.accept.one", entry_fields(run[:1]))
    fields("ENTRY.accept.three", entry_fields(run, part=1))
    take = {
        "answer-ends": frame(run[1:], part=2),
        "body-of-nothing": frame([Entry(1, 1, ZERO, b"")]),
        "kind-unknown": frame([Entry(1, 1, ZERO, b"\xff\0\xff", kind=200)]),
        "flags-all": frame([Entry(1, 1, ZERO, NICK, flags=0xffff)]),
        "body-at-limit": frame([Entry(1, 1, ZERO, text(b"a" * 32, b"x" * 16000))]),
        "entries-128": frame(chain(128, lambda i: b"")),
        "bytes-at-limit": frame(at_limit(0)),
        "numbers-at-limit": frame([Entry(2**40 - 1, 2**63 - 1, b"\1" * 32, NICK, wall=2**63 - 1)]),
        "wall-of-zero": frame([Entry(1, 1, ZERO, NICK, wall=0)]),
        "body-dropped": dropped(run, 1),
        "body-at-limit-dropped": dropped([Entry(1, 1, ZERO, text(b"a" * 32, b"x" * 16000))], 0),
        "forget": frame([run[0], Entry(2, 5, run[0].id(), u64(1) + run[0].id(), kind=3)]),
        "edit": frame([run[0], Entry(2, 5, run[0].id(), edit, kind=4)]),
        "reaction": frame([Entry(1, 6, ZERO, reaction, kind=5, author=BO)]),
    }
    for name, data in take.items():
        say(f"ENTRY.accept.{name}", data)

    title("ENTRY frames that parse, and are nobody's word")
    good = frame(run)
    other = Entry(1, 1, ZERO, text(b"anna", b"hej"), author=BO)
    forged = {
        "signature-bit": good[:-1] + b(good[-1] ^ 1),
        "signature-zero": frame(run, signature=bytes(64)),
        "signature-of-another": frame(run[:1], signature=other.signature()),
        "signature-of-first-not-last": frame(run, signature=run[0].signature()),
        "signature-over-bare-id": frame(run[:1], signature=sign(ANNA, run[0].id())),
        "body-bit": good.replace(b"hej", b"hek"),
        "clock-moved": frame([Entry(1, 2, ZERO, run[0].body)], signature=run[0].signature()),
        "channel-moved": frame([Entry(1, 1, ZERO, run[0].body, channel=b"\3" * 32)],
                               signature=run[0].signature()),
    }
    for name, data in forged.items():
        say(f"ENTRY.forged.{name}", data)

    title("ENTRY frames that are refused")
    one = frame(run[:1])
    refuse = {
        "truncated-by-one": one[:-1],
        "truncated-in-body": one[:150],
        "truncated-to-kind": one[:1],
        "one-byte-more": one + b"\0",
        "version-0": frame([Entry(1, 1, ZERO, NICK, version=0)]),
        "version-2": frame([Entry(1, 1, ZERO, NICK, version=2)]),
        "seq-0": frame([Entry(0, 1, ZERO, NICK)]),
        "seq-1-with-prev": frame([Entry(1, 1, b"\1" * 32, NICK)]),
        "seq-2-without-prev": frame([Entry(2, 1, ZERO, NICK)]),
        "seq-above-40-bits": frame([Entry(2**40, 1, b"\1" * 32, NICK)]),
        "seq-runs-out": frame(chain(2, seq=2**40 - 1, prev=b"\1" * 32)),
        "lamport-0": frame([Entry(1, 0, ZERO, NICK)]),
        "lamport-same": frame([run[0], Entry(2, 1, run[0].id(), NICK)]),
        "lamport-less": frame([run[0], run[1], Entry(3, 4, run[1].id(), NICK)]),
        "lamport-above-63-bits": frame([Entry(1, 2**63, ZERO, NICK)]),
        "wall-above-63-bits": frame([Entry(1, 1, ZERO, NICK, wall=2**63)]),
        "count-0": frame(run[:1], count=0),
        "count-0-and-no-entry": b"".join(p[1] for p in entry_fields(run[:1], count=0)[:9]) +
                                run[0].signature(),
        "count-2-of-1": frame(run[:1], count=2),
        "count-1-of-2": frame(run[:2], count=1),
        "count-129": frame(chain(129, lambda i: b"")),
        "count-65535": frame(run[:1], count=65535),
        "body-over-limit": frame([Entry(1, 1, ZERO, text(b"a" * 32, b"x" * 16001))]),
        "body-size-lies-more": frame(run[:1], size=len(run[0].body) + 1),
        "body-size-lies-less": frame(run[:1], size=len(run[0].body) - 1),
        "body-size-4-gigabytes": frame(run[:1], size=2**32 - 1),
        "bytes-over-limit": frame(at_limit(1)),
        "dropped-without-hash": dropped(run, 1).replace(digest("fika-body-v1", run[1].body), b""),
        "dropped-over-limit": frame(run[:1], size=2**31 + 16034),
        "kind-of-frame-unknown": b"\x0c" + one[1:],
        "nothing": b"",
    }
    for name, data in refuse.items():
        say(f"ENTRY.refuse.{name}", data)


def at_limit(more):
    """Four entries of 48 KiB, headers and bodies, and `more` bytes."""
    size = 48 * 1024 // 4 - 168
    return chain(4, lambda i: b"x" * (size + (more if i == 3 else 0)))


# ---- the handshake ----

NONCE_A, NONCE_B, CURVE_KEY = b"\x0a" * 32, b"\x0b" * 32, b"\x0c" * 32


def card(process, port, nick):
    return process + u16(port) + b(len(nick)) + nick


def hello():
    title("the handshake: anna dials bo")
    say("hello.client-key", CURVE_KEY, "the CURVE key of the connection, from ZAP")
    say("hello.client-nonce", NONCE_A)
    say("hello.server-nonce", NONCE_B)
    fields("HELLO0.accept.anna", [("HELLO0", b(1)), ("version", b(7)), ("nonce", NONCE_A)])
    card_a, card_b = card(PROCESS, 23452, b"anna"), card(PROCESS_BO, 0, b"bo")
    terms1 = [("domain", b"fika-hello1".ljust(16, b"\0")), ("network", NETWORK),
              ("bo", public(BO)), ("client key", CURVE_KEY), ("client nonce", NONCE_A),
              ("server nonce", NONCE_B), ("bo's card: process, port, nick", card_b)]
    fields("hello1.signs", terms1)
    signature1 = sign(BO, b"".join(part[1] for part in terms1))
    say("hello1.signature", signature1, "bo's")
    hello1 = b(2) + public(BO) + NONCE_B + card_b + signature1
    fields("HELLO1.accept.bo", [("HELLO1", b(2)), ("bo", public(BO)), ("server nonce", NONCE_B),
                                ("card", card_b), ("signature", signature1)])
    answered = hashlib.blake2b(hello1, digest_size=32).digest()
    terms2 = [("domain", b"fika-hello2".ljust(16, b"\0")), ("network", NETWORK),
              ("anna", public(ANNA)), ("bo", public(BO)), ("client key", CURVE_KEY),
              ("server nonce", NONCE_B), ("BLAKE2b-256 of the HELLO1 frame", answered),
              ("anna's card", card_a)]
    fields("hello2.signs", terms2)
    signature2 = sign(ANNA, b"".join(part[1] for part in terms2))
    say("hello2.signature", signature2, "anna's")
    fields("HELLO2.accept.anna", [("HELLO2", b(3)), ("anna", public(ANNA)), ("card", card_a),
                                  ("signature", signature2)])
    hello2 = b(3) + public(ANNA) + card_a + signature2
    out.append("")
    say("HELLO0.refuse.truncated", b(1) + b(7) + NONCE_A[:-1])
    say("HELLO0.refuse.one-byte-more", b(1) + b(7) + NONCE_A + b"\0")
    say("HELLO0.refuse.kind", b(2) + b(7) + NONCE_A)
    for name, good, start in ("HELLO1", hello1, 65), ("HELLO2", hello2, 33):
        say(f"{name}.refuse.truncated", good[:-1])
        say(f"{name}.refuse.one-byte-more", good + b"\0")
        nick0 = good[:start] + card(PROCESS, 1, b"") + good[-64:]
        nick33 = good[:start] + card(PROCESS, 1, b"x" * 33) + good[-64:]
        say(f"{name}.refuse.nick-of-nothing", nick0)
        say(f"{name}.refuse.nick-of-33", nick33)
        say(f"{name}.accept.nick-of-32", good[:start] + card(PROCESS, 1, b"x" * 32) + good[-64:])
    say("HELLO1.forged.nonce", hello1.replace(NONCE_B, NONCE_B[:-1] + b"\0"))
    say("HELLO1.forged.port", hello1.replace(card_b, card(PROCESS_BO, 1, b"bo")))
    say("HELLO1.forged.by-anna", hello1.replace(public(BO), public(ANNA)))
    say("HELLO2.forged.nick", hello2.replace(card_a, card(PROCESS, 23452, b"anne")))
    say("HELLO2.forged.process", hello2.replace(card_a, card(PROCESS_BO, 23452, b"anna")))
    say("HELLO2.forged.by-bo", hello2.replace(public(ANNA), public(BO)))


# ---- the other frames ----

def frames():
    title("JOIN, HAVE, WANT, BODIES, LACK, EAGER, LAZY, PEERS, WHO, NOTE, PUNCH, CARD, SEEK, HELD, PING, PONG, BYE")

    def join(nick, count, channels, generation=7):
        start = b(4) + u32(generation) + b(len(nick)) + nick + u16(count)
        return [start, channels] if isinstance(channels, Times) else start + channels

    digest16 = digest("fika-heads-v1", public(ANNA) + u64(3) + b"\x11" * 32)[:16]
    say("heads.digest", digest16, "of one head: anna's 3, whose tip is 11 thirty-two times")
    item = CHANNEL + digest16 + b(3)
    say("JOIN.accept.one", join(b"anna", 1, item))
    say("JOIN.accept.none", join(b"a", 0, b""))
    say("JOIN.accept.carried", join(b"anna", 3, item + (CHANNEL + digest16 + b(2)) + (CHANNEL + digest16 + b(1))))
    say("JOIN.accept.192", join(b"x" * 32, 192, Times(item, 192), generation=2**32 - 1))
    say("JOIN.refuse.193", join(b"anna", 193, Times(item, 193)))
    say("JOIN.refuse.hops-0", join(b"anna", 1, CHANNEL + digest16 + b(0)))
    say("JOIN.refuse.hops-4", join(b"anna", 1, CHANNEL + digest16 + b(4)))
    say("JOIN.refuse.without-hops", join(b"anna", 1, CHANNEL + digest16))
    say("JOIN.refuse.count-more", join(b"anna", 2, item))
    say("JOIN.refuse.count-less", join(b"anna", 1, item * 2))
    say("JOIN.refuse.nick-of-nothing", join(b"", 1, item))
    say("JOIN.refuse.nick-of-33", join(b"x" * 33, 1, item))
    say("JOIN.refuse.truncated", join(b"anna", 1, item)[:-1])
    say("JOIN.refuse.one-byte-more", join(b"anna", 1, item) + b"\0")

    def have(everything, count, heads):
        start = b(5) + CHANNEL + b(everything) + u16(count)
        return [start, heads] if isinstance(heads, Times) else start + heads

    def head(seq, tip=b"\x11" * 32):
        return public(ANNA) + u64(seq) + tip

    say("HAVE.accept.one", have(0, 1, head(3)))
    say("HAVE.accept.none", have(1, 0, b""))
    say("HAVE.accept.256", have(1, 256, Times(head(1), 256)))
    say("HAVE.accept.seq-at-limit", have(1, 1, head(2**40 - 1)))
    say("HAVE.refuse.257", have(1, 257, Times(head(1), 257)))
    say("HAVE.accept.far-1", have(2, 1, head(3)), "it would come over one node")
    say("HAVE.accept.far-254", have(255, 1, head(3)))
    say("HAVE.refuse.seq-0", have(0, 1, head(0)))
    say("HAVE.refuse.seq-above-40-bits", have(0, 1, head(2**40)))
    say("HAVE.refuse.count-more", have(0, 2, head(3)))
    say("HAVE.refuse.count-less", have(0, 1, head(3) * 2))
    say("HAVE.refuse.truncated", have(0, 1, head(3))[:-1])
    say("HAVE.refuse.one-byte-more", have(0, 1, head(3)) + b"\0")

    def want(first, last, credit, tip=b"\x11" * 32, kind=6):
        return b(kind) + CHANNEL + public(ANNA) + u64(first) + u64(last) + tip + u32(credit)

    say("WANT.accept.one", want(1, 1, 262144))
    say("WANT.accept.no-credit", want(3, 9, 0))
    say("WANT.accept.to-at-limit", want(1, 2**40 - 1, 1))
    say("WANT.refuse.from-0", want(0, 1, 1))
    say("WANT.refuse.from-above-to", want(2, 1, 1))
    say("WANT.refuse.to-above-40-bits", want(1, 2**40, 1))
    say("WANT.refuse.credit-over-limit", want(1, 1, 262145))
    say("WANT.refuse.truncated", want(1, 1, 1)[:-1])
    say("WANT.refuse.one-byte-more", want(1, 1, 1) + b"\0")
    say("BODIES.accept.one", want(1, 1, 262144, kind=12))
    say("BODIES.refuse.from-0", want(0, 1, 1, kind=12))
    say("BODIES.refuse.truncated", want(1, 1, 1, kind=12)[:-1])

    def lack(first, last, tip=b"\x11" * 32):
        return b(13) + CHANNEL + public(ANNA) + u64(first) + u64(last) + tip

    say("LACK.accept.one", lack(1, 1))
    say("LACK.accept.to-at-limit", lack(1, 2**40 - 1))
    say("LACK.refuse.from-0", lack(0, 1))
    say("LACK.refuse.from-above-to", lack(2, 1))
    say("LACK.refuse.to-above-40-bits", lack(1, 2**40))
    say("LACK.refuse.truncated", lack(1, 1)[:-1])
    say("LACK.refuse.one-byte-more", lack(1, 1) + b"\0")

    def note(number, here, nick, left, more=b""):
        start = CHANNEL + public(ANNA) + u64(number) + b(here) + b(len(nick)) + nick
        terms = b"fika-note-v1".ljust(16, b"\0") + NETWORK + start
        return b(18) + start + u16(left) + sign(ANNA, terms) + more

    say("WHO.accept.one", b(17))
    say("WHO.refuse.one-byte-more", b(17) + b"\0")
    say("NOTE.accept.here", note(1767225600000, 1, b"anna", 300))
    say("NOTE.accept.gone", note(1767225600001, 0, b"anna", 300))
    say("NOTE.refuse.here-2", note(1, 2, b"anna", 300))
    say("NOTE.refuse.no-nick", note(1, 1, b"", 300))
    say("NOTE.refuse.nick-33", note(1, 1, b"x" * 33, 300))
    say("NOTE.refuse.truncated", note(1, 1, b"anna", 300)[:-1])
    say("NOTE.refuse.one-byte-more", note(1, 1, b"anna", 300, b"\0"))

    def punch(step, address=b"", number=1767225600000, port=50000, by=ANNA, more=b""):
        ends, tail = public(BO) + public(ANNA), u64(number) + u16(port) + u32(1500)
        terms = b"fika-punch-v1".ljust(16, b"\0") + NETWORK + b(step) + ends + tail
        return b(19) + b(step) + ends + tail + sign(by, terms) + b(len(address)) + address + more

    say("PUNCH.accept.ask", punch(1), "to bo, from anna")
    say("PUNCH.accept.ask-passed-on", punch(1, b"5.5.5.1:50000"))
    say("PUNCH.accept.ready-ip6", punch(2, b"[2001:db8::1]:50000"))
    say("PUNCH.refuse.step-0", punch(0))
    say("PUNCH.refuse.step-3", punch(3))
    say("PUNCH.refuse.port-0", punch(1, port=0))
    say("PUNCH.refuse.address-without-port", punch(1, b"5.5.5.1"))
    say("PUNCH.refuse.address-with-zone", punch(1, b"[fe80::1%eth0]:50000"))
    say("PUNCH.refuse.address-a-name", punch(1, b"example.org:50000"))
    say("PUNCH.refuse.truncated", punch(1, b"5.5.5.1:50000")[:-1])
    say("PUNCH.refuse.one-byte-more", punch(1, more=b"\0"))
    say("PUNCH.forged.by-bo", punch(1, by=BO))
    say("PUNCH.forged.port", punch(1).replace(u16(50000), u16(50001)))
    say("PUNCH.forged.step", b(19) + b(2) + punch(1)[2:])

    def card(number, version=1, seed=ANNA, more=b""):
        start = b(version) + public(seed) + u64(number) + PREKEY_ANNA
        terms = b"fika-card-v1".ljust(16, b"\0") + NETWORK + start
        return b(20) + start + sign(seed, terms) + more

    say("CARD.accept.anna", card(1767225600000))
    say("CARD.accept.number-of-64-bits", card(2**64 - 1))
    say("CARD.refuse.version-0", card(1, version=0))
    say("CARD.refuse.version-2", card(1, version=2))
    say("CARD.refuse.truncated", card(1)[:-1])
    say("CARD.refuse.one-byte-more", card(1, more=b"\0"))

    say("CARD.forged.number", card(1)[:34] + u64(2) + card(1)[42:])
    say("CARD.forged.prekey", card(1)[:42] + b"\x55" * 32 + card(1)[74:])
    say("SEEK.accept.one", b(21) + public(BO) + b(1))
    say("SEEK.accept.three", b(21) + public(BO) + b(3))
    say("SEEK.refuse.none", b(21) + public(BO) + b(0))
    say("SEEK.refuse.four", b(21) + public(BO) + b(4))
    say("SEEK.refuse.truncated", b(21) + public(BO))
    say("SEEK.refuse.one-byte-more", b(21) + public(BO) + b(1) + b"\0")

    def held(seq, by=BO, more=b""):
        start = CHANNEL + public(BO) + public(ANNA) + u64(seq) + b"\x11" * 32
        return b(26) + start + sign(by, b"fika-held-v1".ljust(16, b"\0") + NETWORK + start) + more

    say("HELD.accept.bo", held(3), "bo holds anna's log up to 3")
    say("HELD.accept.seq-at-limit", held(2**40 - 1))
    say("HELD.refuse.seq-0", held(0))
    say("HELD.refuse.seq-above-40-bits", held(2**40))
    say("HELD.refuse.truncated", held(3)[:-1])
    say("HELD.refuse.one-byte-more", held(3, more=b"\0"))
    say("HELD.forged.by-anna", held(3, by=ANNA))
    say("HELD.forged.seq", held(3)[:97] + u64(4) + held(3)[105:])

    for kind, name in ((14, "EAGER"), (15, "LAZY")):
        ease = b(kind) + CHANNEL + public(ANNA)
        say(f"{name}.accept.one", ease)
        say(f"{name}.refuse.truncated", ease[:-1])
        say(f"{name}.refuse.one-byte-more", ease + b"\0")

    def record(addresses, number=1790000000000, lasts=7200, seed=ANNA):
        parts = [("anna", public(seed)), ("number", u64(number)), ("lasts", u32(lasts)),
                 ("count", b(len(addresses)))]
        parts += [("address", b(len(a)) + a) for a in addresses]
        signs = b"fika-record".ljust(16, b"\0") + NETWORK + b"".join(part[1] for part in parts)
        return parts + [("signature", sign(seed, signs))]

    def peers(*records):
        return b(16) + b(len(records)) + b"".join(part[1] for record_ in records for part in record_)

    some = [b"10.0.0.1:23452", b"[fd00::1]:23452", b"%s.onion:1" % (b"a2" * 28)]
    fields("PEERS.accept.anna", [("PEERS", b(16)), ("count", b(1))] + record(some))
    say("PEERS.accept.twelve", peers(*[record(some[:1])] * 12))
    say("PEERS.refuse.none", peers())
    say("PEERS.refuse.thirteen", peers(*[record(some[:1])] * 13))
    say("PEERS.refuse.no-address", peers(record([])))
    say("PEERS.refuse.five-addresses", peers(record(some[:1] * 5)))
    say("PEERS.refuse.a-name", peers(record([b"example.org:1"])))
    say("PEERS.refuse.a-zone", peers(record([b"[fe80::1%2]:1"])))
    say("PEERS.refuse.port-0", peers(record([b"10.0.0.1:0"])))
    say("PEERS.refuse.lasts-0", peers(record(some[:1], lasts=0)))
    say("PEERS.refuse.lasts-over-a-day", peers(record(some[:1], lasts=86401)))
    say("PEERS.refuse.number-of-64-bits", peers(record(some[:1], number=2**63)))
    say("PEERS.refuse.truncated", peers(record(some[:1]))[:-1])
    say("PEERS.refuse.one-byte-more", peers(record(some[:1])) + b"\0")

    def buckets(order, hashes):
        return b(11) + CHANNEL + b(order) + hashes

    key = NONCE_A + NONCE_B
    bucket = digest("fika-bucket-v1", key + public(ANNA) + u64(3) + b"\x11" * 32)[:4]
    say("BUCKETS.accept.one", buckets(0, bucket),
        "anna's head above, on the link of the handshake above")
    say("BUCKETS.accept.1024", [buckets(10, b""), Times(bucket, 1024)])
    say("BUCKETS.refuse.order-11", [buckets(11, b""), Times(bucket, 2048)])
    say("BUCKETS.refuse.truncated", buckets(0, bucket)[:-1])
    say("BUCKETS.refuse.one-byte-more", buckets(1, bucket * 2) + b"\0")

    ping = u64(0x0102030405060708) + u32(1500)
    say("PING.accept.one", b(8) + ping)
    say("PONG.accept.one", b(9) + ping)
    say("PING.refuse.truncated", b(8) + ping[:-1])
    say("PONG.refuse.one-byte-more", b(9) + ping + b"\0")
    say("BYE.accept.quit", b(10) + b(0))
    say("BYE.accept.unknown-why", b(10) + b(255))
    say("BYE.refuse.truncated", b(10))
    say("BYE.refuse.one-byte-more", b(10) + bytes(2))


# ---- direct channels ----

PREKEY_ANNA_SECRET, PREKEY_BO_SECRET = bytes([0x71]) * 32, bytes([0x72]) * 32
PREKEY_ANNA = bindings.crypto_scalarmult_base(PREKEY_ANNA_SECRET)
PREKEY_BO = bindings.crypto_scalarmult_base(PREKEY_BO_SECRET)
SIZES = (64, 256, 1024, 4096, 8192, 15976)


def shared(seed, other):
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return bindings.crypto_scalarmult(bindings.crypto_sign_ed25519_sk_to_curve25519(secret),
                                      bindings.crypto_sign_ed25519_pk_to_curve25519(other))


def direct_channel():
    return digest("fika-direct-v1", NETWORK + shared(ANNA, public(BO)) +
                  b"".join(sorted((public(ANNA), public(BO)))))


def padded(kind, body):
    plain = b(kind) + u16(len(body)) + body
    return plain.ljust(min(size for size in SIZES if size >= len(plain)), b"\0")


def once(random, count, plain):
    """The secret half of the key of one entry, from anna to bo."""
    return hashlib.blake2b(u64(count) + direct_channel() + PREKEY_BO + plain, key=random,
                           digest_size=32, person=b"fika-once-v1".ljust(16, b"\0")).digest()


def sealed(secret, plain, version=1, channel=None):
    ephemeral = bindings.crypto_scalarmult_base(secret)
    key = hashlib.blake2b(public(ANNA) + public(BO) + (channel or direct_channel()) + PREKEY_BO + ephemeral,
                          key=bindings.crypto_scalarmult(secret, PREKEY_BO) + shared(ANNA, public(BO)),
                          digest_size=32, person=b"fika-seal-v1".ljust(16, b"\0")).digest()
    head = b(version) + PREKEY_BO[:8] + ephemeral
    return head + bindings.crypto_aead_chacha20poly1305_ietf_encrypt(plain, head, bytes(12), key)


def direct():
    title("direct channels: anna writes to bo")
    say("direct.shared", shared(ANNA, public(BO)), "X25519 of anna's secret and bo's public key")
    assert shared(BO, public(ANNA)) == shared(ANNA, public(BO))
    say("direct.id", direct_channel(), "of network.id | direct.shared | the lower id | the higher")
    say("prekey.secret", PREKEY_BO_SECRET, "bo's")
    say("prekey.public", PREKEY_BO)
    random = bytes(range(200, 232))
    say("once.random", random)
    lines = [(1, b"\4anna" + b"hello"), (2, b"\4annax"), (1, b"\4anna" + b"a" * 200),
             (4, u64(1) + bytes(32) + b"\4annahello"), (1, b""), (1, b"b" * 15973)]
    for number, (kind, body) in enumerate(lines, 1):
        plain = padded(kind, body)
        secret = once(random, number, plain)
        say(f"sealed{number}.kind", b(kind))
        say(f"sealed{number}.body", body)
        say(f"sealed{number}.once", secret, f"made with count {number}")
        say(f"sealed{number}.sealed", sealed(secret, plain))
    secret = once(random, 1, padded(1, b"hello"))
    good = sealed(secret, padded(1, b"hello"))
    say("SEALED.accept.hello", good)
    say("SEALED.refuse.version-0", sealed(secret, padded(1, b"hello"), version=0))
    say("SEALED.refuse.version-2", sealed(secret, padded(1, b"hello"), version=2))
    say("SEALED.refuse.another-channel", sealed(secret, padded(1, b"hello"), channel=CHANNEL))
    say("SEALED.refuse.another-prekey", good[:1] + b(good[1] ^ 1) + good[2:])
    say("SEALED.refuse.one-time-key-bit", good[:9] + b(good[9] ^ 1) + good[10:])
    say("SEALED.refuse.one-time-key-of-zeros", good[:9] + bytes(32) + good[41:])
    say("SEALED.refuse.text-bit", good[:41] + b(good[41] ^ 1) + good[42:])
    say("SEALED.refuse.tag-bit", good[:-1] + b(good[-1] ^ 1))
    say("SEALED.refuse.truncated", good[:-1])
    say("SEALED.refuse.one-byte-more", good + b"\0")
    say("SEALED.refuse.no-padding", sealed(secret, b(1) + u16(5) + b"hello"))
    say("SEALED.refuse.too-much-padding", sealed(secret, padded(1, b"hello").ljust(256, b"\0")))
    say("SEALED.refuse.padding-not-zeros", sealed(secret, padded(1, b"hello")[:-1] + b"x"))
    say("SEALED.refuse.size-beyond-the-end", sealed(secret, (b(1) + u16(62)).ljust(64, b"x")))
    say("SEALED.refuse.nothing", b"")


# ---- devices ----

def certificate(root, device, number=1_700_000_000_000, label=b"phone", by_root=None, by_device=None):
    terms = public(root) + public(device) + u64(number) + b(len(label)) + label
    return (terms + sign(by_root or root, b"fika-device-v1".ljust(16, b"\0") + terms) +
            sign(by_device or device, b"fika-owner-v1".ljust(16, b"\0") + terms))


def revocation(of, root, device, heads, number=1_700_000_001_000, channel=None, by=None, count=None):
    terms = ((CHANNEL if channel is None else channel) + u64(number) +
             b(len(heads) if count is None else count) +
             b"".join(u64(seq) + tip for seq, tip in heads))
    return of + terms + sign(by or root, b"fika-revoke-v1".ljust(16, b"\0") + public(root) +
                             public(device) + terms)


def devices():
    title("bodies of kind 7: bo is a device of anna, said by bo in the channel; revoked, said by anybody in it")
    good = certificate(ANNA, BO)
    heads = [(3, bytes(range(32))), (5, bytes(range(32, 64)))]
    revoked = revocation(good, ANNA, BO, heads)
    say("DEVICE.accept.certificate", b(1) + good)
    say("DEVICE.accept.label-of-32", b(1) + certificate(ANNA, BO, label=b"x" * 32))
    say("DEVICE.accept.revocation", b(2) + revoked)
    say("DEVICE.accept.nothing-good", b(2) + revocation(good, ANNA, BO, []))
    say("DEVICE.accept.of-all-channels", b(2) + revocation(good, ANNA, BO, [], channel=bytes(32)))
    say("WHOSE.accept.bo", b(22) + b(1) + good, "a frame")
    say("WHOSE.refuse.revocation", b(22) + b(2) + revoked)
    say("WHOSE.refuse.truncated", b(22) + b(1) + good[:-1])
    say("WHOSE.refuse.one-byte-more", b(22) + b(1) + good + b"\0")
    say("WHOSE.refuse.nothing", b(22))
    say("DEVICE.refuse.form-0", b(0) + good)
    say("DEVICE.refuse.form-3", b(3) + good)
    say("DEVICE.refuse.no-label", b(1) + certificate(ANNA, BO, label=b""))
    say("DEVICE.refuse.label-of-33", b(1) + certificate(ANNA, BO, label=b"x" * 33))
    say("DEVICE.refuse.zero-in-label", b(1) + certificate(ANNA, BO, label=b"a\0b"))
    say("DEVICE.refuse.number-2^63", b(1) + certificate(ANNA, BO, number=1 << 63))
    say("DEVICE.refuse.truncated", b(1) + good[:-1])
    say("DEVICE.refuse.one-byte-more", b(1) + good + b"\0")
    say("DEVICE.refuse.head-0", b(2) + revocation(good, ANNA, BO, [(0, bytes(32))]))
    say("DEVICE.refuse.head-2^40", b(2) + revocation(good, ANNA, BO, [(1 << 40, bytes(32))]))
    say("DEVICE.refuse.17-heads", b(2) + revocation(good, ANNA, BO, heads[:1] * 17))
    say("DEVICE.refuse.a-head-less", b(2) + revocation(good, ANNA, BO, heads, count=3))
    say("DEVICE.refuse.nothing", b"")
    say("DEVICE.forged.root-signature-bit", b(1) + good[:-65] + b(good[-65] ^ 1) + good[-64:])
    say("DEVICE.forged.device-signature-bit", b(1) + good[:-1] + b(good[-1] ^ 1))
    say("DEVICE.forged.label-bit", b(1) + good[:73] + b(good[73] ^ 1) + good[74:])
    say("DEVICE.forged.key-of-another-claimed", b(1) + certificate(ANNA, BO, by_device=ANNA))
    say("DEVICE.forged.root-of-another-claimed", b(1) + certificate(ANNA, BO, by_root=BO))
    say("DEVICE.forged.signatures-swapped", b(1) + good[:-128] + good[-64:] + good[-128:-64])
    say("DEVICE.forged.own-root", b(1) + certificate(ANNA, ANNA))
    say("DEVICE.forged.said-by-another", b(1) + certificate(ANNA, EVE))
    say("DEVICE.forged.revoked-by-the-device", b(2) + revocation(good, ANNA, BO, heads, by=BO))
    say("DEVICE.forged.revoked-in-another-channel", b(2) + revocation(good, ANNA, BO, heads, channel=bytes(31) + b(1)))
    say("DEVICE.forged.head-bit", b(2) + revoked[:-66] + b(revoked[-66] ^ 1) + revoked[-65:])


# ---- private channels ----

NONCE = bytes(range(100, 116))
PRIVATE = digest("fika-private-v1", NETWORK + public(ANNA) + NONCE)
EPOCH_SECRET, EPOCH_PAIR = bytes([0x81]) * 32, bytes([0x82]) * 32
E = bindings.crypto_scalarmult_base(EPOCH_PAIR)


def keyed(domain, key, data, size=32):
    return hashlib.blake2b(data, key=key, digest_size=32,
                           person=domain.encode().ljust(16, b"\0")).digest()[:size]


CHECK = keyed("fika-check-v1", EPOCH_SECRET, PRIVATE + public(ANNA) + E, 16)


def row(reader, prekey, seed_shared):
    key = keyed("fika-epoch-v1", bindings.crypto_scalarmult(EPOCH_PAIR, prekey) + seed_shared,
                PRIVATE + public(ANNA) + reader + prekey + E)
    return bindings.crypto_aead_chacha20poly1305_ietf_encrypt(EPOCH_SECRET, E + CHECK, bytes(12), key)


def group_sealed(plain, epoch, count, random, term=1, version=2, author=None):
    key = keyed("fika-group-v1", EPOCH_SECRET, PRIVATE + (author or public(ANNA)) + u16(term))
    nonce = keyed("fika-once-v1", random, u64(count) + PRIVATE + key + plain, 24)
    head = b(version) + epoch + nonce
    return head + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, head, nonce, key)


def epoch_body(rows, count=None, last=bytes(32)):
    return E + CHECK + last + u16(len(rows) if count is None else count) + b"".join(rows)


def private():
    title("private channels: anna is the founder, bo is in")
    say("private.nonce", NONCE)
    say("private.id", PRIVATE, "of network.id | anna.id | private.nonce")
    say("epoch.secret", EPOCH_SECRET)
    say("epoch.pair", EPOCH_PAIR, "the secret half of E")
    say("epoch.e", E)
    say("epoch.check", CHECK)
    sealed_row = row(public(BO), PREKEY_BO, shared(ANNA, public(BO)))
    say("epoch.row", sealed_row, "the secret, to bo's prekey")
    epoch = bytes(range(8))
    say("epoch.id", epoch, "say")
    random = bytes(range(200, 232))
    lines = [(1, b"\4anna" + b"hello"), (2, b"\4annax"), (1, b"\4anna" + b"a" * 200), (1, b""), (1, b"b" * 15973)]
    for number, (kind, body) in enumerate(lines, 1):
        say(f"line{number}.kind", b(kind))
        say(f"line{number}.body", body)
        say(f"line{number}.sealed", group_sealed(padded(kind, body), epoch, number, random), "in term 1")
    hello = padded(1, b"hello")
    good = group_sealed(hello, epoch, 1, random)
    say("LINE.accept.hello", good)
    say("LINE.refuse.version-1", group_sealed(hello, epoch, 1, random, version=1))
    say("LINE.refuse.version-3", group_sealed(hello, epoch, 1, random, version=3))
    say("LINE.refuse.another-term", group_sealed(hello, epoch, 1, random, term=0))
    say("LINE.refuse.another-author", group_sealed(hello, epoch, 1, random, author=public(BO)))
    say("LINE.refuse.epoch-bit", good[:1] + b(good[1] ^ 1) + good[2:])
    say("LINE.refuse.nonce-bit", good[:9] + b(good[9] ^ 1) + good[10:])
    say("LINE.refuse.text-bit", good[:33] + b(good[33] ^ 1) + good[34:])
    say("LINE.refuse.truncated", good[:-1])
    say("LINE.refuse.one-byte-more", good + b"\0")
    say("LINE.refuse.no-padding", group_sealed(b(1) + u16(5) + b"hello", epoch, 1, random))
    say("LINE.refuse.nothing", b"")
    member, last, tip = public(BO), bytes([0x91]) * 32, bytes([0x92]) * 32
    by = bytes([0x93]) * 32
    say("ADMIT.accept.member", member + u16(0) + b(0) + b(0) + bytes(64))
    say("ADMIT.accept.inviter-with-history", member + u16(3) + b(1) + b(1) + by + last)
    say("ADMIT.refuse.role-2", member + u16(0) + b(2) + b(0) + by + last)
    say("ADMIT.refuse.history-2", member + u16(0) + b(0) + b(2) + by + last)
    say("ADMIT.refuse.oneself", public(ANNA) + u16(0) + b(0) + b(0) + by + last)
    say("ADMIT.refuse.by-nothing", member + u16(0) + b(0) + b(0) + last)
    say("ADMIT.refuse.truncated", member + u16(0) + b(0) + b(0) + by + last[:-1])
    say("ADMIT.refuse.one-byte-more", member + u16(0) + b(0) + b(0) + by + last + b"\0")
    say("REMOVE.accept.another", member + u16(1) + u64(7) + tip + last + by + last)
    say("REMOVE.accept.who-did-nothing", member + u16(1) + u64(7) + tip + bytes(32) + by + last)
    say("REMOVE.accept.who-said-nothing", member + u16(1) + u64(0) + bytes(64) + by + last)
    say("REMOVE.accept.oneself", public(ANNA) + u16(1) + u64(0) + bytes(96) + last)
    say("REMOVE.refuse.oneself-with-an-end", public(ANNA) + u16(1) + u64(7) + tip + last + bytes(32) + last)
    say("REMOVE.refuse.oneself-by-an-act", public(ANNA) + u16(1) + u64(0) + bytes(64) + by + last)
    say("REMOVE.refuse.nothing-with-a-tip", member + u16(1) + u64(0) + tip + bytes(32) + by + last)
    say("REMOVE.refuse.nothing-with-an-act", member + u16(1) + u64(0) + bytes(32) + last + by + last)
    say("REMOVE.refuse.an-end-without-a-tip", member + u16(1) + u64(7) + bytes(32) + last + by + last)
    say("REMOVE.refuse.seq-2-to-the-40", member + u16(1) + u64(1 << 40) + tip + last + by + last)
    say("REMOVE.refuse.truncated", member + u16(1) + u64(7) + tip + last + by + last[:-1])
    def named(name, sealed=bytes(48)):
        return bytes([name]) * 8 + bytes(4) + sealed
    mine = public(BO)[:8] + PREKEY_BO[:4] + sealed_row
    say("EPOCH.accept.bo", epoch_body([mine], last=last))
    say("EPOCH.accept.nobody-else", epoch_body([]))
    say("EPOCH.accept.two-without-cards", epoch_body([named(1), named(2)]))
    say("EPOCH.refuse.not-sorted", epoch_body([named(2), named(1)]))
    say("EPOCH.refuse.one-twice", epoch_body([named(1), named(1)]))
    say("EPOCH.refuse.a-row-less", epoch_body([named(1)], count=2))
    say("EPOCH.refuse.a-row-more", epoch_body([named(1), named(2)], count=1))
    say("EPOCH.refuse.257-rows", E + CHECK + last + u16(257) + b"".join(
        i.to_bytes(8, "big") + bytes(52) for i in range(257)))
    say("EPOCH.refuse.nothing", b"")


# ---- keys of the network, and the beacon ----

def beacon():
    title("keys of the network, and the beacon")
    seed = digest("fika-curve-v1", SECRET)
    curve_public, curve_secret = bindings.crypto_box_seed_keypair(seed)
    say("curve.seed", seed, "BLAKE2b-256 of network.secret, personal fika-curve-v1")
    say("curve.public", curve_public, "the pair that crypto_box_seed_keypair makes of it")
    say("curve.secret", curve_secret)
    key = digest("fika-beacon-v1", SECRET)
    say("beacon.key", key, "BLAKE2b-256 of network.secret, personal fika-beacon-v1")
    nonce = bytes(range(100, 124))
    say("beacon.nonce", nonce)

    def plain(version=1, port=23452, zero=0, more=b""):
        return b(version) + u16(port) + u16(zero) + public(ANNA) + PROCESS + more

    def sealed(data, with_key=key):
        return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(data, None, nonce,
                                                                           with_key)

    fields("beacon.plain", [("version", b(1)), ("port", u16(23452)), ("zero", u16(0)),
                            ("anna", public(ANNA)), ("process", PROCESS)])
    good = sealed(plain())
    say("BEACON.accept.anna", good)
    say("BEACON.accept.port-65535", sealed(plain(port=65535)))
    say("BEACON.refuse.version-0", sealed(plain(version=0)))
    say("BEACON.refuse.version-2", sealed(plain(version=2)))
    say("BEACON.refuse.port-0", sealed(plain(port=0)))
    say("BEACON.refuse.zero-that-is-none", sealed(plain(zero=1)))
    say("BEACON.refuse.mac-bit", good[:-1] + b(good[-1] ^ 1))
    say("BEACON.refuse.nonce-bit", b(good[0] ^ 1) + good[1:])
    say("BEACON.refuse.truncated", good[:-1])
    say("BEACON.refuse.one-byte-more", good + b"\0")
    say("BEACON.refuse.sealed-one-byte-more", sealed(plain(more=b"\0")))
    say("BEACON.refuse.of-another-network", sealed(plain(), digest("fika-beacon-v1", bytes(32))))
    say("BEACON.refuse.nothing", b"")


# ---- invites ----

def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def invites():
    title("invites: a line of text each; what must be refused is so by its reader")

    def line(body):
        return b"fika:" + base32(body + digest("fika-invite-v1", body)[:4]).encode()

    def say_line(key, text):
        shows = text.decode("latin-1")
        say(key, text, shows if shows.isprintable() else "")

    four = b(4) + bytes([192, 168, 1, 2]) + u16(23452)
    six = b(6) + bytes.fromhex("20010db8000000000000000000000001") + u16(5556)
    name = b(128 + 16) + b"desk.example.org" + u16(23452)
    ticket = bytes(range(200, 216))
    good = line(b(1) + b(1) + SECRET + four + six)
    say_line("INVITE.accept.secret-alone", line(b(1) + b(1) + SECRET))
    say_line("INVITE.accept.secret-and-two-addresses", good)
    say_line("INVITE.accept.three-addresses", line(b(1) + b(1) + SECRET + four + name + six))
    say_line("INVITE.accept.open", line(b(1) + b(0) + four))
    say_line("INVITE.accept.ticket", line(b(1) + b(2) + SECRET + ticket + four))
    say_line("INVITE.refuse.letter-changed", good[:20] + (b"a" if good[20:21] != b"a" else b"b") + good[21:])
    say_line("INVITE.refuse.letter-missing", good[:-1])
    say_line("INVITE.refuse.letter-more", good + b"a")
    say_line("INVITE.refuse.no-base32", good[:-1] + b"1")
    say_line("INVITE.refuse.version-2", line(b(2) + b(1) + SECRET))
    say_line("INVITE.refuse.kind-3", line(b(1) + b(3) + SECRET))
    say_line("INVITE.refuse.short-secret", line(b(1) + b(1) + SECRET[:-1]))
    say_line("INVITE.refuse.open-without-address", line(b(1) + b(0)))
    say_line("INVITE.refuse.ticket-without-address", line(b(1) + b(2) + SECRET + ticket))
    say_line("INVITE.refuse.four-addresses", line(b(1) + b(0) + four * 4))
    say_line("INVITE.refuse.half-an-address", line(b(1) + b(0) + four + six[:-1]))
    say_line("INVITE.refuse.port-0", line(b(1) + b(0) + four[:-2] + u16(0)))
    say_line("INVITE.refuse.address-kind-5", line(b(1) + b(0) + b(5) + four[1:]))
    say_line("INVITE.refuse.name-of-nothing", line(b(1) + b(0) + b(128) + u16(1)))
    say_line("INVITE.refuse.name-with-a-space", line(b(1) + b(0) + b(131) + b"a b" + u16(1)))
    say_line("INVITE.refuse.name-with-an-end", line(b(1) + b(0) + b(131) + b"a\0b" + u16(1)))
    say_line("INVITE.refuse.name-that-is-ip4", line(b(1) + b(0) + b(135) + b"1.2.3.4" + u16(1)))
    say_line("INVITE.refuse.link-local", line(b(1) + b(0) + b(6) + bytes.fromhex("fe80") +
                                              bytes(13) + b(1) + u16(1)))
    say_line("INVITE.refuse.nothing", b"")
    say_line("INVITE.refuse.mark-alone", b"fika:")


def made():
    """The whole file."""
    del out[1:]
    names()
    entries()
    hello()
    frames()
    direct()
    devices()
    private()
    beacon()
    invites()
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(made())
