"""How far two people who labelled the corpus independently agreed, before their disagreements were settled.

The corpus holds the settled labels. ``settled.tsv`` has what the first and the second had said where they differed,
``second/`` everything that the second said: ``id|kind|sentiment|severity|signals``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from models.training.corpus.reading import CODES, SENTIMENTS, LabelledPost

_CODE_OF = {signal: code for code, signal in CODES.items()}
_TONE_OF = {sentiment: short for short, sentiment in SENTIMENTS.items()}


@dataclass(frozen=True, slots=True)
class Labels:
    """What one person said of a post, in the short words of the files."""

    kind: str
    sentiment: str
    severity: str
    signals: frozenset[str]

    @classmethod
    def parse(cls, kind: str, sentiment: str, severity: str, signals: str) -> "Labels":
        """From the four fields as they are written; signals are codes between commas."""
        return cls(kind, sentiment, severity, frozenset(code.strip() for code in signals.split(",")) - {""})

    @classmethod
    def of(cls, post: LabelledPost) -> "Labels":
        """What the corpus says of a post."""
        signals = frozenset(_CODE_OF[found.signal] for found in post.signals)
        return cls("c" if post.complaint else "o", _TONE_OF[post.sentiment], str(post.severity), signals)


def agreement(found: Sequence[LabelledPost]) -> Iterator[dict[str, Any]]:
    """Give for each language how many posts were labelled twice, how many differed, and Cohen's kappa of each label.

    Kappa is agreement beyond chance, 1 where both always say the same (Cohen 1960). A post differs when the two gave
    it another kind or sentiment or other signals.
    """
    seconds, firsts = _seconds(), _firsts()
    by_language: dict[str, list[tuple[Labels, Labels]]] = {}
    for post in found:
        if second := seconds.get(post.id):
            first = firsts.get(post.id) or Labels.of(post)
            by_language.setdefault(post.author.language, []).append((first, second))
    for language, pairs in by_language.items():
        yield {
            "lang": language,
            "labelled_twice": len(pairs),
            "differing": sum((a.kind, a.sentiment, a.signals) != (b.kind, b.sentiment, b.signals) for a, b in pairs),
            "complaint": _kappa([(a.kind, b.kind) for a, b in pairs]),
            "sentiment": _kappa([(a.sentiment, b.sentiment) for a, b in pairs]),
            "severity": _kappa([(a.severity, b.severity) for a, b in pairs]),
            "signals": {
                signal.value: _kappa([(code in a.signals, code in b.signals) for a, b in pairs])
                for code, signal in CODES.items()
            },
        }


def _kappa(pairs: Sequence[tuple[Any, Any]]) -> float:
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*pairs, strict=True)
    return round(float(cohen_kappa_score(first, second)), 3)


def _seconds() -> dict[str, Labels]:
    folder = files("models.training.corpus").joinpath("second")
    rows = (line.split("|") for file in folder.iterdir() for line in file.read_text("utf-8").splitlines())
    return {name: Labels.parse(*said) for name, *said in rows}


def _firsts() -> dict[str, Labels]:
    _, *rows = files("models.training.corpus").joinpath("settled.tsv").read_text("utf-8").splitlines()
    return {name: _labels(first) for name, first, *_ in (row.split("\t") for row in rows)}


def _labels(written: str) -> Labels:
    kind, sentiment, severity, *signals = written.split(" ")
    return Labels.parse(kind, sentiment, severity, "".join(signals))
