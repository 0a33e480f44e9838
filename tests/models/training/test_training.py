"""The whole training command on a few hand-written texts in the layout of the public data."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.artifact import Artifact
from models.complaint import COMPLAINT, ComplaintModel
from models.sentiment import SentimentModel
from models.training.__main__ import main
from models.training.data import COMPLAINT as COMPLAINT_SOURCES
from models.training.data import SENTIMENT, complaint_examples, sentiment_examples

WORDS = {
    "et": ("kohutav jama", "pood avati", "suurepärane, aitäh"),
    "ru": ("ужасный обман", "магазин открыт", "отлично, спасибо"),
    "fi": ("kamala pettymys", "kauppa avattiin", "loistava, kiitos"),
    "en": ("terrible mess", "shop opened", "excellent, thanks"),
}
LABELS = ("negative", "neutral", "positive")


def _rows(language: str) -> Iterator[dict[str, str]]:
    for place, (words, label) in enumerate(list(zip(WORDS[language], LABELS, strict=True)) * 8):
        split = "dev" if place >= 18 else "train"
        yield {"text": f"{words} {place} {place * 7}", "label": label, "lang": language, "split": split}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with every file that training reads, two dozen texts each."""
    folder = tmp_path_factory.mktemp("data")
    contents: dict[str, list[str]] = {}
    for language, sources in SENTIMENT.items():
        for source in sources:
            rows = [json.dumps(row) for row in _rows(language)] + [json.dumps({"lang": "xx", "label": None})]
            contents.setdefault(source.path, []).extend(rows)
    for source in COMPLAINT_SOURCES:
        complaints = ({**row, "label": COMPLAINT if row["label"] == "negative" else "other"} for row in _rows("en"))
        contents[source.path] = [json.dumps(row) for row in complaints]
    for path, lines in contents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        with gzip.open(folder / path, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the artefacts that the command made of that data."""
    out = tmp_path_factory.mktemp("artifacts")
    assert main(["--data", str(data), "--out", str(out)]) == 0
    return out


def test_command_learns(trained: Path) -> None:
    """One command gives models that tell unseen texts of each language apart."""
    sentiment = SentimentModel(Artifact("sentiment", (trained / "sentiment.npz").read_bytes()))
    for language, texts in WORDS.items():
        answers = sentiment.predict(texts, [language] * 3)
        assert [max(answer, key=lambda one: answer[one]) for answer in answers] == list(LABELS)
    complaint = ComplaintModel(Artifact("complaint", (trained / "complaint.npz").read_bytes()), sentiment)
    bad, good = complaint.predict(["terrible mess", "excellent, thanks"], ["en", "en"])
    assert bad[COMPLAINT] > 0.5 > good[COMPLAINT]


def test_command_is_deterministic(data: Path, trained: Path, tmp_path: Path) -> None:
    """The same data give the same files, byte for byte."""
    main(["--data", str(data), "--out", str(tmp_path)])
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["CARD.md", "complaint.npz", "sentiment.npz", "signals.npz"]
    assert all((tmp_path / name).read_bytes() == (trained / name).read_bytes() for name in files)


def test_card_tells_figures_and_licences(trained: Path) -> None:
    """The card holds the measured figures of each language and the licence of each source."""
    card = (trained / "CARD.md").read_text(encoding="utf-8")
    for language, sources in SENTIMENT.items():
        assert f"| sentiment | {language} |" in card
        assert all(source.licence in card for source in sources)
    assert "| complaint | fi | corpus |" in card
    assert "| signals | ru | corpus |" in card


def test_evaluate_prints_json_lines(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The installed artefacts are measured on any data folder, one JSON object a line."""
    assert main(["evaluate", "--data", str(data)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(row["model"], row["language"]) for row in rows} >= {("sentiment", "et"), ("complaint", "en")}
    assert all(0.0 <= row["calibration_error"] <= 1.0 for row in rows)


def test_reading_keeps_held_out_texts_apart(data: Path) -> None:
    """Dev texts are marked, other languages dropped, everyday posts are no complaints."""
    estonian = sentiment_examples(data, "et")
    assert sum(example.held_out for example in estonian if example.source != "corpus") == 12
    assert {example.held_out for example in estonian if example.source == "corpus"} == {True, False}
    everyday = [example for example in complaint_examples(data, "en") if example.source == "everyday"]
    assert {(example.label, example.held_out) for example in everyday} == {("other", False)}
