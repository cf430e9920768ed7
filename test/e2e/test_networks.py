"""Any network (lab.py): switches that drop broadcast, isolated clients, IPv6 alone, interfaces that lead
nowhere, addresses that change, cables that are out for long, outsiders who listen, and who forge beacons or
address records."""

import os
import re
import signal
import subprocess
import time

import pytest

import conftest
from conftest import ROOT
from lab import (PORT, SECOND, lan, link_up, namespaces_are_allowed, no_ipv6, on, pair, run, several,
                 talk, until)

RELEASE = os.path.join(ROOT, "build/fika")


def hears(node, text, author, within=5):
    return node.expect("message", timeout=within, text=text, author=author.id)


# ---- client isolation ----


def test_isolated_clients_talk_through_a_third(lan, on):
    """A and C hear B and not each other, as with client isolation on Wi-Fi."""
    machines = several(lan, 3)
    lan.isolate(machines[0], machines[2])
    reached = [machines[0].run("ping", "-c1", "-W1", f"10.77.0.{i}", check=False).returncode == 0
               for i in (2, 3)]
    assert reached == [True, False]
    ada = on(machines[0], discovery=True, nick="Ada")
    bo = on(machines[1], discovery=True, nick="Bo")
    link_up(ada, bo, 3)
    ada.say("before Cia came")
    hears(bo, "before Cia came", ada)
    cia = on(machines[2], discovery=True, nick="Cia")
    link_up(cia, bo, 3)
    hears(cia, "before Cia came", ada)  # history
    took = []
    for i in range(10):
        began = time.monotonic()
        ada.say(f"to Cia {i}")
        hears(cia, f"to Cia {i}", ada)
        cia.say(f"to Ada {i}")
        hears(ada, f"to Ada {i}", cia)
        took.append((time.monotonic() - began) / 4)
    print(f"{1000 * sorted(took)[5]:.1f} ms a hop")
    assert sorted(took)[5] < 0.1 * SECOND
    ada.ever("held", seq=11, by=2)  # Bo and Cia
    assert not ada.seen("link", state="up", id=cia.id)


def test_isolated_clients_talk_through_one_who_is_in_another_channel(lan, on):
    """The same where B is not in their channel: it carries it, and shows nothing of it."""
    machines = several(lan, 3)
    lan.isolate(machines[0], machines[2])
    ada = on(machines[0], "-c", "tea", discovery=True, nick="Ada")
    bo = on(machines[1], discovery=True, nick="Bo")
    link_up(ada, bo, 3)
    ada.say("before Cia came")
    ada.ever("message", text="before Cia came")
    cia = on(machines[2], "-c", "tea", discovery=True, nick="Cia")
    link_up(cia, bo, 3)
    hears(cia, "before Cia came", ada)  # history
    took = []
    for i in range(10):
        began = time.monotonic()
        ada.say(f"to Cia {i}")
        hears(cia, f"to Cia {i}", ada)
        cia.say(f"to Ada {i}")
        hears(ada, f"to Ada {i}", cia)
        took.append((time.monotonic() - began) / 4)
    print(f"{1000 * sorted(took)[5]:.1f} ms a hop")
    assert sorted(took)[5] < 0.1 * SECOND
    for one, seq in ((ada, 11), (cia, 10)):  # what Bo carries is received where it is read
        assert one.ever("held", seq=seq)["by"] == 1
    ada.ever("member", nick="Cia", state="here")
    cia.ever("member", nick="Ada", state="here")
    assert not ada.seen("link", state="up", id=cia.id)
    assert not bo.seen("message") and not bo.seen("member")


# ---- what was met is remembered ----


def test_dropped_broadcast_at_the_second_start(lan, pair, on, tmp_path):
    """A network that drops broadcast and multicast: once linked by a typed address, the next start
    needs none."""
    lan.drop_beacons()
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = on(pair[0], discovery=True, nick="Ada", home=homes[0])
    bo = on(pair[1], "10.77.0.1", discovery=True, nick="Bo", home=homes[1])
    link_up(bo, ada, 3)
    talk(ada, bo)
    ada.quit()
    bo.quit()
    for first, second in ((0, 1), (1, 0)):  # who dialled before is there first, or comes second
        nodes = {}
        nodes[first] = on(pair[first], discovery=True, home=homes[first])
        began = time.monotonic()
        nodes[second] = on(pair[second], discovery=True, home=homes[second])
        link_up(nodes[second], nodes[first], 5)
        assert time.monotonic() - began < 5 * SECOND
        talk(nodes[0], nodes[1])
        for node in nodes.values():
            node.quit()


def test_who_was_disconnected_is_not_remembered(lan, pair, on, tmp_path):
    lan.drop_beacons()
    home = tmp_path / "bo"
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], "10.77.0.1", discovery=True, nick="Bo", home=home)
    link_up(bo, ada, 3)
    file = home / "data" / "fika" / "default" / "addresses"
    until(lambda: file.exists() and " dialled 10.77.0.1:" in file.read_text())
    bo.command("\\disconnect Ada")
    until(lambda: not file.read_text())
    bo.quit()


# ---- \scan ----


def test_scan_finds_who_is_there_without_broadcast(lan, on):
    """Only when asked, and then each address of the subnet gets one packet, at a steady pace."""
    machines = several(lan, 2)
    lan.drop_beacons()
    ada = on(machines[0], discovery=True, nick="Ada")
    bo = on(machines[1], discovery=True, nick="Bo")
    no_ipv6(*machines)
    began = time.monotonic()
    bo.command("\\scan", "253 addresses of 10.77.0.0/24")
    assert bo.command("\\scan")["text"] == "that is going on already"
    link_up(bo, ada, 3)
    bo.expect("notice", text="asked 253 addresses; new links: 1")
    assert 252 / 200 < time.monotonic() - began < 252 / 200 + 4 * SECOND  # the first at once
    talk(ada, bo)


def test_scan_where_nobody_is(lan, on):
    machine = several(lan, 1)[0]
    ada = on(machine, discovery=True)
    ada.command("\\scan", "asking")
    ada.expect("notice", text=lambda text: text.startswith("asked 253 addresses, and nobody new answered"))
    deaf = on(machine)
    assert deaf.command("\\scan", "--no-discovery")["event"] == "error"
    nowhere = on(lan.machine(), discovery=True)
    assert nowhere.command("\\scan", "no IPv4 network")["event"] == "error"


# ---- IPv6 ----


def test_ipv6_without_ipv4(lan, on):
    """No IPv4 address anywhere: found by beacon, and by a typed global address."""
    machines = lan.machine(), lan.machine()
    for i, machine in enumerate(machines):
        lan.plug(machine, f"fd77::{i + 1}/64")
        machine.link_local()
    ada = on(machines[0], discovery=True, nick="Ada")
    assert "fd77::1" in ada.ready()["addresses"]
    began = time.monotonic()
    bo = on(machines[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    assert time.monotonic() - began < SECOND
    talk(ada, bo)
    cia = on(machines[1], f"[fd77::1]:{ada.port}", nick="Cia")
    assert link_up(cia, ada, 3)["address"] == f"[fd77::1]:{ada.port}"


# ---- many interfaces ----


def dead_ends(machine):
    """Two interfaces that are up and lead nowhere; one has the default route, as a VPN has."""
    for name, address in (("tun0", "10.8.0.2/24"), ("wwan0", "192.168.8.2/24")):
        machine.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-far")
        machine.ip("link", "set", f"{name}-far", "up")
        machine.run("sysctl", "-q", "-w", f"net.ipv6.conf.{name}-far.disable_ipv6=1")
        machine.ip("addr", "add", address, "brd", "+", "dev", name)
        machine.ip("link", "set", name, "up")
    machine.ip("route", "add", "default", "dev", "tun0")


def test_four_interfaces_of_which_two_lead_nowhere(lan, on):
    machines = several(lan, 3)
    dead_ends(machines[0])
    other = type(lan)()  # a second network, which Cia alone is on
    try:
        other.machines += [machines[0], machines[2]]
        other.plug(machines[0], "10.99.0.1/24", "eth1")
        cia_device = "eth1"
        machines[2].ip("link", "del", "eth0")
        other.plug(machines[2], "10.99.0.3/24", cia_device)
        ada = on(machines[0], discovery=True, nick="Ada")
        began = time.monotonic()
        bo = on(machines[1], discovery=True, nick="Bo")
        link_up(bo, ada, 2)
        assert time.monotonic() - began < SECOND
        began = time.monotonic()
        cia = on(machines[2], discovery=True, nick="Cia")
        link_up(cia, ada, 2)
        assert time.monotonic() - began < SECOND
        talk(ada, bo)
        talk(ada, cia)
    finally:
        run("ip", "netns", "del", other.switch.name, check=False)


# ---- what changes while one talks ----


def settle(since):
    """A link is as old as one that people talk by: of two that come up within 3 s of each other either may stay (PROTOCOL.md, 5), so the
    first dial after the change may be for nothing."""
    time.sleep(max(0.0, since + 3.5 - time.monotonic()))


def test_an_address_changes_in_mid_talk(lan, pair, on):
    """As when DHCP gives another: the old one is gone without a word to anybody."""
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    no_ipv6(*pair)  # one way between them, the one that goes
    link_up(bo, ada, 2)
    linked = time.monotonic()
    talk(ada, bo)
    settle(linked)
    pair[1].ip("addr", "del", "10.77.0.2/24", "dev", "eth0")
    pair[1].ip("addr", "add", "10.77.0.66/24", "brd", "+", "dev", "eth0")
    changed = time.monotonic()
    bo.say("from a new address")
    hears(ada, "from a new address", bo, 5)
    assert time.monotonic() - changed < 4 * SECOND
    ada.say("answered")
    hears(bo, "answered", ada)
    assert bo.texts() == ["hej from Ada", "hej from Bo", "from a new address", "answered"]


def test_an_address_changes_without_discovery(pair, on):
    no_ipv6(*pair)
    ada = on(pair[0], nick="Ada")
    bo = on(pair[1], f"10.77.0.1:{ada.port}", nick="Bo")
    link_up(bo, ada, 3)
    linked = time.monotonic()
    talk(ada, bo)
    settle(linked)
    pair[1].ip("addr", "del", "10.77.0.2/24", "dev", "eth0")
    pair[1].ip("addr", "add", "10.77.0.66/24", "brd", "+", "dev", "eth0")
    changed = time.monotonic()
    bo.say("from a new address")
    hears(ada, "from a new address", bo, 5)
    assert time.monotonic() - changed < 4 * SECOND


def test_a_machine_that_slept(lan, pair, on):
    """Ada's process stands still for longer than Bo waits, and her address is another when she wakes."""
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    talk(ada, bo)
    ada.signal(signal.SIGSTOP)
    bo.expect("link", state="down", id=ada.id, timeout=16)
    bo.say("while you slept")
    pair[0].ip("addr", "del", "10.77.0.1/24", "dev", "eth0")
    pair[0].ip("addr", "add", "10.77.0.77/24", "brd", "+", "dev", "eth0")
    woken = time.monotonic()
    ada.signal(signal.SIGCONT)
    hears(ada, "while you slept", bo)
    assert time.monotonic() - woken < 3 * SECOND
    ada.say("awake")
    hears(bo, "awake", ada)


def pull(lan, pair, on, seconds):
    """Twenty lines while the cable is out, ten from each side; then all of them on both, once."""
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    talk(ada, bo)
    pulled = time.monotonic()
    lan.cable(pair[1], "down")
    for i in range(10):
        ada.say(f"Ada {i}")
        bo.say(f"Bo {i}")
    ada.expect("link", state="down", id=bo.id, timeout=16)
    bo.expect("link", state="down", id=ada.id, timeout=16)
    until(lambda: time.monotonic() - pulled >= seconds, seconds + 1)
    lan.cable(pair[1], "up")
    back = time.monotonic()
    for i in range(10):
        hears(ada, f"Bo {i}", bo)
        hears(bo, f"Ada {i}", ada)
    took = time.monotonic() - back
    for node in (ada, bo):
        node.ever("message", text=f"{'Ada' if node is ada else 'Bo'} 9")
        texts = node.texts()
        assert sorted(texts) == sorted(["hej from Ada", "hej from Bo",
                                        *(f"{who} {i}" for who in ("Ada", "Bo") for i in range(10))])
    return took


def test_lines_said_while_the_cable_was_out(lan, pair, on):
    assert pull(lan, pair, on, 0) < 5 * SECOND


@pytest.mark.soak
def test_lines_said_while_the_cable_was_out_for_45_seconds(lan, pair, on):
    assert pull(lan, pair, on, 45) < 5 * SECOND


# ---- outsiders ----


def windows(packets, size=8):
    return {p[i:i + size] for p in packets for i in range(len(p) - size + 1)}


def streams(packets):
    """What went each way over TCP, without ZMTP's own words and the lengths in front of them."""
    flows = {}
    for kind, payload, *way in packets:
        if kind == "tcp":
            flows[tuple(way)] = flows.get(tuple(way), b"") + payload
    return [part[:-9] for flow in flows.values() for part in flow.split(b"\x07MESSAGE")]


def overheard(lan, on, tmp_path, name, homes, machines, *more, **options):
    """What two nodes send that find each other, talk and leave: beacons, parts of streams, all of it."""
    capture = lan.capture(tmp_path / f"{name}.pcap")
    ada = on(machines[0], *more, discovery=True, nick="Adalbertina", home=homes[0], **options)
    bo = on(machines[1], *more, discovery=True, nick="Bodil-Marie", home=homes[1], **options)
    link_up(bo, ada, 3)
    ada.ever("member", state="here", id=bo.id)
    ada.say("the secret is under the third stone")
    hears(bo, "the secret is under the third stone", ada)
    bo.say("not under the fourth")
    hears(ada, "not under the fourth", bo)
    ids = ada.id, bo.id
    ada.quit()
    bo.quit()
    capture.stop()
    packets = list(capture.packets())
    beacons = [payload for kind, payload, *_ in packets if kind == "udp"]
    return beacons, streams(packets), b"\0".join(payload for _, payload, *_ in packets), ids


def test_an_outsider_learns_nothing_that_lasts(lan, pair, on, tmp_path, network):
    """The same two talk twice; what a third sees at the switch names neither of them, nor the network,
    and nothing in it but what every fika says is the same the second time."""
    homes = tmp_path / "ada", tmp_path / "bo"
    secret = bytes.fromhex(open(network[1:], encoding="ascii").read())
    udp, tcp, all1, ids = overheard(lan, on, tmp_path, "first", homes, pair)
    udp2, tcp2, all2, again = overheard(lan, on, tmp_path, "second", homes, pair)
    assert ids == again and len(udp) > 1 and len(tcp) > 10 and len(udp2) > 1 and len(tcp2) > 10
    for hidden in (b"Adalbertina", b"Bodil-Marie", b"third stone", b"fourth", b"#fika", secret,
                   secret.hex().encode(), *(bytes.fromhex(i) for i in ids if re.fullmatch("[0-9a-f]+", i)),
                   *(i.encode() for i in ids)):
        assert hidden not in all1 + all2
    assert not windows(udp) & windows(udp2)  # not one part of a beacon comes again
    for packets in (udp, udp2):  # nor within one run, but for the copies of one beacon
        once = list(dict.fromkeys(packets))
        assert sum(len(windows([p])) for p in once) == len(windows(once))
    # What strangers on another network send, too, says nothing.
    other = tmp_path / "other"
    other.write_text("ab" * 32 + "\n")
    other.chmod(0o600)
    strangers = [tmp_path / "cia", tmp_path / "dag"]
    _, tcp3, *_ = overheard(lan, on, tmp_path, "third", strangers, pair, "--network", f"@{other}",
                           open_network=True)
    lasting = (windows(tcp) & windows(tcp2)) - windows(tcp3)
    parts = windows(tcp3, 7)
    assert not {w for w in lasting if bytes(4) not in w  # a message's number, and a byte by chance;
                and w[1:] not in parts and w[:-1] not in parts}  # or words of all, and such a byte


# ---- forged beacons ----


FLOOD = r"""
import hashlib, os, socket, struct, sys, time
import nacl.bindings
secret, target, port, seconds, rate = bytes.fromhex(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
key = hashlib.blake2b(secret, digest_size=32, person=b"fika-beacon-v1").digest()
def forged(i):
    nonce = os.urandom(24)
    plain = struct.pack("<BHH", 1, 1024 + i % 60000, 0) + os.urandom(40)
    return nonce + nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, None, nonce, key)
good = [forged(i) for i in range(4000)]
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
began, sent = time.monotonic(), 0
print("begun", flush=True)
while time.monotonic() - began < seconds:
    due = int((time.monotonic() - began) * rate)
    while sent < due:
        # Nine of ten are noise of the right length; the tenth has a MAC that fits.
        out.sendto(good[sent // 10 % len(good)] if sent % 10 == 0 else os.urandom(85), (target, port))
        sent += 1
    time.sleep(0.001)
print(sent, flush=True)
"""


def cpu_seconds(node):
    with open(f"/proc/{node.process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(node):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def released(monkeypatch):
    """What is measured is the program that people run."""
    if not os.path.exists(RELEASE):
        pytest.skip("build/fika is not there: make it to measure work")
    monkeypatch.setattr(conftest, "BINARY", RELEASE)


def count_dials(machine):
    machine.nft("table inet count { chain input { type filter hook input priority 0; "
                "tcp flags & (syn | ack) == syn counter; }; }")


def dials_to(machine):
    return int(re.search(r"counter packets (\d+)", machine.run("nft", "list", "ruleset").stdout)[1])


def flooded(flood, seconds, ada, bo_comes):
    """Ada's work (of one processor) and memory (KiB) while it lasts, and what the flood says that it sent. Bo comes to
    her amid it."""
    try:
        assert flood.stdout.readline() == "begun\n"
        before, memory = cpu_seconds(ada), resident_kib(ada)
        bo = bo_comes()
        link_up(bo, ada, 5)
        talk(ada, bo)
        sent = int(flood.communicate(timeout=seconds * 3)[0])
    finally:
        flood.kill()
        flood.wait()
    return (cpu_seconds(ada) - before) / seconds, resident_kib(ada) - memory, sent


def test_a_flood_of_forged_beacons(lan, on, monkeypatch, network):
    """From one who holds the secret, each with another name and port: few dials, little work, and
    those who are there still find each other."""
    released(monkeypatch)
    machines = several(lan, 3)
    count_dials(machines[2])
    secret = open(network[1:], encoding="ascii").read().strip()
    ada = on(machines[0], discovery=True, nick="Ada")
    seconds = 10
    flood = subprocess.Popen(
        [*machines[2].prefix, "/usr/bin/python3", "-c", FLOOD, secret, "10.77.0.255", str(PORT),
         str(seconds), "5000"], stdout=subprocess.PIPE, text=True)
    work, grown, sent = flooded(flood, seconds, ada, lambda: on(machines[1], discovery=True, nick="Bo"))
    dials = dials_to(machines[2])
    print(f"{100 * work:.1f} % of a processor, {grown} KiB, {dials} dials, {sent} packets")
    assert sent > 1000 * seconds
    assert work < 0.05
    assert grown < 4096
    assert 0 < dials <= 2 * (8 + seconds + 3)  # from both nodes


# ---- forged address records ----


RECORDS = r"""
import os, struct, sys, time
sys.path.insert(0, sys.argv[1])
import fika as second
from nacl import signing
file, address, seconds, rate = sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5])
secret = bytes.fromhex(open(file).read())
network = second.H(b"fika-network-v1", secret)
def record(i):
    key, text = signing.SigningKey(os.urandom(32)), f"10.77.0.3:{1024 + i % 60000}".encode()
    said = bytes(key.verify_key) + struct.pack("<QIBB", int(time.time() * 1000), 7200, 1, len(text)) + text
    signature = key.sign(b"fika-record".ljust(16, b"\0") + network + said).signature
    return said + (signature if i % 2 else os.urandom(64))
frames = [second.write(second.PEERS, 12, rest=b"".join(record(12 * n + i) for i in range(12))) for n in range(60)]
links = [second.Link(address, secret, signing.SigningKey(os.urandom(32)), "eve", second.Channel(secret, "#fika"))
         for _ in range(2)]
while not all(link.generation for link in links):
    for link in links: link.pump(0.01)
began, sent = time.monotonic(), 0
print("begun", flush=True)
while time.monotonic() - began < seconds:
    due = int((time.monotonic() - began) * rate)
    while sent < due:
        for link in links: link.socket.send(frames[sent % len(frames)])
        sent += 1
    for link in links: link.pump(0.001)
assert not any(link.ended for link in links), [link.ended for link in links]
print(sent * len(links) * 12, flush=True)
"""


def test_a_flood_of_forged_address_records(lan, on, monkeypatch, network):
    """From one who holds the secret, by two links, each record of another node, at another port; half of
    them are signed by nobody. A dial a second, little work, and those who are there still find each other."""
    released(monkeypatch)
    machines = several(lan, 3)
    count_dials(machines[2])
    ada = on(machines[0], discovery=True, nick="Ada")
    seconds = 10
    flood = subprocess.Popen(
        [*machines[2].prefix, "/usr/bin/python3", "-c", RECORDS, os.path.join(ROOT, "test", "second"), network[1:],
         f"10.77.0.1:{PORT}", str(seconds), "20"], stdout=subprocess.PIPE, text=True)
    work, grown, sent = flooded(flood, seconds, ada, lambda: on(machines[1], discovery=True, nick="Bo"))
    dials = dials_to(machines[2])
    print(f"{100 * work:.1f} % of a processor, {grown} KiB, {dials} dials, {sent} records")
    assert sent > 200 * seconds
    assert work < 0.05
    assert grown < 4096
    assert 0 < dials <= 2 * (seconds + 3)  # from both nodes, to whom Ada passed some on
