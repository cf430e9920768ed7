"""The disk fails: full, damaged. What was confirmed stays, what cannot be kept is not said, and the
rest goes on."""

import os
import subprocess

import pytest

FILLER = "filler"


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a disk of 2 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)],
        capture_output=True, check=False,
    )
    if made.returncode != 0:
        pytest.skip("needs the right to mount a small disk (root)")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def fill(disk):
    """Leaves no room at all."""
    with open(disk / FILLER, "wb", buffering=0) as filler:
        block = b"\0" * 65536
        while block:
            try:
                filler.write(block)
            except OSError:
                block = block[: len(block) // 2]


def test_a_full_disk_and_room_again(fika, small_disk):
    full = fika(home=small_disk, nick="Ada")
    other = fika(full.address, nick="Bo")
    other.ever("link", state="up")
    full.say("before")
    other.expect("message", text="before")

    fill(small_disk)
    # The last pages of the file may take a line or two more.
    said = 0
    while not full.seen("error", text=lambda text: "full" in text):
        said += 1
        full.say(f"line {said} " + "x" * 4000)
        full.wait(
            lambda: full.seen("error", text=lambda text: "full" in text)
            or full.seen("message", text=lambda text: text.startswith(f"line {said} ")),
            what="a line kept, or a word that it is not",
        )
        assert said < 200
    full.ever("error", text=lambda text: "so it was not sent" in text)
    confirmed = full.texts()
    full.command("not kept", "so it was not sent")
    full.command("\\who", "Ada")  # it still answers

    other.ever("link", state="up")  # it comes back by itself, and listens
    other.say("from the other side")
    os.unlink(small_disk / FILLER)
    full.ever("notice", 10, text=lambda text: "can be written again" in text)
    full.ever("message", 20, text="from the other side")
    full.say("after")
    other.ever("message", 20, text="after")
    full.quit()

    again = fika("--last", 1000, home=small_disk)
    again.ever("message", text="after", via="history")
    kept = again.texts()
    assert [text for text in kept if text in confirmed] == confirmed
    assert len(kept) == len(set(kept))
    assert "not kept" not in kept


def test_a_damaged_history_is_put_aside_and_comes_back(fika, tmp_path):
    home = tmp_path / "home"
    first = fika(home=home, nick="Ada")
    other = fika(first.address, nick="Bo")
    other.ever("link", state="up")
    first.say("one", "two", "three")
    other.expect("message", text="three")
    first.quit()

    history = next(home.rglob("history.db"))
    damaged = bytearray(history.read_bytes())
    damaged[100:4096] = os.urandom(3996)
    history.write_bytes(damaged)

    second = fika(other.address, home=home)
    second.ever("notice", text=lambda text: "kept aside" in text)
    for text in ("one", "two", "three"):
        second.ever("message", 10, text=text, via="history")
    second.say("four")
    assert second.expect("message", text="four", own=True)["seq"] == 4
    other.ever("message", text="four")
    assert list(history.parent.glob("history.db.damaged*"))
