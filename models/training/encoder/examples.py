"""The texts that the encoder learns from, one after the other, and how often each set comes round.

The sets differ a hundredfold in size, and the smallest say the most about complaints: so each has its own number of
rounds a pass, and large sets give a fresh sample of each label every time.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.labels import REMEDIES, SIGNALS, TONES
from models.scores import Sentiment
from models.training import data as public
from models.training.corpus.reading import LabelledPost, Split, posts
from models.training.data import Example

UNKNOWN = -100
"""The label of a task that a text has no answer for; torch's losses pass over it."""

LOWERED, WITHOUT_MARKS = 0.15, 0.1
"""Shares of texts that are read in lower case, and without their diacritics: people on phones leave both out."""

_MARKS = str.maketrans("äöõüšžåÄÖÕÜŠŽÅ", "aoouszaAOOUSZA")
_OURS = frozenset({"own", public.CORPUS.path})
"""Sets that the public reader gives too: the corpus is read with all its labels instead."""

_WORDS = "lexicons"
"""The set that holds single words: whether a word is a complaint, nobody can say."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One text and what is known about it; labels are columns of their head, or ``UNKNOWN``.

    ``signals`` is None where nobody labelled them; ``spans`` are (column, start, end) in characters.
    """

    text: str
    language: str
    dataset: str
    sentiment: int = UNKNOWN
    complaint: int = UNKNOWN
    severity: int = UNKNOWN
    remedy: int = UNKNOWN
    signals: tuple[int, ...] | None = None
    spans: tuple[tuple[int, int, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a set a pass reads: ``rounds`` times all, or at most ``most`` of each label and round."""

    rounds: int = 1
    most: int | None = None


SHARES: Mapping[str, Share] = {
    "corpus": Share(rounds=4),
    "plain": Share(rounds=6),
    "complaints2019": Share(rounds=3),
    "cesamard": Share(most=1200),
    "semeval2013_2016": Share(most=4500),
    "umsab": Share(),
    "brighter": Share(most=700),
    "xed": Share(most=300),
    "rusentitweet": Share(),
    "sentirueval2016_banks": Share(),
    "finnsentiment": Share(most=2800),
    "estvalence": Share(rounds=2),
    "lexicons": Share(most=800),
}


FINISH: Mapping[str, Share] = {
    "corpus": Share(),
    "plain": Share(rounds=4),
    "complaints2019": Share(),
    "cesamard": Share(most=200),
    "semeval2013_2016": Share(most=700),
    "umsab": Share(most=200),
    "brighter": Share(most=150),
    "xed": Share(most=40),
    "rusentitweet": Share(most=900),
    "sentirueval2016_banks": Share(most=250),
    "finnsentiment": Share(most=600),
    "estvalence": Share(),
    "lexicons": Share(most=100),
}
"""The last pass: mostly our own posts, which alone have signals, and enough of all else that it is not forgotten."""

DISTIL: Mapping[str, Share] = {
    "corpus": Share(),
    "plain": Share(rounds=3),
    "complaints2019": Share(rounds=2),
    "cesamard": Share(most=600),
    "semeval2013_2016": Share(most=3000),
    "umsab": Share(),
    "brighter": Share(most=300),
    "xed": Share(most=200),
    "rusentitweet": Share(most=2500),
    "sentirueval2016_banks": Share(),
    "finnsentiment": Share(most=2000),
    "estvalence": Share(rounds=3),
    "lexicons": Share(most=50),
}
"""What a student is taught on in one pass."""


def one_pass(lessons: Sequence[Lesson], chance: random.Random, shares: Mapping[str, Share] = SHARES) -> list[Lesson]:
    """Draw the lessons of one pass, roughened as people write, in random order."""
    groups: dict[tuple[str, str, int], list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        groups[lesson.dataset, lesson.language, lesson.sentiment].append(lesson)
    drawn = []
    for (dataset, _, _), found in sorted(groups.items()):
        share = shares[dataset]
        for _ in range(share.rounds):
            drawn += chance.sample(found, min(len(found), share.most or len(found)))
    chance.shuffle(drawn)
    return [_roughen(lesson, chance) for lesson in drawn]


def public_lessons(data: Path, *, held_out: bool) -> list[Lesson]:
    """Read the public sentiment and complaint texts below ``data``: those to learn from, or those held out."""
    tones = {tone.value: column for column, tone in enumerate(TONES)}
    lessons = [
        _toned(example, language, tones[example.label])
        for language in public.SENTIMENT
        for example in public.sentiment_examples(data, language)
        if example.held_out is held_out and example.source not in _OURS
    ]
    for source in public.COMPLAINT:
        for example in public.read(data, source, "en"):
            if example.held_out is held_out:
                complaint = int(example.label == "complaint")
                lessons.append(Lesson(example.text, "en", example.source, complaint=complaint))
    return lessons


def _toned(example: Example, language: str, column: int) -> Lesson:
    """What is praised is no complaint; of all else the public labels of tone say nothing."""
    praised = TONES[column] is Sentiment.POSITIVE and example.source != _WORDS
    return Lesson(example.text, language, example.source, sentiment=column, complaint=0 if praised else UNKNOWN)


def own_lessons(split: Split) -> list[Lesson]:
    """Read one part of the corpus."""
    return [_own(post) for post in posts(split)]


def _own(post: LabelledPost) -> Lesson:
    columns = {signal: column for column, signal in enumerate(SIGNALS)}
    spans = tuple((columns[found.signal], found.start, found.end) for found in post.signals)
    return Lesson(
        post.text,
        post.author.language,
        "plain" if post.author.plain else "corpus",
        sentiment=TONES.index(post.sentiment),
        complaint=int(post.complaint),
        severity=post.severity,
        remedy=REMEDIES.index(post.remedy),
        signals=tuple(sorted({column for column, _, _ in spans})),
        spans=spans,
    )


def _roughen(lesson: Lesson, chance: random.Random) -> Lesson:
    text = lesson.text
    if chance.random() < WITHOUT_MARKS:
        text = text.translate(_MARKS)
    if chance.random() < LOWERED:
        lowered = text.lower()
        # Few letters change their length by that, but a span must not move.
        text = lowered if len(lowered) == len(text) else text
    return replace(lesson, text=text)


def signal_table(lessons: Sequence[Lesson]) -> Any:
    """Give which signals each text has, as ones (texts × signals)."""
    table = np.zeros((len(lessons), len(SIGNALS)), int)
    for row, lesson in enumerate(lessons):
        table[row, list(lesson.signals or ())] = 1
    return table


def texts_of(lessons: Sequence[Lesson]) -> Iterator[str]:
    """Give the texts alone."""
    return (lesson.text for lesson in lessons)
