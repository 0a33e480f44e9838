"""Messages: every kind in every language says what happened, why, and what to do; strangers cannot write in them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.pipeline import Bench, Reader
from servers.ledgers import sqlite_ledger
from sqlalchemy import update

from models.decision import Reason
from models.language import LanguageDetector
from models.post import Author, Post
from models.scores import GRAVEST_FIRST, Scores, Signal
from monitors import links
from monitors.errors import StopSource
from monitors.ledger import bursts, outbox, people, promises, replies
from monitors.ledger.answers import Place
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import NewPromise
from monitors.ledger.replies import NewReply
from monitors.ledger.schema import decisions
from monitors.messages import Composer
from monitors.messages.wording import KINDS, LANGUAGES, Wording, words
from monitors.pipeline.roster import Roster

CAUSE = {
    "story": {"posts": 31, "share": 0.8},
    "source": {"name": "file", "posts": 40, "share": 0.9},
    "language": {"name": "et", "posts": 40, "share": 0.9},
    "words": {"kapp": 12, "kadunud": 9},
}
HOSTILE = "danger acme </p><script>alert(1)</script>\r\nBcc: all@example.com {{ secret_key }} \u202egnp.exe \x1b[31m"


@pytest.fixture
def composer(
    tmp_path: Path, clock: Callable[[], datetime], scores: Callable[..., Scores], post: Callable[..., Post]
) -> Composer:
    """A composer over a ledger with one incident about a hostile post, and a reader for each language."""
    ledger = sqlite_ledger(tmp_path)
    bench = Bench(ledger, clock, Reader(scores), Roster(("en",), {"en": ("mail",)}))
    with ledger.write() as tx:
        for language in LANGUAGES:
            people.save(
                tx, Person(language, language, Role.SUPPORT, language, "Europe/Tallinn", ("mail",)), "test", clock()
            )
    with ledger.write() as tx:
        for number, (counted, minutes) in enumerate((("complaints", 30), ("safety_issue", 720))):
            new = bursts.NewBurst(
                "acme",
                counted,
                ("burst", "rise")[number],
                clock(),
                clock(),
                30.0,
                42,
                7.0 * number,
                "file:1",
                {"minutes": minutes, **CAUSE},
                "Sale",
            )
            bursts.open_burst(tx, new, clock())
    bench.judged(
        post("1", text=HOSTILE, url="https://example.com/1\nX: y", author=Author("a", name="Eve\r\nBcc: x@y.z"))
    )
    with ledger.write() as tx:
        replies.draft(tx, NewReply(1, "en", Place.PUBLIC, HOSTILE, "en", "file:1"), clock())
    return Composer(ledger, "https://pages.example.com", "secret-key", clock)


TIMED = {"reminder", "broken_promise", "escalation", "silent_source", "silent_channel", "customer_wrote"}
UNBOUND = {"silent_source", "swap_asked", "swap_refused", "duty_changed", "digest", "weekly", "silent_channel", "test"}
"""Kinds of messages that are about no one incident."""


def _letter(kind: str, language: str) -> Letter:
    at = "2026-11-20T12:30:00+00:00"
    payload = {
        "alert": {"post": "file:1", "reason": "danger", "figures": {}},
        "again": {"post": "file:1", "reason": "story_grows", "figures": {}},
        "escalation": {"reason": "danger", "opened_at": at, "figures": {}},
        "reminder": {"promise": 1, "what": "We call", "due_at": at},
        "broken_promise": {"promise": 1, "what": "We call", "due_at": at, "owner": "en"},
        "unanswered": {"post": "file:1", "waits_since": at, "answer_by": at, "owner": "en"},
        "customer_wrote": {"post": "file:1", "answer_by": at, "urgent": True},
        "swap_asked": {"change": 1, "asker": "en", "begins_at": at, "ends_at": at, "anybody": True},
        "swap_refused": {"change": 1, "by": "en", "begins_at": at, "ends_at": at},
        "duty_changed": {
            "change": 1,
            "begins_at": at,
            "ends_at": at,
            "by": "en",
            "has": language,
            "had": "olga",
            "back": False,
        },
        "handed_over": {"post": "file:1", "giver": "en", "note": "She wants a call"},
        "approval_asked": {"post": "file:1", "asker": "en", "answer": 1},
        "answer_news": {"post": "file:1", "answer": 1, "became": "refused", "giver": "en"},
        "manager_asked": {"post": "file:1", "asker": "en", "question": "May I refund?", "answer_by": at},
        "manager_answered": {"post": "file:1", "giver": "en", "question": "May I refund?", "answer": "Yes, do"},
        "silent_source": {"source": "rss", "brand": "*", "error": "no answer.", "since": at},
        "digest": {"incidents": [1], "count": 3},
        "burst": {"burst": 2, "again": True},
        "weekly": {
            "week_from": "2026-11-16T00:00:00+02:00",
            "week_to": "2026-11-23T00:00:00+02:00",
            "against": {"acme": {"what": "deliveries", "per_day": 43000}},
        },
        "silent_channel": {"channel": "chat", "back": False, "since": at, "error": "time-out"},
        "test": {"channel": "chat"},
    }[kind]
    return Letter("k", language, "mail", kind, None if kind in UNBOUND else 1, payload)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_language(composer: Composer, kind: str, language: str) -> None:
    """It renders in the reader's language and zone, ends with a way to act, and leaves no template behind."""
    message = composer.compose(_letter(kind, language))
    assert message.subject
    assert message.html
    assert "None" not in message.text
    own = "\n".join(line for line in message.text.splitlines() if "script" not in line and "http" not in line)
    if kind in {"escalation", "again", "broken_promise", "reminder", "burst"}:
        assert LanguageDetector().detect([own])[0].code == language
    if kind in TIMED:
        assert ("14.30" if language == "fi" else "14:30") in message.text, "12:30 UTC is 14:30 in Tallinn"
    if kind in {"alert", "again", "escalation"}:
        assert words(language)["step"]["safety_issue"] in message.text
    assert len(message.links) == (1 if kind in UNBOUND else 6)
    assert all(url in message.text for url in message.links.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_promise_that_came_with_the_case_is_told(composer: Composer, language: str) -> None:
    """The hand-over says what runs and until when, as long as it is the reader's; a reminder names who promised."""
    now, due = composer.now(), datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    assert "call back" not in composer.compose(_letter("handed_over", language)).text
    with composer.ledger.write() as tx:
        first = promises.make(tx, NewPromise(1, "olga", "call back\nx", due, now), now)
        promises.make(tx, NewPromise(1, "mari", "write a letter", due, now), now)
        promises.entrust(tx, promises.require(tx, first), language, "olga", now)
    told = composer.compose(_letter("handed_over", language)).text
    assert "call back x" in told
    assert ("14.30" if language == "fi" else "14:30") in told
    assert "write a letter" not in told
    plain = composer.compose(_letter("reminder", language))
    letter = _letter("reminder", language)
    named = composer.compose(replace(letter, payload={**letter.payload, "promised_by": "olga"}))
    assert all("olga" in said for said in (named.subject, named.text.splitlines()[0]))
    assert all("olga" not in said for said in (plain.subject, plain.text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["alert", "again", "escalation", "reminder", "broken_promise", "customer_wrote"])
def test_a_subject_says_which_case_how_bad_and_what_to_do(composer: Composer, kind: str, language: str) -> None:
    """The case comes first, for those whose channel has no threads; then the risk; then an act in their language."""
    subject = composer.compose(_letter(kind, language)).subject
    risk = {"et": "risk", "ru": "риск", "fi": "riski", "en": "risk"}[language]
    case, said, rest = subject.split(" · ", 2)
    assert case == "#1 acme"
    assert said.startswith(f"{risk} ")
    assert len(rest.split()) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_that_came_back_is_told_as_such(composer: Composer, language: str) -> None:
    """It says that the case is open again and who has it, or that nobody has; of any other it says neither."""
    letter = _letter("customer_wrote", language)
    plain = composer.compose(letter).text.splitlines()[0]
    told = [
        composer.compose(replace(letter, payload={**letter.payload, "returned": True, "owner": owner})).text
        for owner in ("olga", None)
    ]
    first = [said.splitlines()[0] for said in told]
    assert len({plain, *first}) == 3
    assert ["olga" in said for said in (plain, *first)] == [False, True, False]
    open_again = {"et": "jälle avatud", "ru": "снова открыт", "fi": "taas auki", "en": "open again"}[language]
    assert [open_again in said for said in (plain, *first)] == [False, True, True]
    assert all(("14.30" if language == "fi" else "14:30") in said for said in first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_told_together(composer: Composer, language: str) -> None:
    """One message lists each with its subject, the riskiest first, and leads to each; its key is that of the first."""
    letters = [
        Letter(f"k{n}", language, "mail", letter.kind, letter.incident_id, letter.payload)
        for n, letter in enumerate(_letter(kind, language) for kind in ("silent_source", "alert", "digest"))
    ]
    message = composer.gather(letters)
    own = words(language)["link"]
    assert message.key == "k0"
    assert "3" in message.subject
    assert "acme" in message.subject
    lines = message.text.splitlines()
    told = [lines.index(composer.compose(letter).subject) for letter in letters]
    assert told[1] < min(told[0], told[2]), "what has no risk comes last"
    assert set(message.links) == {own["health"], own["digest"], f"#1 {own['open']}", f"#1 {own['acknowledge']}"}
    assert all(url in message.text and url in str(message.html) for url in message.links.values())
    assert "None" not in message.text


def test_a_channel_that_is_back_says_so(composer: Composer) -> None:
    """The message says that nothing is left to do, and leaves out what was wrong."""
    payload = {"channel": "chat", "back": True, "since": "2026-11-20T12:30:00+00:00", "error": "time-out"}
    message = composer.compose(Letter("k", "en", "mail", "silent_channel", None, payload))
    assert message.subject == "Channel chat delivers again"
    assert "time-out" not in message.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_has_words(language: str) -> None:
    """Reasons, signals, steps, links and languages have the same entries in each language, and none is empty."""
    own, english = words(language), words("en")
    assert set(own["reason"]) == set(Reason)
    assert set(own["signal"]) == set(Signal)
    assert set(own["step"]) == {*GRAVEST_FIRST, "listen"}
    assert {group: set(own[group]) for group in own} == {group: set(english[group]) for group in english}
    assert all(text.strip() for group in own.values() for text in group.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("burst", "times"), [(1, None), (2, "6")])
def test_a_burst_says_its_cause(composer: Composer, language: str, burst: int, times: str | None) -> None:
    """How many, how long, how many times the usual, which story, source, language and words, and what day it is."""
    own = words(language)
    letter = Letter("k", language, "mail", "burst", 1 if times else None, {"burst": burst, "again": False})
    message = composer.compose(letter)
    for said in ("42", "31", "file", "kapp, kadunud", "Sale", own["language"]["et"], "danger acme"):
        assert said in message.text
    assert ("12" in message.text) == (times is not None), "hours"
    assert ("30" in message.text) == (times is None), "minutes"
    if times:
        assert times in message.subject
        assert own["signal"]["safety_issue"] in message.subject
    else:
        assert message.links == {own["link"]["overview"]: "https://pages.example.com/overview"}
        assert own["counted"]["complaints"] in message.subject
    assert "\u202e" not in message.text
    with pytest.raises(StopSource, match="cannot be written"):
        composer.compose(Letter("k", language, "mail", "burst", None, {"burst": 99, "again": False}))


@pytest.mark.parametrize("kind", ["alert", "again", "escalation", "digest", "approval_asked"])
def test_hostile_text_stays_text(composer: Composer, kind: str) -> None:
    """Markup is escaped, templates are not run, and no line, colour or direction of writing is a stranger's."""
    message = composer.compose(_letter(kind, "en"))
    assert "<script>" not in str(message.html)
    assert "&lt;script&gt;" in str(message.html)
    assert "secret-key" not in message.text
    assert "\n" not in message.subject
    assert not any(line.startswith(("Bcc:", "X:")) for line in message.text.splitlines())
    assert not set("\u202e\x1b\r") & set(message.text + message.subject + str(message.html))


def test_links_are_for_one_person_and_end(composer: Composer, clock: Callable[[], datetime]) -> None:
    """Each link does its one thing, for its reader, for two days, and is known by our secret alone."""
    found = composer.compose(_letter("alert", "et")).links
    tokens = [url.rpartition("/")[2] for url in found.values() if "/links/" in url]
    meant = [links.opened("secret-key", token) for token in tokens]
    assert [(link.action, link.person, link.incident_id) for link in meant if link] == [
        (action, "et", 1) for action in links.LinkAction
    ]
    assert {link.until for link in meant if link} == {clock() + links.LINKS_LAST}
    assert links.opened("another", tokens[0]) is None


def test_a_letter_of_another_version_is_refused(composer: Composer) -> None:
    """A kind without a template, a payload that lacks something and a lost incident are refusals, not crashes."""
    for letter in (
        Letter("k", "en", "mail", "dance", 1, {}),
        Letter("k", "en", "mail", "reminder", 1, {}),
        Letter("k", "en", "mail", "alert", 99, {}),
    ):
        with pytest.raises(StopSource, match="cannot be written"):
            composer.compose(letter)


def test_a_reader_of_no_language_reads_english(composer: Composer, clock: Callable[[], datetime]) -> None:
    """Somebody unknown, or with a zone that does not exist, is still told."""
    with composer.ledger.write() as tx:
        people.save(tx, Person("x", "X", Role.SUPPORT, "sv", "Nowhere/City", ()), "test", clock())
        assert outbox.counts(tx) == {"queued": 1}
    for name in ("x", "stranger"):
        assert "Next step" in composer.compose(_letter("alert", name)).text


@pytest.mark.parametrize(
    ("language", "day"),
    [("et", "31. dets 2025"), ("ru", "31 дек. 2025\u202fг."), ("fi", "31.12.2025"), ("en", "31 Dec 2025")],
)
def test_a_day_of_another_year_shows_it(language: str, day: str) -> None:
    """The reader's own midnight is what divides the years."""
    wording = Wording(language, ZoneInfo("Europe/Tallinn"), datetime(2026, 1, 2, tzinfo=UTC))
    at = datetime(2025, 12, 31, 21, 30, tzinfo=UTC)
    assert wording.moment(at).startswith(f"{day}, ")
    assert "202" not in wording.moment(at.replace(hour=22))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sizes_that_are_not_calibrated_are_in_no_message(composer: Composer, language: str) -> None:
    """Calibrated ones are told with their chances; else the rank, the usual and the peak."""
    known = {
        "median": 3401.0, "low": 1202.0, "high": 9003.0, "thresholds": {"5004": 0.62}, "method": "own", "so_far": 7,
        "rank": 0.974, "peak_at": "2026-11-20T13:30:00+00:00", "usual_multiple": 3.24, "usual_of": "author",
        "learnt_from": 412, "age_minutes": 10.0, "calibrated": True,
    }  # fmt: skip
    told = [
        known,
        {**known, "calibrated": False, "method": "pooled"},
        {name: known[name] for name in ("median", "low", "high", "thresholds", "method", "so_far")},
        {**known, "calibrated": False, "method": "observed", "so_far": 88},
    ]
    texts = []
    for outlook in told:
        with composer.ledger.write() as tx:
            tx.execute(update(decisions).values(forecast=outlook))
        texts.append(composer.compose(_letter("alert", language)).text.replace("\u202f", "").replace("\xa0", ""))
    numbers = ("401", "202", "003", "62%")
    assert all(number in texts[0].replace(" %", "%") for number in numbers)
    assert "412" in texts[0]
    for text in texts[1:]:
        assert not any(number in text.replace(" %", "%") for number in numbers)
    assert "3%" in texts[1].replace(" %", "%")
    for text in texts[:2]:
        assert "3,2×" in text.replace("3.2", "3,2")
        assert "15" in text
    assert "88" in texts[3]
