"""What the look back on a week says, read from the ledger when it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.denominator import Rate, rate
from monitors.ledger import weeks
from monitors.ledger.engine import Tx
from monitors.ledger.weeks import Missed, Week
from monitors.messages.lines import cut
from monitors.messages.wording import Wording

LONGEST_QUOTE = 140
NAMED = 5
"""What was missed and learnt that a message names one by one; the page has all."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfBrand:
    """One brand's complaints in the week, and what they are counted against: a rate where that is known."""

    brand: str
    complaints: int
    what: str
    units: int
    rate: Rate | None


def of_week(tx: Tx, payload: Mapping[str, Any], wording: Wording) -> dict[str, Any]:
    """The values of the template for the days that a letter names."""
    since, until = (datetime.fromisoformat(payload[name]) for name in ("week_from", "week_to"))
    week = weeks.look_back(tx, since, until)
    return {
        "week": week,
        "first_day": wording.day(since),
        "last_day": wording.day(until - DAY),
        "verdicts": {name: week.verdicts.get(name, 0) for name in ("right", "noise", "already_handled")},
        "minutes": round(week.first_answer / timedelta(minutes=1)) if week.first_answer is not None else None,
        "kept": week.kept,
        "due": week.due,
        "brands": brands(week, payload.get("against", {}), (until.date() - since.date()).days),
        "missed": [_named(one) for one in week.missed[:NAMED]],
        "causes": [(wording.label("cause", name), number) for name, number in week.causes],
        "lessons": [cut(row.lesson, LONGEST_QUOTE) for row in week.lessons[:NAMED]],
    }


def brands(week: Week, against: Mapping[str, Mapping[str, Any]], days: int) -> Sequence[OfBrand]:
    """Complaints by brand, as a rate where it is known what they are counted against."""
    found = []
    for brand, complaints in sorted(week.complaints.items()):
        known = against.get(brand)
        units = int(known["per_day"]) * days if known else 0
        found.append(OfBrand(brand, complaints, str(known["what"]) if known else "", units, rate(complaints, units)))
    return found


def _named(one: Missed) -> Mapping[str, Any]:
    return {"brand": one.brand, "why": one.why, "text": cut(one.text, LONGEST_QUOTE)}
