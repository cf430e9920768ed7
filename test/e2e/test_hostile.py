"""A stranger at the port: garbage, silence, lies about sizes, peers that stop reading, and holders of
the network's secret who break every rule. Two nodes go on talking, and the memory stays bounded.

What a stranger can do to memory is measured on the release build (build/fika); AddressSanitizer keeps
freed memory, so its own would say nothing."""

import contextlib
import hashlib
import os
import random
import signal
import socket
import threading
import time

import nacl.bindings
import pytest
import zmq
from zmq.utils import z85

import conftest
from conftest import PATIENCE, ROOT

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + bytes(32)
HUGE_FRAME = b"\x02" + (1 << 32).to_bytes(8, "big")
HUGE_COMMAND = b"\x06" + (1 << 32).to_bytes(8, "big")
HTTP = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LIMIT_FRAME = 65536
LIMIT_INBOUND_WAITING = 32
RELEASE = os.path.join(ROOT, "build/fika")


@pytest.fixture
def release(monkeypatch):
    """Nodes of this test are the release build."""
    if not os.path.exists(RELEASE):
        pytest.skip("build/fika is not there: make it to measure memory")
    monkeypatch.setattr(conftest, "BINARY", RELEASE)


def resident_kib(node):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise AssertionError("no VmRSS")


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


def until(condition, seconds=10, what="a condition"):
    """Polls for what only the system knows."""
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


def stranger(node):
    one = socket.create_connection(("127.0.0.1", node.port), 5)
    one.setblocking(False)
    return one


def is_ended(one):
    """True when the other side ended the connection."""
    try:
        while one.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def push(one, data):
    """Sends what goes out now; the node may have ended it already."""
    with contextlib.suppress(OSError):
        one.send(data)


def talk(ada, bo, word, within=5):
    """A line each way."""
    ada.say(f"{word} from Ada")
    bo.expect("message", timeout=within, text=f"{word} from Ada")
    bo.say(f"{word} from Bo")
    ada.expect("message", timeout=within, text=f"{word} from Bo")


def server_key(network):
    """The CURVE key of a network, from its secret, as docs/PROTOCOL.md says."""
    with open(network[1:], encoding="ascii") as file:
        secret = bytes.fromhex(file.read().strip())
    seed = hashlib.blake2b(secret, digest_size=32, person=b"fika-curve-v1").digest()
    return nacl.bindings.crypto_box_seed_keypair(seed)[0]


@pytest.fixture
def insider(network):
    """insider(node, kind, routing_id): a raw ZeroMQ socket with the network's key, connected to a node."""
    context = zmq.Context()
    key = z85.encode(server_key(network))

    def connect(node, kind=zmq.DEALER, routing_id=None):
        one = context.socket(kind)
        if routing_id:
            one.setsockopt(zmq.ROUTING_ID, routing_id)
        one.linger = 0
        one.sndtimeo = one.rcvtimeo = 5000
        one.curve_serverkey = key
        one.curve_publickey, one.curve_secretkey = zmq.curve_keypair()
        one.setsockopt(zmq.RECONNECT_IVL, -1)
        one.connect(f"tcp://127.0.0.1:{node.port}")
        return one

    yield connect
    context.destroy(linger=0)


def test_garbage_at_the_port(linked):
    ada, bo = linked()
    noise = random.Random(2).randbytes(20000)
    for first in (b"", HTTP, GREETING + HUGE_FRAME, GREETING + HUGE_COMMAND, GREETING):
        ones = [stranger(ada) for _ in range(4)]
        for one in ones:
            push(one, first + noise)
        talk(ada, bo, f"with {len(first)}")
        for one in ones:
            until(lambda one=one: is_ended(one), what="the stranger's end")
            one.close()


def test_hundreds_of_idle_connections(linked, fika):
    ada, bo = linked()
    before = descriptors(ada)
    ones = [stranger(ada) for _ in range(300)]
    talk(ada, bo, "crowded")
    until(lambda: sum(map(is_ended, ones)) >= 300 - LIMIT_INBOUND_WAITING, what="room")
    # Somebody new comes in while the door is full of strangers.
    cy = fika(ada.address, nick="Cy")
    ada.ever("link", state="up", nick="Cy")
    cy.say("I got in")
    ada.expect("message", text="I got in")
    until(lambda: all(map(is_ended, ones)), what="the end of all strangers")
    until(lambda: descriptors(ada) <= before + 4, what="their descriptors")
    for one in ones:
        one.close()
    talk(ada, bo, "quiet again")


def test_connections_in_quick_succession(linked, fika):
    """One that opens and closes as fast as it can does not keep a friend out."""
    ada, bo = linked()
    stop = threading.Event()
    opened = []

    def flood():
        while not stop.is_set():
            with contextlib.suppress(OSError):
                one = socket.create_connection(("127.0.0.1", ada.port), 5)
                one.send(random.choice((HTTP, GREETING + HUGE_FRAME, b"\0")))
                one.close()
                opened.append(1)

    flooder = threading.Thread(target=flood)
    flooder.start()
    try:
        for i in range(20):
            talk(ada, bo, f"{i}")
        cy = fika(ada.address, nick="Cy")
        cy.ever("link", timeout=10, state="up", nick="Ada")
        talk(ada, cy, "in the flood")
    finally:
        stop.set()
        flooder.join()
    assert len(opened) > 50
    talk(ada, bo, "after it")


def test_holders_of_the_secret_who_break_rules(linked, insider):
    ada, bo = linked()
    rng = random.Random(7)
    links = len(ada.seen("link"))
    for frames in (
        [b"one", b"two"],
        [b""],
        [b"\x01"],
        [bytes(LIMIT_FRAME)],
        [bytes(LIMIT_FRAME + 1)],
        [bytes(4 * LIMIT_FRAME)],
        [b"x"] * 2000,
        *([rng.randbytes(rng.choice((1, 33, 34, 200, 3000)))] for _ in range(20)),
        *([bytes([kind]) + rng.randbytes(rng.choice((0, 32, 200)))] for kind in range(1, 12)),
    ):
        one = insider(ada)
        with contextlib.suppress(zmq.Again):
            one.send_multipart(frames)
            one.send(rng.randbytes(100))
        one.close()
    req = insider(ada, zmq.REQ)
    req.send(b"a question")
    talk(ada, bo, "still")
    # None of them was ever shown as somebody.
    assert len(ada.seen("link")) == links
    assert not ada.seen("error")


def test_holders_of_the_secret_who_say_nothing(linked, insider, fika):
    """More of them than may wait, with the handshake done: they are shut, oldest first."""
    ada, bo = linked()
    before = descriptors(ada)
    silent = [insider(ada) for _ in range(2 * LIMIT_INBOUND_WAITING)]
    talk(ada, bo, "in silence")
    cy = fika(ada.address, nick="Cy")
    cy.ever("link", timeout=10, state="up", nick="Ada")
    until(lambda: descriptors(ada) <= before + 4, 15, "their descriptors")
    talk(ada, cy, "after it")
    for one in silent:
        one.close()


def test_routing_ids_that_libzmq_would_give_next(linked, insider, fika):
    """libzmq names anonymous peers by a counter, and aborts when a peer took the next name before. The
    counter starts at rand(), so by itself at the same number in every process."""
    ada, bo = linked()
    # The first values in a process that did not seed glibc's rand().
    starts = (0x6B8B4567, 0xE43C9869, 0xF4B0DC51, 0x2AE8944A)
    ids = [b"\0" + (start + i).to_bytes(4, "big") for start in starts for i in range(1, 6)]
    taken = [insider(ada, zmq.DEALER, one) for one in ids]
    for one in taken:
        with contextlib.suppress(zmq.Again):
            one.send(b"mine")
    cy = fika(ada.address, nick="Cy")
    cy.ever("link", timeout=10, state="up", nick="Ada")
    talk(ada, cy, "unharmed")
    talk(ada, bo, "unharmed, too,")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_memory_stays_bounded_against_strangers(release, linked):
    ada, bo = linked()
    talk(ada, bo, "before")
    before = resident_kib(ada)
    ones = [stranger(ada) for _ in range(300)]
    for i, one in enumerate(ones):
        push(one, (b"", HTTP, GREETING + HUGE_FRAME, GREETING + HUGE_COMMAND)[i % 4])
        push(one, bytes(65536))
    talk(ada, bo, "during")
    until(lambda: all(map(is_ended, ones)), what="the end of all strangers")
    assert resident_kib(ada) - before < 8 * 1024
    for one in ones:
        one.close()
    assert resident_kib(ada) < 32 * 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_a_peer_that_stops_reading(release, linked, fika):
    """Cy is stopped in the middle of a flood: Ada and Bo go on, at the cost of one queue."""
    ada, bo = linked()
    cy = fika(ada.address, nick="Cy")
    ada.ever("member", state="here", nick="Cy")
    before = resident_kib(ada)
    cy.signal(signal.SIGSTOP)
    said = [f"{i} " + "x" * 7000 for i in range(3000)]  # 21 MB
    for i in range(0, len(said), 100):
        ada.say(*said[i : i + 100])
        bo.expect("message", timeout=10, text=said[min(i + 99, len(said) - 1)])
    assert [t for t in bo.texts() if t in set(said)] == said
    # One link's queue, ours and libzmq's, and nothing like what was said.
    assert resident_kib(ada) - before < 16 * 1024
    ada.expect("link", timeout=20, state="down", nick="Cy")
    talk(ada, bo, "without Cy")
    cy.signal(signal.SIGCONT)
    ada.expect("link", timeout=20, state="up", nick="Cy")
    cy.say("back")
    ada.expect("message", text="back")
