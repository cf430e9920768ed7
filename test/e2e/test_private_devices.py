"""One person, several devices, in private channels: they come in together, and a lost one goes."""

from test_devices import anna, met  # noqa: F401 (a fixture)
from test_private import PLANS, called, create, join


def says(node, text, *readers):
    node.say(f"\\channel {PLANS}", text)
    for reader in readers:
        reader.expect("message", text=text, channel=PLANS)


def is_invited(node, by):
    join(node, node.ever("invitation", channel=called(PLANS), by=by.id))
    node.ever("admitted", own=True)


def test_whom_one_invites_is_the_person(fika, anna, tmp_path):  # noqa: F811
    cy = fika(nick="Cy", home=tmp_path / "cy")
    dan = fika(cy.address, nick="Dan", home=tmp_path / "dan")
    first = fika(cy.address, nick="Anna", home=anna[0], profile="default")
    phone = fika(cy.address, nick="root", home=anna[1], profile="default")
    met(cy, first, phone)
    met(cy, dan)
    cy.ever("device", state="certified", id=phone.id)
    create(cy)
    cy.say("\\invite Dan", "\\invite Anna history")
    is_invited(dan, cy)
    cy.ever("notice", text=lambda text: text.startswith(f"Anna is invited to {PLANS}"))
    for node in (first, phone):
        is_invited(node, cy)
        cy.ever("admitted", id=node.id)
    says(cy, "to all of you", dan, first, phone)
    says(phone, "from the phone", cy, first, dan)
    # It is lost: who let it in puts it out, and nobody is asked. Whatever it called itself, it was Anna's.
    first.say("\\revoke phone")
    gone = cy.ever("removed", id=phone.id)
    assert gone["label"] == "phone" and gone["person"] == first.id
    cy.ever("notice", text=lambda text: "a device of Anna was revoked" in text)
    dan.ever("removed", id=phone.id)
    says(cy, "without the phone", first, dan)
    says(first, "it was stolen", cy, dan)
    assert not phone.seen("message", text="without the phone")
    # And who is removed is so with all devices.
    cy.say("\\remove Anna")
    dan.ever("removed", id=first.id)
    says(cy, "between us", dan)
    assert not first.seen("message", text="between us")


def test_a_device_of_ones_own_is_invited_by_itself(fika, anna, tmp_path):  # noqa: F811
    first = fika(nick="Anna", home=anna[0], profile="default")
    create(first)
    says(first, "before")
    phone = fika(first.address, nick="Anna", home=anna[1], profile="default")
    met(first, phone)
    first.ever("notice", text=f"another device of Anna is invited to {PLANS}, too")
    assert first.ever("admitted", id=phone.id)["nick"] == "Anna"
    is_invited(phone, first)
    phone.ever("message", text="before", channel=PLANS)
    # As the founder it may let in others there, too.
    bo = fika(phone.address, nick="Bo", home=tmp_path / "bo")
    met(phone, bo)
    phone.say(f"\\channel {PLANS}", "\\invite Bo")
    is_invited(bo, phone)
    says(bo, "hello", first, phone)
