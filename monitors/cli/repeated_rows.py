"""Labelled texts that are there more than once: the same again, and the same with another label."""

from collections.abc import Sequence

import typer

from models.training.own import Taught

_SHOWN = 3

Found = tuple[list[Taught], str]
"""The labelled texts of one source, and what it is called."""


def distinct(found: Sequence[Found]) -> list[Found]:
    """Count what one author wrote once, and tell of texts whose labels contradict each other, which are kept.

    What several people wrote in the same words is as often true as there are people.
    """
    seen: set[tuple[str, str | None, str]] = set()
    first: dict[str, Taught] = {}
    kept: list[Found] = []
    again, contradictions = 0, []
    for taught, source in found:
        once: list[Taught] = []
        for one in taught:
            text = " ".join(one.row.text.split())
            if (text, one.author, one.label) in seen:
                again += 1
                continue
            seen.add((text, one.author, one.label))
            once.append(one)
            before = first.setdefault(text, one)
            if before.label != one.label:
                contradictions.append((before, one))
        kept.append((once, source))
    _tell(again, contradictions)
    return kept


def _tell(again: int, contradictions: Sequence[tuple[Taught, Taught]]) -> None:
    if again:
        typer.echo(f"{again} lines are left out: the same text, author and label are there before", err=True)
    if contradictions:
        typer.echo(f"{len(contradictions)} lines contradict the label that the same text has elsewhere:", err=True)
    for one, other in contradictions[:_SHOWN]:
        typer.echo(f"    {one.row.place}: {one.label}; {other.row.place}: {other.label}", err=True)
    if (more := len(contradictions) - _SHOWN) > 0:
        typer.echo(f"    and {more} more", err=True)
