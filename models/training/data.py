"""The public texts that the models learn from, with their licences, and how they are read.

Left out on purpose: sets whose upstream is non-commercial or for research only.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.complaint import COMPLAINT as COMPLAINING
from models.complaint import OTHER
from models.sentiment import LABELS
from models.training.corpus.reading import LabelledPost, Split, posts


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. ``weight`` is relative to 1 for a post; ``held_out`` texts are for measuring only."""

    text: str
    label: str
    source: str
    weight: float
    held_out: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One file of JSON lines below the data folder."""

    path: str
    licence: str
    weight: float = 1.0


_BRIGHTER = Source("brighter/all.jsonl.gz", "CC BY 4.0")

SENTIMENT: dict[str, tuple[Source, ...]] = {
    "et": (
        Source("estvalence/et.jsonl.gz", "GPL-3.0, asks for citation (Pajupuu, Altrov, Pajupuu 2016)"),
        Source("xed/et.jsonl.gz", "CC BY 4.0"),
    ),
    "ru": (
        Source("rusentitweet/ru.jsonl.gz", "none stated (Smetanin 2022)"),
        Source("sentirueval2016_banks/ru.jsonl.gz", "none stated, asks for citation (Loukachevitch, Rubtsova 2016)"),
        _BRIGHTER,
        Source("xed/ru.jsonl.gz", "CC BY 4.0"),
    ),
    # Subtitles lift the score on subtitles and lower it on forum posts, so they weigh half.
    "fi": (Source("finnsentiment/fi.jsonl.gz", "CC BY 4.0"), Source("xed/fi.jsonl.gz", "CC BY 4.0", weight=0.5)),
    "en": (
        Source("semeval2013_2016/en.jsonl.gz", "MIT for the repository's code; tweets under X's terms"),
        Source("umsab/all.jsonl.gz", "Apache-2.0; underlying sets and X may restrict"),
        _BRIGHTER,
    ),
}

COMPLAINT: tuple[Source, ...] = (
    Source("complaints2019/en.jsonl.gz", "none stated (Preoţiuc-Pietro, Gâman, Aletras 2019)"),
    Source("cesamard/en.jsonl.gz", "MIT (texts are Amazon reviews)", weight=0.5),
)

EVERYDAY = Source("semeval2013_2016/en.jsonl.gz", "as above; dev tweets that are not negative, as what is no complaint")

OWN_POSTS = Source("posts.tsv", "written by hand for this project", weight=2.0)
"""Beside this module: posts as customers write them, which no public set has, and emoji, which mean the same in all
languages (``*``)."""


CORPUS = Source("corpus", "written for this project")
"""The training and the development part of ``models/training/corpus``; its test part is for measuring only."""

PLAIN_WEIGHT = 3.0
"""Of the corpus's plain posts: less than half of it, and most of what people really write."""

SLY_TONE_WEIGHT = 0.4
"""Of its other posts where tone is learnt: with all their weight plain news became negative, and forum posts worse."""


def sentiment_examples(data: Path, language: str) -> list[Example]:
    """Read all sentiment texts of a language that have one of the three labels."""
    public = (example for source in SENTIMENT[language] for example in read(data, source, language))
    labelled = [example for example in public if example.label in LABELS]
    return labelled + list(_own(language)) + [_toned(post) for post in _corpus(language)]


def complaint_examples(data: Path, language: str) -> list[Example]:
    """Read the complaints of a language and what is none; in English also public ones, and everyday tweets."""
    found = [_post(post, COMPLAINING if post.complaint else OTHER) for post in _corpus(language)]
    if language != "en":
        return found
    labelled = [example for source in COMPLAINT for example in read(data, source, "en")]
    everyday = (example for example in read(data, EVERYDAY, "en") if example.held_out and example.label != "negative")
    return [
        *found,
        *labelled,
        *(Example(text=one.text, label=OTHER, source="everyday", weight=1.0, held_out=False) for one in everyday),
    ]


def _corpus(language: str) -> Iterator[LabelledPost]:
    return (post for post in posts() if post.author.language == language and post.author.split is not Split.TEST)


def _toned(post: LabelledPost) -> Example:
    return _post(post, post.sentiment.value, SLY_TONE_WEIGHT)


def _post(post: LabelledPost, label: str, sly: float = CORPUS.weight) -> Example:
    held_out = post.author.split is Split.DEV
    weight = PLAIN_WEIGHT if post.author.plain else sly
    return Example(text=post.text, label=label, source=CORPUS.path, weight=weight, held_out=held_out)


def read(data: Path, source: Source, language: str) -> Iterator[Example]:
    """Read the texts of one set in one language, in the order of its file."""
    with gzip.open(data / source.path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from _text(json.loads(line), source, language)


def _own(language: str) -> Iterator[Example]:
    for line in files("models.training").joinpath(OWN_POSTS.path).read_text("utf-8").splitlines():
        of, label, text = line.split("\t")
        if of in {language, "*"}:
            yield Example(text=text, label=label, source="own", weight=OWN_POSTS.weight, held_out=False)


def _text(row: dict[str, Any], source: Source, language: str) -> Iterator[Example]:
    if row["lang"] == language and row["label"] is not None:
        yield Example(
            text=row["text"],
            label=row["label"],
            source=_name(source),
            weight=source.weight,
            held_out=row["split"] == "dev",
        )


def _name(source: Source) -> str:
    return source.path.split("/", 1)[0]
