"""A stage for scripts/picture and scripts/screens: machines that are none, and tmux panes on them.

enter() goes into namespaces of its own, so nothing here meets a real network: below it each Machine
has an address out of 192.0.2.0/24 (RFC 5737), and a bridge is the switch between them. A Pane is one
fika in a pane of a tmux server of its own. Needs Linux with unprivileged namespaces, iproute2, tmux.
"""

import os
import re
import shlex
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIKA = os.path.join(ROOT, "build", "fika")
PATIENCE_SECONDS = 20


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def enter():
    """Goes into namespaces of its own, by starting the script again in them."""
    if os.environ.get("FIKA_STAGE") != "entered":
        os.environ["FIKA_STAGE"] = "entered"
        os.execvp("unshare", ["unshare", "-r", "-n", "-m", "--fork", "--kill-child",
                              sys.executable, *sys.argv])
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("ip", "link", "add", "switch", "type", "bridge")
    run("ip", "link", "set", "switch", "up")


class Machine:
    """A network namespace with one interface, eth0, on the switch."""

    def __init__(self, name, address):
        self.name = name
        run("ip", "netns", "add", name)
        run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", f"to-{name}", "master", "switch", "up")
        inside = ("ip", "-n", name)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "addrgenmode", "none")  # IPv6 would be another each time
        run(*inside, "addr", "add", f"{address}/24", "brd", "+", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")


class Tmux:
    """A tmux server that no other knows, ended on the way out."""

    def __init__(self, home):
        self.home = home
        self.command = ["tmux", "-S", os.path.join(home, "tmux"), "-f", "/dev/null"]

    def __enter__(self):
        # A first window keeps the server while panes come and go, and sets what holds for all.
        self("new-session", "-d", "-s", "stage", "cat")
        self("set", "-g", "default-terminal", "tmux-256color")
        self("set", "-g", "status", "off")
        self("set", "-g", "remain-on-exit", "on")
        return self

    def __exit__(self, *_why):
        subprocess.run([*self.command, "kill-server"], check=False)

    def __call__(self, *arguments):
        return run(*self.command, *arguments)


class Pane:
    """One fika on a machine, in a window of columns by rows. Its files are kept by machine and nick, so a
    second one of the same nick goes on where the first left off."""

    def __init__(self, tmux, machine, nick, columns, rows, *arguments, **variables):
        self.nick = nick
        self.tmux, self.name, self.columns, self.rows = tmux, f"{nick}-{time.monotonic_ns()}", columns, rows
        home = os.path.join(tmux.home, machine.name, nick)
        runtime = os.path.join(home, "run")
        os.makedirs(runtime, mode=0o700, exist_ok=True)
        clean = {
            "PATH": os.environ["PATH"], "HOME": home, "USER": nick, "XDG_DATA_HOME": f"{home}/data",
            "XDG_CONFIG_HOME": f"{home}/config", "XDG_RUNTIME_DIR": runtime, "LC_ALL": "C.UTF-8",
            "TZ": "UTC", **variables,
        }
        command = ["nsenter", f"--net=/run/netns/{machine.name}", "env", "-i", "TERM=tmux-256color",
                   *(f"{k}={v}" for k, v in clean.items()), FIKA, "-n", nick, *arguments]
        tmux("new-session", "-d", "-s", self.name, "-x", columns, "-y", rows, shlex.join(command))

    def rows_of(self, *how):
        """What stands there, a string a row; how: more options of capture-pane."""
        return self.tmux("capture-pane", "-p", *how, "-t", self.name).split("\n")[:self.rows]

    def picture_of(self, *how):
        """The same once it is still, all in one minute: a new run then changes only what has changed."""
        self.still()
        rows = (re.sub(r"(?<!\d)\d\d:\d\d(?= )", "10:15", row) for row in self.rows_of(*how))
        return [re.sub(r"[A-Z][a-z]{2} \d\d? [A-Z][a-z]{2} \d{4}", "Fri 27 Nov 2026", row) for row in rows]

    def expect(self, text, there=True):
        """Waits until text is to be seen, or, with there=False, until it is not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(text in row for row in self.rows_of()) != there:
            if time.monotonic() > deadline:
                shown = "\n".join(self.rows_of())
                raise SystemExit(f"{self.name}: {text!r} {'did not come' if there else 'stayed'}\n{shown}")
            time.sleep(0.05)

    def still(self):
        """Waits until nothing has changed for half a second."""
        before = None
        while before != (before := self.rows_of("-e")):
            time.sleep(0.5)

    def keys(self, *keys):
        """Keys by the names tmux has for them: Enter, PageUp, C-r."""
        self.tmux("send-keys", "-t", self.name, *keys)

    def write(self, text):
        """Types text without Enter."""
        self.tmux("send-keys", "-t", self.name, "-l", text)

    def say(self, line, *seen_by):
        """Types a line, and waits until all of seen_by show its end."""
        self.write(line)
        self.keys("Enter")
        for pane in seen_by:
            pane.expect(line[-12:])

    def paste(self, text):
        """Pastes as the mouse's middle button would."""
        self.tmux("set-buffer", text)
        self.tmux("paste-buffer", "-p", "-t", self.name)

    def leave(self):
        """Ends it by Ctrl-C, and waits until it has ended."""
        self.keys("C-c")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.tmux("display", "-p", "-t", self.name, "#{pane_dead}").strip() != "1":
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.name} does not end")
            time.sleep(0.05)
        self.tmux("kill-session", "-t", self.name)
