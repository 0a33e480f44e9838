"""Writes the card of the language detector: what it learnt from and how well it does."""

from collections.abc import Sequence

from models.training.language.measure import Row
from models.training.language.texts import COLUMNS, GROUPS, LICENCES
from models.training.markdown import table

_HEAD = """\
# The language detector

Written by `python -m models.training.language`, which trains the detector and measures it; do not edit.

A softmax over hashed character n-grams within words (1 to 5 characters, and the whole word). The evidence of words
adds up, over a post to its language and over some of its words to the language of a part. It learns on windows of 1 to
60 words of the texts below, ever anew with marks left out, letters dropped or swapped, words of other languages put in,
and Russian in Latin letters in the many ways in which people type it. Words that look like names weigh less.

Read the figures with care. The public texts carry the language of their set, not of their text: some tweets of the
Russian set are Mongolian, some lines of the Finnish one English. A tenth of the public texts, the development parts of
the labelled sets and all authors of the corpus that tune or measure are not learnt from; thresholds were chosen while
looking at the tuning authors. "Undecided" is counted as a miss.
"""


def write_card(rows: Sequence[Row], size: int) -> str:
    """Give the card as Markdown."""
    return "\n".join(
        [
            _HEAD,
            "## On texts that it did not learn from (per cent)\n",
            *table(rows),
            "\n## Learnt from\n",
            *table([{"texts": name, "licence": licence} for name, licence in LICENCES.items()]),
            "\n## Columns\n",
            f"{', '.join(COLUMNS)}; of these the groups are:\n",
            *table([{"group": name, "languages": ", ".join(members)} for name, members in GROUPS.items()]),
            f"\n`language.npz`: {size} bytes.",
            "",
        ]
    )
