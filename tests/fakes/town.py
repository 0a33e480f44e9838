"""A town of people who complain in four languages: a real ledger and index behind the pages, filled by hand."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboards.app import create_app
from dashboards.visitors import SESSION_COOKIE, form_key
from models.decision import Action, Decision, Reason
from models.post import Author, Metric, Post
from models.risk import Risk
from models.scores import FoundSignal, Language, LanguagePart, Remedy, Scores, Sentiment, Signal
from models.severity import severity
from models.virality import Forecast
from monitors.index import open_index
from monitors.ledger import documents, incidents, judging, outbox, people, posts, scoring, sweeps
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role
from monitors.ports import Index, Skipped
from monitors.settings import Settings

SECRET = "a secret for tests only"
NOON = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
PASSWORD = "a long password"


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def forward(self, **length: float) -> None:
        """Let time pass."""
        self.at += timedelta(**length)


@dataclass(frozen=True)
class Said:
    """One post to seed: its text, language, and the phrases that show signals and parts in other languages."""

    text: str
    language: str = "en"
    signals: Sequence[tuple[Signal, str]] = ()
    likes: Sequence[int] = (3, 9, 30)
    author: str = "someone"
    url: str = "https://social.example/1"
    sentiment: Sentiment = Sentiment.NEGATIVE
    sure: float = 1.0
    remedy: Remedy = Remedy.NONE
    parts: Sequence[tuple[str, str]] = ()


@dataclass
class Town:
    """Everything behind the pages, with ways to fill it."""

    ledger: Ledger
    index: Index
    settings: Settings
    clock: Callable[[], datetime]
    app: FastAPI
    count: int = 0

    def say(self, brand: str, story: str, said: Sequence[Said], *, risk: float, incident: bool = True) -> int:
        """Write, score, judge and index the posts of a story; gives its incident's id (0: none)."""
        now = self.clock()
        found = [self._post(one, now - timedelta(minutes=50 - number)) for number, one in enumerate(said)]
        with self.ledger.write() as tx:
            for number in range(max(len(one.likes) for one in said)):
                at = now - timedelta(minutes=30 - 10 * number)
                seen = [
                    _counted(post, one.likes[min(number, len(one.likes) - 1)], at)
                    for post, one in zip(found, said, strict=True)
                ]
                posts.store(tx, seen, lambda _post: [brand], now)
            unscored = scoring.claim(tx, 1000, now, timedelta(minutes=5))
            by_uid = {post.uid: one for post, one in zip(found, said, strict=True)}
            scoring.write(tx, [(item, scores(by_uid[item.uid])) for item in unscored], now)
            new = self._new(brand, story, said[0], risk)
            incident_id = incidents.open_incident(tx, new, now, posts=len(said)) if incident else 0
            judged = [
                judging.Judged(item, story, decision(risk), forecast(), incident_id or None)
                for item in judging.waiting(tx, brand, 1000)
            ]
            judging.write(tx, brand, judged, now)
        with self.ledger.read() as tx:
            self.index.put(documents.read(tx, [post.uid for post in found]))
        self.index.refresh()
        return incident_id

    def _post(self, said: Said, at: datetime) -> Post:
        self.count += 1
        return Post(
            source="town",
            native_id=str(self.count),
            url=said.url,
            text=said.text,
            created_at=at,
            observed_at=at,
            author=Author(said.author, said.author, said.author.title(), 1200),
        )

    def _new(self, brand: str, story: str, first: Said, risk: float) -> incidents.NewIncident:
        now = self.clock()
        figures = {
            "risk": risk,
            "severity": 2,
            "complaint_probability": 0.93,
            "bad": 0.465,
            "far": 0.8,
            "fast": 0.85,
            "story_complaints": 3,
            "story_last_hour": 2,
            "story_posts": 3,
            "spread_to": 100,
            "spread_probability": 0.62,
        }
        return incidents.NewIncident(
            brand,
            story,
            "threat",
            risk,
            2,
            first.language,
            first.text,
            now - timedelta(minutes=50),
            now + timedelta(minutes=10),
            figures,
        )


def _counted(post: Post, likes: int, at: datetime) -> Post:
    counts = {Metric.LIKES: likes, Metric.SHARES: likes // 3}
    return Post(
        source=post.source,
        native_id=post.native_id,
        url=post.url,
        text=post.text,
        created_at=post.created_at,
        observed_at=at,
        author=post.author,
        engagement=counts,
    )


def scores(said: Said) -> Scores:
    """Scores by hand."""
    complaint = said.sentiment is Sentiment.NEGATIVE
    found = tuple(FoundSignal(signal, *_place(said, part), said.sure) for signal, part in said.signals)
    lemmas = tuple(word.strip(".,!?").lower() for word in said.text.split())
    return Scores(
        Language(said.language, 0.99, tuple(LanguagePart(code, *_place(said, part)) for code, part in said.parts)),
        said.sentiment,
        {said.sentiment: 1.0},
        complaint,
        0.9 if complaint else 0.1,
        severity({said.sentiment: 1.0}, 0.9 if complaint else 0.1, found),
        lemmas,
        (1, 2, 3),
        "by hand",
        found,
        said.remedy,
    )


def _place(said: Said, part: str) -> tuple[int, int]:
    start = said.text.index(part)
    return start, start + len(part)


def decision(risk: float) -> Decision:
    """A decision by hand."""
    return Decision(Action.ALERT, Reason.THREAT, Risk(risk, 0.8, 0.7, 0.9), {"risk": risk})


def forecast() -> Forecast:
    """A forecast by hand."""
    return Forecast(
        340.0, 120.0, 900.0, {100: 0.62}, 4.1, "own", 30.0, usual_of="author", learnt_from=412, calibrated=True
    )


def settings() -> Settings:
    """Two brands, one of them with a denominator."""
    return Settings.model_validate(
        {
            "brands": {
                "Omniva": {"names": ["Omniva"], "denominator": {"what": "deliveries", "per_day": 43000}},
                "Postimees": {"names": ["Postimees"]},
            },
            "sources": {"town": {"kind": "file", "path": "x", "budget": {"calls_per_hour": 100, "money_per_day": 2.5}}},
        }
    )


PEOPLE = (
    ("vello", Role.VIEWER, "en"),
    ("sirje", Role.SUPPORT, "et"),
    ("olga", Role.SUPPORT, "ru"),
    ("matti", Role.SUPPORT, "fi"),
    ("emma", Role.SUPPORT, "en"),
    ("anna", Role.ADMIN, "en"),
)


def settle(folder: Path, clock: Callable[[], datetime], hashed: str, url: str = "") -> Town:
    """People with one password, and nothing that happened yet; ``url`` is that of another ledger than one in a file."""
    ledger = Ledger(url or f"sqlite:///{folder}/kuula.db")
    ledger.migrate()
    index = open_index(f"sqlite:///{folder}/index.db")
    index.prepare()
    with ledger.write() as tx:
        for name, role, language in PEOPLE:
            people.save(tx, Person(name, name.title(), role, language, "Europe/Tallinn"), "kuula", clock())
            people.set_password(tx, name, hashed, "kuula", clock())
    known = settings()
    app = create_app(ledger=ledger, index=index, settings=known, now=clock, secret_key=SECRET)
    return Town(ledger, index, known, clock, app)


STORIES: tuple[tuple[str, float, tuple[Said, ...]], ...] = (
    (
        "pram",
        81.0,
        (
            Said(
                "Omniva lubas paki eile tuua, täna ka mitte. Olen rase ja ootan vankrit! Lähen tarbijakaitsesse.",
                "et",
                (
                    (Signal.BROKEN_PROMISE, "lubas paki eile tuua"),
                    (Signal.VULNERABLE_PERSON, "Olen rase"),
                    (Signal.REGULATOR_THREAT, "Lähen tarbijakaitsesse"),
                ),
                author="mari",
            ),
            Said(
                "Sama lugu! Omniva ei vasta telefonile ega kirjadele.",
                "et",
                ((Signal.NO_ANSWER, "ei vasta telefonile"), (Signal.NO_ANSWER, "ega kirjadele")),
                author="jaan",
                sure=0.71,
                remedy=Remedy.ANSWER,
            ),
        ),
    ),
    (
        "refund",
        47.0,
        (
            Said(
                "Omniva потеряла мою посылку и отказывается вернуть деньги. Верните деньги или встретимся в суде!",
                "ru",
                ((Signal.REFUND_DEMAND, "Верните деньги"), (Signal.LEGAL_THREAT, "встретимся в суде")),
                author="ivan",
            ),
            Said(
                "Omniva: третий раз за месяц одно и то же.",
                "ru",
                ((Signal.REPEAT_COMPLAINT, "третий раз за месяц"),),
                author="olga_k",
            ),
        ),
    ),
    (
        "finnish",
        22.0,
        (
            Said(
                "Omnivan paketti on ollut kadoksissa kolme viikkoa, eikä asiakaspalvelu vastaa mitään.",
                "fi",
                ((Signal.NO_ANSWER, "eikä asiakaspalvelu vastaa"),),
                author="pekka",
            ),
        ),
    ),
)


LATE_STORY = (
    Said(
        "Omniva: the courier never came, my baby's medicine is lost. I will call the newspapers!",
        "en",
        ((Signal.VULNERABLE_PERSON, "my baby's medicine"), (Signal.MEDIA_THREAT, "I will call the newspapers")),
        author="kate",
    ),
)


def fill(town: Town) -> None:
    """Three stories, praise, a message, a source that works and one that does not."""
    ids = [town.say("Omniva", name, said, risk=risk) for name, risk, said in STORIES]
    town.say(
        "Postimees",
        "praise",
        [Said("Postimees is great today", sentiment=Sentiment.POSITIVE)],
        risk=1.0,
        incident=False,
    )
    now = town.clock()
    with town.ledger.write() as tx:
        letter = outbox.Letter("k1", "sirje", "log", "alert", ids[0], {})
        outbox.enqueue(tx, [letter], now)
        outbox.confirm(tx, letter, "logged", now)
        for source, brand in (("town", "Omniva"), ("rss", sweeps.EVERYTHING)):
            sweep = sweeps.claim(tx, source, brand, now, timedelta(minutes=5))
            assert sweep is not None
            skipped = [Skipped("bad_date", "line 7", "31.02.2026")]
            sweeps.count_skips(tx, sweep.source, skipped, now)
            sweeps.advance(tx, sweep, {"at": 1}, read=6, skipped=len(skipped))
            if source == "town":
                sweeps.finish(tx, sweep, now)
            else:
                sweeps.fail(tx, sweep, "StopSource", "The feed is gone: write its new address into kuula.toml", None)


class Browser(TestClient):
    """Somebody signed in, who fills in forms as a browser would."""

    def form(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form of this sign-in."""
        token = self.cookies.get(SESSION_COOKIE, "")
        return self.post(path, data={"csrf": csrf_of(token), **fields}, follow_redirects=False)

    def press(self, token: str, **fields: str) -> httpx2.Response:
        """Open the link of a message and press the button on its page."""
        found = re.search(r'name="page" value="([^"]+)"', self.get(f"/links/{token}").text)
        return self.post(f"/links/{token}", data={"page": found[1] if found else "", **fields})


def csrf_of(token: str) -> str:
    """What the pages put into each form of a session."""
    return form_key(SECRET, hashlib.sha256(token.encode()).hexdigest())


def enter(town: Town, name: str | None) -> Browser:
    """Open the pages as somebody, or as nobody."""
    browser = Browser(town.app, follow_redirects=False, raise_server_exceptions=False, headers={"accept": "text/html"})
    if name:
        with town.ledger.write() as tx:
            browser.cookies.set(SESSION_COOKIE, people.start_session(tx, name, town.clock() + timedelta(hours=12)))
    return browser
