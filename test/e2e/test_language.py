"""The texts in another language: which is chosen, that all faces speak it, and that what programs
read is the same in each. The machine needs no locale but C.UTF-8 for any of this."""

import json
import os
import re
import subprocess

import pytest
from conftest import BINARY, environment

SWEDISH = "flaggan --nope finns inte; fika --help räknar upp dem som finns"
ENGLISH = "there is no option --nope; fika --help lists them"


def run(home, *arguments, stdin="", unset=(), **variables):
    """What it said on stdout and stderr, with these variables and without those."""
    env = {k: v for k, v in environment(str(home)).items() if k not in unset}
    done = subprocess.run(
        [BINARY, *map(str, arguments)],
        input=stdin.encode(),
        capture_output=True,
        env={**env, **variables},
        timeout=60,
        check=False,
    )
    return done.stdout.decode(), done.stderr.decode()


NOWHERE = ("LANG", "LC_ALL")


@pytest.mark.parametrize(
    "unset, variables, said",
    [
        ((), {"LANGUAGE": "sv"}, SWEDISH),
        ((), {"LANGUAGE": "sv_SE"}, SWEDISH),
        ((), {"LANGUAGE": "xx:sv:en"}, SWEDISH),
        (NOWHERE, {"LANGUAGE": "sv"}, SWEDISH),
        (NOWHERE, {"LANG": "sv_SE.UTF-8"}, SWEDISH),  # installed or not
        (NOWHERE, {"LC_MESSAGES": "sv_SE.UTF-8", "LANG": "C.UTF-8"}, SWEDISH),
        ((), {}, ENGLISH),
        (NOWHERE, {}, ENGLISH),
        ((), {"LANGUAGE": ""}, ENGLISH),
        ((), {"LANGUAGE": "xx"}, ENGLISH),
        (NOWHERE, {"LANG": "xx_XX.UTF-8"}, ENGLISH),
        ((), {"LC_ALL": "C", "LANGUAGE": "sv"}, ENGLISH),
        (NOWHERE, {"LANG": "POSIX", "LANGUAGE": "sv"}, ENGLISH),
    ],
)
def test_language_is_chosen(tmp_path, unset, variables, said):
    out, err = run(tmp_path, "--nope", unset=unset, **variables)
    assert (out, err) == ("", f"fika: {said}\n")


def test_help_in_two_languages(tmp_path):
    swedish, _ = run(tmp_path, "--help", LANGUAGE="sv")
    english, _ = run(tmp_path, "--help")
    assert swedish.startswith("användning: fika [FLAGGA]... [ADRESS|INBJUDAN]...\n")
    assert english.startswith("usage: fika [OPTION]... [ADDRESS|INVITE]...\n")
    options = re.compile(r"--[a-z-]+")
    assert set(options.findall(english)) == set(options.findall(swedish))
    # The same columns, whatever the language.
    for text in (swedish, english):
        rows = [row for row in text.splitlines() if re.match(r"  (-\w,|   ) --", row)]
        assert len(rows) >= 12
        assert all(re.match(r".{22} \S", row) for row in rows), text
        assert all(len(row) < 80 for row in text.splitlines())


def test_lines_speak_swedish(fika):
    node = fika(face="--lines", nick="Åsa", prefix=("env", "LANGUAGE=sv"))
    node.expect_line("du heter Åsa i nätverket")
    node.say("\\help", "\\who", "\\channels", "\\links", "\\qqqq", "\\join a,b", "\\nick Bo")
    node.expect_line("\\help [ämne|kommando]")
    node.expect_line("förklarar fika efter ämne, och varje kommando")
    node.expect_line("#fika: Åsa")
    node.expect_line("(du)")
    node.expect_line("#fika: 1 här, 0 rader sparade, du skriver här")
    node.expect_line("det finns inga länkar än; \\connect värd:port gör en")
    node.expect_error("fika: \\qqqq finns inte; \\help räknar upp kommandona")
    node.expect_error("fika: a,b är inget kanalnamn")
    node.expect_line("du heter Bo nu")
    # A number in its form, which is another for one.
    node.say("ett", "\\channels")
    node.expect_line("#fika: 1 här, 1 rad sparad, du skriver här")
    helped = [line for line in node.lines if re.search(r"-- \\\w+", line)]
    columns = {re.match(r".*? -- (.*?  +)\S", line).end(1) for line in helped if "\\search" in line
               or "\\connect" in line or "\\who" in line}
    assert len(columns) == 1, helped
    node.say("\\help marks", "\\notify", "\\set", "\\set mouse sideways", "\\quiet often")
    node.expect_line("marks: vad tecknen framför en rad betyder")
    node.expect_line("…    din rad väntar: ingen annan har den än")
    node.expect_line("#fika: du får notiser om rader som nämner dig, eller ett ord du bevakar")
    node.expect_line("inga tysta timmar; \\quiet 22:00-07:00 sätter några")
    node.expect_line("kanalerna till vänster (auto|on|off)")
    node.expect_line("eller en egen fil (default|NAMN)")
    node.expect_error("fika: skriv så här: \\set mouse on|off")
    node.expect_error("fika: skriv så här: \\quiet 22:00-07:00, eller \\quiet off")
    node.quit()


def test_why_a_link_ended_is_translated(fika):
    ada = fika(face="--lines", nick="Ada", prefix=("env", "LANGUAGE=sv"))
    ada.expect_line("du heter Ada")
    port = re.search(r"lyssnar på port (\d+)", "\n".join(ada.lines)).group(1)
    bo = fika(f"127.0.0.1:{port}", nick="Bo", prefix=("env", "LANGUAGE=sv"))
    ada.expect_line("Bo är här")
    ada.expect_line("Bo gick med i #fika")
    bo.ever("link", state="up", nick="Ada")
    ada.say("\\links")
    ada.expect_line("uppe sedan ")
    bo.quit(5.0)
    ada.expect_line("Bo är borta: de lämnade")
    ada.quit()


def test_json_is_for_programs(fika):
    """Its keys and values are no texts; its sentences are."""
    ada = fika(nick="Ada", prefix=("env", "LANGUAGE=sv"))
    bo = fika(ada.address, nick="Bo")
    link = ada.ever("link", state="up", nick="Bo")
    ada.ever("member", state="here", nick="Bo")
    assert ada.command("\\nick Åsa", "heter")["text"] == "du heter Åsa nu"
    assert ada.command("\\nope", "finns inte")["event"] == "error"
    bo.say("hej")
    said = ada.ever("message", text="hej")
    seen = bo.ever("message", text="hej")
    assert said.keys() | {"held"} == seen.keys() and said["via"] == "link"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["time"])
    assert link.keys() == bo.ever("link", state="up").keys()
    bo.quit(5.0)
    assert ada.ever("link", state="down")["why"] == "they left"
    json.dumps(ada.events)
    assert not ada.seen("NOT JSON")


def test_history_file_is_the_same(fika, network, tmp_path):
    home = tmp_path / "home"
    node = fika(nick="Ada", profile="ada", home=home)
    node.say("ett", "två")
    node.ever("message", text="två")
    node.quit(5.0)
    export = ("export", "-P", "ada", "--network", network)
    english = run(home, *export)
    assert english == run(home, *export, LANGUAGE="sv")
    assert english[0].startswith("fika history 1\n")
    other = tmp_path / "other"
    os.makedirs(other)
    again = ("import", "-P", "ada", "--network", network)
    _, words = run(other, *again, stdin=english[0], LANGUAGE="sv")
    assert "fika: 2 rader var nya\n" in words


def test_screen_speaks_swedish(screen):
    one = screen(nick="Ada", LANGUAGE="sv")
    one.expect("0 länkar")
    one.type("\\nope")
    one.expect("\\nope finns inte")
    one.type("\\help start")
    one.expect("start: de första stegen: vilka som hör dig, och hur andra hittar hit")
    one.expect(" Escape stänger")
    one.type("\\help")
    one.expect("Page Up, Page Down; Escape stänger")
    one.keys("\x1b")
    one.gone("Escape stänger")
    one.type("\\quit")
    one.exits(2.0)


def test_installed_elsewhere(tmp_path):
    """`make install` brings the catalogue, and the program finds it from where it is."""
    root = os.path.dirname(os.path.dirname(BINARY))
    root = root if os.path.exists(os.path.join(root, "Makefile")) else os.path.dirname(root)
    subprocess.run(
        ["make", "-s", "-C", root, "install", f"DESTDIR={tmp_path}/put", "PREFIX=/opt/fika"],
        check=True,
        capture_output=True,
    )
    program = tmp_path / "put/opt/fika/bin/fika"
    done = subprocess.run(
        [program, "--nope"],
        env={**environment(str(tmp_path)), "LANGUAGE": "sv"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and SWEDISH in done.stderr.decode()
