"""What joins an incident after it opened, and when people are called to one that waits until the team is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, select, update

from monitors.ledger import audit
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status, note_change
from monitors.ledger.schema import incidents
from monitors.ledger.statements import held

Sooner = Callable[[Row[Any], float], datetime | None]
"""When the next person is called to an incident that has a risk from now on."""


@dataclass(slots=True)
class Joined:
    """What joined an incident's story in one batch: so many posts, the highest risk and severity among them."""

    posts: int = 0
    risk: float = 0.0
    severity: int = 0

    def add(self, risk: float, severity: int, *, is_new: bool) -> None:
        """Count one post; one that was looked at again is not new. Severity 0 is no grievance and raises nothing."""
        self.posts += is_new
        self.risk = max(self.risk, risk if severity else 0.0)
        self.severity = max(self.severity, severity)


def attach(tx: Tx, joined: Mapping[int, Joined], now: datetime, sooner: Sooner | None = None) -> None:
    """More posts joined the stories of these incidents; risk and severity only ever rise, and calls come sooner."""
    if not joined:
        return
    if sooner is not None:
        _call_sooner(tx, joined, sooner)
    higher = case((incidents.c.risk < bindparam("new_risk"), bindparam("new_risk")), else_=incidents.c.risk)
    graver = case(
        (incidents.c.severity < bindparam("new_severity"), bindparam("new_severity")), else_=incidents.c.severity
    )
    grown = {"posts": incidents.c.posts + bindparam("added"), "risk": higher, "severity": graver, "changed_at": now}
    tx.execute(
        update(incidents).where(incidents.c.id == bindparam("key")).values(**grown),
        [
            {"key": key, "added": one.posts, "new_risk": one.risk, "new_severity": one.severity}
            for key, one in sorted(joined.items())
        ],
    )


def _call_sooner(tx: Tx, joined: Mapping[int, Joined], sooner: Sooner) -> None:
    waiting = (incidents.c.status == Status.OPEN.value) & incidents.c.escalate_at.is_not(None)
    rows = select(incidents).where(incidents.c.id.in_(list(joined)), waiting).order_by(incidents.c.id)
    for row in tx.execute(held(rows)).all():
        risk = joined[row.id].risk
        due = sooner(row, risk) if risk > row.risk else row.escalate_at
        if due != row.escalate_at:
            tx.execute(update(incidents).where(incidents.c.id == row.id).values(escalate_at=due))


def wait_until(tx: Tx, incident_id: int, until: datetime, now: datetime) -> None:
    """The next person is not called before the team is there."""
    tx.execute(update(incidents).where(incidents.c.id == incident_id).values(escalate_at=until))
    note_change(tx, incident_id, audit.SYSTEM, "waits", now, {"until": until.isoformat()})


def called(tx: Tx, incident_id: int, now: datetime, next_at: datetime, to: list[str]) -> None:
    """The first people were called to an incident that waited; call the next at ``next_at``."""
    values = {"escalation": 0, "escalate_at": next_at}
    tx.execute(update(incidents).where(incidents.c.id == incident_id).values(**values))
    note_change(tx, incident_id, audit.SYSTEM, "called", now, {"to": to})
