"""The drill: a network that unfolds by the clock it is given, and can be read again."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from models.post import Author, Kind, Metric, Post
from monitors.drill.network import ROUND, Network, native_id_of, script
from monitors.http import Http
from monitors.ports import Json, Page, Query, Window
from monitors.sources.drill import DrillSettings, Source
from monitors.testing.budgets import NoLimit
from monitors.testing.source_checks import NAME, SourceCase, SourceChecks, World

FIXTURES = Path(__file__).parents[2] / "fixtures" / "drill"
START = datetime(2026, 1, 12, 9, tzinfo=UTC)
ALL = Query()


def at(seconds: float) -> datetime:
    """A time of the drill, in seconds from its start."""
    return START + timedelta(seconds=seconds)


class DrillCase(SourceCase):
    """Five minutes into the stories, in pages of ten posts."""

    source = Source
    query = ALL
    now = at(300)
    window = Window(None, now)
    missing = "nobody-1.0.1768208400"
    optional = (
        "lang",
        "edited_at",
        "reply_to",
        "quotes_of",
        "thread",
        "counts",
        "author.name",
        "author.followers",
        "kind",
    )

    def items(self) -> Sequence[Json]:
        """Two posts as the network showed them."""
        items: Sequence[Json] = json.loads((FIXTURES / "items.json").read_text(encoding="utf-8"))
        return items

    def expected(self) -> Sequence[Post]:
        """The same posts, written down by hand."""
        refund = Post(
            source=NAME, native_id="refund-1.0.1768208400", url="https://drill.invalid/marek_soosaar/refund-1.0.1768208400",
            text="Paklo kaotas mu sülearvuti ära.", created_at=at(11), observed_at=self.now,
            author=Author("marek_soosaar", "marek_soosaar", "Marek Soosaar", 1450), thread_id="refund-1.0.1768208400",
            lang_hint="et", engagement={Metric.LIKES: 12, Metric.SHARES: 0, Metric.REPLIES: 3, Metric.VIEWS: 900},
        )  # fmt: skip
        answer = Post(
            source=NAME, native_id="refund-3.0.1768208400", url="https://drill.invalid/paklo/refund-3.0.1768208400",
            text="@marek_soosaar Tere!", created_at=at(92), observed_at=self.now, edited_at=at(120),
            author=Author("paklo", "paklo", None, 15400), kind=Kind.REPLY, thread_id="refund-1.0.1768208400",
            parent_id="refund-1.0.1768208400", lang_hint="et", engagement={Metric.LIKES: 1},
        )  # fmt: skip
        return [refund, answer]

    @contextmanager
    def world(self) -> Iterator[World]:
        """The drill as it is told from a fixed start."""
        network = Network(1.0, 1)
        told = [line for line in script() if network.written_at(line, START, 0) <= self.now]
        yield World({"start": START, "page_size": 10}, frozenset(native_id_of(line.key, START, 0) for line in told))


class TestDrill(SourceChecks):
    """The drill behaves as every source does."""

    case = DrillCase()


@cache
def unused_http() -> Http:
    """A client of which the drill uses only the clock; making one takes long."""
    return Http(DrillSettings(), budget=NoLimit(), now=lambda: START)


def drill(now: datetime, **settings: Any) -> Source:
    """A drill whose clock stands at ``now``."""
    clocked = unused_http()
    clocked.now = lambda: now
    return Source("drill", DrillSettings(**settings), clocked)


def collect(source: Source, until: datetime, state: Json | None = None) -> tuple[list[Post], Json | None, list[Page]]:
    """All posts until then, the last state and the pages."""
    pages = list(source.collect(ALL, state, Window(None, until)))
    found = [post for page in pages for post in page.found]
    return found, json.loads(json.dumps(pages[-1].state)) if pages else state, pages


def test_the_first_serious_complaint_comes_within_twenty_seconds() -> None:
    """Whatever the seed, whoever starts the system sees the lost laptop in the first twenty seconds."""
    for seed in range(5):
        found, _, _ = collect(drill(at(20), start=START, seed=seed), at(20))
        assert any("kohtusse" in post.text for post in found)


def test_the_stories_are_told_in_four_languages_and_name_the_brand() -> None:
    """There are more than eighty posts, no language is a garnish, and nearly all say Paklo in some form."""
    languages = Counter(line.lang for line in script())
    assert len(script()) >= 80
    assert set(languages) == {"et", "ru", "fi", "en"}
    assert min(languages.values()) >= 15
    named = [line for line in script() if "paklo" in line.text.lower() or "пакло" in line.text.lower()]
    assert len(named) > 0.8 * len(script())


def test_the_script_is_whole() -> None:
    """Keys are unique, replies come after what they answer, deletions and edits after the post, all within a round."""
    keys = [line.key for line in script()]
    assert len(keys) == len(set(keys))
    written = {line.key: line.at for line in script()}
    for line in script():
        assert 0 < line.at < ROUND
        assert line.text.strip() == line.text
        for above in (line.reply_to, line.quotes_of):
            assert above is None or written[above] < line.at
        for later in (line.edit_at, line.gone_at):
            assert later is None or line.at < later < ROUND


def test_time_passes_only_by_the_window() -> None:
    """Steps of any size bring the same posts as one step, each once, and none before it is written."""
    stepped, state = [], None
    for seconds in range(0, 1000, 13):
        found, state, _ = collect(drill(at(seconds), start=START), at(seconds), state)
        assert all(post.created_at <= at(seconds) for post in found)
        stepped += [post.native_id for post in found]
    whole, _, _ = collect(drill(at(987), start=START), at(987))
    deleted = {native_id_of(line.key, START, 0) for line in script() if line.gone_at}
    assert len(stepped) == len(set(stepped)) == len(script())
    assert set(stepped) - deleted == {post.native_id for post in whole}


def test_the_start_is_the_first_look_and_is_kept() -> None:
    """Without a configured start the drill begins at the first look, and another process goes on."""
    found, state, _ = collect(drill(at(0)), at(0))
    assert found == []
    found, _, _ = collect(drill(at(30)), at(30), state)
    assert {post.created_at >= START for post in found} == {True}
    assert len(found) >= 6


def test_counts_only_grow_and_the_viral_one_grows_most() -> None:
    """Read again and again, no count falls, and the video overtakes everything."""
    ids = [native_id_of(key, START, 0) for key in ("viral-1", "quiet-1", "refund-1")]
    previous = dict.fromkeys(ids, -1)
    for seconds in range(40, 960, 40):
        page = drill(at(seconds), start=START).refresh(ids)
        shares = {post.native_id: post.engagement[Metric.SHARES] for post in page.found}
        assert all(shares[native_id] >= previous[native_id] for native_id in ids)
        previous = shares
    assert previous[ids[0]] > 1500 > previous[ids[2]] > previous[ids[1]]


def test_an_edit_is_seen_when_the_post_is_read_again() -> None:
    """The same identity comes back with the new text and the time of the edit."""
    native_id = native_id_of("pregnant-9", START, 0)
    before = drill(at(400), start=START).refresh([native_id]).found[0]
    after = drill(at(600), start=START).refresh([native_id]).found[0]
    assert before.edited_at is None
    assert "UPD" in after.text
    assert "UPD" not in before.text
    assert after.edited_at is not None
    assert before.created_at < after.edited_at < at(600)


def test_one_post_is_deleted() -> None:
    """Its author thinks better of it: reading it again gives the deletion, once it has happened."""
    native_id = native_id_of("pregnant-13", START, 0)
    assert drill(at(600), start=START).refresh([native_id]).gone == []
    gone = drill(at(700), start=START).refresh([native_id]).gone
    assert [(event.native_id, event.reason) for event in gone] == [(native_id, "deleted")]


def test_strange_ids_are_gone() -> None:
    """Ids that no drill ever gave, or whose post is not written yet, are not found."""
    ids = [
        "",
        "viral-1",
        "viral-1.x.y",
        "viral-1.0.99999999999",
        "viral-1.²." + "9" * 30,
        native_id_of("viral-19", START, 0),
    ]
    page = drill(at(100), start=START).refresh(ids)
    assert page.found == []
    assert {event.reason for event in page.gone} == {"not_found"}
    assert [event.native_id for event in page.gone] == ids


def test_a_loop_begins_again_with_new_posts() -> None:
    """The second telling brings the same texts under new ids; without the loop, silence."""
    first, state, _ = collect(drill(at(959), start=START, loop=True), at(959))
    second, _, _ = collect(drill(at(2 * ROUND - 1), start=START, loop=True), at(2 * ROUND - 1), state)
    assert not {post.native_id for post in first} & {post.native_id for post in second}
    assert [post.text for post in first] == [post.text for post in second]
    assert collect(drill(at(5000), start=START), at(5000), {**(state or {}), "told": len(script())})[0] == []


def test_tellings_that_were_slept_through_are_left_out() -> None:
    """A drill that was stopped for a week goes on with the present telling only."""
    _, state, _ = collect(drill(at(100), start=START, loop=True), at(100))
    week = 7 * 86_400 + 100
    found, _, _ = collect(drill(at(week), start=START, loop=True), at(week), state)
    assert len(found) <= len(script())
    assert min(post.created_at for post in found) >= at(week - ROUND)


def test_speed_and_brand_are_settings() -> None:
    """At four times the speed all is told in four minutes, about the brand that the trainer names."""
    found, _, _ = collect(drill(at(240), start=START, speed=4.0, brand="Omniva"), at(240))
    assert len(found) >= len(script()) - 1
    assert not any("aklo" in post.text or "акло" in post.text for post in found)
    assert "omniva" in {post.author.handle for post in found}


def test_another_seed_gives_other_counts_and_the_same_seed_the_same() -> None:
    """A drill can be repeated exactly, or varied."""
    one, same, other = (collect(drill(at(500), start=START, seed=seed), at(500))[0] for seed in (1, 1, 2))
    assert one == same
    assert [post.engagement for post in one] != [post.engagement for post in other]
