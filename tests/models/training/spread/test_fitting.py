"""Reading the public sets with their traps, fitting, and measuring on authors that nothing learnt from."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from fakes import followed

from models.artifact import Artifact
from models.growth import GrowthModel, columns_of
from models.training.spread.__main__ import SOURCES, write_card
from models.training.spread.fit import examples, fit, large
from models.training.spread.measure import cross_validated, shipped
from models.training.spread.pooled import POOLED, pooled, transferred
from models.training.spread.sets import KINDS, LEARNT, Followed, Kind, read, remembered

NAME = "auspol"
KIND = KINDS[NAME]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small made-up set."""
    return followed.write_cascades(tmp_path, NAME, followed.cascades(150))


def test_cascades_are_polled_as_a_scheduler_would(tmp_path: Path) -> None:
    """Counts are those up to each age; the end is the last; followers of -1 are unknown; the hour is that in UTC."""
    rows = [{"grp": "a", "t0": 3600 * 30, "followers": -1, "ev": [30, 60, 200, 90_000]}]
    (post,) = read(followed.write_cascades(tmp_path, NAME, rows), NAME)
    known = post.until(5)
    assert known is not None
    assert (known.ages, known.counts) == ((1, 2, 3, 5), (2, 2, 2, 3))
    assert (known.followers, known.hour, post.final) == (None, 6.0, 4.0)
    assert post.until(4) is None, "no poll was made at that age"


def test_what_is_usual_for_an_author_is_what_was_known_then(tmp_path: Path) -> None:
    """Only posts of the same author, an hour older or more, and only what they had got when this one was published."""
    rows = [
        {"grp": "a", "t0": 10_000, "ev": [60, 7_000, 90_000]},
        {"grp": "a", "t0": 17_200, "ev": [5]},  # two hours later, when the first had two
        {"grp": "a", "t0": 17_300, "ev": [5]},  # the second is too young
        {"grp": "b", "t0": 99_000, "ev": [5]},
        {"grp": "a", "t0": None, "ev": [5]},
    ]
    posts = read(followed.write_cascades(tmp_path, NAME, rows), NAME)
    assert [post.polls.usual for post in posts] == [None, pytest.approx(2), pytest.approx(2), None, None]
    known = posts[1].until(5)
    assert known is not None
    assert known.usual == posts[1].polls.usual


def test_posts_that_a_crawl_cut_off_are_left_out(tmp_path: Path) -> None:
    """The end of twitter_url2010 is the count after a day, and only of posts that could be followed for one."""
    rows = [
        {"grp": "a", "t0": 1285000000, "ev": [5, 86_000, 90_000]},
        {"grp": "b", "t0": 1285500000, "ev": [5]},
        {"grp": "c", "t0": None, "ev": [5]},
    ]
    posts = read(followed.write_cascades(tmp_path, "twitter_url2010", rows), "twitter_url2010")
    assert [(post.group, post.final) for post in posts] == [("a", 2.0)]


def test_a_counter_that_was_not_read_is_not_zero(tmp_path: Path) -> None:
    """-1 of the news set is no poll; other networks, and items without an end, are left out."""
    rows = [
        ("Facebook", "1", [-1, -1, 3, 4]), ("Facebook", "2", [0, -1, -1]), ("LinkedIn", "1", [9, 9]),
    ]  # fmt: skip
    (post,) = read(followed.write_news(tmp_path, rows), "news_feedback")
    assert (post.group, post.final, post.until(40)) == ("1", 4.0, None)
    known = post.until(60)
    assert known is not None
    assert known.counts == (3.0,)


def test_the_same_posts_give_the_same_file(folder: Path) -> None:
    """An artefact can be made again, byte for byte, and loads as numbers only."""
    posts = read(folder, NAME)
    lessons = examples(posts, KIND, (10, 30))
    once, again = fit(lessons, 5.0), fit(lessons, 5.0)
    assert once == again
    assert GrowthModel(Artifact("x", once)).top == 5.0


def test_nobody_is_forecast_by_what_learnt_from_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In cross-validation no author's posts are on both sides, ours and every peer are measured at every age."""
    posts = read(folder, NAME)
    learnt: list[list[Followed]] = []

    def noted(some: list[Followed], kind: Kind) -> float:
        learnt.append(some)
        return large(some, kind)

    monkeypatch.setattr("models.training.spread.measure.large", noted)
    lines = list(cross_validated(posts, KIND, 3))
    methods = ["kuula", "szabo_huberman", "seismic", "hawkes"]
    assert [(line["age_minutes"], line["method"]) for line in lines] == [
        (age, name) for age in KIND.ages for name in methods
    ]
    assert {line["n"] for line in lines} == {len(posts)}
    groups = [{one.group for one in some} for some in learnt]
    assert set.intersection(*groups) == set()
    assert all(line["auc_top"] > 0.6 for line in lines if line["method"] == "kuula")


def test_shipped_models_are_measured_with_the_size_that_they_learnt(folder: Path) -> None:
    """A model that is there is asked for its own large size; without engagement a post takes part where it may."""
    posts = read(folder, NAME)
    model = GrowthModel(Artifact("x", fit(examples(posts, KIND, KIND.lessons), large(posts, KIND))))
    lines = list(shipped(model, posts, KIND))
    assert [line["age_minutes"] for line in lines] == list(KIND.ages)
    assert lines[0]["n"] == len(posts)
    assert len(examples(posts, KINDS["twitter1516"], [10])) == np.sum(
        np.expm1(columns_of([post.until(10) for post in posts])[:, 0]).round() >= 1  # type: ignore[misc]
    )


def test_every_shipped_model_has_its_source_on_the_card() -> None:
    """Who ships a model has to say what it learnt from, and under which licence."""
    assert set(SOURCES) == set(KINDS)
    lines = [{"set": "auspol", "method": "kuula", "auc_top": 0.9, "milliseconds_a_post": 0.1, "x": None}]
    card = write_card(lines, [{"set": "weibo_ced", "auc_top_others": 0.7}])
    assert "| auspol | kuula | 0.9 |  |" in card
    assert "| weibo_ced | 0.7 |" in card


def test_a_source_that_was_never_seen_is_ranked(tmp_path: Path) -> None:
    """A set is ranked by a model of the others, beside its own figures; the same sets give the same file."""
    rows = [{**row, "t0": 1285000000 + place} for place, row in enumerate(followed.cascades(150))]
    followed.write_cascades(tmp_path, "twitter1516", rows)
    followed.write_cascades(tmp_path, "twitter_url2010", followed.cascades(150, seed=2))
    followed.write_news(tmp_path, [("Facebook", str(place), [0, place % 9, place]) for place in range(60)])
    sets = {name: read(tmp_path, name) for name in POOLED}
    assert pooled(sets) == pooled(sets)
    own = [{"set": "twitter1516", "method": name, "age_minutes": 60, "auc_top": 0.9} for name in ("kuula", "hawkes")]
    (line,) = transferred(sets, own)
    assert (line["learnt_from"], line["auc_top_own"]) == ("twitter_url2010, news_feedback", 0.9)
    assert line["auc_top_others"] > 0.8


def test_pooled_models_leave_out_what_may_not_be_sold() -> None:
    """#auspol is not for commercial use, and Weibo's ends are cuts: neither stands behind a model for all."""
    assert not {"auspol", "weibo_ced"} & set(POOLED)


def test_the_very_files_that_were_learnt_from_are_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is remembered by its digest alone: another one of that name is not."""
    assert not remembered(folder, NAME)
    digest = sha256((folder / KIND.file).read_bytes()).hexdigest()
    (folder / "artifacts" / "spread").mkdir(parents=True)
    (folder / "artifacts" / "spread" / LEARNT).write_text(json.dumps({KIND.file: digest}))
    monkeypatch.setattr("models.training.spread.sets.files", lambda _: folder)
    assert remembered(folder, NAME)
