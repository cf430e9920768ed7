"""A profile with a passphrase: what lies on the disk, and who gets in."""

import os
import signal
import subprocess

import pytest

from conftest import BINARY, environment

FIRST, SECOND = "several words of mine", "other words of mine"
CANARIES = (b"canary", b"fika-identity", b"SQLite format", b"#aviary")


def lock(home, *passphrases, act="--lock", status=0):
    """fika --lock with these lines; what it says."""
    done = subprocess.run([BINARY, act, "-P", "p", "--passphrase-fd", "0"], env=environment(str(home)),
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
        return fika("--passphrase-fd", "9", "--last", "10", home=home, profile="p",
                    prefix=with_passphrase(passphrase), **options)

    start.home = home
    return start


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
    assert len(node.errors) == 1 and "--passphrase-fd" in node.errors[0]


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
