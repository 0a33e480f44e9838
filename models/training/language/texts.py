"""The texts that languages are learnt from, with their licences; sets for research only are left out."""

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models import language_words
from models.training.corpus.reading import Split, posts
from models.training.language.disguise import is_cyrillic

HOUSE = ("et", "ru", "fi", "en")
LATIN_RUSSIAN = "ru-latin"
NEIGHBOURS = ("lv", "lt", "sv", "uk", "be", "bg", "de", "pl", "es", "fr", "it")
GROUPS: Mapping[str, Sequence[str]] = {
    "other-nordic": ("nb", "nn", "da", "is", "fo"),
    "other-dutch": ("nl", "af", "lb"),
    "other-iberian": ("pt", "ca", "gl"),
    "other-ro": ("ro",),
    "other-hu": ("hu",),
    "other-turkic": ("tr", "az"),
    "other-czech": ("cs", "sk"),
    "other-south": ("hr", "bs", "sl", "sr"),
}
"""Languages that are only told apart from the others, as people here rarely meet them."""

_CYRILLIC = ("ru", "uk", "be", "bg")
OTHER_LATIN, OTHER_CYRILLIC = "other-latin", "other-cyrillic"
COLUMNS = (*HOUSE, LATIN_RUSSIAN, *NEIGHBOURS, *GROUPS, OTHER_LATIN, OTHER_CYRILLIC)

LICENCES: Mapping[str, str] = {
    "xed": "CC BY 4.0",
    "sib200": "Apache-2.0 on CC BY-SA 4.0 text",
    "umsab": "Apache-2.0; underlying sets and X may restrict",
    "brighter": "CC BY 4.0",
    "finnsentiment": "CC BY 4.0",
    "estvalence": "GPL-3.0, asks for citation (Pajupuu, Altrov, Pajupuu 2016)",
    "rusentitweet": "none stated (Smetanin 2022)",
    "sentirueval2016_banks": "none stated, asks for citation (Loukachevitch, Rubtsova 2016)",
    "semeval2013_2016": "MIT for the repository's code; tweets under X's terms",
    "tweeteval_sentiment": "without restrictions of its own; tweets under X's terms",
    "complaints2019": "none stated (Preoţiuc-Pietro, Gâman, Aletras 2019)",
    "tilde_nlu": "CC BY-SA 4.0",
    "lexicons": "GPL-3.0 (Estonian word forms of the EKI)",
    "simplemma": "MIT; word lists under the Open Database Licence and CC BY-SA",
    "corpus": "written for this project, as are the common words",
}
"""Every source by name: what is not listed here is not learnt from."""

_BESIDE = ("complaints2019/en.jsonl.gz", "tilde_nlu/all.jsonl.gz", "estvalence/et.jsonl.gz")
_WORDS = "lexicons/et_valence_words.tsv.gz"
_DICTIONARIES = (*HOUSE, "lv", "lt", "sv", "uk", "bg", "de", "pl", "es", "fr", "it")
_FORMS = 60_000
"""Inflected forms a language that are taken from its dictionary."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What one column is learnt from."""

    texts: list[str]
    words: list[str]
    """Inflected forms of a dictionary, rare ones too; empty for most columns."""
    common: list[str]
    """Words of one-line posts in the order in which people say them; for languages of the house."""


def pools(data: Path) -> dict[str, Pool]:
    """Read all texts to learn from below ``data``, by column."""
    found: dict[str, Pool] = {column: Pool([], [], []) for column in COLUMNS}
    for language, text in _texts(data, held_out=False):
        if column := column_of(language, text):
            found[column].texts.append(text)
    for post in posts():
        if post.author.split is Split.TRAIN:
            latin = post.author.language == "ru" and not is_cyrillic(post.text)
            found[LATIN_RUSSIAN if latin else post.author.language].texts.append(post.text)
    for language in _DICTIONARIES:
        found[language].words.extend(_forms(language))
    with gzip.open(data / _WORDS, "rt", encoding="utf-8") as lines:
        found["et"].words.extend(line.split("\t", 1)[0] for line in lines)
    for line in files("models.training.language").joinpath("common.txt").read_text("utf-8").splitlines():
        language, words = line.split("\t")
        found[language].common.extend(words.split())
    found[LATIN_RUSSIAN].common.extend(found["ru"].common)
    found[LATIN_RUSSIAN].texts.extend(found["ru"].texts)
    found[LATIN_RUSSIAN].words.extend(found["ru"].words)
    return found


def held_out(data: Path) -> Iterator[tuple[str, str]]:
    """Give language and text of what must not be learnt from: development parts, and a tenth of the others."""
    return _texts(data, held_out=True)


def column_of(language: str, text: str) -> str | None:
    """Name the column that a text of a language belongs to; None for scripts that no column knows."""
    words = " ".join(language_words.split([text]).forms)
    if not words:
        return None
    cyrillic = is_cyrillic(words)
    if language in HOUSE + NEIGHBOURS:
        return language if cyrillic == (language in _CYRILLIC) else None
    if cyrillic:
        return OTHER_CYRILLIC
    for group, members in GROUPS.items():
        if language in members:
            return group
    return OTHER_LATIN if len(words) > len(text) / 2 else None


def _texts(data: Path, *, held_out: bool) -> Iterator[tuple[str, str]]:
    kept_apart = _development(data)
    with gzip.open(data / "langid" / "all.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["source"] in LICENCES and held_out == _is_held_out(row["text"], kept_apart):
                yield row["lang"], row["text"]
    for path in _BESIDE:
        for row in _rows(data / path):
            if row["split"] != "dev" and held_out == _is_held_out(row["text"], kept_apart):
                yield row["lang"], row["text"]


def _is_held_out(text: str, kept_apart: frozenset[str]) -> bool:
    return text in kept_apart or zlib.crc32(text.encode()) % 10 == 0


def _development(data: Path) -> frozenset[str]:
    return frozenset(
        row["text"]
        for source in LICENCES
        for path in sorted((data / source).glob("*.jsonl.gz"))
        for row in _rows(path)
        if row.get("split") == "dev"
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _forms(language: str) -> list[str]:
    # simplemma unpacks what it ships: only who trains should wait for it.
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    forms = sorted(form for form in DefaultDictionaryFactory().get_dictionary(language) if form.isalpha())
    return random.Random(language).sample(forms, min(_FORMS, len(forms)))
