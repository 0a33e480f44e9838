"""What is measured, and how one row of a file of examples is understood."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.complaint import COMPLAINT, OTHER
from models.language import HOUSE_LANGUAGES
from models.scores import Sentiment, Signal

UNKNOWN_LANGUAGE = "und"
"""ISO 639-2 for undetermined: the language of a row that names none."""

_LONGEST_SHOWN = 40
_CODE = re.compile(f"[a-z]{{2,3}}|{OTHER}")


class Task(StrEnum):
    """What can be measured."""

    SENTIMENT = "sentiment"
    COMPLAINT = "complaint"
    SIGNALS = "signals"
    LANGUAGE = "language"


LABELS: Mapping[Task, tuple[str, ...]] = {
    Task.SENTIMENT: tuple(Sentiment),
    Task.COMPLAINT: (COMPLAINT, OTHER),
    Task.SIGNALS: tuple(Signal),
    Task.LANGUAGE: (*HOUSE_LANGUAGES, OTHER),
}
"""Everything that may be true; of languages, those that Kuula does not read are one."""

_ALSO: Mapping[Task, str] = {Task.COMPLAINT: ", nor true or false without quotes"}
"""What else a row may have for a label."""


class BrokenRowError(ValueError):
    """What is no example at all: says what is wrong."""


class LeftOutError(ValueError):
    """An example that does not say what is true, or says what the models never answer: says why it is not measured."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with what is true of it: one of the task's labels, or for signals any number of them.

    ``language`` is as the row has it, without a region; ``und`` where that is no code of two or three letters.
    ``hard_negative_for`` names labels that the text may be mistaken for. ``place`` is where the row stands. ``ignored``
    are names of signals that are none of ours.
    """

    text: str
    language: str
    truth: frozenset[str]
    hard_negative_for: frozenset[str]
    place: str
    ignored: frozenset[str] = frozenset()


def text_of(row: Any) -> str:
    """The text of a row of any task: of what is no object, or has none, nothing can be said."""
    if not isinstance(row, dict):
        raise BrokenRowError("a line must be a JSON object")
    text = row.get("text")
    if not isinstance(text, str):
        raise BrokenRowError("`text` must be there, as a string")
    if not text.strip():
        raise LeftOutError("the text is empty")
    return text


def understand(task: Task, row: Any, place: str) -> Labelled:
    """Read one row, which may have any other fields; ``BrokenRowError`` or ``LeftOutError`` where that cannot be."""
    text = text_of(row)
    said, labels = frozenset(_TRUTH[task](row)), frozenset(LABELS[task])
    mistakable = frozenset(map(str, _listed(row.get("hard_negative_for")))) & labels
    return Labelled(text, _language(row), said & labels, mistakable - said, place, said - labels)


def _sentiment(row: Mapping[str, Any]) -> Iterable[str]:
    return [_one_of(Task.SENTIMENT, _first(row, "sentiment", "label"))]


def _complaint(row: Mapping[str, Any]) -> Iterable[str]:
    said = _first(row, "complaint", "label")
    if isinstance(said, int) and said in {0, 1}:  # true and false are such numbers too
        return [COMPLAINT if said else OTHER]
    return [_one_of(Task.COMPLAINT, said)]


def _signals(row: Mapping[str, Any]) -> Iterable[str]:
    said = _first(row, "signals", "label")
    if not isinstance(said, list):
        raise LeftOutError("its signals are not a list")
    return map(str, said)


def _truth_language(row: Mapping[str, Any]) -> Iterable[str]:
    code = _language(row)
    if code == UNKNOWN_LANGUAGE:
        raise LeftOutError("it names no language")
    return [code if code in HOUSE_LANGUAGES else OTHER]


_TRUTH: Mapping[Task, Callable[[Mapping[str, Any]], Iterable[str]]] = {
    Task.SENTIMENT: _sentiment,
    Task.COMPLAINT: _complaint,
    Task.SIGNALS: _signals,
    Task.LANGUAGE: _truth_language,
}


def _language(row: Mapping[str, Any]) -> str:
    said = row.get("lang")
    code = re.split("[-_]", said[:_LONGEST_SHOWN].strip().lower())[0] if isinstance(said, str) else ""
    # "all" is what all languages together are called where figures are shown.
    return code if _CODE.fullmatch(code) and code != "all" else UNKNOWN_LANGUAGE


def _first(row: Mapping[str, Any], *fields: str) -> Any:
    found = (row[field] for field in fields if row.get(field) is not None)
    said = next(found, None)
    if said is None:
        raise LeftOutError(f"it has no {' or '.join(f'`{field}`' for field in fields)}")
    return said


def _one_of(task: Task, said: Any) -> str:
    word = said.strip().lower() if isinstance(said, str) else said
    if word not in LABELS[task]:
        known = f"{', '.join(LABELS[task][:-1])} or {LABELS[task][-1]}{_ALSO.get(task, '')}"
        raise LeftOutError(f"its label is {shown(said)}, not {known}")
    return str(word)


def shown(said: Any) -> str:
    """What a row says, as far as it is worth a line on a screen."""
    whole = repr(said)
    return whole if len(whole) <= _LONGEST_SHOWN else f"{whole[:_LONGEST_SHOWN]}…"


def _listed(given: Any) -> Iterable[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]
