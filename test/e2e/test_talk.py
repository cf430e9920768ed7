"""Two and three nodes by typed address: talk, channels, commands, coming and going."""

import re
import signal
import subprocess
import time

import pytest

from conftest import BINARY, PATIENCE, environment


@pytest.mark.threads
def test_talk_both_ways(linked):
    ada, bo = linked()
    ada.say("hello Bo")
    heard = bo.expect("message", text="hello Bo")
    assert heard["channel"] == "#fika"
    assert heard["nick"] == "Ada"
    assert heard["author"] == ada.id
    assert heard["own"] is False
    assert heard["via"] == "link"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", heard["time"])
    own = ada.expect("message", text="hello Bo")
    assert own["own"] is True
    for key in ("channel", "author", "time", "lamport", "seq"):
        assert own[key] == heard[key]
    bo.say("hello Ada")
    answer = ada.expect("message", text="hello Ada", author=bo.id, own=False)
    assert answer["lamport"] > heard["lamport"]


def test_ready_says_who_and_where(fika):
    node = fika(nick="Åsa", port=None)
    event = node.ready()
    assert node.events[0] is event
    assert re.fullmatch(r"[0-9a-f]{64}", event["id"])
    assert event["nick"] == "Åsa"
    assert event["profile"] == "default"
    assert 1 <= event["port"] <= 65535
    assert event["addresses"] and all(isinstance(a, str) for a in event["addresses"])


@pytest.mark.threads
def test_many_lines_arrive_once_and_in_order(linked):
    ada, bo = linked()
    mine = [f"a{i}" for i in range(300)]
    theirs = [f"b{i}" for i in range(300)]
    ada.say(*mine)
    bo.say(*theirs)
    for node in (ada, bo):
        node.wait(lambda n=node: len(n.texts()) >= 600, 30, "600 messages")
        said = node.texts()
        assert [t for t in said if t.startswith("a")] == mine
        assert [t for t in said if t.startswith("b")] == theirs
    order = [
        sorted(
            ((e["lamport"], e["author"], e["seq"], e["text"]) for e in node.seen("message"))
        )
        for node in (ada, bo)
    ]
    assert order[0] == order[1]


def test_a_file_of_lines_is_taken_whole(linked):
    """More lines at once than the door holds: who types faster than the disk takes must wait."""
    ada, bo = linked()
    lines = [f"line {i}" for i in range(6000)]
    ada.say(*lines)
    for node in (ada, bo):
        node.ever("message", 20, text="line 5999")
        assert node.texts() == lines


def test_a_line_that_begins_with_a_mark(linked):
    ada, bo = linked()
    ada.say("\\\\o/ hurray", "//etc", "", "/me waves", "\\me bows")
    assert bo.expect("message")["text"] == "\\o/ hurray"
    assert bo.expect("message")["text"] == "/etc"
    for text in ("waves", "bows"):
        action = bo.expect("message")
        assert (action["text"], action["action"]) == (text, True)


def test_text_of_every_kind_is_carried_whole(linked):
    ada, bo = linked()
    texts = ["smörgås 日本語 👩‍👩‍👧‍👦 e\u0301", '"quotes" \\ and {"braces": 1}', "x" * 15999, "  spaces  "]
    texts[1] = texts[1].replace("\\", "/")
    for text in texts:
        ada.say(text)
        assert bo.expect("message", timeout=10)["text"] == text


def test_too_long_a_line_is_refused_with_a_sentence(linked):
    ada, bo = linked()
    ada.say("x" * 16001)
    assert "16,000" in ada.expect("error")["text"]
    ada.say("short")
    assert bo.expect("message")["text"] == "short"


def test_nick_is_changed_for_all(linked):
    ada, bo = linked()
    ada.command("\\nick Augusta", "Augusta")
    ada.say("it is me")
    assert bo.expect("message", text="it is me", author=ada.id)["nick"] == "Augusta"
    bo.command("\\who", "Augusta")
    ada.say("\\nick two words")
    ada.expect("error")
    ada.say("still me")
    assert bo.expect("message", text="still me")["nick"] == "Augusta"


def test_leave_stops_a_channel_and_join_resumes_it(linked):
    ada, bo = linked()
    for node in (ada, bo):
        node.say("\\join #tea")
    ada.ever("member", channel="#tea", nick="Bo", state="here")
    bo.ever("member", channel="#tea", nick="Ada", state="here")
    ada.say("tea?")
    bo.expect("message", channel="#tea", text="tea?")
    bo.say("\\leave #tea")
    ada.expect("member", channel="#tea", nick="Bo", state="gone")
    ada.say("nobody hears this", "\\channel #fika", "but this")
    bo.expect("message", channel="#fika", text="but this")
    assert "nobody hears this" not in bo.texts()
    bo.say("\\join #tea")
    ada.expect("member", channel="#tea", nick="Bo", state="here")
    ada.say("\\channel #tea", "again")
    bo.expect("message", channel="#tea", text="again")


def test_what_is_left_is_not_even_sent(fika):
    """But to who carries it, as a rule; not here."""
    ada = fika(nick="Ada")
    bo = fika("--carry", "off", ada.address, nick="Bo")
    ada.ever("member", state="here", nick="Bo")
    bo.ever("member", state="here", nick="Ada")
    for node in (ada, bo):
        node.say("\\join #tea")
    ada.ever("member", channel="#tea", nick="Bo", state="here")
    bo.say("\\leave #tea")
    ada.ever("member", channel="#tea", nick="Bo", state="gone")
    before = received_bytes(bo)
    ada.say(*["y" * 15000] * 4)
    ada.say("\\channel #fika", "end")
    bo.expect("message", text="end")
    assert received_bytes(bo) - before < 15000


def received_bytes(node):
    """The last amount that \\links gives for its one link, in bytes."""
    text = node.command("\\links", "received")["text"]
    number, unit = re.search(r"received ([\d.]+) (B|kB|MB)", text).groups()
    return float(number) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit]


def test_disconnect_of_a_channel_is_leave(linked):
    ada, bo = linked()
    for node in (ada, bo):
        node.say("\\join #tea")
    ada.ever("member", channel="#tea", nick="Bo", state="here")
    bo.say("\\disconnect #tea")
    ada.expect("member", channel="#tea", nick="Bo", state="gone")
    assert not ada.seen("link", state="down")


def test_channel_chooses_where_one_writes(linked):
    ada, bo = linked()
    for node in (ada, bo):
        node.say("\\join #tea", "\\join #milk", "\\channel #fika")
    ada.ever("member", channel="#milk", nick="Bo", state="here")
    bo.ever("member", channel="#milk", nick="Ada", state="here")
    for channel in ("#tea", "#fika", "#milk"):
        ada.say(f"\\channel {channel}", f"to {channel}")
        bo.expect("message", channel=channel, text=f"to {channel}")
    ada.say("\\channel #new", "to a channel that was not taken yet")
    ada.expect("message", channel="#new", own=True)
    listed = ada.command("\\channels", "#tea")
    assert listed["event"] == "notice"


def test_channels_are_taken_with_or_without_their_mark(fika):
    ada = fika("-c", "tea", "-c", "#milk", nick="Ada")
    bo = fika(ada.address, "-c", "#tea", nick="Bo")
    bo.ever("member", channel="#tea", nick="Ada", state="here")
    ada.ever("member", channel="#tea", nick="Bo", state="here")
    ada.say("in the first")
    bo.expect("message", channel="#tea", text="in the first")
    assert not bo.seen("member", channel="#milk")


def test_names_that_begin_alike_are_two_channels(linked):
    ada, bo = linked()
    ada.say("\\join #teatime", "for #teatime")
    bo.say("\\join #tea")
    ada.say("\\join #tea")
    ada.ever("member", channel="#tea", nick="Bo", state="here")
    ada.say("for #tea")
    bo.expect("message", channel="#tea", text="for #tea")
    assert "for #teatime" not in bo.texts()


def test_who_and_links_name_the_other(linked):
    ada, bo = linked()
    assert ada.command("\\who", "Bo")["event"] == "notice"
    assert ada.command("\\links", "Bo")["event"] == "notice"
    assert bo.command("\\links", str(ada.port))["event"] == "notice"
    assert bo.command("\\list_receivers")["event"] == "notice"


def test_disconnect_and_connect(linked):
    ada, bo = linked()
    bo.say("\\disconnect Ada")
    bo.expect("link", state="down", nick="Ada")
    assert ada.expect("link", state="down", nick="Bo", id=bo.id)["why"]
    ada.ever("member", state="gone", nick="Bo")
    bo.say(f"\\connect {ada.address}")
    bo.expect("link", state="up", nick="Ada", id=ada.id)
    ada.expect("link", state="up", nick="Bo")
    bo.ever("member", state="here", nick="Ada")
    ada.say("back again")
    bo.expect("message", text="back again")


def test_help_and_unknown_commands(fika):
    node = fika()
    node.say("\\help")
    for word in ("\\connect", "\\disconnect", "\\join", "\\quit"):
        node.ever("notice", text=lambda text, w=word: w in text)
    node.say("\\conect somewhere")
    assert "\\connect" in node.expect("error")["text"]
    assert "\\join" in node.command("/help join")["text"]


def test_quitting_is_seen_at_once(linked):
    ada, bo = linked()
    began = time.monotonic()
    bo.quit()
    down = ada.expect("link", state="down", nick="Bo", timeout=1)
    ada.ever("member", state="gone", nick="Bo", timeout=1)
    assert down["why"]
    assert time.monotonic() - began < 2 * PATIENCE


def test_a_crash_is_seen_within_15_seconds(linked):
    ada, bo = linked()
    began = time.monotonic()
    bo.kill()
    ada.expect("link", state="down", nick="Bo", timeout=15)
    ada.ever("member", state="gone", nick="Bo", timeout=1)
    assert time.monotonic() - began < 16
    ada.say("still here")
    ada.expect("message", text="still here", own=True)


def test_silence_is_seen_within_15_seconds(linked):
    """A stopped process keeps its connection open, as a machine that lost its network does."""
    ada, bo = linked()
    began = time.monotonic()
    bo.signal(signal.SIGSTOP)
    ada.expect("link", state="down", nick="Bo", timeout=15)
    assert time.monotonic() - began < 16
    bo.signal(signal.SIGCONT)
    ada.expect("link", state="up", nick="Bo", timeout=15)
    ada.ever("member", state="here", nick="Bo")
    bo.say("I was away")
    ada.expect("message", text="I was away", timeout=15)


@pytest.mark.threads
def test_three_talk_through_the_one_in_the_middle(fika):
    bo = fika(nick="Bo")
    ada = fika(bo.address, nick="Ada")
    cia = fika(bo.address, nick="Cia")
    for node in (ada, cia):
        node.ever("member", state="here", nick="Bo")
        bo.ever("member", state="here", id=node.id)
    for node in (ada, bo, cia):
        node.say(f"I am {node.nick}")
    for node in (ada, bo, cia):
        for nick in ("Ada", "Bo", "Cia"):
            node.ever("message", text=f"I am {nick}", nick=nick, timeout=10)
    ada.say("one", "two", "three")
    cia.ever("message", text="three", author=ada.id, timeout=10)
    assert [t for t in cia.texts() if t in ("one", "two", "three")] == ["one", "two", "three"]
    for node in (ada, bo, cia):
        keys = [(e["author"], e["seq"]) for e in node.seen("message")]
        assert len(keys) == len(set(keys))


def test_those_at_both_ends_know_of_each_other(fika):
    middle = fika(nick="Middle")
    one = fika(middle.address, nick="One")
    two = fika(middle.address, nick="Two")
    one.expect("member", state="here", nick="Two")
    two.expect("member", state="here", nick="One")
    assert one.command("\\who", contains="Two")["text"].endswith("(through Middle)")
    two.say("\\nick Deux")
    one.expect("notice", text="Two is Deux now")
    two.quit()
    one.expect("member", state="gone", nick="Deux")


def test_what_was_said_before_one_came_is_caught_up(fika):
    ada = fika(nick="Ada")
    early = [f"early {i}" for i in range(20)]
    ada.say(*early)
    ada.expect("message", text="early 19", own=True)
    bo = fika(ada.address, nick="Bo")
    bo.ever("message", text="early 19", via="history", timeout=10)
    ada.say("now")
    bo.ever("message", text="now", via="link")
    assert bo.texts() == [*early, "now"]
    # Its author has left; who came in between has it from the one who stayed.
    ada.quit()
    cia = fika(bo.address, nick="Cia")
    cia.ever("message", text="now", author=ada.id, timeout=10)
    assert cia.texts() == [*early, "now"]


def test_other_networks_stay_apart(fika, tmp_path):
    other = tmp_path / "other"
    other.write_text("ab" * 32 + "\n")
    ada = fika(nick="Ada")
    bo = fika("--network", f"@{other}", ada.address, nick="Bo", open_network=True)
    bo.wait(lambda: bo.seen("link", state="down") or bo.seen("notice", text=lambda t:
            ada.address in t) or bo.seen("error"), 10, "a word that it did not work")
    assert not bo.seen("link", state="up") and not ada.seen("link", state="up")
    ada.say("alone")
    ada.expect("message", text="alone", own=True)


def test_a_done_line_is_handed_over(fika, network, tmp_path):
    ada = fika(nick="Ada")
    home = tmp_path / "once"
    home.mkdir()
    for text in ("done", "done again"):
        done = subprocess.run(
            [BINARY, "--network", network, "--no-discovery", "-p", "0", "-n", "job", "--lines",
             ada.address],
            input=f"{text}\n".encode(),
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=10 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        assert ada.expect("message", text=text)["nick"] == "job"


def test_what_is_not_handed_over_is_said(fika, free_port):
    node = fika(f"127.0.0.1:{free_port()}", face="--lines")
    node.say("into the void")
    node.close_stdin()
    node.expect_error("1", timeout=10)
    node.exits(9)


def test_lines_have_their_form(fika):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo", face="--lines")
    ada.ever("member", state="here", nick="Bo")
    ada.say("hello lines", "\\me waves")
    line = bo.expect_line("hello lines")
    assert re.fullmatch(r"\d\d:\d\d #fika <Ada> hello lines", line)
    assert "Ada waves" in bo.expect_line("waves")
    bo.say("hello json")
    ada.expect("message", text="hello json", nick="Bo")
    assert "\033" not in "".join(bo.lines + bo.errors)


@pytest.mark.threads
@pytest.mark.parametrize("way", ["\\quit", "\\exit", "/quit", "EOF", "SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("face", ["--json", "--lines"])
def test_each_way_to_leave(fika, way, face):
    node = fika(face=face)
    if face == "--lines":
        node.say("\\nick Leaver")
        node.wait(lambda: any("Leaver" in x for x in node.lines + node.errors), 5, "its start")
    node.say("a last word")
    if way == "EOF":
        node.close_stdin()
    elif way.startswith("SIG"):
        node.signal(getattr(signal, way))
    else:
        node.say(way)
    node.exits(1.0)


@pytest.mark.threads
@pytest.mark.parametrize("way", ["\\quit", "SIGTERM"])
def test_leaving_while_much_is_under_way(linked, way):
    ada, bo = linked()
    ada.say(*[f"line {i}" for i in range(500)])
    if way == "SIGTERM":
        ada.signal(signal.SIGTERM)
    else:
        ada.say(way)
    ada.exits(2.0)
    bo.expect("link", state="down", timeout=5)


def test_leaving_with_links_that_hang(fika, free_port):
    """An address where nobody answers holds nothing up."""
    node = fika(f"127.0.0.1:{free_port()}", "192.0.2.1:9", "no-such-host.invalid")
    node.quit(1.0)


def test_a_reader_that_is_gone_ends_it(network, tmp_path):
    process = subprocess.Popen(
        [BINARY, "--json", "--no-discovery", "--network", network, "-p", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(str(tmp_path)),
    )
    with process:
        assert b'"ready"' in process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"to nobody\n")
        process.stdin.flush()
        try:
            assert process.wait(2 * PATIENCE) == 0, process.stderr.read()
        finally:
            process.kill()


def test_own_lines_are_held_by_who_has_them(fika):
    first = fika(nick="Ada")
    first.say("alone")
    assert first.expect("message", text="alone")["seq"] == 1
    second = fika(first.address, nick="Bo")
    second.ever("message", text="alone")
    assert first.expect("held", seq=1)["by"] == 1
    third = fika(first.address, second.address, nick="Cy")
    third.ever("message", text="alone")
    held = first.expect("held", seq=1)
    assert held["by"] == 2 and held["channel"] == "#fika" and held["author"] == first.id
    first.say("all hear this")
    first.expect("held", seq=2, by=1)
    first.expect("held", seq=2, by=2)
