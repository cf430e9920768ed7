"""What was said outlives absence, crashes, restored backups and wrong clocks: it is on both sides at the
end, each line once, in the same order."""

import os
import random
import shutil
import subprocess
import time

import pytest

import conftest
from conftest import PATIENCE, environment
from second_help import Link, channel_of, peer, pump_until, receipts
from test_second import in_order

ALL = ("--last", "100000")
BOTH = ("-c", "#fika", "-c", "#tea")


def place(event):
    return (event["channel"], event["lamport"], event["author"], event["seq"])


def keys(node):
    return [(e["channel"], e["author"], e["seq"]) for e in node.seen("message")]


def once(node):
    assert len(keys(node)) == len(set(keys(node))), "a line came twice"


def stored(fika, home, count, channels=()):
    """What a profile holds: a node started alone, which shows all that is stored and leaves. Whether it
    shows each once, and in its order, is asserted."""
    node = fika(*ALL, *channels, home=home)
    node.wait(lambda: len(node.seen("message")) >= count, what=f"{count} stored lines")
    node.command("\\who")
    found = node.seen("message")
    node.quit()
    once(node)
    found.sort(key=lambda e: e["channel"])
    assert found == sorted(found, key=place)
    return found


def lines_of(events):
    return [(*place(e), e["nick"], e["text"]) for e in events]


def wait_for(node, count, timeout=10):
    node.wait(lambda: len(node.seen("message")) >= count, timeout, f"{count} lines")


# ---- away and back ----


def test_away_and_back(fika, tmp_path):
    ada = fika(nick="Ada", home=tmp_path / "ada")
    bo = fika(ada.address, nick="Bo", home=tmp_path / "bo")
    ada.ever("member", state="here", nick="Bo")
    bo.ever("member", state="here", nick="Ada")
    bo.say("I am going")
    ada.ever("message", text="I am going")
    bo.quit()
    away = [f"while you were away {i}" for i in range(500)]
    ada.say(*away)
    ada.ever("message", 20, text=away[-1], own=True)
    back = fika(ada.address, home=tmp_path / "bo")
    wait_for(back, 500)
    assert ada.ever("held", 10, seq=500)["by"] == 1
    back.say("I am back")
    ada.ever("message", text="I am back")
    back.ever("message", text="I am back", own=True)
    once(back)
    assert [e["text"] for e in in_order(back)] == [*away, "I am back"]
    assert {e["via"] for e in back.seen("message", own=False)} == {"history"}
    ada.quit()
    back.quit()
    everything = lines_of(stored(fika, tmp_path / "ada", 502))
    assert [text for *_, text in everything] == ["I am going", *away, "I am back"]
    assert lines_of(stored(fika, tmp_path / "bo", 502)) == everything


def test_a_third_has_it_all_though_its_author_left(fika, tmp_path):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo", home=tmp_path / "bo")
    ada.ever("member", state="here", nick="Bo")
    said = []
    for i in range(20):
        ada.say(*[f"ada {i}.{j}" for j in range(10)])
        bo.say(f"bo {i}")
        said += [f"ada {i}.{j}" for j in range(10)] + [f"bo {i}"]
    wait_for(bo, len(said))
    wait_for(ada, len(said))
    ada.quit()
    bo.ever("link", state="down", nick="Ada")
    bo.quit()  # it has it from its disk
    bo = fika(home=tmp_path / "bo")
    cia = fika(bo.address, nick="Cia")
    wait_for(cia, len(said))
    bo.ever("member", state="here", nick="Cia")
    bo.say("the end")
    cia.ever("message", text="the end")
    once(cia)
    assert sorted(cia.texts()) == sorted([*said, "the end"])
    assert lines_of(in_order(cia))[:-1] == lines_of(in_order(ada))


# ---- crashes ----


def test_twenty_crashes_in_mid_stream(fika, tmp_path, free_port):
    """kill -9 on either side by turns, while both say lines. What was shown to anybody, above all what came
    back as an own line, is kept."""
    ports = {"ada": free_port(), "bo": free_port()}
    chance = random.Random(20)
    nodes, lives = {}, {"ada": [], "bo": []}

    def start(name, other):
        node = fika(f"127.0.0.1:{ports[other]}", nick=name, home=tmp_path / name, port=ports[name])
        nodes[name] = node
        lives[name].append(node)

    start("ada", "bo")
    start("bo", "ada")
    said = {"ada": 0, "bo": 0}
    for crash in range(20):
        victim, other = ("ada", "bo") if crash % 2 == 0 else ("bo", "ada")
        nodes["ada"].ever("link", 10, state="up")
        nodes["bo"].expect("link", 10, state="up")
        goal = {name: len(nodes[name].seen("message")) for name in nodes}
        for name, node in nodes.items():
            node.say(*[f"{name} {said[name] + i}" for i in range(200)])
            said[name] += 200
        part = chance.choice((0, chance.randrange(300)))
        nodes[victim].wait(lambda v=victim, p=part: len(nodes[v].seen("message")) >= goal[v] + p,
                           10, f"{part} lines")
        nodes[victim].kill()
        nodes[other].expect("link", 15, state="down")
        start(victim, other)
    for name, other in (("ada", "bo"), ("bo", "ada")):
        nodes[name].ever("link", 10, state="up")
        nodes[name].say(f"{name} at the end")
        last = nodes[name].ever("message", 10, text=f"{name} at the end", own=True)
        # A receipt is for the whole log below it.
        nodes[name].ever("held", 20, seq=last["seq"])
        assert not nodes[other].seen("message", liar=True)
    for node in nodes.values():
        node.quit()
    shown = {(e["author"], e["seq"], e["text"]) for lived in lives.values() for node in lived
             for e in node.seen("message")}
    assert len(shown) > 2000  # the streams did run
    for lived in lives.values():
        for node in lived:
            once(node)
            assert not node.seen("error") and not node.seen("message", liar=True)
    ada = lines_of(stored(fika, tmp_path / "ada", len(shown)))
    bo = lines_of(stored(fika, tmp_path / "bo", len(shown)))
    assert ada == bo
    texts = [text for *_, text in ada]
    assert len(texts) == len(set(texts))
    assert shown <= {(author, seq, text) for _, _, author, seq, _, text in ada}
    for name in nodes:  # and in the order in which they were typed
        mine = [int(text.split()[1]) for text in texts if text.startswith(f"{name} ") and "end" not in text]
        assert mine == sorted(mine)


# ---- a restored backup ----


def branch_words(node):
    return [e["text"] for e in node.events
            if e["event"] in ("notice", "error") and ("backup" in e["text"] or "two different" in e["text"]
                                                      or "same identity" in e["text"])]


@pytest.mark.parametrize("said_before_the_link", [False, True])
def test_a_restored_backup_keeps_all_lines(fika, tmp_path, said_before_the_link):
    home = tmp_path / "ada"
    ada = fika(nick="Ada", home=home)
    bo = fika(ada.address, nick="Bo", home=tmp_path / "bo")
    bo.ever("link", state="up")
    ada.ever("member", state="here", nick="Bo")
    old = [f"old {i}" for i in range(30)]
    ada.say(*old)
    bo.ever("message", text="old 29")
    ada.quit()
    shutil.copytree(home, tmp_path / "backup")

    ada = fika(bo.address, home=home)
    ada.ever("member", state="here", nick="Bo")
    lost = [f"after the backup {i}" for i in range(40)]
    ada.say(*lost)
    bo.ever("message", text=lost[-1])
    bo.say("I heard it")
    ada.ever("message", text="I heard it")
    ada.quit()

    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    new = [f"new {i}" for i in range(20)]
    if said_before_the_link:
        ada = fika(home=home)
        ada.say(*new)
        ada.ever("message", text="new 19", own=True)
        ada.say(f"\\connect {bo.address}")
        wait_for(ada, 61)
    else:
        ada = fika(bo.address, home=home)
        wait_for(ada, 41)
        ada.say(*new)
    last = ada.ever("message", text="new 19", own=True)
    bo.ever("message", text="new 19")
    ada.say("and on")
    last = ada.ever("message", text="and on", own=True)
    bo.ever("message", text="and on")
    bo.say("all is well")
    ada.ever("message", text="all is well")
    ada.ever("held", seq=last["seq"])
    for node in (ada, bo):
        words = branch_words(node)
        assert len(words) <= 1, words
        assert not node.seen("error") and not node.seen("message", liar=True)
    ada.quit()
    bo.quit()
    everything = [*old, *lost, "I heard it", *new, "and on", "all is well"]
    assert sorted(ada.texts()) == sorted([*lost, "I heard it", *new, "and on", "all is well"])
    assert sorted(bo.texts()) == sorted(everything)
    one = stored_branches(fika, home, len(everything))
    assert one == stored_branches(fika, tmp_path / "bo", len(everything))
    texts = [text for *_, text in one]
    assert sorted(texts) == sorted(everything)
    for part in (old, lost, new):
        assert [t for t in texts if t in part] == part
    assert texts[-2:] == ["and on", "all is well"]


def stored_branches(fika, home, count):
    """Like stored(), where one author and seq may stand for two lines."""
    node = fika(*ALL, home=home)
    wait_for(node, count)
    node.command("\\who")
    found = lines_of(node.seen("message"))
    node.quit()
    assert [line[:4] for line in found] == sorted(line[:4] for line in found)
    return found


# ---- a wrong clock ----

SHIM = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t offset(void)
{
    const char *by = getenv("CLOCK_OFFSET");
    return by ? (time_t)atoll(by) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return status;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec real;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
"""


@pytest.fixture(scope="module")
def shifted(tmp_path_factory):
    """shifted(seconds): what to put before a program, so that its wall clock is so much off."""
    place_of = tmp_path_factory.mktemp("shim")
    (place_of / "shim.c").write_text(SHIM)
    built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", place_of / "shim.so", place_of / "shim.c"],
                           capture_output=True, check=False)
    if built.returncode != 0:
        pytest.skip("needs a C compiler")
    asan = environment(str(place_of))["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return lambda seconds: ["env", f"LD_PRELOAD={place_of}/shim.so", f"CLOCK_OFFSET={seconds}",
                            f"ASAN_OPTIONS={asan}"]


TWO_WEEKS = 14 * 24 * 3600


@pytest.mark.parametrize("skew", [TWO_WEEKS, -TWO_WEEKS])
def test_two_weeks_of_skew(fika, tmp_path, shifted, skew):
    ada = fika(nick="Ada", home=tmp_path / "ada")
    bo = fika(ada.address, nick="Bo", home=tmp_path / "bo", prefix=shifted(skew))
    ada.ever("member", state="here", nick="Bo")
    bo.ever("member", state="here", nick="Ada")
    talk = []
    for i in range(15):
        for node, other in ((ada, bo), (bo, ada)):
            text = f"{node.nick} {i}"
            talk.append(text)
            node.say(text)
            other.ever("message", text=text)
            node.ever("message", text=text)
    stamps = {e["nick"]: time_of(e) for e in ada.seen("message")}
    assert abs(stamps["Bo"] - stamps["Ada"] - skew) < 3600
    for node in (ada, bo):
        assert not node.seen("message", adrift=True)
        assert [e["text"] for e in in_order(node)] == talk
    ada.quit()
    # It is kept so, and goes on so, from whichever side one looks.
    cia = fika(bo.address, nick="Cia")
    wait_for(cia, 30)
    cia.say("I come last")
    bo.ever("message", text="I come last")
    cia.ever("message", text="I come last")
    for node in (bo, cia):
        assert [e["text"] for e in in_order(node)] == [*talk, "I come last"]
    bo.quit()
    assert [e["text"] for e in stored(fika, tmp_path / "bo", 31)] == [*talk, "I come last"]
    assert [e["text"] for e in stored(fika, tmp_path / "ada", 30)] == talk


def time_of(event):
    return time.mktime(time.strptime(event["time"][:19], "%Y-%m-%dT%H:%M:%S"))


# ---- a line that is taken back ----


def bytes_of_profile(home):
    """All that is in the files of a profile, the history and its -wal among them."""
    found = [p for p in home.rglob("*") if p.is_file()]
    assert any(p.name == "history.db" for p in found)
    return b"".join(p.read_bytes() for p in found)


@pytest.mark.parametrize("away", [False, True])
def test_a_line_taken_back_is_gone_everywhere(fika, tmp_path, away):
    secret = "correct-horse-battery-staple"
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = fika(nick="Ada", home=homes[0])
    bo = fika(ada.address, nick="Bo", home=homes[1])
    ada.ever("member", state="here", nick="Bo")
    ada.say("before", f"the password is {secret}", "oh")
    bo.ever("message", text="oh")
    assert ada.ever("held", seq=3)["by"] == 1
    if away:
        bo.quit()
        assert secret.encode() in bytes_of_profile(homes[1])  # the test looks in the right place
        ada.command("\\forget 2", "taken back")
        bo = fika(ada.address, home=homes[1])
    else:
        ada.command("\\forget 2", "taken back")
    bo.ever("forgotten", seq=2, author=ada.id, channel="#fika")
    ada.ever("held", seq=4)
    ada.ever("forgotten", seq=2)
    ada.say("after")
    bo.ever("message", text="after")
    # Who comes later has it from neither.
    for node in (ada, bo):
        late = fika(node.address, nick="Late", home=tmp_path / f"late-{node.nick}")
        late.ever("message", text="after")
        wait_for(late, 3)
        late.say("hello")
        node.ever("message", text="hello", author=late.id)
        assert late.texts()[:3] == ["before", "oh", "after"]
        late.quit()
    ada.quit()
    bo.quit()
    for home in (*homes, tmp_path / "late-Ada", tmp_path / "late-Bo"):
        assert secret.encode() not in bytes_of_profile(home), f"it is still in {home}"
        assert b"before" in bytes_of_profile(home)
        texts = [e["text"] for e in stored(fika, home, 4)]
        assert texts[:3] == ["before", "oh", "after"]


# ---- holes ----


class Withholding(Link):
    """Answers only for the newest, until it is let go."""

    holds = True

    def serve(self, kind, author, first, to, tip, credit):
        question = kind, author, first, to, tip, credit
        if self.holds and (to - first >= 64 or to < 236):
            self.kept = (*getattr(self, "kept", ()), question)
        else:
            super().serve(*question)

    def let_go(self):
        self.holds = False
        for question in getattr(self, "kept", ()):
            super().serve(*question)


@pytest.fixture
def long_log(network):
    """Pia's seed, her texts, and her log of 300 lines."""
    seed, texts = os.urandom(32), [f"line {i}" for i in range(300)]
    return seed, texts, channel_of(network, [(seed, b"1", texts, None)])


def test_a_hole_is_named_and_filled(fika, network, long_log):
    seed, texts, log = long_log
    ada = fika(nick="Ada")
    with peer(network, ada, Withholding, seed, log) as pia:
        pump_until(pia, lambda: ada.seen("gap"))
        gap = ada.seen("gap")[0]
        assert (gap["channel"], gap["author"], gap["nick"]) == ("#fika", pia.node.hex(), "Pia")
        assert gap["from"] == 1 and gap["to"] == gap["missing"] >= 200
        assert gap["asking"] == "Pia"
        # What is above it is shown already, and it is no head of ours yet.
        above = [e["seq"] for e in ada.seen("message")]
        assert above == list(range(gap["to"] + 1, 301))
        assert not receipts(pia)
        pia.let_go()
        pump_until(pia, lambda: len(ada.seen("message")) >= 300 and receipts(pia), 10)
    ada.ever("gap", missing=0, author=pia.node.hex())
    once(ada)
    assert [e["text"] for e in in_order(ada)] == texts


def test_a_hole_is_filled_by_another(fika, network, tmp_path, long_log):
    """Who began to tell is gone for good; the one who has it all comes later."""
    seed, texts, log = long_log
    bo = fika(nick="Bo")
    with peer(network, bo, seed=seed, channel=log) as pia:
        pump_until(pia, lambda: 300 in receipts(pia))
    ada = fika(nick="Ada", home=tmp_path / "ada")
    with peer(network, ada, Withholding, seed, log) as pia:
        pump_until(pia, lambda: ada.seen("gap"))
    ada.ever("link", state="down", nick="Pia")
    above = len(ada.seen("message"))
    ada.quit()  # the hole outlives it
    again = fika(bo.address, home=tmp_path / "ada")
    wait_for(again, 300 - above)
    again.command("\\who")
    bo.ever("member", state="here", nick="Ada")
    once(again)
    assert [e["text"] for e in in_order(again)] == texts[: 300 - above]
    again.quit()
    assert [e["text"] for e in stored(fika, tmp_path / "ada", 300)] == texts


def test_a_hole_that_nobody_can_fill_is_named_so(fika, network, long_log):
    seed, texts, log = long_log
    ada = fika(nick="Ada")
    with peer(network, ada, Withholding, seed, log) as pia:
        pump_until(pia, lambda: ada.seen("gap"))
    ada.expect("link", state="down", nick="Pia")
    ada.expect("gap", asking="", missing=lambda n: n >= 200)
    assert not ada.seen("coming", missing=0), "it says that all older lines are here"


@pytest.mark.parametrize("length", [100, 250])
def test_a_hole_in_one_branch_keeps_no_other_away(fika, network, length):
    """Pia restored a backup. Ada has the end of what was said before, and nobody who has the rest; what
    Bo has of the other branch comes all the same."""
    seed = os.urandom(32)
    common, left, right = ([f"{name} {i}" for i in range(n)] for name, n in
                           (("common", 50), ("left", 250), ("right", length)))
    trunk = channel_of(network, [(seed, b"1", common, None)])
    one, other = (channel_of(network, [(seed, process, texts, trunk)])
                  for process, texts in ((b"1", left), (b"2", right)))
    bo = fika(nick="Bo")
    with peer(network, bo, seed=seed, channel=other) as pia:
        pump_until(pia, lambda: 50 + length in receipts(pia))
    ada = fika(nick="Ada")
    with peer(network, ada, Withholding, seed, one) as pia:
        pump_until(pia, lambda: ada.seen("gap"))
    ada.expect("link", state="down", nick="Pia")
    ada.say(f"\\connect {bo.address}")
    ada.ever("link", state="up", nick="Bo")
    ada.ever("message", 20, text=right[-1])
    ada.wait(lambda: set(common + right) <= set(ada.texts()), 20, "the other branch")
    texts = ada.texts()
    assert len(texts) == len(set(texts))


# ---- out of one profile, into another ----


def archive(act, home, network, *arguments, given=b""):
    ran = subprocess.run([conftest.BINARY, act, "--network", network, *arguments], input=given,
                         env=environment(str(home)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=10 * PATIENCE, check=False)
    return ran.returncode, ran.stdout, ran.stderr.decode()


def test_exported_and_imported(fika, network, tmp_path):
    homes = {name: tmp_path / name for name in ("ada", "bo", "new")}
    for home in homes.values():
        home.mkdir()
    ada = fika(*BOTH, nick="Ada", home=homes["ada"])
    bo = fika(*BOTH, ada.address, nick="Bo", home=homes["bo"])
    for channel in ("#fika", "#tea"):
        ada.ever("member", state="here", nick="Bo", channel=channel)
        bo.ever("member", state="here", nick="Ada", channel=channel)
    for channel in ("#fika", "#tea"):
        for node in (ada, bo):
            node.say(f"\\channel {channel}", *[f"{channel} {node.nick} {i}" for i in range(150)],
                     "smörgås 日本語 " + "x" * 15000)
    wait_for(ada, 604, 20)
    wait_for(bo, 604, 20)
    ada.command("\\forget 1", "taken back")
    bo.ever("forgotten")
    ada.quit()
    bo.quit()
    status, file, words = archive("export", homes["ada"], network)
    assert status == 0, words
    status, _, words = archive("import", homes["new"], network, given=file)
    assert status == 0, words
    # A second time there is nothing new.
    status, _, words = archive("import", homes["new"], network, given=file)
    assert status == 0 and "0 lines were new" in words
    everything = lines_of(stored(fika, homes["ada"], 603))
    assert len(everything) == 603
    assert lines_of(stored(fika, homes["new"], 603, channels=BOTH)) == everything
    # Out of the copy comes the same file, and what is passed on from it is as good as the first.
    assert sorted(archive("export", homes["new"], network)[1].splitlines()) == sorted(file.splitlines())
    new = fika(*BOTH, home=homes["new"])
    late = fika(*BOTH, new.address, nick="Late")
    wait_for(late, 603)
    once(late)
    assert lines_of(sorted(late.seen("message"), key=place)) == everything


def test_what_is_imported_must_be_signed(fika, network, tmp_path):
    homes = [tmp_path / name for name in ("ada", "new")]
    for home in homes:
        home.mkdir()
    ada = fika(nick="Ada", home=homes[0])
    ada.say("one", "two")
    ada.ever("message", text="two", own=True)
    ada.say("three")
    ada.ever("message", text="three", own=True)
    ada.quit()
    _, file, _ = archive("export", homes[0], network)
    lines = file.splitlines(keepends=True)
    runs = [i for i, line in enumerate(lines) if line.startswith(b"run ")]
    broken = bytearray(lines[runs[-1]])
    broken[-20] = ord("A") if broken[-20] != ord("A") else ord("B")
    lines[runs[-1]] = bytes(broken)
    status, _, words = archive("import", homes[1], network, given=b"".join(lines))
    assert status == 1 and f"line {runs[-1] + 1} of the file" in words
    texts = [e["text"] for e in stored(fika, homes[1], 1)]
    assert texts == ["one", "two", "three"][: len(texts)] and len(texts) < 3
