"""Two models side by side on the same texts, as a table."""

from typing import Any

from monitors.teaching import EVERYTHING, Measured

_SHOWN = {"macro_f1": "macro-F1", "accuracy": "accuracy", "expected_calibration_error": "calibration"}


def comparison(one: str, of_one: Measured, other: str, of_other: Measured) -> Any:
    """Draw a table: a line a language, all together last, each figure of the one and of the other."""
    from rich.markup import escape
    from rich.table import Table

    one, other = escape(one), escape(other)
    table = Table("language", "texts", box=None, padding=(0, 1, 0, 0))  # the readers' names fit 80 columns
    for figure in _SHOWN.values():
        table.add_column(f"{figure}\n{one}", justify="right", min_width=len(figure))
        table.add_column(f"\n{other}", justify="right")
    languages = sorted(set(of_one) - {"model", EVERYTHING})
    for language in [*(languages if len(languages) > 1 else []), EVERYTHING]:
        cells = [_cell(of[language][figure]) for figure in _SHOWN for of in (of_one, of_other)]
        table.add_row(escape(language), str(of_one[language]["n"]), *cells)
    return table


def _cell(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"
