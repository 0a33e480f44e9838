"""``kuula evaluate virality FOLDER`` and ``bursts FOLDER`` as their users meet them."""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import followed

from monitors.__main__ import main


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    told = capsys.readouterr()
    return int(ended.value.code or 0), [json.loads(line) for line in told.out.splitlines()], told.err


def test_a_folder_is_measured_by_what_comes_with_kuula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each age of each set that is there, with the version of the model that answered."""
    followed.write_cascades(tmp_path, "auspol", followed.cascades(80))
    code, lines, _ = _run(capsys, "virality", ".")
    assert code == 0
    assert [(line["set"], line["age_minutes"], line["n"]) for line in lines] == [("auspol", 10, 80), ("auspol", 60, 80)]
    assert all(str(line["model"]).startswith("spread/auspol-") for line in lines)


def test_a_folder_that_was_learnt_from_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of what a model remembers mislead: one line on stderr says so, and none of it for cross-validation."""
    followed.write_cascades(tmp_path, "auspol", followed.cascades(80))
    assert "this very file" not in _run(capsys, "virality", ".")[2]
    monkeypatch.setattr("models.training.spread.sets.remembered", lambda folder, name: True)
    assert _run(capsys, "virality", ".")[2].count("auspol.jsonl.gz: the models learnt from this very file") == 1
    assert "this very file" not in _run(capsys, "virality", ".", "--folds", "2")[2]


def test_folds_bring_peers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cross-validation learns from the folder itself and measures published methods beside ours."""
    followed.write_cascades(tmp_path, "auspol", followed.cascades(80))
    code, lines, _ = _run(capsys, "virality", ".", "--folds", "2")
    assert code == 0
    assert {line["method"] for line in lines} == {"kuula", "szabo_huberman", "seismic", "hawkes"}
    assert {line["model"] for line in lines} == {"2-fold cross-validation"}


def test_a_missing_library_is_named_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LightGBM is an extra, and wants a library of the system: without either, what to install is said."""
    followed.write_cascades(tmp_path, "auspol", followed.cascades(80))
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    code, lines, errors = _run(capsys, "virality", ".", "--folds", "2")
    assert (code, lines) == (2, [])
    assert "kuula[virality]" in errors
    assert _run(capsys, "virality", ".")[0] == 0, "what is shipped needs none of it"


def test_bursts_are_measured_by_brand_and_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two weeks of steady mentions with one labelled rise: it is found, and nothing else."""
    counts = np.random.default_rng(1).poisson(5, 14 * 288)
    counts[12 * 288 : 12 * 288 + 12] += 90
    start = np.datetime64("2026-01-01T00:00:00")
    with gzip.open(tmp_path / "brand_mentions_5min.csv.gz", "wt") as file:
        file.write("brand,timestamp,value\n")
        for step, count in enumerate(counts):
            file.write(f"acme,{str(start + np.timedelta64(5 * step, 'm')).replace('T', ' ')},{count}\n")
    window = {"windows": [["2026-01-12 12:00:00", "2026-01-13 12:00:00"]], "points": ["2026-01-13 00:00:00"]}
    (tmp_path / "brand_mentions_labels.json").write_text(json.dumps({"acme": window}))
    code, lines, _ = _run(capsys, "bursts", ".")
    assert code == 0
    assert [line["brand"] for line in lines] == ["acme", "all"]
    assert (lines[1]["recall"], lines[1]["false_alarms_a_week"], lines[1]["median_delay_minutes"]) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("virality", "."), "none of the sets that are known"),
        (("virality", "broken"), "auspol.jsonl.gz is not what it should be"),
        (("virality", "few"), "holds 3 posts"),
        (("virality", "few/auspol.jsonl.gz"), "is no folder"),
        (("bursts", "."), "does not hold brand_mentions_5min.csv.gz"),
        (("virality", ".", "few"), "takes one folder"),
        (("sentiment", "few"), "takes files"),
        (("sentiment", "few/auspol.jsonl.gz", "--folds", "3"), "--folds is for virality"),
        (("viralty", "."), "Did you mean"),
    ],
)
def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Wrong folders, broken files and options that mean nothing here end in a sentence, never in a trace."""
    for name in ("few", "broken"):
        (tmp_path / name).mkdir()
    followed.write_cascades(tmp_path / "few", "auspol", followed.cascades(3))
    (tmp_path / "broken" / "auspol.jsonl.gz").write_bytes(gzip.compress(b'{"grp": 1}\n'))
    code, lines, errors = _run(capsys, *arguments)
    assert (code, lines) == (2, [])
    assert said in " ".join(errors.replace("│", " ").split())
