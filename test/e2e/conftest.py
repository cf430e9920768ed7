"""The real program, driven from outside.

fika(...) starts one node with its own home directory and reads its JSON events; screen(...) starts
one on a terminal of its own and gives what is drawn there. Both are ended after the test, and a
node that was to end well must do so with status 0, which a leak found by AddressSanitizer changes.
Nothing here sleeps: what has not happened yet is waited for, with a deadline.

The binary is build/asan/fika, or what FIKA names. Nodes of one test share a secret network, so that
those who look for each other by beacon find nobody else's; without discovery=True none looks.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time

import pexpect
import pyte
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(ROOT, os.environ.get("FIKA", "build/asan/fika"))
# Sanitizers and a busy machine make everything slower; what a test waits for is multiplied.
PATIENCE = float(os.environ.get("FIKA_PATIENCE", "3"))
TEST_SECONDS = 60


def environment(home):
    """XDG directories below home, and nothing else of the caller's that fika reads."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LD_LIBRARY_PATH")}
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        kept[f"XDG_{name}_HOME"] = os.path.join(home, name.lower())
    runtime = os.path.join(home, "run")
    os.makedirs(runtime, mode=0o700, exist_ok=True)
    kept.update(
        XDG_RUNTIME_DIR=runtime,
        HOME=str(home),
        USER="tester",
        LANG="C.UTF-8",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        # A system call that the sandbox does not expect ends the program, so that it is seen.
        FIKA_SANDBOX="strict",
        ASAN_OPTIONS="detect_leaks=1:exitcode=99:abort_on_error=0",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
        # A node that is not done in time is left behind by design; slowed down so, it may be late.
        # What is suppressed is known by its stack, so the history must reach back to it.
        TSAN_OPTIONS=f"suppressions={ROOT}/test/tsan.supp:exitcode=98:report_thread_leaks=0:history_size=7",
    )
    return kept


def reserve_port():
    """A TCP port that was free a moment ago on IPv4 and IPv6."""
    with socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET) as probe:
        try:
            probe.bind(("", 0))
        except OSError:
            with socket.socket() as old:
                old.bind(("", 0))
                return old.getsockname()[1]
        return probe.getsockname()[1]


class Node:
    """One fika with pipes on stdin, stdout and stderr."""

    def __init__(self, arguments, home, face, cwd=None, prefix=()):
        self.arguments = [*prefix, BINARY, *([face] if face else []), *map(str, arguments)]
        self.face = face
        self.events = []  # every JSON event, in order
        self.lines = []  # every line of stdout as text
        self.errors = []  # every line of stderr
        self.taken = 0  # events before this one were given by expect()
        self.changed = threading.Condition()
        self.ended = 0  # of the two pipes
        self.end_known = False  # the test has looked at its status, or killed it
        self.process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(home),
            cwd=cwd,
            start_new_session=True,
        )
        self.readers = [
            threading.Thread(target=self._read, args=(pipe, into), daemon=True)
            for pipe, into in (
                (self.process.stdout, self._take_line),
                (self.process.stderr, self.errors.append),
            )
        ]
        for reader in self.readers:
            reader.start()

    def _read(self, pipe, into):
        for raw in pipe:
            line = raw.decode("utf-8", "backslashreplace").rstrip("\n")
            with self.changed:
                into(line)
                self.changed.notify_all()
        with self.changed:
            self.ended += 1
            self.changed.notify_all()

    def _take_line(self, line):
        self.lines.append(line)
        if self.face == "--json":
            try:
                self.events.append(json.loads(line))
            except ValueError:
                self.events.append({"event": "NOT JSON", "text": line})

    # What is waited for.

    def wait(self, condition, timeout=5, what="a condition"):
        """Waits until condition() gives something true, and returns that."""
        deadline = time.monotonic() + timeout * PATIENCE
        with self.changed:
            while True:
                found = condition()
                if found:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self.ended == 2:
                    why = "the program ended" if self.ended == 2 else f"{timeout * PATIENCE:g} s"
                    raise AssertionError(f"{what} did not come ({why})\n{self.story()}")
                self.changed.wait(min(left, 0.5))

    def expect(self, event, timeout=5, **fields):
        """The next event of this kind with these fields. A field may be a function of the value.
        Events before it are passed over: the next expect() goes on behind it."""

        def look():
            for i in range(self.taken, len(self.events)):
                if self._fits(self.events[i], event, fields):
                    self.taken = i + 1
                    return self.events[i]
            return None

        return self.wait(look, timeout, f"{event} {fields}")

    def ever(self, event, timeout=5, **fields):
        """Like expect(), but looks at all events from the first on, and moves nothing."""
        return self.wait(lambda: next(iter(self.seen(event, **fields)), None), timeout,
                         f"{event} {fields}")

    def seen(self, event, **fields):
        """All events of this kind with these fields, so far; waits for none."""
        return [e for e in list(self.events) if self._fits(e, event, fields)]

    def texts(self, channel=None):
        """The texts of all messages so far, in order of arrival."""
        return [e["text"] for e in self.seen("message") if channel in (None, e["channel"])]

    @staticmethod
    def _fits(event, kind, fields):
        if event["event"] != kind:
            return False
        return all(
            key in event and (want(event[key]) if callable(want) else event[key] == want)
            for key, want in fields.items()
        )

    def expect_line(self, contains, timeout=5):
        """A line of stdout that contains this (for --lines)."""
        return self.wait(lambda: next((x for x in self.lines if contains in x), None), timeout,
                         f"a line with {contains!r}")

    def expect_error(self, contains, timeout=5):
        """A line of stderr that contains this."""
        return self.wait(lambda: next((x for x in self.errors if contains in x), None), timeout,
                         f"a line on stderr with {contains!r}")

    # What is done.

    def ready(self, timeout=5):
        """The ready event; afterwards .id, .nick and .port are known."""
        event = self.ever("ready", timeout)
        self.id, self.nick, self.port = event["id"], event["nick"], event["port"]
        return event

    @property
    def address(self):
        if not hasattr(self, "port"):
            self.ready()
        return f"127.0.0.1:{self.port}"

    def say(self, *lines):
        """Types lines, each with Enter."""
        for line in lines:
            raw = line if isinstance(line, bytes) else line.encode()
            self.process.stdin.write(raw + b"\n")
        self.process.stdin.flush()

    def command(self, line, contains="", timeout=5):
        """Types a command and returns the notice or error that answers it."""
        self.say(line)
        return self.wait(lambda: self._answer(contains), timeout, f"an answer to {line}")

    def _answer(self, contains):
        for i in range(self.taken, len(self.events)):
            event = self.events[i]
            if event["event"] in ("notice", "error") and contains in event["text"]:
                self.taken = i + 1
                return event
        return None

    def close_stdin(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Ends it as a crash does."""
        self.end_known = True
        self.process.kill()
        self.process.wait()

    def exits(self, within=1.0, status=0):
        """Waits for the end; fails when it takes longer than `within` seconds (times PATIENCE) or
        ends with another status. Returns how long it took from now."""
        began = time.monotonic()
        self.end_known = True
        try:
            code = self.process.wait(within * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {within * PATIENCE:g} s\n{self.story()}") from None
        took = time.monotonic() - began
        for reader in self.readers:
            reader.join(5)
        assert code == status, f"status {code}, not {status}\n{self.story()}"
        return took

    def quit(self, within=1.0):
        """Leaves by \\quit, which must end it well."""
        self.say("\\quit")
        return self.exits(within)

    def finish(self):
        """Cleans up after the test: a node that still runs is asked to end, and must end well."""
        if self.process.poll() is not None:
            assert self.end_known, f"it ended by itself\n{self.exits()}"
        else:
            self.process.send_signal(signal.SIGCONT)  # one that a test had stopped
            self.process.terminate()
            try:
                self.exits(5.0)
            finally:
                if self.process.poll() is None:
                    self.kill()
        for reader in self.readers:
            reader.join(5)
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def story(self):
        """What it said, for a failed test."""
        said = "\n".join(["  " + line for line in self.lines[-30:]])
        wrong = "\n".join(["  ! " + line for line in self.errors[-60:]])
        return f"{' '.join(self.arguments)}\n{said}\n{wrong}"


class Terminal(pyte.Screen):
    """pyte's, with what it lacks and curses uses: scroll by n rows up and down, and repeat."""

    @property
    def display(self):
        """Its rows as text; pyte's own stumbles over half a wide letter at an edge."""
        columns = range(self.columns)
        return ["".join(self.buffer[y][x].data for x in columns) for y in range(self.lines)]

    def scroll_up(self, count=1):
        row, self.cursor.y = self.cursor.y, self.margins.bottom if self.margins else self.lines - 1
        for _ in range(count or 1):
            self.index()
        self.cursor.y = row

    def scroll_down(self, count=1):
        row, self.cursor.y = self.cursor.y, self.margins.top if self.margins else 0
        for _ in range(count or 1):
            self.reverse_index()
        self.cursor.y = row

    def repeat(self, count=1):
        row, x = self.buffer[self.cursor.y], self.cursor.x
        before = row[max(x - 1, 0)].data or row[max(x - 2, 0)].data  # '': the half of a wide one
        self.draw(before * (count or 1))


class TerminalStream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down", "b": "repeat"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down", "repeat"}


class Screen:
    """One fika on a terminal: what is drawn, and keys."""

    def __init__(self, arguments, home, rows, columns, term, through, variables):
        self.screen = Terminal(columns, rows)
        self.stream = TerminalStream(self.screen)
        self.raw = b""
        command = [*through, BINARY, *(str(a) for a in arguments)]
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            env={**environment(home), "TERM": term, **variables},
            dimensions=(rows, columns),
            timeout=5,
        )
        self.process.delaybeforesend = None

    def pump(self, seconds=0.05):
        """Takes what the program drew, waiting at most this long for the first byte."""
        try:
            data = self.process.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    def wait(self, condition, timeout=5, what="a condition"):
        """Waits until condition(the rows as text) gives something true, and returns that."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            found = condition(self.screen.display)
            if found:
                return found
            if not self.pump() or time.monotonic() > deadline:
                shown = "\n".join("  |" + row for row in self.screen.display)
                raise AssertionError(f"{what} was not shown\n{shown}")

    def expect(self, text, timeout=5):
        """The first row that contains text."""
        return self.wait(
            lambda rows: next((row for row in rows if text in row), None), timeout, repr(text)
        )

    def gone(self, text, timeout=5):
        """Waits until no row contains text."""
        self.wait(lambda rows: not any(text in row for row in rows), timeout, f"no {text!r}")

    def keys(self, text):
        self.process.send(text)

    def type(self, line):
        self.keys(line + "\r")

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def exits(self, within=1.0, status=0):
        deadline = time.monotonic() + within * PATIENCE
        while self.pump():
            assert time.monotonic() < deadline, "still there"
        self.process.wait()
        assert self.process.exitstatus == status, (self.process.exitstatus, self.raw[-4000:])

    def finish(self):
        if self.process.isalive():
            self.process.kill(signal.SIGTERM)
            self.exits(5.0)
        self.process.close(force=True)


@pytest.fixture(autouse=True)
def time_limit(request):
    """No test waits for ever, not even for a mistake in itself."""

    seconds = TEST_SECONDS * (10 if request.node.get_closest_marker("soak") else 1)

    def stop(_number, _frame):
        raise AssertionError(f"the test took more than {seconds} s")

    old = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


@pytest.fixture
def free_port():
    """A function: each call gives another port that is free."""
    given = set()

    def next_port():
        while True:
            port = reserve_port()
            if port not in given:
                given.add(port)
                return port

    return next_port


@pytest.fixture
def network(tmp_path):
    """What to give to --network: a file with a secret that only this test has."""
    path = tmp_path / "network"
    path.write_text(secrets.token_hex(32) + "\n")
    path.chmod(0o600)
    return f"@{path}"


def finish_all(started):
    """Ends all, then reports the first that did not end well."""
    first = None
    for one in reversed(started):
        try:
            one.finish()
        except AssertionError as error:
            first = first or error
    if first:
        raise first


@pytest.fixture
def fika(tmp_path, network):
    """fika(*arguments, face="--json", profile="a", nick=None, discovery=False, port=0,
    open_network=False, home=None, portmap=False): starts a node. Nodes with the same home share a machine's
    files, and then a profile each. face=None: no face is asked for. raw=True: only the arguments
    given are passed."""
    started = []

    def start(*arguments, face="--json", profile=None, nick=None, discovery=False, port=0,
              open_network=False, home=None, raw=False, prefix=(), wait=True, portmap=False):
        if home is None:
            home = tmp_path / f"home{len(started)}"
        os.makedirs(home, exist_ok=True)
        given = []
        if not raw:
            given += [] if discovery else ["--no-discovery"]
            given += [] if portmap else ["--no-portmap"]
            given += [] if open_network else ["--network", network]
            given += [] if port is None else ["-p", port]
            given += ["-n", nick] if nick else []
            given += ["-P", profile] if profile else []
        node = Node([*given, *arguments], str(home), face, prefix=prefix)
        started.append(node)
        if wait and face == "--json" and not raw:
            node.ready()
        return node

    yield start
    finish_all(started)


@pytest.fixture
def screen(tmp_path, network):
    """screen(*arguments, rows=24, columns=80, ...): starts a node on a terminal of its own; through: a
    command that runs it. What else is named becomes a variable of its environment."""
    started = []

    def start(*arguments, rows=24, columns=80, term="xterm-256color", nick=None, discovery=False,
              port=0, open_network=False, home=None, through=(), extra=None, **variables):
        if home is None:
            home = tmp_path / f"screen{len(started)}"
        os.makedirs(home, exist_ok=True)
        given = ["--no-portmap"] if discovery else ["--no-discovery"]
        given += [] if open_network else ["--network", network]
        given += [] if port is None else ["-p", port]
        given += ["-n", nick] if nick else []
        variables = {**(extra or {}), **variables}
        one = Screen([*given, *arguments], str(home), rows, columns, term, through, variables)
        started.append(one)
        return one

    yield start
    finish_all(started)


@pytest.fixture
def linked(fika):
    """linked(first, second): two nodes that talk, by typed address: Ada and Bo."""

    def start(**options):
        ada = fika(nick="Ada", **options)
        bo = fika(ada.address, nick="Bo", **options)
        ada.ever("link", state="up", nick="Bo")
        bo.ever("link", state="up", nick="Ada")
        ada.ever("member", state="here", nick="Bo")
        bo.ever("member", state="here", nick="Ada")
        return ada, bo

    return start
