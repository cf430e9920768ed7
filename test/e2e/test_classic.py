"""Classic links, against the exercise's own programs (exercise/*.py, written from the pyzmq
tutorial) and against plain pyzmq sockets that send what no such program would.

PUB drops what is said before a subscription has arrived, so a test first says a line again and again
until it is heard (meet), and only then expects every line."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import zmq

from conftest import PATIENCE

EXERCISE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exercise")


class Program:
    """One of the exercise's programs: lines in, lines out."""

    def __init__(self, name, *arguments):
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(EXERCISE, name), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def say(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def heard(self, line, timeout=5):
        """Waits for a line; returns all until then."""
        with self.changed:
            if not self.changed.wait_for(lambda: line in self.lines, timeout * PATIENCE):
                raise AssertionError(f"{line!r} was not heard, but {self.lines}")
            return list(self.lines)

    def finish(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()


@pytest.fixture
def program():
    started = []

    def start(*arguments):
        started.append(Program(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.finish()


@pytest.fixture
def zmq_socket():
    """zmq_socket(zmq.PUB): a plain socket, closed after the test."""
    context = zmq.Context()
    opened = []

    def open_one(kind):
        opened.append(context.socket(kind))
        opened[-1].linger = 0
        opened[-1].rcvtimeo = opened[-1].sndtimeo = int(5000 * PATIENCE)
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
    context.term()


def until(done, what, again=None, seconds=5):
    """Waits until done() is true, doing again() each time before it looks."""
    deadline = time.monotonic() + seconds * PATIENCE
    pause = threading.Event()
    while True:
        if again:
            again()
        pause.wait(0.05)
        if done():
            return
        assert time.monotonic() < deadline, what


def meet(speaker, hears, greeting="(meeting)"):
    """The speaker says a greeting until hears() sees it."""
    until(lambda: hears(greeting), f"{greeting} was not heard", lambda: speaker.say(greeting))


def node_hears(node, channel="#fika"):
    return lambda text: any(node.seen("message", via="classic", channel=channel, text=text))


def program_hears(one, nick, channel="#fika"):
    return lambda text: f"{channel} <{nick}>: {text}" in list(one.lines)


def after_meeting(lines):
    return [line for line in lines if "(meeting" not in line]


def from_classic(node):
    """What the node showed of classic peers, but for the meeting."""
    return [
        (e["channel"], e["nick"], e["text"])
        for e in node.seen("message", via="classic")
        if "(meeting" not in e["text"]
    ]


def links(node):
    """The rows of \\links that are of classic links, each as text."""
    marker = f"(marker {time.monotonic()})"
    before = len(node.events)
    node.say("\\links", marker)
    node.ever("message", text=marker)
    rows = [e["text"] for e in node.events[before:] if e["event"] == "notice"]
    return [row for row in rows if "classic," in row]


# The exercise's programs with each other: what they do is what fika is held to.


def test_the_exercise_s_programs_talk_with_each_other(program, free_port):
    one, two = free_port(), free_port()
    a = program("pub_sub_chat.py", one, "a", two)
    b = program("pub_sub_chat.py", two, "b", one)
    meet(a, program_hears(b, "a"))
    meet(b, program_hears(a, "b"))
    a.say("hej")
    b.heard("#fika <a>: hej")

    port = free_port()
    c = program("pair_chat.py", "--bind", port)
    d = program("pair_chat.py", "--connect", port)
    meet(c, lambda text: text in d.lines)
    d.say("bare")
    c.heard("bare")


# PUB/SUB.


def test_both_directions(fika, program, free_port):
    ours, theirs = free_port(), free_port()
    node = fika("--classic", ours, nick="Ada")
    peer = program("pub_sub_chat.py", theirs, "stu", ours)
    node.say(f"\\connect zmq://localhost:{theirs}")
    meet(peer, node_hears(node))
    meet(node, program_hears(peer, "Ada"))

    peer.say("hello from the exercise", "räksmörgås 👋", "a <b>: c")
    event = node.expect("message", text="a <b>: c")
    assert event["via"] == "classic" and event["own"] is False
    assert from_classic(node) == [
        ("#fika", "stu", "hello from the exercise"),
        ("#fika", "stu", "räksmörgås 👋"),
        ("#fika", "stu", "a <b>: c"),
    ]
    node.say("hello from fika", "blåbär 🫐", "\\\\quit", "\\me waves", "last")
    assert after_meeting(peer.heard("#fika <Ada>: last")) == [
        "#fika <Ada>: hello from fika",
        "#fika <Ada>: blåbär 🫐",
        "#fika <Ada>: \\quit",
        "#fika <Ada>: * Ada waves",
        "#fika <Ada>: last",
    ]


def test_the_bytes_are_those_of_the_exercise(fika, zmq_socket, free_port):
    port = free_port()
    node = fika("--classic", port, nick="Ada")
    sub = zmq_socket(zmq.SUB)
    sub.connect(f"tcp://localhost:{port}")
    sub.subscribe("#fika")
    until(lambda: sub.poll(0), "nothing came", lambda: node.say("(meeting)"))
    node.say("exact")
    frames = sub.recv_multipart()
    while frames != [b"#fika <Ada>: exact"]:
        assert frames == [b"#fika <Ada>: (meeting)"]
        frames = sub.recv_multipart()


def test_three_participants(fika, program, free_port):
    """Two programs and a node, each linked to both others; and what one says is not said again."""
    a_port, b_port, ours = free_port(), free_port(), free_port()
    a = program("pub_sub_chat.py", a_port, "a", b_port, ours)
    b = program("pub_sub_chat.py", b_port, "b", a_port, ours)
    node = fika("--classic", ours, f"zmq://localhost:{a_port}", f"zmq://127.0.0.1:{b_port}", nick="N")
    meet(a, node_hears(node), greeting="(meeting a)")
    meet(b, node_hears(node), greeting="(meeting b)")
    meet(a, program_hears(b, "a"))
    meet(b, program_hears(a, "b"))
    meet(node, program_hears(a, "N"))
    meet(node, program_hears(b, "N"))
    a.say("one")
    node.expect("message", text="one", nick="a")
    b.heard("#fika <a>: one")
    b.say("two")
    node.expect("message", text="two", nick="b")
    a.heard("#fika <b>: two")
    node.say("three")
    assert after_meeting(a.heard("#fika <N>: three")) == ["#fika <b>: two", "#fika <N>: three"]
    assert after_meeting(b.heard("#fika <N>: three")) == ["#fika <a>: one", "#fika <N>: three"]
    assert from_classic(node) == [("#fika", "a", "one"), ("#fika", "b", "two")]


def test_two_nodes_and_a_program(fika, program, free_port):
    """Only own lines go out: what another node says over a link is not passed on, nor is a classic
    line passed on over a link."""
    ours, theirs = free_port(), free_port()
    ada = fika("--classic", ours, nick="Ada")
    bo = fika(ada.address, nick="Bo")
    bo.ever("link", state="up", nick="Ada")
    peer = program("pub_sub_chat.py", theirs, "stu", ours)
    ada.say(f"\\connect zmq://localhost:{theirs}")
    meet(ada, program_hears(peer, "Ada"))
    meet(peer, node_hears(ada))
    bo.say("from Bo")
    ada.ever("message", text="from Bo")
    peer.say("from the program")
    ada.ever("message", text="from the program")
    ada.say("from Ada")
    bo.ever("message", text="from Ada")
    assert after_meeting(peer.heard("#fika <Ada>: from Ada")) == ["#fika <Ada>: from Ada"]
    assert "from the program" not in bo.texts()


def test_filters_on_both_sides(fika, program, free_port):
    ours, theirs = free_port(), free_port()
    node = fika("--classic", ours, "-c", "#tea", "-c", "#cake", nick="Ada")
    peer = program("pub_sub_chat.py", theirs, "stu", "--channel", "#tea", ours)
    node.say(f"\\connect zmq://localhost:{theirs}")
    meet(peer, node_hears(node, "#tea"))
    meet(node, program_hears(peer, "Ada", "#tea"))

    # The program takes #tea alone; the node says in both.
    node.say("\\channel #cake", "in cake", "\\channel #tea", "in tea")
    assert after_meeting(peer.heard("#tea <Ada>: in tea")) == ["#tea <Ada>: in tea"]

    # The node takes #tea and #cake, exactly: not what only begins like them.
    peer.say("\\channel #teapot", "in teapot", "\\channel #other", "in other")
    peer.say("\\channel #cake", "in cake too")
    node.expect("message", text="in cake too", channel="#cake")
    assert from_classic(node) == [("#cake", "stu", "in cake too")]

    # It leaves #cake: the program's lines there are not even sent. It joins: they are again.
    node.command("\\leave #cake", contains="left")
    peer.say("into the void", "\\channel #tea", "still here")
    node.expect("message", text="still here", channel="#tea")
    assert "into the void" not in node.texts()
    node.say("\\join #cake")
    peer.say("\\channel #cake")
    meet(peer, node_hears(node, "#cake"), greeting="(meeting again)")


def test_a_program_that_comes_late_and_leaves_and_comes_again(fika, program, free_port):
    ours, theirs = free_port(), free_port()
    node = fika("--classic", ours, f"zmq://localhost:{theirs}", nick="Ada")

    def told(words):
        return [e for e in node.seen("notice") if str(theirs) in e["text"] and words in e["text"]]

    for times in (1, 2):
        peer = program("pub_sub_chat.py", theirs, f"stu{times}", ours)
        meet(peer, node_hears(node), greeting=f"(meeting {times})")
        node.wait(lambda n=times: len(told("no encryption")) == n, what="that it is there")
        peer.say("bye", "\\quit")
        assert peer.process.wait(10) == 0
        node.expect("message", text="bye", nick=f"stu{times}")
        node.wait(lambda n=times: len(told("is gone")) == n, what="that it is gone")


# PAIR.


def test_pair_bound_both_ways(fika, program, free_port):
    port = free_port()
    node = fika("--classic", f"pair:{port}", nick="Ada")
    peer = program("pair_chat.py", "--connect", port)
    meet(node, lambda text: text in peer.lines)
    peer.say("bare line")
    event = node.expect("message", text="bare line", via="classic")
    assert event["channel"] == "#fika" and event["own"] is False
    node.say("bare answer")
    assert after_meeting(peer.heard("bare answer")) == ["bare answer"]


def test_pair_connected_both_ways(fika, program, free_port):
    port = free_port()
    peer = program("pair_chat.py", "--bind", port)
    node = fika(f"pair://localhost:{port}", nick="Ada")
    meet(node, lambda text: text in peer.lines)
    peer.say("bare line")
    node.expect("message", text="bare line", via="classic")
    node.say("\\channel #elsewhere")
    peer.say("and here")
    node.expect("message", text="and here", channel="#elsewhere")


def test_pair_speaks_on_the_bound_and_listens_on_the_connected(fika, program, free_port):
    ours, theirs = free_port(), free_port()
    node = fika("--classic", f"pair:{ours}", nick="Ada")
    peer = program("pair_chat.py", "--bind", theirs, "--connect", ours)
    node.say(f"\\connect pair://localhost:{theirs}")
    node.wait(lambda: any(str(theirs) in e["text"] and "classic link to" in e["text"]
                          for e in node.seen("notice")), what="the link")
    meet(node, lambda text: text in peer.lines)
    peer.say("from its bound one")
    node.expect("message", text="from its bound one", via="classic")
    node.say("to its connected one")
    peer.heard("to its connected one")


def test_pair_that_is_bound_is_not_listened_to_beside_a_connected_one(fika, zmq_socket, free_port):
    ours = free_port()
    mouth, ear = zmq_socket(zmq.PAIR), zmq_socket(zmq.PAIR)
    theirs = mouth.bind_to_random_port("tcp://*")
    node = fika("--classic", f"pair:{ours}", f"pair://localhost:{theirs}", nick="Ada")
    ear.connect(f"tcp://localhost:{ours}")
    until(lambda: ear.poll(0), "the ear hears nothing", lambda: node.say("(meeting)"))
    mouth.send(b"(meeting)")
    node.ever("message", text="(meeting)", via="classic")
    ear.send(b"not listened to")
    mouth.send(b"listened to")
    node.expect("message", text="listened to", via="classic")
    until(lambda: any(f"{ours}" in row for row in links(node)), "no row")
    assert "not listened to" not in node.texts()
    assert not mouth.poll(0)


def test_quit_at_once_while_no_pair_peer_is_there(fika, free_port):
    node = fika("--classic", f"pair:{free_port()}", f"pair://localhost:{free_port()}",
                "--classic", free_port(), f"zmq://localhost:{free_port()}")
    node.say(*[f"line {i}" for i in range(100)])
    node.ever("message", text="line 99")
    node.quit(within=1.0)


def test_quit_while_a_peer_does_not_read(fika, program, free_port):
    port = free_port()
    node = fika("--classic", f"pair:{port}")
    peer = program("pair_chat.py", "--connect", port)
    meet(node, lambda text: text in peer.lines)
    peer.process.send_signal(signal.SIGSTOP)
    try:
        node.say(*["x" * 15000] * 600)
        node.say("end")
        node.ever("message", text="end", timeout=20)
        node.quit(within=1.0)
    finally:
        peer.process.send_signal(signal.SIGCONT)


def test_last_words_go_out(fika, program, free_port):
    port = free_port()
    node = fika("--classic", port, nick="Ada")
    peer = program("pub_sub_chat.py", free_port(), "stu", port)
    meet(node, program_hears(peer, "Ada"))
    node.say("good bye", "\\quit")
    node.exits(1.0)
    peer.heard("#fika <Ada>: good bye")


# What no program of the exercise sends.


@pytest.fixture
def hostile(fika, zmq_socket):
    """A node and a PUB socket that it listens to."""
    pub = zmq_socket(zmq.PUB)
    port = pub.bind_to_random_port("tcp://*")
    node = fika(f"zmq://localhost:{port}", nick="Ada")
    until(lambda: "(meeting)" in node.texts(), "no link",
          lambda: pub.send(b"#fika <x>: (meeting)"))
    return node, pub


def test_hostile_lines_are_tamed(hostile):
    node, pub = hostile
    pub.send(b"#fika <\x1b[31mred\x07>: a\xffb\x1b]0;title\x07 \xe2\x80\xaerev\xc2\x9b2J \xed\xa0\x80")
    pub.send(b"#fika <x>: one\ntwo\r\nthree")
    pub.send(b"#fika <" + b"n" * 500 + b">: long nick")
    pub.send(b"#fika <x>: \x00\x01\x7f")
    pub.send(b"#fika <x>: end")
    node.expect("message", text="end")
    for raw in node.lines:
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\ufeff" for c in raw)
    shown = from_classic(node)
    assert shown[0][1] == "\ufffd[31mred\ufffd"
    assert shown[1][2] == "one two three"
    assert shown[2][1] == "n" * 32
    assert shown[-1] == ("#fika", "x", "end")


def test_what_does_not_parse_is_counted(hostile):
    node, pub = hostile
    for bad in (b"#fika", b"#fika hello", b"#fika <x> hello", b"#fika <>: x", b"#fika\x00<x>: y",
                b"#fika <x>: ", b"#fika <x>: " + b"y" * 1_000_000):
        pub.send(bad)
    pub.send_multipart([b"#fika <x>: part", b"another", b""])
    pub.send(b"#fika <x>: end")
    node.expect("message", text="end")
    assert from_classic(node) == [("#fika", "x", "end")]
    row = next(row for row in links(node) if "zmq://" in row)
    assert "8" in row, row


def test_a_frame_over_all_limits_ends_the_connection_not_the_program(hostile):
    node, pub = hostile
    pub.send(b"#fika <x>: " + b"y" * 4_000_000)
    until(lambda: "back" in node.texts(), "not linked again",
          lambda: pub.send(b"#fika <x>: back"), 10)
    assert not any(len(text) > 20000 for text in node.texts())
    assert any("is gone" in e["text"] for e in node.seen("notice"))


def test_hostile_pair_peer(fika, zmq_socket, free_port):
    port = free_port()
    node = fika("--classic", f"pair:{port}")
    pair = zmq_socket(zmq.PAIR)
    pair.connect(f"tcp://localhost:{port}")
    pair.send(b"")
    pair.send_multipart([b"a", b"b"])
    pair.send(b"y" * 1_000_000)
    pair.send(b"\x1b[2J\xff\x9b")
    pair.send(b"#fika <x>: only text here")
    event = node.expect("message", text="#fika <x>: only text here", via="classic")
    assert event["channel"] == "#fika"
    assert [text for _, _, text in from_classic(node)] == [
        "\ufffd[2J\ufffd\ufffd",
        "#fika <x>: only text here",
    ]
    node.quit()


def test_garbage_at_the_classic_ports(fika, program, free_port):
    """HTTP, noise, a greeting with a 4 GB frame behind it, and many who say nothing."""
    import socket

    ours, pair = free_port(), free_port()
    node = fika("--classic", ours, "--classic", f"pair:{pair}", nick="Ada")
    greeting = b"\xff" + b"\x00" * 8 + b"\x7f\x03\x00NULL" + b"\x00" * 16 + b"\x00" + b"\x00" * 31
    noises = [b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 16, b"",
              greeting + b"\x02" + (1 << 32).to_bytes(8, "big") + b"x" * 1000]
    strangers = []
    for port in (ours, pair):
        for noise in noises * 10:
            stranger = socket.create_connection(("127.0.0.1", port), 5)
            stranger.sendall(noise)
            strangers.append(stranger)
    peer = program("pub_sub_chat.py", free_port(), "stu", ours)
    meet(node, program_hears(peer, "Ada"))
    for stranger in strangers:
        stranger.close()
    node.say("still here")
    peer.heard("#fika <Ada>: still here")


def test_a_flood_does_not_keep_the_node_from_its_user(hostile):
    node, pub = hostile
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            for _ in range(200):
                pub.send(b"#fika flood of what does not parse")

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        node.say("amid the flood")
        node.expect("message", text="amid the flood", own=True)
    finally:
        stop.set()
        flooding.join()


# What the user is told.


def test_a_classic_port_that_is_taken(fika, zmq_socket):
    taken = zmq_socket(zmq.PUB).bind_to_random_port("tcp://*")
    node = fika("--classic", taken, wait=False)
    node.exits(5, status=1)
    assert str(taken) in "\n".join(node.errors)


def test_links_and_disconnect(fika, program, free_port):
    ours, theirs = free_port(), free_port()
    node = fika("--classic", ours, nick="Ada")
    peer = program("pub_sub_chat.py", theirs, "stu", ours)
    node.say(f"\\connect zmq://127.0.0.1:{theirs}")
    meet(peer, node_hears(node))
    rows = links(node)
    assert any(f"zmq://127.0.0.1:{theirs}" in row for row in rows), rows
    assert any(f"zmq://*:{ours}" in row for row in rows), rows
    node.command(f"\\disconnect zmq://127.0.0.1:{theirs}", contains=str(theirs))
    assert not any(f":{theirs}" in row for row in links(node))
    peer.say("unheard")
    node.say("end")
    node.ever("message", text="end")
    assert "unheard" not in node.texts()
