"""The corpus as files for ``kuula evaluate``."""

import json
from pathlib import Path

import pytest

from models.evaluation.rows import Task, understand
from models.training.corpus.__main__ import main
from models.training.corpus.export import row
from models.training.corpus.reading import Split, posts, read

LINES = """# et-a01 | 34, naine | Tartu | foorum | lühike
c|neg|2|money_back|parcels|typos,hn=churn_threat|{ref:Raha tagasi}, ja {noa:keegi ei {ref:vasta}}!
o|neu|0|information|parcels|hn=complaint|Kas "Pakkur" on lahti?\\nPole kiire.
"""


def test_a_post_keeps_its_labels() -> None:
    """Text without marks, each signal once, the spans of each mark, and what it may be mistaken for."""
    first, second = map(row, read(LINES.splitlines()))
    assert first == {
        "text": "Raha tagasi, ja keegi ei vasta!",
        "lang": "et",
        "sentiment": "negative",
        "complaint": True,
        "signals": ["no_answer", "refund_demand"],
        "spans": [
            {"signal": "refund_demand", "start": 0, "end": 11},
            {"signal": "refund_demand", "start": 25, "end": 30},
            {"signal": "no_answer", "start": 16, "end": 30},
        ],
        "severity": 2,
        "remedy": "money_back",
        "hard_negative_for": ["churn_threat"],
        "author": "et-a01",
        "id": "et-a01.1",
        "flags": ["typos"],
    }
    assert second["text"] == 'Kas "Pakkur" on lahti?\nPole kiire.'
    assert (second["signals"], second["hard_negative_for"]) == ([], ["complaint"])


def test_one_part_is_written_and_can_be_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every post of that part is there, in order, and every row is understood for every task."""
    out = tmp_path / "corpus-dev.jsonl"
    main(["export", "--split", "dev", "--out", str(out)])
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [post.id for post in posts() if post.author.split is Split.DEV]
    assert all(not understand(task, row, "here").ignored for row in rows for task in Task)
    with pytest.raises(SystemExit):
        main(["export", "--split", "all", "--out", str(out)])
    assert "{train,dev,test}" in capsys.readouterr().err


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes and agreement of each language, as before."""
    main([])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["lang"] for row in rows] == 2 * ["en", "et", "fi", "ru"]
