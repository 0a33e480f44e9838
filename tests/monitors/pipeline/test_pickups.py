"""Pick-ups while judging: recorded once, told once, whichever post came in first, and gone when the post is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes.pipeline import BRAND, Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.ledgers import sqlite_ledger
from sqlalchemy import select, update

from models.pickup import ENOUGH, Press
from models.post import Author, Kind, Post
from monitors.ledger import incidents, judging, pickups, removal
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import incident_events, mentions, outbox, posts, stories
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.virality_schema import pickups as table
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.roster import Roster
from monitors.pipeline.score import score_all
from monitors.ports import Gone

Make = Callable[..., Post]
DANGER = "danger acme sold my mother a heater that burst into flames in her kitchen last night"
OTHER = "the parcel from Tartu is late again and nobody answers the phone in the office"
NEUTRAL = "fine day in the newsroom"


@pytest.fixture
def roster() -> Roster:
    """Ann, and a press that is known."""
    press = Press(journalists=("@Reporter",), editors=("chief",), regulators=("guard",), authorities=("office",))
    return Roster(order=("ann",), channels={"ann": ("mail",)}, press=press)


def _rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    with ledger.read() as tx:
        joined = table.join(posts, posts.c.seq == table.c.post_seq)
        found = tx.execute(select(posts.c.native_id, table.c.by, table.c.how).select_from(joined))
        return sorted(tuple(row) for row in found)


def _events(bench: Bench, kind: str = "picked_up") -> list[dict[str, str]]:
    with bench.ledger.read() as tx:
        statement = select(incident_events.c.data).where(incident_events.c.kind == kind)
        return list(tx.execute(statement.order_by(incident_events.c.id)).scalars())


def _letters(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        return list(tx.execute(select(outbox.c.payload).order_by(outbox.c.id)).scalars())


def _lead(ledger: Ledger) -> list[object]:
    with ledger.read() as tx:
        rows = tx.execute(select(stories.c.alerted_at, stories.c.article_at)).all()
    return sorted((row.alerted_at, row.article_at) for row in rows if row.alerted_at)


def _article(post: Make, native_id: str, text: str, hours: float, **other: object) -> Post:
    at = post("0").created_at + timedelta(hours=hours)
    values = {
        "kind": Kind.ARTICLE,
        "source": "news",
        "author": Author("err"),
        "url": f"https://news.example/{native_id}",
    }
    return post(native_id, text=text, created_at=at, observed_at=at + timedelta(minutes=5), **{**values, **other})


def _by(post: Make, native_id: str, handle: str, hours: float = 1.0, **other: object) -> Post:
    at = post("0").created_at + timedelta(hours=hours)
    values: dict[str, object] = {"text": NEUTRAL, "author": Author(f"id-{handle}", handle)}
    return post(native_id, created_at=at, observed_at=at, **{**values, **other})


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_the_first_reply_by_a_journalist_alerts_once(bench: Bench, post: Make, *, late: bool, together: bool) -> None:
    """Before or after its complaint, in one batch or two: one row, one event, one alert, and none for the second."""
    found = [post("1", text=OTHER), _by(post, "2", "REPORTER", kind=Kind.REPLY, parent_id="1")]
    if late:
        found.reverse()
    assert sum(bench.judged(*some) for some in ([found] if together else [[one] for one in found])) == 1
    assert bench.judged(_by(post, "3", "reporter", 2, kind=Kind.REPLY, parent_id="1")) == 0
    assert _rows(bench.ledger) == [("2", "journalist", "replied"), ("3", "journalist", "replied")]
    assert _events(bench) == [{"by": "journalist", "how": "replied", "post": "file:2"}]
    assert [letter["reason"] for letter in _letters(bench)] == ["picked_up"]


def test_an_article_of_another_story_that_links_is_a_pick_up(bench: Bench, post: Make) -> None:
    """Its words are another matter and neutral: it stays in its own story, and alerts in the one it links to."""
    assert bench.judged(post("1", text=DANGER)) == 1
    linking = _article(post, "a", "fine words about heating, see https://www.example.com/1?utm_source=x", 3)
    assert bench.judged(linking) == 1
    assert _rows(bench.ledger) == [("a", "article", "linked")]
    assert [letter["reason"] for letter in _letters(bench)] == ["danger", "in_the_news"]
    with bench.ledger.read() as tx:
        decision = judging.decisions_on(tx, "news:a")[0]
        assert (decision.story_id, decision.incident_id) == ("news:a", 1)
        assert tx.execute(select(incident_table.c.id)).scalars().all() == [1]
        assert pickups.of_story(tx, BRAND, "file:1", 10)[0].url == linking.url
    alerted, article = _lead(bench.ledger)[0]  # type: ignore[misc]
    assert article - alerted == timedelta(hours=3)
    assert bench.judged(_article(post, "b", "fine, also https://example.com/1", 5)) == 0


def test_an_article_that_quotes_or_tells_the_same(bench: Bench, post: Make) -> None:
    """Eight words in a row are a quote; the story's own article is of the same matter, and the surer sign is kept."""
    bench.judged(post("1", text=DANGER))
    bench.judged(_article(post, "a", f"fine: reader writes {DANGER.upper().replace(' ', ', ')}", 1))
    words = DANGER.split()
    bench.judged(_article(post, "b", " ".join(words[::-1]), 2))
    assert _rows(bench.ledger) == [("a", "article", "quoted"), ("b", "article", "same_matter")]
    assert [event["how"] for event in _events(bench)] == ["quoted", "same_matter"]


def test_an_article_before_our_alert_is_told_as_such(bench: Bench, post: Make) -> None:
    """Found late, published early: the time of publication counts, and a later article does not move it."""
    bench.judged(post("1", text=DANGER, observed_at=post("0").created_at + timedelta(hours=1)))
    early = _article(post, "a", DANGER, 2 / 3)
    bench.judged(replace(early, observed_at=early.created_at + timedelta(hours=9)))
    bench.judged(_article(post, "b", DANGER, 4))
    alerted, article = _lead(bench.ledger)[0]  # type: ignore[misc]
    assert article - alerted == timedelta(minutes=-20)


def test_each_sort_is_told_and_only_the_first_calls(bench: Bench, post: Make) -> None:
    """Journalist, editor, regulator and authority: four rows and events; people are called for the first of them."""
    bench.judged(post("1", text=DANGER))
    handles = ("guard", "office", "chief", "reporter")
    alerts = [
        bench.judged(_by(post, str(n + 2), handle, n + 1, parent_id="1", kind=Kind.QUOTE))
        for n, handle in enumerate(handles)
    ]
    assert alerts == [1, 0, 0, 0]
    assert [event["by"] for event in _events(bench)] == ["regulator", "authority", "editor", "journalist"]
    assert {how for _, _, how in _rows(bench.ledger)} == {"shared"}


def test_praise_our_own_words_and_strangers_are_no_pick_up(bench: Bench, post: Make) -> None:
    """A reply to what is no complaint, by the brand itself, by somebody unknown, or to oneself, is recorded nowhere."""
    bench.policy = replace(bench.policy, own_accounts=("@guard",))
    bench.judged(post("1", text="all is fine"), post("2", text=OTHER))
    bench.judged(
        _by(post, "3", "reporter", parent_id="1"),
        _by(post, "4", "guard", parent_id="2"),
        _by(post, "5", "stranger", parent_id="2"),
        _by(post, "6", "reporter", 1, text="bad service in the shop by the sea, really, for months now"),
        _by(post, "7", "reporter", 2, parent_id="6"),
    )
    assert _rows(bench.ledger) == []


def test_looking_again_changes_nothing(bench: Bench, post: Make) -> None:
    """Edits, duplicates and new decisions on either post: still one row, one event, one alert, and the same reason."""
    found = [post("1", text=OTHER), _by(post, "2", "reporter", parent_id="1")]
    assert bench.judged(*found) == 1
    later = [replace(one, text=f"{one.text} indeed", edited_at=one.created_at + timedelta(hours=1)) for one in found]
    assert bench.judged(*found, *later) == 0
    with bench.ledger.write() as tx:
        tx.execute(update(mentions).values(judged=False))
    assert bench.respond() == 0
    assert (len(_rows(bench.ledger)), len(_events(bench)), len(_letters(bench))) == (1, 1, 1)
    with bench.ledger.read() as tx:
        assert judging.decisions_on(tx, "file:2")[0].reason == "picked_up"


def test_a_crash_leaves_no_half(bench: Bench, post: Make) -> None:
    """A process that ends before its transaction leaves nothing; the next one writes row, event and alert once."""
    bench.judged(post("1", text=DANGER))
    bench.store(_by(post, "2", "reporter", parent_id="1"))
    dying = iter([bench.clock()])
    for _ in score_all(bench.ledger, bench.reader, bench.clock, limit=50):
        pass
    with pytest.raises(StopIteration):
        judge(bench.ledger, BRAND, Rules(bench.policy, bench.roster), lambda: next(dying))
    assert (_rows(bench.ledger), _events(bench)) == ([], [])
    assert bench.respond() == 1
    assert (len(_rows(bench.ledger)), len(_events(bench))) == (1, 1)


def test_a_removed_post_leaves_no_pick_up(bench: Bench, post: Make) -> None:
    """The row goes, and the event names neither words nor author."""
    bench.judged(post("1", text=DANGER))
    bench.judged(_by(post, "2", "reporter", parent_id="1", text="Kalle asks: fine?"))
    with bench.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("2", "deleted", bench.clock())], bench.clock())
    assert _rows(bench.ledger) == []
    with bench.ledger.read() as tx:
        assert pickups.of_story(tx, BRAND, "file:1", 10) == []
        said = [event.data for event in incidents.events(tx, 1)]
    assert not any("Kalle" in str(data) or "eporter" in str(data) for data in said)


def _scene(post: Make) -> list[Post]:
    return [
        post("2", text=DANGER + " too", created_at=post("0").created_at - timedelta(minutes=5)),
        _by(post, "3", "reporter", 0.5, parent_id="1", kind=Kind.REPLY),
        _by(post, "4", "office", 2, parent_id="2", kind=Kind.QUOTE),
        _article(post, "a", "fine, see https://example.com/1", 3),
        _article(post, "b", DANGER, 2.5),
        _article(post, "c", DANGER, -0.01),
        _article(post, "d", f"fine: {OTHER}", 6),
        post("5", text=OTHER),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(8)), cuts=st.lists(st.integers(1, 4), min_size=8, max_size=8))
def test_order_and_batches_change_nothing(order: Sequence[int], cuts: Sequence[int], post: Make, small: Bench) -> None:
    """After the alert the posts come in any order and any batches: the same pick-ups and the same lead time."""
    states = []
    for sequence, parts in ((range(8), [8]), (order, cuts)):
        with TemporaryDirectory() as folder:
            ledger = sqlite_ledger(Path(folder))
            bench = Bench(ledger, small.clock, small.reader, small.roster)
            bench.judged(post("1", text=DANGER))
            left = [_scene(post)[place] for place in sequence]
            for part in parts:
                bench.judged(*left[:part])
                left = left[part:]
            states.append((_rows(ledger), _lead(ledger)[0]))
            ledger.close()
    assert states[0] == states[1]
    assert ("a", "article", "linked") in states[0][0]


def test_the_rule_is_kept_with_the_incident_and_counted(bench: Bench, post: Make) -> None:
    """A case is over after two days; an article in time makes it true; stories that the news had first are none."""
    bench.judged(post("1", text=DANGER), post("2", text=f"{OTHER} danger"))
    with bench.ledger.read() as tx:
        kept = tx.execute(select(incident_table.c.figures).order_by(incident_table.c.id)).scalars().all()
        assert [figures[pickups.POINTS] for figures in kept] == [2, 2]
        assert pickups.cases(tx, bench.clock()) == []
    bench.judged(_article(post, "a", DANGER, 3))
    over = bench.clock() + timedelta(hours=49)
    with bench.ledger.read() as tx:
        assert sorted(pickups.cases(tx, over)) == [(2, False), (2, True)]
        found = pickups.in_the_news(tx, [BRAND], bench.clock())
        assert [(one.story_id, one.incident.id if one.incident else None) for one in found] == [("file:1", 1)]
        assert pickups.in_the_news(tx, ["another"], bench.clock()) == []
    with bench.ledger.write() as tx:
        tx.execute(update(stories).values(article_at=bench.clock() - timedelta(minutes=1)))
        assert pickups.cases(tx, over) == []
    assert ENOUGH == 50
