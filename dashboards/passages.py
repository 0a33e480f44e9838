"""Posts as pages show them: their text cut where signals or found words begin and end, and why they were read so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models import severity
from models.post import Metric, Snapshot
from models.scores import NO_MODEL, FoundSignal, Sentiment, Signal
from models.virality import INTERACTIONS
from monitors.ledger.corrections import NO, YES

LONGEST_QUOTE = 80
SHORT_QUOTE = 30
MOST_QUOTES = 3
_SIGNALS = frozenset(Signal)
_SENTIMENTS = frozenset(Sentiment)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text, the names of all that is marked in it and of what ends with it, and its language if known."""

    text: str
    marks: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a post is said to have a signal: the words that show it, cut to a readable length, and how sure that is.

    ``corrections`` are what people said about it, as rows of the ledger. ``found`` is False for a signal that the
    models missed and a person named.
    """

    signal: str
    quotes: Sequence[str]
    probability: float
    corrections: Sequence[Any] = ()
    found: bool = True

    @property
    def rejected(self) -> bool:
        """Whether people say that the post does not have it, and nobody that it does."""
        said = {one.value for one in self.corrections}
        return self.found and NO in said and YES not in said


@dataclass(frozen=True, slots=True)
class ShownPost:
    """One post: its row of the ledger, its marked text, why it was read so, its latest counts.

    ``corrections`` are what people said about anything that has no reason of its own, by field; ``moved`` is what moved
    its severity with the points of each, the most first, where they still explain it; ``languages`` are the languages
    of a post that switches, with their words.
    """

    row: Any
    passages: Sequence[Passage]
    reasons: Sequence[Reason]
    counts: Sequence[tuple[str, int]]
    corrections: Mapping[str, Sequence[Any]]
    moved: Sequence[tuple[str, float]]
    languages: Sequence[tuple[str, str]]

    @property
    def numbers(self) -> dict[str, int]:
        """The number under which a signal is marked in the text and explained below it."""
        return {reason.signal: number for number, reason in enumerate(self.reasons, 1)}

    @property
    def rejected(self) -> set[str]:
        """The signals that the models found and people say are not there."""
        return {reason.signal for reason in self.reasons if reason.rejected}

    @property
    def edited(self) -> bool:
        """Whether its text was edited and is not read again yet: what its row says of it is about other words."""
        return _edited(self.row)

    @property
    def unread(self) -> bool:
        """Whether no model has read it, so that what its row says of it means nothing."""
        return self.row.model in {None, NO_MODEL}

    @property
    def complaint_probability(self) -> float:
        """How sure the models are of what they say about the complaint."""
        likely: float = self.row.complaint_probability
        return likely if self.row.complaint else 1 - likely

    @property
    def sentiment_probability(self) -> float:
        """The same of the attitude."""
        return float(self.row.sentiment_probabilities.get(self.row.sentiment, 1.0))


def shown(row: Any, snapshots: Sequence[Snapshot], corrections: Sequence[Any] = ()) -> ShownPost:
    """Prepare one row of ``incidents.story_posts`` or ``desk.post`` for a page."""
    latest = snapshots[-1].engagement if snapshots else {}
    counts = [(metric.value, latest[metric]) for metric in Metric if metric in latest]
    said: dict[str, list[Any]] = {}
    for correction in corrections:
        said.setdefault(correction.field, []).append(correction)
    signals, languages = ((), ()) if _edited(row) else (row.signals or (), row.language_parts or ())
    found = [(str(name), start, end) for name, start, end, *_ in signals]
    reasons = _reasons(row, signals, said)
    named = {reason.signal for reason in reasons}
    missed = [span for reason in reasons if not reason.found for span in _spans(row, reason.corrections)]
    parts = [(code, start, end) for code, start, end in languages]
    return ShownPost(
        row=row,
        passages=cut(row.text, [*found, *missed], parts),
        reasons=reasons,
        counts=counts,
        corrections={field: rows for field, rows in said.items() if field not in named},
        moved=_moved(row),
        languages=[(code, quote(row.text[start:end], SHORT_QUOTE)) for code, start, end in parts],
    )


def _edited(row: Any) -> bool:
    # A post that waits to be scored anew, its text unchanged, has 0 here and keeps its scores meanwhile.
    return row.scored_version not in {0, row.version}


def _reasons(row: Any, signals: Sequence[Any], said: Mapping[str, Sequence[Any]]) -> list[Reason]:
    """A reason for each signal that was found, in reading order, then one for each that people missed."""
    found: dict[str, list[tuple[int, int]]] = {}
    likely: dict[str, float] = {}
    for name, start, end, *sure in signals:
        found.setdefault(name, []).append((start, end))
        likely[name] = max(likely.get(name, 0.0), sure[0] if sure else 1.0)
    reasons = [
        Reason(name, quotes(row.text, spans), likely[name], said.get(name, ()))
        for name, spans in sorted(found.items(), key=lambda one: min(one[1]))
    ]
    for name in Signal:
        about = said.get(name, ())
        if name not in found and any(one.value == YES for one in about):
            words = quotes(row.text, [(start, end) for _, start, end in _spans(row, about)])
            reasons.append(Reason(name.value, words, 1.0, about, found=False))
    return reasons


def _spans(row: Any, corrections: Iterable[Any]) -> list[tuple[str, int, int]]:
    """The words that people picked, as far as they are in the text that is shown."""
    return [
        (one.field, one.span_start, one.span_end)
        for one in corrections
        if one.span_start is not None and one.version == row.version
    ]


def quotes(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """The words of a few spans, each once, as they can be quoted."""
    words = dict.fromkeys(quote(text[max(0, start) : max(0, end)]) for start, end in sorted(spans))
    return [one for one in words if one][:MOST_QUOTES]


def quote(words: str, longest: int = LONGEST_QUOTE) -> str:
    """Words in one line, cut where they are longer than so many characters."""
    line = " ".join(words.split())
    return line if len(line) <= longest else line[:longest].rstrip() + "…"


def _moved(row: Any) -> list[tuple[str, float]]:
    if row.model in {None, NO_MODEL}:
        return []
    tone = {Sentiment(name): share for name, share in row.sentiment_probabilities.items() if name in _SENTIMENTS}
    found = [FoundSignal(Signal(name), start, end) for name, start, end, *_ in row.signals if name in _SIGNALS]
    moved = severity.moved_by(tone, row.complaint_probability, found)
    if severity.level(severity.START + sum(points for _, points in moved)) != row.severity:
        return []  # rated by a rule of another time, whose points are not known any more
    return [(str(what), points) for what, points in moved if points >= 0.05]


def cut(text: str, spans: Iterable[Sequence[Any]], parts: Iterable[Sequence[Any]] = ()) -> list[Passage]:
    """Cut a text at the ends of spans ``(name, start, end)``, which may overlap or lie outside the text.

    ``parts`` are such spans of the languages in it.
    """
    fitting, spoken = _fitting(text, spans), _fitting(text, parts)
    edges = sorted({0, len(text), *(edge for span in (*fitting, *spoken) for edge in span[1:])})
    passages = []
    for start, end in pairwise(edges):
        marks = tuple(dict.fromkeys(name for name, first, last in fitting if first <= start and end <= last))
        ends = tuple(dict.fromkeys(name for name, _, last in fitting if last == end))
        language = next((code for code, first, last in spoken if first <= start and end <= last), None)
        passages.append(Passage(text[start:end], marks, ends, language))
    return passages


def _fitting(text: str, spans: Iterable[Sequence[Any]]) -> list[tuple[str, int, int]]:
    inside = [(str(name), max(0, start), min(len(text), end)) for name, start, end in spans]
    return [span for span in inside if span[1] < span[2]]


def interactions(snapshot: Snapshot) -> int | None:
    """Likes, shares, quotes and replies together; None where the source gives none of them."""
    known = [snapshot.engagement[metric] for metric in INTERACTIONS if metric in snapshot.engagement]
    return sum(known) if known else None
