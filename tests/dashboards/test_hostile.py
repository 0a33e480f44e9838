"""Posts that attack the pages: their text is shown, and is nothing but text, everywhere."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from fakes.town import Browser, Said, Town
from hypothesis import given
from hypothesis import strategies as st

from dashboards.passages import cut
from dashboards.rendering import safe_url
from models.scores import Remedy, Signal
from monitors.ledger import incidents, removal
from monitors.ports import Gone

ATTACKS = (
    "<script>alert(1)</script> Omniva",
    'Omniva "><img src=x onerror=alert(1)>',
    "Omniva '-alert(1)-' </title></textarea><svg/onload=alert(1)>",
    "Omniva {{ 7*7 }} {% include 'base.html' %} %(n)s %s",
    "Omniva \u202egnirts\u202c \x1b[31mred &lt;b&gt; &amp;",
)
ROOMS = (
    "/inbox",
    "/overview",
    "/search?q=Omniva",
    "/sources",
    "/audit",
    "/people",
    "/tokens",
    "/api",
    "/account",
    "/incidents/{id}",
    "/posts/{seq}",
)


class Read(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.said += data


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_the_internet_is_only_text(attack: str, town: Town, as_: Callable[[str | None], Browser]) -> None:
    """In texts, authors, addresses, notes, promises, searches, corrections: no page gets a tag or attribute from it."""
    said = Said(attack, signals=((Signal.NO_ANSWER, attack[2:9]),), author=attack[:60], url="javascript:alert(1)")
    number = town.say("Omniva", "attack", [said], risk=99.0)
    anna = as_("anna")
    assert anna.form(f"/incidents/{number}/note", text=attack).status_code == 303
    assert anna.form(f"/incidents/{number}/promise", due="10", what=attack).status_code == 303
    assert anna.form("/account", display=attack, language="en", timezone="Europe/Tallinn").status_code == 303
    picked = {"version": "1", "signal": "rude_staff", "words": attack}
    assert anna.form(f"/posts/{town.count}/correct", **picked).status_code == 303
    assert anna.form(f"/posts/{town.count}/correct", **{**picked, "words": f"{attack}!"}).status_code == 400
    for room in ROOMS:
        text = anna.get(room.format(id=number, seq=town.count)).text
        read = Read(text)
        for tag, attributes in read.tags:
            assert tag != "script" or attributes.get("src", "").startswith("/static/"), (room, attributes)
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (
                room,
                tag,
                attributes,
            )
            address = attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
            assert address == "" or address.startswith(("/", "#", "https://social.example/")), (room, address)
        assert len([tag for tag, _ in read.tags if tag == "title"]) == 1
        assert "\u202e" not in text.partition("</title>")[0], room
    assert re.sub(r"\s", "", attack) in re.sub(r"\s", "", Read(anna.get(f"/incidents/{number}").text).said)
    found = Read(anna.get("/search", params={"q": attack}).text)
    assert dict(found.tags).get("script", {}).get("src", "").startswith("/static/")


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://a.example/1", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https:", False),
        ("http://[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, *, opens: bool) -> None:
    """What is not an http or https address is never a link."""
    assert (safe_url(url) is not None) is opens


def test_links_to_posts_give_nothing_away(as_: Callable[[str | None], Browser]) -> None:
    """A link out of the house opens alone, is not followed by robots, and does not say where it was."""
    outside = [
        attributes
        for tag, attributes in Read(as_("emma").get("/incidents/1").text).tags
        if tag == "a" and str(attributes["href"]).startswith("https://social.example")
    ]
    assert len(outside) == 2
    assert all(set(str(each["rel"]).split()) == {"noopener", "nofollow", "noreferrer"} for each in outside)


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 50), st.integers(-5, 50)), max_size=6),
)
def test_cutting_loses_nothing(text: str, spans: list[tuple[str, int, int]]) -> None:
    """Whatever spans come, overlapping or outside, the passages together are the text, and marks lie in their spans."""
    passages = cut(text, spans)
    assert "".join(passage.text for passage in passages) == text
    at = 0
    for passage in passages:
        for name in passage.marks:
            assert any(span[0] == name and span[1] <= at and at + len(passage.text) <= span[2] for span in spans)
        at += len(passage.text)


def test_deleted_posts_leave_the_pages(town: Town, as_: Callable[[str | None], Browser]) -> None:
    """An incident whose posts are gone still opens, and says so instead of showing an empty line."""
    number = town.say("Omniva", "gone", [Said("Omniva gone")], risk=60.0)
    with town.ledger.write() as tx:
        first = incidents.story_posts(tx, "Omniva", "gone")[0]
        tx.exec_driver_sql("UPDATE incidents SET story_id = ? WHERE id = ?", (first.uid, number))
        removal.remove(tx, "town", [Gone(first.native_id, "deleted", town.clock())], town.clock())
    assert "(deleted at its source)" in as_("emma").get("/inbox").text
    assert "No posts are kept" in as_("emma").get(f"/incidents/{number}").text


_DESK = (
    *ROOMS,
    "/incidents/{id}/conceding",
    "/incidents/{id}/conceding?cost=%3Cscript%3E&hours=%22%3E",
    "/promises",
    "/weekly",
    "/weekly?brand=%3Cscript%3E",
    "/rota",
    "/playbook",
    "/playbook/refund-demanded?language=%3Cscript%3E",
    "/check",
)
LOCAL_ATTACKS = (
    'Omniva tagastage 79 € </script><script>alert(1)</script> "><img src=x onerror=alert(1)> või lähen kohtusse!',
    "Omniva верните 1000 евро \u202eтпирк\u202c '><svg/onload=alert(1)> {{7*7}} [тут](javascript:alert(1)) или в суд!",
)


@pytest.mark.parametrize("attack", LOCAL_ATTACKS)
@pytest.mark.parametrize("name", ["sirje", "olga", "anna"])
def test_the_desk_shows_only_text(attack: str, name: str, town: Town, as_: Callable[[str | None], Browser]) -> None:
    """What posts and colleagues write into every form of the desk is text on every page of it, in et, ru and en."""
    said = Said(attack, "et", ((Signal.REFUND_DEMAND, attack[2:9]),), author=attack[:60], remedy=Remedy.MONEY_BACK)
    number = town.say("Omniva", "attack", [said], risk=99.0)
    anna, there = as_("anna"), f"/incidents/{number}"
    answer = {"text": attack, "post": "0", "language": "et"}
    typed: list[tuple[str, dict[str, str]]] = [
        ("reply", {**answer, "act": "told", "place": "public"}),
        ("claim", {}),
        ("hand-over", {"to": "emma", "note": attack}),
        ("ask", {"manager": "anna", "question": attack}),
        ("concession", {"choice": "let_go", "remedy": "money_back", "reason": attack}),
        ("promise", {"due": "10", "what": attack}),
        ("reply", {**answer, "act": "ask", "place": "direct", "manager": "anna"}),
    ]
    for form, fields in typed:
        assert anna.form(f"{there}/{form}", **fields).status_code == 303, form
    away = {"person": "anna", "kind": "away", "begins": "2026-03-10T09:00", "ends": "2026-03-12T09:00"}
    assert anna.form("/rota/away", **away, note=attack).status_code == 303
    assert anna.form(f"{there}/resolve", verdict="right", promises="keep", note=attack).status_code == 303
    learnt = {"cause": "other", "remedy": "none", "cost": "1", "lesson": attack}
    assert anna.form(f"{there}/learn", **learnt).status_code == 303
    assert anna.form("/account", display=attack, language="en", timezone="Europe/Tallinn").status_code == 303
    reader = as_(name)
    pages = {room: reader.get(room.format(id=number, seq=town.count)) for room in _DESK}
    asked = {"text": attack, "language": "et", "complaint": attack, "earlier": attack, "insert": attack[:40]}
    pages["/check, asked"] = reader.form("/check", **asked)
    pages["/replies/check"] = reader.form("/replies/check", **asked)
    for room, answer in pages.items():
        assert answer.status_code in {200, 403}, room
        for tag, attributes in Read(answer.text).tags if answer.headers["content-type"].startswith("text/html") else ():
            assert tag != "script" or attributes.get("src", "").startswith("/static/"), (room, attributes)
            assert not [one for one in attributes if one.startswith("on") or one == "style"], (room, tag, attributes)
            address = attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
            assert address == "" or address.startswith(("/", "#", "?", "https://social.example/")), (room, address)
    assert re.sub(r"\s", "", attack) in re.sub(r"\s", "", Read(pages["/incidents/{id}"].text).said)
