"""A second implementation (test/second/fika.py, 200 lines), written from docs/PROTOCOL.md alone, talks with
the real program: what both understand is what the document says."""

import copy
import os
import subprocess
import sys
import time

import pytest
from nacl import exceptions, signing

from conftest import PATIENCE, ROOT
from second_help import (SCRIPT, Counting, Old, channel_of, is_even, parse, peer, ping, pour, pump_until,
                         second, secret_of, texts_of)


def test_it_is_short():
    with open(SCRIPT, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert len(lines) <= 200
    assert max(map(len, lines)) <= 120


# ---- its functions, against the golden vectors ----


@pytest.fixture(scope="module")
def vectors():
    values, key = {}, None
    with open(os.path.join(ROOT, "test", "vectors", "entry.txt"), encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].rstrip()
            if line and not line.startswith(" "):
                key, _, line = line.partition("=")
                key = key.strip()
                values[key] = b""
            for word in line.split():
                digits, _, times = word.partition("*")
                values[key] += bytes.fromhex(digits) * int(times or 1)
    return values


def frames(vectors, sort):
    for key, frame in vectors.items():
        kind, _, rest = key.partition(".")
        if rest.startswith(sort + ".") and kind not in ("BEACON", "INVITE", "SEALED", "DEVICE"):  # no frames
            yield key, getattr(second, kind), frame


def run_of(frame):
    _, *f, rest = second.read(frame)
    return second.read_run(*f[2:], rest)


def test_it_takes_and_refuses_what_the_vectors_say(vectors):
    for key, kind, frame in frames(vectors, "accept"):
        found, fields, rest = parse(frame)
        assert found == kind, key
        assert second.write(kind, *fields, rest=rest) == frame, key
        if kind == second.ENTRY:
            channel = second.Channel(bytes(32), "#fika")
            channel.take(*run_of(frame))
            ids = [i for i, _, _ in run_of(frame)[0]]
            if not channel.gone:
                assert channel.frame(fields[0], *channel.runs[ids[-1]]) == frame, key
    for key, kind, frame in frames(vectors, "refuse"):
        try:
            found = parse(frame)[0]
        except ValueError:
            continue
        assert found != kind, key
    for key, kind, frame in frames(vectors, "forged"):
        assert parse(frame)[0] == kind
        if kind == second.ENTRY:
            with pytest.raises(exceptions.BadSignatureError):
                second.Channel(bytes(32), "#fika").take(*run_of(frame))


def test_it_makes_what_the_vectors_say(vectors):
    v = vectors
    assert second.H(b"fika-network-v1", v["network.secret"]) == v["network.id"]
    for name in ("channel", "channel2", "channel3"):
        assert second.Channel(v["network.secret"], v[f"{name}.name"].decode()).id == v[f"{name}.id"]
    run, _ = run_of(v["ENTRY.accept.three"])
    assert [i for i, _, _ in run] == [v[f"entry{i}.id"] for i in (1, 2, 3)]
    anna = signing.SigningKey(v["anna.seed"])
    for i, (id_, _, _) in enumerate(run, 1):
        assert anna.sign(b"fika-sign-v1\0\0\0\0" + id_).signature == v[f"entry{i}.signature"]
    head = second.struct.pack(second.HEAD, v["anna.id"], 3, b"\x11" * 32)
    assert second.H(b"fika-heads-v1", head)[:16] == v["heads.digest"]
    nonces = v["hello.client-nonce"] + v["hello.server-nonce"]
    assert second.H(b"fika-bucket-v1", nonces, head)[:4] == parse(v["BUCKETS.accept.one"])[2]


# ---- against the program ----


@pytest.fixture
def pia(network, tmp_path):
    """pia(node, *texts, identity=...): runs the script to its end, and returns the lines that it prints."""

    def run(node, *texts, identity="identity"):
        ran = subprocess.run(
            [sys.executable, SCRIPT, network[1:], str(tmp_path / identity), node.address, "#fika", *texts],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10 * PATIENCE,
            check=False,
        )
        assert ran.returncode == 0, f"{ran.stderr.decode()}\n{ran.stdout.decode()[-2000:]}\n{node.story()}"
        return ran.stdout.decode().splitlines()

    return run


def printed_by(node, texts, first=1):
    """What the script prints of these lines of a node, or of who has this id."""
    name = (node if isinstance(node, str) else node.id)[:8]
    return [f"{name} {seq} {text}" for seq, text in enumerate(texts, first)]


def pia_id(tmp_path, identity="identity"):
    return bytes(signing.SigningKey((tmp_path / identity).read_bytes()).verify_key).hex()


def in_order(node):
    """Its messages; they come by arrival, the newest of what was missed first."""
    return sorted(node.seen("message"), key=lambda e: (e["lamport"], e["author"], e["seq"]))


def test_it_catches_up_and_says_a_line(fika, pia, tmp_path):
    ada = fika(nick="Ada")
    early = [f"early {i}" for i in range(300)]
    ada.say(*early)
    ada.ever("message", text="early 299", own=True)
    printed = pia(ada, "hello from Python")
    assert printed == printed_by(ada, early) + printed_by(pia_id(tmp_path), ["hello from Python"])
    heard = ada.ever("message", text="hello from Python")
    assert (heard["nick"], heard["own"], heard["via"]) == ("py", False, "link")
    assert heard["lamport"] > ada.ever("message", text="early 299")["lamport"]
    # What the script announces is a receipt for all of Ada's lines.
    assert ada.ever("held", seq=300)["by"] == 1
    assert ada.texts() == [*early, "hello from Python"]


def test_it_goes_on_with_its_own_log_after_a_restart(fika, pia, tmp_path):
    ada, bo = fika(nick="Ada"), fika(nick="Bo")
    ada.say("first")
    pia(ada, "second", "third")
    ada.say("fourth")
    ada.ever("message", text="fourth", own=True)
    mine = pia_id(tmp_path)
    printed = pia(ada, "fifth")
    all_ = printed_by(ada, ["first", "fourth"]) + printed_by(mine, ["second", "third", "fifth"])
    assert sorted(printed) == sorted(all_)
    ada.ever("message", text="fifth", author=mine, seq=3)
    assert not ada.seen("message", liar=True)
    assert pia(bo, identity="other") == []


def test_what_it_said_without_a_link_is_asked_for_when_it_is_back(fika, network):
    ada, seed = fika(nick="Ada"), os.urandom(32)
    ada.say("first")
    with peer(network, ada, seed=seed) as link:
        pump_until(link, lambda: is_even(link))
        link.say("second")
        ada.ever("message", text="second")
    channel = link.channel
    ada.say("third")
    ada.ever("message", text="third", own=True)
    away = [f"away {i}" for i in range(200)]
    pour(channel_of(network, [(seed, b"2", away, channel)]), channel)
    with peer(network, ada, seed=seed, channel=channel) as link:
        pump_until(link, lambda: is_even(link) and len(ada.texts()) >= 203, 10)
        # The node's receipt for the last of them.
        own = [head for head in channel.heads() if head[:32] == link.node]
        pump_until(link, lambda: link.announced.issuperset(own))
    ada.ever("message", text="away 199", via="history")
    assert sorted(ada.texts()) == sorted(["first", "second", "third", *away])
    # The order on both sides is the same.
    assert texts_of(channel) == [e["text"] for e in in_order(ada)]


def says_nothing_more(link):
    """The digests were equal: beside HELLO, JOIN, a card and an answer to a ping nothing comes."""
    pump_until(link, lambda: link.settled)  # all that came before the answer is here
    assert link.kinds == {second.HELLO1: 1, second.JOIN: 1, second.PONG: 1, second.CARD: 1}


def test_equal_histories_say_nothing_more(fika, network, tmp_path):
    ada = fika(home=tmp_path / "ada", nick="Ada")
    ada.say("one", "two")
    ada.ever("message", text="two", own=True)
    with peer(network, ada) as link:
        pump_until(link, lambda: is_even(link) and len(link.channel.held) == 2)
        link.say("three")
        ada.ever("message", text="three")
    ada.quit()
    again = fika(home=tmp_path / "ada")
    with peer(network, again, Counting, channel=link.channel) as link:
        says_nothing_more(link)


def test_it_passes_on_what_it_holds(fika, network):
    ada, seed = fika(nick="Ada"), os.urandom(32)
    lines = [f"line {i} " + "x" * (i * 7 % 900) for i in range(150)]
    ada.say(*lines)
    ada.ever("message", text=lines[-1], own=True)
    with peer(network, ada, seed=seed) as link:
        pump_until(link, lambda: len(link.channel.heads()) == 1 and is_even(link), 10)
    ada.quit()
    bo = fika(nick="Bo")
    with peer(network, bo, seed=seed, channel=link.channel) as link:
        link.say("and mine")
        pump_until(link, lambda: len(bo.texts()) >= 151, 10)
    assert [e["text"] for e in in_order(bo) if e["author"] == ada.id] == lines
    assert {e["nick"] for e in bo.seen("message", author=ada.id)} == {"Ada"}


def test_a_line_taken_back_reaches_it_without_its_body(fika, pia, tmp_path):
    ada = fika(nick="Ada")
    ada.say("one", "secret", "three")
    ada.ever("message", text="three", own=True)
    ada.command("\\forget 2", "taken back")
    printed = pia(ada, "four")
    mine = pia_id(tmp_path)
    assert printed == printed_by(ada, ["one"]) + printed_by(ada, ["three"], 3) + printed_by(mine, ["four"])
    ada.ever("message", text="four")
    # Equal digests when it comes again would be the receipt for all that it said.
    assert ada.ever("message", text="four")["seq"] == 1


def test_a_line_it_takes_back_is_gone(fika, pia, network):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        pump_until(link, lambda: is_even(link))
        link.say("mine")
        link.say("not this")
        ada.ever("message", text="not this")
        tip = next(i for i, e in link.channel.held.items() if e.seq == 2)
        link.socket.send(link.channel.say(link.key, link.process, (2).to_bytes(8, "little") + tip, kind=3))
        pump_until(link, lambda: ada.seen("forgotten", seq=2))
        assert texts_of(link.channel) == ["mine"]
    assert pia(ada) == printed_by(link.node.hex(), ["mine"])


@pytest.mark.parametrize("deep", [1, 40])
def test_both_branches_of_a_restored_state_are_kept(fika, pia, network, deep):
    ada, seed = fika(nick="Ada"), os.urandom(32)
    with peer(network, ada, seed=seed) as link:
        pump_until(link, lambda: is_even(link))
        link.say("before")
        ada.ever("message", text="before")
        backup = copy.deepcopy(link.channel)
        left, right = [f"left {i}" for i in range(deep)], [f"right {i}" for i in range(deep)]
        for text in left:
            link.say(text)
        ada.ever("message", text=left[-1])
    channel = channel_of(network, [(seed, b"2", right, backup)])
    with peer(network, ada, seed=seed, channel=channel) as link:
        pump_until(link, lambda: right[-1] in ada.texts() and is_even(link))
        assert sorted(texts_of(channel)) == sorted(["before", *left, *right])
    assert sorted(ada.texts()) == sorted(["before", *left, *right])
    assert not ada.seen("message", liar=True)
    # Who comes later has both, from the program and from the script.
    bo = fika(ada.address, nick="Bo")
    bo.wait(lambda: len(bo.texts()) >= 1 + 2 * deep, what="both branches")
    assert sorted(bo.texts()) == sorted(["before", *left, *right])
    assert {line.split(" ", 2)[2] for line in pia(ada)} == {"before", *left, *right}


def trunk_of(network, seed, count):
    return channel_of(network, [(seed, b"1", [f"trunk {i}" for i in range(count)], None)])


def test_heads_are_sorted_by_seq_as_a_number(fika, network):
    """255 before 256: as bytes it would be the other way round."""
    ada, seed = fika(nick="Ada"), os.urandom(32)
    trunk = trunk_of(network, seed, 1)
    both = channel_of(network, [(seed, process, [f"{process} {i}" for i in range(count)], trunk)
                                for process, count in ((b"2", 254), (b"3", 255))])
    assert [second.struct.unpack(second.HEAD, head)[1] for head in both.heads()] == [255, 256]
    with peer(network, ada, channel=both, seed=seed) as link:
        pump_until(link, lambda: len(ada.seen("message")) == 510, 10)
        ada.command("\\who")
    with peer(network, ada, Counting, channel=both, seed=seed) as link:
        says_nothing_more(link)


def test_only_the_buckets_that_differ_are_told(fika, network):
    ada, seeds = fika(nick="Ada"), [os.urandom(32) for _ in range(300)]
    many = channel_of(network, [(seed, b"1", ["hello"], None) for seed in seeds])
    with peer(network, ada, seed=seeds[0], channel=many) as link:
        pump_until(link, lambda: len(ada.seen("message")) == 300, 10)
    ada.say("one more")
    ada.ever("message", text="one more")
    with peer(network, ada, Counting, seed=seeds[0], channel=many) as link:
        pump_until(link, lambda: "one more" in texts_of(many))
        assert 1 <= link.heads_heard < 20


def test_two_lines_in_one_place_by_one_process_are_a_lie(fika, network):
    ada, seed = fika(nick="Ada"), os.urandom(32)
    trunk = trunk_of(network, seed, 3)
    lies = channel_of(network, [(seed, b"1", [text], trunk) for text in ("yes", "no")])
    with peer(network, ada, seed=seed, channel=lies) as link:
        pump_until(link, lambda: {"yes", "no"} <= set(ada.texts()))
        pump_until(link, lambda: ada.seen("error", text=lambda text: "two different" in text))
    assert len(ada.texts()) == 5
    late = fika(ada.address, nick="Late")
    late.wait(lambda: len(late.texts()) == 5, what="both, from who was lied to")


def test_more_than_16_branches_are_declined(fika, network):
    """What is declined is not asked for without end, and the rest goes on."""
    ada, seed = fika(nick="Ada"), os.urandom(32)
    trunk = trunk_of(network, seed, 2)
    many = channel_of(network, [(seed, b"%c" % (65 + i), [f"branch {i}"], trunk) for i in range(18)])
    assert len(many.heads()) == 18
    with peer(network, ada, Counting, seed=seed, channel=many) as link:
        pump_until(link, lambda: len(ada.texts()) >= 18, 10)
        ada.say("it goes on")
        pump_until(link, lambda: "it goes on" in texts_of(many))
        ping(link)
        asked = link.kinds[second.WANT]
        until = time.monotonic() + 2
        pump_until(link, lambda: time.monotonic() > until)
        assert link.kinds[second.WANT] <= asked + 2
    assert len([t for t in ada.texts() if t.startswith("branch")]) == 16


def test_bodies_that_were_missing_come_from_who_has_them(fika, network, tmp_path):
    bo = fika(home=tmp_path / "bo", nick="Bo")
    lines = ["one", "two", "three"]
    bo.say(*lines)
    bo.ever("message", text="three", own=True)
    with peer(network, bo) as link:
        pump_until(link, lambda: texts_of(link.channel) == lines)
    bo.quit()
    cleo = fika(nick="Cleo")
    with peer(network, cleo, Counting, channel=link.channel, strip=True) as link:
        # Cleo asked for the entries, then for the bodies; what was said to her after that comes after it.
        pump_until(link, lambda: link.kinds.get(second.BODIES) and link.lacks)
        ping(link)
        assert cleo.texts() == []
        fika(cleo.address, home=tmp_path / "bo", nick="Bo")
        pump_until(link, lambda: len(cleo.texts()) >= 3)
        ping(link)
    assert [(e["nick"], e["text"]) for e in cleo.seen("message")] == [("Bo", text) for text in lines]


def test_bodies_that_it_lacks_are_asked_for(fika, network):
    ada = fika(nick="Ada")
    ada.say("one", "two", "three")
    ada.ever("message", text="three", own=True)
    with peer(network, ada) as link:
        pump_until(link, lambda: len(texts_of(link.channel)) == 3)
    link.channel.bodies.clear()
    with peer(network, ada, Counting, channel=link.channel) as link:
        pump_until(link, lambda: is_even(link))
        assert second.HAVE not in link.kinds  # the digests were equal
    assert texts_of(link.channel) == ["one", "two", "three"]


# ---- the link itself ----


def test_a_member_comes_and_goes(fika, network):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        ada.ever("link", state="up", nick="Pia")
        member = ada.ever("member", state="here", nick="Pia", channel="#fika")
        assert member["id"] == link.node.hex() and link.peer.hex() == ada.id
    ada.ever("link", state="down", nick="Pia")
    ada.ever("member", state="gone", nick="Pia")


def test_pings_are_answered(fika, network):
    with peer(network, fika(nick="Ada")) as link:
        ping(link)
        assert link.rtt


@pytest.mark.parametrize("frame, why", [
    (b"\x01\x03" + bytes(32), "11"),  # a second HELLO0
    (b"\x63", "11"),
])
def test_what_comes_out_of_turn_ends_the_link(fika, network, frame, why):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        link.socket.send(frame)
        with pytest.raises(AssertionError, match=f"BYE {why}"):
            pump_until(link, lambda: False)
    ada.ever("link", state="down")


def test_another_version_is_told_so(fika, network):
    ada = fika(nick="Ada")
    with pytest.raises(AssertionError, match="BYE 7"):
        with peer(network, ada, Old):
            pass
    assert not ada.seen("link", state="up")
