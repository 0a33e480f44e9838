"""``kuula evaluate replies FILE…`` as its users meet it."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from models.replies import KINDS
from monitors.__main__ import main

FIXTURES = Path(__file__).parents[2] / "fixtures" / "replies"


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "replies", *arguments])
    told = capsys.readouterr()
    return int(ended.value.code or 0), [json.loads(line) for line in told.out.splitlines()], told.err


def test_a_line_a_language_and_one_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Each language has its figures, and all together; every finding has its own."""
    code, lines, _ = _run(capsys, str(FIXTURES / "et.jsonl"), str(FIXTURES / "ru.jsonl"))
    assert code == 0
    assert [(line["task"], line["lang"], line["n"]) for line in lines] == [
        ("replies", "et", 8),
        ("replies", "ru", 8),
        ("replies", "all", 16),
    ]
    for line in lines:
        assert list(line["per_finding"]) == list(KINDS)
        assert 0.8 <= line["micro_f1"] <= 1
        assert line["clean_wrongly_flagged"] == line["hard_negatives_wrongly_flagged"] == 0
        assert line["ms_per_draft"] > 0


def test_gzip_and_bare_rows_are_read_and_bad_ones_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Optional fields may be missing; what cannot be read is counted and named, and the rest is measured."""
    file = tmp_path / "drafts.jsonl.gz"
    rows = ['{"text": "Noted.", "lang": "en", "findings": []}', "", "nonsense", '{"text": "No labels"}', '{"text": 5}']
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.write("\n".join(rows))
    code, lines, err = _run(capsys, str(file))
    assert code == 0
    assert [(line["lang"], line["n"]) for line in lines] == [("en", 1), ("all", 1)]
    assert "3 of 4 rows are left out" in err
    assert "this is not JSON" in err
    assert "drafts.jsonl.gz line 3" in err
    assert "`findings` is not there (first: drafts.jsonl.gz line 4)" in err


def test_the_worst_mistakes_of_each_language_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A draft whose labels are turned round is a mistake: what was missed and what was invented, most wrong first."""
    rows = [json.loads(line) for line in (FIXTURES / "en.jsonl").read_text("utf-8").splitlines()]
    _, clean, err = _run(capsys, *_written(tmp_path, rows), "--mistakes", str(tmp_path / "none.jsonl"))
    assert clean[-1]["exactly_right"] == 1
    assert (tmp_path / "none.jsonl").read_text() == ""
    assert "There were no mistakes" in err
    rows[0]["findings"], rows[1]["findings"] = ["dismissive"], []
    rows.append({**rows[1], "lang": "fi"})
    out = tmp_path / "worst.jsonl"
    _run(capsys, *_written(tmp_path, rows), "--mistakes", str(out))
    worst = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    first, second, other = worst
    assert (first["place"], first["missed"], sorted(first["invented"])) == (
        "drafts.jsonl line 2",
        [],
        ["no_apology", "no_empathy", "no_owner", "no_solution_or_time", "officialese"],
    )
    assert all(0.5 <= sure <= 1 for sure in first["invented"].values())
    assert (second["missed"], second["invented"]) == (["dismissive"], {})
    assert (second["true"], second["said"], second["complaint"]) == (["dismissive"], [], rows[0]["complaint"])
    assert (other["lang"], other["true"]) == ("fi", [])
    _run(capsys, *_written(tmp_path, rows), "--mistakes", str(out), "--worst", "1")
    assert [json.loads(line)["lang"] for line in out.read_text("utf-8").splitlines()] == ["en", "fi"]


def _written(folder: Path, rows: list[Any]) -> list[str]:
    file = folder / "drafts.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return [str(file)]


def test_the_drafts_are_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of mistakes that is one of the examples is refused before anything is read."""
    file = _written(tmp_path, [{"text": "Noted.", "lang": "en", "findings": []}])
    code, lines, err = _run(capsys, *file, "--mistakes", *file)
    assert (code, lines) == (2, [])
    assert "name another file" in err
    assert json.loads(Path(file[0]).read_text())["text"] == "Noted."


def test_the_help_names_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """The list is made of the kinds that there are, so that none is missing and none is left over."""
    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    said = " ".join(re.sub(r"[^\w.,\[\]]", " ", capsys.readouterr().out).split())
    listed = said.partition("Findings are ")[2].partition(".")[0]
    assert re.split(r", | and ", listed) == list(KINDS)


def test_files_without_drafts_and_options_of_other_tasks_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty file, a folder, and a model to choose end with a sentence, not with figures."""
    file = tmp_path / "none.jsonl"
    file.write_text("\n")
    for arguments in ([str(file)], [str(tmp_path)], [str(file), "--model", "fast"]):
        code, lines, err = _run(capsys, *arguments)
        assert code != 0
        assert not lines
        assert err
