"""``kuula evaluate replies FILE…`` as its users meet it."""

import gzip
import json
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
