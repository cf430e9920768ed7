"""What is wrong, said plainly (lab.py): \\doctor and `fika doctor` on networks that are wrong in one way
each. A finding is looked for by its name; its sentence is another test's."""

import json
import re
import subprocess
import time

from nacl import signing

import conftest
from conftest import environment
from lab import SECOND, lan, link_up, namespaces_are_allowed, on, pair, several
from second_help import peer, said, second


def report(node):
    """The findings of one \\doctor, by name."""
    node.say("\\doctor")
    node.expect("doctor_end", timeout=5)
    first = max(i for i, e in enumerate(node.events) if e["event"] == "doctor_end")
    begin = max([i + 1 for i, e in enumerate(node.events[:first]) if e["event"] == "doctor_end"], default=0)
    found = {}
    for event in node.events[begin:first]:
        if event["event"] == "doctor":
            found.setdefault(event["finding"], []).append(event)
    return found


def examined(machine, home, network, *arguments):
    """`fika doctor --json` on that machine: its findings by name, its status, its seconds."""
    home.mkdir(exist_ok=True)
    began = time.monotonic()
    done = subprocess.run(
        [*machine.prefix, conftest.BINARY, "doctor", "--json", "--network", network, *arguments],
        env=environment(str(home)), capture_output=True, text=True, timeout=30)
    assert not done.stderr, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        found.setdefault(event.get("finding", event["event"]), []).append(event)
    return found, done.returncode, time.monotonic() - began


def no_ipv6(*machines):
    for machine in machines:
        machine.run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1")


def test_all_is_well(pair, on):
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    found = report(bo)
    assert "10.77.0.2" in [e["about"] for e in found["address"]]
    assert found["port"][0]["about"] == str(bo.port)
    assert found["beacons-heard"][0]["about"] == "eth0" and found["beacons-heard"][0]["n2"] > 0
    assert found["linked"][0]["also"] == "Ada"
    assert found["nat"][0]["about"] == "10.77.0.2"
    assert found["talking"][0]["n"] == 1
    assert bo.seen("doctor_end")[0]["possible"] is True
    assert {e["level"] for events in found.values() for e in events} <= {"good", "note"}


def test_dropped_broadcast_is_named_once_it_is_certain(lan, pair, on, tmp_path):
    """Alone nobody can know; when somebody on the same network is linked and was never heard, it is so."""
    lan.drop_beacons()
    no_ipv6(*pair)
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    found = report(bo)
    assert "nobody else is here, or this network drops broadcast" in found["beacons-alone"][0]["text"]
    assert "beacons-dropped" not in found and "alone" in found
    bo.say(f"\\connect 10.77.0.1:{ada.port}")
    link_up(bo, ada, 3)
    for node, other in ((bo, "Ada"), (ada, "Bo")):
        dropped = report(node)["beacons-dropped"][0]
        assert dropped["about"] == "eth0" and dropped["also"] == other and dropped["level"] == "bad"
        assert dropped["advice"] == "type \\connect with an address, or use an invite"


def test_client_isolation_is_no_dropped_broadcast(lan, on):
    """A hears B, and B is linked: what A says of the network is not what C says of A."""
    machines = several(lan, 3)
    lan.isolate(machines[0], machines[2])
    ada = on(machines[0], discovery=True, nick="Ada")
    bo = on(machines[1], discovery=True, nick="Bo")
    link_up(ada, bo, 3)
    ada.say("\\connect 10.77.0.3")
    found = report(ada)
    assert "beacons-heard" in found
    wrong = [e for e in found.get("no-answer", []) + found.get("no-way", []) if e["about"] == "10.77.0.3:23452"]
    assert wrong and wrong[0]["advice"]


def test_what_each_address_came_to(pair, on, network, tmp_path):
    other = tmp_path / "other"
    other.write_text("cd" * 32 + "\n")
    other.chmod(0o600)
    stranger = on(pair[0], "--network", f"@{other}", open_network=True, port=7001)
    assert stranger.port == 7001
    silent = subprocess.Popen(
        [*pair[0].prefix, "/usr/bin/python3", "-c",
         "import socket, time; s = socket.create_server(('', 7002)); print('up', flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE, text=True)
    try:
        assert silent.stdout.readline() == "up\n"
        pair[0].nft("table inet t { chain input { type filter hook input priority 0; tcp dport 7003 drop; }; }")
        found, status, took = examined(pair[1], tmp_path / "bo", network, "10.77.0.1:7001", "10.77.0.1:7002",
                                       "10.77.0.1:7003", "10.77.0.1:7004", "10.66.0.1:1")
    finally:
        silent.kill()
        silent.wait()
    assert found["other-network"][0]["about"] == "10.77.0.1:7001"
    assert "secret" in found["other-network"][0]["text"]
    assert found["silent"][0]["about"] == "10.77.0.1:7002"
    assert found["no-answer"][0]["about"] == "10.77.0.1:7003"
    assert found["refused"][0]["about"] == "10.77.0.1:7004"
    assert found["no-way"][0]["about"] == "10.66.0.1:1" and found["no-way"][0]["also"] == "Network is unreachable"
    assert status == 1 and found["doctor_end"][0]["possible"] is False and "cut-off" in found
    assert took < 5 * SECOND


def test_the_status_says_whether_talking_is_possible(lan, pair, on, network, tmp_path):
    ada = on(pair[0], discovery=True, nick="Ada")
    found, status, took = examined(pair[1], tmp_path / "bo", network)
    assert status == 0 and found["talking"][0]["n"] == 1 and took < 5 * SECOND
    assert not ada.seen("member")  # it came to look, not to talk
    machine = lan.machine()
    found, status, took = examined(machine, tmp_path / "cia", network)
    assert status == 1 and {"no-address", "cut-off"} <= set(found) and took < 5 * SECOND
    found, status, _ = examined(pair[0], tmp_path / "dag", network, "no-such-host.invalid")
    assert status == 0 and found["no-name"][0]["about"] == "no-such-host.invalid"
    assert found["port-other"][0]["also"] == "23452"


def test_a_firewall_on_this_machine(pair, on):
    """One that keeps beacons in, and one that keeps even this machine's own connections out."""
    pair[0].nft("table inet t { chain output { type filter hook output priority 0; oifname \"eth0\" udp dport 23452 drop; }; }")
    pair[1].nft("table inet t { chain input { type filter hook input priority 0; tcp dport 23452 drop; }; }")
    ada = on(pair[0], discovery=True)
    bo = on(pair[1], discovery=True)
    found = report(ada)
    assert found["beacons-stuck"][0]["about"] == "eth0" and "firewall" in found["beacons-stuck"][0]["advice"]
    assert "nft" in found and f"TCP {ada.port}" in found["nft"][0]["advice"]
    found = report(bo)
    assert "127.0.0.1:23452" in [e["also"] for e in found["port-shut"]]
    assert bo.seen("doctor_end")[0]["possible"] is False


def test_a_clock_that_is_wrong(fika, network, monkeypatch):
    """A linked node's lines come with times of an hour from now."""
    bo = fika(nick="Bo")
    seed = bytes([7]) * 32
    with peer(network, bo, nick="Fast", seed=seed) as link:
        bo.ever("link", state="up", nick="Fast")
        with monkeypatch.context() as patch:
            patch.setattr(second.time, "time", lambda real=time.time: real() + 3600)
            frame = link.channel.say(signing.SigningKey(seed), link.process, said("Fast", "is it late?"))
        link.socket.send(frame)
        bo.ever("message", text="is it late?")
        found = report(bo)
        assert 3595 <= found["clock-ahead"][0]["n"] <= 3600 and found["clock-ahead"][0]["also"] == "Fast"


def test_behind_a_proxy_nothing_is_asked_beside_it(pair, on, network, tmp_path):
    pair[1].nft("table inet t { chain output { type filter hook output priority 0; "
                "oifname \"eth0\" meta l4proto { tcp, udp } counter; }; }")
    ada = on(pair[0], nick="Ada")
    found, status, took = examined(pair[1], tmp_path / "bo", network, "--socks", "127.0.0.1:9",
                                   f"10.77.0.1:{ada.port}")
    assert found["no-proxy"][0]["about"] == "127.0.0.1:9" and "port" not in found
    assert status == 1 and took < 5 * SECOND
    assert "counter packets 0 " in pair[1].run("nft", "list", "ruleset").stdout


def test_without_discovery(pair, on):
    found = report(on(pair[0]))
    assert "beacons-off" in found and "no-peers" in found and "alone" in found


def test_in_lines(pair, on):
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo", face="--lines")
    bo.expect_line("Ada")
    bo.say("\\doctor")
    bo.expect_line("you are linked to 1 other, and can talk")
    text = "\n".join(bo.lines)
    assert "What stands between this fika and others" in text
    assert re.search(r"  ok  eth0: \d+ sent, \d+ heard from others", text)
    assert ada.seen("link", state="up")


def test_on_the_screen(lan, pair, screen):
    bo = screen("--network", "open", discovery=True, through=pair[1].prefix)
    bo.expect("looking on")
    bo.type("\\doctor")
    bo.expect("What stands between this fika and others")
    bo.expect("10.77.0.2 on eth0")
    bo.keys("\x1b")
    bo.gone("What stands between this fika and others")
