"""Through a SOCKS5 proxy: everything goes by it, and nothing beside it: counted where packets leave. And
through ssh's own ways, which are plain addresses."""

import os
import subprocess

import pytest

from lab import lan, namespaces_are_allowed, need, on, several, talk, until  # noqa: F401

PROXY, SOCKS = "10.77.0.2", "10.77.0.2:1080"
HOSTS = "127.0.0.1 localhost\n10.77.0.3 desk.example.org abcdefghij.onion\n"

# Every packet that leaves is counted: to the proxy's port, or beside it.
RULES = f"""
table inet count {{
    counter through {{ }}
    counter beside {{ }}
    chain output {{
        type filter hook output priority 0;
        oifname lo accept
        ip daddr {PROXY} tcp dport 1080 counter name through accept
        icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report }} accept
        counter name beside
    }}
}}
"""


def packets(machine, counter):
    shown = machine.run("nft", "list", "counter", "inet", "count", counter).stdout
    return int(shown.split("packets ")[1].split()[0])


class Started:
    """A program in a machine, ended with the test."""

    def __init__(self, machine, *command, shell=None):
        inside = ["unshare", "-m", "sh", "-c", shell] if shell else command
        self.process = subprocess.Popen([*machine.prefix, *inside], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def programs():
    started = []

    def start(*given, **options):
        started.append(Started(*given, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def listens(machine, port):
    return f":{port} " in machine.run("ss", "-tln").stdout


@pytest.fixture
def behind(lan, programs, tmp_path):
    """(desk, proxy, server): the proxy knows the server by name, and desk counts what leaves it."""
    need("microsocks")
    desk, proxy, server = several(lan, 3)
    hosts = tmp_path / "hosts"
    hosts.write_text(HOSTS)
    programs(proxy, shell=f"mount --bind {hosts} /etc/hosts && exec microsocks -i {PROXY} -p 1080")
    until(lambda: listens(proxy, 1080), what="the proxy")
    desk.nft(RULES)
    return desk, proxy, server


@pytest.mark.parametrize("where", ["10.77.0.3", "desk.example.org", "abcdefghij.onion"])
def test_all_goes_through_it(behind, on, where):
    desk, _, server = behind
    bo = on(server, nick="Bo", discovery=True)
    ada = on(desk, "--socks", SOCKS, where, nick="Ada", discovery=True, portmap=True)
    assert ada.ever("ready")["port"] == 0 and ada.ever("ready")["addresses"] == []
    up = ada.ever("link", state="up")
    assert up["address"] == f"{where}:23452"
    assert bo.ever("link", state="up")["address"].startswith(PROXY)
    talk(ada, bo)
    # What would tempt it: another name, an address of nobody, a beacon, a router, a classic one.
    ada.say("\\connect nobody.example.org", "\\connect 10.77.0.77")
    ada.ever("notice", text=lambda text: "nobody.example.org:23452 could not" in text, timeout=30)
    assert ada.command("\\connect zmq://10.77.0.3:5556", "beside the proxy")["event"] == "error"
    ada.quit()
    assert packets(desk, "through") > 20
    assert packets(desk, "beside") == 0


def test_a_ticket_is_taken_through_it(behind, on):
    desk, _, server = behind
    bo = on(server, "--network", "new", nick="Bo", open_network=True)
    bo.say("\\invite once")
    ada = on(desk, "--socks", SOCKS, bo.expect("invite")["invite"], nick="Ada", open_network=True)
    talk(ada, bo)
    bo.ever("notice", text=lambda text: f"somebody at {PROXY} has used your invite" in text)
    assert packets(desk, "beside") == 0


def test_the_counter_counts(behind, on):
    desk, _, server = behind
    bo = on(server, nick="Bo")
    ada = on(desk, bo_address(bo), nick="Ada")
    talk(ada, bo)
    assert packets(desk, "beside") > 0


def bo_address(bo):
    return f"10.77.0.3:{bo.ready()['port']}"


def test_a_proxy_that_is_gone_is_said(behind, on):
    desk, _, _ = behind
    ada = on(desk, "--socks", f"{PROXY}:1081", "desk.example.org", nick="Ada")
    ada.ever("notice", text=lambda text: "desk.example.org:23452 could not be reached" in text)
    assert packets(desk, "beside") < 20  # to the port that is closed, and nowhere else
    assert packets(desk, "through") == 0


def test_it_listens_only_when_asked_and_only_here(behind, on):
    desk, _, server = behind
    ada = on(desk, "--socks", SOCKS, nick="Ada")
    assert not listens(desk, 23452)
    ada.quit()
    ada = on(desk, "--socks", SOCKS, "-p", 23452, nick="Ada")
    assert "127.0.0.1]:23452" in desk.run("ss", "-tln").stdout  # and no other
    bo = on(server, "10.77.0.1", nick="Bo")
    bo.ever("notice", text=lambda text: "could not be reached" in text)
    here = on(desk, ada.address, port=0, nick="Cy")
    talk(ada, here)


def test_the_configuration_is_not_passed_over(behind, fika, tmp_path):
    desk, _, server = behind
    where = tmp_path / "ada" / "config" / "fika"
    where.mkdir(parents=True)
    (where / "config").write_text("socks = tor:9050\n")
    ada = fika(prefix=desk.prefix, port=None, home=tmp_path / "ada", wait=False)
    ada.exits(5, status=1)
    assert "socks = tor:9050" in ada.errors[0]
    (where / "config").write_text(f"socks = {SOCKS}\n")
    bo = fika(prefix=server.prefix, port=None, nick="Bo")
    ada = fika("desk.example.org", prefix=desk.prefix, port=None, home=tmp_path / "ada", nick="Ada")
    talk(ada, bo)
    assert packets(desk, "beside") == 0


# ssh -L and ssh -R: dropbear and its client, which are ssh's.


@pytest.fixture
def shell(lan, programs, tmp_path):
    """(desk, server, ssh): ssh(*arguments) goes from desk to the server, of which only port 22 is open."""
    need("dropbear")
    need("dbclient")
    desk, server = several(lan, 2)
    home = tmp_path / "root"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    key, host = home / "key", home / "host"
    for path in (key, host):
        subprocess.run(["dropbearkey", "-t", "ed25519", "-f", path], check=True, capture_output=True)
    public = subprocess.run(["dropbearkey", "-y", "-f", key], check=True, capture_output=True,
                            text=True).stdout
    line = next(line for line in public.splitlines() if line.startswith("ssh-ed25519"))
    (home / ".ssh" / "authorized_keys").write_text(line + "\n")
    (home / ".ssh" / "authorized_keys").chmod(0o600)
    # Whose home it is stands in passwd; the test's own has another.
    passwd = tmp_path / "passwd"
    passwd.write_text(f"root:x:0:0:root:{home}:/bin/sh\n")
    os.chmod(tmp_path, 0o755)
    programs(server, shell=f"mount --bind {passwd} /etc/passwd && "
                           f"exec dropbear -F -E -s -p 22 -r {host}")
    until(lambda: listens(server, 22), what="sshd")
    server.nft("table inet wall { chain input { type filter hook input priority 0; iifname eth0 "
               "tcp dport != 22 drop; }; }")
    desk.nft("table inet wall { chain input { type filter hook input priority 0; iifname eth0 "
             "ct state new drop; }; }")

    def ssh(*arguments):
        command = " ".join(["dbclient", "-y", "-y", "-N", "-i", str(key), *arguments,
                            "root@10.77.0.2"])
        return programs(desk, shell=f"mount --bind {passwd} /etc/passwd && exec {command}")

    return desk, server, ssh


def test_ssh_L_brings_a_far_fika_near(shell, on):
    desk, server, ssh = shell
    bo = on(server, nick="Bo")
    ssh("-L", "7000:127.0.0.1:23452")
    until(lambda: listens(desk, 7000), what="the forwarded port")
    ada = on(desk, "7000", nick="Ada")
    assert ada.ever("link", state="up")["address"] in ("127.0.0.1:7000", "[::1]:7000")
    talk(ada, bo)


def test_ssh_R_lets_a_far_fika_call(shell, on):
    desk, server, ssh = shell
    ada = on(desk, nick="Ada")
    ssh("-R", "7000:127.0.0.1:23452")
    until(lambda: listens(server, 7000), what="the forwarded port")
    bo = on(server, "7000", nick="Bo")
    talk(ada, bo)
