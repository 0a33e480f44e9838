"""Posts as pages show them: their text cut where signals or found words begin and end, and their latest counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models.post import Metric, Snapshot

INTERACTIONS = (Metric.LIKES, Metric.SHARES, Metric.QUOTES, Metric.REPLIES)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text and the names of all that is marked in it."""

    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPost:
    """One post of a story: its row of the ledger, its marked text, its signals and its latest counts."""

    row: Any
    passages: Sequence[Passage]
    signals: Sequence[str]
    counts: Sequence[tuple[str, int]]


def shown(row: Any, snapshots: Sequence[Snapshot]) -> ShownPost:
    """Prepare one row of ``incidents.story_posts`` for a page."""
    signals = tuple(dict.fromkeys(str(name) for name, _, _ in row.signals))
    latest = snapshots[-1].engagement if snapshots else {}
    counts = [(metric.value, latest[metric]) for metric in Metric if metric in latest]
    return ShownPost(row, cut(row.text, row.signals), signals, counts)


def cut(text: str, spans: Iterable[Sequence[Any]]) -> list[Passage]:
    """Cut a text at the ends of spans ``(name, start, end)``, which may overlap or lie outside the text."""
    fitting = [(str(name), max(0, start), min(len(text), end)) for name, start, end in spans]
    fitting = [span for span in fitting if span[1] < span[2]]
    edges = sorted({0, len(text), *(span[1] for span in fitting), *(span[2] for span in fitting)})
    passages = []
    for start, end in pairwise(edges):
        marks = tuple(dict.fromkeys(name for name, first, last in fitting if first <= start and end <= last))
        passages.append(Passage(text[start:end], marks))
    return passages


def interactions(snapshot: Snapshot) -> int | None:
    """Likes, shares, quotes and replies together; None where the source gives none of them."""
    known = [snapshot.engagement[metric] for metric in INTERACTIONS if metric in snapshot.engagement]
    return sum(known) if known else None
