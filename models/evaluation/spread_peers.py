"""Published forecasts of engagement, to stand beside ours: they see the same polls and learn from the same posts."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from models.growth import Polls

Example = tuple[Polls, float]
"""What was known of a post at some age, and how large it became."""


class Peer(Protocol):
    """A forecast of final sizes that may learn from posts of the same age."""

    def learn(self, examples: Sequence[Example]) -> None:
        """Set what has to be set, on posts whose end is known."""
        ...

    def sizes(self, polls: Sequence[Polls]) -> Any:
        """Give the final sizes expected."""
        ...


class SzaboHuberman:
    """Final size in proportion to the count, with the least relative error (Szabo and Huberman 2010, CACM 53:8)."""

    def __init__(self) -> None:
        self._factor = 1.0

    def learn(self, examples: Sequence[Example]) -> None:
        """Fit the factor; posts that nobody answered teach nothing about it."""
        shares = np.array([polls.counts[-1] / final for polls, final in examples if final > 0])
        self._factor = float(shares.sum() / max((shares**2).sum(), 1e-12))

    def sizes(self, polls: Sequence[Polls]) -> Any:
        """Multiply counts by the factor."""
        return np.array([self._factor * one.counts[-1] for one in polls])


class Seismic:
    """A self-exciting process with one infectiousness a post (Zhao et al. 2015, KDD, algorithms 1 and 2).

    Followers of those who share are unknown to anybody who polls, so that each counts as one and the author as
    ``root``; times between polls are spread evenly. Root, damping and the scale of what is to come are tuned.
    """

    _SHORT, _DECAY, _HEIGHT = 300.0, 0.242, 6.27e-4
    _ROOTS, _DAMPINGS, _SCALES = (1.0, 10.0, 100.0), (0.3, 0.5, 0.7, 0.9), (0.2, 0.5, 1.0)
    _MOST = 20.0
    """Times the count: what a supercritical post is said to reach."""

    def __init__(self) -> None:
        self._chosen = (1.0, 0.5, 0.5)

    def learn(self, examples: Sequence[Example]) -> None:
        """Take the setting whose median relative error is least."""
        polls, finals = [polls for polls, _ in examples], np.array([final for _, final in examples])
        told = {root: [self._told(one, root) for one in polls] for root in self._ROOTS}
        options = [(root, damp, scale) for root in self._ROOTS for damp in self._DAMPINGS for scale in self._SCALES]

        def error(option: tuple[float, float, float]) -> float:
            sizes = np.array([self._size(one, option) for one in told[option[0]]])
            return float(np.median(np.abs(sizes - finals) / np.maximum(finals, 1.0)))

        self._chosen = min(options, key=error)

    def sizes(self, polls: Sequence[Polls]) -> Any:
        """Extend each process to its end."""
        return np.array([self._size(self._told(one, self._chosen[0]), self._chosen) for one in polls])

    def _told(self, polls: Polls, root: float) -> tuple[float, float, float]:
        """Give the count, the infectiousness and the exposure that is still to act."""
        shares = _times(polls) * 60
        end = polls.ages[-1] * 60
        times, reach = np.concatenate([[0.0], shares]), np.concatenate([[root], np.ones(len(shares))])
        heard = np.clip(1 - 2 * (end - shares) / end, 0.0, None).sum()
        since = np.maximum(times, end / 2)
        rise, start = 2 / end, 2 * times / end - 1
        late, early = end - times, since - times
        spoken = start * (self._mass(late) - self._mass(early)) + rise * (self._moment(late) - self._moment(early))
        infectious = heard / max(float((reach * spoken).sum()), 1e-12)
        return float(len(shares)), infectious, float((reach * (1 - self._mass(late))).sum())

    def _size(self, told: tuple[float, float, float], option: tuple[float, float, float]) -> float:
        count, infectious, waiting = told
        _, damping, scale = option
        left = 1 - damping * infectious
        coming = scale * infectious * waiting / left if left > 0 else math.inf
        return count + min(coming, self._MOST * (count + 1))

    def _mass(self, seconds: Any) -> Any:
        """Integrate the memory kernel from 0."""
        late = np.maximum(seconds / self._SHORT, 1.0) ** -self._DECAY
        return self._HEIGHT * (np.minimum(seconds, self._SHORT) + self._SHORT / self._DECAY * (1 - late))

    def _moment(self, seconds: Any) -> Any:
        """Integrate time times the memory kernel from 0."""
        short, power = self._SHORT, 1 - self._DECAY
        late = short**2 * (np.maximum(seconds / short, 1.0) ** power - 1) / power
        return self._HEIGHT * (np.minimum(seconds, short) ** 2 / 2 + late)


class Hawkes:
    """The mean of an exponential Hawkes process on counted intervals (Haimovich et al. 2022, VLDB; Rizoiu et al. 2022).

    Its expected count is ``A (1 - exp(-rate * age))``; the rate is found by Poisson likelihood, with the rates of the
    posts learnt from as what is likely beforehand.
    """

    _RATES = np.geomspace(1e-4, 1.0, 25)

    def __init__(self) -> None:
        self._before = np.zeros(len(self._RATES))

    def learn(self, examples: Sequence[Example]) -> None:
        """Count how often each rate would have given the true end."""
        ends = np.array([final for _, final in examples])[:, None]
        now = np.array([[polls.counts[-1], polls.ages[-1]] for polls, _ in examples])
        said = now[:, :1] / (1 - np.exp(-self._RATES * now[:, 1:]))
        nearest = np.abs(np.log1p(said) - np.log1p(ends)).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(self._RATES)) + 1.0
        self._before = np.log(counts / counts.sum())

    def sizes(self, polls: Sequence[Polls]) -> Any:
        """Extend each curve to its end, at the likeliest rate."""
        return np.array([self._size(one) for one in polls])

    def _size(self, polls: Polls) -> float:
        ages = np.array([0.0, *polls.ages])
        counted = np.diff([0.0, *polls.counts])
        total = 1 - np.exp(-self._RATES * ages[-1])
        shares = np.diff(1 - np.exp(-np.outer(self._RATES, ages)), axis=1) / total[:, None]
        likely = (np.log(np.maximum(shares, 1e-12)) * counted).sum(axis=1) + self._before
        return float(polls.counts[-1] / total[likely.argmax()])


def _times(polls: Polls) -> Any:
    """Spread what came between two polls evenly over the time between them (minutes)."""
    ages, counts = [0.0, *polls.ages], [0.0, *polls.counts]
    parts = []
    for place in range(1, len(ages)):
        new = round(counts[place] - counts[place - 1])
        step = (ages[place] - ages[place - 1]) / max(new, 1)
        parts.append(ages[place - 1] + step * (np.arange(new) + 0.5))
    return np.concatenate(parts) if parts else np.zeros(0)


PEERS: dict[str, type[SzaboHuberman] | type[Seismic] | type[Hawkes]] = {
    "szabo_huberman": SzaboHuberman,
    "seismic": Seismic,
    "hawkes": Hawkes,
}
