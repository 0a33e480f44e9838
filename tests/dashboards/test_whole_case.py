"""A whole case in a real Chromium: from the post that alerts to the page of the week, by two people and a manager.

The pipeline is the real one over a fake Mastodon; only the models are told what to find. The clock is passed in: it is
the browser's, and jumps on where a promise has to become late.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.town import SECRET, Said, Town, scores, settle
from playwright.sync_api import Locator, Page, expect

from dashboards.app import furnish
from dashboards.office import ReplyDesk
from models.brand import BrandMatcher
from models.decision import Policy
from models.scores import Scores, Sentiment, Signal
from monitors.http import Http
from monitors.ledger import answers, clocks, incidents, outbox, people, promises
from monitors.ledger.people import Person, Role
from monitors.messages import Composer
from monitors.pipeline.collect import Brands, collect
from monitors.pipeline.deliver import Mailroom
from monitors.pipeline.guard import guard
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.replies import send_replies
from monitors.pipeline.roster import Roster
from monitors.pipeline.score import score_all
from monitors.ports import Message, Query, replying_of
from monitors.reply_checker import BuiltinReplyChecker
from monitors.sources import mastodon
from monitors.testing.budgets import NoLimit
from tests.dashboards.test_browser import DESKTOP, assert_fits, open_page, picture, sign_in, site

__all__ = ["open_page", "picture", "site"]
pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 780}
TAG, BRAND = "omniva", "Omniva"


@dataclass(frozen=True)
class Tale:
    """What is said in a case of one language; ``first`` and ``second`` handle it, ``manager`` agrees."""

    language: str
    complaint: str
    signals: Sequence[tuple[Signal, str]]
    again: str
    bad: str
    better: str
    note: str
    kept: str
    lesson: str
    missing: str
    clean: str
    first: str = "sirje"
    second: str = "peeter"
    manager: str = "marika"


TALES = {
    "et": Tale(
        "et",
        "Omniva lubas paki eile tuua, täna ka mitte. Olen rase ja ootan vankrit! Lähen tarbijakaitsesse.",
        (
            (Signal.BROKEN_PROMISE, "lubas paki eile tuua"),
            (Signal.VULNERABLE_PERSON, "Olen rase"),
            (Signal.REGULATOR_THREAT, "Lähen tarbijakaitsesse"),
        ),
        "Omniva, kullerit ikka pole. Kas keegi üldse loeb?",
        "Teie pöördumine on registreeritud. Helistame teile varsti.",
        "Kuller on täna kell 17 teie ukse taga. Mari, 555 1234",
        "Klient on rase, kuller Jaan toob vankri. Palun helista enne.",
        "Vanker on teie ukse taga, kuller Jaan andis selle üle. Vabandan väga, et pidite ootama! Peeter, Omniva",
        "Rasedatele ja vankritele toob kuller samal päeval.",
        "Vabandus puudub",
        "Midagi pole parandada.",
    ),
    "ru": Tale(
        "ru",
        "Omniva обещала привезти посылку вчера, и сегодня её нет. Я беременна и жду коляску! Пойду в суд.",
        (
            (Signal.BROKEN_PROMISE, "обещала привезти посылку вчера"),
            (Signal.VULNERABLE_PERSON, "Я беременна"),
            (Signal.LEGAL_THREAT, "Пойду в суд"),
        ),
        "Omniva, курьера так и нет. Вы вообще читаете?",
        "Ваше обращение зарегистрировано. Мы вам скоро перезвоним.",
        "Курьер будет у вашей двери сегодня в 17:00. Ольга, 555 1234",
        "Клиентка беременна, коляску везёт курьер Ян. Позвоните ей заранее.",
        "Коляска у вашей двери, её передал курьер Ян. Простите, что вам пришлось ждать! Пётр, Omniva",
        "Беременным коляску привозим в тот же день.",
        "Нет извинения",
        "Исправлять нечего.",
        first="olga",
    ),
}


class Reader:
    """Finds in a post what the tale says is in it."""

    version = "told"

    def __init__(self, tale: Tale) -> None:
        self._tale = tale

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Scores of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Scores:
        signals = [(signal, words) for signal, words in self._tale.signals if words in text]
        mood = Sentiment.NEGATIVE if signals or self._tale.again in text else Sentiment.NEUTRAL
        return scores(Said(text, self._tale.language, signals, sentiment=mood))


@dataclass
class Postbox:
    """A channel that keeps what it delivers."""

    name: str = "mail"
    kind: ClassVar[str] = "postbox"
    letters: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        """Keep it."""
        self.letters.append(message)
        return "kept"


@dataclass
class Later:
    """The real clock, which jumps on when it is told to."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """The time."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """The case's town, the Mastodon it is on, and the steps of the pipeline between them."""

    town: Town
    tale: Tale
    fake: FakeMastodon
    source: Any
    roster: Roster
    postbox: Postbox
    address: str

    def turn(self) -> int:
        """Collect, score, judge, guard, and deliver once; gives the number of alerts."""
        town, now = self.town, self.town.clock
        brands = Brands([BRAND], BrandMatcher({BRAND: [BRAND]}, {}))
        found = collect(town.ledger, self.source, Query(BRAND, [BRAND]), brands, now)
        assert found is not None
        assert found.error is None
        for _ in score_all(town.ledger, Reader(self.tale), now):
            pass
        rules = Rules(Policy(own_accounts=("omniva",)), self.roster)
        alerts = judge(town.ledger, BRAND, rules, now).alerts
        guard(town.ledger, self.roster, now())
        composer = Composer(town.ledger, self.address, SECRET, now)
        Mailroom(town.ledger, {"mail": self.postbox}, composer.compose, now).deliver()
        return alerts

    def send(self) -> Any:
        """Send the answers that people let go."""
        return send_replies(self.town.ledger, lambda _name: self.source, self.town.clock)

    def say(self, text: str, account: str, to: str, number: int) -> None:
        """Somebody writes on Mastodon, as a reply."""
        at = self.town.clock() - timedelta(seconds=1)
        who = {
            "id": {"jaan": "7", "omniva": "1"}[account],
            "username": account,
            "acct": account,
            "url": f"https://toots.example/@{account}",
        }
        self.fake.publish(status(text, at, number=number, tag=TAG, account=who, in_reply_to_id=to))


@pytest.fixture(params=["et", "ru"])
def tale(request: pytest.FixtureRequest) -> Tale:
    """What is said, in Estonian and in Russian."""
    return TALES[request.param]


@pytest.fixture
def clock() -> Later:
    """That of the browser, for a start."""
    return Later()


@pytest.fixture
def town(tmp_path: Path, clock: Later, hashed: str, tale: Tale) -> Iterator[Town]:
    """Nothing that happened yet; a second person and a manager who speak the language of the case."""
    town = settle(tmp_path, clock, hashed)
    known = [(tale.second, Role.SUPPORT), (tale.manager, Role.MANAGER)]
    with town.ledger.write() as tx:
        for name, role in known:
            people.save(tx, Person(name, name.title(), role, tale.language, "Europe/Tallinn"), "kuula", clock())
            people.set_password(tx, name, hashed, "kuula", clock())
    yield town
    town.ledger.close()


@pytest.fixture
def desk(town: Town, tale: Tale, clock: Later, site: str) -> Iterator[Desk]:
    """One post on Mastodon, written a minute ago by somebody who waits for a pram."""
    said = status(tale.complaint, clock() - timedelta(minutes=1), tag=TAG)
    with FakeMastodon(said, token="t") as fake:
        fake.now = clock
        given = mastodon.MastodonSettings.model_validate({"base_url": fake.url, "access_token": "t"})
        source = mastodon.Source("toots", given, Http(given, budget=NoLimit(), now=clock))
        replying = replying_of(source)
        assert replying is not None
        furnish(town.app, ReplyDesk(BuiltinReplyChecker(), {"toots": replying}))
        town.app.state.office.replies.checker.warm()
        order = (tale.first, tale.second)
        roster = Roster(order=order, channels=dict.fromkeys((*order, tale.manager), ("mail",)))
        yield Desk(town, tale, fake, source, roster, Postbox(), site)


def _box(page: Page) -> Locator:
    return page.locator("#reply textarea[name=text]")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_whole_case(
    size: dict[str, int],
    desk: Desk,
    tale: Tale,
    clock: Later,
    open_page: Callable[..., Page],
    picture: Callable[[Page, str], None],
) -> None:
    """Alert, link, claim, playbook, checked and approved answer, promise, hand-over, late, seen, resolved, learnt."""
    case = Case(desk, tale, size, open_page, picture)
    page = case.alert_and_take()
    case.playbook(page)
    case.draft(page)
    case.approve(page)
    case.promise_and_hand_over(page)
    clock.ahead += timedelta(minutes=11)
    second = case.late()
    case.seen_at_the_source(second)
    case.resolve_and_learn(second)
    case.week(second, clock)


@dataclass
class Case:
    """The steps of the case, each proven where it ends."""

    desk: Desk
    tale: Tale
    size: dict[str, int]
    open_page: Callable[..., Page]
    keep: Callable[[Page, str], None]
    count: int = 0
    pages: list[Page] = field(default_factory=list)

    def shot(self, page: Page, name: str) -> None:
        """The page fits; keep how it looks."""
        page.wait_for_timeout(150)
        assert_fits(page)
        self.count += 1
        width = "phone" if self.size is PHONE else "desktop"
        self.keep(page, f"case-{self.tale.language}-{width}-{self.count:02}-{name}")

    def browser(self) -> Page:
        """The front door in a browser of its own."""
        page = self.open_page(self.size, self.tale.language)
        self.pages.append(page)
        return page

    def as_(self, name: str) -> Page:
        """Somebody's own browser."""
        page = self.browser()
        sign_in(page, name)
        return page

    def kinds(self) -> list[str]:
        """What the log of the case says happened."""
        with self.desk.town.ledger.read() as tx:
            return [event.kind for event in incidents.events(tx, 1)]

    def waits(self) -> bool:
        """Whether the customer waits for an answer."""
        with self.desk.town.ledger.read() as tx:
            return clocks.of(tx, [1])[1].waits_since is not None

    def alert_and_take(self) -> Page:
        """The post alerts one person, whose link takes the case without signing in; then the claim."""
        assert self.desk.turn() == 1
        (letter,) = self.desk.postbox.letters
        address = next(url for url in letter.links.values() if "/links/" in url)
        page = self.browser()
        self.shot(page, "sign-in")
        page.goto(address)
        self.shot(page, "link")
        page.locator("main button.primary").click()
        expect(page.locator("main button.primary")).to_have_count(0)
        self.shot(page, "link-done")
        assert self.kinds()[-1] == "acknowledged"
        page.goto("/")
        sign_in(page, self.tale.first)
        self.shot(page, "inbox")
        page.goto("/incidents/1")
        self.shot(page, "taken")
        page.locator("#start-answer button").click()
        expect(page.locator("#claim.mine")).to_be_visible()
        self.shot(page, "claimed")
        return page

    def playbook(self, page: Page) -> None:
        """Words of the next step are copied, the step is ticked."""
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        step = page.locator(".next-step")
        words, what = step.locator(".words").inner_text(), step.locator(".what").inner_text()
        assert page.locator("#told form").count() == 0
        copy = step.locator("[data-copy]")
        copy.click()
        expect(copy).to_have_text(copy.get_attribute("data-done") or "?")
        assert page.evaluate("navigator.clipboard.readText()") == words
        step.locator("button.primary").click()
        expect(page.locator(".done")).to_contain_text(what)
        self.shot(page, "ticked")

    def draft(self, page: Page) -> None:
        """A bad draft is marked while typing; a better one gets the wordings that it lacks, and is clean."""
        _box(page).press_sequentially(self.tale.bad, delay=2)
        expect(page.locator(".remark", has_text=self.tale.missing)).to_be_visible()
        self.shot(page, "bad-draft")
        _box(page).fill(self.tale.better)
        expect(page.locator(".remark", has_text=self.tale.missing)).to_be_visible()
        for _ in range(3):
            remark = page.locator(".remark button")
            if page.get_by_text(self.tale.clean).is_visible():
                break
            name = remark.first.get_attribute("value")
            remark.first.click()
            expect(page.locator(f".remark button[value={name}]")).to_have_count(0)
        expect(page.get_by_text(self.tale.clean)).to_be_visible()
        self.shot(page, "clean-draft")

    def approve(self, page: Page) -> None:
        """The policy asks a manager; with the yes it goes to Mastodon, once."""
        words = _box(page).input_value()
        assert page.locator("#reply button[value=send]").count() == 0
        page.locator("#reply [name=manager]").select_option(self.tale.manager)
        page.locator("#reply button[value=ask]").click()
        expect(page.locator("#under-way .chip.asked")).to_be_visible()
        self.shot(page, "asked")
        manager = self.as_(self.tale.manager)
        manager.goto("/incidents/1#under-way")
        self.shot(manager, "manager")
        manager.locator("#under-way button.primary").click()
        expect(manager.locator("#under-way .chip.approved")).to_be_visible()
        assert self.desk.send().tried == 0
        page.reload()
        self.shot(page, "approved")
        page.locator("#under-way .acts button.primary").click()
        expect(page.locator("#under-way .chip.sending")).to_be_visible()
        self.shot(page, "sending")
        assert [self.desk.send().sent for _ in range(2)] == [1, 0]
        (reply,) = self.desk.fake.replies.values()
        assert reply["in_reply_to_id"] == next(iter(self.desk.fake.posts))
        assert not self.waits()
        page.reload()
        expect(page.locator("#told")).to_contain_text(words[-20:])
        self.shot(page, "sent")

    def promise_and_hand_over(self, page: Page) -> None:
        """Ten minutes are promised; the case goes to a second person with a note."""
        page.locator(".promise-form button[value='10']").first.click()
        expect(page.locator(".promise time.count")).to_have_text(re.compile(r"^(10:00|09:\d\d)$"))
        self.shot(page, "promised")
        page.locator("#hand-over summary").click()
        page.locator("#hand-over [name=to]").select_option(self.tale.second)
        page.locator("#hand-over [name=note]").fill(self.tale.note)
        self.shot(page, "handing-over")
        page.locator("#hand-over button.primary").click()
        expect(page.locator("#log")).to_contain_text(self.tale.note)
        self.shot(page, "handed-over")
        with self.desk.town.ledger.read() as tx:
            assert incidents.require(tx, 1).assignee == self.tale.second

    def late(self) -> Page:
        """Eleven minutes on, the customer asks again; the promise is late, and the next person is called once."""
        first = next(iter(self.desk.fake.posts))
        self.desk.say(self.tale.again, "jaan", first, 50)
        before = len(self.desk.postbox.letters)
        self.desk.turn()
        self.desk.turn()
        with self.desk.town.ledger.read() as tx:
            letters = [row for row in outbox.of_incident(tx, 1) if row.kind == "broken_promise"]
            assert [row.status for row in promises.of_incident(tx, 1)] == ["broken"]
        assert sorted(row.person for row in letters) == sorted([self.tale.first, self.tale.second])
        assert len(self.desk.postbox.letters) > before
        assert self.waits()
        page = self.as_(self.tale.second)
        self.shot(page, "inbox-late")
        page.goto("/incidents/1")
        expect(page.locator("#next .promise")).to_have_class(re.compile("broken"))
        expect(page.locator("#left-note")).to_contain_text(self.tale.note)
        expect(page.locator("#wrote-again")).to_contain_text(self.tale.again)
        self.shot(page, "late")
        return page

    def seen_at_the_source(self, page: Page) -> None:
        """The second person answers in Mastodon's own app; collecting and judging sees it and stops the clock."""
        again = id_at_last(self.desk.fake)
        self.desk.say(self.tale.kept, "omniva", again, 60)
        self.desk.turn()
        assert not self.waits()
        assert "answer_seen" in self.kinds()
        with self.desk.town.ledger.read() as tx:
            assert [row.state for row in answers.told(tx, 1)] == ["sent", "seen"]
        page.reload()
        expect(page.locator("#told")).to_contain_text(self.tale.kept[:30])
        expect(page.locator("#wrote-again")).to_have_count(0)
        page.locator("#next .promise .acts button.primary").click()
        expect(page.locator("#next .promise")).to_have_class(re.compile("late"))
        self.shot(page, "answered")

    def resolve_and_learn(self, page: Page) -> None:
        """Resolved with a verdict; what was learnt is filled in."""
        page.locator("#settle button[value=right]").click()
        expect(page.locator("#incident .chip.resolved")).to_be_visible()
        self.shot(page, "resolved")
        page.locator("#learn [name=cause]").select_option(index=1)
        page.locator("#learn [name=cost]").fill("12,50")
        page.locator("#learn [name=lesson]").fill(self.tale.lesson)
        page.locator("#learn button.primary").click()
        expect(page.locator("#after")).to_contain_text(self.tale.lesson)
        self.shot(page, "learnt")

    def week(self, page: Page, clock: Later) -> None:
        """The late promise counts for who had the case; a week on, the page of the week shows it."""
        page.goto("/promises")
        expect(page.locator("main")).to_contain_text(self.tale.second.title())
        self.shot(page, "promises")
        # What a page still asks for after its session is over is refused, rightly: all go home for the week.
        for left in self.pages:
            left.goto("about:blank")
        clock.ahead += timedelta(days=7)
        page = self.as_(self.tale.second)
        page.goto("/weekly")
        expect(page.locator("main")).to_contain_text(self.tale.complaint[:20])
        self.shot(page, "week")


def id_at_last(fake: FakeMastodon) -> str:
    """The post that came in last."""
    return max(fake.posts, key=int)
