"""``kuula models fit virality``: a team fits forecasts to its own snapshots, chooses and checks them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.command import Kuula, in_folder
from fakes.grown import grow

from models.forecaster import Watched
from models.post import Metric, Snapshot
from monitors import own_models
from monitors.bootstrap import House
from monitors.ledger import calibrations, model_choices
from monitors.settings import load

SETTINGS = """
[brands.Acme]
names = ["Acme"]
[sources.big]
kind = "file"
path = "posts.csv"
[sources.small]
kind = "file"
path = "posts.csv"
"""


@pytest.fixture
def kuula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kuula:
    """Run ``kuula`` beside settings: the exit code, what it printed and what it complained of."""
    kuula = in_folder(tmp_path, SETTINGS, monkeypatch, capsys)

    def run(*arguments: str) -> tuple[int, str, str]:
        code, printed, complained = kuula(*arguments)
        return code, printed, " ".join(complained.split())

    return run


@pytest.fixture
def house(kuula: Kuula) -> Iterator[House]:
    """The house of those settings, with 320 finished posts of one source and a few of another."""
    del kuula
    with closing(House(load(None, {}))) as opened:
        start = opened.now() - timedelta(days=20)
        grow(opened.ledger, "big", 320, start, every=timedelta(minutes=30))
        grow(opened.ledger, "small", 12, start, every=timedelta(hours=1))
        yield opened


def _young(house: House, source: str) -> Watched:
    at = house.now()
    return Watched(source, [Snapshot(at, {Metric.LIKES: 8})], 100, at - timedelta(minutes=20), at)


def test_a_team_fits_forecasts_and_switches_to_them(kuula: Kuula, house: House) -> None:
    """The source with enough posts gets a model; a process that runs forecasts by it from its next batch on."""
    in_use = house.forecaster
    assert [one.method for one in in_use().forecasts([_young(house, "big")])] == ["pooled"]
    code, out, err = kuula("models", "fit", "virality", "--out", "ours")
    assert (code, err) == (0, "")
    assert "big: learnt from 320 posts" in out
    assert "median error" in out
    assert "small" not in out
    assert "ours: forecasts virality" in kuula("models", "list")[1]
    with house.ledger.read() as tx:
        assert model_choices.standing(tx) == {}
    code, out, _ = kuula("models", "use", "ours", "--for", "virality")
    assert code == 0
    assert "big are forecast by ours" in out
    found = in_use().forecasts([_young(house, "big"), _young(house, "small")])
    assert [(one.method, one.calibrated, one.learnt_from) for one in found] == [
        ("own", True, 320),
        ("pooled", False, 0),
    ]
    with house.ledger.read() as tx:
        held = calibrations.newest(tx)
    assert set(held) == {"big"}
    assert {one.model for one in held["big"]} == {"ours"}
    assert "virality: ours (chosen by" in kuula("models", "list")[1]
    assert kuula("models", "use", "builtin", "--for", "virality")[0] == 0
    assert [one.method for one in in_use().forecasts([_young(house, "big")])] == ["pooled"]


def test_what_is_damaged_is_refused_and_the_model_before_goes_on(kuula: Kuula, house: House) -> None:
    """A changed file is not chosen; on a machine where it is changed later, the one before goes on and it is said."""
    assert kuula("models", "fit", "virality", "--source", "big", "--out", "one")[0] == 0
    assert kuula("models", "use", "one", "--for", "virality")[0] == 0
    in_use = house.forecaster
    assert in_use().own["big"].model.version.startswith("one-")
    folder = own_models.folder_of(house.settings.home, "one")
    other = folder.with_name("two")
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    assert kuula("models", "use", "two", "--for", "virality")[0] == 0
    good = (other / "growth-0.npz").read_bytes()
    (other / "growth-0.npz").write_bytes(good[:-7])
    assert in_use().own["big"].model.version.startswith("one-")
    assert "damaged" in kuula("models", "list")[1]
    code, _, err = kuula("models", "use", "two", "--for", "virality")
    assert code != 0
    assert "damaged" in err
    code, _, err = kuula("models", "use", "one", "--for", "sentiment")
    assert code != 0
    assert "reads virality" in err


def test_a_check_is_printed_and_kept(kuula: Kuula, house: House) -> None:
    """``check`` holds the cold start against the last month, at once."""
    code, out, _ = kuula("models", "check", "virality")
    assert code == 0
    assert "big, 10 min, 10 interactions: calibration error" in out
    assert "on 320 posts (pooled)" in out
    with house.ledger.read() as tx:
        assert set(calibrations.newest(tx)) == {"big", "small"}


def test_what_cannot_be_fitted_says_why(kuula: Kuula, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few posts, an unknown source, another thing than virality, a missing library: each with what to do."""
    code, _, err = kuula("models", "fit", "virality", "--source", "small")
    assert code != 0
    assert "small: 12 of 300 finished posts" in err
    assert not list(own_models.folder_of(house.settings.home, "").glob("*"))
    assert "there is no source 'none'" in kuula("models", "fit", "virality", "--source", "none")[2]
    assert "is not fitted to snapshots" in kuula("models", "fit", "bursts")[2]
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    code, _, err = kuula("models", "fit", "virality")
    assert code != 0
    assert "kuula[virality]" in err


def test_nothing_finished_is_nothing_to_check(kuula: Kuula) -> None:
    """An empty ledger is told as such."""
    assert "nothing to check yet" in kuula("models", "check", "virality")[1]
