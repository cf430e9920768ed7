"""One person, several devices: backups, certificates, what others see, and a device that is lost."""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess

import pexpect
import pytest

from conftest import BINARY, ROOT, environment

SECRET = "several words of mine"


def identity(home, *arguments, lines=(), status=0):
    """fika identity with these lines at --pass-fd; what it says."""
    os.makedirs(home, exist_ok=True)
    done = subprocess.run([BINARY, "identity", *arguments, "--pass-fd", "0"],
                          env=environment(str(home)), input="".join(line + "\n" for line in lines),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done
    return done.stdout if status == 0 else done.stderr


def shown(home):
    return json.loads(identity(home, "--json"))


def words_of(home, profile="default"):
    """The 24 words of a profile's key, by BIP 39 and the file alone."""
    with open(os.path.join(home, "data", "fika", profile, "identity"), encoding="ascii") as file:
        seed = bytes.fromhex(file.read().split()[1])
    with open(os.path.join(ROOT, "src/base/wordlist_table.h"), encoding="ascii") as table:
        english = re.findall(r'"([a-z]+)"', table.read())
    bits = int.from_bytes(seed + hashlib.sha256(seed).digest()[:1], "big")
    return " ".join(english[bits >> (253 - 11 * i) & 2047] for i in range(24))


@pytest.fixture
def anna(tmp_path):
    """Homes of one person: her first machine, and a second that was restored by the words."""
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    identity(first)
    said = identity(second, "restore", "phone", lines=[words_of(first)])
    assert '"phone"' in said and "The words hold no nick" in said
    return first, second


def met(one, *others):
    for other in others:
        one.ever("member", state="here", id=other.id)
        other.ever("member", state="here", id=one.id)


@pytest.fixture
def reader(fika, tmp_path):
    """Cy, who sees what Anna says."""
    return fika(nick="Cy", home=tmp_path / "cy")


def linked(fika, reader, *homes, nick="Anna"):
    """Anna, at each of these homes, and all of them have met the reader."""
    machines = [fika(reader.address, nick=nick, home=home, profile="default") for home in homes]
    met(reader, *machines)
    return machines


# ---- fika identity ----


def test_what_is_shown(anna):
    first, second = shown(anna[0]), shown(anna[1])
    assert first["event"] == "identity" and first["id"] == first["person"]
    assert first["passphrase"] is False and first["profile"] == "default"
    assert [device["root"] for device in first["devices"]] == [True]
    assert second["person"] == first["id"] and second["id"] != first["id"]
    phone = second["devices"][1]
    assert phone["label"] == "phone" and phone["this"] and phone["id"] == second["id"]
    assert not second["devices"][0]["this"]
    assert second["id"] in identity(anna[1]) and "phone" in identity(anna[1])


def test_a_backup_in_a_file(tmp_path):
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "anna.backup"
    identity(first, "backup", "--file", file, lines=[SECRET, SECRET])
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    held = file.read_bytes()
    seed = (first / "data" / "fika" / "default" / "identity").read_text().split()[1]
    assert bytes.fromhex(seed) not in held and seed.encode() not in held
    assert "there already" in identity(first, "backup", "--file", file, lines=[SECRET, SECRET], status=1)
    assert file.read_bytes() == held
    other = tmp_path / "other.backup"
    assert "not the same" in identity(first, "backup", "--file", other, lines=[SECRET, "a slip"], status=1)
    assert not other.exists()
    assert "not the passphrase of the backup" in identity(
        second, "restore", "--file", file, lines=["wrong words of mine"], status=1)
    assert "device" not in os.listdir(second / "data" / "fika" / "default")
    identity(second, "restore", "--file", file, lines=[SECRET])
    assert shown(second)["person"] == shown(first)["id"]


def test_a_backup_that_was_damaged(tmp_path):
    first, file = tmp_path / "first", tmp_path / "anna.backup"
    identity(first, "backup", "--file", file, lines=["", "yes"])  # without a passphrase
    held = file.read_text()
    for damaged in (held[:-9], held[:60] + ("0" if held[60] != "0" else "1") + held[61:], "", "fika\n"):
        file.write_text(damaged)
        assert "no whole backup" in identity(tmp_path / "second", "restore", "--file", file, lines=[""],
                                             status=1)
    file.write_text(held)
    identity(tmp_path / "second", "restore", "--file", file, lines=[""])
    assert "there is none" in identity(first, "backup", "--file", tmp_path / "b", lines=[""], status=1)


def test_words_that_are_wrong(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    identity(first)
    words = words_of(first).split()
    slip = [*words[:3], words[3] + "q", *words[4:]]
    assert f'"{words[3]}"' in identity(second, "restore", lines=[" ".join(slip)], status=1)
    swapped = [*words[:2], words[3], words[2], *words[4:]]
    if words[2] != words[3]:
        assert "another order" in identity(second, "restore", lines=[" ".join(swapped)], status=1)
    assert "missing" in identity(second, "restore", lines=[" ".join(words[:23])], status=1)
    assert shown(second)["person"] == shown(second)["id"]
    identity(second, "restore", lines=[" ".join(words[:6]), " ".join(words[6:]).upper()])
    assert shown(second)["person"] == shown(first)["id"]


def test_what_a_device_cannot_do(anna):
    first, second = anna
    assert "device" in identity(second, "backup", "--file", second + "/b", lines=[SECRET, SECRET], status=1)
    assert "on a terminal only" in identity(first, "backup", status=1)
    assert "nothing to restore" in identity(first, "restore", lines=[words_of(first)], status=1)
    assert "cannot be taken back" in identity(first, "revoke", shown(first)["id"][:8], status=1)
    assert "no device" in identity(first, "revoke", "fridge", status=1)
    # The root's secret is on no disk but its own.
    with open(os.path.join(first, "data/fika/default/identity"), encoding="ascii") as file:
        seed = file.read().split()[1]
    for where, _, names in os.walk(second):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                held = file.read()
            assert bytes.fromhex(seed) not in held and seed.encode() not in held


def test_what_is_not_there_is_said_and_nothing_made(tmp_path):
    home = str(tmp_path / "home")
    for command in (["-P", "typo"], ["backup", "-P", "typo"], ["revoke", "phone", "-P", "typo"]):
        assert "there is no profile typo" in identity(home, *command, status=1)
    for command in (["export"], ["--unlock"]):
        done = subprocess.run([BINARY, *command, "-P", "typo"], env=environment(home), capture_output=True, text=True)
        assert done.returncode == 1 and "there is no profile typo" in done.stderr
    missing = str(tmp_path / "missing")
    assert f"there is no file {missing} to restore" in identity(home, "restore", "--file", missing, status=1)
    assert "is no whole backup" in identity(home, "restore", "--file", BINARY, "-P", "new", status=1)
    assert not os.path.exists(os.path.join(home, "data"))
    identity(home)  # one's own, where nothing is named
    assert os.listdir(os.path.join(home, "data/fika")) == ["default"]


def test_words_on_a_terminal(tmp_path):
    home = str(tmp_path / "home")
    identity(home)
    words = words_of(home).split()
    child = pexpect.spawn(BINARY, ["identity", "backup"], env=environment(home), encoding="utf-8", timeout=20)
    child.expect("Press Enter")
    # "24 words follow": no word of the list, which is numbered, nor two of them side by side. One alone may stand in the sentence.
    assert re.findall(r"\d+ ([a-z]+)", child.before) == ["words"]
    assert not any(f"{one} {next_one}" in child.before for one, next_one in zip(words, words[1:]))
    child.send("\n")
    child.expect("takes them off")
    listed = re.findall(r"\d+ ([a-z]+)", child.before)
    assert listed == words
    child.send("\n")
    child.expect(re.escape("\x1b[?1049l"))
    child.expect(pexpect.EOF)
    for where, _, names in os.walk(home):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                assert " ".join(words[:3]).encode() not in file.read()


# ---- what others see ----


def test_lines_of_both_carry_one_name(fika, reader, anna, tmp_path):
    [first] = linked(fika, reader, anna[0])
    first.say("from the desk")
    desk = reader.expect("message", text="from the desk")
    assert desk["author"] == first.id and "person" not in desk
    [phone] = linked(fika, reader, anna[1])
    assert not reader.seen("namesake") and "clash" not in reader.ever("member", id=phone.id)
    phone.quit()
    [phone] = linked(fika, reader, anna[1], nick="tester")
    phone.say("from the phone")
    device = reader.expect("device", state="certified")
    assert device["id"] == phone.id and device["person"] == first.id and device["label"] == "phone"
    line = reader.expect("message", text="from the phone")
    assert line["nick"] == "Anna" and line["author"] == phone.id and line["person"] == first.id
    assert "clash" not in line
    assert first.expect("message", text="from the phone")["person"] == first.id
    # It is said once in a channel, and again in another; also after a restart.
    phone.quit()
    phone = fika(reader.address, nick="tester", home=anna[1], profile="default")
    phone.say("again")
    reader.expect("message", text="again", seq=3)
    phone.say("\\join #tea", "tea")
    reader.say("\\join #tea")
    assert reader.expect("message", text="tea")["seq"] == 2
    # Who has the log has the certificate.
    late = fika(phone.address, nick="Dan", home=tmp_path / "dan")
    assert late.expect("message", text="again")["person"] == first.id
    phone.command("\\devices", "the first key")
    phone.ever("notice", text=lambda text: '"phone"' in text and "this one" in text)


def test_a_stranger_is_no_device(fika, reader, anna, tmp_path):
    [first] = linked(fika, reader, anna[0])
    stranger = fika(reader.address, nick="Anna", home=tmp_path / "eve")
    met(reader, stranger)
    first.say("it is me")
    reader.expect("message", text="it is me")
    stranger.say("me, too")
    line = reader.expect("message", text="me, too")
    assert "person" not in line and line["clash"] == "held"


def test_verified_ignored_and_blocked_is_the_person(fika, reader, anna):
    first, phone = linked(fika, reader, *anna)
    first.say("one")
    phone.say("two")
    reader.ever("message", text="one")
    reader.ever("message", text="two")
    reader.say("\\verify Anna")
    words = reader.expect("words", timeout=20)
    assert words["id"] == first.id
    phone.say("\\verify Cy")
    assert phone.expect("words", timeout=20)["words"] == words["words"]
    reader.say("\\verify Anna yes")
    reader.expect("person", verified=True)
    phone.say("three")
    assert reader.expect("message", text="three")["verified"] is True
    reader.say("\\ignore Anna")
    reader.expect("person", ignored=True)
    phone.say("four")
    assert reader.expect("message", text="four")["ignored"] is True
    reader.say("\\block Anna")
    reader.ever("link", state="down", id=phone.id)
    reader.ever("link", state="down", id=first.id)


def test_a_direct_line_goes_to_where_she_is(fika, reader, anna):
    [first] = linked(fika, reader, anna[0])
    first.say("one")
    reader.expect("message", text="one")
    first.quit()
    [phone] = linked(fika, reader, anna[1])
    phone.say("two")
    reader.expect("message", text="two")
    reader.say("\\msg Anna for you alone")
    heard = phone.expect("message", text="for you alone")
    assert heard["peer"] == reader.id
    phone.say("\\join @Cy", "and back")
    back = reader.expect("message", text="and back")
    assert back["peer"] == phone.id and back["person"] == first.id


def test_one_in_the_list(fika, anna, screen):
    first = fika(nick="Anna", home=anna[0], profile="default")
    phone = fika(first.address, nick="Anna", home=anna[1], profile="default")
    met(first, phone)
    first.say("one")
    phone.say("two")
    first.expect("message", text="two")
    one = screen(first.address, phone.address, nick="Cy", columns=120)
    one.expect("two")
    one.expect("Anna x2")
    assert one.wait(lambda rows: sum("Anna" in row[95:] for row in rows) == 1, what="one entry")
    first.say("\\revoke phone")
    one.expect("it was revoked")
    one.gone("Anna x2")


def test_it_is_with_the_history(fika, anna, network, tmp_path):
    """Carried by who is in no channel of theirs, and in an exported file."""
    first = fika(nick="Anna", home=anna[0], profile="default")
    carrier = fika(first.address, "-c", "other", nick="Dan", home=tmp_path / "dan")
    phone = fika(carrier.address, nick="tester", home=anna[1], profile="default")
    first.say("from the desk")
    phone.ever("message", text="from the desk")
    phone.say("from the phone")
    line = first.expect("message", text="from the phone")
    assert line["person"] == first.id
    first.quit()
    phone.quit()
    env = dict(env=environment(anna[0]), timeout=60, check=True)
    file = subprocess.run([BINARY, "export", "--network", network, "-P", "default"], capture_output=True, **env).stdout
    lines = subprocess.run([BINARY, "export", "--json", "--network", network, "-P", "default"], capture_output=True,
                           **env).stdout.splitlines()
    told = {line["text"]: line.get("person") for line in map(json.loads, lines)}
    assert told == {"from the desk": None, "from the phone": first.id}
    env["env"] = environment(str(tmp_path / "ed"))
    os.makedirs(tmp_path / "ed", exist_ok=True)
    subprocess.run([BINARY, "import", "--network", network, "-P", "default"], input=file, capture_output=True, **env)
    late = fika("--last", "10", nick="Ed", home=tmp_path / "ed", profile="default")
    assert late.expect("message", text="from the phone")["person"] == first.id


def test_a_direct_window_says_whose_it_is(fika, anna, tmp_path):
    """Where there is no other channel the certificate comes sealed, as the line does."""
    reader = fika("-c", "cy", nick="Cy", home=tmp_path / "cy")
    phone = fika(reader.address, "-c", "phone", nick="Anna", home=anna[1], profile="default")
    phone.ever("link", state="up", id=reader.id)
    phone.say("\\msg Cy hello")
    assert reader.expect("device", state="certified")["id"] == phone.id
    line = reader.expect("message", text="hello")
    assert line["person"] == shown_root(anna) and line["peer"] == phone.id and line["nick"] == "Anna"
    phone.say("and more")
    reader.expect("message", text="and more")
    assert len(reader.seen("device")) == 1
    phone.quit()
    phone = fika(reader.address, nick="Anna", home=anna[1], profile="default")
    phone.say("\\msg Cy again")
    assert reader.expect("message", text="again")["seq"] == 4  # it is said once


def shown_root(anna):
    return shown(anna[0])["id"]


def test_under_a_passphrase(anna, tmp_path):
    first, second = anna
    for home in anna:
        subprocess.run([BINARY, "--lock", "-P", "default", "--pass-fd", "0"], env=environment(home),
                       input=(SECRET + "\n").encode(), capture_output=True, timeout=60, check=True)
    told = json.loads(identity(second, "--json", lines=[SECRET]))
    assert told["passphrase"] is True and told["devices"][1]["label"] == "phone"
    with open(os.path.join(second, "data/fika/default/device"), "rb") as file:
        assert b"fika-device" not in file.read()
    assert "not the passphrase of the profile" in identity(second, lines=["wrong words of mine"], status=1)
    identity(first, "backup", "--file", tmp_path / "b", lines=[SECRET, "another one", "another one"])


# ---- a device that is lost ----


def test_revoked(fika, reader, anna, tmp_path):
    first, phone = linked(fika, reader, *anna)
    first.say("from the desk")
    phone.say("while it was hers")
    first.expect("message", text="while it was hers")
    assert reader.expect("message", text="while it was hers")["person"] == first.id
    phone.quit()
    shutil.copytree(anna[1], tmp_path / "stolen")  # so it knows nothing of what follows
    phone = fika(reader.address, nick="Anna", home=anna[1], profile="default")
    reader.expect("member", state="here", id=phone.id)
    first.say("\\revoke phone")
    first.expect("device", state="revoked", id=phone.id)
    first.command("\\revoke phone", "no device of yours any more")
    gone = reader.expect("device", state="revoked")
    assert gone["id"] == phone.id and gone["person"] == first.id
    reader.ever("link", state="down", id=phone.id)
    # Who does not know it yet brings what the thief says.
    carrier = fika(nick="Dan", home=tmp_path / "dan")
    thief = fika(carrier.address, nick="Anna", home=str(tmp_path / "stolen"), profile="default")
    thief.say("s/hers/mine/", "from the thief")
    carrier.expect("message", text="from the thief")
    # Who does not know it believes him, as soon as the line itself has come: what is said now comes before what was.
    carrier.wait(lambda: carrier.seen("edited", text="while it was mine") or
                 carrier.seen("message", text="while it was mine"), 10, "the line that was changed")
    thief.quit()
    carrier.say(f"\\connect {reader.address}")
    line = reader.expect("message", text="from the thief")
    assert line["revoked"] is True and "person" not in line
    assert not reader.seen("edited")
    carrier.expect("device", state="revoked")
    # Before and after are told apart on a disk that has both, and by one who comes late.
    late = fika(reader.address, nick="Ed", home=tmp_path / "ed")
    late.ever("message", text="from the thief")  # it may come before the revocation does
    late.ever("device", state="revoked")
    late.quit()
    late = fika("--last", "20", nick="Ed", home=tmp_path / "ed")
    assert late.expect("message", text="from the thief")["revoked"] is True
    carrier.quit()
    carrier = fika("--last", "20", nick="Dan", home=tmp_path / "dan")
    good = carrier.expect("message", text="while it was hers")
    assert "revoked" not in good and "edited" not in good and good["person"] == first.id
    assert carrier.expect("message", text="from the thief")["revoked"] is True


def test_a_revoked_device_is_nobody_else(fika, reader, anna, tmp_path):
    """It had the name last, by right: neither its person nor others are told that somebody else had."""
    first, phone = linked(fika, reader, *anna)
    ed = fika(reader.address, nick="Ed", home=tmp_path / "ed")
    phone.say("from the phone")
    for node in (ed, first):
        node.ever("message", text="from the phone")
    first.say("\\revoke phone")
    ed.expect("device", state="revoked")
    for node in (phone, ed, first):
        node.quit()
    ed = fika(reader.address, nick="Ed", home=tmp_path / "ed")
    [first] = linked(fika, reader, anna[0])
    first.say("from the desk")
    for node in (ed, first):
        node.ever("message", text="from the desk")
        assert not node.seen("namesake")


def test_the_next_device_after_a_revoked_one(fika, anna, screen, tmp_path):
    """It is hers as the others are: no warning, and no digits behind her name."""
    tablet_home = str(tmp_path / "tablet")
    first = fika(nick="Anna", home=anna[0], profile="default")
    phone = fika(first.address, nick="Anna", home=anna[1], profile="default")
    met(first, phone)
    cy = fika(first.address, phone.address, nick="Cy")
    one = screen(first.address, phone.address, nick="Dan", columns=120)
    one.expect("Anna x2")
    first.say("from the desk")
    phone.say("from the phone")
    one.expect("<Anna> from the phone")
    cy.ever("message", text="from the phone")
    first.say("\\revoke phone")
    one.expect("it was revoked")
    one.gone("Anna x2")
    phone.quit()
    identity(tablet_home, "restore", "tablet", lines=[words_of(anna[0])])
    tablet = fika(cy.address, nick="Anna", home=tablet_home, profile="default")
    cy.ever("link", state="up", id=tablet.id)
    tablet.say("from the tablet")
    cy.ever("message", text="from the tablet")
    one.expect("<Anna> from the tablet")
    one.expect("Anna x2")
    rows = one.wait(lambda rows: rows, what="the screen")
    for row in rows:
        assert "is not the" not in row and "is another than" not in row, rows
        assert "<Anna " not in row, rows  # digits
    for node in (first, cy):
        assert not node.seen("namesake"), node.story()


def test_revoked_by_the_words_and_said_later(fika, reader, anna, tmp_path):
    """The first machine is gone; the phone has the words typed, and revokes a third."""
    third = str(tmp_path / "third")
    identity(third, "restore", "laptop", lines=[words_of(anna[0])])
    laptop, phone = linked(fika, reader, third, anna[1])
    laptop.say("one")
    phone.say("two")
    phone.expect("message", text="one")
    reader.expect("message", text="two")
    assert "first" in phone.command("\\revoke laptop")["text"]
    phone.quit()
    assert "another identity" in identity(anna[1], "revoke", "laptop", lines=[" ".join(["zoo"] * 23 + ["vote"])],
                                          status=1)
    identity(anna[1], "revoke", "laptop", lines=[words_of(anna[0])])
    assert [d["revoked"] for d in shown(anna[1])["devices"] if d["label"] == "laptop"] == [True]
    fika(reader.address, nick="Anna", home=anna[1], profile="default")
    assert reader.ever("device", state="revoked")["id"] == laptop.id
    laptop.ever("link", state="down", nick="Cy")
