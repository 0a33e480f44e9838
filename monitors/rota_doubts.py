"""What ``kuula check`` doubts about who is called: duties of people whom no message reaches, and gaps."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.hours import Opening
from monitors.pipeline.calling import business_of, rota_of
from monitors.settings import Settings
from monitors.settings.mistakes import Mistake

AHEAD = timedelta(weeks=8)
"""How far ahead gaps are looked for: turns of a week come round in it, and a holiday or two."""


def rota_doubts(settings: Settings, now: datetime) -> Iterator[Mistake]:
    """Find what is allowed, and leaves people uncalled."""
    yield from _unreached(settings)
    rota = rota_of(settings)
    gaps = [gap for gap in rota.gaps(now, now + AHEAD) if _matters(gap, business_of(settings).opening)]
    if settings.rota.duties and gaps:
        begin, end = (at.astimezone(rota.zone) for at in gaps[0])
        more = f", and {len(gaps) - 1} times more in {AHEAD.days // 7} weeks" if len(gaps) > 1 else ""
        yield Mistake(
            ("rota", "duties"),
            f"nobody is on duty from {begin:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M}{more}",
            "Everybody is called then who is not in their quiet hours; add a duty, or `[hours]` of the team.",
        )


def _unreached(settings: Settings) -> Iterator[Mistake]:
    for place, duty in enumerate(settings.rota.duties):
        for number, name in enumerate(duty.people):
            person = settings.people.get(name)
            if person is not None and not person.channels:
                key = ("rota", "duties", place, "people", number)
                message = f"no alert reaches {name}, who has this duty: the next person is called instead"
                yield Mistake(key, message, f'Add `channels = ["..."]` to `[people.{name}]`.')


def _matters(gap: tuple[datetime, datetime], opening: Opening) -> bool:
    """Whether the team says that it is there at some time of a gap."""
    begin, end = gap
    return opening.is_open(begin) or opening.opens_at(begin) < end
