"""The card of the stories: what was measured, on what, and what the figures do not say."""

from collections.abc import Mapping, Sequence

from models.matter import AGAINST, SAME_MATTER, WORTH
from models.training.markdown import table

Row = Mapping[str, str | int | float]


def write_card(rows: Sequence[Row]) -> str:
    """Give the card as Markdown."""
    lines = "\n".join(table(rows))
    worth = ", ".join(f"{_name(kind.name)} {points:g}" for kind, points in WORTH.items())
    against = ", ".join(f"another {_name(kind.name)} -{points:g}" for kind, points in AGAINST.items())
    return f"""# Stories

Written by `python -m models.training.stories`; change nothing here by hand.

A story is the posts on one grievance. A pair of a brand's posts is right when both are in one story as written. The
posts are in Estonian, Russian, Finnish and English, of invented brands, each written for this set.

{lines}

*words* is near-duplicates alone, as before; *matter* adds what posts are about. *across* are pairs in two languages,
*alone* is the share of look-alikes that stayed alone: the same brand and kind of grievance, another place or thing.

## How two posts come to one story

1. Words: four tenths of their content words are the same, and no other place, number or sum contradicts.
2. Matter: the facets that both name add up to {SAME_MATTER:g} or more within 48 hours.
   - For: {worth}; up to 6 hours apart +1, up to 24 +0.5, unless all that
     is shared is one trouble or thing at one place.
   - Against: {against}.
   - A facet counts only in a pair that few stories of the brand have, and a quarter where many have it.
   - Without place, name, number or sum the story takes others in for 12 hours.

## What the figures do not say

- One hand wrote the words of `models/matter_words.py` and the posts: real posts name more things in more words, and
  fewer of them will find their story. Points and threshold were chosen on the brands of *dev* and on a public stream
  of airline posts. *test* was measured twice: precision 0.969, recall 0.496, F1 0.656 with the first words, then as
  above, after words for what is in the training part of the corpus (`models/training/corpus`) were added by somebody
  who had seen the posts of *test*: so they are kind.
- Every post counts as a grievance and its language as known; in the ledger small talk opens no story.
- Posts that name neither place nor thing that the words know stay alone unless they share wording.
"""


def _name(kind: str) -> str:
    return kind.lower().replace("_", " ")
