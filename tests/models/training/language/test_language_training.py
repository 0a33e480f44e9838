"""Training the language detector on a handful of sentences, and what it may learn from."""

import gzip
import json
import random
from pathlib import Path

import pytest

from models.artifact import Artifact
from models.language import LanguageDetector
from models.training.language.card import write_card
from models.training.language.fit import draw, features, fit, pack
from models.training.language.measure import measure
from models.training.language.texts import COLUMNS, HOUSE, LATIN_RUSSIAN, LICENCES, Pool, column_of, held_out

SENTENCES = {
    "et": "kuller jättis toidu ukse taha ja see oli täiesti külm ning keegi ei vasta mulle",
    "ru": "где мой заказ я жду уже третий час и никто не отвечает на мои письма",
    "fi": "missä minun tilaukseni on odotin koko päivän eikä kukaan vastaa puhelimeen",
    "en": "where is my order i waited all day and nobody ever answers the phone",
    "lv": "kur ir mans pasūtījums es gaidīju visu dienu un neviens neatbild",
}


@pytest.fixture(scope="module")
def content() -> bytes:
    """An artefact that learnt a sentence a language."""
    found = {column: Pool([SENTENCES[column]], [], []) for column in SENTENCES}
    found[LATIN_RUSSIAN] = Pool([SENTENCES["ru"]], ["заказ"], ["верните"])
    return pack(*fit(found, share=0.005))


def _rows(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of the public data: fifty numbered lines a language, half of them also a development part."""
    rows = [
        {"text": f"{text} {number}", "lang": language, "source": "xed"}
        for language, text in SENTENCES.items()
        for number in range(50)
    ]
    _rows(tmp_path / "langid" / "all.jsonl.gz", [*rows, {"text": "tekst", "lang": "fi", "source": "suomi24_silver"}])
    _rows(tmp_path / "xed" / "et.jsonl.gz", [{**row, "split": "dev"} for row in rows[::2]])
    for beside in ("complaints2019/en.jsonl.gz", "tilde_nlu/all.jsonl.gz", "estvalence/et.jsonl.gz"):
        _rows(tmp_path / beside, [])
    return tmp_path


def test_what_is_learnt_is_told(content: bytes) -> None:
    """The artefact tells its sentences apart, Russian in Latin letters among them."""
    detector = LanguageDetector(Artifact("language", content))
    assert [found.code for found in detector.detect(list(SENTENCES.values()))] == list(SENTENCES)
    assert detector.detect(["gde moj zakaz ja zhdu uzhe tretij chas"])[0].code == "ru"
    assert detector.version.startswith("language-")


def test_draws_are_the_same_again() -> None:
    """Chance has a fixed beginning, words put in from elsewhere included: the same texts give the same weights."""
    found = {column: Pool([text], [text.split()[0]], text.split()) for column, text in SENTENCES.items()}
    one, again = (list(draw(found, random.Random(1), 0.01)) for _ in range(2))
    assert one == again
    assert {column for _, column in one} == set(SENTENCES)
    assert any(" nobody " in text.lower() for text, column in one if column == "et")


def test_rows_have_unit_weight() -> None:
    """Long and short texts weigh alike, and a text without words is an empty row."""
    sums = features(["raha tagasi " * 9, "ok", "123"]).sum(axis=1).ravel().tolist()[0]
    assert sums[2] == 0.0
    assert sums[0] > sums[1] > 0.0


def test_development_parts_are_held_out(data: Path) -> None:
    """What is in a development part is held out, as is a tenth of the rest; research-only sets never count."""
    kept = list(held_out(data))
    assert {f"{SENTENCES['et']} {number}" for number in range(0, 50, 2)} <= {text for _, text in kept}
    assert 25 * len(SENTENCES) <= len(kept) <= 35 * len(SENTENCES)
    assert "tekst" not in {text for _, text in kept}
    assert not {"suomi24_silver", "tweetsumm"} & set(LICENCES)


def test_measuring_gives_a_card(content: bytes, data: Path) -> None:
    """Every language of the house gets its figures, and the card holds them and the licences."""
    rows = measure(LanguageDetector(Artifact("language", content)), data)
    assert {row["language"] for row in rows} == set(HOUSE)
    assert all(row["recall"] == 100.0 for row in rows if row["texts"] == "public texts")
    card = write_card(rows, len(content))
    assert all(f"| {name} | {licence} |" in card for name, licence in LICENCES.items())
    assert "| public texts | et |" in card


@pytest.mark.parametrize(
    ("language", "text", "column"),
    [
        ("ru", "@name где заказ", "ru"),
        ("ru", "lol", None),
        ("et", "где заказ", None),
        ("sr", "где је", "other-cyrillic"),
        ("sr", "gde je", "other-south"),
        ("cy", "ble mae fy archeb", "other-latin"),
        ("el", "πού είναι", None),
    ],
)
def test_columns(language: str, text: str, column: str | None) -> None:
    """A text counts for its language only in a script that the language is written in."""
    assert column_of(language, text) == column
    assert column is None or column in COLUMNS
