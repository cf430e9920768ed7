"""A profile with a passphrase: what lies on the disk, who gets in, and what is in no image of the memory."""

import os
import re
import signal
import sqlite3
import subprocess

import pytest
from nacl import bindings, pwhash

from conftest import BINARY, environment

FIRST, SECOND = "several words of mine", "other words of mine"
CANARIES = (b"canary", b"fika-identity", b"SQLite format", b"#aviary")


def lock(home, *passphrases, act="--lock", status=0):
    """fika --lock with these lines; what it says."""
    done = subprocess.run([BINARY, act, "-P", "p", "--pass-fd", "0"], env=environment(str(home)),
                          input="".join(p + "\n" for p in passphrases), capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == status, done
    return done.stdout if status == 0 else done.stderr


def with_passphrase(passphrase):
    """A command that gives the passphrase at descriptor 9 to what it runs."""
    return ("sh", "-c", f"exec 9<<E\n{passphrase}\nE\nexec \"$@\"", "sh")


def files(home):
    return [os.path.join(where, name) for where, _, names in os.walk(home / "data") for name in names]


def clear_bytes(home):
    """The canaries that lie in any file of the profile, the databases' logs too."""
    found = set()
    for path in files(home):
        with open(path, "rb") as file:
            held = file.read()
        found |= {(canary, os.path.basename(path)) for canary in CANARIES if canary in held}
    return found


@pytest.fixture
def locked(fika, tmp_path):
    """A home whose profile p has a history with canaries, and a passphrase; and how to start it."""
    home = tmp_path / "locked"
    first = fika("-c", "aviary", home=home, profile="p", nick="Ada")
    first.say("the first canary sings")
    first.expect("message", text="the first canary sings")
    first.command("\\notify canaries")
    first.quit()
    assert clear_bytes(home)
    assert "p" in lock(home, FIRST)

    def start(passphrase=FIRST, **options):
        return fika("--pass-fd", "9", "--last", "10", home=home, profile="p",
                    prefix=with_passphrase(passphrase), **options)

    start.home = home
    return start


def test_a_descriptor_that_is_not_open(locked):
    """Not taken for no passphrase, nor for one of the program's own, whichever its number is."""
    for number in ("99", "3", "4", "5"):
        for more in ([], ["--lock"]):
            done = subprocess.run([BINARY, "--lines", "-P", "p", *more, "--pass-fd", number], timeout=30,
                                  env=environment(str(locked.home)), capture_output=True, text=True)
            assert done.returncode == 2 and done.stdout == ""
            assert done.stderr.startswith(f"fika: descriptor {number} is not open for reading")


def test_nothing_lies_there_in_clear(locked):
    assert not clear_bytes(locked.home)
    node = locked()
    node.expect("message", text="the first canary sings")
    node.say("the second canary sings")
    node.expect("message", text="the second canary sings")
    node.say("\\search canary")
    node.expect("found_end", timeout=10)
    assert not clear_bytes(locked.home)  # while it runs
    node.process.send_signal(signal.SIGKILL)
    node.end_known = True
    node.process.wait()
    assert not clear_bytes(locked.home)  # with the databases' logs that it left
    assert any(path.endswith("-wal") for path in files(locked.home))
    again = locked()
    again.expect("message", text="the second canary sings")
    again.quit()
    assert not clear_bytes(locked.home)


def test_a_wrong_passphrase_is_one_sentence(locked):
    node = locked("not these words", wait=False)
    node.exits(10, status=1)
    assert node.errors == ["fika: that is not the passphrase of the profile p"]


def test_without_a_terminal_it_says_how(locked, fika):
    node = fika(home=locked.home, profile="p", wait=False)
    node.exits(10, status=1)
    assert len(node.errors) == 1 and "--pass-fd" in node.errors[0]


def test_another_passphrase_leaves_the_history_as_it_is(locked):
    before = {path: (os.stat(path).st_mtime_ns, open(path, "rb").read()) for path in files(locked.home)
              if not path.endswith(("/passphrase", "/lock"))}
    lock(locked.home, FIRST, SECOND)
    after = {path: (os.stat(path).st_mtime_ns, open(path, "rb").read()) for path in files(locked.home)
             if not path.endswith(("/passphrase", "/lock"))}
    assert after == before
    locked(wait=False).exits(10, status=1)
    locked(SECOND).expect("message", text="the first canary sings")


def test_too_short_and_none_at_all(locked):
    assert "8" in lock(locked.home, FIRST, "short", status=1)
    assert "no passphrase any more" in lock(locked.home, FIRST, act="--unlock")
    assert clear_bytes(locked.home)
    assert "has no passphrase" in lock(locked.home, act="--unlock")


def test_a_profile_in_use(fika, tmp_path):
    home = tmp_path / "busy"
    fika(home=home, profile="p")
    assert "end that one" in lock(home, FIRST, status=1)


@pytest.mark.parametrize("seen", ["identity.locked", "history.db.locked", "passphrase"])
def test_killed_while_it_is_locked(fika, tmp_path, seen):
    """As soon as a file is there that says how far it is; either all is in clear after that, or all sealed."""
    home, profile = tmp_path / "killed", tmp_path / "killed" / "data" / "fika" / "p"
    node = fika("-c", "aviary", home=home, profile="p", nick="Ada")
    node.say("the first canary sings")
    node.expect("message", text="the first canary sings")
    node.quit()
    locking = subprocess.Popen([BINARY, "--lock", "-P", "p", "--pass-fd", "0"], env=environment(str(home)),
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    locking.stdin.write(FIRST.encode() + b"\n")
    locking.stdin.flush()
    while not (profile / seen).exists() and locking.poll() is None:
        pass
    locking.kill()
    locking.wait()
    sealed = (profile / "passphrase").exists()
    assert sealed or seen != "passphrase"
    again = fika(*(["--pass-fd", "9"] if sealed else []), "--last", "10", home=home, profile="p",
                 prefix=with_passphrase(FIRST))
    again.expect("message", text="the first canary sings")
    again.quit()
    assert bool(clear_bytes(home)) != sealed
    assert not [path for path in files(home) if path.endswith((".locked", ".plain"))]


def test_asked_on_the_terminal(screen, locked):
    one = screen("-P", "p", home=locked.home)
    one.expect("Passphrase of the profile p:")
    one.type("not these words")
    one.expect("That is not it.")
    one.wait(lambda rows: sum("Passphrase" in row for row in rows) == 2, what="the second question")
    one.type(FIRST)
    one.expect("the first canary sings")
    assert not any(FIRST in row or "not these" in row for row in one.screen.display)
    one.type("a canary that I type")
    one.expect("<Ada> a canary that I type")
    one.type("\\quit")
    one.exits(3)
    assert not clear_bytes(locked.home)  # neither are the lines that were typed
    assert any(path.endswith("/typed") for path in files(locked.home))


def test_the_screen_is_hidden_until_the_passphrase_comes(screen, locked):
    one = screen("-P", "p", home=locked.home)
    one.expect("Passphrase of the profile p:")
    one.type(FIRST)
    one.expect("the first canary sings")
    one.type("\\lock")
    one.wait(lambda rows: sum(bool(row.strip()) for row in rows) == 1 and
             any("hidden; type the passphrase" in row for row in rows), what="the curtain")
    one.type("not these words")
    one.expect("that is not the passphrase")
    assert not any("canary" in row or "not these" in row for row in one.screen.display)
    one.resize(20, 70)
    one.wait(lambda rows: sum(bool(row.strip()) for row in rows) == 1, what="the curtain, smaller")
    one.keys("x\x15" + FIRST + "\r")
    one.expect("the first canary sings")
    one.type("a word behind it")
    one.expect("<Ada> a word behind it")


def test_without_a_passphrase_any_key_will_do(screen):
    one = screen(nick="Ada")
    one.expect("[#fika]")
    one.type("a canary")
    one.expect("<Ada> a canary")
    one.type("\\lock")
    one.expect("hidden; press any key")
    assert not any("canary" in row for row in one.screen.display)
    one.keys(" ")
    one.expect("<Ada> a canary")


# From docs/THREATS.md and the comments it names alone.


def subkey(master, number):
    """crypto_kdf: BLAKE2b without a message, the number as salt, the context as person."""
    return bindings.crypto_generichash_blake2b_salt_personal(
        b"", digest_size=32, key=master, salt=number.to_bytes(8, "little") + bytes(8),
        person=b"fikavlt1" + bytes(8))


class Vault:
    def __init__(self, profile, passphrase):
        self.profile = profile
        line = open(os.path.join(profile, "passphrase")).read()
        mark, salt, operations, memory, nonce, sealed = line.split()
        assert mark == "fika-vault-1"
        self.stretched = pwhash.argon2id.kdf(32, passphrase.encode(), bytes.fromhex(salt),
                                             opslimit=int(operations), memlimit=int(memory))
        front = line[:line.index(nonce)].encode()
        self.master = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes.fromhex(sealed), front, bytes.fromhex(nonce), self.stretched)
        self.keys = {name: subkey(self.master, number)
                     for number, name in enumerate(("files", "history", "index", "sums"), 1)}

    def small(self, name):
        held, text = open(os.path.join(self.profile, name), "rb").read(), b""
        assert held.startswith(b"fika-sealed-1\n")
        at = 14
        while at < len(held):
            size = int.from_bytes(held[at:at + 4], "little")
            end = at + 28 + size + 16
            text += bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                held[at + 28:end], name.encode(), held[at + 4:at + 28], self.keys["files"])
            at = end
        return text

    def history(self, to):
        """Writes it in clear; with no log beside it."""
        held = open(os.path.join(self.profile, "history.db"), "rb").read()
        with open(to, "wb") as out:
            for number in range(len(held) // 4096):
                page = held[number * 4096:(number + 1) * 4096]
                out.write(bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                    page[:4056] + page[4080:], b"D" + number.to_bytes(8, "little"), page[4056:4080],
                    self.keys["history"]) + bytes(40))


def test_a_second_reader(locked, tmp_path):
    vault = Vault(str(locked.home / "data" / "fika" / "p"), FIRST)
    assert b"nick = Ada\n" in vault.small("settings")
    assert vault.small("identity").startswith(b"fika-identity-1 ")
    clear = tmp_path / "clear.db"
    vault.history(clear)
    held = sqlite3.connect(f"file:{clear}?immutable=1", uri=True)
    assert held.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert any(b"the first canary sings" in bytes(row[0])
               for row in held.execute("SELECT entries FROM runs"))


def memory_of(pid):
    """What a core file of it would hold: all that is writable, but what is marked not to be dumped."""
    regions, last = [], None
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            begins = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
            if begins:
                last = [int(begins[1], 16), int(begins[2], 16), begins[3], 0]
            elif line.startswith("Rss:"):
                last[3] = int(line.split()[1])
            elif line.startswith("VmFlags:") and last[2].startswith("rw") and last[3] > 0:
                if "dd" not in line.split():
                    regions.append(last)
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        for begin, end, _, _ in regions:  # of what a sanitizer reserves, nearly nothing was touched
            for at in range(begin, end, 1 << 24):
                until = min(end, at + (1 << 24))
                pages.seek(at // 4096 * 8)
                there = pages.read((until - at) // 4096 * 8)
                held = b""
                for page in range((until - at) // 4096):
                    if there[page * 8 + 7] & 0x80:
                        memory.seek(at + page * 4096)
                        held += memory.read(4096)
                    elif held:
                        yield held
                        held = b""
                if held:
                    yield held


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read another process's memory")
def test_no_image_of_the_memory_has_a_key(locked, network):
    profile = str(locked.home / "data" / "fika" / "p")
    vault = Vault(profile, FIRST)
    seed = vault.small("identity").split()[1]
    key = next(name for name in os.listdir(os.path.join(profile, "networks")) if name.endswith(".key"))
    secret = vault.small("networks/" + key).strip()
    wanted = {"the passphrase": FIRST.encode(), "what it was stretched to": vault.stretched,
              "the vault's key": vault.master, "the identity": bytes.fromhex(seed.decode()),
              "the identity in hex": seed, "the network's secret": bytes.fromhex(secret.decode()),
              "the network's secret in hex": secret,
              **{f"the key of {name}": key for name, key in vault.keys.items()}}
    node = locked()
    node.say("a word that is in its memory")
    node.expect("message", text="a word that is in its memory")
    found, seen = set(), False
    for held in memory_of(node.process.pid):
        seen = seen or b"a word that is in its memory" in held
        found |= {name for name, bytes_ in wanted.items() if bytes_ in held}
    assert seen
    assert not found
