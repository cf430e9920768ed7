"""What only shows after a while. Run by make soak."""

import random

import pytest

pytestmark = pytest.mark.soak


def resident_kib(node):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def test_memory_stays_where_it_is(linked):
    """20,000 lines one way cost no more memory than the first 5,000 did."""
    ada, bo = linked()
    said, after = [], []
    for part in range(4):
        lines = [f"{part}-{i} " + "x" * 100 for i in range(5000)]
        ada.say(*lines)
        said += lines
        bo.wait(lambda last=lines[-1]: last in bo.lines[-1], 120, "5,000 lines")
        after.append(resident_kib(bo))
    assert bo.texts() == said
    # The store's page cache may still fill, AddressSanitizer keeps freed blocks for a while.
    assert after[3] - after[0] < 64 * 1024, after


def test_many_come_and_go(fika, tmp_path):
    """Nodes that leave, crash and come back for 40 rounds: all that was confirmed is with all."""
    chance = random.Random(2)
    stays = fika(nick="Stays")
    homes = [tmp_path / name for name in ("ada", "bo", "cia")]
    nodes = [fika(stays.address, home=home) for home in homes]
    said = []
    for round_number in range(40):
        i = chance.randrange(3)
        text = f"round {round_number} from {i}"
        nodes[i].say(text)
        nodes[i].expect("message", text=text, own=True, timeout=10)
        said.append(text)
        j = chance.randrange(3)
        if chance.random() < 0.5:
            nodes[j].kill()
        else:
            nodes[j].quit()
        nodes[j] = fika(stays.address, home=homes[j])
        nodes[j].ever("link", state="up", timeout=15)
    for text in said:
        stays.ever("message", text=text, timeout=20)
    assert sorted(stays.texts()) == sorted(said)
