"""Writes the card of the artefacts: what they learnt from and how well they do, figures only from the measuring."""

from collections.abc import Iterable, Sequence

from models.training.data import (
    COMPLAINT,
    CORPUS,
    EVERYDAY,
    OWN_POSTS,
    PLAIN_WEIGHT,
    SENTIMENT,
    SLY_TONE_WEIGHT,
    Source,
)
from models.training.markdown import table
from models.training.measure import Row

_HEAD = """\
# The built-in text models

Written by `python -m models.training`, which trains the models and measures them; do not edit.

Linear models over hashed character n-grams (2 to 5 characters within words), support vector machines whose scores a
logistic calibration turns into probabilities. One sentiment model for each of Estonian, Russian, Finnish and English.
Calibrations are fitted on training texts that the scoring model had not seen; classes are weighted half-way between
their shares in the data and equal shares. The model of signals is one for all languages, over the same n-grams and
over runs of one to three base forms; what it says is joined with the patterns'. Its thresholds are chosen on training
posts by authors that the scoring model had not met: the best F1 among those of a precision of 0.7 or more. The
figures are somewhat kind: the strength of regularisation, the weights of sources and classes and which sources to use
were chosen while looking at these same held-out texts. The separate test sets of the public data were not touched.

**Read this before trusting a number.** Public complaints exist in English only, and no public set has Estonian posts
with their tone. What there is in Estonian, Russian and Finnish of complaints, and of tone in Estonian posts, is the
corpus of this project (`models/training/corpus/DATASHEET.md`), which a language model wrote. The rows named *corpus*
below are of its development part: authors that the models had not met. Its plain posts weigh {plain:g} where tone and
complaints are learnt, the others {sly:g} where tone is.
"""


def write_card(rows: Sequence[Row], sizes: Iterable[tuple[str, int]]) -> str:
    """Give the card as Markdown."""
    sentiment = [row for row in rows if row["model"] == "sentiment"]
    complaint = [row for row in rows if row["model"] == "complaint"]
    signals = [row for row in rows if row["model"] == "signals"]
    return "\n".join(
        [
            _HEAD.format(plain=PLAIN_WEIGHT, sly=SLY_TONE_WEIGHT),
            "## Sentiment on held-out texts\n",
            *table(sentiment),
            "\n## Complaints on held-out texts\n",
            *table(complaint),
            "\n## Signals on held-out texts\n",
            *table(signals),
            "\n## Learnt from\n",
            *table(licences()),
            "\n## Files\n",
            *table([{"file": name, "bytes": size} for name, size in sizes]),
            "",
        ]
    )


def licences() -> list[Row]:
    """Give every source that was learnt from, with its licence."""
    by_use = [(f"sentiment, {language}", source) for language, sources in SENTIMENT.items() for source in sources]
    by_use += [("sentiment, all", OWN_POSTS), ("sentiment and complaint, all", CORPUS)]
    by_use += [("signals, all", CORPUS)]
    by_use += [("complaint", source) for source in (*COMPLAINT, EVERYDAY)]
    return [_licence(use, source) for use, source in by_use]


def _licence(use: str, source: Source) -> Row:
    return {"for": use, "texts": source.path.split(".")[0], "weight": source.weight, "licence": source.licence}
