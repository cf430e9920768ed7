"""Machines and networks that are none, for tests: each Machine is a network namespace, and a Lan's
bridge in another is the switch between them. Nothing of it touches the machine's own network, and
all of it is gone after the test. Needs root (or the right to make namespaces); skipped otherwise.

A test module takes the fixtures it uses by name: `from lab import lan, on, pair, namespaces_are_allowed`.
"""

import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import time

import pytest

from conftest import PATIENCE

NAMES = itertools.count()
MARK = "fikatest"
# What a user is promised is one second. It takes a tenth of that, with sanitizers, so the usual
# patience is not needed here; a larger one stretches it.
SECOND = PATIENCE / 3
PORT = 23452


def run(*command, check=True):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=20)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


def need(tool):
    """Skips the test on a machine without it."""
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}: make deps-test installs it")


def until(condition, seconds=10, what="a condition"):
    """Polls for what only the system knows."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


def sweep():
    """Removes namespaces of test runs that were killed before they could."""
    for line in run("ip", "netns", "list", check=False).stdout.splitlines():
        found = re.match(MARK + r"-(\d+)-\d+\b", line)
        if found and not os.path.exists(f"/proc/{found[1]}"):
            run("ip", "netns", "del", line.split()[0], check=False)


@pytest.fixture(scope="module", autouse=True)
def namespaces_are_allowed():
    need("ip")
    sweep()
    name = f"{MARK}-{os.getpid()}-{next(NAMES)}"
    made = run("ip", "netns", "add", name, check=False)
    entered = run("ip", "netns", "exec", name, "true", check=False)
    run("ip", "netns", "del", name, check=False)
    if made.returncode != 0 or entered.returncode != 0:
        pytest.skip("needs the right to make network namespaces (root)")


class Machine:
    """One network namespace, with loopback up."""

    def __init__(self):
        self.name = f"{MARK}-{os.getpid()}-{next(NAMES)}"
        run("ip", "netns", "add", self.name)
        self.prefix = ("ip", "netns", "exec", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments).stdout

    def run(self, *command, check=True):
        return run(*self.prefix, *command, check=check)

    def nft(self, rules):
        """Firewall rules, in nft's own words."""
        need("nft")
        self.run("nft", rules)

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)

    def link_local(self, device="eth0"):
        """Its IPv6 link-local address there, once it may be used."""

        def look():
            for row in json.loads(self.ip("-6", "-j", "addr", "show", "dev", device)):
                for found in row.get("addr_info", []):
                    if found.get("scope") == "link" and not found.get("tentative"):
                        return f"{found['local']}%{device}"
            return None

        return until(look, 10, f"an IPv6 link-local address on {device}")

    def udp_sent(self):
        """UDP packets that ever left, by either IP."""
        four = self.run("cat", "/proc/net/snmp").stdout
        names, values = [line.split() for line in four.splitlines() if line.startswith("Udp:")]
        six = re.search(r"Udp6OutDatagrams\s+(\d+)", self.run("cat", "/proc/net/snmp6").stdout)
        return int(values[names.index("OutDatagrams")]) + int(six[1])


class Lan:
    """Machines with an interface (eth0, if not named) on one switch."""

    def __init__(self):
        self.machines = []
        self.ports = {}
        self.switch = self.machine()
        self.switch.ip("link", "add", "switch", "type", "bridge")
        self.switch.ip("link", "set", "switch", "up")

    def machine(self):
        machine = Machine()
        self.machines.append(machine)
        return machine

    def plug(self, machine, address=None, device="eth0"):
        port = f"port{len(self.ports)}"
        self.ports[machine, device] = port
        self.switch.ip("link", "add", port, "type", "veth", "peer", "name", device, "netns",
                       machine.name)
        self.switch.ip("link", "set", port, "master", "switch", "up")
        if address:
            more = ("brd", "+") if "." in address else ("nodad",)
            machine.ip("addr", "add", address, *more, "dev", device)
        machine.ip("link", "set", device, "up")

    def cable(self, machine, state, device="eth0"):
        """Pulls the cable out at the switch ("down"), or puts it back ("up")."""
        self.switch.ip("link", "set", self.ports[machine, device], state)

    def isolate(self, *machines):
        """Client isolation: none of these hears another of them."""
        for machine in machines:
            run("bridge", "-n", self.switch.name, "link", "set", "dev",
                self.ports[machine, "eth0"], "isolated", "on")

    def drop_beacons(self):
        """Broadcast and multicast are dropped at the switch, but for what addresses need (ARP, ND)."""
        self.switch.nft("table bridge campus { chain forward { type filter hook forward priority 0; "
                        "meta pkttype { broadcast, multicast } meta l4proto udp drop; }; }")

    def capture(self, path, *of):
        return Capture(self.switch, "switch" if not of else self.ports[of], path)

    def remove(self):
        for machine in self.machines:
            machine.remove()


class Capture:
    """What tcpdump hears at one interface: packets() after stop(), as (protocol, payload, source
    address, destination port)."""

    def __init__(self, machine, device, path):
        need("tcpdump")
        self.path = str(path)
        self.process = subprocess.Popen(
            [*machine.prefix, "tcpdump", "-i", device, "-s", "0", "-U", "-B", "8192", "--immediate-mode",
             "-w", self.path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                break
        assert self.process.poll() is None, "tcpdump does not run"

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=10)
        with open(self.path, "rb") as file:
            self.raw = file.read()

    def packets(self):
        at = 24
        while at + 16 <= len(self.raw):
            size = struct.unpack_from("<I", self.raw, at + 8)[0]
            found = self._payload(self.raw[at + 16:at + 16 + size])
            at += 16 + size
            if found:
                yield found

    @staticmethod
    def _payload(frame):
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == 0x0800:
            at, protocol = 14 + (frame[14] & 15) * 4, frame[23]
            end, source = 14 + struct.unpack_from("!H", frame, 16)[0], frame[26:30]
        elif kind == 0x86DD:
            at, protocol = 54, frame[20]
            end, source = 54 + struct.unpack_from("!H", frame, 18)[0], frame[22:38]
        else:
            return None
        if protocol not in (6, 17):
            return None
        port = struct.unpack_from("!H", frame, at + 2)[0]
        at += 8 if protocol == 17 else (frame[at + 12] >> 4) * 4
        return ("udp" if protocol == 17 else "tcp"), frame[at:end], source, port


@pytest.fixture
def lan():
    lan = Lan()
    yield lan
    lan.remove()


@pytest.fixture
def pair(lan):
    """Two machines on the LAN: 10.77.0.1 and 10.77.0.2."""
    return several(lan, 2)


def several(lan, count):
    machines = [lan.machine() for _ in range(count)]
    for i, machine in enumerate(machines):
        lan.plug(machine, f"10.77.0.{i + 1}/24")
    return machines


@pytest.fixture
def on(lan, fika):
    """on(machine, ...): a node on that machine. It needs the lan, so that it ends before that."""

    def start(machine, *arguments, **options):
        return fika(*arguments, prefix=machine.prefix, port=options.pop("port", None), **options)

    return start


def talk(ada, bo):
    """Each hears a line of the other."""
    ada.ever("member", state="here", id=bo.id)
    bo.ever("member", state="here", id=ada.id)
    ada.say("hej from Ada")
    bo.expect("message", text="hej from Ada", author=ada.id, own=False)
    bo.say("hej from Bo")
    ada.expect("message", text="hej from Bo", author=bo.id, own=False)


def link_up(node, other, within):
    """The event that says so; `within` seconds (times PATIENCE) from now."""
    return node.ever("link", timeout=within, state="up", id=other.id)
