"""What the overview and the sources page say of figures and faults, and when they say that it is too early."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.town import LATE_STORY, Browser, Said, Town, enter
from sqlalchemy import update

from monitors.ledger import looks, sweeps
from monitors.ledger.schema import posts

Enter = Callable[[str | None], Browser]


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_overview_gives_complaints_as_a_rate(town: Town, as_: Enter) -> None:
    """Five complaints on the deliveries of so many days, with the interval; no denominator, no rate."""
    with town.ledger.write() as tx:
        tx.execute(update(posts).values(stored_at=datetime(2026, 3, 1, tzinfo=UTC)))
    town.clock.at = datetime(2026, 3, 10, 21, 59, 59, tzinfo=UTC)
    said = plain(enter(town, "emma").get("/overview?days=7").text).replace("\u00a0", " ")
    assert "5 complaints on 301,000 deliveries: 0.0017 % (0.0007–0.0039 %)" in said
    assert "when watching began" not in said
    assert "Postimees: 0 complaints (no denominator is set" in said
    assert "1 source has a problem." in said
    assert "83 %" in said


def test_rate_counts_from_when_somebody_listened(town: Town) -> None:
    """Too early at first; then complaints and deliveries of the same hours, older posts in neither, with the start."""

    def rates(days: int) -> str:
        return plain(enter(town, "emma").get(f"/overview?days={days}").text).replace("\u00a0", " ")

    town.clock.forward(hours=5, minutes=59)
    assert "Omniva: 5 complaints (too early for a rate: watched since 10 Mar, 12:00)" in rates(7)
    town.clock.forward(hours=18, minutes=1)
    town.say("Omniva", "late", LATE_STORY, risk=60.0)
    expected = "Omniva: 1 complaint on 43,000 deliveries: 0.0023 % (0.0004–0.013 %) · since 10 Mar, 12:00"
    for days in (7, 30):
        assert expected in rates(days)
    assert expected in plain(enter(town, "emma").get("/overview?brand=Omniva").text).replace("\u00a0", " ")


def test_brand_without_a_post_has_no_rate(empty: Town) -> None:
    """Nothing was ever read about it: no rate of zero is claimed."""
    assert "nobody wrote about it yet" in plain(enter(empty, "emma").get("/overview").text)


def test_story_of_many_posts_stays_short(town: Town) -> None:
    """The post that alerted is open, the rest one press away, and the page says when it does not have them all."""
    for number, rest in ((12, "11 more posts"), (70, "59 more posts")):
        posts_of = [Said(f"Omniva lost my parcel, number {each}") for each in range(number)]
        page = enter(town, "emma").get(f"/incidents/{town.say('Omniva', f'big {number}', posts_of, risk=90.0)}").text
        before, _, after = page.partition('<details id="more-posts">')
        assert before.count('<li class="post') == 1
        assert rest in after
        assert ("The first 60 of 70 posts are shown" in page) is (number == 70)


def test_sources_show_health_skips_and_remedies(as_: Enter) -> None:
    """A source that works, one that stays stopped with its remedy, and an example of what was skipped."""
    said = plain(as_("vello").get("/sources").text)
    assert "It is stopped: it cannot work until somebody puts right what the details name." in said
    assert "DetailsThe feed is gone: write its new address into kuula.toml" in said
    assert "bad date" in said
    assert "line 7" in said


@pytest.mark.parametrize(
    ("who", "stopped", "later"),
    [
        ("sirje", "Allikas seisab", "Järgmine katse: 5 minuti pärast"),
        ("olga", "Источник остановлен", "Следующая попытка: через 5 минут"),
        ("matti", "Lähde on pysähtynyt", "Seuraava yritys: 5 minuutin päästä"),
        ("emma", "It is stopped", "The next try is in 5 minutes"),
    ],
)
def test_faults_of_sources_are_told_by_their_remedy(who: str, stopped: str, later: str, town: Town) -> None:
    """What to do is a sentence in the reader's language; the program's own words wait under it, marked as English."""
    now = town.clock()
    with town.ledger.write() as tx:
        sweep = sweeps.claim(tx, "town", "Omniva", now, timedelta(minutes=5))
        assert sweep is not None
        sweeps.fail(tx, sweep, "RetryLater", "town.example answered 503", now + timedelta(minutes=5))
    page = enter(town, who).get("/sources").text
    assert stopped in page
    assert later in page
    assert '<p lang="en">town.example answered 503</p></details>' in page


@pytest.mark.parametrize(
    ("who", "late", "allowed"),
    [
        ("sirje", "40 postitust oleks pidanud juba uuesti loetud olema.", "Eelarve lubab tunnis 10 postitust"),
        ("olga", "40 публикаций уже пора было перечитать.", "Бюджет позволяет 10 публикаций в час"),
        ("matti", "40 julkaisua olisi pitänyt jo lukea uudelleen.", "Budjetti sallii 10 julkaisua tunnissa"),
        ("emma", "40 posts should have been read again by now.", "The budget allows 10 an hour"),
    ],
)
def test_looks_that_are_late_are_told_with_what_the_budget_allows(
    who: str, late: str, allowed: str, town: Town
) -> None:
    """How many posts wait to be read again, and how many an hour there is money or calls for; nothing if none waits."""
    with town.ledger.write() as tx:
        sweep = sweeps.claim(tx, "town", "Omniva", town.clock(), timedelta(minutes=5))
        assert sweep is not None
        looks.note_behind(tx, "town", 40, 10)
    page = plain(enter(town, who).get("/sources").text)
    assert late in page
    assert allowed in page
    with town.ledger.write() as tx:
        looks.note_behind(tx, "town", 40, None)
    page = plain(enter(town, who).get("/sources").text)
    assert late in page
    assert allowed not in page
    with town.ledger.write() as tx:
        looks.note_behind(tx, "town", 0, None)
    assert late not in plain(enter(town, who).get("/sources").text)


@pytest.mark.parametrize(("read", "worked", "checks"), [(0, False, True), (0, True, False), (3, False, False)])
def test_what_never_worked_is_for_somebody_to_check(town: Town, read: int, worked: bool, checks: bool) -> None:
    """A source that has brought nothing is set up wrongly, and one that has worked only has to wait."""
    with town.ledger.write() as tx:
        sweep = sweeps.claim(tx, "fresh", "*", town.clock(), timedelta(minutes=5))
        assert sweep is not None
        sweeps.advance(tx, sweep, 1, read=read, skipped=0)
        if worked:
            sweeps.finish(tx, sweep, town.clock())
            sweep = sweeps.claim(tx, "fresh", "*", town.clock(), timedelta(minutes=5))
            assert sweep is not None
        sweeps.fail(tx, sweep, "RetryLater", "nobody answers there", None)
    said = plain(enter(town, "emma").get("/sources").text)
    assert ("It has not worked yet." in said) is checks
    assert ("nobody has to do anything" in said) is not checks
