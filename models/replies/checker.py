"""Joins network and clues: how likely each finding is, which are shown, and where.

What is learnt stands in ``artifacts/replies/weights.npz``: for each finding a logistic regression over clues and the
network's logit, and the probability from which a finding is shown, chosen on drafts by authors that neither had met.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.classifier import logistic
from models.replies.clues import LONGEST, Clues, clues_of
from models.replies.finding import KINDS, Draft, Finding, FindingKind, possible
from models.replies.network import FILES, Network, Reading
from models.replies.phrases import Phrases
from models.replies.places import spans_of

_NETWORK, _WEIGHTS = "network.onnx", "weights.npz"


@dataclass(frozen=True, slots=True)
class Read:
    """A draft as network and clues see it."""

    draft: Draft
    clues: Clues
    reading: Reading


class Checker:
    """Checks drafts; loading one takes a second, so keep it."""

    def __init__(self, folder: Path) -> None:
        import numpy as np

        with np.load(folder / _WEIGHTS, allow_pickle=False) as stored:
            self._weights: dict[str, Any] = dict(stored)
        self._network = Network(folder / _NETWORK, _part(self._weights, "heads"))

    @classmethod
    def builtin(cls) -> "Checker":
        """Load what comes with the package."""
        return cls(FILES)

    def read(self, draft: Draft) -> Read:
        """Let network and clues read a draft."""
        return Read(draft, clues_of(draft), self._network.read(draft))

    def probabilities(self, read: Read) -> dict[FindingKind, float]:
        """Give how likely each finding is that such a draft can have at all."""
        columns = columns_of(read.clues, read.reading.logits)
        sure = {}
        for place, kind in enumerate(KINDS):
            if possible(read.draft, kind):
                logit = (columns[place] * self._weights["coef"][place]).sum() + self._weights["intercept"][place]
                sure[kind] = float(logistic(logit))
        return sure

    def check(self, draft: Draft, phrases: Phrases) -> tuple[Finding, ...]:
        """Name what is wrong with a draft, in the order of `FindingKind`."""
        read = self.read(draft)
        sure = self.probabilities(read)
        return tuple(
            Finding(
                kind,
                round(sure[kind], 4),
                spans_of(kind, read.draft.text[:LONGEST], read.clues, read.reading),
                phrases.wording(kind, draft.language, draft.text),
            )
            for kind in chosen(sure, float(self._weights["threshold"]))
        )


def chosen(sure: Mapping[FindingKind, float], threshold: float) -> list[FindingKind]:
    """Give the findings that are sure enough; a promise is a next step, so of these two only the surer one stands."""
    found = [kind for kind in KINDS if kind in sure and sure[kind] >= threshold]
    pair = (FindingKind.NO_SOLUTION_OR_TIME, FindingKind.PROMISE_WITHOUT_TIME)
    if all(kind in found for kind in pair):
        found.remove(min(pair, key=sure.__getitem__))
    return found


def columns_of(clues: Clues, logits: Any) -> Any:
    """Give what speaks for each finding (findings × columns): the clues, and the network's logit."""
    import numpy as np

    shared = np.broadcast_to(np.array(clues.values), (len(KINDS), len(clues.values)))
    return np.hstack([shared, logits[:, None]])


@cache
def builtin() -> Checker:
    """Give the checker that comes with the package, loaded once."""
    return Checker.builtin()


def _part(weights: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(f"{prefix}/"): found for key, found in weights.items() if key.startswith(f"{prefix}/")}
