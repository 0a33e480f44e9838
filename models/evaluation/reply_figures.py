"""How well the reply check does on drafts with known findings: for ``kuula evaluate replies`` and the card."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft's true findings, those that were said, and those that it may be mistaken for."""

    true: Collection[str]
    said: Collection[str]
    hard: Collection[str] = ()


def reply_figures(rows: Sequence[Checked], kinds: Sequence[str]) -> dict[str, Any]:
    """Give the figures; a share of nothing is 0."""
    clean = [row for row in rows if not row.true]
    traps = [(row, kind) for row in rows for kind in row.hard]
    return {
        "n": len(rows),
        "micro_f1": _f1(rows, kinds),
        "exactly_right": _share([set(row.true) == set(row.said) for row in rows]),
        "clean": len(clean),
        "clean_wrongly_flagged": _share([bool(row.said) for row in clean]),
        "hard_negatives": len(traps),
        "hard_negatives_wrongly_flagged": _share([kind in row.said for row, kind in traps]),
        "per_finding": {kind: per_finding(rows, kind) for kind in kinds},
    }


def per_finding(rows: Sequence[Checked], kind: str) -> Mapping[str, float]:
    """Give how often a finding truly is there, and how well it is found."""
    true, said = (sum(kind in found for found in column) for column in (_true(rows), _said(rows)))
    both = sum(kind in row.true and kind in row.said for row in rows)
    return {
        "n": true,
        "precision": round(both / said, _DIGITS) if said else 0.0,
        "recall": round(both / true, _DIGITS) if true else 0.0,
        "f1": _f1(rows, [kind]),
    }


def _f1(rows: Sequence[Checked], kinds: Sequence[str]) -> float:
    wanted = set(kinds)
    both = sum(len(wanted & set(row.true) & set(row.said)) for row in rows)
    named = sum(len(wanted & set(row.true)) + len(wanted & set(row.said)) for row in rows)
    return round(2 * both / named, _DIGITS) if named else 0.0


def _true(rows: Sequence[Checked]) -> list[Collection[str]]:
    return [row.true for row in rows]


def _said(rows: Sequence[Checked]) -> list[Collection[str]]:
    return [row.said for row in rows]


def _share(told: Sequence[bool]) -> float:
    return round(sum(told) / len(told), _DIGITS) if told else 0.0
