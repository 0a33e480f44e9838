"""What a fact of an answer is: its kind, its normal form, its place in the text, and what it is about."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class FactKind(StrEnum):
    """Kinds of facts; a ``CORRECTION`` is the admission that something told before was wrong or was not kept."""

    SUM = "sum"
    SHARE = "share"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    NAME = "name"
    CAUSE = "cause"
    PROMISE = "promise"
    RULE = "rule"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that a text states between ``start`` and ``end``.

    ``value`` is the same for the same fact in every language and format: ``38.90 EUR``, ``50%``, ``2026-11-14``
    (``--11-14``, ``---14`` or ``W5``, a Friday, as far as the text says it when nobody knows the day of the telling),
    ``17:00-19:00``, ``P14D``, a name, a class of causes or promises, ``refund:no``. ``about`` is what it belongs to
    (refund, delivery, call…), empty where the text does not say; ``until`` that it is the latest, not the only one;
    ``beside`` the beginnings of the words around it, by which two facts are seen to be about one thing of any kind.
    """

    kind: FactKind
    value: str
    text: str
    start: int
    end: int
    about: str = ""
    until: bool = False
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new answer says otherwise than an answer before it."""

    new: Fact
    told: Fact


def to_document(fact: Fact) -> dict[str, Any]:
    """Write a fact as something that JSON can hold."""
    return {**asdict(fact), "kind": fact.kind.value}


def from_document(document: Mapping[str, Any]) -> Fact:
    """Read a fact from what ``to_document`` wrote."""
    return Fact(**{**document, "kind": FactKind(document["kind"])})
