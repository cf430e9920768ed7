"""What test_second.py needs beside the script: every bound of docs/PROTOCOL.md, and links in this process."""

import contextlib
import os
import re
import struct
import sys
import time

from nacl import signing

from conftest import PATIENCE, ROOT

SCRIPT = os.path.join(ROOT, "test", "second", "fika.py")
sys.path.insert(0, os.path.dirname(SCRIPT))
import fika as second  # noqa: E402  pylint: disable=wrong-import-position

SEQ_MAX, CLOCK_MAX = 2**40 - 1, 2**63 - 1


def need(condition):
    if not condition:
        raise ValueError("out of its bounds")


PORT = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
ADDRESS = re.compile(rf"({BYTE}(\.{BYTE}){{3}}|\[[0-9a-f:.]+\]|[a-z2-7]{{56}}\.onion):{PORT}")


def records(rest, count):
    """What stands behind so many records."""
    for _ in range(count):
        _, number, lasts, addresses = struct.unpack_from("<32sQIB", rest)
        rest = rest[45:]
        need(number < 2**63 and 1 <= lasts <= 86400 and 1 <= addresses <= 4)
        for _ in range(addresses):
            text, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
            need(len(text) <= 79 and ADDRESS.fullmatch(text.decode("latin-1")))
        need(len(rest) >= 64)
        rest = rest[64:]
    return rest


def parse(frame):
    """What the script reads of a frame, if it is within all bounds, too."""
    try:
        kind, *f, rest = second.read(frame)
        run, signature = second.read_run(*f[2:], rest) if kind == second.ENTRY and f[-1] <= 128 else ([], b"")
    except (LookupError, struct.error):
        raise ValueError("too short") from None
    need(len(frame) <= 65536)
    left = len(rest)
    if kind in (second.HELLO1, second.HELLO2):
        need(1 <= f[-1] <= 32 and left == f[-1] + 64)
    elif kind == second.JOIN:
        need(1 <= f[1] <= 32 and left >= f[1] + 2)
        count = int.from_bytes(rest[f[1] : f[1] + 2], "little")
        need(count <= 192 and left == f[1] + 2 + 49 * count)
        need(all(1 <= hops <= 3 for hops in rest[f[1] + 50 :: 49]))
    elif kind == second.HAVE:
        need(f[2] <= 256 and left == 72 * f[2])
        need(all(1 <= seq <= SEQ_MAX for _, seq, _ in struct.iter_unpack(second.HEAD, rest)))
    elif kind == second.BUCKETS:
        need(f[1] <= 10 and left == 4 << f[1])
    elif kind == second.NOTE:
        need(f[3] <= 1 and 1 <= f[4] <= 32 and left == f[4] + 66)
    elif kind == second.WHOSE:
        need(f[0] == 1 and f[3] < 1 << 63 and 1 <= f[4] <= 32 and left == f[4] + 128 and 0 not in rest[: f[4]])
    elif kind == second.PUNCH:
        need(1 <= f[0] <= 2 and f[4] > 0 and left == f[-1])
        need(not rest or (left <= 79 and ADDRESS.fullmatch(rest.decode("latin-1"))))
    elif kind == second.ENTRY:
        part, version, _, _, _, seq, prev, count = f
        need(part <= 255 and version == 1 and run and count == len(run) and len(signature) == 64)
        need(1 <= seq <= SEQ_MAX - count + 1 and (seq == 1) == (prev == bytes(32)))
        entries = [e for _, e, _ in run]
        need(all(1 <= e.lamport <= CLOCK_MAX and e.wall <= CLOCK_MAX and e.size <= 16033 for e in entries))
        need(all(low.lamport < e.lamport for low, e in zip(entries, entries[1:])))
        need(sum(168 + e.size for e in entries) <= 49152)
    elif kind == second.PEERS:
        need(1 <= f[0] <= 12 and records(rest, f[0]) == b"")
    else:
        need(left == 0)
        if kind == second.HELD:
            need(1 <= f[1] <= SEQ_MAX)
        if kind == second.SEEK:
            need(1 <= f[1] <= 3)
        if kind == second.CARD:
            need(f[0] == 1)
        if kind in (second.WANT, second.BODIES, second.LACK):
            need(1 <= f[2] <= f[3] <= SEQ_MAX and f[5:] <= [second.CREDIT])
    return kind, f, rest


def secret_of(network):
    with open(network[1:], encoding="ascii") as file:
        return bytes.fromhex(file.read().strip())


def said(nick, text):
    """The body of a line."""
    return bytes([len(nick)]) + nick.encode() + text.encode()


def texts_of(channel):
    """The lines that are held, in the order of a screen."""
    lines = [(e.lamport, e.author, e.seq, i) for i, e in channel.held.items() if e.kind == 1 and i in channel.bodies]
    bodies = [channel.bodies[i] for _, _, _, i in sorted(lines)]
    return [body[1 + body[0] :].decode() for body in bodies]


def channel_of(network, runs=(), name="#fika"):
    """The channel with what each (seed, process, texts, trunk) said on its trunk, a channel or None."""
    channel = second.Channel(secret_of(network), name)
    for seed, process, texts, trunk in runs:
        alone = second.Channel(secret_of(network), name)
        pour(trunk, alone)
        for at in range(0, len(texts), 100):
            alone.say(signing.SigningKey(seed), process * 8, *[said("Pia", text) for text in texts[at : at + 100]])
        pour(alone, channel)
    return channel


def pour(source, into):
    """All that one channel holds, into another."""
    if source:
        into.held.update(source.held)
        into.bodies.update(source.bodies)
        into.runs.update(source.runs)
        into.gone |= source.gone


class Link(second.Link):
    def say(self, text):
        self.socket.send(self.channel.say(self.key, self.process, self.nick + text.encode()))


class Counting(Link):
    """Counts what it hears."""

    def __init__(self, *arguments, **options):
        self.kinds, self.heads_heard, self.lacks = {}, 0, 0
        super().__init__(*arguments, **options)

    def hear(self, frame):
        self.kinds[frame[0]] = self.kinds.get(frame[0], 0) + 1
        if frame[0] == second.HAVE:
            self.heads_heard += second.read(frame)[3]
        super().hear(frame)

    def send(self, kind, *fields, **rest):
        self.lacks += kind == second.LACK
        super().send(kind, *fields, **rest)


class Old(Link):
    """One of another version."""

    def send(self, kind, *fields, **rest):
        super().send(kind, *((1, *fields[1:]) if kind == second.HELLO0 else fields), **rest)


@contextlib.contextmanager
def peer(network, node, kind=Link, seed=None, channel=None, nick="Pia", strip=False):
    """A link in this process, up, with the one channel #fika."""
    channel, key = channel or channel_of(network), signing.SigningKey(seed or os.urandom(32))
    link = kind(node.address, secret_of(network), key, nick, channel, strip)
    try:
        pump_until(link, lambda: link.generation)
        yield link
    finally:
        if not link.ended:
            link.send(second.BYE, 0)
        link.socket.close()


def receipts(link):
    """Up to where the node has said that it holds the link's own log, branch by branch."""
    heads = [struct.unpack(second.HEAD, head) for head in link.announced]
    return {seq for author, seq, _ in heads if author == link.node}


def is_even(link):
    """It has all that the node told of."""
    return link.settled and not link.asking and not link.announced - link.done


def ping(link):
    """What came before the answer to this is here."""
    link.settled, link.pinged = False, link.pinged - 5
    pump_until(link, lambda: link.settled)


def pump_until(link, condition, timeout=5):
    deadline = time.monotonic() + timeout * PATIENCE
    while not condition():
        assert not link.ended, link.ended
        assert time.monotonic() < deadline, "it did not come"
        link.pump(0.02)
