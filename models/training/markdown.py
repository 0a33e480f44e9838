"""Tables of the cards, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence


def table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Give rows, which all have the columns of the first, as the lines of a table."""
    if not rows:
        return ["Nothing was held out."]
    head = list(rows[0])
    return [_line(head), _line(["---"] * len(head)), *(_line([row[key] for key in head]) for row in rows)]


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
