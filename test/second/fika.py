#!/usr/bin/python3
"""A second implementation of fika's protocol, from docs/PROTOCOL.md: it dials a node, joins a channel, catches up, says
its lines, passes on what it holds, ends with stdin. It prints "author seq text" of what it learns; it keeps no entries:
    fika.py [--strip] NETWORK IDENTITY HOST:PORT '#channel' [TEXT ...]      --strip: entries go without their bodies"""
import collections, hashlib, os, select, struct, sys, time, zmq  # noqa: E401
from nacl import bindings, public, signing
HELLO0, HELLO1, HELLO2, JOIN, HAVE, WANT, ENTRY, PING, PONG, BYE, *_, SEEK = range(1, 22)
BUCKETS, BODIES, LACK, EAGER, LAZY, PEERS, WHO, NOTE, PUNCH, CARD, WHOSE, HELD = *range(11, 21), 22, 26
# NETWORK is a file with the secret in hex. FORMS: what each frame begins with, for struct.
FORMS = "- B32s 32s32s8sHB 32s8sHB IB 32sBH 32s32sQQ32sI BB32s32s8sQ32sH QI QI B 32sB 32s32sQQ32sI 32s32sQQ32s".split()
FORMS += ["64s", "64s", "B", "", "32s32sQBB", "B32s32sQHI64sB", "B32sQ32s64s", "32sB", "B32s32sQB", *"---", "96sQ96s"]
HEAD, ITEM, DROPPED, CREDIT = "<32sQ32s", "<BHQQI", 1 << 31, 262144
Entry = collections.namedtuple("Entry", "version kind flags channel author process seq lamport wall prev size hash")
def H(domain, *parts): return hashlib.blake2b(b"".join(parts), digest_size=32, person=domain).digest()
def split(data, size): return [data[at : at + size] for at in range(0, len(data), size)]
def write(kind, *fields, rest=b""): return struct.pack("<B" + FORMS[kind], kind, *fields) + rest
def read(frame):
    form = "<B" + FORMS[frame[0]]
    return *struct.unpack_from(form, frame), frame[struct.calcsize(form) :]

def read_run(channel, author, process, seq, prev, count, rest):  # a list of (id, Entry, body), and the signature
    run = []
    for seq in range(seq, seq + count):
        kind, flags, lamport, wall, size = struct.unpack_from(ITEM, rest)
        end = 23 + (32 if size & DROPPED else size)
        body, rest = rest[23:end], rest[end:]
        hash_, body = (body, None) if size & DROPPED else (H(b"fika-body-v1", body), body)
        e = Entry(1, kind, flags, channel, author, process, seq, lamport, wall, prev, size & ~DROPPED, hash_)
        prev = H(b"fika-entry-v1", struct.pack("<BBH32s32s8sQQQ32sI32s", *e))
        run.append((prev, e, body))
    return run, rest

class Channel:
    def __init__(self, secret, name):
        self.id = H(b"fika-channel-v1", H(b"fika-network-v1", secret), name.encode())
        self.held, self.bodies, self.runs, self.gone, self.term = {}, {}, {}, set(), 0  # by id; its run; gone; flags

    def take(self, run, signature):
        ids = tuple(i for i, _, _ in run)
        signing.VerifyKey(run[0][1].author).verify(b"fika-sign-v1\0\0\0\0" + ids[-1], signature)
        for i, e, body in run:
            self.held[i], self.runs[i] = e, self.runs.get(i, (ids, signature))
            self.bodies.update({} if body is None else {i: body})
            self.gone.update({(body[8:], e.author)} if e.kind == 3 and body else ())
        for i, author in self.gone:
            if i in self.bodies and self.held[i].author == author and self.held[i].kind != 3: del self.bodies[i]

    def heads(self):  # the last entry of each branch that is held down to seq 1, packed, in the order of a digest
        whole = {}
        for i, e in sorted(self.held.items(), key=lambda item: item[1].seq):
            low = whole.get(e.prev)
            if e.seq == 1 or low and (low.author, low.seq + 1) == (e.author, e.seq) and low.lamport < e.lamport:
                whole[i] = e
        tips = whole.keys() - {e.prev for e in whole.values()}
        return [struct.pack(HEAD, *head) for head in sorted((whole[i].author, whole[i].seq, i) for i in tips)]

    def path(self, tip, first=1):  # the ids of a branch up to tip, from seq first, or as far down as it is held
        path = []
        while tip in self.held and self.held[tip].seq >= first:
            path.insert(0, tip)
            tip = self.held[tip].prev
        return path

    def frame(self, part, ids, signature, strip=False):
        e, items = self.held[ids[0]], b""
        for i in ids:
            x, bare = self.held[i], strip or i not in self.bodies
            items += struct.pack(ITEM, *x[1:3], *x[7:9], x.size | bare * DROPPED) + (x.hash if bare else self.bodies[i])
        return write(ENTRY, part, 1, *e[3:7], e.prev, len(ids), rest=items + signature)

    def say(self, key, process, *bodies, kind=1):  # holds a run, on the highest of the author's branches; its frame
        node, now = bytes(key.verify_key), int(time.time() * 1000)
        seq, prev = max((struct.unpack(HEAD, h)[1:] for h in self.heads() if h[:32] == node), default=(0, bytes(32)))
        most = max(2**40, (now - 1577836800000) * 1000)
        clock = max((e.lamport for e in self.held.values() if e.lamport < most or e.author == node), default=0)
        items = [struct.pack(ITEM, kind, self.term, clock + n, now, len(x)) + x for n, x in enumerate(bodies, 1)]
        run, _ = read_run(self.id, node, process, seq + 1, prev, len(items), b"".join(items))
        self.take(run, key.sign(b"fika-sign-v1\0\0\0\0" + run[-1][0]).signature)
        return self.frame(0, *self.runs[run[-1][0]])

class Link:
    def __init__(self, address, secret, key, nick, channel, strip=False):
        self.network, self.key, self.channel, self.strip = H(b"fika-network-v1", secret), key, channel, strip
        self.node, self.process, pair = bytes(key.verify_key), os.urandom(8), public.PrivateKey.generate()
        self.nick, self.client, self.nonces = bytes([len(nick)]) + nick.encode(), bytes(pair.public_key), os.urandom(32)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger, self.socket.reconnect_ivl = 1000, -1
        self.socket.curve_publickey, self.socket.curve_secretkey = self.client, bytes(pair)
        self.socket.curve_serverkey = bindings.crypto_box_seed_keypair(H(b"fika-curve-v1", secret))[0]
        self.socket.connect("tcp://" + address)
        self.turn, self.generation, self.told, self.settled, self.ended = [HELLO1, BYE], 0, False, False, ""
        self.heard, self.pinged, self.rtt, self.heads = time.time(), 0, 0, channel.heads()
        self.announced, self.done, self.question, self.asking = set(), set(), None, False
        self.send(HELLO0, 7, self.nonces)

    def send(self, kind, *fields, rest=b""): self.socket.send(write(kind, *fields, rest=rest))

    def hear(self, frame):
        (kind, *f, rest), self.heard = read(frame), time.time()
        digest = self.channel.id + H(b"fika-heads-v1", *self.heads)[:16]
        assert kind in self.turn, "a frame out of turn"
        if kind == HELLO1:
            self.peer, self.turn = f[0], [JOIN, PEERS, BYE, WHOSE]
            signs = self.network + self.peer + self.client + self.nonces + f[1] + frame[65:-64]
            signing.VerifyKey(self.peer).verify(b"fika-hello1\0\0\0\0\0" + signs, frame[-64:])
            self.nonces += f[1]
            card = self.process + b"\0\0" + self.nick
            signs = self.network + self.node + self.peer + self.client + f[1] + H(b"", frame) + card
            self.socket.send(b"\3" + self.node + card + self.key.sign(b"fika-hello2\0\0\0\0\0" + signs).signature)
            self.send(JOIN, 1, self.nick[0], rest=self.nick[1:] + b"\1\0" + digest + b"\3")
        elif kind == JOIN and f[0] > self.generation:
            self.generation, self.told, self.turn, self.pinged = f[0], False, [*range(JOIN, WHOSE + 1), HELD], 0
            if digest in (item[:48] for item in split(rest[f[1] + 2 :], 49)): self.announced.update(self.heads)
            elif self.channel.id in rest: self.tell()
        elif kind == BUCKETS and f[0] == self.channel.id:
            self.told or self.tell()
            mine = zip(self.buckets(f[1]), split(rest, 4))
            self.announce(1, [head for (hash_, heads), theirs in mine if hash_ != theirs for head in heads])
        elif kind == HAVE and f[0] == self.channel.id: self.announced.update(split(rest, 72))
        elif kind in (WANT, BODIES): self.serve(kind, *f[1:])
        elif kind == ENTRY and f[2] == self.channel.id: self.channel.take(*read_run(*f[2:], rest))
        elif kind == PING: self.send(PONG, *f)
        elif kind == PONG: self.rtt, self.settled = int((self.heard - self.pinged) * 1e6), True
        elif kind == BYE: self.ended = f"BYE {f[0]}"
        self.asking = self.asking and not (kind == LACK or kind == ENTRY and f[0] == 2)

    def buckets(self, order):
        heads = [[h for h in self.heads if int.from_bytes(h[:2], "little") % 2**order == i] for i in range(2**order)]
        return [(H(b"fika-bucket-v1", self.nonces, *some)[:4], some) for some in heads]

    def tell(self, order=6):
        self.told = True
        self.send(BUCKETS, self.channel.id, order, rest=b"".join(hash_ for hash_, _ in self.buckets(order)))

    def announce(self, all_, heads):
        for some in split(heads, 256):
            self.send(HAVE, self.channel.id, all_, len(some), rest=b"".join(some))

    def serve(self, kind, author, first, to, tip, credit):
        path = self.channel.path(tip, first)
        whole = path and self.channel.held[path[0]].seq == first and not (self.strip and kind == BODIES)
        runs = dict.fromkeys(self.channel.runs[i] for i in path if whole)  # each once
        frames = [self.channel.frame(1, *run, self.strip) for run in runs]
        while len(frames) > 1 and sum(map(len, frames)) > credit: frames.pop()
        for frame in frames:
            self.socket.send(bytes([ENTRY, 1 + (frame is frames[-1])]) + frame[2:])
        frames or self.send(LACK, self.channel.id, author, first, to, tip)

    def ask(self):  # puts one question: for the newest that is missing, for what is below it, or for bodies
        for head in sorted(self.announced - self.done):
            author, to, tip = struct.unpack(HEAD, head)
            held, bodies, path = self.channel.held, self.channel.bodies, self.channel.path(tip)
            to, tip = (held[path[0]].seq - 1, held[path[0]].prev) if path else (to, tip)
            kind, first, question = WANT, max(1, to - 14), (head, len(held) + len(bodies))
            lacking = [i for i in path if i not in bodies and (i, author) not in self.channel.gone]
            if not to and lacking:
                kind, first, to, tip = BODIES, held[lacking[0]].seq, held[lacking[-1]].seq, lacking[-1]
            if to and question != self.question:  # it is the same where the answer brought nothing
                self.question, self.asking = question, True
                return self.send(kind, self.channel.id, author, first, to, tip, CREDIT)
            self.done.add(head)

    def pump(self, timeout=0.05):
        while not self.ended and self.socket.poll(timeout * 1000):
            self.hear(self.socket.recv())
            timeout = 0
        if self.generation and not self.ended:
            old, self.heads, now = set(self.heads), self.channel.heads(), time.time()
            moved = {head[:32] for head in old ^ set(self.heads)}
            self.announce(0, [head for head in self.heads if head[:32] in moved])
            self.asking or self.ask()
            if now > self.pinged + 5:
                self.pinged = now
                self.send(PING, int(now), self.rtt)
        self.ended = self.ended or ("lost" if time.time() > self.heard + 12 else "")
        return not self.ended

def main(network, identity, address, name, *texts):
    with open(network) as file, open(identity, "ab+") as kept:
        secret, seed = bytes.fromhex(file.read()), kept.seek(0) or kept.read(32) or os.urandom(32)
        kept.write(b"" if kept.tell() else seed)
    channel, shown, more, texts = Channel(secret, name), set(), True, list(texts)
    link = Link(address, secret, signing.SigningKey(seed), "py", channel, "--strip" in sys.argv)
    while link.pump():
        more = more and not (select.select([0], [], [], 0)[0] and not os.read(0, 65536))
        if not link.settled or link.asking or link.announced - link.done: continue
        news = [(e.lamport, e.author, e.seq, i) for i, e in channel.held.items() if i in channel.bodies and e.kind < 3]
        for _, author, seq, i in sorted(set(news) - shown):
            text = channel.bodies[i][1 + channel.bodies[i][0] :].decode(errors="replace")
            print(author.hex()[:8], seq, text, flush=True)
        shown.update(news)
        if texts:
            link.socket.send(channel.say(link.key, link.process, link.nick + texts.pop(0).encode()))
        elif not more and link.announced.issuperset(h for h in channel.heads() if h[:32] == link.node):
            return link.send(BYE, 0)
    sys.exit(link.ended)

if __name__ == "__main__":
    main(*[argument for argument in sys.argv[1:] if argument != "--strip"])
