"""The budget of alerts: people are called so often in a shift, danger always calls, and the rest waits in a digest."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes.pipeline import BRAND, POLICY, Bench
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.post import Author, Post
from monitors.ledger import digest, incidents, shifts
from monitors.ledger.schema import outbox as outbox_table
from monitors.pipeline.guard import guard
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.roster import Roster
from monitors.pipeline.score import score_all

Make = Callable[..., Post]
MATTERS = (
    "acme lost the parcel in Tartu",
    "the acme courier in Narva shouted at us",
    "acme charged the card twice on Monday",
    "the acme locker door in Viljandi is broken",
    "acme cancelled the ride to the airport",
    "acme delivered cold soup",
)
TALLINN = ZoneInfo("Europe/Tallinn")


@pytest.fixture
def tight(bench: Bench) -> Bench:
    """Every complaint alerts, and people are called twice a shift."""
    bench.policy = replace(POLICY, alert_at=0.0, alerts_per_shift=2)
    return bench


def _complaints(post: Make, number: int) -> list[Post]:
    return [post(str(n), text=MATTERS[n], author=Author(f"a{n}")) for n in range(number)]


def _keys(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        return list(tx.execute(select(outbox_table.c.key).order_by(outbox_table.c.id)).scalars())


def _held(bench: Bench) -> list[int]:
    with bench.ledger.read() as tx:
        found = incidents.find(tx, incidents.Listing(held=True))
        others = incidents.find(tx, incidents.Listing(held=False))
    assert not {row.id for row in found} & {row.id for row in others}
    return sorted(row.id for row in found)


def test_the_rest_of_a_shift_waits_in_the_digest(tight: Bench, post: Make) -> None:
    """Two alerts call people, three incidents are held: nobody is called, no clock runs, and nothing is dropped."""
    assert tight.judged(*_complaints(post, 5)) == 2
    assert _held(tight) == [3, 4, 5]
    assert {key.split(":")[0] for key in _keys(tight)} == {"incident 1", "incident 2"}
    with tight.ledger.read() as tx:
        assert all(incidents.require(tx, number).escalate_at is None for number in (3, 4, 5))
        assert digest.count(tx) == digest.count(tx, BRAND) == 3
        assert digest.count(tx, "another") == 0
        assert shifts.counted(tx, tight.roster.shift_began(tight.clock())) == (2, 3)
    tight.clock.forward(minutes=30)  # type: ignore[attr-defined]
    assert guard(tight.ledger, tight.roster, tight.clock()).escalations == 2, "of those that were called only"


def test_danger_calls_however_often_people_were_called(tight: Bench, post: Make) -> None:
    """A person in danger is never a line in a digest."""
    tight.judged(*_complaints(post, 3))
    assert tight.judged(post("9", text="the acme battery is a danger", author=Author("z"))) == 1
    assert _keys(tight)[-1].startswith("incident 4:")


def test_one_author_silences_nobody(tight: Bench, post: Make) -> None:
    """Who writes many cheap complaints calls people for a quarter of them; others are heard, and so is danger."""
    tight.policy = replace(tight.policy, alerts_per_shift=8)
    loud = [post(f"l{n}", text=MATTERS[n], author=Author("loud")) for n in range(5)]
    assert tight.judged(*loud) == 2
    assert tight.judged(post("other", text=MATTERS[5], author=Author("other"))) == 1
    assert tight.judged(post("danger", text="the acme battery is a danger", author=Author("loud"))) == 1
    assert len(_held(tight)) == 3


@pytest.mark.parametrize("name", ["", "unknown"])
def test_authors_without_a_name_are_many(tight: Bench, post: Make, name: str) -> None:
    """Where a source does not say who wrote, nobody is held back for what somebody else wrote."""
    assert tight.judged(*(replace(one, author=Author(name)) for one in _complaints(post, 4))) == 2


def test_the_next_shift_counts_anew(tight: Bench, post: Make) -> None:
    """What is left of one shift's alerts is not carried over, and neither is what it used."""
    tight.judged(*_complaints(post, 3))
    tight.clock.forward(hours=8)  # type: ignore[attr-defined]
    found = [replace(one, observed_at=tight.clock()) for one in _complaints(post, 6)[3:]]
    assert tight.judged(*found) == 2


def test_no_limit_holds_nothing(tight: Bench, post: Make) -> None:
    """A team that sets no limit is called each time."""
    tight.policy = replace(tight.policy, alerts_per_shift=0)
    assert tight.judged(*_complaints(post, 5)) == 5
    assert _held(tight) == []


def test_a_held_story_that_grows_calls_when_a_new_shift_can(tight: Bench, post: Make) -> None:
    """It leaves the digest, people hear of it, and from now on it goes to the next person like any alert."""
    tight.judged(*_complaints(post, 3))
    tight.clock.forward(hours=8)  # type: ignore[attr-defined]
    more = [post(f"m{n}", text=MATTERS[2], author=Author(f"b{n}"), observed_at=tight.clock()) for n in range(5)]
    assert tight.judged(*more) == 1
    assert _held(tight) == []
    assert _keys(tight)[-1].startswith("incident 3 again")
    tight.clock.forward(minutes=11)  # type: ignore[attr-defined]
    guard(tight.ledger, tight.roster, tight.clock())
    assert any(key.startswith("incident 3 escalation") for key in _keys(tight))


def test_growth_that_comes_too_often_waits_with_its_incident(tight: Bench, post: Make) -> None:
    """People were called to it, so that it stays where they look for it, and its clock runs; a digest names it once."""
    start = tight.clock()
    tight.judged(*_complaints(post, 2))
    more = [post(f"m{n}", text=MATTERS[0], author=Author(f"b{n}")) for n in range(6)]
    assert tight.judged(*more) == 0
    assert _held(tight) == []
    assert _digests(tight, 60, start) == [1, 0]
    assert any(key.startswith("incident 1 escalation") for key in _keys(tight))
    assert _digests(tight, 8 * 60, start) == [0, 0]


def test_growth_of_what_somebody_has_in_hand_is_named_in_a_digest(tight: Bench, post: Make) -> None:
    """They are not called to it, and it is not lost either; what they took out of the digest is not named again."""
    start = tight.clock()
    tight.judged(*_complaints(post, 3))
    tight.clock.forward(minutes=1)  # type: ignore[attr-defined]
    with tight.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", tight.clock())
        incidents.acknowledge(tx, 3, "ann", tight.clock())
    assert _digests(tight, 61, start) == [0, 0]
    more = [post(f"m{n}", text=MATTERS[0], author=Author(f"b{n}"), observed_at=tight.clock()) for n in range(6)]
    assert tight.judged(*more) == 0
    assert _held(tight) == []
    assert _digests(tight, 121, start) == [1, 0]


def test_given_back_to_the_digest(tight: Bench, post: Make) -> None:
    """Taken by mistake and given back, a held incident is in the digest again and calls nobody."""
    tight.judged(*_complaints(post, 3))
    with tight.ledger.write() as tx:
        incidents.acknowledge(tx, 3, "ann", tight.clock())
        incidents.release(tx, 3, "ann", tight.clock())
        assert incidents.require(tx, 3).escalate_at is None
    assert _held(tight) == [3]


def _digests(bench: Bench, minutes: float, start: datetime) -> list[int]:
    """How many alerts the digests of that minute name; asked twice, the second one names none."""
    bench.clock.time = start + timedelta(minutes=minutes)  # type: ignore[attr-defined]
    return [guard(bench.ledger, bench.roster, bench.clock()).listed for _ in range(2)]


def test_a_digest_names_each_held_alert_once_and_again_in_the_next_shift(tight: Bench, post: Make) -> None:
    """An hour after the first was held, all are named; what is still there when the next shift begins, once more."""
    start = tight.clock()
    tight.judged(*_complaints(post, 4))
    assert _digests(tight, 59, start) == [0, 0]
    assert _digests(tight, 60, start) == [2, 0]
    with tight.ledger.write() as tx:
        incidents.acknowledge(tx, 3, "ann", tight.clock())
    assert _digests(tight, 200, start) == [0, 0]
    assert _digests(tight, 8 * 60, start) == [1, 0]
    named = [key for key in _keys(tight) if key.startswith("digest")]
    assert len(named) == len(set(named)) == 4, "two digests, by mail and chat"


def test_two_brands_share_the_alerts_of_a_shift(bench: Bench, post: Make) -> None:
    """Judged at the same time by two workers, they together call people no more often than allowed."""
    bench.policy = replace(POLICY, alert_at=0.0, alerts_per_shift=3)
    bench.store(*_complaints(post, 6), brands=(BRAND, "second"))
    for _ in score_all(bench.ledger, bench.reader, bench.clock):
        pass
    called: list[int] = []

    def work(brand: str) -> None:
        called.extend(
            judge(bench.ledger, brand, Rules(bench.policy, bench.roster), bench.clock, limit=2).alerts for _ in range(4)
        )

    workers = [threading.Thread(target=work, args=(brand,)) for brand in (BRAND, "second")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(called) == 3
    assert len(_held(bench)) == 9


STARTS = st.lists(st.times(timezones=st.none()), min_size=1, max_size=4)
MOMENTS = st.integers(1_600_000_000, 1_900_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(starts=STARTS, now=MOMENTS)
def test_a_shift_began_before_now_and_less_than_a_day_and_an_hour_ago(starts: list[time], now: datetime) -> None:
    """Also on the days when clocks change."""
    began = Roster((), {}, shifts=tuple(starts), zone=TALLINN).shift_began(now)
    assert timedelta(0) <= now - began <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "began"),
    [
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), datetime(2026, 10, 24, 21, tzinfo=UTC)),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
        (datetime(2026, 7, 1, 5, 0, tzinfo=UTC), datetime(2026, 7, 1, 5, tzinfo=UTC)),
    ],
)
def test_shifts_begin_by_the_clock_on_the_wall(now: datetime, began: datetime) -> None:
    """Eight in the morning in Tallinn is six in winter and five in summer."""
    assert Roster((), {}, shifts=(time(0), time(8), time(16)), zone=TALLINN).shift_began(now) == began
