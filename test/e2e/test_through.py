"""Over a real ssh, in a real GNU screen, and both: what is drawn is what is drawn without, keys and
sizes arrive, notices and the clipboard pass, and the terminal comes back clean."""

import base64
import getpass
import os
import pwd
import re
import shutil
import subprocess
import time

import pytest

from conftest import PATIENCE, reserve_port
from test_golden import Place, compare, picture

GONE = "it is over"


@pytest.fixture(scope="module")
def ssh(tmp_path_factory):
    """The beginning of a command that runs what follows it over ssh: by an sshd of our own, on loopback, with
    its own keys and configuration, as the user that runs the tests."""
    home = tmp_path_factory.mktemp("ssh")
    sshd = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if sshd is None or shutil.which("ssh") is None:
        pytest.skip("there is no ssh, or no sshd, on this machine")
    if not os.access(pwd.getpwuid(os.getuid()).pw_shell or "/bin/sh", os.X_OK):
        pytest.skip("who runs the tests has no shell to log in to")
    made = None
    if os.getuid() == 0 and not os.path.isdir("/run/sshd"):
        os.mkdir(made := "/run/sshd", 0o755)  # as the service does: without it none starts
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    port = reserve_port()
    (home / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nPidFile none\n"
        f"AuthorizedKeysFile {home}/user.pub\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\n")
    server = subprocess.Popen([sshd, "-D", "-e", "-f", home / "sshd_config"], stderr=subprocess.PIPE, text=True)
    command = ["ssh", "-F", "none", "-p", str(port), "-i", str(home / "user"), "-o", "BatchMode=yes",
               "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
               "-o", f"UserKnownHostsFile={home}/known", f"{getpass.getuser()}@127.0.0.1"]
    try:
        deadline = time.monotonic() + 10 * PATIENCE
        while subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
            assert server.poll() is None and time.monotonic() < deadline, server.stderr.read()
        yield [*command[:1], "-tt", *command[1:]]
    finally:
        server.terminate()
        server.wait()
        if made:
            os.rmdir(made)


QUOTED = """line=
for word; do line="$line '$word'"; done
exec {command} "{variables}$line"
"""


@pytest.fixture
def ways(request, tmp_path):
    """ways(name): what a screen goes through, by name."""

    def over_ssh(inner):
        """ssh takes one line for the shell there, which has none of our variables."""
        home = tmp_path / "home"
        kept = {f"XDG_{name}_HOME": home / name.lower() for name in ("DATA", "CONFIG", "STATE", "CACHE")}
        kept.update(XDG_RUNTIME_DIR=home / "run", HOME=home, LANG="C.UTF-8", LC_ALL="C.UTF-8", TZ="UTC",
                    LC_TERMINAL="iTerm2", SCREENDIR=tmp_path / "screens",
                    ASAN_OPTIONS="detect_leaks=1:exitcode=99:abort_on_error=0")
        os.makedirs(home / "run", mode=0o700)
        variables = "env " + " ".join(f"{name}='{value}'" for name, value in kept.items())
        command = " ".join(f"'{word}'" for word in request.getfixturevalue("ssh"))
        return ["sh", "-c", QUOTED.format(command=command, variables=variables), "sh", *inner]

    def in_screen():
        if shutil.which("screen") is None:
            pytest.skip("there is no GNU screen on this machine")
        os.makedirs(tmp_path / "screens", mode=0o700)
        (tmp_path / "screenrc").write_text("startup_message off\naltscreen on\ndefutf8 on\nvbell off\n")
        return ["screen", "-U", "-c", str(tmp_path / "screenrc"), "-S", "fika"]

    yield lambda name: {"ssh": lambda: over_ssh([]), "screen": in_screen,
                        "both": lambda: over_ssh(in_screen())}[name]()
    if (tmp_path / "screens").is_dir():  # a test that failed leaves it, since screen outlives its terminal
        subprocess.run(["screen", "-S", "fika", "-X", "quit"], stdout=subprocess.DEVNULL, check=False,
                       env={**os.environ, "SCREENDIR": str(tmp_path / "screens")})


WAYS = pytest.mark.parametrize("way", ["ssh", "screen", "both"])


def starter(screen, tmp_path, through):
    """As the fixture screen, by a way."""

    def start(*arguments, **options):
        return screen(*arguments, through=through, SCREENDIR=str(tmp_path / "screens"), LC_TERMINAL="iTerm2",
                      **options)

    return start


@WAYS
def test_what_is_drawn_is_the_same(screen, fika, free_port, ways, tmp_path, way):
    place = Place(starter(screen, tmp_path, ways(way)), fika, 24, 80, free_port())
    place.hear("hello Ada, and whoever else is here", "a line that is long enough to take more than "
               "one row on most of the screens that this is tried on, hanging below its beginning")
    place.ada.type("hi Bo")
    place.ada.expect("✓  <Ada> hi Bo")
    place.hear("\\me waves")
    place.ada.type("\\me waves back")
    place.ada.expect("✓  * Ada waves back")
    compare(place.ada, "talk")
    place.ada.type("\\quit")
    place.ada.exits(5)


@WAYS
def test_keys_and_sizes_arrive(screen, fika, ways, tmp_path, way):
    bo = fika(nick="Bo")
    one = starter(screen, tmp_path, ways(way))(bo.address, nick="Ada")
    one.expect("[#fika] ")
    bo.ever("member", state="here", nick="Ada")
    one.keys("wrod\x1b[D\x1b[D\x14\x05 gone\x1b\x7få日!\r")  # Left twice, Ctrl-T, Ctrl-E, Alt-Backspace
    assert bo.expect("message", nick="Ada")["text"] == "word å日!"
    for i in range(30):
        bo.say(f"line {i:02}")
    one.expect("line 29")
    one.keys("\x1b[5~")  # Page Up
    one.expect("more below")
    one.keys("\x1b[6~")
    one.gone("more below")
    one.resize(12, 50)
    one.wait(lambda rows: rows[-1].startswith("[#fika]") and "line 29" in rows[-3], what="the small screen")
    one.resize(30, 100)
    one.wait(lambda rows: rows[-1].startswith("[#fika]") and "line 29" in "".join(rows[-4:-2]), what="the large one")
    one.keys("\x0c")
    one.type("still here")
    assert bo.expect("message", nick="Ada")["text"] == "still here"
    one.expect("✓  <Ada> still here")
    shown = picture(one)
    one.keys("\x0c")
    one.pump(0.3)
    one.wait(lambda rows: picture(one) == shown, what="the same after a fresh painting")
    one.type("\\quit")
    one.exits(5)


@WAYS
def test_it_comes_back_clean(screen, ways, tmp_path, way):
    """What was there before is there again, what is typed is seen, and nothing of ours is left on."""
    shell = f'printf "before\\n"; "$@"; printf "{GONE}\\n"; read -r word; printf "%s\\n" "$word $word"'
    home = ["sh", "-c", shell, "sh"]
    one = starter(screen, tmp_path, [*ways(way), *home])(nick="Ada")
    one.expect("[#fika] ")
    one.type("\\quit")
    one.expect(GONE)
    if way != "ssh":  # screen itself has two screens, the terminal of these tests one
        one.expect("before")
        assert not any("[#fika]" in row for row in one.screen.display)
    assert not one.screen.cursor.hidden
    one.type("twice")
    one.wait(lambda rows: b"twice twice" in one.raw, what="what was typed")
    one.exits(5)
    for mode in (b"?2004", b"?1004", b"?1000", b"?1002", b"?1006", b"?1049"):
        assert one.raw.rfind(b"\x1b[" + mode + b"l") >= one.raw.rfind(b"\x1b[" + mode + b"h"), mode


@WAYS
def test_notices_and_the_clipboard_pass(screen, fika, ways, tmp_path, way):
    bo = fika("-c", "#fika", "-c", "#tea", nick="Bo")
    one = starter(screen, tmp_path, ways(way))(bo.address, "-c", "#fika", "-c", "#tea", nick="Ada")
    bo.ever("member", state="here", nick="Ada", channel="#tea")
    one.expect("1 link")
    bo.say("for the clipboard")
    one.expect("<Bo> for the clipboard")
    one.type("\\copy")
    clip = b"\x1b]52;c;" + base64.b64encode(b"for the clipboard") + b"\x07"
    one.wait(lambda rows: clip in one.raw, what="the clipboard's sequence")
    bo.say("\\channel #tea", "Ada: come!")
    one.wait(lambda rows: re.search(rb"\x1b\]9;#tea Bo: Ada: come!(\x07|\x1b\\)", one.raw), what="a notice")
    one.type("\\quit")
    one.exits(5)


def test_a_paste_into_screen_is_held(screen, fika, ways, tmp_path):
    """It does not say what is pasted. What comes while fika is busy is taken for typed ahead: then once more."""
    bo = fika(nick="Bo")
    one = starter(screen, tmp_path, ways("screen"))(bo.address, nick="Ada")
    one.expect("[#fika] ")
    bo.ever("member", state="here", nick="Ada")
    for said in range(5):
        one.keys("one\rtwo\rthree")
        row = one.wait(lambda rows: next((r for r in rows if "3 lines, 13 bytes" in r), None)
                       or sum("<Ada> two" in r for r in rows) > said, what="a paste, or lines")
        if row is not True:
            break
        one.wait(lambda rows: "three" in rows[-1], what="the last line")
        one.keys("\x15")
        one.gone("[#fika] three")
    one.expect("3 lines, 13 bytes")
    for _ in range(2 * said):  # what was taken for typed
        bo.expect("message", nick="Ada")
    one.keys("\r")
    assert bo.expect("message", nick="Ada")["text"] == "one\ntwo\nthree"
    one.type("\\quit")
    one.exits(5)
