"""What forecasts say to people: sizes only where they are calibrated, else how the post stands among its peers.

Each text is a key of the catalogs.
"""

from collections.abc import Sequence
from datetime import datetime

from dashboards.outcomes import CERTAIN, MOST_MULTIPLE
from dashboards.speech import Speech, mark
from models.calibration import ENOUGH_POSTS
from models.virality import Forecast, Outlook

USUAL = {
    "author": mark("%(n)s× the usual of this author."),
    "source": mark("%(n)s× the usual of this source."),
}
"""Whose usual is told: what so many followers bring is a rule of thumb, which steers and is not shown."""


def expected(say: Speech, found: Forecast, reached: int) -> list[str]:
    """How far a post will go, in sentences; ``reached`` is how many interactions it has by now."""
    if found.method == "observed":
        count = say.number(max(reached, found.so_far or 0))
        return [say.text("The first day of the riskiest post is over: it has %(n)s interactions.", n=count)]
    if found.calibrated and found.median is not None:
        sizes = {"median": found.median, "low": found.low or 0, "high": found.high or 0}
        numbers = {name: say.number(max(size, reached)) for name, size in sizes.items()}
        said = say.text(
            "The riskiest post is expected to have %(median)s interactions 24 hours after it was written, most likely "
            "between %(low)s and %(high)s.",
            **numbers,
        )
        return [said, say.text("Calibrated on %(n)s finished posts of its source.", n=say.number(found.learnt_from))]
    if found.median is None:
        return [say.text("Too little is known for a forecast.")]
    later = say.text(
        "Not calibrated yet: sizes are shown once this source has %(n)s finished posts.", n=say.number(ENOUGH_POSTS)
    )
    return [*ranked(say, found), later]


def ranked(say: Speech, found: Forecast) -> list[str]:
    """Where a post stands among posts of its age, in a sentence; nothing where that is unknown."""
    if found.rank is None:
        return []
    if found.rank >= 0.5:
        top = say.percent(found.top_share)
        return [say.text("The riskiest post is among the top %(share)s of posts at this age.", share=top)]
    better = say.percent(found.top_share)
    return [say.text("At this age %(share)s of posts do better than the riskiest one.", share=better)]


def besides(say: Speech, found: Forecast, now: datetime) -> list[str]:
    """How many times the usual that is, and when growth is fastest."""
    said = []
    if found.usual_of in USUAL and found.usual_multiple is not None and found.usual_multiple <= MOST_MULTIPLE:
        multiple = say.number(found.usual_multiple, 0 if found.usual_multiple >= 10 else 1)
        said.append(say.text(USUAL[found.usual_of], n=multiple))
    if found.peak_at is not None:
        when = say.moment(found.peak_at)
        said.append(
            say.text("Growth is expected to be fastest at %(when)s.", when=when)
            if found.peak_at > now
            else say.text("Growth was fastest at %(when)s.", when=when)
        )
    return said


def chances(say: Speech, found: Forecast, reached: int) -> list[tuple[str, str]]:
    """Each size of the policy with its chance; of an uncalibrated forecast only those that are reached."""
    said = []
    for size, chance in sorted(found.thresholds.items()):
        if reached >= size or chance >= CERTAIN:
            said.append((say.number(size), say.text("reached")))
        elif found.calibrated or found.method == "observed":
            said.append((say.number(size), say.percent(chance)))
    return said


def of_story(say: Speech, story: Outlook, reached: int) -> list[str]:
    """How far a story of several posts will go; ``reached`` is how far one of them is by now."""
    if story.posts < 2:
        return []
    so_far = max(story.so_far, reached)
    count = say.number(so_far)
    said = [
        say.plural(
            "The %(n)s post of the story has %(count)s interactions so far.",
            "The %(n)s posts of the story have %(count)s interactions so far.",
            story.posts,
            count=count,
        )
    ]
    if story.calibrated and story.median is not None:
        median = say.number(max(story.median, so_far))
        said.append(
            say.text("Together they are expected to have %(median)s a day after each was written.", median=median)
        )
        said += _at_least(say, [(size, chance) for size, chance in story.thresholds.items() if size > so_far])
    return said


def _at_least(say: Speech, known: Sequence[tuple[int, float]]) -> list[str]:
    """The chance of the largest size that has one worth telling: at least that of the largest post alone."""
    told = [(size, chance) for size, chance in known if chance >= 0.1]
    if not told:
        return []
    size, chance = max(told)
    values = {"size": say.number(size), "chance": say.percent(chance)}
    return [say.text("The chance that they pass %(size)s is at least %(chance)s.", **values)]
