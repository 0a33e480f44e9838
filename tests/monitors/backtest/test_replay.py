"""Replays: the code of production, at the time of the posts, with nobody told and nothing written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.replays import LONG_AGO, posts_csv, quiet, team
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.backtest import Fate
from models.decision import Policy
from models.post import Author, Kind, Metric, Post
from models.scores import Scores
from monitors.backtest.replay import LARGEST, STEP, Player, steps
from monitors.backtest.report import Backtest, Report, Wish, document
from monitors.backtest.tape import Tape, Workshop, from_drill, from_file, from_ledger, workshop
from monitors.bootstrap import House
from monitors.ledger import posts as ledger_posts
from monitors.ledger.columns import metadata
from monitors.ledger.engine import Ledger
from monitors.ledger.replaying import Chosen, Look
from monitors.ledger.schema import decisions, outbox, posts, receipts
from monitors.loop import Loop
from monitors.pipeline.score import score_all
from monitors.settings import load

Make = Callable[..., Post]
MINUTE = timedelta(minutes=1)


def run(shop: Workshop, tape: Tape, draft: Policy | None = None, **wish: Any) -> Report:
    """A backtest without the ladder."""
    asked = Wish(draft or tape.house.settings.policy, **{"levels": False, **wish})
    return Backtest(shop, tape, quiet).run(asked)


def decided(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Every decision with the post that it is on."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    columns = (decisions.c.brand, decisions.c.action, decisions.c.reason, decisions.c.story_id, decisions.c.risk)
    with ledger.read() as tx:
        rows = tx.execute(select(posts.c.uid, *columns).select_from(joined).order_by(posts.c.uid, decisions.c.brand))
        return [tuple(row) for row in rows]


def everything(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with ledger.read() as tx:
        return {table.name: sorted(map(tuple, tx.execute(select(table))), key=repr) for table in metadata.sorted_tables}


def grow(house: House, made: Post, counts: Sequence[tuple[int, int]], brands: Sequence[str] = ("acme",)) -> None:
    """Put a post into a ledger, and its likes so many minutes after it was written."""
    for minutes, likes in counts:
        at = made.created_at + minutes * MINUTE
        seen = replace(made, observed_at=at, engagement={Metric.LIKES: likes} if likes else {})
        with house.ledger.write() as tx:
            ledger_posts.store(tx, [seen], lambda _post: brands, at)
            ledger_posts.observe(tx, [seen])
    for _ in score_all(house.ledger, house.scorer, house.now):
        pass


def test_decides_as_kuula_run_does(house: House, shop: Workshop, tmp_path: Path) -> None:
    """Over a file of 2015 every decision is that of `kuula run`; none is too old, and broken rows are counted."""
    file = posts_csv(tmp_path)
    tape = from_file(shop, house, str(file), Chosen(), quiet)
    assert (tape.posts, dict(tape.skipped)) == (40, {"bad_time": 1, "cut_short": 1, "no_text": 1})
    source = f'\n[sources.file]\nkind = "file"\npath = "{file}"\n'
    settings = tmp_path / "kuula.toml"
    settings.write_text(settings.read_text("utf-8") + source, encoding="utf-8")
    watching = House(load(settings, {}))
    watching.__dict__["scorer"] = house.scorer
    Loop(watching).once()
    with Player(shop, tape, quiet).play(house.settings.policy) as played:
        assert decided(played.house.ledger) == decided(watching.ledger)
        assert {reason for _, _, _, reason, *_ in decided(played.house.ledger)} >= {"danger", "story_grows"}
        assert all(LONG_AGO <= alert.at <= LONG_AGO + timedelta(hours=8) for alert in played.alerts)
        assert len(played.alerts) == 3
    watching.close()


def test_replay_writes_and_sends_nothing(
    ledger: Ledger, shop: Workshop, tmp_path: Path, scores: Callable[..., Scores], post: Make
) -> None:
    """On both databases the team's ledger is as before, and a replay has alerts, no letters, nobody and no channel."""
    with closing(team(tmp_path, ledger.engine.url.render_as_string(hide_password=False), scores)) as house:
        for number in range(9):
            text = f"danger, acme burns {number}" if number % 4 == 0 else "acme parcel is late again"
            grow(house, post(str(number), text, author=Author(f"a{number}")), [(0, 3), (20 + number, 40)])
        Loop(house).respond()
        before = everything(house.ledger)
        tape = from_ledger(shop, house, Chosen(), quiet)
        report = run(shop, tape, Policy(alert_at=90), levels=True)
        assert report.present.sent >= 3
        assert len(report.curve) + 1 == report.replays > 5, "the present level is none of the ladder"
        assert everything(house.ledger) == before
        with Player(shop, tape, quiet).play(Policy()) as played:
            assert (played.house.channels, played.house.settings.people) == ({}, {})
            with played.house.ledger.read() as tx:
                written = [tx.execute(select(func.count()).select_from(one)).scalar_one() for one in (outbox, receipts)]
            assert (written, len(played.alerts)) == ([0, 0], report.present.sent)


def test_counts_are_known_when_they_were_read(house: House, shop: Workshop, post: Make) -> None:
    """A post alerts at the look that shows it spreading, not when it was written, and its lead is up to its size."""
    made = post("1", "acme parcel is late again", author=Author("a", followers=50), engagement={})
    grow(house, made, [(0, 0), (20, 4), (40, 400), (180, 1500), (400, 4000)])
    grow(house, post("2", "acme lost my shoes", created_at=made.created_at + 30 * MINUTE), [(0, 0), (60, 3)])
    report = run(shop, from_ledger(shop, house, Chosen(), quiet), Policy(spread_probability=1, alert_at=99), size=1000)
    (blow_up,), (answer,) = report.blow_ups, report.tried.answers
    assert (blow_up.post, blow_up.at, blow_up.size) == ("file:1", made.created_at + 180 * MINUTE, 4000)
    assert (answer.fate, answer.alerted_at) == (Fate.CAUGHT, made.created_at + 40 * MINUTE)
    assert answer.lead == timedelta(minutes=140)


def test_missed_blow_up_says_why(house: House, shop: Workshop, post: Make) -> None:
    """What never alerted is listed with the decision on it, and an alert after the blow-up is late."""
    never = Policy(alert_at=100, spread_risk=100, story_complaints=99)
    grow(house, post("1", "acme parcel is late again", engagement={}), [(0, 0), (30, 2000)])
    tape = from_ledger(shop, house, Chosen(), quiet)
    report = run(shop, tape, never, size=1000)
    missed = report.tried.answers[0]
    assert missed.fate is Fate.MISSED
    assert missed.stand is not None
    assert (missed.stand.action, missed.stand.reason) == ("hold", "plain_complaint")
    assert report.present.answers[0].fate in {Fate.CAUGHT, Fate.LATE}
    late = run(shop, tape, size=1)
    assert late.blow_ups[0].at == late.present.answers[0].alerted_at
    assert [alert.post for alert in late.present.alerts] == ["file:1"]


def test_article_is_a_blow_up(house: House, shop: Workshop, post: Make) -> None:
    """A story that an article takes up blew up when the article was known, by whichever counts."""
    text = "danger, the acme oven burns down houses"
    grow(house, post("1", text, engagement={}), [(0, 0), (15, 2)])
    later = post("2", text, kind=Kind.ARTICLE, engagement={}, author=Author("paper"))
    grow(house, replace(later, created_at=later.created_at + 90 * MINUTE), [(0, 0)])
    report = run(shop, from_ledger(shop, house, Chosen(), quiet))
    (blow_up,), (answer,) = report.blow_ups, report.present.answers
    assert (blow_up.by, answer.lead) == ("article", timedelta(minutes=90))


def test_same_policy_differs_in_nothing(house: House, shop: Workshop, tmp_path: Path) -> None:
    """A draft that says what the present policy says is not replayed again; another one differs where it should."""
    tape = from_file(shop, house, str(posts_csv(tmp_path)), Chosen(), quiet)
    same = run(shop, tape, house.settings.policy)
    assert (same.draft, same.changes, same.replays) == (None, {}, 1)
    assert document(same)["only_draft"] == document(same)["only_present"] == {"count": 0, "alerts": []}
    other = run(shop, tape, replace(house.settings.policy, alert_signals=()))
    assert other.changes["alert_signals"][1] == []
    assert document(other)["only_draft"]["count"] == 0
    assert {one["reason"] for one in document(other)["only_present"]["alerts"]} == {"danger"}


def test_brand_and_time_choose_the_posts(house: House, shop: Workshop, tmp_path: Path, post: Make) -> None:
    """Only posts about the brand and from the time are replayed, from a file and from the ledger alike."""
    file = str(posts_csv(tmp_path))
    about = Chosen(LONG_AGO + timedelta(hours=1), LONG_AGO + timedelta(hours=3), "other")
    tape = from_file(shop, house, file, about, quiet)
    assert tape.brands == ("other",)
    assert tape.first is not None
    assert tape.last is not None
    assert about.since <= tape.first <= tape.last < about.until
    both = post("1", "acme and other are late")
    grow(house, both, [(0, 1)], brands=("acme", "other"))
    grow(house, post("2", "acme is late"), [(0, 1)])
    copied = from_ledger(shop, house, Chosen(None, None, "other"), quiet)
    assert (copied.posts, copied.brands) == (1, ("other",))
    assert from_ledger(shop, house, Chosen(until=both.created_at), quiet).posts == 0


def test_report_is_bounded_and_has_no_words(house: House, shop: Workshop, tmp_path: Path, monkeypatch: Any) -> None:
    """What is kept lists so many alerts, counts all of them, and has ids in the place of texts and authors."""
    monkeypatch.setattr("monitors.backtest.report.MOST_LISTED", 2)
    kept = document(run(shop, from_file(shop, house, str(posts_csv(tmp_path)), Chosen(), quiet), levels=True))
    assert len(kept["present"]["alerts"]) == 2 < kept["present"]["sent"]
    written = json.dumps(kept)
    for word in ("oven", "locker", "shoes", "author 1"):
        assert word not in written
    assert kept == json.loads(written)


def test_stricter_level_sends_no_more_about_strangers(house: House, shop: Workshop, post: Make) -> None:
    """Where no two posts tell one story, each level of alert_at sends at most what the one below it sends."""
    for number in range(12):
        words = f"acme {'danger ' * (number % 2)}{chr(97 + number) * 5} {chr(98 + number) * 6} {chr(99 + number) * 7}"
        grow(
            house, post(str(number), words, author=Author(f"a{number}", followers=10 ** (number % 6))), [(0, number**3)]
        )
    report = run(shop, from_ledger(shop, house, Chosen(), quiet), levels=True)
    sent = [level.sent for level in report.curve]
    assert sent == sorted(sent, reverse=True)
    assert sent[0] > sent[-1]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5000)), max_size=60))
def test_steps_keep_every_look_in_order(found: list[tuple[int, int]]) -> None:
    """Each look is in one step, in order of time; no step is longer than its length, or looks at a post twice."""
    looks = [
        Look(seq, LONG_AGO + minutes * MINUTE, is_first=True, engagement={})
        for minutes, seq in sorted((minutes, seq) for seq, minutes in found)
    ]
    parts = list(steps(iter(looks)))
    assert [look for part in parts for look in part] == looks
    for part in parts:
        assert part[-1].at - part[0].at < STEP
        assert len({look.seq for look in part}) == len(part) <= LARGEST


def test_drill_shows_the_lead_on_its_known_blow_up(house: House, shop: Workshop) -> None:
    """The viral story of the drill, read by the models, is alerted before it is out of hand and before the article."""
    report = run(shop, from_drill(shop, house, "viral", quiet))
    assert [one.by for one in report.blow_ups] == ["given", "article"]
    assert [one.fate for one in report.present.answers] == [Fate.CAUGHT, Fate.CAUGHT]
    leads = [one.lead for one in report.present.answers]
    assert all(lead is not None and lead > timedelta(minutes=30) for lead in leads)
    first: datetime | None = report.present.answers[0].alerted_at
    assert first == report.present.answers[1].alerted_at


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: Any) -> None:
    """A workshop leaves nothing, and removes what one left whose process was killed, but not that of one that runs."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    names = {"killed": f"kuula-backtest-{done.pid}-x", "running": f"kuula-backtest-{os.getpid()}-x"}
    for name in names.values():
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.db").write_text("posts", encoding="utf-8")
    with workshop():
        assert not (tmp_path / names["killed"]).exists()
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == [names["running"]]
