"""What the look back on a week says, read from the ledger when it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from models.denominator import Against, BrandRate, brand_rate
from monitors.ledger import weeks
from monitors.ledger.engine import Tx
from monitors.ledger.weeks import Missed, Week
from monitors.messages.lines import cut
from monitors.messages.wording import Wording

LONGEST_QUOTE = 140
NAMED = 5
"""What was missed and learnt that a message names one by one; the page has all."""

DAY = timedelta(days=1)


def of_week(tx: Tx, payload: Mapping[str, Any], wording: Wording) -> dict[str, Any]:
    """The values of the template for the days that a letter names."""
    since, until = (datetime.fromisoformat(payload[name]) for name in ("week_from", "week_to"))
    week = weeks.look_back(tx, since, until)
    against = {brand: Against(**known) for brand, known in payload.get("against", {}).items()}
    return {
        "week": week,
        "first_day": wording.day(since),
        "last_day": wording.day(until - DAY),
        "verdicts": {name: week.verdicts.get(name, 0) for name in ("right", "noise", "already_handled")},
        "minutes": round(week.first_answer / timedelta(minutes=1)) if week.first_answer is not None else None,
        "kept": week.kept,
        "due": week.due,
        "brands": brands(tx, week, against, until),
        "missed": [_named(one) for one in week.missed[:NAMED]],
        "causes": [(wording.label("cause", name), number) for name, number in week.causes],
        "lessons": [cut(row.lesson, LONGEST_QUOTE) for row in week.lessons[:NAMED]],
    }


def brands(tx: Tx, week: Week, against: Mapping[str, Against], until: datetime) -> Sequence[BrandRate]:
    """Complaints by brand up to a time, as a rate where it is known what they are counted against."""
    found = []
    for brand, complaints in sorted(week.complaints.items()):
        watched = week.watched.get(brand)
        heard = partial(weeks.written_between, tx, brand, watched or week.since, until)
        found.append(brand_rate(brand, complaints, against.get(brand), (week.since, until), watched, heard))
    return found


def _named(one: Missed) -> Mapping[str, Any]:
    return {"brand": one.brand, "why": one.why, "text": cut(one.text, LONGEST_QUOTE)}
