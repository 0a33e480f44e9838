"""Where the pages and the messages meet: links that lead to pages, and words that pages find for what was done."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fakes.town import SECRET, Browser, Town

from dashboards import outcomes, wording
from dashboards.speech import speech
from monitors.ledger import audit
from monitors.ledger.outbox import Letter
from monitors.messages.composer import Composer


@pytest.mark.parametrize(
    ("kind", "number", "payload"),
    [
        ("alert", 1, {}),
        ("silent_source", None, {"source": "rss", "brand": "*", "error": "No answer.", "since": None}),
    ],
)
def test_every_link_of_a_message_opens_a_page(
    kind: str, number: int | None, payload: Mapping[str, Any], town: Town, as_: Callable[[str | None], Browser]
) -> None:
    """Whoever follows a link of a message finds the page that it promises."""
    composer = Composer(town.ledger, "", SECRET, town.clock)
    links = composer.compose(Letter("k", "anna", "mail", kind, number, payload)).links
    anna = as_("anna")
    assert links
    assert {label: anna.get(address).status_code for label, address in links.items()} == dict.fromkeys(links, 200)


def test_audit_log_speaks_the_readers_language(town: Town, as_: Callable[[str | None], Browser]) -> None:
    """What people do to incidents and to each other is not told in the words of the program."""
    emma = as_("emma")
    emma.form("/incidents/1/acknowledge")
    emma.form("/incidents/1/promise", due="10", what="")
    emma.form("/incidents/1/assign", assignee="olga")
    emma.form("/incidents/1/note", text="rang her")
    emma.form("/promises/1/keep")
    emma.form("/promises/1/unkeep")
    emma.form("/promises/1/withdraw")
    emma.form("/incidents/1/resolve", verdict="right", note="")
    emma.form("/incidents/1/reopen")
    with town.ledger.read() as tx:
        done = {row.action for row in audit.newest(tx)}
    assert done >= {"acknowledged", "promised", "assigned", "note", "resolved", "reopened"}
    assert done <= set(wording.AUDITED)
    assert set(wording.EVENTS) <= set(wording.AUDITED)


def test_log_says_the_day_of_a_promise_and_the_names_of_people() -> None:
    """Ten o'clock tomorrow is not ten o'clock, and people are called by the names that they show."""
    say = speech("et")
    promised = wording.event(say, "promised", {"due_at": "2026-11-23T08:00:00+00:00", "what": "Helistame"}, {})
    assert promised == "lubas (tähtaeg 23. nov, 10:00): Helistame"
    assert wording.event(say, "escalated", {"to": ["olga", "ghost"]}, {"olga": "Olga"}).endswith(": Olga, ghost")


def test_log_says_why_a_case_was_opened_again() -> None:
    """A person took a resolution back, or the customer wrote: in the reader's language."""
    told = {
        name: (
            wording.event(speech(name), "reopened", {}, {}),
            wording.event(speech(name), "reopened", {"post": "x:1"}, {}),
        )
        for name in ("en", "et", "fi", "ru")
    }
    assert told["en"] == ("reopened it", "opened it again, because the customer wrote")
    assert told["et"] == ("avas uuesti", "avas uuesti, sest klient kirjutas")
    assert len({text for both in told.values() for text in both}) == 8


def test_figures_that_are_nothing_are_left_out() -> None:
    """No complaints in the last hour is no reason for an alert."""
    assert [value for _, value in outcomes.figures(speech("en"), {"risk": 38.4, "story_last_hour": 0})] == ["38"]
