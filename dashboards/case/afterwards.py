"""What came of it, and what is to be learnt: drawn once an incident is resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards import passages
from dashboards.case.context import Case
from dashboards.speech import mark
from models.post import Snapshot
from models.scores import Remedy
from monitors.ledger import afterwards, posts
from monitors.ledger.afterwards import Course

CAUSES = {
    "late": mark("it was late"),
    "lost": mark("something was lost"),
    "broken": mark("something was broken"),
    "wrong": mark("the wrong thing"),
    "price": mark("the price or the bill"),
    "unreachable": mark("nobody could be reached"),
    "staff": mark("how staff behaved"),
    "promise": mark("a broken promise"),
    "information": mark("wrong or missing information"),
    "outage": mark("an outage or a fault"),
    "data": mark("personal data"),
    "not_ours": mark("not our doing"),
    "other": mark("another cause"),
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Interactions of the story's shown posts when the customer had our first answer, and at the last look."""

    at_answer: int
    now: int

    @property
    def since(self) -> int:
        """How many came after the answer."""
        return max(0, self.now - self.at_answer)


def values(case: Case) -> Mapping[str, Any]:
    """How the case went and what was learnt, of an incident that is over."""
    if case.row.status != "resolved":
        return {"course": None}
    course = afterwards.course(case.tx, case.row)
    counts = posts.snapshots_of(case.tx, [post.seq for post in case.posts])
    return {
        "course": course,
        "spread": _spread(course, list(counts.values())),
        "learnt": afterwards.get(case.tx, case.row.id),
        "causes": CAUSES,
        "currency": case.office.settings.costs.currency,
        "wished": _wished(case.posts),
        "handovers": sum(event.kind in {"assigned", "handed_over"} for event in case.events),
        "calls": sum(event.kind in {"escalated", "unanswered"} for event in case.events),
    }


def _wished(shown: Sequence[Any]) -> str:
    """The remedy that is asked for most: what the form begins with."""
    wished = [post.remedy for post in shown if post.remedy != Remedy.NONE]
    return max(wished, key=wished.count, default=Remedy.NONE.value)


def _spread(course: Course, counts: Sequence[Sequence[Snapshot]]) -> Spread | None:
    if course.answered_at is None:
        return None
    then = [_total(taken, course.answered_at) for taken in counts]
    last = [_total(taken, None) for taken in counts]
    return Spread(sum(then), sum(last)) if any(counts) else None


def _total(taken: Sequence[Snapshot], until: datetime | None) -> int:
    """Interactions at the last look up to a time; counts that a source takes back later do not count as fewer."""
    seen = [total for one in taken if until is None or one.at <= until if (total := passages.interactions(one))]
    return max(seen, default=0)
