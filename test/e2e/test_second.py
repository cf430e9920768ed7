"""A second implementation (test/second/fika.py), written from docs/PROTOCOL.md alone, talks with the
real program: what both understand is what the document says."""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest

from conftest import PATIENCE, ROOT

sys.path.insert(0, os.path.join(ROOT, "test", "second"))
import fika as second  # noqa: E402  pylint: disable=wrong-import-position

SCRIPT = os.path.join(ROOT, "test", "second", "fika.py")


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
        if rest.startswith(sort + ".") and kind != "BEACON":
            yield key, getattr(second, kind), frame


def test_it_takes_and_refuses_what_the_vectors_say(vectors):
    for key, kind, frame in frames(vectors, "accept"):
        assert second.parse(frame)[0] == kind, key
        if kind == second.ENTRY:
            _, f = second.parse(frame)
            second.verify(f.run[-1].signature, second.signed(f.run[-1]), f.run[0].author)
            assert second.make_run(f.part, f.run) == frame, key
    for key, kind, frame in frames(vectors, "refuse"):
        try:
            found = second.parse(frame)[0]
        except ValueError:
            continue
        assert found != kind, key
    for key, kind, frame in frames(vectors, "forged"):
        _, f = second.parse(frame)
        if kind == second.ENTRY:
            with pytest.raises(ValueError):
                second.verify(f.run[-1].signature, second.signed(f.run[-1]), f.run[0].author)


def test_it_makes_what_the_vectors_say(vectors):
    v = vectors
    network = second.blake(v["network.secret"], b"fika-network-v1")
    assert network == v["network.id"]
    for channel in ("channel", "channel2", "channel3"):
        assert second.channel_id(v["network.secret"], v[f"{channel}.name"].decode()) == v[f"{channel}.id"]
    run = second.parse(v["ENTRY.accept.three"])[1].run
    assert [e.id for e in run] == [v[f"entry{i}.id"] for i in (1, 2, 3)]
    for i, e in enumerate(run, 1):
        assert second.sign(v["anna.seed"], second.signed(e)) == v[f"entry{i}.signature"]
    heads = [(v["anna.id"], 3, b"\x11" * 32)]
    nonces = v["hello.client-nonce"] + v["hello.server-nonce"]
    assert second.digest(heads) == v["heads.digest"]
    assert second.buckets(heads, 0, nonces) == second.parse(v["BUCKETS.accept.one"])[1].hashes
    hello1, hello2 = (second.parse(v[f"{name}"])[1] for name in ("HELLO1.accept.bo", "HELLO2.accept.anna"))
    signs = second.hello1_signs(network, v["bo.id"], v["hello.client-key"], nonces, second.card_bytes(hello1.card))
    assert signs == v["hello1.signs"] and second.sign(v["bo.seed"], signs) == hello1.signature
    signs = second.hello2_signs(network, v["anna.id"], v["bo.id"], v["hello.client-key"], v["hello.server-nonce"],
                                v["HELLO1.accept.bo"], second.card_bytes(hello2.card))
    assert signs == v["hello2.signs"] and second.sign(v["anna.seed"], signs) == hello2.signature


# ---- against the program ----


@pytest.fixture
def pia(network, tmp_path):
    """pia(node, *arguments, until=None, state=...): runs the script to its end. Returns the lines that
    it prints and what it says of receipts."""

    def run(node, *arguments, until=0, state=None, nick="Pia"):
        ran = subprocess.run(
            [sys.executable, SCRIPT, node.address, "-n", nick, "--secret", secret_of(network).hex(), "--until", str(until),
             "--timeout", str(5 * PATIENCE), "--state", str(state or tmp_path / "state"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10 * PATIENCE, check=False,
        )
        assert ran.returncode == 0, f"{ran.stderr.decode()}\n{ran.stdout.decode()[-2000:]}\n{node.story()}"
        return ran.stdout.decode().splitlines(), ran.stderr.decode()

    return run


def in_order(node):
    """Its messages; they come by arrival, the newest of what was missed first."""
    return sorted(node.seen("message"), key=lambda e: (e["lamport"], e["author"], e["seq"]))


def said_by(nick, texts):
    return [f"#fika <{nick}> {text}" for text in texts]


def test_it_catches_up_and_says_a_line(fika, pia):
    ada = fika(nick="Ada")
    early = [f"early {i}" for i in range(300)]
    ada.say(*early)
    ada.ever("message", text="early 299", own=True)
    printed, receipts = pia(ada, "--say", "hello from Python", until=301)
    assert printed == said_by("Ada", early) + said_by("Pia", ["hello from Python"])
    assert "held 1 of 1" in receipts
    heard = ada.ever("message", text="hello from Python")
    assert (heard["nick"], heard["own"], heard["via"]) == ("Pia", False, "link")
    assert heard["lamport"] > ada.ever("message", text="early 299")["lamport"]
    # What the script announces is a receipt for all of Ada's lines.
    assert ada.ever("held", seq=300)["by"] == 1
    assert ada.texts() == [*early, "hello from Python"]


def test_what_it_said_without_a_link_is_asked_for_when_it_is_back(fika, pia):
    ada = fika(nick="Ada")
    ada.say("first")
    pia(ada, "--say", "second", until=2)
    ada.ever("message", text="second")
    ada.say("third")
    ada.ever("message", text="third", own=True)
    printed, receipts = pia(ada, *[f"--early=away {i}" for i in range(200)], until=203)
    away = [f"away {i}" for i in range(200)]
    assert "held 201 of 201" in receipts
    assert set(printed) == set(said_by("Ada", ["first", "third"]) + said_by("Pia", ["second", *away]))
    ada.ever("message", text="away 199", via="history")
    ada.wait(lambda: len(ada.texts()) >= 203, what="all lines")
    assert sorted(ada.texts()) == sorted(["first", "second", "third", *away])
    # The order on both sides is the same.
    assert printed == [f"#fika <{e['nick']}> {e['text']}" for e in in_order(ada)]


def test_equal_histories_say_nothing_more(fika, pia, network, tmp_path):
    ada = fika(home=tmp_path / "ada", nick="Ada")
    ada.say("one", "two")
    ada.ever("message", text="two", own=True)
    pia(ada, "--say", "three", until=3)
    ada.ever("message", text="three")
    ada.quit()
    again = fika(home=tmp_path / "ada")
    with kept(network, again, tmp_path / "state", Counting) as link:
        says_nothing_more(link)


class Counting(second.Link):
    """Counts what it hears."""

    def hear(self, frame):
        self.heard_kinds = getattr(self, "heard_kinds", {})
        self.heard_kinds[frame[0]] = self.heard_kinds.get(frame[0], 0) + 1
        if frame[0] == second.HAVE:
            self.heads_heard = getattr(self, "heads_heard", 0) + len(second.parse(frame)[1].heads)
        super().hear(frame)


def says_nothing_more(link):
    """The digests were equal: beside HELLO, JOIN and an answer to a ping nothing comes."""
    pump_until(link, lambda: link.receipts)
    link.pinged -= 5
    pump_until(link, lambda: link.rtt)  # all that came before the answer is here
    assert link.heard_kinds == {second.HELLO1: 1, second.JOIN: 1, second.PONG: 1}


def channel_of(network, runs=()):
    """The channel #fika with what each (seed, process, texts, trunk) said on its trunk."""
    channel = second.Channel("#fika", second.channel_id(secret_of(network), "#fika"))
    for seed, process, texts, trunk in runs:
        alone = second.Channel("#fika", channel.id)
        if trunk:
            alone.take([second.types.SimpleNamespace(**vars(e)) for e in trunk])
        alone.say(seed, process * 8, [b"\3Pia" + text.encode() for text in texts])
        for e in alone.held.values():
            if e.id not in channel.held:
                channel.held[e.id] = e
                channel.children.setdefault(e.prev, []).append(e.id)
        channel.attach(min(alone.held.values(), key=lambda e: e.seq))
    return channel


def test_it_passes_on_what_it_holds(fika, pia):
    ada = fika(nick="Ada")
    lines = [f"line {i} " + "x" * (i * 7 % 900) for i in range(150)]
    ada.say(*lines)
    ada.ever("message", text=lines[-1], own=True)
    pia(ada, until=150)
    ada.quit()
    bo = fika(nick="Bo")
    pia(bo, "--early", "and mine", until=151)
    bo.ever("message", text="and mine")
    bo.wait(lambda: len(bo.texts()) >= 151, what="all lines")
    assert [e["text"] for e in in_order(bo) if e["author"] == ada.id] == lines
    assert {e["nick"] for e in bo.seen("message", author=ada.id)} == {"Ada"}


def test_a_line_taken_back_reaches_it_without_its_body(fika, pia):
    ada = fika(nick="Ada")
    ada.say("one", "secret", "three")
    ada.ever("message", text="three", own=True)
    ada.command("\\forget 2", "taken back")
    printed, _ = pia(ada, "--say", "four", until=3)
    assert printed == said_by("Ada", ["one", "three"]) + said_by("Pia", ["four"])
    ada.ever("message", text="four")
    # Equal digests when it comes again: the receipt for all that Pia said.
    assert "held 1 of 1" in pia(ada, until=3)[1]


def test_a_line_it_takes_back_is_gone(fika, pia, network, tmp_path):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        channel = next(iter(link.channels.values()))
        said = link.say(channel, ["mine", "not this"])
        ada.ever("message", text="not this")
        body = said[1].seq.to_bytes(8, "little") + said[1].id
        link.publish(channel, channel.say(link.seed, link.process, [body], second.FORGET))
        pump_until(link, lambda: ada.seen("forgotten", seq=2))
    assert pia(ada, until=1, state=tmp_path / "other", nick="Una")[0] == said_by("Pia", ["mine"])


@pytest.mark.parametrize("deep", [1, 40])
def test_both_branches_of_a_restored_state_are_kept(fika, pia, tmp_path, deep):
    ada = fika(nick="Ada")
    pia(ada, "--say", "before", until=1)
    shutil.copy(tmp_path / "state", tmp_path / "backup")
    left = [f"left {i}" for i in range(deep)]
    right = [f"right {i}" for i in range(deep)]
    pia(ada, *[f"--say={text}" for text in left], until=1 + deep)
    shutil.copy(tmp_path / "backup", tmp_path / "state")
    pia(ada, *[f"--early={text}" for text in right], until=1 + 2 * deep)
    ada.ever("message", text=right[-1])
    assert sorted(ada.texts()) == sorted(["before", *left, *right])
    assert not ada.seen("message", liar=True)
    # Who comes later has both, from the program and from the script.
    bo = fika(ada.address, nick="Bo")
    bo.wait(lambda: len(bo.texts()) >= 1 + 2 * deep, what="both branches")
    assert sorted(bo.texts()) == sorted(["before", *left, *right])
    printed, _ = pia(ada, until=1 + 2 * deep, state=tmp_path / "other", nick="Una")
    assert set(printed) == set(said_by("Pia", ["before", *left, *right]))


def trunk_of(network, seed, count):
    return list(channel_of(network, [(seed, b"1", [f"trunk {i}" for i in range(count)], ())]).held.values())


def test_heads_are_sorted_by_seq_as_a_number(fika, network):
    """255 before 256: as bytes it would be the other way round."""
    ada, seed = fika(nick="Ada"), os.urandom(32)
    trunk = trunk_of(network, seed, 1)
    both = channel_of(network, [(seed, process, [f"{process} {i}" for i in range(count)], trunk)
                                for process, count in ((b"2", 254), (b"3", 255))])
    assert sorted(seq for _, seq, _ in both.heads()) == [255, 256]
    with peer(network, ada, channel=both, seed=seed) as link:
        pump_until(link, lambda: len(ada.seen("message")) == 510, 10)
        ada.command("\\who")
    with peer(network, ada, Counting, channel=both, seed=seed) as link:
        says_nothing_more(link)


def test_only_the_buckets_that_differ_are_told(fika, network):
    ada, seeds = fika(nick="Ada"), [os.urandom(32) for _ in range(300)]
    many = channel_of(network, [(seed, b"1", ["hello"], ()) for seed in seeds])
    with peer(network, ada, seed=seeds[0], channel=many) as link:
        pump_until(link, lambda: len(ada.seen("message")) == 300, 10)
    ada.say("one more")
    ada.ever("message", text="one more")
    with peer(network, ada, Counting, seed=seeds[0], channel=many) as link:
        pump_until(link, lambda: any(e.body.endswith(b"one more") for e in many.messages()))
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
    second_limit, second.Channel.branches = second.Channel.branches, 20
    try:
        many = channel_of(network, [(seed, b"%c" % (65 + i), [f"branch {i}"], trunk) for i in range(18)])
        assert len(many.heads()) == 18
        with peer(network, ada, Counting, seed=seed, channel=many) as link:
            pump_until(link, lambda: len(ada.texts()) >= 18, 10)
            ada.say("it goes on")
            pump_until(link, lambda: any(e.body.endswith(b"goes on") for e in many.messages()))
            link.pinged -= 5
            pump_until(link, lambda: link.rtt)
            asked = link.heard_kinds[second.WANT]
            until = second.time.monotonic() + 2
            pump_until(link, lambda: second.time.monotonic() > until)
            assert link.heard_kinds[second.WANT] <= asked + 2
    finally:
        second.Channel.branches = second_limit
    assert len([t for t in ada.texts() if t.startswith("branch")]) == 16


# ---- the link itself ----


@contextlib.contextmanager
def peer(network, node, kind=second.Link, seed=None, channel=None, nick="Pia"):
    """A Link in this process, up, with the one channel #fika."""
    channel = channel or second.Channel("#fika", second.channel_id(secret_of(network), "#fika"))
    link = kind(node.address, secret_of(network), seed or os.urandom(32), nick, [channel])
    try:
        pump_until(link, lambda: link.theirs is not None)
        yield link
    finally:
        link.end("done")


def kept(network, node, path, kind=second.Link):
    """One with the identity and the entries of a state file."""
    channel = second.Channel("#fika", second.channel_id(secret_of(network), "#fika"))
    state = second.State(str(path), {channel.id: channel})
    return peer(network, node, kind, state.seed, channel)


def secret_of(network):
    with open(network[1:], encoding="ascii") as file:
        return bytes.fromhex(file.read().strip())


def pump_until(link, condition, timeout=5):
    deadline = second.time.monotonic() + timeout * PATIENCE
    while not condition():
        assert not link.ended, link.ended
        assert second.time.monotonic() < deadline, "it did not come"
        link.pump(0.02)


def test_a_member_comes_and_goes(fika, network):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        ada.ever("link", state="up", nick="Pia")
        member = ada.ever("member", state="here", nick="Pia", channel="#fika")
        assert member["id"] == link.node.hex() and link.peer.node.hex() == ada.id
    ada.ever("link", state="down", nick="Pia")
    ada.ever("member", state="gone", nick="Pia")


def test_pings_are_answered(fika, network):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        link.pinged -= 5
        pump_until(link, lambda: link.rtt)


@pytest.mark.parametrize("frame, why", [
    (b"\x01\x03" + bytes(32), "11"),  # a second HELLO0
    (b"\x63", "11"),
])
def test_what_comes_out_of_turn_ends_the_link(fika, network, frame, why):
    ada = fika(nick="Ada")
    with peer(network, ada) as link:
        link.send(frame)
        with pytest.raises(AssertionError, match=f"BYE {why}"):
            pump_until(link, lambda: False)
    ada.ever("link", state="down")


def test_another_version_is_told_so(fika, network):
    class Old(second.Link):
        def send(self, frame):
            super().send(frame if frame[0] != second.HELLO0 else b"\x01\x01" + frame[2:])

    ada = fika(nick="Ada")
    with pytest.raises(AssertionError, match="BYE 7"):
        with peer(network, ada, Old):
            pass
    assert not ada.seen("link", state="up")
