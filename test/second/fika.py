#!/usr/bin/python3
"""A second fika, written from docs/PROTOCOL.md alone: it holds the document to what it promises.

It dials one node, catches up, says its lines, serves what it holds, and prints all in order:

    fika.py HOST:PORT -n NICK -c '#fika' [--early TEXT] [--say TEXT] [--until N] [--state FILE]
"""

import argparse
import hashlib
import os
import re
import struct
import sys
import time
import types

import nacl.bindings as sodium
import zmq
from zmq.utils import z85

HELLO0, HELLO1, HELLO2, JOIN, HAVE, WANT, ENTRY, PING, PONG, BYE, BUCKETS, BODIES, LACK = range(1, 14)
TEXT, ACTION, FORGET = 1, 2, 3
ZEROS = bytes(32)


def blake(data, domain=b""):
    return hashlib.blake2b(data, digest_size=32, person=domain.ljust(16, b"\0")).digest()


def sign(seed, message):
    return sodium.crypto_sign(message, sodium.crypto_sign_seed_keypair(seed)[1])[:64]


def verify(signature, message, node):
    try:
        sodium.crypto_sign_open(signature + message, node)
    except Exception:  # nacl's BadSignatureError and its TypeErrors
        raise ValueError("a wrong signature") from None


def u8(value):
    return bytes([value])


def channel_id(secret, name):
    return blake(blake(secret, b"fika-network-v1") + name.encode(), b"fika-channel-v1")


def of_heads(heads):
    """The bytes of heads (author, seq, tip), for a digest or a frame."""
    return b"".join(struct.pack("<32sQ32s", *head) for head in sorted(heads))


def digest(heads):
    return blake(of_heads(heads), b"fika-heads-v1")[:16]


def bucket(head, order):
    return (head[0][0] + 256 * head[0][1]) % (1 << order)


def buckets(heads, order, nonces):
    parts = [[] for _ in range(1 << order)]
    for head in heads:
        parts[bucket(head, order)].append(head)
    return [blake(nonces + of_heads(part), b"fika-bucket-v1")[:4] for part in parts]


# ---- frames ----


class Reader:
    def __init__(self, frame):
        self.rest = frame

    def take(self, form):
        form = "<" + form
        size = struct.calcsize(form)
        require(len(self.rest) >= size)
        values, self.rest = struct.unpack(form, self.rest[:size]), self.rest[size:]
        return values if len(values) > 1 else values[0]

    def nick(self):
        size = self.take("B")
        require(1 <= size <= 32)
        return self.take(f"{size}s")

    def card(self):
        return types.SimpleNamespace(process=self.take("8s"), port=self.take("H"), nick=self.nick())


def require(condition):
    if not condition:
        raise ValueError("a frame that breaks the protocol")


def parse(frame):
    """A frame as (kind, its fields), or ValueError."""
    require(len(frame) <= 65536)
    read, f = Reader(frame), types.SimpleNamespace()
    kind = read.take("B")
    if kind == HELLO0:
        f.version, f.nonce = read.take("B32s")
    elif kind == HELLO1:
        f.node, f.nonce, f.card, f.signature = *read.take("32s32s"), read.card(), read.take("64s")
    elif kind == HELLO2:
        f.node, f.card, f.signature = read.take("32s"), read.card(), read.take("64s")
    elif kind == JOIN:
        f.generation, f.nick, count = read.take("I"), read.nick(), read.take("H")
        require(count <= 64)
        f.channels = dict(read.take("32s16s") for _ in range(count))
    elif kind == HAVE:
        f.channel, f.all, count = read.take("32sBH")
        require(f.all <= 1 and count <= 256)
        f.heads = [read.take("32sQ32s") for _ in range(count)]
        require(all(1 <= seq < 1 << 40 for _, seq, _ in f.heads))
    elif kind in (WANT, BODIES):
        f.channel, f.author, f.start, f.to, f.tip, f.credit = read.take("32s32sQQ32sI")
        require(1 <= f.start <= f.to < 1 << 40 and f.credit <= 262144)
    elif kind == LACK:
        f.channel, f.author, f.start, f.to, f.tip = read.take("32s32sQQ32s")
        require(1 <= f.start <= f.to < 1 << 40)
    elif kind == ENTRY:
        f.part, f.channel, f.run = parse_run(read)
    elif kind in (PING, PONG):
        f.token, f.rtt = read.take("QI")
    elif kind == BYE:
        f.why = read.take("B")
    elif kind == BUCKETS:
        f.channel, f.order = read.take("32sB")
        require(f.order <= 10)
        f.hashes = [read.take("4s") for _ in range(1 << f.order)]
    else:
        require(False)
    require(not read.rest)
    return kind, f


def parse_run(read):
    part, version, channel, author, process, seq, prev, count = read.take("BB32s32s8sQ32sH")
    require(part <= 2 and version == 1 and 1 <= count <= 128)
    require(1 <= seq <= (1 << 40) - count and (seq == 1) == (prev == ZEROS))
    run, lamport, size_of_run = [], 0, 0
    for i in range(count):
        kind, flags, clock, wall, size = read.take("BHQQI")
        dropped, size = size >> 31, size & 0x7FFFFFFF
        require(lamport < clock < 1 << 63 and wall < 1 << 63 and size <= 16033)
        body = None if dropped else read.take(f"{size}s") if size else b""
        body_hash = read.take("32s") if dropped else blake(body, b"fika-body-v1")
        size_of_run += 168 + (0 if dropped else size)
        run.append(entry(channel, author, process, seq + i, prev, kind, flags, clock, wall, body, size, body_hash))
        lamport, prev = clock, run[-1].id
    require(size_of_run <= 49152)
    run[-1].signature = read.take("64s")
    return part, channel, run


def entry(channel, author, process, seq, prev, kind, flags, lamport, wall, body, size, body_hash):
    header = struct.pack("<BBH32s32s8sQQQ32sI32s", 1, kind, flags, channel, author, process, seq, lamport, wall,
                         prev, size, body_hash)
    return types.SimpleNamespace(id=blake(header, b"fika-entry-v1"), channel=channel, author=author, process=process,
                                 seq=seq, prev=prev, kind=kind, flags=flags, lamport=lamport, wall=wall, body=body,
                                 size=size, body_hash=body_hash, signature=None)


def make_run(part, run):
    one = run[0]
    frame = struct.pack("<BBB32s32s8sQ32sH", ENTRY, part, 1, one.channel, one.author, one.process, one.seq, one.prev,
                        len(run))
    for e in run:
        dropped = e.body is None
        frame += struct.pack("<BHQQI", e.kind, e.flags, e.lamport, e.wall, e.size | dropped << 31)
        frame += e.body_hash if dropped else e.body
    return frame + run[-1].signature


def signed(e):
    return b"fika-sign-v1".ljust(16, b"\0") + e.id


def card_bytes(card):
    return struct.pack("<8sHB", card.process, card.port, len(card.nick)) + card.nick


def hello1_signs(network, node, key, nonces, card):
    return b"fika-hello1".ljust(16, b"\0") + network + node + key + nonces + card


def hello2_signs(network, node, other, key, nonce, hello1, card):
    return b"fika-hello2".ljust(16, b"\0") + network + node + other + key + nonce + blake(hello1) + card


# ---- what is held of one channel ----


class Channel:
    branches = 16  # of one author; more are declined

    def __init__(self, name, channel):
        self.name, self.id = name, channel
        self.held, self.children = {}, {}  # by id; ids by their prev
        self.whole = set()  # ids of what is held down to seq 1
        self.forgotten = set()

    def take(self, run):
        """Takes a run whose signature holds. Returns whether something came to be whole."""
        verify(run[-1].signature, signed(run[-1]), run[0].author)
        before = len(self.whole)
        for e in run:
            old = self.held.setdefault(e.id, e)
            if old is e:
                self.children.setdefault(e.prev, []).append(e.id)
            old.signature = old.signature or e.signature
            old.body = e.body if old.body is None else old.body
            if e.kind == FORGET and e.body is not None and len(e.body) == 40:
                self.forgotten.add((e.author, *struct.unpack("<Q32s", e.body)))
        self.attach(run[0])
        for author, seq, of in self.forgotten:
            if of in self.held and (self.held[of].author, self.held[of].seq) == (author, seq):
                self.held[of].body = None
        return len(self.whole) > before

    def attach(self, first):
        """first and what stands on it is whole when what it stands on is."""
        todo = [first.id]
        while todo:
            e = self.held[todo.pop()]
            if e.id not in self.whole:
                below = self.held.get(e.prev)
                if e.seq > 1 and e.prev not in self.whole:
                    continue
                if below and (below.author, below.seq + 1) != (e.author, e.seq) or below and below.lamport >= e.lamport:
                    continue  # refused by everybody: it never gets whole
                if len([h for h in self.heads() if h[0] == e.author]) >= self.branches and self.grown(e.prev):
                    continue  # one branch too many
                self.whole.add(e.id)
            todo += self.children.get(e.id, [])

    def grown(self, of):
        return any(child in self.whole for child in self.children.get(of, []))

    def heads(self):
        return [(e.author, e.seq, e.id) for e in map(self.held.get, self.whole) if not self.grown(e.id)]

    def clock(self):
        limit = max(1 << 40, int((time.time() - 1577836800) * 1e6))
        return max([e.lamport for e in self.held.values() if e.lamport < limit], default=0)

    def messages(self):
        """What is to be shown, in order."""
        shown = [e for e in self.held.values() if e.kind in (TEXT, ACTION) and e.body]
        return sorted(shown, key=lambda e: (e.lamport, e.author, e.seq, e.id))

    def say(self, seed, process, bodies, kind=TEXT):
        """Entries of the author's own. Gives those that are a run's last its signature."""
        author = sodium.crypto_sign_seed_keypair(seed)[0]
        seq, prev = max([(s, tip) for a, s, tip in self.heads() if a == author], default=(0, ZEROS))
        clock, said, size = self.clock(), [], 0
        for i, body in enumerate(bodies, 1):
            e = entry(self.id, author, process, seq + i, prev, kind, 0, clock + i, int(time.time() * 1000), body,
                      len(body), blake(body, b"fika-body-v1"))
            size += 168 + len(body)
            if i % 128 == 1 and i > 1 or size > 49152:
                said[-1].signature, size = sign(seed, signed(said[-1])), 168 + len(body)
            said.append(e)
            prev = e.id
        said[-1].signature = sign(seed, signed(said[-1]))
        self.take(said)
        return said

    def runs(self, tip, start):
        """The runs from start up to tip, or to the next signature above it."""
        above = self.held[tip]
        while not above.signature:
            above = next(self.held[c] for c in self.children[above.id] if self.held[c].process == above.process)
        chain = [above]
        while chain[-1].seq > start and chain[-1].prev in self.held:
            chain.append(self.held[chain[-1].prev])
        chain.reverse()
        while chain:
            size, end, i = 0, 0, 0
            for i, e in enumerate(chain[:128], 1):
                size += 168 + len(e.body or b"")
                if size > 49152 or e.process != chain[0].process:
                    break
                end = i if e.signature else end
            yield chain[:end]
            chain = chain[end:]


def shown(channel, e):
    size = e.body[0]
    nick, text = (re.sub(r"[\x00-\x1f\x7f]", " ", part.decode("utf-8", "replace"))
                  for part in (e.body[1:1 + size], e.body[1 + size:]))
    nick = re.sub(r"^[#\\/]|[\s<>]", "_", nick)
    return f"{channel.name} * {nick} {text}" if e.kind == ACTION else f"{channel.name} <{nick}> {text}"


# ---- the link ----


class Link:
    def __init__(self, address, secret, seed, nick, channels):
        self.network = blake(secret, b"fika-network-v1")
        self.seed, self.node = seed, sodium.crypto_sign_seed_keypair(seed)[0]
        self.nick, self.process = nick.encode(), os.urandom(8)
        self.channels = {c.id: c for c in channels}
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        public, private = zmq.curve_keypair()
        self.key = z85.decode(public)
        self.socket.curve_publickey, self.socket.curve_secretkey = public, private
        self.socket.curve_serverkey = z85.encode(sodium.crypto_box_seed_keypair(blake(secret, b"fika-curve-v1"))[0])
        self.socket.reconnect_ivl, self.socket.linger = -1, 1000
        self.socket.connect(f"tcp://{address}")
        self.nonce = os.urandom(32)
        self.peer = None  # what its HELLO1 said
        self.theirs = None  # the channels of its last JOIN
        self.generation, self.their_generation = 0, -1
        self.questions = {}  # by (channel, tip): what is to be asked, and what is asked
        self.receipts = {}  # channel: the highest seq of our own that the node holds
        self.began = self.heard = time.monotonic()
        self.pinged, self.rtt, self.ended, self.forged = self.began, 0, None, 0
        self.send(u8(HELLO0) + u8(3) + self.nonce)

    def send(self, frame):
        self.socket.send(frame, zmq.NOBLOCK)

    def pump(self, seconds):
        """Waits for frames at most this long, and does all that is due."""
        if self.socket.poll(int(seconds * 1000)):
            while not self.ended and self.socket.poll(0):
                self.heard = time.monotonic()
                try:
                    self.hear(self.socket.recv())
                except ValueError as error:
                    self.end(f"{error}", 11)
        now = time.monotonic()
        if not self.ended and (now > self.heard + 12 or self.theirs is None and now > self.began + 3):
            self.end("not answered in time", 5)
        if not self.ended and self.theirs is not None:
            if now > self.pinged + 5:
                self.pinged = now
                self.send(struct.pack("<BQI", PING, int(now * 1e6), self.rtt))
            self.ask(now)

    def end(self, why, bye=0):
        if not self.ended:
            self.ended = why
            self.send(u8(BYE) + u8(bye))
            self.socket.close()

    def hear(self, frame):
        kind, f = parse(frame)
        if kind == BYE:
            self.ended = f"BYE {f.why}"
            self.socket.close()
        elif self.peer is None:
            require(kind == HELLO1)
            self.hear_hello(f, frame)
        elif kind == JOIN:
            self.hear_join(f)
        else:
            require(self.theirs is not None and kind in (HAVE, WANT, BODIES, LACK, ENTRY, PING, PONG, BUCKETS))
            channel = self.channels.get(getattr(f, "channel", None))
            if kind == PING:
                self.send(struct.pack("<BQI", PONG, f.token, f.rtt))
            elif kind == PONG:
                self.rtt = max(0, int(time.monotonic() * 1e6) - f.token)
            elif channel:
                {BUCKETS: self.hear_buckets, HAVE: self.hear_have, WANT: self.serve, BODIES: self.serve,
                 LACK: self.hear_lack, ENTRY: self.hear_entry}[kind](
                    channel, f)

    def hear_hello(self, f, frame):
        self.peer, self.nonces = f, self.nonce + f.nonce
        verify(f.signature, hello1_signs(self.network, f.node, self.key, self.nonces, card_bytes(f.card)), f.node)
        if f.node == self.node:
            return self.end("the same identity", 10)
        card = card_bytes(types.SimpleNamespace(process=self.process, port=0, nick=self.nick))
        word = hello2_signs(self.network, self.node, f.node, self.key, f.nonce, frame, card)
        self.send(u8(HELLO2) + self.node + card + sign(self.seed, word))
        self.join()

    def join(self):
        self.generation += 1
        frame = struct.pack("<BIB", JOIN, self.generation, len(self.nick)) + self.nick
        frame += struct.pack("<H", len(self.channels))
        self.send(frame + b"".join(c.id + digest(c.heads()) for c in self.channels.values()))

    def hear_join(self, f):
        if f.generation <= self.their_generation:
            return
        self.their_generation, self.theirs = f.generation, f.channels
        for channel in self.channels.values():
            heads = channel.heads()
            if channel.id in f.channels and f.channels[channel.id] == digest(heads):
                self.receipt(channel, heads)
            elif channel.id in f.channels:
                order = max(0, min(10, (len(heads) // 2).bit_length()))
                self.send(u8(BUCKETS) + channel.id + u8(order) + b"".join(buckets(heads, order, self.nonces)))

    def hear_buckets(self, channel, f):
        heads = channel.heads()
        mine = buckets(heads, f.order, self.nonces)
        self.have(channel, 1, [h for h in heads if mine[bucket(h, f.order)] != f.hashes[bucket(h, f.order)]])

    def have(self, channel, all_, heads):
        """HAVE of these heads; an author's never stand in two frames."""
        heads = sorted(heads)
        while heads:
            end = min(256, len(heads))
            while end < len(heads) and heads[end][0] == heads[end - 1][0]:
                end -= 1
            part, heads = heads[:end], heads[end:]
            self.send(struct.pack("<B32sBH", HAVE, channel.id, all_, len(part)) + of_heads(part))

    def receipt(self, channel, heads):
        for author, seq, tip in heads:
            if author == self.node and tip in channel.whole:
                self.receipts[channel.id] = max(seq, self.receipts.get(channel.id, 0))

    def hear_have(self, channel, f):
        self.receipt(channel, f.heads)
        for author, seq, tip in f.heads:
            if tip not in channel.whole and (channel.id, tip) not in self.questions:
                below = max([e.seq for e in map(channel.held.get, channel.whole)
                             if e.author == author and e.seq < seq], default=0)
                wait = 0 if f.all or author != self.peer.node else 0.15
                self.questions[channel.id, tip] = types.SimpleNamespace(
                    author=author, to=seq, start=below + 1, back=0, credit=262144, due=time.monotonic() + wait,
                    asked=None, news=0)

    def ask(self, now):
        busy = {(of, q.author) for (of, _), q in self.questions.items() if q.asked}
        for (of, tip), q in list(self.questions.items()):
            if tip in self.channels[of].whole or q.asked and now > q.asked + 3:
                del self.questions[of, tip]
            elif not q.asked and now >= q.due and (of, q.author) not in busy and len(busy) < 64:
                q.asked, q.news = now, 0
                busy.add((of, q.author))
                self.send(struct.pack("<B32s32sQQ32sI", WANT, of, q.author, q.start, q.to, tip, q.credit))

    def hear_entry(self, channel, f):
        author = f.run[0].author
        try:
            grew = channel.take(f.run)
        except ValueError:
            self.forged += 1
            require(self.forged < 16)
            return
        if grew:
            self.have(channel, 0, [h for h in channel.heads() if h[0] == author])
        if f.part:
            for (of, tip), q in list(self.questions.items()):
                if q.asked and (of, q.author) == (channel.id, author):
                    self.answered(channel, tip, q, f)

    def hear_lack(self, channel, f):
        self.questions.pop((channel.id, f.tip), None)

    def answered(self, channel, tip, q, f):
        """A part of the answer to q came: goes on where the answer ended, or looks for the fork."""
        q.asked = time.monotonic()
        if f.run[-1].id in channel.whole:
            q.news = f.run[-1].seq
        if f.part == 1:
            return
        q.asked = None
        if tip in channel.whole or not q.news and q.start == 1:
            del self.questions[channel.id, tip]
        elif q.news:
            q.start, q.credit = q.news + 1, 262144
        else:
            q.back += 16
            q.start, q.credit = max(1, q.start - q.back), 1

    def serve(self, channel, f):
        """Answers a WANT or BODIES."""
        if f.tip not in channel.whole:
            return self.send(struct.pack("<B32s32sQQ32s", LACK, channel.id, f.author, f.start, f.to, f.tip))
        frames, credit = [], f.credit
        for run in channel.runs(f.tip, f.start):
            frame = make_run(1, run)
            if frames and len(frame) > credit:
                break
            frames.append(frame)
            credit -= len(frame)
        for frame in frames:
            self.send(frame if frame is not frames[-1] else frame[:1] + u8(2) + frame[2:])

    def say(self, channel, texts, kind=TEXT):
        bodies = [u8(len(self.nick)) + self.nick + t.encode() for t in texts]
        return self.publish(channel, channel.say(self.seed, self.process, bodies, kind))

    def publish(self, channel, said):
        if channel.id in (self.theirs or ()):
            for run in channel.runs(said[-1].id, said[0].seq):
                self.send(make_run(0, run))
            self.have(channel, 0, [h for h in channel.heads() if h[0] == self.node])
        return said


# ---- the program ----


class State:
    """A seed, and runs as ENTRY frames with their sizes."""

    def __init__(self, path, channels):
        self.path, self.seed = path, os.urandom(32)
        if path and os.path.exists(path):
            with open(path, "rb") as file:
                self.seed = file.read(32)
                while size := file.read(4):
                    _, f = parse(file.read(struct.unpack("<I", size)[0]))
                    if f.channel in channels:
                        channels[f.channel].take(f.run)

    def save(self, channels):
        if self.path:
            with open(self.path + ".new", "wb") as file:
                file.write(self.seed)
                for channel in channels.values():
                    for _, _, tip in channel.heads():
                        for run in channel.runs(tip, 1):
                            frame = make_run(1, run)
                            file.write(struct.pack("<I", len(frame)) + frame)
                file.flush()
                os.fsync(file.fileno())
            os.rename(self.path + ".new", self.path)


def main():
    options = argparse.ArgumentParser(description="A second fika.")
    options.add_argument("address")
    options.add_argument("-n", "--nick", default="second")
    options.add_argument("-c", "--channel", action="append")
    options.add_argument("--secret", help="the network's, in hex; the open network's without")
    options.add_argument("--early", action="append", default=[], help="said before it links: fetched by WANT")
    options.add_argument("--say", action="append", default=[], help="said once it has caught up")
    options.add_argument("--until", type=int, help="end when so many messages are held")
    options.add_argument("--timeout", type=float, default=10)
    options.add_argument("--state", help="a file that keeps the identity and what is held")
    o = options.parse_args()
    secret = bytes.fromhex(o.secret) if o.secret else blake(b"the open network", b"fika-open-v1")
    channels = {c.id: c for c in (Channel(n, channel_id(secret, n)) for n in o.channel or ["#fika"])}
    state = State(o.state, channels)
    where = next(iter(channels.values()))
    process = os.urandom(8)
    if o.early:
        nick = o.nick.encode()
        where.say(state.seed, process, [u8(len(nick)) + nick + text.encode() for text in o.early])
        state.save(channels)
    link = Link(o.address, secret, state.seed, o.nick, list(channels.values()))
    link.process = process
    deadline, done, own = time.monotonic() + o.timeout, False, 0
    while not link.ended and not done and time.monotonic() < deadline:
        link.pump(0.05)
        if link.theirs is None or link.questions or time.monotonic() < link.heard + 0.2 and o.say:
            continue
        if o.say:
            texts, o.say = o.say, []
            link.say(where, texts)
            state.save(channels)
        own = max([seq for author, seq, _ in where.heads() if author == link.node], default=0)
        kept = sum(len(c.messages()) for c in channels.values())
        done = o.until is not None and kept >= o.until and link.receipts.get(where.id, 0) >= own
    why = link.ended
    link.end("done")
    state.save(channels)
    for channel in channels.values():
        for e in channel.messages():
            print(shown(channel, e))
    print(f"held {link.receipts.get(where.id, 0)} of {own}", file=sys.stderr)
    if not done and o.until is not None:
        sys.exit(f"fika.py: {why or 'the time is over'}")


if __name__ == "__main__":
    main()
