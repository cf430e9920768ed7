"""A line is answered with a sign: all count the same, also after a start, whatever came first."""


def list_of(*signs):
    return [{"reaction": sign, "count": count, "own": own} for sign, count, own in signs]


def test_signs_are_counted_and_outlive_a_start(fika, tmp_path):
    homes = tmp_path / "ada", tmp_path / "bo"
    ada = fika(nick="Ada", home=homes[0])
    bo = fika(ada.address, nick="Bo", home=homes[1])
    bo.ever("link", state="up")
    ada.say("first", "second")
    bo.ever("message", text="second")
    bo.say("mine", "\\react 👍")  # the last line of another
    heard = ada.expect("reaction", author=ada.id, seq=2, who=bo.id, nick="Bo", channel="#fika")
    assert (heard["reaction"], heard["state"], heard["own"]) == ("👍", "put", False)
    assert heard["reactions"] == list_of(("👍", 1, False))
    assert bo.expect("reaction", seq=2)["reactions"] == list_of(("👍", 1, True))
    ada.say("\\react :+1: 2")  # by its name; the last but one, which is her own
    bo.expect("reaction", who=ada.id, seq=2, reactions=list_of(("👍", 2, True)))
    bo.say("\\react ❤", "\\react + 3")
    ada.expect("reaction", seq=2, reaction="❤", reactions=list_of(("👍", 2, True), ("❤", 1, False)))
    ada.expect("reaction", seq=1, reaction="+")
    bo.say("\\react ❤")
    taken = ada.expect("reaction", seq=2, reaction="❤", state="taken")
    assert taken["reactions"] == list_of(("👍", 2, True))
    ada.ever("held", seq=3)
    for node, home in ((ada, homes[0]), (bo, homes[1])):
        node.quit()
        again = fika("--last", "10", home=home)
        assert again.ever("message", text="second")["reactions"] == list_of(("👍", 2, True))
        assert again.ever("message", text="first")["reactions"][0]["reaction"] == "+"
        assert "reactions" not in again.ever("message", text="mine")
        again.say("\\search second")
        assert again.ever("found", seq=2)["reactions"] == list_of(("👍", 2, True))
        again.quit()


def test_a_sign_may_come_before_its_line(fika, tmp_path):
    """Cy has Bo's log before Ada's: what Bo put is there as soon as Ada's line is."""
    ada = fika(nick="Ada", home=tmp_path / "ada")
    bo = fika(ada.address, nick="Bo", home=tmp_path / "bo")
    bo.ever("link", state="up")
    ada.say("hello")
    bo.ever("message", text="hello")
    bo.say("\\react 👍")
    ada.ever("reaction", seq=1)
    cy = fika(bo.address, nick="Cy", home=tmp_path / "cy")
    cy.ever("message", text="hello", author=ada.id)
    cy.wait(lambda: cy.seen("message", reactions=list_of(("👍", 1, False))) or
            cy.seen("reaction", reactions=list_of(("👍", 1, False))), what="the sign")
    cy.say("\\react 👍")
    ada.expect("reaction", who=cy.id, reactions=list_of(("👍", 2, False)))


def test_a_line_that_is_taken_back_takes_its_signs_along(fika, tmp_path):
    home = tmp_path / "bo"
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo", home=home)
    bo.ever("link", state="up")
    ada.say("kept", "wrong")
    bo.ever("message", text="wrong")
    bo.say("\\react 👍", "\\react 👍 2")
    ada.expect("reaction", seq=2)
    ada.expect("reaction", seq=1)
    ada.say("\\forget")
    bo.ever("forgotten", seq=2)
    bo.say("\\react ❤ 2")
    bo.ever("error", text=lambda text: "there is no such line" in text)
    bo.quit()
    again = fika("--last", "10", home=home)
    again.ever("message", text="kept", reactions=list_of(("👍", 1, True)))
    assert not again.seen("message", seq=2)


def test_nobody_can_crowd_a_line(fika):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo")
    bo.ever("link", state="up")
    ada.say("hello")
    bo.ever("message", text="hello")
    bo.say(*(f"\\react s{n}" for n in range(40)))
    last = ada.expect("reaction", reaction="s39")
    assert len(last["reactions"]) == 8
    bo.say("\\react 8-letter", "\\react nine-letters", "\\react")
    ada.expect("reaction", reaction="8-letter")
    bo.ever("error", text=lambda text: text.startswith("nine-letters is too wide"))
    bo.ever("error", text=lambda text: text.startswith("type it so: \\react"))


def test_lines_say_it_in_a_sentence(fika, tmp_path):
    home = tmp_path / "ada"
    ada = fika(nick="Ada", home=home)
    bo = fika(ada.address, nick="Bo", face="--lines")
    bo.expect_line("Ada")
    ada.say("hello")
    bo.expect_line("<Ada> hello")
    bo.say("\\react 👍")
    bo.expect_line("-- you put 👍 behind a line of Ada in #fika: hello (👍 1*)")
    ada.expect("reaction", seq=1)
    ada.say("\\react 👍 1")
    bo.expect_line("-- Ada puts 👍 behind a line of Ada in #fika: hello (👍 2*)")
    ada.say("\\react 👍 1")
    bo.expect_line("-- Ada takes 👍 away from a line of Ada in #fika: hello (👍 1*)")
    ada.quit()
    again = fika("--last", "5", face="--lines", home=home)
    again.expect_line("#fika (👍 1) <Ada> hello")


def test_a_screen_shows_them_behind_the_line(screen, fika, tmp_path):
    one = screen(nick="Ada", port=None, home=tmp_path / "ada")
    one.expect("[#fika] ")
    one.type("\\react 👍")
    one.expect("there is no such line here")
    one.type("hello")
    one.expect("> hello")
    one.type("more")
    one.expect("> more")
    one.keys("\\react :rock\t")
    one.expect("🚀")
    one.keys("2\r")
    one.expect("> hello (🚀 1*)")
    one.type("\\react + 1")
    one.expect("> more (+ 1*)")
    one.type("\\react + 1")
    one.gone("(+ 1*)")
    one.type("s/more/less/")
    one.expect("> less (edited)")
    one.type("\\react + 1")
    one.expect("> less (edited) (+ 1*)")
    one.type("\\forget")
    one.gone("(+ 1*)")
    one.type("\\quit")
    one.exits(2)
    again = screen(nick="Ada", port=None, home=tmp_path / "ada")
    again.expect("> hello (🚀 1*)")
