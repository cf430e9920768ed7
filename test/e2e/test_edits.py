"""A line is changed by who said it: everybody sees what it says now, also after a start."""


def texts(node):
    """What the lines say now, by the seq they were said with."""
    said = {}
    for event in node.events:
        if event["event"] in ("message", "edited"):
            said[event["seq"]] = event["text"]
    return said


def stored(event):
    return event["event"] == "message" and event.get("edited", False)


def test_an_edit_is_heard_and_outlives_a_start(fika, tmp_path):
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = fika(nick="Ada", home=homes[0])
    bo = fika(ada.address, nick="Bo", home=homes[1])
    bo.ever("link", state="up")
    ada.say("first", "teh cat", "s/teh/the/")
    edited = bo.ever("edited", seq=2, author=ada.id, nick="Ada", channel="#fika")
    assert edited["text"] == "the cat"
    ada.ever("edited", seq=2, text="the cat")
    ada.say("\\edit")
    assert ada.ever("editing", channel="#fika")["text"] == "the cat"
    ada.say("\\edit the dog, and more")
    bo.ever("edited", seq=2, text="the dog, and more")
    ada.say("s/bird/fish/")  # what mends nothing is a line
    bo.ever("message", text="s/bird/fish/")
    ada.ever("held", seq=5)
    for node, home in ((ada, homes[0]), (bo, homes[1])):
        node.quit()
        again = fika("--last", "10", home=home)
        line = again.ever("message", seq=2)
        assert (line["text"], line["edited"]) == ("the dog, and more", True)
        assert "edited" not in again.ever("message", seq=1)
        again.say("\\search dog")
        again.ever("found", seq=2, text="the dog, and more", edited=True)
        again.quit()


def test_what_is_taken_back_is_taken_back_whole(fika, tmp_path):
    secrets = b"correct-horse", b"battery-staple"
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = fika(nick="Ada", home=homes[0])
    bo = fika(ada.address, nick="Bo", home=homes[1])
    bo.ever("link", state="up")
    ada.say(f"it is {secrets[0].decode()}", f"\\edit it is {secrets[1].decode()}")
    bo.ever("edited", seq=1)
    ada.say("\\forget")
    bo.ever("forgotten", seq=1)
    ada.ever("held", seq=3)
    ada.quit()
    bo.quit()
    for home in homes:
        data = b"".join(path.read_bytes() for path in home.rglob("history.db*"))
        assert secrets[0] not in data and secrets[1] not in data


def test_a_line_comes_into_the_input_to_be_changed(screen):
    one = screen(nick="Ada")
    one.expect("[#fika] ")
    one.type("teh cat")
    one.expect("> teh cat")
    one.type("\\edit")
    one.expect("[#fika] \\edit teh cat")
    one.keys("\x17\x17the cat\r")
    one.expect("> the cat (edited)")
    one.gone("> teh cat")
    one.type("s/cat/dog/")
    one.expect("> the dog (edited)")


def test_a_search_finds_what_a_line_says_now(fika):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo")
    bo.ever("link", state="up")
    ada.say("the kettle sings", "s/kettle/bottle/")
    bo.ever("edited", seq=1)
    for node in (ada, bo):
        node.say("\\search kettle")
        assert node.expect("found_end")["found"] == 0
        node.say("\\search bottle")
        assert node.expect("found", seq=1, edited=True)["text"] == "the bottle sings"


def test_who_reads_lines_gets_a_changed_one_once(fika, tmp_path):
    """As it is now, with when it was said, where it and all its changes come in one go."""
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = fika(nick="Ada", home=homes[0])
    bo = fika(ada.address, nick="Bo", home=homes[1])
    ada.say("known before")
    bo.ever("message", text="known before")
    bo.quit()
    ada.expect("link", state="down")
    for line in ("teh cat", "s/teh/the/", "s/cat/dog/", "s/dog/bird/", "and then", "\\edit and that"):
        ada.say(line)  # each an entry of a run of its own
        ada.expect("message" if line in ("teh cat", "and then") else "edited")
    bo = fika(ada.address, nick="Bo", home=homes[1], face="--lines")
    bo.expect_line("and that")
    bo.quit()
    assert [line[6:] for line in bo.lines if "<Ada>" in line] == ["#fika (edited) <Ada> the bird",
                                                                  "#fika (edited) <Ada> and that"]
